//! What a table says a photograph shows.

use std::str::FromStr;

use crate::classes::{self, AKIEC, CLASSES};
use crate::error::quote;
use crate::{Error, ErrorKind, Result};

/// The true class of a photograph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Label {
    /// An index into [`CLASSES`].
    Class(usize),
    /// [`AKIEC`]: ISIC 2018's class for AK and SCC together.
    Akiec,
}

impl FromStr for Label {
    type Err = Error;

    /// Reads a code of [`CLASSES`] or [`AKIEC`], in upper or lower case (HAM10000 writes lower case).
    ///
    /// # Errors
    /// `table-label`, naming what was found and what is known.
    fn from_str(code: &str) -> Result<Self> {
        if code.eq_ignore_ascii_case(AKIEC) {
            return Ok(Self::Akiec);
        }
        classes::index(code).map(Self::Class).ok_or_else(|| {
            let message = format!("the label {} is unknown; known are {} and {}", quote(code), CLASSES.join(", "), AKIEC);
            Error::new(ErrorKind::TableLabel, message, "Correct the label or leave the row out.")
        })
    }
}
