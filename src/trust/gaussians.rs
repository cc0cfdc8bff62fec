//! Fitting how far a photograph is from the training: a mean for each class, one covariance, and the matrix that whitens by it.
#![expect(clippy::arithmetic_side_effects, reason = "sums of f64 vectors and matrices, whose lengths are checked")]

use nalgebra::{DMatrix, DVector};

use crate::{Error, ErrorKind, Result};

/// What is added to every variance, as a share of their mean: a direction in which the training hardly varies would otherwise decide alone.
const RIDGE: f64 = 0.01;

/// What a weight file holds for [`Familiarity`](crate::weights::Familiarity), rounded to f32.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussians {
    /// D, the numbers in a photograph's statistics.
    pub len: usize,
    /// μ_c, class by class: classes × D.
    pub means: Vec<f32>,
    /// The lower triangular W with WᵀW = Σ⁻¹, row by row: D × D.
    pub whitening: Vec<f32>,
}

/// Class-conditional Gaussians with a shared covariance (Lee et al., NeurIPS 2018, <https://arxiv.org/abs/1807.03888>):
/// μ_c = mean of class c, Σ = (1/n) Σ_i (s_i − μ_{c(i)})(s_i − μ_{c(i)})ᵀ + ε·(tr/D)·I, where tr is the trace of the first term and
/// ε = 0.01. W is the inverse of Σ's Cholesky factor. n may be below D, since the ridge keeps Σ positive.
///
/// `statistics`: one row of D numbers a photograph; `labels`: their class indices, below `classes`.
///
/// # Errors
/// `table-empty` for a class without a photograph; `not-finite` for a number that is NaN or infinite; `argument` for rows of different
/// lengths or of none, a label outside the classes, or photographs that are all alike (Σ would be 0).
pub fn fit_gaussians(statistics: &[Vec<f32>], labels: &[usize], classes: usize) -> Result<Gaussians> {
    let len = statistics.first().map_or(0, Vec::len);
    check(statistics, labels, len, classes)?;
    let rows: Vec<DVector<f64>> = statistics.iter().map(|row| DVector::from_iterator(len, row.iter().copied().map(f64::from))).collect();
    let means = (0..classes).map(|class| mean(&rows, labels, class, len)).collect::<Result<Vec<_>>>()?;
    let mut covariance = DMatrix::zeros(len, len);
    for (row, &label) in rows.iter().zip(labels) {
        if let Some(mean) = means.get(label) {
            let off = row - mean;
            covariance.ger(1.0 / rows.len() as f64, &off, &off, 1.0);
        }
    }
    let ridge = RIDGE * covariance.trace() / len as f64;
    let alike = || Error::new(ErrorKind::Argument, "the photographs are all alike; their covariance is 0", "Fit on different photographs.");
    let inverse = (covariance + DMatrix::identity(len, len) * ridge).cholesky().and_then(|factor| factor.l().try_inverse()).ok_or_else(alike)?;
    Ok(Gaussians {
        len,
        means: means.iter().flat_map(|mean| mean.iter().map(|&x| x as f32)).collect(),
        // nalgebra stores columns; the transpose's columns are the rows.
        whitening: inverse.transpose().iter().map(|&x| x as f32).collect(),
    })
}

fn check(statistics: &[Vec<f32>], labels: &[usize], len: usize, classes: usize) -> Result<()> {
    let refuse = |message: String| Err(Error::new(ErrorKind::Argument, message, ""));
    if labels.len() != statistics.len() {
        return refuse(format!("there are {} labels for {} photographs; one each is needed", labels.len(), statistics.len()));
    }
    if let Some(label) = labels.iter().find(|&&label| label >= classes) {
        return refuse(format!("the label {label} is outside the {classes} classes"));
    }
    if let Some(row) = statistics.iter().find(|row| row.len() != len || row.is_empty()) {
        return refuse(format!("a photograph has {} statistics and the first {len}; all must have the same, at least 1", row.len()));
    }
    match statistics.iter().flatten().find(|x| !x.is_finite()) {
        Some(x) => Err(Error::new(ErrorKind::NotFinite, format!("a channel's statistic is {x}; every one must be finite"), "")),
        None => Ok(()),
    }
}

fn mean(rows: &[DVector<f64>], labels: &[usize], class: usize, len: usize) -> Result<DVector<f64>> {
    let of_class = || rows.iter().zip(labels).filter(|&(_, &label)| label == class).map(|(row, _)| row);
    match of_class().count() {
        0 => Err(Error::new(ErrorKind::TableEmpty, format!("the class with index {class} has no photograph to fit on; at least one is needed"), "")),
        n => Ok(of_class().fold(DVector::zeros(len), |sum, row| sum + row) / n as f64),
    }
}
