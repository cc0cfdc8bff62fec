//! The words that a plan is written in: steps, what they compute, and where their numbers lie.

use super::fold::Affine;
use crate::kernels::{self, Activation, BLayout, ConvShape, Depthwise, Isa};
use crate::nn::Shape;

/// What a step computes from its input.
#[derive(Debug)]
pub(super) enum Work {
    /// A matrix product over pixels: 1 × 1 convolution, or the classifier (one pixel).
    Product(Product),
    /// A general convolution, as windows and a product.
    Dense {
        conv: ConvShape,
        product: Product,
    },
    /// The 3 × 3 depthwise convolution; `weights` as nine rows of channels.
    Depthwise {
        row: Depthwise,
        weights: Vec<f32>,
        bias: Vec<f32>,
    },
    Affine(Affine),
    MaxPool(ConvShape),
    Add,
    /// The mean over height and width.
    Pool,
}

/// B of a product, packed, with its shape and bias.
#[derive(Debug)]
pub(super) struct Product {
    pub k: usize,
    pub n: usize,
    pub packed: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Product {
    /// Packs weights of `n` rows of `k` (PyTorch's layout).
    pub fn new(isa: Isa, k: usize, n: usize, weights: &[f32], bias: Vec<f32>) -> Self {
        let mut packed = vec![0.0; kernels::packed_b_len(isa, k, n)];
        kernels::pack_b(isa, weights, BLayout::Transposed, k, n, &mut packed);
        Self { k, n, packed, bias }
    }
}

/// Where a step finds a node's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The caller's input.
    Input,
    /// The first `len` numbers of buffer `slot`.
    Buffer { slot: usize, len: usize },
}

/// What a step reads before it has buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// The caller's input.
    Input,
    /// What the step that ends with this node makes.
    Node(usize),
}

/// A step before it has buffers.
#[derive(Debug)]
pub(super) struct Draft {
    pub name: String,
    /// The node whose value the step makes.
    pub node: usize,
    pub work: Work,
    pub activation: Activation,
    pub input: Value,
    pub residual: Option<Value>,
    pub shape: Shape,
}

/// One kernel call.
#[derive(Debug)]
pub(super) struct Step {
    /// The node that this step ends with: fused nodes before it have no result of their own.
    pub name: String,
    pub node: usize,
    pub work: Work,
    pub activation: Activation,
    pub input: Place,
    /// Added before the activation.
    pub residual: Option<Place>,
    /// The buffer it writes; none of those it reads.
    pub output: usize,
    pub shape: Shape,
}

/// A result that outlives the forward pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub slot: usize,
    pub len: usize,
}

/// The last layer as the class activation map needs it: `weights` has one row of `features` a class.
#[derive(Debug)]
pub(super) struct Classifier {
    pub features: usize,
    pub weights: Vec<f32>,
}
