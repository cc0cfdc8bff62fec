//! A network description as a Candle model: inverted residuals become chains, the head plain Candle tensors.

use crate::kernels::Activation;
use crate::nn::{BN_MOMENTUM, Network, Node, Op, Role};
use crate::ops::{BatchStatistics, Chain, ConvKind, Stage, Statistics, Workspace};
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

/// The taps of a forward pass.
#[derive(Debug)]
pub struct Output {
    /// N × S/32 × S/32 × 1280, after the last ReLU6.
    pub feats_7x7: Tensor,
    /// N × 1280.
    pub avg_pool: Tensor,
    /// N × classes.
    pub logits: Tensor,
    /// What the batch's statistics were, by the name of the BatchNorm; empty unless [`Mode::Train`].
    pub statistics: Vec<(String, BatchStatistics)>,
}

/// A run of nodes that is computed as one.
#[derive(Debug)]
enum Segment {
    Chain { chain: Chain, convs: Vec<String>, norms: Vec<String>, name: String, node: usize },
    Pool { node: usize },
    Linear { name: String, node: usize },
}

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
    /// [`ErrorKind::Internal`] for a description this executor cannot run.
    pub fn new(network: &Network, tensors: &Tensors) -> Result<Self> {
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

    /// A forward pass over `input` (N × S × S × 3, f32, normalised).
    ///
    /// `visit` sees each chain's output under the name of its last node, the pooled features and the logits: for tests that
    /// compare layer by layer.
    ///
    /// # Errors
    /// Shapes that do not fit; fewer than two values a channel in [`Mode::Train`].
    pub fn forward_traced(&self, input: &Tensor, mode: Mode, visit: &mut dyn FnMut(&str, &Tensor)) -> Result<Output> {
        let mut at = input.clone();
        let mut statistics = Vec::new();
        let (mut feats, mut pooled) = (None, None);
        for segment in &self.segments {
            let (next, name, node) = match segment {
                Segment::Chain { chain, convs, norms, name, node } => {
                    let params = self.packed(convs, norms, mode)?;
                    let chosen = self.statistics(norms, mode);
                    let result = chain.apply(&at, &params, chosen, &self.workspace)?;
                    statistics.extend(norms.iter().cloned().zip(result.statistics));
                    (result.output, name.as_str(), *node)
                }
                Segment::Pool { node } => {
                    feats = Some(at.clone());
                    (at.mean((1, 2))?, "avg_pool", *node)
                }
                Segment::Linear { name, node } => {
                    pooled = Some(at.clone());
                    let weight = self.parameter(&format!("{name}.weight"), mode)?;
                    let bias = self.parameter(&format!("{name}.bias"), mode)?;
                    (at.matmul(&weight.t()?)?.broadcast_add(&bias)?, "logits", *node)
                }
            };
            debug_assert!(node < self.network.nodes.len());
            visit(name, &next);
            at = next;
        }
        match (feats, pooled) {
            (Some(feats_7x7), Some(avg_pool)) => Ok(Output { feats_7x7, avg_pool, logits: at, statistics }),
            _ => Err(Error::new(ErrorKind::Internal, "the network has no pooling or no linear layer", "")),
        }
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

    /// Weights, γ and β of each stage, end to end.
    fn packed(&self, convs: &[String], norms: &[String], mode: Mode) -> Result<Tensor> {
        let mut parts = Vec::with_capacity(3 * convs.len());
        for (conv, norm) in convs.iter().zip(norms) {
            for name in [format!("{conv}.weight"), format!("{norm}.weight"), format!("{norm}.bias")] {
                parts.push(self.parameter(&name, mode)?.flatten_all()?);
            }
        }
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

/// Cuts the nodes into segments. A chain ends at a BatchNorm without activation (a linear bottleneck), at a node that several
/// others read, and at a tap; a sum with the chain's own input belongs to it.
fn compile(network: &Network) -> Result<Vec<Segment>> {
    let nodes = &network.nodes;
    let mut segments = Vec::new();
    let mut at = 1;
    while at < nodes.len() {
        match nodes[at].op {
            Op::GlobalAvgPool => segments.push(Segment::Pool { node: at }),
            Op::Linear { .. } => segments.push(Segment::Linear { name: nodes[at].name.clone(), node: at }),
            Op::Conv { .. } => {
                let (segment, last) = chain(network, at, segments.is_empty())?;
                segments.push(segment);
                at = last;
            }
            _ => return Err(unsupported(&nodes[at])),
        }
        at += 1;
    }
    Ok(segments)
}

/// The chain that starts at convolution `start`, and its last node.
fn chain(network: &Network, start: usize, first: bool) -> Result<(Segment, usize)> {
    let nodes = &network.nodes;
    let (mut stages, mut convs, mut norms) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = start;
    loop {
        let Some(Node { op: Op::BatchNorm { .. }, name: norm, .. }) = nodes.get(at + 1) else { return Err(unsupported(&nodes[at])) };
        let activated = matches!(nodes.get(at + 2), Some(Node { op: Op::Relu6, .. }));
        let activation = if activated { Activation::RELU6 } else { Activation::NONE };
        stages.push(stage(&nodes[at], activation)?);
        convs.push(nodes[at].name.clone());
        norms.push(norm.clone());
        let end = at + if activated { 2 } else { 1 };
        let goes_on = activated && network.readers(end) == 1 && !network.taps.iter().any(|&(_, tap)| tap == end);
        match nodes.get(end + 1) {
            Some(Node { op: Op::Conv { .. }, .. }) if goes_on => at = end + 1,
            Some(Node { op: Op::Add, inputs, .. }) if inputs.contains(&end) => {
                let residual = nodes[start].inputs.iter().all(|input| inputs.contains(input));
                if !residual {
                    return Err(unsupported(&nodes[end + 1]));
                }
                return Ok((segment(network, stages, convs, norms, true, first, end + 1), end + 1));
            }
            _ => return Ok((segment(network, stages, convs, norms, false, first, end), end)),
        }
    }
}

fn segment(network: &Network, stages: Vec<Stage>, convs: Vec<String>, norms: Vec<String>, residual: bool, first: bool, node: usize) -> Segment {
    let chain = Chain { stages, residual, input_gradient: !first };
    Segment::Chain { chain, convs, norms, name: network.nodes[node].name.clone(), node }
}

fn stage(node: &Node, activation: Activation) -> Result<Stage> {
    let Op::Conv { in_channels, out_channels, kernel, stride, padding, groups, bias: false } = node.op else { return Err(unsupported(node)) };
    let kind = match (kernel, stride, padding, groups) {
        (1, 1, 0, 1) => ConvKind::Pointwise,
        (3, 1 | 2, 1, g) if g == in_channels && g == out_channels => ConvKind::Depthwise { stride },
        (_, _, _, 1) => ConvKind::Dense { kernel, stride, padding },
        _ => return Err(unsupported(node)),
    };
    Ok(Stage { kind, in_channels, out_channels, activation })
}

fn unsupported(node: &Node) -> Error {
    Error::new(ErrorKind::Internal, format!("the learner cannot run node {} ({:?}) where it stands", node.name, node.op), "")
}
