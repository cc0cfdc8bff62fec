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

    /// The colour of a pixel.
    fn at(&self, x: usize, y: usize) -> [u8; 4] {
        let at = y.wrapping_mul(self.width).wrapping_add(x).wrapping_mul(3);
        self.bytes.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default()
    }
}

/// The index within 0..`length` that mirroring at both ends leads to, edges twice: … 1 0 | 0 1 2 … Divides only far outside.
pub(crate) fn mirror(index: i64, length: usize) -> usize {
    let length = length as i64;
    let once = if index < 0 { index.wrapping_neg().wrapping_sub(1) } else { index };
    let period = length.wrapping_mul(2);
    let folded = if once < period { once } else { once.checked_rem_euclid(period).unwrap_or(0) };
    (if folded < length { folded } else { period.wrapping_sub(1).wrapping_sub(folded) }) as usize
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
/// `out` are left alone. Places are followed in steps of 2⁻³² pixel; a number of the map that is not finite counts as 0, and places beyond
/// ±2³¹ pixels are some mirrored place.
pub fn warp(picture: &Pixels, map: &Affine, side: usize, out: &mut [f32]) {
    let stride = picture.width.wrapping_mul(3);
    let limit = |length: usize| (length.wrapping_sub(1) as u64) << FRACTION_BITS;
    let (last_x, last_y) = (limit(picture.width), limit(picture.height));
    let (step_x, step_y) = (fixed(map.xx), fixed(map.yx));
    for (y, row) in out.chunks_exact_mut(side.saturating_mul(3).max(1)).take(side).enumerate() {
        let (mut u, mut v) = (fixed(map.xy * y as f64 + map.x0), fixed(map.yy * y as f64 + map.y0));
        for pixel in row.chunks_exact_mut(3) {
            // As unsigned numbers, negative places are beyond the limit too.
            let inside = (u as u64) < last_x && (v as u64) < last_y;
            let corners = if inside { corners(picture, stride, u, v) } else { None };
            pixel.copy_from_slice(&bilinear(corners.unwrap_or_else(|| mirrored_corners(picture, u, v)), fraction(u), fraction(v)));
            (u, v) = (u.wrapping_add(step_x), v.wrapping_add(step_y));
        }
    }
}

/// Bits of a place behind the binary point.
const FRACTION_BITS: u32 = 32;

fn fixed(place: f64) -> i64 {
    (place * (1u64 << FRACTION_BITS) as f64) as i64
}

/// The part of a place behind the point, to 24 bits, which f32 holds exactly.
#[inline(always)]
fn fraction(place: i64) -> f32 {
    (place as u32 >> 8) as f32 * (1.0 / (1u32 << 24) as f32)
}

/// Upper left, upper right, lower left and lower right neighbour.
type Corners = [[u8; 4]; 4];

/// The neighbours of a place for which they all lie in the picture. Each row's two are read as one block of eight bytes; the fourth byte of
/// each neighbour is the next pixel's and is not used (four lanes are one vector, three are not).
#[inline(always)]
fn corners(picture: &Pixels, stride: usize, u: i64, v: i64) -> Option<Corners> {
    let (left, top) = ((u >> FRACTION_BITS) as usize, (v >> FRACTION_BITS) as usize);
    let at = top.wrapping_mul(stride).wrapping_add(left.wrapping_mul(3));
    let [a0, a1, a2, b0, b1, b2, b3, _] = *picture.bytes.get(at..)?.first_chunk::<8>()?;
    let [c0, c1, c2, d0, d1, d2, d3, _] = *picture.bytes.get(at.wrapping_add(stride)..)?.first_chunk::<8>()?;
    Some([[a0, a1, a2, b0], [b0, b1, b2, b3], [c0, c1, c2, d0], [d0, d1, d2, d3]])
}

fn mirrored_corners(picture: &Pixels, u: i64, v: i64) -> Corners {
    let (x, y) = (u >> FRACTION_BITS, v >> FRACTION_BITS);
    let (left, right) = (mirror(x, picture.width), mirror(x.wrapping_add(1), picture.width));
    let (top, bottom) = (mirror(y, picture.height), mirror(y.wrapping_add(1), picture.height));
    [picture.at(left, top), picture.at(right, top), picture.at(left, bottom), picture.at(right, bottom)]
}

/// The corners weighted by the place between them.
#[inline(always)]
fn bilinear([a, b, c, d]: Corners, fx: f32, fy: f32) -> [f32; 3] {
    let [r, g, b, _] = mix(mix(lanes(a), lanes(b), fx), mix(lanes(c), lanes(d), fx), fy);
    [r, g, b]
}

#[inline(always)]
fn lanes([r, g, b, x]: [u8; 4]) -> [f32; 4] {
    [f32::from(r), f32::from(g), f32::from(b), f32::from(x)]
}

#[inline(always)]
fn mix(a: [f32; 4], b: [f32; 4], share: f32) -> [f32; 4] {
    let lane = |a: f32, b: f32| a + (b - a) * share;
    [lane(a[0], b[0]), lane(a[1], b[1]), lane(a[2], b[2]), lane(a[3], b[3])]
}
