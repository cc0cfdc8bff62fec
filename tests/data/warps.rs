//! The warp: identity, mirrors, quarter turns, borders.

use super::example::pixels;
use super::tolerance::WARP_LEVELS;
use dermdistill::ErrorKind;
use dermdistill::data::{Affine, Pixels, warp};

const IDENTITY: Affine = Affine { xx: 1.0, xy: 0.0, x0: 0.0, yx: 0.0, yy: 1.0, y0: 0.0 };

fn warped(picture: &Pixels, map: &Affine, side: usize) -> Vec<f32> {
    let mut out = vec![-1.0; side * side * 3];
    warp(picture, map, side, &mut out);
    out
}

fn levels(picture: &Pixels) -> Vec<f32> {
    picture.rgb().iter().map(|&byte| f32::from(byte)).collect()
}

fn at(square: &[f32], side: usize, x: usize, y: usize) -> &[f32] {
    &square[(y * side + x) * 3..][..3]
}

#[test]
fn the_identity_changes_nothing() {
    let picture = pixels(37, 37);
    assert_eq!(warped(&picture, &IDENTITY, 37), levels(&picture));
}

#[test]
fn a_mirror_twice_is_the_identity() {
    let picture = pixels(20, 20);
    let mirror = Affine { xx: -1.0, x0: 19.0, ..IDENTITY };
    let once = warped(&picture, &mirror, 20);
    assert_eq!(at(&once, 20, 3, 7), at(&levels(&picture), 20, 16, 7));
    let bytes = once.iter().map(|&level| level as u8).collect();
    assert_eq!(warped(&Pixels::new(20, 20, bytes).unwrap(), &mirror, 20), levels(&picture));
}

#[test]
fn a_quarter_turn_is_rot90() {
    let (picture, side) = (pixels(15, 15), 15);
    let angle = std::f64::consts::FRAC_PI_2;
    let (sin, cos) = angle.sin_cos();
    let map = Affine { xx: cos, xy: -sin, x0: 7.0 - (cos - sin) * 7.0, yx: sin, yy: cos, y0: 7.0 - (sin + cos) * 7.0 };
    let turned = warped(&picture, &map, side);
    let source = levels(&picture);
    for y in 0..side {
        for x in 0..side {
            // The square's (x, y) shows the picture's (14 − y, x).
            for (got, want) in at(&turned, side, x, y).iter().zip(at(&source, side, side - 1 - y, x)) {
                assert!((got - want).abs() <= WARP_LEVELS, "({x}, {y}): {got} for {want}");
            }
        }
    }
}

#[test]
fn places_between_pixels_are_blended() {
    let picture = Pixels::new(2, 2, vec![0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0, 200]).unwrap();
    let quarter = warped(&picture, &Affine { x0: 0.25, y0: 0.5, ..IDENTITY }, 1);
    // Red: upper row 0 → 100 at ¼ is 25, lower row 0; half of each. Green: 0 and 75; blue: 0 and 50.
    assert_eq!(quarter, [12.5, 37.5, 25.0]);
}

#[test]
fn borders_mirror() {
    let picture = pixels(6, 5);
    let source = levels(&picture);
    let shifted = warped(&picture, &Affine { x0: -8.0, y0: -7.0, ..IDENTITY }, 24);
    let fold = |place: i64, length: i64| {
        let place = place.rem_euclid(2 * length);
        (if place < length { place } else { 2 * length - 1 - place }) as usize
    };
    for y in 0..24 {
        for x in 0..24 {
            let (from_x, from_y) = (fold(x as i64 - 8, 6), fold(y as i64 - 7, 5));
            assert_eq!(at(&shifted, 24, x, y), &source[(from_y * 6 + from_x) * 3..][..3], "({x}, {y})");
        }
    }
}

#[test]
fn the_smallest_picture_and_wild_maps() {
    let dot = Pixels::new(1, 1, vec![10, 20, 30]).unwrap();
    for number in [0.0, 0.5, -3.7, 1e6, -1e300, f64::INFINITY, f64::NAN] {
        let map = Affine { xx: number, xy: number, x0: number, yx: number, yy: number, y0: number };
        assert!(warped(&dot, &map, 4).chunks(3).all(|pixel| pixel == [10.0, 20.0, 30.0]), "{number}");
        assert!(warped(&pixels(7, 9), &map, 4).iter().all(|level| (0.0..=255.0).contains(level)), "{number}");
    }
    warp(&dot, &IDENTITY, 0, &mut []);
    let mut short = [7.0; 5];
    warp(&dot, &IDENTITY, 1, &mut short);
    assert_eq!(short, [10.0, 20.0, 30.0, 7.0, 7.0]);
}

#[test]
fn pictures_are_checked() {
    let kind = |width, height, bytes| Pixels::new(width, height, vec![0; bytes]).unwrap_err().kind();
    assert_eq!(kind(0, 4, 0), ErrorKind::ImageEmpty);
    assert_eq!(kind(4, 4, 47), ErrorKind::ImageCorrupt);
    assert_eq!(kind(70_000, 1, 210_000), ErrorKind::ImageTooLarge);
    assert_eq!(kind(usize::MAX, usize::MAX, 3), ErrorKind::ImageTooLarge);
    assert_eq!(Pixels::new(2, 1, vec![255, 255, 255, 0, 0, 0]).unwrap().mean(), 127.5);
}
