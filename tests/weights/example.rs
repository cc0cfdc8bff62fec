//! A valid weight file, made from integers, and a way to break single bytes of its tensors.

use dermdistill::classes::CLASSES;
use dermdistill::nn::{Framing, Network, Role};
use dermdistill::weights::{Card, Tensor, Tensors, WeightFile};
use safetensors::SafeTensors;

pub fn network() -> Network {
    Network::named("mobilenet_v2", CLASSES.len()).unwrap()
}

pub fn card() -> Card {
    let mut card = Card::new("mobilenet_v2", 224, Framing::CentreSquare, vec![0.03, 0.05, 0.11, 0.01, 0.11, 0.66, 0.02, 0.01]);
    card.temperature = 1.234_567_890_123_456_7;
    card.seed = u64::MAX;
    card.licence = "CC BY-NC 4.0".into();
    card.metrics.insert("balanced_accuracy".into(), serde_json::json!([0.7, 0.66, 0.1 + 0.2]));
    card
}

/// Every tensor of the network, each with other values; f16 cannot hold most of them exactly. Variances are at least 0.
pub fn tensors() -> Tensors {
    let mut state = 1u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let tensor = |parameter: dermdistill::nn::Parameter| {
        let low = if parameter.role == Role::RunningVar { 0.0 } else { -0.5 };
        let data = (0..parameter.shape.iter().product()).map(|_| next() + low).collect();
        (parameter.name, Tensor { shape: parameter.shape, data })
    };
    network().parameters().into_iter().map(tensor).collect()
}

pub fn file() -> WeightFile {
    WeightFile { card: card(), tensors: tensors() }
}

/// Overwrites the first bytes of a tensor inside a file.
pub fn patch(bytes: &mut [u8], tensor: &str, with: &[u8]) {
    let view = SafeTensors::deserialize(bytes).unwrap().tensor(tensor).unwrap().data().as_ptr() as usize;
    let start = view - bytes.as_ptr() as usize;
    bytes[start..start + with.len()].copy_from_slice(with);
}

/// A safetensors file without a card.
pub fn foreign<'a>(tensors: impl IntoIterator<Item = (&'a str, &'a Tensor)>) -> Vec<u8> {
    use safetensors::{Dtype, tensor::TensorView};
    let owned: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, tensor)| (name.into(), tensor.shape.clone(), tensor.data.iter().flat_map(|value| value.to_le_bytes()).collect()))
        .collect();
    let views = owned.iter().map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}
