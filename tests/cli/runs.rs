//! What the tests of `train`, `distill` and `phase1` share: small pictures of every class, short runs over them, and how runs are compared.

use crate::example::{Folder, Run, program};
use dermdistill::classes::CLASSES;
use dermdistill::learner::TrainerState;
use dermdistill::weights::WeightFile;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Pictures of each class.
pub const EACH: u32 = 4;
/// How long a step or a checkpoint may take on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(300);

/// A data set, and a command that runs over it.
pub struct Example {
    pub folder: Folder,
    command: &'static str,
    options: Vec<String>,
}

impl Example {
    /// Pictures in a folder of this name, and a command that always has these options besides.
    pub fn new(folder: &str, command: &'static str, options: &[&str]) -> Self {
        let folder = Folder::shared(folder);
        for (class, code) in CLASSES.iter().enumerate() {
            for view in 0..EACH {
                folder.picture(&format!("images/{code}/{code}_{view}.png"), class as u32 * EACH + view);
            }
        }
        Self { folder, command, options: options.iter().map(|option| (*option).to_owned()).collect() }
    }
    /// Another command over the same pictures.
    pub fn with(&self, command: &'static str, options: &[&str]) -> Self {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Self { folder: self.folder.again(), command, options }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path(name)
    }

    /// The arguments of a short run with checkpoints after every step.
    pub fn arguments(&self, output: &str, more: &[&str]) -> Vec<String> {
        let fixed = "--side 32 --batch 4 --epochs 2 --val-share 0.25 --threads 1 --checkpoint-minutes 0".split(' ');
        let images = self.path("images");
        let named = ["--images", images.to_str().unwrap(), "--output", output];
        let all: Vec<&str> = fixed.chain(named).chain(self.options.iter().map(String::as_str)).collect();
        // An option of the test's own takes the place of one that is always given.
        let kept = all.chunks(2).filter(|pair| !more.contains(&pair[0])).flatten();
        [self.command].iter().chain(kept).chain(more).map(|word| (*word).to_owned()).collect()
    }

    pub fn train(&self, output: &str, more: &[&str]) -> Command {
        let mut command = program();
        command.args(self.arguments(output, more)).current_dir(self.path(""));
        command
    }

    /// Starts a run, and ends it with Ctrl-C once it has written a checkpoint.
    pub fn stop(&self, output: &str, more: &[&str]) {
        let child = self.train(output, more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for(&self.path(output).join("checkpoint.safetensors"));
        interrupt(&child);
        let run: Run = child.wait_with_output().unwrap().into();
        assert_eq!(run.code, 130, "{}", run.stderr);
        assert!(run.stderr.contains("the checkpoint is written") && run.stderr.contains("--resume"), "{}", run.stderr);
    }

    /// A copy of a run's folder.
    pub fn copy(&self, of: &str, name: &str) -> PathBuf {
        std::fs::create_dir_all(self.path(name)).unwrap();
        for entry in std::fs::read_dir(self.path(of)).unwrap() {
            let from = entry.unwrap().path();
            std::fs::copy(&from, self.path(name).join(from.file_name().unwrap())).unwrap();
        }
        self.path(name)
    }

    pub fn resume(&self, output: &str, more: &[&str]) -> Run {
        self.train(output, &[&["--resume"], more].concat()).output().unwrap().into()
    }
}

pub fn wait_for(file: &Path) {
    wait_until(&file.display().to_string(), || file.exists());
}

/// Waits for something to happen.
pub fn wait_until(what: &str, happened: impl Fn() -> bool) {
    let started = Instant::now();
    while !happened() {
        assert!(started.elapsed() < PATIENCE, "waited for {what} in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

pub fn state(folder: &Path) -> (TrainerState, String) {
    TrainerState::from_bytes(&std::fs::read(folder.join("checkpoint.safetensors")).unwrap()).unwrap()
}

/// The log without its last two columns, which are times.
pub fn log(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("log.csv")).unwrap();
    text.lines().map(|line| line.rsplitn(3, ',').last().unwrap().to_owned()).collect()
}

/// Asserts that two runs ended alike, bit for bit; only the time they took may differ.
pub fn assert_same(left: &Path, right: &Path) {
    assert!(state(left) == state(right), "the checkpoints differ");
    assert_eq!(log(left), log(right));
    for name in ["best.safetensors", "last.safetensors"] {
        let weights = |folder: &Path| {
            let mut file = WeightFile::read(&std::fs::read(folder.join(name)).unwrap()).unwrap();
            file.card.log_sha256.clear();
            file
        };
        assert!(weights(left) == weights(right), "{name} differs");
    }
}
