//! BatchNorm in training: moments per channel, the normalising map, and both halves of its gradient.
//!
//! All matrices are rows × C with C contiguous; a row is one pixel of one image.

use super::activation::Activation;
use super::isa::instantiate;
use super::simd::Simd;

/// Vectors of channels handled at once: two cache lines of AVX2.
const BLOCK: usize = 4;

instantiate! {
    /// Mean and centred second moment of each channel over the rows of `z`: `mean` = Σ z / rows, `m2` = Σ (z − mean)².
    ///
    /// Two passes, so no cancellation; partial results of several calls combine by Chan's formula. Zero rows leave zeros.
    ///
    /// # Panics
    /// When `z` is no whole number of rows of `mean.len()` channels, or `m2` differs in length.
    pub fn moments = moments_body(z: &[f32], mean: &mut [f32], m2: &mut [f32])
}

#[inline(always)]
fn moments_body<S: Simd>(z: &[f32], mean: &mut [f32], m2: &mut [f32]) {
    let channels = mean.len();
    assert!(m2.len() == channels && z.len().is_multiple_of(channels), "moments: lengths");
    mean.fill(0.0);
    m2.fill(0.0);
    if z.is_empty() {
        return;
    }
    let rows = z.len() / channels;
    let share = 1.0 / rows as f32;
    let mut first = 0;
    // SAFETY: every load reads channels first..first+step ≤ channels of a row that exists.
    unsafe {
        while first + BLOCK * S::LANES <= channels {
            moments_block::<S, BLOCK>(z, (rows, share), first, mean, m2);
            first += BLOCK * S::LANES;
        }
        while first + S::LANES <= channels {
            moments_block::<S, 1>(z, (rows, share), first, mean, m2);
            first += S::LANES;
        }
    }
    for c in first..channels {
        let column = || z[c..].iter().step_by(channels);
        mean[c] = column().sum::<f32>() * share;
        m2[c] = column().map(|x| (x - mean[c]) * (x - mean[c])).sum();
    }
}

#[inline(always)]
unsafe fn moments_block<S: Simd, const N: usize>(z: &[f32], (rows, share): (usize, f32), first: usize, mean: &mut [f32], m2: &mut [f32]) {
    let channels = mean.len();
    // SAFETY: by the caller's check, N · LANES channels from `first` exist in each of `rows` rows.
    unsafe {
        let zero = S::splat(0.0);
        let mut sums = [zero; N];
        for row in 0..rows {
            for (j, sum) in sums.iter_mut().enumerate() {
                *sum = S::add(*sum, S::load(z.as_ptr().add(row * channels + first + j * S::LANES)));
            }
        }
        let mut means = sums;
        for mean in &mut means {
            *mean = S::mul(*mean, S::splat(share));
        }
        let mut squares = [zero; N];
        for row in 0..rows {
            for (j, square) in squares.iter_mut().enumerate() {
                let d = S::sub(S::load(z.as_ptr().add(row * channels + first + j * S::LANES)), means[j]);
                *square = S::mul_add(d, d, *square);
            }
        }
        for j in 0..N {
            S::store(mean.as_mut_ptr().add(first + j * S::LANES), means[j]);
            S::store(m2.as_mut_ptr().add(first + j * S::LANES), squares[j]);
        }
    }
}

instantiate! {
    /// y = `activation`(`scale` · z + `shift`) per channel. NaN stays NaN.
    ///
    /// # Panics
    /// When the lengths of `z`, `y` and the channel vectors do not fit together.
    pub fn affine_clamp = affine_clamp_body(z: &[f32], scale: &[f32], shift: &[f32], activation: Activation, y: &mut [f32])
}

#[inline(always)]
fn affine_clamp_body<S: Simd>(z: &[f32], scale: &[f32], shift: &[f32], activation: Activation, y: &mut [f32]) {
    let channels = scale.len();
    assert!(shift.len() == channels && z.len() == y.len() && z.len().is_multiple_of(channels), "affine_clamp: lengths");
    if channels == 0 {
        return;
    }
    let whole = channels / S::LANES * S::LANES;
    for (z, y) in z.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
        // SAFETY: c + LANES ≤ channels = the length of every slice here.
        unsafe {
            let (low, high) = (S::splat(activation.lo), S::splat(activation.hi));
            let mut c = 0;
            while c < whole {
                let v = S::mul_add(S::load(z.as_ptr().add(c)), S::load(scale.as_ptr().add(c)), S::load(shift.as_ptr().add(c)));
                S::store(y.as_mut_ptr().add(c), S::min(high, S::max(low, v)));
                c += S::LANES;
            }
        }
        for c in whole..channels {
            y[c] = activation.apply(z[c] * scale[c] + shift[c]);
        }
    }
}

/// What the gradient of BatchNorm needs of the forward pass, per channel.
#[derive(Clone, Copy, Debug)]
pub struct BnGradient<'a> {
    /// γ / √(σ² + ε): the normalising map is `scale` · z + `shift`.
    pub scale: &'a [f32],
    /// β − μ · `scale`.
    pub shift: &'a [f32],
    /// μ.
    pub mean: &'a [f32],
    /// 1 / √(σ² + ε).
    pub inv_std: &'a [f32],
    /// What follows the map.
    pub activation: Activation,
}

instantiate! {
    /// Through the activation, in place, and summed: g ← g where lo < scale · z + shift < hi, else 0 (PyTorch's slope at the knees);
    /// `sum` += Σ g and `dot` += Σ g · (z − μ) / √(σ² + ε), which are the gradients of β and γ.
    ///
    /// # Panics
    /// When the lengths do not fit together.
    pub fn gradient_sums = gradient_sums_body(g: &mut [f32], z: &[f32], bn: &BnGradient<'_>, sum: &mut [f32], dot: &mut [f32])
}

#[inline(always)]
fn gradient_sums_body<S: Simd>(g: &mut [f32], z: &[f32], bn: &BnGradient<'_>, sum: &mut [f32], dot: &mut [f32]) {
    let channels = bn.scale.len();
    let fits = [bn.shift, bn.mean, bn.inv_std, sum, dot].iter().all(|v| v.len() == channels);
    assert!(fits && g.len() == z.len() && g.len().is_multiple_of(channels), "gradient_sums: lengths");
    if channels == 0 {
        return;
    }
    let rows = g.len() / channels;
    let mut first = 0;
    // SAFETY: every access is to channels first..first+step ≤ channels of a row that exists.
    unsafe {
        while first + 2 * S::LANES <= channels {
            sums_block::<S, 2>(g, z, bn, first, sum, dot);
            first += 2 * S::LANES;
        }
        while first + S::LANES <= channels {
            sums_block::<S, 1>(g, z, bn, first, sum, dot);
            first += S::LANES;
        }
    }
    for c in first..channels {
        for row in 0..rows {
            let at = row * channels + c;
            let y = z[at] * bn.scale[c] + bn.shift[c];
            if !(y > bn.activation.lo && y < bn.activation.hi) {
                g[at] = 0.0;
            }
            sum[c] += g[at];
            dot[c] += g[at] * ((z[at] - bn.mean[c]) * bn.inv_std[c]);
        }
    }
}

#[inline(always)]
unsafe fn sums_block<S: Simd, const N: usize>(g: &mut [f32], z: &[f32], bn: &BnGradient<'_>, first: usize, sum: &mut [f32], dot: &mut [f32]) {
    let channels = bn.scale.len();
    let rows = g.len() / channels;
    // SAFETY: by the caller's check, N · LANES channels from `first` exist in each row and channel vector.
    unsafe {
        let (lo, hi) = (S::splat(bn.activation.lo), S::splat(bn.activation.hi));
        let mut vectors = [[S::splat(0.0); 4]; N];
        for (j, vectors) in vectors.iter_mut().enumerate() {
            for (vector, of) in vectors.iter_mut().zip([bn.scale, bn.shift, bn.mean, bn.inv_std]) {
                *vector = S::load(of.as_ptr().add(first + j * S::LANES));
            }
        }
        let mut sums = [S::splat(0.0); N];
        let mut dots = [S::splat(0.0); N];
        for row in 0..rows {
            for j in 0..N {
                let at = row * channels + first + j * S::LANES;
                let x = S::load(z.as_ptr().add(at));
                let [scale, shift, mean, _] = vectors[j];
                let y = S::mul_add(x, scale, shift);
                let v = S::keep_inside(S::load(g.as_ptr().add(at)), y, lo, hi);
                S::store(g.as_mut_ptr().add(at), v);
                sums[j] = S::add(sums[j], v);
                dots[j] = S::mul_add(v, S::sub(x, mean), dots[j]);
            }
        }
        for j in 0..N {
            let at = first + j * S::LANES;
            let (sum, dot) = (sum.as_mut_ptr().add(at), dot.as_mut_ptr().add(at));
            S::store(sum, S::add(S::load(sum), sums[j]));
            S::store(dot, S::mul_add(dots[j], vectors[j][3], S::load(dot)));
        }
    }
}

/// BatchNorm's gradient for its input as a map per channel: dz = `scale` · g + `centre` · (z − `mean`) + `offset`.
#[derive(Clone, Copy, Debug)]
pub struct BnInputGradient<'a> {
    /// γ / √(σ² + ε).
    pub scale: &'a [f32],
    /// μ.
    pub mean: &'a [f32],
    /// −scale · dγ / (n · √(σ² + ε)); 0 for frozen statistics.
    pub centre: &'a [f32],
    /// −scale · dβ / n; 0 for frozen statistics.
    pub offset: &'a [f32],
}

instantiate! {
    /// dz = `map`(g, z): BatchNorm's gradient for its input (Ioffe & Szegedy 2015, §3).
    ///
    /// # Panics
    /// When the lengths do not fit together.
    pub fn bn_input_gradient = input_gradient_body(g: &[f32], z: &[f32], map: &BnInputGradient<'_>, dz: &mut [f32])
}

#[inline(always)]
fn input_gradient_body<S: Simd>(g: &[f32], z: &[f32], map: &BnInputGradient<'_>, dz: &mut [f32]) {
    let BnInputGradient { scale, mean, centre, offset } = *map;
    let channels = scale.len();
    let fits = [mean, centre, offset].iter().all(|v| v.len() == channels);
    assert!(fits && g.len() == z.len() && g.len() == dz.len() && g.len().is_multiple_of(channels), "bn_input_gradient: lengths");
    if channels == 0 {
        return;
    }
    let whole = channels / S::LANES * S::LANES;
    for ((g, z), dz) in g.chunks_exact(channels).zip(z.chunks_exact(channels)).zip(dz.chunks_exact_mut(channels)) {
        // SAFETY: c + LANES ≤ channels = the length of every slice here.
        unsafe {
            let mut c = 0;
            while c < whole {
                let mut v = [S::splat(0.0); 6];
                for (v, from) in v.iter_mut().zip([g, z, scale, mean, centre, offset]) {
                    *v = S::load(from.as_ptr().add(c));
                }
                let [g, z, scale, mean, centre, offset] = v;
                let v = S::mul_add(g, scale, S::mul_add(S::sub(z, mean), centre, offset));
                S::store(dz.as_mut_ptr().add(c), v);
                c += S::LANES;
            }
        }
        for c in whole..channels {
            dz[c] = g[c] * scale[c] + ((z[c] - mean[c]) * centre[c] + offset[c]);
        }
    }
}
