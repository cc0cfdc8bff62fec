//! Where the files of these tests stand, and how their tables are read.

use std::path::PathBuf;

/// A file below `tests/`.
pub fn path(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(relative)
}

pub fn read(relative: &str) -> Vec<u8> {
    std::fs::read(path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

/// The rows of a table without quotes, its heading left out.
pub fn table<const N: usize>(relative: &str) -> Vec<[String; N]> {
    let text = String::from_utf8(read(relative)).expect("a table is UTF-8");
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    text.lines().skip(1).map(|line| cells(line).try_into().unwrap_or_else(|_| panic!("{relative}: {line} has not {N} cells"))).collect()
}

/// Width, height and RGB of an expected result, read by the PNG decoder alone.
pub fn expected(relative: &str) -> (u32, u32, Vec<u8>) {
    let picture = image::load_from_memory(&read(relative)).expect("an expected result is a PNG").into_rgb8();
    (picture.width(), picture.height(), picture.into_raw())
}
