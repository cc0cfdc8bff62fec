//! A chain forward: each stage's convolution, then the sum with the shortcut.

use super::{ChainOp, Shortcut, Statistics};
use crate::kernels::Activation;
use crate::ops::forward::{Context, Layer, Source, chunk_rows, moments, stage_forward};
use crate::ops::stage::{BatchStatistics, Geometry, Moments, Norm, Stage};
use crate::ops::workspace::Buffer;
use candle_core::{Result, bail};
use std::sync::PoisonError;

/// A stage after its forward.
#[derive(Debug)]
pub(super) struct Kept {
    pub geometry: Geometry,
    pub z: Buffer,
    pub norm: Norm,
}

impl Kept {
    /// What comes after this stage.
    pub fn source(&self) -> Source<'_> {
        Source { data: &self.z, norm: Some(&self.norm) }
    }
}

/// What a chain's backward needs of its forward, besides input and output.
#[derive(Debug)]
pub(super) struct Saved {
    pub entry: Option<Norm>,
    pub stages: Vec<Kept>,
    pub projection: Option<Kept>,
}

/// Parameters and running statistics, handed out in the order in which the chain has them.
struct Supply<'a> {
    params: &'a [f32],
    running: std::slice::Iter<'a, (Vec<f32>, Vec<f32>)>,
}

impl<'a> Supply<'a> {
    fn params(&mut self, len: usize) -> &'a [f32] {
        let (part, rest) = self.params.split_at(len);
        self.params = rest;
        part
    }
}

impl ChainOp {
    /// Every stage's z and BatchNorm for `x` of (N, H, W).
    pub(super) fn forward(&self, x: &[f32], params: &[f32], (images, height, width): (usize, usize, usize)) -> Result<Saved> {
        let running: &[_] = if let Statistics::Running(running) = &self.statistics { running } else { &[] };
        let mut supply = Supply { params, running: running.iter() };
        let entry = match self.chain.entry {
            Some(entry) => {
                let (gamma, beta) = supply.params(2 * entry.channels).split_at(entry.channels);
                let measured = matches!(self.statistics, Statistics::Batch).then(|| moments(self.isa, images, x, entry.channels));
                Some(self.norm((gamma, beta, &[]), measured, &mut supply, entry.activation)?)
            }
            None => None,
        };
        let first = Source { data: x, norm: entry.as_ref() };
        let mut stages: Vec<Kept> = Vec::with_capacity(self.chain.stages.len());
        for stage in &self.chain.stages {
            let size = stages.last().map_or((height, width), |last| (last.geometry.out_height, last.geometry.out_width));
            let source = stages.last().map_or(first, Kept::source);
            let next = self.stage(stage, source, (images, size.0, size.1), &mut supply)?;
            stages.push(next);
        }
        let projection = match &self.chain.shortcut {
            Shortcut::Projection(stage) => Some(self.stage(stage, first, (images, height, width), &mut supply)?),
            Shortcut::None | Shortcut::Input => None,
        };
        Ok(Saved { entry, stages, projection })
    }

    fn stage(&self, stage: &Stage, source: Source<'_>, (images, height, width): (usize, usize, usize), supply: &mut Supply<'_>) -> Result<Kept> {
        let parts = stage.split(supply.params(stage.param_len()));
        let (out_height, out_width) = stage.output_size((height, width));
        let geometry = Geometry { images, height, width, out_height, out_width };
        let mut z = self.workspace.take(images * geometry.out_pixels() * stage.out_channels);
        let measure = stage.norm && matches!(self.statistics, Statistics::Batch);
        let context = Context { isa: self.isa, workspace: &self.workspace };
        let measured = stage_forward(context, Layer { stage, geometry: &geometry, weights: parts.weights }, source, &mut z, measure);
        let norm = if stage.norm {
            self.norm((parts.gamma, parts.beta, parts.bias), measure.then_some(measured), supply, stage.activation)?
        } else {
            Norm::bias(parts.bias, stage.out_channels, stage.activation)
        };
        Ok(Kept { geometry, z, norm })
    }

    /// The map of a BatchNorm with (γ, β, the bias of the convolution before it) from what was measured, else from the running statistics.
    /// The bias is no part of z: it shifts the mean, and under a batch's own statistics it changes nothing.
    fn norm(
        &self,
        (gamma, beta, bias): (&[f32], &[f32], &[f32]),
        measured: Option<Moments>,
        supply: &mut Supply<'_>,
        activation: Activation,
    ) -> Result<Norm> {
        let Some(measured) = measured else {
            let Some((mean, var)) = supply.running.next() else { bail!("chain: a BatchNorm without running statistics") };
            let mut mean = mean.clone();
            mean.iter_mut().zip(bias).for_each(|(mean, bias)| *mean -= bias);
            return Ok(Norm::new(gamma, beta, mean, var, activation, false));
        };
        if measured.rows() < 2.0 {
            bail!("chain: {} values a channel, batch statistics need 2", measured.rows());
        }
        let BatchStatistics { mut mean, unbiased_var } = measured.statistics();
        mean.iter_mut().zip(bias).for_each(|(mean, bias)| *mean += bias);
        self.shared.statistics.lock().unwrap_or_else(PoisonError::into_inner).push(BatchStatistics { mean, unbiased_var });
        Ok(Norm::new(gamma, beta, measured.mean(), &measured.var(), activation, true))
    }

    /// y = exit(last stage + shortcut), some rows at a time.
    pub(super) fn output(&self, x: &[f32], saved: &Saved, images: usize) -> Vec<f32> {
        let last = saved.stages.last().map_or(Source { data: x, norm: saved.entry.as_ref() }, Kept::source);
        let channels = last.norm.map_or(1, |norm| norm.scale.len().max(1));
        let rows = chunk_rows(3 * channels) * channels;
        let mut y = vec![0.0; last.data.len()];
        Self::over_images(images, &mut y, |start, y| {
            let mut beside = self.workspace.take(if saved.projection.is_some() { rows } else { 0 });
            for (chunk, y) in y.chunks_mut(rows).enumerate() {
                let at = start + chunk * rows;
                last.part(at, y.len()).copy_to(self.isa, y);
                let add = match &saved.projection {
                    Some(projection) => projection.source().part(at, y.len()).values(self.isa, &mut beside),
                    None if self.chain.shortcut == Shortcut::Input => &x[at..at + y.len()],
                    None => &[],
                };
                y.iter_mut().zip(add).for_each(|(y, add)| *y += add);
                if self.chain.exit != Activation::NONE {
                    y.iter_mut().for_each(|y| *y = self.chain.exit.apply(*y));
                }
            }
        });
        y
    }
}
