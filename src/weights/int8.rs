//! Large convolutions in one byte a number: w ≈ q · s with q a whole number from −127 to 127 and one scale s an output channel.
//!
//! `{name}` is then of type I8 in PyTorch's shape, and `{name}.scale` beside it holds the scales in f32. A form for storing: what is read is
//! f32, and everything runs as it does on any other file.

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::check;
use super::container::{self, Container};
use super::tensor::Tensor;
use crate::nn::{Parameter, Role};
use crate::{Error, ErrorKind, Result};

/// The largest magnitude of q.
const LEVELS: f32 = 127.0;

/// Convolutions of no more numbers are stored in f16, the first layers above all. That costs a ResNet-50 0.7 MB; on 123 melanomas it brought the
/// agreement with f16 from 0.959 to 0.992 and the mean |Δp| from 0.0056 to 0.0011.
const SMALL: usize = 1 << 16;

/// Whether a tensor of this shape is stored in this form.
pub(super) fn is_for(shape: &[usize]) -> bool {
    shape.len() == 4 && shape.iter().fold(1usize, |len, &axis| len.saturating_mul(axis)) > SMALL
}

/// The name of a tensor's scales.
pub(super) fn scale_name(name: &str) -> String {
    format!("{name}.scale")
}

/// Whether the tensor `name` of a file holds the scales of one that is stored in this form.
pub(super) fn is_scale(name: &str, container: &Container<'_>) -> bool {
    name.strip_suffix(".scale").and_then(|of| container.views.get(of)).is_some_and(|view| view.dtype() == Dtype::I8)
}

/// q and s of a tensor: s = max |w| / 127 over an output channel (the first axis), q = w / s rounded, halves away from zero. A channel of zeros
/// has s = 0.
pub(super) fn quantise(tensor: &Tensor) -> (Vec<i8>, Vec<f32>) {
    let outputs = tensor.shape.first().copied().unwrap_or(0);
    let per_output = tensor.data.len().checked_div(outputs).unwrap_or(0).max(1);
    let mut scales = Vec::with_capacity(outputs);
    let mut levels = Vec::with_capacity(tensor.data.len());
    for row in tensor.data.chunks(per_output) {
        let scale = row.iter().fold(0.0f32, |largest, w| largest.max(w.abs())) / LEVELS;
        // The quotient rounds to 127 at most; a scale that underflows to 0 makes zeros of numbers below 2e-43.
        levels.extend(row.iter().map(|w| if scale > 0.0 { (w / scale).round().clamp(-LEVELS, LEVELS) as i8 } else { 0 }));
        scales.push(scale);
    }
    (levels, scales)
}

/// The checked numbers of a view in this form: type, shape, the scales as any tensor, then the products.
///
/// `weights-type` for anything but a convolution; `weights-missing` without scales; otherwise the errors of [`container::decode`].
pub(super) fn decode(parameter: &Parameter, view: &TensorView<'_>, container: &Container<'_>) -> Result<Tensor> {
    let &[outputs, _, _, _] = parameter.shape.as_slice() else {
        let message = format!("the tensor {:?} is of type I8; only convolutions may be", parameter.name);
        return Err(Error::new(ErrorKind::WeightsType, message, "Convert it to F16 or F32."));
    };
    check::shape(&parameter.name, &parameter.shape, view.shape())?;
    let name = scale_name(&parameter.name);
    let scales = container.views.get(&name).ok_or_else(|| {
        let message = format!("the tensor {:?} is of type I8 and has no {name:?} beside it", parameter.name);
        Error::new(ErrorKind::WeightsMissing, message, "Use a complete weight file of this network.")
    })?;
    let scales = container::decode(&Parameter { name, shape: vec![outputs], role: Role::Trained }, scales)?;
    let per_output = view.data().len().checked_div(outputs).unwrap_or(0).max(1);
    let rows = view.data().chunks(per_output).zip(&scales.data);
    let data: Vec<f32> = rows.flat_map(|(row, scale)| row.iter().map(move |level| f32::from(level.cast_signed()) * scale)).collect();
    check::values(parameter, &data)?;
    Ok(Tensor { shape: parameter.shape.clone(), data })
}
