//! The one number of EXIF that is read: the orientation.
//!
//! Only the first directory is looked at and its link to the next is not followed, so there is nothing that could loop; the entries that are
//! read lie in the block or the search ends. Source: Exif 2.32 §4.6, TIFF 6.0 §2.

use super::bytes::{array, be_u16, be_u32, le_u16, le_u32};

/// The orientation tag, a SHORT.
const ORIENTATION: u16 = 0x0112;
/// TIFF's code of a 16-bit number.
const SHORT: u16 = 3;
/// Bytes of a directory entry.
const ENTRY: usize = 12;

/// The orientation 1–8 of an EXIF block (a TIFF structure, with or without the prefix `Exif\0\0`).
///
/// 1 (upright as stored) if there is none, if the number is outside 1–8, if it has another type than one SHORT, or if the block is damaged in
/// a way that hides it: a bad orientation is no reason to refuse a photograph.
pub(super) fn orientation(block: &[u8]) -> u8 {
    find(block.strip_prefix(b"Exif\0\0").unwrap_or(block)).unwrap_or(1)
}

fn find(tiff: &[u8]) -> Option<u8> {
    type Read<T> = fn(&[u8], usize) -> Option<T>;
    let (u16_at, u32_at): (Read<u16>, Read<u32>) = match &array::<4>(tiff, 0)? {
        b"II*\0" => (le_u16, le_u32),
        b"MM\0*" => (be_u16, be_u32),
        _ => return None,
    };
    let directory = usize::try_from(u32_at(tiff, 4)?).ok()?;
    let entries = usize::from(u16_at(tiff, directory)?);
    let first = directory.checked_add(2)?;
    for index in 0..entries {
        let entry = index.checked_mul(ENTRY)?.checked_add(first)?;
        if u16_at(tiff, entry)? == ORIENTATION {
            let plain = u16_at(tiff, entry.checked_add(2)?)? == SHORT && u32_at(tiff, entry.checked_add(4)?)? == 1;
            let value = u16_at(tiff, entry.checked_add(8)?)?;
            return if plain && (1..=8).contains(&value) { u8::try_from(value).ok() } else { None };
        }
    }
    None
}
