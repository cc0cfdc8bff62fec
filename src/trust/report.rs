//! What `evaluate --json` prints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::selective::Selective;

/// The metrics of a set of photographs. Abstained photographs count in every one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Photographs.
    pub n: usize,
    /// The share whose first class is the true one.
    pub accuracy: f64,
    /// The mean recall of the classes that occur; a class without a photograph is left out of the mean.
    pub balanced_accuracy: f64,
    /// The expected calibration error, 15 equal bins on the top-1 probability.
    pub ece: f64,
    /// The mean negative log-likelihood in nats.
    pub nll: f64,
    /// The mean AUC of the classes that have one; `None` (null) when none has.
    #[serde(default)]
    pub macro_auc: Option<f64>,
    /// Photographs for which the classifier declined to name a class.
    pub abstained: usize,
    /// The order of [`confusion`](Self::confusion)'s rows and columns: eight codes, or seven with AKIEC.
    pub classes: Vec<String>,
    /// The figures of every class, by code.
    pub per_class: BTreeMap<String, PerClass>,
    /// How many photographs of the row's true class were given the column's class.
    pub confusion: Vec<Vec<usize>>,
    /// The SHA-256 of the weight file; empty until the caller fills it in.
    pub weights_sha256: String,
    /// Bootstrap intervals, where the caller asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<Intervals>,
    /// What declining buys, where the caller knows the reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selective: Option<Selective>,
}

/// The figures of one class against all others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerClass {
    /// Photographs of this class.
    pub n: usize,
    /// The share of them that were given it (sensitivity); `None` (null) when there are none.
    pub recall: Option<f64>,
    /// The share of those given it that are of it; `None` when none were.
    pub precision: Option<f64>,
    /// The area under the ROC curve of its probability; `None` when all or none of the photographs are of it.
    pub auc: Option<f64>,
}

/// Lower and upper end.
pub type Interval = [f64; 2];

/// 95 % percentile intervals from a bootstrap over groups (lesions).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    /// The share of draws inside: 0.95.
    pub level: f64,
    /// How many draws were made.
    pub draws: usize,
    /// The seed of the draws.
    pub seed: u64,
    /// Groups drawn from.
    pub groups: usize,
    /// Of the accuracy.
    pub accuracy: Interval,
    /// Of the balanced accuracy; in each draw the mean is over the classes that occur in it.
    pub balanced_accuracy: Interval,
    /// Of the expected calibration error, which is biased upwards: a draw repeats photographs, and repeated errors do not average out.
    pub ece: Interval,
    /// Of the mean negative log-likelihood.
    pub nll: Interval,
    /// Of [`Report::macro_auc`]; `None` where no draw has two classes.
    pub macro_auc: Option<Interval>,
    /// Of every class's recall, over the draws in which it occurs; `None` when it occurs in none.
    pub recall: BTreeMap<String, Option<Interval>>,
    /// Of every class's AUC, over the draws in which it has one.
    pub auc: BTreeMap<String, Option<Interval>>,
}
