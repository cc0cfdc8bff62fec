//! Relations between channels, as the teacher has them: SSD-KD's G, without a matrix of channels by channels.

use super::relation::{Relation, relate};
use crate::{Error, ErrorKind, Result};
use candle_core::{DType, Tensor};

/// G = sqrt( mean over N · C · C entries of (Gram^s − Gram^t)² ), with Gram = F Fᵀ / (C · H · W) of a view's map F, seen as C × HW.
///
/// Both maps are N × H × W × C, the student's after its ConvReg. At G = 0 the gradient is 0 (a root's slope there is infinite).
/// No gradient reaches the teacher.
///
/// With D = F^s − F^t and S = F^s + F^t, of which only products of HW × HW numbers are made (49 × 49 at 224 px, in place of 2048 × 2048):
///
/// ‖F^s F^sᵀ − F^t F^tᵀ‖² = ½ \[Σ (DᵀD) ∘ (SᵀS) + Σ (DᵀS) ∘ (DᵀS)ᵀ\]
///
/// The form with ‖F^sᵀF^s‖² + ‖F^tᵀF^t‖² − 2 ‖F^sᵀF^t‖² would cancel where student and teacher are nearly alike. Products are made in the
/// student's type, view by view, and summed in f64.
///
/// ```
/// use candle_core::{Device, Tensor};
/// # fn main() -> dermdistill::Result<()> {
/// // One view, one pixel, one channel: |3² − 1²|.
/// let map = |x: f64| Tensor::full(x, (1, 1, 1, 1), &Device::Cpu);
/// assert_eq!(dermdistill::distill::gram(&map(3.0)?, &map(1.0)?)?.to_scalar::<f64>()?, 8.0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::Argument`] when the maps' shapes differ or hold nothing; [`ErrorKind::NotFinite`] when a number is NaN or infinite.
pub fn gram(student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    if student.rank() != 4 || student.elem_count() == 0 || student.dims() != teacher.dims() {
        let message = format!("the student's maps are {:?}, the teacher's {:?}", student.dims(), teacher.dims());
        return Err(Error::new(ErrorKind::Argument, message, "Both need the same views, sides and channels; ConvReg brings the student's to them."));
    }
    for (whose, maps) in [("student", student), ("teacher", teacher)] {
        if !crate::ops::is_finite(maps)? {
            return Err(Error::new(ErrorKind::NotFinite, format!("a map of the {whose} is not finite"), "Nothing was learned."));
        }
    }
    let teacher = teacher.detach().to_dtype(student.dtype())?;
    relate(Gram { teacher: pixels(&teacher)? }, student)
}

/// The parts of [`gram`] that groups of C / `groups` neighbouring channels have in it: entry IJ is the root mean square of Gram^s − Gram^t over all
/// views and over the channels of I by those of J. `groups` × `groups`, in f64; the root mean square of all is G. `groups` divides C.
///
/// ‖½ (D_I S_Jᵀ + S_I D_Jᵀ)‖² = ¼ \[⟨D_IᵀD_I, S_JᵀS_J⟩ + ⟨S_IᵀS_I, D_JᵀD_J⟩ + 2 ⟨D_IᵀS_I, (D_JᵀS_J)ᵀ⟩\], of products of HW × HW numbers again.
pub(super) fn by_groups(student: &Tensor, teacher: &Tensor, groups: usize) -> Result<Tensor> {
    let (student, teacher) = (pixels(student)?, pixels(&teacher.detach().to_dtype(student.dtype())?)?);
    let (views, size, channels) = student.dims3()?;
    // Pixels by channels, as groups × pixels × channels of one.
    let grouped = |map: Tensor| map.reshape((size, groups, ()))?.transpose(0, 1)?.contiguous();
    let flat = |products: Tensor| products.to_dtype(DType::F64)?.flatten_from(1);
    let mut squares = Tensor::zeros((groups, groups), DType::F64, student.device())?;
    for view in 0..views {
        let (own, taught) = (student.get(view)?, teacher.get(view)?);
        let (difference, sum) = (grouped((&own - &taught)?)?, grouped((own + taught)?)?);
        let (dt, st) = (difference.t()?, sum.t()?);
        let (dd, ss, ds) = (flat(difference.matmul(&dt)?)?, flat(sum.matmul(&st)?)?, difference.matmul(&st)?);
        let mixed = flat(ds.clone())?.matmul(&flat(ds.t()?.contiguous()?)?.t()?)?;
        let crossed = dd.matmul(&ss.t()?)?;
        squares = (squares + ((&crossed + crossed.t()?)? + (mixed * 2.0)?)? * 0.25)?;
    }
    let (channels, size, views) = (channels as f64, size as f64, views as f64);
    let divisor = (channels * size).powi(2) * views * (channels / groups as f64).powi(2);
    // Rounding may leave a sum of squares that is 0 a little below.
    Ok((squares.maximum(0.0)? / divisor)?.sqrt()?)
}

/// Maps as N × HW × C.
fn pixels(maps: &Tensor) -> candle_core::Result<Tensor> {
    maps.flatten(1, 2)
}

struct Gram {
    /// N × HW × C.
    teacher: Tensor,
}

/// What one view's term is made of, pixels by pixels but for the first two.
struct View {
    difference: Tensor,
    sum: Tensor,
    /// DᵀD.
    dd: Tensor,
    /// SᵀS.
    ss: Tensor,
    /// DᵀS.
    ds: Tensor,
}

impl Gram {
    fn view(&self, student: &Tensor, view: usize) -> candle_core::Result<View> {
        let (student, teacher) = (student.get(view)?, self.teacher.get(view)?);
        let (difference, sum) = ((&student - &teacher)?, (student + teacher)?);
        // A map's rows are pixels here, so that the transpose stands on the right.
        let (dt, st) = (difference.t()?, sum.t()?);
        Ok(View { dd: difference.matmul(&dt)?, ss: sum.matmul(&st)?, ds: difference.matmul(&st)?, difference, sum })
    }

    /// (C · HW)² · N · C², which the squared differences of unscaled Gram matrices are divided by.
    fn divisor(&self) -> candle_core::Result<f64> {
        let (views, pixels, channels) = self.teacher.dims3()?;
        let (views, pixels, channels) = (views as f64, pixels as f64, channels as f64);
        Ok((channels * pixels).powi(2) * views * channels.powi(2))
    }
}

impl Relation for Gram {
    const NAME: &'static str = "gram";

    fn value(&self, student: &Tensor) -> candle_core::Result<f64> {
        let student = pixels(student)?;
        let mut squares = 0.0;
        for view in 0..student.dim(0)? {
            let View { dd, ss, ds, .. } = self.view(&student, view)?;
            let [dd, ss, ds] = [dd, ss, ds].map(|products| products.to_dtype(DType::F64));
            let (dd, ss, ds) = (dd?, ss?, ds?);
            let twice: f64 = ((dd * ss)? + (&ds * ds.t()?)?)?.sum_all()?.to_scalar()?;
            squares += 0.5 * twice;
        }
        // Rounding may leave a sum of squares that is 0 a little below; NaN stays what it is.
        Ok(if squares < 0.0 { 0.0 } else { (squares / self.divisor()?).sqrt() })
    }

    /// ∂‖…‖²/∂F^s = 2 \[D (SᵀF^s) + S (DᵀF^s)\] = D (SᵀS + SᵀD) + S (DᵀS + DᵀD), since F^s = (S + D) / 2.
    fn gradient(&self, student: &Tensor, value: f64, upstream: f64) -> candle_core::Result<Tensor> {
        if value == 0.0 {
            return student.zeros_like();
        }
        let maps = pixels(student)?;
        let scale = upstream / (2.0 * value * self.divisor()?);
        let mut parts = Vec::with_capacity(maps.dim(0)?);
        for view in 0..maps.dim(0)? {
            let View { difference, sum, dd, ss, ds } = self.view(&maps, view)?;
            // In rows of pixels every product of the formula is transposed.
            let by_difference = ((ss + &ds)? * scale)?.matmul(&difference)?;
            let by_sum = ((ds.t()? + dd)? * scale)?.matmul(&sum)?;
            parts.push((by_difference + by_sum)?);
        }
        Tensor::stack(&parts, 0)?.reshape(student.shape())
    }
}
