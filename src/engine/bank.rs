//! The tensors of a network by node, checked as they are taken.

use crate::nn::Node;
use crate::weights::{Tensors, checked_tensor};
use crate::{Error, ErrorKind, Result};

/// Read access to a network's tensors.
#[derive(Clone, Copy)]
pub(super) struct Bank<'a>(pub &'a Tensors);

impl<'a> Bank<'a> {
    /// The tensor `{node}.{suffix}`: there, of the node's shape, and of values that it may have.
    pub fn take(self, node: &Node, suffix: &str) -> Result<&'a [f32]> {
        let name = format!("{}.{suffix}", node.name);
        let parameter = node.parameters().into_iter().find(|parameter| parameter.name == name);
        let parameter = parameter.ok_or_else(|| Error::new(ErrorKind::Internal, format!("no layer has a tensor {name}"), ""))?;
        Ok(&checked_tensor(self.0, &parameter)?.data)
    }
}
