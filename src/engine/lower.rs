//! A network's nodes become steps: each convolution takes along the BatchNorm, residual sum and activation that follow it alone.

use super::bank::Bank;
use super::fold::Affine;
use super::step::{Draft, Product, Value, Work};
use crate::kernels::{self, Activation, ConvShape, Depthwise, Isa};
use crate::nn::{Network, Node, Op, Shape};
use crate::{Error, ErrorKind, Result};

/// The steps in the order of their last nodes' needs: every step reads only the input or results of earlier steps.
///
/// `argument` for a node that no kernel computes; otherwise the errors of [`Bank::take`].
pub(super) fn lower(network: &Network, bank: Bank<'_>, shapes: &[Shape], isa: Isa) -> Result<Vec<Draft>> {
    let mut lowering = Lowering { network, bank, shapes, isa, made: vec![false; network.nodes.len()], drafts: Vec::new() };
    let mut fused = vec![false; network.nodes.len()];
    for (index, node) in network.nodes.iter().enumerate() {
        if fused.get(index) == Some(&true) {
            continue;
        }
        for end in lowering.step(index, node)? {
            fused.get_mut(end).into_iter().for_each(|mark| *mark = true);
        }
    }
    Ok(lowering.drafts)
}

struct Lowering<'a> {
    network: &'a Network,
    bank: Bank<'a>,
    shapes: &'a [Shape],
    isa: Isa,
    /// Nodes whose value exists after the steps so far.
    made: Vec<bool>,
    drafts: Vec<Draft>,
}

/// A run of nodes that one step computes, growing towards the output.
struct Chain {
    nodes: Vec<usize>,
    residual: Option<usize>,
    activation: Activation,
}

impl Lowering<'_> {
    /// Appends the step that begins with node `index`; returns the nodes it computes.
    fn step(&mut self, index: usize, node: &Node) -> Result<Vec<usize>> {
        let mut chain = Chain { nodes: vec![index], residual: None, activation: Activation::NONE };
        if let Op::Input { .. } = node.op {
            self.mark(index);
            return Ok(chain.nodes);
        }
        let mut inputs = node.inputs.iter().copied();
        let (input, second) = (inputs.next().ok_or_else(|| refuse(node))?, inputs.next());
        let work = match node.op {
            Op::Input { .. } => return Err(refuse(node)),
            Op::Conv { .. } => self.convolution(index, node, input, &mut chain)?,
            Op::BatchNorm { .. } => Work::Affine(Affine::of(node, self.bank)?),
            Op::Relu | Op::Relu6 => {
                chain.activation = node.op.activation().unwrap_or(Activation::NONE);
                Work::Affine(Affine::identity(self.shape(index)?.channels))
            }
            Op::MaxPool { kernel, stride, padding } => Work::MaxPool(windows(self.shape(input)?, kernel, stride, padding)),
            Op::GlobalAvgPool => Work::Pool,
            Op::Add => {
                chain.residual = second;
                Work::Add
            }
            Op::Linear { in_features, out_features } => {
                let bias = self.bank.take(node, "bias")?.to_vec();
                Work::Product(Product::new(self.isa, in_features, out_features, self.bank.take(node, "weight")?, bias))
            }
        };
        if matches!(node.op, Op::Conv { .. } | Op::BatchNorm { .. } | Op::Add) {
            self.take_activation(&mut chain);
        }
        let end = chain.end();
        let residual = chain.residual.map(|residual| self.value(residual)).transpose()?;
        self.drafts.push(Draft {
            name: self.node(end)?.name.clone(),
            node: end,
            work,
            activation: chain.activation,
            input: self.value(input)?,
            residual,
            shape: self.shape(end)?,
        });
        self.mark(end);
        Ok(chain.nodes)
    }

    fn convolution(&self, index: usize, node: &Node, input: usize, chain: &mut Chain) -> Result<Work> {
        let Op::Conv { in_channels, out_channels, kernel, stride, padding, groups, bias } = node.op else { return Err(refuse(node)) };
        let norm = self.only_reader(index).filter(|(_, reader)| matches!(reader.op, Op::BatchNorm { .. }));
        let affine = match norm {
            Some((at, norm)) => {
                chain.nodes.push(at);
                Affine::of(norm, self.bank)?
            }
            None => Affine::identity(out_channels),
        };
        let weights = affine.fold(self.bank.take(node, "weight")?);
        let own = if bias { self.bank.take(node, "bias")? } else { &[] };
        let (bias, shape) = (affine.after(own), self.shape(input)?);
        if groups == 1 {
            self.take_residual(chain);
            if (kernel, stride, padding) == (1, 1, 0) {
                return Ok(Work::Product(Product::new(self.isa, in_channels, out_channels, &weights, bias)));
            }
            let conv = windows(shape, kernel, stride, padding);
            let mut windows = vec![0.0; weights.len()];
            kernels::to_windows(&weights, in_channels, kernel, &mut windows);
            return Ok(Work::Dense { conv, product: Product::new(self.isa, conv.window(), out_channels, &windows, bias) });
        }
        if (groups, kernel, padding) == (in_channels, 3, 1) && in_channels == out_channels && (1..=2).contains(&stride) {
            let mut packed = vec![0.0; weights.len()];
            kernels::pack_depthwise(&weights, &mut packed);
            let row = Depthwise { width: shape.width, channels: in_channels, stride };
            return Ok(Work::Depthwise { row, weights: packed, bias });
        }
        Err(refuse(node))
    }

    /// Takes a sum along if nothing else reads the chain's end and the other summand is there already.
    fn take_residual(&self, chain: &mut Chain) {
        let end = chain.end();
        let Some((at, Node { op: Op::Add, inputs, .. })) = self.only_reader(end) else { return };
        let other = inputs.iter().copied().find(|&input| input != end);
        if let Some(other) = other.filter(|&other| self.made.get(other) == Some(&true)) {
            chain.residual = Some(other);
            chain.nodes.push(at);
        }
    }

    fn take_activation(&self, chain: &mut Chain) {
        let Some((at, reader)) = self.only_reader(chain.end()) else { return };
        if let Some(activation) = reader.op.activation() {
            chain.activation = activation;
            chain.nodes.push(at);
        }
    }

    /// The one node that reads `index`; `None` if there are none or several, or a tap shows this value.
    fn only_reader(&self, index: usize) -> Option<(usize, &Node)> {
        if self.network.readers(index) != 1 || self.network.taps.iter().any(|&(_, node)| node == index) {
            return None;
        }
        self.network.nodes.iter().enumerate().find(|(_, node)| node.inputs.contains(&index))
    }

    fn node(&self, index: usize) -> Result<&Node> {
        self.network.nodes.get(index).ok_or_else(|| unknown(index))
    }

    fn shape(&self, index: usize) -> Result<Shape> {
        self.shapes.get(index).copied().ok_or_else(|| unknown(index))
    }

    fn value(&self, index: usize) -> Result<Value> {
        Ok(if matches!(self.node(index)?.op, Op::Input { .. }) { Value::Input } else { Value::Node(index) })
    }

    fn mark(&mut self, index: usize) {
        self.made.get_mut(index).into_iter().for_each(|made| *made = true);
    }
}

impl Chain {
    /// The node whose value the step makes.
    fn end(&self) -> usize {
        self.nodes.last().copied().unwrap_or(0)
    }
}

/// The windows of a convolution or a pool over one image.
fn windows(shape: Shape, kernel: usize, stride: usize, padding: usize) -> ConvShape {
    ConvShape { height: shape.height, width: shape.width, channels: shape.channels, kernel, stride, padding }
}

fn unknown(index: usize) -> Error {
    Error::new(ErrorKind::Internal, format!("the network has no node {index}"), "")
}

/// The error for a node that no kernel computes.
pub(super) fn refuse(node: &Node) -> Error {
    Error::new(ErrorKind::Argument, format!("the network's node {} ({:?}) cannot be run by the engine", node.name, node.op), "")
}
