//! What a step computes: loss, rate, momentum, average.

use candle_core::{Device, Tensor, Var};
use candle_nn::Optimizer;
use dermdistill::distill::cross_entropy;
use dermdistill::learner::{Model, Schedule, Sgd, SgdConfig, Trainer, TrainerConfig};
use dermdistill::nn::mobilenet_v2;
use dermdistill::{Error, ErrorKind};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::{SGD, config, golden, small, step, step_on, tensors, tolerance, trainer};

#[derive(Deserialize)]
struct Golden {
    smoothing: Vec<Smoothing>,
    cosine: Cosine,
    plateau: Plateau,
    nesterov: Nesterov,
    average: Average,
}

#[derive(Deserialize)]
struct Smoothing {
    epsilon: f64,
    loss: f64,
    gradient: Vec<f64>,
}

#[derive(Deserialize)]
struct Cosine {
    peak: f64,
    floor: f64,
    warmup: usize,
    steps: usize,
    rates: Vec<f64>,
}

#[derive(Deserialize)]
struct Plateau {
    rate: f64,
    factor: f64,
    patience: usize,
    floor: f64,
    losses: Vec<String>,
    rates: Vec<f64>,
}

#[derive(Deserialize)]
struct Nesterov {
    momentum: f64,
    weight_decay: f64,
    rate: f64,
    theta: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Average {
    keep: f64,
    /// By name, after each step.
    tensors: Vec<BTreeMap<String, Vec<f64>>>,
}

fn expected() -> Golden {
    serde_json::from_str(include_str!("../golden/training.json")).unwrap()
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance::STEP_LOSS * expected.abs().max(1.0), "{what}: {found} instead of {expected}");
}

#[test]
fn label_smoothing_is_pytorchs() {
    let logits: Vec<f32> = (0..40).map(|i| ((i * 37 % 23) as f32 - 11.0) / 5.0).collect();
    let labels: Vec<usize> = (0..5).map(|i| i * 3 % 8).collect();
    let weights: Vec<f64> = (1..=8).map(|w| f64::from(w) / 2.0).collect();
    for Smoothing { epsilon, loss, gradient } in expected().smoothing {
        let z = Var::from_slice(&logits, (5, 8), &Device::Cpu).unwrap();
        let found = cross_entropy(&z, &labels, &weights, epsilon).unwrap();
        assert_close(f64::from(found.to_scalar::<f32>().unwrap()), loss, "loss");
        let found: Vec<f32> = found.backward().unwrap().get(&z).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(found.len(), gradient.len());
        found.iter().zip(gradient).for_each(|(&found, expected)| assert_close(f64::from(found), expected, &format!("gradient at {epsilon}")));
    }
}

#[test]
fn the_cosine_is_pytorchs() {
    let Cosine { peak, floor, warmup, steps, rates } = expected().cosine;
    let schedule = Schedule::Cosine { peak, floor, warmup, steps };
    for (step, expected) in rates.into_iter().enumerate() {
        let found = schedule.rate(step);
        assert!((found - expected).abs() <= tolerance::RATE * peak, "step {step}: {found} instead of {expected}");
    }
    assert_eq!((schedule.rate(steps), schedule.rate(usize::MAX)), (floor, floor));
    assert_eq!(Schedule::Cosine { peak, floor, warmup: 0, steps: 0 }.rate(0), peak, "no steps at all");
}

#[test]
fn the_plateau_is_pytorchs() {
    let Plateau { rate, factor, patience, floor, losses, rates } = expected().plateau;
    let mut schedule = Schedule::Plateau { rate, factor, patience, floor, best: f64::INFINITY, waited: 0 };
    for (epoch, (loss, expected)) in losses.iter().zip(rates).enumerate() {
        schedule.epoch_ended(loss.parse().unwrap());
        let found = schedule.rate(0);
        assert!((found - expected).abs() <= tolerance::RATE * rate, "epoch {epoch}, loss {loss}: {found} instead of {expected}");
    }
}

#[test]
fn nesterovs_look_ahead_is_pytorchs() {
    let Nesterov { momentum, weight_decay, rate, theta } = expected().nesterov;
    let start: Vec<f32> = (0..6).map(|i| 1.0 - i as f32 / 2.0).collect();
    let vars = BTreeMap::from([("theta".to_owned(), Var::from_vec(start, 6, &Device::Cpu).unwrap())]);
    let mut sgd = Sgd::named(vars.clone(), SgdConfig { momentum, weight_decay, nesterov: true });
    sgd.set_learning_rate(rate);
    let curvature = Tensor::from_vec((0..6).map(|i| (i + 1) as f32 / 4.0).collect::<Vec<_>>(), 6, &Device::Cpu).unwrap();
    for (step, expected) in theta.into_iter().enumerate() {
        let x = vars["theta"].as_tensor();
        let loss = ((&curvature * x.sqr().unwrap()).unwrap() - (x / 2.0).unwrap()).unwrap().sum_all().unwrap();
        sgd.step(&loss.backward().unwrap()).unwrap();
        let found: Vec<f32> = vars["theta"].to_vec1().unwrap();
        assert_eq!(found.len(), expected.len());
        found.iter().zip(expected).for_each(|(&found, expected)| assert_close(f64::from(found), expected, &format!("step {step}")));
    }
}

/// PyTorch's exponential average with the decay min(keep, n / (n + 10)) after step n, of the running statistics as of the weights.
#[test]
fn the_average_is_pytorchs() {
    let (network, Average { keep, tensors }) = (small(), expected().average);
    let mut trainer = trainer(&network, TrainerConfig { average: Some(keep), ..config() });
    for (n, expected) in (1..).zip(tensors) {
        step(&mut trainer, n);
        let averaged = trainer.averaged().unwrap();
        assert!(averaged.keys().eq(expected.keys()), "{:?}", averaged.keys());
        for (name, tensor) in averaged {
            assert_eq!(tensor.data.len(), expected[&name].len(), "{name}");
            let values = tensor.data.iter().zip(&expected[&name]);
            values.for_each(|(&found, &expected)| assert_close(f64::from(found), expected, &format!("step {n}: {name}")));
        }
    }
    assert_ne!(trainer.averaged().unwrap(), trainer.model().tensors().unwrap());
}

/// After one step from rest the velocity is the gradient, where no weight decays.
#[test]
fn the_first_gradients_are_pytorchs() {
    let network = mobilenet_v2(8);
    let golden = golden::train();
    let plain = SgdConfig { momentum: 0.9, weight_decay: 0.0, nesterov: false };
    let model = Model::new(&network, &tensors(&network)).unwrap();
    let mut trainer = Trainer::new(model, plain, config()).unwrap();
    step_on(&mut trainer, golden.first_stream, golden.count, golden.side);
    let velocity = trainer.state().unwrap().tensors;
    assert_eq!(golden.gradients.len(), trainer.model().parameters().trained().len());
    for (name, expected) in &golden.gradients {
        let error = expected.error(&velocity[&format!("velocity.{name}")].data);
        assert!(error <= tolerance::STEP_GRADIENT, "{name}: {error}, PyTorch's own f32 {}", expected.f32_error);
    }
}

#[test]
fn constants_out_of_range_are_refused() {
    let sgd = |momentum, weight_decay, nesterov| (SgdConfig { momentum, weight_decay, nesterov }, config());
    let schedule = |schedule| (SGD, TrainerConfig { schedule, ..config() });
    let cosine = |peak, floor| schedule(Schedule::Cosine { peak, floor, warmup: 1, steps: 9 });
    let plateau = |rate, factor| schedule(Schedule::Plateau { rate, factor, patience: 1, floor: 1e-6, best: 1.0, waited: 0 });
    let cases = [
        ("momentum", sgd(1.0, 0.0, false)),
        ("momentum", sgd(f64::NAN, 0.0, false)),
        ("weight decay", sgd(0.9, f64::INFINITY, false)),
        ("weight decay", sgd(0.9, -1e-9, false)),
        ("Nesterov", sgd(0.0, 0.0, true)),
        ("schedule", schedule(Schedule::Constant { rate: f64::NAN })),
        ("schedule", schedule(Schedule::Constant { rate: -0.1 })),
        ("schedule", cosine(f64::INFINITY, 0.0)),
        ("schedule", cosine(0.1, 0.2)),
        ("schedule", schedule(Schedule::Cosine { peak: 0.1, floor: 0.0, warmup: 10, steps: 9 })),
        ("schedule", plateau(0.1, 1.0)),
        ("schedule", plateau(1e-7, 0.1)),
        ("averaging", (SGD, TrainerConfig { average: Some(1.0), ..config() })),
        ("averaging", (SGD, TrainerConfig { average: Some(-0.5), ..config() })),
    ];
    let network = small();
    for (word, (sgd, config)) in cases {
        let error: Error = Trainer::new(Model::new(&network, &tensors(&network)).unwrap(), sgd, config.clone()).unwrap_err();
        assert!(error.kind() == ErrorKind::Argument && error.message().contains(word), "{sgd:?} {config:?}: {error}");
    }
}
