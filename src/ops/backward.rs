//! A stage backward: from the gradient of its normalised, activated output to those of its input, weights, γ and β.
//!
//! The gradient g that arrives here has already gone through the activation and been summed per channel ([`kernels::gradient_sums`]);
//! whoever computes the next g does the same to it while it is in the cache.

use super::forward::{Context, RowRing, Source, chunk_rows};
use super::parallel::{groups, run, split};
use super::stage::{ConvKind, Geometry, Norm, Stage};
use super::weights::{self, add_product};
use super::workspace::Buffer;
use crate::kernels::{self, Activation, BLayout, BnGradient, BnInputGradient, ConvShape, Depthwise, DepthwiseRow, Gemm, Isa};
use std::sync::{Mutex, PoisonError};

/// Σ g and Σ g · x̂ per channel: the gradients of β and γ.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub beta: Vec<f32>,
    pub gamma: Vec<f32>,
}

impl Sums {
    fn zeros(channels: usize) -> Self {
        Self { beta: vec![0.0; channels], gamma: vec![0.0; channels] }
    }

    fn add(&mut self, other: &Self) {
        self.beta.iter_mut().zip(&other.beta).for_each(|(a, b)| *a += b);
        self.gamma.iter_mut().zip(&other.gamma).for_each(|(a, b)| *a += b);
    }
}

/// Takes g through the activation that follows `z`, in place, and adds its sums.
fn through(isa: Isa, g: &mut [f32], z: &[f32], norm: &Norm, sums: &mut Sums) {
    let Norm { scale, shift, mean, inv_std, activation, .. } = norm;
    let bn = BnGradient { scale, shift, mean, inv_std, activation: *activation };
    kernels::gradient_sums(isa, g, z, &bn, &mut sums.beta, &mut sums.gamma);
}

/// Takes the gradient of a chain's output through its last activation.
pub(super) fn enter(isa: Isa, images: usize, g: &mut [f32], z: &[f32], norm: &Norm) -> Sums {
    let channels = norm.scale.len();
    let groups = groups(images);
    let per_image = z.len() / images.max(1);
    let results = Mutex::new(vec![Sums::zeros(channels); groups.len()]);
    let tasks: Vec<_> = groups.iter().zip(split(g, &groups, per_image)).enumerate().collect();
    run(tasks, |(index, (group, g))| {
        let mut sums = Sums::zeros(channels);
        let rows = chunk_rows(2 * channels) * channels;
        let z = &z[group.start * per_image..group.end * per_image];
        for (g, z) in g.chunks_mut(rows).zip(z.chunks(rows)) {
            through(isa, g, z, norm, &mut sums);
        }
        results.lock().unwrap_or_else(PoisonError::into_inner)[index] = sums;
    });
    total(results, channels)
}

fn total(parts: Mutex<Vec<Sums>>, channels: usize) -> Sums {
    let mut sums = Sums::zeros(channels);
    parts.into_inner().unwrap_or_else(PoisonError::into_inner).iter().for_each(|part| sums.add(part));
    sums
}

/// Everything a stage's backward reads.
pub(super) struct StageGradient<'a> {
    pub context: Context<'a>,
    pub stage: &'a Stage,
    pub geometry: &'a Geometry,
    /// What the stage read, with the map before it.
    pub source: Source<'a>,
    /// Whether the input's gradient goes on through that map, while it is in the cache.
    pub through_source: bool,
    pub weights: &'a [f32],
    /// What the stage wrote, its BatchNorm, and the gradient after both (see the head of this file).
    pub z: &'a [f32],
    pub norm: &'a Norm,
    pub g: &'a [f32],
    pub sums: &'a Sums,
}

/// BatchNorm's gradient as three numbers a channel: dz = scale · g + centre · (z − mean) + offset.
pub(super) struct ToConv<'a> {
    norm: &'a Norm,
    centre: Vec<f32>,
    offset: Vec<f32>,
}

impl<'a> ToConv<'a> {
    pub fn new(norm: &'a Norm, sums: &Sums, rows: usize) -> Self {
        let share = if norm.from_batch { 1.0 / rows as f32 } else { 0.0 };
        let coefficient = |sum: &[f32], of: &[f32]| sum.iter().zip(of).zip(&norm.scale).map(|((s, f), scale)| -scale * f * s * share).collect();
        let ones = vec![1.0; norm.scale.len()];
        Self { norm, centre: coefficient(&sums.gamma, &norm.inv_std), offset: coefficient(&sums.beta, &ones) }
    }

    pub fn apply(&self, isa: Isa, g: &[f32], z: &[f32], dz: &mut [f32]) {
        let map = BnInputGradient { scale: &self.norm.scale, mean: &self.norm.mean, centre: &self.centre, offset: &self.offset };
        kernels::bn_input_gradient(isa, g, z, &map, dz);
    }
}

/// One task's share: its images, its part of the input's gradient, its partial sums.
struct Task<'a> {
    source: Source<'a>,
    z: &'a [f32],
    g: &'a [f32],
    dx: Option<&'a mut [f32]>,
    /// The gradient of the weights over these images; `None` where that is taken by columns (see [`weights::by_columns`]).
    dw: Option<Buffer>,
    sums: Sums,
}

impl Task<'_> {
    /// Takes `dx` at `rows` numbers from `start` on through the map before the stage, if there is one to go through.
    fn pass(&mut self, work: &StageGradient<'_>, start: usize, len: usize) {
        if let (Some(dx), Some(norm), true) = (self.dx.as_deref_mut(), self.source.norm, work.through_source) {
            through(work.context.isa, &mut dx[start..start + len], &self.source.data[start..start + len], norm, &mut self.sums);
        }
    }
}

/// The gradients of the stage's parameters into `gradient` (packed as [`Stage::split`] has it) and, where wanted, of its input into `dx`;
/// the sums of the map before it where `dx` went through that.
pub(super) fn stage_backward(work: &StageGradient<'_>, dx: Option<&mut [f32]>, gradient: &mut [f32]) -> Sums {
    let StageGradient { context, stage, geometry, .. } = *work;
    let groups = groups(geometry.images);
    let (per_in, per_out) = (geometry.pixels() * stage.in_channels, geometry.out_pixels() * stage.out_channels);
    let to_conv = ToConv::new(work.norm, work.sums, geometry.images * geometry.out_pixels());
    let by_columns = weights::by_columns(stage, groups.len());
    let weights = input_weights(work);
    let parts: Vec<Option<&mut [f32]>> = match dx {
        Some(dx) => split(dx, &groups, per_in).into_iter().map(Some).collect(),
        None => groups.iter().map(|_| None).collect(),
    };
    let tasks: Vec<_> = groups.iter().zip(parts).enumerate().collect();
    let done = Mutex::new(groups.iter().map(|_| None).collect::<Vec<Option<(Option<Buffer>, Sums)>>>());
    run(tasks, |(index, (group, dx))| {
        let output = group.start * per_out..group.end * per_out;
        let mut task = Task {
            source: work.source.part(group.start * per_in, group.len() * per_in),
            z: &work.z[output.clone()],
            g: &work.g[output],
            dx,
            dw: (!by_columns).then(|| context.workspace.zeros(stage.weight_len())),
            sums: Sums::zeros(stage.in_channels),
        };
        match stage.kind {
            ConvKind::Pointwise => pointwise(work, &to_conv, &weights, &mut task),
            ConvKind::Depthwise { stride } => depthwise(work, &to_conv, &weights, stride, &mut task),
            ConvKind::Dense { kernel, stride, padding } => {
                let (height, width, channels) = (geometry.height, geometry.width, stage.in_channels);
                dense(work, &to_conv, &weights, ConvShape { height, width, channels, kernel, stride, padding }, &mut task);
            }
        }
        done.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some((task.dw, task.sums));
    });
    let mut sums = Sums::zeros(stage.in_channels);
    let mut dw = context.workspace.zeros(stage.weight_len());
    for (part, part_sums) in done.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten() {
        part.iter().for_each(|part| dw.iter_mut().zip(part.iter()).for_each(|(a, b)| *a += b));
        sums.add(&part_sums);
    }
    if by_columns {
        weights::gradient_by_columns(work, &to_conv, &mut dw);
    }
    store(work, &to_conv, &dw, gradient);
    sums
}

/// The weights' gradient in PyTorch's layout, then those of the bias, γ and β.
fn store(work: &StageGradient<'_>, to_conv: &ToConv<'_>, dw: &[f32], gradient: &mut [f32]) {
    let StageGradient { stage, sums, .. } = *work;
    let (weights, rest) = gradient.split_at_mut(stage.weight_len());
    match stage.kind {
        ConvKind::Pointwise => weights.copy_from_slice(dw),
        ConvKind::Dense { kernel, .. } => kernels::from_windows(dw, stage.in_channels, kernel, weights),
        ConvKind::Depthwise { .. } => {
            for (c, taps) in weights.chunks_exact_mut(9).enumerate() {
                taps.iter_mut().enumerate().for_each(|(tap, out)| *out = dw[tap * stage.in_channels + c]);
            }
        }
    }
    let (bias, norm) = rest.split_at_mut(if stage.bias { stage.out_channels } else { 0 });
    // Under a batch's own statistics a bias moves nothing.
    let share = if to_conv.norm.from_batch { 0.0 } else { 1.0 };
    bias.iter_mut().zip(&sums.beta).zip(&to_conv.norm.scale).for_each(|((bias, sum), scale)| *bias = share * scale * sum);
    if stage.norm {
        let (gamma, beta) = norm.split_at_mut(stage.out_channels);
        gamma.copy_from_slice(&sums.gamma);
        beta.copy_from_slice(&sums.beta);
    }
}

/// The weights as the input gradient wants them: B of dx = dz · W, or nine rows (turned by 180° at stride 1, where the
/// gradient is the same convolution).
fn input_weights(work: &StageGradient<'_>) -> Buffer {
    let StageGradient { context, stage, weights, .. } = *work;
    let Context { workspace, .. } = context;
    match stage.kind {
        ConvKind::Pointwise => pack_rows(context, weights, stage.out_channels),
        ConvKind::Dense { kernel, .. } => {
            let mut windows = workspace.take(weights.len());
            kernels::to_windows(weights, stage.in_channels, kernel, &mut windows);
            pack_rows(context, &windows, stage.out_channels)
        }
        ConvKind::Depthwise { stride } => {
            let mut packed = workspace.take(weights.len());
            kernels::pack_depthwise(weights, &mut packed);
            if stride == 1 {
                let channels = stage.in_channels;
                let (upper, lower) = packed.split_at_mut(4 * channels);
                for tap in 0..4 {
                    upper[tap * channels..][..channels].swap_with_slice(&mut lower[(4 - tap) * channels..][..channels]);
                }
            }
            packed
        }
    }
}

fn pack_rows(Context { isa, workspace }: Context<'_>, weights: &[f32], k: usize) -> Buffer {
    let n = weights.len() / k.max(1);
    let mut packed = workspace.take(kernels::packed_b_len(isa, k, n));
    kernels::pack_b(isa, weights, BLayout::RowMajor, k, n, &mut packed);
    packed
}

fn pointwise(work: &StageGradient<'_>, to_conv: &ToConv<'_>, weights: &[f32], task: &mut Task<'_>) {
    let StageGradient { context: Context { isa, workspace }, stage, .. } = *work;
    let (k, n) = (stage.in_channels, stage.out_channels);
    let rows = chunk_rows(2 * k + n);
    let mut dz = workspace.take(rows * n);
    let mut values = workspace.take(rows * k);
    let mut packed = workspace.take(kernels::packed_b_len(isa, rows, k));
    let mut scratch = workspace.take(kernels::gemm_scratch_len(n));
    for (chunk, (g, z)) in task.g.chunks(rows * n).zip(task.z.chunks(rows * n)).enumerate() {
        let m = g.len() / n;
        let dz = &mut dz[..m * n];
        to_conv.apply(isa, g, z, dz);
        let start = chunk * rows * k;
        if let Some(dw) = task.dw.as_deref_mut() {
            add_product(isa, dz, task.source.part(start, m * k).values(isa, &mut values), (n, k), &mut packed, dw);
        }
        if let Some(dx) = task.dx.as_deref_mut() {
            let dx = &mut dx[start..][..m * k];
            kernels::gemm(isa, &Gemm::rows(dz, weights, (m, k, n)), dx, &mut scratch);
        }
        task.pass(work, start, m * k);
    }
}

fn dense(work: &StageGradient<'_>, to_conv: &ToConv<'_>, weights: &[f32], shape: ConvShape, task: &mut Task<'_>) {
    let StageGradient { context: Context { isa, workspace }, stage, geometry, .. } = *work;
    let (k, n) = (shape.window(), stage.out_channels);
    let (per_in, per_out) = (geometry.pixels() * stage.in_channels, geometry.out_pixels() * n);
    let rows = chunk_rows(2 * k + n);
    let mut image = workspace.take(per_in);
    let mut dz = workspace.take(rows * n);
    let mut columns = workspace.take(rows * k);
    let mut packed = workspace.take(kernels::packed_b_len(isa, rows, k));
    let mut scratch = workspace.take(kernels::gemm_scratch_len(n));
    for (index, (g, z)) in task.g.chunks_exact(per_out).zip(task.z.chunks_exact(per_out)).enumerate() {
        let source = task.source.part(index * per_in, per_in);
        let image: &[f32] = if task.dw.is_some() { source.values(isa, &mut image) } else { &[] };
        let mut dx = task.dx.as_deref_mut().map(|dx| &mut dx[index * per_in..][..per_in]);
        if let Some(dx) = dx.as_deref_mut() {
            dx.fill(0.0);
        }
        for (chunk, (g, z)) in g.chunks(rows * n).zip(z.chunks(rows * n)).enumerate() {
            let m = g.len() / n;
            let dz = &mut dz[..m * n];
            to_conv.apply(isa, g, z, dz);
            let columns = &mut columns[..m * k];
            if let Some(dw) = task.dw.as_deref_mut() {
                kernels::im2col(shape, image, chunk * rows, columns);
                add_product(isa, dz, columns, (n, k), &mut packed, dw);
            }
            if let Some(dx) = dx.as_deref_mut() {
                kernels::gemm(isa, &Gemm::rows(dz, weights, (m, k, n)), columns, &mut scratch);
                kernels::col2im_add(shape, columns, chunk * rows, dx);
            }
        }
        task.pass(work, index * per_in, per_in);
    }
}

fn depthwise(work: &StageGradient<'_>, to_conv: &ToConv<'_>, weights: &[f32], stride: usize, task: &mut Task<'_>) {
    let StageGradient { context: Context { isa, workspace }, stage, geometry, .. } = *work;
    let channels = stage.in_channels;
    let shape = Depthwise { width: geometry.width, channels, stride };
    let (row, out_row) = (geometry.width * channels, geometry.out_width * channels);
    let (per_in, per_out) = (geometry.pixels() * channels, geometry.out_pixels() * channels);
    let zero_bias = vec![0.0; channels];
    let zeros = workspace.zeros(out_row);
    // Three rows of dz; row y lies in slot y mod 3.
    let mut ring = workspace.take(3 * out_row);
    let Some(mut own) = task.dw.take() else { return };
    let dw = &mut own[..];
    for (index, (g, z)) in task.g.chunks_exact(per_out).zip(task.z.chunks_exact(per_out)).enumerate() {
        let source = task.source.part(index * per_in, per_in);
        let mut rows = RowRing::new(Context { isa, workspace }, source, geometry.height, row);
        let mut dx = task.dx.as_deref_mut().map(|dx| &mut dx[index * per_in..][..per_in]);
        if let (Some(dx), true) = (dx.as_deref_mut(), stride == 2) {
            dx.fill(0.0);
        }
        for y in 0..geometry.out_height {
            let slot = y % 3 * out_row;
            to_conv.apply(isa, &g[y * out_row..][..out_row], &z[y * out_row..][..out_row], &mut ring[slot..][..out_row]);
            kernels::depthwise_weight_gradient_row(isa, shape, rows.around(y * stride), &ring[slot..][..out_row], dw);
            let Some(dx) = dx.as_deref_mut() else { continue };
            if stride == 2 {
                for ky in 0..3 {
                    let at = (2 * y + ky).wrapping_sub(1);
                    if at < geometry.height {
                        let dx = &mut dx[at * row..][..row];
                        kernels::depthwise_input_gradient_row(isa, shape, &ring[slot..][..out_row], weights, ky, dx);
                    }
                }
            } else {
                // Row y − 1 of the input's gradient has all it needs; after the last row, so has row y.
                let ready = if y + 1 == geometry.out_height { y.saturating_sub(1)..y + 1 } else { y.saturating_sub(1)..y };
                for at in ready {
                    let rows = [at.wrapping_sub(1), at, at + 1].map(|i| if i <= y { &ring[i % 3 * out_row..][..out_row] } else { &zeros[..] });
                    let out = &mut dx[at * row..][..row];
                    kernels::depthwise_row(isa, &DepthwiseRow { shape, rows, weights, bias: &zero_bias, activation: Activation::NONE }, out);
                }
            }
        }
        let block = chunk_rows(2 * channels) * channels;
        (0..per_in).step_by(block).for_each(|from| task.pass(work, index * per_in + from, block.min(per_in - from)));
    }
    task.dw = Some(own);
}
