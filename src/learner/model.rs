//! A network description as a Candle model: each segment of the graph is one op, its value kept as long as another reads it.

use super::compile::{ChainPlan, Segment, Work, compile};
use crate::nn::{BN_MOMENTUM, Network, Role};
use crate::ops::{BatchStatistics, Statistics, Workspace};
use crate::weights::{Tensor as Stored, Tensors};
use crate::{Error, ErrorKind, Result};
use candle_core::{D, Device, Tensor, Var};
use std::collections::BTreeMap;

/// How BatchNorm behaves in a forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Statistics of the batch; gradients flow through them.
    Train,
    /// The running statistics, with gradients: fine-tuning on batches too small to measure.
    TrainFrozenNorm,
    /// The running statistics, no graph kept.
    Eval,
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Output {
    /// The value of each tap of the network, by its name: maps as N × H × W × C, pooled rows as N × C.
    taps: BTreeMap<&'static str, Tensor>,
    /// What the batch's statistics were, by the name of the BatchNorm; empty unless [`Mode::Train`].
    pub statistics: Vec<(String, BatchStatistics)>,
}

impl Output {
    /// The value at a tap.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] when the network has no tap of that name.
    pub fn tap(&self, name: &str) -> Result<&Tensor> {
        self.taps.get(name).ok_or_else(|| {
            let known: Vec<_> = self.taps.keys().collect();
            Error::new(ErrorKind::Argument, format!("the network has no tap {name:?}; it has {known:?}"), "")
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
    trained: BTreeMap<String, Var>,
    running: BTreeMap<String, Vec<f32>>,
    shapes: BTreeMap<String, Vec<usize>>,
    workspace: Workspace,
}

impl Model {
    /// A model of `network` with the given tensors.
    ///
    /// # Errors
    /// [`ErrorKind::WeightsMissing`] or [`ErrorKind::WeightsShape`] when a tensor is absent or has another shape;
    /// [`ErrorKind::Argument`] for a description whose shapes do not fit ([`Network::shapes`]) or that no kernel computes.
    pub fn new(network: &Network, tensors: &Tensors) -> Result<Self> {
        network.shapes((USUAL_SIDE, USUAL_SIDE))?;
        let mut model = Self {
            network: network.clone(),
            segments: compile(network)?,
            trained: BTreeMap::new(),
            running: BTreeMap::new(),
            shapes: BTreeMap::new(),
            workspace: Workspace::default(),
        };
        for parameter in network.parameters() {
            model.shapes.insert(parameter.name.clone(), parameter.shape.clone());
            let stored = find(tensors, &parameter.name, &parameter.shape)?;
            if parameter.role == Role::Trained {
                let var = Var::from_vec(stored.data.clone(), parameter.shape.as_slice(), &Device::Cpu)?;
                model.trained.insert(parameter.name, var);
            } else {
                model.running.insert(parameter.name, stored.data.clone());
            }
        }
        Ok(model)
    }

    /// The description.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What the optimiser trains, by name.
    pub fn trained(&self) -> &BTreeMap<String, Var> {
        &self.trained
    }

    /// Copies of every tensor, as a weight file holds them.
    ///
    /// # Errors
    /// None in practice; Candle's own are passed on.
    pub fn tensors(&self) -> Result<Tensors> {
        let mut all = Tensors::new();
        for (name, var) in &self.trained {
            all.insert(name.clone(), Stored { shape: var.dims().to_vec(), data: var.flatten_all()?.to_vec1()? });
        }
        for (name, data) in &self.running {
            all.insert(name.clone(), Stored { shape: vec![data.len()], data: data.clone() });
        }
        Ok(all)
    }

    /// Replaces every tensor. On an error nothing has changed.
    ///
    /// # Errors
    /// As [`Model::new`].
    pub fn set_tensors(&mut self, tensors: &Tensors) -> Result<()> {
        for (name, shape) in &self.shapes {
            find(tensors, name, shape)?;
        }
        for (name, var) in &self.trained {
            let stored = find(tensors, name, &self.shapes[name])?;
            var.set(&Tensor::from_slice(&stored.data, stored.shape.as_slice(), &Device::Cpu)?)?;
        }
        for (name, data) in &mut self.running {
            data.clone_from(&find(tensors, name, &self.shapes[name])?.data);
        }
        Ok(())
    }

    /// A forward pass over `input` (N × H × W × 3, f32, normalised).
    ///
    /// `visit` sees each segment's value under the name of its last node: for tests that compare layer by layer.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] when the network does not fit an image of this size; fewer than two values a channel in [`Mode::Train`].
    pub fn forward_traced(&self, input: &Tensor, mode: Mode, visit: &mut dyn FnMut(&str, &Tensor)) -> Result<Output> {
        let (_, height, width, _) = input.dims4()?;
        self.network.shapes((height, width))?;
        let mut values = BTreeMap::from([(0, input.clone())]);
        let mut output = Output { taps: BTreeMap::new(), statistics: Vec::new() };
        for segment in &self.segments {
            let inputs = segment.inputs.iter().map(|input| values.get(input)).collect::<Option<Vec<_>>>();
            let value = self.compute(&segment.work, &inputs.unwrap_or_default(), mode, &mut output.statistics)?;
            if let Some(node) = self.network.nodes.get(segment.output) {
                visit(&node.name, &value);
            }
            values.insert(segment.output, value);
            for node in &segment.frees {
                values.remove(node);
            }
        }
        for &(tap, node) in &self.network.taps {
            let value = values.get(&node).cloned();
            output.taps.insert(tap, value.ok_or_else(|| unmade(tap))?);
        }
        Ok(output)
    }

    fn compute(&self, work: &Work, inputs: &[&Tensor], mode: Mode, statistics: &mut Vec<(String, BatchStatistics)>) -> Result<Tensor> {
        match (work, inputs) {
            (Work::Chain(plan), &[x]) => self.chain(plan, x, mode, statistics),
            (Work::MaxPool(pool), &[x]) => Ok(pool.apply(x)?),
            (Work::Mean, &[x]) => Ok(x.mean((1, 2))?),
            (Work::Add, &[a, b]) => Ok((a + b)?),
            (Work::Linear(name), &[x]) => {
                let weight = self.parameter(&format!("{name}.weight"), mode)?;
                let bias = self.parameter(&format!("{name}.bias"), mode)?;
                Ok(x.matmul(&weight.t()?)?.broadcast_add(&bias)?)
            }
            _ => Err(unmade("a segment's input")),
        }
    }

    fn chain(&self, plan: &ChainPlan, x: &Tensor, mode: Mode, statistics: &mut Vec<(String, BatchStatistics)>) -> Result<Tensor> {
        let params = self.packed(&plan.params, mode)?;
        let running = self.statistics(&plan.norms, mode);
        // A chain works on maps; a pooled row is a map of one pixel.
        let pooled = x.rank() == 2;
        let map = if pooled { x.unsqueeze(1)?.unsqueeze(1)? } else { x.clone() };
        let result = plan.chain.apply(&map, &params, running, &self.workspace)?;
        statistics.extend(plan.norms.iter().cloned().zip(result.statistics));
        Ok(if pooled { result.output.flatten_from(1)? } else { result.output })
    }

    /// [`Model::forward_traced`] without a visitor.
    ///
    /// # Errors
    /// As there.
    pub fn forward(&self, input: &Tensor, mode: Mode) -> Result<Output> {
        self.forward_traced(input, mode, &mut |_, _| {})
    }

    /// r ← (1 − m) r + m · batch for every running statistic, m = [`BN_MOMENTUM`].
    pub fn update_running(&mut self, statistics: &[(String, BatchStatistics)]) {
        for (norm, batch) in statistics {
            for (suffix, new) in [("running_mean", &batch.mean), ("running_var", &batch.unbiased_var)] {
                if let Some(running) = self.running.get_mut(&format!("{norm}.{suffix}")) {
                    running.iter_mut().zip(new).for_each(|(r, n)| *r = (1.0 - BN_MOMENTUM) * *r + BN_MOMENTUM * n);
                }
            }
        }
    }

    fn parameter(&self, name: &str, mode: Mode) -> Result<Tensor> {
        let var = self.trained.get(name).ok_or_else(|| missing(name))?;
        Ok(if mode == Mode::Eval { var.as_detached_tensor() } else { var.as_tensor().clone() })
    }

    /// The named tensors, end to end.
    fn packed(&self, names: &[String], mode: Mode) -> Result<Tensor> {
        if names.is_empty() {
            return Ok(Tensor::from_vec(Vec::<f32>::new(), 0, &Device::Cpu)?);
        }
        let parts = names.iter().map(|name| Ok(self.parameter(name, mode)?.flatten_all()?)).collect::<Result<Vec<_>>>()?;
        Ok(Tensor::cat(&parts, D::Minus1)?)
    }

    fn statistics(&self, norms: &[String], mode: Mode) -> Statistics {
        if mode == Mode::Train {
            return Statistics::Batch;
        }
        let of = |norm: &String, suffix| self.running.get(&format!("{norm}.{suffix}")).cloned().unwrap_or_default();
        Statistics::Running(norms.iter().map(|norm| (of(norm, "running_mean"), of(norm, "running_var"))).collect())
    }
}

fn missing(name: &str) -> Error {
    Error::new(ErrorKind::WeightsMissing, format!("tensor {name} is missing"), "Use a weight file of this network.")
}

fn find<'a>(tensors: &'a Tensors, name: &str, shape: &[usize]) -> Result<&'a Stored> {
    let stored = tensors.get(name).ok_or_else(|| missing(name))?;
    if stored.shape != shape || stored.data.len() != shape.iter().product::<usize>() {
        let message = format!("tensor {name} has shape {:?}, {shape:?} is needed", stored.shape);
        return Err(Error::new(ErrorKind::WeightsShape, message, "Use a weight file of this network."));
    }
    Ok(stored)
}

fn unmade(what: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("{what} was not computed"), "")
}
