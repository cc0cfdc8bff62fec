//! The shape of every node's result: worked out before anything runs, so that both executors refuse the same networks.

use super::{Network, Node};
use crate::{Error, ErrorKind, Result};

/// One image's tensor at a node: height × width × channels, or a row of `channels` numbers once `pooled` (height and width are 1 then).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Numbers a pixel, or in the row.
    pub channels: usize,
    /// Whether height and width are gone.
    pub pooled: bool,
}

impl Shape {
    /// A pooled row of `channels` numbers.
    pub const fn row(channels: usize) -> Self {
        Self { height: 1, width: 1, channels, pooled: true }
    }

    /// Height times width.
    pub const fn pixels(self) -> usize {
        self.height.saturating_mul(self.width)
    }

    /// Numbers an image.
    pub const fn len(self) -> usize {
        self.pixels().saturating_mul(self.channels)
    }

    /// Whether there is not one number. No node of a network has such a shape.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// What windows of side `kernel` leave of height and width; `None` where not one window fits.
    pub(super) fn windows(self, kernel: usize, stride: usize, padding: usize) -> Option<Self> {
        let side = |side: usize| {
            let room = side.checked_add(padding.checked_mul(2)?)?.checked_sub(kernel)?;
            room.checked_div(stride)?.checked_add(1)
        };
        if kernel == 0 {
            return None;
        }
        Some(Self { height: side(self.height)?, width: side(self.width)?, ..self })
    }
}

impl Network {
    /// The shape of every node's result for images of `height` × `width`, in node order.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`], naming the node, when one reads itself or a later node, when channels, shapes or the number of inputs do
    /// not fit what it computes, or when a window is larger than its padded input; and when a tap or the input is not there.
    pub fn shapes(&self, (height, width): (usize, usize)) -> Result<Vec<Shape>> {
        let mut shapes: Vec<Shape> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let inputs: Option<Vec<Shape>> = node.inputs.iter().map(|&input| shapes.get(input).copied()).collect();
            let inputs = inputs.ok_or_else(|| refuse(node, "reads a node that does not come before it"))?;
            let shape = node.op.shape(&inputs, (height, width)).filter(|shape| !shape.is_empty());
            shapes.push(shape.ok_or_else(|| refuse(node, &format!("does not fit what it reads, {inputs:?}")))?);
        }
        if let Some((name, node)) = self.taps.iter().find(|(_, node)| *node >= shapes.len()) {
            return Err(Error::new(ErrorKind::Argument, format!("the tap {name} shows node {node}; the network has {}", shapes.len()), ""));
        }
        Ok(shapes)
    }
}

fn refuse(node: &Node, why: &str) -> Error {
    Error::new(ErrorKind::Argument, format!("the network's node {} ({:?}) {why}", node.name, node.op), "")
}
