//! Which part of a photograph a network was trained to see: a word of the weight card, read by the photograph's way.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// How a picture that is not square becomes the network's square input.
///
/// A card writes `"centre_square"` or `"squash"`; [`fmt::Display`] and [`FromStr`] use the same words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// The largest square in the middle of the picture: the sides are cut, proportions are kept.
    #[default]
    CentreSquare,
    /// The whole picture, squeezed into a square: nothing is cut, proportions change (the reference's evaluation).
    Squash,
}

impl Framing {
    /// The word that a card uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CentreSquare => "centre_square",
            Self::Squash => "squash",
        }
    }
}

impl fmt::Display for Framing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Framing {
    type Err = Error;

    /// Reads a card's word exactly; anything else is an error that names the two words.
    fn from_str(word: &str) -> Result<Self> {
        match word {
            "centre_square" => Ok(Self::CentreSquare),
            "squash" => Ok(Self::Squash),
            _ => Err(Error::new(
                ErrorKind::Argument,
                format!("the framing {word:?} is unknown; known are \"centre_square\" and \"squash\""),
                "Write one of the two words.",
            )),
        }
    }
}
