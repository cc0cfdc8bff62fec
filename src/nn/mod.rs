//! Network descriptions: a network is data, a list of named nodes, that two executors read (`engine` and `learner`).
//!
//! Nothing here computes. Names are torchvision's, so that a weight file needs no table of its own.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod framing;
mod mobilenet_v2;
mod op;
#[cfg(feature = "resnet")]
mod resnet50;
mod shape;

pub use framing::Framing;
pub use mobilenet_v2::mobilenet_v2;
pub use op::Op;
#[cfg(feature = "resnet")]
pub use resnet50::{resnet50, resnet50v2};
pub use shape::Shape;

/// BatchNorm's ε (PyTorch's default).
pub const BN_EPS: f32 = 1e-5;
/// BatchNorm's share of the new batch in its running statistics (PyTorch's default).
pub const BN_MOMENTUM: f32 = 0.1;

/// One step of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The prefix of its tensors in a weight file, and its name in messages.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// Positions of the nodes it reads, all smaller than its own.
    pub inputs: Vec<usize>,
}

/// What a tensor of a weight file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Trained by the optimiser.
    Trained,
    /// BatchNorm's running mean.
    RunningMean,
    /// BatchNorm's running (unbiased) variance, never negative.
    RunningVar,
    /// No part of the network: fitted to its channel statistics (`weights::Familiarity`).
    Fitted,
}

/// A tensor that the network needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its full name in a weight file.
    pub name: String,
    /// Its shape in PyTorch's layout.
    pub shape: Vec<usize>,
    /// What it is for.
    pub role: Role,
}

/// A network: nodes in the order they are computed, the last one being the logits.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// One of [`NAMES`](Self::NAMES), as weight cards spell it.
    pub architecture: &'static str,
    /// The steps; node 0 is the input.
    pub nodes: Vec<Node>,
    /// Named positions: `feats_7x7`, `avg_pool`, `logits` (SSD-KD §3).
    pub taps: Vec<(&'static str, usize)>,
}

impl Network {
    /// Every name that [`named`](Self::named) knows.
    pub const NAMES: &[&str] = &[
        "mobilenet_v2",
        #[cfg(feature = "resnet")]
        "resnet50",
        #[cfg(feature = "resnet")]
        "resnet50v2",
    ];

    /// The description that a card names, with `classes` outputs; `None` for an unknown name.
    pub fn named(architecture: &str, classes: usize) -> Option<Self> {
        match architecture {
            "mobilenet_v2" => Some(mobilenet_v2(classes)),
            #[cfg(feature = "resnet")]
            "resnet50" => Some(resnet50(classes)),
            #[cfg(feature = "resnet")]
            "resnet50v2" => Some(resnet50v2(classes)),
            _ => None,
        }
    }

    /// The position of a tap.
    pub fn tap(&self, name: &str) -> Option<usize> {
        self.taps.iter().find(|(tap, _)| *tap == name).map(|&(_, node)| node)
    }

    /// The layer that makes the logits, whatever it is called: `classifier.1` in MobileNetV2, `fc` in a ResNet. `None` where the tap
    /// `logits` shows no linear layer.
    pub fn classifier(&self) -> Option<&Node> {
        self.nodes.get(self.tap("logits")?).filter(|node| matches!(node.op, Op::Linear { .. }))
    }

    /// The position where the block `name` ends, and its channels: the last node of that name or one below it (`features.6` ends with
    /// `features.6.add`). `None` for an unknown block, and for one without height and width.
    pub fn block(&self, name: &str) -> Option<(usize, usize)> {
        let within = |node: &Node| node.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let end = self.nodes.iter().rposition(within)?;
        let mut at = end;
        loop {
            let node = self.nodes.get(at)?;
            match node.op {
                Op::Input { channels } | Op::BatchNorm { channels } | Op::Conv { out_channels: channels, .. } => return Some((end, channels)),
                Op::Relu | Op::Relu6 | Op::MaxPool { .. } | Op::Add => at = *node.inputs.first().filter(|input| **input < at)?,
                Op::GlobalAvgPool | Op::Linear { .. } => return None,
            }
        }
    }

    /// How many nodes read node `index`.
    pub fn readers(&self, index: usize) -> usize {
        self.nodes.iter().flat_map(|node| &node.inputs).filter(|&&input| input == index).count()
    }

    /// Every tensor of the network, in node order.
    pub fn parameters(&self) -> Vec<Parameter> {
        self.nodes.iter().flat_map(Node::parameters).collect()
    }

    /// How many numbers the optimiser trains.
    pub fn trained_len(&self) -> usize {
        self.parameters().iter().filter(|p| p.role == Role::Trained).map(|p| p.shape.iter().product::<usize>()).sum()
    }
}

impl Node {
    /// The tensors of this node, in PyTorch's order.
    pub fn parameters(&self) -> Vec<Parameter> {
        self.op.parameters(&self.name)
    }
}

/// Appends nodes one after another; each method returns the new node's position.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    nodes: Vec<Node>,
}

impl Builder {
    pub(crate) fn push(&mut self, name: String, op: Op, inputs: Vec<usize>) -> usize {
        let position = self.nodes.len();
        self.nodes.push(Node { name, op, inputs });
        position
    }

    /// A convolution without bias. `geometry` = (kernel, stride, groups); padding keeps odd kernels centred.
    pub(crate) fn conv(&mut self, input: usize, name: String, channels: (usize, usize), geometry: (usize, usize, usize)) -> usize {
        let ((in_channels, out_channels), (kernel, stride, groups)) = (channels, geometry);
        self.push(name, Op::Conv { in_channels, out_channels, kernel, stride, padding: kernel / 2, groups, bias: false }, vec![input])
    }

    /// A BatchNorm and, if given, the activation behind it.
    pub(crate) fn norm(&mut self, input: usize, name: String, channels: usize, activation: Option<Op>) -> usize {
        let behind = activation.map(|activation| (format!("{name}.activation"), activation));
        let norm = self.push(name, Op::BatchNorm { channels }, vec![input]);
        behind.map_or(norm, |(name, activation)| self.push(name, activation, vec![norm]))
    }

    pub(crate) fn finish(self, architecture: &'static str, taps: Vec<(&'static str, usize)>) -> Network {
        Network { architecture, nodes: self.nodes, taps }
    }
}
