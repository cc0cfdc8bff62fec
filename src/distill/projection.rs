//! The projection heads of teacher and student, which similarities are taken behind.

use crate::Result;
use crate::learner::Parameters;
use crate::weights::Tensors;
use candle_core::Tensor;
use candle_nn::{Init, Linear, Module, VarBuilder};

/// Linear E → E, ReLU, Linear E → E, with PyTorch's first values: weights and biases uniform in ± 1 / √E.
///
/// Its tensors are `heads.projection.{0,2}.{weight,bias}`, as PyTorch's `Sequential` counts. ReLU's slope at 0 is 0, as there (Candle's own
/// is 1), so that a dead unit stays without a gradient.
///
/// ```
/// use candle_core::{DType, Device, Tensor};
/// use candle_nn::Module;
/// use dermdistill::{distill::Projection, learner::Parameters};
/// # fn main() -> dermdistill::Result<()> {
/// let parameters = Parameters::new(1);
/// let head = Projection::new(&parameters, 16)?;
/// let rows = Tensor::zeros((4, 16), DType::F32, &Device::Cpu)?;
/// assert_eq!(head.forward(&rows)?.dims(), [4, 16]);
/// assert_eq!(parameters.trained().len(), 4);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Projection {
    first: Linear,
    second: Linear,
}

impl Projection {
    /// Where its tensors are in a store.
    pub(super) const NAME: &str = "heads.projection";

    /// The head in this store for rows of `width` numbers: what is there, else new values from the store's seed. It is trained where the store
    /// trains it now.
    ///
    /// # Errors
    /// [`ErrorKind::WeightsShape`](crate::ErrorKind::WeightsShape) when the store has one of another width.
    pub fn new(parameters: &Parameters, width: usize) -> Result<Self> {
        let builder = parameters.builder().pp(Self::NAME);
        let layer = |name| linear(width, &builder.pp(name)).map_err(|error| super::conv_reg::unfit(Self::NAME, &error));
        Ok(Self { first: layer("0")?, second: layer("2")? })
    }

    /// The head among these tensors, as a weight file holds it, for rows of `width` numbers; it learns nothing.
    ///
    /// # Errors
    /// [`ErrorKind::WeightsMissing`](crate::ErrorKind::WeightsMissing) when it is not among them,
    /// [`ErrorKind::WeightsShape`](crate::ErrorKind::WeightsShape) when it is of another width.
    pub fn frozen(tensors: &Tensors, width: usize) -> Result<Self> {
        let parameters = Parameters::new(0);
        parameters.insert_heads(tensors)?;
        for name in ["0.weight", "0.bias", "2.weight", "2.bias"] {
            parameters.var(&format!("{}.{name}", Self::NAME))?;
        }
        parameters.train(|_| false);
        Self::new(&parameters, width)
    }
}

fn linear(width: usize, builder: &VarBuilder<'_>) -> candle_core::Result<Linear> {
    let bound = 1.0 / (width as f64).sqrt();
    let init = Init::Uniform { lo: -bound, up: bound };
    let weight = builder.get_with_hints((width, width), "weight", init)?;
    Ok(Linear::new(weight, Some(builder.get_with_hints(width, "bias", init)?)))
}

impl Module for Projection {
    fn forward(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        let hidden = self.first.forward(rows)?;
        let zero = hidden.zeros_like()?;
        self.second.forward(&hidden.gt(&zero)?.where_cond(&hidden, &zero)?)
    }
}
