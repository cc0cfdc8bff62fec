//! The safetensors container: limits first, then the header, then one tensor at a time.

use std::collections::BTreeMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use super::check;
use super::tensor::Tensor;
use crate::error::shorten;
use crate::nn::Parameter;
use crate::{Error, ErrorKind, Result};

/// The largest weight file that is looked at, in bytes: 512 MiB, five times a ResNet-50 in f32.
#[cfg(not(target_arch = "wasm32"))]
pub const MAX_FILE_BYTES: usize = 512 << 20;
/// The largest weight file that is looked at, in bytes: 128 MiB, because a browser tab has less to give.
#[cfg(target_arch = "wasm32")]
pub const MAX_FILE_BYTES: usize = 128 << 20;

/// The largest header (names, shapes and the card), in bytes: 1 MiB, some twenty times what a ResNet-50 needs.
pub const MAX_HEADER_BYTES: usize = 1 << 20;

/// Bytes of the little-endian header length that a safetensors file starts with.
const LENGTH_BYTES: usize = 8;
/// The metadata entry that holds the card.
pub(super) const CARD_KEY: &str = "card";

/// A parsed header over borrowed bytes.
pub(super) struct Container<'a> {
    /// The views on all tensors by name, in the order of their names.
    pub(super) views: BTreeMap<String, TensorView<'a>>,
    /// The card's text, if the file has one.
    pub(super) card: Option<String>,
}

impl<'a> Container<'a> {
    /// Checks sizes (`weights-too-large`), then the container's structure (`weights-format`). Nothing is allocated for tensors.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self> {
        check_sizes(bytes)?;
        // `SafeTensors::deserialize` would read the header once more and gives no metadata.
        let (header, metadata) = SafeTensors::read_metadata(bytes).map_err(malformed)?;
        let numbers = bytes.get(LENGTH_BYTES.saturating_add(header)..).unwrap_or_default();
        let mut views = BTreeMap::new();
        for (name, info) in metadata.tensors() {
            let (start, end) = info.data_offsets;
            let view = TensorView::new(info.dtype, info.shape.clone(), numbers.get(start..end).unwrap_or_default());
            views.insert(name, view.map_err(malformed)?);
        }
        let card = metadata.metadata().as_ref().and_then(|entries| entries.get(CARD_KEY)).cloned();
        Ok(Self { views, card })
    }
}

/// Refuses files and headers over the limits before anything is parsed.
fn check_sizes(bytes: &[u8]) -> Result<()> {
    if bytes.len() > MAX_FILE_BYTES {
        let message = format!("the weight file has {} bytes; at most {MAX_FILE_BYTES} are read", bytes.len());
        return Err(Error::new(ErrorKind::WeightsTooLarge, message, "Choose a weight file of a network that this version knows."));
    }
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else {
        let message = format!("the file has {} bytes; a safetensors file has at least {LENGTH_BYTES}", bytes.len());
        return Err(Error::new(ErrorKind::WeightsFormat, message, "Choose a complete .safetensors file."));
    };
    let header = u64::from_le_bytes(*length);
    if usize::try_from(header).map_or(true, |header| header > rest.len()) {
        let message = format!("the header should have {header} bytes, but only {} follow", rest.len());
        return Err(Error::new(ErrorKind::WeightsFormat, message, "The file is cut short or no safetensors file; download it again."));
    }
    if header > MAX_HEADER_BYTES as u64 {
        let message = format!("the header has {header} bytes; at most {MAX_HEADER_BYTES} are read");
        return Err(Error::new(ErrorKind::WeightsTooLarge, message, "Remove large metadata from the file."));
    }
    Ok(())
}

fn malformed(error: SafeTensorError) -> Error {
    let message = format!("the file is no valid safetensors file: {}", shorten(&error.to_string()));
    Error::new(ErrorKind::WeightsFormat, message, "The file is damaged or cut short; download or export it again.")
}

/// The checked numbers of a view as f32, which holds both types exactly: type, then shape, then values.
///
/// Never inlined: a browser optimises a function when it has been called often enough, and a loop within one long call never.
#[inline(never)]
pub(super) fn decode(parameter: &Parameter, view: &TensorView<'_>) -> Result<Tensor> {
    let dtype = view.dtype();
    if dtype != Dtype::F32 && dtype != Dtype::F16 {
        let message = format!("the tensor {:?} is of type {dtype}; allowed are F16 and F32", parameter.name);
        return Err(Error::new(ErrorKind::WeightsType, message, "Convert the file to F16 or F32."));
    }
    check::shape(&parameter.name, &parameter.shape, view.shape())?;
    let bytes = view.data();
    let data: Vec<f32> = if dtype == Dtype::F32 {
        bytes.as_chunks::<4>().0.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect()
    } else {
        bytes.as_chunks::<2>().0.iter().map(|&chunk| widened(u16::from_le_bytes(chunk))).collect()
    };
    check::values(parameter, &data)?;
    Ok(Tensor { shape: view.shape().to_vec(), data })
}

/// The f32 with the value of an f16's bits, as `half::f16::to_f32` gives it, but without branches: a whole tensor goes through vectors, which a
/// browser's first, unoptimised code needs most.
///
/// The exponent field moves to where f32 has it and is rebiased by a multiplication, which is exact, also below f16's normal numbers. An
/// infinity or a NaN (all exponent bits set) keeps all of f32's exponent bits set.
pub(super) fn widened(half: u16) -> f32 {
    /// 2¹¹², the distance of the exponents' biases.
    const REBIAS: f32 = f32::from_bits(0x7780_0000);
    let magnitude = f32::from_bits(u32::from(half & 0x7fff) << 13) * REBIAS;
    let special = if half & 0x7c00 == 0x7c00 { 0x7f80_0000 } else { 0 };
    f32::from_bits(magnitude.to_bits() | special | (u32::from(half & 0x8000) << 16))
}

#[cfg(test)]
mod tests {
    use half::f16;

    #[test]
    fn every_f16_is_widened_to_the_float_of_its_value() {
        for bits in 0..=u16::MAX {
            let (ours, theirs) = (super::widened(bits), f16::from_bits(bits).to_f32());
            assert!(ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan(), "{bits:#06x}: {ours} for {theirs}");
        }
    }
}
