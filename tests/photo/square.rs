//! Crop, framing, normalisation and the measures of the square, by hand.

use dermdistill::ErrorKind;
use dermdistill::nn::Framing;
use dermdistill::photo::{Crop, Photo, Seen, network_input, normalise, quality};

/// A picture whose red is x, green y and blue 7.
fn ramp(width: u32, height: u32) -> Photo {
    let rgb = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, 7])).collect();
    Photo { width, height, rgb, format: None }
}

fn cut(photo: &Photo, crop: Crop) -> Photo {
    let rgb = (crop.y..crop.y + crop.height)
        .flat_map(|y| (crop.x..crop.x + crop.width).map(move |x| ((y * photo.width + x) * 3) as usize))
        .flat_map(|at| photo.rgb[at..at + 3].to_vec())
        .collect();
    Photo { width: crop.width, height: crop.height, rgb, format: photo.format }
}

#[test]
fn the_centre_square_is_in_the_middle() {
    // A square of the network's own side is copied, so its first and last pixel show where it lies.
    for (width, height, first, last) in
        [(30, 20, (5, 0), (24, 19)), (31, 20, (5, 0), (24, 19)), (20, 31, (0, 5), (19, 24)), (20, 20, (0, 0), (19, 19))]
    {
        let seen = network_input(&ramp(width, height), None, Framing::CentreSquare, 20).expect("a square");
        assert_eq!(seen.side, 20);
        assert_eq!(seen.rgb[..3], [first.0, first.1, 7]);
        assert_eq!(seen.rgb[20 * 20 * 3 - 3..], [last.0, last.1, 7]);
    }
}

#[test]
fn a_crop_equals_cutting_first() {
    let photo = ramp(90, 70);
    let corners = [
        Crop { x: 0, y: 0, width: 90, height: 70 },
        Crop { x: 89, y: 69, width: 1, height: 1 },
        Crop { x: 40, y: 9, width: 50, height: 31 },
        Crop { x: 3, y: 2, width: 17, height: 68 },
    ];
    for (crop, framing) in corners.iter().flat_map(|crop| [(*crop, Framing::CentreSquare), (*crop, Framing::Squash)]) {
        let ours = network_input(&photo, Some(crop), framing, 24).expect("the box lies in the photograph");
        assert!(ours == network_input(&cut(&photo, crop), None, framing, 24).expect("a photograph"), "{crop:?} {framing}");
    }
}

#[test]
fn a_box_outside_the_photograph_is_refused() {
    let photo = ramp(90, 70);
    for (x, y, width, height) in [(0, 0, 91, 70), (0, 0, 90, 71), (1, 0, 90, 70), (90, 0, 1, 1), (0, 0, 0, 5), (0, 0, 5, 0), (u32::MAX, 0, 2, 2)] {
        let error = network_input(&photo, Some(Crop { x, y, width, height }), Framing::Squash, 24).expect_err("outside");
        assert_eq!(error.kind(), ErrorKind::ImageCrop);
        assert!(error.message().contains("90 × 70"), "{error}");
    }
}

#[test]
fn arguments_that_make_no_square_are_refused() {
    let photo = ramp(90, 70);
    for side in [0, 16_385, usize::MAX] {
        assert_eq!(network_input(&photo, None, Framing::Squash, side).expect_err("no side").kind(), ErrorKind::Argument);
    }
    for broken in [Photo { width: 0, ..ramp(4, 4) }, Photo { height: 5, ..ramp(4, 4) }, Photo { rgb: Vec::new(), ..ramp(4, 4) }] {
        assert_eq!(network_input(&broken, None, Framing::Squash, 8).expect_err("no pixels").kind(), ErrorKind::ImageEmpty);
    }
}

#[test]
fn an_even_surface_stays_what_it_is() {
    let even = Photo { width: 37, height: 91, rgb: [200, 13, 255].repeat(37 * 91), format: None };
    for side in [1, 16, 224] {
        let seen = network_input(&even, None, Framing::Squash, side).expect("a photograph");
        assert!(seen.rgb.chunks(3).all(|pixel| pixel == [200, 13, 255]));
    }
}

#[test]
fn normalising_follows_torchvision() {
    let seen = Seen { side: 1, rgb: vec![0, 128, 255] };
    let numbers = normalise(&seen, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
    // In f64: −0.485/0.229, (128/255 − 0.456)/0.224, (1 − 0.406)/0.225.
    for (ours, theirs) in numbers.iter().zip([-2.117_903_930_131_004_4, 0.205_182_072_829_131_6, 2.64]) {
        assert!((f64::from(*ours) - theirs).abs() < 1e-6, "{ours} {theirs}");
    }
    assert_eq!(numbers.len(), 3);
    let plain = normalise(&Seen { side: 2, rgb: (0..12).collect() }, [0.0; 3], [1.0; 3]);
    assert_eq!(plain, (0..12).map(|value| value as f32 / 255.0).collect::<Vec<_>>());
}

#[test]
fn the_measures_agree_with_hand_calculation() {
    let grey =
        |side: usize, value: fn(usize, usize) -> u8| Seen { side, rgb: (0..side * side).flat_map(|at| [value(at % side, at / side); 3]).collect() };
    let close = |found: f32, expected: f32| assert!((found - expected).abs() <= 1e-5 * expected.abs().max(1.0), "{found} instead of {expected}");

    let even = quality(&grey(8, |_, _| 51));
    close(even.brightness, 0.2);
    assert_eq!((even.sharpness, even.clipped_dark, even.clipped_bright), (0.0, 0.0, 0.0));
    close(even.contrast, 0.0);

    // A slope has no second derivative, whatever its contrast.
    let slope = quality(&grey(8, |x, y| (10 * x + 12 * y + 20) as u8));
    close(slope.sharpness, 0.0);
    assert!(slope.contrast > 0.1);

    // A chessboard of 0 and 255: the Laplacian is ±4 · 255 in equal numbers, its variance 1020².
    let board = quality(&grey(8, |x, y| if (x + y) % 2 == 0 { 0 } else { 255 }));
    close(board.sharpness, 1_040_400.0);
    close(board.brightness, 0.5);
    close(board.contrast, 0.5);
    close(board.clipped_dark, 0.5);
    close(board.clipped_bright, 0.5);

    // Luma weighs the channels; a bright red is not clipped.
    let red = quality(&Seen { side: 2, rgb: [255, 0, 0].repeat(4) });
    close(red.brightness, 0.299);
    assert_eq!((red.sharpness, red.clipped_dark, red.clipped_bright), (0.0, 0.0, 0.0));

    assert_eq!(quality(&Seen { side: 0, rgb: Vec::new() }), dermdistill::photo::Quality::default());
    let json = serde_json::to_value(board).expect("plain numbers");
    assert_eq!(json.as_object().map(|object| object.len()), Some(5));
}

#[test]
fn blurring_lowers_sharpness() {
    let sharp = |x: usize, y: usize| if (x / 3 + y / 3).is_multiple_of(2) { 60u8 } else { 180 };
    let fine: Vec<u8> = (0..96 * 96).flat_map(|at| [sharp(at % 96, at / 96); 3]).collect();
    let photo = Photo { width: 96, height: 96, rgb: fine, format: None };
    let crisp = network_input(&photo, None, Framing::Squash, 96).expect("a photograph");
    let small = network_input(&photo, None, Framing::Squash, 24).expect("a photograph");
    let soft = Photo { width: 24, height: 24, rgb: small.rgb, format: None };
    let soft = network_input(&soft, None, Framing::Squash, 96).expect("a photograph");
    assert!(quality(&soft).sharpness * 10.0 < quality(&crisp).sharpness);
}
