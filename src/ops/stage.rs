//! What a stage of a chain is, where its parameters lie, and its BatchNorm's map.

use crate::kernels::Activation;
use crate::nn::BN_EPS;

/// The convolution of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvKind {
    /// 1 × 1, stride 1: a matrix product.
    Pointwise,
    /// 3 × 3 depthwise, padding 1.
    Depthwise {
        /// 1 or 2.
        stride: usize,
    },
    /// Any square kernel, through im2col.
    Dense {
        /// Side of the kernel.
        kernel: usize,
        /// Step.
        stride: usize,
        /// Zeros on every side.
        padding: usize,
    },
}

/// A convolution, then perhaps BatchNorm, then perhaps an activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// The convolution.
    pub kind: ConvKind,
    /// Channels read.
    pub in_channels: usize,
    /// Channels written; equal to `in_channels` for a depthwise stage.
    pub out_channels: usize,
    /// Whether the convolution adds a number per channel.
    pub bias: bool,
    /// Whether a BatchNorm follows.
    pub norm: bool,
    /// What follows that.
    pub activation: Activation,
}

/// A BatchNorm and an activation that a chain's input goes through before its first convolution reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Channels.
    pub channels: usize,
    /// What follows the BatchNorm.
    pub activation: Activation,
}

/// One stage's part of the packed parameters; what it does not have is empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub weights: &'a [f32],
    pub bias: &'a [f32],
    pub gamma: &'a [f32],
    pub beta: &'a [f32],
}

impl Stage {
    /// Numbers in the convolution's weights; `usize::MAX`, which no slice has, where that cannot be counted.
    pub fn weight_len(&self) -> usize {
        match self.kind {
            ConvKind::Pointwise => self.in_channels.saturating_mul(self.out_channels),
            ConvKind::Depthwise { .. } => self.in_channels.saturating_mul(9),
            ConvKind::Dense { kernel, .. } => kernel.saturating_mul(kernel).saturating_mul(self.in_channels).saturating_mul(self.out_channels),
        }
    }

    /// Weights, bias, γ and β together, in that order, as far as there are any.
    pub fn param_len(&self) -> usize {
        let vectors = [self.bias, self.norm, self.norm].into_iter().filter(|&has| has).count();
        self.weight_len().saturating_add(self.out_channels.saturating_mul(vectors))
    }

    /// Output height and width for an input of `height` × `width`.
    pub fn output_size(&self, (height, width): (usize, usize)) -> (usize, usize) {
        let side = |n: usize| match self.kind {
            ConvKind::Pointwise => n,
            ConvKind::Depthwise { stride } => n.div_ceil(stride.max(1)),
            ConvKind::Dense { kernel, stride, padding } => {
                let room = n.saturating_add(padding).saturating_add(padding).checked_sub(kernel);
                room.and_then(|room| room.checked_div(stride)).map_or(0, |steps| steps.saturating_add(1))
            }
        };
        (side(height), side(width))
    }

    /// Splits this stage's part of the packed parameters.
    pub(super) fn split<'a>(&self, params: &'a [f32]) -> Parts<'a> {
        let cut = |slice: &'a [f32], len: usize| slice.split_at(len.min(slice.len()));
        let (weights, rest) = cut(params, self.weight_len());
        let (bias, rest) = cut(rest, if self.bias { self.out_channels } else { 0 });
        let (gamma, beta) = cut(rest, if self.norm { self.out_channels } else { 0 });
        Parts { weights, bias, gamma, beta }
    }
}

/// Sizes of one stage's input and output for a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    pub images: usize,
    pub height: usize,
    pub width: usize,
    pub out_height: usize,
    pub out_width: usize,
    /// Numbers of an image: of a row of the input, of all of it, and of a row and of all of the output.
    pub row: usize,
    pub per_in: usize,
    pub out_row: usize,
    pub per_out: usize,
}

impl Geometry {
    /// Of `stage` on images of (N, H, W).
    pub fn new(stage: &Stage, (images, height, width): (usize, usize, usize)) -> Self {
        let (out_height, out_width) = stage.output_size((height, width));
        let (row, out_row) = (width.saturating_mul(stage.in_channels), out_width.saturating_mul(stage.out_channels));
        let (per_in, per_out) = (row.saturating_mul(height), out_row.saturating_mul(out_height));
        Self { images, height, width, out_height, out_width, row, per_in, out_row, per_out }
    }

    /// Pixels that the stage writes, over the batch.
    pub fn out_pixels(&self) -> usize {
        self.images.saturating_mul(self.out_height).saturating_mul(self.out_width)
    }

    /// Numbers that the stage writes, over the batch.
    pub fn out_len(&self) -> usize {
        self.images.saturating_mul(self.per_out)
    }
}

/// The statistics that a batch had, per channel: what running averages are updated with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchStatistics {
    /// Mean.
    pub mean: Vec<f32>,
    /// Unbiased variance (divided by n − 1), as PyTorch's running variance takes it.
    pub unbiased_var: Vec<f32>,
}

/// What follows a convolution as a map y = clamp(scale · z + shift), with what its gradient needs.
#[derive(Clone, Debug)]
pub(super) struct Norm {
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
    pub mean: Vec<f32>,
    pub inv_std: Vec<f32>,
    pub activation: Activation,
    /// Whether mean and variance came from this batch, so that gradients flow through them.
    pub from_batch: bool,
}

impl Norm {
    /// BatchNorm from γ, β, a mean and a biased variance of z.
    pub fn new(gamma: &[f32], beta: &[f32], mean: Vec<f32>, var: &[f32], activation: Activation, from_batch: bool) -> Self {
        let inv_std: Vec<f32> = var.iter().map(|&v| 1.0 / (v + BN_EPS).sqrt()).collect();
        let scale: Vec<f32> = gamma.iter().zip(&inv_std).map(|(g, s)| g * s).collect();
        let shift = beta.iter().zip(&mean).zip(&scale).map(|((b, m), s)| b - m * s).collect();
        Self { scale, shift, mean, inv_std, activation, from_batch }
    }

    /// No BatchNorm: z plus `bias` (empty for none).
    pub fn bias(bias: &[f32], channels: usize, activation: Activation) -> Self {
        let shift = if bias.is_empty() { vec![0.0; channels] } else { bias.to_vec() };
        Self { scale: vec![1.0; channels], shift, mean: vec![0.0; channels], inv_std: vec![1.0; channels], activation, from_batch: false }
    }
}

/// Mean and centred second moment of a growing set of rows (Chan, Golub & LeVeque 1979), summed in f64.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    rows: f64,
    mean: Vec<f64>,
    m2: Vec<f64>,
}

impl Moments {
    pub fn new(channels: usize) -> Self {
        Self { rows: 0.0, mean: vec![0.0; channels], m2: vec![0.0; channels] }
    }

    /// Adds `rows` rows with the given means and centred second moments.
    pub fn add(&mut self, rows: usize, mean: &[f32], m2: &[f32]) {
        self.merge(rows as f64, mean.iter().map(|&x| f64::from(x)), m2.iter().map(|&x| f64::from(x)));
    }

    /// Those of all rows that `parts` saw.
    pub fn total(channels: usize, parts: &[Self]) -> Self {
        let mut total = Self::new(channels);
        parts.iter().for_each(|part| total.merge(part.rows, part.mean.iter().copied(), part.m2.iter().copied()));
        total
    }

    fn merge(&mut self, rows: f64, mean: impl Iterator<Item = f64>, m2: impl Iterator<Item = f64>) {
        if rows == 0.0 {
            return;
        }
        let total = self.rows + rows;
        let (share, cross) = (rows / total, self.rows * rows / total);
        for (((own_mean, own_m2), mean), m2) in self.mean.iter_mut().zip(&mut self.m2).zip(mean).zip(m2) {
            let delta = mean - *own_mean;
            *own_mean += delta * share;
            *own_m2 += m2 + delta * delta * cross;
        }
        self.rows = total;
    }

    /// How many rows there were.
    pub fn rows(&self) -> f64 {
        self.rows
    }

    pub fn mean(&self) -> Vec<f32> {
        self.mean.iter().map(|&x| x as f32).collect()
    }

    /// The biased variance that normalises.
    pub fn var(&self) -> Vec<f32> {
        self.m2.iter().map(|&x| (x / self.rows) as f32).collect()
    }

    pub fn statistics(&self) -> BatchStatistics {
        let unbiased_var = self.m2.iter().map(|&x| (x / (self.rows - 1.0)) as f32).collect();
        BatchStatistics { mean: self.mean(), unbiased_var }
    }
}
