//! Whether tensors are those of a network: names, shapes and values.

use std::collections::BTreeMap;

use super::tensor::{Tensor, Tensors};
use super::{Card, Heads, familiarity};
use crate::error::quote;
use crate::nn::{Network, Parameter, Role};
use crate::{Error, ErrorKind, Result};

/// The exponent bits of an f32; all of them are set in an infinity and in a NaN, and in nothing else.
const EXPONENT: u32 = 0x7f80_0000;

/// What a network expects, by name.
pub(super) type Expected = BTreeMap<String, Parameter>;

pub(super) fn expected(network: &Network) -> Expected {
    let mut expected = Expected::new();
    add(&mut expected, network.parameters());
    expected
}

/// What a file with this card holds: the network's tensors unless it is of heads alone, those of the distance to the training where the card
/// limits it, and those of its heads.
pub(super) fn expected_in_file(card: &Card, network: &Network) -> Expected {
    let heads = card.heads.as_ref();
    let mut expected = if heads.is_some_and(|heads| heads.alone) { Expected::new() } else { expected(network) };
    let block = card.familiarity().and_then(|limit| network.block(&limit.block));
    if let Some((_, channels)) = block {
        add(&mut expected, familiarity::parameters(card.classes.len(), channels.saturating_mul(2)));
    }
    add(&mut expected, heads.into_iter().flat_map(Heads::parameters));
    expected
}

/// One by one: to collect a map brings a sort's code along.
fn add(expected: &mut Expected, parameters: impl IntoIterator<Item = Parameter>) {
    for parameter in parameters {
        expected.insert(parameter.name.clone(), parameter);
    }
}

/// The parameter of that name, or `weights-extra`.
pub(super) fn parameter<'e>(expected: &'e Expected, architecture: &str, name: &str) -> Result<&'e Parameter> {
    expected.get(name).ok_or_else(|| {
        let message = format!("the tensor {} is not part of {architecture}", quote(name));
        Error::new(ErrorKind::WeightsExtra, message, "Use a file that holds this network and nothing else.")
    })
}

/// `weights-shape` unless `found` is the shape that the network needs.
pub(super) fn shape(name: &str, expected: &[usize], found: &[usize]) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    // A hostile header may list thousands of axes; the message shows the first eight.
    let shown = found.get(..8).map_or_else(|| format!("{found:?}"), |first| format!("{first:?}…"));
    let message = format!("the tensor {name:?} has the shape {shown}; the network needs {expected:?}");
    Err(Error::new(ErrorKind::WeightsShape, message, "The file belongs to another network or another number of classes."))
}

/// `weights-not-finite` or `weights-variance` unless every value is allowed for the parameter's role.
pub(super) fn values(parameter: &Parameter, data: &[f32]) -> Result<()> {
    // The exponents' maximum is found in vectors; which value it was, only where there is one.
    let exponent = data.iter().map(|value| value.to_bits() & EXPONENT).max();
    if exponent == Some(EXPONENT)
        && let Some((index, value)) = data.iter().enumerate().find(|(_, value)| !value.is_finite())
    {
        let message = format!("the tensor {:?} holds {value} at position {index}; every value must be finite", parameter.name);
        return Err(Error::new(ErrorKind::WeightsNotFinite, message, "The training that wrote it diverged; use an earlier file."));
    }
    if parameter.role == Role::RunningVar
        && let Some((index, value)) = data.iter().enumerate().find(|&(_, &value)| value < 0.0)
    {
        let message = format!("the variance {:?} holds {value} at position {index}; variances are at least 0", parameter.name);
        return Err(Error::new(ErrorKind::WeightsVariance, message, "The file is damaged; download or export it again."));
    }
    Ok(())
}

/// The tensor `name`: there and of this shape.
///
/// # Errors
/// `weights-missing` or `weights-shape`, with its name.
pub(crate) fn find<'t>(tensors: &'t Tensors, name: &str, expected: &[usize]) -> Result<&'t Tensor> {
    let tensor = tensors.get(name).ok_or_else(|| {
        let message = format!("the tensor {name:?} is missing");
        Error::new(ErrorKind::WeightsMissing, message, "Use a complete weight file of this network.")
    })?;
    consistent(name, tensor)?;
    shape(name, expected, &tensor.shape)?;
    Ok(tensor)
}

/// The tensor of `parameter`: there, of its shape, and of values that its role allows.
///
/// # Errors
/// Those of [`find`], `weights-not-finite` or `weights-variance`, with its name.
pub(crate) fn tensor<'t>(tensors: &'t Tensors, parameter: &Parameter) -> Result<&'t Tensor> {
    let tensor = find(tensors, &parameter.name, &parameter.shape)?;
    values(parameter, &tensor.data)?;
    Ok(tensor)
}

/// `weights-missing` unless `tensors` holds every expected name; the message gives the first one and how many there are.
pub(super) fn complete(expected: &Expected, tensors: &Tensors) -> Result<()> {
    let mut absent = expected.keys().filter(|name| !tensors.contains_key(*name));
    let Some(first) = absent.next() else { return Ok(()) };
    let more = match absent.count() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    let message = format!("the tensor {first:?}{more} is missing; the network has {} tensors", expected.len());
    Err(Error::new(ErrorKind::WeightsMissing, message, "Use a complete file of this network."))
}

/// Every check of a whole set of tensors, in the order that the room promises.
pub(super) fn tensors(card: &Card, network: &Network, tensors: &Tensors) -> Result<()> {
    let expected = expected_in_file(card, network);
    for (name, tensor) in tensors {
        let parameter = parameter(&expected, network.architecture, name)?;
        consistent(name, tensor)?;
        shape(name, &parameter.shape, &tensor.shape)?;
        values(parameter, &tensor.data)?;
    }
    complete(&expected, tensors)
}

/// `weights-shape` when a tensor in memory has another number of values than its shape says.
fn consistent(name: &str, tensor: &Tensor) -> Result<()> {
    if tensor.is_consistent() {
        return Ok(());
    }
    let message = format!("the tensor {} has {} values, which is not the product of its shape {:?}", quote(name), tensor.data.len(), tensor.shape);
    Err(Error::new(ErrorKind::WeightsShape, message, ""))
}
