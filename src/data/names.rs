//! What an image's file name says: its extension, and the name without it.

/// Extensions of image files, the preferred first.
pub(super) const EXTENSIONS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// The position of a file's extension among those of images (in either case); `None` for any other file.
pub(super) fn extension_rank(name: &str) -> Option<usize> {
    let (_, extension) = name.rsplit_once('.')?;
    EXTENSIONS.iter().position(|known| extension.eq_ignore_ascii_case(known))
}

/// A name without its image extension; other dots stay.
pub(crate) fn stem(name: &str) -> &str {
    match (extension_rank(name), name.rsplit_once('.')) {
        (Some(_), Some((stem, _))) => stem,
        _ => name,
    }
}
