//! How the present weights answer the examples, as `dermdistill evaluate` would.

use super::examples::{Examples, Use, VALIDATION_FROM};
use crate::classifier::{Classifier, Size, Timings};
use crate::trust::{self, Label, Prior, Report};
use crate::{Error, ErrorKind, Result};
use serde::Serialize;

/// The answer to one example.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// The example's number.
    pub id: u32,
    /// The code of its class.
    pub label: String,
    /// What it is for.
    pub r#use: Use,
    /// One a class.
    pub probabilities: Vec<f64>,
    /// Whether no class would be named.
    pub abstained: bool,
}

/// The answers to all examples, and the figures by use. A set without examples has none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Every example.
    pub answers: Vec<Judgement>,
    /// Of those that were learned from.
    pub train: Option<Report>,
    /// Of those held back; `None` below ten examples, where a figure would be chance.
    pub check: Option<Report>,
    /// Of those that show what was forgotten.
    pub retained: Option<Report>,
    /// Of all together: what the command line says about the same photographs.
    pub all: Report,
}

/// The same examples before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Under the shipped weights.
    pub before: Evaluation,
    /// Under the present ones.
    pub after: Evaluation,
}

impl Evaluation {
    /// Asks `classifier` about every example, under `prior`.
    pub(super) fn new(classifier: &mut Classifier, examples: &Examples, prior: &Prior) -> Result<Self> {
        if examples.is_empty() {
            return Err(Error::new(ErrorKind::Examples, "there is no example to evaluate on", "Add some first."));
        }
        let classes = classifier.card().classes.clone();
        let (mut answers, mut truth) = (Vec::with_capacity(examples.len()), Vec::with_capacity(examples.len()));
        for (id, example) in examples.iter() {
            let side = u32::try_from(example.seen.side).unwrap_or(u32::MAX);
            let look = classifier.look_at(example.seen.clone(), Size { width: side, height: side })?;
            let answer = classifier.answer(&look, prior, None, Timings::default())?;
            let (probabilities, abstained) = (answer.probabilities, answer.abstained.is_some());
            let label = classes.get(example.label).cloned().unwrap_or_default();
            answers.push(Judgement { id, label, r#use: example.r#use, probabilities, abstained });
            truth.push(Label::Class(example.label));
        }
        let report = |wanted: &dyn Fn(Use) -> bool| -> Result<Option<Report>> {
            let chosen: Vec<(&Judgement, Label)> = answers.iter().zip(truth.iter().copied()).filter(|(answer, _)| wanted(answer.r#use)).collect();
            if chosen.is_empty() {
                return Ok(None);
            }
            let rows: Vec<Vec<f64>> = chosen.iter().map(|(answer, _)| answer.probabilities.clone()).collect();
            let labels: Vec<Label> = chosen.iter().map(|(_, label)| *label).collect();
            let abstained: Vec<bool> = chosen.iter().map(|(answer, _)| answer.abstained).collect();
            trust::evaluate(&rows, &labels, &abstained, &classes).map(Some)
        };
        let enough = answers.iter().filter(|answer| answer.r#use != Use::Retained).count() >= VALIDATION_FROM;
        Ok(Self {
            train: report(&|r#use| matches!(r#use, Use::Train | Use::Auto))?,
            check: if enough { report(&|r#use| r#use == Use::Check)? } else { None },
            retained: report(&|r#use| r#use == Use::Retained)?,
            all: report(&|_| true)?.ok_or_else(|| Error::new(ErrorKind::Internal, "a set that is not empty has no figures", ""))?,
            answers,
        })
    }
}
