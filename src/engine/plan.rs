//! The plan: steps in order, each one kernel call, with the buffers they read and write.

use super::bank::Bank;
use super::step::{Classifier, Kept, Step};
use super::{lower, slots};
use crate::kernels::Isa;
use crate::nn::{Network, Node, Op, Shape};
use crate::weights::Tensors;
use crate::{Error, ErrorKind, Result};

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
    /// Every tap of the network with its shape.
    pub taps: Vec<(&'static str, Shape, Kept)>,
    pub classifier: Classifier,
}

impl Plan {
    pub fn new(network: &Network, tensors: &Tensors, side: usize, isa: Isa) -> Result<Self> {
        let bank = Bank(tensors);
        let shapes = network.shapes((side, side))?;
        let classifier = classifier(network, bank)?;
        let drafts = lower::lower(network, bank, &shapes, isa)?;
        let taps: Vec<usize> = network.taps.iter().map(|&(_, node)| node).collect();
        let (steps, slots) = slots::assign(drafts, &taps)?;
        let taps: Vec<(&'static str, Shape, Kept)> = network
            .taps
            .iter()
            .filter_map(|&(tap, node)| steps.iter().find(|step| step.node == node).map(|step| (tap, step)))
            .map(|(tap, step)| (tap, step.shape, Kept { slot: step.output, len: step.shape.len() }))
            .collect();
        let kept = |tap: &str| taps.iter().find(|(name, ..)| *name == tap).map(|&(.., kept)| kept).ok_or_else(|| no_tap(tap));
        let (features, embedding, logits) = (kept("feats_7x7")?, kept("avg_pool")?, kept("logits")?);
        let input_len = shapes.first().map_or(0, |shape| shape.len());
        Ok(Self { isa, side, input_len, steps, slots, features, embedding, logits, taps, classifier })
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
