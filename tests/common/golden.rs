//! Reads the JSON files that `tests/golden/mobilenet_v2.py` wrote, and compares tensors with their fingerprints.
#![allow(dead_code)] // each test binary uses its own part of these helpers

use serde::Deserialize;
use std::collections::BTreeMap;

use crate::generator;

/// Tensors smaller than this count as zero: gradients of β whose shift the next BatchNorm takes away again.
const FLOOR: f64 = 1e-4;

/// What is kept of one tensor of the PyTorch run in f64.
#[derive(Deserialize)]
pub struct Fingerprint {
    pub size: usize,
    pub mean: f64,
    /// L2.
    pub norm: f64,
    /// The largest magnitude.
    pub largest: f64,
    /// The values at [`generator::places`].
    pub values: Vec<f64>,
    /// The largest difference of PyTorch's own f32 run, over `largest` (at least [`FLOOR`]).
    pub f32_error: f64,
}

/// One input in evaluation mode.
#[derive(Deserialize)]
pub struct EvalCase {
    pub stream: u32,
    pub count: usize,
    pub side: usize,
    /// `features.0` … `features.18` (block outputs), `avg_pool`, `logits`; NHWC.
    pub tensors: BTreeMap<String, Fingerprint>,
    /// count × 8.
    pub logits: Vec<f64>,
}

/// `mobilenet_v2_eval.json`.
#[derive(Deserialize)]
pub struct Eval {
    pub torch: String,
    pub cases: Vec<EvalCase>,
}

/// `mobilenet_v2_train.json`: SGD steps on generated images, one stream of images and labels a step.
#[derive(Deserialize)]
pub struct Train {
    pub torch: String,
    pub count: usize,
    pub side: usize,
    pub steps: usize,
    pub rate: f64,
    pub momentum: f64,
    /// Of every trained tensor, γ, β and biases included: v ← momentum · v + (g + decay · θ), θ ← θ − rate · v.
    pub weight_decay: f64,
    /// Step s reads `generator::images(first_stream + s, …)` and `labels` likewise.
    pub first_stream: u32,
    /// Mean cross-entropy of each step's batch, before its update.
    pub loss: Vec<f64>,
    pub loss_f32: Vec<f64>,
    /// Of step 0, by parameter name, PyTorch's layout, without weight decay.
    pub gradients: BTreeMap<String, Fingerprint>,
    /// Every tensor (running statistics too) after the last step.
    pub after: BTreeMap<String, Fingerprint>,
    /// The same less what it was at the start: the sum of the updates.
    pub change: BTreeMap<String, Fingerprint>,
}

/// A golden file by its name.
#[allow(clippy::unwrap_used)] // a golden file that cannot be read is a broken test
pub fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    parse(&std::fs::read_to_string(&path).unwrap())
}

#[allow(clippy::unwrap_used)] // likewise
fn parse<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

/// The golden outputs in evaluation mode.
pub fn eval() -> Eval {
    read("mobilenet_v2_eval.json")
}

/// The golden training run; compiled in, since a browser takes it too.
pub fn train() -> Train {
    parse(include_str!("../golden/mobilenet_v2_train.json"))
}

impl Fingerprint {
    /// The largest difference between `tensor` and this fingerprint (kept values, mean, and norm over √size), over the tensor's largest magnitude
    /// (at least [`FLOOR`]).
    ///
    /// Infinite if the sizes differ or anything is not a number.
    pub fn error(&self, tensor: &[f32]) -> f64 {
        if tensor.len() != self.size {
            return f64::INFINITY;
        }
        let size = self.size as f64;
        let mean = tensor.iter().map(|&x| f64::from(x)).sum::<f64>() / size;
        let norm = tensor.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        let places = generator::places(self.size, self.values.len());
        let values = places.iter().zip(&self.values).map(|(&place, value)| (f64::from(tensor[place]) - value).abs());
        let differences = values.chain([(mean - self.mean).abs(), (norm - self.norm).abs() / size.sqrt()]);
        let worst = differences.fold(0.0, |worst: f64, d| if d.is_nan() { f64::INFINITY } else { worst.max(d) });
        worst / self.largest.max(FLOOR)
    }
}
