//! The micro-tile: MR × NV vectors of sums in registers, and the layer's tail as they are stored.

use super::Epilogue;
use super::pack::MAX_MR;
#[cfg(target_arch = "x86_64")]
use crate::kernels::simd::{Avx2, Avx512};
use crate::kernels::simd::{Scalar, Simd};
use std::hint::black_box;
use std::mem::MaybeUninit;

/// A vector type with the tile that suits its registers.
pub(in crate::kernels) trait GemmTile: Simd {
    /// Rows of a tile.
    const MR: usize;
    /// Vectors across a tile.
    const NV: usize;
    /// Whether row-major A is copied into column panels first (pays where registers are few and addressing is dear).
    const PACK_A: bool = false;
    /// Whether the sums are added to and stored in one array. The rows are stored by a counter, and where vector registers are all in use the
    /// compiler keeps an array that a counter indexes in memory throughout (AVX2 and AVX-512 at half their speed); a value it copies there at the
    /// end. Scalar code loses 14 % by the copy. In WebAssembly the value is what was measured.
    const IN_PLACE: bool = false;
    /// Whether a column of A is read before any of it is used, for which there must be registers beside those of the sums. In WebAssembly and in
    /// scalar code it is what was measured.
    const READ_AHEAD: bool = true;

    /// One tile: [`run_tile`] with this type's tile size.
    ///
    /// # Safety
    /// As [`run_tile`].
    unsafe fn tile(tile: &Tile<'_>);

    /// Copies MR rows of `k` floats, `ld` apart, into a panel: k after k, the MR floats of one k side by side.
    ///
    /// # Safety
    /// MR rows can be read, and MR · `k` floats written.
    #[inline(always)]
    unsafe fn pack_rows(rows: *const f32, ld: usize, k: usize, panel: *mut f32) {
        for i in 0..Self::MR {
            for p in 0..k {
                // SAFETY: by the caller's promise.
                unsafe { *panel.add(p * Self::MR + i) = *rows.add(i * ld + p) };
            }
        }
    }
}

/// The parts of [`GemmTile`] that are a tile of `$mr` rows of `$nv` vectors.
macro_rules! tile_size {
    ($mr:literal, $nv:literal) => {
        const MR: usize = $mr;
        const NV: usize = $nv;

        #[inline(always)]
        unsafe fn tile(tile: &Tile<'_>) {
            // SAFETY: the caller's promise is passed on unchanged.
            unsafe { run_tile::<Self, $mr, $nv>(tile) }
        }
    };
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) use tile_size;

impl GemmTile for Scalar {
    tile_size!(4, 4);
    const IN_PLACE: bool = true;
}

/// Twelve sums, two columns of B and one broadcast fill fifteen of sixteen registers.
#[cfg(target_arch = "x86_64")]
impl GemmTile for Avx2 {
    tile_size!(6, 2);
    // With six numbers more the compiler kept the sums in memory, at a quarter of the speed.
    const READ_AHEAD: bool = false;
}

/// 24 sums, two columns of B and broadcasts from memory leave registers to spare.
#[cfg(target_arch = "x86_64")]
impl GemmTile for Avx512 {
    tile_size!(12, 2);
    // With twelve more it kept some of them there.
    const READ_AHEAD: bool = false;
}

/// One tile's operands; raw because edges overlap what slices would forbid.
pub(in crate::kernels) struct Tile<'a> {
    /// First element of A for this tile.
    pub(super) a: *const f32,
    /// Floats from one row of A to the next, and from one k to the next; one of them is 1.
    pub(super) row_stride: usize,
    pub(super) k_stride: usize,
    /// The B panel: k rows of MR… `NV · LANES` floats.
    pub(super) b: *const f32,
    pub(super) k: usize,
    pub(super) c: *mut f32,
    pub(super) ldc: usize,
    /// Rows and columns that exist; the rest of the tile is padding.
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// First column, for the bias.
    pub(super) column: usize,
    pub(super) residual: *const f32,
    pub(super) epilogue: &'a Epilogue<'a>,
}

/// Computes one tile of MR × NV vectors.
///
/// # Safety
/// A has `tile.rows` readable rows (row or k contiguous), the panel k · NV · LANES floats, C and the residual `rows` × `columns`;
/// the instructions of `S` exist. With unit `row_stride`, MR floats are readable at every k.
#[inline(always)]
pub(super) unsafe fn run_tile<S: GemmTile, const MR: usize, const NV: usize>(tile: &Tile<'_>) {
    // SAFETY: by this function's own promise.
    unsafe {
        let mut sums = [[S::splat(0.0); NV]; MR];
        if cfg!(target_arch = "wasm32") {
            add_tile::<S, MR, NV>(tile, &mut sums);
            store_tile::<S, MR, NV>(tile, &{ sums });
        } else if !S::IN_PLACE {
            let mut kept = MaybeUninit::uninit();
            if tile.rows == MR && tile.row_stride == 1 {
                add_columns::<S, MR, NV>(tile, &mut sums);
                // Where this loop's sums met those of the others, the compiler kept four of them in memory (a fifth of the speed).
                black_box(kept.write(sums));
            } else {
                add_tile::<S, MR, NV>(tile, &mut sums);
                kept.write(sums);
            }
            store_tile::<S, MR, NV>(tile, kept.assume_init_ref());
        } else {
            add_tile::<S, MR, NV>(tile, &mut sums);
            store_tile::<S, MR, NV>(tile, &sums);
        }
    }
}

/// The tile's sums through the epilogue into C.
///
/// # Safety
/// As [`run_tile`].
#[inline(always)]
unsafe fn store_tile<S: Simd, const MR: usize, const NV: usize>(tile: &Tile<'_>, sums: &[[S::V; NV]; MR]) {
    // SAFETY: by this function's own promise.
    unsafe {
        if tile.columns == NV * S::LANES {
            for (i, sums) in sums.iter().enumerate() {
                if i < tile.rows {
                    store_row::<S, NV>(tile, i, sums);
                }
            }
        } else {
            // At most 12 rows of 32 columns; the sums lie there in the same order.
            let mut edge = [0.0f32; MAX_MR * 32];
            edge.as_mut_ptr().cast::<[[S::V; NV]; MR]>().write_unaligned(*sums);
            for i in 0..tile.rows {
                for j in 0..tile.columns {
                    store_one(tile, i, j, edge[i * NV * S::LANES + j]);
                }
            }
        }
    }
}

/// sums += the tile's product.
///
/// # Safety
/// As [`run_tile`].
#[inline(always)]
unsafe fn add_tile<S: GemmTile, const MR: usize, const NV: usize>(tile: &Tile<'_>, sums: &mut [[S::V; NV]; MR]) {
    // SAFETY: by this function's own promise.
    unsafe {
        let full = tile.rows == MR;
        let mut offsets = [0; MR];
        for (i, offset) in offsets.iter_mut().enumerate() {
            // A short tile computes its last row several times rather than reading past the end. An empty sum reads nothing, whatever
            // the stride.
            *offset = i.min(tile.rows - 1).wrapping_mul(tile.row_stride);
        }
        // Three loops, so that the addresses of the first two are a pointer and constants or registers.
        if full && tile.row_stride == 1 {
            add_columns::<S, MR, NV>(tile, sums);
        } else if full && tile.k_stride == 1 {
            for p in 0..tile.k {
                let a = tile.a.add(p);
                add_column::<S, MR, NV>(sums, |i| *a.add(i * tile.row_stride), tile.b.add(p * NV * S::LANES));
            }
        } else {
            for p in 0..tile.k {
                let a = tile.a.add(p * tile.k_stride);
                add_column::<S, MR, NV>(sums, |i| *a.add(offsets[i]), tile.b.add(p * NV * S::LANES));
            }
        }
    }
}

/// [`add_tile`] of a whole tile whose rows of A lie side by side.
///
/// # Safety
/// As [`run_tile`].
#[inline(always)]
unsafe fn add_columns<S: GemmTile, const MR: usize, const NV: usize>(tile: &Tile<'_>, sums: &mut [[S::V; NV]; MR]) {
    // SAFETY: by this function's own promise.
    unsafe {
        let (mut a, mut b) = (tile.a, tile.b);
        for _ in 0..tile.k {
            add_column::<S, MR, NV>(sums, |i| *a.add(i), b);
            // After the last step `a` may lie past its allocation, which only `wrapping_add` allows.
            (a, b) = (a.wrapping_add(tile.k_stride), b.add(NV * S::LANES));
        }
    }
}

/// sums += a column of A, of which `a` reads one number · a row of the B panel.
///
/// # Safety
/// By the promise of [`run_tile`], NV vectors can be read at `b`.
#[inline(always)]
unsafe fn add_column<S: GemmTile, const MR: usize, const NV: usize>(sums: &mut [[S::V; NV]; MR], a: impl Fn(usize) -> f32, b: *const f32) {
    // SAFETY: by this function's own promise.
    unsafe {
        if S::READ_AHEAD {
            let mut next = [0.0; MR];
            for (i, x) in next.iter_mut().enumerate() {
                *x = a(i);
            }
            outer_product::<S, MR, NV>(sums, |i| next[i], b);
        } else {
            outer_product::<S, MR, NV>(sums, a, b);
        }
    }
}

/// [`add_column`], each number of `a` read where it is used.
#[inline(always)]
unsafe fn outer_product<S: Simd, const MR: usize, const NV: usize>(sums: &mut [[S::V; NV]; MR], a: impl Fn(usize) -> f32, b: *const f32) {
    // SAFETY: by the promise of `run_tile`, NV vectors can be read at `b`.
    unsafe {
        let mut columns = [S::splat(0.0); NV];
        for (j, column) in columns.iter_mut().enumerate() {
            *column = S::load(b.add(j * S::LANES));
        }
        for (i, sums) in sums.iter_mut().enumerate() {
            let x = S::splat(a(i));
            for (sum, &column) in sums.iter_mut().zip(&columns) {
                *sum = S::mul_add(x, column, *sum);
            }
        }
    }
}

/// The epilogue for a full row of a tile.
#[inline(always)]
unsafe fn store_row<S: Simd, const NV: usize>(tile: &Tile<'_>, i: usize, sums: &[S::V; NV]) {
    // SAFETY: by the promise of `run_tile`; all columns of the row exist.
    unsafe {
        let (lo, hi) = (S::splat(tile.epilogue.activation.lo), S::splat(tile.epilogue.activation.hi));
        for (j, &sum) in sums.iter().enumerate() {
            let at = i * tile.ldc + j * S::LANES;
            let c = tile.c.add(at);
            let mut v = sum;
            if tile.epilogue.accumulate {
                v = S::add(v, S::load(c));
            }
            if let Some(bias) = tile.epilogue.bias {
                v = S::add(v, S::load(bias.as_ptr().add(tile.column + j * S::LANES)));
            }
            if !tile.residual.is_null() {
                v = S::add(v, S::load(tile.residual.add(at)));
            }
            S::store(c, S::min(hi, S::max(lo, v)));
        }
    }
}

/// The epilogue for one number of a tile that reaches past the last column.
#[inline(always)]
unsafe fn store_one(tile: &Tile<'_>, i: usize, j: usize, sum: f32) {
    // SAFETY: by the promise of `run_tile`; row i and column j exist.
    unsafe {
        let at = i * tile.ldc + j;
        let c = tile.c.add(at);
        let mut v = sum;
        if tile.epilogue.accumulate {
            v += *c;
        }
        if let Some(bias) = tile.epilogue.bias {
            v += bias[tile.column + j];
        }
        if !tile.residual.is_null() {
            v += *tile.residual.add(at);
        }
        *c = Scalar::min(tile.epilogue.activation.hi, Scalar::max(tile.epilogue.activation.lo, v));
    }
}
