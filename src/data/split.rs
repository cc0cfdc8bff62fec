//! Splits into training and validation by group: a lesion is on one side only, whatever the number of its photographs.

use super::csv::{Table, at};
use super::dataset::Dataset;
use crate::classes::CLASSES;
use crate::error::shorten;
use crate::random::{Purpose, Stream};
use crate::{Error, ErrorKind, Result};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Positions in a data set, both lists ascending; no group has images in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The images to train on.
    pub train: Vec<usize>,
    /// The images to validate on.
    pub val: Vec<usize>,
    /// Images on neither side because their group is not in the split file; 0 for [`Split::by_seed`].
    pub dropped: usize,
}

impl Split {
    /// Reads a split from a CSV with the columns `group_id,split`, where `split` is `train` or `val`. Groups of the file without images here
    /// are ignored. Images whose group is not in the file are left out and counted in [`Split::dropped`]: a caller says so.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::TableColumn`]; [`ErrorKind::TableLabel`] for another word than `train` or `val`, or a malformed row;
    /// [`ErrorKind::TableDuplicate`] if a group is named twice; [`ErrorKind::TableEmpty`] if no image is left to train on.
    pub fn from_file(path: impl AsRef<Path>, dataset: &Dataset) -> Result<Self> {
        let path = path.as_ref();
        let sides = sides(path)?;
        let split = Self::assign(dataset, |group| sides.get(group).copied());
        if split.train.is_empty() {
            let message = format!("{}: none of the {} images belongs to a group marked train", path.display(), dataset.samples().len());
            return Err(Error::new(ErrorKind::TableEmpty, message, "Check that group_id is spelled alike in the labels and in the split."));
        }
        Ok(split)
    }

    /// A split drawn from a seed, stratified by class: of the G groups of each class, round(`val_fraction` · G) are for validation. A group
    /// counts for the class most of its images have. The order of the images does not matter, only their groups' names.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] unless 0 ≤ `val_fraction` < 1; [`ErrorKind::TableEmpty`] if no image is left to train on.
    pub fn by_seed(dataset: &Dataset, seed: u64, val_fraction: f64) -> Result<Self> {
        if !(0.0..1.0).contains(&val_fraction) {
            return Err(Error::new(ErrorKind::Argument, format!("the validation part is {val_fraction}; allowed are 0 to below 1"), "Try 0.2."));
        }
        let mut counts: BTreeMap<&str, [usize; CLASSES.len()]> = BTreeMap::new();
        for sample in dataset.samples() {
            if let Some(count) = counts.entry(&sample.group).or_default().get_mut(sample.label) {
                *count = count.saturating_add(1);
            }
        }
        let mut by_class: Vec<Vec<&str>> = vec![Vec::new(); CLASSES.len()];
        for (group, counts) in counts {
            let most = counts.iter().copied().max().unwrap_or(0);
            let class = counts.iter().position(|&count| count == most).unwrap_or(0);
            if let Some(groups) = by_class.get_mut(class) {
                groups.push(group);
            }
        }
        let mut sides = HashMap::new();
        for (class, mut groups) in by_class.into_iter().enumerate() {
            let validation = (val_fraction * groups.len() as f64).round() as usize;
            Stream::new(seed, 0, class, 0, Purpose::Split).shuffle(&mut groups);
            sides.extend(groups.into_iter().enumerate().map(|(place, group)| (group, place < validation)));
        }
        let split = Self::assign(dataset, |group| sides.get(group).copied());
        if split.train.is_empty() {
            return Err(Error::new(ErrorKind::TableEmpty, "the split leaves no image to train on", "Choose a smaller validation part."));
        }
        Ok(split)
    }

    /// `is_validation` answers for a group; `None` drops its images.
    fn assign(dataset: &Dataset, is_validation: impl Fn(&str) -> Option<bool>) -> Self {
        let mut split = Self { train: Vec::new(), val: Vec::new(), dropped: 0 };
        for (index, sample) in dataset.samples().iter().enumerate() {
            match is_validation(&sample.group) {
                Some(true) => split.val.push(index),
                Some(false) => split.train.push(index),
                None => split.dropped = split.dropped.saturating_add(1),
            }
        }
        split
    }
}

/// A split file: every group it names, and whether that is for validation.
///
/// # Errors
/// Those of [`Split::from_file`] that concern the file alone.
pub(crate) fn sides(path: &Path) -> Result<HashMap<String, bool>> {
    let mut table = Table::open(path)?;
    let (group_column, split_column) = (table.column("group_id")?, table.column("split")?);
    let (mut sides, mut lines) = (HashMap::new(), HashMap::new());
    while let Some((line, record)) = table.next_row()? {
        let group = record.get(group_column).unwrap_or_default();
        let validation = match record.get(split_column).unwrap_or_default() {
            "train" => false,
            "val" => true,
            other => {
                let message = format!("{}: '{}' in column split; allowed are train and val", at(path, line), shorten(other));
                return Err(Error::new(ErrorKind::TableLabel, message, ""));
            }
        };
        if let Some(first) = lines.insert(group.to_owned(), line) {
            let message = format!("{}: group '{}' was already named on line {first}", at(path, line), shorten(group));
            return Err(Error::new(ErrorKind::TableDuplicate, message, "Keep one row for each group."));
        }
        sides.insert(group.to_owned(), validation);
    }
    Ok(sides)
}
