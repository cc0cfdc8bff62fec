//! Validation of a training: the temperature, and the figures under the class mix that the probabilities hold for and under equal shares.

use super::{Label, Prior, Report, apply_prior, evaluate, fit_temperature, softmax};
use crate::classes::CLASSES;
use crate::{Error, ErrorKind, Result};

/// What a validation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    /// Fitted on these images.
    pub temperature: f64,
    /// Under the mix that the probabilities hold for.
    pub report: Report,
    /// Under equal shares of all classes.
    pub equal: Report,
    /// The rows that `report` judged, at the fitted temperature.
    pub probabilities: Vec<Vec<f64>>,
    /// The truth of each row.
    pub labels: Vec<Label>,
}

/// Judges `logits` (a row an image, one number a class) whose probabilities hold under the mix `class_mix` (π). Nothing is declined.
///
/// # Errors
/// `not-finite` when a logit is NaN or infinite; otherwise those of [`fit_temperature`], [`apply_prior`] and [`evaluate`], among them
/// `table-empty` for no images at all and `argument` for labels that do not exist.
pub fn validate(logits: &[Vec<f32>], labels: &[usize], class_mix: &[f64]) -> Result<Validation> {
    if logits.iter().flatten().any(|z| !z.is_finite()) {
        return Err(Error::new(ErrorKind::NotFinite, "a validation logit is not finite", "Lower the learning rate and start anew."));
    }
    let temperature = fit_temperature(logits, labels, None)?;
    let probabilities = logits.iter().map(|row| softmax(row, temperature)).collect::<Result<Vec<_>>>()?;
    let labels: Vec<Label> = labels.iter().copied().map(Label::Class).collect();
    let equal = probabilities.iter().map(|p| apply_prior(p, class_mix, &Prior::Equal)).collect::<Result<Vec<_>>>()?;
    let answered = vec![false; labels.len()];
    let report = evaluate(&probabilities, &labels, &answered, &CLASSES)?;
    let equal = evaluate(&equal, &labels, &answered, &CLASSES)?;
    Ok(Validation { temperature, report, equal, probabilities, labels })
}

/// The mix that a loss sees: each class counted as often as it is shown, times its weight, as shares that sum to 1.
///
/// # Errors
/// `table-empty` when a class is never shown or has no weight: nothing can be learned about it, and no mix moved to another.
pub fn seen_mix(shown: &[usize], weights: &[f64]) -> Result<Vec<f64>> {
    let counts: Vec<f64> = shown.iter().zip(weights).map(|(&shown, weight)| shown as f64 * weight).collect();
    let total: f64 = counts.iter().sum();
    let mix: Vec<f64> = counts.iter().map(|count| count / total).collect();
    if mix.is_empty() || mix.len() != shown.len() || mix.iter().any(|share| !(share.is_finite() && *share > 0.0)) {
        let message = format!("a class is never seen: {shown:?} images of {CLASSES:?} with weights {weights:?}");
        return Err(Error::new(ErrorKind::TableEmpty, message, "Every class needs training images."));
    }
    Ok(mix)
}
