//! The command line: arguments in, files and text out. What it does is done by the rooms above.

mod calibrate;
mod card_texts;
mod classify;
mod compare;
mod convert;
mod distill;
mod evaluate;
mod figures;
mod files;
mod inspect;
mod losses;
mod observe;
mod output;
mod phase1;
mod prior;
mod run;
mod selection;
mod teach;
mod threads;
mod train;
mod weights_file;

use crate::{ErrorKind, Result};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The exit status after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

#[derive(Debug, Parser)]
#[command(name = "dermdistill", version, about = "A skin-lesion classification demonstration: train, distil and run a lightweight network.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Classify photographs.
    Classify(classify::ClassifyArgs),
    /// Measure a weight file on labelled images.
    Evaluate(evaluate::EvaluateArgs),
    /// Train a network on labelled images.
    Train(Box<train::TrainArgs>),
    /// Write a weight file in another precision.
    Convert(convert::ConvertArgs),
    /// Measure how far two weight files agree.
    Compare(compare::CompareArgs),
    /// Let trained networks answer for images, for a student to learn from.
    Teach(teach::TeachArgs),
    /// Let a student learn from a teacher: a rung of the ladder ce, kd, d-kd, ssd-kd.
    Distill(Box<distill::DistillArgs>),
    /// Train the similarity head of a teacher, which ssd-kd reads.
    Phase1(Box<phase1::Phase1Args>),
    /// Make trained weights ready for release: temperature, limits and figures from the validation images.
    Calibrate(calibrate::CalibrateArgs),
    /// Show what a weight file says about itself, and check it.
    Inspect(inspect::InspectArgs),
    /// Print every term of the distillation loss for numbers in a file.
    Losses(losses::LossesArgs),
}

/// Parses the arguments, runs the command, and reports an error as `error: what was found [code]. What to do`. The exit status is 0, or 1
/// after an error, 2 for arguments that are none, 130 after Ctrl-C.
pub fn main() -> ExitCode {
    match run(Cli::parse_from(distill::expand(std::env::args_os())).command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::Aborted => {
            output::note(format_args!("{}. {}", error.message(), error.hint()));
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => {
            output::note(output::plain(&format!("error: {error}")));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Classify(args) => classify::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Teach(args) => teach::run(&args),
        Command::Distill(args) => distill::run(&args),
        Command::Phase1(args) => phase1::run(&args),
        Command::Calibrate(args) => calibrate::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Losses(args) => losses::run(&args),
    }
}
