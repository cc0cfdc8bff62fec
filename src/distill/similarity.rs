//! The self-supervised task: which image does a turned view belong to? Similarities, what is learned from them (SSD-KD's phase 1 and L4).

use super::cross_entropy::cross_entropy;
use super::ranking::error_levels;
use crate::{Error, ErrorKind, Result};
use candle_core::{D, DType, Tensor};

/// A norm below this counts as this.
const SMALLEST_NORM: f64 = 1e-8;

/// How alike each turned view is to each upright one: M_{a,j} = cos(`turned`_a, `upright`_j), norms floored at 1e-8, so that a vector of zeros is
/// like nothing and its gradient is finite.
///
/// `upright` is B × E, one row an image; `turned` is V · B × E, V rows an image, image by image. V · B × B, in f64 whatever the type of the
/// representations.
///
/// # Errors
/// [`ErrorKind::Argument`] when widths differ, there is no row, or the turned rows are no multiple of the upright ones.
pub fn similarities(upright: &Tensor, turned: &Tensor) -> Result<Tensor> {
    let (&[images, width], &[rows, other]) = (upright.dims(), turned.dims()) else {
        return Err(unfit(upright, turned));
    };
    if images == 0 || rows == 0 || rows.checked_rem(images) != Some(0) || width == 0 || width != other {
        return Err(unfit(upright, turned));
    }
    Ok(unit_rows(turned)?.matmul(&unit_rows(upright)?.t()?)?)
}

fn unfit(upright: &Tensor, turned: &Tensor) -> Error {
    let message = format!("upright representations {:?} and turned ones {:?}", upright.dims(), turned.dims());
    Error::new(ErrorKind::Argument, message, "Give one upright row an image and as many turned rows for each, of one width.")
}

/// Each row over its norm, in f64.
fn unit_rows(rows: &Tensor) -> Result<Tensor> {
    let rows = rows.to_dtype(DType::F64)?;
    let squares = rows.sqr()?.sum_keepdim(D::Minus1)?;
    // Chosen before the root, whose slope at 0 is infinite.
    let smallest = Tensor::full(SMALLEST_NORM * SMALLEST_NORM, squares.shape(), squares.device())?;
    let norms = squares.gt(&smallest)?.where_cond(&squares, &smallest)?.sqrt()?;
    Ok(rows.broadcast_div(&norms)?)
}

/// The column of the own image for every row of a matrix of [`similarities`]: row a belongs to image ⌊a / V⌋.
///
/// # Errors
/// [`ErrorKind::Argument`] when the matrix is none.
pub fn own_images(similarities: &Tensor) -> Result<Vec<usize>> {
    let views = match *similarities.dims() {
        [rows, images] => rows.checked_div(images).filter(|&views| views > 0 && views.checked_mul(images) == Some(rows)),
        _ => None,
    };
    let views = views.ok_or_else(|| {
        let message = format!("{:?} is no matrix of turned views by images", similarities.dims());
        Error::new(ErrorKind::Argument, message, "")
    })?;
    let rows = similarities.dim(0)?;
    Ok((0..rows).map(|row| row.checked_div(views).unwrap_or_default()).collect())
}

/// Phase 1: cross-entropy over the rows of [`similarities`], as they are (no temperature, no class weights), against the own image.
///
/// # Errors
/// Those of [`own_images`].
pub fn similarity_cross_entropy(similarities: &Tensor) -> Result<Tensor> {
    let truth = own_images(similarities)?;
    cross_entropy(similarities, &truth, &vec![1.0; similarities.dim(1)?], 0.0)
}

/// The share of turned views that are most like their own image, in 0–1; of equal similarities the image that comes first counts as the largest.
///
/// # Errors
/// Those of [`own_images`]; [`ErrorKind::NotFinite`] for a NaN or an infinity.
pub fn matched(similarities: &Tensor) -> Result<f64> {
    let levels = error_levels(similarities, &own_images(similarities)?)?;
    Ok(levels.iter().filter(|level| **level == 0).count() as f64 / levels.len().max(1) as f64)
}
