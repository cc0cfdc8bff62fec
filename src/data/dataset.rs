//! A list of labelled images on disk, and their decoded pixels in memory.

use super::cache::Cache;
use super::folder::list_images;
use super::group::one_of_each;
use super::labels::{Filter, Labels};
use super::names::stem;
use crate::classes::{self, CLASSES};
use crate::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// One labelled image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The file.
    pub image: PathBuf,
    /// Its name as the table spells it, without an extension.
    pub name: String,
    /// The position of its class in [`CLASSES`].
    pub label: usize,
    /// The lesion it shows; its own name where the table gives no group.
    pub group: String,
    /// Which of the merged data sets it came from (0 for the first).
    pub source: usize,
}

/// Labelled images. Decoded pixels are kept in memory as they are first used, up to [`Dataset::CACHE_BYTES`].
#[derive(Debug)]
pub struct Dataset {
    samples: Vec<Sample>,
    skipped_unknown: usize,
    filtered: usize,
    cache: Cache,
}

impl Dataset {
    /// How many bytes of decoded pixels are kept; images beyond that are decoded each time they are used.
    pub const CACHE_BYTES: usize = 3 << 30;

    fn new(samples: Vec<Sample>, skipped_unknown: usize, filtered: usize) -> Self {
        let cache = Cache::new(samples.len(), Self::CACHE_BYTES);
        Self { samples, skipped_unknown, filtered, cache }
    }

    /// The images that a label table names (see [`Labels::from_csv`] for its forms), looked for in `folders` in order.
    /// Every file is looked up now; none is decoded before it is used.
    ///
    /// # Errors
    /// Those of [`Labels::from_csv`] and [`Labels::locate`], and [`ErrorKind::TableLabel`] for `AKIEC`: ISIC 2018's merged class can be
    /// evaluated against, but a network of eight classes cannot learn it.
    pub fn from_csv(folders: &[impl AsRef<Path>], labels: impl AsRef<Path>, filters: &[Filter]) -> Result<Self> {
        let labels = Labels::from_csv(labels, filters)?;
        let mut classes = Vec::with_capacity(labels.rows.len());
        for row in &labels.rows {
            classes.push(row.class.ok_or_else(|| {
                let message = format!("{}, line {}: the label {} stands for two classes (AK and SCC)", labels.path.display(), row.line, row.dx);
                Error::new(ErrorKind::TableLabel, message, "Such a table serves for evaluation only; train on ISIC 2019 labels.")
            })?);
        }
        let files = labels.locate(folders)?;
        let rows = labels.rows.into_iter().zip(files).zip(classes);
        let samples = rows.map(|((row, image), label)| Sample { image, name: stem(&row.image).to_owned(), label, group: row.group, source: 0 });
        Ok(Self::new(samples.collect(), labels.skipped_unknown, labels.filtered))
    }

    /// Class folders: every folder in `root` is named with a class code (in either case) and holds that class's images. Other files and
    /// hidden folders are ignored. Each image is its own group.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::TableLabel`] for a folder that is no class; [`ErrorKind::TableDuplicate`] if one name (without extension)
    /// appears twice; [`ErrorKind::TableEmpty`] if there is no image.
    pub fn from_folders(root: impl AsRef<Path>) -> Result<Self> {
        let root = root.as_ref();
        let io = |error: std::io::Error| Error::from(error).context(root.display());
        let mut folders = Vec::new();
        for entry in std::fs::read_dir(root).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() && !name.starts_with('.') {
                folders.push((name, path));
            }
        }
        folders.sort_unstable();
        let mut samples = Vec::new();
        let mut seen: HashMap<String, PathBuf> = HashMap::new();
        for (folder, path) in folders {
            let label = classes::index(&folder).ok_or_else(|| {
                let message = format!("{}: the folder '{folder}' is no class; allowed are {}", root.display(), CLASSES.join(", "));
                Error::new(ErrorKind::TableLabel, message, "Rename the folder or move it away.")
            })?;
            for file in list_images(&path)? {
                let (image, name) = (path.join(&file), stem(&file).to_owned());
                if let Some(other) = seen.insert(name.clone(), image.clone()) {
                    let message = format!("the image '{name}' is there twice: {} and {}", other.display(), image.display());
                    return Err(Error::new(ErrorKind::TableDuplicate, message, "Keep one of them."));
                }
                samples.push(Sample { image, group: name.clone(), name, label, source: 0 });
            }
        }
        if samples.is_empty() {
            let message = format!("{}: no image in any class folder", root.display());
            return Err(Error::new(ErrorKind::TableEmpty, message, "It needs folders named AK, BCC, … with JPEG, PNG or WebP files."));
        }
        Ok(Self::new(samples, 0, 0))
    }

    /// One after the other. The same image name may appear in several of them (a copy at another size): their groups keep them on one side
    /// of a split, so all parts should carry the same `group_id`s. [`Sample::source`] counts on through the parts.
    pub fn merge(parts: Vec<Self>) -> Self {
        let (mut samples, mut skipped_unknown, mut filtered, mut sources) = (Vec::new(), 0usize, 0usize, 0usize);
        for part in parts {
            skipped_unknown = skipped_unknown.saturating_add(part.skipped_unknown);
            filtered = filtered.saturating_add(part.filtered);
            let first = sources;
            for mut sample in part.samples {
                sample.source = sample.source.saturating_add(first);
                sources = sources.max(sample.source.saturating_add(1));
                samples.push(sample);
            }
        }
        Self::new(samples, skipped_unknown, filtered)
    }

    /// The images; positions in this slice are the indices of splits, orders and batches.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Rows left out because their label is `UNK`.
    pub fn skipped_unknown(&self) -> usize {
        self.skipped_unknown
    }

    /// Rows left out by filters.
    pub fn filtered(&self) -> usize {
        self.filtered
    }

    /// How many of the images at `indices` each class has. Indices outside the data set count nowhere.
    pub fn class_counts(&self, indices: &[usize]) -> [usize; CLASSES.len()] {
        let mut counts = [0usize; CLASSES.len()];
        for sample in indices.iter().filter_map(|&index| self.samples.get(index)) {
            if let Some(count) = counts.get_mut(sample.label) {
                *count = count.saturating_add(1);
            }
        }
        counts
    }

    /// One image for each group among `indices`: the one of the lowest source, then of the first name. Ascending order. Validation figures are
    /// over these, so that a lesion photographed six times does not count six times.
    pub fn one_per_group(&self, indices: &[usize]) -> Vec<usize> {
        let known: Vec<(usize, &Sample)> = indices.iter().filter_map(|&index| Some((index, self.samples.get(index)?))).collect();
        let ranked = known.iter().map(|(index, sample)| (sample.group.as_str(), (sample.source, sample.name.as_str(), *index)));
        let mut chosen: Vec<usize> = one_of_each(ranked).into_iter().filter_map(|at| known.get(at)).map(|&(index, _)| index).collect();
        chosen.sort_unstable();
        chosen
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }
}
