//! The shape of every node's result for a given input side.

use crate::kernels::ConvShape;
use crate::nn::{Network, Node, Op};
use crate::{Error, ErrorKind, Result};

/// Height, width and channels of one image's tensor; 1 × 1 × C once pooled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl Shape {
    pub fn pixels(self) -> usize {
        self.height.saturating_mul(self.width)
    }

    pub fn len(self) -> usize {
        self.pixels().saturating_mul(self.channels)
    }

    pub fn axes(self) -> [usize; 3] {
        [self.height, self.width, self.channels]
    }

    /// The window arithmetic of a convolution over this shape.
    pub fn conv(self, kernel: usize, stride: usize, padding: usize) -> ConvShape {
        ConvShape { height: self.height, width: self.width, channels: self.channels, kernel, stride, padding }
    }
}

/// The shape of every node's result, in node order.
///
/// `argument` when a node reads a later node, or its channels are not those of what it reads.
pub(super) fn shapes(network: &Network, side: usize) -> Result<Vec<Shape>> {
    let mut shapes: Vec<Shape> = Vec::with_capacity(network.nodes.len());
    for node in &network.nodes {
        let inputs: Option<Vec<Shape>> = node.inputs.iter().map(|&input| shapes.get(input).copied()).collect();
        let shape = inputs.and_then(|inputs| shape_of(node, &inputs, side)).ok_or_else(|| refuse(node))?;
        shapes.push(shape);
    }
    Ok(shapes)
}

fn shape_of(node: &Node, inputs: &[Shape], side: usize) -> Option<Shape> {
    match (&node.op, inputs) {
        (&Op::Input { channels }, []) => Some(Shape { height: side, width: side, channels }),
        (&Op::Conv { in_channels, out_channels, kernel, stride, padding, .. }, &[x]) if x.channels == in_channels && stride > 0 => {
            let conv = x.conv(kernel, stride, padding);
            Some(Shape { height: conv.out_height(), width: conv.out_width(), channels: out_channels })
        }
        (&Op::BatchNorm { channels }, &[x]) if x.channels == channels => Some(x),
        (Op::Relu6, &[x]) => Some(x),
        (Op::GlobalAvgPool, &[x]) => Some(Shape { height: 1, width: 1, ..x }),
        (Op::Add, &[x, y]) if x == y => Some(x),
        (&Op::Linear { in_features, out_features }, &[x]) if x.len() == in_features => Some(Shape { height: 1, width: 1, channels: out_features }),
        _ => None,
    }
}

/// The error for a node that the engine cannot run.
pub(super) fn refuse(node: &Node) -> Error {
    Error::new(ErrorKind::Argument, format!("the network's node {} ({:?}) cannot be run by the engine", node.name, node.op), "")
}
