//! Training runs as a WebAssembly module of their own: what shows that the learner compiles there and computes the same numbers as PyTorch, and as the
//! native one.
//! `www/tests/learner.spec.mjs` runs it in Chromium.
#![allow(missing_docs)]

#[path = "../common/generator.rs"]
mod generator;
#[path = "../common/golden.rs"]
mod golden;
#[path = "ssd_kd.rs"]
mod ssd_kd;
#[path = "../common/tolerance.rs"]
mod tolerance;

use dermdistill::distill::Supervised;
use dermdistill::learner::{Batch, Model, Norms, Schedule, SgdConfig, Trainer, TrainerConfig};
use dermdistill::nn::mobilenet_v2;
use dermdistill::weights::{Tensor, Tensors};
use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;

/// Takes the steps of `mobilenet_v2_train.json` and returns, as JSON, pairs of what was found and what is allowed: each step's loss against
/// PyTorch's, the tensor that ends farthest from PyTorch's and the one whose change does.
#[wasm_bindgen]
pub fn golden_training_run() -> String {
    told(run())
}

/// What `ssd_kd_steps` prints natively.
#[wasm_bindgen]
pub fn ssd_kd_steps() -> String {
    told(ssd_kd::steps())
}

fn told(found: dermdistill::Result<serde_json::Value>) -> String {
    found.unwrap_or_else(|error| json!({ "error": error.to_string() })).to_string()
}

fn run() -> dermdistill::Result<serde_json::Value> {
    let network = mobilenet_v2(8);
    let before: Tensors = generator::parameters(&network).into_iter().map(|(p, data)| (p.name, Tensor { shape: p.shape, data })).collect();
    let golden = golden::train();
    let sgd = SgdConfig { momentum: golden.momentum, weight_decay: golden.weight_decay, nesterov: false };
    let config = TrainerConfig { schedule: Schedule::Constant { rate: golden.rate }, average: None, norms: Norms::Batch };
    let mut trainer = Trainer::new(Model::new(&network, &before)?, sgd, config)?;
    let mut objective = Supervised::new(vec![1.0; 8], 0.0)?;
    let mut losses = Vec::new();
    for (step, expected) in golden.loss.iter().enumerate() {
        let stream = golden.first_stream + step as u32;
        let images = generator::images(stream, golden.count, golden.side);
        let batch = Batch::new(images, generator::labels(stream, golden.count, 8), (0..golden.count).collect(), 1, golden.side)?;
        let report = trainer.step(&batch, &mut objective)?;
        losses.push(json!([(report.loss - expected).abs() / expected.abs().max(1.0), tolerance::STEP_LOSS]));
    }
    let (mut tensor, mut change) = (0.0, 0.0);
    for (name, after) in trainer.model().tensors()? {
        let moved: Vec<f32> = after.data.iter().zip(&before[&name].data).map(|(a, b)| a - b).collect();
        tensor = f64::max(tensor, golden.after[&name].error(&after.data));
        change = f64::max(change, golden.change[&name].error(&moved));
    }
    Ok(json!({ "losses": losses, "tensor": [tensor, tolerance::STEP_TENSOR], "change": [change, tolerance::STEP_CHANGE] }))
}
