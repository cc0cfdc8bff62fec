//! Cross-entropy against a teacher's probabilities.

use super::cross_entropy::{against, row_weights};
use crate::{Error, ErrorKind, Result};
use candle_core::{D, DType, Tensor};
use candle_nn::ops::log_softmax;

/// Cross-entropy against a teacher's probabilities t = softmax(`teacher`), each row weighed like its label in
/// [`cross_entropy`](super::cross_entropy):
///
/// L = Σ_i w_{y_i} · Σ_c t_{i,c} · (−ln p_{i,c}) / Σ_i w_{y_i}, with p = softmax(z).
///
/// `logits` and `teacher` are N × C, `labels` N indices below C, `weights` C numbers above 0. Up to the teacher's own entropy, a constant,
/// this is KL(t ‖ p) (Hinton, Vinyals, Dean, arXiv 1503.02531, at temperature 1). No gradient reaches the teacher.
///
/// # Errors
/// [`ErrorKind::Argument`] for an empty batch, a label or weight that does not exist, or a teacher of another shape;
/// [`ErrorKind::NotFinite`] when a number of the teacher is NaN or infinite. NaN logits give a NaN loss.
pub fn soft_cross_entropy(logits: &Tensor, teacher: &Tensor, labels: &[usize], weights: &[f64]) -> Result<Tensor> {
    let row_weights = row_weights(logits, labels, weights)?;
    if teacher.shape() != logits.shape() {
        let message = format!("the teacher's logits are {:?}, the student's {:?}", teacher.shape(), logits.shape());
        return Err(Error::new(ErrorKind::Argument, message, "Teacher and student need the same classes and the same rows."));
    }
    let rows: Vec<Vec<f64>> = log_softmax(&teacher.detach().to_dtype(DType::F64)?, D::Minus1)?.to_vec2()?;
    if rows.iter().flatten().any(|log| log.is_nan()) {
        return Err(Error::new(ErrorKind::NotFinite, "a logit of the teacher is not finite", "Use another teacher; nothing was learned."));
    }
    let total: f64 = row_weights.iter().sum();
    let target = rows.iter().zip(&row_weights).flat_map(|(row, own)| row.iter().map(move |log| log.exp() * own / total));
    against(logits, target.collect())
}
