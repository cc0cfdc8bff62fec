//! When the released classifier declines: limits from the validation photographs.

use crate::cli::observe::Observation;
use crate::photo::Quality;
use crate::trust::{energy, threshold_at, top};
use crate::weights::{Abstain, QualityLimits};
use crate::{Error, ErrorKind, Result};

/// A share of black or white pixels below this never declines a photograph: dermatoscopes darken the corners, and gel reflects.
const LEAST_CLIPPED: f64 = 0.5;

/// Brightness between these two never declines a photograph, whatever the validation photographs are like: data sets of light skin
/// would have dark skin turned away as too dark.
const DARKEST: f64 = 0.12;
const BRIGHTEST: f64 = 0.95;

/// Limits that each decline at most the share `share` of the photographs: by top-1 probability, energy, sharpness, contrast, and
/// brightness at either end; brightness from [`DARKEST`] to [`BRIGHTEST`] and shares of clipped pixels below [`LEAST_CLIPPED`] always pass.
///
/// `probabilities`: calibrated with `temperature`, under the training mix, one row for each observation.
///
/// # Errors
/// [`ErrorKind::Argument`] for a share outside 0 to below ½; [`ErrorKind::TableEmpty`] for no photograph.
pub(super) fn fit(observations: &[Observation], probabilities: &[Vec<f64>], temperature: f64, share: f64) -> Result<Abstain> {
    if !(0.0..0.5).contains(&share) {
        let message = format!("the share of photographs that a limit declines is {share}; allowed is a number from 0 to below 0.5");
        return Err(Error::new(ErrorKind::Argument, message, "Try --decline 0.01."));
    }
    let least = |scores: Vec<f64>| threshold_at(&scores, share);
    let measures = |measure: fn(&Quality) -> f32| observations.iter().map(|seen| f64::from(measure(&seen.quality))).collect::<Vec<_>>();
    // An upper limit is a lower limit of the negated values.
    let most = |scores: Vec<f64>| threshold_at(&scores.iter().map(|score| -score).collect::<Vec<_>>(), share).map(|limit| -limit);
    let energies = observations.iter().map(|seen| energy(&seen.logits, temperature)).collect::<Result<Vec<_>>>()?;
    let quality = QualityLimits {
        sharpness: least(measures(|quality| quality.sharpness))?,
        brightness: [least(measures(|quality| quality.brightness))?.min(DARKEST), most(measures(|quality| quality.brightness))?.max(BRIGHTEST)],
        contrast: least(measures(|quality| quality.contrast))?,
        clipped_dark: most(measures(|quality| quality.clipped_dark))?.max(LEAST_CLIPPED),
        clipped_bright: most(measures(|quality| quality.clipped_bright))?.max(LEAST_CLIPPED),
    };
    Ok(Abstain {
        probability: least(probabilities.iter().filter_map(|row| top(row)).map(|(_, probability)| probability).collect())?,
        energy: Some(least(energies)?),
        quality: Some(quality),
        familiarity: None,
        chosen: String::new(),
    })
}

/// How the limits were chosen and what they cost, for the card.
pub(super) fn chosen(share: f64, photographs: usize, declined: usize) -> String {
    format!(
        "On {photographs} validation photographs, one a lesion: each of the limits on top-1 probability, energy, sharpness, contrast and \
         brightness (either end) declines at most {:.1} % of them; clipped pixels at the same share, but not below {:.0} % of the square, \
         and brightness from {DARKEST} to {BRIGHTEST} always passes, so that skin darker than the training's is not turned away. \
         Together they decline {declined} ({:.1} %).",
        share * 100.0,
        LEAST_CLIPPED * 100.0,
        declined as f64 / photographs.max(1) as f64 * 100.0
    )
}
