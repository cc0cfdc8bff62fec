//! The tile of WebAssembly's vectors, and A packed through registers.

use super::tile::{GemmTile, Tile, run_tile, tile_size};
use crate::kernels::simd::{Simd, Wasm};
use std::arch::wasm32::{i32x4_shuffle, v128_store64_lane};

/// V8 leaves 15 registers: twelve sums, two of B and one of A where multiply and add are one instruction; where they are two, the product in
/// between needs one more, and eight sums are the most that do not spill.
impl GemmTile for Wasm {
    #[cfg(target_feature = "relaxed-simd")]
    tile_size!(6, 2);
    #[cfg(not(target_feature = "relaxed-simd"))]
    tile_size!(4, 2);

    const PACK_A: bool = true;

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
}
