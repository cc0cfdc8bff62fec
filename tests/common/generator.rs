//! Weights, images and labels from 32-bit integer arithmetic, bit for bit those of `tests/golden/generator.py`.
//!
//! Every number is a 20-bit integer times a power of two, plus a small constant: exact in f32, so that nothing can round differently.
#![allow(dead_code)] // each test binary uses its own part of these helpers

use dermdistill::nn::{Network, Parameter};

// Seeds: tensor i of the network uses seed i; everything else starts above.
const IMAGES: u32 = 10_000;
const LABELS: u32 = 20_000;
const FINGERPRINT: u32 = 30_000;

/// A 32-bit integer hash.
pub fn mix(mut x: u32) -> u32 {
    for _ in 0..2 {
        x = (x ^ (x >> 16)).wrapping_mul(0x45D_9F3B);
    }
    x ^ (x >> 16)
}

/// `count` 32-bit integers of stream `seed`.
pub fn raw(seed: u32, count: usize) -> impl Iterator<Item = u32> {
    let start = mix(seed + 1);
    (0..count as u32).map(move |i| mix(start.wrapping_add(i)))
}

/// `count` numbers in [−1, 1), multiples of 2⁻¹⁹.
pub fn uniform(seed: u32, count: usize) -> impl Iterator<Item = f32> {
    raw(seed, count).map(|x| ((x >> 12) as f32 - 524_288.0) / 524_288.0)
}

/// The power of two in (½, 1] · √(6 / fan_in), the bound of Kaiming's uniform spread.
fn kaiming(fan_in: usize) -> f32 {
    let mut scale = 1.0;
    let mut reach = 6;
    while reach < fan_in {
        reach *= 4;
        scale *= 0.5;
    }
    scale
}

/// One tensor by its name and shape; `generator.py` says why these ranges.
pub fn parameter(seed: u32, parameter: &Parameter) -> Vec<f32> {
    let (name, shape) = (parameter.name.as_str(), &parameter.shape);
    let u = uniform(seed, shape.iter().product());
    let fan_in = shape[1..].iter().product();
    match shape.len() {
        4 => return u.map(|u| u * (kaiming(fan_in) * 4.0)).collect(),
        2 => return u.map(|u| u * kaiming(fan_in)).collect(),
        _ => {}
    }
    let scale = match name {
        _ if name.starts_with("features.18.1.") => 0.0625,
        _ if name.starts_with("layer") && name.contains(".bn3.") => 0.125,
        _ => 1.0,
    };
    match name.rsplit('.').next() {
        Some("running_mean") => u.collect(),
        Some("running_var") => u.map(|u| u * 12.0 + 20.0).collect(),
        Some("weight") => u.map(|u| (u * 0.5 + 1.0) * scale).collect(),
        _ => {
            let centre = if is_linear(name) { 0.0 } else { 2.0 };
            u.map(|u| (u * 0.25 + centre) * scale).collect()
        }
    }
}

/// Biases of layers that no activation follows: projections of the inverted residuals, and the classifier.
fn is_linear(name: &str) -> bool {
    name == "features.1.conv.2.bias" || name == "classifier.1.bias" || name.ends_with(".conv.3.bias")
}

/// Every tensor of `network`, in the order of [`Network::parameters`].
pub fn parameters(network: &Network) -> Vec<(Parameter, Vec<f32>)> {
    let all = network.parameters().into_iter().enumerate();
    all.map(|(seed, p)| (p.clone(), parameter(seed as u32, &p))).collect()
}

/// `count` × `side` × `side` × 3 (NHWC), in [−2, 2).
pub fn images(stream: u32, count: usize, side: usize) -> Vec<f32> {
    uniform(IMAGES + stream, count * side * side * 3).map(|u| u * 2.0).collect()
}

/// `count` class indices.
pub fn labels(stream: u32, count: usize, classes: u32) -> Vec<usize> {
    raw(LABELS + stream, count).map(|x| (x % classes) as usize).collect()
}

/// The positions of a tensor of `size` numbers whose values a fingerprint keeps.
pub fn places(size: usize, values: usize) -> Vec<usize> {
    raw(FINGERPRINT, values.min(size)).map(|x| ((u64::from(x) * size as u64) >> 32) as usize).collect()
}
