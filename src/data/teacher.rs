//! What a teacher answered for the images of a data set, from a table made beforehand.

use super::csv::{Table, at, malformed};
use super::dataset::Dataset;
use super::names::stem;
use crate::classes::CLASSES;
use crate::error::shorten;
use crate::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::path::Path;

const N: usize = CLASSES.len();
/// How far a row's sum may lie from 1: tables are written with four decimals or more.
const SUM_TOLERANCE: f64 = 1e-3;

/// Eight logits for each image that a teacher has seen: the logarithms of its probabilities, under the class mix that those hold for.
#[derive(Clone, Debug, PartialEq)]
pub struct TeacherOutputs {
    /// By position in the data set.
    rows: Vec<Option<[f32; N]>>,
}

impl TeacherOutputs {
    /// Reads one table for each merged part of `dataset`, in the same order. A table has a column `image` (or `image_id`; with or without an
    /// extension) and one for each code of [`CLASSES`], in any order and beside any others. Its rows are probabilities. Images of the table that
    /// the data set lacks are ignored; images without a row are an error only when they are asked for.
    ///
    /// # Errors
    /// All name the file and, where there is one, the line: [`ErrorKind::Argument`] for another number of tables than parts; [`ErrorKind::Io`];
    /// [`ErrorKind::TableColumn`] for a missing column; [`ErrorKind::TableLabel`] for a cell that is no number from 0 to 1 or a row whose sum
    /// is not 1; [`ErrorKind::TableDuplicate`] for an image named twice.
    pub fn from_csv(paths: &[impl AsRef<Path>], dataset: &Dataset) -> Result<Self> {
        let parts = dataset.samples().iter().map(|sample| sample.source.saturating_add(1)).max().unwrap_or(0);
        if paths.len() != parts {
            let message = format!("{} tables of a teacher's outputs for {parts} image folders", paths.len());
            return Err(Error::new(ErrorKind::Argument, message, "Give one table for each folder, in the same order."));
        }
        let mut tables = Vec::with_capacity(parts);
        for path in paths {
            tables.push(read(path.as_ref())?);
        }
        let row = |source: usize, name: &str| tables.get(source).and_then(|table| table.get(name)).map(|(_, row)| *row);
        Ok(Self { rows: dataset.samples().iter().map(|sample| row(sample.source, &sample.name)).collect() })
    }

    /// The logits for the image at `index`: ln p, at least that of the smallest number an `f32` has.
    ///
    /// # Errors
    /// [`ErrorKind::TableImage`] naming an image without a row.
    pub fn logits(&self, index: usize, dataset: &Dataset) -> Result<[f32; N]> {
        self.rows.get(index).copied().flatten().ok_or_else(|| {
            let name = dataset.samples().get(index).map_or_else(|| index.to_string(), |sample| sample.image.display().to_string());
            Error::new(ErrorKind::TableImage, format!("the teacher's outputs have no row for {name}"), "Every training image needs one.")
        })
    }
}

fn read(path: &Path) -> Result<HashMap<String, (u64, [f32; N])>> {
    let mut table = Table::open(path)?;
    let image = table.position("image_id").map_or_else(|| table.column("image"), Ok)?;
    let columns = CLASSES.iter().map(|code| table.column(code)).collect::<Result<Vec<_>>>()?;
    let mut rows = HashMap::new();
    while let Some((line, record)) = table.next_row()? {
        let mut p = Vec::with_capacity(N);
        for (&column, code) in columns.iter().zip(CLASSES) {
            let text = record.get(column).unwrap_or_default();
            let number = text.parse::<f64>().ok().filter(|number| (0.0..=1.0).contains(number));
            p.push(number.ok_or_else(|| malformed(path, line, &format!("'{}' in column {code}; allowed are numbers from 0 to 1", shorten(text))))?);
        }
        let sum: f64 = p.iter().sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(malformed(path, line, &format!("the probabilities add up to {sum}, not to 1")));
        }
        let mut row = [0.0; N];
        row.iter_mut().zip(p).for_each(|(slot, p)| *slot = p.max(f64::from(f32::MIN_POSITIVE)).ln() as f32);
        let name = stem(record.get(image).unwrap_or_default()).to_owned();
        if let Some((first, _)) = rows.insert(name.clone(), (line, row)) {
            let message = format!("{}: image '{}' was already named on line {first}", at(path, line), shorten(&name));
            return Err(Error::new(ErrorKind::TableDuplicate, message, "Keep one row for each image."));
        }
    }
    Ok(rows)
}
