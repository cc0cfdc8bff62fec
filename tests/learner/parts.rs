//! What a step may train and where it may start: heads beside the network, a scope, cached features, another optimiser.

use candle_core::{DType, Device, Tensor};
use candle_nn::{AdamW, Linear, Module, Optimizer, ParamsAdamW};
use dermdistill::ErrorKind;
use dermdistill::distill::{Supervised, cross_entropy};
use dermdistill::learner::{Batch, Model, Norms, Objective, Output, Parameters, Pass, Schedule, SgdConfig, Term, Trainer, TrainerConfig, move_prior};
use dermdistill::nn::{Framing, Network, Node, Op};
use dermdistill::trust::{Prior, apply_prior, softmax};
use dermdistill::weights::{Card, Heads, Precision, Tensors, WeightFile};

use crate::{batch, generator, labels_alone, plain_sgd, tensors, tolerance};

const SIDE: usize = 32;

/// A stem, a block, a pool and a classifier: a network whose steps take no time.
fn small() -> Network {
    let conv = |from: usize, to: usize| Op::Conv { in_channels: from, out_channels: to, kernel: 3, stride: 2, padding: 1, groups: 1, bias: false };
    let ops = [
        ("input", Op::Input { channels: 3 }),
        ("stem.0", conv(3, 6)),
        ("stem.1", Op::BatchNorm { channels: 6 }),
        ("stem.2", Op::Relu6),
        ("last.0", conv(6, 5)),
        ("last.1", Op::BatchNorm { channels: 5 }),
        ("last.2", Op::Relu6),
        ("pool", Op::GlobalAvgPool),
        ("classifier", Op::Linear { in_features: 5, out_features: 8 }),
    ];
    let node = |(index, (name, op)): (usize, (&str, Op))| Node { name: name.into(), op, inputs: index.checked_sub(1).into_iter().collect() };
    let nodes = ops.into_iter().enumerate().map(node).collect();
    Network { architecture: "test", nodes, taps: vec![("stem", 3), ("feats_7x7", 6), ("avg_pool", 7), ("logits", 8)] }
}

fn model() -> Model {
    Model::new(&small(), &tensors(&small())).unwrap()
}

fn config(norms: Norms) -> TrainerConfig {
    TrainerConfig { schedule: Schedule::Constant { rate: 0.05 }, average: None, norms }
}

const SGD: SgdConfig = SgdConfig { momentum: 0.9, weight_decay: 1e-3, nesterov: false };

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Labels, and a head of its own whose output is asked to be small.
struct WithHead(Linear);

impl Objective for WithHead {
    fn terms(&mut self, batch: &Batch, output: &Output) -> dermdistill::Result<Vec<Term>> {
        let labels = cross_entropy(output.tap("logits")?, batch.labels(), &[1.0; 8], 0.0)?;
        let head = self.0.forward(output.tap("avg_pool")?)?.sqr()?.mean_all()?;
        Ok(vec![Term { name: "labels", weight: 1.0, value: Some(labels) }, Term { name: "head", weight: 0.25, value: Some(head) }])
    }
}

#[test]
fn a_head_in_the_store_is_trained_saved_and_restored_with_the_network() {
    let start = || {
        let model = model();
        let head = candle_nn::linear(5, 3, model.parameters().builder().pp("head")).unwrap();
        (Trainer::new(model, SGD, config(Norms::Batch)).unwrap(), WithHead(head))
    };
    let (mut trainer, mut objective) = start();
    let before = trainer.model().parameters().tensors().unwrap();
    let report = trainer.step(&batch(1, 4, SIDE), &mut objective).unwrap();
    assert_eq!(report.terms.iter().map(|term| (term.name, term.weight)).collect::<Vec<_>>(), [("labels", 1.0), ("head", 0.25)]);
    let sum: f64 = report.terms.iter().map(|term| term.weight * term.value).sum();
    assert!((sum - report.loss).abs() <= tolerance::STEP_LOSS * sum, "{report:?}");
    let after = trainer.model().parameters().tensors().unwrap();
    assert!(["head.weight", "head.bias", "stem.0.weight"].iter().all(|name| before[*name] != after[*name]));
    assert!(!trainer.model().tensors().unwrap().contains_key("head.weight"), "a weight file holds the network alone");
    // The same first values again, and the same bits after a resume.
    let saved = trainer.state().unwrap();
    trainer.step(&batch(2, 4, SIDE), &mut objective).unwrap();
    let (mut resumed, mut objective) = start();
    assert_eq!(resumed.model().parameters().tensors().unwrap(), before, "heads start by seed and name");
    resumed.restore(&saved).unwrap();
    resumed.step(&batch(2, 4, SIDE), &mut objective).unwrap();
    assert_eq!(resumed.state().unwrap(), trainer.state().unwrap());
}

#[test]
fn heads_go_into_a_weight_file_and_back_into_another_run() {
    let first = Parameters::new(1);
    let head = candle_nn::linear(5, 3, first.builder().pp("heads.projection")).unwrap();
    let trained = first.tensors().unwrap();
    let mut card = Card::new("mobilenet_v2", 224, Framing::CentreSquare, vec![0.125; 8]);
    card.heads = Heads::of(&trained, true);
    let bytes = WeightFile { card, tensors: trained.clone() }.write(Precision::F32).unwrap();
    let second = Parameters::new(2);
    second.insert_heads(&WeightFile::read(&bytes).unwrap().tensors).unwrap();
    assert_eq!(second.tensors().unwrap(), trained);
    let again = candle_nn::linear(5, 3, second.builder().pp("heads.projection")).unwrap();
    assert_eq!(numbers(again.weight()), numbers(head.weight()), "the head takes what is there");
    assert_eq!(second.trained().len(), 2);
}

#[test]
fn the_builder_gives_what_is_there_and_makes_what_is_not() {
    let parameters = Parameters::new(7);
    let model = Model::within(&parameters, &small(), &tensors(&small())).unwrap();
    let builder = parameters.builder();
    let there = builder.get((8, 5), "classifier.weight").unwrap();
    assert_eq!(numbers(&there), model.tensors().unwrap()["classifier.weight"].data);
    assert!(builder.get((5, 8), "classifier.weight").is_err(), "another shape");
    let init = candle_nn::Init::Uniform { lo: -0.5, up: 0.25 };
    let made = numbers(&builder.get_with_hints((40, 50), "new", init).unwrap());
    assert_eq!(numbers(&Parameters::new(7).builder().get_with_hints((40, 50), "new", init).unwrap()), made);
    assert_ne!(numbers(&Parameters::new(8).builder().get_with_hints((40, 50), "new", init).unwrap()), made);
    let mean = made.iter().sum::<f32>() / 2000.0;
    assert!(made.iter().all(|x| (-0.5..0.25).contains(x)) && (mean + 0.125).abs() < 0.02, "{mean}");
    let normal = numbers(&builder.get_with_hints((40, 50), "normal", candle_nn::Init::Randn { mean: 1.0, stdev: 2.0 }).unwrap());
    let mean = normal.iter().sum::<f32>() / 2000.0;
    let deviation = (normal.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 2000.0).sqrt();
    assert!((mean - 1.0).abs() < 0.2 && (deviation - 2.0).abs() < 0.2, "{mean} {deviation}");
}

#[test]
fn only_what_is_chosen_is_trained() {
    let model = model();
    model.parameters().train(|name| name.starts_with("classifier"));
    let mut trainer = Trainer::new(model, SGD, config(Norms::Running)).unwrap();
    let before = trainer.model().tensors().unwrap();
    trainer.step(&batch(1, 4, SIDE), &mut labels_alone()).unwrap();
    for (name, tensor) in trainer.model().tensors().unwrap() {
        assert_eq!(tensor == before[&name], !name.starts_with("classifier"), "{name}");
    }
}

#[test]
fn a_pass_from_cached_features_is_the_same_step() {
    for (tap, scope) in [("avg_pool", "classifier"), ("stem", "last"), ("stem.2", "last")] {
        let trained = |from: Option<&str>| {
            let model = model();
            model.parameters().train(|name| name.starts_with(scope) || name.starts_with("classifier"));
            let images = batch(3, 4, SIDE);
            let batch = match from {
                None => images,
                Some(tap) => {
                    let axes = model.input_axes(Some(tap), SIDE).unwrap();
                    let output = model.forward(images.input(), Pass::EVAL).unwrap();
                    let features = numbers(output.tap(tap.trim_end_matches(".2")).unwrap());
                    Batch::from_features(features, (tap, &axes), images.labels().to_vec(), vec![0; 4], 1).unwrap()
                }
            };
            let mut trainer = Trainer::new(model, SGD, config(Norms::Running)).unwrap();
            let report = trainer.step(&batch, &mut labels_alone()).unwrap();
            (report.loss, trainer.model().tensors().unwrap())
        };
        assert_eq!(trained(Some(tap)), trained(None), "{tap}");
    }
    let features = Batch::from_features(vec![0.0; 4 * 5], ("stem.1", &[5]), vec![0; 4], vec![0; 4], 1).unwrap();
    let error = plain_sgd(model()).step(&features, &mut labels_alone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "a value inside a chain is no start: {error}");
}

#[test]
fn any_optimiser_of_candle_nn_may_train() {
    let model = model();
    let vars = model.parameters().trained().into_values().collect();
    let adam = AdamW::new(vars, ParamsAdamW::default()).unwrap();
    let mut trainer = Trainer::with_optimizer(model, adam, config(Norms::Batch)).unwrap();
    let losses: Vec<f64> = (0..15).map(|_| trainer.step(&batch(1, 4, SIDE), &mut labels_alone()).unwrap().loss).collect();
    assert!(losses[14] < losses[0] / 2.0, "{losses:?}");
}

#[test]
fn a_moved_prior_gives_what_bayes_rule_gives() {
    let network = small();
    let (from, to) = ([0.125; 8], [0.05, 0.05, 0.1, 0.05, 0.1, 0.55, 0.05, 0.05]);
    let logits = |tensors: &Tensors| {
        let model = Model::new(&network, tensors).unwrap();
        numbers(model.forward(batch(1, 1, SIDE).input(), Pass::EVAL).unwrap().tap("logits").unwrap())
    };
    let before = tensors(&network);
    let mut after = before.clone();
    move_prior(&network, &mut after, &from, &to).unwrap();
    let moved = apply_prior(&softmax(&logits(&before), 1.0).unwrap(), &from, &Prior::Mix(to.to_vec())).unwrap();
    let found = softmax(&logits(&after), 1.0).unwrap();
    assert!(found.iter().zip(&moved).all(|(a, b)| (a - b).abs() <= tolerance::STEP_LOSS), "{found:?} {moved:?}");
    let untouched = after.clone();
    for (from, to) in [(&from[1..], &to[1..]), (&[0.0; 8][..], &to[..]), (&from[..], &[f64::NAN; 8][..])] {
        assert_eq!(move_prior(&network, &mut after, from, to).unwrap_err().kind(), ErrorKind::Argument);
    }
    assert_eq!(after, untouched);
}

#[test]
fn views_are_rows_and_upright_ones_come_first() {
    let input = generator::images(1, 6, 2);
    let batch = Batch::new(input.clone(), vec![3, 4], vec![10, 11], 3, 2).unwrap();
    assert_eq!(batch.rows().collect::<Vec<_>>(), [(10, 0), (10, 1), (10, 2), (11, 0), (11, 1), (11, 2)]);
    let row = |index: usize| input[index * 12..][..12].to_vec();
    assert_eq!(numbers(&batch.upright(batch.input()).unwrap()), [row(0), row(3)].concat());
    assert_eq!(numbers(&batch.turned(batch.input()).unwrap()), [row(1), row(2), row(4), row(5)].concat());
    let flat = Tensor::zeros((6, 5), DType::F64, &Device::Cpu).unwrap();
    assert_eq!(batch.turned(&flat).unwrap().dims(), [4, 5]);
    for (rows, labels, samples, views) in [(6, 2, 2, 2), (6, 2, 1, 3), (0, 0, 0, 3), (6, 6, 6, 0)] {
        let error = Batch::new(generator::images(1, rows, 2), vec![0; labels], vec![0; samples], views, 2).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
    }
    let one = crate::batch(1, 2, 4);
    assert!(one.turned(one.input()).is_err());
}

#[test]
fn a_step_that_fails_changes_nothing() {
    let mut trainer = plain_sgd(model());
    let before = trainer.state().unwrap();
    let mut images = generator::images(1, 4, SIDE);
    images[7] = f32::NAN;
    let broken = Batch::new(images, vec![0; 4], vec![0; 4], 1, SIDE).unwrap();
    assert_eq!(trainer.step(&broken, &mut labels_alone()).unwrap_err().kind(), ErrorKind::NotFinite);
    struct Nothing;
    impl Objective for Nothing {
        fn terms(&mut self, _: &Batch, _: &Output) -> dermdistill::Result<Vec<Term>> {
            Ok(Vec::new())
        }
    }
    assert_eq!(trainer.step(&batch(1, 4, SIDE), &mut Nothing).unwrap_err().kind(), ErrorKind::Argument);
    assert!(trainer.step(&batch(1, 4, SIDE), &mut Supervised::new(vec![1.0; 7], 0.0).unwrap()).is_err(), "seven classes");
    assert_eq!(trainer.state().unwrap(), before);
}
