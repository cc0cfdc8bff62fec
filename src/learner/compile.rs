//! A network's nodes become segments: what one op of the graph computes, with the nodes it reads and the one whose value it makes.

use crate::kernels::Activation;
use crate::nn::{Network, Node, Op};
use crate::ops::{Chain, ConvKind, Entry, MaxPool, Shortcut, Stage};
use crate::{Error, ErrorKind, Result};

/// A run of nodes that is computed as one.
#[derive(Debug)]
pub(super) struct Segment {
    pub work: Work,
    /// Positions of the nodes it reads.
    pub inputs: Vec<usize>,
    /// Position of the node whose value it makes: the last of the run.
    pub output: usize,
    /// Nodes that no later segment reads and no tap shows.
    pub frees: Vec<usize>,
}

impl Segment {
    /// The plan of a chain that reads the value of `before`, which nobody else reads and no tap shows.
    pub fn chain_behind(&self, before: &Self) -> Option<&ChainPlan> {
        let Work::Chain(plan) = &self.work else { return None };
        (self.inputs == [before.output] && self.frees.contains(&before.output)).then_some(plan)
    }
}

/// What a segment computes.
#[derive(Debug)]
pub(super) enum Work {
    Chain(Box<ChainPlan>),
    MaxPool(MaxPool),
    /// The mean over height and width.
    Mean,
    Add,
    /// The name of the layer.
    Linear(String),
}

/// A chain and the names of what it needs, each in the chain's own order.
#[derive(Debug)]
pub(super) struct ChainPlan {
    pub chain: Chain,
    /// Tensors that are packed into its parameters.
    pub params: Vec<String>,
    /// Its BatchNorms.
    pub norms: Vec<String>,
}

/// The segments of `network`, each after those it reads. [`Network::shapes`] must have accepted it.
///
/// A chain ends where several nodes read its value, where a tap shows it, and behind a convolution without activation (a linear bottleneck):
/// there the value is kept, and keeping it costs nothing since a convolution's output is kept anyway. A sum belongs to the chain before it
/// when its other summand is the chain's own input or a projection of that.
///
/// `argument` for a convolution that no kernel computes.
pub(super) fn compile(network: &Network) -> Result<Vec<Segment>> {
    let mut compiler = Compiler { network, taken: vec![false; network.nodes.len()] };
    let mut segments = Vec::new();
    for (index, node) in network.nodes.iter().enumerate() {
        if compiler.taken.get(index) == Some(&false) && !matches!(node.op, Op::Input { .. }) {
            segments.push(compiler.segment(index, node)?);
        }
    }
    free(network, &mut segments);
    Ok(segments)
}

/// Marks each value behind its last reader.
fn free(network: &Network, segments: &mut [Segment]) {
    let mut seen: Vec<usize> = network.taps.iter().map(|&(_, node)| node).collect();
    for segment in segments.iter_mut().rev() {
        let mut nodes = segment.inputs.clone();
        nodes.push(segment.output);
        for node in nodes {
            if !seen.contains(&node) {
                seen.push(node);
                segment.frees.push(node);
            }
        }
    }
}

struct Compiler<'a> {
    network: &'a Network,
    /// Nodes that an earlier segment computes.
    taken: Vec<bool>,
}

/// A convolution with what follows it alone.
struct Layer<'a> {
    conv: &'a Node,
    norm: Option<&'a Node>,
    activation: Option<Activation>,
    nodes: Vec<usize>,
}

impl Layer<'_> {
    fn end(&self) -> usize {
        self.nodes.last().copied().unwrap_or_default()
    }
}

/// Nodes that become one chain.
struct Run<'a> {
    input: usize,
    entry: Option<(&'a Node, Activation)>,
    layers: Vec<Layer<'a>>,
    shortcut: Found<'a>,
    exit: Activation,
    nodes: Vec<usize>,
}

/// The shortcut of a run.
enum Found<'a> {
    None,
    Input,
    Projection(Layer<'a>),
}

impl<'a> Compiler<'a> {
    /// The segment that begins with node `index`.
    fn segment(&mut self, index: usize, node: &'a Node) -> Result<Segment> {
        let input = node.inputs.first().copied().unwrap_or_default();
        let run = match node.op {
            Op::Conv { .. } => self.run(input, index),
            Op::BatchNorm { .. } => self.run_with_entry(input, index, node),
            Op::Relu | Op::Relu6 => {
                let exit = node.op.activation().unwrap_or(Activation::NONE);
                Run { input, entry: None, layers: Vec::new(), shortcut: Found::None, exit, nodes: vec![index] }
            }
            Op::Input { .. } | Op::MaxPool { .. } | Op::GlobalAvgPool | Op::Add | Op::Linear { .. } => {
                let work = match node.op {
                    Op::MaxPool { kernel, stride, padding } => Work::MaxPool(MaxPool { kernel, stride, padding }),
                    Op::GlobalAvgPool => Work::Mean,
                    Op::Add => Work::Add,
                    _ => Work::Linear(node.name.clone()),
                };
                return Ok(Segment { work, inputs: node.inputs.clone(), output: index, frees: Vec::new() });
            }
        };
        for &node in &run.nodes {
            self.taken.get_mut(node).into_iter().for_each(|taken| *taken = true);
        }
        let (inputs, output) = (vec![run.input], run.nodes.iter().copied().max().unwrap_or(index));
        Ok(Segment { work: Work::Chain(Box::new(plan(&run)?)), inputs, output, frees: Vec::new() })
    }

    /// The chain of convolutions that begins with `conv`, and its sum if the other summand is `input` or a projection of it.
    fn run(&self, input: usize, conv: usize) -> Run<'a> {
        self.grow(Run { input, entry: None, layers: Vec::new(), shortcut: Found::None, exit: Activation::NONE, nodes: Vec::new() }, input, conv)
    }

    /// The chain that begins with a BatchNorm: with the convolutions behind it where they alone read its activated value.
    fn run_with_entry(&self, input: usize, index: usize, norm: &'a Node) -> Run<'a> {
        let mut nodes = vec![index];
        let activated = self.only_reader(index).and_then(|(at, node)| Some((at, node.op.activation()?)));
        nodes.extend(activated.map(|(at, _)| at));
        let first = nodes.last().copied().unwrap_or(index);
        let bare = |nodes| {
            let entry = Some((norm, activated.map_or(Activation::NONE, |(_, activation)| activation)));
            Run { input, entry, layers: Vec::new(), shortcut: Found::None, exit: Activation::NONE, nodes }
        };
        let readers = self.readers(first);
        for &conv in readers.iter().filter(|&&reader| self.is_conv(reader)) {
            let run = self.grow(bare(nodes.clone()), first, conv);
            if readers.iter().all(|reader| run.nodes.contains(reader)) && !self.is_tap(first) {
                return run;
            }
        }
        bare(nodes)
    }

    /// Adds to `run` the layers from `conv` on, which reads `first`, and the sum behind them.
    fn grow(&self, mut run: Run<'a>, first: usize, conv: usize) -> Run<'a> {
        let mut next = Some(conv);
        while let Some(layer) = next.and_then(|conv| self.layer(conv)) {
            let behind = layer.activation.and_then(|_| self.only_reader(layer.end())).map(|(at, _)| at);
            next = behind.filter(|&at| self.is_conv(at));
            run.nodes.extend(&layer.nodes);
            run.layers.push(layer);
        }
        let end = run.nodes.last().copied().unwrap_or(conv);
        let Some((add, Node { op: Op::Add, inputs, .. })) = self.only_reader(end) else { return run };
        let other = inputs.iter().copied().find(|&input| input != end).unwrap_or(end);
        run.shortcut = match self.projection(other, first) {
            _ if other == run.input => Found::Input,
            Some(layer) => Found::Projection(layer),
            None => return run,
        };
        if let Found::Projection(layer) = &run.shortcut {
            run.nodes.extend(&layer.nodes);
        }
        run.nodes.push(add);
        if let Some((at, exit)) = self.only_reader(add).and_then(|(at, node)| Some((at, node.op.activation()?))) {
            run.exit = exit;
            run.nodes.push(at);
        }
        run
    }

    /// The convolution `conv` with the BatchNorm and the activation that alone read it.
    fn layer(&self, conv: usize) -> Option<Layer<'a>> {
        let mut layer = Layer { conv: self.network.nodes.get(conv)?, norm: None, activation: None, nodes: vec![conv] };
        if let Some((at, norm)) = self.only_reader(conv).filter(|(_, node)| matches!(node.op, Op::BatchNorm { .. })) {
            layer.norm = Some(norm);
            layer.nodes.push(at);
        }
        if let Some((at, activation)) = self.only_reader(layer.end()).and_then(|(at, node)| Some((at, node.op.activation()?))) {
            layer.activation = Some(activation);
            layer.nodes.push(at);
        }
        Some(layer)
    }

    /// The layer of one convolution, without activation, that makes `end` of `first` and that nobody but a sum reads.
    fn projection(&self, end: usize, first: usize) -> Option<Layer<'a>> {
        let node = self.network.nodes.get(end)?;
        let conv = if matches!(node.op, Op::BatchNorm { .. }) { *node.inputs.first()? } else { end };
        let layer = Some(conv).filter(|&conv| self.is_conv(conv)).and_then(|conv| self.layer(conv))?;
        let fits = layer.end() == end && layer.activation.is_none() && layer.conv.inputs == [first];
        (fits && self.only_reader(end).is_some() && self.taken.get(conv) == Some(&false)).then_some(layer)
    }

    fn readers(&self, node: usize) -> Vec<usize> {
        let all = self.network.nodes.iter().enumerate();
        all.flat_map(|(at, reader)| reader.inputs.iter().filter(move |&&input| input == node).map(move |_| at)).collect()
    }

    /// The one node that reads `node`; `None` if there are none or several, or a tap shows this value.
    fn only_reader(&self, node: usize) -> Option<(usize, &'a Node)> {
        match self.readers(node).as_slice() {
            &[reader] if !self.is_tap(node) => self.network.nodes.get(reader).map(|node| (reader, node)),
            _ => None,
        }
    }

    fn is_tap(&self, node: usize) -> bool {
        self.network.taps.iter().any(|&(_, tap)| tap == node)
    }

    fn is_conv(&self, node: usize) -> bool {
        matches!(self.network.nodes.get(node), Some(Node { op: Op::Conv { .. }, .. }))
    }
}

/// The chain of a run, with the names of its tensors in the order of [`Chain::param_len`].
fn plan(run: &Run<'_>) -> Result<ChainPlan> {
    let (mut params, mut norms) = (Vec::new(), Vec::new());
    let mut name_norm = |params: &mut Vec<String>, norm: &Node| {
        params.extend(["weight", "bias"].map(|suffix| format!("{}.{suffix}", norm.name)));
        norms.push(norm.name.clone());
    };
    let entry = run.entry.map(|(norm, activation)| {
        name_norm(&mut params, norm);
        let channels = if let Op::BatchNorm { channels } = norm.op { channels } else { 0 };
        Entry { channels, activation }
    });
    let mut stage = |layer: &Layer<'_>| -> Result<Stage> {
        params.extend(layer.conv.parameters().into_iter().map(|parameter| parameter.name));
        layer.norm.into_iter().for_each(|norm| name_norm(&mut params, norm));
        stage(layer)
    };
    let stages = run.layers.iter().map(&mut stage).collect::<Result<_>>()?;
    let shortcut = match &run.shortcut {
        Found::None => Shortcut::None,
        Found::Input => Shortcut::Input,
        Found::Projection(layer) => Shortcut::Projection(stage(layer)?),
    };
    Ok(ChainPlan { chain: Chain { entry, stages, shortcut, exit: run.exit }, params, norms })
}

fn stage(layer: &Layer<'_>) -> Result<Stage> {
    let refused = || {
        let message = format!("the learner has no kernel for node {} ({:?})", layer.conv.name, layer.conv.op);
        Error::new(ErrorKind::Argument, message, "Use dense convolutions, or depthwise ones of side 3, padding 1 and stride 1 or 2.")
    };
    let Op::Conv { in_channels, out_channels, kernel, stride, padding, groups, bias } = layer.conv.op else { return Err(refused()) };
    let kind = match (kernel, stride, padding, groups) {
        (1, 1, 0, 1) => ConvKind::Pointwise,
        (_, _, _, 1) => ConvKind::Dense { kernel, stride, padding },
        (3, 1 | 2, 1, g) if g == in_channels && g == out_channels => ConvKind::Depthwise { stride },
        _ => return Err(refused()),
    };
    let activation = layer.activation.unwrap_or(Activation::NONE);
    Ok(Stage { kind, in_channels, out_channels, bias, norm: layer.norm.is_some(), activation })
}
