//! Phase 1: the teacher's projection head learns to tell which image a turned view belongs to.

use super::projection::Projection;
use super::similarity::{matched, similarities, similarity_cross_entropy};
use crate::Result;
use crate::learner::{Batch, Objective, Output, Term};
use candle_nn::Module;

/// [`similarity_cross_entropy`] behind a projection of the pooled rows. What else is trained is the store's affair: in phase 1 the head alone
/// ([`Parameters::train`](crate::learner::Parameters::train)), so that batches may be features computed earlier.
///
/// In a batch of one image there is nothing to be told apart; the term is skipped.
#[derive(Debug)]
pub struct Pretext {
    projection: Projection,
    matched: Option<f64>,
}

impl Pretext {
    /// Learning of this head, which must be trained in its store.
    pub fn new(projection: Projection) -> Self {
        Self { projection, matched: None }
    }
}

impl Objective for Pretext {
    /// `similarity`.
    fn terms(&mut self, batch: &Batch, output: &Output) -> Result<Vec<Term>> {
        let rep = self.projection.forward(output.tap("avg_pool")?)?;
        let similarities = similarities(&batch.upright(&rep)?, &batch.turned(&rep)?)?;
        self.matched = Some(matched(&similarities)?);
        let loss = similarity_cross_entropy(&similarities)?;
        Ok(vec![Term { name: "similarity", weight: 1.0, value: (similarities.dim(1)? > 1).then_some(loss) }])
    }

    fn matched(&self) -> Option<f64> {
        self.matched
    }
}
