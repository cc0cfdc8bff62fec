//! A tensor as a weight file holds it: a shape and its numbers.

use std::collections::BTreeMap;

/// A dense tensor in row-major order, PyTorch's layout for weights (out, in / groups, kernel, kernel).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tensor {
    /// The length of every axis; empty for a single number.
    pub shape: Vec<usize>,
    /// The numbers, as many as the product of `shape`.
    pub data: Vec<f32>,
}

impl Tensor {
    /// Whether `data` is as long as `shape` promises; `false` as well when that product does not fit a `usize`.
    pub fn is_consistent(&self) -> bool {
        element_count(&self.shape) == Some(self.data.len())
    }
}

/// Tensors by their full name, in the order of their names.
pub type Tensors = BTreeMap<String, Tensor>;

/// The product of a shape; `None` on overflow.
pub(super) fn element_count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |count, &axis| count.checked_mul(axis))
}
