//! Heads and objectives: three whole steps of SSD-KD and of phase 1 against PyTorch (`tests/golden/ssd_kd_steps.py`), each rung's report,
//! heads in files, and what is refused.

use crate::golden::Fingerprint;
use crate::{generator, golden, tolerance};
use candle_core::{DType, Device, Tensor};
use candle_nn::Module;
use dermdistill::ErrorKind;
use dermdistill::distill::{ConvReg, Distillation, LiveTeacher, Mentor, Method, Pretext, Projection, Recipe, StudentHeads, Teacher};
use dermdistill::engine::Engine;
use dermdistill::learner::{Batch, Model, Norms, Parameters, Schedule, SgdConfig, StepReport, Trainer, TrainerConfig};
use dermdistill::nn::{Network, Node, Op, Parameter, Role};
use dermdistill::weights::{Tensor as Stored, Tensors};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub struct Golden {
    pub images: usize,
    side: usize,
    first: u32,
    rate: f64,
    momentum: f64,
    weight_decay: f64,
    pub class_weights: Vec<f64>,
    pub networks_side: usize,
    pub networks_first: u32,
    distil: Run,
    /// MobileNetV2 and ResNet-50, some tensors of each.
    pub networks: Run,
    phase1: Run,
}

#[derive(Deserialize)]
pub struct Run {
    /// Terms before their weights, `total` and `matched`.
    steps: Vec<BTreeMap<String, f64>>,
    after: BTreeMap<String, Fingerprint>,
    change: BTreeMap<String, Fingerprint>,
}

/// Two strided convolutions with BatchNorm and `activation`, a pool and a classifier.
fn small(widths: [usize; 2], activation: Op) -> Network {
    let conv = |from: usize, to: usize| Op::Conv { in_channels: from, out_channels: to, kernel: 3, stride: 2, padding: 1, groups: 1, bias: false };
    let ops = [
        ("input", Op::Input { channels: 3 }),
        ("stem.0", conv(3, widths[0])),
        ("stem.1", Op::BatchNorm { channels: widths[0] }),
        ("stem.2", activation.clone()),
        ("last.0", conv(widths[0], widths[1])),
        ("last.1", Op::BatchNorm { channels: widths[1] }),
        ("last.2", activation),
        ("avg_pool", Op::GlobalAvgPool),
        ("classifier", Op::Linear { in_features: widths[1], out_features: 8 }),
    ];
    let node = |(index, (name, op)): (usize, (&str, Op))| Node { name: name.into(), op, inputs: index.checked_sub(1).into_iter().collect() };
    let nodes = ops.into_iter().enumerate().map(node).collect();
    Network { architecture: "test", nodes, taps: vec![("feats_7x7", 6), ("avg_pool", 7), ("logits", 8)] }
}

/// The tensors of a network and of heads after it, as the script fills them: tensor i from stream `first` + i.
pub fn filled(network: &Network, heads: &[(&str, Vec<usize>)], first: u32) -> Tensors {
    let heads = heads.iter().map(|(name, shape)| Parameter { name: format!("heads.{name}"), shape: shape.clone(), role: Role::Trained });
    let fill = |(seed, parameter): (u32, Parameter)| {
        let mut data = generator::parameter(seed, &parameter);
        if parameter.name == "heads.projection.0.weight" {
            for row in data.chunks_mut(parameter.shape[1]) {
                let (last, others) = row.split_last_mut().unwrap();
                *last = -others.iter().sum::<f32>();
            }
        } else if parameter.name.starts_with("heads.projection") && parameter.shape.len() == 1 {
            data.iter_mut().for_each(|x| *x = (*x - 2.0) / 8.0);
        }
        (parameter.name, Stored { shape: parameter.shape, data })
    };
    (first..).zip(network.parameters().into_iter().chain(heads)).map(fill).collect()
}

fn student_network() -> Network {
    small([6, 5], Op::Relu6)
}

fn teacher_network() -> Network {
    small([8, 7], Op::Relu)
}

pub fn projection(width: usize) -> [(&'static str, Vec<usize>); 4] {
    [
        ("projection.0.weight", vec![width; 2]),
        ("projection.0.bias", vec![width]),
        ("projection.2.weight", vec![width; 2]),
        ("projection.2.bias", vec![width]),
    ]
}

fn student_tensors() -> Tensors {
    let conv_reg = [
        ("conv_reg.0.weight", vec![7, 5, 1, 1]),
        ("conv_reg.0.bias", vec![7]),
        ("conv_reg.1.weight", vec![7]),
        ("conv_reg.1.bias", vec![7]),
        ("conv_reg.1.running_mean", vec![7]),
        ("conv_reg.1.running_var", vec![7]),
    ];
    let heads: Vec<_> = projection(5).into_iter().chain(conv_reg).collect();
    filled(&student_network(), &heads, 0)
}

fn teacher_tensors() -> Tensors {
    filled(&teacher_network(), &projection(7), 200)
}

/// A store with these tensors' heads and the network.
pub fn store(network: &Network, tensors: &Tensors) -> (Parameters, Model) {
    let parameters = Parameters::new(1);
    parameters.insert_heads(tensors).unwrap();
    let model = Model::within(&parameters, network, tensors).unwrap();
    (parameters, model)
}

fn mentor(side: usize) -> Mentor {
    mentor_of(&teacher_network(), &teacher_tensors(), side)
}

/// A teacher with its projection.
pub fn mentor_of(network: &Network, tensors: &Tensors, side: usize) -> Mentor {
    let parameters = Parameters::new(0);
    parameters.insert_heads(tensors).unwrap();
    parameters.train(|_| false);
    let width = tensors["heads.projection.0.weight"].shape[0];
    let engine = Engine::new(network, tensors, side).unwrap();
    Mentor { teacher: Box::new(LiveTeacher::new(engine)), projection: Some(Projection::new(&parameters, width).unwrap()), shift: Vec::new() }
}

fn batch(golden: &Golden, step: u32, images: usize) -> Batch {
    pictures(golden.first + step, images, golden.side)
}

/// Four views of each of `images` pictures.
pub fn pictures(stream: u32, images: usize, side: usize) -> Batch {
    let mut input = generator::images(stream, 4 * images, side);
    for (row, picture) in input.chunks_mut(side * side * 3).enumerate() {
        picture.iter_mut().for_each(|x| *x *= 0.25 + 0.5 * (row % 5) as f32);
    }
    Batch::new(input, generator::labels(stream, images, 8), (0..images).collect(), 4, side).unwrap()
}

pub fn trainer(golden: &Golden, model: Model, norms: Norms) -> Trainer {
    let sgd = SgdConfig { momentum: golden.momentum, weight_decay: golden.weight_decay, nesterov: false };
    Trainer::new(model, sgd, TrainerConfig { schedule: Schedule::Constant { rate: golden.rate }, average: None, norms }).unwrap()
}

pub fn read() -> Golden {
    golden::read("ssd_kd_steps.json")
}

/// That every tensor of the run ended where PyTorch's did, and came as far.
pub fn ended(run: &Run, before: &Tensors, after: &Tensors) {
    for (name, expected) in &run.after {
        assert!(expected.error(&after[name].data) <= tolerance::STEP_TENSOR, "{name}: {}", expected.error(&after[name].data));
    }
    for (name, expected) in &run.change {
        let moved: Vec<f32> = after[name].data.iter().zip(&before[name].data).map(|(after, before)| after - before).collect();
        assert!(expected.error(&moved) <= tolerance::STEP_CHANGE, "the change of {name}: {}", expected.error(&moved));
    }
}

fn near(ours: f64, expected: f64, what: &str) {
    assert!((ours - expected).abs() <= tolerance::STEP_LOSS * expected.abs().max(0.1), "{what}: {ours}, expected {expected}");
}

#[test]
fn three_steps_are_pytorchs() {
    let golden = read();
    let (parameters, model) = store(&student_network(), &student_tensors());
    let recipe = Method::SsdKd.recipe();
    let heads = StudentHeads::new(&recipe, &parameters, (5, 7), Norms::Batch).unwrap();
    let mut objective = Distillation::new(recipe, golden.class_weights.clone(), Some(mentor(golden.side)), heads).unwrap();
    let mut trainer = trainer(&golden, model, Norms::Batch);
    steps_are_pytorchs(&golden.distil, &mut trainer, &mut objective, |step| batch(&golden, step, golden.images));
    ended(&golden.distil, &student_tensors(), &parameters.tensors().unwrap());
}

/// That every term of every step is PyTorch's.
pub fn steps_are_pytorchs(run: &Run, trainer: &mut Trainer, objective: &mut Distillation, batch: impl Fn(u32) -> Batch) {
    for (step, expected) in (0..).zip(&run.steps) {
        let report = trainer.step(&batch(step), objective).unwrap();
        let weights = [("l1", 0.1), ("l2", 0.9), ("l3", 2.7), ("l4", 10.0), ("distance", 25.0), ("angle", 50.0), ("gram", 1000.0)];
        assert_eq!(report.terms.len(), weights.len());
        for (term, (name, weight)) in report.terms.iter().zip(weights) {
            assert_eq!((term.weight, term.skipped), (weight, false), "{name}");
            near(term.value, expected[name], name);
        }
        near(report.loss, expected["total"], "total");
        assert_eq!(report.matched, Some(expected["matched"]));
    }
}

#[test]
fn three_steps_of_phase_1_are_pytorchs_and_move_the_head_alone() {
    let golden = read();
    let tensors = teacher_tensors();
    let (parameters, model) = store(&teacher_network(), &tensors);
    parameters.train(|name| name.starts_with("heads."));
    let mut objective = Pretext::new(Projection::new(&parameters, 7).unwrap());
    let mut trainer = trainer(&golden, model, Norms::Running);
    for (step, expected) in (0..).zip(&golden.phase1.steps) {
        let report = trainer.step(&batch(&golden, step, golden.images), &mut objective).unwrap();
        near(report.loss, expected["similarity"], "similarity");
        assert_eq!((report.terms.len(), report.matched), (1, Some(expected["matched"])));
    }
    let after = parameters.tensors().unwrap();
    ended(&golden.phase1, &tensors, &after);
    assert!(after.iter().all(|(name, tensor)| name.starts_with("heads.") || *tensor == tensors[name]));
}

/// One step of a recipe on images of the first stream.
fn step(recipe: Recipe, images: usize, views: usize) -> dermdistill::Result<StepReport> {
    let golden = read();
    let (parameters, model) = store(&student_network(), &student_tensors());
    let heads = StudentHeads::new(&recipe, &parameters, (5, 7), Norms::Batch)?;
    let mut objective = Distillation::new(recipe, vec![1.0; 8], recipe.needs_teacher().then(|| mentor(golden.side)), heads)?;
    let whole = batch(&golden, 0, images);
    let input: Vec<f32> = whole.input().flatten_all()?.to_vec1()?;
    let labels: Vec<usize> = (0..images * 4 / views).map(|i| i % 8).collect();
    let batch = Batch::new(input, labels.clone(), labels, views, golden.side)?;
    trainer(&golden, model, Norms::Batch).step(&batch, &mut objective)
}

#[test]
fn each_rung_adds_its_terms_and_nothing_else() {
    let report = |method: Method, views| {
        let report = step(method.recipe(), 3, views).unwrap();
        let sum: f64 = report.terms.iter().map(|term| term.weight * term.value).sum();
        assert!((sum - report.loss).abs() <= tolerance::STEP_LOSS * sum);
        (report.terms.iter().map(|term| (term.name, term.weight)).collect::<Vec<_>>(), report.matched.is_some())
    };
    let relations = [("distance", 25.0), ("angle", 50.0), ("gram", 1000.0)];
    assert_eq!(report(Method::Ce, 1), (vec![("cross_entropy", 1.0)], false));
    let answers = vec![("cross_entropy", 0.5), ("softened", 0.5)];
    assert_eq!(report(Method::Kd, 1), (answers.clone(), false));
    assert_eq!(report(Method::DKd, 1), ([answers, relations.to_vec()].concat(), false));
    let turned = vec![("cross_entropy", 0.1), ("softened", 0.9), ("transferred", 2.7), ("similarity", 10.0)];
    assert_eq!(report(Method::SsdKd, 4), ([turned, relations.to_vec()].concat(), true));
    // The lower rungs also take four views: labels and answers are of the upright ones.
    assert_eq!(report(Method::DKd, 4).0.len(), 5);
}

#[test]
fn one_image_learns_without_its_similarity_and_says_so() {
    let report = step(Method::SsdKd.recipe(), 1, 4).unwrap();
    let skipped: Vec<_> = report.terms.iter().filter(|term| term.skipped).map(|term| (term.name, term.value)).collect();
    assert_eq!(skipped, [("similarity", 0.0)]);
}

#[test]
fn pictures_of_one_colour_learn_without_distances_and_say_so() {
    let golden = read();
    let (parameters, model) = store(&student_network(), &student_tensors());
    let recipe = Method::SsdKd.recipe();
    let heads = StudentHeads::new(&recipe, &parameters, (5, 7), Norms::Batch).unwrap();
    let mut objective = Distillation::new(recipe, vec![1.0; 8], Some(mentor(golden.side)), heads).unwrap();
    let grey = Batch::new(vec![0.5; 8 * golden.side * golden.side * 3], vec![1, 2], vec![0, 1], 4, golden.side).unwrap();
    let report = trainer(&golden, model, Norms::Batch).step(&grey, &mut objective).unwrap();
    let skipped: Vec<_> = report.terms.iter().filter(|term| term.skipped).map(|term| term.name).collect();
    assert_eq!(skipped, ["distance"]);
    assert!(report.terms.iter().all(|term| term.value.is_finite()), "{report:?}");
    assert!(parameters.tensors().unwrap().values().all(|tensor| tensor.data.iter().all(|x| x.is_finite())));
}

#[test]
fn what_a_rung_needs_must_be_there() {
    let heads = |recipe: &Recipe| StudentHeads::new(recipe, &Parameters::new(1), (5, 7), Norms::Batch).unwrap();
    let refused = |recipe: Recipe, weights: Vec<f64>, mentor: Option<Mentor>, heads| {
        let error = Distillation::new(recipe, weights, mentor, heads).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Argument);
        error.to_string()
    };
    let (ce, ssd) = (Method::Ce.recipe(), Method::SsdKd.recipe());
    assert!(refused(ssd, vec![1.0; 8], None, heads(&ssd)).contains("there is none"));
    assert!(refused(ssd, vec![1.0; 8], Some(Mentor { projection: None, ..mentor(32) }), heads(&ssd)).contains("projection"));
    assert!(refused(ssd, vec![1.0; 8], Some(mentor(32)), heads(&ce)).contains("another recipe"));
    assert!(refused(ssd, vec![1.0; 8], Some(Mentor { shift: vec![0.0; 7], ..mentor(32) }), heads(&ssd)).contains("shifted"));
    assert!(refused(ce, vec![1.0, 0.0], None, heads(&ce)).contains("class weights"));
    let mut none = ce;
    none.weights.cross_entropy = 0.0;
    assert!(refused(none, vec![1.0; 8], None, heads(&ce)).contains("nothing to learn"));
    assert!(step(ssd, 3, 1).unwrap_err().message().contains("one view"));
}

/// A teacher whose answers at one tap are no numbers.
struct Broken(Box<dyn Teacher>, &'static str);

impl Teacher for Broken {
    fn answer(&mut self, batch: &Batch, tap: &str) -> dermdistill::Result<Tensor> {
        let answer = self.0.answer(batch, tap)?;
        Ok(if tap == self.1 { (answer * f64::NAN)? } else { answer })
    }
}

#[test]
fn a_teacher_of_other_classes_or_without_numbers_is_refused_and_nothing_is_learned() {
    let golden = read();
    let error_of = |mentor: Mentor| {
        let (parameters, model) = store(&student_network(), &student_tensors());
        let recipe = Method::SsdKd.recipe();
        let heads = StudentHeads::new(&recipe, &parameters, (5, 7), Norms::Batch).unwrap();
        let mut objective = Distillation::new(recipe, vec![1.0; 8], Some(mentor), heads).unwrap();
        let error = trainer(&golden, model, Norms::Batch).step(&batch(&golden, 0, 2), &mut objective).unwrap_err();
        assert_eq!(parameters.tensors().unwrap(), student_tensors());
        error
    };
    for tap in ["logits", "avg_pool", "feats_7x7"] {
        let Mentor { teacher, projection, shift } = mentor(golden.side);
        let error = error_of(Mentor { teacher: Box::new(Broken(teacher, tap)), projection, shift });
        assert_eq!(error.kind(), ErrorKind::NotFinite, "{tap}: {error}");
        assert!(error.message().contains("teacher"), "{tap}: {error}");
    }
    let mut network = teacher_network();
    network.nodes[8].op = Op::Linear { in_features: 7, out_features: 7 };
    let engine = Engine::new(&network, &filled(&network, &[], 200), golden.side).unwrap();
    let error = error_of(Mentor { teacher: Box::new(LiveTeacher::new(engine)), ..mentor(golden.side) });
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.to_string().contains("same classes"), "{error}");
}

#[test]
fn heads_start_as_pytorchs_do() {
    let numbers = |tensors: &Tensors, name: &str| tensors[name].data.clone();
    let of = |seed| {
        let parameters = Parameters::new(seed);
        Projection::new(&parameters, 64).unwrap();
        ConvReg::new(&parameters, (64, 96), Norms::Batch).unwrap();
        parameters.tensors().unwrap()
    };
    let tensors = of(1);
    assert_eq!(tensors.len(), 10);
    for name in
        ["heads.projection.0.weight", "heads.projection.0.bias", "heads.projection.2.weight", "heads.conv_reg.0.weight", "heads.conv_reg.0.bias"]
    {
        let data = numbers(&tensors, name);
        let (bound, count) = (1.0 / 8.0, data.len() as f32);
        let mean = data.iter().sum::<f32>() / count;
        let deviation = (data.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / count).sqrt();
        assert!(data.iter().all(|x| x.abs() <= bound), "{name}");
        // A uniform spread deviates by bound / √3; five standard errors of so many numbers.
        assert!(mean.abs() <= 5.0 * bound / (3.0 * count).sqrt() && (deviation * 3f32.sqrt() / bound - 1.0).abs() <= 3.0 / count.sqrt(), "{name}");
        assert_ne!(data, numbers(&of(2), name));
    }
    assert_eq!(numbers(&tensors, "heads.conv_reg.1.weight"), [1.0; 96]);
    assert_eq!(numbers(&tensors, "heads.conv_reg.1.running_var"), [1.0; 96]);
    assert_eq!(numbers(&tensors, "heads.conv_reg.1.running_mean"), [0.0; 96]);
    assert_eq!(of(1), tensors);
}

#[test]
fn heads_take_what_their_store_has_and_refuse_what_does_not_fit() {
    let (parameters, _) = store(&student_network(), &student_tensors());
    StudentHeads::new(&Method::SsdKd.recipe(), &parameters, (5, 7), Norms::Batch).unwrap();
    assert_eq!(parameters.tensors().unwrap(), student_tensors());
    // Running statistics are moved by no optimiser.
    assert_eq!(parameters.trained().len(), parameters.tensors().unwrap().len() - 6);
    assert_eq!(ConvReg::new(&parameters, (5, 9), Norms::Batch).unwrap_err().kind(), ErrorKind::WeightsShape);
    assert_eq!(Projection::new(&parameters, 6).unwrap_err().kind(), ErrorKind::WeightsShape);
}

#[test]
fn a_dead_unit_has_no_gradient() {
    let parameters = Parameters::new(1);
    let head = Projection::new(&parameters, 3).unwrap();
    let zeros = parameters.tensors().unwrap().into_iter().map(|(name, mut tensor)| {
        if name.starts_with("heads.projection.0") {
            tensor.data.fill(0.0);
        }
        (name, tensor)
    });
    parameters.set_tensors(&zeros.collect()).unwrap();
    let loss = head.forward(&Tensor::ones((2, 3), DType::F32, &Device::Cpu).unwrap()).unwrap().sum_all().unwrap();
    let gradients = loss.backward().unwrap();
    let gradient = gradients.get(&parameters.var("heads.projection.0.bias").unwrap()).unwrap();
    assert_eq!(gradient.to_vec1::<f32>().unwrap(), [0.0; 3]);
}

#[test]
fn statistics_move_when_a_step_is_taken_and_where_they_are_the_batchs() {
    let maps = Tensor::from_vec(generator::uniform(5, 2 * 4 * 5).collect::<Vec<f32>>(), (2, 2, 2, 5), &Device::Cpu).unwrap();
    let running = |parameters: &Parameters| parameters.tensors().unwrap()["heads.conv_reg.1.running_mean"].clone();
    for norms in [Norms::Batch, Norms::Running] {
        let parameters = Parameters::new(1);
        let mut head = ConvReg::new(&parameters, (5, 7), norms).unwrap();
        let before = running(&parameters);
        assert_eq!(head.forward(&maps).unwrap().dims(), [2, 2, 2, 7]);
        assert_eq!(running(&parameters), before);
        head.stepped().unwrap();
        assert_eq!(running(&parameters) == before, norms == Norms::Running);
        // SSD-KD §10, point 11: one value a channel has no variance.
        let one = head.forward(&maps.narrow(0, 0, 1).unwrap().narrow(1, 0, 1).unwrap().narrow(2, 0, 1).unwrap());
        assert_eq!(one.err().map(|error| error.kind()), (norms == Norms::Batch).then_some(ErrorKind::Argument));
    }
}
