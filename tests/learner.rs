//! The learner against PyTorch: taps layer by layer, gradients, five SGD steps.
#![allow(clippy::unwrap_used)] // a helper that fails is a test that fails

#[path = "common/generator.rs"]
mod generator;
#[path = "common/golden.rs"]
mod golden;
#[path = "common/tolerance.rs"]
mod tolerance;

#[path = "learner/graphs.rs"]
mod graphs;
#[path = "learner/parts.rs"]
mod parts;
#[path = "learner/resnet.rs"]
mod resnet;
#[path = "learner/resnet50.rs"]
mod resnet50;

use candle_core::{Device, Tensor};
use dermdistill::distill::Supervised;
use dermdistill::learner::{Batch, Model, Norms, Pass, Schedule, SgdConfig, Trainer, TrainerConfig};
use dermdistill::nn::{Network, mobilenet_v2};
use dermdistill::weights::{Tensor as Stored, Tensors};

fn tensors(network: &Network) -> Tensors {
    generator::parameters(network).into_iter().map(|(p, data)| (p.name, Stored { shape: p.shape, data })).collect()
}

/// Plain SGD, as the script of the golden values has it.
fn plain_sgd(model: Model) -> Trainer {
    let sgd = SgdConfig { momentum: 0.9, weight_decay: 1e-3, nesterov: false };
    Trainer::new(model, sgd, TrainerConfig { schedule: Schedule::Constant { rate: 0.01 }, average: None, norms: Norms::Batch }).unwrap()
}

/// Plain cross-entropy.
fn labels_alone() -> Supervised {
    Supervised::new(vec![1.0; 8], 0.0).unwrap()
}

/// The generated images and labels of a stream, one view each.
fn batch(stream: u32, count: usize, side: usize) -> Batch {
    Batch::new(generator::images(stream, count, side), generator::labels(stream, count, 8), (0..count).collect(), 1, side).unwrap()
}

#[test]
fn evaluation_matches_pytorch_layer_by_layer() {
    let network = mobilenet_v2(8);
    let model = Model::new(&network, &tensors(&network)).unwrap();
    for case in golden::eval().cases {
        let images = generator::images(case.stream, case.count, case.side);
        let input = Tensor::from_vec(images, (case.count, case.side, case.side, 3), &Device::Cpu).unwrap();
        let mut compared = 0;
        model
            .forward_traced(&input, Pass::EVAL, &mut |name, value| {
                let name = if name == "classifier.1" { "logits" } else { name };
                let block = name.split('.').take(2).collect::<Vec<_>>().join(".");
                if let Some(expected) = case.tensors.get(&block).or_else(|| case.tensors.get(name)) {
                    let value: Vec<f32> = value.flatten_all().unwrap().to_vec1().unwrap();
                    let error = expected.error(&value);
                    println!("{name}: {error:.2e}");
                    assert!(error <= tolerance::LEARNER_LAYER, "{name}: {error}");
                    compared += 1;
                }
            })
            .unwrap();
        assert_eq!(compared, 20, "17 blocks, the last convolution, the pool and the logits");
    }
}

#[test]
fn engine_and_learner_give_the_same_logits() {
    let network = mobilenet_v2(8);
    let tensors = tensors(&network);
    let model = Model::new(&network, &tensors).unwrap();
    for side in [64, 224] {
        let image = generator::images(11, 1, side);
        let input = Tensor::from_slice(&image, (1, side, side, 3), &Device::Cpu).unwrap();
        let learner: Vec<f32> = model.forward(&input, Pass::EVAL).unwrap().tap("logits").unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let mut engine = dermdistill::engine::Engine::new(&network, &tensors, side).unwrap();
        let worst = engine.forward(&image).unwrap().iter().zip(&learner).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{side} px: {worst:.1e}");
        assert!(f64::from(worst) <= tolerance::GOLDEN_LOGITS, "{side} px: {worst}");
    }
}

#[test]
fn five_steps_match_pytorch() {
    let network = mobilenet_v2(8);
    let before = tensors(&network);
    let golden = golden::train();
    let mut trainer = plain_sgd(Model::new(&network, &before).unwrap());
    for (step, expected) in golden.loss.iter().enumerate() {
        let stream = golden.first_stream + step as u32;
        let report = trainer.step(&batch(stream, golden.count, golden.side), &mut labels_alone()).unwrap();
        println!("loss {} expected {expected}", report.loss);
        assert!((report.loss - expected).abs() <= tolerance::STEP_LOSS * expected.abs().max(1.0));
    }
    let after = trainer.model().tensors().unwrap();
    let mut worst = (0.0, 0.0);
    for (name, tensor) in &after {
        let error = golden.after[name].error(&tensor.data);
        let change: Vec<f32> = tensor.data.iter().zip(&before[name].data).map(|(a, b)| a - b).collect();
        let change = golden.change[name].error(&change);
        worst = (error.max(worst.0), change.max(worst.1));
        assert!(error <= tolerance::STEP_TENSOR && change <= tolerance::STEP_CHANGE, "{name}: {error} {change}");
    }
    println!("worst tensor {:.2e}, worst change {:.2e}", worst.0, worst.1);
}
