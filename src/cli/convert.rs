//! `dermdistill convert`: a weight file in another precision.

use super::output::note;
use super::{card_texts, files, weights_file};
use crate::Result;
use crate::weights::{Precision, WeightFile};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  dermdistill convert runs/teacher/best.safetensors --precision int8 --output teacher_int8.safetensors
  dermdistill compare runs/teacher/best.safetensors teacher_int8.safetensors --images ISIC/images --labels ISIC/labels.csv";

/// What to convert, and to what.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ConvertArgs {
    /// A weight file of this program.
    weights: PathBuf,
    /// How numbers are stored.
    #[arg(long, value_enum)]
    precision: Stored,
    /// Where the converted file goes.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// A JSON object of texts for the card: training_data, split, licence, attribution, version, changelog, intended_use, not_intended_use.
    #[arg(long, value_name = "JSON")]
    card: Option<PathBuf>,
}

/// How numbers are stored. BatchNorm stays f32 in each.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Stored {
    /// Everything as it was trained.
    F32,
    /// Kernels and matrices in two bytes.
    F16,
    /// Convolutions in one byte with a scale an output channel; matrices and small convolutions in two.
    Int8,
}

/// Reads, and writes again.
///
/// # Errors
/// Those of [`WeightFile::read`] and [`WeightFile::write`], and of the disk.
pub(super) fn run(args: &ConvertArgs) -> Result<()> {
    let precision = match args.precision {
        Stored::F32 => Precision::F32,
        Stored::F16 => Precision::F16,
        Stored::Int8 => Precision::Int8,
    };
    let before = weights_file::read(&args.weights)?;
    let mut file = WeightFile::read(&before).map_err(|error| error.context(args.weights.display()))?;
    if let Some(texts) = &args.card {
        card_texts::fill(&mut file.card, texts)?;
    }
    let after = file.write(precision)?;
    files::write_atomically(&args.output, &after)?;
    note(format_args!("{}: {} bytes, before {}", args.output.display(), after.len(), before.len()));
    Ok(())
}
