//! A network description as a Candle model: each segment of the graph is one op, its value kept as long as another reads it.

use super::compile::{ChainPlan, Segment, Work, compile};
use super::parameters::{Parameters, stored};
use super::pass::{Norms, Output, Pass, Visit};
use crate::nn::{BN_MOMENTUM, Network};
use crate::ops::{BatchStatistics, Chain, ParamGradient, Statistics, Workspace, pack};
use crate::weights::Tensors;
use crate::{Error, ErrorKind, Result};
use candle_core::{Device, Tensor, Var};
use candle_nn::{Linear, Module};
use std::collections::BTreeMap;

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

/// What a pass has come to.
#[derive(Default)]
struct Done {
    /// By node, as far as they are still needed.
    values: BTreeMap<usize, Tensor>,
    statistics: Vec<(String, BatchStatistics)>,
    packed: Vec<(Vec<Tensor>, ParamGradient)>,
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
        self.output(self.run(input, pass, None, None)?)
    }

    /// [`Model::forward`], showing each segment's value under the name of its last node.
    ///
    /// # Errors
    /// As there.
    pub fn forward_traced(&self, input: &Tensor, pass: Pass<'_>, visit: &mut Visit<'_>) -> Result<Output> {
        self.output(self.run(input, pass, None, Some(visit))?)
    }

    /// What a pass over images gives `at` a tap or a block, under the running statistics and without a graph: features to start other passes
    /// from. What lies behind is not computed.
    ///
    /// # Errors
    /// As [`Model::forward`]; [`ErrorKind::Argument`] when no pass could start there.
    pub fn features(&self, images: &Tensor, at: &str) -> Result<Tensor> {
        let node = self.start(Some(at))?;
        let Done { mut values, .. } = self.run(images, Pass::EVAL, Some(node), None)?;
        values.remove(&node).ok_or_else(|| Error::new(ErrorKind::Internal, format!("a pass over images never came to {at}"), ""))
    }

    /// Everything, or as far as the node `end`. Without a `visit` chains that follow each other are one op, whose values between them do
    /// not exist.
    fn run(&self, input: &Tensor, pass: Pass<'_>, end: Option<usize>, mut visit: Option<&mut Visit<'_>>) -> Result<Done> {
        let start = self.start(pass.from)?;
        if start == 0 {
            let (_, height, width, _) = input.dims4()?;
            self.network.shapes((height, width))?;
        }
        let mut done = Done { values: BTreeMap::from([(start, input.clone())]), ..Done::default() };
        let mut segments = self.segments.iter().filter(|segment| segment.output != start).peekable();
        while let Some(segment) = segments.next() {
            let inputs: Vec<Tensor> = segment.inputs.iter().filter_map(|input| done.values.get(input)).cloned().collect();
            if inputs.is_empty() {
                continue;
            }
            let name = self.network.nodes.get(segment.output).map_or("", |node| node.name.as_str());
            if inputs.len() < segment.inputs.len() {
                let message = format!("the node {name} reads what comes before {:?} as well", pass.from.unwrap_or("the input"));
                return Err(Error::new(ErrorKind::Argument, message, "Start where everything behind reads one value."));
            }
            let mut last = segment;
            let value = match (&segment.work, inputs.as_slice()) {
                (Work::Chain(plan), [x]) => {
                    let mut plans: Vec<&ChainPlan> = vec![plan];
                    let mut keeps = x.track_op() || self.keeps(plan, pass);
                    // A chain that keeps nothing for a backward stays apart from one behind it that does.
                    let joins =
                        |next: &&Segment, last: &Segment, keeps: bool| next.chain_behind(last).is_some_and(|plan| keeps || !self.keeps(plan, pass));
                    while visit.is_none()
                        && end != Some(last.output)
                        && let Some(next) = segments.next_if(|next| joins(next, last, keeps))
                    {
                        let plan = next.chain_behind(last);
                        keeps |= plan.is_some_and(|plan| self.keeps(plan, pass));
                        plans.extend(plan);
                        last = next;
                    }
                    self.chains(&plans, x, pass, &mut done)?
                }
                (work, inputs) => self.compute(work, inputs, pass)?,
            };
            if let Some(visit) = &mut visit {
                visit(name, &value);
            }
            done.values.insert(last.output, value);
            if end == Some(last.output) {
                break;
            }
            for node in segment.frees.iter().chain(&last.frees) {
                done.values.remove(node);
            }
        }
        Ok(done)
    }

    fn output(&self, Done { values, statistics, packed }: Done) -> Result<Output> {
        let taps = self.network.taps.iter().filter_map(|&(tap, node)| values.get(&node).map(|value| (tap, value.clone())));
        Ok(Output { taps: taps.collect(), statistics, packed })
    }

    fn compute(&self, work: &Work, inputs: &[Tensor], pass: Pass<'_>) -> Result<Tensor> {
        match (work, inputs) {
            (Work::MaxPool(pool), [x]) => Ok(pool.apply(x)?),
            (Work::Mean, [x]) => Ok(x.mean((1, 2))?),
            (Work::Add, [a, b]) => Ok((a + b)?),
            (Work::Linear(name), [x]) => {
                let [weight, bias] = ["weight", "bias"].map(|suffix| self.parameters.value(&format!("{name}.{suffix}"), pass.gradients));
                Ok(Linear::new(weight?, Some(bias?)).forward(x)?)
            }
            _ => Err(Error::new(ErrorKind::Internal, "a segment has another number of inputs than its work", "")),
        }
    }

    /// Chains one behind the other, as one op of the graph.
    fn chains(&self, plans: &[&ChainPlan], x: &Tensor, pass: Pass<'_>, done: &mut Done) -> Result<Tensor> {
        let names = plans.iter().flat_map(|plan| &plan.params);
        let parts = names.map(|name| self.parameters.value(name, pass.gradients)).collect::<Result<Vec<_>>>()?;
        let packed = pack(&parts)?;
        let count = packed.len();
        let trains = parts.iter().any(Tensor::is_variable);
        let params = if trains { Var::from_vec(packed, count, &Device::Cpu)?.into_inner() } else { Tensor::from_vec(packed, count, &Device::Cpu)? };
        let norms = || plans.iter().flat_map(|plan| &plan.norms);
        let source = match pass.norms {
            Norms::Batch => Statistics::Batch,
            Norms::Running => Statistics::Running(norms().map(|norm| self.running(norm)).collect::<Result<_>>()?),
        };
        let chains: Vec<Chain> = plans.iter().map(|plan| plan.chain.clone()).collect();
        // A chain works on maps; a pooled row is a map of one pixel.
        let pooled = x.rank() == 2;
        let map = if pooled { x.unsqueeze(1)?.unsqueeze(1)? } else { x.clone() };
        let result = Chain::apply_all(&chains, &map, &params, source, &self.workspace)?;
        if trains {
            done.packed.push((parts, result.gradient));
        }
        done.statistics.extend(norms().cloned().zip(result.statistics));
        Ok(if pooled { result.output.flatten_from(1)? } else { result.output })
    }

    /// Whether a chain keeps something for a backward, whatever its input leads to.
    fn keeps(&self, plan: &ChainPlan, pass: Pass<'_>) -> bool {
        pass.gradients && plan.params.iter().any(|name| self.parameters.trains(name))
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
