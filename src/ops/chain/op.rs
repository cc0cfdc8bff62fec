//! The Candle op that chains become.

use super::backward::Values;
use super::forward::{Saved, Supply};
use super::{Chain, Size, Statistics};
use crate::kernels::Isa;
use crate::ops::forward::Context;
use crate::ops::parallel::{groups, inside, run};
use crate::ops::slices::cut_mut;
use crate::ops::stage::BatchStatistics;
use crate::ops::workspace::{Buffer, Workspace};
use crate::ops::{cpu, numbers};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use std::sync::{Arc, Mutex, PoisonError};

/// What the forward leaves for the backward and for the caller.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub passed: Mutex<Option<Passed>>,
    pub statistics: Mutex<Vec<BatchStatistics>>,
    pub gradient: Mutex<Option<Vec<f32>>>,
}

/// Chains after their forward.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// What each keeps for its backward.
    saved: Vec<Saved>,
    /// What each wrote, less the last, whose output is a tensor.
    outputs: Vec<Buffer>,
}

pub(super) struct ChainsOp {
    pub chains: Vec<Chain>,
    pub statistics: Statistics,
    pub workspace: Workspace,
    pub isa: Isa,
    /// Whether a backward may come.
    pub keeps: bool,
    pub shared: Arc<Shared>,
}

/// One of the chains at work on a batch.
#[derive(Clone, Copy)]
pub(super) struct Link<'a> {
    pub chain: &'a Chain,
    pub images: usize,
    pub statistics: &'a Statistics,
    pub context: Context<'a>,
}

impl Link<'_> {
    /// Runs `work` on the images of `out`, a part a task; `work` is given the number of its first image.
    pub fn over_images<'o, T: Send>(
        &self,
        out: &'o mut [f32],
        beside: impl Fn(&[usize], usize) -> Vec<T>,
        work: impl Fn(T, &'o mut [f32]) + Send + Sync,
    ) {
        let per_image = out.len().checked_div(self.images).unwrap_or(0);
        let groups = groups(self.images);
        run(beside(&groups, per_image).into_iter().zip(cut_mut(out, &groups, per_image)).collect(), |(beside, out)| work(beside, out));
    }
}

impl ChainsOp {
    fn link<'a>(&'a self, chain: &'a Chain, images: usize) -> Link<'a> {
        Link { chain, images, statistics: &self.statistics, context: Context { isa: self.isa, workspace: &self.workspace } }
    }

    /// (N, H, W) and the last output's (H, W, C) after checking the shapes of both arguments.
    fn check(&self, input: &Layout, params: &Layout) -> Result<(Size, Size)> {
        let (images, height, width, channels) = input.shape().dims4()?;
        let mut output = (height, width, channels);
        for chain in &self.chains {
            output = chain.check(output)?;
            if images == 0 || input.shape().elem_count() == 0 || output.0 == 0 || output.1 == 0 {
                bail!("chain: an empty input {:?} or output {output:?}", input.shape());
            }
        }
        let (given, needed) = (params.shape().elem_count(), self.chains.iter().map(Chain::param_len).fold(0, usize::saturating_add));
        if given != needed {
            bail!("chain: {given} parameters given, {needed} needed");
        }
        if let Statistics::Running(running) = &self.statistics {
            let norms = self.chains.iter().flat_map(Chain::norms);
            let fits = running.iter().map(|(mean, _)| mean.len()).eq(norms) && running.iter().all(|(mean, var)| mean.len() == var.len());
            if !fits {
                bail!("chain: the running statistics do not fit the BatchNorms");
            }
        }
        Ok(((images, height, width), output))
    }

    /// The last chain's output for `x` of (N, H, W), with what a backward needs where one may come.
    fn forward(&self, x: &[f32], params: &[f32], (images, height, width): Size) -> Result<(Vec<f32>, Passed)> {
        let Some((last, before)) = self.chains.split_last() else { bail!("chain: none is given") };
        let mut supply = Supply::new(params, &self.statistics);
        let mut passed = Passed::default();
        let mut size = (height, width);
        for chain in before {
            let link = self.link(chain, images);
            let x = passed.outputs.last().map_or(x, |before| &before[..]);
            let saved = link.forward(x, size, &mut supply, &self.shared)?;
            let mut y = self.workspace.take(saved.output_len(x));
            link.output(x, &saved, &mut y);
            size = saved.output_size(size);
            if self.keeps {
                passed.saved.push(saved);
            } else {
                passed.outputs.clear();
            }
            passed.outputs.push(y);
        }
        let link = self.link(last, images);
        let x = passed.outputs.last().map_or(x, |before| &before[..]);
        let saved = link.forward(x, size, &mut supply, &self.shared)?;
        let mut y = vec![0.0; saved.output_len(x)];
        link.output(x, &saved, &mut y);
        passed.saved.push(saved);
        Ok((y, passed))
    }

    /// The gradients of the input, where `wants_input`, and of the packed parameters. What the forward kept goes back as it is done with.
    fn backward(&self, given: &Values<'_>, mut passed: Passed, wants_input: bool) -> (Option<Vec<f32>>, Vec<f32>) {
        let mut gradient = vec![0.0; given.params.len()];
        let mut first = wants_input.then(|| vec![0.0; given.x.len()]);
        let (mut y, mut dy): (Option<Buffer>, Option<Buffer>) = (None, None);
        let (mut params, mut left) = (given.params, &mut gradient[..]);
        let mut chains = self.chains.iter().rev();
        while let (Some(chain), Some(saved)) = (chains.next(), passed.saved.pop()) {
            let x = passed.outputs.pop();
            let at = params.len().saturating_sub(chain.param_len());
            let (params_before, own) = params.split_at(at);
            let (left_before, gradient) = left.split_at_mut(at);
            let values = Values {
                x: x.as_deref().unwrap_or(given.x),
                params: own,
                y: y.as_deref().unwrap_or(given.y),
                dy: dy.as_deref().unwrap_or(given.dy),
                ..*given
            };
            let mut dx = x.as_ref().map(|x| self.workspace.take(x.len()));
            let wanted = dx.as_deref_mut().or(first.as_deref_mut());
            self.link(chain, given.images).backward(&values, &saved, wanted, gradient);
            (y, dy) = (x, dx);
            (params, left) = (params_before, left_before);
        }
        (first, gradient)
    }
}

impl CustomOp2 for ChainsOp {
    fn name(&self) -> &'static str {
        "conv-bn-chain"
    }

    fn cpu_fwd(&self, input: &CpuStorage, input_layout: &Layout, params: &CpuStorage, params_layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (sizes, (height, width, channels)) = self.check(input_layout, params_layout)?;
        let (x, params) = (numbers(input, input_layout)?, numbers(params, params_layout)?);
        let (y, passed) = inside(|| self.forward(x, params, sizes))?;
        if self.keeps {
            *self.shared.passed.lock().unwrap_or_else(PoisonError::into_inner) = Some(passed);
        }
        Ok((CpuStorage::F32(y), (sizes.0, height, width, channels).into()))
    }

    fn bwd(&self, input: &Tensor, params: &Tensor, output: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(passed) = self.shared.passed.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            bail!("chain: a second backward through the same forward");
        };
        let dy = dy.contiguous()?;
        let [x, p, y, g] = [input, params, output, &dy].map(Tensor::storage_and_layout);
        let values = Values {
            images: input.dim(0)?,
            x: numbers(cpu(&x.0)?, x.1)?,
            params: numbers(cpu(&p.0)?, p.1)?,
            y: numbers(cpu(&y.0)?, y.1)?,
            dy: numbers(cpu(&g.0)?, g.1)?,
        };
        let (dx, gradient) = inside(|| self.backward(&values, passed, input.track_op()));
        let dx = dx.map(|dx| Tensor::from_vec(dx, input.shape(), input.device())).transpose()?;
        *self.shared.gradient.lock().unwrap_or_else(PoisonError::into_inner) = params.track_op().then_some(gradient);
        Ok((dx, None))
    }
}
