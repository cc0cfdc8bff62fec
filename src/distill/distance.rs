//! Distances between views, as the teacher sees them: SSD-KD's D, after Park et al., *Relational Knowledge Distillation*, CVPR 2019.

use super::angle::check;
use super::pairs::distances;
use super::relation::{Relation, huber, relate};
use crate::Result;
use candle_core::{D, DType, Tensor};

/// A mean distance below this share of the longest row is rounding (f32 has 1.2e-7): there is nothing to compare.
const SMALLEST_SPREAD: f64 = 1e-6;

/// D = (1/n²) Σ_ij smoothL1(P^s_ij / μ^s − P^t_ij / μ^t), with P_ij = ‖u_i − u_j‖ and μ the mean of P's entries above 0.
///
/// `student` is n × E, `teacher` n × E′, one pooled row a view. The gradient flows through P^s and μ^s, not to the teacher. f64 inside, the
/// student's type outside.
///
/// `None`, skipped: there is one row, or all rows of one network are alike (μ ≤ 1e-6 of the longest row), which would divide by nothing.
///
/// ```
/// use candle_core::{Device, Tensor};
/// # fn main() -> dermdistill::Result<()> {
/// // Three points on a line, then a triangle of equal sides: distances over their means are (¾, ¾, 1½) and (1, 1, 1).
/// let line = Tensor::new(&[[0f64, 0.0], [1.0, 0.0], [2.0, 0.0]], &Device::Cpu)?;
/// let triangle = Tensor::new(&[[0f64, 0.0], [2.0, 0.0], [1.0, 3f64.sqrt()]], &Device::Cpu)?;
/// let loss = dermdistill::distill::rkd_distance(&line, &triangle)?.map(|loss| loss.to_scalar::<f64>()).transpose()?;
/// assert!(loss.is_some_and(|loss| (loss - (0.25f64.powi(2) * 2.0 + 0.5f64.powi(2)) / 9.0).abs() < 1e-12));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::Argument`](crate::ErrorKind::Argument) when the two are not as many rows; [`ErrorKind::NotFinite`](crate::ErrorKind::NotFinite)
/// when a number is NaN or infinite. Numbers whose squares overflow give NaN.
pub fn rkd_distance(student: &Tensor, teacher: &Tensor) -> Result<Option<Tensor>> {
    check(student, teacher)?;
    let (Some(_), Some(teacher)) = (Distances::of(student)?, Distances::of(teacher)?) else { return Ok(None) };
    Ok(Some(relate(Distance { teacher: teacher.relative()? }, student)?))
}

/// The distances between rows over their mean, n × n in f64; `None` where [`rkd_distance`] has none.
pub(super) fn relative(rows: &Tensor) -> Result<Option<Tensor>> {
    Ok(Distances::of(rows)?.map(|distances| distances.relative()).transpose()?)
}

/// The distances between rows.
struct Distances {
    /// n × n.
    between: Tensor,
    /// 1 where a distance is above 0, else 0.
    apart: Tensor,
    /// Entries above 0.
    count: f64,
    /// Their mean.
    mean: f64,
}

impl Distances {
    /// `None` when the rows are all alike.
    fn of(rows: &Tensor) -> candle_core::Result<Option<Self>> {
        let rows = rows.detach().to_dtype(DType::F64)?;
        let between = distances(&rows)?;
        let apart = between.gt(0.0)?.to_dtype(DType::F64)?;
        let count: f64 = apart.sum_all()?.to_scalar()?;
        let mean = between.sum_all()?.to_scalar::<f64>()? / count;
        let longest = rows.sqr()?.sum(D::Minus1)?.max(0)?.sqrt()?.to_scalar::<f64>()?;
        // Where squares overflow the distances are not alike: the term becomes NaN, which is seen.
        let alike = count == 0.0 || longest.is_finite() && mean <= SMALLEST_SPREAD * longest;
        Ok((!alike).then_some(Self { between, apart, count, mean }))
    }

    fn relative(&self) -> candle_core::Result<Tensor> {
        &self.between / self.mean
    }
}

struct Distance {
    /// The teacher's distances over their mean.
    teacher: Tensor,
}

impl Relation for Distance {
    const NAME: &'static str = "rkd-distance";

    fn value(&self, student: &Tensor) -> candle_core::Result<f64> {
        let Some(distances) = Distances::of(student)? else { return Ok(0.0) };
        let differences: Vec<f64> = (distances.relative()? - &self.teacher)?.flatten_all()?.to_vec1()?;
        Ok(differences.into_iter().map(huber).sum::<f64>() / self.teacher.elem_count() as f64)
    }

    /// With c_ij = smoothL1′(…) / n²: ∂D/∂P_ij = c_ij / μ − Σ(c ∘ P) / (μ² · count) where P_ij > 0, and each P_ij, which stands at ij and at ji,
    /// moves u_i along (u_i − u_j) / P_ij.
    fn gradient(&self, student: &Tensor, _: f64, upstream: f64) -> candle_core::Result<Tensor> {
        let rows = student.to_dtype(DType::F64)?;
        let Some(Distances { between, apart, count, mean }) = Distances::of(student)? else { return rows.zeros_like() };
        let slope = ((&between / mean)? - &self.teacher)?.clamp(-1.0, 1.0)?;
        let slope = (slope * (upstream / self.teacher.elem_count() as f64))?;
        let through_mean = (&slope * &between)?.sum_all()?.to_scalar::<f64>()? / (mean * mean * count);
        // Where nothing is apart the numerator is 0 and the divisor 1.
        let divisor = (&between + (1.0 - &apart)?)?;
        let pull = (((slope / mean)? - through_mean)? * apart)?.div(&divisor)?;
        (rows.broadcast_mul(&pull.sum_keepdim(1)?)? - pull.matmul(&rows)?)? * 2.0
    }
}
