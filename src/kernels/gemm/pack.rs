//! How B, and A where registers are few, are laid out before the product; and how much of A is taken at once.

use super::tile::GemmTile;
use crate::kernels::isa::{Isa, Kind};
use crate::kernels::simd::Scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use crate::kernels::simd::Wasm;
#[cfg(target_arch = "x86_64")]
use crate::kernels::simd::{Avx2, Avx512};

/// Floats of A that a block of rows may take (128 KiB).
const BLOCK: usize = 32 * 1024;

/// The most rows of any tile.
pub(super) const MAX_MR: usize = 12;

/// How the matrix given to [`pack_b`] lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BLayout {
    /// b\[k · n + column\].
    RowMajor,
    /// b\[column · k + k\]: PyTorch's (out, in) weights.
    Transposed,
}

/// Columns of a panel.
const fn width<S: GemmTile>() -> usize {
    S::LANES * S::NV
}

fn panel_width(isa: Isa) -> usize {
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

/// Floats of a packed `k` × `n` matrix in panels of `width` columns.
#[inline(always)]
pub(super) fn panels_len(width: usize, k: usize, n: usize) -> usize {
    n.checked_next_multiple_of(width).unwrap_or(usize::MAX).saturating_mul(k)
}

/// Floats that [`pack_b`] writes for a `k` × `n` matrix: the columns rounded up to whole panels. `usize::MAX`, which no slice has, where
/// that cannot be counted.
pub fn packed_b_len(isa: Isa, k: usize, n: usize) -> usize {
    panels_len(panel_width(isa), k, n)
}

/// Copies the `k` × `n` matrix `b` into panels, zero-padded: panel after panel, each k rows of panel-width columns.
///
/// # Panics
/// When `b` has not k · n floats or `packed` not [`packed_b_len`].
pub fn pack_b(isa: Isa, b: &[f32], layout: BLayout, k: usize, n: usize, packed: &mut [f32]) {
    let width = panel_width(isa);
    assert!(b.len() == k.saturating_mul(n) && packed.len() == panels_len(width, k, n), "pack_b: lengths");
    if k == 0 || n == 0 {
        return;
    }
    for (panel, out) in packed.chunks_exact_mut(k * width).enumerate() {
        let first = panel * width;
        let columns = width.min(n - first);
        match layout {
            // A width that the compiler knows is a few registers; one that it does not is a call for each row.
            BLayout::RowMajor => match width {
                8 if columns == 8 => copy_rows::<8>(b, n, first, out),
                16 if columns == 16 => copy_rows::<16>(b, n, first, out),
                32 if columns == 32 => copy_rows::<32>(b, n, first, out),
                _ => {
                    for (row, out) in out.chunks_exact_mut(width).enumerate() {
                        out[..columns].copy_from_slice(&b[row * n + first..][..columns]);
                        out[columns..].fill(0.0);
                    }
                }
            },
            BLayout::Transposed => {
                if columns < width {
                    out.fill(0.0);
                }
                for (index, sources) in b[first * k..][..columns * k].chunks(4 * k).enumerate() {
                    spread(sources, k, width, &mut out[4 * index..]);
                }
            }
        }
    }
}

/// One panel of [`pack_b`] that has all its columns.
fn copy_rows<const WIDTH: usize>(b: &[f32], n: usize, first: usize, out: &mut [f32]) {
    for (row, out) in out.as_chunks_mut::<WIDTH>().0.iter_mut().enumerate() {
        out.copy_from_slice(&b[row * n + first..][..WIDTH]);
    }
}

/// Writes up to four rows of `k` floats as columns of a panel, the first at the front of `out`. Four are written at once where there are four: a
/// page packs two million weights before its first answer, in code that no browser has optimised yet.
fn spread(rows: &[f32], k: usize, width: usize, out: &mut [f32]) {
    let mut each = rows.chunks_exact(k);
    if let (Some(a), Some(b), Some(c), Some(d)) = (each.next(), each.next(), each.next(), each.next()) {
        for ((((out, &a), &b), &c), &d) in out.chunks_mut(width).zip(a).zip(b).zip(c).zip(d) {
            out[..4].copy_from_slice(&[a, b, c, d]);
        }
        return;
    }
    for (column, row) in rows.chunks_exact(k).enumerate() {
        for (out, &x) in out[column..].iter_mut().step_by(width).zip(row) {
            *out = x;
        }
    }
}

/// Floats of scratch that [`gemm`](super::gemm) needs for inner length `k`, whatever the tile: no fewer than `block_rows(k, mr) * k` for any
/// `mr`. `usize::MAX`, which no slice has, where that cannot be counted.
pub fn gemm_scratch_len(k: usize) -> usize {
    (BLOCK / k.max(1)).clamp(MAX_MR, 512).saturating_mul(k)
}

/// Rows whose A fits [`BLOCK`], a multiple of `mr`.
pub(super) fn block_rows(k: usize, mr: usize) -> usize {
    (BLOCK / k.max(1)).clamp(mr, 512) / mr * mr
}

/// Copies `rows` columns of a column-major A, which are rows of A, into the same panels.
#[inline(always)]
pub(super) fn pack_columns<S: GemmTile>(a: &[f32], ld: usize, rows: usize, k: usize, packed: &mut [f32]) {
    for first in (0..rows).step_by(S::MR) {
        let panel = &mut packed[first * k..][..S::MR * k];
        let count = S::MR.min(rows - first);
        let whole = &a[first..][..(k - 1) * ld + count];
        for (p, panel) in panel.chunks_exact_mut(S::MR).enumerate() {
            if count == S::MR {
                // SAFETY: the last step reads up to the end of `whole`, and a chunk holds MR floats.
                unsafe { std::ptr::copy_nonoverlapping(whole.as_ptr().add(p * ld), panel.as_mut_ptr(), S::MR) };
            } else {
                panel[..count].copy_from_slice(&whole[p * ld..][..count]);
            }
        }
    }
}

/// Copies `rows` rows of A into panels of MR rows, k after k.
#[inline(always)]
pub(super) fn pack_a<S: GemmTile>(a: &[f32], ld: usize, rows: usize, k: usize, packed: &mut [f32]) {
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
