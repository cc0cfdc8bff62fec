//! How sure a figure is: a bootstrap that draws whole groups, because photographs of one lesion are no independent evidence.

use std::collections::BTreeMap;

use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

use super::judged::Judged;
use super::label::Label;
use super::metrics::mean;
use super::report::{Interval, Intervals};
use super::sample::Sample;
use crate::{Error, ErrorKind, Result};

/// How often the groups are drawn.
pub const DRAWS: usize = 2000;
const LEVEL: f64 = 0.95;

/// 95 % percentile intervals of every figure of a [`Report`](super::Report) but the precisions (Efron and Tibshirani 1993, chapter 13).
///
/// `groups` names the lesion of every photograph. Each of [`DRAWS`] draws takes as many groups as there are, with replacement, each
/// with all its photographs; the same arguments and seed give the same interval on every platform, and but for the last bits of a sum in whatever
/// order the rows stand as long as rows of one group stay rows of one group. Percentiles interpolate linearly. With one group the interval is a
/// point.
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
    let sample = Sample::new(Judged::new(probabilities, labels, classes)?, groups)?;
    let mut random = Pcg64::seed_from_u64(seed);
    let [mut accuracy, mut balanced, mut ece, mut nll, mut macro_auc] = [const { Vec::new() }; 5];
    let (mut recalls, mut aucs) = (vec![Vec::new(); sample.classes.len()], vec![Vec::new(); sample.classes.len()]);
    for _ in 0..DRAWS {
        let times = sample.draw(&mut random);
        accuracy.extend(sample.accuracy(&times));
        balanced.extend(sample.balanced_accuracy(&times));
        ece.extend(sample.ece(&times));
        nll.extend(sample.nll(&times));
        let areas = sample.aucs(&times);
        macro_auc.extend(mean(areas.iter().copied().flatten()));
        for (drawn, figures) in [(&mut recalls, sample.recalls(&times)), (&mut aucs, areas)] {
            drawn.iter_mut().zip(figures).for_each(|(drawn, figure)| drawn.extend(figure));
        }
    }
    let undefined = || Error::new(ErrorKind::Internal, "a draw of a set that is not empty is empty", "");
    let by_class = |drawn: Vec<Vec<f64>>| -> BTreeMap<String, Option<Interval>> {
        sample.classes.iter().cloned().zip(drawn.into_iter().map(percentiles)).collect()
    };
    Ok(Intervals {
        level: LEVEL,
        draws: DRAWS,
        seed,
        groups: sample.groups,
        accuracy: percentiles(accuracy).ok_or_else(undefined)?,
        balanced_accuracy: percentiles(balanced).ok_or_else(undefined)?,
        ece: percentiles(ece).ok_or_else(undefined)?,
        nll: percentiles(nll).ok_or_else(undefined)?,
        macro_auc: percentiles(macro_auc),
        recall: by_class(recalls),
        auc: by_class(aucs),
    })
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
