//! `dermdistill teach`: what teachers answer for images, for students to learn from.

mod committee;

use super::observe::{each, observe};
use super::output::note;
use super::selection::{Item, Part, SelectionArgs, select};
use super::{files, weights_file};
use crate::classes::CLASSES;
use crate::data::{AnswerFile, AnswersAbout, read_photo};
use crate::trust::{self, Prior};
use crate::{Error, ErrorKind, Result};
use clap::Args;
use committee::Committee;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const EXAMPLES: &str = "Examples:
  dermdistill teach --weights a.safetensors --weights b.safetensors --images ISIC/images --labels ISIC/labels.csv \\
      --split ISIC/split.csv --table teacher.csv
  dermdistill teach --weights teacher.safetensors --images ISIC/images --labels ISIC/labels.csv --side 128 --maps --cache teacher.answers

Several weight files answer as a committee: the mean of the logarithms of their calibrated probabilities, each brought to the first one's
class mix. A cache that was interrupted is gone on with by the same command.";

/// Who answers, for which images, and where to.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct TeachArgs {
    /// A teacher's weight file; may be given several times.
    #[arg(long, required = true)]
    weights: Vec<PathBuf>,
    #[command(flatten)]
    selection: SelectionArgs,
    /// CSV `group_id,split` (train or val); images of groups not in it are left out.
    #[arg(long, value_name = "FILE")]
    split: Option<PathBuf>,
    /// The side of the split to answer for.
    #[arg(long, value_enum, default_value_t = Part::Train, requires = "split")]
    part: Part,
    #[command(flatten)]
    target: Target,
    /// With --cache: side of the squares in pixels; the first teacher's own by default.
    #[arg(long, conflicts_with = "table")]
    side: Option<usize>,
    /// With --cache: the first teacher's feature maps as well, which the Gram term compares.
    #[arg(long, conflicts_with = "table")]
    maps: bool,
    /// Threads; all cores by default.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// Where the answers go.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Target {
    /// A table of probabilities for the upright pictures, as train --teacher-outputs reads it.
    #[arg(long, value_name = "CSV")]
    table: Option<PathBuf>,
    /// Logits and pooled features for the eight flips and quarter turns of each picture.
    #[arg(long, value_name = "FILE")]
    cache: Option<PathBuf>,
}

/// Lets the teachers answer.
///
/// # Errors
/// Whatever the weights, the tables or the disk give; the kind of the first image that could not be answered for.
pub(super) fn run(args: &TeachArgs) -> Result<()> {
    let split = args.split.as_deref().map(|path| (path, args.part));
    let items = select(&args.selection, split, false)?.items;
    let path = match (&args.target.table, &args.target.cache) {
        (Some(path), _) => table(args, &items, path).map(|()| path)?,
        (_, Some(path)) => cache(args, &items, path).map(|()| path)?,
        (None, None) => return Err(Error::new(ErrorKind::Argument, "the answers have no place to go", "Give --table or --cache.")),
    };
    note(format_args!("{} images, {} teachers: {}", items.len(), args.weights.len(), path.display()));
    Ok(())
}

/// Every member over all images in turn; nothing is written unless each answered for each.
fn table(args: &TeachArgs, items: &[Item], path: &Path) -> Result<()> {
    let members = args.weights.iter().map(|path| weights_file::load(path)).collect::<Result<Vec<_>>>()?;
    let prior = members.first().map_or(Prior::Training, |first| Prior::Mix(first.classifier.card().class_mix.clone()));
    let mut answers: Vec<Vec<Vec<f64>>> = vec![Vec::new(); items.len()];
    for member in &members {
        let observed = observe(&member.classifier, items, &prior, args.threads)?;
        observed.complete("no table was written")?;
        answers.iter_mut().zip(observed.observations).for_each(|(answers, seen)| answers.push(seen.probabilities));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let internal = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Internal, error.to_string(), "");
    writer.write_record(["image"].iter().chain(&CLASSES)).map_err(|error| internal(&error))?;
    for (item, answers) in items.iter().zip(&answers) {
        // In powers of ten: a student that learns at a high temperature reads small probabilities too.
        let cells = trust::committee(answers)?.into_iter().map(|p| format!("{p:.6e}"));
        writer.write_record(std::iter::once(item.name.clone()).chain(cells)).map_err(|error| internal(&error))?;
    }
    files::write_atomically(path, &writer.into_inner().map_err(|error| internal(&error))?)
}

/// Image by image into a file that is as large as it will be from the beginning.
fn cache(args: &TeachArgs, items: &[Item], path: &Path) -> Result<()> {
    let committee = Committee::new(&args.weights, args.side, args.maps)?;
    let card = committee.card();
    let about = AnswersAbout {
        classes: card.classes.clone(),
        class_mix: card.class_mix.clone(),
        side: committee.side(),
        framing: card.framing,
        teachers: committee.sha256(),
        images: items.iter().map(|item| item.name.clone()).collect(),
    };
    let file = AnswerFile::create(path, &about, &committee.taps())?;
    let open: Vec<(usize, &Item)> = items.iter().enumerate().filter(|(at, _)| !file.is_done(*at)).collect();
    if open.len() < items.len() {
        note(format_args!("{} of {} images are answered for already", items.len() - open.len(), items.len()));
    }
    let file = Mutex::new(file);
    let look = |committee: &mut Committee, (at, item): &(usize, &Item)| {
        let answers = committee.answers(&read_photo(&item.image)?)?;
        file.lock().unwrap_or_else(PoisonError::into_inner).write(*at, &answers)
    };
    let observed = each(&committee, &open, args.threads, |(_, item)| &item.image, look)?;
    observed.complete("the answers to the others are written")
}
