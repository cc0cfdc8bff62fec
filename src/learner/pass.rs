//! A forward pass: what it starts from and takes its statistics from, and what it gives.

use crate::ops::{BatchStatistics, ParamGradient};
use crate::{Error, ErrorKind, Result};
use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor};
use std::collections::BTreeMap;

/// Where BatchNorm takes its statistics from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norms {
    /// The batch; gradients flow through them.
    Batch,
    /// The running statistics: evaluation, and fine-tuning on batches too small to measure.
    Running,
}

/// What a forward pass starts from and what it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass<'a> {
    /// The tap, or the block ([`Network::block`](crate::nn::Network::block)), whose value the input is: features computed earlier. `None` for images.
    pub from: Option<&'a str>,
    /// BatchNorm's statistics.
    pub norms: Norms,
    /// Whether a graph is kept for the parameters that are trained. What leads to none of them keeps nothing.
    pub gradients: bool,
}

impl Pass<'static> {
    /// Images, running statistics, no graph.
    pub const EVAL: Self = Self { from: None, norms: Norms::Running, gradients: false };
    /// Images, the batch's statistics, gradients.
    pub const TRAIN: Self = Self { from: None, norms: Norms::Batch, gradients: true };
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Output {
    /// The value of each tap of the network, by its name: maps as N × H × W × C, pooled rows as N × C.
    pub(super) taps: BTreeMap<&'static str, Tensor>,
    /// What the batch's statistics were, by the name of the BatchNorm; empty under [`Norms::Running`].
    pub statistics: Vec<(String, BatchStatistics)>,
    /// Parameters that went into the graph as a packed copy, with what a backward finds for that.
    pub(super) packed: Vec<(Vec<Tensor>, ParamGradient)>,
}

impl Output {
    /// The value at a tap.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] when the network has no tap of that name, or the pass began behind it.
    pub fn tap(&self, name: &str) -> Result<&Tensor> {
        self.taps.get(name).ok_or_else(|| {
            let known: Vec<_> = self.taps.keys().collect();
            Error::new(ErrorKind::Argument, format!("the pass has no tap {}; it has {known:?}", crate::error::quote(name)), "")
        })
    }

    /// The gradients of `loss`, a number made of taps of this output, for every trained parameter that it leads to. Not
    /// [`Tensor::backward`], which ends at the packed copies that the pass read and knows nothing of the parameters in them.
    ///
    /// # Errors
    /// Candle's own, among them a second call for the same output: what a backward needs is used up by the first.
    pub fn gradients(&self, loss: &Tensor) -> Result<GradStore> {
        let mut gradients = loss.backward()?;
        self.unpack(&mut gradients)?;
        Ok(gradients)
    }

    /// Adds to the gradients of a backward those of the parameters that this pass read packed: for a pass whose output led to the loss of
    /// another one, as a head does that is a network of its own.
    ///
    /// # Errors
    /// Candle's own.
    pub fn unpack(&self, gradients: &mut GradStore) -> Result<()> {
        for (parts, gradient) in &self.packed {
            let Some(all) = gradient.take() else { continue };
            let (count, mut start) = (all.len(), 0usize);
            let all = Tensor::from_vec(all, count, &Device::Cpu)?;
            for part in parts {
                let len = part.elem_count();
                if part.is_variable() {
                    let own = all.narrow(0, start, len)?.reshape(part.shape())?;
                    let sum = gradients.remove(part).map_or(Ok(own.clone()), |other| own + other)?;
                    gradients.insert(part, sum);
                }
                start = start.saturating_add(len);
            }
        }
        Ok(())
    }
}

/// What [`Model::forward_traced`](super::Model::forward_traced) shows: a node's name and its value.
pub type Visit<'a> = dyn FnMut(&str, &Tensor) + 'a;
