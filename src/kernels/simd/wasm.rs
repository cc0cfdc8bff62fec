//! WebAssembly's 128-bit vectors; with `relaxed-simd` compiled in, multiply and add round once where the engine can.

use super::{Simd, tile_size};
use std::arch::wasm32::*;

/// 4 floats. Tile 4 × 2: eight sums leave V8 registers for the operands; larger tiles spill.
#[derive(Clone, Copy)]
pub(crate) struct Wasm;

impl Simd for Wasm {
    type V = v128;
    const LANES: usize = 4;
    const PACK_A: bool = true;
    tile_size!(4, 2);

    // Squares of 4 × 4 are turned in registers (the whole network at 224 px, fastest run: 17.8 → 17.4 ms).
    #[inline(always)]
    unsafe fn pack_rows(rows: *const f32, ld: usize, k: usize, panel: *mut f32) {
        // SAFETY: the caller promises four rows of k floats, ld apart, and room for 4 · k.
        unsafe {
            for p in (0..k & !3).step_by(4) {
                let [a, b, c, d] = [0, 1, 2, 3].map(|i| Self::load(rows.add(i * ld + p)));
                let (ab_low, ab_high) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
                let (cd_low, cd_high) = (i32x4_shuffle::<0, 4, 1, 5>(c, d), i32x4_shuffle::<2, 6, 3, 7>(c, d));
                let to = panel.add(4 * p);
                Self::store(to, i64x2_shuffle::<0, 2>(ab_low, cd_low));
                Self::store(to.add(4), i64x2_shuffle::<1, 3>(ab_low, cd_low));
                Self::store(to.add(8), i64x2_shuffle::<0, 2>(ab_high, cd_high));
                Self::store(to.add(12), i64x2_shuffle::<1, 3>(ab_high, cd_high));
            }
            for p in k & !3..k {
                for i in 0..4 {
                    *panel.add(4 * p + i) = *rows.add(i * ld + p);
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
