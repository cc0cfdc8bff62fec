//! How far two classifiers agree on the same photographs.

use serde::Serialize;

use super::top;
use crate::{Error, ErrorKind, Result};

/// What two sets of probabilities have in common.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// Photographs.
    pub n: usize,
    /// The share of them for which both name the same class first, 0 to 1.
    pub top1: f64,
    /// Mean |Δp| over photographs and classes.
    pub mean_difference: f64,
    /// Mean |Δp| of the class that the first one names.
    pub mean_top1_difference: f64,
    /// The largest |Δp|.
    pub largest_difference: f64,
}

/// Compares the probabilities of two classifiers, one row a photograph each.
///
/// # Errors
/// `argument` for no photograph, another number of rows or rows of another length; `not-finite` for a probability that is none.
pub fn agreement(first: &[Vec<f64>], second: &[Vec<f64>]) -> Result<Agreement> {
    let fits = first.len() == second.len() && first.iter().zip(second).all(|(a, b)| a.len() == b.len() && !a.is_empty());
    if first.is_empty() || !fits {
        let message = format!("{} rows of probabilities beside {}; both must be alike and hold one at least", first.len(), second.len());
        return Err(Error::new(ErrorKind::Argument, message, ""));
    }
    let (mut same, mut sum, mut count, mut top_sum, mut largest) = (0usize, 0.0, 0usize, 0.0, 0.0f64);
    for (a, b) in first.iter().zip(second) {
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a - b).abs()).collect();
        if !differences.iter().all(|difference| difference.is_finite()) {
            return Err(Error::new(ErrorKind::NotFinite, "a probability is not finite", ""));
        }
        let (named, other) = (top(a).map(|(class, _)| class), top(b).map(|(class, _)| class));
        same = same.saturating_add(usize::from(named == other));
        top_sum += named.and_then(|class| differences.get(class)).copied().unwrap_or(0.0);
        sum += differences.iter().sum::<f64>();
        count = count.saturating_add(differences.len());
        largest = differences.into_iter().fold(largest, f64::max);
    }
    let n = first.len();
    Ok(Agreement {
        n,
        top1: same as f64 / n as f64,
        mean_difference: sum / count as f64,
        mean_top1_difference: top_sum / n as f64,
        largest_difference: largest,
    })
}
