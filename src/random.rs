//! Random numbers that depend on where they are used, not on when: a ChaCha8 stream per (seed, epoch, position, purpose).
#![cfg_attr(not(all(feature = "data", feature = "learn")), allow(dead_code))] // each of the two rooms uses its own part

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a stream is for; two purposes never share numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// The order of an epoch.
    Order = 1,
    /// Which groups are validation.
    Split = 2,
    /// The augmentation of one image.
    Augment = 3,
    /// The first values of new layers.
    Start = 4,
    /// Which images of a batch are mixed, and how.
    Mix = 5,
    /// Whether an image is mirrored before its views are made.
    Mirror = 6,
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of (`seed`, `epoch`, `position`, `repeat`, `purpose`): the five numbers are the cipher's key, so no two streams overlap.
    /// `repeat` tells apart several uses of one position in an epoch.
    pub(crate) fn new(seed: u64, epoch: u64, position: usize, repeat: u32, purpose: Purpose) -> Self {
        Self::of_view(seed, epoch, position, (repeat, 0), purpose)
    }

    /// The same for one of several views: each has a stream of its own, and view 0 that of a position without views.
    pub(crate) fn of_view(seed: u64, epoch: u64, position: usize, (repeat, view): (u32, u8), purpose: Purpose) -> Self {
        let mut key = [0u8; 32];
        let words = [seed, epoch, position as u64, u64::from(view) << 40 | u64::from(repeat) << 8 | purpose as u64];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in [0, 1), 53 bits.
    pub(crate) fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1u64 << 53) as f64;
        (self.0.next_u64() >> 11) as f64 * STEP
    }

    /// Uniform in [`low`, `high`); `low` if the two are equal.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in [−`bound`, `bound`).
    pub(crate) fn around_zero(&mut self, bound: f64) -> f64 {
        self.between(-bound, bound)
    }

    /// Normal with mean 0 and deviation 1 (Box and Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// 1 ± `bound`, uniform.
    pub(crate) fn around_one(&mut self, bound: f64) -> f64 {
        1.0 + self.around_zero(bound)
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number below `bound`; 0 for a bound of 0. The bias, below bound / 2⁶⁴, does not matter here.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.0.next_u64()).wrapping_mul(bound as u128);
        (product >> 64) as usize
    }

    /// Fisher–Yates.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last.saturating_add(1)));
        }
    }
}
