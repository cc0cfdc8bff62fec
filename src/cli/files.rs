//! Reading whole files, and writing them so that a crash or a full disk leaves the old file whole.

use crate::{Error, Result};
use std::io::Write;
use std::path::Path;

/// The bytes of a file.
///
/// # Errors
/// [`crate::ErrorKind::Io`] naming the file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::from(error).context(path.display()))
}

/// Replaces `path` by `bytes` in one step: a temporary file beside it, flushed to the disk, then renamed over it.
///
/// # Errors
/// [`crate::ErrorKind::DiskFull`] or [`crate::ErrorKind::Io`] naming the file; what was there before is untouched.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| Error::from(error).context(path.display()))
}
