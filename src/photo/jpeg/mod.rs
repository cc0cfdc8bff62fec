//! JPEG: the segments are walked first, then zune-jpeg decodes, in its strict mode, a copy without any application data.
//!
//! `image` decodes JPEG with the same crate but only in its lenient mode, in which a damaged picture ends in grey.

mod segments;

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::colour::{mul_255, shrink};
use super::{Format, Limits, Stored, buffer, corrupt};
use crate::Result;

/// What the stored channels are. libjpeg's rules: of three, JFIF means YCbCr, else Adobe's marker decides, else their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channels {
    Grey,
    YCbCr,
    /// Three channels without conversion.
    Rgb,
    Cmyk,
    Ycck,
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Stored> {
    let walk = segments::walk(bytes, limits)?;
    let (width, height) = (walk.width, walk.height);
    // Where input and output are the same the decoder copies the channels, which is what RGB and CMYK need here.
    let (output, channels) = match walk.channels {
        Channels::Grey | Channels::YCbCr => (ColorSpace::RGB, 3u64),
        Channels::Rgb => (ColorSpace::YCbCr, 3),
        Channels::Cmyk | Channels::Ycck => (ColorSpace::CMYK, 4),
    };
    let side = |side: u32| usize::try_from(side).unwrap_or(usize::MAX);
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(side(width))
        .set_max_height(side(height))
        .jpeg_set_max_scans(segments::MAX_SCANS)
        .jpeg_set_out_colorspace(output);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(walk.clean.as_slice()), options);
    decoder.decode_headers().map_err(|error| corrupt(Format::Jpeg, error))?;
    let bytes = u64::from(width).saturating_mul(u64::from(height)).saturating_mul(channels);
    if decoder.output_buffer_size().and_then(|size| u64::try_from(size).ok()) != Some(bytes) {
        return Err(corrupt(Format::Jpeg, "its header contradicts itself"));
    }
    let mut raw = buffer(bytes)?;
    decoder.decode_into(&mut raw).map_err(|error| corrupt(Format::Jpeg, error))?;
    let rgb = match walk.channels {
        Channels::Cmyk => shrink(raw, |[c, m, y, k]: [u8; 4]| ink([c, m, y], k)),
        Channels::Ycck => shrink(raw, |[y, cb, cr, k]: [u8; 4]| ink(ycc_to_cmy(y, cb, cr), k)),
        _ => raw,
    };
    Ok(Stored { width, height, rgb, orientation: walk.orientation })
}

/// Stored (inverted) ink to light, as Pillow does: k' − ⌊(255 − c')·k' / 255 + ½⌋ for each colour.
fn ink(cmy: [u8; 3], k: u8) -> [u8; 3] {
    cmy.map(|c| k.wrapping_sub(mul_255(255u8.wrapping_sub(c), k)))
}

/// YCbCr of the three inks to the stored inks: 255 − RGB, with JFIF's matrix.
fn ycc_to_cmy(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    let rgb = [y + 1.402 * cr, y - 0.344_136_3 * cb - 0.714_136_3 * cr, y + 1.772 * cb];
    // `as` saturates at 0 and 255.
    rgb.map(|light| 255u8.wrapping_sub((light + 0.5) as u8))
}
