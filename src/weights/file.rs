//! A weight file of ours: the card and the tensors, read whole or not at all.

use half::f16;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::container::{self, CARD_KEY, Container};
#[cfg(feature = "resnet")]
use super::int8;
use super::tensor::{Tensor, Tensors};
use super::{Card, Familiarity, check, familiarity};
use crate::{Error, ErrorKind, Result};

/// How [`WeightFile::write`] stores numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Kernels and matrices (tensors of two axes or more) in f16, rounded to nearest even; BatchNorm, biases and [`Familiarity`] stay f32.
    ///
    /// They are 2 % of a MobileNetV2's numbers, and a running variance below 6e-8 would round to zero.
    F16,
    /// Everything in f32, bit for bit.
    F32,
    /// As [`F16`](Self::F16), and convolutions of more than 65,536 numbers in int8 with one scale an output channel: w ≈ q · s, |q| ≤ 127, off by half of s at most.
    /// For networks that are mostly convolutions: half of F16's size.
    #[cfg(feature = "resnet")]
    Int8,
}

/// A network's tensors and the card that says what they are.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightFile {
    /// What the network is, what it was trained on, and how its input and output are meant.
    pub card: Card,
    /// Exactly the tensors of [`Network::named`](crate::nn::Network::named)`(card.architecture, card.classes.len())`, those of
    /// [`Familiarity`] where the card limits the distance to the training, and those of the card's heads; the heads' alone where it says so.
    pub tensors: Tensors,
}

impl WeightFile {
    /// Reads a file and checks every invariant of [this room](super), in the order given there.
    ///
    /// # Errors
    /// The `weights-*` kind of the first broken invariant. Nothing is returned of a file that breaks one.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let container = Container::open(bytes)?;
        let card = Card::parse(container.card.as_deref())?;
        let network = card.network()?;
        let expected = check::expected_in_file(&card, &network);
        let mut tensors = Tensors::new();
        for (name, view) in &container.views {
            #[cfg(feature = "resnet")]
            if int8::is_scale(name, &container) {
                continue;
            }
            let parameter = check::parameter(&expected, network.architecture, name)?;
            #[cfg(feature = "resnet")]
            if view.dtype() == Dtype::I8 {
                tensors.insert(name.clone(), int8::decode(parameter, view, &container)?);
                continue;
            }
            tensors.insert(name.clone(), container::decode(parameter, view)?);
        }
        check::complete(&expected, &tensors)?;
        Ok(Self { card, tensors })
    }

    /// What tells photographs that are unlike the training's; `None` where the card has no limit for it.
    ///
    /// # Errors
    /// `weights-missing` or `weights-shape` for tensors in memory that [`write`](Self::write) would refuse.
    pub fn familiarity(&self) -> Result<Option<Familiarity>> {
        self.card.familiarity().map(|_| Familiarity::from_tensors(&self.tensors)).transpose()
    }

    /// Writes the file. The same card, tensors and precision give the same bytes.
    ///
    /// Reading back gives the same values for [`Precision::F32`], and for [`Precision::F16`] values that write to the same bytes again.
    /// Int8 is for the last step: what is read back and written again may round a level differently.
    ///
    /// # Errors
    /// Whatever [`read`](Self::read) would refuse is not written, with the same kinds; `weights-not-finite` also for a value whose
    /// magnitude rounds beyond f16's largest, 65504.
    pub fn write(&self, precision: Precision) -> Result<Vec<u8>> {
        self.card.check()?;
        check::tensors(&self.card, &self.card.network()?, &self.tensors)?;
        let card = serde_json::to_string(&self.card).map_err(unwritable)?;
        let mut encoded = Vec::with_capacity(self.tensors.len());
        for (name, tensor) in &self.tensors {
            encode(name, tensor, precision, &mut encoded)?;
        }
        let views = encoded
            .iter()
            .map(|encoded| Ok((encoded.name.as_str(), TensorView::new(encoded.dtype, encoded.shape.to_vec(), &encoded.bytes).map_err(unwritable)?)))
            .collect::<Result<Vec<_>>>()?;
        safetensors::serialize(views, Some([(CARD_KEY.to_owned(), card)].into_iter().collect())).map_err(unwritable)
    }
}

/// One tensor as it goes into the file.
struct Encoded<'a> {
    name: String,
    dtype: Dtype,
    shape: &'a [usize],
    bytes: Vec<u8>,
}

fn encode<'a>(name: &str, tensor: &'a Tensor, precision: Precision, encoded: &mut Vec<Encoded<'a>>) -> Result<()> {
    let Tensor { shape, data } = tensor;
    let singles = |numbers: &[f32]| numbers.iter().flat_map(|value| value.to_le_bytes()).collect();
    let mut push = |name: String, dtype, shape, bytes| encoded.push(Encoded { name, dtype, shape, bytes });
    #[cfg(feature = "resnet")]
    if precision == Precision::Int8 && int8::is_for(shape) {
        let (levels, scales) = int8::quantise(tensor);
        push(name.to_owned(), Dtype::I8, shape, levels.into_iter().map(i8::cast_unsigned).collect());
        push(int8::scale_name(name), Dtype::F32, shape.get(..1).unwrap_or_default(), singles(&scales));
        return Ok(());
    }
    if precision == Precision::F32 || shape.len() < 2 || familiarity::is_ours(name) {
        push(name.to_owned(), Dtype::F32, shape, singles(data));
    } else {
        let halves = data.iter().map(|&value| to_half(name, value)).collect::<Result<Vec<_>>>()?;
        push(name.to_owned(), Dtype::F16, shape, halves.into_iter().flat_map(f16::to_le_bytes).collect());
    }
    Ok(())
}

fn to_half(name: &str, value: f32) -> Result<f16> {
    let half = f16::from_f32(value);
    if half.is_finite() {
        return Ok(half);
    }
    let message = format!("the tensor {name:?} holds {value}, which f16 cannot hold; its largest value is {}", f16::MAX);
    Err(Error::new(ErrorKind::WeightsNotFinite, message, "Write this file in f32."))
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Internal, format!("the weight file could not be put together: {error}"), "")
}
