//! The photograph's way in: untrusted bytes to upright RGB, and from there to the network's square. Native and wasm run the same code.
//!
//! [`decode`] works in three steps, each of which may refuse:
//! 1. the format is told by the first bytes, never by a name ([`Format::detect`]);
//! 2. the whole container is walked without decoding anything. Size, kind, completeness and orientation come from here, against [`Limits`],
//!    and a *clean copy* is made that holds only what the pixels need. Colour profiles, comments, previews, EXIF, XMP, text chunks and
//!    whatever stands behind the end of the image never reach a decoder;
//! 3. the clean copy is decoded, brought to 8-bit RGB and turned upright. Of the metadata nothing but the orientation had any effect.
//!
//! [`network_input`] then crops, frames and resizes with Pillow's arithmetic, [`normalise`] makes the numbers that the network reads, and
//! [`quality`] measures the square that it sees.
//!
//! Pixels that a browser decoded come in through [`from_rgba`].
//!
//! ## What is done with what
//! | In the file | Becomes |
//! |---|---|
//! | baseline, extended (8 bit) and progressive JPEG, any sampling | RGB with smoothed chroma, within 4 / 255 of libjpeg (mean 0.2) |
//! | grey | R = G = B |
//! | CMYK and YCCK JPEG | taken as inverted (Adobe's habit, and Pillow's), then R = C·K / 255 of the stored values |
//! | JPEG with three channels marked RGB | RGB without conversion |
//! | palette, 1, 2, 4 bits | expanded to 8 bits |
//! | 16 bits | the high byte (as Pillow opens 16-bit RGB) |
//! | alpha, transparent colours | composited over white: c·a + 255·(1 − a), rounded |
//! | ICC, gamma, chromaticities | ignored, as the networks were trained without them |
//! | EXIF orientation 1–8 (JPEG APP1, PNG `eXIf`, WebP `EXIF`) | applied; missing, damaged or out of range counts as 1 |
//! | XMP orientation | ignored |
//! | animation (APNG with more than one frame, animated WebP) | refused with [`ErrorKind::ImageAnimated`]: which frame is meant is anybody's guess |
//! | bytes behind the end of the image | ignored: telephones put a second picture or a film there |
//!
//! ## What cannot be promised
//! Damage inside compressed data that still decodes is not noticed: JPEG and WebP carry no checksum. A JPEG cut short is
//! [`ErrorKind::ImageTruncated`] because its end marker is missing; one cut short *and* given a new end marker passes unless too few bytes
//! are left to hold its blocks at all. The decoders themselves may contain faults; on wasm such a fault ends the worker, not the page.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod bytes;
mod colour;
mod exif;
mod format;
mod jpeg;
mod limits;
mod png;
mod quality;
mod resize;
mod square;
mod webp;

pub use format::Format;
pub use limits::Limits;
pub use quality::{Quality, quality};
#[cfg(feature = "learn")]
pub(crate) use resize::floating_square;
pub use square::{Crop, Seen, mirror, network_input, normalise, tint, turn};

use crate::{Error, ErrorKind, Result};

/// An upright photograph in memory, without any metadata.
#[derive(Clone, PartialEq, Eq)]
pub struct Photo {
    /// Pixels across, at least 1, after turning.
    pub width: u32,
    /// Pixels down, at least 1, after turning.
    pub height: u32,
    /// `height` rows of `width` pixels of R, G, B, 0–255: `3 · width · height` bytes.
    pub rgb: Vec<u8>,
    /// What the bytes were; `None` for pixels that came without a file.
    pub format: Option<Format>,
}

impl std::fmt::Debug for Photo {
    /// Sizes only: a photograph does not belong into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Photo").field("width", &self.width).field("height", &self.height).field("format", &self.format).finish_non_exhaustive()
    }
}

/// A decoded picture as the file stores it, and how it must be turned.
struct Stored {
    width: u32,
    height: u32,
    /// Three bytes a pixel.
    rgb: Vec<u8>,
    /// EXIF's number, 1–8.
    orientation: u8,
}

/// Decodes a JPEG, PNG or WebP into an upright RGB photograph.
///
/// The format is told by content. Nothing is allocated for pixels before the header has been compared with `limits`. Conversions are listed
/// in the [module's table](self).
///
/// # Errors
/// [`ErrorKind::ImageEmpty`] (no bytes, no pixels, or smaller than `limits.min_side`), [`ErrorKind::ImageFormat`] (something else, named if
/// known, or a variant that is not read), [`ErrorKind::ImageTooLarge`], [`ErrorKind::ImageTruncated`], [`ErrorKind::ImageCorrupt`],
/// [`ErrorKind::ImageAnimated`].
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Photo> {
    limits.check_bytes(bytes.len())?;
    let format = Format::detect(bytes)?;
    let stored = match format {
        Format::Jpeg => jpeg::decode(bytes, limits),
        Format::Png => png::decode(bytes, limits),
        Format::WebP => webp::decode(bytes, limits),
    }?;
    colour::upright(stored, format)
}

/// A photograph from pixels that are decoded already: `height` rows of `width` pixels of R, G, B and opacity, as a canvas holds them.
/// Opacity is composited over white like a file's. The memory of `rgba` is used again.
///
/// # Errors
/// [`ErrorKind::ImageEmpty`] and [`ErrorKind::ImageTooLarge`] for a size outside `limits`, [`ErrorKind::Argument`] for another number of bytes.
pub fn from_rgba(width: u32, height: u32, rgba: Vec<u8>, limits: &Limits) -> Result<Photo> {
    limits.check_size(width, height)?;
    let wanted = u64::from(width).saturating_mul(height.into()).saturating_mul(4);
    if u64::try_from(rgba.len()).ok() != Some(wanted) {
        let message = format!("{width} × {height} pixels have {wanted} bytes of red, green, blue and opacity, not {}", rgba.len());
        return Err(Error::new(ErrorKind::Argument, message, ""));
    }
    Ok(Photo { width, height, rgb: colour::shrink(rgba, colour::rgb_alpha), format: None })
}

/// The file stops before its picture does.
fn truncated(format: Format) -> Error {
    Error::new(ErrorKind::ImageTruncated, format!("the {format} file ends before its picture does"), "Copy or download the file again.")
}

/// The file contradicts its format: `what` was found.
fn corrupt(format: Format, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::ImageCorrupt, format!("the {format} file is damaged: {what}"), "Open it in an image program and save it again.")
}

/// A variant of the format that is not read.
fn unsupported(format: Format, what: impl std::fmt::Display) -> Error {
    let message = format!("this {format} file is {what}, which is not read");
    Error::new(ErrorKind::ImageFormat, message, "Save it as an ordinary JPEG or PNG.")
}

/// More than one frame.
fn animated(format: Format) -> Error {
    Error::new(
        ErrorKind::ImageAnimated,
        format!("this {format} file is an animation; one still picture is wanted"),
        "Save the frame you mean as a JPEG or PNG.",
    )
}

/// A zeroed buffer of `len` bytes, or an error where the memory cannot be had.
fn buffer(len: u64) -> Result<Vec<u8>> {
    let refused = || Error::new(ErrorKind::ImageTooLarge, format!("there is no memory for a picture of {len} bytes"), "Use a smaller picture.");
    let len = usize::try_from(len).map_err(|_| refused())?;
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(len).map_err(|_| refused())?;
    pixels.resize(len, 0);
    Ok(pixels)
}
