//! What a step tells.

use super::features::Cached;
use crate::learner::{StepReport, TermReport};
use serde::Serialize;

/// A term of the loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Term {
    /// Its name, such as `labels`.
    pub name: &'static str,
    /// What it is multiplied with in the sum.
    pub weight: f64,
    /// Its value before that.
    pub value: f64,
    /// Their product: what it adds to the loss.
    pub weighted: f64,
    /// Whether the batch left it nothing to compare; its value is 0 then.
    pub skipped: bool,
}

/// Milliseconds of the caller's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Ms {
    /// Putting the batch together: turning, normalising, or reading and making cached features.
    pub batch: f64,
    /// The network forward.
    pub forward: f64,
    /// The terms of the loss, a teacher's answers among them.
    pub terms: f64,
    /// Gradients and the optimiser's step.
    pub backward: f64,
    /// Everything, local validation included.
    pub total: f64,
}

/// How examples that are not learned from stand after a step, every class weighed alike.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Validation {
    /// How many there are.
    pub n: usize,
    /// Share that is answered rightly, under equal class shares.
    pub accuracy: f64,
    /// Mean cross-entropy.
    pub loss: f64,
}

/// What one step did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Steps of this run so far, this one included.
    pub step: usize,
    /// The loss before the step.
    pub loss: f64,
    /// Its terms.
    pub terms: Vec<Term>,
    /// The learning rate.
    pub rate: f64,
    /// Images of the batch.
    pub images: usize,
    /// Those answered rightly before the step.
    pub correct: usize,
    /// The share of turned views matched to their own image before the step, where the method matches them.
    pub matched: Option<f64>,
    /// Numbers of the batch's examples, in its order.
    pub examples: Vec<u32>,
    /// Local validation; `None` below ten examples, and in steps between two validations.
    pub validation: Option<Validation>,
    /// The same for the retained examples, which show what is forgotten; `None` without any, and in steps between two validations.
    pub retained: Option<Validation>,
    /// What is kept of the fixed part's features.
    pub cached: Cached,
    /// How long it took.
    pub ms: Ms,
}

impl Report {
    /// A trainer's report with what the run knows besides.
    pub(super) fn new(step: StepReport, examples: Vec<u32>, cached: Cached, ms: Ms) -> Self {
        let term = |TermReport { name, weight, value, skipped }: TermReport| Term { name, weight, value, weighted: weight * value, skipped };
        Self {
            step: step.step,
            loss: step.loss,
            terms: step.terms.into_iter().map(term).collect(),
            rate: step.rate,
            images: examples.len(),
            correct: step.correct,
            matched: step.matched,
            examples,
            validation: None,
            retained: None,
            cached,
            ms,
        }
    }
}
