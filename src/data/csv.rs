//! CSV files with a header, whose errors name the file and the line.

use crate::error::shorten;
use crate::{Error, ErrorKind, Result};
use csv::StringRecord;
use std::path::{Path, PathBuf};

/// A CSV file with a header, read row by row, whose errors name the file and the line.
pub(crate) struct Table {
    path: PathBuf,
    header: Vec<String>,
    reader: csv::Reader<std::fs::File>,
}

impl Table {
    /// Opens a file and reads its header (a byte order mark is dropped).
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(|error| Error::from(error).context(path.display()))?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect(),
            Err(error) => return Err(row_error(path, &error)),
        };
        if header.iter().all(String::is_empty) {
            return Err(Error::new(
                ErrorKind::TableEmpty,
                format!("{}: the file is empty", path.display()),
                "It needs a header and at least one row.",
            ));
        }
        let mut names: Vec<_> = header.iter().filter(|name| !name.is_empty()).collect();
        names.sort_unstable();
        if let Some(name) = names.windows(2).find_map(|pair| (pair.first() == pair.last()).then(|| pair.first()).flatten()) {
            let message = format!("{}: two columns are called '{}'", path.display(), shorten(name));
            return Err(Error::new(ErrorKind::TableColumn, message, "Rename or remove one of them."));
        }
        Ok(Self { path: path.to_owned(), header, reader })
    }

    /// The position of a column, if there is one of this name.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// The position of a column that must be there.
    pub(crate) fn column(&self, name: &str) -> Result<usize> {
        self.position(name).ok_or_else(|| self.missing(name))
    }

    pub(crate) fn missing(&self, needed: &str) -> Error {
        let message = format!("{}: the columns are {}; needed: {needed}", self.path.display(), shorten(&self.header.join(",")));
        Error::new(ErrorKind::TableColumn, message, "Column names are case-sensitive.")
    }

    /// The next row and its line; `None` at the end.
    pub(crate) fn next_row(&mut self) -> Result<Option<(u64, StringRecord)>> {
        let mut record = StringRecord::new();
        match self.reader.read_record(&mut record) {
            Ok(true) => Ok(Some((record.position().map_or(0, csv::Position::line), record))),
            Ok(false) => Ok(None),
            Err(error) => Err(row_error(&self.path, &error)),
        }
    }
}

fn row_error(path: &Path, error: &csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Io(io) => Error::new(ErrorKind::Io, format!("{}: {io}", path.display()), ""),
        csv::ErrorKind::Utf8 { .. } => malformed(path, line, "the text is not UTF-8"),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => malformed(path, line, &format!("{len} cells; the header has {expected_len}")),
        other => malformed(path, line, &format!("{other:?}")),
    }
}

/// "file, line n".
pub(crate) fn at(path: &Path, line: u64) -> String {
    format!("{}, line {line}", path.display())
}

/// A row that cannot be read.
pub(crate) fn malformed(path: &Path, line: u64, what: &str) -> Error {
    Error::new(ErrorKind::TableLabel, format!("{}: {what}", at(path, line)), "")
}
