//! How far an answer can be trusted: calibrated probabilities, the class mix they hold for, metrics, intervals, and when to decline.
//!
//! Everything is f64 and deterministic. A *row* is one photograph: its probabilities in class-index order, together 1. The network's
//! own probabilities hold for the class mix π of its training (in the card); [`apply_prior`] moves them to another mix. Calibration
//! ([`fit_temperature`], [`Report::ece`]), abstention and prediction sets are meant under the training mix only.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod abstention;
mod agreement;
mod bootstrap;
mod committee;
mod evaluate;
#[cfg(feature = "cli")]
mod gaussians;
mod judged;
mod label;
mod limits;
mod metrics;
mod paired;
mod prediction_set;
mod prior;
mod report;
mod sample;
mod selective;
mod softmax;
mod temperature;
mod validation;

pub use abstention::{Abstained, Reason, abstain, threshold_at};
pub use agreement::{Agreement, agreement};
pub use bootstrap::{DRAWS, intervals};
pub use committee::committee;
pub use evaluate::evaluate;
#[cfg(feature = "cli")]
pub use gaussians::{Gaussians, fit_gaussians};
pub use label::Label;
pub use limits::{DeclinedShares, Seen, fit_limits};
pub use metrics::{ECE_BINS, auc, expected_calibration_error, negative_log_likelihood};
pub use paired::{Figure, Paired, paired};
pub(crate) use prediction_set::ranking;
pub use prediction_set::{fit_prediction_set, prediction_set};
pub use prior::{Prior, apply_prior};
pub use report::{Interval, Intervals, PerClass, Report};
pub use selective::{Answered, COVERAGES, Covered, Selective, selective};
pub use softmax::{energy, softmax, top};
pub use temperature::{MAX_TEMPERATURE, MIN_TEMPERATURE, fit_temperature};
pub use validation::{Validation, seen_mix, validate};
