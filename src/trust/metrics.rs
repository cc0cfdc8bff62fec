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
    Ranked::new(scores, positive)?.auc(|_| 1.0)
}

/// Photographs in the order of their scores, so that the area is known in O(n) for any number of copies of each.
pub(super) struct Ranked {
    /// Blocks of equal scores, ascending: the photograph, and whether it is a positive.
    blocks: Vec<Vec<(usize, bool)>>,
}

impl Ranked {
    /// `None` when a score is NaN.
    pub(super) fn new(scores: &[f64], positive: &[bool]) -> Option<Self> {
        let mut ordered: Vec<(f64, (usize, bool))> = scores.iter().copied().zip(positive.iter().copied().enumerate()).collect();
        if ordered.iter().any(|(score, _)| score.is_nan()) {
            return None;
        }
        ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Equal scores form one block; −0 and +0 are equal here although their total order differs.
        let block = |block: &[(f64, (usize, bool))]| block.iter().map(|(_, photograph)| *photograph).collect();
        Some(Self { blocks: ordered.chunk_by(|a, b| a.0 == b.0).map(block).collect() })
    }

    /// [`auc`] where each photograph counts `times` times.
    pub(super) fn auc(&self, times: impl Fn(usize) -> f64) -> Option<f64> {
        let (mut below, mut won, mut all) = (0.0, 0.0, 0.0);
        for block in &self.blocks {
            let (mut positives, mut negatives) = (0.0, 0.0);
            for &(photograph, positive) in block {
                *(if positive { &mut positives } else { &mut negatives }) += times(photograph);
            }
            won += positives * (below + negatives / 2.0);
            below += negatives;
            all += positives;
        }
        let pairs = below * all;
        (pairs > 0.0).then(|| won / pairs)
    }
}

/// ECE = Σ_b (n_b / n) · |accuracy_b − mean top-1 probability_b| over [`ECE_BINS`] equal bins ((b − 1)/15, b/15] of the top-1 probability
/// (Guo et al., *On Calibration of Modern Neural Networks*, ICML 2017).
///
/// `probabilities` and `truth` have one entry a photograph; rows that are empty count as nothing. `None` for no photograph.
pub fn expected_calibration_error(probabilities: &[Vec<f64>], truth: &[usize]) -> Option<f64> {
    calibration_error(probabilities.iter().zip(truth).filter_map(|(row, &class)| Some((gap(row, class)?, 1.0))))
}

/// A photograph's bin, and hit − top-1 probability; `None` for an empty row.
pub(super) fn gap(row: &[f64], class: usize) -> Option<(usize, f64)> {
    let (predicted, probability) = top(row)?;
    let hit = if predicted == class { 1.0 } else { 0.0 };
    Some((bin(probability), hit - probability))
}

/// The [`expected_calibration_error`] of [`gap`]s that count as often as stands beside each.
pub(super) fn calibration_error(gaps: impl Iterator<Item = ((usize, f64), f64)>) -> Option<f64> {
    // Σ (hit − probability) of each bin is n_b · (accuracy_b − confidence_b).
    let (mut sums, mut n) = ([0.0; ECE_BINS], 0.0);
    for ((bin, gap), times) in gaps {
        if let Some(sum) = sums.get_mut(bin) {
            *sum += times * gap;
        }
        n += times;
    }
    (n > 0.0).then(|| sums.iter().map(|sum| sum.abs()).sum::<f64>() / n)
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
    mean(probabilities.iter().zip(truth).map(|(row, &class)| surprise(row, class)).collect::<Option<Vec<f64>>>()?.into_iter())
}

/// A photograph's part of the [`negative_log_likelihood`]; `None` for a class outside its row.
pub(super) fn surprise(row: &[f64], class: usize) -> Option<f64> {
    row.get(class).map(|p| -p.max(f64::EPSILON).ln())
}

/// part / whole; `None` when the whole is 0.
pub(super) fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The mean of what is there; `None` when nothing is.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    weighted_mean(values.map(|value| (value, 1.0)))
}

/// Σ times · value / Σ times over pairs of value and times; `None` when nothing counts.
pub(super) fn weighted_mean(values: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), (value, times)| (sum + times * value, n + times));
    (n > 0.0).then(|| sum / n)
}
