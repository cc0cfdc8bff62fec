//! `dermdistill compare`: how far two weight files agree on the same images.

use super::observe::observe;
use super::selection::JudgingArgs;
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
    judging: JudgingArgs,
}

/// Lets both look, and prints how far they agree.
///
/// # Errors
/// Whatever the weights, the table or the output give; the kind of the first image that could not be judged.
pub(super) fn run(args: &CompareArgs) -> Result<()> {
    let prior = prior::parse(&args.judging.prior)?;
    let items = args.judging.select()?.items;
    let mut probabilities = Vec::new();
    for path in [&args.first, &args.second] {
        let observed = observe(&weights_file::load(path)?.classifier, &items, &prior, args.judging.threads)?;
        observed.complete("nothing was compared")?;
        probabilities.push(observed.observations.into_iter().map(|seen| seen.probabilities).collect::<Vec<_>>());
    }
    let (second, first) = (probabilities.pop().unwrap_or_default(), probabilities.pop().unwrap_or_default());
    let found = agreement(&first, &second)?;
    if args.judging.json {
        return output::print_json(&found);
    }
    output::print(&format!(
        "{} photographs, judged under the prior: {}\n  same class first         {:.4}\n  mean |Δp|                {:.5}\n  \
         mean |Δp| of the first   {:.5}\n  largest |Δp|             {:.4}\n",
        found.n, args.judging.prior, found.top1, found.mean_difference, found.mean_top1_difference, found.largest_difference
    ))
}
