//! `dermdistill compare`: how far two weight files agree on the same images.

use super::observe::observe;
use super::selection::{Part, SelectionArgs, select};
use super::{output, prior, weights_file};
use crate::Result;
use crate::trust::agreement;
use clap::Args;
use std::path::PathBuf;

/// The two, and what they look at.
#[derive(Args, Debug)]
pub(super) struct CompareArgs {
    /// A weight file.
    first: PathBuf,
    /// Another one, for example the same in another precision.
    second: PathBuf,
    #[command(flatten)]
    selection: SelectionArgs,
    #[arg(long, default_value = "training", help = prior::HELP)]
    prior: String,
    /// CSV `group_id,split` (train or val); images of groups not in it are left out.
    #[arg(long, value_name = "FILE")]
    split: Option<PathBuf>,
    /// The side of the split to look at.
    #[arg(long, value_enum, default_value_t = Part::Val, requires = "split")]
    part: Part,
    /// Look at one image of each group, the first by name.
    #[arg(long)]
    one_per_group: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Threads; all cores by default.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// Lets both look, and prints how far they agree.
///
/// # Errors
/// Whatever the weights, the table or the output give; the kind of the first image that could not be judged.
pub(super) fn run(args: &CompareArgs) -> Result<()> {
    let prior = prior::parse(&args.prior)?;
    let items = select(&args.selection, args.split.as_deref().map(|path| (path, args.part)), args.one_per_group)?.items;
    let mut probabilities = Vec::new();
    for path in [&args.first, &args.second] {
        let observed = observe(&weights_file::load(path)?.classifier, &items, &prior, args.threads)?;
        observed.complete("nothing was compared")?;
        probabilities.push(observed.observations.into_iter().map(|seen| seen.probabilities).collect::<Vec<_>>());
    }
    let (second, first) = (probabilities.pop().unwrap_or_default(), probabilities.pop().unwrap_or_default());
    let found = agreement(&first, &second)?;
    if args.json {
        return output::print_json(&found);
    }
    output::print(&format!(
        "{} photographs, judged under the prior: {}\n  same class first         {:.4}\n  mean |Δp|                {:.5}\n  \
         mean |Δp| of the first   {:.5}\n  largest |Δp|             {:.4}\n",
        found.n, args.prior, found.top1, found.mean_difference, found.mean_top1_difference, found.largest_difference
    ))
}
