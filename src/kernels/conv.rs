//! General convolution as im2col + GEMM: a row of the column matrix holds one output pixel's window, (ky, kx, c) in that order.

use std::ops::Range;

/// A square convolution over one H × W × C image.
#[derive(Clone, Copy, Debug)]
pub struct ConvShape {
    /// Rows of the image.
    pub height: usize,
    /// Columns of the image.
    pub width: usize,
    /// Channels of the image.
    pub channels: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Step in both directions, at least 1.
    pub stride: usize,
    /// Zeros added on every side.
    pub padding: usize,
}

impl ConvShape {
    /// Output rows: ⌊(height + 2 · padding − kernel) / stride⌋ + 1; 0 when the kernel does not fit.
    pub fn out_height(&self) -> usize {
        outputs(self.height, self)
    }

    /// Output columns, likewise.
    pub fn out_width(&self) -> usize {
        outputs(self.width, self)
    }

    /// Numbers in a window: kernel² · channels; `usize::MAX`, which no slice has, where that cannot be counted.
    pub fn window(&self) -> usize {
        self.kernel.saturating_mul(self.kernel).saturating_mul(self.channels)
    }

    /// Asserts that `image` is one, and `columns` numbers `per_pixel` of output pixels that exist, from `first` on. Sums and products saturate, and the
    /// padded sides are asserted to be countable, so that [`corner`] is.
    fn check(&self, image: &[f32], first: usize, columns: usize, per_pixel: usize) {
        let image_len = self.height.saturating_mul(self.width).saturating_mul(self.channels);
        assert!(image.len() == image_len && per_pixel > 0 && columns.is_multiple_of(per_pixel), "convolution: lengths");
        let countable = |side| isize::try_from(padded(side, self)).is_ok();
        assert!(countable(self.height) && countable(self.width), "convolution: padding");
        let pixels = self.out_height().saturating_mul(self.out_width());
        assert!(first.saturating_add(columns / per_pixel) <= pixels, "convolution: no such pixel");
    }
}

fn padded(side: usize, shape: &ConvShape) -> usize {
    side.saturating_add(shape.padding.saturating_mul(2))
}

fn outputs(side: usize, shape: &ConvShape) -> usize {
    padded(side, shape).checked_sub(shape.kernel).map_or(0, |room| (room / shape.stride).saturating_add(1))
}

/// Windows of the output pixels `first .. first + columns.len() / window` (row-major over the output), zeros outside the image.
///
/// # Panics
/// When `image` has another length than the shape says, `columns` is no whole number of windows, a window holds nothing, the stride is 0, or
/// the pixels do not exist.
pub fn im2col(shape: ConvShape, image: &[f32], first: usize, columns: &mut [f32]) {
    let ConvShape { height, width, channels, kernel, .. } = shape;
    shape.check(image, first, columns.len(), shape.window());
    let run = kernel * channels;
    for (pixel, window) in columns.chunks_exact_mut(shape.window()).enumerate() {
        for (ky, out) in window.chunks_exact_mut(run).enumerate() {
            let (row, column) = corner(shape, first + pixel, ky);
            if row >= height {
                out.fill(0.0);
            } else if column >= 0 && column as usize + kernel <= width {
                out.copy_from_slice(&image[(row * width + column as usize) * channels..][..run]);
            } else {
                for (kx, out) in out.chunks_exact_mut(channels).enumerate() {
                    let at = column + kx as isize;
                    if at >= 0 && (at as usize) < width {
                        out.copy_from_slice(&image[(row * width + at as usize) * channels..][..channels]);
                    } else {
                        out.fill(0.0);
                    }
                }
            }
        }
    }
}

/// The numbers `part` of each window that [`im2col`] lays out: `columns` has `part.len()` a pixel.
///
/// # Panics
/// As [`im2col`], and when `part` is empty or no part of a window.
pub fn im2col_part(shape: ConvShape, image: &[f32], first: usize, part: Range<usize>, columns: &mut [f32]) {
    let ConvShape { height, width, channels, kernel, .. } = shape;
    shape.check(image, first, columns.len(), part.len());
    assert!(part.end <= shape.window(), "im2col: part");
    for (pixel, out) in columns.chunks_exact_mut(part.len()).enumerate() {
        let mut at = part.start;
        while at < part.end {
            let (tap, channel) = (at / channels, at % channels);
            let run = (channels - channel).min(part.end - at);
            let (row, column) = corner(shape, first + pixel, tap / kernel);
            let column = column + (tap % kernel) as isize;
            let out = &mut out[at - part.start..][..run];
            if row < height && column >= 0 && (column as usize) < width {
                out.copy_from_slice(&image[(row * width + column as usize) * channels + channel..][..run]);
            } else {
                out.fill(0.0);
            }
            at += run;
        }
    }
}

/// The transpose of [`im2col`]: adds each window back to the pixels it came from.
///
/// # Panics
/// As [`im2col`].
pub fn col2im_add(shape: ConvShape, columns: &[f32], first: usize, image: &mut [f32]) {
    let ConvShape { height, width, channels, kernel, .. } = shape;
    shape.check(image, first, columns.len(), shape.window());
    for (pixel, window) in columns.chunks_exact(shape.window()).enumerate() {
        for (ky, values) in window.chunks_exact(kernel * channels).enumerate() {
            let (row, column) = corner(shape, first + pixel, ky);
            for (kx, values) in values.chunks_exact(channels).enumerate() {
                let at = column + kx as isize;
                if row < height && at >= 0 && (at as usize) < width {
                    let to = &mut image[(row * width + at as usize) * channels..][..channels];
                    to.iter_mut().zip(values).for_each(|(to, v)| *to += v);
                }
            }
        }
    }
}

/// Input row (huge when above the image) and leftmost input column of kernel row `ky` for output pixel `pixel`.
fn corner(shape: ConvShape, pixel: usize, ky: usize) -> (usize, isize) {
    let (y, x) = (pixel / shape.out_width(), pixel % shape.out_width());
    let row = (y * shape.stride + ky).wrapping_sub(shape.padding);
    (row, (x * shape.stride) as isize - shape.padding as isize)
}

/// PyTorch's (out, c, ky, kx) weights as (out, ky, kx, c): the order of [`im2col`]'s windows.
///
/// # Panics
/// When the lengths differ or are no whole number of windows.
pub fn to_windows(weights: &[f32], channels: usize, kernel: usize, windows: &mut [f32]) {
    permute(weights, channels, kernel, windows, |torch, window, out| out[window] = weights[torch]);
}

/// The inverse of [`to_windows`].
///
/// # Panics
/// As there.
pub fn from_windows(windows: &[f32], channels: usize, kernel: usize, weights: &mut [f32]) {
    permute(windows, channels, kernel, weights, |torch, window, out| out[torch] = windows[window]);
}

/// Calls `place(position in PyTorch's order, position in windows, out)` for every weight.
fn permute(weights: &[f32], channels: usize, kernel: usize, out: &mut [f32], place: impl Fn(usize, usize, &mut [f32])) {
    let taps = kernel.saturating_mul(kernel);
    let per_output = taps.saturating_mul(channels).max(1);
    assert!(weights.len() == out.len() && weights.len().is_multiple_of(per_output), "windows: lengths");
    for first in (0..weights.len()).step_by(per_output) {
        for c in 0..channels {
            for tap in 0..taps {
                place(first + c * taps + tap, first + tap * channels + c, out);
            }
        }
    }
}
