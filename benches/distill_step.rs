//! A whole SSD-KD step: 8 pictures in 4 views at 224 px, MobileNetV2 beside a live ResNet-50, f32, two threads unless RAYON_NUM_THREADS says
//! otherwise. `cargo bench --bench distill_step` prints milliseconds (minimum, median) and the process's largest resident memory, in the form
//! of `python3 benches/distill_step.py 2`, which takes the same step with PyTorch in channels_last. A last line has the loss terms alone.

#[path = "../tests/common/generator.rs"]
mod generator;

use candle_core::{DType, Device, Tensor, Var};
use dermdistill::distill::{Answers, Distillation, LiveTeacher, Mentor, Method, Projection, StudentHeads, Truth, terms};
use dermdistill::engine::Engine;
use dermdistill::learner::{Batch, Model, Norms, Parameters, Schedule, SgdConfig, Trainer, TrainerConfig, weighted_sum};
use dermdistill::nn::Network;
use dermdistill::weights::{Tensor as Stored, Tensors};
use std::time::Instant;

const IMAGES: usize = 8;
const VIEWS: usize = 4;
const SIDE: usize = 224;
const WARM_UP: usize = 1;
const RUNS: usize = 5;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let threads = std::env::var("RAYON_NUM_THREADS").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
    rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global()?;
    let (mut trainer, mut objective) = set_up()?;
    let labels: Vec<usize> = (0..IMAGES).collect();
    let images = generator::images(7, IMAGES * VIEWS, SIDE);
    let step = times(|| {
        let batch = Batch::new(images.clone(), labels.clone(), labels.clone(), VIEWS, SIDE)?;
        let start = Instant::now();
        trainer.step(&batch, &mut objective)?;
        Ok(start.elapsed().as_secs_f64())
    })?;
    let memory = resident_mb();
    println!(
        "dermdistill threads {threads} ssd-kd b{IMAGES}x{VIEWS} r{SIDE}: step min {:.0} med {:.0} ms maxrss {memory} MB",
        step[0],
        step[RUNS / 2]
    );
    let alone = times(|| loss_terms(&labels))?;
    println!("  its terms and their gradients alone: min {:.0} med {:.0} ms", alone[0], alone[RUNS / 2]);
    Ok(())
}

fn set_up() -> Outcome<(Trainer, Distillation)> {
    let network = |name| Network::named(name, 8).ok_or("a network of another name");
    let filled = |network: &Network| -> Tensors {
        generator::parameters(network).into_iter().map(|(p, data)| (p.name, Stored { shape: p.shape, data })).collect()
    };
    let (student, teacher) = (network("mobilenet_v2")?, network("resnet50")?);
    let model = Model::new(&student, &filled(&student))?;
    let recipe = Method::SsdKd.recipe();
    let heads = StudentHeads::new(&recipe, model.parameters(), (1280, 2048), Norms::Batch)?;
    let frozen = Parameters::new(0);
    Projection::new(&frozen, 2048)?;
    let projection = Projection::frozen(&frozen.tensors()?, 2048)?;
    let engine = Engine::new(&teacher, &filled(&teacher), SIDE)?;
    let mentor = Mentor { teacher: Box::new(LiveTeacher::new(engine)), projection: Some(projection), shift: Vec::new() };
    let objective = Distillation::new(recipe, vec![1.0; 8], Some(mentor), heads)?;
    let sgd = SgdConfig { momentum: 0.9, weight_decay: 1e-3, nesterov: false };
    let config = TrainerConfig { schedule: Schedule::Constant { rate: 1e-3 }, average: None, norms: Norms::Batch };
    Ok((Trainer::new(model, sgd, config)?, objective))
}

/// The seconds that the terms of a step take, backward included, on tensors that are there.
fn loss_terms(labels: &[usize]) -> Outcome<f64> {
    let rows = IMAGES * VIEWS;
    let map = (rows, SIDE / 32, SIDE / 32, 2048);
    let random = |width: usize| Tensor::rand(0f32, 1.0, (rows, width), &Device::Cpu);
    let answers = |pooled: usize| -> Outcome<Answers> {
        let var = |tensor: Tensor| Ok::<_, candle_core::Error>(Var::from_tensor(&tensor)?.as_tensor().clone());
        Ok(Answers {
            logits: var(random(8)?)?,
            rep: Some(var(random(pooled)?)?),
            pool: Some(var(random(pooled)?)?),
            map: Some(var(Tensor::rand(0f32, 1.0, map, &Device::Cpu)?)?),
        })
    };
    let (student, teacher) = (answers(1280)?, answers(2048)?);
    let start = Instant::now();
    let found = terms(&Method::SsdKd.recipe(), Truth { labels, class_weights: &[1.0; 8], views: VIEWS }, &student, &teacher)?;
    let (total, _) = weighted_sum(&found.terms)?;
    assert_eq!(total.dtype(), DType::F32);
    total.backward()?;
    Ok(start.elapsed().as_secs_f64())
}

/// Sorted milliseconds of [`RUNS`] runs after [`WARM_UP`].
fn times(mut run: impl FnMut() -> Outcome<f64>) -> Outcome<Vec<f64>> {
    let mut all = (0..WARM_UP + RUNS).map(|_| Ok(run()? * 1e3)).collect::<Outcome<Vec<f64>>>()?;
    all.drain(..WARM_UP);
    all.sort_by(f64::total_cmp);
    Ok(all)
}

/// The largest resident set so far, as Linux counts it; 0 elsewhere.
fn resident_mb() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kb| kb.parse::<usize>().ok()).unwrap_or(0) / 1024
}
