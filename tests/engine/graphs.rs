//! Small networks that fuse in other ways than MobileNetV2 does, against the same nodes computed one by one in f64.

use dermdistill::engine::Engine;
use dermdistill::kernels::Isa;
use dermdistill::nn::{BN_EPS, Network, Node, Op};

use crate::{generator, tensors, tolerance};

const SIDE: usize = 32;
const WIDTH: usize = 5;

/// A network from (name, op, inputs); the last three nodes are feats_7x7, avg_pool and logits.
fn network(middle: Vec<(&str, Op, Vec<usize>)>) -> Network {
    let mut nodes = vec![Node { name: "input".into(), op: Op::Input { channels: 3 }, inputs: vec![] }];
    nodes.extend(middle.into_iter().map(|(name, op, inputs)| Node { name: name.into(), op, inputs }));
    let feats = nodes.len() - 1;
    nodes.push(Node { name: "pool".into(), op: Op::GlobalAvgPool, inputs: vec![feats] });
    nodes.push(Node { name: "head".into(), op: Op::Linear { in_features: WIDTH, out_features: 4 }, inputs: vec![feats + 1] });
    Network { architecture: "test", nodes, taps: vec![("feats_7x7", feats), ("avg_pool", feats + 1), ("logits", feats + 2)] }
}

fn conv(in_channels: usize, kernel: usize, stride: usize) -> Op {
    Op::Conv { in_channels, out_channels: WIDTH, kernel, stride, padding: kernel / 2, groups: 1, bias: false }
}

fn depthwise(stride: usize) -> Op {
    Op::Conv { in_channels: WIDTH, out_channels: WIDTH, kernel: 3, stride, padding: 1, groups: WIDTH, bias: false }
}

const NORM: Op = Op::BatchNorm { channels: WIDTH };

/// Height (= width), channels, numbers.
type Value = (usize, usize, Vec<f64>);

/// Every node by its definition.
fn by_definition(network: &Network, image: &[f32]) -> Vec<Value> {
    let tensors = tensors(network);
    let mut values: Vec<Value> = Vec::new();
    for node in &network.nodes {
        let take = |suffix: &str| -> Vec<f64> { tensors[&format!("{}.{suffix}", node.name)].data.iter().map(|&x| f64::from(x)).collect() };
        let input = |at: usize| values[node.inputs[at]].clone();
        values.push(match node.op {
            Op::Input { .. } => (SIDE, 3, image.iter().map(|&x| f64::from(x)).collect()),
            Op::Conv { out_channels, kernel, stride, padding, groups, bias, .. } => {
                let (side, channels, mut y) = convolve(input(0), &take("weight"), out_channels, (kernel, stride, padding), groups);
                if bias {
                    y.iter_mut().zip(take("bias").iter().cycle()).for_each(|(y, bias)| *y += bias);
                }
                (side, channels, y)
            }
            Op::BatchNorm { channels } => {
                let (gamma, beta, mean, variance) = (take("weight"), take("bias"), take("running_mean"), take("running_var"));
                let (side, _, x) = input(0);
                let norm = |(i, x): (usize, f64)| {
                    let c = i % channels;
                    gamma[c] * (x - mean[c]) / (variance[c] + f64::from(BN_EPS)).sqrt() + beta[c]
                };
                (side, channels, x.into_iter().enumerate().map(norm).collect())
            }
            Op::Relu | Op::Relu6 => {
                let (side, channels, x) = input(0);
                let most = if node.op == Op::Relu { f64::INFINITY } else { 6.0 };
                (side, channels, x.into_iter().map(|x| x.clamp(0.0, most)).collect())
            }
            Op::MaxPool { kernel, stride, padding } => largest(input(0), kernel, stride, padding),
            Op::Add => {
                let (side, channels, x) = input(0);
                (side, channels, x.iter().zip(&input(1).2).map(|(x, y)| x + y).collect())
            }
            Op::GlobalAvgPool => {
                let (_, channels, x) = input(0);
                let mean = |c: usize| x.iter().skip(c).step_by(channels).sum::<f64>() * channels as f64 / x.len() as f64;
                (1, channels, (0..channels).map(mean).collect())
            }
            Op::Linear { in_features, .. } => {
                let (_, _, x) = input(0);
                let rows = take("weight").chunks(in_features).map(|row| row.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>()).collect::<Vec<_>>();
                (1, rows.len(), rows.iter().zip(take("bias")).map(|(y, b)| y + b).collect())
            }
        });
    }
    values
}

fn convolve((side, channels, x): Value, w: &[f64], outputs: usize, (kernel, stride, padding): (usize, usize, usize), groups: usize) -> Value {
    let out_side = (side + 2 * padding - kernel) / stride + 1;
    let (per_in, per_out) = (channels / groups, outputs / groups);
    let mut y = Vec::new();
    for (row, column, o) in (0..out_side).flat_map(|r| (0..out_side).flat_map(move |c| (0..outputs).map(move |o| (r, c, o)))) {
        let mut sum = 0.0;
        for (c, ky, kx) in (0..per_in).flat_map(|c| (0..kernel).flat_map(move |ky| (0..kernel).map(move |kx| (c, ky, kx)))) {
            let (iy, ix) = ((row * stride + ky).wrapping_sub(padding), (column * stride + kx).wrapping_sub(padding));
            if iy < side && ix < side {
                let channel = o / per_out * per_in + c;
                sum += w[((o * per_in + c) * kernel + ky) * kernel + kx] * x[(iy * side + ix) * channels + channel];
            }
        }
        y.push(sum);
    }
    (out_side, outputs, y)
}

fn largest((side, channels, x): Value, kernel: usize, stride: usize, padding: usize) -> Value {
    let out_side = (side + 2 * padding - kernel) / stride + 1;
    let mut y = Vec::new();
    for (row, column, c) in (0..out_side).flat_map(|r| (0..out_side).flat_map(move |column| (0..channels).map(move |c| (r, column, c)))) {
        let window = (0..kernel).flat_map(|ky| (0..kernel).map(move |kx| (ky, kx)));
        let places = window.map(|(ky, kx)| ((row * stride + ky).wrapping_sub(padding), (column * stride + kx).wrapping_sub(padding)));
        let inside = places.filter(|&(iy, ix)| iy < side && ix < side);
        y.push(inside.map(|(iy, ix)| x[(iy * side + ix) * channels + c]).fold(f64::NEG_INFINITY, f64::max));
    }
    (out_side, channels, y)
}

/// Runs `network` in the engine, compares every step it shows with the definition, and returns the names of the steps.
fn check(network: &Network) -> Vec<String> {
    let image = generator::images(9, 1, SIDE);
    let expected = by_definition(network, &image);
    let mut steps = Vec::new();
    for isa in Isa::available() {
        let mut engine = Engine::with_isa(network, &tensors(network), SIDE, isa).unwrap();
        steps.clear();
        engine
            .trace(&image, |name, _, values| {
                let (_, _, reference) = &expected[network.nodes.iter().position(|node| node.name == name).unwrap()];
                assert_eq!(values.len(), reference.len(), "{name}");
                let scale = reference.iter().fold(1.0, |scale, x| f64::max(scale, x.abs()));
                let worst = values.iter().zip(reference).fold(0.0, |worst, (&a, b)| f64::max(worst, (f64::from(a) - b).abs()));
                assert!(worst <= tolerance::SMALL_NETWORK * scale, "{name} with {}: {worst:e} of {scale}", isa.name());
                steps.push(name.to_owned());
            })
            .unwrap();
    }
    steps
}

#[test]
fn sum_and_activation_fuse_into_the_second_branch() {
    // conv1 → bn1 → relu; conv2 → bn2, + relu, relu: the order of ResNet.
    let steps = check(&network(vec![
        ("conv1", conv(3, 3, 2), vec![0]),
        ("bn1", NORM, vec![1]),
        ("relu1", Op::Relu6, vec![2]),
        ("conv2", conv(WIDTH, 3, 1), vec![3]),
        ("bn2", NORM, vec![4]),
        ("add", Op::Add, vec![5, 3]),
        ("relu2", Op::Relu6, vec![6]),
    ]));
    assert_eq!(steps, ["relu1", "relu2", "pool", "head"]);
}

#[test]
fn the_first_of_two_branches_waits_for_the_other() {
    // Both summands are projections: only the second can take the sum along.
    let steps = check(&network(vec![
        ("stem", conv(3, 1, 1), vec![0]),
        ("left", conv(WIDTH, 1, 2), vec![1]),
        ("left_bn", NORM, vec![2]),
        ("right", conv(WIDTH, 3, 2), vec![1]),
        ("right_bn", NORM, vec![4]),
        ("add", Op::Add, vec![3, 5]),
    ]));
    assert_eq!(steps, ["stem", "left_bn", "add", "pool", "head"]);
}

#[test]
fn batch_norm_stays_where_it_cannot_fold() {
    // On the input, and behind a convolution that a second node reads too (the v2 layout).
    let steps = check(&network(vec![
        ("input_bn", Op::BatchNorm { channels: 3 }, vec![0]),
        ("conv1", conv(3, 3, 2), vec![1]),
        ("bn1", NORM, vec![2]),
        ("relu1", Op::Relu6, vec![3]),
        ("dw", depthwise(1), vec![4]),
        ("add", Op::Add, vec![5, 2]),
        ("relu2", Op::Relu6, vec![6]),
    ]));
    assert_eq!(steps, ["input_bn", "conv1", "relu1", "dw", "relu2", "pool", "head"]);
}

#[test]
fn an_activation_alone_and_a_sum_with_itself() {
    let steps = check(&network(vec![
        ("conv1", conv(3, 3, 1), vec![0]),
        ("relu1", Op::Relu6, vec![1]),
        ("relu2", Op::Relu6, vec![1]),
        ("add", Op::Add, vec![2, 2]),
        ("sum", Op::Add, vec![4, 3]),
        ("dw", depthwise(2), vec![5]),
    ]));
    assert_eq!(steps, ["conv1", "relu1", "relu2", "add", "sum", "dw", "pool", "head"]);
}

#[test]
fn relu_max_pool_and_biases() {
    // A bias that folds into the BatchNorm behind it, one that stays, and one of a depthwise convolution; pools that overlap and that do not.
    let biased =
        |in_channels, kernel, groups| Op::Conv { in_channels, out_channels: WIDTH, kernel, stride: 1, padding: kernel / 2, groups, bias: true };
    let steps = check(&network(vec![
        ("conv1", biased(3, 7, 1), vec![0]),
        ("bn1", NORM, vec![1]),
        ("relu1", Op::Relu, vec![2]),
        ("pool1", Op::MaxPool { kernel: 3, stride: 2, padding: 1 }, vec![3]),
        ("conv2", biased(WIDTH, 1, 1), vec![4]),
        ("add", Op::Add, vec![5, 4]),
        ("relu2", Op::Relu, vec![6]),
        ("dw", biased(WIDTH, 3, WIDTH), vec![7]),
        ("relu3", Op::Relu, vec![8]),
        ("pool2", Op::MaxPool { kernel: 2, stride: 2, padding: 0 }, vec![9]),
        ("relu4", Op::Relu, vec![10]),
    ]));
    assert_eq!(steps, ["relu1", "pool1", "relu2", "relu3", "pool2", "relu4", "pool", "head"]);
}

#[test]
fn graphs_that_no_kernel_runs_are_refused() {
    let refused = |network: &Network| {
        let error = Engine::new(network, &tensors(network), SIDE).unwrap_err();
        assert_eq!(error.kind(), dermdistill::ErrorKind::Argument, "{error}");
    };
    // Two groups of channels; a depthwise convolution of side 5; channels that do not fit; a node that reads itself.
    let stem = || ("stem", Op::Conv { in_channels: 3, out_channels: WIDTH, kernel: 1, stride: 1, padding: 0, groups: 1, bias: false }, vec![0]);
    let grouped = Op::Conv { in_channels: WIDTH, out_channels: WIDTH, kernel: 5, stride: 1, padding: 2, groups: WIDTH, bias: false };
    refused(&network(vec![stem(), ("five", grouped, vec![1])]));
    refused(&network(vec![stem(), ("narrow", conv(3, 1, 1), vec![1])]));
    refused(&network(vec![stem(), ("loop", Op::Relu6, vec![2])]));
    let mut blind = network(vec![stem()]);
    blind.taps.retain(|&(tap, _)| tap != "feats_7x7");
    refused(&blind);
}
