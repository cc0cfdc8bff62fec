//! Learning-rate schedules as functions of the step.

use crate::{Error, ErrorKind, Result};
use std::f64::consts::PI;

/// How the learning rate moves over a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// Always `rate`.
    Constant {
        /// Learning rate.
        rate: f64,
    },
    /// Rises linearly from `peak`/20 over `warmup` steps, then falls along half a cosine to `floor` at step `steps`.
    Cosine {
        /// Highest rate.
        peak: f64,
        /// Last rate.
        floor: f64,
        /// Steps of rising.
        warmup: usize,
        /// Steps of the whole run.
        steps: usize,
    },
    /// ×`factor` at each of `steps` (PyTorch's `MultiStepLR`).
    Milestones {
        /// First rate.
        rate: f64,
        /// What the rate is multiplied with.
        factor: f64,
        /// The first step of each lower rate.
        steps: Vec<usize>,
    },
    /// ×`factor` after more than `patience` epochs without a relative improvement of 1e-4, not below `floor` (PyTorch's
    /// `ReduceLROnPlateau`, mode min).
    Plateau {
        /// Present rate.
        rate: f64,
        /// What the rate is multiplied with.
        factor: f64,
        /// Epochs without improvement that are waited for.
        patience: usize,
        /// Lowest rate.
        floor: f64,
        /// Lowest loss so far; ∞ before the first epoch.
        best: f64,
        /// Epochs since then.
        waited: usize,
    },
}

impl Schedule {
    /// A plateau schedule with the reference's constants: ×0.1, patience 10, floor 1e-6.
    pub fn plateau(rate: f64) -> Self {
        Self::Plateau { rate, factor: 0.1, patience: 10, floor: 1e-6, best: f64::INFINITY, waited: 0 }
    }

    /// That every rate is a number from 0 on, the floor no higher than the start, and a plateau's factor in 0..1.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] with the schedule as it stands.
    pub fn check(&self) -> Result<()> {
        let fits = match *self {
            Self::Constant { rate } => is_rate(rate),
            Self::Cosine { peak, floor, warmup, steps } => is_rate(peak) && is_rate(floor) && floor <= peak && warmup <= steps,
            Self::Milestones { rate, factor, .. } => is_rate(rate) && (0.0..=1.0).contains(&factor),
            Self::Plateau { rate, factor, floor, best, .. } => {
                is_rate(rate) && is_rate(floor) && floor <= rate && (0.0..1.0).contains(&factor) && !best.is_nan()
            }
        };
        if fits {
            return Ok(());
        }
        let message = format!("{self:?} is no schedule; rates are numbers from 0 on, a floor is no higher than its start, and a factor lies in 0..1");
        Err(Error::new(ErrorKind::Argument, message, ""))
    }

    /// What changes besides the step: a plateau's (rate, best loss, epochs waited).
    pub(super) fn state(&self) -> Option<(f64, f64, usize)> {
        match *self {
            Self::Plateau { rate, best, waited, .. } => Some((rate, best, waited)),
            Self::Constant { .. } | Self::Cosine { .. } | Self::Milestones { .. } => None,
        }
    }

    /// This schedule in a saved [`Schedule::state`]; `None` when that is another kind's.
    pub(super) fn in_state(&self, saved: Option<(f64, f64, usize)>) -> Option<Self> {
        match (self, saved) {
            (&Self::Plateau { factor, patience, floor, .. }, Some((rate, best, waited))) => {
                Some(Self::Plateau { rate, factor, patience, floor, best, waited })
            }
            (Self::Constant { .. } | Self::Cosine { .. } | Self::Milestones { .. }, None) => Some(self.clone()),
            _ => None,
        }
    }

    /// The rate for step `step` (0-based); past the end of a cosine it stays at the floor.
    pub fn rate(&self, step: usize) -> f64 {
        match *self {
            Self::Constant { rate } | Self::Plateau { rate, .. } => rate,
            Self::Milestones { rate, factor, ref steps } => rate * factor.powi(steps.iter().filter(|&&first| first <= step).count() as i32),
            Self::Cosine { peak, warmup, .. } if step < warmup => {
                let share = step as f64 / warmup as f64;
                peak * (0.05 + 0.95 * share)
            }
            Self::Cosine { peak, floor, warmup, steps } => {
                let share = (step - warmup) as f64 / steps.saturating_sub(warmup).max(1) as f64;
                floor + (peak - floor) * 0.5 * (1.0 + (PI * share.min(1.0)).cos())
            }
        }
    }

    /// Tells the schedule an epoch's validation loss; only a plateau listens. NaN counts as no improvement.
    pub fn epoch_ended(&mut self, loss: f64) {
        if let Self::Plateau { rate, factor, patience, floor, best, waited } = self {
            if loss < *best * (1.0 - 1e-4) {
                (*best, *waited) = (loss, 0);
            } else {
                *waited = waited.saturating_add(1);
                if *waited > *patience {
                    *rate = (*rate * *factor).max(*floor);
                    *waited = 0;
                }
            }
        }
    }
}

fn is_rate(rate: f64) -> bool {
    rate.is_finite() && rate >= 0.0
}
