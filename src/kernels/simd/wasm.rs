//! WebAssembly's 128-bit vectors; with `relaxed-simd` compiled in, multiply and add round once where the engine can.

use super::{Simd, tile_size};
use std::arch::wasm32::*;

/// 4 floats. V8 leaves 15 registers: twelve sums, two of B and one of A where multiply and add are one instruction; where they are two, the
/// product in between needs one more, and eight sums are the most that do not spill.
#[derive(Clone, Copy)]
pub(crate) struct Wasm;

impl Simd for Wasm {
    type V = v128;
    const LANES: usize = 4;
    const PACK_A: bool = true;
    #[cfg(target_feature = "relaxed-simd")]
    tile_size!(6, 2);
    #[cfg(not(target_feature = "relaxed-simd"))]
    tile_size!(4, 2);

    // Four steps of k at once, two rows at a time: interleaved in registers, stored by halves.
    #[inline(always)]
    unsafe fn pack_rows(rows: *const f32, ld: usize, k: usize, panel: *mut f32) {
        // SAFETY: the caller promises MR rows of k floats, ld apart, and room for MR · k; MR is even.
        unsafe {
            for p in (0..k & !3).step_by(4) {
                for i in (0..Self::MR).step_by(2) {
                    let (x, y) = (Self::load(rows.add(i * ld + p)), Self::load(rows.add((i + 1) * ld + p)));
                    let (low, high) = (i32x4_shuffle::<0, 4, 1, 5>(x, y), i32x4_shuffle::<2, 6, 3, 7>(x, y));
                    let to = |step: usize| panel.add((p + step) * Self::MR + i).cast();
                    v128_store64_lane::<0>(low, to(0));
                    v128_store64_lane::<1>(low, to(1));
                    v128_store64_lane::<0>(high, to(2));
                    v128_store64_lane::<1>(high, to(3));
                }
            }
            for p in k & !3..k {
                for i in 0..Self::MR {
                    *panel.add(p * Self::MR + i) = *rows.add(i * ld + p);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> v128 {
        // SAFETY: the caller promises four floats here.
        unsafe { v128_load(from.cast()) }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, v: v128) {
        // SAFETY: the caller promises room for four floats here.
        unsafe { v128_store(to.cast(), v) }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> v128 {
        f32x4_splat(x)
    }
    #[inline(always)]
    unsafe fn add(a: v128, b: v128) -> v128 {
        f32x4_add(a, b)
    }
    #[inline(always)]
    unsafe fn sub(a: v128, b: v128) -> v128 {
        f32x4_sub(a, b)
    }
    #[inline(always)]
    unsafe fn mul(a: v128, b: v128) -> v128 {
        f32x4_mul(a, b)
    }
    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    unsafe fn mul_add(a: v128, b: v128, c: v128) -> v128 {
        f32x4_relaxed_madd(a, b, c)
    }
    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    unsafe fn mul_add(a: v128, b: v128, c: v128) -> v128 {
        f32x4_add(f32x4_mul(a, b), c)
    }
    // `pmin`/`pmax` are one x86 instruction each (and return their first operand for NaN); plain `min`/`max` need several.
    #[inline(always)]
    unsafe fn min(a: v128, b: v128) -> v128 {
        f32x4_pmin(b, a)
    }
    #[inline(always)]
    unsafe fn max(a: v128, b: v128) -> v128 {
        f32x4_pmax(b, a)
    }
    #[inline(always)]
    unsafe fn keep_inside(v: v128, x: v128, lo: v128, hi: v128) -> v128 {
        v128_and(v, v128_and(f32x4_gt(x, lo), f32x4_lt(x, hi)))
    }
}
