//! The tensors of a network by node, checked as they are taken.

use crate::nn::Node;
use crate::weights::Tensors;
use crate::{Error, ErrorKind, Result};

/// Read access to a network's tensors.
#[derive(Clone, Copy)]
pub(super) struct Bank<'a>(pub &'a Tensors);

impl<'a> Bank<'a> {
    /// The tensor `{node}.{suffix}`: there, of the node's shape, and finite.
    pub fn take(self, node: &Node, suffix: &str) -> Result<&'a [f32]> {
        let name = format!("{}.{suffix}", node.name);
        let tensor = self.0.get(&name).ok_or_else(|| {
            let message = format!("the tensor {name:?} is missing");
            Error::new(ErrorKind::WeightsMissing, message, "Use a complete weight file of this network.")
        })?;
        let expected = node.parameters().into_iter().find(|parameter| parameter.name == name).map(|parameter| parameter.shape);
        if expected.as_ref() != Some(&tensor.shape) || !tensor.is_consistent() {
            let message = format!(
                "the tensor {name:?} has the shape {:?} and {} numbers; the network needs the shape {:?}",
                tensor.shape,
                tensor.data.len(),
                expected.unwrap_or_default()
            );
            return Err(Error::new(ErrorKind::WeightsShape, message, "Use a weight file of this network."));
        }
        if let Some(value) = tensor.data.iter().find(|value| !value.is_finite()) {
            let message = format!("the tensor {name:?} holds {value}; every number must be finite");
            return Err(Error::new(ErrorKind::WeightsNotFinite, message, "Use another weight file."));
        }
        Ok(&tensor.data)
    }
}
