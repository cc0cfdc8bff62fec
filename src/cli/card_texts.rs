//! The texts of a card, from a JSON file.

use super::files;
use crate::weights::Card;
use crate::{Error, ErrorKind, Result};
use serde_json::{Map, Value};
use std::path::Path;

/// Puts the texts of the JSON object in the file `path` into the card's fields of the same names; the others stay as they are.
///
/// # Errors
/// [`ErrorKind::Io`]; [`ErrorKind::Argument`] for anything but an object of texts that a card has.
pub(super) fn fill(card: &mut Card, path: &Path) -> Result<()> {
    let bytes = files::read(path)?;
    let wrong = |what: String| Error::new(ErrorKind::Argument, format!("{}: {what}", path.display()), "The file is one JSON object of texts.");
    let texts: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    for (key, value) in texts {
        let Value::String(text) = value else { return Err(wrong(format!("'{key}' is no text"))) };
        let field = match key.as_str() {
            "training_data" => &mut card.training_data,
            "split" => &mut card.split,
            "licence" => &mut card.licence,
            "attribution" => &mut card.attribution,
            "version" => &mut card.version,
            "changelog" => &mut card.changelog,
            "intended_use" => &mut card.intended_use,
            "not_intended_use" => &mut card.not_intended_use,
            _ => return Err(wrong(format!("a card has no text called '{key}'"))),
        };
        *field = text;
    }
    Ok(())
}
