//! The single metrics, each on its own arguments.

use super::softmax::top;

/// Bins of the [`expected_calibration_error`].
pub const ECE_BINS: usize = 15;

/// The share of (positive, negative) pairs in which the positive has the larger score, an equal pair counting one half:
/// the area under the ROC curve (Hanley and McNeil 1982), by average ranks in O(n log n).
///
/// `scores` and `positive` have one entry a photograph (what the longer one has more is not looked at). `None` when there is no positive
/// or no negative, or when a score is NaN. Example: scores 0.1 0.4 0.35 0.8 with negatives first give 0.75.
pub fn auc(scores: &[f64], positive: &[bool]) -> Option<f64> {
    let mut ordered: Vec<(f64, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
    if ordered.iter().any(|(score, _)| score.is_nan()) {
        return None;
    }
    ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won) = (0.0, 0.0);
    // Equal scores form one block; −0 and +0 are equal here although their total order differs.
    for block in ordered.chunk_by(|a, b| a.0 == b.0) {
        let positives = count(block.iter().filter(|(_, positive)| *positive));
        let negatives = count(block.iter().filter(|(_, positive)| !positive));
        won += positives * (below + negatives / 2.0);
        below += negatives;
    }
    let pairs = below * (count(ordered.iter()) - below);
    (pairs > 0.0).then(|| won / pairs)
}

/// ECE = Σ_b (n_b / n) · |accuracy_b − mean top-1 probability_b| over [`ECE_BINS`] equal bins ((b − 1)/15, b/15] of the top-1 probability
/// (Guo et al., *On Calibration of Modern Neural Networks*, ICML 2017).
///
/// `probabilities` and `truth` have one entry a photograph; rows that are empty count as nothing. `None` for no photograph.
pub fn expected_calibration_error(probabilities: &[Vec<f64>], truth: &[usize]) -> Option<f64> {
    // Σ (hit − probability) of each bin is n_b · (accuracy_b − confidence_b).
    let mut gaps = [0.0; ECE_BINS];
    let mut n = 0.0;
    for (row, &class) in probabilities.iter().zip(truth) {
        let Some((predicted, probability)) = top(row) else { continue };
        let hit = if predicted == class { 1.0 } else { 0.0 };
        if let Some(gap) = gaps.get_mut(bin(probability)) {
            *gap += hit - probability;
        }
        n += 1.0;
    }
    (n > 0.0).then(|| gaps.iter().map(|gap| gap.abs()).sum::<f64>() / n)
}

/// The bin whose upper edge is the first at or above `probability`.
fn bin(probability: f64) -> usize {
    // A cast from f64 saturates; 0 belongs to the first bin and everything from 1 up to the last.
    let upper = (probability * ECE_BINS as f64).ceil() as usize;
    upper.saturating_sub(1).min(ECE_BINS.saturating_sub(1))
}

/// NLL = −(1/n) Σ ln p(true class), natural logarithm, with p floored at 2.2e-16 (f64's ε), so that one impossible truth costs 36.
///
/// `probabilities` and `truth` have one entry a photograph. `None` for no photograph or a class outside its row.
pub fn negative_log_likelihood(probabilities: &[Vec<f64>], truth: &[usize]) -> Option<f64> {
    let terms: Vec<f64> =
        probabilities.iter().zip(truth).map(|(row, &class)| row.get(class).map(|p| -p.max(f64::EPSILON).ln())).collect::<Option<_>>()?;
    (!terms.is_empty()).then(|| terms.iter().sum::<f64>() / count(terms.iter()))
}

/// How many there are, as a number to divide by; exact below 2⁵³.
pub(super) fn count(items: impl Iterator) -> f64 {
    items.count() as f64
}

/// part / whole; `None` when the whole is 0.
pub(super) fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The mean of what is there; `None` when nothing is.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    (n > 0.0).then(|| sum / n)
}
