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
#[path = "learner/resnet.rs"]
mod resnet;

use candle_core::{Device, Tensor};
use dermdistill::learner::{Mode, Model, Schedule, SgdConfig, Teacher, Trainer, TrainerConfig, cross_entropy, soft_cross_entropy};
use dermdistill::nn::{Network, mobilenet_v2};
use dermdistill::weights::{Tensor as Stored, Tensors};

fn tensors(network: &Network) -> Tensors {
    generator::parameters(network).into_iter().map(|(p, data)| (p.name, Stored { shape: p.shape, data })).collect()
}

/// Plain SGD on plain cross-entropy, as the script of the golden values has it.
fn plain_sgd() -> TrainerConfig {
    TrainerConfig {
        sgd: SgdConfig { momentum: 0.9, weight_decay: 1e-3, nesterov: false },
        schedule: Schedule::Constant { rate: 0.01 },
        class_weights: vec![1.0; 8],
        label_smoothing: 0.0,
        average: None,
        mode: Mode::Train,
    }
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
        let learner: Vec<f32> = model.forward(&input, Mode::Eval).unwrap().tap("logits").unwrap().flatten_all().unwrap().to_vec1().unwrap();
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
    let mut trainer = Trainer::new(Model::new(&network, &before).unwrap(), plain_sgd()).unwrap();
    for (step, expected) in golden.loss.iter().enumerate() {
        let stream = golden.first_stream + step as u32;
        let images = generator::images(stream, golden.count, golden.side);
        let report = trainer.step(images, &generator::labels(stream, golden.count, 8), golden.side, None).unwrap();
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

/// Any logits and rows of probabilities, the same on every run.
fn rows(count: usize) -> (Vec<f32>, Vec<f32>, Vec<usize>) {
    let logits: Vec<f32> = (0..count * 8).map(|i| ((i * 37 % 23) as f32 - 11.0) / 5.0).collect();
    let raw: Vec<f32> = (0..count * 8).map(|i| ((i * 29 % 17) as f32 + 1.0) / 17.0).collect();
    let teacher = raw.chunks(8).flat_map(|row| row.iter().map(|x| x / row.iter().sum::<f32>())).collect();
    (logits, teacher, (0..count).map(|i| i * 3 % 8).collect())
}

#[test]
fn soft_cross_entropy_is_its_formula() {
    let (logits, teacher, labels) = rows(5);
    let weights: Vec<f32> = (1..=8).map(|w| w as f32 / 2.0).collect();
    let (mut sum, mut total) = (0.0f64, 0.0f64);
    for ((z, t), &label) in logits.chunks(8).zip(teacher.chunks(8)).zip(&labels) {
        let norm = z.iter().map(|&z| f64::from(z).exp()).sum::<f64>().ln();
        let w = f64::from(weights[label]);
        sum += w * z.iter().zip(t).map(|(&z, &t)| f64::from(t) * (norm - f64::from(z))).sum::<f64>();
        total += w;
    }
    let z = Tensor::from_vec(logits, (5, 8), &Device::Cpu).unwrap();
    let loss = soft_cross_entropy(&z, &teacher, &labels, &weights).unwrap().to_scalar::<f32>().unwrap();
    assert!((f64::from(loss) - sum / total).abs() <= tolerance::STEP_LOSS, "{loss} {}", sum / total);
    // A teacher that is certain of the label says what the label says.
    let certain: Vec<f32> = labels.iter().flat_map(|&label| (0..8).map(move |class| f32::from(u8::from(class == label)))).collect();
    let soft = soft_cross_entropy(&z, &certain, &labels, &weights).unwrap().to_scalar::<f32>().unwrap();
    let hard = cross_entropy(&z, &labels, &weights, 0.0).unwrap().to_scalar::<f32>().unwrap();
    assert!(f64::from((soft - hard).abs()) <= tolerance::STEP_LOSS, "{soft} {hard}");
    for (teacher, labels) in [(&teacher[1..], &labels[..]), (&teacher[..], &labels[1..]), (&teacher[..], &[9usize; 5][..])] {
        assert!(soft_cross_entropy(&z, teacher, labels, &weights).is_err());
    }
}

#[test]
fn a_teacher_of_share_zero_changes_nothing_and_of_share_one_replaces_the_labels() {
    let network = mobilenet_v2(8);
    let (_, answers, labels) = rows(2);
    let after = |teacher: Option<Teacher<'_>>, labels: &[usize]| {
        let mut trainer = Trainer::new(Model::new(&network, &tensors(&network)).unwrap(), plain_sgd()).unwrap();
        let report = trainer.step(generator::images(3, 2, 32), labels, 32, teacher)?;
        Ok::<_, dermdistill::Error>((report.loss, trainer.model().tensors()?))
    };
    let teacher = |share| Some(Teacher { probabilities: &answers, share });
    let plain = after(None, &labels).unwrap();
    assert_eq!(after(teacher(0.0), &labels).unwrap().1, plain.1, "share 0");
    let (other, one) = ([7, 7], after(teacher(1.0), &labels).unwrap());
    assert_ne!(one.1, plain.1);
    assert_eq!(after(teacher(1.0), &other).unwrap().0, one.0, "with equal weights the labels no longer count");
    let half = after(teacher(0.5), &labels).unwrap().0;
    assert!((half - (plain.0 + one.0) / 2.0).abs() <= tolerance::STEP_LOSS, "{half} {} {}", plain.0, one.0);
    assert!(after(teacher(1.5), &labels).is_err());
}
