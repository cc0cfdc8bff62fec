//! Which labelled images a command judges.

use super::output::note;
use super::prior;
use crate::data::{Filter, LabelRow, Labels, one_of_each, sides, stem};
use crate::trust::Label;
use crate::{Error, ErrorKind, Result};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Images and their labels.
#[derive(Args, Clone, Debug)]
pub(super) struct SelectionArgs {
    /// Folder of images; may be given several times.
    #[arg(long, required = true, value_name = "DIR")]
    pub images: Vec<PathBuf>,
    /// Labels: CSV with the columns image,dx[,group_id], or the official one-hot CSV of ISIC 2018 or 2019.
    #[arg(long, value_name = "CSV")]
    pub labels: PathBuf,
    /// Keep only rows with this value, for example subset=HAM, or without it: column!=value; may be repeated.
    #[arg(long = "where", value_name = "COLUMN=VALUE")]
    pub filters: Vec<String>,
}

/// What a command that judges shares with the others: the images, the side of a split, the prior, how it runs and what it prints.
#[derive(Args, Clone, Debug)]
pub(super) struct JudgingArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[arg(long, default_value = "training", help = prior::HELP)]
    pub prior: String,
    /// CSV `group_id,split` (train or val); images of groups not in it are left out.
    #[arg(long, value_name = "FILE")]
    pub split: Option<PathBuf>,
    /// The side of the split to judge.
    #[arg(long, value_enum, default_value_t = Part::Val, requires = "split")]
    pub part: Part,
    /// Judge one image of each group, the first by name.
    #[arg(long)]
    pub one_per_group: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Threads; all cores by default.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

impl JudgingArgs {
    /// The images asked for.
    ///
    /// # Errors
    /// Those of [`select`].
    pub fn select(&self) -> Result<Selection> {
        select(&self.selection, self.split.as_deref().map(|path| (path, self.part)), self.one_per_group)
    }
}

/// A side of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// What the training learned from.
    Train,
    /// What it was validated on.
    Val,
}

/// One labelled image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// The file.
    pub image: PathBuf,
    /// Its name as the table spells it, without an extension.
    pub name: String,
    /// What it shows.
    pub label: Label,
    /// The lesion it shows.
    pub group: String,
}

/// The images of a table that were asked for.
#[derive(Debug)]
pub(super) struct Selection {
    /// The images, in the order of the table; at least one.
    pub items: Vec<Item>,
    /// Whether the table says which photographs show the same lesion.
    pub is_grouped: bool,
}

/// Reads the table, keeps the rows of one side of a split (where one is given) and one image a group (if asked for), and finds the files.
///
/// Groups that the split does not name are left out. The image kept of a group is the first by name, as in a training's validation.
///
/// # Errors
/// Those of [`Labels::from_csv`], [`Labels::locate`] and of a split file; [`ErrorKind::TableEmpty`] if the split leaves no image.
pub(super) fn select(args: &SelectionArgs, split: Option<(&Path, Part)>, one_per_group: bool) -> Result<Selection> {
    let filters = args.filters.iter().map(|text| Filter::parse(text)).collect::<Result<Vec<_>>>()?;
    let mut labels = Labels::from_csv(&args.labels, &filters)?;
    if labels.skipped_unknown > 0 {
        note(format_args!("{}: {} rows labelled UNK are left out", labels.path.display(), labels.skipped_unknown));
    }
    let is_grouped = labels.rows.iter().any(|row| row.group != stem(&row.image));
    if let Some((path, part)) = split {
        keep_part(&mut labels, path, part)?;
    }
    if one_per_group {
        keep_first_of_groups(&mut labels.rows);
    }
    let files = labels.locate(&args.images)?;
    let label = |row: &LabelRow| row.class.map_or(Label::Akiec, Label::Class);
    let items = labels
        .rows
        .iter()
        .zip(files)
        .map(|(row, image)| Item { image, name: stem(&row.image).to_owned(), label: label(row), group: row.group.clone() })
        .collect();
    Ok(Selection { items, is_grouped })
}

fn keep_part(labels: &mut Labels, path: &Path, part: Part) -> Result<()> {
    let sides = sides(path)?;
    let all = labels.rows.len();
    labels.rows.retain(|row| sides.get(&row.group).is_some_and(|&validation| validation == (part == Part::Val)));
    if labels.rows.is_empty() {
        let message = format!("{}: none of the {all} images of {} is in the {part:?} part", path.display(), labels.path.display());
        return Err(Error::new(ErrorKind::TableEmpty, message, "Check that group_id is spelled alike in the labels and in the split."));
    }
    Ok(())
}

fn keep_first_of_groups(rows: &mut Vec<LabelRow>) {
    let kept = one_of_each(rows.iter().map(|row| (row.group.as_str(), stem(&row.image))));
    *rows = kept.into_iter().filter_map(|at| rows.get(at)).cloned().collect();
}
