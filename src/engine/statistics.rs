//! Channel statistics of one step's result, taken while the numbers are at hand.

use crate::kernels::{self, Isa};

/// Where to look, and what was seen last.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// The node that the watched step ends with.
    pub node: usize,
    /// The mean of each channel, then the standard deviation of each.
    pub statistics: Vec<f32>,
}

impl Watch {
    pub fn new(node: usize, channels: usize) -> Self {
        Self { node, statistics: vec![0.0; channels.saturating_mul(2)] }
    }

    /// `values`: the step's result, a whole number of pixels.
    pub fn look(&mut self, isa: Isa, values: &[f32]) {
        let channels = self.statistics.len().checked_div(2).unwrap_or(0);
        let (mean, deviation) = self.statistics.split_at_mut(channels);
        kernels::global_avg_pool(isa, values, mean);
        kernels::channel_deviation(isa, values, mean, deviation);
    }
}
