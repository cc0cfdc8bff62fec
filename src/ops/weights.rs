//! The gradient of a convolution's weights as a matrix product, and how it is split where the weights are many.

use super::backward::{StageGradient, ToConv};
use super::forward::{Context, chunk_rows};
use super::parallel::{groups, run};
use super::stage::{ConvKind, Stage};
use crate::kernels::{self, ALayout, BLayout, ConvShape, Epilogue, Gemm, Isa};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Numbers of weight gradient that the groups of a batch may keep together, each its own sum: 16 MiB. A MobileNetV2's widest layer takes
/// 6.6 MB on two threads; a 3 × 3 × 512 layer would take 300 MB on sixteen.
const LARGEST: usize = 4 << 20;
/// Columns of a product come in multiples of this, the widest register tile.
const TILE: usize = 32;

/// Whether the weights' gradient is split by its columns, each summed once over the whole batch, and not by images.
pub(super) fn by_columns(stage: &Stage, groups: usize) -> bool {
    !matches!(stage.kind, ConvKind::Depthwise { .. }) && stage.weight_len().saturating_mul(groups) > LARGEST
}

/// dW (out × window) += dzᵀ · values, over as many rows as `dz` has.
pub(super) fn add_product(isa: Isa, dz: &[f32], values: &[f32], (out_channels, window): (usize, usize), packed: &mut [f32], dw: &mut [f32]) {
    let rows = dz.len() / out_channels.max(1);
    let packed = &mut packed[..kernels::packed_b_len(isa, rows, window)];
    kernels::pack_b(isa, &values[..rows * window], BLayout::RowMajor, rows, window, packed);
    let layout = ALayout::ColumnMajor { ld: out_channels };
    let product = Gemm { m: out_channels, n: window, k: rows, a: dz, layout, b: packed, ldc: window, epilogue: Epilogue::ACCUMULATE };
    kernels::gemm(isa, &product, dw, &mut []);
}

/// dW (out × window, zero before) of the whole batch: each task has some columns of it, which are some numbers of every window.
///
/// What a task reads besides, dz, it works out itself: an element of dz costs one multiplication where the product spends one a column.
pub(super) fn gradient_by_columns(work: &StageGradient<'_>, to_conv: &ToConv<'_>, dw: &mut [f32]) {
    let out_channels = work.stage.out_channels.max(1);
    let window = dw.len() / out_channels;
    let tasks: Vec<Range<usize>> =
        groups(window.div_ceil(TILE)).into_iter().map(|tiles| tiles.start * TILE..(tiles.end * TILE).min(window)).collect();
    let done = Mutex::new(Vec::with_capacity(tasks.len()));
    run(tasks, |columns| {
        let part = columns_gradient(work, to_conv, columns.clone());
        done.lock().unwrap_or_else(PoisonError::into_inner).push((columns, part));
    });
    for (columns, part) in done.into_inner().unwrap_or_else(PoisonError::into_inner) {
        for (row, part) in dw.chunks_exact_mut(window).zip(part.chunks_exact(columns.len().max(1))) {
            row[columns.clone()].copy_from_slice(part);
        }
    }
}

fn columns_gradient(work: &StageGradient<'_>, to_conv: &ToConv<'_>, columns: Range<usize>) -> super::Buffer {
    let StageGradient { context: Context { isa, workspace }, stage, geometry, source, g, z, .. } = *work;
    let (width, n) = (columns.len(), stage.out_channels);
    let (per_in, per_out) = (geometry.pixels() * stage.in_channels, geometry.out_pixels() * n);
    let shape = windows(work);
    let rows = chunk_rows(2 * width + n);
    let mut dw = workspace.zeros(n * width);
    let mut image = workspace.take(per_in);
    let mut dz = workspace.take(rows * n);
    let mut values = workspace.take(rows * width);
    let mut packed = workspace.take(kernels::packed_b_len(isa, rows, width));
    for (index, (g, z)) in g.chunks_exact(per_out).zip(z.chunks_exact(per_out)).enumerate() {
        let image = source.part(index * per_in, per_in).values(isa, &mut image);
        for (chunk, (g, z)) in g.chunks(rows * n).zip(z.chunks(rows * n)).enumerate() {
            let m = g.len() / n;
            to_conv.apply(isa, g, z, &mut dz[..m * n]);
            let values = &mut values[..m * width];
            kernels::im2col_part(shape, image, chunk * rows, columns.clone(), values);
            add_product(isa, &dz[..m * n], values, (n, width), &mut packed, &mut dw);
        }
    }
    dw
}

/// The windows of the stage's convolution; those of a pointwise one are single pixels.
fn windows(work: &StageGradient<'_>) -> ConvShape {
    let (height, width, channels) = (work.geometry.height, work.geometry.width, work.stage.in_channels);
    let (kernel, stride, padding) = match work.stage.kind {
        ConvKind::Dense { kernel, stride, padding } => (kernel, stride, padding),
        ConvKind::Pointwise | ConvKind::Depthwise { .. } => (1, 1, 0),
    };
    ConvShape { height, width, channels, kernel, stride, padding }
}
