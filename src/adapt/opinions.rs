//! What teacher and student think of one example, as the loss compares it.

use super::examples::Example;
use crate::Result;
use crate::engine::Engine;
use crate::nn::Network;
use crate::photo::normalise;
use crate::weights::{Card, Tensors};
use serde::Serialize;

/// Logits of an example's upright view for equal class shares: what the terms of labels and of softened answers read. softmax(logits / T) are
/// probabilities at temperature T; the card's calibration is no part of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Opinions {
    /// The teacher's; `None` where there is none, or where it has not answered for this example.
    pub teacher: Option<Vec<f32>>,
    /// Under the shipped weights.
    pub before: Vec<f32>,
    /// Under the present ones.
    pub now: Vec<f32>,
}

/// The logits of weights that hold for equal class shares.
pub(super) fn logits(network: &Network, tensors: &Tensors, card: &Card, example: &Example) -> Result<Vec<f32>> {
    let mut engine = Engine::new(network, tensors, card.input_side)?;
    Ok(engine.forward(&normalise(&example.seen, card.mean, card.std))?.to_vec())
}
