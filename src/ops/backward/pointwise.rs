//! The backward of a 1 × 1 convolution: two matrix products over some rows at a time.

use super::weights::add_product;
use super::{StageGradient, Sums, Task, ToConv, pass};
use crate::kernels::{self, Epilogue, Gemm};
use crate::ops::forward::{Context, chunk_rows};
use crate::ops::slices::{chunks_of, head_mut};
use crate::ops::workspace::Buffer;

/// One task's share of [`stage_backward`](super::stage_backward): its part of the weights' gradient and of the sums.
pub(super) fn backward(work: &StageGradient<'_>, to_conv: &ToConv<'_>, weights: &[f32], task: Task<'_>) -> (Option<Buffer>, Sums) {
    let StageGradient { context, stage, .. } = *work;
    let Context { isa, workspace } = context;
    let Task { source, beside, z, g, dx, mut dw, mut sums } = task;
    let (k, n) = (stage.in_channels, stage.out_channels);
    let rows = chunk_rows(k.saturating_mul(2).saturating_add(n));
    let (chunk_in, chunk_out) = (rows.saturating_mul(k), rows.saturating_mul(n));
    let mut dz = workspace.take(chunk_out);
    let mut values = workspace.take(chunk_in);
    let mut packed = workspace.take(kernels::packed_b_len(isa, rows, k));
    let mut scratch = workspace.take(kernels::gemm_scratch_len(n));
    let mut beside = beside.map(|beside| beside.chunks(chunk_in.max(1)));
    let outputs = g.chunks(chunk_out).zip(z.chunks(chunk_out));
    for (((g, z), source), dx) in outputs.zip(source.chunks(chunk_in)).zip(chunks_of(dx, chunk_in)) {
        let dz = head_mut(&mut dz, g.len());
        to_conv.apply(isa, g, z, dz);
        if let Some(dw) = dw.as_deref_mut() {
            add_product(context, dz, source.values(isa, &mut values), (n, k), &mut packed, dw);
        }
        if let Some(dx) = dx {
            let m = g.len().checked_div(n).unwrap_or(0);
            let epilogue = Epilogue { residual: beside.as_mut().and_then(Iterator::next), ..Epilogue::STORE };
            kernels::gemm(isa, &Gemm { epilogue, ..Gemm::rows(dz, weights, (m, k, n)) }, dx, &mut scratch);
            pass(work, source, dx, &mut sums);
        }
    }
    (dw, sums)
}
