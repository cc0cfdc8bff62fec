//! What each place of a photograph says for one class rather than for the others.

use crate::Result;
use crate::classifier::Look;
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
    let classes = look.logits.len();
    let likelihoods = |class: usize| -> Result<Vec<f64>> {
        let map = engine.class_activation_map_of(&look.features, class)?;
        let mean = map.iter().map(|&m| f64::from(m)).sum::<f64>() / map.len() as f64;
        let level =
            look.logits.get(class).zip(card.class_mix.get(class)).map_or(0.0, |(&logit, share)| f64::from(logit) - card.temperature * share.ln());
        Ok(map.into_iter().map(|m| f64::from(m) - mean + level).collect())
    };
    let mut values = likelihoods(class)?;
    for other in 0..classes {
        values.iter_mut().zip(likelihoods(other)?).for_each(|(value, other)| *value -= other / classes as f64);
    }
    Ok(values.into_iter().map(|value| value as f32).collect())
}
