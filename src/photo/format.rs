//! What a file is, told by its first bytes.

use std::fmt;

use serde::Serialize;

use super::bytes::array;
use crate::{Error, ErrorKind, Result};

/// The formats that are read. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JPEG (ITU-T T.81), begins with `FF D8 FF`.
    Jpeg,
    /// PNG (ISO 15948), begins with `89 50 4E 47 0D 0A 1A 0A`.
    Png,
    /// WebP (RFC 9649), begins with `RIFF`, a length and `WEBP`.
    WebP,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
        })
    }
}

const JPEG: &[u8] = b"\xFF\xD8\xFF";
const PNG: &[u8] = b"\x89PNG\r\n\x1A\n";

/// Beginnings of formats that are not read, and what to call them.
const OTHERS: &[(&[u8], &str)] = &[
    (b"GIF87a", "a GIF"),
    (b"GIF89a", "a GIF"),
    (b"II*\0", "a TIFF or camera raw file"),
    (b"MM\0*", "a TIFF or camera raw file"),
    (b"II+\0", "a BigTIFF"),
    (b"%PDF", "a PDF"),
    (b"8BPS", "a Photoshop file"),
    (b"\0\0\x01\0", "an icon"),
    (b"\0\0\0\x0CjP  ", "a JPEG 2000"),
    (b"\xFF\x4F\xFF\x51", "a JPEG 2000"),
    (b"\0\0\0\x0CJXL ", "a JPEG XL"),
    (b"\xFF\x0A", "a JPEG XL"),
    (b"qoif", "a QOI"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\x1F\x8B", "a gzip archive"),
    (b"BM", "a BMP"),
];

/// Brands of the ISO media container (`ftyp`), and what to call them.
const BRANDS: &[(&[u8; 4], &str)] = &[
    (b"avif", "an AVIF"),
    (b"avis", "an animated AVIF"),
    (b"heic", "a HEIC (iPhone) photograph"),
    (b"heix", "a HEIC (iPhone) photograph"),
    (b"hevc", "an animated HEIC"),
    (b"mif1", "a HEIF photograph"),
    (b"msf1", "an animated HEIF"),
    (b"crx ", "a camera raw file"),
];

impl Format {
    /// The format of a file, by content; the name and the declared type play no part.
    ///
    /// # Errors
    /// [`ErrorKind::ImageFormat`] for everything else, naming HEIC, AVIF, TIFF, GIF, BMP, SVG, PDF and others if they are recognised;
    /// [`ErrorKind::ImageTruncated`] for a file that is nothing but a part of one of the three beginnings; [`ErrorKind::ImageEmpty`] for no bytes.
    pub fn detect(bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Err(Error::new(ErrorKind::ImageEmpty, "the file is empty (0 bytes)", "Choose a JPEG, PNG or WebP photograph."));
        }
        if bytes.starts_with(JPEG) {
            return Ok(Self::Jpeg);
        }
        if bytes.starts_with(PNG) {
            return Ok(Self::Png);
        }
        if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP".as_slice()) {
            return Ok(Self::WebP);
        }
        if JPEG.starts_with(bytes) {
            return Err(super::truncated(Self::Jpeg));
        }
        if PNG.starts_with(bytes) {
            return Err(super::truncated(Self::Png));
        }
        if b"RIFF".starts_with(bytes) || (bytes.len() < 12 && bytes.starts_with(b"RIFF")) {
            return Err(super::truncated(Self::WebP));
        }
        let message = format!("the file is {}; JPEG, PNG and WebP are read", name(bytes));
        Err(Error::new(
            ErrorKind::ImageFormat,
            message,
            "Save the photograph as a JPEG or PNG; on an iPhone choose \"Most Compatible\" for the camera.",
        ))
    }
}

/// What a file that is not read should be called.
fn name(bytes: &[u8]) -> &'static str {
    if bytes.get(4..8) == Some(b"ftyp".as_slice()) {
        let brand = array::<4>(bytes, 8).unwrap_or_default();
        return BRANDS.iter().find(|(known, _)| **known == brand).map_or("a film or another ISO media file", |(_, name)| name);
    }
    if let Some((_, name)) = OTHERS.iter().find(|(beginning, _)| bytes.starts_with(beginning)) {
        return name;
    }
    if bytes.get(128..132) == Some(b"DICM".as_slice()) {
        return "a DICOM file";
    }
    // A kilobyte shows whether a text is SVG or HTML; both may begin with a comment or declaration.
    let head = bytes.get(..1024).unwrap_or(bytes).to_ascii_lowercase();
    let holds = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    if holds(b"<svg") {
        "an SVG drawing"
    } else if holds(b"<html") || holds(b"<!doctype html") {
        "a web page (HTML)"
    } else if head.iter().all(|&byte| byte >= 0x20 || matches!(byte, b'\t' | b'\n' | b'\r')) {
        "a text"
    } else {
        "of an unknown kind"
    }
}
