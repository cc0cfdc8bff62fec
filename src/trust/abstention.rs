//! When the classifier declines to name a class: the photograph is not fit to judge, unlike the training's, or the answer is a toss-up.

use serde::{Deserialize, Serialize};

use super::softmax::top;
use crate::photo::Quality;
use crate::weights::{Abstain, QualityLimits};
use crate::{Error, ErrorKind, Result};

/// Why an answer is declined, in the order in which the reasons are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The mean brightness is below its limit, or too many pixels are black.
    TooDark,
    /// The mean brightness is above its limit, or too many pixels are white.
    TooBright,
    /// The relative contrast is below its limit: an even surface.
    Flat,
    /// The relative sharpness is below its limit.
    TooBlurred,
    /// The distance to the training is above its limit: not taken with a dermatoscope, or no spot at all.
    UnlikeDermoscopy,
    /// The energy is below its limit: unlike the pictures of the training.
    Unfamiliar,
    /// The largest probability is below its limit.
    NotSure,
}

impl Reason {
    /// Every reason, in the order in which they are looked for.
    pub const ALL: [Self; 7] =
        [Self::TooDark, Self::TooBright, Self::Flat, Self::TooBlurred, Self::UnlikeDermoscopy, Self::Unfamiliar, Self::NotSure];

    /// The stable code, as JSON and JavaScript see it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooDark => "too-dark",
            Self::TooBright => "too-bright",
            Self::Flat => "flat",
            Self::TooBlurred => "too-blurred",
            Self::UnlikeDermoscopy => "unlike-dermoscopy",
            Self::Unfamiliar => "unfamiliar",
            Self::NotSure => "not-sure",
        }
    }

    /// A sentence for a reader.
    pub const fn message(self) -> &'static str {
        match self {
            Self::TooDark => "The photograph is too dark to judge.",
            Self::TooBright => "The photograph is too bright to judge.",
            Self::Flat => "The photograph shows an even surface; no lesion stands out.",
            Self::TooBlurred => "The photograph is too blurred to judge.",
            Self::UnlikeDermoscopy => {
                "The photograph is unlike a dermoscopic photograph of one skin spot. Use a dermatoscope, or a box closer around the spot."
            }
            Self::Unfamiliar => "The photograph is unlike the dermoscopic images that the network was trained on.",
            Self::NotSure => "No class stands out clearly enough.",
        }
    }
}

/// A declined answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abstained {
    /// The reason.
    pub code: Reason,
    /// [`Reason::message`].
    pub message: String,
}

impl From<Reason> for Abstained {
    fn from(code: Reason) -> Self {
        Self { code, message: code.message().to_owned() }
    }
}

/// The first reason to decline an answer, or `None` to give it.
///
/// `limits`: the card's; `quality`: of the square that the network saw; `probabilities`: calibrated and under the training mix (whatever
/// prior the answer is shown under), because the limits were fitted there; `energy`: [`energy`](super::energy) of the same logits at the
/// card's temperature; `distance`: of the photograph's statistics to the training ([`Familiarity`](crate::weights::Familiarity)), looked at
/// where the card limits it, and then an absent one counts as NaN. A value exactly at its limit passes. A value that is NaN does not: a measure that failed is no ground to answer.
/// Without probabilities the answer is [`Reason::NotSure`].
pub fn abstain(limits: &Abstain, quality: &Quality, probabilities: &[f64], energy: f64, distance: Option<f64>) -> Option<Abstained> {
    let unlike = limits.familiarity.as_ref().is_some_and(|most| is_above(distance.unwrap_or(f64::NAN), most.distance));
    let unfamiliar = limits.energy.is_some_and(|least| is_below(energy, least));
    let not_sure = is_below(top(probabilities).map_or(f64::NAN, |(_, p)| p), limits.probability);
    limits
        .quality
        .and_then(|limits| poor_quality(&limits, quality))
        .or(unlike.then_some(Reason::UnlikeDermoscopy))
        .or(unfamiliar.then_some(Reason::Unfamiliar))
        .or(not_sure.then_some(Reason::NotSure))
        .map(Abstained::from)
}

fn poor_quality(limits: &QualityLimits, quality: &Quality) -> Option<Reason> {
    let [darkest, brightest] = limits.brightness;
    let brightness = f64::from(quality.brightness);
    let checks = [
        (Reason::TooDark, is_below(brightness, darkest) || is_above(f64::from(quality.clipped_dark), limits.clipped_dark)),
        (Reason::TooBright, is_above(brightness, brightest) || is_above(f64::from(quality.clipped_bright), limits.clipped_bright)),
        (Reason::Flat, is_below(f64::from(quality.relative_contrast()), limits.relative_contrast)),
        (Reason::TooBlurred, is_below(f64::from(quality.relative_sharpness()), limits.relative_sharpness)),
    ];
    checks.into_iter().find(|(_, fails)| *fails).map(|(reason, _)| reason)
}

/// Not at least `limit`; NaN is below.
fn is_below(value: f64, limit: f64) -> bool {
    value.is_nan() || value < limit
}

/// Not at most `limit`; NaN is above.
fn is_above(value: f64, limit: f64) -> bool {
    value.is_nan() || value > limit
}

/// A limit that declines at most the share `share` (0 to 1) of `scores` (top-1 probabilities, energies, sharpness, …): how the card's limits
/// are chosen on validation photographs. With d = ⌊share · n⌋ it lies midway between the d scores to be declined and the rest, so that the
/// last bits of a score, which another processor rounds otherwise, decide nothing; for d = 0 it is the smallest score.
///
/// # Errors
/// `table-empty` for no score; `not-finite` for a score that is NaN or infinite; `argument` for a share outside 0..1 (1 excluded).
pub fn threshold_at(scores: &[f64], share: f64) -> Result<f64> {
    if !(0.0..1.0).contains(&share) {
        return Err(Error::new(ErrorKind::Argument, format!("the share is {share}; allowed is a number from 0 to below 1"), ""));
    }
    if let Some(score) = scores.iter().find(|score| !score.is_finite()) {
        return Err(Error::new(ErrorKind::NotFinite, format!("a score is {score}; every score must be finite"), ""));
    }
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    // The slack keeps a product such as 0.29 · 100 = 28.999…96 at 29; the cast saturates.
    let declined = (share * sorted.len() as f64 + 1e-9).floor() as usize;
    let least = sorted.get(declined).copied();
    let least = least.ok_or_else(|| Error::new(ErrorKind::TableEmpty, "there is no score to choose a limit from", ""))?;
    let below = declined.checked_sub(1).and_then(|index| sorted.get(index)).copied();
    Ok(below.map_or(least, |below| f64::midpoint(below, least)))
}
