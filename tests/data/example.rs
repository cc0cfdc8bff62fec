//! Small synthetic pictures and tables in a folder of their own.

use dermdistill::data::{Dataset, Pixels};
use image::{Rgb, RgbImage};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that is removed with the value.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn text(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A picture whose colours differ from pixel to pixel and from seed to seed.
    pub fn picture(&self, name: &str, width: u32, height: u32, seed: u32) {
        self.draw(name, width, height, |x, y| colour(x, y, seed));
    }

    pub fn draw(&self, name: &str, width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        RgbImage::from_fn(width, height, |x, y| Rgb(colour(x, y))).save(path).unwrap();
    }

    /// A data set of `classes.len()` pictures of 24 × 18, named i000, i001, …, each labelled with the code at its place.
    pub fn dataset(&self, classes: &[&str]) -> Dataset {
        let mut table = String::from("image,dx\n");
        for (number, code) in classes.iter().enumerate() {
            self.picture(&format!("i{number:03}.png"), 24, 18, number as u32);
            writeln!(table, "i{number:03},{code}").unwrap();
        }
        Dataset::from_csv(&[self.path()], self.text("labels.csv", &table), &[]).unwrap()
    }
}

fn colour(x: u32, y: u32, seed: u32) -> [u8; 3] {
    [0u32, 1, 2].map(|channel| (x * 7 + y * 13 + x * y * (channel + 1) + seed * 31 + channel * 50).wrapping_mul(2_654_435_761).to_be_bytes()[0])
}

/// The same kind of picture in memory.
pub fn pixels(width: usize, height: usize) -> Pixels {
    let rgb = (0..height).flat_map(|y| (0..width).flat_map(move |x| colour(x as u32, y as u32, 5))).collect();
    Pixels::new(width, height, rgb).unwrap()
}

/// A label table with one row a group: `name, code, group`.
pub fn table(rows: &[(String, &str, String)]) -> String {
    rows.iter().fold("image,dx,group_id\n".to_owned(), |text, (name, code, group)| text + &format!("{name},{code},{group}\n"))
}
