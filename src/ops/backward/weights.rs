//! The gradient of a convolution's weights as a matrix product, and how it is split where the weights are many.

use super::{StageGradient, ToConv};
use crate::kernels::{self, ALayout, BLayout, ConvShape, Epilogue, Gemm};
use crate::ops::forward::{Context, chunk_rows};
use crate::ops::parallel::{groups, map};
use crate::ops::slices::{head, head_mut};
use crate::ops::stage::ConvKind;
use crate::ops::workspace::Buffer;
use std::ops::Range;

/// Numbers of weight gradient that the groups of a batch may keep together, each its own sum: 16 MiB. A 3 × 3 × 512 layer would take 300 MB
/// on sixteen threads.
const LARGEST: usize = 4 << 20;
/// Columns of a product come in multiples of this, the widest register tile.
const TILE: usize = 32;

/// Whether the weights' gradient is split by its columns, each summed once over the whole batch, and not by images: where a sum for each
/// group of images would be too large, or filling and adding those sums would take longer than the product itself, which is so where there
/// are fewer pixels than channels.
pub(super) fn by_columns(work: &StageGradient<'_>, groups: usize) -> bool {
    let stage = work.stage;
    let len = stage.weight_len();
    let pixels = work.geometry.out_pixels().saturating_mul(stage.in_channels.saturating_add(stage.out_channels));
    !matches!(stage.kind, ConvKind::Depthwise { .. }) && (len.saturating_mul(groups) > LARGEST || pixels < len.saturating_mul(2))
}

/// dW (out × window) += dzᵀ · values, over as many rows as `dz` has.
pub(super) fn add_product(
    context: Context<'_>,
    dz: &[f32],
    values: &[f32],
    (out_channels, window): (usize, usize),
    packed: &mut [f32],
    dw: &mut [f32],
) {
    let Context { isa, workspace } = context;
    let rows = dz.len().checked_div(out_channels).unwrap_or(0);
    let packed = head_mut(packed, kernels::packed_b_len(isa, rows, window));
    kernels::pack_b(isa, head(values, rows.saturating_mul(window)), BLayout::RowMajor, rows, window, packed);
    let layout = ALayout::ColumnMajor { ld: out_channels };
    let product = Gemm { m: out_channels, n: window, k: rows, a: dz, layout, b: packed, ldc: window, epilogue: Epilogue::ACCUMULATE };
    kernels::gemm(isa, &product, dw, &mut workspace.take(kernels::gemm_scratch_len(rows)));
}

/// dW (out × window, zero before) of the whole batch: each task has some columns of it, which are some numbers of every window.
///
/// What a task reads besides, dz, it works out itself: an element of dz costs one multiplication where the product spends one a column.
pub(super) fn gradient_by_columns(work: &StageGradient<'_>, to_conv: &ToConv<'_>, dw: &mut [f32]) {
    let Some(window) = dw.len().checked_div(work.stage.out_channels).filter(|&window| window > 0) else { return };
    let mut end = 0usize;
    let next = |tiles: usize| {
        let start = end;
        end = start.saturating_add(tiles.saturating_mul(TILE)).min(window);
        start..end
    };
    let tasks: Vec<Range<usize>> = groups(window.div_ceil(TILE)).into_iter().map(next).collect();
    for (columns, part) in map(tasks, |columns| (columns.clone(), columns_gradient(work, to_conv, columns))) {
        for (row, part) in dw.chunks_exact_mut(window).zip(part.chunks_exact(columns.len().max(1))) {
            row.iter_mut().skip(columns.start).zip(part).for_each(|(to, from)| *to = *from);
        }
    }
}

fn columns_gradient(work: &StageGradient<'_>, to_conv: &ToConv<'_>, columns: Range<usize>) -> Buffer {
    let StageGradient { context, stage, source, g, z, .. } = *work;
    let Context { isa, workspace } = context;
    let (width, n) = (columns.len(), stage.out_channels);
    let (shape, images) = windows(work);
    let (per_in, per_out) = (source.data.len().checked_div(images).unwrap_or(0), z.len().checked_div(images).unwrap_or(0).max(1));
    let rows = chunk_rows(width.saturating_mul(2).saturating_add(n));
    let mut dw = workspace.zeros(n.saturating_mul(width));
    let mut image = workspace.take(per_in);
    let mut dz = workspace.take(rows.saturating_mul(n));
    let mut values = workspace.take(rows.saturating_mul(width));
    let mut packed = workspace.take(kernels::packed_b_len(isa, rows, width));
    for ((g, z), source) in g.chunks_exact(per_out).zip(z.chunks_exact(per_out)).zip(source.chunks(per_in)) {
        let image = source.values(isa, &mut image);
        let chunk = rows.saturating_mul(n);
        for (index, (g, z)) in g.chunks(chunk).zip(z.chunks(chunk)).enumerate() {
            let m = g.len().checked_div(n).unwrap_or(0);
            let dz = head_mut(&mut dz, g.len());
            to_conv.apply(isa, g, z, dz);
            let values = head_mut(&mut values, m.saturating_mul(width));
            kernels::im2col_part(shape, image, index.saturating_mul(rows), columns.clone(), values);
            add_product(context, dz, values, (n, width), &mut packed, &mut dw);
        }
    }
    dw
}

/// The windows of the stage's convolution and the number of images that they lie in. Those of a pointwise one are single pixels, and the whole
/// batch is one tall image.
fn windows(work: &StageGradient<'_>) -> (ConvShape, usize) {
    let (images, height, width, channels) = (work.geometry.images, work.geometry.height, work.geometry.width, work.stage.in_channels);
    match work.stage.kind {
        ConvKind::Dense { kernel, stride, padding } => (ConvShape { height, width, channels, kernel, stride, padding }, images),
        ConvKind::Pointwise | ConvKind::Depthwise { .. } => {
            (ConvShape { height: images.saturating_mul(height), width, channels, kernel: 1, stride: 1, padding: 0 }, 1)
        }
    }
}
