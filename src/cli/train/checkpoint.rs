//! A run on disk: the trainer's state and where in the epoch it stands.

use super::args::TrainArgs;
use crate::cli::files;
use crate::learner::{Trainer, TrainerState};
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where a run stands, and its sums since the epoch began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Epochs finished.
    pub epoch: usize,
    /// Batches of the present epoch that are done.
    pub batch: usize,
    /// Images in them.
    pub images: usize,
    /// Their losses, each times the size of its batch.
    pub loss: f64,
    /// Right answers among them.
    pub correct: usize,
    /// The best balanced accuracy so far (equal prior) and the epochs finished then.
    pub best: f64,
    pub best_epoch: usize,
}

impl Progress {
    pub fn next_epoch(&mut self) {
        *self = Self { epoch: self.epoch + 1, best: self.best, best_epoch: self.best_epoch, ..Self::default() };
    }
}

#[derive(Serialize, Deserialize)]
struct Note {
    options: String,
    progress: Progress,
}

/// Where checkpoints of one run go, and which options it was started with.
pub(super) struct Checkpoint {
    path: PathBuf,
    options: String,
}

impl Checkpoint {
    pub fn new(args: &TrainArgs) -> Result<Self> {
        let options = serde_json::to_string(args).map_err(|error| Error::new(ErrorKind::Internal, error.to_string(), ""))?;
        Ok(Self { path: args.checkpoint(), options })
    }

    /// Writes the state; the old checkpoint stays whole until the new one is.
    pub fn save(&self, trainer: &Trainer, progress: &Progress) -> Result<()> {
        let note = Note { options: self.options.clone(), progress: progress.clone() };
        let note = serde_json::to_string(&note).map_err(|error| Error::new(ErrorKind::Internal, error.to_string(), ""))?;
        files::write_atomically(&self.path, &trainer.state()?.to_bytes(&note)?)
    }

    /// Brings `trainer` to the saved state.
    pub fn load(&self, trainer: &mut Trainer) -> Result<Progress> {
        let (state, note) = TrainerState::from_bytes(&files::read(&self.path)?).map_err(|error| error.context(self.path.display()))?;
        let damaged = |error| Error::new(ErrorKind::Checkpoint, format!("{}: its note is damaged: {error}", self.path.display()), "");
        let note: Note = serde_json::from_str(&note).map_err(damaged)?;
        if note.options != self.options {
            let message = format!("{} was written with other options: {}", self.path.display(), note.options);
            return Err(Error::new(ErrorKind::Checkpoint, message, "Resume with those options, or start anew in another --output."));
        }
        trainer.restore(&state)?;
        Ok(note.progress)
    }
}
