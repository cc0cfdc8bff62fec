//! A folder of small pictures and tables, a weight file of generated numbers, and the program to run on them.

use crate::generator;
use dermdistill::classifier::{Answer, Classifier, Request};
use dermdistill::nn::{Framing, mobilenet_v2};
use dermdistill::weights::{Card, Precision, Tensor, Tensors, WeightFile};
use image::{Rgb, RgbImage};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The class mix of the generated weights: uneven, so that priors matter.
pub const MIX: [f64; 8] = [0.05, 0.1, 0.15, 0.05, 0.2, 0.3, 0.1, 0.05];

/// The program.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_dermdistill"))
}

/// A file of this project by its path from the root.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The network's tensors, generated.
pub fn tensors() -> Tensors {
    generator::parameters(&mobilenet_v2(8)).into_iter().map(|(p, data)| (p.name, Tensor { shape: p.shape, data })).collect()
}

/// A weight file in f32 with an input of 64 × 64, written once for all tests.
pub fn weights() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let mut card = Card::new("mobilenet_v2", 64, Framing::CentreSquare, MIX.to_vec());
        card.seed = 7;
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated.safetensors");
        std::fs::write(&path, WeightFile { card, tensors: tensors() }.write(Precision::F32).unwrap()).unwrap();
        path
    })
}

/// The classifier of [`weights`].
pub fn classifier() -> Classifier {
    Classifier::new(&std::fs::read(weights()).unwrap()).unwrap()
}

/// What the library says about a picture: the truth for every test of the program.
pub fn answer(image: &Path, request: &Request) -> Answer {
    classifier().classify(&std::fs::read(image).unwrap(), request, || 0.0).unwrap()
}

/// What a run gave.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Run {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    /// Asserts success without a word of complaint.
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        assert!(!self.stderr.contains("error"), "{}", self.stderr);
        self
    }

    /// Asserts exit status 1 and a last line `error: … [code]…` that holds `words`.
    pub fn failed(self, code: &str, words: &str) -> Self {
        assert_eq!(self.code, 1, "{}{}", self.stdout, self.stderr);
        let last = self.stderr.lines().last().unwrap_or_default();
        assert!(last.starts_with("error: ") && last.contains(&format!("[{code}]")), "not [{code}]: {}", self.stderr);
        assert!(last.contains(words), "{words:?} is missing in {last}");
        self
    }
}

/// A folder for one test, removed with the value, or one that several tests share.
pub struct Folder {
    root: PathBuf,
    _removed_at_the_end: Option<TempDir>,
}

impl Folder {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { root: folder.path().to_owned(), _removed_at_the_end: Some(folder) }
    }

    /// An empty folder in the build's own; nobody removes a static value, so the next run does.
    pub fn shared(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(&root).unwrap();
        Self { root, _removed_at_the_end: None }
    }

    /// The same folder, which this value keeps no longer than the other one does.
    pub fn again(&self) -> Self {
        Self { root: self.root.clone(), _removed_at_the_end: None }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub fn text(&self, name: &str, content: &str) -> PathBuf {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    /// A picture that differs from seed to seed in colour and in pattern, in the format that the name's ending says.
    pub fn picture(&self, name: &str, seed: u32) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let [red, green, blue] = [0, 1, 2].map(|channel| generator::mix(seed * 3 + channel) % 200);
        let texture = |x: u32, y: u32| generator::mix((x / 4) * 64 + y / 4 + seed * 4096) % (1 + seed * 13 % 55);
        let pixel = |x: u32, y: u32| [red, green, blue].map(|base| (base + texture(x, y)) as u8);
        RgbImage::from_fn(72, 64, |x, y| Rgb(pixel(x, y))).save(&path).unwrap();
        path
    }

    /// Runs the program in this folder.
    pub fn run(&self, args: &[&str]) -> Run {
        program().args(args).current_dir(&self.root).output().unwrap().into()
    }
}
