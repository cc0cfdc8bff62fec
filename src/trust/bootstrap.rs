//! How sure a figure is: a bootstrap that draws whole groups, because photographs of one lesion are no independent evidence.

use std::collections::BTreeMap;

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{RngCore, SeedableRng};

use super::judged::{Judged, same_length};
use super::label::Label;
use super::metrics::{mean, ratio};
use super::report::{Interval, Intervals};
use crate::{Error, ErrorKind, Result};

/// How often the groups are drawn.
pub const DRAWS: usize = 2000;
const LEVEL: f64 = 0.95;

/// 95 % percentile intervals of accuracy, balanced accuracy and every class's recall (Efron and Tibshirani 1993, chapter 13).
///
/// `groups` names the lesion of every photograph. Each of [`DRAWS`] draws takes as many groups as there are, with replacement, each
/// with all its photographs; the same arguments and seed give the same interval on every platform, in whatever order the rows stand
/// as long as rows of one group stay rows of one group. Percentiles interpolate linearly. With one group the interval is a point.
///
/// # Errors
/// As [`evaluate`](super::evaluate); `argument` also when there is not one group name for each photograph.
pub fn intervals(
    probabilities: &[Vec<f64>],
    labels: &[Label],
    groups: &[impl AsRef<str>],
    classes: &[impl AsRef<str>],
    seed: u64,
) -> Result<Intervals> {
    let judged = Judged::new(probabilities, labels, classes)?;
    same_length("groups", groups.len(), probabilities.len())?;
    let tallies = tallies(&judged, groups);
    let mut random = Pcg64::seed_from_u64(seed);
    let (mut accuracy, mut balanced) = (Vec::with_capacity(DRAWS), Vec::with_capacity(DRAWS));
    let mut recalls = vec![Vec::with_capacity(DRAWS); judged.classes.len()];
    for _ in 0..DRAWS {
        let mut sum = Tally::new(judged.classes.len());
        for _ in 0..tallies.len() {
            tallies.get(below(tallies.len(), &mut random)).into_iter().for_each(|tally| sum.add(tally));
        }
        accuracy.extend(sum.accuracy());
        balanced.extend(sum.balanced());
        for (recalls, recall) in recalls.iter_mut().zip(sum.recalls()) {
            recalls.extend(recall);
        }
    }
    let undefined = || Error::new(ErrorKind::Internal, "a draw of a set that is not empty is empty", "");
    Ok(Intervals {
        level: LEVEL,
        draws: DRAWS,
        seed,
        groups: tallies.len(),
        accuracy: percentiles(accuracy).ok_or_else(undefined)?,
        balanced_accuracy: percentiles(balanced).ok_or_else(undefined)?,
        recall: judged.classes.into_iter().zip(recalls.into_iter().map(percentiles)).collect(),
    })
}

/// What is right in every group, in the order of their names.
pub(super) fn tallies(judged: &Judged, groups: &[impl AsRef<str>]) -> Vec<Tally> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for ((group, &truth), &predicted) in groups.iter().zip(&judged.truth).zip(&judged.predicted) {
        tallies.entry(group.as_ref()).or_insert_with(|| Tally::new(judged.classes.len())).count(truth, truth == predicted);
    }
    tallies.into_values().collect()
}

/// Per class: photographs, and those given their true class.
pub(super) struct Tally(Vec<(usize, usize)>);

impl Tally {
    pub(super) fn new(classes: usize) -> Self {
        Self(vec![(0, 0); classes])
    }

    fn count(&mut self, class: usize, hit: bool) {
        if let Some((n, hits)) = self.0.get_mut(class) {
            *n = n.saturating_add(1);
            *hits = hits.saturating_add(usize::from(hit));
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for ((n, hits), (more, more_hits)) in self.0.iter_mut().zip(&other.0) {
            *n = n.saturating_add(*more);
            *hits = hits.saturating_add(*more_hits);
        }
    }

    fn recalls(&self) -> impl Iterator<Item = Option<f64>> {
        self.0.iter().map(|&(n, hits)| ratio(hits, n))
    }

    /// The mean recall of the classes that occur.
    pub(super) fn balanced(&self) -> Option<f64> {
        mean(self.recalls().flatten())
    }

    pub(super) fn accuracy(&self) -> Option<f64> {
        ratio(self.0.iter().map(|(_, hits)| hits).sum(), self.0.iter().map(|(n, _)| n).sum())
    }
}

/// A number from 0 up to but not including `end`: the high half of a 64 × 64 bit product, whose bias is below `end` / 2⁶⁴.
pub(super) fn below(end: usize, random: &mut Pcg64) -> usize {
    let product = u128::from(random.next_u64()).saturating_mul(end as u128);
    (product >> 64) as usize
}

/// The ends of the middle [`LEVEL`] of the values; `None` when there are none.
pub(super) fn percentiles(mut values: Vec<f64>) -> Option<Interval> {
    values.sort_by(f64::total_cmp);
    let tail = (1.0 - LEVEL) / 2.0;
    Some([quantile(&values, tail)?, quantile(&values, 1.0 - tail)?])
}

/// The quantile `share` (0 to 1) of sorted values, linear between neighbours (type 7 of Hyndman and Fan 1996).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let position = share * sorted.len().checked_sub(1)? as f64;
    let (lower, upper) = (sorted.get(position.floor() as usize)?, sorted.get(position.ceil() as usize)?);
    Some(lower + (upper - lower) * position.fract())
}
