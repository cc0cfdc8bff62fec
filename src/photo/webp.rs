//! WebP: the RIFF chunks are walked first, then `image` decodes a copy that holds only the picture and its transparency.

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::{ColorType, ImageDecoder};

use super::bytes::{array, le_u16, le_u24, le_u32};
use super::{Format, Limits, Stored, animated, buffer, colour, corrupt, exif, truncated};
use crate::Result;

/// `RIFF`, a length, `WEBP`.
const HEADER: usize = 12;
/// The flag of VP8X that announces an animation.
const ANIMATION: u8 = 0x02;
/// The flag of VP8X that announces transparency.
const ALPHA: u8 = 0x10;

/// The chunk that holds the picture.
struct Image<'a> {
    /// `VP8 ` (lossy) or `VP8L` (lossless).
    kind: [u8; 4],
    payload: &'a [u8],
    size: (u32, u32),
}

/// What walking the chunks found.
#[derive(Default)]
struct Walk<'a> {
    canvas: Option<(u32, u32)>,
    alpha: Option<&'a [u8]>,
    image: Option<Image<'a>>,
    orientation: Option<u8>,
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Stored> {
    let walk = walk(bytes, limits)?;
    let Some(Image { kind, payload, size: (width, height) }) = walk.image else {
        return Err(corrupt(Format::WebP, "it holds no picture"));
    };
    if walk.canvas.is_some_and(|canvas| canvas != (width, height)) {
        return Err(corrupt(Format::WebP, "its canvas and its picture have different sizes"));
    }
    let alpha = walk.alpha.filter(|_| &kind == b"VP8 ");
    let clean = rebuild(kind, payload, alpha, (width, height)).ok_or_else(|| corrupt(Format::WebP, "a chunk is too long"))?;
    let mut decoder = WebPDecoder::new(Cursor::new(clean)).map_err(|error| corrupt(Format::WebP, error))?;
    let mut allowed = image::Limits::default();
    allowed.max_image_width = Some(width);
    allowed.max_image_height = Some(height);
    decoder.set_limits(allowed).map_err(|error| corrupt(Format::WebP, error))?;
    let kind = decoder.color_type();
    let mut raw = buffer(decoder.total_bytes())?;
    decoder.read_image(&mut raw).map_err(|error| corrupt(Format::WebP, error))?;
    let rgb = match kind {
        ColorType::Rgb8 => raw,
        ColorType::Rgba8 => colour::shrink(raw, colour::rgb_alpha),
        other => return Err(corrupt(Format::WebP, format!("its colours are {other:?}"))),
    };
    Ok(Stored { width, height, rgb, orientation: walk.orientation.unwrap_or(1) })
}

/// Follows the chunks to the end that the header states; every size is compared with the limits as soon as it is seen.
fn walk<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Walk<'a>> {
    let short = || truncated(Format::WebP);
    let length = le_u32(bytes, 4).and_then(|length| usize::try_from(length).ok()).ok_or_else(short)?;
    let end = length.saturating_add(8);
    let cut = end > bytes.len();
    let bytes = bytes.get(..end).unwrap_or(bytes);
    // Where a chunk passes the stated end of a file that is all there, the file lies; where it passes the end of a short file, it was cut.
    let outside = || if cut { short() } else { corrupt(Format::WebP, "a chunk is longer than the file says it is") };
    let mut walk = Walk::default();
    let mut at = HEADER;
    while at < bytes.len() {
        let kind: [u8; 4] = array(bytes, at).ok_or_else(outside)?;
        let size = le_u32(bytes, at.saturating_add(4)).and_then(|size| usize::try_from(size).ok()).ok_or_else(outside)?;
        let begin = at.saturating_add(8);
        let rest = bytes.get(begin..).unwrap_or_default();
        let payload = rest.get(..size);
        match &kind {
            b"VP8X" => walk.canvas = Some(canvas(payload.ok_or_else(outside)?, limits)?),
            b"ANIM" | b"ANMF" => return Err(animated(Format::WebP)),
            b"ALPH" => walk.alpha = Some(payload.ok_or_else(outside)?),
            b"EXIF" => walk.orientation = Some(exif::orientation(payload.ok_or_else(outside)?)),
            b"VP8 " | b"VP8L" if walk.image.is_none() => {
                // The size stands in the first bytes and is judged even when the rest is missing.
                let size = if &kind == b"VP8 " { lossy_size(rest) } else { lossless_size(rest) }?;
                limits.check_size(size.0, size.1)?;
                walk.image = Some(Image { kind, payload: payload.ok_or_else(outside)?, size });
            }
            _ => {
                payload.ok_or_else(outside)?;
            }
        }
        // Chunks begin at even positions.
        at = begin.saturating_add(size).saturating_add(size & 1);
    }
    if cut { Err(short()) } else { Ok(walk) }
}

/// VP8X: flags, three reserved bytes, width − 1 and height − 1 in 24 bits each.
fn canvas(payload: &[u8], limits: &Limits) -> Result<(u32, u32)> {
    let bad = || corrupt(Format::WebP, "its extended header is too short");
    let [flags] = array(payload, 0).ok_or_else(bad)?;
    let width = le_u24(payload, 4).ok_or_else(bad)?.saturating_add(1);
    let height = le_u24(payload, 7).ok_or_else(bad)?.saturating_add(1);
    limits.check_size(width, height)?;
    if flags & ANIMATION == 0 { Ok((width, height)) } else { Err(animated(Format::WebP)) }
}

/// The key frame header of VP8 (RFC 6386 §9.1): tag, start code, width and height in 14 bits each.
fn lossy_size(payload: &[u8]) -> Result<(u32, u32)> {
    let short = || truncated(Format::WebP);
    let [tag, ..] = array::<3>(payload, 0).ok_or_else(short)?;
    let start: [u8; 3] = array(payload, 3).ok_or_else(short)?;
    if tag & 1 != 0 || start != [0x9D, 0x01, 0x2A] {
        return Err(corrupt(Format::WebP, "its picture does not begin with a key frame"));
    }
    let width = le_u16(payload, 6).ok_or_else(short)? & 0x3FFF;
    let height = le_u16(payload, 8).ok_or_else(short)? & 0x3FFF;
    Ok((width.into(), height.into()))
}

/// The header of VP8L (RFC 9649 §3.4): signature 2F, then width − 1 and height − 1 in 14 bits each.
fn lossless_size(payload: &[u8]) -> Result<(u32, u32)> {
    let short = || truncated(Format::WebP);
    let [signature] = array(payload, 0).ok_or_else(short)?;
    let bits = le_u32(payload, 1).ok_or_else(short)?;
    if signature != 0x2F {
        return Err(corrupt(Format::WebP, "its lossless picture has no signature"));
    }
    Ok(((bits & 0x3FFF).saturating_add(1), (bits >> 14 & 0x3FFF).saturating_add(1)))
}

/// A new file of one picture, with its transparency if it has a separate one. `None` if it would pass 4 GiB.
fn rebuild(kind: [u8; 4], image: &[u8], alpha: Option<&[u8]>, (width, height): (u32, u32)) -> Option<Vec<u8>> {
    let mut chunks = Vec::with_capacity(image.len().checked_add(64)?.checked_add(alpha.map_or(0, <[u8]>::len))?);
    if let Some(alpha) = alpha {
        let [w, x, y, _] = width.checked_sub(1)?.to_le_bytes();
        let [h, i, j, _] = height.checked_sub(1)?.to_le_bytes();
        chunk(&mut chunks, *b"VP8X", &[ALPHA, 0, 0, 0, w, x, y, h, i, j])?;
        chunk(&mut chunks, *b"ALPH", alpha)?;
    }
    chunk(&mut chunks, kind, image)?;
    let mut file = Vec::with_capacity(chunks.len().checked_add(HEADER)?);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&u32::try_from(chunks.len().checked_add(4)?).ok()?.to_le_bytes());
    file.extend_from_slice(b"WEBP");
    file.append(&mut chunks);
    Some(file)
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], payload: &[u8]) -> Option<()> {
    out.extend_from_slice(&kind);
    out.extend_from_slice(&u32::try_from(payload.len()).ok()?.to_le_bytes());
    out.extend_from_slice(payload);
    if payload.len() & 1 == 1 {
        out.push(0);
    }
    Some(())
}
