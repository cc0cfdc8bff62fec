//! `dermdistill evaluate`: the metrics of a weight file on labelled images.

use super::observe::observe;
use super::selection::JudgingArgs;
use super::{figures, output, prior, weights_file};
use crate::trust::Reason;
use crate::{Error, Result};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  dermdistill evaluate --images ISIC2018/test --labels ISIC2018/test.csv --prior equal --json
  dermdistill evaluate --weights runs/first/best.safetensors --images ISIC/images --labels ISIC/labels.csv \\
      --where subset=HAM --split ISIC/split.csv --part val --one-per-group

A label AKIEC stands for AK and SCC together; the metrics are then over seven classes. A declined answer counts like any other,
except in the figures of the answers given and in risk against coverage, where answers given come first.
An image that cannot be read is named, the figures are over the others, and the exit status is 1.";

/// What to judge, and how.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct EvaluateArgs {
    /// The weight file.
    #[arg(long, default_value = weights_file::RELEASED)]
    weights: PathBuf,
    #[command(flatten)]
    judging: JudgingArgs,
}

/// Judges and prints.
///
/// # Errors
/// Whatever the weights, the table or the output give; after the figures, the kind of the first image that could not be judged.
pub(super) fn run(args: &EvaluateArgs) -> Result<()> {
    let prior = prior::parse(&args.judging.prior)?;
    let weights = weights_file::load(&args.weights)?;
    let selection = args.judging.select()?;
    let observed = observe(&weights.classifier, &selection.items, &prior, args.judging.threads)?;
    if observed.items.is_empty() {
        return observed.complete("there are no figures");
    }
    let probabilities: Vec<Vec<f64>> = observed.observations.iter().map(|seen| seen.probabilities.clone()).collect();
    let declined: Vec<Option<Reason>> = observed.observations.iter().map(|seen| seen.declined).collect();
    let seed = selection.is_grouped.then_some(weights.classifier.card().seed);
    let mut report = figures::report(&observed.items, &probabilities, &declined, seed)?;
    report.weights_sha256 = weights.sha256;
    if args.judging.json {
        output::print_json(&report)?;
    } else {
        let text = figures::text(&report, &args.judging.prior);
        output::print(&format!("{text}\nWeights: {} (SHA-256 {})\n", args.weights.display(), report.weights_sha256))?;
    }
    observed
        .complete(&format!("the figures are over the other {}", report.n))
        .map_err(|error: Error| error.context(args.judging.selection.labels.display()))
}
