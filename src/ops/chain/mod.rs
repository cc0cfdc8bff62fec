//! Chains, and how they are applied as a Candle custom op: one node of the graph, however many convolutions.

mod backward;
mod forward;
mod op;

use super::stage::{BatchStatistics, Entry, Stage};
use super::workspace::Workspace;
use crate::kernels::{Activation, Isa};
use candle_core::{Result, Tensor, bail};
use op::{ChainsOp, Shared};
use std::sync::{Arc, PoisonError};

/// Where the BatchNorms of a chain take their statistics from.
#[derive(Clone, Debug)]
pub enum Statistics {
    /// From the batch. Gradients flow through them.
    Batch,
    /// Fixed (mean, variance) of each BatchNorm: of a chain's entry, its stages and its projection, as far as it has one.
    Running(Vec<(Vec<f32>, Vec<f32>)>),
}

/// What is added to the last stage's output.
#[derive(Clone, Debug, PartialEq)]
pub enum Shortcut {
    /// Nothing.
    None,
    /// The chain's input as it came, before any [`Chain::entry`].
    Input,
    /// What this stage makes of that which the first stage reads: the input after any [`Chain::entry`].
    Projection(Stage),
}

/// Stages of convolution, BatchNorm and activation that nobody else reads, with what stands around them in a residual block.
///
/// y = exit(stages(entry(x)) + shortcut). An inverted residual has an `Input` shortcut and nothing else; a ResNet v1 block has a shortcut and
/// an `exit`; a v2 block has an `entry` and a shortcut. Any part may be missing, the stages too.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// What the input goes through first.
    pub entry: Option<Entry>,
    /// The stages, in order.
    pub stages: Vec<Stage>,
    /// What is added behind them; of the same shape.
    pub shortcut: Shortcut,
    /// The activation of the sum.
    pub exit: Activation,
}

/// What a forward through chains gives.
#[derive(Debug)]
pub struct ChainOutput {
    /// N × H′ × W′ × C′.
    pub output: Tensor,
    /// What the batch's statistics were, chain after chain, in the order of [`Statistics::Running`]; empty under it.
    pub statistics: Vec<BatchStatistics>,
    /// The gradient of the packed parameters, once there is one.
    pub gradient: ParamGradient,
}

/// Where a backward leaves the gradient of the packed parameters.
#[derive(Debug)]
pub struct ParamGradient(Arc<Shared>);

impl ParamGradient {
    /// The gradient that the backward found, in the order of the parameters; `None` before it, and for parameters that are no variable.
    pub fn take(&self) -> Option<Vec<f32>> {
        self.0.gradient.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Chain {
    /// Numbers in the packed parameters: γ and β of the entry; of each stage, then of the projection, its weights (PyTorch's layout), bias,
    /// γ and β, as far as there are any.
    pub fn param_len(&self) -> usize {
        let entry = self.entry.map_or(0, |entry| entry.channels.saturating_mul(2));
        self.convolutions().map(Stage::param_len).fold(entry, usize::saturating_add)
    }

    /// [`Chain::apply_all`] with this chain alone.
    ///
    /// # Errors
    /// As there.
    pub fn apply(&self, input: &Tensor, params: &Tensor, statistics: Statistics, workspace: &Workspace) -> Result<ChainOutput> {
        Self::apply_all(std::slice::from_ref(self), input, params, statistics, workspace)
    }

    /// Applies `chains`, one behind the other, to `input` (N × H × W × C, f32, on the CPU) with packed parameters `params` (one dimension,
    /// those of the first chain first). They are one op, so that what goes from one to the next is no tensor: to the gradient of a tensor
    /// Candle adds a zero-filled copy of it.
    ///
    /// A gradient of the output flows back to an `input` that leads to a variable. That of `params`, if they are a variable, does not go
    /// through Candle either: [`ChainOutput::gradient`] has it after the backward. Buffers kept for a backward come from `workspace` and return
    /// there after it, or when the output is dropped; where nothing leads to a variable, none are kept. NaN spreads.
    ///
    /// # Errors
    /// No chain, or a shape that does not fit one; batch statistics over fewer than two values a channel (their unbiased variance divides by
    /// n − 1).
    pub fn apply_all(chains: &[Self], input: &Tensor, params: &Tensor, statistics: Statistics, workspace: &Workspace) -> Result<ChainOutput> {
        let shared = Arc::new(Shared::default());
        let keeps = input.track_op() || params.track_op();
        let (chains, workspace, isa) = (chains.to_vec(), workspace.clone(), Isa::detect());
        let op = ChainsOp { chains, statistics, workspace, isa, keeps, shared: shared.clone() };
        let output = input.contiguous()?.apply_op2(&params.contiguous()?, op)?;
        let statistics = std::mem::take(&mut *shared.statistics.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(ChainOutput { output, statistics, gradient: ParamGradient(shared) })
    }

    /// The stages and the projection.
    fn convolutions(&self) -> impl Iterator<Item = &Stage> {
        let projection = if let Shortcut::Projection(stage) = &self.shortcut { Some(stage) } else { None };
        self.stages.iter().chain(projection)
    }

    /// Channels of each BatchNorm, in the order of [`Statistics::Running`].
    fn norms(&self) -> impl Iterator<Item = usize> {
        let entry = self.entry.map(|entry| entry.channels);
        entry.into_iter().chain(self.convolutions().filter(|stage| stage.norm).map(|stage| stage.out_channels))
    }

    /// What stages make of (height, width, channels); `None` where one reads other channels than there are.
    fn output_size(stages: &[Stage], size: Size) -> Option<Size> {
        stages.iter().try_fold(size, |(height, width, channels), stage| {
            let (height, width) = stage.output_size((height, width));
            (stage.in_channels == channels).then_some((height, width, stage.out_channels))
        })
    }

    /// The shape of the output for one of the input, without the images; an error where something does not fit.
    fn check(&self, (height, width, channels): Size) -> Result<Size> {
        let input = (height, width, channels);
        if let Some(entry) = self.entry.filter(|entry| entry.channels != channels) {
            bail!("chain: the entry reads {} channels where there are {channels}", entry.channels);
        }
        let Some(output) = Self::output_size(&self.stages, input) else {
            bail!("chain: a stage reads other channels than there are: {:?} on {input:?}", self.stages);
        };
        let beside = match &self.shortcut {
            Shortcut::None => Some(output),
            Shortcut::Input => Some(input),
            Shortcut::Projection(stage) => Self::output_size(std::slice::from_ref(stage), input),
        };
        if beside != Some(output) {
            bail!("chain: the stages give {output:?} of {input:?}, the shortcut {beside:?}");
        }
        Ok(output)
    }
}

/// Height, width and channels; or images, height and width.
type Size = (usize, usize, usize);
