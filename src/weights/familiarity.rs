//! How far a photograph is from those of the training: Gaussians over channel statistics, one mean a class and one shared covariance.

use super::tensor::{Tensor, Tensors};
use crate::nn::{Parameter, Role};
use crate::{Error, ErrorKind, Result};

const PREFIX: &str = "familiarity.";
const MEANS: &str = "familiarity.means";
const WHITENING: &str = "familiarity.whitening";

/// Class-conditional Gaussians with a shared covariance Σ over the statistics s of one block's channels (the mean of each, then the
/// standard deviation of each): d(s) = min_c √((s − μ_c)ᵀ Σ⁻¹ (s − μ_c)). In a weight file it is two f32 tensors: `familiarity.means`,
/// \[classes, D\], and `familiarity.whitening`, the lower triangular W with WᵀW = Σ⁻¹, \[D, D\], so that d = min_c ‖W (s − μ_c)‖.
///
/// After Lee et al., NeurIPS 2018 (<https://arxiv.org/abs/1807.03888>), who take the means alone; the standard deviations tell texture.
#[derive(Clone, Debug, PartialEq)]
pub struct Familiarity {
    /// Numbers in a photograph's statistics: D.
    len: usize,
    /// W · μ_c for each class, one after the other.
    whitened_means: Vec<f64>,
    /// W, row by row.
    whitening: Vec<f64>,
}

/// The tensors in a file, for statistics of `len` numbers.
pub(super) fn parameters(classes: usize, len: usize) -> [Parameter; 2] {
    let parameter = |name: &str, shape: [usize; 2]| Parameter { name: name.to_owned(), shape: shape.to_vec(), role: Role::Fitted };
    [parameter(MEANS, [classes, len]), parameter(WHITENING, [len, len])]
}

/// Whether a tensor of that name belongs here.
pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with(PREFIX)
}

impl Familiarity {
    /// From the tensors of a weight file; others are ignored.
    ///
    /// # Errors
    /// `weights-missing` without one of the two, `weights-shape` when their shapes do not fit each other. Of values nothing is asked but
    /// what [`WeightFile`](super::WeightFile) asks: finite.
    pub fn from_tensors(tensors: &Tensors) -> Result<Self> {
        let find = |name: &str| {
            let missing = || Error::new(ErrorKind::WeightsMissing, format!("the tensor {name:?} is missing"), "Use a complete file.");
            tensors.get(name).filter(|tensor| tensor.is_consistent()).ok_or_else(missing)
        };
        let (means, whitening) = (find(MEANS)?, find(WHITENING)?);
        let len = match (means.shape.as_slice(), whitening.shape.as_slice()) {
            (&[_, len], &[rows, columns]) if len == rows && len == columns && len > 0 => len,
            (means, whitening) => {
                let message = format!("{MEANS} has the shape {means:?} and {WHITENING} {whitening:?}; classes × D and D × D are needed");
                return Err(Error::new(ErrorKind::WeightsShape, message, "Use a file that this program wrote."));
            }
        };
        let whitening: Vec<f64> = whitening.data.iter().copied().map(f64::from).collect();
        let whitened_means = means.data.chunks_exact(len).flat_map(|mean| whiten(&whitening, mean)).collect();
        Ok(Self { len, whitened_means, whitening })
    }

    /// Replaces the tensors of a file's map by those of `means` (classes × D) and `whitening` (D × D).
    pub fn store(tensors: &mut Tensors, len: usize, means: Vec<f32>, whitening: Vec<f32>) {
        let classes = means.len().checked_div(len).unwrap_or(0);
        tensors.insert(MEANS.to_owned(), Tensor { shape: vec![classes, len], data: means });
        tensors.insert(WHITENING.to_owned(), Tensor { shape: vec![len, len], data: whitening });
    }

    /// Takes the tensors of a file's map away.
    pub fn remove(tensors: &mut Tensors) {
        tensors.retain(|name, _| !is_ours(name));
    }

    /// The distance of a photograph's statistics to the nearest class, from 0 up; a photograph of the training has about √D.
    /// NaN, which is never within a limit, for statistics of another length or that are not finite.
    pub fn distance(&self, statistics: &[f32]) -> f64 {
        if statistics.len() != self.len || statistics.iter().any(|x| !x.is_finite()) {
            return f64::NAN;
        }
        let whitened = whiten(&self.whitening, statistics);
        let to = |mean: &[f64]| whitened.iter().zip(mean).map(|(x, mean)| (x - mean) * (x - mean)).sum::<f64>();
        self.whitened_means.chunks_exact(self.len).map(to).min_by(f64::total_cmp).map_or(f64::NAN, f64::sqrt)
    }
}

/// W · x.
fn whiten(whitening: &[f64], x: &[f32]) -> Vec<f64> {
    let row = |row: &[f64]| row.iter().zip(x).map(|(w, &x)| w * f64::from(x)).sum();
    whitening.chunks_exact(x.len().max(1)).map(row).collect()
}
