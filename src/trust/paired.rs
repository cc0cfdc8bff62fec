//! Whether one classifier is better than another: both judged on the same photographs, their difference drawn together.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;
use serde::Serialize;

use super::bootstrap::{DRAWS, Tally, below, percentiles, tallies};
use super::judged::{Judged, same_length};
use super::label::Label;
use super::report::Interval;
use crate::{Error, ErrorKind, Result};

/// A figure of two classifiers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Of the first.
    pub first: f64,
    /// Of the second.
    pub second: f64,
    /// 95 % percentile interval of second − first; a difference whose interval holds 0 may be chance.
    pub difference: Interval,
}

/// Two classifiers on the same photographs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Paired {
    /// Mean recall of the classes that occur.
    pub balanced_accuracy: Figure,
    /// The share that is right.
    pub accuracy: Figure,
    /// Groups (lesions) drawn from.
    pub groups: usize,
}

/// Judges two sets of probabilities by the same labels. Each of [`DRAWS`] draws takes the same groups for both, so that what is hard for both
/// cancels: the interval of the difference is narrower than the two intervals suggest (Efron and Tibshirani 1993, chapter 8).
///
/// `groups`, `seed` and the classes as in [`intervals`](super::intervals).
///
/// # Errors
/// As [`intervals`](super::intervals), for either set.
pub fn paired(
    [first, second]: [&[Vec<f64>]; 2],
    labels: &[Label],
    groups: &[impl AsRef<str>],
    classes: &[impl AsRef<str>],
    seed: u64,
) -> Result<Paired> {
    let (first, second) = (Judged::new(first, labels, classes)?, Judged::new(second, labels, classes)?);
    same_length("groups", groups.len(), first.truth.len())?;
    let count = first.classes.len();
    let pairs: Vec<(Tally, Tally)> = tallies(&first, groups).into_iter().zip(tallies(&second, groups)).collect();
    let sum = |chosen: &mut dyn Iterator<Item = &(Tally, Tally)>| {
        let mut sums = (Tally::new(count), Tally::new(count));
        chosen.for_each(|(first, second)| {
            sums.0.add(first);
            sums.1.add(second);
        });
        sums
    };
    let mut random = Pcg64::seed_from_u64(seed);
    let draws: Vec<(Tally, Tally)> =
        (0..DRAWS).map(|_| sum(&mut (0..pairs.len()).filter_map(|_| pairs.get(below(pairs.len(), &mut random))))).collect();
    let whole = sum(&mut pairs.iter());
    let figure = |of: fn(&Tally) -> Option<f64>| {
        let differences = draws.iter().filter_map(|(first, second)| Some(of(second)? - of(first)?)).collect();
        Some(Figure { first: of(&whole.0)?, second: of(&whole.1)?, difference: percentiles(differences)? })
    };
    let undefined = || Error::new(ErrorKind::Internal, "a draw of a set that is not empty is empty", "");
    Ok(Paired {
        balanced_accuracy: figure(Tally::balanced).ok_or_else(undefined)?,
        accuracy: figure(Tally::accuracy).ok_or_else(undefined)?,
        groups: pairs.len(),
    })
}
