//! `dermdistill convert`: a weight file in another precision.

use super::output::note;
use super::weights_file::Stored;
use super::{card_texts, files, weights_file};
use crate::Result;
use crate::weights::WeightFile;
use clap::Args;
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

/// Reads, and writes again.
///
/// # Errors
/// Those of [`WeightFile::read`] and [`WeightFile::write`], and of the disk.
pub(super) fn run(args: &ConvertArgs) -> Result<()> {
    let before = weights_file::read(&args.weights)?;
    let mut file = WeightFile::read(&before).map_err(|error| error.context(args.weights.display()))?;
    if let Some(texts) = &args.card {
        card_texts::fill(&mut file.card, texts)?;
    }
    let after = file.write(args.precision.into())?;
    files::write_atomically(&args.output, &after)?;
    note(format_args!("{}: {} bytes, before {}", args.output.display(), after.len(), before.len()));
    Ok(())
}
