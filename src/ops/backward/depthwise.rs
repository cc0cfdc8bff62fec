//! The backward of a depthwise convolution, row by row: three rows of dz move past as three rows of the input do.

use super::{StageGradient, Sums, Task, ToConv, add, pass};
use crate::kernels::{self, Activation, Depthwise, DepthwiseRow};
use crate::ops::forward::{Context, Rows, chunk_rows};
use crate::ops::slices::chunks_of;
use crate::ops::workspace::Buffer;

/// One task's share of [`stage_backward`](super::stage_backward): its part of the weights' gradient and of the sums.
pub(super) fn backward(work: &StageGradient<'_>, to_conv: &ToConv<'_>, weights: &[f32], stride: usize, task: Task<'_>) -> (Option<Buffer>, Sums) {
    let StageGradient { context, stage, geometry, .. } = *work;
    let Context { isa, workspace } = context;
    let Task { source, beside, z, g, dx, mut dw, mut sums } = task;
    let channels = stage.in_channels;
    let shape = Depthwise { width: geometry.width, channels, stride };
    let (row, per_in) = (geometry.row.max(1), geometry.per_in.max(1));
    let (out_row, per_out) = (geometry.out_row.max(1), geometry.per_out.max(1));
    let block = chunk_rows(channels.saturating_mul(2)).saturating_mul(channels.max(1));
    let no_bias = vec![0.0; channels];
    let mut rows = Rows::new(context, geometry.row);
    // Above, at and below the row of the input's gradient that is next at stride 1; zeros outside the image.
    let mut dz: [Buffer; 3] = std::array::from_fn(|_| workspace.zeros(geometry.out_row));
    let same_side = |dz: &[Buffer; 3], dx: &mut [f32]| {
        let rows = dz.each_ref().map(|row| &row[..]);
        kernels::depthwise_row(isa, &DepthwiseRow { shape, rows, weights, bias: &no_bias, activation: Activation::NONE }, dx);
    };
    let mut beside = beside.map(|beside| beside.chunks(per_in));
    let outputs = g.chunks_exact(per_out).zip(z.chunks_exact(per_out));
    for (((g, z), source), mut dx) in outputs.zip(source.chunks(per_in)).zip(chunks_of(dx, per_in)) {
        rows.of(source);
        let mut outputs = dx.as_deref_mut().into_iter().flat_map(|dx| dx.chunks_mut(row.saturating_mul(stride)));
        // At stride 2, the row that the output's row before has begun.
        let mut begun: Option<&mut [f32]> = None;
        clear(&mut dz);
        for (y, (g, z)) in g.chunks_exact(out_row).zip(z.chunks_exact(out_row)).enumerate() {
            dz.rotate_left(1);
            let [_, _, last] = &mut dz;
            to_conv.apply(isa, g, z, last);
            if let Some(dw) = dw.as_deref_mut() {
                kernels::depthwise_weight_gradient_row(isa, shape, rows.next(stride), last, dw);
            }
            if stride == 1 {
                // Row y − 1 has all it needs.
                if let Some(dx) = (y > 0).then(|| outputs.next()).flatten() {
                    same_side(&dz, dx);
                }
                continue;
            }
            let give = |kernel_row: usize, dx: &mut [f32]| kernels::depthwise_input_gradient_row(isa, shape, last, weights, kernel_row, dx);
            if let Some(above) = begun.take() {
                give(0, above);
            }
            if let Some(pair) = outputs.next() {
                pair.fill(0.0);
                let (here, below) = pair.split_at_mut(row.min(pair.len()));
                give(1, here);
                begun = Some(below).filter(|below| !below.is_empty());
                if let Some(below) = &mut begun {
                    give(2, below);
                }
            }
        }
        if let Some(dx) = (stride == 1).then(|| outputs.next()).flatten() {
            dz.rotate_left(1);
            clear(&mut dz);
            same_side(&dz, dx);
        }
        drop(outputs);
        if let Some(dx) = dx {
            add(dx, beside.as_mut().and_then(Iterator::next));
            source.chunks(block).zip(dx.chunks_mut(block)).for_each(|(source, dx)| pass(work, source, dx, &mut sums));
        }
    }
    (dw, sums)
}

/// The last of three rows becomes one outside the image.
fn clear([_, _, last]: &mut [Buffer; 3]) {
    last.fill(0.0);
}
