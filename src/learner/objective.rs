//! What a network is trained for: the terms of a loss, which stand outside the trainer.

use super::batch::Batch;
use super::pass::Output;
use crate::{Error, ErrorKind, Result};
use candle_core::backprop::GradStore;
use candle_core::{DType, Tensor};

/// One term of a loss.
#[derive(Clone, Debug)]
pub struct Term {
    /// Its name in reports.
    pub name: &'static str,
    /// What it is multiplied with in the sum.
    pub weight: f64,
    /// A scalar of the graph; `None` where the batch leaves the term nothing to compare, which counts as 0 without a gradient.
    pub value: Option<Tensor>,
}

/// A term as a report has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TermReport {
    /// Its name.
    pub name: &'static str,
    /// What it is multiplied with in the sum.
    pub weight: f64,
    /// Its value before that.
    pub value: f64,
    /// Whether the batch left it nothing to compare; its value is 0 then.
    pub skipped: bool,
}

/// What a network is trained for. It may have heads and teachers of its own.
pub trait Objective {
    /// The terms for a batch, from what the network gave for it. The loss is their weighted sum.
    ///
    /// # Errors
    /// Whatever keeps a term from being computed; nothing is learned from the batch then.
    fn terms(&mut self, batch: &Batch, output: &Output) -> Result<Vec<Term>>;

    /// Told of the gradients of a backward before anything moves: where a head that is a [`Model`](super::Model) adds those of its parameters
    /// ([`Output::unpack`]).
    ///
    /// # Errors
    /// Passed on by the trainer; nothing is learned from the batch then.
    fn unpack(&mut self, _gradients: &mut GradStore) -> Result<()> {
        Ok(())
    }

    /// Told when a step was taken on the terms given last: where a head with BatchNorm updates its running statistics.
    ///
    /// # Errors
    /// Passed on by the trainer.
    fn stepped(&mut self) -> Result<()> {
        Ok(())
    }

    /// The share of the last batch's turned views that were matched to their own image, in 0–1; `None` where nothing is matched.
    fn matched(&self) -> Option<f64> {
        None
    }
}

/// Σ weight · value over the terms that have a value, a scalar of the graph; and what each term was.
///
/// # Errors
/// [`ErrorKind::Argument`] when no term has a value; Candle's own when terms are of different types.
pub fn weighted_sum(terms: &[Term]) -> Result<(Tensor, Vec<TermReport>)> {
    let mut loss: Option<Tensor> = None;
    let mut reports = Vec::with_capacity(terms.len());
    for Term { name, weight, value } in terms {
        let number = value.as_ref().map_or(Ok(0.0), scalar)?;
        reports.push(TermReport { name, weight: *weight, value: number, skipped: value.is_none() });
        let Some(value) = value else { continue };
        let weighted = (value * *weight)?;
        loss = Some(match loss {
            Some(loss) => (loss + weighted)?,
            None => weighted,
        });
    }
    let loss = loss.ok_or_else(|| Error::new(ErrorKind::Argument, "the objective has no term that the batch gives anything to compare", ""))?;
    Ok((loss, reports))
}

/// The number a scalar tensor holds.
pub(super) fn scalar(tensor: &Tensor) -> Result<f64> {
    Ok(tensor.to_dtype(DType::F64)?.to_scalar()?)
}
