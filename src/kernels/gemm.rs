//! C = A · B for row-major C, with B packed into panels and the layer's tail (bias, residual, clamp) done in registers.
//!
//! The tile is the classic outer product (Goto & van de Geijn, ACM TOMS 34(3), 2008): MR × NV vectors of sums stay in registers,
//! one column of A is broadcast against one row of a B panel per step of k. Rows are taken in blocks whose A fits the second-level
//! cache, so that a B panel is read from the first-level cache for every row block.

use super::isa::{Isa, Kind, instantiate};
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::simd::Wasm;
#[cfg(target_arch = "x86_64")]
use super::simd::{Avx2, Avx512};
use super::simd::{Scalar, Simd};

/// Floats of A that a block of rows may take (128 KiB).
const BLOCK: usize = 32 * 1024;

/// How A lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ALayout {
    /// a\[row · ld + k\]: images, one pixel a row.
    RowMajor {
        /// Floats between rows.
        ld: usize,
    },
    /// a\[k · ld + row\]: the transpose of a row-major matrix (weight gradients).
    ColumnMajor {
        /// Floats between steps of k.
        ld: usize,
    },
}

/// How the matrix given to [`pack_b`] lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BLayout {
    /// b\[k · n + column\].
    RowMajor,
    /// b\[column · k + k\]: PyTorch's (out, in) weights.
    Transposed,
}

/// What happens to a sum before it is stored: v = sum (+ C if `accumulate`) (+ bias) (+ residual), then min(max(v, lo), hi).
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a> {
    /// Add to what C holds.
    pub accumulate: bool,
    /// One number a column.
    pub bias: Option<&'a [f32]>,
    /// A matrix like C with the same row stride.
    pub residual: Option<&'a [f32]>,
    /// Lower bound, −∞ for none.
    pub lo: f32,
    /// Upper bound, ∞ for none.
    pub hi: f32,
}

impl Epilogue<'_> {
    /// The bare product.
    pub const STORE: Self = Self { accumulate: false, bias: None, residual: None, lo: f32::NEG_INFINITY, hi: f32::INFINITY };
    /// C += A · B.
    pub const ACCUMULATE: Self = Self { accumulate: true, ..Self::STORE };
}

/// One tile's operands; raw because edges overlap what slices would forbid.
pub(super) struct Tile<'a> {
    /// First element of A for this tile.
    a: *const f32,
    /// Floats from one row of A to the next, and from one k to the next; one of them is 1.
    row_stride: usize,
    k_stride: usize,
    /// The B panel: k rows of MR… `NV · LANES` floats.
    b: *const f32,
    k: usize,
    c: *mut f32,
    ldc: usize,
    /// Rows and columns that exist; the rest of the tile is padding.
    rows: usize,
    columns: usize,
    /// First column, for the bias.
    column: usize,
    residual: *const f32,
    epilogue: &'a Epilogue<'a>,
}

fn panel_width(isa: Isa) -> usize {
    fn width<S: Simd>() -> usize {
        S::LANES * S::NV
    }
    match isa.0 {
        Kind::Scalar => width::<Scalar>(),
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => width::<Avx2>(),
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 => width::<Avx512>(),
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Kind::Wasm => width::<Wasm>(),
    }
}

/// Floats that [`pack_b`] writes for a `k` × `n` matrix: the columns rounded up to whole panels.
pub fn packed_b_len(isa: Isa, k: usize, n: usize) -> usize {
    n.next_multiple_of(panel_width(isa)) * k
}

/// Copies the `k` × `n` matrix `b` into panels, zero-padded: panel after panel, each k rows of panel-width columns.
///
/// # Panics
/// When `b` has not k · n floats or `packed` not [`packed_b_len`].
pub fn pack_b(isa: Isa, b: &[f32], layout: BLayout, k: usize, n: usize, packed: &mut [f32]) {
    let width = panel_width(isa);
    assert!(b.len() == k * n && packed.len() == packed_b_len(isa, k, n), "pack_b: lengths");
    if k == 0 || n == 0 {
        return;
    }
    for (panel, out) in packed.chunks_exact_mut(k * width).enumerate() {
        let first = panel * width;
        let columns = width.min(n - first);
        match layout {
            BLayout::RowMajor => {
                for (row, out) in out.chunks_exact_mut(width).enumerate() {
                    out[..columns].copy_from_slice(&b[row * n + first..][..columns]);
                    out[columns..].fill(0.0);
                }
            }
            BLayout::Transposed => {
                for (row, out) in out.chunks_exact_mut(width).enumerate() {
                    for (column, out) in out.iter_mut().enumerate() {
                        *out = if column < columns { b[(first + column) * k + row] } else { 0.0 };
                    }
                }
            }
        }
    }
}

/// Floats of scratch that [`gemm`] needs for inner length `k`, whatever the tile: no fewer than `block_rows(k, mr) * k` for any `mr`.
pub fn gemm_scratch_len(k: usize) -> usize {
    (BLOCK / k.max(1)).clamp(MAX_MR, 512) * k
}

/// The most rows of any tile.
const MAX_MR: usize = 12;

/// Rows whose A fits [`BLOCK`], a multiple of `mr`.
fn block_rows(k: usize, mr: usize) -> usize {
    (BLOCK / k.max(1)).clamp(mr, 512) / mr * mr
}

instantiate! {
    /// C (`m` × `n`, row stride `ldc`) = A (`m` × `k`) · B, then `epilogue`. `b` comes from [`pack_b`] with the same `isa`, `k`, `n`.
    /// m, n or k of 0 is allowed (k = 0 gives sums of 0). NaN and infinities spread as IEEE says. `scratch`: [`gemm_scratch_len`].
    ///
    /// # Panics
    /// When a slice is too short for the shape.
    pub fn gemm = gemm_body(
        m: usize,
        n: usize,
        k: usize,
        a: &[f32],
        layout: ALayout,
        b: &[f32],
        c: &mut [f32],
        ldc: usize,
        epilogue: &Epilogue<'_>,
        scratch: &mut [f32],
    )
}

#[inline(always)]
fn gemm_body<S: Simd>(
    m: usize,
    n: usize,
    k: usize,
    a: &[f32],
    layout: ALayout,
    b: &[f32],
    c: &mut [f32],
    ldc: usize,
    epilogue: &Epilogue<'_>,
    scratch: &mut [f32],
) {
    if m == 0 || n == 0 {
        return;
    }
    let width = S::LANES * S::NV;
    let a_len = match layout {
        ALayout::RowMajor { ld } => (m - 1) * ld + k,
        ALayout::ColumnMajor { ld } => k.saturating_sub(1) * ld + if k == 0 { 0 } else { m },
    };
    let c_len = (m - 1) * ldc + n;
    assert!(a.len() >= a_len && b.len() >= n.next_multiple_of(width) * k && c.len() >= c_len && ldc >= n, "gemm: lengths");
    assert!(epilogue.bias.is_none_or(|bias| bias.len() >= n), "gemm: bias");
    assert!(epilogue.residual.is_none_or(|residual| residual.len() >= c_len), "gemm: residual");
    let block = block_rows(k, S::MR);
    let pack = S::PACK_A && matches!(layout, ALayout::RowMajor { .. });
    assert!(!pack || scratch.len() >= block * k, "gemm: scratch");
    for first in (0..m).step_by(block) {
        let rows = block.min(m - first);
        let (start, row_stride, k_stride) = match layout {
            ALayout::RowMajor { ld } if pack => {
                pack_a::<S>(&a[first * ld..], ld, rows, k, scratch);
                (scratch.as_ptr(), 1, S::MR)
            }
            ALayout::RowMajor { ld } => (a[first * ld..].as_ptr(), ld, 1),
            ALayout::ColumnMajor { ld } => (a[first.min(a.len())..].as_ptr(), 1, ld),
        };
        for column in (0..n).step_by(width) {
            for row in (0..rows).step_by(S::MR) {
                // A tile that reaches past the last row reads rows that do exist (see `run_tile`) and stores only its own.
                let offset = if pack { row * k } else { row * row_stride };
                let at = (first + row) * ldc + column;
                // SAFETY: the lengths were checked above; `rows` and `columns` keep every access inside them.
                unsafe {
                    S::tile(&Tile {
                        a: start.add(offset),
                        row_stride,
                        k_stride,
                        b: b.as_ptr().add(column * k),
                        k,
                        c: c.as_mut_ptr().add(at),
                        ldc,
                        rows: S::MR.min(rows - row),
                        columns: width.min(n - column),
                        column,
                        residual: epilogue.residual.map_or(std::ptr::null(), |residual| residual.as_ptr().add(at)),
                        epilogue,
                    });
                }
            }
        }
    }
}

/// Copies `rows` rows of A into panels of MR rows, k after k.
#[inline(always)]
fn pack_a<S: Simd>(a: &[f32], ld: usize, rows: usize, k: usize, packed: &mut [f32]) {
    for first in (0..rows).step_by(S::MR) {
        let panel = &mut packed[first * k..][..S::MR * k];
        if first + S::MR <= rows {
            let whole = &a[first * ld..][..(S::MR - 1) * ld + k];
            // SAFETY: both slices are as long as the promise wants.
            unsafe { S::pack_rows(whole.as_ptr(), ld, k, panel.as_mut_ptr()) };
            continue;
        }
        for i in 0..rows - first {
            let row = &a[(first + i) * ld..][..k];
            for (out, &x) in panel[i..].iter_mut().step_by(S::MR).zip(row) {
                *out = x;
            }
        }
    }
}

/// Computes one tile of MR × NV vectors.
///
/// # Safety
/// A has `tile.rows` readable rows (row or k contiguous), the panel k · NV · LANES floats, C and the residual `rows` × `columns`;
/// the instructions of `S` exist. With unit `row_stride`, MR floats are readable at every k.
#[inline(always)]
pub(super) unsafe fn run_tile<S: Simd, const MR: usize, const NV: usize>(tile: &Tile<'_>) {
    // SAFETY: by this function's own promise.
    unsafe {
        let mut sums = [[S::splat(0.0); NV]; MR];
        let full = tile.rows == MR;
        let mut offsets = [0; MR];
        for (i, offset) in offsets.iter_mut().enumerate() {
            // A short tile computes its last row several times rather than reading past the end.
            *offset = i.min(tile.rows - 1) * tile.row_stride;
        }
        // Three loops, so that the addresses of the first two are a pointer and constants or registers.
        if full && tile.row_stride == 1 {
            let (mut a, mut b) = (tile.a, tile.b);
            for _ in 0..tile.k {
                let mut next = [0.0; MR];
                for (i, x) in next.iter_mut().enumerate() {
                    *x = *a.add(i);
                }
                outer_product::<S, MR, NV>(&mut sums, next, b);
                // After the last step `a` may lie past its allocation, which only `wrapping_add` allows.
                (a, b) = (a.wrapping_add(tile.k_stride), b.add(NV * S::LANES));
            }
        } else if full && tile.k_stride == 1 {
            for p in 0..tile.k {
                let a = tile.a.add(p);
                let mut next = [0.0; MR];
                for (i, x) in next.iter_mut().enumerate() {
                    *x = *a.add(i * tile.row_stride);
                }
                outer_product::<S, MR, NV>(&mut sums, next, tile.b.add(p * NV * S::LANES));
            }
        } else {
            for p in 0..tile.k {
                let a = tile.a.add(p * tile.k_stride);
                outer_product::<S, MR, NV>(&mut sums, offsets.map(|offset| *a.add(offset)), tile.b.add(p * NV * S::LANES));
            }
        }
        if tile.columns == NV * S::LANES {
            for (i, sums) in sums.iter().enumerate() {
                if i < tile.rows {
                    store_row::<S, NV>(tile, i, sums);
                }
            }
        } else {
            // At most 12 rows of 32 columns.
            let mut edge = [0.0f32; MAX_MR * 32];
            for (i, sums) in sums.iter().enumerate() {
                for (j, &sum) in sums.iter().enumerate() {
                    S::store(edge.as_mut_ptr().add((i * NV + j) * S::LANES), sum);
                }
            }
            for i in 0..tile.rows {
                for j in 0..tile.columns {
                    store_one(tile, i, j, edge[i * NV * S::LANES + j]);
                }
            }
        }
    }
}

/// sums += a column of A · a row of the B panel.
#[inline(always)]
unsafe fn outer_product<S: Simd, const MR: usize, const NV: usize>(sums: &mut [[S::V; NV]; MR], a: [f32; MR], b: *const f32) {
    // SAFETY: by the promise of `run_tile`, NV vectors can be read at `b`.
    unsafe {
        let mut columns = [S::splat(0.0); NV];
        for (j, column) in columns.iter_mut().enumerate() {
            *column = S::load(b.add(j * S::LANES));
        }
        for (sums, x) in sums.iter_mut().zip(a) {
            let x = S::splat(x);
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
        let (lo, hi) = (S::splat(tile.epilogue.lo), S::splat(tile.epilogue.hi));
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
        *c = Scalar::min(tile.epilogue.hi, Scalar::max(tile.epilogue.lo, v));
    }
}
