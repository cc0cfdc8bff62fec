//! The class mix that a network's probabilities hold for, moved in its classifier.

use crate::nn::Network;
use crate::weights::Tensors;
use crate::{Error, ErrorKind, Result};

/// Adds ln(`to` / `from`) to the classifier's bias: probabilities that held for the mix `from` then hold for `to`, by Bayes' rule (see
/// [`apply_prior`](crate::trust::apply_prior), which does the same to probabilities). Both mixes have a share above 0 for every class.
///
/// # Errors
/// [`ErrorKind::Argument`] for another number of shares than classes, or one that is not above 0; [`ErrorKind::Internal`] for a network without
/// a linear classifier. Nothing has changed then.
pub fn move_prior(network: &Network, tensors: &mut Tensors, from: &[f64], to: &[f64]) -> Result<()> {
    let bias = network.classifier().and_then(|classifier| tensors.get_mut(&format!("{}.bias", classifier.name)));
    let bias = bias.ok_or_else(|| Error::new(ErrorKind::Internal, "the network has no classifier whose bias could hold the class mix", ""))?;
    let shares = |mix: &[f64]| mix.len() == bias.data.len() && mix.iter().all(|share| share.is_finite() && *share > 0.0);
    if !shares(from) || !shares(to) {
        let message = format!("the class mix cannot be moved from {from:?} to {to:?}; each needs {} shares above 0", bias.data.len());
        return Err(Error::new(ErrorKind::Argument, message, ""));
    }
    bias.data.iter_mut().zip(from.iter().zip(to)).for_each(|(bias, (from, to))| *bias += (to / from).ln() as f32);
    Ok(())
}
