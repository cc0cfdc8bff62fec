//! The chain as a Candle custom op: one node of the graph, however many convolutions.

mod backward;
mod forward;

use super::parallel::{groups, run, split};
use super::stage::{BatchStatistics, Entry, Stage};
use super::workspace::Workspace;
use super::{cpu, numbers};
use crate::kernels::{Activation, Isa};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use forward::Saved;
use std::sync::{Arc, Mutex, PoisonError};

/// Where the BatchNorms of a chain take their statistics from.
#[derive(Clone, Debug)]
pub enum Statistics {
    /// From the batch. Gradients flow through them.
    Batch,
    /// Fixed (mean, variance) of each BatchNorm: of the entry, the stages and the projection, as far as they have one.
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

/// What a chain's forward gives.
#[derive(Debug)]
pub struct ChainOutput {
    /// N × H′ × W′ × C′.
    pub output: Tensor,
    /// What the batch's statistics were, in the order of [`Statistics::Running`]; empty under it.
    pub statistics: Vec<BatchStatistics>,
}

impl Chain {
    /// Numbers in the packed parameters: γ and β of the entry; of each stage, then of the projection, its weights (PyTorch's layout), bias,
    /// γ and β, as far as there are any.
    pub fn param_len(&self) -> usize {
        self.entry.map_or(0, |entry| 2 * entry.channels) + self.convolutions().map(Stage::param_len).sum::<usize>()
    }

    /// Applies the chain to `input` (N × H × W × C, f32, on the CPU) with packed parameters `params` (one dimension).
    ///
    /// A gradient of the output flows back to those of the two that lead to a variable. Buffers kept for it come from `workspace` and return
    /// there after the backward, or when the output is dropped. NaN spreads.
    ///
    /// # Errors
    /// A shape that does not fit the chain; batch statistics over fewer than two values a channel (their unbiased variance divides by
    /// n − 1).
    pub fn apply(&self, input: &Tensor, params: &Tensor, statistics: Statistics, workspace: &Workspace) -> Result<ChainOutput> {
        let shared = Arc::new(Shared::default());
        let op = ChainOp { chain: self.clone(), statistics, workspace: workspace.clone(), isa: Isa::detect(), shared: shared.clone() };
        let output = input.contiguous()?.apply_op2(&params.contiguous()?, op)?;
        let statistics = std::mem::take(&mut *shared.statistics.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(ChainOutput { output, statistics })
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

/// What the forward leaves for the backward and for the caller.
#[derive(Debug, Default)]
struct Shared {
    saved: Mutex<Option<Saved>>,
    statistics: Mutex<Vec<BatchStatistics>>,
}

struct ChainOp {
    chain: Chain,
    statistics: Statistics,
    workspace: Workspace,
    isa: Isa,
    shared: Arc<Shared>,
}

impl ChainOp {
    /// (N, H, W) and the output's (H, W, C) after checking the shapes of both arguments.
    fn check(&self, input: &Layout, params: &Layout) -> Result<(Size, Size)> {
        let (images, height, width, channels) = input.shape().dims4()?;
        let output = self.chain.check((height, width, channels))?;
        let (given, needed) = (params.shape().elem_count(), self.chain.param_len());
        if given != needed {
            bail!("chain: {given} parameters given, {needed} needed");
        }
        if let Statistics::Running(running) = &self.statistics {
            let fits = running.iter().map(|(mean, _)| mean.len()).eq(self.chain.norms()) && running.iter().all(|(mean, var)| mean.len() == var.len());
            if !fits {
                bail!("chain: the running statistics do not fit the BatchNorms");
            }
        }
        if images == 0 || input.shape().elem_count() == 0 || output.0 == 0 || output.1 == 0 {
            bail!("chain: an empty input {:?} or output {output:?}", input.shape());
        }
        Ok(((images, height, width), output))
    }

    /// Runs `work` on the images of `out`, a part a task; `work` is given the first number of its part.
    fn over_images(images: usize, out: &mut [f32], work: impl Fn(usize, &mut [f32]) + Send + Sync) {
        let per_image = out.len() / images.max(1);
        let groups = groups(images);
        let parts = split(out, &groups, per_image);
        run(groups.iter().zip(parts).collect(), |(group, part)| work(group.start * per_image, part));
    }
}

impl CustomOp2 for ChainOp {
    fn name(&self) -> &'static str {
        "conv-bn-chain"
    }

    fn cpu_fwd(&self, input: &CpuStorage, input_layout: &Layout, params: &CpuStorage, params_layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (sizes, (height, width, channels)) = self.check(input_layout, params_layout)?;
        let x = numbers(input, input_layout)?;
        let saved = self.forward(x, numbers(params, params_layout)?, sizes)?;
        let y = self.output(x, &saved, sizes.0);
        *self.shared.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(saved);
        Ok((CpuStorage::F32(y), (sizes.0, height, width, channels).into()))
    }

    fn bwd(&self, input: &Tensor, params: &Tensor, output: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(saved) = self.shared.saved.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            bail!("chain: a second backward through the same forward");
        };
        let dy = dy.contiguous()?;
        let [x, p, y, g] = [input, params, output, &dy].map(Tensor::storage_and_layout);
        let values = backward::Values {
            images: input.dim(0)?,
            x: numbers(cpu(&x.0)?, x.1)?,
            params: numbers(cpu(&p.0)?, p.1)?,
            y: numbers(cpu(&y.0)?, y.1)?,
            dy: numbers(cpu(&g.0)?, g.1)?,
        };
        let (dx, dparams) = self.backward(&values, &saved, input.track_op());
        let dx = dx.map(|dx| Tensor::from_vec(dx, input.shape(), input.device())).transpose()?;
        Ok((dx, Some(Tensor::from_vec(dparams, params.shape(), params.device())?)))
    }
}
