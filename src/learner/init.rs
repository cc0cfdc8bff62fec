//! The first values of a network, or of those of its tensors that a start does not have.

use crate::nn::{Network, Node, Op};
use crate::random::{Purpose, Stream};
use crate::weights::{Tensor, Tensors};

/// Adds to `tensors` what they lack of the network's, with PyTorch's defaults: weights and biases of convolutions and linear layers uniform in
/// ±1 / √fan_in, where fan_in = kernel² · in_channels / groups numbers enter a sum; BatchNorm with γ = 1, β = 0, mean 0, variance 1.
///
/// A tensor's numbers depend on `seed` and its position among the network's tensors alone, so that they are the same on any machine and
/// whatever else is there already. Tensors that are there stay as they are, also those that the network does not have.
///
/// Source: PyTorch's `Linear.reset_parameters` and `_ConvNd.reset_parameters` (Kaiming uniform with a = √5).
pub fn initialise(network: &Network, tensors: &mut Tensors, seed: u64) {
    let all = network.nodes.iter().flat_map(|node| node.parameters().into_iter().map(move |parameter| (node, parameter)));
    for (position, (node, parameter)) in all.enumerate() {
        tensors.entry(parameter.name).or_insert_with_key(|name| {
            let len = parameter.shape.iter().product();
            let data = match fan_in(node) {
                Some(fan_in) => uniform(seed, position, len, 1.0 / (fan_in as f32).sqrt()),
                None => vec![if name.ends_with(".weight") || name.ends_with(".running_var") { 1.0 } else { 0.0 }; len],
            };
            Tensor { shape: parameter.shape, data }
        });
    }
}

/// How many numbers enter each sum of the node; `None` where nothing is summed.
fn fan_in(node: &Node) -> Option<usize> {
    match node.op {
        Op::Conv { in_channels, kernel, groups, .. } => in_channels.checked_div(groups)?.checked_mul(kernel)?.checked_mul(kernel),
        Op::Linear { in_features, .. } => Some(in_features),
        _ => None,
    }
}

/// `len` numbers, uniform in ±`bound`.
fn uniform(seed: u64, position: usize, len: usize, bound: f32) -> Vec<f32> {
    let mut stream = Stream::new(seed, 0, position, 0, Purpose::Start);
    (0..len).map(|_| stream.around_zero(f64::from(bound)) as f32).collect()
}
