//! What a command says: results on the standard output, everything else on the standard error.

use crate::{Error, ErrorKind, Result};
use serde::Serialize;
use std::fmt::{Display, Write as _};
use std::io::{self, ErrorKind as IoKind, Write};

/// Writes a result to the standard output. A reader that has gone (`… | head`) is no error.
///
/// # Errors
/// [`ErrorKind::DiskFull`] or [`ErrorKind::Io`].
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != IoKind::BrokenPipe => Err(Error::from(error).context("standard output")),
        _ => Ok(()),
    }
}

/// Writes a result as JSON with a final newline; errors as in [`print`].
pub(super) fn print_json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::new(ErrorKind::Internal, error.to_string(), ""))?;
    print(&(text + "\n"))
}

/// A line for the person at the terminal. Where the standard error takes nothing, there is nobody to tell.
pub(super) fn note(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Text from a file as a terminal may show it: without characters that control the terminal, line ends kept.
pub(super) fn plain(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\n', "\u{fffd}")
}

/// Rows of cells as aligned columns with two spaces between them: the first column to the left, the others to the right.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a String cannot fail.
            let _ = if column == 0 { write!(text, "  {cell:<width$}") } else { write!(text, "  {cell:>width$}") };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}
