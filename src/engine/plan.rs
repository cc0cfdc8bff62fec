//! The plan: steps in order, each one kernel call, with the buffers they read and write.

use super::bank::Bank;
use super::fold::Affine;
use super::{lower, slots};
use crate::kernels::{self, Activation, BLayout, ConvShape, Depthwise, Isa};
use crate::nn::{Network, Node, Op, Shape};
use crate::weights::Tensors;
use crate::{Error, ErrorKind, Result};

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

/// A network laid out for one input side and one instruction set; never changes after it is made.
#[derive(Debug)]
pub(super) struct Plan {
    pub isa: Isa,
    pub side: usize,
    pub input_len: usize,
    pub steps: Vec<Step>,
    /// Length of each buffer.
    pub slots: Vec<usize>,
    pub features: Kept,
    pub embedding: Kept,
    pub logits: Kept,
    pub classifier: Classifier,
}

impl Plan {
    pub fn new(network: &Network, tensors: &Tensors, side: usize, isa: Isa) -> Result<Self> {
        let bank = Bank(tensors);
        let shapes = network.shapes((side, side))?;
        let classifier = classifier(network, bank)?;
        let drafts = lower::lower(network, bank, &shapes, isa)?;
        let taps: Vec<usize> = network.taps.iter().map(|&(_, node)| node).collect();
        let (steps, slots) = slots::assign(drafts, &taps);
        let kept = |tap: &str| {
            let node = network.tap(tap);
            let step = steps.iter().find(|step| Some(step.node) == node);
            step.map(|step| Kept { slot: step.output, len: step.shape.len() }).ok_or_else(|| no_tap(tap))
        };
        let (features, embedding, logits) = (kept("feats_7x7")?, kept("avg_pool")?, kept("logits")?);
        let input_len = shapes.first().map_or(0, |shape| shape.len());
        Ok(Self { isa, side, input_len, steps, slots, features, embedding, logits, classifier })
    }
}

/// The last layer, which must read the mean of the feature maps: that is what makes the class activation map exact.
fn classifier(network: &Network, bank: Bank<'_>) -> Result<Classifier> {
    let node = |tap: &str| network.tap(tap).and_then(|index| network.nodes.get(index)).ok_or_else(|| no_tap(tap));
    let reads = |node: &Node, tap: &str| node.inputs.iter().copied().eq(network.tap(tap));
    let (pool, logits) = (node("avg_pool")?, node("logits")?);
    match logits.op {
        Op::Linear { in_features, .. } if reads(logits, "avg_pool") && reads(pool, "feats_7x7") && pool.op == Op::GlobalAvgPool => {
            Ok(Classifier { features: in_features, weights: bank.take(logits, "weight")?.to_vec() })
        }
        _ => Err(lower::refuse(logits)),
    }
}

fn no_tap(tap: &str) -> Error {
    Error::new(ErrorKind::Argument, format!("the network has no result named {tap}"), "The engine needs feats_7x7, avg_pool and logits.")
}
