//! Rows two by two: how far apart they are.

use crate::ops::map;
use candle_core::{DType, Result, Tensor};

/// Sums that run side by side.
const LANES: usize = 8;

/// ‖u_i − u_j‖ of n rows, n × n in f64; equal rows are 0 apart.
///
/// A sum of squared differences: ‖u_i‖² + ‖u_j‖² − 2⟨u_i, u_j⟩ would lose the distance between rows that are nearly alike.
pub(super) fn distances(rows: &Tensor) -> Result<Tensor> {
    let data: Vec<Vec<f64>> = rows.to_dtype(DType::F64)?.to_vec2()?;
    let from = |one: &Vec<f64>| data.iter().map(|other| squared_distance(one, other).sqrt()).collect::<Vec<_>>();
    Tensor::new(map(data.iter().collect(), from), rows.device())
}

fn squared_distance(one: &[f64], other: &[f64]) -> f64 {
    let ((ones, one), (others, other)) = (one.as_chunks::<LANES>(), other.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in ones.iter().zip(others) {
        sums.iter_mut().zip(a).zip(b).for_each(|((sum, a), b)| *sum += (a - b) * (a - b));
    }
    sums.iter().sum::<f64>() + one.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
}
