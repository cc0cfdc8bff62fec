//! A chain forward: each stage's convolution, then the sum with the shortcut.

use super::op::{Link, Shared};
use super::{Shortcut, Statistics};
use crate::kernels::Activation;
use crate::ops::forward::{Layer, Source, chunk_rows, moments, stage_forward};
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

impl Saved {
    /// Numbers that the chain makes of `x`.
    pub fn output_len(&self, x: &[f32]) -> usize {
        self.stages.last().map_or(x.len(), |last| last.geometry.out_len())
    }

    /// Height and width that the chain makes of those of its input.
    pub fn output_size(&self, input: (usize, usize)) -> (usize, usize) {
        self.stages.last().map_or(input, |last| (last.geometry.out_height, last.geometry.out_width))
    }

    /// What the first stage and the projection read.
    pub fn first<'a>(&'a self, x: &'a [f32]) -> Source<'a> {
        Source { data: x, norm: self.entry.as_ref() }
    }
}

/// Parameters and running statistics, handed out in the order in which the chains have them.
pub(super) struct Supply<'a> {
    params: &'a [f32],
    running: std::slice::Iter<'a, (Vec<f32>, Vec<f32>)>,
}

impl<'a> Supply<'a> {
    pub fn new(params: &'a [f32], statistics: &'a Statistics) -> Self {
        let running: &[_] = if let Statistics::Running(running) = statistics { running } else { &[] };
        Self { params, running: running.iter() }
    }

    fn params(&mut self, len: usize) -> &'a [f32] {
        let (part, rest) = self.params.split_at(len.min(self.params.len()));
        self.params = rest;
        part
    }
}

impl Link<'_> {
    /// Every stage's z and BatchNorm for `x` of (H, W).
    pub fn forward(&self, x: &[f32], size: (usize, usize), supply: &mut Supply<'_>, shared: &Shared) -> Result<Saved> {
        let mut saved = Saved { entry: None, stages: Vec::with_capacity(self.chain.stages.len()), projection: None };
        if let Some(entry) = self.chain.entry {
            let (gamma, beta) = (supply.params(entry.channels), supply.params(entry.channels));
            let measured = matches!(self.statistics, Statistics::Batch).then(|| moments(self.context.isa, self.images, x, entry.channels));
            saved.entry = Some(norm((gamma, beta, &[]), measured, supply, shared, entry.activation)?);
        }
        for stage in &self.chain.stages {
            let last = saved.stages.last();
            let source = last.map_or_else(|| saved.first(x), Kept::source);
            let next = self.stage(stage, source, saved.output_size(size), supply, shared)?;
            saved.stages.push(next);
        }
        if let Shortcut::Projection(stage) = &self.chain.shortcut {
            saved.projection = Some(self.stage(stage, saved.first(x), size, supply, shared)?);
        }
        Ok(saved)
    }

    fn stage(&self, stage: &Stage, source: Source<'_>, (height, width): (usize, usize), supply: &mut Supply<'_>, shared: &Shared) -> Result<Kept> {
        let parts = stage.split(supply.params(stage.param_len()));
        let geometry = Geometry::new(stage, (self.images, height, width));
        let mut z = self.context.workspace.take(geometry.out_len());
        let measure = stage.norm && matches!(self.statistics, Statistics::Batch);
        let layer = Layer { stage, geometry: &geometry, weights: parts.weights };
        let measured = stage_forward(self.context, layer, source, &mut z, measure);
        let norm = if stage.norm {
            norm((parts.gamma, parts.beta, parts.bias), measure.then_some(measured), supply, shared, stage.activation)?
        } else {
            Norm::bias(parts.bias, stage.out_channels, stage.activation)
        };
        Ok(Kept { geometry, z, norm })
    }

    /// y = exit(last stage + shortcut), some rows at a time.
    pub fn output(&self, x: &[f32], saved: &Saved, y: &mut [f32]) {
        let last = saved.stages.last().map_or_else(|| saved.first(x), Kept::source);
        let channels = last.norm.map_or(1, |norm| norm.scale.len().max(1));
        let chunk = chunk_rows(channels.saturating_mul(3)).saturating_mul(channels);
        let beside = match (&saved.projection, &self.chain.shortcut) {
            (Some(projection), _) => Some(projection.source()),
            (None, Shortcut::Input) => Some(Source { data: x, norm: None }),
            (None, _) => None,
        };
        let isa = self.context.isa;
        let parts = |groups: &[usize], per_image: usize| {
            let mut beside = beside.map(|beside| beside.cut(groups, per_image).into_iter());
            last.cut(groups, per_image).into_iter().map(|last| (last, beside.as_mut().and_then(Iterator::next))).collect()
        };
        self.over_images(y, parts, |(last, beside): (Source<'_>, Option<Source<'_>>), y| {
            let mut scratch = self.context.workspace.take(if saved.projection.is_some() { chunk } else { 0 });
            let mut beside = beside.map(|beside| beside.chunks(chunk));
            for (last, y) in last.chunks(chunk).zip(y.chunks_mut(chunk)) {
                last.copy_to(isa, y);
                if let Some(add) = beside.as_mut().and_then(Iterator::next) {
                    y.iter_mut().zip(add.values(isa, &mut scratch)).for_each(|(y, add)| *y += add);
                }
                if self.chain.exit != Activation::NONE {
                    y.iter_mut().for_each(|y| *y = self.chain.exit.apply(*y));
                }
            }
        });
    }
}

/// The map of a BatchNorm with (γ, β, the bias of the convolution before it) from what was measured, else from the running statistics.
/// The bias is no part of z: it shifts the mean, and under a batch's own statistics it changes nothing.
fn norm(
    (gamma, beta, bias): (&[f32], &[f32], &[f32]),
    measured: Option<Moments>,
    supply: &mut Supply<'_>,
    shared: &Shared,
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
    shared.statistics.lock().unwrap_or_else(PoisonError::into_inner).push(BatchStatistics { mean, unbiased_var });
    Ok(Norm::new(gamma, beta, measured.mean(), &measured.var(), activation, true))
}
