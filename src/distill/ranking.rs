//! Which of a teacher's answers are worth passing on: error-level ranking.

use crate::{Error, ErrorKind, Result};
use candle_core::{DType, Tensor};

/// The error level of each row: the position of its true column when the row's scores are sorted downwards, 0 where the teacher is right.
/// Of equal scores the one in the lower column comes first.
///
/// `scores` is N × C, `truth` N columns. Nothing is sorted: a level is the number of scores that come before the true one, so that there is no
/// order to be broken by NaN. Source: SSD-KD §5, after `xuguodong03/SSKD`.
///
/// ```
/// use candle_core::{Device, Tensor};
/// # fn main() -> dermdistill::Result<()> {
/// let scores = Tensor::new(&[[0.1f64, 0.7, 0.2], [0.4, 0.4, 0.2]], &Device::Cpu)?;
/// assert_eq!(dermdistill::distill::error_levels(&scores, &[2, 1])?, [1, 1]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::Argument`] when there is not one true column for each row, or no such column; [`ErrorKind::NotFinite`] for a NaN or an infinity.
pub fn error_levels(scores: &Tensor, truth: &[usize]) -> Result<Vec<usize>> {
    let rows: Vec<Vec<f64>> = scores.to_dtype(DType::F64)?.to_vec2()?;
    if rows.len() != truth.len() {
        let message = format!("{} rows of scores and {} true columns", rows.len(), truth.len());
        return Err(Error::new(ErrorKind::Argument, message, "Give one true column for each row."));
    }
    if !rows.iter().flatten().all(|score| score.is_finite()) {
        return Err(Error::new(ErrorKind::NotFinite, "a score of the teacher is not finite", "Use another teacher; nothing was learned."));
    }
    let level = |(row, &truth): (&Vec<f64>, &usize)| {
        let own = row.get(truth).ok_or_else(|| Error::new(ErrorKind::Argument, format!("column {truth} of {}", row.len()), ""))?;
        Ok(row.iter().enumerate().filter(|&(column, score)| score > own || score == own && column < truth).count())
    };
    rows.iter().zip(truth).map(level).collect()
}

/// The rows to learn from, in ascending order: all with level 0, and of the W others the ⌊`share` · W⌋ of lowest level, of equal levels the
/// earlier rows. May be empty. `share` is in 0–1 (more counts as 1, less and NaN as 0).
///
/// ```
/// // Three of four wrong rows: 0.75 · 4. Of two wrong ones, ⌊1.5⌋ = 1; of one, none.
/// assert_eq!(dermdistill::distill::kept_rows(&[0, 3, 1, 2, 1], 0.75), [0, 2, 3, 4]);
/// assert_eq!(dermdistill::distill::kept_rows(&[0, 2, 1], 0.75), [0, 2]);
/// assert_eq!(dermdistill::distill::kept_rows(&[0, 1], 0.75), [0]);
/// ```
pub fn kept_rows(levels: &[usize], share: f64) -> Vec<usize> {
    let wrong = levels.iter().filter(|level| **level > 0).count();
    // A float becomes an integer by truncation, and at its ends by saturation.
    let others = ((wrong as f64 * share) as usize).min(wrong);
    let mut order: Vec<(usize, usize)> = levels.iter().enumerate().map(|(row, &level)| (level, row)).collect();
    order.sort_unstable();
    order.truncate(levels.len().saturating_sub(wrong).saturating_add(others));
    let mut kept: Vec<usize> = order.into_iter().map(|(_, row)| row).collect();
    kept.sort_unstable();
    kept
}
