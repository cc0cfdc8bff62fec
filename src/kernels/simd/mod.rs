//! One SIMD type per instruction set, behind one trait. The trait's functions are `unsafe` because they touch raw pointers
//! and because the instructions must exist; the kernels that use them check lengths first and are reached through an `Isa`.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(super) use scalar::Scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) use wasm::Wasm;
#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

/// A vector of `LANES` floats and the operations the kernels are written in.
pub(super) trait Simd: Copy {
    /// The vector register.
    type V: Copy;
    /// Floats in a vector.
    const LANES: usize;

    unsafe fn load(from: *const f32) -> Self::V;
    unsafe fn store(to: *mut f32, v: Self::V);
    unsafe fn splat(x: f32) -> Self::V;
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    /// a · b + c, rounded once where the hardware can.
    unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The smaller; `b` where either is NaN, so `min(bound, x)` keeps a NaN visible.
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V;
    /// The larger; `b` where either is NaN.
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V;
    /// `v` in the lanes where lo < x < hi, 0 elsewhere.
    unsafe fn keep_inside(v: Self::V, x: Self::V, lo: Self::V, hi: Self::V) -> Self::V;
}
