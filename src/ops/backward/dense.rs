//! The backward of a convolution of any kernel: im2col before the weights' gradient, its transpose behind the input's.

use super::weights::add_product;
use super::{StageGradient, Sums, Task, ToConv, add, pass};
use crate::kernels::{self, ConvShape, Gemm};
use crate::ops::forward::{Context, chunk_rows};
use crate::ops::slices::{chunks_of, head_mut};
use crate::ops::stage::ConvKind;
use crate::ops::workspace::Buffer;

/// One task's share of [`stage_backward`](super::stage_backward): its part of the weights' gradient and of the sums.
pub(super) fn backward(work: &StageGradient<'_>, to_conv: &ToConv<'_>, weights: &[f32], task: Task<'_>) -> (Option<Buffer>, Sums) {
    let StageGradient { context, stage, geometry, .. } = *work;
    let Context { isa, workspace } = context;
    let Task { source, beside, z, g, dx, mut dw, mut sums } = task;
    let ConvKind::Dense { kernel, stride, padding } = stage.kind else { return (dw, sums) };
    let shape = ConvShape { height: geometry.height, width: geometry.width, channels: stage.in_channels, kernel, stride, padding };
    let (k, n) = (shape.window(), stage.out_channels);
    let (per_in, per_out) = (geometry.per_in, geometry.per_out.max(1));
    let rows = chunk_rows(k.saturating_mul(2).saturating_add(n));
    let chunk = rows.saturating_mul(n);
    let mut image = workspace.take(per_in);
    let mut dz = workspace.take(chunk);
    let mut columns = workspace.take(rows.saturating_mul(k));
    let mut packed = workspace.take(kernels::packed_b_len(isa, rows, k));
    let mut scratch = workspace.take(kernels::gemm_scratch_len(n));
    let mut beside = beside.map(|beside| beside.chunks(per_in.max(1)));
    let outputs = g.chunks_exact(per_out).zip(z.chunks_exact(per_out));
    for (((g, z), source), mut dx) in outputs.zip(source.chunks(per_in)).zip(chunks_of(dx, per_in)) {
        let image: &[f32] = if dw.is_some() { source.values(isa, &mut image) } else { &[] };
        if let Some(dx) = dx.as_deref_mut() {
            dx.fill(0.0);
        }
        for (index, (g, z)) in g.chunks(chunk).zip(z.chunks(chunk)).enumerate() {
            let m = g.len().checked_div(n).unwrap_or(0);
            let first = index.saturating_mul(rows);
            let dz = head_mut(&mut dz, g.len());
            to_conv.apply(isa, g, z, dz);
            let columns = head_mut(&mut columns, m.saturating_mul(k));
            if let Some(dw) = dw.as_deref_mut() {
                kernels::im2col(shape, image, first, columns);
                add_product(context, dz, columns, (n, k), &mut packed, dw);
            }
            if let Some(dx) = dx.as_deref_mut() {
                kernels::gemm(isa, &Gemm::rows(dz, weights, (m, k, n)), columns, &mut scratch);
                kernels::col2im_add(shape, columns, first, dx);
            }
        }
        if let Some(dx) = dx {
            add(dx, beside.as_mut().and_then(Iterator::next));
            pass(work, source, dx, &mut sums);
        }
    }
    (dw, sums)
}
