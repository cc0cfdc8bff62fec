//! Antialiased bilinear resizing of 8-bit RGB with Pillow's arithmetic, so that the network sees what it was trained on.
//!
//! For an output pixel with centre c = (i + ½)·s, s = input ÷ output, the triangle 1 − |x − c| / max(s, 1) is sampled at the centres of the
//! input pixels it covers and normalised to the sum 1. The weights are rounded to 22 fractional bits, rows are filtered first and rounded to
//! 8 bits, then columns. Enlarging (s < 1) is plain bilinear interpolation. Source of the scheme: Pillow, `Image.resize(…, BILINEAR)`; from
//! version 13 on Pillow takes the columns first where the width grows and the height shrinks, and differs there by 1 at most.

use super::buffer;
use crate::Result;

/// Fractional bits of a weight: 32 − 8 for the pixel − 2 for the sign and rounding.
const PRECISION: u32 = 22;
/// ½ at that precision.
const HALF: i32 = 1 << (PRECISION - 1);

/// Which input pixels make one output pixel.
struct Window {
    /// The first of them.
    first: usize,
    /// Their weights, ≥ 0, together 2²² within rounding.
    weights: Vec<i32>,
}

/// The windows of `output` pixels over `input` pixels; both at least 1.
fn windows(input: u32, output: u32) -> Vec<Window> {
    let scale = f64::from(input) / f64::from(output);
    let reach = scale.max(1.0);
    let window = |index: u32| {
        let centre = (f64::from(index) + 0.5) * scale;
        // `as` rounds towards zero and saturates at 0, as the bounds are meant.
        let first = (centre - reach + 0.5) as u32;
        let end = ((centre + reach + 0.5) as u32).min(input);
        let triangle = |at: u32| (1.0 - ((f64::from(at) - centre + 0.5) / reach).abs()).max(0.0);
        let sum: f64 = (first..end).map(triangle).sum();
        let fixed = |at| (triangle(at) / sum * f64::from(1u32 << PRECISION) + 0.5) as i32;
        Window { first: usize::try_from(first).unwrap_or(usize::MAX), weights: (first..end).map(fixed).collect() }
    };
    (0..output).map(window).collect()
}

/// A sum of weighted pixels back to 8 bits, rounded, held within 0–255.
fn to_u8(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

/// A part of an RGB picture: rows of pixels inside a larger picture.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// The whole picture's bytes.
    pub(super) rgb: &'a [u8],
    /// Pixels in a row of the whole picture.
    pub(super) stride: u32,
    /// First pixel of each row.
    pub(super) x: u32,
    /// First row.
    pub(super) y: u32,
    /// Pixels across, at least 1.
    pub(super) width: u32,
    /// Pixels down, at least 1.
    pub(super) height: u32,
}

impl<'a> View<'a> {
    /// The rows of the part; none outside the picture.
    fn rows(self) -> impl Iterator<Item = &'a [[u8; 3]]> {
        let size = |pixels: u32| usize::try_from(pixels).unwrap_or(usize::MAX);
        let (left, right) = (size(self.x), size(self.x).saturating_add(size(self.width)));
        let rows = self.rgb.as_chunks::<3>().0.chunks_exact(size(self.stride).max(1));
        rows.skip(size(self.y)).take(size(self.height)).map(move |row| row.get(left..right).unwrap_or_default())
    }
}

/// The part resized to `side` × `side` pixels, RGB. Pixels outside the part have no influence.
pub(super) fn to_square(view: View<'_>, side: u32) -> Result<Vec<u8>> {
    let row_bytes = u64::from(side).saturating_mul(3);
    let mut narrow = buffer(row_bytes.saturating_mul(view.height.into()))?;
    let across = windows(view.width, side);
    let row_len = usize::try_from(row_bytes).unwrap_or(usize::MAX).max(1);
    for (target, row) in narrow.chunks_exact_mut(row_len).zip(view.rows()) {
        for (pixel, window) in target.as_chunks_mut::<3>().0.iter_mut().zip(&across) {
            let mut sums = [HALF; 3];
            for (input, weight) in row.iter().skip(window.first).zip(&window.weights) {
                for (sum, &value) in sums.iter_mut().zip(input) {
                    *sum = sum.wrapping_add(weight.wrapping_mul(value.into()));
                }
            }
            *pixel = sums.map(to_u8);
        }
    }
    let mut square = buffer(row_bytes.saturating_mul(side.into()))?;
    let mut sums = vec![HALF; row_len];
    for (target, window) in square.chunks_exact_mut(row_len).zip(windows(view.height, side)) {
        sums.fill(HALF);
        for (row, weight) in narrow.chunks_exact(row_len).skip(window.first).zip(&window.weights) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum = sum.wrapping_add(weight.wrapping_mul(value.into()));
            }
        }
        for (pixel, &sum) in target.iter_mut().zip(&sums) {
            *pixel = to_u8(sum);
        }
    }
    Ok(square)
}

/// A square of `from` × `from` pixels of RGB in floating point, `side` across afterwards: the same filter, nothing rounded.
///
/// Rows that are missing count as 0; a NaN spreads to the pixels that read it.
#[cfg(feature = "learn")]
pub(crate) fn floating_square(rgb: &[f32], from: u32, side: u32) -> Vec<f32> {
    let size = |pixels: u32| usize::try_from(pixels).unwrap_or(usize::MAX);
    let windows = windows(from, side);
    let share = |weight: i32| weight as f32 / (1u32 << PRECISION) as f32;
    let row_len = size(side).saturating_mul(3);
    let mut narrow = vec![0.0f32; size(from).saturating_mul(row_len)];
    let rows = rgb.as_chunks::<3>().0.chunks_exact(size(from).max(1));
    for (target, row) in narrow.chunks_exact_mut(row_len.max(1)).zip(rows) {
        for (pixel, window) in target.as_chunks_mut::<3>().0.iter_mut().zip(&windows) {
            for (input, &weight) in row.iter().skip(window.first).zip(&window.weights) {
                pixel.iter_mut().zip(input).for_each(|(sum, value)| *sum += share(weight) * value);
            }
        }
    }
    let mut square = vec![0.0f32; size(side).saturating_mul(row_len)];
    for (target, window) in square.chunks_exact_mut(row_len.max(1)).zip(&windows) {
        for (row, &weight) in narrow.chunks_exact(row_len.max(1)).skip(window.first).zip(&window.weights) {
            target.iter_mut().zip(row).for_each(|(sum, value)| *sum += share(weight) * value);
        }
    }
    square
}
