//! The weight file that a command works with.

use crate::classifier::Classifier;
use crate::data::read_at_most;
use crate::weights::{MAX_FILE_BYTES, Precision, WeightFile, sha256_hex};
use crate::{Error, ErrorKind, Result};
use clap::ValueEnum;
use std::path::Path;

/// Where the released weights are, seen from the project's folder.
pub(super) const RELEASED: &str = "weights/student.safetensors";

/// A weight file, ready to classify.
pub(super) struct Weights {
    /// The classifier.
    pub classifier: Classifier,
    /// The SHA-256 of the file.
    pub sha256: String,
}

/// Reads a weight file.
///
/// # Errors
/// [`ErrorKind::Io`] or a `weights-*` kind, each naming the file.
pub(super) fn load(path: &Path) -> Result<Weights> {
    let bytes = read(path)?;
    let classifier = parse(&bytes).and_then(|_| Classifier::new(&bytes)).map_err(|error| error.context(path.display()))?;
    Ok(Weights { classifier, sha256: sha256_hex(&bytes) })
}

/// A file that holds a network.
///
/// # Errors
/// Those of [`WeightFile::read`]; [`ErrorKind::WeightsMissing`] for a file of training heads alone.
pub(super) fn parse(bytes: &[u8]) -> Result<WeightFile> {
    let file = WeightFile::read(bytes)?;
    if file.card.heads.as_ref().is_some_and(|heads| heads.alone) {
        let hint = "Name the file of the network itself; heads only let a distillation go on.";
        return Err(Error::new(ErrorKind::WeightsMissing, "the file holds heads alone, and no network", hint));
    }
    Ok(file)
}

/// The bytes of a weight file; where there is none, the error says how to name one.
///
/// # Errors
/// [`ErrorKind::Io`]; [`ErrorKind::WeightsTooLarge`] above [`MAX_FILE_BYTES`].
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    read_at_most(path, MAX_FILE_BYTES, ErrorKind::WeightsTooLarge).map_err(|error| {
        if error.kind() != ErrorKind::Io {
            return error;
        }
        let hint = format!("Name a weight file; the released one is {RELEASED} in the project's folder.");
        Error::new(error.kind(), error.message().to_owned(), hint)
    })
}

/// How numbers are stored. BatchNorm stays f32 in each.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Stored {
    /// Everything as it was trained.
    F32,
    /// Kernels and matrices in two bytes.
    F16,
    /// Convolutions in one byte with a scale an output channel; matrices and small convolutions in two.
    Int8,
}

impl From<Stored> for Precision {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::F32 => Self::F32,
            Stored::F16 => Self::F16,
            Stored::Int8 => Self::Int8,
        }
    }
}
