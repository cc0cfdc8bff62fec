//! Judged photographs in groups, and every figure as a function of how often each photograph counts: what a bootstrap draws.

use std::collections::BTreeMap;

use rand_pcg::Pcg64;
use rand_pcg::rand_core::RngCore;

use super::judged::{Judged, same_length};
use super::metrics::{Ranked, calibration_error, gap, mean, surprise, weighted_mean};
use crate::Result;

/// How often each photograph counts, one number a photograph.
pub(super) type Times = Vec<f64>;

/// Photographs with what each adds to the figures.
pub(super) struct Sample {
    pub(super) classes: Vec<String>,
    /// Of every photograph.
    parts: Vec<Part>,
    /// Of every class; `None` never, since probabilities are finite.
    ranked: Vec<Option<Ranked>>,
    pub(super) groups: usize,
}

/// What one photograph adds.
struct Part {
    /// Its group, in the order of their names.
    group: usize,
    truth: usize,
    /// 1 where the answer is right, else 0.
    hit: f64,
    surprise: Option<f64>,
    gap: Option<(usize, f64)>,
}

impl Sample {
    /// # Errors
    /// `argument` unless there is one group name for each photograph.
    pub(super) fn new(judged: Judged, groups: &[impl AsRef<str>]) -> Result<Self> {
        same_length("groups", groups.len(), judged.truth.len())?;
        let mut numbers: BTreeMap<&str, usize> = groups.iter().map(|group| (group.as_ref(), 0)).collect();
        numbers.values_mut().enumerate().for_each(|(at, number)| *number = at);
        let ranked = (0..judged.classes.len()).map(|class| {
            let scores: Vec<f64> = judged.probabilities.iter().filter_map(|row| row.get(class).copied()).collect();
            Ranked::new(&scores, &judged.truth.iter().map(|&truth| truth == class).collect::<Vec<_>>())
        });
        let answers = judged.probabilities.iter().zip(&judged.predicted);
        let parts = groups.iter().zip(&judged.truth).zip(answers).map(|((group, &truth), (row, &predicted))| Part {
            group: numbers.get(group.as_ref()).copied().unwrap_or_default(),
            truth,
            hit: f64::from(u8::from(truth == predicted)),
            surprise: surprise(row, truth),
            gap: gap(row, truth),
        });
        Ok(Self { ranked: ranked.collect(), parts: parts.collect(), groups: numbers.len(), classes: judged.classes })
    }

    /// Every photograph once.
    pub(super) fn whole(&self) -> Times {
        vec![1.0; self.parts.len()]
    }

    /// As many groups as there are, with replacement, each with all its photographs.
    pub(super) fn draw(&self, random: &mut Pcg64) -> Times {
        let mut drawn = vec![0.0; self.groups];
        for _ in 0..self.groups {
            drawn.get_mut(below(self.groups, random)).into_iter().for_each(|times| *times += 1.0);
        }
        self.parts.iter().map(|part| drawn.get(part.group).copied().unwrap_or_default()).collect()
    }

    pub(super) fn accuracy(&self, times: &Times) -> Option<f64> {
        weighted_mean(self.counted(times).map(|(part, times)| (part.hit, times)))
    }

    /// The mean recall of the classes that occur.
    pub(super) fn balanced_accuracy(&self, times: &Times) -> Option<f64> {
        mean(self.recalls(times).into_iter().flatten())
    }

    /// Of every class; `None` for one that does not occur.
    pub(super) fn recalls(&self, times: &Times) -> Vec<Option<f64>> {
        let mut sums = vec![(0.0, 0.0); self.classes.len()];
        for (part, times) in self.counted(times) {
            if let Some((hits, n)) = sums.get_mut(part.truth) {
                *hits += times * part.hit;
                *n += times;
            }
        }
        sums.into_iter().map(|(hits, n)| (n > 0.0).then(|| hits / n)).collect()
    }

    /// The expected calibration error.
    pub(super) fn ece(&self, times: &Times) -> Option<f64> {
        calibration_error(self.counted(times).filter_map(|(part, times)| Some((part.gap?, times))))
    }

    /// The mean negative log-likelihood.
    pub(super) fn nll(&self, times: &Times) -> Option<f64> {
        weighted_mean(self.counted(times).filter_map(|(part, times)| Some((part.surprise?, times))))
    }

    /// The area under every class's ROC curve; `None` where it has no photograph, or all.
    pub(super) fn aucs(&self, times: &Times) -> Vec<Option<f64>> {
        let of = |photograph: usize| times.get(photograph).copied().unwrap_or_default();
        self.ranked.iter().map(|ranked| ranked.as_ref()?.auc(of)).collect()
    }

    fn counted<'a>(&'a self, times: &'a Times) -> impl Iterator<Item = (&'a Part, f64)> {
        self.parts.iter().zip(times.iter().copied())
    }
}

/// A number from 0 up to but not including `end`: the high half of a 64 × 64 bit product, whose bias is below `end` / 2⁶⁴.
fn below(end: usize, random: &mut Pcg64) -> usize {
    let product = u128::from(random.next_u64()).saturating_mul(end as u128);
    (product >> 64) as usize
}
