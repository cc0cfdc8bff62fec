//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    dermdistill::cli::main()
}
