//! A network description as a Candle model: each segment of the graph is one op, its value kept as long as another reads it.

use super::compile::{ChainPlan, Segment, Work, compile};
use super::parameters::{Parameters, stored};
use crate::nn::{BN_MOMENTUM, Network};
use crate::ops::{BatchStatistics, Statistics, Workspace};
use crate::weights::Tensors;
use crate::{Error, ErrorKind, Result};
use candle_core::{D, Device, Tensor};
use candle_nn::{Linear, Module};
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
    /// The tap, or the block ([`Network::block`]), whose value the input is: features computed earlier. `None` for images.
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
    taps: BTreeMap<&'static str, Tensor>,
    /// What the batch's statistics were, by the name of the BatchNorm; empty under [`Norms::Running`].
    pub statistics: Vec<(String, BatchStatistics)>,
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
}

/// The side that every network of this crate runs at, for which its shapes are checked when a model is made.
const USUAL_SIDE: usize = 224;

/// A trainable network.
#[derive(Debug)]
pub struct Model {
    network: Network,
    segments: Vec<Segment>,
    parameters: Parameters,
    workspace: Workspace,
}

impl Model {
    /// A model of `network` with the given tensors, in a store of its own.
    ///
    /// # Errors
    /// [`ErrorKind::WeightsMissing`] or [`ErrorKind::WeightsShape`] when a tensor is absent or has another shape;
    /// [`ErrorKind::Argument`] for a description whose shapes do not fit ([`Network::shapes`]) or that no kernel computes.
    pub fn new(network: &Network, tensors: &Tensors) -> Result<Self> {
        Self::within(&Parameters::new(0), network, tensors)
    }

    /// [`Model::new`] with its tensors in a store that it shares: a head beside the network it reads.
    ///
    /// # Errors
    /// As there; the store is then as before.
    pub fn within(parameters: &Parameters, network: &Network, tensors: &Tensors) -> Result<Self> {
        network.shapes((USUAL_SIDE, USUAL_SIDE))?;
        let segments = compile(network)?;
        parameters.insert(network, tensors)?;
        Ok(Self { network: network.clone(), segments, parameters: parameters.clone(), workspace: Workspace::default() })
    }

    /// The description.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The store that the tensors are in.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Copies of the network's own tensors, as a weight file holds them.
    ///
    /// # Errors
    /// None in practice; Candle's own are passed on.
    pub fn tensors(&self) -> Result<Tensors> {
        let names = self.network.parameters().into_iter().map(|parameter| parameter.name);
        names.map(|name| Ok((name.clone(), stored(&self.parameters.var(&name)?)?))).collect()
    }

    /// The node that a pass from `name` starts with.
    fn start(&self, from: Option<&str>) -> Result<usize> {
        let Some(name) = from else { return Ok(0) };
        let node = self.network.tap(name).or_else(|| self.network.block(name).map(|(node, _)| node));
        node.filter(|&node| node == 0 || self.segments.iter().any(|segment| segment.output == node)).ok_or_else(|| {
            let message = format!("a pass cannot start from {}", crate::error::quote(name));
            Error::new(ErrorKind::Argument, message, "Name a tap of the network, or a block such as features.16.")
        })
    }

    /// The axes of one row of a pass's input: height, width and channels, or channels alone once pooled.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] when the network does not fit images of `side` × `side`, or no pass can start `from` there.
    pub fn input_axes(&self, from: Option<&str>, side: usize) -> Result<Vec<usize>> {
        let shapes = self.network.shapes((side, side))?;
        let shape = shapes.get(self.start(from)?).copied().unwrap_or_default();
        Ok(if shape.pooled { vec![shape.channels] } else { vec![shape.height, shape.width, shape.channels] })
    }

    /// A forward pass over `input`: N × H × W × 3 (f32, normalised), or what [`Pass::from`] names.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] when the network does not fit an image of this size, or a node needs both what comes before
    /// [`Pass::from`] and what comes after it; fewer than two values a channel under [`Norms::Batch`].
    pub fn forward(&self, input: &Tensor, pass: Pass<'_>) -> Result<Output> {
        self.forward_traced(input, pass, &mut |_, _| {})
    }

    /// [`Model::forward`], showing each segment's value under the name of its last node.
    ///
    /// # Errors
    /// As there.
    pub fn forward_traced(&self, input: &Tensor, pass: Pass<'_>, visit: &mut dyn FnMut(&str, &Tensor)) -> Result<Output> {
        let mut statistics = Vec::new();
        let values = self.run(input, pass, None, &mut statistics, visit)?;
        let taps = self.network.taps.iter().filter_map(|&(tap, node)| values.get(&node).map(|value| (tap, value.clone())));
        Ok(Output { taps: taps.collect(), statistics })
    }

    /// What a pass over images gives `at` a tap or a block, under the running statistics and without a graph: features to start other passes
    /// from. What lies behind is not computed.
    ///
    /// # Errors
    /// As [`Model::forward`]; [`ErrorKind::Argument`] when no pass could start there.
    pub fn features(&self, images: &Tensor, at: &str) -> Result<Tensor> {
        let node = self.start(Some(at))?;
        let mut values = self.run(images, Pass::EVAL, Some(node), &mut Vec::new(), &mut |_, _| {})?;
        values.remove(&node).ok_or_else(|| Error::new(ErrorKind::Internal, format!("a pass over images never came to {at}"), ""))
    }

    /// The values that are left when everything, or the node `end`, is computed.
    fn run(
        &self,
        input: &Tensor,
        pass: Pass<'_>,
        end: Option<usize>,
        statistics: &mut Vec<(String, BatchStatistics)>,
        visit: &mut dyn FnMut(&str, &Tensor),
    ) -> Result<BTreeMap<usize, Tensor>> {
        let start = self.start(pass.from)?;
        if start == 0 {
            let (_, height, width, _) = input.dims4()?;
            self.network.shapes((height, width))?;
        }
        let mut values = BTreeMap::from([(start, input.clone())]);
        for segment in self.segments.iter().filter(|segment| segment.output != start) {
            let inputs: Vec<&Tensor> = segment.inputs.iter().filter_map(|input| values.get(input)).collect();
            if inputs.is_empty() {
                continue;
            }
            let name = self.network.nodes.get(segment.output).map_or("", |node| node.name.as_str());
            if inputs.len() < segment.inputs.len() {
                let message = format!("the node {name} reads what comes before {:?} as well", pass.from.unwrap_or("the input"));
                return Err(Error::new(ErrorKind::Argument, message, "Start where everything behind reads one value."));
            }
            let value = self.compute(&segment.work, &inputs, pass, statistics)?;
            visit(name, &value);
            values.insert(segment.output, value);
            if end == Some(segment.output) {
                break;
            }
            for node in &segment.frees {
                values.remove(node);
            }
        }
        Ok(values)
    }

    fn compute(&self, work: &Work, inputs: &[&Tensor], pass: Pass<'_>, statistics: &mut Vec<(String, BatchStatistics)>) -> Result<Tensor> {
        match (work, inputs) {
            (Work::Chain(plan), &[x]) => self.chain(plan, x, pass, statistics),
            (Work::MaxPool(pool), &[x]) => Ok(pool.apply(x)?),
            (Work::Mean, &[x]) => Ok(x.mean((1, 2))?),
            (Work::Add, &[a, b]) => Ok((a + b)?),
            (Work::Linear(name), &[x]) => {
                let [weight, bias] = ["weight", "bias"].map(|suffix| self.parameters.value(&format!("{name}.{suffix}"), pass.gradients));
                Ok(Linear::new(weight?, Some(bias?)).forward(x)?)
            }
            _ => Err(Error::new(ErrorKind::Internal, "a segment has another number of inputs than its work", "")),
        }
    }

    fn chain(&self, plan: &ChainPlan, x: &Tensor, pass: Pass<'_>, statistics: &mut Vec<(String, BatchStatistics)>) -> Result<Tensor> {
        let params = self.packed(&plan.params, pass.gradients)?;
        let source = match pass.norms {
            Norms::Batch => Statistics::Batch,
            Norms::Running => Statistics::Running(plan.norms.iter().map(|norm| self.running(norm)).collect::<Result<_>>()?),
        };
        // A chain works on maps; a pooled row is a map of one pixel.
        let pooled = x.rank() == 2;
        let map = if pooled { x.unsqueeze(1)?.unsqueeze(1)? } else { x.clone() };
        let result = plan.chain.apply(&map, &params, source, &self.workspace)?;
        statistics.extend(plan.norms.iter().cloned().zip(result.statistics));
        Ok(if pooled { result.output.flatten_from(1)? } else { result.output })
    }

    /// The named tensors, end to end.
    fn packed(&self, names: &[String], gradients: bool) -> Result<Tensor> {
        if names.is_empty() {
            return Ok(Tensor::from_vec(Vec::<f32>::new(), 0, &Device::Cpu)?);
        }
        let parts = names.iter().map(|name| Ok(self.parameters.value(name, gradients)?.flatten_all()?)).collect::<Result<Vec<_>>>()?;
        Ok(Tensor::cat(&parts, D::Minus1)?)
    }

    /// The running mean and variance of a BatchNorm.
    fn running(&self, norm: &str) -> Result<(Vec<f32>, Vec<f32>)> {
        let of = |suffix: &str| Ok::<_, Error>(self.parameters.var(&format!("{norm}.{suffix}"))?.to_vec1()?);
        Ok((of("running_mean")?, of("running_var")?))
    }

    /// r ← (1 − m) r + m · batch for every running statistic, m = [`BN_MOMENTUM`].
    ///
    /// # Errors
    /// [`ErrorKind::WeightsMissing`] for a BatchNorm that the store does not have.
    pub fn update_running(&self, statistics: &[(String, BatchStatistics)]) -> Result<()> {
        for (norm, batch) in statistics {
            for (suffix, new) in [("running_mean", &batch.mean), ("running_var", &batch.unbiased_var)] {
                let var = self.parameters.var(&format!("{norm}.{suffix}"))?;
                let mut running: Vec<f32> = var.to_vec1()?;
                running.iter_mut().zip(new).for_each(|(r, n)| *r = (1.0 - BN_MOMENTUM) * *r + BN_MOMENTUM * n);
                var.set(&Tensor::from_vec(running, var.shape(), &Device::Cpu)?)?;
            }
        }
        Ok(())
    }
}
