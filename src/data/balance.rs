//! Class balance: which images an epoch shows, and how much each class weighs in the loss.

use super::dataset::Dataset;
use crate::classes::CLASSES;
use crate::random::{Purpose, Stream};
use crate::{Error, ErrorKind, Result};

const N: usize = CLASSES.len();

/// How the weight of a class in the loss follows from its count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassWeighting {
    /// 1 for every class.
    None,
    /// √(N / N_c).
    #[default]
    SqrtInverse,
    /// N / N_c (the reference: SSD-KD §5, L1).
    Inverse,
}

impl ClassWeighting {
    /// `none`, `sqrt-inverse` or `inverse`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for any other name.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "none" => Ok(Self::None),
            "sqrt-inverse" => Ok(Self::SqrtInverse),
            "inverse" => Ok(Self::Inverse),
            _ => Err(Error::new(ErrorKind::Argument, format!("no class weighting is called '{name}'; allowed are none, sqrt-inverse, inverse"), "")),
        }
    }

    /// A weight for each class from its number of training images, rounded to three decimals as in the reference. A class without images
    /// weighs 0: it has no term to weigh.
    pub fn weights(self, counts: &[usize]) -> Vec<f64> {
        let total = counts.iter().fold(0usize, |sum, &count| sum.saturating_add(count)) as f64;
        let weight = |count: usize| {
            let inverse = total / count as f64;
            match self {
                _ if count == 0 => 0.0,
                Self::None => 1.0,
                Self::SqrtInverse => inverse.sqrt(),
                Self::Inverse => inverse,
            }
        };
        counts.iter().map(|&count| (weight(count) * 1000.0).round() / 1000.0).collect()
    }
}

/// Draws the order of each epoch: all images, or a different random part of some classes every time.
#[derive(Clone, Debug)]
pub struct Sampler {
    by_class: Vec<Vec<usize>>,
    keep: [f64; N],
    seed: u64,
}

impl Sampler {
    /// A sampler over the images at `indices` that shows each of them once an epoch.
    ///
    /// # Errors
    /// [`ErrorKind::TableEmpty`] without indices; [`ErrorKind::Argument`] if one lies outside the data set.
    pub fn new(dataset: &Dataset, indices: Vec<usize>, seed: u64) -> Result<Self> {
        if indices.is_empty() {
            return Err(Error::new(ErrorKind::TableEmpty, "there is no training image", "Check the split and the filter."));
        }
        let mut by_class = vec![Vec::new(); N];
        for index in indices {
            let list = dataset.samples().get(index).and_then(|sample| by_class.get_mut(sample.label));
            let message = || format!("image {index} is not in the data set of {}", dataset.samples().len());
            list.ok_or_else(|| Error::new(ErrorKind::Argument, message(), ""))?.push(index);
        }
        Ok(Self { by_class, keep: [1.0; N], seed })
    }

    /// Shows only a share of some classes: of the n images of class c, round(keep_c · n) different ones, drawn anew each epoch. Above 1, every
    /// image is shown ⌊keep_c⌋ times and the rest is drawn.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if a number is not within 0–100 or nothing would be left.
    pub fn keep(mut self, keep: [f64; N]) -> Result<Self> {
        if let Some(value) = keep.iter().find(|value| !(0.0..=100.0).contains(*value)) {
            return Err(Error::new(ErrorKind::Argument, format!("a class is kept {value} times; allowed are 0 to 100"), ""));
        }
        self.keep = keep;
        if self.seen() == [0; N] {
            return Err(Error::new(ErrorKind::Argument, "no training image is kept", "Keep at least one class that has images."));
        }
        Ok(self)
    }

    /// [`Sampler::keep`] with `share` for the class that has most images (the first of equals) and 1 for the others.
    ///
    /// # Errors
    /// Those of [`Sampler::keep`].
    pub fn majority_share(self, share: f64) -> Result<Self> {
        let most = self.by_class.iter().map(Vec::len).max().unwrap_or(0);
        let majority = self.by_class.iter().position(|list| list.len() == most);
        let mut keep = [1.0; N];
        if let Some(slot) = majority.and_then(|class| keep.get_mut(class)) {
            *slot = share;
        }
        self.keep(keep)
    }

    /// How many images of each class an epoch shows; the same in every epoch.
    pub fn seen(&self) -> [usize; N] {
        let mut seen = [0usize; N];
        for ((slot, list), keep) in seen.iter_mut().zip(&self.by_class).zip(self.keep) {
            *slot = (keep.floor() as usize).saturating_mul(list.len()).saturating_add(drawn(keep, list.len()));
        }
        seen
    }

    /// Images in an epoch.
    pub fn epoch_len(&self) -> usize {
        self.seen().iter().fold(0usize, |sum, &count| sum.saturating_add(count))
    }

    /// The class mix π that the network sees: [`Sampler::seen`] as shares of 1.
    pub fn class_mix(&self) -> Vec<f64> {
        let total = self.epoch_len() as f64;
        self.seen().iter().map(|&count| count as f64 / total).collect()
    }

    /// The order of epoch `epoch`: positions in the data set, shuffled. The same seed and epoch give the same order.
    pub fn epoch(&self, epoch: u64) -> Vec<usize> {
        let mut stream = Stream::new(self.seed, epoch, 0, 0, Purpose::Order);
        let mut order = Vec::with_capacity(self.epoch_len());
        for (list, keep) in self.by_class.iter().zip(self.keep) {
            for _ in 0..keep.floor() as usize {
                order.extend_from_slice(list);
            }
            let mut rest = list.clone();
            stream.shuffle(&mut rest);
            order.extend(rest.into_iter().take(drawn(keep, list.len())));
        }
        stream.shuffle(&mut order);
        order
    }
}

/// How many of `n` images the fractional part of `keep` stands for.
fn drawn(keep: f64, n: usize) -> usize {
    (keep.fract() * n as f64).round() as usize
}
