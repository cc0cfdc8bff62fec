//! The command line: arguments in, files and text out. What it does is done by the rooms above.

mod files;
mod train;

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
    /// Train a network on labelled images.
    Train(Box<train::TrainArgs>),
}

/// Parses the arguments, runs the command, and reports an error as `error: what was found. What to do`.
pub fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::Aborted => {
            eprintln!("{}. {}", error.message(), error.hint());
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Train(args) => train::run(&args),
    }
}
