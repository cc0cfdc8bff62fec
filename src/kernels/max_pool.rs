//! Max pooling over windows that may overlap, and its gradient.

use super::ConvShape;
use super::isa::instantiate;
use super::simd::Simd;

instantiate! {
    /// y\[pixel\]\[c\] = the largest x of channel c in the pixel's window over one H × W × C image. What lies outside the image is left out;
    /// a window with a NaN gives NaN.
    ///
    /// # Panics
    /// When `image` or `out` has another length than the shape says.
    pub fn max_pool = max_pool_body(shape: ConvShape, image: &[f32], out: &mut [f32])
}

/// An image and what [`max_pool`] made of it.
#[derive(Clone, Copy, Debug)]
pub struct Pooled<'a> {
    /// The windows.
    pub shape: ConvShape,
    /// What was pooled.
    pub image: &'a [f32],
    /// What it became.
    pub out: &'a [f32],
}

instantiate! {
    /// Adds each of `g` to the gradient `dx` of the window's largest value, the first of several (row by row), as PyTorch does. `rest` is scratch
    /// of one number a channel. The gradient of a NaN goes nowhere.
    ///
    /// # Panics
    /// When a slice has another length than the shape says.
    pub fn max_pool_gradient = gradient_body(pooled: &Pooled<'_>, g: &[f32], rest: &mut [f32], dx: &mut [f32])
}

/// Plain loops: over the channels of a pixel they vectorise with the instructions that `instantiate!` allows.
#[inline(always)]
fn max_pool_body<S: Simd>(shape: ConvShape, image: &[f32], out: &mut [f32]) {
    check(shape, image.len(), out.len());
    out.fill(f32::NEG_INFINITY);
    for (pixel, out) in out.chunks_exact_mut(shape.channels.max(1)).enumerate() {
        for at in window(shape, pixel) {
            for (out, &x) in out.iter_mut().zip(&image[at..at + shape.channels]) {
                // A NaN compares as nothing: it enters because it is not smaller, and stays because it is kept.
                *out = if x <= *out || out.is_nan() { *out } else { x };
            }
        }
    }
}

#[inline(always)]
fn gradient_body<S: Simd>(pooled: &Pooled<'_>, g: &[f32], rest: &mut [f32], dx: &mut [f32]) {
    let Pooled { shape, image, out } = *pooled;
    check(shape, image.len(), out.len());
    assert!(g.len() == out.len() && dx.len() == image.len() && rest.len() == shape.channels, "max_pool_gradient: lengths");
    let channels = shape.channels.max(1);
    for (pixel, (out, g)) in out.chunks_exact(channels).zip(g.chunks_exact(channels)).enumerate() {
        // What has found no place yet; zero once it has.
        rest.copy_from_slice(g);
        for at in window(shape, pixel) {
            let (image, dx) = (&image[at..at + channels], &mut dx[at..at + channels]);
            for (((dx, x), out), rest) in dx.iter_mut().zip(image).zip(out).zip(rest.iter_mut()) {
                let found = if x == out { *rest } else { 0.0 };
                *dx += found;
                *rest -= found;
            }
        }
    }
}

fn check(shape: ConvShape, image: usize, out: usize) {
    let product = |height: usize, width: usize| height.checked_mul(width).and_then(|pixels| pixels.checked_mul(shape.channels));
    let fits = product(shape.height, shape.width) == Some(image) && product(shape.out_height(), shape.out_width()) == Some(out);
    assert!(fits, "max_pool: lengths");
}

/// Where the pixels of output pixel `pixel`'s window begin in the image, row by row, without those outside.
#[inline(always)]
fn window(shape: ConvShape, pixel: usize) -> impl Iterator<Item = usize> {
    let ConvShape { height, width, channels, kernel, stride, padding } = shape;
    let (y, x) = (pixel / shape.out_width() * stride, pixel % shape.out_width() * stride);
    let inside = move |from: usize, side: usize| from.saturating_sub(padding)..(from + kernel).saturating_sub(padding).min(side);
    inside(y, height).flat_map(move |row| inside(x, width).map(move |column| (row * width + column) * channels))
}
