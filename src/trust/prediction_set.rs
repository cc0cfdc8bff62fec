//! "One of these, with 90 % confidence": split-conformal prediction sets.

use super::judged::{check_row, same_length};
use super::softmax::top;
use crate::weights::PredictionSet;
use crate::{Error, ErrorKind, Result};

/// Fits the LAC threshold q̂ (Sadinle, Lei, Wasserman, *JASA* 114, 2019): the ⌈(n + 1) · coverage⌉-th smallest of the n scores
/// 1 − p(true class), or 1 (every class) when n is too small for the coverage.
///
/// `probabilities`: calibrated, under the training mix, of photographs that neither the training nor the temperature has seen (in practice
/// one photograph a lesion); `labels`: their class indices; `coverage` strictly between 0 and 1.
///
/// **The guarantee**: for a new photograph drawn like these (exchangeable with them), the set of [`prediction_set`] holds the true class
/// with probability ≥ `coverage`, for any n and any network; without ties also ≤ `coverage` + 1/(n + 1). It holds on average over
/// photographs *of the training mix*: not for every class (rare ones get less), not under another prior, camera or population.
///
/// # Errors
/// `table-empty` for no photograph; `not-finite` or `argument` for a row that is no distribution; `argument` when lengths differ, a label
/// is outside its row, or the coverage is out of range.
pub fn fit_prediction_set(probabilities: &[Vec<f64>], labels: &[usize], coverage: f64) -> Result<PredictionSet> {
    if !(coverage > 0.0 && coverage < 1.0) {
        return Err(Error::new(ErrorKind::Argument, format!("the coverage is {coverage}; allowed is a number between 0 and 1"), ""));
    }
    if probabilities.is_empty() {
        return Err(Error::new(ErrorKind::TableEmpty, "there is no photograph to fit the set on; at least one is needed", ""));
    }
    same_length("labels", labels.len(), probabilities.len())?;
    let mut scores = Vec::with_capacity(labels.len());
    for (row, &label) in probabilities.iter().zip(labels) {
        check_row(row, row.len())?;
        let outside = || Error::new(ErrorKind::Argument, format!("the label {label} is outside the {} classes", row.len()), "");
        scores.push(1.0 - row.get(label).ok_or_else(outside)?);
    }
    scores.sort_by(f64::total_cmp);
    let n = scores.len();
    // The slack keeps a product such as 10 · 0.9 = 9.000…02 at the ninth score.
    let rank = ((n as f64 + 1.0) * coverage - 1e-9).ceil() as usize;
    let threshold = scores.get(rank.saturating_sub(1)).copied().unwrap_or(1.0);
    Ok(PredictionSet { coverage, threshold, n })
}

/// The classes c with 1 − p_c ≤ q̂ (`threshold` of a [`PredictionSet`]), the most probable first, the lower index first among equals.
///
/// The most probable class always belongs to the set, even where LAC alone would leave it empty; that can only raise the coverage.
/// An empty row gives an empty set; NaN never belongs.
pub fn prediction_set(probabilities: &[f64], threshold: f64) -> Vec<usize> {
    let first = top(probabilities).map(|(class, _)| class);
    ranking(probabilities).into_iter().filter(|&(class, p)| 1.0 - p <= threshold || Some(class) == first).map(|(class, _)| class).collect()
}

/// Classes with their probabilities, the most probable first, the lower index first among equals.
pub(crate) fn ranking(probabilities: &[f64]) -> Vec<(usize, f64)> {
    let mut ranking: Vec<(usize, f64)> = probabilities.iter().copied().enumerate().collect();
    ranking.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranking
}
