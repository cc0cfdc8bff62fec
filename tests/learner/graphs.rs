//! Networks that are no straight line: what a node reads is what it names, and engine and learner agree on any graph.

use candle_core::{Device, Tensor, Var};
use dermdistill::ErrorKind;
use dermdistill::engine::Engine;
use dermdistill::learner::{Model, Norms, Output, Pass};
use dermdistill::nn::{Network, Node, Op, Shape};

use crate::{generator, tensors, tolerance};

const SIDE: usize = 32;

/// Appends nodes to a network; each method returns the new node's position.
struct Draft {
    nodes: Vec<Node>,
    /// State of the choices; the same seed makes the same network.
    state: u32,
}

impl Draft {
    fn new(seed: u32) -> Self {
        Self { nodes: vec![Node { name: "input".into(), op: Op::Input { channels: 3 }, inputs: vec![] }], state: generator::mix(seed) }
    }

    fn push(&mut self, op: Op, inputs: Vec<usize>) -> usize {
        let name = format!("node{}", self.nodes.len());
        self.nodes.push(Node { name, op, inputs });
        self.nodes.len() - 1
    }

    /// One of 0 … `count` − 1.
    fn choose(&mut self, count: u32) -> u32 {
        self.state = generator::mix(self.state.wrapping_add(0x9E37_79B9));
        self.state % count
    }

    fn shape(&self, node: usize) -> Shape {
        Network { architecture: "test", nodes: self.nodes.clone(), taps: Vec::new() }.shapes((SIDE, SIDE)).unwrap()[node]
    }

    fn conv(&mut self, input: usize, out_channels: usize, kernel: usize, stride: usize) -> usize {
        let in_channels = self.shape(input).channels;
        let bias = self.choose(3) == 0;
        self.push(Op::Conv { in_channels, out_channels, kernel, stride, padding: kernel / 2, groups: 1, bias }, vec![input])
    }

    fn depthwise(&mut self, input: usize, stride: usize) -> usize {
        let channels = self.shape(input).channels;
        let op = Op::Conv { in_channels: channels, out_channels: channels, kernel: 3, stride, padding: 1, groups: channels, bias: false };
        self.push(op, vec![input])
    }

    fn norm(&mut self, input: usize) -> usize {
        let channels = self.shape(input).channels;
        self.push(Op::BatchNorm { channels }, vec![input])
    }

    fn activation(&mut self, input: usize) -> usize {
        let op = if self.choose(2) == 0 { Op::Relu } else { Op::Relu6 };
        self.push(op, vec![input])
    }

    fn norm_activation(&mut self, input: usize) -> usize {
        let norm = self.norm(input);
        self.activation(norm)
    }

    /// Post-activation: conv, norm, activation, conv, norm; plus the input or its projection; activation.
    fn block_v1(&mut self, input: usize, out: usize, stride: usize) -> usize {
        let inner = self.conv(input, 4, 1, 1);
        let inner = self.norm_activation(inner);
        let inner = self.conv(inner, out, 3, stride);
        let end = self.norm(inner);
        let beside = if stride == 1 && self.shape(input).channels == out {
            input
        } else {
            let projection = self.conv(input, out, 1, stride);
            self.norm(projection)
        };
        let inputs = if self.choose(2) == 0 { vec![end, beside] } else { vec![beside, end] };
        let sum = self.push(Op::Add, inputs);
        self.activation(sum)
    }

    /// Pre-activation: norm, activation, conv, norm, activation, conv; plus the input or a projection of its activated value.
    fn block_v2(&mut self, input: usize, out: usize, stride: usize) -> usize {
        let entry = self.norm_activation(input);
        let inner = self.conv(entry, 5, 1, 1);
        let inner = self.norm_activation(inner);
        let end = self.conv(inner, out, 3, stride);
        let beside = if stride == 1 && self.shape(input).channels == out { input } else { self.conv(entry, out, 1, stride) };
        self.push(Op::Add, vec![end, beside])
    }

    /// One more piece of network behind `input`.
    fn grow(&mut self, input: usize) -> usize {
        let channels = self.shape(input).channels;
        let stride = 1 + usize::from(self.shape(input).height > 4 && self.choose(2) == 0);
        let out = 4 + self.choose(3) as usize;
        match self.choose(9) {
            0 => self.block_v1(input, out, stride),
            1 => self.block_v2(input, out, stride),
            2 => self.block_v1(input, channels, 1),
            3 => self.block_v2(input, channels, 1),
            4 => {
                let wide = self.conv(input, 3 * channels, 1, 1);
                let wide = self.norm_activation(wide);
                let wide = self.depthwise(wide, stride);
                let wide = self.norm_activation(wide);
                let narrow = self.conv(wide, out, 1, 1);
                self.norm(narrow)
            }
            5 => self.push(Op::MaxPool { kernel: 3, stride, padding: 1 }, vec![input]),
            6 => self.norm_activation(input),
            7 => {
                // Two branches that nothing fuses: a sum of an activated and a plain value, read twice.
                let left = self.conv(input, out, 3, 1);
                let left = self.activation(left);
                let right = self.conv(input, out, 1, 1);
                let sum = self.push(Op::Add, vec![left, right]);
                let again = self.norm(sum);
                self.push(Op::Add, vec![again, sum])
            }
            _ => {
                let conv = self.conv(input, out, 3, stride);
                self.norm_activation(conv)
            }
        }
    }

    /// The network with a pool and a linear layer on top of `feats`; every `extra` node becomes a tap as well.
    fn finish(mut self, feats: usize, extra: Option<usize>) -> Network {
        let pool = self.push(Op::GlobalAvgPool, vec![feats]);
        let in_features = self.shape(pool).channels;
        let logits = self.push(Op::Linear { in_features, out_features: 4 }, vec![pool]);
        let mut taps = vec![("feats_7x7", feats), ("avg_pool", pool), ("logits", logits)];
        taps.extend(extra.map(|node| ("extra", node)));
        Network { architecture: "test", nodes: self.nodes, taps }
    }
}

fn random_network(seed: u32) -> Network {
    let mut draft = Draft::new(seed);
    let start = if draft.choose(2) == 0 { draft.norm(0) } else { 0 };
    let stem = draft.conv(start, 6, 3, 2);
    let mut at = draft.norm_activation(stem);
    let mut extra = None;
    for piece in 0..5 {
        at = draft.grow(at);
        if piece == 2 && draft.choose(2) == 0 {
            extra = Some(at);
        }
    }
    draft.finish(at, extra)
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn forward(model: &Model, images: &[f32], pass: Pass<'_>) -> Output {
    let count = images.len() / (SIDE * SIDE * 3);
    model.forward(&Tensor::from_slice(images, (count, SIDE, SIDE, 3), &Device::Cpu).unwrap(), pass).unwrap()
}

#[test]
fn a_pool_reads_the_node_it_names() {
    // input → conv 3→5, norm, ReLU6 (node 3) → conv 5→5, norm (node 5, a tap); the pool reads node 3.
    let mut draft = Draft::new(1);
    let stem = draft.conv(0, 5, 1, 1);
    let norm = draft.norm(stem);
    let feats = draft.push(Op::Relu6, vec![norm]);
    let beside = draft.conv(feats, 5, 1, 1);
    let beside = draft.norm(beside);
    let network = draft.finish(feats, Some(beside));
    let image = generator::images(4, 1, SIDE);
    let mut engine = Engine::new(&network, &tensors(&network), SIDE).unwrap();
    let expected = engine.forward(&image).unwrap().to_vec();
    let output = forward(&Model::new(&network, &tensors(&network)).unwrap(), &image, Pass::EVAL);
    let mean = numbers(&output.tap("extra").unwrap().mean((1, 2)).unwrap());
    assert_ne!(numbers(output.tap("avg_pool").unwrap()), mean, "the pool must not read the tap");
    compare(&expected, &numbers(output.tap("logits").unwrap()), "logits");
}

#[test]
fn engine_and_learner_agree_on_random_graphs() {
    for seed in 0..60 {
        let network = random_network(seed);
        let image = generator::images(seed, 1, SIDE);
        let mut engine = Engine::new(&network, &tensors(&network), SIDE).unwrap();
        let logits = engine.forward(&image).unwrap().to_vec();
        let output = forward(&Model::new(&network, &tensors(&network)).unwrap(), &image, Pass::EVAL);
        compare(&logits, &numbers(output.tap("logits").unwrap()), &format!("logits of network {seed}"));
        compare(engine.features(), &numbers(output.tap("feats_7x7").unwrap()), &format!("features of network {seed}"));
    }
}

fn compare(engine: &[f32], learner: &[f32], what: &str) {
    assert_eq!(engine.len(), learner.len(), "{what}");
    let scale = engine.iter().fold(1.0f32, |scale, x| scale.max(x.abs()));
    let worst = engine.iter().zip(learner).fold(0.0f32, |worst, (a, b)| worst.max((a - b).abs()));
    assert!(f64::from(worst / scale) <= tolerance::EXECUTORS, "{what}: {worst} of {scale}");
}

/// Σ logits · probe in f64 with `var` moved by `step` along `direction`.
fn moved(model: &Model, images: &[f32], pass: Pass<'_>, var: &Var, direction: &[f32], step: f32) -> f64 {
    let before = var.as_tensor().copy().unwrap();
    let direction = Tensor::from_slice(direction, var.shape(), &Device::Cpu).unwrap();
    var.set(&(&before + (direction * f64::from(step)).unwrap()).unwrap()).unwrap();
    let value = probed(&numbers(forward(model, images, pass).tap("logits").unwrap()));
    var.set(&before).unwrap();
    value
}

fn probe(count: usize) -> Vec<f32> {
    generator::uniform(77, count).collect()
}

fn probed(logits: &[f32]) -> f64 {
    logits.iter().zip(probe(logits.len())).map(|(z, p)| f64::from(*z) * f64::from(p)).sum()
}

/// A pass that is watched has every chain as an op of its own; one that is not joins those that follow each other.
#[test]
fn chains_joined_give_the_bits_of_chains_apart() {
    for seed in 0..8 {
        let network = random_network(seed);
        let model = Model::new(&network, &tensors(&network)).unwrap();
        let input = Tensor::from_vec(generator::images(seed, 2, SIDE), (2, SIDE, SIDE, 3), &Device::Cpu).unwrap();
        let mut shown = 0;
        let apart = model.forward_traced(&input, Pass::TRAIN, &mut |_, _| shown += 1).unwrap();
        let joined = model.forward(&input, Pass::TRAIN).unwrap();
        assert!(shown > network.taps.len(), "seed {seed}: nothing to join");
        assert_eq!(joined.statistics, apart.statistics, "seed {seed}");
        let gradients = [joined, apart].map(|output| {
            let logits = output.tap("logits").unwrap();
            let probe = Tensor::from_vec(probe(logits.elem_count()), logits.shape(), &Device::Cpu).unwrap();
            let gradients = output.gradients(&(logits * probe).unwrap().sum_all().unwrap()).unwrap();
            model.parameters().trained().into_iter().map(|(name, var)| (name, numbers(gradients.get(&var).unwrap()))).collect::<Vec<_>>()
        });
        assert_eq!(gradients[0], gradients[1], "seed {seed}");
    }
}

#[test]
fn gradients_of_random_graphs_match_finite_differences() {
    let (mut compared, mut off) = (0, Vec::new());
    for seed in 0..16 {
        let network = random_network(seed);
        let model = Model::new(&network, &tensors(&network)).unwrap();
        let images = generator::images(seed, 2, SIDE);
        for pass in [Pass::TRAIN, Pass { norms: Norms::Running, ..Pass::TRAIN }] {
            let output = forward(&model, &images, pass);
            let logits = output.tap("logits").unwrap();
            let probe = Tensor::from_vec(probe(logits.elem_count()), logits.shape(), &Device::Cpu).unwrap();
            let gradients = output.gradients(&(logits * probe).unwrap().sum_all().unwrap()).unwrap();
            for (name, var) in &model.parameters().trained() {
                let gradient = numbers(gradients.get(var).unwrap());
                let norm = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
                // Along the gradient itself, where the slope is its norm: a wrong element shows as a smaller one.
                let direction: Vec<f32> = gradient.iter().map(|g| (f64::from(*g) / norm.max(1e-12)) as f32).collect();
                let step = 2e-3;
                let slope = (moved(&model, &images, pass, var, &direction, step) - moved(&model, &images, pass, var, &direction, -step)) / 4e-3;
                compared += 1;
                if (slope - norm).abs() > tolerance::GRAPH_DIFFERENCE * norm + tolerance::DIFFERENCE_NOISE {
                    off.push(format!("network {seed} {:?} {name}: {slope} {norm}", pass.norms));
                }
            }
        }
    }
    // A step may carry a value over a knee or to another of a window's largest; a wrong backward shows in every network.
    assert!(off.len() * 100 <= compared, "{} of {compared}: {off:#?}", off.len());
}

#[test]
fn networks_that_do_not_fit_are_refused_by_both_executors() {
    let refused = |network: &Network| {
        let all = tensors(network);
        assert_eq!(Engine::new(network, &all, SIDE).unwrap_err().kind(), ErrorKind::Argument);
        assert_eq!(Model::new(network, &all).unwrap_err().kind(), ErrorKind::Argument);
    };
    // A residual pointwise chain 4→8; a sum of two sizes; two groups of channels; a depthwise convolution of side 5.
    let build = |broken: &dyn Fn(&mut Draft, usize) -> usize| {
        let mut draft = Draft::new(3);
        let stem = draft.conv(0, 4, 1, 1);
        let at = draft.norm_activation(stem);
        let end = broken(&mut draft, at);
        let pool = draft.push(Op::GlobalAvgPool, vec![end]);
        let logits = draft.push(Op::Linear { in_features: 4, out_features: 4 }, vec![pool]);
        Network { architecture: "test", nodes: draft.nodes, taps: vec![("feats_7x7", end), ("avg_pool", pool), ("logits", logits)] }
    };
    refused(&build(&|draft, at| {
        let wide = draft.conv(at, 8, 1, 1);
        draft.push(Op::Add, vec![wide, at])
    }));
    refused(&build(&|draft, at| {
        let small = draft.conv(at, 4, 3, 2);
        draft.push(Op::Add, vec![small, at])
    }));
    for (kernel, groups) in [(3, 2), (5, 4)] {
        let op = Op::Conv { in_channels: 4, out_channels: 4, kernel, stride: 1, padding: kernel / 2, groups, bias: false };
        refused(&build(&|draft, at| draft.push(op.clone(), vec![at])));
    }
    let small = Tensor::zeros((1, 1, 1, 3), candle_core::DType::F32, &Device::Cpu).unwrap();
    let mut draft = Draft::new(3);
    let stem = draft.push(Op::Conv { in_channels: 3, out_channels: 4, kernel: 3, stride: 1, padding: 0, groups: 1, bias: false }, vec![0]);
    let network = draft.finish(stem, None);
    let error = Model::new(&network, &tensors(&network)).unwrap().forward(&small, Pass::EVAL).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
}
