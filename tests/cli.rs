//! The command line as its users meet it: the built program, run on generated pictures, tables and weights.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may unwrap like the tests themselves

#[path = "cli/calibrate.rs"]
mod calibrate;
#[path = "cli/classify.rs"]
mod classify;
#[path = "cli/convert.rs"]
mod convert;
#[path = "cli/distill.rs"]
mod distill;
#[path = "cli/evaluate.rs"]
mod evaluate;
#[path = "cli/example.rs"]
mod example;
#[path = "common/generator.rs"]
mod generator;
#[path = "cli/inspect.rs"]
mod inspect;
#[path = "cli/losses.rs"]
mod losses;
#[path = "cli/runs.rs"]
mod runs;
#[path = "cli/teach.rs"]
mod teach;
#[path = "common/tolerance.rs"]
mod tolerance;
#[path = "cli/train.rs"]
mod train;
