//! Limits at, below and above their value; what metadata may and may not do.

use dermdistill::ErrorKind;
use dermdistill::photo::{Format, Limits, decode, from_rgba};

use crate::files::read;

/// 132 × 99 pixels.
const FILES: [&str; 4] = ["golden/photo/jpeg_420.jpg", "golden/photo/png_rgb.png", "golden/photo/webp_lossy.webp", "golden/photo/webp_alpha.webp"];

fn kind(file: &str, limits: &Limits) -> Option<ErrorKind> {
    decode(&read(file), limits).err().map(|error| error.kind())
}

#[test]
fn each_limit_holds_to_the_unit() {
    let wide = Limits::default();
    for file in FILES {
        let length = read(file).len();
        for (limits, expected) in [
            (Limits { max_bytes: length, ..wide }, None),
            (Limits { max_bytes: length - 1, ..wide }, Some(ErrorKind::ImageTooLarge)),
            (Limits { max_pixels: 132 * 99, ..wide }, None),
            (Limits { max_pixels: 132 * 99 - 1, ..wide }, Some(ErrorKind::ImageTooLarge)),
            (Limits { max_side: 132, ..wide }, None),
            (Limits { max_side: 131, ..wide }, Some(ErrorKind::ImageTooLarge)),
            (Limits { min_side: 99, ..wide }, None),
            (Limits { min_side: 100, ..wide }, Some(ErrorKind::ImageEmpty)),
            (Limits { max_ratio: 2, ..wide }, None),
            (Limits { max_ratio: 1, ..wide }, Some(ErrorKind::ImageTooLarge)),
        ] {
            assert_eq!(kind(file, &limits), expected, "{file} under {limits:?}");
        }
    }
}

#[test]
fn the_defaults_admit_cameras_and_refuse_bombs() {
    let limits = Limits::default();
    for (width, height, expected) in [
        (9248, 6936, None),
        (9504, 6336, None),
        (16_384, 4096, None),
        (4096, 16_384, None),
        (16_384, 4097, Some(ErrorKind::ImageTooLarge)),
        (16_385, 1000, Some(ErrorKind::ImageTooLarge)),
        (u32::MAX, u32::MAX, Some(ErrorKind::ImageTooLarge)),
        (16, 16, None),
        (16, 15, Some(ErrorKind::ImageEmpty)),
        (0, u32::MAX, Some(ErrorKind::ImageEmpty)),
        (320, 16, None),
        (321, 16, Some(ErrorKind::ImageTooLarge)),
    ] {
        assert_eq!(limits.check_size(width, height).err().map(|error| error.kind()), expected, "{width} × {height}");
    }
    assert_eq!(limits.check_bytes(0).expect_err("no bytes").kind(), ErrorKind::ImageEmpty);
    assert!(limits.check_bytes(limits.max_bytes).is_ok());
}

#[test]
fn metadata_changes_nothing_but_the_orientation() {
    let same = |plain: &str, others: &[&str]| {
        let plain = decode(&read(plain), &Limits::default()).expect("a good file");
        for other in others {
            let photo = decode(&read(&format!("hostile/image/{other}")), &Limits::default()).unwrap_or_else(|error| panic!("{other}: {error}"));
            assert!(photo == plain, "{other} became another picture");
        }
    };
    let exif = ["exif_loop.jpg", "exif_far.jpg", "exif_inside_itself.jpg", "exif_65535_entries.jpg", "exif_orientation_9.jpg"];
    same("golden/photo/jpeg_444.jpg", &exif);
    let others = ["exif_orientation_long.jpg", "exif_empty.jpg", "polyglot_zip.jpg", "two_pictures.jpg", "comment_holds_html.jpg", "jpeg_called.png"];
    same("golden/photo/jpeg_444.jpg", &others);
    same("golden/photo/jpeg_444.jpg", &["fill_bytes.jpg", "preview_inside.jpg"]);
    same("hostile/image/one_frame.png", &["png_ztxt_bomb.png", "png_itxt_bomb.png", "png_iccp_bomb.png"]);
    same("golden/photo/webp_alpha.webp", &["webp_alpha_profile.webp"]);
}

#[test]
fn the_format_is_told_and_the_pixels_stay_out_of_logs() {
    for (file, format, word) in [
        (FILES[0], Format::Jpeg, "\"jpeg\""),
        (FILES[1], Format::Png, "\"png\""),
        (FILES[2], Format::WebP, "\"webp\""),
        ("hostile/image/webp_called.gif", Format::WebP, "\"webp\""),
    ] {
        let photo = decode(&read(file), &Limits::default()).expect("a good file");
        assert_eq!(photo.format, Some(format));
        assert_eq!(serde_json::to_string(&photo.format).expect("a word"), word);
        assert_eq!(format!("{photo:?}"), format!("Photo {{ width: 132, height: 99, format: Some({format:?}), .. }}"));
    }
}

#[test]
fn pixels_without_a_file_obey_the_same_limits_and_lie_over_white() {
    let limits = Limits::default();
    let half = |width: u32, height: u32| [0, 100, 255, 128].repeat((width * height) as usize);
    let photo = from_rgba(20, 16, half(20, 16), &limits).expect("a small picture");
    // c·a + 255·(1 − a) with a = 128 / 255
    assert_eq!((photo.width, photo.height, photo.format, photo.rgb), (20, 16, None, [127, 177, 255].repeat(320)));
    for (width, height, bytes, kind) in [
        (15, 15, half(15, 15), ErrorKind::ImageEmpty),
        (0, 16, Vec::new(), ErrorKind::ImageEmpty),
        (16, 321, half(16, 321), ErrorKind::ImageTooLarge),
        (16_385, 16_384, Vec::new(), ErrorKind::ImageTooLarge),
        (u32::MAX, u32::MAX, Vec::new(), ErrorKind::ImageTooLarge),
        (20, 16, half(20, 15), ErrorKind::Argument),
    ] {
        assert_eq!(from_rgba(width, height, bytes, &limits).expect_err("outside").kind(), kind, "{width} × {height}");
    }
}
