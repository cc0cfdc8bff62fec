//! A training step of the whole network: batch 8, plain SGD, two threads unless RAYON_NUM_THREADS says otherwise.
//! `cargo bench --bench train_step` prints milliseconds (minimum, median) and the process's largest resident memory, in the form of
//! the PyTorch script it is compared with.

#[path = "../tests/common/generator.rs"]
mod generator;

use dermdistill::distill::Supervised;
use dermdistill::learner::{Batch, Model, Norms, Schedule, SgdConfig, Trainer, TrainerConfig};
use dermdistill::nn::mobilenet_v2;
use dermdistill::weights::Tensor;
use std::time::Instant;

const BATCH: usize = 8;
const WARM_UP: usize = 2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let threads = std::env::var("RAYON_NUM_THREADS").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
    rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global()?;
    let network = mobilenet_v2(8);
    let tensors = generator::parameters(&network).into_iter().map(|(p, data)| (p.name, Tensor { shape: p.shape, data })).collect();
    for (side, runs) in [(128, 20), (224, 12)] {
        let sgd = SgdConfig { momentum: 0.0, weight_decay: 0.0, nesterov: false };
        let config = TrainerConfig { schedule: Schedule::Constant { rate: 1e-2 }, average: None, norms: Norms::Batch };
        let mut trainer = Trainer::new(Model::new(&network, &tensors)?, sgd, config)?;
        let mut objective = Supervised::new(vec![1.0; 8], 0.0)?;
        let labels: Vec<usize> = (0..BATCH).collect();
        let images = generator::images(7, BATCH, side);
        let mut times = Vec::new();
        for _ in 0..runs + WARM_UP {
            let input = images.clone();
            let start = Instant::now();
            trainer.step(&Batch::new(input, labels.clone(), labels.clone(), 1, side)?, &mut objective)?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        times.drain(..WARM_UP);
        times.sort_by(f64::total_cmp);
        println!(
            "dermdistill threads {threads} b{BATCH} r{side}: step min {:.0} med {:.0} ms maxrss {} MB",
            times[0],
            times[runs / 2],
            resident_mb()
        );
    }
    Ok(())
}

/// The largest resident set so far, as Linux counts it; 0 elsewhere.
fn resident_mb() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kb| kb.parse::<usize>().ok()).unwrap_or(0) / 1024
}
