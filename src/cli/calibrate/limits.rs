//! When the released classifier declines: limits from the validation photographs.

use crate::cli::observe::Observation;
use crate::photo::Quality;
use crate::trust::{energy, threshold_at, top};
use crate::weights::{Abstain, FamiliarityLimit, QualityLimits};
use crate::{Error, ErrorKind, Result};

/// A share of black or white pixels below this never declines a photograph: dermatoscopes darken the corners, and gel reflects.
const LEAST_CLIPPED: f64 = 0.5;

/// Brightness between these two never declines a photograph, whatever the validation photographs are like: data sets of light skin
/// would have dark skin turned away as too dark.
const DARKEST: f64 = 0.12;
const BRIGHTEST: f64 = 0.95;

/// Limits that each decline at most the share `share` of the photographs: by top-1 probability, energy, relative sharpness and contrast, and
/// brightness at either end; brightness from [`DARKEST`] to [`BRIGHTEST`] and shares of clipped pixels below [`LEAST_CLIPPED`] always pass.
///
/// `familiarity`: the block whose distance is limited, and the share that this limit declines at most.
/// `probabilities`: calibrated with `temperature`, under the training mix, one row for each observation.
///
/// # Errors
/// Those of [`threshold_at`].
pub(super) fn fit(
    observations: &[Observation],
    probabilities: &[Vec<f64>],
    temperature: f64,
    share: f64,
    familiarity: Option<(&str, f64)>,
) -> Result<Abstain> {
    let least = |scores: Vec<f64>| threshold_at(&scores, share);
    let measures = |measure: fn(&Quality) -> f32| observations.iter().map(|seen| f64::from(measure(&seen.quality))).collect::<Vec<_>>();
    let most = |scores: Vec<f64>| upper(scores, share);
    let energies = observations.iter().map(|seen| energy(&seen.logits, temperature)).collect::<Result<Vec<_>>>()?;
    let quality = QualityLimits {
        relative_sharpness: least(measures(Quality::relative_sharpness))?,
        brightness: [least(measures(|quality| quality.brightness))?.min(DARKEST), most(measures(|quality| quality.brightness))?.max(BRIGHTEST)],
        relative_contrast: least(measures(Quality::relative_contrast))?,
        clipped_dark: most(measures(|quality| quality.clipped_dark))?.max(LEAST_CLIPPED),
        clipped_bright: most(measures(|quality| quality.clipped_bright))?.max(LEAST_CLIPPED),
    };
    let familiarity = familiarity.map(|(block, share)| {
        // A distance that no photograph has been given is none that could pass.
        let distance = upper(observations.iter().map(|seen| seen.distance.unwrap_or(f64::NAN)).collect(), share)?;
        Ok::<_, Error>(FamiliarityLimit { block: block.to_owned(), distance })
    });
    Ok(Abstain {
        probability: least(probabilities.iter().filter_map(|row| top(row)).map(|(_, probability)| probability).collect())?,
        energy: Some(least(energies)?),
        quality: Some(quality),
        familiarity: familiarity.transpose()?,
        chosen: String::new(),
    })
}

/// An upper limit is a lower limit of the negated values.
fn upper(scores: Vec<f64>, share: f64) -> Result<f64> {
    threshold_at(&scores.into_iter().map(|score| -score).collect::<Vec<_>>(), share).map(|limit| -limit)
}

/// [`ErrorKind::Argument`] for a share outside 0 to below ½; `example` is what to try.
pub(super) fn check_share(share: f64, example: &str) -> Result<()> {
    if (0.0..0.5).contains(&share) {
        return Ok(());
    }
    let message = format!("the share of photographs that a limit declines is {share}; allowed is a number from 0 to below 0.5");
    Err(Error::new(ErrorKind::Argument, message, format!("Try {example}.")))
}

/// How the limits were chosen and what they cost, for the card.
pub(super) fn chosen(share: f64, familiarity: Option<(&str, f64)>, photographs: usize, declined: usize) -> String {
    let unlike = familiarity.map_or_else(String::new, |(block, share)| {
        format!(
            " The distance to the training after {block} declines at most {:.1} %: class means and one covariance over the channels' means \
             and standard deviations, fitted on training photographs, one a lesion.",
            share * 100.0
        )
    });
    format!(
        "On {photographs} validation photographs, one a lesion: each of the limits on top-1 probability, energy, relative sharpness, relative contrast and \
         brightness (either end) declines at most {:.1} % of them; clipped pixels at the same share, but not below {:.0} % of the square, \
         and brightness from {DARKEST} to {BRIGHTEST} always passes, so that skin darker than the training's is not turned away.{unlike} \
         Together they decline {declined} ({:.1} %).",
        share * 100.0,
        LEAST_CLIPPED * 100.0,
        declined as f64 / photographs.max(1) as f64 * 100.0
    )
}
