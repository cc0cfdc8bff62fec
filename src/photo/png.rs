//! PNG: the chunks are walked first, then `image` decodes a copy that holds only IHDR, PLTE, tRNS, IDAT and IEND.
//!
//! Text, colour profiles and everything else that is compressed on its own never reach the decoder, so they can be no bombs.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::{ColorType, ImageDecoder};

use super::bytes::{array, be_u32};
use super::{Format, Limits, Stored, animated, buffer, colour, corrupt, exif, truncated};
use crate::{Error, ErrorKind, Result};

const SIGNATURE: usize = 8;
/// The decoder may hold the picture at 8 bytes a pixel, its rows and its window; see [`Limits::max_pixels`].
const DECODER_BYTES_PER_PIXEL: u64 = 12;
/// Deflate's best: a run of 258 bytes from two bits, 258 · 8 / 2 = 1032 times.
const DEFLATE_MOST: u64 = 1032;

/// What walking the chunks found.
struct Walk {
    width: u32,
    height: u32,
    orientation: u8,
    clean: Vec<u8>,
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Stored> {
    let Walk { width, height, orientation, clean } = walk(bytes, limits)?;
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    let mut allowed = image::Limits::default();
    allowed.max_image_width = Some(width);
    allowed.max_image_height = Some(height);
    allowed.max_alloc = Some(pixels.saturating_mul(DECODER_BYTES_PER_PIXEL).saturating_add(16 << 20));
    let decoder = PngDecoder::with_limits(Cursor::new(clean), allowed).map_err(|error| refused(&error))?;
    let kind = decoder.color_type();
    let mut raw = buffer(decoder.total_bytes())?;
    decoder.read_image(&mut raw).map_err(|error| refused(&error))?;
    let high = |pair: [u8; 2]| u16::from_ne_bytes(pair).to_be_bytes()[0];
    let rgb = match kind {
        ColorType::Rgb8 => raw,
        ColorType::Rgba8 => colour::shrink(raw, colour::rgb_alpha),
        ColorType::L8 => colour::expand(&raw, pixels, |[grey]: [u8; 1]| [grey; 3])?,
        ColorType::La8 => colour::expand(&raw, pixels, colour::grey_alpha)?,
        ColorType::L16 => colour::expand(&raw, pixels, |grey| [high(grey); 3])?,
        ColorType::La16 => colour::shrink(raw, |[g, h, a, b]: [u8; 4]| colour::grey_alpha([high([g, h]), high([a, b])])),
        ColorType::Rgb16 => colour::shrink(raw, |[r, s, g, h, b, c]: [u8; 6]| [high([r, s]), high([g, h]), high([b, c])]),
        ColorType::Rgba16 => {
            colour::shrink(raw, |[r, s, g, h, b, c, a, d]: [u8; 8]| colour::rgb_alpha([high([r, s]), high([g, h]), high([b, c]), high([a, d])]))
        }
        other => return Err(corrupt(Format::Png, format!("its colours are {other:?}"))),
    };
    Ok(Stored { width, height, rgb, orientation })
}

fn refused(error: &image::ImageError) -> Error {
    match error {
        image::ImageError::Limits(_) => Error::new(ErrorKind::ImageTooLarge, format!("the PNG file needs too much memory: {error}"), ""),
        other => corrupt(Format::Png, other),
    }
}

/// Follows the chunks to IEND, copying those that matter.
fn walk(bytes: &[u8], limits: &Limits) -> Result<Walk> {
    let short = || truncated(Format::Png);
    let bad = |what: &str| corrupt(Format::Png, what);
    let (width, height, bits_per_pixel) = header(bytes, limits)?;
    let mut clean = bytes.get(..SIGNATURE).ok_or_else(short)?.to_vec();
    let mut orientation = 1;
    let mut data = 0u64;
    let mut at = SIGNATURE;
    loop {
        let length = be_u32(bytes, at).and_then(|length| usize::try_from(length).ok()).ok_or_else(short)?;
        let kind: [u8; 4] = array(bytes, at.saturating_add(4)).ok_or_else(short)?;
        if !kind.iter().all(u8::is_ascii_alphabetic) {
            return Err(bad("a chunk has no proper name"));
        }
        let begin = at.saturating_add(8);
        let end = begin.saturating_add(length);
        let next = end.saturating_add(4);
        let payload = bytes.get(begin..end).ok_or_else(short)?;
        let whole = bytes.get(at..next).ok_or_else(short)?;
        match &kind {
            b"IHDR" if at != SIGNATURE => return Err(bad("it has two headers")),
            b"IHDR" | b"PLTE" | b"tRNS" => clean.extend_from_slice(whole),
            b"IDAT" => {
                data = data.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
                clean.extend_from_slice(whole);
            }
            b"IEND" => {
                clean.extend_from_slice(whole);
                break;
            }
            b"acTL" if be_u32(payload, 0) != Some(1) => return Err(animated(Format::Png)),
            b"eXIf" => orientation = exif::orientation(payload),
            // A capital first letter marks a chunk without which the picture cannot be shown (ISO 15948 §5.4).
            [first, ..] if first.is_ascii_uppercase() => return Err(bad("it has a critical chunk that no standard knows")),
            _ => {}
        }
        at = next;
    }
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    let unpacked = pixels.saturating_mul(bits_per_pixel) >> 3;
    if unpacked > data.saturating_mul(DEFLATE_MOST) {
        return Err(bad("it has too little data for its size"));
    }
    Ok(Walk { width, height, orientation, clean })
}

/// Width, height and bits per pixel, compared with the limits.
fn header(bytes: &[u8], limits: &Limits) -> Result<(u32, u32, u64)> {
    let short = || truncated(Format::Png);
    let length = be_u32(bytes, SIGNATURE).ok_or_else(short)?;
    let kind: [u8; 4] = array(bytes, 12).ok_or_else(short)?;
    if &kind != b"IHDR" || length != 13 {
        return Err(corrupt(Format::Png, "it does not begin with its header"));
    }
    let width = be_u32(bytes, 16).ok_or_else(short)?;
    let height = be_u32(bytes, 20).ok_or_else(short)?;
    let [depth, colours] = array(bytes, 24).ok_or_else(short)?;
    limits.check_size(width, height)?;
    let channels = match colours {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        other => return Err(corrupt(Format::Png, format!("its colour type is {other}"))),
    };
    Ok((width, height, u64::from(depth).saturating_mul(channels)))
}
