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

use dermdistill::learner::{Mode, Model, Schedule, SgdConfig, Trainer, TrainerConfig};
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

fn config() -> TrainerConfig {
    TrainerConfig {
        sgd: SgdConfig { momentum: 0.9, weight_decay: 1e-3, nesterov: false },
        schedule: Schedule::Constant { rate: 0.05 },
        class_weights: vec![1.0; 8],
        label_smoothing: 0.0,
        average: None,
        mode: Mode::Train,
    }
}

fn trainer(network: &Network, config: TrainerConfig) -> Trainer {
    Trainer::new(Model::new(network, &tensors(network)).unwrap(), config).unwrap()
}

/// A step on the images and labels of stream `stream`.
fn step(trainer: &mut Trainer, stream: u32) {
    let (count, side) = (3, 8);
    trainer.step(generator::images(stream, count, side), &generator::labels(stream, count, 8), side, None).unwrap();
}
