//! Milliseconds of the engine's forward pass, one thread, for every instruction set of this machine: `cargo bench --bench forward`.

use std::time::Instant;

use dermdistill::Result;
use dermdistill::engine::Engine;
use dermdistill::kernels::Isa;
use dermdistill::weights::WeightFile;

/// Timed runs; the medians of two benchmarks compare, the minima say what the machine can do.
const RUNS: usize = 60;

fn main() -> Result<()> {
    let WeightFile { card, tensors } = WeightFile::read(&std::fs::read("weights/student.safetensors")?)?;
    let network = card.network()?;
    println!("{:>8} {:>5} {:>8} {:>8} {:>8}  ms a forward pass", "", "side", "min", "median", "p90");
    for isa in Isa::available() {
        let mut engine = Engine::with_isa(&network, &tensors, 224, isa)?;
        let input: Vec<f32> = (0..224 * 224 * 3).map(|i| (i % 255) as f32 / 64.0 - 2.0).collect();
        for _ in 0..10 {
            engine.forward(&input)?;
        }
        let mut times = [0.0; RUNS];
        for time in &mut times {
            let start = Instant::now();
            std::hint::black_box(engine.forward(&input)?);
            *time = start.elapsed().as_secs_f64() * 1e3;
        }
        times.sort_by(f64::total_cmp);
        println!("{:>8} {:>5} {:8.2} {:8.2} {:8.2}", isa.name(), 224, times[0], times[RUNS / 2], times[RUNS * 9 / 10]);
    }
    Ok(())
}
