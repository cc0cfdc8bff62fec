//! The regressor that brings the student's maps to the teacher's channels.

use crate::learner::{Model, Norms, Output, Parameters, Pass};
use crate::nn::{Network, Node, Op};
use crate::weights::{Tensor as Stored, Tensors};
use crate::{Error, ErrorKind, Result};
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use candle_nn::Init;

/// 1 × 1 convolution with bias → BatchNorm → ReLU, a network of its own in the student's store: `heads.conv_reg.0` and `.1`, with PyTorch's
/// first values. Source: SSD-KD §4.
#[derive(Debug)]
pub struct ConvReg {
    model: Model,
    norms: Norms,
    /// The last pass, until its step is taken.
    last: Option<Output>,
}

/// The tap of its output.
const MAP: &str = "map";

impl ConvReg {
    /// Where its tensors are in a store.
    pub(super) const NAME: &str = "heads.conv_reg";

    /// The regressor in this store for maps of `channels` (student's, teacher's): what is there, else new values from the store's seed.
    /// BatchNorm takes its statistics from `norms`: the batch's measure the pictures of that batch alone where there are few.
    ///
    /// # Errors
    /// [`ErrorKind::WeightsShape`] when the store has one for other channels; [`ErrorKind::Argument`] for no channels.
    pub fn new(parameters: &Parameters, channels: (usize, usize), norms: Norms) -> Result<Self> {
        let network = network(channels);
        let bound = 1.0 / (channels.0 as f64).sqrt();
        let builder = parameters.builder();
        let tensors = network.parameters().into_iter().map(|parameter| {
            let init = match parameter.name.rsplit_once('.') {
                Some((layer, _)) if layer.ends_with(".0") => Init::Uniform { lo: -bound, up: bound },
                Some((_, "weight" | "running_var")) => Init::Const(1.0),
                _ => Init::Const(0.0),
            };
            let tensor = builder.get_with_hints(parameter.shape.as_slice(), &parameter.name, init).map_err(|error| unfit(Self::NAME, &error))?;
            Ok((parameter.name, Stored { shape: parameter.shape, data: tensor.flatten_all()?.to_vec1()? }))
        });
        let model = Model::within(parameters, &network, &tensors.collect::<Result<Tensors>>()?)?;
        Ok(Self { model, norms, last: None })
    }

    /// Maps N × H × W × the student's channels to N × H × W × the teacher's.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for other channels, and where BatchNorm is to measure a batch with fewer than two values a channel.
    pub fn forward(&mut self, maps: &Tensor) -> Result<Tensor> {
        let values = maps.dims().iter().rev().skip(1).fold(1usize, |product, &axis| product.saturating_mul(axis));
        if self.norms == Norms::Batch && values < 2 {
            let message = format!("maps of {:?} give BatchNorm {values} values a channel; it needs two to measure a variance", maps.dims());
            return Err(Error::new(ErrorKind::Argument, message, "Use larger batches, or running statistics."));
        }
        let output = self.model.forward(maps, Pass { from: None, norms: self.norms, gradients: true })?;
        let map = output.tap(MAP)?.clone();
        self.last = Some(output);
        Ok(map)
    }

    /// Adds to the gradients of a backward through the last maps those of its parameters.
    ///
    /// # Errors
    /// Candle's own.
    pub fn unpack(&self, gradients: &mut GradStore) -> Result<()> {
        self.last.as_ref().map_or(Ok(()), |output| output.unpack(gradients))
    }

    /// Takes the statistics of the last batch into the running ones, once its step is taken.
    ///
    /// # Errors
    /// None in practice; Candle's own are passed on.
    pub fn stepped(&mut self) -> Result<()> {
        self.last.take().map_or(Ok(()), |output| self.model.update_running(&output.statistics))
    }
}

fn network((student, teacher): (usize, usize)) -> Network {
    let conv = Op::Conv { in_channels: student, out_channels: teacher, kernel: 1, stride: 1, padding: 0, groups: 1, bias: true };
    let ops = [("input", Op::Input { channels: student }), ("0", conv), ("1", Op::BatchNorm { channels: teacher }), ("2", Op::Relu)];
    let node = |(position, (name, op)): (usize, (&str, Op))| Node {
        name: format!("{}.{name}", ConvReg::NAME),
        op,
        inputs: position.checked_sub(1).into_iter().collect(),
    };
    Network { architecture: "conv_reg", nodes: ops.into_iter().enumerate().map(node).collect(), taps: vec![(MAP, 3)] }
}

/// A head in the store that is not of the shape asked for.
pub(super) fn unfit(head: &str, error: &candle_core::Error) -> Error {
    // Candle's text may go on with a backtrace.
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    Error::new(ErrorKind::WeightsShape, format!("the head {head} does not fit: {first}"), "Its file belongs to another pair of teacher and student.")
}
