//! The rules of a training one by one: its loss, schedules, momentum and average against PyTorch (`tests/golden/training.py`) or their formula,
//! constants that are refused, and a state that is taken whole or not at all.
#![allow(clippy::unwrap_used)] // a helper that fails is a test that fails

#[path = "common/generator.rs"]
mod generator;
#[path = "common/golden.rs"]
mod golden;
#[path = "training/init.rs"]
mod init;
#[path = "training/rules.rs"]
mod rules;
#[path = "training/state.rs"]
mod state;
#[path = "common/tolerance.rs"]
mod tolerance;

use dermdistill::distill::Supervised;
use dermdistill::learner::{Batch, Model, Norms, Schedule, SgdConfig, Trainer, TrainerConfig};
use dermdistill::nn::{Network, Node, Op};
use dermdistill::weights::{Tensor, Tensors};

/// A convolution, its norm and activation, and a classifier: a network whose steps take no time.
fn small() -> Network {
    let conv = Op::Conv { in_channels: 3, out_channels: 4, kernel: 3, stride: 2, padding: 1, groups: 1, bias: false };
    let classifier = Op::Linear { in_features: 4, out_features: 8 };
    let ops = [
        ("input", Op::Input { channels: 3 }),
        ("conv", conv),
        ("norm", Op::BatchNorm { channels: 4 }),
        ("activation", Op::Relu6),
        ("avg_pool", Op::GlobalAvgPool),
        ("classifier", classifier),
    ];
    let reads = |index: usize| index.checked_sub(1).into_iter().collect();
    let nodes = ops.into_iter().enumerate().map(|(index, (name, op))| Node { name: name.into(), op, inputs: reads(index) }).collect();
    Network { architecture: "test", nodes, taps: vec![("feats_7x7", 3), ("avg_pool", 4), ("logits", 5)] }
}

fn tensors(network: &Network) -> Tensors {
    generator::parameters(network).into_iter().map(|(p, data)| (p.name, Tensor { shape: p.shape, data })).collect()
}

const SGD: SgdConfig = SgdConfig { momentum: 0.9, weight_decay: 1e-3, nesterov: false };

fn config() -> TrainerConfig {
    TrainerConfig { schedule: Schedule::Constant { rate: 0.05 }, average: None, norms: Norms::Batch }
}

fn trainer(network: &Network, config: TrainerConfig) -> Trainer {
    Trainer::new(Model::new(network, &tensors(network)).unwrap(), SGD, config).unwrap()
}

/// A step on `count` images and labels of stream `stream`.
fn step_on(trainer: &mut Trainer, stream: u32, count: usize, side: usize) {
    let labels = generator::labels(stream, count, 8);
    let batch = Batch::new(generator::images(stream, count, side), labels, (0..count).collect(), 1, side).unwrap();
    trainer.step(&batch, &mut Supervised::new(vec![1.0; 8], 0.0).unwrap()).unwrap();
}

fn step(trainer: &mut Trainer, stream: u32) {
    step_on(trainer, stream, 3, 8);
}
