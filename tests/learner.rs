//! The learner against PyTorch: taps layer by layer, gradients, five SGD steps.
#![allow(clippy::unwrap_used)] // a helper that fails is a test that fails

#[path = "common/generator.rs"]
mod generator;
#[path = "common/golden.rs"]
mod golden;
#[path = "common/tolerance.rs"]
mod tolerance;

use candle_core::{Device, Tensor};
use dermdistill::learner::{Mode, Model, Schedule, SgdConfig, Trainer, TrainerConfig};
use dermdistill::nn::{Network, mobilenet_v2};
use dermdistill::weights::{Tensor as Stored, Tensors};

fn tensors(network: &Network) -> Tensors {
    generator::parameters(network).into_iter().map(|(p, data)| (p.name, Stored { shape: p.shape, data })).collect()
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
            .forward_traced(&input, Mode::Eval, &mut |name, value| {
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
        let learner: Vec<f32> = model.forward(&input, Mode::Eval).unwrap().logits.flatten_all().unwrap().to_vec1().unwrap();
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
    let config = TrainerConfig {
        sgd: SgdConfig { momentum: 0.9, weight_decay: 1e-3, nesterov: false },
        schedule: Schedule::Constant { rate: 0.01 },
        class_weights: vec![1.0; 8],
        label_smoothing: 0.0,
        average: None,
        mode: Mode::Train,
    };
    let mut trainer = Trainer::new(Model::new(&network, &before).unwrap(), config).unwrap();
    for (step, expected) in golden.loss.iter().enumerate() {
        let stream = golden.first_stream + step as u32;
        let images = generator::images(stream, golden.count, golden.side);
        let report = trainer.step(images, &generator::labels(stream, golden.count, 8), golden.side).unwrap();
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
