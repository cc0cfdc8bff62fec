//! The first values of a network.

use dermdistill::learner::{Model, initialise};
use dermdistill::nn::{Network, Node, Op, mobilenet_v2};
use dermdistill::weights::Tensors;

fn fresh(network: &Network, seed: u64) -> Tensors {
    let mut tensors = Tensors::new();
    initialise(network, &mut tensors, seed);
    tensors
}

/// ±1 / √fan_in.
fn bound(fan_in: u16) -> f64 {
    f64::from(1.0 / f32::from(fan_in).sqrt())
}

/// Uniform numbers: none beyond the bound, some near it on both sides, and a mean near 0.
fn assert_uniform(tensors: &Tensors, name: &str, fan_in: u16) {
    let bound = bound(fan_in);
    let data = &tensors[name].data;
    let extreme = |pick: fn(f32, f32) -> f32| f64::from(data.iter().copied().fold(0.0, pick));
    let (low, high) = (extreme(f32::min), extreme(f32::max));
    assert!(-bound <= low && low < -0.9 * bound && 0.9 * bound < high && high <= bound, "{name}: {low} to {high}, bound {bound}");
    // Three standard errors of the mean of as many uniform numbers.
    let mean = data.iter().map(|&x| f64::from(x)).sum::<f64>() / data.len() as f64;
    assert!(mean.abs() <= 3.0 * bound / (3.0 * data.len() as f64).sqrt(), "{name}: mean {mean}");
}

#[test]
fn a_whole_network_starts_as_in_pytorch() {
    let network = mobilenet_v2(8);
    let tensors = fresh(&network, 5);
    assert!(Model::new(&network, &tensors).is_ok());
    // fan_in: 3 · 3 · 3 of the stem, 3 · 3 of a depthwise convolution, 96 channels of a 1 × 1.
    assert_uniform(&tensors, "features.0.0.weight", 27);
    assert_uniform(&tensors, "features.2.conv.1.0.weight", 9);
    assert_uniform(&tensors, "features.2.conv.2.weight", 96);
    assert_uniform(&tensors, "classifier.1.weight", 1280);
    assert!(tensors["classifier.1.bias"].data.iter().all(|b| *b != 0.0 && f64::from(b.abs()) <= bound(1280)));
    for (suffix, value) in [("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)] {
        assert_eq!(tensors[&format!("features.0.1.{suffix}")].data, vec![value; 32], "{suffix}");
    }
}

#[test]
fn the_seed_and_the_position_decide() {
    let network = mobilenet_v2(8);
    let tensors = fresh(&network, 5);
    assert_eq!(fresh(&network, 5), tensors);
    assert_ne!(fresh(&network, 6)["classifier.1.weight"], tensors["classifier.1.weight"]);
    assert_ne!(tensors["features.2.conv.0.0.weight"].data[..9], tensors["features.3.conv.0.0.weight"].data[..9]);
    // What is there stays, and changes nothing in the others.
    let mut some = tensors.clone();
    some.get_mut("features.0.0.weight").unwrap().data.fill(7.0);
    let kept = some["features.0.0.weight"].clone();
    some.remove("classifier.1.weight");
    initialise(&network, &mut some, 5);
    assert_eq!((&some["features.0.0.weight"], &some["classifier.1.weight"]), (&kept, &tensors["classifier.1.weight"]));
}

#[test]
fn a_norm_without_a_convolution_and_a_biased_convolution_have_their_own() {
    let conv = Op::Conv { in_channels: 3, out_channels: 64, kernel: 7, stride: 2, padding: 3, groups: 1, bias: true };
    let ops = [("input", Op::Input { channels: 3 }), ("norm", Op::BatchNorm { channels: 3 }), ("conv", conv)];
    let node = |(index, (name, op)): (usize, (&str, Op))| Node { name: name.into(), op, inputs: index.checked_sub(1).into_iter().collect() };
    let network = Network { architecture: "test", nodes: ops.into_iter().enumerate().map(node).collect(), taps: Vec::new() };
    let tensors = fresh(&network, 1);
    assert_eq!(tensors["norm.weight"].data, [1.0; 3]);
    assert_uniform(&tensors, "conv.weight", 147);
    assert!(tensors["conv.bias"].data.iter().all(|b| *b != 0.0 && f64::from(b.abs()) <= bound(147)));
}
