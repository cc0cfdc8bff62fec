//! Ten SSD-KD steps of the whole network, which a program and a module take alike: what each step's terms were, and where every tensor ended.

use crate::{generator, tolerance};
use dermdistill::distill::{Distillation, LiveTeacher, Mentor, Method, Projection, StudentHeads};
use dermdistill::engine::Engine;
use dermdistill::learner::{Batch, Model, Norms, Parameters, Schedule, SgdConfig, Trainer, TrainerConfig};
use dermdistill::nn::mobilenet_v2;
use dermdistill::weights::{Tensor, Tensors};
use serde_json::{Value, json};

const STEPS: u32 = 10;
const IMAGES: usize = 4;
const VIEWS: usize = 4;
const SIDE: usize = 64;
/// The learner's own rate for SSD-KD in the page.
const RATE: f64 = 0.0002;
const CHANNELS: usize = 1280;
/// Numbers of a tensor that are told.
const PLACES: usize = 16;

/// `{steps: [[term]], tensors: {name: {size, norm, values}}, allowed: {term, tensor}}`; `norm` over the root of `size`.
pub fn steps() -> dermdistill::Result<Value> {
    let network = mobilenet_v2(8);
    let filled = |first: u32| -> Tensors {
        let all = (first..).zip(network.parameters());
        all.map(|(seed, p)| (p.name.clone(), Tensor { data: generator::parameter(seed, &p), shape: p.shape })).collect()
    };
    let recipe = Method::SsdKd.recipe();
    let store = Parameters::new(1);
    let model = Model::within(&store, &network, &filled(0))?;
    let heads = StudentHeads::new(&recipe, &store, (CHANNELS, CHANNELS), Norms::Batch)?;
    let teachers = Parameters::new(2);
    let projection = Some(Projection::new(&teachers, CHANNELS)?);
    let mentor = Mentor { teacher: Box::new(LiveTeacher::new(Engine::new(&network, &filled(500), SIDE)?)), projection, shift: Vec::new() };
    let mut objective = Distillation::new(recipe, vec![1.0; 8], Some(mentor), heads)?;
    let sgd = SgdConfig { momentum: 0.9, weight_decay: 1e-3, nesterov: false };
    let config = TrainerConfig { schedule: Schedule::Constant { rate: RATE }, average: None, norms: Norms::Running };
    let mut trainer = Trainer::new(model, sgd, config)?;
    let mut told = Vec::new();
    for step in 0..STEPS {
        let images = generator::images(700 + step, IMAGES * VIEWS, SIDE);
        let batch = Batch::new(images, generator::labels(700 + step, IMAGES, 8), (0..IMAGES).collect(), VIEWS, SIDE)?;
        let report = trainer.step(&batch, &mut objective)?;
        told.push(report.terms.iter().map(|term| term.weight * term.value).collect::<Vec<_>>());
    }
    let tensors = store.tensors()?.into_iter().map(|(name, Tensor { data, .. })| {
        let norm = (data.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / data.len() as f64).sqrt();
        let values: Vec<f32> = generator::places(data.len(), PLACES).into_iter().map(|place| data[place]).collect();
        (name, json!({ "size": data.len(), "norm": norm, "values": values }))
    });
    let tensors: serde_json::Map<_, _> = tensors.collect();
    Ok(json!({ "steps": told, "tensors": tensors, "allowed": { "term": tolerance::PLATFORM_TERM, "tensor": tolerance::PLATFORM_TENSOR } }))
}
