//! When a released classifier declines: limits fitted on validation photographs.

use super::abstention::{Reason, abstain, threshold_at};
use super::softmax::{energy, softmax, top};
use crate::photo::Quality;
use crate::weights::{Abstain, FamiliarityLimit, QualityLimits};
use crate::{Error, ErrorKind, Result};

/// A share of black or white pixels below this never declines a photograph: dermatoscopes darken the corners, and gel reflects.
const LEAST_CLIPPED: f64 = 0.5;

/// Brightness between these two never declines a photograph, whatever the validation photographs are like: data sets of light skin
/// would have dark skin turned away as too dark.
const DARKEST: f64 = 0.12;
const BRIGHTEST: f64 = 0.95;

/// What limits are fitted on: one validation photograph.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The network's raw output.
    pub logits: &'a [f32],
    /// Measures of the square that the network saw.
    pub quality: Quality,
    /// The distance to the training, where the weights can tell it.
    pub distance: Option<f64>,
}

/// The shares of the validation photographs that limits may decline, each from 0 to below ½.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeclinedShares<'a> {
    /// For each limit but that on the distance.
    pub each: f64,
    /// The block whose distance to the training is limited, and the share for that; `None` for no such limit.
    pub distance: Option<(&'a str, f64)>,
}

impl DeclinedShares<'_> {
    /// That both shares lie in their range.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] naming the one that does not.
    pub fn check(&self) -> Result<()> {
        let shares = [("a limit", Some(self.each)), ("the limit on the distance", self.distance.map(|(_, share)| share))];
        for (limit, share) in shares {
            if let Some(share) = share.filter(|share| !(0.0..0.5).contains(share)) {
                let message = format!("the share of photographs that {limit} declines is {share}; allowed is a number from 0 to below 0.5");
                return Err(Error::new(ErrorKind::Argument, message, "Try a small one, such as 0.01."));
            }
        }
        Ok(())
    }
}

/// Limits that each decline at most their share of the photographs: on top-1 probability, energy, relative sharpness and contrast, and
/// brightness at either end; brightness from 0.12 to 0.95 and less than half of the pixels clipped always pass. With them, why each
/// photograph is declined, in order; how the limits were chosen and what they cost is written into [`Abstain::chosen`].
///
/// `temperature`: that of the card; the network's mix is the training's.
///
/// # Errors
/// Those of [`DeclinedShares::check`] and [`threshold_at`]: `table-empty` without a photograph, `not-finite` for a measure that is NaN or
/// infinite or a distance that is missing though it is to be limited.
pub fn fit_limits(seen: &[Seen<'_>], temperature: f64, shares: DeclinedShares<'_>) -> Result<(Abstain, Vec<Option<Reason>>)> {
    shares.check()?;
    let rows = seen.iter().map(|seen| Ok((softmax(seen.logits, temperature)?, energy(seen.logits, temperature)?)));
    let rows = rows.collect::<Result<Vec<(Vec<f64>, f64)>>>()?;
    let least = |scores: Vec<f64>| threshold_at(&scores, shares.each);
    let distance = |(block, share): (&str, f64)| {
        // A distance that no photograph has been given is none that could pass.
        let distance = upper(seen.iter().map(|seen| seen.distance.unwrap_or(f64::NAN)).collect(), share)?;
        Ok::<_, Error>(FamiliarityLimit { block: block.to_owned(), distance })
    };
    let mut limits = Abstain {
        probability: least(rows.iter().filter_map(|(row, _)| top(row)).map(|(_, probability)| probability).collect())?,
        energy: Some(least(rows.iter().map(|(_, energy)| *energy).collect())?),
        quality: Some(quality_limits(seen, shares.each)?),
        familiarity: shares.distance.map(distance).transpose()?,
        chosen: String::new(),
    };
    let reason = |(seen, (row, energy)): (&Seen<'_>, &(Vec<f64>, f64))| {
        abstain(&limits, &seen.quality, row, *energy, seen.distance).map(|abstained| abstained.code)
    };
    let declined: Vec<_> = seen.iter().zip(&rows).map(reason).collect();
    limits.chosen = chosen(shares, seen.len(), declined.iter().flatten().count());
    Ok((limits, declined))
}

fn quality_limits(seen: &[Seen<'_>], share: f64) -> Result<QualityLimits> {
    let measures = |measure: fn(&Quality) -> f32| seen.iter().map(|seen| f64::from(measure(&seen.quality))).collect::<Vec<_>>();
    let least = |measure| threshold_at(&measures(measure), share);
    let most = |measure| upper(measures(measure), share);
    Ok(QualityLimits {
        relative_sharpness: least(Quality::relative_sharpness)?,
        brightness: [least(|quality| quality.brightness)?.min(DARKEST), most(|quality| quality.brightness)?.max(BRIGHTEST)],
        relative_contrast: least(Quality::relative_contrast)?,
        clipped_dark: most(|quality| quality.clipped_dark)?.max(LEAST_CLIPPED),
        clipped_bright: most(|quality| quality.clipped_bright)?.max(LEAST_CLIPPED),
    })
}

/// An upper limit is a lower limit of the negated values.
fn upper(scores: Vec<f64>, share: f64) -> Result<f64> {
    threshold_at(&scores.into_iter().map(|score| -score).collect::<Vec<_>>(), share).map(|limit| -limit)
}

/// How the limits were chosen and what they cost, for the card.
fn chosen(shares: DeclinedShares<'_>, photographs: usize, declined: usize) -> String {
    let unlike = shares.distance.map_or_else(String::new, |(block, share)| {
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
        shares.each * 100.0,
        LEAST_CLIPPED * 100.0,
        declined as f64 / photographs.max(1) as f64 * 100.0
    )
}
