//! Logits to probabilities.

use crate::{Error, ErrorKind, Result};

/// p_i = exp(z_i / T) / Σ_j exp(z_j / T), with the largest z subtracted first, so that no finite input overflows.
///
/// `logits`: one row of any length above 0; `temperature` T > 0, above 1 flattens, below 1 sharpens. The result has the same length,
/// every value is in 0..=1 (a logit some 745 · T below the largest gives exactly 0) and the sum is 1 to rounding.
///
/// ```
/// let p = dermdistill::trust::softmax(&[0.0, 2.0_f32.ln()], 1.0)?;
/// assert!((p[1] - 2.0 / 3.0).abs() < 1e-7);
/// # Ok::<(), dermdistill::Error>(())
/// ```
///
/// # Errors
/// `not-finite` when a logit is NaN or infinite; `argument` for no logits, or a temperature that is not a finite number above 0.
pub fn softmax(logits: &[f32], temperature: f64) -> Result<Vec<f64>> {
    let (scaled, largest) = scale(logits, temperature)?;
    let mut weights: Vec<f64> = scaled.iter().map(|z| (z - largest).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    Ok(weights)
}

/// ln Σ_j exp(z_j / T), the negative free energy over T: large for pictures like those of the training, small for foreign ones
/// (Liu et al., *Energy-based Out-of-distribution Detection*, NeurIPS 2020). Arguments and errors as in [`softmax`].
///
/// # Errors
/// As [`softmax`].
pub fn energy(logits: &[f32], temperature: f64) -> Result<f64> {
    let (scaled, largest) = scale(logits, temperature)?;
    Ok(largest + scaled.iter().map(|z| (z - largest).exp()).sum::<f64>().ln())
}

/// The index and value of the largest probability, the first of equals; `None` for an empty row. NaN is never the largest.
pub fn top(probabilities: &[f64]) -> Option<(usize, f64)> {
    probabilities.iter().copied().enumerate().filter(|(_, p)| !p.is_nan()).reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// The logits over the temperature and the largest of them, both checked.
fn scale(logits: &[f32], temperature: f64) -> Result<(Vec<f64>, f64)> {
    if !(temperature.is_finite() && temperature > 0.0) {
        let message = format!("the temperature is {temperature}; allowed is a finite number above 0");
        return Err(Error::new(ErrorKind::Argument, message, ""));
    }
    if let Some((index, value)) = logits.iter().enumerate().find(|(_, logit)| !logit.is_finite()) {
        let message = format!("the logit of class {index} is {value}; every logit must be finite");
        return Err(Error::new(ErrorKind::NotFinite, message, "Check the weights and the input for values that are not finite."));
    }
    let scaled: Vec<f64> = logits.iter().map(|&logit| f64::from(logit) / temperature).collect();
    match scaled.iter().copied().reduce(f64::max) {
        Some(largest) if largest.is_finite() => Ok((scaled, largest)),
        Some(_) => Err(Error::new(ErrorKind::NotFinite, format!("a logit over the temperature {temperature} overflows"), "")),
        None => Err(Error::new(ErrorKind::Argument, "there are no logits; at least one is needed", "")),
    }
}
