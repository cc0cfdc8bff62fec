//! A stage backward: from the gradient of its normalised, activated output to those of its input, weights, γ and β.
//!
//! The gradient g that arrives here has already gone through the activation and been summed per channel ([`kernels::gradient_sums`]);
//! whoever computes the next g does the same to it while it is in the cache.

mod dense;
mod depthwise;
mod pointwise;
mod weights;

use super::forward::{Context, Source, chunk_rows};
use super::parallel::{groups, map};
use super::slices::{cut, cut_mut};
use super::stage::{ConvKind, Geometry, Norm, Stage};
use super::workspace::Buffer;
use crate::kernels::{self, BLayout, BnGradient, BnInputGradient};

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

    fn total(channels: usize, parts: &[Self]) -> Self {
        let mut sums = Self::zeros(channels);
        for part in parts {
            sums.beta.iter_mut().zip(&part.beta).for_each(|(a, b)| *a += b);
            sums.gamma.iter_mut().zip(&part.gamma).for_each(|(a, b)| *a += b);
        }
        sums
    }
}

/// Takes g through the activation that follows `z`, in place, and adds its sums.
fn through(context: Context<'_>, g: &mut [f32], z: &[f32], norm: &Norm, sums: &mut Sums) {
    let Norm { scale, shift, mean, inv_std, activation, .. } = norm;
    let bn = BnGradient { scale, shift, mean, inv_std, activation: *activation };
    kernels::gradient_sums(context.isa, g, z, &bn, &mut sums.beta, &mut sums.gamma);
}

/// The gradient `dy` of a batch's output into `g`, taken through the last activation, which follows the z of `last`.
pub(super) fn enter(context: Context<'_>, images: usize, dy: &[f32], (z, norm): (&[f32], &Norm), g: &mut [f32]) -> Sums {
    let channels = norm.scale.len();
    let per_image = z.len().checked_div(images).unwrap_or(0);
    let groups = groups(images);
    let rows = chunk_rows(channels.saturating_mul(2)).saturating_mul(channels.max(1));
    let tasks = cut(dy, &groups, per_image).into_iter().zip(cut(z, &groups, per_image)).zip(cut_mut(g, &groups, per_image)).collect();
    let parts = map(tasks, |((dy, z), g)| {
        let mut sums = Sums::zeros(channels);
        for ((dy, z), g) in dy.chunks(rows).zip(z.chunks(rows)).zip(g.chunks_mut(rows)) {
            g.copy_from_slice(dy);
            through(context, g, z, norm, &mut sums);
        }
        sums
    });
    Sums::total(channels, &parts)
}

/// Everything a stage's backward reads.
#[derive(Clone, Copy)]
pub(super) struct StageGradient<'a> {
    pub context: Context<'a>,
    pub stage: &'a Stage,
    pub geometry: &'a Geometry,
    /// What the stage read, with the map before it.
    pub source: Source<'a>,
    /// Whether the input's gradient goes on through that map, while it is in the cache.
    pub through_source: bool,
    /// A gradient that is added to the input's: that of a shortcut around the stages.
    pub beside: Option<&'a [f32]>,
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

    pub fn apply(&self, isa: kernels::Isa, g: &[f32], z: &[f32], dz: &mut [f32]) {
        let map = BnInputGradient { scale: &self.norm.scale, mean: &self.norm.mean, centre: &self.centre, offset: &self.offset };
        kernels::bn_input_gradient(isa, g, z, &map, dz);
    }
}

/// One task's share: its images, its part of the input's gradient, its partial sums.
struct Task<'a> {
    source: Source<'a>,
    beside: Option<&'a [f32]>,
    z: &'a [f32],
    g: &'a [f32],
    dx: Option<&'a mut [f32]>,
    /// The gradient of the weights over these images; `None` where that is taken by columns (see [`weights::by_columns`]).
    dw: Option<Buffer>,
    sums: Sums,
}

/// Takes `dx` through the map before the stage, if there is one to go through.
fn pass(work: &StageGradient<'_>, source: Source<'_>, dx: &mut [f32], sums: &mut Sums) {
    if let (Some(norm), true) = (source.norm, work.through_source) {
        through(work.context, dx, source.data, norm, sums);
    }
}

/// dx += what lies beside it.
fn add(dx: &mut [f32], beside: Option<&[f32]>) {
    dx.iter_mut().zip(beside.into_iter().flatten()).for_each(|(dx, beside)| *dx += beside);
}

/// The gradients of the stage's parameters into `gradient` (packed as [`Stage::split`] has it) and, where wanted, of its input into `dx`;
/// the sums of the map before it where `dx` went through that.
pub(super) fn stage_backward(work: &StageGradient<'_>, dx: Option<&mut [f32]>, gradient: &mut [f32]) -> Sums {
    let StageGradient { context, stage, geometry, .. } = *work;
    let Geometry { per_in, per_out, .. } = *geometry;
    let groups = groups(geometry.images);
    let to_conv = ToConv::new(work.norm, work.sums, geometry.out_pixels());
    let by_columns = weights::by_columns(work, groups.len());
    let input_weights = input_weights(work);
    let mut dx = dx.map(|dx| cut_mut(dx, &groups, per_in).into_iter());
    let mut beside = work.beside.map(|beside| cut(beside, &groups, per_in).into_iter());
    let outputs = cut(work.z, &groups, per_out).into_iter().zip(cut(work.g, &groups, per_out));
    let tasks = outputs.zip(work.source.cut(&groups, per_in)).map(|((z, g), source)| Task {
        source,
        beside: beside.as_mut().and_then(Iterator::next),
        z,
        g,
        dx: dx.as_mut().and_then(Iterator::next),
        dw: None,
        sums: Sums::zeros(stage.in_channels),
    });
    let done = map(tasks.collect(), |mut task| {
        task.dw = (!by_columns).then(|| context.workspace.zeros(stage.weight_len()));
        match stage.kind {
            ConvKind::Pointwise => pointwise::backward(work, &to_conv, &input_weights, task),
            ConvKind::Depthwise { stride } => depthwise::backward(work, &to_conv, &input_weights, stride, task),
            ConvKind::Dense { .. } => dense::backward(work, &to_conv, &input_weights, task),
        }
    });
    let (parts, sums): (Vec<Option<Buffer>>, Vec<Sums>) = done.into_iter().unzip();
    let mut parts = parts.into_iter().flatten();
    let mut dw = parts.next().unwrap_or_else(|| context.workspace.zeros(stage.weight_len()));
    parts.for_each(|part| dw.iter_mut().zip(part.iter()).for_each(|(a, b)| *a += b));
    if by_columns {
        weights::gradient_by_columns(work, &to_conv, &mut dw);
    }
    store(work, &to_conv, &dw, gradient);
    Sums::total(stage.in_channels, &sums)
}

/// The weights' gradient in PyTorch's layout, then those of the bias, γ and β.
fn store(work: &StageGradient<'_>, to_conv: &ToConv<'_>, dw: &[f32], gradient: &mut [f32]) {
    let StageGradient { stage, sums, .. } = *work;
    let (weights, rest) = gradient.split_at_mut(dw.len().min(gradient.len()));
    match stage.kind {
        ConvKind::Pointwise => weights.copy_from_slice(dw),
        ConvKind::Dense { kernel, .. } => kernels::from_windows(dw, stage.in_channels, kernel, weights),
        ConvKind::Depthwise { .. } => {
            for (tap, row) in dw.chunks_exact(stage.in_channels.max(1)).enumerate() {
                weights.iter_mut().skip(tap).step_by(9).zip(row).for_each(|(out, dw)| *out = *dw);
            }
        }
    }
    let (bias, norm) = rest.split_at_mut(if stage.bias { stage.out_channels.min(rest.len()) } else { 0 });
    // Under a batch's own statistics a bias moves nothing.
    let share = if to_conv.norm.from_batch { 0.0 } else { 1.0 };
    bias.iter_mut().zip(&sums.beta).zip(&to_conv.norm.scale).for_each(|((bias, sum), scale)| *bias = share * scale * sum);
    if stage.norm {
        norm.iter_mut().zip(sums.gamma.iter().chain(&sums.beta)).for_each(|(to, sum)| *to = *sum);
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
                let channels = stage.in_channels.max(1);
                let mut taps = packed.chunks_exact_mut(channels);
                while let (Some(first), Some(last)) = (taps.next(), taps.next_back()) {
                    first.swap_with_slice(last);
                }
            }
            packed
        }
    }
}

fn pack_rows(Context { isa, workspace }: Context<'_>, weights: &[f32], k: usize) -> Buffer {
    let n = weights.len().checked_div(k).unwrap_or(0);
    let mut packed = workspace.take(kernels::packed_b_len(isa, k, n));
    kernels::pack_b(isa, weights, BLayout::RowMajor, k, n, &mut packed);
    packed
}
