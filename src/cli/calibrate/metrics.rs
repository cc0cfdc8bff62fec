//! The validation figures as a card holds them.

use crate::trust::{Answered, Covered, Report, prediction_set};
use crate::weights::PredictionSet;
use serde_json::{Map, Value, json};

/// The card's `metrics`: figures under both priors, rounded to four decimals, with their intervals.
///
/// `training` and `equal` are over the same photographs; the prediction set is measured on the `probabilities` (training mix) and class
/// indices `labels` that it was fitted on, so its coverage there is a check of the fit and no promise.
pub(super) fn metrics(training: &Report, equal: &Report, set: &PredictionSet, probabilities: &[Vec<f64>], labels: &[usize]) -> Map<String, Value> {
    let sets: Vec<Vec<usize>> = probabilities.iter().map(|row| prediction_set(row, set.threshold)).collect();
    let covered = sets.iter().zip(labels).filter(|(set, label)| set.contains(label)).count();
    let size: usize = sets.iter().map(Vec::len).sum();
    let n = labels.len().max(1) as f64;
    let validation = json!({
        "images": "one of each validation lesion; temperature and limits were fitted on the same images",
        "n": training.n,
        "declined": training.abstained,
        "declined_for": training.selective.as_ref().map(|selective| &selective.declined),
        "training_prior": figures(training),
        "equal_prior": figures(equal),
        "prediction_set": { "covered": rounded(covered as f64 / n), "mean_size": rounded(size as f64 / n) },
    });
    Map::from_iter([("validation".to_owned(), validation)])
}

fn figures(report: &Report) -> Value {
    let recall: Map<String, Value> =
        report.per_class.iter().map(|(code, class)| (code.clone(), class.recall.map_or(Value::Null, |recall| json!(rounded(recall))))).collect();
    let interval = |ends: Option<[f64; 2]>| ends.map_or(Value::Null, |ends| json!(ends.map(rounded)));
    let spread = report.intervals.as_ref();
    let point = |at: &Covered| json!({ "coverage": at.coverage, "risk": rounded(at.risk), "balanced_accuracy": rounded(at.balanced_accuracy) });
    let optional = |value: Option<f64>| value.map_or(Value::Null, |value| json!(rounded(value)));
    let selective = report.selective.as_ref();
    json!({
        "accuracy": rounded(report.accuracy),
        "accuracy_95": interval(spread.map(|spread| spread.accuracy)),
        "balanced_accuracy": rounded(report.balanced_accuracy),
        "balanced_accuracy_95": interval(spread.map(|spread| spread.balanced_accuracy)),
        "ece": rounded(report.ece),
        "ece_95": interval(spread.map(|spread| spread.ece)),
        "nll": rounded(report.nll),
        "nll_95": interval(spread.map(|spread| spread.nll)),
        "recall": recall,
        "answered": selective.map(|selective| {
            let Answered { n, accuracy, balanced_accuracy } = selective.answered;
            json!({ "n": n, "accuracy": optional(accuracy), "balanced_accuracy": optional(balanced_accuracy) })
        }),
        "risk_coverage": selective.map(|selective| selective.risk_coverage.iter().map(point).collect::<Vec<_>>()),
    })
}

/// Four decimals: the fifth of a share of some thousand photographs is noise.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
