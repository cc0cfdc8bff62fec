//! Class activation maps: the classifier applied to each place of the feature maps instead of their mean.

use super::step::Classifier;
use crate::{Error, ErrorKind, Result};

/// M(p) = Σ_k w(class, k) · f(p, k), summed in f64; one number a place.
///
/// `argument` when there is no such class.
pub(super) fn class_activation_map(classifier: &Classifier, features: &[f32], class: usize) -> Result<Vec<f32>> {
    let width = classifier.features.max(1);
    let Some(weights) = classifier.weights.chunks_exact(width).nth(class) else {
        let classes = classifier.weights.chunks_exact(width).len();
        let message = format!("class {class} does not exist; the network has {classes} classes, counted from 0");
        return Err(Error::new(ErrorKind::Argument, message, ""));
    };
    let at = |place: &[f32]| place.iter().zip(weights).map(|(&f, &w)| f64::from(f) * f64::from(w)).sum::<f64>() as f32;
    Ok(features.chunks_exact(width).map(at).collect())
}
