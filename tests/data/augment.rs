//! What augmentation does and does not do to a picture, seen through the loader.

use super::example::Folder;
use super::tolerance::{WARP_AGAINST_RESIZE, WARP_LEVELS};
use dermdistill::ErrorKind;
use dermdistill::data::{Augmentation, Colour, Damage, Dataset, Geometry, Loader, LoaderConfig};
use dermdistill::nn::Framing;
use std::sync::Arc;

/// Numbers are levels 0–255.
fn plain(side: usize, augmentation: Augmentation) -> LoaderConfig {
    LoaderConfig { side, augmentation, mean: [0.0; 3], std: [1.0 / 255.0; 3], workers: 1, ..LoaderConfig::default() }
}

/// The first `epochs` versions of the only picture.
fn versions(dataset: &Arc<Dataset>, config: &LoaderConfig, epochs: u64) -> Vec<Vec<f32>> {
    let version = |epoch| {
        let config = LoaderConfig { epoch, ..config.clone() };
        Loader::new(Arc::clone(dataset), vec![0], config).unwrap().next().unwrap().unwrap().input
    };
    (0..epochs).map(version).collect()
}

fn only(folder: &Folder) -> Arc<Dataset> {
    let table = folder.text("labels.csv", "image,dx\nonly,NV\n");
    Arc::new(Dataset::from_csv(&[folder.path()], table, &[]).unwrap())
}

fn still() -> Geometry {
    let standard = Augmentation::standard().geometry.unwrap();
    Geometry { flip_horizontal: 0.0, flip_vertical: 0.0, rotate: 0.0, scale: 0.0, stretch: 1.0, shift: 0.0, ..standard }
}

fn undamaged() -> Damage {
    Damage { blur: 0.0, dropout: 0.0, erase: 0.0, ..Augmentation::reference().damage.unwrap() }
}

fn moved(geometry: Geometry) -> Augmentation {
    Augmentation { name: "moved".to_owned(), geometry: Some(geometry), colour: None, damage: None }
}

fn damaged(damage: Damage) -> Augmentation {
    Augmentation { name: "damaged".to_owned(), geometry: None, colour: None, damage: Some(damage) }
}

fn assert_close(got: &[f32], want: &[f32]) {
    assert_eq!(got.len(), want.len());
    let worst = got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= WARP_LEVELS, "off by {worst} levels");
}

#[test]
fn settings_without_strength_are_evaluation() {
    for framing in [Framing::CentreSquare, Framing::Squash] {
        let folder = Folder::new();
        // Odd margins: the crop's corner must be the same. Enlarging is bilinear in both; squash enlarges both axes here.
        folder.picture("only.png", 23, 18, 3);
        let dataset = only(&folder);
        let seen = versions(&dataset, &LoaderConfig { framing, ..plain(30, Augmentation::none()) }, 1).remove(0);
        let warped = versions(&dataset, &LoaderConfig { framing, ..plain(30, moved(still())) }, 1).remove(0);
        // Evaluation rounds to whole levels after each axis. At the crop's left and right edge it repeats the edge, where the warp sees the
        // pixels beyond it: the square's outermost columns are left out.
        let inner = |square: &[f32]| square.chunks(90).flat_map(|row| row[3..87].to_vec()).collect::<Vec<_>>();
        let worst = inner(&warped).iter().zip(inner(&seen)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= WARP_AGAINST_RESIZE, "{framing}: off by {worst} levels");
    }
}

#[test]
fn mirrors_flip() {
    let folder = Folder::new();
    folder.picture("only.png", 20, 20, 3);
    let dataset = only(&folder);
    let seen = versions(&dataset, &plain(20, Augmentation::none()), 1).remove(0);
    let flipped = |horizontal: f64, vertical: f64| {
        let geometry = Geometry { flip_horizontal: horizontal, flip_vertical: vertical, ..still() };
        versions(&dataset, &plain(20, moved(geometry)), 1).remove(0)
    };
    let rows: Vec<_> = seen.chunks(60).collect();
    let up_down: Vec<f32> = rows.iter().rev().flat_map(|row| row.to_vec()).collect();
    let left_right: Vec<f32> = rows.iter().flat_map(|row| row.chunks(3).rev().flatten().copied().collect::<Vec<_>>()).collect();
    assert_close(&flipped(0.0, 1.0), &up_down);
    assert_close(&flipped(1.0, 0.0), &left_right);
    let both: Vec<f32> = left_right.chunks(60).rev().flatten().copied().collect();
    assert_close(&flipped(1.0, 1.0), &both);
}

#[test]
fn shifts_reach_into_the_cut_sides() {
    let folder = Folder::new();
    // Grey in the middle square, red left and right of it.
    folder.draw("only.png", 60, 20, |x, _| if (20..40).contains(&x) { [90, 90, 90] } else { [250, 0, 0] });
    let dataset = only(&folder);
    let red = |square: &[f32]| square.chunks(3).filter(|pixel| pixel[0] > 200.0).count();
    assert_eq!(red(&versions(&dataset, &plain(20, Augmentation::none()), 1)[0]), 0);
    let shifted = versions(&dataset, &plain(20, moved(Geometry { shift: 0.5, ..still() })), 8);
    assert!(shifted.iter().filter(|square| red(square) > 20).count() >= 5, "mirroring at the crop's edge would show grey only");
}

#[test]
fn large_pictures_are_shrunk_before_the_warp() {
    let folder = Folder::new();
    // One-pixel stripes, 25 times too fine for the square: bilinear sampling alone would return black and white.
    folder.draw("only.png", 400, 400, |x, _| if x % 2 == 0 { [0; 3] } else { [255; 3] });
    let square = versions(&only(&folder), &plain(16, moved(still())), 1).remove(0);
    assert!(square.iter().all(|level| (117.0..=138.0).contains(level)), "{:?}", &square[..12]);
}

#[test]
fn presets_stay_in_range_and_change_with_the_epoch() {
    let folder = Folder::new();
    folder.picture("only.png", 40, 30, 3);
    let dataset = only(&folder);
    for name in ["standard", "strong", "reference"] {
        let seen = versions(&dataset, &plain(32, Augmentation::named(name).unwrap()), 40);
        assert!(seen.iter().flatten().all(|level| (-0.01..=255.01).contains(level)), "{name}");
        let different: std::collections::HashSet<_> = seen.iter().map(|square| square.iter().map(|v| v.to_bits()).collect::<Vec<_>>()).collect();
        // The reference changes nothing at all with probability 0.5 · 0.8 · 0.75⁴ · 0.9 ≈ 0.11.
        assert!(different.len() >= if name == "standard" { 40 } else { 25 }, "{name}: {} different of 40", different.len());
    }
}

#[test]
fn colour_moves_as_its_settings_say() {
    let folder = Folder::new();
    folder.draw("only.png", 20, 20, |x, _| if x < 10 { [80, 60, 40] } else { [160, 140, 120] });
    let dataset = only(&folder);
    let none = Colour {
        probability: 1.0,
        brightness: 0.0,
        contrast: 0.0,
        saturation: 0.0,
        hue_degrees: 0.0,
        channel_gain: 0.0,
        add: 0.0,
        add_per_channel: 0.0,
        one_of: false,
    };
    let seen = |colour| {
        let augmentation = Augmentation { name: "colour".to_owned(), geometry: None, colour: Some(colour), damage: None };
        versions(&dataset, &plain(20, augmentation), 6)
    };
    let ends = |square: &[f32]| ([square[0], square[1], square[2]], [square[57], square[58], square[59]]);
    for square in seen(none) {
        let (near, far) = ends(&square);
        assert_close(&[near, far].concat(), &[80.0, 60.0, 40.0, 160.0, 140.0, 120.0]);
    }
    for square in seen(Colour { add: 30.0, ..none }) {
        let ([r, g, b], far) = ends(&square);
        let added = r - 80.0;
        assert!(added != 0.0 && added.abs() <= 30.0);
        assert_close(&[g, b, far[0]], &[60.0 + added, 40.0 + added, 160.0 + added]);
    }
    for square in seen(Colour { brightness: 0.2, ..none }) {
        let (near, far) = ends(&square);
        assert_close(&[near[1] / 60.0, near[2] / 40.0, far[0] / 160.0], &[near[0] / 80.0; 3]);
    }
    let luma = |pixel: [f32; 3]| 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    for square in seen(Colour { saturation: 0.5, ..none }) {
        let (near, _) = ends(&square);
        assert_close(&[luma(near)], &[luma([80.0, 60.0, 40.0])]);
        assert!((near[0] - near[2] - 40.0).abs() > 0.1, "nothing changed: {near:?}");
    }
    for square in seen(Colour { hue_degrees: 20.0, ..none }) {
        let (near, _) = ends(&square);
        assert_close(&[near.iter().sum()], &[180.0]);
        assert!((near[1] - 60.0).abs() > 0.1, "nothing changed: {near:?}");
    }
    for square in seen(Colour { contrast: 0.5, ..none }) {
        // Luma of the picture: 0.299·120 + 0.587·100 + 0.114·80 = 103.7. Both ends move by the same factor from it.
        let (near, far) = ends(&square);
        assert_close(&[(near[0] - 103.7) / (80.0 - 103.7)], &[(far[0] - 103.7) / (160.0 - 103.7)]);
        assert!(near[0] != 80.0);
    }
    // Grey has no hue and no saturation to change.
    folder.draw("grey.png", 16, 16, |x, _| [x as u8 * 10; 3]);
    let grey = Arc::new(Dataset::from_csv(&[folder.path()], folder.text("grey.csv", "image,dx\ngrey,NV\n"), &[]).unwrap());
    let turned = Augmentation { colour: Some(Colour { saturation: 0.9, hue_degrees: 90.0, ..none }), ..Augmentation::none() };
    let before = versions(&grey, &plain(16, Augmentation::none()), 1).remove(0);
    assert_close(&versions(&grey, &plain(16, turned), 1)[0], &before);
}

#[test]
fn blur_keeps_flat_areas_and_softens_edges() {
    let folder = Folder::new();
    folder.draw("only.png", 32, 32, |x, _| if x < 16 { [40; 3] } else { [200; 3] });
    let dataset = only(&folder);
    for square in versions(&dataset, &plain(32, damaged(Damage { blur: 1.0, blur_sigma: 1.5, ..undamaged() })), 6) {
        let row: Vec<_> = square[..96].iter().step_by(3).copied().collect();
        assert_close(&[row[0], row[31]], &[40.0, 200.0]);
        assert!(row.is_sorted_by(|a, b| a <= &(b + WARP_LEVELS)), "{row:?}");
        assert_close(&[row[15] + row[16]], &[240.0]);
        assert_close(&square[96 * 31..], &square[..96]);
    }
    let still = versions(&dataset, &plain(32, damaged(Damage { blur: 1.0, blur_sigma: 0.0, ..undamaged() })), 1);
    assert_eq!(still[0][..3], [40.0; 3]);
}

#[test]
fn dropout_and_erasing_take_the_share_they_say() {
    let folder = Folder::new();
    folder.draw("only.png", 64, 64, |_, _| [200; 3]);
    let dataset = only(&folder);
    let share = |damage: Damage| {
        let config = LoaderConfig { mean: [0.2; 3], ..plain(64, damaged(damage)) };
        let squares = versions(&dataset, &config, 40);
        let shares = squares.iter().map(|square| {
            let kept = square.iter().filter(|level| (**level - 149.0).abs() < 0.1).count();
            1.0 - kept as f64 / square.len() as f64
        });
        shares.collect::<Vec<_>>()
    };
    // Half the time single pixels, 0–40 %; else one in ten of 16 × 16 cells of 4 × 4 pixels.
    let dropped = share(Damage { dropout: 1.0, dropout_pixels: 0.4, dropout_cells: 0.1, dropout_cell_grid: 0.25, ..undamaged() });
    assert!(dropped.iter().all(|share| *share < 0.45));
    let mean = dropped.iter().sum::<f64>() / 40.0;
    assert!((0.08..0.22).contains(&mean), "{mean}");
    // A quarter of the area, unless the rectangle is cut at the border (its longer side is at most √(0.25 · 3) = 0.87 of the square's).
    let erased = share(Damage { erase: 1.0, erase_area: [0.25, 0.25], ..undamaged() });
    assert!(erased.iter().all(|share| (0.23..0.27).contains(share)), "{erased:?}");
}

#[test]
fn numbers_out_of_range_are_refused() {
    let folder = Folder::new();
    folder.picture("only.png", 20, 20, 3);
    let dataset = only(&folder);
    let refused = |augmentation: Augmentation, setting: &str| {
        let error = Loader::new(Arc::clone(&dataset), vec![0], plain(20, augmentation)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert!(error.message().contains(setting), "{error}");
    };
    refused(moved(Geometry { rotate: 1.5, ..still() }), "rotate");
    refused(moved(Geometry { scale_range: [0.0, 1.0], ..still() }), "scale_range");
    refused(moved(Geometry { scale_range: [1.5, 1.2], ..still() }), "scale_range");
    refused(moved(Geometry { shift: f64::NAN, ..still() }), "shift");
    refused(damaged(Damage { erase_area: [0.5, 0.2], ..undamaged() }), "erase_area");
    let colour = Augmentation::standard().colour.map(|colour| Colour { contrast: -0.1, ..colour });
    refused(Augmentation { colour, ..Augmentation::standard() }, "contrast");
    assert_eq!(Augmentation::named("wild").unwrap_err().kind(), ErrorKind::Argument);
    for name in ["none", "standard", "strong", "reference"] {
        let preset = Augmentation::named(name).unwrap();
        preset.check().unwrap();
        assert_eq!((preset.name.as_str(), preset.is_none()), (name, name == "none"));
    }
}
