//! Cross-entropy against labels: SSD-KD's L1.

use crate::{Error, ErrorKind, Result};
use candle_core::{D, Tensor};
use candle_nn::ops::log_softmax;

/// Weighted cross-entropy with label smoothing, PyTorch's `CrossEntropyLoss(weight, label_smoothing)`:
///
/// L = Σ_i \[(1 − ε) · w_{y_i} · (−ln p_{i,y_i}) + ε / C · Σ_c w_c · (−ln p_{i,c})\] / Σ_i w_{y_i}, with p = softmax(z).
///
/// `logits` is N × C, `labels` N indices below C, `weights` C numbers above 0, ε in 0..1. At ε = 0 it is SSD-KD's L1: a weighted mean, whose
/// divisor is the sum of the weights. The result is a scalar of the logits' type.
///
/// ```
/// use candle_core::{Device, Tensor};
/// # fn main() -> dermdistill::Result<()> {
/// // Two equal logits: p = ½ whatever the weights, so L = ln 2.
/// let logits = Tensor::zeros((3, 2), candle_core::DType::F64, &Device::Cpu)?;
/// let loss = dermdistill::distill::cross_entropy(&logits, &[0, 1, 1], &[1.0, 5.0], 0.0)?.to_scalar::<f64>()?;
/// assert!((loss - 2f64.ln()).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::Argument`] for an empty batch, a label or weight that does not exist. NaN logits give a NaN loss.
pub fn cross_entropy(logits: &Tensor, labels: &[usize], weights: &[f64], smoothing: f64) -> Result<Tensor> {
    let row_weights = row_weights(logits, labels, weights)?;
    let total: f64 = row_weights.iter().sum();
    let spread = smoothing / weights.len().max(1) as f64 / total;
    let target = labels.iter().zip(&row_weights).flat_map(|(&label, own)| {
        let sharp = (1.0 - smoothing) * own / total;
        weights.iter().enumerate().map(move |(class, w)| spread * w + if class == label { sharp } else { 0.0 })
    });
    against(logits, target.collect())
}

/// The weight of each row's label, after checking that labels and weights fit the logits.
pub(super) fn row_weights(logits: &Tensor, labels: &[usize], weights: &[f64]) -> Result<Vec<f64>> {
    let (rows, classes) = logits.dims2()?;
    let own: Option<Vec<f64>> = labels.iter().map(|&label| weights.get(label).copied()).collect();
    own.filter(|own| !own.is_empty() && own.len() == rows && weights.len() == classes).ok_or_else(|| {
        let message = format!("{} labels and {} class weights for logits of {rows} × {classes}", labels.len(), weights.len());
        Error::new(ErrorKind::Argument, message, "Give one label below the number of classes for each row.")
    })
}

/// −Σ target · ln softmax(logits), summed over everything.
pub(super) fn against(logits: &Tensor, target: Vec<f64>) -> Result<Tensor> {
    let target = Tensor::from_vec(target, logits.shape(), logits.device())?.to_dtype(logits.dtype())?;
    Ok(log_softmax(logits, D::Minus1)?.mul(&target)?.sum_all()?.neg()?)
}
