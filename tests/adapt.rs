//! A learner from a few photographs: scopes, undo, states, files, and what it refuses.
#![allow(clippy::unwrap_used)] // a helper that fails is a test that fails

#[path = "common/generator.rs"]
mod generator;
#[path = "common/tolerance.rs"]
mod tolerance;

#[path = "adapt/distil.rs"]
mod distil;
#[path = "adapt/examples.rs"]
mod examples;
#[path = "adapt/files.rs"]
mod files;
#[path = "adapt/kept.rs"]
mod kept;
#[path = "adapt/runs.rs"]
mod runs;

use dermdistill::adapt::{Example, Learner, Plan, Report, Scope, Use};
use dermdistill::nn::{Framing, mobilenet_v2};
use dermdistill::photo::Seen;
use dermdistill::weights::{Card, Precision, Tensor, WeightFile};

const SIDE: usize = 32;

/// A weight file with the generator's network, whose steps at 32 × 32 take little time.
fn file() -> WeightFile {
    let mix = vec![0.05, 0.1, 0.1, 0.05, 0.1, 0.5, 0.05, 0.05];
    let tensors = generator::parameters(&mobilenet_v2(8)).into_iter().map(|(p, data)| (p.name, Tensor { shape: p.shape, data })).collect();
    WeightFile { card: Card::new("mobilenet_v2", SIDE, Framing::CentreSquare, mix), tensors }
}

fn shipped() -> Vec<u8> {
    file().write(Precision::F32).unwrap()
}

/// A square of one class's colour, with grain that no two share.
fn square(id: u32, label: usize, side: usize) -> Seen {
    let grain = generator::uniform(900 + id, side * side * 3);
    let colour = [[200.0, 60.0, 60.0], [60.0, 60.0, 200.0], [60.0, 200.0, 60.0]][label % 3];
    let rgb = grain.enumerate().map(|(i, g)| (colour[i % 3] + 40.0 * g).clamp(0.0, 255.0) as u8).collect();
    Seen { side, rgb }
}

fn example(id: u32, label: usize) -> Example {
    Example { label, seen: square(id, label, SIDE), r#use: Use::Auto }
}

/// `count` examples, of two classes in turn.
fn learner(count: u32) -> Learner {
    let mut learner = Learner::new(&shipped()).unwrap();
    for id in 0..count {
        learner.insert(id, example(id, id as usize % 2)).unwrap();
    }
    learner
}

fn plan(scope: Scope) -> Plan {
    Plan { scope, batch: 4, ..Plan::default() }
}

fn clock() -> f64 {
    0.0
}

fn steps(learner: &mut Learner, plan: &Plan, count: usize) -> Vec<Report> {
    learner.begin(plan.clone()).unwrap();
    (0..count).map(|_| learner.step(clock).unwrap()).collect()
}
