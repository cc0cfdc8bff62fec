//! BatchNorm with frozen statistics as scale and shift, and a convolution's weights with them multiplied in.

use super::bank::Bank;
use crate::Result;
use crate::nn::{BN_EPS, Node};

/// y = `scale` · x + `shift` per channel.
#[derive(Clone, Debug)]
pub(super) struct Affine {
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
}

impl Affine {
    /// The map that changes nothing.
    pub fn identity(channels: usize) -> Self {
        Self { scale: vec![1.0; channels], shift: vec![0.0; channels] }
    }

    /// scale = γ / √(σ² + ε), shift = β − μ · scale, in f64 before rounding. The errors of [`Bank::take`].
    pub fn of(node: &Node, bank: Bank<'_>) -> Result<Self> {
        let variance = bank.take(node, "running_var")?;
        let (gamma, beta, mean) = (bank.take(node, "weight")?, bank.take(node, "bias")?, bank.take(node, "running_mean")?);
        let scales = gamma.iter().zip(variance).map(|(&gamma, &variance)| f64::from(gamma) / (f64::from(variance) + f64::from(BN_EPS)).sqrt());
        let both =
            scales.zip(beta.iter().zip(mean)).map(|(scale, (&beta, &mean))| (scale as f32, (f64::from(beta) - f64::from(mean) * scale) as f32));
        let (scale, shift) = both.unzip();
        Ok(Self { scale, shift })
    }

    /// `weights` (output channel after output channel) with each channel's scale multiplied in; the shift becomes the bias.
    pub fn fold(&self, weights: &[f32]) -> Vec<f32> {
        let per_channel = weights.len().checked_div(self.scale.len()).unwrap_or(0).max(1);
        let mut folded = weights.to_vec();
        for (row, scale) in folded.chunks_mut(per_channel).zip(&self.scale) {
            row.iter_mut().for_each(|weight| *weight *= scale);
        }
        folded
    }

    /// The bias of a convolution with these weights: the shift, plus its `own` bias (empty for none) scaled.
    pub fn after(self, own: &[f32]) -> Vec<f32> {
        let mut shift = self.shift;
        shift.iter_mut().zip(own.iter().zip(&self.scale)).for_each(|(shift, (own, scale))| *shift += own * scale);
        shift
    }
}
