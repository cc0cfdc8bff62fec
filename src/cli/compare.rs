//! `dermdistill compare`: how far two weight files agree on the same images, and which answers better.

use super::observe::observe;
use super::output::table;
use super::selection::JudgingArgs;
use super::{output, prior, weights_file};
use crate::Result;
use crate::classes::CLASSES;
use crate::trust::{Agreement, Figure, Label, Paired, agreement, paired};
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};

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

/// What is printed with `--json`.
#[derive(Serialize)]
struct Comparison {
    #[serde(flatten)]
    agreement: Agreement,
    /// How well each answers, and whether the difference may be chance.
    judged: Paired,
}

/// Lets both look, and prints how far they agree and which answers better.
///
/// # Errors
/// Whatever the weights, the table or the output give; the kind of the first image that could not be judged.
pub(super) fn run(args: &CompareArgs) -> Result<()> {
    let prior = prior::parse(&args.judging.prior)?;
    let items = args.judging.select()?.items;
    let look = |path: &Path| {
        let weights = weights_file::load(path)?;
        let observed = observe(&weights.classifier, &items, &prior, args.judging.threads)?;
        observed.complete("nothing was compared")?;
        let probabilities = observed.observations.into_iter().map(|seen| seen.probabilities).collect::<Vec<_>>();
        Result::Ok((probabilities, weights.classifier.card().seed))
    };
    let ((first, seed), (second, _)) = (look(&args.first)?, look(&args.second)?);
    let labels: Vec<Label> = items.iter().map(|item| item.label).collect();
    let groups: Vec<&str> = items.iter().map(|item| item.group.as_str()).collect();
    let judged = paired([&first, &second], &labels, &groups, &CLASSES, seed)?;
    let found = Comparison { agreement: agreement(&first, &second)?, judged };
    if args.judging.json {
        return output::print_json(&found);
    }
    output::print(&text(&found, &args.judging.prior))
}

fn text(Comparison { agreement, judged }: &Comparison, prior: &str) -> String {
    let n = agreement.n;
    let share = |value: f64| format!("{value:.4}");
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let agreement = [
        row("same class first", share(agreement.top1)),
        row("mean |Δp|", format!("{:.5}", agreement.mean_difference)),
        row("mean |Δp| of the first", format!("{:.5}", agreement.mean_top1_difference)),
        row("largest |Δp|", share(agreement.largest_difference)),
    ];
    let mut figures = vec![["", "first", "second", "second − first"].map(str::to_owned).to_vec()];
    let named = [("balanced accuracy", judged.balanced_accuracy), ("accuracy", judged.accuracy), ("negative log-likelihood", judged.nll)];
    for (name, Figure { first, second, difference: [low, high] }) in named {
        let difference = format!("{:+.3} ({low:+.3} to {high:+.3})", second - first);
        figures.push(vec![name.to_owned(), format!("{first:.3}"), format!("{second:.3}"), difference]);
    }
    format!(
        "{n} photographs, judged under the prior: {prior}\n{}\n{}  In brackets: 95 % intervals of the difference, {} lesions drawn for both at once.\n",
        table(&agreement),
        table(&figures),
        judged.groups
    )
}
