//! The 3 × 3 depthwise convolution with one zero of padding, a row of pixels at a time: y\[c\] = Σ w\[ky\]\[kx\]\[c\] · x\[ky\]\[kx\]\[c\].
//!
//! Rows above or below the image are passed as slices of zeros, so only the left and right edge need care here.
//! Weights are repacked as nine rows of C ([`pack_depthwise`]).

use super::activation::Activation;
use super::isa::instantiate;
use super::simd::Simd;

/// The shape of a row: `width` input pixels of `channels`, every `stride`-th a centre: `width.div_ceil(stride)` outputs.
#[derive(Clone, Copy, Debug)]
pub struct Depthwise {
    /// Pixels of an input row.
    pub width: usize,
    /// Channels.
    pub channels: usize,
    /// 1 or 2.
    pub stride: usize,
}

impl Depthwise {
    /// Pixels of an output row: ⌈width / stride⌉.
    pub fn out_width(&self) -> usize {
        self.width.div_ceil(self.stride)
    }

    /// Asserts that every length fits. Products saturate: `usize::MAX` is a length that no slice has.
    fn check(&self, inputs: &[&[f32]], outputs: usize, weights: usize) {
        let Self { width, channels, stride } = *self;
        assert!(stride == 1 || stride == 2, "depthwise: stride");
        let row = width.saturating_mul(channels);
        let fits = inputs.iter().all(|input| input.len() == row) && outputs == self.out_width().saturating_mul(channels);
        assert!(fits && weights == channels.saturating_mul(9), "depthwise: lengths");
    }
}

/// What one output row is computed from.
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseRow<'a> {
    /// Its shape.
    pub shape: Depthwise,
    /// The input rows above, at and below it, each width · channels floats: zeros outside the image.
    pub rows: [&'a [f32]; 3],
    /// Nine rows of channels ([`pack_depthwise`]).
    pub weights: &'a [f32],
    /// One number a channel.
    pub bias: &'a [f32],
    /// What follows the sums.
    pub activation: Activation,
}

/// PyTorch's (C, 1, 3, 3) weights as nine rows of C.
///
/// # Panics
/// When `packed` and `weights` differ in length or are no multiple of nine.
pub fn pack_depthwise(weights: &[f32], packed: &mut [f32]) {
    assert!(weights.len() == packed.len() && weights.len().is_multiple_of(9), "pack_depthwise: lengths");
    let channels = weights.len() / 9;
    for (tap, row) in packed.chunks_exact_mut(channels.max(1)).enumerate() {
        for (c, out) in row.iter_mut().enumerate() {
            *out = weights[c * 9 + tap];
        }
    }
}

instantiate! {
    /// One output row from the three input rows around it: Σ w · x + bias, then the activation.
    ///
    /// # Panics
    /// When a length does not fit the shape.
    pub fn depthwise_row = row_body(row: &DepthwiseRow<'_>, out: &mut [f32])
}

#[inline(always)]
fn row_body<S: Simd>(row: &DepthwiseRow<'_>, out: &mut [f32]) {
    let DepthwiseRow { shape, rows, weights, bias, activation } = *row;
    shape.check(&rows, out.len(), weights.len());
    assert!(bias.len() == shape.channels, "depthwise: bias");
    if shape.width == 0 {
        return;
    }
    let (channels, whole) = (shape.channels, shape.channels / S::LANES * S::LANES);
    let mut c = 0;
    // SAFETY: c + LANES ≤ channels, and taps outside the row are skipped.
    unsafe {
        while c < whole {
            vector_row::<S>(row, out, c);
            c += S::LANES;
        }
    }
    for c in whole..channels {
        for x in 0..shape.out_width() {
            let mut sum = bias[c];
            for (ky, row) in rows.iter().enumerate() {
                for kx in 0..3 {
                    let column = (x * shape.stride + kx).wrapping_sub(1);
                    if column < shape.width {
                        sum += row[column * channels + c] * weights[(ky * 3 + kx) * channels + c];
                    }
                }
            }
            out[x * channels + c] = activation.apply(sum);
        }
    }
}

/// The vector at `column` of a row, `channels` floats a column, from channel `c` on.
#[inline(always)]
unsafe fn at<S: Simd>(row: &[f32], column: usize, channels: usize, c: usize) -> S::V {
    // SAFETY: the caller promises that the column exists and that LANES channels follow `c`.
    unsafe { S::load(row.as_ptr().add(column * channels + c)) }
}

/// The three vectors at `column`, from channel `c` on.
#[inline(always)]
unsafe fn column<S: Simd>(rows: [&[f32]; 3], column: usize, channels: usize, c: usize) -> [S::V; 3] {
    // SAFETY: by the promise of `at`, the same for each row.
    unsafe { [at::<S>(rows[0], column, channels, c), at::<S>(rows[1], column, channels, c), at::<S>(rows[2], column, channels, c)] }
}

/// `sum` plus one column of the three rows times the weights of kernel column `kx`.
#[inline(always)]
unsafe fn add_column<S: Simd>(sum: S::V, column: [S::V; 3], w: &[S::V; 9], kx: usize) -> S::V {
    // SAFETY: the instructions of `S` exist, by the caller's promise.
    unsafe { S::mul_add(column[2], w[6 + kx], S::mul_add(column[1], w[3 + kx], S::mul_add(column[0], w[kx], sum))) }
}

/// One vector of channels along a whole row. Each input column is loaded once and added to the outputs it reaches, two or three sums at a
/// time, so sixteen registers hold weights and sums, and neither edge needs care.
#[inline(always)]
unsafe fn vector_row<S: Simd>(row: &DepthwiseRow<'_>, out: &mut [f32], c: usize) {
    // SAFETY: by the caller's check; columns lie in 0..width and outputs in 0..out_width.
    unsafe {
        let DepthwiseRow { shape: Depthwise { width, channels, stride }, rows, weights, bias, activation } = *row;
        let mut w = [S::splat(0.0); 9];
        for (tap, w) in w.iter_mut().enumerate() {
            *w = S::load(weights.as_ptr().add(tap * channels + c));
        }
        let bias = S::load(bias.as_ptr().add(c));
        let (lo, hi) = (S::splat(activation.lo), S::splat(activation.hi));
        let to = out.as_mut_ptr().add(c);
        if stride == 1 {
            let first = column::<S>(rows, 0, channels, c);
            // The outputs to the left of and at the next column.
            let (mut left, mut here) = (add_column::<S>(bias, first, &w, 1), add_column::<S>(bias, first, &w, 0));
            for x in 1..width {
                let a = column::<S>(rows, x, channels, c);
                S::store(to.add((x - 1) * channels), S::min(hi, S::max(lo, add_column::<S>(left, a, &w, 2))));
                left = add_column::<S>(here, a, &w, 1);
                here = add_column::<S>(bias, a, &w, 0);
            }
            S::store(to.add((width - 1) * channels), S::min(hi, S::max(lo, left)));
        } else {
            let mut sum = bias;
            for x in 0..width / 2 {
                sum = add_column::<S>(sum, column::<S>(rows, 2 * x, channels, c), &w, 1);
                let right = column::<S>(rows, 2 * x + 1, channels, c);
                S::store(to.add(x * channels), S::min(hi, S::max(lo, add_column::<S>(sum, right, &w, 2))));
                sum = add_column::<S>(bias, right, &w, 0);
            }
            if width % 2 == 1 {
                let last = add_column::<S>(sum, column::<S>(rows, width - 1, channels, c), &w, 1);
                S::store(to.add(width / 2 * channels), S::min(hi, S::max(lo, last)));
            }
        }
    }
}

instantiate! {
    /// Adds to one row of the input's gradient what one output row gives it through kernel row `ky`:
    /// dx\[x·stride + kx − 1\] += w\[ky\]\[kx\] · dz\[x\].
    ///
    /// # Panics
    /// When a length does not fit `shape` or `ky` > 2.
    pub fn depthwise_input_gradient_row = input_gradient_body(shape: Depthwise, dz: &[f32], weights: &[f32], ky: usize, dx: &mut [f32])
}

#[inline(always)]
fn input_gradient_body<S: Simd>(shape: Depthwise, dz: &[f32], weights: &[f32], ky: usize, dx: &mut [f32]) {
    shape.check(&[dx], dz.len(), weights.len());
    assert!(ky < 3, "depthwise: kernel row");
    let Depthwise { width, channels, stride } = shape;
    let whole = channels / S::LANES * S::LANES;
    let mut c = 0;
    while c < whole {
        // SAFETY: c + LANES ≤ channels, input columns lie in 0..width and output columns in 0..out_width.
        unsafe {
            let row = &weights[ky * 3 * channels..];
            let w = [at::<S>(row, 0, channels, c), at::<S>(row, 1, channels, c), at::<S>(row, 2, channels, c)];
            let outputs = shape.out_width();
            for x in 0..width {
                let to = dx.as_mut_ptr().add(x * channels + c);
                let mut sum = S::load(to);
                for (kx, &w) in w.iter().enumerate() {
                    // x = o · stride + kx − 1, so o = (x + 1 − kx) / stride where that is whole.
                    let shifted = (x + 1).wrapping_sub(kx);
                    if shifted.is_multiple_of(stride) && shifted / stride < outputs && x + 1 >= kx {
                        sum = S::mul_add(at::<S>(dz, shifted / stride, channels, c), w, sum);
                    }
                }
                S::store(to, sum);
            }
        }
        c += S::LANES;
    }
    for c in whole..channels {
        for (o, dz) in dz.chunks_exact(channels).enumerate() {
            for kx in 0..3 {
                let x = (o * stride + kx).wrapping_sub(1);
                if x < width {
                    dx[x * channels + c] += dz[c] * weights[(ky * 3 + kx) * channels + c];
                }
            }
        }
    }
}

instantiate! {
    /// Adds what one output row gives the weights' gradient: dw\[ky\]\[kx\] += Σ_x dz\[x\] · x\[ky\]\[x·stride + kx − 1\].
    ///
    /// # Panics
    /// When a length does not fit `shape`.
    pub fn depthwise_weight_gradient_row = weight_gradient_body(shape: Depthwise, rows: [&[f32]; 3], dz: &[f32], dw: &mut [f32])
}

#[inline(always)]
fn weight_gradient_body<S: Simd>(shape: Depthwise, rows: [&[f32]; 3], dz: &[f32], dw: &mut [f32]) {
    shape.check(&rows, dz.len(), dw.len());
    let Depthwise { width, channels, stride } = shape;
    let whole = channels / S::LANES * S::LANES;
    let outputs = shape.out_width();
    let mut c = 0;
    while c < whole {
        // SAFETY: c + LANES ≤ channels, and columns outside the row are skipped.
        unsafe {
            let mut sums = [S::splat(0.0); 9];
            for x in 0..outputs {
                let g = at::<S>(dz, x, channels, c);
                let centre = x * stride;
                if centre >= 1 && centre + 1 < width {
                    for (ky, row) in rows.iter().enumerate() {
                        for kx in 0..3 {
                            sums[ky * 3 + kx] = S::mul_add(g, at::<S>(row, centre + kx - 1, channels, c), sums[ky * 3 + kx]);
                        }
                    }
                } else {
                    for (ky, row) in rows.iter().enumerate() {
                        for kx in 0..3 {
                            let column = (centre + kx).wrapping_sub(1);
                            if column < width {
                                sums[ky * 3 + kx] = S::mul_add(g, at::<S>(row, column, channels, c), sums[ky * 3 + kx]);
                            }
                        }
                    }
                }
            }
            for (tap, &sum) in sums.iter().enumerate() {
                let to = dw.as_mut_ptr().add(tap * channels + c);
                S::store(to, S::add(S::load(to), sum));
            }
        }
        c += S::LANES;
    }
    for c in whole..channels {
        for (x, dz) in dz.chunks_exact(channels).enumerate() {
            for (ky, row) in rows.iter().enumerate() {
                for kx in 0..3 {
                    let column = (x * stride + kx).wrapping_sub(1);
                    if column < width {
                        dw[(ky * 3 + kx) * channels + c] += dz[c] * row[column * channels + c];
                    }
                }
            }
        }
    }
}
