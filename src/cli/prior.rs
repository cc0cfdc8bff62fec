//! `--prior`: a word, eight numbers, or a file that holds them.

use super::files;
use crate::error::quote;
use crate::trust::Prior;
use crate::{Error, ErrorKind, Result};
use std::path::Path;

/// What `--help` says about it.
pub(super) const HELP: &str = "The class mix to judge under: training, equal, eight numbers in the order AK,BCC,BKL,DF,MEL,NV,SCC,VASC, \
                               or a file with eight numbers or a JSON object by code";

/// The largest file that can be a prior, in bytes.
const MAX_BYTES: usize = 64 << 10;

/// Reads the argument. What is neither a word nor numbers is a file's name.
///
/// # Errors
/// [`ErrorKind::Argument`] with what is wrong with the words, the numbers or the file's content; [`ErrorKind::Io`].
pub(super) fn parse(argument: &str) -> Result<Prior> {
    let refused = match Prior::parse(argument) {
        Ok(prior) => return Ok(prior),
        Err(error) => error,
    };
    let path = Path::new(argument);
    if path.is_dir() || !path.exists() {
        // Numbers that are not right are a slip in the numbers; any other word is most likely a file's name.
        let numbers = argument.starts_with(['[', '{']) || argument.split([',', ';', ' ']).any(|word| word.parse::<f64>().is_ok());
        let shown = quote(argument);
        let message = format!("the prior {shown} is neither training nor equal nor eight numbers nor a file");
        return Err(if numbers { refused } else { Error::new(ErrorKind::Argument, message, refused.hint().to_owned()) });
    }
    let bytes = files::read(path)?;
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= MAX_BYTES);
    let no_text = || Error::new(ErrorKind::Argument, "the file is no short text", refused.hint().to_owned());
    let prior = text.ok_or_else(no_text).and_then(|text| Prior::parse(text.trim_start_matches('\u{feff}')));
    prior.map_err(|error| error.context(path.display()))
}
