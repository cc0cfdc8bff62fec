//! Against Pillow's results (`tests/golden/photo.py`).

use dermdistill::nn::Framing;
use dermdistill::photo::{Limits, Photo, decode, network_input};

use crate::files::{expected, read, table};
use crate::tolerance::*;

/// Largest and mean difference of two pictures, in 1 / 255, and the share of bytes that differ.
fn difference(ours: &[u8], theirs: &[u8]) -> (u8, f64, f64) {
    assert_eq!(ours.len(), theirs.len());
    let apart = || ours.iter().zip(theirs).map(|(a, b)| a.abs_diff(*b));
    let count = ours.len() as f64;
    (apart().max().unwrap_or(0), apart().map(f64::from).sum::<f64>() / count, apart().filter(|&difference| difference > 0).count() as f64 / count)
}

/// The largest and mean difference that a file may have. PNG and WebP, lossy too, must be equal.
fn allowed(file: &str) -> (u8, f64) {
    let halved = ["jpeg_422", "jpeg_420", "jpeg_progressive.", "jpeg_restart", "exif_"];
    if halved.iter().any(|part| file.starts_with(part)) {
        (JPEG_SUBSAMPLED_PIXEL, JPEG_SUBSAMPLED_MEAN)
    } else if file.ends_with(".jpg") {
        (JPEG_PIXEL, JPEG_MEAN)
    } else {
        (0, 0.0)
    }
}

#[test]
fn every_file_opens_as_pillow_opens_it() {
    println!("{:28} {:>22} {:>22}", "file", "RGB max mean", "square max mean share");
    for [file, rgb, seen] in table("golden/photo/pictures.csv") {
        let photo = decode(&read(&format!("golden/photo/{file}")), &Limits::default()).unwrap_or_else(|error| panic!("{file}: {error}"));
        let (width, height, rgb) = expected(&format!("golden/photo/{rgb}"));
        assert_eq!((photo.width, photo.height), (width, height), "{file}");
        let (most, mean, _) = difference(&photo.rgb, &rgb);
        let square = network_input(&photo, None, Framing::Squash, 224).expect("the whole photograph can be squashed");
        let (_, _, seen) = expected(&format!("golden/photo/{seen}"));
        let (square_most, square_mean, share) = difference(&square.rgb, &seen);
        println!("{file:28} {most:>14} {mean:>7.4} {square_most:>7} {square_mean:>7.4} {share:>7.4}");
        let (pixel, average) = allowed(&file);
        assert!(most <= pixel && mean <= average, "{file}: RGB differs by {most}, on average {mean}");
        assert!(square_most <= pixel && square_mean <= average, "{file}: the square differs by {square_most}, on average {square_mean}");
    }
}

#[test]
fn resizing_pillows_rgb_gives_pillows_square() {
    for [file, rgb, seen] in table("golden/photo/pictures.csv") {
        let (width, height, rgb) = expected(&format!("golden/photo/{rgb}"));
        let photo = Photo { width, height, rgb, format: None };
        let square = network_input(&photo, None, Framing::Squash, 224).expect("the whole photograph can be squashed");
        let (most, _, share) = difference(&square.rgb, &expected(&format!("golden/photo/{seen}")).2);
        assert_eq!(most, RESIZE_BYTES, "{file}: {most}, share {share}");
    }
}

/// The pattern of `tests/golden/photo.py`, by the same integers.
fn pattern(width: u32, height: u32) -> Photo {
    let mut rgb = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let ring = x * x * 5 + y * y * 7 + x * y;
        rgb.extend([(ring >> 4) as u8, ((ring >> 5) + x) as u8, (x * 3 + y * 2) as u8]);
    }
    Photo { width, height, rgb, format: None }
}

#[test]
fn patterns_of_every_shape_resize_as_in_pillow() {
    for [width, height, side, framing, seen] in table("golden/photo/patterns.csv") {
        let number = |text: &str| text.parse::<u32>().expect("a number");
        let framing: Framing = framing.parse().expect("a framing");
        let square = network_input(&pattern(number(&width), number(&height)), None, framing, number(&side) as usize).expect("it can be resized");
        let (most, mean, share) = difference(&square.rgb, &expected(&format!("golden/photo/{seen}")).2);
        println!("{seen}: {most} {mean} {share}");
        assert_eq!(most, RESIZE_BYTES, "{seen}: {most}, share {share}");
    }
}

/// The browser runs the decoder's plain code, a PC its vector code: both must give the same pixels.
#[test]
fn the_jpeg_decoder_gives_the_same_with_and_without_vector_code() {
    use zune_core::{bytestream::ZCursor, options::DecoderOptions};
    for [file, _, _] in table("golden/photo/pictures.csv").into_iter().filter(|[file, _, _]: &[String; 3]| file.ends_with(".jpg")) {
        let bytes = read(&format!("golden/photo/{file}"));
        let decode = |vector| {
            let options = DecoderOptions::default().set_strict_mode(true).set_use_unsafe(vector);
            zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(&bytes), options).decode().expect("a good file")
        };
        let (most, mean, _) = difference(&decode(true), &decode(false));
        assert_eq!(most, 0, "{file}: mean {mean}");
    }
}
