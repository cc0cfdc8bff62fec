//! Writes a weight file whose numbers are drawn at random, always the same: everything runs with it and its answers mean nothing.
//! The build uses it where the released weights are not there. Usage: `random_weights FILE`.

use dermdistill::nn::{Framing, Network, Role};
use dermdistill::weights::{Card, Precision, Tensor, WeightFile};
use dermdistill::{Error, ErrorKind, Result};

fn main() -> Result<()> {
    let path = std::env::args().nth(1).ok_or_else(|| Error::new(ErrorKind::Argument, "no file is named", "Usage: random_weights FILE"))?;
    let mut card = Card::new("mobilenet_v2", 224, Framing::CentreSquare, vec![0.125; 8]);
    card.training_data = "none: random numbers".into();
    card.split = "none".into();
    card.licence = "CC0-1.0".into();
    card.attribution = "none".into();
    card.version = "random".into();
    card.intended_use = "Tests of the program.".into();
    card.not_intended_use = "Anything else.".into();
    let network = Network::named(&card.architecture, card.classes.len()).ok_or_else(|| Error::new(ErrorKind::Internal, "no such network", ""))?;
    let mut state = 1_u32;
    // Numerical Recipes' linear congruential generator, scaled to −1 … 1.
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0) as f32
    };
    let tensors = network.parameters().into_iter().map(|parameter| {
        let len = parameter.shape.iter().product();
        // Kernels as He et al. draw them, so that activations keep their scale; every BatchNorm is the identity.
        let fan_in: usize = parameter.shape.iter().skip(1).product();
        let reach = (6.0 / fan_in as f32).sqrt();
        let data = match (parameter.role, parameter.shape.len()) {
            (Role::RunningVar, _) => vec![1.0; len],
            (Role::RunningMean, _) => vec![0.0; len],
            (Role::Trained, 1) => vec![if parameter.name.ends_with("weight") { 1.0 } else { 0.0 }; len],
            (Role::Trained, _) => (0..len).map(|_| reach * uniform()).collect(),
        };
        (parameter.name, Tensor { shape: parameter.shape, data })
    });
    let file = WeightFile { tensors: tensors.collect(), card };
    Ok(std::fs::write(path, file.write(Precision::F16)?)?)
}
