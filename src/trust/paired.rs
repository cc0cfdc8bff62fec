//! Whether one classifier is better than another: both judged on the same photographs, their difference drawn together.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;
use serde::Serialize;

use super::bootstrap::{DRAWS, percentiles};
use super::judged::Judged;
use super::label::Label;
use super::report::Interval;
use super::sample::{Sample, Times};
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
    /// The mean negative log-likelihood in nats; better is less.
    pub nll: Figure,
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
    let [first, second] = [first, second].map(|rows| Sample::new(Judged::new(rows, labels, classes)?, groups));
    let (first, second) = (first?, second?);
    let figures: [fn(&Sample, &Times) -> Option<f64>; 3] = [Sample::balanced_accuracy, Sample::accuracy, Sample::nll];
    let mut differences = figures.map(|_| Vec::with_capacity(DRAWS));
    let mut random = Pcg64::seed_from_u64(seed);
    for _ in 0..DRAWS {
        let times = first.draw(&mut random);
        for (differences, of) in differences.iter_mut().zip(figures) {
            differences.extend(of(&second, &times).zip(of(&first, &times)).map(|(second, first)| second - first));
        }
    }
    let whole = first.whole();
    let undefined = || Error::new(ErrorKind::Internal, "a draw of a set that is not empty is empty", "");
    let mut judged = figures.into_iter().zip(differences).map(|(of, differences)| {
        let figure = || Some(Figure { first: of(&first, &whole)?, second: of(&second, &whole)?, difference: percentiles(differences)? });
        figure().ok_or_else(undefined)
    });
    let mut next = || judged.next().ok_or_else(undefined)?;
    Ok(Paired { balanced_accuracy: next()?, accuracy: next()?, nll: next()?, groups: first.groups })
}
