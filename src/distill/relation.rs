//! What the three relations between views share: a scalar of the student's tensor whose gradient is written by hand.

use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, Tensor, bail};

/// A number of the student's tensor, the teacher being a constant.
pub(super) trait Relation: Send + Sync + 'static {
    /// Its name in Candle's messages.
    const NAME: &'static str;

    /// The value.
    fn value(&self, student: &Tensor) -> Result<f64>;

    /// `upstream` · ∂value/∂student, in the student's shape, where the value is `value`.
    fn gradient(&self, student: &Tensor, value: f64, upstream: f64) -> Result<Tensor>;
}

/// The relation as a scalar of the graph, in the student's type.
pub(super) fn relate<R: Relation>(relation: R, student: &Tensor) -> crate::Result<Tensor> {
    let value = relation.value(&student.detach())?;
    Ok(student.apply_op1(Op { relation, value })?)
}

/// The value is there before the op is: an op sees a storage, and the products of matrices that a relation is made of are Candle's.
struct Op<R> {
    relation: R,
    value: f64,
}

impl<R: Relation> CustomOp1 for Op<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        let value = match storage {
            CpuStorage::F32(_) => CpuStorage::F32(vec![self.value as f32]),
            CpuStorage::F64(_) => CpuStorage::F64(vec![self.value]),
            _ => bail!("{} is of f32 or f64 numbers", R::NAME),
        };
        Ok((value, ().into()))
    }

    fn bwd(&self, student: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let upstream = gradient.to_dtype(DType::F64)?.to_scalar()?;
        Ok(Some(self.relation.gradient(&student.detach(), self.value, upstream)?.to_dtype(student.dtype())?))
    }
}

/// smoothL1(d) = d²/2 where |d| < 1, else |d| − ½ (Huber's at δ = 1). Its slope is d between −1 and 1.
pub(super) fn huber(difference: f64) -> f64 {
    // m · (a − m/2) with m = min(a, 1) is both branches at once.
    let size = difference.abs();
    let inner = if size > 1.0 { 1.0 } else { size };
    inner * (size - 0.5 * inner)
}
