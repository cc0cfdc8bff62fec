//! Softened knowledge distillation: SSD-KD's L2.

use crate::{Error, ErrorKind, Result};
use candle_core::{D, DType, Tensor};
use candle_nn::ops::log_softmax;

/// Softened knowledge distillation (Hinton, Vinyals, Dean, arXiv 1503.02531; SSD-KD's L2 at T = 4, D-KD's at T = 5):
///
/// L = T² · (1/N) Σ_i Σ_c p_{i,c} · (ln p_{i,c} − ln q_{i,c}), with p = softmax(`teacher` / T) and q = softmax(`student` / T).
///
/// Both are N × C. No class weighs more than another. Both sides are log-softmaxes, so that a probability that rounds to 0 adds 0 and logits of
/// ± 10⁴ give numbers. Computed in f64 whatever the type of `student`, which the scalar result has. No gradient reaches the teacher.
///
/// ```
/// use candle_core::{Device, Tensor};
/// # fn main() -> dermdistill::Result<()> {
/// // p = (½, ½), q = (¾, ¼): ½ · ln(½ / ¾) + ½ · ln(½ / ¼) = ½ · ln(4/3).
/// let (student, teacher) = (Tensor::new(&[[3f64.ln(), 0.0]], &Device::Cpu)?, Tensor::new(&[[0.0, 0.0]], &Device::Cpu)?);
/// let loss = dermdistill::distill::softened_kd(&student, &teacher, 1.0)?.to_scalar::<f64>()?;
/// assert!((loss - 0.5 * (4f64 / 3.0).ln()).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::Argument`] for no rows, tensors of different shapes, or a temperature that is not above 0; [`ErrorKind::NotFinite`] when a
/// number of the teacher is NaN or infinite. NaN of the student gives a NaN loss.
pub fn softened_kd(student: &Tensor, teacher: &Tensor, temperature: f64) -> Result<Tensor> {
    let (rows, _) = same_rows(student, teacher)?;
    if !(temperature.is_finite() && temperature > 0.0) {
        return Err(Error::new(ErrorKind::Argument, format!("the temperature is {temperature}; it must be a number above 0"), ""));
    }
    let soft = |logits: Tensor| Ok::<_, Error>(log_softmax(&(logits.to_dtype(DType::F64)? / temperature)?, D::Minus1)?);
    let (log_q, log_p) = (soft(student.clone())?, soft(teacher.detach())?);
    let divergence = (log_p.exp()? * (log_p - log_q)?)?.sum_all()?;
    Ok((divergence * (temperature * temperature / rows as f64))?.to_dtype(student.dtype())?)
}

/// The rows and columns of two tensors that have the same; that there are some; and that the teacher's numbers are finite.
pub(super) fn same_rows(student: &Tensor, teacher: &Tensor) -> Result<(usize, usize)> {
    let &[rows, columns] = student.dims() else {
        return Err(Error::new(ErrorKind::Argument, format!("the student's scores are {:?}; rows of scores are needed", student.dims()), ""));
    };
    if rows == 0 || columns == 0 || student.dims() != teacher.dims() {
        let message = format!("the student's scores are {:?}, the teacher's {:?}", student.dims(), teacher.dims());
        return Err(Error::new(ErrorKind::Argument, message, "Teacher and student need the same classes and the same rows, at least one."));
    }
    if !crate::ops::is_finite(teacher)? {
        return Err(Error::new(ErrorKind::NotFinite, "a score of the teacher is not finite", "Use another teacher; nothing was learned."));
    }
    Ok((rows, columns))
}
