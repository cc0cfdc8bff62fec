//! All metrics of a set of photographs at once.

use super::judged::{Judged, same_length};
use super::label::Label;
use super::metrics::{auc, expected_calibration_error, mean, negative_log_likelihood, ratio};
use super::report::{PerClass, Report};
use crate::{Error, ErrorKind, Result};

/// Judges `probabilities` (one row a photograph, in the order of `classes`) against `labels`.
///
/// `abstained` says for which photographs the classifier declined; they count in every metric nonetheless. If any label is
/// [`Label::Akiec`], AK's and SCC's probabilities are added and everything is over the seven merged classes. The predicted class is the one
/// with the largest probability, the first of equals. [`Report::weights_sha256`] is empty and [`Report::intervals`] and
/// [`Report::selective`] absent.
///
/// # Errors
/// `table-empty` for no photograph; `not-finite` for a probability that is NaN or infinite; `argument` when the lengths differ, a
/// row is no distribution (negative, or its sum off 1 by more than 1e-6), a label is outside `classes`, or AKIEC meets classes without AK or SCC.
pub fn evaluate(probabilities: &[Vec<f64>], labels: &[Label], abstained: &[bool], classes: &[impl AsRef<str>]) -> Result<Report> {
    let judged = Judged::new(probabilities, labels, classes)?;
    same_length("abstentions", abstained.len(), probabilities.len())?;
    let confusion = confusion(&judged);
    let per_class: Vec<PerClass> = (0..judged.classes.len()).map(|class| per_class(&judged, class)).collect();
    let hits = judged.truth.iter().zip(&judged.predicted).filter(|(truth, predicted)| truth == predicted).count();
    let undefined = || Error::new(ErrorKind::Internal, "a metric of a set that is not empty is undefined", "");
    Ok(Report {
        n: probabilities.len(),
        accuracy: ratio(hits, probabilities.len()).ok_or_else(undefined)?,
        balanced_accuracy: mean(per_class.iter().filter_map(|class| class.recall)).ok_or_else(undefined)?,
        ece: expected_calibration_error(&judged.probabilities, &judged.truth).ok_or_else(undefined)?,
        nll: negative_log_likelihood(&judged.probabilities, &judged.truth).ok_or_else(undefined)?,
        macro_auc: mean(per_class.iter().filter_map(|class| class.auc)),
        abstained: abstained.iter().filter(|abstained| **abstained).count(),
        per_class: judged.classes.iter().cloned().zip(per_class).collect(),
        classes: judged.classes,
        confusion,
        weights_sha256: String::new(),
        intervals: None,
        selective: None,
    })
}

/// Rows: true class. Columns: predicted class.
fn confusion(judged: &Judged) -> Vec<Vec<usize>> {
    let mut counts = vec![vec![0usize; judged.classes.len()]; judged.classes.len()];
    for (&truth, &predicted) in judged.truth.iter().zip(&judged.predicted) {
        if let Some(cell) = counts.get_mut(truth).and_then(|row| row.get_mut(predicted)) {
            *cell = cell.saturating_add(1);
        }
    }
    counts
}

fn per_class(judged: &Judged, class: usize) -> PerClass {
    let n = judged.truth.iter().filter(|&&truth| truth == class).count();
    let given = judged.predicted.iter().filter(|&&predicted| predicted == class).count();
    let hits = judged.truth.iter().zip(&judged.predicted).filter(|&(&truth, &predicted)| truth == class && predicted == class).count();
    let scores: Vec<f64> = judged.probabilities.iter().filter_map(|row| row.get(class).copied()).collect();
    let positive: Vec<bool> = judged.truth.iter().map(|&truth| truth == class).collect();
    PerClass { n, recall: ratio(hits, n), precision: ratio(hits, given), auc: auc(&scores, &positive) }
}
