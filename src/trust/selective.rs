//! What declining buys: the share declined by reason, how good the answers given are, and risk against coverage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::abstention::Reason;
use super::judged::{Judged, same_length};
use super::label::Label;
use super::metrics::{mean, ratio};
use super::softmax::top;
use crate::Result;

/// Points of a [`Selective::risk_coverage`] curve: coverage 1/10, 2/10, … 1.
pub const COVERAGES: usize = 10;

/// A set of photographs seen as a selective classifier: one that may decline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selective {
    /// Photographs declined, by the code of the reason; every code is there.
    pub declined: BTreeMap<String, usize>,
    /// The photographs that got an answer.
    pub answered: Answered,
    /// Risk against coverage: photographs with an answer first, each part with the larger top-1 probability first.
    pub risk_coverage: Vec<Covered>,
}

/// Figures of the photographs that got an answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// Photographs.
    pub n: usize,
    /// The share whose first class is the true one; `None` (null) for no photograph.
    pub accuracy: Option<f64>,
    /// The mean recall of the classes that occur among them; `None` for no photograph.
    pub balanced_accuracy: Option<f64>,
}

/// One point of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Covered {
    /// The share of photographs that would be answered.
    pub coverage: f64,
    /// How many those are: ⌈coverage · n⌉.
    pub n: usize,
    /// The share of them whose first class is not the true one (El-Yaniv and Wiener, JMLR 2010: selective risk under 0-1 loss).
    pub risk: f64,
    /// The mean recall of the classes that occur among them.
    pub balanced_accuracy: f64,
}

/// Judges like [`evaluate`](super::evaluate), but counts what was declined apart. `reasons` has one entry a photograph.
///
/// # Errors
/// Those of [`evaluate`](super::evaluate).
pub fn selective(probabilities: &[Vec<f64>], labels: &[Label], reasons: &[Option<Reason>], classes: &[impl AsRef<str>]) -> Result<Selective> {
    let judged = Judged::new(probabilities, labels, classes)?;
    same_length("reasons", reasons.len(), probabilities.len())?;
    let count = |reason: Reason| reasons.iter().filter(|&&found| found == Some(reason)).count();
    let answered: Vec<usize> = reasons.iter().enumerate().filter(|(_, reason)| reason.is_none()).map(|(index, _)| index).collect();
    let mut order: Vec<(bool, f64, usize)> = reasons
        .iter()
        .zip(&judged.probabilities)
        .enumerate()
        .map(|(index, (reason, row))| (reason.is_some(), top(row).map_or(0.0, |(_, probability)| probability), index))
        .collect();
    // The sort is stable: equal probabilities stay in the order of the photographs.
    order.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    let order: Vec<usize> = order.into_iter().map(|(_, _, index)| index).collect();
    Ok(Selective {
        declined: Reason::ALL.iter().map(|&reason| (reason.code().to_owned(), count(reason))).collect(),
        answered: Answered { n: answered.len(), accuracy: accuracy(&judged, &answered), balanced_accuracy: balanced_accuracy(&judged, &answered) },
        risk_coverage: (1..=COVERAGES).filter_map(|tenth| covered(&judged, &order, tenth)).collect(),
    })
}

fn covered(judged: &Judged, order: &[usize], tenth: usize) -> Option<Covered> {
    let n = order.len().saturating_mul(tenth).div_ceil(COVERAGES);
    let first = order.get(..n)?;
    let accuracy = accuracy(judged, first)?;
    Some(Covered { coverage: tenth as f64 / COVERAGES as f64, n, risk: 1.0 - accuracy, balanced_accuracy: balanced_accuracy(judged, first)? })
}

/// Truth and prediction of these photographs.
fn pairs<'j>(judged: &'j Judged, of: &'j [usize]) -> impl Iterator<Item = (usize, usize)> + 'j {
    of.iter().filter_map(|&index| Some((*judged.truth.get(index)?, *judged.predicted.get(index)?)))
}

fn accuracy(judged: &Judged, of: &[usize]) -> Option<f64> {
    ratio(pairs(judged, of).filter(|(truth, predicted)| truth == predicted).count(), of.len())
}

fn balanced_accuracy(judged: &Judged, of: &[usize]) -> Option<f64> {
    let recall = |class: usize| {
        let hits = pairs(judged, of).filter(|&(truth, predicted)| truth == class && predicted == class).count();
        ratio(hits, pairs(judged, of).filter(|&(truth, _)| truth == class).count())
    };
    mean((0..judged.classes.len()).filter_map(recall))
}
