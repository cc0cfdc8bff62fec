//! Statistics of each channel over the pixels of one image: mean (global average pooling) and standard deviation.

use super::isa::instantiate;
use super::simd::Simd;

instantiate! {
    /// The mean over the pixels of one image: `out`\[c\] = Σ_p x\[p\]\[c\] / pixels. No pixels leave zeros.
    ///
    /// # Panics
    /// When `x` is no whole number of pixels of `out.len()` channels.
    pub fn global_avg_pool = pool_body(x: &[f32], out: &mut [f32])
}

#[inline(always)]
fn pool_body<S: Simd>(x: &[f32], out: &mut [f32]) {
    let channels = out.len();
    out.fill(0.0);
    if channels == 0 || x.is_empty() {
        return;
    }
    assert!(x.len().is_multiple_of(channels), "global_avg_pool: lengths");
    let share = 1.0 / (x.len() / channels) as f32;
    let whole = channels / S::LANES * S::LANES;
    for pixel in x.chunks_exact(channels) {
        // SAFETY: c + LANES ≤ channels = the length of both slices.
        unsafe {
            let mut c = 0;
            while c < whole {
                let to = out.as_mut_ptr().add(c);
                S::store(to, S::add(S::load(to), S::load(pixel.as_ptr().add(c))));
                c += S::LANES;
            }
        }
        for c in whole..channels {
            out[c] += pixel[c];
        }
    }
    out.iter_mut().for_each(|x| *x *= share);
}

instantiate! {
    /// The spread over the pixels of one image: `out`\[c\] = √(Σ_p (x\[p\]\[c\] − `mean`\[c\])² / pixels), the biased standard
    /// deviation where `mean` is [`global_avg_pool`]'s. In two passes, so that a spread far below the mean keeps its digits. No pixels
    /// leave zeros.
    ///
    /// # Panics
    /// When `x` is no whole number of pixels of `out.len()` channels, or `mean` has another length than `out`.
    pub fn channel_deviation = deviation_body(x: &[f32], mean: &[f32], out: &mut [f32])
}

/// Plain loops: over a row of channels they vectorise with the instructions that `instantiate!` allows.
#[inline(always)]
fn deviation_body<S: Simd>(x: &[f32], mean: &[f32], out: &mut [f32]) {
    let channels = out.len();
    out.fill(0.0);
    assert!(mean.len() == channels, "channel_deviation: lengths");
    if channels == 0 || x.is_empty() {
        return;
    }
    assert!(x.len().is_multiple_of(channels), "channel_deviation: lengths");
    let share = 1.0 / (x.len() / channels) as f32;
    for pixel in x.chunks_exact(channels) {
        for ((out, x), mean) in out.iter_mut().zip(pixel).zip(mean) {
            *out += (x - mean) * (x - mean);
        }
    }
    out.iter_mut().for_each(|x| *x = (*x * share).sqrt());
}
