//! Small ResNets of both kinds against PyTorch (`tests/golden/resnet_blocks.py`): outputs of both executors, gradients, running statistics.

use candle_core::{Device, Tensor};
use dermdistill::distill::cross_entropy;
use dermdistill::engine::Engine;
use dermdistill::learner::{Model, Pass};
use dermdistill::nn::{Network, Node, Op};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::golden::Fingerprint;
use crate::{generator, golden, tensors, tolerance};

/// (inputs, inner, outputs, stride) of each block, as in the script.
const BLOCKS: [(usize, usize, usize, usize); 4] = [(8, 6, 12, 1), (12, 6, 12, 1), (12, 8, 16, 2), (16, 8, 16, 1)];

/// `resnet_blocks.json`.
#[derive(Deserialize)]
struct Golden {
    count: usize,
    side: usize,
    stream: u32,
    networks: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
struct Expected {
    loss: f64,
    outputs: BTreeMap<String, Fingerprint>,
    gradients: BTreeMap<String, Fingerprint>,
    running: BTreeMap<String, Fingerprint>,
}

/// Nodes in the order in which PyTorch registers them, so that tensor i is the same in both languages.
struct Draft(Vec<Node>);

impl Draft {
    fn push(&mut self, name: &str, op: Op, inputs: &[usize]) -> usize {
        self.0.push(Node { name: name.into(), op, inputs: inputs.to_vec() });
        self.0.len() - 1
    }

    fn conv(&mut self, name: &str, input: usize, (in_channels, out_channels): (usize, usize), (kernel, stride): (usize, usize)) -> usize {
        self.push(name, Op::Conv { in_channels, out_channels, kernel, stride, padding: kernel / 2, groups: 1, bias: false }, &[input])
    }

    fn norm(&mut self, name: &str, input: usize, channels: usize) -> usize {
        self.push(name, Op::BatchNorm { channels }, &[input])
    }

    fn norm_relu(&mut self, name: &str, input: usize, channels: usize) -> usize {
        let norm = self.norm(name, input, channels);
        self.push(&format!("{name}.relu"), Op::Relu, &[norm])
    }

    fn post(&mut self, name: &str, x: usize, (inputs, inner, outputs, stride): (usize, usize, usize, usize)) -> usize {
        let y = self.conv(&format!("{name}.conv1"), x, (inputs, inner), (1, 1));
        let y = self.norm_relu(&format!("{name}.bn1"), y, inner);
        let y = self.conv(&format!("{name}.conv2"), y, (inner, inner), (3, stride));
        let y = self.norm_relu(&format!("{name}.bn2"), y, inner);
        let y = self.conv(&format!("{name}.conv3"), y, (inner, outputs), (1, 1));
        let y = self.norm(&format!("{name}.bn3"), y, outputs);
        let beside = if stride != 1 || inputs != outputs {
            let projection = self.conv(&format!("{name}.downsample.0"), x, (inputs, outputs), (1, stride));
            self.norm(&format!("{name}.downsample.1"), projection, outputs)
        } else {
            x
        };
        let sum = self.push(&format!("{name}.add"), Op::Add, &[y, beside]);
        self.push(&format!("{name}.relu"), Op::Relu, &[sum])
    }

    fn pre(&mut self, name: &str, x: usize, (inputs, inner, outputs, stride): (usize, usize, usize, usize)) -> usize {
        let entry = self.norm_relu(&format!("{name}.bn1"), x, inputs);
        let y = self.conv(&format!("{name}.conv1"), entry, (inputs, inner), (1, 1));
        let y = self.norm_relu(&format!("{name}.bn2"), y, inner);
        let y = self.conv(&format!("{name}.conv2"), y, (inner, inner), (3, stride));
        let y = self.norm_relu(&format!("{name}.bn3"), y, inner);
        let y = self.conv(&format!("{name}.conv3"), y, (inner, outputs), (1, 1));
        let projected = stride != 1 || inputs != outputs;
        let beside = if projected { self.conv(&format!("{name}.downsample"), entry, (inputs, outputs), (1, stride)) } else { x };
        self.push(&format!("{name}.add"), Op::Add, &[y, beside])
    }
}

fn network(kind: &str) -> Network {
    let mut draft = Draft(vec![Node { name: "input".into(), op: Op::Input { channels: 3 }, inputs: vec![] }]);
    let pre = kind == "v2";
    let first = if pre { draft.norm("bn_data", 0, 3) } else { 0 };
    let stem = draft.conv("conv1", first, (3, 8), (7, 2));
    let stem = draft.norm_relu("bn1", stem, 8);
    let mut at = draft.push("maxpool", Op::MaxPool { kernel: 3, stride: 2, padding: 1 }, &[stem]);
    for (index, block) in BLOCKS.into_iter().enumerate() {
        let name = format!("blocks.{index}");
        at = if pre { draft.pre(&name, at, block) } else { draft.post(&name, at, block) };
    }
    let feats = if pre { draft.norm_relu("bn_last", at, 16) } else { at };
    let pool = draft.push("avg_pool", Op::GlobalAvgPool, &[feats]);
    let logits = draft.push("fc", Op::Linear { in_features: 16, out_features: 8 }, &[pool]);
    Network { architecture: "test", nodes: draft.0, taps: vec![("feats_7x7", feats), ("avg_pool", pool), ("logits", logits)] }
}

fn compare(name: &str, expected: &Fingerprint, ours: &[f32], tolerance: f64) {
    let error = expected.error(ours);
    println!("{name}: {error:.1e} (PyTorch's own f32 {:.1e})", expected.f32_error);
    assert!(error <= tolerance, "{name}: {error}");
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn blocks_of_both_kinds_match_pytorch() {
    let golden: Golden = golden::read("resnet_blocks.json");
    let images = generator::images(golden.stream, golden.count, golden.side);
    let input = Tensor::from_slice(&images, (golden.count, golden.side, golden.side, 3), &Device::Cpu).unwrap();
    for (kind, expected) in &golden.networks {
        let network = network(kind);
        let model = Model::new(&network, &tensors(&network)).unwrap();
        let output = model.forward(&input, Pass::EVAL).unwrap();
        for (tap, expected) in &expected.outputs {
            compare(&format!("{kind} {tap}"), expected, &numbers(output.tap(tap).unwrap()), tolerance::GOLDEN_BLOCK);
        }
        let output = model.forward(&input, Pass::TRAIN).unwrap();
        let labels = generator::labels(golden.stream, golden.count, 8);
        let loss = cross_entropy(output.tap("logits").unwrap(), &labels, &[1.0; 8], 0.0).unwrap();
        let value = f64::from(loss.to_scalar::<f32>().unwrap());
        assert!((value - expected.loss).abs() <= tolerance::STEP_LOSS * expected.loss, "{kind}: {value} {}", expected.loss);
        let gradients = output.gradients(&loss).unwrap();
        assert_eq!(expected.gradients.len(), model.parameters().trained().len(), "every tensor has its gradient");
        for (name, var) in &model.parameters().trained() {
            // The gradient of a β whose shift the next BatchNorm takes away is rounding alone.
            let gradient = numbers(gradients.get(var).unwrap());
            compare(&format!("{kind} gradient of {name}"), &expected.gradients[name], &gradient, tolerance::STEP_CHANGE);
        }
        model.update_running(&output.statistics).unwrap();
        let after = model.tensors().unwrap();
        for (name, expected) in &expected.running {
            compare(&format!("{kind} {name}"), expected, &after[name].data, tolerance::GOLDEN_BLOCK);
        }
    }
}

#[test]
fn the_engine_gives_the_learners_logits() {
    for kind in ["v1", "v2"] {
        let network = network(kind);
        let image = generator::images(5, 1, 64);
        let mut engine = Engine::new(&network, &tensors(&network), 64).unwrap();
        let input = Tensor::from_slice(&image, (1, 64, 64, 3), &Device::Cpu).unwrap();
        let model = Model::new(&network, &tensors(&network)).unwrap();
        let learner = numbers(model.forward(&input, Pass::EVAL).unwrap().tap("logits").unwrap());
        let scale = learner.iter().fold(1.0f32, |scale, x| scale.max(x.abs()));
        let worst = engine.forward(&image).unwrap().iter().zip(&learner).fold(0.0f32, |worst, (a, b)| worst.max((a - b).abs()));
        assert!(f64::from(worst / scale) <= tolerance::EXECUTORS, "{kind}: {worst} of {scale}");
    }
}
