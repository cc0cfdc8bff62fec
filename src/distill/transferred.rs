//! Transferred knowledge: a teacher's answers to changed pictures, the most mistaken left out. SSD-KD's L3.

use super::ranking::{error_levels, kept_rows};
use super::softened::{same_rows, softened_kd};
use crate::Result;
use candle_core::Tensor;

/// How answers are passed on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transfer {
    /// T, above 0.
    pub temperature: f64,
    /// Share of the rows that the teacher gets wrong which are kept, in 0–1.
    pub wrong_kept: f64,
}

/// A term that keeps some of its rows.
#[derive(Clone, Debug)]
pub struct Transferred {
    /// The scalar; 0 without a gradient when no row was kept.
    pub loss: Tensor,
    /// The rows that it is the mean over.
    pub kept: Vec<usize>,
}

/// [`softened_kd`] over the rows that [`kept_rows`] keeps by the teacher's [`error_levels`]; their number is the divisor.
///
/// `student` and `teacher` are N × C, `truth` the true column of each row. SSD-KD's L3 is over class scores of the turned views at T = 4 with
/// every row kept; its L4 is the same over [`similarities`](super::similarities). Where nothing is kept the term is 0.
///
/// # Errors
/// Those of [`softened_kd`] and [`error_levels`].
pub fn transferred_kd(student: &Tensor, teacher: &Tensor, truth: &[usize], transfer: Transfer) -> Result<Transferred> {
    same_rows(student, teacher)?;
    let kept = kept_rows(&error_levels(teacher, truth)?, transfer.wrong_kept);
    if kept.is_empty() {
        return Ok(Transferred { loss: Tensor::zeros((), student.dtype(), student.device())?, kept });
    }
    let rows = Tensor::from_iter(kept.iter().map(|&row| row as u32), student.device())?;
    let [student, teacher] = [student, teacher].map(|scores| scores.contiguous()?.index_select(&rows, 0));
    Ok(Transferred { loss: softened_kd(&student?, &teacher?, transfer.temperature)?, kept })
}
