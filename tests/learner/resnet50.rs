//! ResNet-50 in both layouts against PyTorch (`tests/golden/resnet50.py`), in both executors.

use candle_core::{Device, Tensor};
use dermdistill::engine::Engine;
use dermdistill::kernels::Isa;
use dermdistill::learner::{Model, Pass};
use dermdistill::nn::Network;
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::golden::Fingerprint;
use crate::{generator, golden, tensors, tolerance};

/// `resnet50.json`.
#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    network: String,
    stream: u32,
    count: usize,
    side: usize,
    taps: BTreeMap<String, Fingerprint>,
}

impl Case {
    /// Asserts that the taps of all images, end to end, are PyTorch's.
    fn compare(&self, executor: &str, taps: &BTreeMap<String, Vec<f32>>) {
        for (tap, expected) in &self.taps {
            // The promise is over max(1, largest), which is the largest here.
            let error = expected.error(&taps[tap]);
            println!("{} {executor} at {} px, {tap}: {error:.1e} (PyTorch's own f32 {:.1e})", self.network, self.side, expected.f32_error);
            assert!(expected.largest >= 1.0 && error <= tolerance::GOLDEN_LOGITS, "{} {executor}, {tap}: {error}", self.network);
        }
    }
}

#[test]
fn both_executors_give_pytorchs_taps() {
    let golden: Golden = golden::read("resnet50.json");
    for name in ["resnet50", "resnet50v2"] {
        let network = Network::named(name, 8).unwrap();
        let tensors = tensors(&network);
        let model = Model::new(&network, &tensors).unwrap();
        for case in golden.cases.iter().filter(|case| case.network == name) {
            let images = generator::images(case.stream, case.count, case.side);
            let input = Tensor::from_slice(&images, (case.count, case.side, case.side, 3), &Device::Cpu).unwrap();
            let output = model.forward(&input, Pass::EVAL).unwrap();
            let numbers = |tap: &String| output.tap(tap).unwrap().flatten_all().unwrap().to_vec1().unwrap();
            case.compare("learner", &case.taps.keys().map(|tap| (tap.clone(), numbers(tap))).collect());
            // Scalar code takes seconds for a large image; the small ones show what differs between instruction sets.
            let fastest = Isa::detect();
            for isa in Isa::available().into_iter().filter(|isa| case.side < 224 || *isa == fastest) {
                let mut engine = Engine::with_isa(&network, &tensors, case.side, isa).unwrap();
                let mut taps: BTreeMap<String, Vec<f32>> = BTreeMap::new();
                for image in images.chunks(images.len() / case.count) {
                    engine.forward(image).unwrap();
                    engine.taps().for_each(|(tap, _, values)| taps.entry(tap.to_owned()).or_default().extend(values));
                }
                case.compare(isa.name(), &taps);
            }
        }
    }
}
