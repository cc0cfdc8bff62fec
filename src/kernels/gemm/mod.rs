//! C = A · B for row-major C, with B packed into panels and the layer's tail (bias, residual, clamp) done in registers.
//!
//! The tile is the classic outer product (Goto & van de Geijn, ACM TOMS 34(3), 2008): MR × NV vectors of sums stay in registers,
//! one column of A is broadcast against one row of a B panel per step of k. Rows are taken in blocks whose A fits the second-level
//! cache, so that a B panel is read from the first-level cache for every row block.

mod pack;
mod tile;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

pub use pack::{BLayout, gemm_scratch_len, pack_b, packed_b_len};

use super::activation::Activation;
use super::isa::instantiate;
use pack::{block_rows, pack_a, pack_columns, panels_len};
use tile::{GemmTile, Tile};

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

/// What happens to a sum before it is stored: v = sum (+ C if `accumulate`) (+ bias) (+ residual), then the activation.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a> {
    /// Add to what C holds.
    pub accumulate: bool,
    /// One number a column.
    pub bias: Option<&'a [f32]>,
    /// A matrix like C with the same row stride.
    pub residual: Option<&'a [f32]>,
    /// The last thing before the store.
    pub activation: Activation,
}

impl Epilogue<'_> {
    /// The bare product.
    pub const STORE: Self = Self { accumulate: false, bias: None, residual: None, activation: Activation::NONE };
    /// C += A · B.
    pub const ACCUMULATE: Self = Self { accumulate: true, ..Self::STORE };
}

/// A product C (`m` × `n`) = A (`m` × `k`) · B, less C itself.
#[derive(Clone, Copy, Debug)]
pub struct Gemm<'a> {
    /// Rows of A and C.
    pub m: usize,
    /// Columns of B and C.
    pub n: usize,
    /// Columns of A, rows of B.
    pub k: usize,
    /// A, as `layout` says.
    pub a: &'a [f32],
    /// How A lies in memory.
    pub layout: ALayout,
    /// B from [`pack_b`], with the same instruction set, `k` and `n`.
    pub b: &'a [f32],
    /// Floats between rows of C, at least `n`.
    pub ldc: usize,
    /// What happens to a sum before it is stored.
    pub epilogue: Epilogue<'a>,
}

impl<'a> Gemm<'a> {
    /// The bare product of `m` rows of `k` numbers, one after another, with a packed `k` × `n` matrix into rows without gaps.
    pub fn rows(a: &'a [f32], b: &'a [f32], (m, n, k): (usize, usize, usize)) -> Self {
        Self { m, n, k, a, layout: ALayout::RowMajor { ld: k }, b, ldc: n, epilogue: Epilogue::STORE }
    }

    /// Asserts that every operand is as long as the shape needs. Sums and products saturate: `usize::MAX` is a length that no slice has.
    #[inline(always)]
    fn check<S: GemmTile>(&self, c: &[f32]) {
        let Self { m, n, k, layout, ldc, epilogue, .. } = *self;
        let a_len = match layout {
            ALayout::RowMajor { ld } => matrix_len(m, ld, k),
            ALayout::ColumnMajor { ld } => matrix_len(k, ld, m),
        };
        let c_len = matrix_len(m, ldc, n);
        let b_len = panels_len(S::LANES * S::NV, k, n);
        assert!(self.a.len() >= a_len && self.b.len() >= b_len && c.len() >= c_len && ldc >= n, "gemm: lengths");
        assert!(epilogue.bias.is_none_or(|bias| bias.len() >= n), "gemm: bias");
        assert!(epilogue.residual.is_none_or(|residual| residual.len() >= c_len), "gemm: residual");
    }
}

/// Floats from the first to the last of `rows` rows of `columns` floats, `ld` apart; none without rows or columns.
#[inline(always)]
fn matrix_len(rows: usize, ld: usize, columns: usize) -> usize {
    match rows.checked_sub(1) {
        Some(gaps) if columns > 0 => gaps.saturating_mul(ld).saturating_add(columns),
        _ => 0,
    }
}

instantiate! {
    /// The product into `c`, rows `ldc` apart. m, n or k of 0 is allowed (k = 0 gives sums of 0). NaN and infinities spread as IEEE says.
    /// `scratch`: [`gemm_scratch_len`] floats.
    ///
    /// # Panics
    /// When a slice is too short for the shape.
    pub fn gemm = gemm_body(product: &Gemm<'_>, c: &mut [f32], scratch: &mut [f32])
}

#[inline(always)]
fn gemm_body<S: GemmTile>(product: &Gemm<'_>, c: &mut [f32], scratch: &mut [f32]) {
    let Gemm { m, n, k, a, layout, b, ldc, ref epilogue } = *product;
    if m == 0 || n == 0 {
        return;
    }
    product.check::<S>(c);
    let width = S::LANES * S::NV;
    let block = block_rows(k, S::MR);
    // A column-major A can be read in place, which is cheaper where few columns of B are to pay for the copy.
    let pack = S::PACK_A && (matches!(layout, ALayout::RowMajor { .. }) || n > 4 * width);
    assert!(!pack || scratch.len() >= block.saturating_mul(k), "gemm: scratch");
    for first in (0..m).step_by(block) {
        let rows = block.min(m - first);
        let (start, row_stride, k_stride) = match layout {
            _ if pack => {
                match layout {
                    ALayout::RowMajor { ld } if k > 0 => pack_a::<S>(&a[first * ld..], ld, rows, k, scratch),
                    ALayout::ColumnMajor { ld } if k > 0 => pack_columns::<S>(&a[first..], ld, rows, k, scratch),
                    _ => {}
                }
                (scratch.as_ptr(), 1, S::MR)
            }
            // An empty sum reads nothing, so A may be empty. (As a branch of its own, k = 0 costs half the speed: the strides are then variables.)
            ALayout::RowMajor { ld } => (a[first.saturating_mul(ld).min(a.len())..].as_ptr(), ld, 1),
            ALayout::ColumnMajor { ld } => (a[first.min(a.len())..].as_ptr(), 1, ld),
        };
        for column in (0..n).step_by(width) {
            for row in (0..rows).step_by(S::MR) {
                // A tile that reaches past the last row reads rows that do exist (see `run_tile`) and stores only its own.
                let offset = if pack { row * k } else { row.wrapping_mul(row_stride) };
                let at = (first + row) * ldc + column;
                // SAFETY: the lengths were checked above; `rows` and `columns` keep every access inside them.
                unsafe {
                    S::tile(&Tile {
                        // Past an empty A, which nothing reads then.
                        a: start.wrapping_add(offset),
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
