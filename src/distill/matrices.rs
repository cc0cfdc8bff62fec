//! How teacher and student relate a batch: the matrices behind the relational terms, small enough to be looked at.

use super::ladder::Recipe;
use super::terms::Answers;
use super::{distance, gram, similarities};
use crate::Result;
use crate::learner::{turned, upright};
use candle_core::{D, DType, Tensor};
use candle_nn::ops::softmax;
use serde::Serialize;

/// The most groups of channels that a matrix of channels is shown in.
const GROUPS: usize = 32;

/// A matrix of plain numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Matrix {
    /// Its height.
    pub rows: usize,
    /// Its width.
    pub columns: usize,
    /// `rows` · `columns` numbers, row by row.
    pub values: Vec<f64>,
}

/// One matrix of each network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// The teacher's.
    pub teacher: Matrix,
    /// The student's.
    pub student: Matrix,
}

/// What the relational terms of a batch compare; `None` for a term that the recipe does not have, or that was left nothing to compare.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Matrices {
    /// softmax over each row of [`similarities`] / τ, (V − 1) · B × B for V views: the share of likeness that a turned view (row) gives to each
    /// upright one (column). Row a belongs to image ⌊a / (V − 1)⌋; rows sum to 1.
    pub similarities: Option<Pair>,
    /// Distances between the pooled rows of all views over their mean, V · B × V · B, image by image.
    pub distances: Option<Pair>,
    /// How far the networks' Gram matrices are apart, by groups of neighbouring channels: the root mean square of Gram^s − Gram^t over the
    /// views and the channels of two groups, at most 32 × 32 of them, all of one size. Their root mean square is the term itself.
    pub channels: Option<Matrix>,
}

impl Matrices {
    /// Those of what both networks gave for a batch of `views` rows an image.
    ///
    /// # Errors
    /// Those of the terms that compare the same.
    pub(super) fn of(recipe: &Recipe, views: usize, student: &Answers, teacher: &Answers) -> Result<Self> {
        let weights = &recipe.weights;
        let mut matrices = Self::default();
        if let (true, Some(learned), Some(taught)) = (weights.similarity > 0.0, &student.rep, &teacher.rep) {
            let shares = |rep: &Tensor| -> Result<Matrix> {
                let likeness = (similarities(&upright(rep, views)?, &turned(rep, views)?)? / recipe.similarity.temperature)?;
                Matrix::of(&softmax(&likeness, D::Minus1)?)
            };
            matrices.similarities = Some(Pair { teacher: shares(taught)?, student: shares(learned)? });
        }
        if let (true, Some(learned), Some(taught)) = (weights.distance > 0.0, &student.pool, &teacher.pool) {
            matrices.distances = match (distance::relative(taught)?, distance::relative(learned)?) {
                (Some(teacher), Some(student)) => Some(Pair { teacher: Matrix::of(&teacher)?, student: Matrix::of(&student)? }),
                _ => None,
            };
        }
        if let (true, Some(learned), Some(taught)) = (weights.gram > 0.0, &student.map, &teacher.map) {
            let channels = taught.dim(D::Minus1)?;
            let groups = (1..=GROUPS).rev().find(|&groups| channels.checked_rem(groups) == Some(0)).unwrap_or(1);
            matrices.channels = Some(Matrix::of(&gram::by_groups(learned, taught, groups)?)?);
        }
        Ok(matrices)
    }
}

impl Matrix {
    fn of(tensor: &Tensor) -> Result<Self> {
        let (rows, columns) = tensor.dims2()?;
        Ok(Self { rows, columns, values: tensor.to_dtype(DType::F64)?.flatten_all()?.to_vec1()? })
    }
}
