//! One affine map from the network's square to the photograph, sampled bilinearly: flip, rotation, scale, stretch and shift in one pass.

use crate::{Error, ErrorKind, Result};
use image::RgbImage;
use image::imageops::{self, FilterType};

/// Bytes after the last pixel, so that eight bytes can be read from any pixel that has a right neighbour.
const PADDING: usize = 8;

/// An RGB8 picture in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    width: usize,
    height: usize,
    /// Rows of RGB, then [`PADDING`] zeros.
    bytes: Vec<u8>,
    mean: f32,
}

impl Pixels {
    /// A picture from `width` × `height` × 3 bytes, rows from the top.
    ///
    /// # Errors
    /// [`ErrorKind::ImageEmpty`] without pixels; [`ErrorKind::ImageCorrupt`] if the length is not `width · height · 3`;
    /// [`ErrorKind::ImageTooLarge`] if a side is above 65,535.
    pub fn new(width: usize, height: usize, rgb: Vec<u8>) -> Result<Self> {
        if width == 0 || height == 0 {
            return Err(Error::new(ErrorKind::ImageEmpty, format!("the image is {width} × {height}"), ""));
        }
        if width.max(height) > usize::from(u16::MAX) {
            return Err(Error::new(ErrorKind::ImageTooLarge, format!("the image is {width} × {height}; a side may have {}", u16::MAX), ""));
        }
        let expected = width.saturating_mul(height).saturating_mul(3);
        if rgb.len() != expected {
            let message = format!("{} bytes for {width} × {height} pixels; needed {expected}", rgb.len());
            return Err(Error::new(ErrorKind::ImageCorrupt, message, ""));
        }
        let luma = rgb.chunks_exact(3).map(|pixel| match *pixel {
            [r, g, b] => u64::from(r).wrapping_mul(299).wrapping_add(u64::from(g).wrapping_mul(587)).wrapping_add(u64::from(b).wrapping_mul(114)),
            _ => 0,
        });
        let mean = luma.sum::<u64>() as f64 / (1000.0 * width as f64 * height as f64);
        let mut bytes = rgb;
        bytes.resize(expected.saturating_add(PADDING), 0);
        bytes.shrink_to_fit();
        Ok(Self { width, height, bytes, mean: mean as f32 })
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixels, row by row.
    pub fn rgb(&self) -> &[u8] {
        self.bytes.get(..self.bytes.len().saturating_sub(PADDING)).unwrap_or_default()
    }

    /// The mean brightness, 0–255 (0.299 R + 0.587 G + 0.114 B).
    pub fn mean(&self) -> f32 {
        self.mean
    }

    /// Bytes held in memory.
    pub(crate) fn size(&self) -> usize {
        self.bytes.capacity()
    }

    /// Resized with the antialiased triangle filter. The same picture if the size is its own already.
    ///
    /// # Errors
    /// [`ErrorKind::ImageEmpty`] for a size of zero.
    pub(crate) fn resized(self, width: usize, height: usize) -> Result<Self> {
        if (width, height) == (self.width, self.height) {
            return Ok(self);
        }
        let (from_width, from_height, mut rgb) = (self.width, self.height, self.bytes);
        rgb.truncate(rgb.len().saturating_sub(PADDING));
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let picture = RgbImage::from_raw(side(from_width), side(from_height), rgb)
            .ok_or_else(|| Error::new(ErrorKind::Internal, "the pixels do not fill their picture", ""))?;
        Self::new(width, height, imageops::resize(&picture, side(width), side(height), FilterType::Triangle).into_raw())
    }

    /// The colour at a pixel beyond the border: the picture is mirrored, edge pixels included twice (… 1 0 | 0 1 …).
    fn mirrored(&self, x: i64, y: i64) -> [u8; 3] {
        let at = mirror(y, self.height).wrapping_mul(self.width).wrapping_add(mirror(x, self.width)).wrapping_mul(3);
        match self.bytes.get(at..at.wrapping_add(3)) {
            Some(&[r, g, b]) => [r, g, b],
            _ => [0; 3],
        }
    }
}

/// The index within 0..`length` that mirroring at both ends leads to.
pub(crate) fn mirror(index: i64, length: usize) -> usize {
    let length = length as i64;
    let folded = index.checked_rem_euclid(length.wrapping_mul(2)).unwrap_or(0);
    (if folded < length { folded } else { length.wrapping_mul(2).wrapping_sub(1).wrapping_sub(folded) }) as usize
}

/// A map from a pixel (x, y) of the square to a place in the picture: (`xx`·x + `xy`·y + `x0`, `yx`·x + `yy`·y + `y0`).
/// Whole numbers are pixel centres on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// How far the place moves right for a step right.
    pub xx: f64,
    /// How far it moves right for a step down.
    pub xy: f64,
    /// Its column for the square's first pixel.
    pub x0: f64,
    /// How far it moves down for a step right.
    pub yx: f64,
    /// How far it moves down for a step down.
    pub yy: f64,
    /// Its row for the square's first pixel.
    pub y0: f64,
}

/// Fills `out` (`side` × `side` × 3, values 0–255) with the picture under `map`, interpolated between the four nearest pixels and mirrored at
/// its borders. There is no filtering against aliasing: a caller that shrinks a picture much resizes it first. Missing or surplus numbers in
/// `out` are left alone; a place that is not finite or beyond ±10⁹ reads the first pixel.
pub fn warp(picture: &Pixels, map: &Affine, side: usize, out: &mut [f32]) {
    let stride = picture.width.wrapping_mul(3);
    let (last_x, last_y) = (picture.width.wrapping_sub(1) as f32, picture.height.wrapping_sub(1) as f32);
    for (y, row) in out.chunks_exact_mut(side.saturating_mul(3).max(1)).take(side).enumerate() {
        let (start_x, start_y) = (map.xy * y as f64 + map.x0, map.yy * y as f64 + map.y0);
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let (u, v) = ((map.xx * x as f64 + start_x) as f32, (map.yx * x as f64 + start_y) as f32);
            let inside = u >= 0.0 && v >= 0.0 && u < last_x && v < last_y;
            let colour = if inside { blend(picture, stride, u, v) } else { None }.unwrap_or_else(|| blend_mirrored(picture, u, v));
            pixel.copy_from_slice(&colour);
        }
    }
}

/// The blend at a place whose four neighbours lie in the picture. Each row's two neighbours are read as one block of eight bytes.
#[inline(always)]
fn blend(picture: &Pixels, stride: usize, u: f32, v: f32) -> Option<[f32; 3]> {
    let (left, top) = (u as u32, v as u32);
    let (fx, fy) = (u - left as f32, v - top as f32);
    let at = (top as usize).wrapping_mul(stride).wrapping_add((left as usize).wrapping_mul(3));
    let upper = picture.bytes.get(at..)?.first_chunk::<8>()?;
    let lower = picture.bytes.get(at.wrapping_add(stride)..)?.first_chunk::<8>()?;
    let [a0, a1, a2, b0, b1, b2, ..] = *upper;
    let [c0, c1, c2, d0, d1, d2, ..] = *lower;
    Some(bilinear([[a0, a1, a2], [b0, b1, b2], [c0, c1, c2], [d0, d1, d2]], fx, fy))
}

fn blend_mirrored(picture: &Pixels, u: f32, v: f32) -> [f32; 3] {
    let bounded = |place: f32| if place.abs() <= 1e9 { place } else { 0.0 };
    let (u, v) = (bounded(u), bounded(v));
    let (left, top) = (u.floor(), v.floor());
    let (fx, fy) = (u - left, v - top);
    let (x, y) = (left as i64, top as i64);
    let (a, b) = (picture.mirrored(x, y), picture.mirrored(x.wrapping_add(1), y));
    let (c, d) = (picture.mirrored(x, y.wrapping_add(1)), picture.mirrored(x.wrapping_add(1), y.wrapping_add(1)));
    bilinear([a, b, c, d], fx, fy)
}

/// Four neighbours (upper left, upper right, lower left, lower right) weighted by the place between them.
#[inline(always)]
fn bilinear([a, b, c, d]: [[u8; 3]; 4], fx: f32, fy: f32) -> [f32; 3] {
    let channel = |a: u8, b: u8, c: u8, d: u8| mix(mix(f32::from(a), f32::from(b), fx), mix(f32::from(c), f32::from(d), fx), fy);
    [channel(a[0], b[0], c[0], d[0]), channel(a[1], b[1], c[1], d[1]), channel(a[2], b[2], c[2], d[2])]
}

#[inline(always)]
fn mix(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}
