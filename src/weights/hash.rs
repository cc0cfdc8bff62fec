//! SHA-256 of a file's bytes: how a report names its weights, and how released weights are pinned.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::error::shorten;
use crate::{Error, ErrorKind, Result};

/// The SHA-256 (FIPS 180-4) of `bytes` as 64 lower-case hexadecimal digits; empty input has one too (`e3b0c442…`).
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Succeeds when the SHA-256 of `bytes` is `pinned` (64 lower-case hexadecimal digits).
///
/// # Errors
/// `weights-hash`, naming both, when it is not.
pub fn check_sha256(bytes: &[u8], pinned: &str) -> Result<()> {
    let found = sha256_hex(bytes);
    if found == pinned {
        return Ok(());
    }
    let message = format!("the weight file has the SHA-256 {found}; the released one has {}", shorten(pinned));
    Err(Error::new(ErrorKind::WeightsHash, message, "Reload the page or download the file again; if that does not help, do not use it."))
}

/// Whether `text` is 64 lower-case hexadecimal digits.
pub(super) fn is_sha256_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
