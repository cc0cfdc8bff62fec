//! Temperature scaling: one number that makes the probabilities honest on held-out data.

use super::judged::same_length;
use super::softmax::energy;
use crate::{Error, ErrorKind, Result};

/// The smallest temperature that [`fit_temperature`] returns.
pub const MIN_TEMPERATURE: f64 = 0.05;
/// The largest temperature that [`fit_temperature`] returns.
pub const MAX_TEMPERATURE: f64 = 20.0;

/// The T that minimises Σ_i w_i · (ln Σ_j exp(z_ij / T) − z_i,label / T), the (weighted) negative log-likelihood of softmax(z / T)
/// (Guo et al., ICML 2017, §4.2).
///
/// `logits`: one row a photograph; `labels`: its class index; `weights`: its weight, from 0 up, or `None` for 1 each. The sum is
/// convex in 1/T, so it has one minimum, which golden-section search over ln T from [`MIN_TEMPERATURE`] to [`MAX_TEMPERATURE`] finds to
/// about 1e-7. Where the minimum lies outside (all labels right by any margin; logits that say nothing) the nearer bound is returned.
/// Fit it on data that the training has not seen, and by lesion.
///
/// # Errors
/// `table-empty` for no photograph; `not-finite` for a logit that is NaN or infinite; `argument` when lengths differ, a label is
/// outside its row, or a weight is negative or not finite or all are 0.
pub fn fit_temperature(logits: &[Vec<f32>], labels: &[usize], weights: Option<&[f64]>) -> Result<f64> {
    if logits.is_empty() {
        return Err(Error::new(ErrorKind::TableEmpty, "there is no photograph to fit the temperature on; at least one is needed", ""));
    }
    same_length("labels", labels.len(), logits.len())?;
    let weights = weights.map_or_else(|| vec![1.0; logits.len()], <[f64]>::to_vec);
    same_length("weights", weights.len(), logits.len())?;
    check_weights(&weights)?;
    let loss = |log_temperature: f64| -> Result<f64> {
        let temperature = log_temperature.exp();
        let mut sum = 0.0;
        for ((row, &label), weight) in logits.iter().zip(labels).zip(&weights) {
            let target = row
                .get(label)
                .ok_or_else(|| Error::new(ErrorKind::Argument, format!("the label {label} is outside the {} classes", row.len()), ""))?;
            sum += weight * (energy(row, temperature)? - f64::from(*target) / temperature);
        }
        Ok(sum)
    };
    golden_section(MIN_TEMPERATURE.ln(), MAX_TEMPERATURE.ln(), loss).map(f64::exp)
}

fn check_weights(weights: &[f64]) -> Result<()> {
    let sum: f64 = weights.iter().sum();
    if weights.iter().any(|&weight| weight < 0.0) || !(sum.is_finite() && sum > 0.0) {
        let message = format!("the weights hold a negative number or add up to {sum}; allowed are numbers from 0 up with a finite sum above 0");
        return Err(Error::new(ErrorKind::Argument, message, ""));
    }
    Ok(())
}

/// The place of the minimum of `f`, which has one valley, between `low` and `high`; an end when the valley is there.
fn golden_section(mut low: f64, mut high: f64, f: impl Fn(f64) -> Result<f64>) -> Result<f64> {
    // 1/φ = (√5 − 1) / 2; 50 steps shrink the interval by 3e-11, below what the function's rounding can tell apart.
    const STEPS: usize = 50;
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let ends = (low, high);
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_left, mut at_right) = (f(left)?, f(right)?);
    for _ in 0..STEPS {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = f(left)?;
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = f(right)?;
        }
    }
    let middle = low + (high - low) / 2.0;
    let mut best = (f(middle)?, middle);
    for end in [ends.0, ends.1] {
        let at_end = f(end)?;
        if at_end < best.0 {
            best = (at_end, end);
        }
    }
    Ok(best.1)
}
