//! Losses of plain supervised training.

use crate::{Error, ErrorKind, Result};
use candle_core::{D, DType, Device, Tensor};

/// Weighted cross-entropy with label smoothing, PyTorch's `CrossEntropyLoss(weight, label_smoothing)`:
///
/// L = Σ_i \[(1 − ε) · w_{y_i} · (−ln p_{i,y_i}) + ε / C · Σ_c w_c · (−ln p_{i,c})\] / Σ_i w_{y_i}, with p = softmax(z).
///
/// `logits` is N × C, `labels` N indices below C, `weights` C positive numbers, ε in 0..1. At ε = 0 it is SSD-KD's L1.
///
/// # Errors
/// [`ErrorKind::Argument`] for an empty batch, a label or weight that does not exist. NaN logits give a NaN loss.
pub fn cross_entropy(logits: &Tensor, labels: &[usize], weights: &[f32], smoothing: f32) -> Result<Tensor> {
    let (rows, classes) = logits.dims2()?;
    if rows == 0 || labels.len() != rows || weights.len() != classes || labels.iter().any(|&label| label >= classes) {
        let message = format!("{} labels and {} class weights for logits of {rows} × {classes}", labels.len(), weights.len());
        return Err(Error::new(ErrorKind::Argument, message, "Give one label below the number of classes for each row."));
    }
    let total: f32 = labels.iter().map(|&label| weights[label]).sum();
    let mut target = vec![0.0f32; rows * classes];
    for (row, &label) in target.chunks_exact_mut(classes).zip(labels) {
        for (t, w) in row.iter_mut().zip(weights) {
            *t = smoothing / classes as f32 * w / total;
        }
        row[label] += (1.0 - smoothing) * weights[label] / total;
    }
    let target = Tensor::from_vec(target, (rows, classes), &Device::Cpu)?.to_dtype(logits.dtype())?;
    Ok((log_softmax(logits)? * target)?.sum_all()?.neg()?)
}

/// Cross-entropy against a teacher's probabilities, each row weighed like its label in [`cross_entropy`]:
///
/// L = Σ_i w_{y_i} · Σ_c t_{i,c} · (−ln p_{i,c}) / Σ_i w_{y_i}, with p = softmax(z).
///
/// `logits` is N × C, `teacher` N · C probabilities (rows that sum to 1), `labels` N indices below C, `weights` C positive numbers. Up to the
/// teacher's own entropy, a constant, this is KL(t ‖ p) (Hinton, Vinyals, Dean, arXiv 1503.02531, at temperature 1).
///
/// # Errors
/// [`ErrorKind::Argument`] for an empty batch, a label or weight that does not exist, or another number of probabilities. NaN logits give a
/// NaN loss.
pub fn soft_cross_entropy(logits: &Tensor, teacher: &[f32], labels: &[usize], weights: &[f32]) -> Result<Tensor> {
    let (rows, classes) = logits.dims2()?;
    let weigh = |&label: &usize| weights.get(label).copied();
    let row_weights: Option<Vec<f32>> = labels.iter().map(weigh).collect();
    let (Some(row_weights), true) = (row_weights, rows > 0 && labels.len() == rows && teacher.len() == rows * classes) else {
        let message = format!("{} labels and {} teacher's probabilities for logits of {rows} × {classes}", labels.len(), teacher.len());
        return Err(Error::new(ErrorKind::Argument, message, "Give one label and one probability a class for each row."));
    };
    let total: f32 = row_weights.iter().sum();
    let weighed = teacher.chunks_exact(classes).zip(&row_weights).flat_map(|(row, w)| row.iter().map(move |t| t * w / total));
    let target = Tensor::from_vec(weighed.collect::<Vec<f32>>(), (rows, classes), &Device::Cpu)?.to_dtype(logits.dtype())?;
    Ok((log_softmax(logits)? * target)?.sum_all()?.neg()?)
}

/// ln softmax along the last dimension, with the row maximum taken out first (as a constant: it cancels in the gradient).
pub(crate) fn log_softmax(logits: &Tensor) -> Result<Tensor> {
    let shifted = logits.broadcast_sub(&logits.detach().max_keepdim(D::Minus1)?)?;
    let sum = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?;
    Ok(shifted.broadcast_sub(&sum)?)
}

/// The number a scalar tensor holds.
pub(crate) fn scalar(tensor: &Tensor) -> Result<f64> {
    Ok(tensor.to_dtype(DType::F64)?.to_scalar()?)
}
