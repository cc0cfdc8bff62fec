//! Reading whole files, and writing them so that a crash or a full disk leaves the old file whole.

use crate::data::read_at_most;
use crate::{Error, ErrorKind, Result};
use std::io::Write;
use std::path::Path;

/// The most that is read of a file that is no photograph: checkpoints are the largest.
const MOST: usize = 2 << 30;

/// The bytes of a file.
///
/// # Errors
/// [`ErrorKind::Io`], and [`ErrorKind::Argument`] above 2 GiB, both naming the file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    read_at_most(path, MOST, ErrorKind::Argument)
}

/// Replaces `path` by `bytes` in one step: a temporary file beside it, flushed to the disk, then renamed over it. A device or a pipe
/// cannot be replaced and is written to.
///
/// # Errors
/// [`crate::ErrorKind::DiskFull`] or [`crate::ErrorKind::Io`] naming the file; what was there before is untouched.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let is_device = std::fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir());
    let written = if is_device { write_to_device(path, bytes) } else { replace(path, bytes) };
    written.map_err(|error| Error::from(error).context(path.display()))
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // A temporary file is its owner's alone; what it becomes is an ordinary file, with the permissions that the umask leaves.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn write_to_device(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut device = std::fs::OpenOptions::new().write(true).open(path)?;
    device.write_all(bytes)?;
    device.flush()
}
