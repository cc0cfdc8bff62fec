//! Angles between views, as the teacher sees them: SSD-KD's A, after Park et al., *Relational Knowledge Distillation*, CVPR 2019.

use super::relation::{Relation, relate, smooth_l1, smooth_l1_slope};
use crate::{Error, ErrorKind, Result};
use candle_core::{D, DType, Tensor};

/// A shorter difference has this length, and pulls at nothing.
const SHORTEST: f64 = 1e-12;

/// A = (1/n³) Σ_ijk smoothL1(A^s_ijk − A^t_ijk), with A_ijk = ⟨e_ij, e_ik⟩ and e_ij = (u_j − u_i) / max(‖u_j − u_i‖, 1e-12).
///
/// `student` is n × E, `teacher` n × E′, one pooled row a view; scaling or shifting one of them changes nothing. Rows that coincide, each with
/// itself above all, have angles of 0 and no gradient (a root's slope at 0 would make it NaN). One vertex i after the other, so that
/// memory is that of a few n × E; f64 inside, the student's type outside. No gradient reaches the teacher.
///
/// ```
/// use candle_core::{Device, Tensor};
/// # fn main() -> dermdistill::Result<()> {
/// // Two rows have but the angles ⟨e_01, e_01⟩ = ⟨e_10, e_10⟩ = 1; rows that coincide have none. Two of eight entries differ by 1.
/// let (apart, same) = (Tensor::new(&[[0f64], [1.0]], &Device::Cpu)?, Tensor::new(&[[1f64], [1.0]], &Device::Cpu)?);
/// assert_eq!(dermdistill::distill::rkd_angle(&apart, &same)?.to_scalar::<f64>()?, 2.0 * 0.5 / 8.0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::Argument`] when the two are not as many rows; [`ErrorKind::NotFinite`] when a number is NaN or infinite.
pub fn rkd_angle(student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    let rows = check(student, teacher)?;
    let teacher = teacher.detach().to_dtype(DType::F64)?;
    let angles = (0..rows).map(|vertex| Directions::from(&teacher, vertex)?.angles());
    relate(Angle { teacher: angles.collect::<candle_core::Result<_>>()? }, student)
}

/// How many rows there are of both, that they are rows, and finite.
pub(super) fn check(student: &Tensor, teacher: &Tensor) -> Result<usize> {
    let (&[rows, width], &[others, other_width]) = (student.dims(), teacher.dims()) else {
        let message = format!("the student's pooled rows are {:?}, the teacher's {:?}", student.dims(), teacher.dims());
        return Err(Error::new(ErrorKind::Argument, message, "Give one row a view."));
    };
    if rows == 0 || width == 0 || rows != others || other_width == 0 {
        let message = format!("{rows} × {width} pooled numbers of the student, {others} × {other_width} of the teacher");
        return Err(Error::new(ErrorKind::Argument, message, "Both need a row for each view."));
    }
    for (whose, tensor) in [("student", student), ("teacher", teacher)] {
        if !crate::ops::is_finite(tensor)? {
            return Err(Error::new(ErrorKind::NotFinite, format!("a pooled number of the {whose} is not finite"), "Nothing was learned."));
        }
    }
    Ok(rows)
}

/// What is seen from one row.
struct Directions {
    /// e_ij, n × E.
    unit: Tensor,
    /// max(‖u_j − u_i‖, [`SHORTEST`]), n × 1.
    length: Tensor,
    /// 1 where a direction moves with its rows, 0 where they coincide; n × 1.
    moves: Tensor,
}

impl Directions {
    fn from(rows: &Tensor, vertex: usize) -> candle_core::Result<Self> {
        let offset = rows.broadcast_sub(&rows.narrow(0, vertex, 1)?)?;
        let distance = offset.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
        let (length, moves) = (distance.maximum(SHORTEST)?, distance.gt(SHORTEST)?.to_dtype(DType::F64)?);
        Ok(Self { unit: offset.broadcast_div(&length)?, length, moves })
    }

    /// A_ijk, n × n.
    fn angles(&self) -> candle_core::Result<Tensor> {
        self.unit.matmul(&self.unit.t()?)
    }
}

struct Angle {
    /// The teacher's angles at each vertex.
    teacher: Vec<Tensor>,
}

impl Angle {
    fn count(&self) -> f64 {
        (self.teacher.len() as f64).powi(3)
    }
}

impl Relation for Angle {
    const NAME: &'static str = "rkd-angle";

    fn value(&self, student: &Tensor) -> candle_core::Result<f64> {
        let rows = student.to_dtype(DType::F64)?;
        let at = |(vertex, teacher)| smooth_l1(&(Directions::from(&rows, vertex)?.angles()? - teacher)?);
        Ok(self.teacher.iter().enumerate().map(at).sum::<candle_core::Result<f64>>()? / self.count())
    }

    /// At vertex i, with the symmetric C = smoothL1′(A^s − A^t) / n³: ∂A/∂e_ij = g_j = 2 Σ_k C_jk e_ik, and e_ij moves with u_j, and against u_i,
    /// by (g_j − e_ij ⟨e_ij, g_j⟩) / ‖u_j − u_i‖.
    fn gradient(&self, student: &Tensor, _: f64, upstream: f64) -> candle_core::Result<Tensor> {
        let rows = student.to_dtype(DType::F64)?;
        let mut ahead = rows.zeros_like()?;
        let mut back = Vec::with_capacity(self.teacher.len());
        for (vertex, teacher) in self.teacher.iter().enumerate() {
            let directions = Directions::from(&rows, vertex)?;
            let slope = smooth_l1_slope(&(directions.angles()? - teacher)?)?;
            let Directions { unit, length, moves } = directions;
            let pull = (slope.matmul(&unit)? * (2.0 * upstream / self.count()))?;
            let along = (&unit * &pull)?.sum_keepdim(D::Minus1)?;
            let across = (pull - unit.broadcast_mul(&along)?)?.broadcast_mul(&moves.div(&length)?)?;
            back.push(across.sum_keepdim(0)?);
            ahead = (ahead + across)?;
        }
        ahead - Tensor::cat(&back, 0)?
    }
}
