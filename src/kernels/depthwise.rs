//! The 3 × 3 depthwise convolution with one zero of padding, a row of pixels at a time: y\[c\] = Σ w\[ky\]\[kx\]\[c\] · x\[ky\]\[kx\]\[c\].
//!
//! Rows above or below the image are passed as slices of zeros, so only the left and right edge need care here.
//! Weights are repacked as nine rows of C ([`pack_depthwise`]).

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

    fn check(&self, inputs: &[&[f32]], outputs: usize, weights: usize) {
        let row = self.width * self.channels;
        let fits = inputs.iter().all(|input| input.len() == row) && outputs == self.out_width() * self.channels;
        assert!(fits && weights == 9 * self.channels && (self.stride == 1 || self.stride == 2), "depthwise: lengths");
    }
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
    /// One output row from the three input rows around it: min(max(Σ w · x + `bias`, lo), hi).
    ///
    /// # Panics
    /// When a length does not fit `shape`.
    pub fn depthwise_row = row_body(shape: Depthwise, rows: [&[f32]; 3], weights: &[f32], bias: &[f32], lo: f32, hi: f32, out: &mut [f32])
}

#[inline(always)]
fn row_body<S: Simd>(shape: Depthwise, rows: [&[f32]; 3], weights: &[f32], bias: &[f32], lo: f32, hi: f32, out: &mut [f32]) {
    shape.check(&rows, out.len(), weights.len());
    assert!(bias.len() == shape.channels, "depthwise: bias");
    let (channels, whole) = (shape.channels, shape.channels / S::LANES * S::LANES);
    let mut c = 0;
    // SAFETY: c + LANES ≤ channels, and taps outside the row are skipped.
    unsafe {
        while c < whole {
            vector_row::<S>(shape, rows, weights, bias, (lo, hi), out, c);
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
            let sum = if lo > sum { lo } else { sum };
            out[x * channels + c] = if hi < sum { hi } else { sum };
        }
    }
}

/// The vector at `column` of a row, `channels` floats a column, from channel `c` on.
#[inline(always)]
unsafe fn at<S: Simd>(row: &[f32], column: usize, channels: usize, c: usize) -> S::V {
    // SAFETY: the caller promises that the column exists and that LANES channels follow `c`.
    unsafe { S::load(row.as_ptr().add(column * channels + c)) }
}

/// One output at the left or right edge: taps outside the row are skipped.
#[inline(always)]
unsafe fn edge<S: Simd>(shape: Depthwise, rows: [&[f32]; 3], w: &[S::V; 9], bias: S::V, x: usize, c: usize) -> S::V {
    let mut sum = bias;
    for (ky, row) in rows.iter().enumerate() {
        for kx in 0..3 {
            let column = (x * shape.stride + kx).wrapping_sub(1);
            if column < shape.width {
                // SAFETY: the column exists; the rest is the caller's promise.
                unsafe { sum = S::mul_add(at::<S>(row, column, shape.channels, c), w[ky * 3 + kx], sum) };
            }
        }
    }
    sum
}

/// One vector of channels along a whole row.
#[inline(always)]
unsafe fn vector_row<S: Simd>(shape: Depthwise, rows: [&[f32]; 3], weights: &[f32], bias: &[f32], bounds: (f32, f32), out: &mut [f32], c: usize) {
    // SAFETY: by the caller's check; columns lie in 0..width wherever they are loaded.
    unsafe {
        let Depthwise { width, channels, stride } = shape;
        let mut w = [S::splat(0.0); 9];
        for (tap, w) in w.iter_mut().enumerate() {
            *w = S::load(weights.as_ptr().add(tap * channels + c));
        }
        let bias = S::load(bias.as_ptr().add(c));
        let (lo, hi) = (S::splat(bounds.0), S::splat(bounds.1));
        let outputs = shape.out_width();
        let to = out.as_mut_ptr().add(c);
        S::store(to, S::min(hi, S::max(lo, edge::<S>(shape, rows, &w, bias, 0, c))));
        // Outputs whose three columns all exist: x·stride + 1 < width.
        let inner = if width > 1 { (width - 2) / stride + 1 } else { 1 };
        let inner = inner.min(outputs);
        let mut x = 1;
        if stride == 1 {
            // Two outputs share four columns: twelve loads in place of eighteen.
            while x + 2 <= inner {
                let (mut first, mut second) = (bias, bias);
                for (ky, row) in rows.iter().enumerate() {
                    let (a, b) = (at::<S>(row, x - 1, channels, c), at::<S>(row, x, channels, c));
                    let (d, e) = (at::<S>(row, x + 1, channels, c), at::<S>(row, x + 2, channels, c));
                    first = S::mul_add(a, w[ky * 3], first);
                    second = S::mul_add(b, w[ky * 3], second);
                    first = S::mul_add(b, w[ky * 3 + 1], first);
                    second = S::mul_add(d, w[ky * 3 + 1], second);
                    first = S::mul_add(d, w[ky * 3 + 2], first);
                    second = S::mul_add(e, w[ky * 3 + 2], second);
                }
                S::store(to.add(x * channels), S::min(hi, S::max(lo, first)));
                S::store(to.add((x + 1) * channels), S::min(hi, S::max(lo, second)));
                x += 2;
            }
        }
        while x < inner {
            let mut sum = bias;
            for (ky, row) in rows.iter().enumerate() {
                for kx in 0..3 {
                    sum = S::mul_add(at::<S>(row, x * stride + kx - 1, channels, c), w[ky * 3 + kx], sum);
                }
            }
            S::store(to.add(x * channels), S::min(hi, S::max(lo, sum)));
            x += 1;
        }
        while x < outputs {
            S::store(to.add(x * channels), S::min(hi, S::max(lo, edge::<S>(shape, rows, &w, bias, x, c))));
            x += 1;
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
