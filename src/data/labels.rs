//! Label tables: the official one-hot files of ISIC 2019 and 2018, and plain `image,dx[,group_id]`.

use super::csv::{Table, at, malformed};
use super::names::stem;
use crate::classes::{AKIEC, CLASSES};
use crate::error::shorten;
use crate::{Error, ErrorKind, Result};
use csv::StringRecord;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

/// ISIC 2019's "none of the others".
const UNKNOWN: &str = "UNK";
/// The columns of ISIC 2018 Task 3.
const ISIC_2018: [&str; 7] = ["MEL", "NV", "BCC", AKIEC, "BKL", "DF", "VASC"];
const IMAGE_COLUMNS: [&str; 2] = ["image", "image_id"];
const GROUP_COLUMNS: [&str; 2] = ["group_id", "lesion_id"];

/// A condition on one column: rows that do not meet it are left out (and counted), for example `subset=HAM`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    column: String,
    value: String,
    equal: bool,
}

impl Filter {
    /// Parses `column=value` (keep rows with exactly this value) or `column!=value` (keep the others). The comparison is case-sensitive.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if there is no `=` or no column name.
    pub fn parse(text: &str) -> Result<Self> {
        let (column, value) = text.split_once('=').unwrap_or_default();
        let (column, equal) = column.strip_suffix('!').map_or((column, true), |name| (name, false));
        if column.trim().is_empty() {
            return Err(Error::new(
                ErrorKind::Argument,
                format!("the filter '{text}' is neither column=value nor column!=value"),
                "Write for example subset=HAM.",
            ));
        }
        Ok(Self { column: column.trim().to_owned(), value: value.trim().to_owned(), equal })
    }
}

/// One labelled image of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRow {
    /// The line it stands on, from 1.
    pub line: u64,
    /// The image as the table spells it, with or without an extension.
    pub image: String,
    /// The label's code in capitals: one of [`CLASSES`], or [`AKIEC`] (ISIC 2018: AK and SCC together).
    pub dx: String,
    /// The position in [`CLASSES`]; `None` for [`AKIEC`].
    pub class: Option<usize>,
    /// The lesion it shows. Without a group column (or with an empty cell) each image is a group of its own, named after it: a split then
    /// cannot keep two photographs of one lesion together.
    pub group: String,
}

/// A label table that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The file it came from.
    pub path: PathBuf,
    /// Its images, in the order of the file.
    pub rows: Vec<LabelRow>,
    /// Rows left out because their label is ISIC 2019's `UNK`: no class of ours stands for it.
    pub skipped_unknown: usize,
    /// Rows left out by the filters.
    pub filtered: usize,
}

/// Where the columns that matter are.
struct Columns {
    image: usize,
    group: Option<usize>,
    label: LabelColumns,
}

enum LabelColumns {
    Code(usize),
    OneHot(Vec<(usize, String)>),
}

impl Labels {
    /// Reads a table. The form is told by its header, in any column order and beside any other columns:
    /// * `image,dx[,group_id]` (also HAM10000's own names `image_id`, `lesion_id`; codes in either case),
    /// * ISIC 2019 one-hot: `image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC[,UNK]`,
    /// * ISIC 2018 one-hot: `image,MEL,NV,BCC,AKIEC,BKL,DF,VASC`.
    ///
    /// A row labelled `UNK` is left out and counted. A row that fails a filter is left out and counted before anything else of it is checked.
    ///
    /// # Errors
    /// All name the file and, where there is one, the line: [`ErrorKind::Io`]; [`ErrorKind::TableColumn`] if a column is missing, named twice,
    /// or a filter asks for one that is not there; [`ErrorKind::TableLabel`] for an unknown code, a one-hot row without exactly one 1, a row with
    /// too few or too many cells, or text that is not UTF-8; [`ErrorKind::TableDuplicate`] if an image is named twice, with the same label or
    /// another; [`ErrorKind::TableEmpty`] if no row is left.
    pub fn from_csv(path: impl AsRef<Path>, filters: &[Filter]) -> Result<Self> {
        let path = path.as_ref();
        let mut table = Table::open(path)?;
        let columns = Columns::find(&table)?;
        let conditions = filters.iter().map(|filter| table.column(&filter.column).map(|at| (at, filter))).collect::<Result<Vec<_>>>()?;
        let mut labels = Self { path: path.to_owned(), rows: Vec::new(), skipped_unknown: 0, filtered: 0 };
        let mut seen = HashMap::new();
        while let Some((line, record)) = table.next_row()? {
            let cell = |column: usize| record.get(column).unwrap_or_default();
            if conditions.iter().any(|&(column, filter)| (cell(column) == filter.value) != filter.equal) {
                labels.filtered = labels.filtered.saturating_add(1);
                continue;
            }
            let code = columns.label.code(&record).map_err(|error| error.context(at(path, line)))?;
            let image = cell(columns.image);
            if image.is_empty() {
                return Err(malformed(path, line, "the image has no name"));
            }
            check_repeat(path, line, image, &code, &mut seen)?;
            if code == UNKNOWN {
                labels.skipped_unknown = labels.skipped_unknown.saturating_add(1);
                continue;
            }
            let group = columns.group.map(cell).filter(|group| !group.is_empty()).unwrap_or(stem(image));
            let class = CLASSES.iter().position(|class| *class == code);
            labels.rows.push(LabelRow { line, image: image.to_owned(), dx: code, class, group: group.to_owned() });
        }
        if labels.rows.is_empty() {
            let left_out = format!("{} filtered, {} unknown", labels.filtered, labels.skipped_unknown);
            return Err(Error::new(
                ErrorKind::TableEmpty,
                format!("{}: no labelled image ({left_out})", path.display()),
                "Check the file and the filter.",
            ));
        }
        Ok(labels)
    }
}

/// An image may be named once: a second row is either a slip or a contradiction, and training on it twice would hide both.
fn check_repeat(path: &Path, line: u64, image: &str, code: &str, seen: &mut HashMap<String, (u64, String)>) -> Result<()> {
    match seen.entry(stem(image).to_owned()) {
        Entry::Vacant(place) => {
            place.insert((line, code.to_owned()));
            Ok(())
        }
        Entry::Occupied(first) => {
            let (first_line, first_code) = first.get();
            let with = if first_code == code { format!("{code} both times") } else { format!("{first_code} there, {code} here") };
            let message = format!("{}: image '{}' was already named on line {first_line} ({with})", at(path, line), shorten(image));
            Err(Error::new(ErrorKind::TableDuplicate, message, "Keep one row for each image."))
        }
    }
}

impl Columns {
    fn find(table: &Table) -> Result<Self> {
        let first_of = |names: &[&str]| names.iter().find_map(|name| table.position(name));
        let isic_2019 = CLASSES.to_vec();
        let one_hot = |codes: &[&str]| codes.iter().map(|code| table.position(code).map(|at| (at, (*code).to_owned()))).collect::<Option<Vec<_>>>();
        let label = match table.position("dx") {
            Some(column) => Some(LabelColumns::Code(column)),
            None => one_hot(&isic_2019).or_else(|| one_hot(&ISIC_2018)).map(|mut columns| {
                columns.extend(table.position(UNKNOWN).map(|at| (at, UNKNOWN.to_owned())));
                LabelColumns::OneHot(columns)
            }),
        };
        match (first_of(&IMAGE_COLUMNS), label) {
            (Some(image), Some(label)) => Ok(Self { image, group: first_of(&GROUP_COLUMNS), label }),
            _ => Err(table.missing("image,dx[,group_id]; or image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC; or image,MEL,NV,BCC,AKIEC,BKL,DF,VASC")),
        }
    }
}

impl LabelColumns {
    /// The code of a row, in capitals.
    fn code(&self, record: &StringRecord) -> Result<String> {
        let known = |code: &str| CLASSES.contains(&code) || code == AKIEC || code == UNKNOWN;
        match self {
            Self::Code(column) => {
                let code = record.get(*column).unwrap_or_default().to_ascii_uppercase();
                if known(&code) {
                    return Ok(code);
                }
                let message = format!(
                    "unknown label '{}'; allowed are {}, {AKIEC} (evaluation only) and {UNKNOWN} (left out)",
                    shorten(&code),
                    CLASSES.join(", ")
                );
                Err(Error::new(ErrorKind::TableLabel, message, ""))
            }
            Self::OneHot(columns) => {
                let mut hot = Vec::new();
                for (column, code) in columns {
                    let text = record.get(*column).unwrap_or_default();
                    match text.parse::<f64>() {
                        Ok(1.0) => hot.push(code),
                        Ok(0.0) => {}
                        _ => return Err(Error::new(ErrorKind::TableLabel, format!("'{}' in column {code}; allowed are 0 and 1", shorten(text)), "")),
                    }
                }
                match hot.as_slice() {
                    [one] => Ok((*one).clone()),
                    several => {
                        let message = format!("{} classes are marked 1; exactly one must be", several.len());
                        Err(Error::new(ErrorKind::TableLabel, message, "Remove the row, or mark its class."))
                    }
                }
            }
        }
    }
}
