//! Folders of images: listing them, finding the ones a table names, reading them.

use super::labels::{LabelRow, Labels};
use super::names::{EXTENSIONS, extension_rank, stem};
use crate::error::shorten;
use crate::photo::Limits;
use crate::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// How many missing images a message names.
const NAMED: usize = 5;

/// The bytes of a file that has at most `most` of them; no more than that is ever read, whatever the file is.
///
/// # Errors
/// [`ErrorKind::Io`], and `too_large` for a longer file, both naming it.
pub(crate) fn read_at_most(path: &Path, most: usize, too_large: ErrorKind) -> Result<Vec<u8>> {
    let named = |error: std::io::Error| Error::from(error).context(path.display());
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(named)?;
    file.take(most.saturating_add(1) as u64).read_to_end(&mut bytes).map_err(named)?;
    if bytes.len() > most {
        let message = format!("{}: the file has more than {most} bytes, the most that are read", path.display());
        return Err(Error::new(too_large, message, "Is it the right file?"));
    }
    Ok(bytes)
}

/// The bytes of a photograph, as many as [`Limits`] allow.
///
/// # Errors
/// [`ErrorKind::Io`] and [`ErrorKind::ImageTooLarge`], both naming the file.
pub(crate) fn read_photo(path: &Path) -> Result<Vec<u8>> {
    read_at_most(path, Limits::default().max_bytes, ErrorKind::ImageTooLarge)
}

/// The image files of a folder, sorted by name. Files with other extensions are ignored.
pub(crate) fn list_images(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| Error::from(error).context(folder.display()))? {
        let name = entry.map_err(|error| Error::from(error).context(folder.display()))?.file_name();
        names.extend(name.into_string().ok().filter(|name| extension_rank(name).is_some()));
    }
    names.sort_unstable();
    Ok(names)
}

/// A folder's images by their name without extension.
struct Folder<'a> {
    path: &'a Path,
    by_stem: HashMap<String, String>,
}

impl<'a> Folder<'a> {
    fn open(path: &'a Path) -> Result<Self> {
        let mut by_stem: HashMap<String, String> = HashMap::new();
        for name in list_images(path)? {
            let better = by_stem.get(stem(&name)).is_none_or(|other| extension_rank(&name) < extension_rank(other));
            if better {
                by_stem.insert(stem(&name).to_owned(), name);
            }
        }
        Ok(Self { path, by_stem })
    }

    /// The file of an image spelled with or without extension. A name with folders in it is looked up below this one; it may not climb out.
    fn find(&self, image: &str) -> Option<PathBuf> {
        let nested = Path::new(image).components().count() != 1;
        if extension_rank(image).is_some() || nested {
            let inside = Path::new(image).components().all(|part| matches!(part, Component::Normal(_)));
            let exact = self.path.join(image);
            if inside && exact.is_file() {
                return Some(exact);
            }
            if nested {
                let spelled = EXTENSIONS.iter().map(|extension| self.path.join(format!("{image}.{extension}")));
                return spelled.filter(|_| inside).find(|path| path.is_file());
            }
        }
        self.by_stem.get(stem(image)).map(|name| self.path.join(name))
    }
}

impl Labels {
    /// The file of every row, looked for in these folders in order. An image may be spelled with or without its extension; if the spelled
    /// extension is not there, another one of the same name is taken (jpg, jpeg, png, webp, in this order).
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if a folder cannot be read; [`ErrorKind::TableImage`] if images are missing: the message counts them and names the
    /// first five with their lines.
    pub fn locate(&self, folders: &[impl AsRef<Path>]) -> Result<Vec<PathBuf>> {
        let folders = folders.iter().map(|folder| Folder::open(folder.as_ref())).collect::<Result<Vec<_>>>()?;
        let mut missing: Vec<&LabelRow> = Vec::new();
        let mut found = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            match folders.iter().find_map(|folder| folder.find(&row.image)) {
                Some(path) => found.push(path),
                None => missing.push(row),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let named: Vec<_> = missing.iter().take(NAMED).map(|row| format!("{} (line {})", shorten(&row.image), row.line)).collect();
        let more = if missing.len() > NAMED { ", …" } else { "" };
        let places: Vec<_> = folders.iter().map(|folder| folder.path.display().to_string()).collect();
        let message = format!(
            "{}: {} of {} images are not in {}: {}{more}",
            self.path.display(),
            missing.len(),
            self.rows.len(),
            places.join(", "),
            named.join(", ")
        );
        Err(Error::new(ErrorKind::TableImage, message, "Give the folder that holds them, or remove their rows."))
    }
}
