//! The thresholds that a card may carry: when to abstain, and how large a set of classes covers the truth.

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// When the classifier declines to name a class. Every threshold is fitted on validation data; [`chosen`](Self::chosen) says how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Abstain {
    /// The smallest top-1 probability (calibrated, under the training mix) that still gets an answer, 0 to 1; 0 never abstains.
    pub probability: f64,
    /// The smallest log-sum-exp of the calibrated logits that still gets an answer; absent: not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy: Option<f64>,
    /// How far the photograph may be from the training's; absent: not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub familiarity: Option<FamiliarityLimit>,
    /// The gate on the photograph itself; absent: every photograph passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<QualityLimits>,
    /// How the thresholds were chosen and what they cost, in words.
    pub chosen: String,
}

/// How far from every class of the training a photograph may be, by the channel statistics after one block of the network.
/// The tensors that the distance needs are in the weight file; [`Familiarity`](super::Familiarity) has the formula.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FamiliarityLimit {
    /// The block whose channels are measured, such as `features.6`.
    pub block: String,
    /// The largest distance that still gets an answer, above 0.
    pub distance: f64,
}

/// What the square that the network sees must be like to be judged at all, in the units of the photograph's quality measures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct QualityLimits {
    /// The smallest relative sharpness, from 0 up; it depends on the input side, so it is fitted at the card's. Absent (files before
    /// 1.3.0, whose limit was on the sharpness itself and turned dark skin away): 0, not looked at.
    #[serde(default)]
    pub relative_sharpness: f64,
    /// The smallest and the largest mean brightness, 0 black to 1 white.
    pub brightness: [f64; 2],
    /// The smallest relative contrast, from 0 up; below it the picture is an even surface. Absent: 0, as above.
    #[serde(default)]
    pub relative_contrast: f64,
    /// The largest share of black pixels, 0 to 1.
    pub clipped_dark: f64,
    /// The largest share of white pixels, 0 to 1.
    pub clipped_bright: f64,
}

/// A split-conformal threshold (LAC; Sadinle, Lei, Wasserman 2019): the set of all classes with probability ≥ 1 − `threshold`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictionSet {
    /// The share of photographs whose set holds the true class, strictly between 0 and 1; holds for the training mix only.
    pub coverage: f64,
    /// The fitted quantile q̂ of 1 − p(true class), 0 to 1.
    pub threshold: f64,
    /// How many validation photographs it was fitted on.
    pub n: usize,
}

impl Abstain {
    /// `weights-card` unless every threshold is in its range.
    pub(super) fn check(&self) -> Result<()> {
        unit("abstain.probability", self.probability)?;
        finite("abstain.energy", self.energy.unwrap_or(0.0))?;
        self.familiarity.as_ref().map_or(Ok(()), FamiliarityLimit::check)?;
        let Some(quality) = &self.quality else { return Ok(()) };
        finite("abstain.quality.relative_sharpness", quality.relative_sharpness)?;
        finite("abstain.quality.relative_contrast", quality.relative_contrast)?;
        unit("abstain.quality.clipped_dark", quality.clipped_dark)?;
        unit("abstain.quality.clipped_bright", quality.clipped_bright)?;
        let [darkest, brightest] = quality.brightness;
        if darkest.is_finite() && brightest.is_finite() && darkest <= brightest {
            return Ok(());
        }
        Err(out_of_range("abstain.quality.brightness", format!("{darkest} to {brightest}"), "two finite numbers, the smaller one first"))
    }
}

impl FamiliarityLimit {
    fn check(&self) -> Result<()> {
        if self.distance.is_finite() && self.distance > 0.0 {
            return Ok(());
        }
        Err(out_of_range("abstain.familiarity.distance", self.distance, "a finite number above 0"))
    }
}

impl PredictionSet {
    /// `weights-card` unless coverage and threshold are in their ranges.
    pub(super) fn check(&self) -> Result<()> {
        unit("prediction_set.threshold", self.threshold)?;
        if self.coverage > 0.0 && self.coverage < 1.0 {
            return Ok(());
        }
        Err(out_of_range("prediction_set.coverage", self.coverage, "a number between 0 and 1"))
    }
}

fn finite(field: &str, value: f64) -> Result<()> {
    if value.is_finite() { Ok(()) } else { Err(out_of_range(field, value, "a finite number")) }
}

fn unit(field: &str, value: f64) -> Result<()> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(out_of_range(field, value, "a number from 0 to 1")) }
}

/// The error for a field of the card with a value that is not allowed.
pub(super) fn out_of_range(field: &str, found: impl std::fmt::Display, allowed: &str) -> Error {
    let message = format!("the card's {field} is {found}; allowed is {allowed}");
    Error::new(ErrorKind::WeightsCard, message, "Use a file that this program wrote, or correct the card.")
}
