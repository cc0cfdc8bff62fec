//! What each place of a photograph says for one class rather than for the others.

use super::Look;
use crate::Result;
use crate::engine::Engine;
use crate::weights::Card;

/// V(p) = ℓ_class(p) − mean_j ℓ_j(p), with ℓ_j(p) = M_j(p) − mean_q M_j(q) + z_j − T · ln π_j: one number a place, in units of the logit.
///
/// M_j is the class activation map ([`Engine::class_activation_map`]), z the answer's logits, T and π the card's temperature and class mix.
/// A map of M alone has no zero that means anything: softmax does not see what is added to every class, and a common class has much of its
/// logit in its bias, so that it may win although all of its map is below 0. Here 0 is where a place speaks no more for the class than for
/// the classes on average, the class mix aside. Exact: the mean over places is the same difference of the answer's own logits, so that a
/// class which leads under equal shares has a place above 0.
///
/// No places give no numbers. Sources: Zhou et al., *CVPR* 2016, for M; Aitchison, *The Statistical Analysis of Compositional Data*, 1986,
/// for logarithms counted from their mean.
///
/// # Errors
/// `argument` when there is no such class.
pub(super) fn evidence(engine: &Engine, card: &Card, look: &Look, class: usize) -> Result<Vec<f32>> {
    let mut values = engine.class_activation_map_of(&look.features, class)?;
    for other in 0..look.logits.len() {
        let map = engine.class_activation_map_of(&look.features, other)?;
        values.iter_mut().zip(map).for_each(|(value, other)| *value -= other / look.logits.len() as f32);
    }
    let likelihoods: Vec<f32> = look.logits.iter().zip(&card.class_mix).map(|(z, share)| z - (card.temperature * share.ln()) as f32).collect();
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
    let level = likelihoods.get(class).map_or(0.0, |own| own - mean(&likelihoods) - mean(&values));
    values.iter_mut().for_each(|value| *value += level);
    Ok(values)
}
