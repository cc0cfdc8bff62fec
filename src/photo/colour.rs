//! Whatever a decoder gives becomes upright RGB of 8 bits.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use super::{Format, Photo, Stored, buffer, corrupt};
use crate::{Error, ErrorKind, Result};

/// ⌊a·b / 255 + ½⌋ for 8-bit numbers, exactly, without a division (Blinn 1995, "Three wrongs make a right").
pub(super) fn mul_255(a: u8, b: u8) -> u8 {
    let product = u32::from(a).wrapping_mul(u32::from(b)).wrapping_add(128);
    let [rounded, ..] = (product.wrapping_add(product >> 8) >> 8).to_le_bytes();
    rounded
}

/// The colour `c` with opacity `a` over white: c·a + 255·(1 − a), rounded to the nearest. 255 where `a` is 0, `c` where it is 255.
fn over_white(c: u8, a: u8) -> u8 {
    255u8.wrapping_sub(mul_255(255u8.wrapping_sub(c), a))
}

/// R = G = B over white.
pub(super) fn grey_alpha([grey, alpha]: [u8; 2]) -> [u8; 3] {
    [over_white(grey, alpha); 3]
}

/// RGB over white.
pub(super) fn rgb_alpha([red, green, blue, alpha]: [u8; 4]) -> [u8; 3] {
    [over_white(red, alpha), over_white(green, alpha), over_white(blue, alpha)]
}

/// Turns pixels of `N` ≥ 3 bytes into pixels of 3 within the same memory, which is then given back in part.
pub(super) fn shrink<const N: usize>(mut pixels: Vec<u8>, convert: impl Fn([u8; N]) -> [u8; 3]) -> Vec<u8> {
    let mut read = 0usize;
    let mut write = 0usize;
    while let Some(pixel) = super::bytes::array::<N>(&pixels, read) {
        // The write position never passes the read position, because N ≥ 3.
        let Some(target) = pixels.get_mut(write..write.saturating_add(3)) else { break };
        target.copy_from_slice(&convert(pixel));
        read = read.saturating_add(N);
        write = write.saturating_add(3);
    }
    pixels.truncate(write);
    pixels.shrink_to_fit();
    pixels
}

/// Turns pixels of `N` < 3 bytes into pixels of 3 in new memory.
pub(super) fn expand<const N: usize>(pixels: &[u8], count: u64, convert: impl Fn([u8; N]) -> [u8; 3]) -> Result<Vec<u8>> {
    let mut rgb = buffer(count.saturating_mul(3))?;
    for (target, pixel) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(pixels.as_chunks::<N>().0) {
        *target = convert(*pixel);
    }
    Ok(rgb)
}

/// Turns a picture as its EXIF orientation says; 5–8 exchange width and height.
pub(super) fn upright(stored: Stored, format: Format) -> Result<Photo> {
    let Stored { width, height, rgb, orientation } = stored;
    let wrong = || Error::new(ErrorKind::Internal, format!("the decoder gave another amount of pixels than {width} × {height}"), "");
    if orientation == 1 {
        let whole = u64::from(width).checked_mul(u64::from(height)).and_then(|pixels| pixels.checked_mul(3));
        return if whole == u64::try_from(rgb.len()).ok() { Ok(Photo { width, height, rgb, format: Some(format) }) } else { Err(wrong()) };
    }
    let turn = Orientation::from_exif(orientation).ok_or_else(|| corrupt(format, "its orientation is unknown"))?;
    let mut picture = DynamicImage::ImageRgb8(RgbImage::from_raw(width, height, rgb).ok_or_else(wrong)?);
    picture.apply_orientation(turn);
    Ok(Photo { width: picture.width(), height: picture.height(), rgb: picture.into_bytes(), format: Some(format) })
}
