//! Angles between views, as the teacher sees them: SSD-KD's A, after Park et al., *Relational Knowledge Distillation*, CVPR 2019.

use super::pairs::distances;
use super::relation::{Relation, huber, relate};
use crate::{Error, ErrorKind, Result};
use candle_core::{DType, Tensor};

/// Rows that are no further apart coincide.
const SHORTEST: f64 = 1e-12;

/// A = (1/n³) Σ_ijk smoothL1(A^s_ijk − A^t_ijk), with A_ijk = ⟨e_ij, e_ik⟩ and e_ij = (u_j − u_i) / ‖u_j − u_i‖.
///
/// `student` is n × E, `teacher` n × E′, one pooled row a view; scaling or shifting one of them changes nothing. Rows that coincide (no more than
/// 1e-12 apart), each with itself above all, have angles of 0 and no gradient: a root's slope at 0 would make it NaN.
///
/// ⟨u_j − u_i, u_k − u_i⟩ comes of the products of centred rows, so that time is O(n³ + n²E) and memory a few n × (n + E), not O(n³E) of directions
/// made one by one. f64 inside, the student's type outside: for f32 rows what the products lose lies below the rows' own rounding wherever two
/// rows differ at all. No gradient reaches the teacher.
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
    check(student, teacher)?;
    relate(Angle { teacher: Geometry::of(teacher)? }, student)
}

/// That both are rows, as many, and finite.
pub(super) fn check(student: &Tensor, teacher: &Tensor) -> Result<()> {
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
    Ok(())
}

/// What the angles between rows are made of.
struct Geometry {
    /// The rows less their mean, n × E: angles are the same, and products lose fewer digits.
    centred: Tensor,
    /// ⟨u_i, u_j⟩ of them, n × n.
    products: Vec<f64>,
    /// 1 / ‖u_i − u_j‖, or 0 where the two coincide; n × n.
    inverse: Vec<f64>,
    rows: usize,
}

impl Geometry {
    fn of(rows: &Tensor) -> candle_core::Result<Self> {
        let rows = rows.detach().to_dtype(DType::F64)?;
        let centred = rows.broadcast_sub(&rows.mean_keepdim(0)?)?;
        let products = centred.matmul(&centred.t()?)?.flatten_all()?.to_vec1()?;
        let inverse = |distance: f64| if distance <= SHORTEST { 0.0 } else { 1.0 / distance };
        let distances: Vec<f64> = distances(&rows)?.flatten_all()?.to_vec1()?;
        Ok(Self { centred, products, inverse: distances.into_iter().map(inverse).collect(), rows: rows.dim(0)? })
    }

    /// What is seen from each row.
    fn vertices(&self) -> impl Iterator<Item = Vertex<'_>> {
        let rows = self.products.chunks_exact(self.rows).zip(self.inverse.chunks_exact(self.rows));
        let squares = self.products.iter().step_by(self.rows.saturating_add(1));
        rows.zip(squares).map(|((own, inverse), &square)| Vertex { geometry: self, own, inverse, square })
    }
}

/// What is seen from row i.
struct Vertex<'a> {
    geometry: &'a Geometry,
    /// ⟨u_i, u_j⟩ for every j.
    own: &'a [f64],
    /// 1 / ‖u_i − u_j‖ for every j.
    inverse: &'a [f64],
    /// ‖u_i‖².
    square: f64,
}

impl<'a> Vertex<'a> {
    /// For every j the A_ijk = (⟨u_j, u_k⟩ − ⟨u_i, u_j⟩ − ⟨u_i, u_k⟩ + ‖u_i‖²) / (‖u_j − u_i‖ ‖u_k − u_i‖) of every k.
    fn angles(&self) -> impl Iterator<Item = impl Iterator<Item = f64> + 'a> {
        let &Self { geometry, own, inverse, square } = self;
        let rows = geometry.products.chunks_exact(geometry.rows).zip(own).zip(inverse);
        rows.map(move |((row, &of_j), &by_j)| {
            let others = row.iter().zip(own).zip(inverse);
            others.map(move |((product, of_k), by_k)| (product - of_j - of_k + square) * by_j * by_k)
        })
    }
}

struct Angle {
    teacher: Geometry,
}

impl Angle {
    fn count(&self) -> f64 {
        (self.teacher.rows as f64).powi(3)
    }
}

impl Relation for Angle {
    const NAME: &'static str = "rkd-angle";

    fn value(&self, student: &Tensor) -> candle_core::Result<f64> {
        let student = Geometry::of(student)?;
        let at = |(ours, theirs): (Vertex<'_>, Vertex<'_>)| {
            let rows = ours.angles().zip(theirs.angles());
            rows.map(|(ours, theirs)| ours.zip(theirs).map(|(ours, theirs)| huber(ours - theirs)).sum::<f64>()).sum::<f64>()
        };
        Ok(student.vertices().zip(self.teacher.vertices()).map(at).sum::<f64>() / self.count())
    }

    /// At vertex i, with the symmetric C = smoothL1′(A^s − A^t) / n³ and r_j = 1 / ‖u_j − u_i‖: u_j moves by
    /// h_j = Σ_k 2 C_jk r_j r_k (u_k − u_i) − a_j (u_j − u_i) with a_j = 2 r_j² Σ_k C_jk A_ijk, and u_i by −Σ_j h_j. All of it is a symmetric
    /// n × n matrix times the rows.
    fn gradient(&self, student: &Tensor, _: f64, upstream: f64) -> candle_core::Result<Tensor> {
        let (geometry, rows) = (Geometry::of(student)?, self.teacher.rows);
        let mut pull = vec![0.0; geometry.products.len()];
        let scale = 2.0 * upstream / self.count();
        for (at, (ours, theirs)) in geometry.vertices().zip(self.teacher.vertices()).enumerate() {
            // a_j, and a_j less the sum of what row j is pulled by.
            let (mut along, mut rest) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
            let angles = ours.angles().zip(theirs.angles());
            for ((pull, angles), by_j) in pull.chunks_exact_mut(rows).zip(angles).zip(ours.inverse) {
                let (mut turning, mut pulled) = (0.0, 0.0);
                for (((pull, ours), theirs), by_k) in pull.iter_mut().zip(angles.0).zip(angles.1).zip(ours.inverse) {
                    let slope = scale * (ours - theirs).clamp(-1.0, 1.0);
                    turning += slope * ours;
                    pulled += slope * by_j * by_k;
                    *pull += slope * by_j * by_k;
                }
                along.push(turning * by_j * by_j);
                rest.push(turning * by_j * by_j - pulled);
            }
            pull.iter_mut().step_by(rows.saturating_add(1)).zip(&along).for_each(|(pull, a)| *pull -= a);
            pull.iter_mut().skip(at).step_by(rows).zip(&rest).for_each(|(pull, rest)| *pull += rest);
            let own = pull.chunks_exact_mut(rows).nth(at).into_iter().flatten();
            own.zip(&rest).for_each(|(pull, rest)| *pull += rest);
            pull.iter_mut().step_by(rows.saturating_add(1)).skip(at).take(1).for_each(|pull| *pull -= rest.iter().sum::<f64>());
        }
        Tensor::from_vec(pull, (rows, rows), student.device())?.matmul(&geometry.centred)
    }
}
