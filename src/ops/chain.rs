//! The chain as a Candle custom op: one node of the graph, however many convolutions.

use super::backward::{self, StageGradient, stage_backward};
use super::forward::{Context, Source, stage_forward};
use super::stage::{BatchStatistics, Geometry, Norm, Stage};
use super::workspace::{Buffer, Workspace};
use crate::kernels::Isa;
use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Tensor, bail};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the BatchNorms of a chain take their statistics from.
#[derive(Clone, Debug)]
pub enum Statistics {
    /// From the batch (training). Gradients flow through them.
    Batch,
    /// Fixed (mean, variance) of each stage: evaluation, or training with frozen statistics.
    Running(Vec<(Vec<f32>, Vec<f32>)>),
}

/// Stages of convolution, BatchNorm and activation, and perhaps the sum with the chain's input.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The stages, in order.
    pub stages: Vec<Stage>,
    /// Whether the input is added to the last stage's output (equal shapes).
    pub residual: bool,
    /// Whether the gradient of the input is wanted: not for a network's first chain.
    pub input_gradient: bool,
}

/// What a chain's forward gives.
#[derive(Debug)]
pub struct ChainOutput {
    /// N × H′ × W′ × C′.
    pub output: Tensor,
    /// The statistics of the batch for each stage; empty under [`Statistics::Running`].
    pub statistics: Vec<BatchStatistics>,
}

impl Chain {
    /// Numbers in the packed parameters: for each stage its weights (PyTorch's layout), γ, β.
    pub fn param_len(&self) -> usize {
        self.stages.iter().map(Stage::param_len).sum()
    }

    /// Applies the chain to `input` (N × H × W × C, f32, contiguous, on the CPU) with packed parameters `params` (one dimension).
    ///
    /// A gradient of the output flows back to both. Buffers kept for it come from `workspace` and return there after the
    /// backward, or when the output is dropped. NaN spreads.
    ///
    /// # Errors
    /// A shape that does not fit the stages; batch statistics over fewer than two values a channel (their unbiased variance
    /// divides by n − 1).
    pub fn apply(&self, input: &Tensor, params: &Tensor, statistics: Statistics, workspace: &Workspace) -> Result<ChainOutput> {
        let shared = Arc::new(Shared::default());
        let op = ChainOp { chain: self.clone(), statistics, workspace: workspace.clone(), isa: Isa::detect(), shared: shared.clone() };
        let output = input.contiguous()?.apply_op2(&params.contiguous()?, op)?;
        let statistics = std::mem::take(&mut *shared.statistics.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(ChainOutput { output, statistics })
    }
}

/// What the forward leaves for the backward and for the caller.
#[derive(Debug, Default)]
struct Shared {
    saved: Mutex<Option<Vec<Kept>>>,
    statistics: Mutex<Vec<BatchStatistics>>,
}

/// A stage after its forward.
#[derive(Debug)]
struct Kept {
    geometry: Geometry,
    z: Buffer,
    norm: Norm,
}

struct ChainOp {
    chain: Chain,
    statistics: Statistics,
    workspace: Workspace,
    isa: Isa,
    shared: Arc<Shared>,
}

impl ChainOp {
    /// (N, H, W) after checking the shapes of both arguments.
    fn check(&self, input: &Layout, params: &Layout) -> Result<(usize, usize, usize)> {
        let (images, height, width, channels) = input.shape().dims4()?;
        let mut expected = channels;
        for stage in &self.chain.stages {
            if stage.in_channels != expected {
                bail!("chain: a stage reads {} channels where there are {expected}", stage.in_channels);
            }
            expected = stage.out_channels;
        }
        if params.shape().elem_count() != self.chain.param_len() {
            bail!("chain: {} parameters given, {} needed", params.shape().elem_count(), self.chain.param_len());
        }
        if let Statistics::Running(running) = &self.statistics {
            let fits = running.len() == self.chain.stages.len()
                && running.iter().zip(&self.chain.stages).all(|((m, v), s)| m.len() == s.out_channels && v.len() == s.out_channels);
            if !fits {
                bail!("chain: the running statistics do not fit the stages");
            }
        }
        if images == 0 || height == 0 || width == 0 {
            bail!("chain: an empty input {:?}", input.shape());
        }
        Ok((images, height, width))
    }

    fn forward(&self, x: &[f32], params: &[f32], (images, height, width): (usize, usize, usize)) -> Result<Vec<Kept>> {
        let mut kept: Vec<Kept> = Vec::with_capacity(self.chain.stages.len());
        let (mut size, mut at) = ((height, width), 0);
        for (index, stage) in self.chain.stages.iter().enumerate() {
            let (weights, gamma, beta) = stage.split(&params[at..at + stage.param_len()]);
            at += stage.param_len();
            let out = stage.output_size(size);
            let geometry = Geometry { images, height: size.0, width: size.1, out_height: out.0, out_width: out.1 };
            let rows = images * geometry.out_pixels();
            let measure = matches!(self.statistics, Statistics::Batch);
            if rows < if measure { 2 } else { 1 } {
                bail!("chain: {rows} values a channel, batch statistics need 2");
            }
            let mut z = self.workspace.take(rows * stage.out_channels);
            let source = source(x, kept.last());
            let moments = stage_forward(Context { isa: self.isa, workspace: &self.workspace }, stage, &geometry, source, weights, &mut z, measure);
            let norm = match &self.statistics {
                Statistics::Batch => {
                    self.shared.statistics.lock().unwrap_or_else(PoisonError::into_inner).push(moments.statistics());
                    Norm::new(gamma, beta, moments.mean(), &moments.var(), stage.activation, true)
                }
                Statistics::Running(running) => {
                    let (mean, var) = &running[index];
                    Norm::new(gamma, beta, mean.clone(), var, stage.activation, false)
                }
            };
            kept.push(Kept { geometry, z, norm });
            size = out;
        }
        Ok(kept)
    }

    /// y of the last stage, plus the input for a residual chain.
    fn output(&self, x: &[f32], last: &Kept) -> Vec<f32> {
        let mut y = vec![0.0; last.z.len()];
        let groups = super::parallel::groups(last.geometry.images);
        let per_image = y.len() / last.geometry.images;
        let parts = super::parallel::split(&mut y, &groups, per_image);
        super::parallel::run(groups.iter().zip(parts).collect(), |(group, y)| {
            let range = group.start * per_image..group.end * per_image;
            Source { data: &last.z[range.clone()], norm: Some(&last.norm) }.copy_to(self.isa, y);
            if self.chain.residual {
                y.iter_mut().zip(&x[range]).for_each(|(y, x)| *y += x);
            }
        });
        y
    }

    fn backward(&self, x: &[f32], params: &[f32], dy: &[f32], kept: Vec<Kept>) -> (Option<Vec<f32>>, Vec<f32>) {
        let mut gradient = vec![0.0; params.len()];
        let mut dx = self.chain.input_gradient.then(|| vec![0.0; x.len()]);
        let Some(last) = kept.last() else { return (dx, gradient) };
        let mut g = self.workspace.take(dy.len());
        g.copy_from_slice(dy);
        let mut sums = backward::enter(self.isa, last.geometry.images, &mut g, &last.z, &last.norm);
        let mut end = params.len();
        for (index, stage) in self.chain.stages.iter().enumerate().rev() {
            let at = end - stage.param_len();
            let own = &kept[index];
            let work = StageGradient {
                isa: self.isa,
                workspace: &self.workspace,
                stage,
                geometry: &own.geometry,
                source: source(x, index.checked_sub(1).map(|before| &kept[before])),
                weights: stage.split(&params[at..end]).0,
                z: &own.z,
                norm: &own.norm,
                g: &g,
                sums: &sums,
            };
            let (dw, rest) = gradient[at..end].split_at_mut(stage.weight_len());
            let (dgamma, dbeta) = rest.split_at_mut(stage.out_channels);
            dgamma.copy_from_slice(&sums.gamma);
            dbeta.copy_from_slice(&sums.beta);
            if index == 0 {
                stage_backward(&work, dx.as_deref_mut(), dw);
            } else {
                let mut before = self.workspace.take(kept[index - 1].z.len());
                sums = stage_backward(&work, Some(&mut before), dw);
                g = before;
            }
            end = at;
        }
        if let (Some(dx), true) = (&mut dx, self.chain.residual) {
            dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy);
        }
        (dx, gradient)
    }
}

/// What a stage reads: the chain's input, or the z before it with its map.
fn source<'a>(x: &'a [f32], before: Option<&'a Kept>) -> Source<'a> {
    match before {
        None => Source { data: x, norm: None },
        Some(before) => Source { data: &before.z, norm: Some(&before.norm) },
    }
}

/// The f32 numbers of a contiguous CPU tensor.
pub(super) fn numbers<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let CpuStorage::F32(all) = storage else { bail!("f32 wanted, {:?} given", storage_type(storage)) };
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&all[start..end]),
        None => bail!("a contiguous tensor is wanted"),
    }
}

fn storage_type(storage: &CpuStorage) -> DType {
    use candle_core::backend::BackendStorage;
    storage.dtype()
}

impl CustomOp2 for ChainOp {
    fn name(&self) -> &'static str {
        "conv-bn-chain"
    }

    fn cpu_fwd(&self, input: &CpuStorage, input_layout: &Layout, params: &CpuStorage, params_layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let sizes = self.check(input_layout, params_layout)?;
        let x = numbers(input, input_layout)?;
        let kept = self.forward(x, numbers(params, params_layout)?, sizes)?;
        let Some(last) = kept.last() else { bail!("chain: no stages") };
        let y = self.output(x, last);
        let shape = (sizes.0, last.geometry.out_height, last.geometry.out_width, last.norm.scale.len());
        if self.chain.residual && x.len() != y.len() {
            bail!("chain: a residual chain must keep its input's shape");
        }
        *self.shared.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok((CpuStorage::F32(y), shape.into()))
    }

    fn bwd(&self, input: &Tensor, params: &Tensor, _output: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(kept) = self.shared.saved.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            bail!("chain: a second backward through the same forward");
        };
        let dy = dy.contiguous()?;
        let (input_storage, input_layout) = input.storage_and_layout();
        let (params_storage, params_layout) = params.storage_and_layout();
        let (dy_storage, dy_layout) = dy.storage_and_layout();
        let x = numbers(cpu(&input_storage)?, input_layout)?;
        let p = numbers(cpu(&params_storage)?, params_layout)?;
        let g = numbers(cpu(&dy_storage)?, dy_layout)?;
        let (dx, dparams) = self.backward(x, p, g, kept);
        let dx = dx.map(|dx| Tensor::from_vec(dx, input.shape(), input.device())).transpose()?;
        Ok((dx, Some(Tensor::from_vec(dparams, params.shape(), params.device())?)))
    }
}

/// The CPU's part of a storage.
pub(super) fn cpu(storage: &candle_core::Storage) -> Result<&CpuStorage> {
    match storage {
        candle_core::Storage::Cpu(storage) => Ok(storage),
        _ => bail!("the op runs on the CPU"),
    }
}
