//! `dermdistill calibrate`: from a trained file to one that can be released.

mod familiarity;
mod metrics;

use super::figures;
use super::observe::{Observation, observe};
use super::selection::{Item, Part, SelectionArgs, select};
use super::weights_file::Stored;
use super::{card_texts, files, output, weights_file};
use crate::classifier::Classifier;
use crate::trust::{DeclinedShares, Label, Prior, Seen, apply_prior, fit_limits, fit_prediction_set, fit_temperature, softmax};
use crate::weights::{Card, WeightFile, sha256_hex};
use crate::{Error, ErrorKind, Result};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  dermdistill calibrate runs/first/best.safetensors --images ISIC/images --labels ISIC/labels.csv --where subset=HAM \\
      --split ISIC/split.csv --card card.json --log runs/first/log.csv --output weights/student.safetensors

The weights are rounded first; then the distance to the training is fitted on the training images, and the temperature, the limits for declining, the prediction set and all figures are taken from the
validation images, one a lesion, through the same code that classifies. `evaluate` on those images prints the figures of the card.";

/// What to calibrate, and on what.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct CalibrateArgs {
    /// The trained weight file.
    weights: PathBuf,
    #[command(flatten)]
    selection: SelectionArgs,
    /// CSV `group_id,split`; its val part is measured, one image a group.
    #[arg(long, value_name = "FILE")]
    split: PathBuf,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// JSON with texts for the card: training_data, split, licence, attribution, version, changelog, intended_use, not_intended_use.
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
    /// The training log, whose SHA-256 goes into the card.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// How the numbers are stored.
    #[arg(long, value_enum, default_value_t = Stored::F16)]
    precision: Stored,
    /// The share of photographs whose prediction set holds the truth.
    #[arg(long, default_value_t = 0.9)]
    coverage: f64,
    /// The share of validation photographs that each limit declines at most.
    #[arg(long, default_value_t = 0.005)]
    decline: f64,
    /// The block whose channels tell photographs unlike the training's (fitted on the split's train part), or "none".
    #[arg(long, value_name = "BLOCK", default_value = familiarity::BLOCK)]
    familiarity: String,
    /// Folder of a second set, whose train part the distance is fitted on too: the same lesions prepared in another way.
    #[arg(long, value_name = "DIR", requires = "also_labels")]
    also_images: Option<PathBuf>,
    /// Labels of the second set.
    #[arg(long, value_name = "CSV", requires = "also_images")]
    also_labels: Option<PathBuf>,
    /// The share of validation photographs that count as unlike the training's at most.
    #[arg(long, default_value_t = 0.03)]
    unlike: f64,
    /// Look at every photograph twice, as it is and mirrored, and average the logits.
    #[arg(long)]
    mirror: bool,
    /// Print the card as JSON.
    #[arg(long)]
    json: bool,
    /// Threads; all cores by default.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

impl CalibrateArgs {
    /// The block whose channels are measured; `None` where no distance is to be limited.
    fn block(&self) -> Option<&str> {
        Some(self.familiarity.as_str()).filter(|&block| block != "none")
    }

    fn shares(&self) -> DeclinedShares<'_> {
        DeclinedShares { each: self.decline, distance: self.block().map(|block| (block, self.unlike)) }
    }
}

/// Calibrates, measures, writes and prints.
///
/// # Errors
/// Whatever the weights, the table, an image, the card's texts or the disk give. Nothing is written unless all is well.
pub(super) fn run(args: &CalibrateArgs) -> Result<()> {
    let precision = args.precision.into();
    args.shares().check()?;
    let named = |error: Error| error.context(args.weights.display());
    let mut trained = weights_file::parse(&weights_file::read(&args.weights)?).map_err(named)?;
    trained.card.mirror = args.mirror;
    familiarity::replace(&mut trained, args, precision).map_err(named)?;
    let rounded = trained.write(precision).map_err(named)?;
    let selection = select(&args.selection, Some((&args.split, Part::Val)), true)?;
    let labels = classes(&selection.items, &args.selection)?;
    let observed = observe(&Classifier::new(&rounded)?, &selection.items, &Prior::Training, args.threads)?;
    observed.complete("nothing is written")?;

    let mut file = WeightFile::read(&rounded)?;
    let equal = calibrate(&mut file.card, args, &observed.items, &observed.observations, &labels)?;
    if let Some(path) = &args.card {
        card_texts::fill(&mut file.card, path)?;
    }
    if let Some(path) = &args.log {
        file.card.log_sha256 = sha256_hex(&files::read(path)?);
    }
    let bytes = file.write(precision)?;
    files::write_atomically(&args.output, &bytes)?;
    if args.json {
        return output::print_json(&file.card);
    }
    let abstention = file.card.abstain.as_ref().map_or("", |abstain| abstain.chosen.as_str());
    output::print(&format!(
        "{equal}\nTemperature {:.4}. {abstention}\n{}: {} bytes, SHA-256 {}\n",
        file.card.temperature,
        args.output.display(),
        bytes.len(),
        sha256_hex(&bytes)
    ))
}

/// The class index of every image.
fn classes(items: &[Item], table: &SelectionArgs) -> Result<Vec<usize>> {
    let class = |item: &Item| match item.label {
        Label::Class(index) => Ok(index),
        Label::Akiec => {
            let message = format!("{}: the label AKIEC of {} stands for two classes", table.labels.display(), item.image.display());
            Err(Error::new(ErrorKind::TableLabel, message, "Calibrate on labels of all eight classes."))
        }
    };
    items.iter().map(class).collect()
}

/// Fills in temperature, limits, prediction set and metrics; returns the figures for people, under both priors.
fn calibrate(card: &mut Card, args: &CalibrateArgs, items: &[&Item], observations: &[Observation], labels: &[usize]) -> Result<String> {
    let logits: Vec<Vec<f32>> = observations.iter().map(|seen| seen.logits.clone()).collect();
    card.temperature = fit_temperature(&logits, labels, None)?;
    let training = logits.iter().map(|row| softmax(row, card.temperature)).collect::<Result<Vec<_>>>()?;
    let equal = training.iter().map(|row| apply_prior(row, &card.class_mix, &Prior::Equal)).collect::<Result<Vec<_>>>()?;
    let seen: Vec<_> = observations.iter().map(|one| Seen { logits: &one.logits, quality: one.quality, distance: one.distance }).collect();
    let (limits, declined) = fit_limits(&seen, card.temperature, args.shares())?;
    let set = fit_prediction_set(&training, labels, args.coverage)?;
    let under_training = figures::report(items, &training, &declined, Some(card.seed))?;
    let under_equal = figures::report(items, &equal, &declined, Some(card.seed))?;
    card.metrics = metrics::metrics(&under_training, &under_equal, &set, &training, labels);
    card.abstain = Some(limits);
    card.prediction_set = Some(set);
    Ok(format!("{}\n{}", figures::text(&under_training, "training"), figures::text(&under_equal, "equal")))
}
