//! A run on disk: the trainer's state and where in the epoch it stands.

use super::args::RunArgs;
use crate::cli::files;
use crate::learner::{StepReport, Trainer, TrainerState};
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
    /// Every term times its weight, each times the size of its batch, in the objective's order.
    pub terms: Vec<(String, f64)>,
    /// Shares of turned views matched, each times the size of its batch; none where nothing is matched.
    pub matched: Option<f64>,
    /// The best figure of a validation so far, and the epochs finished then.
    pub best: Option<f64>,
    pub best_epoch: usize,
}

impl Progress {
    /// Takes a step on so many images into account.
    pub fn add(&mut self, report: &StepReport, images: usize) {
        let size = images as f64;
        self.batch += 1;
        self.images += images;
        self.loss += report.loss * size;
        self.correct += report.correct;
        self.matched = report.matched.map(|share| self.matched.unwrap_or(0.0) + share * size).or(self.matched);
        for term in &report.terms {
            let weighted = term.weight * term.value * size;
            match self.terms.iter_mut().find(|(name, _)| name == term.name) {
                Some((_, sum)) => *sum += weighted,
                None => self.terms.push((term.name.to_owned(), weighted)),
            }
        }
    }

    /// Begins the next epoch after a validation with this figure; whether it is the best so far.
    pub fn end_epoch(&mut self, figure: f64) -> bool {
        let is_best = self.best.is_none_or(|best| figure > best);
        let epoch = self.epoch + 1;
        let (best, best_epoch) = if is_best { (Some(figure), epoch) } else { (self.best, self.best_epoch) };
        *self = Self { epoch, best, best_epoch, ..Self::default() };
        is_best
    }
}

#[derive(Serialize, Deserialize)]
struct Note {
    options: String,
    progress: Progress,
}

/// Where checkpoints of one run go, and which options it was started with.
pub(in crate::cli) struct Checkpoint {
    path: PathBuf,
    options: String,
}

impl Checkpoint {
    /// Checkpoints of a run with these options, which are all that may not differ when it is resumed.
    pub fn new(run: &RunArgs, options: &impl Serialize) -> Result<Self> {
        let options = serde_json::to_string(options).map_err(|error| Error::new(ErrorKind::Internal, error.to_string(), ""))?;
        Ok(Self { path: run.checkpoint(), options })
    }

    /// Writes the state; the old checkpoint stays whole until the new one is.
    pub(super) fn save(&self, trainer: &Trainer, progress: &Progress) -> Result<()> {
        let note = Note { options: self.options.clone(), progress: progress.clone() };
        let note = serde_json::to_string(&note).map_err(|error| Error::new(ErrorKind::Internal, error.to_string(), ""))?;
        files::write_atomically(&self.path, &trainer.state()?.to_bytes(&note)?)
    }

    /// Brings `trainer` to the saved state.
    pub(super) fn load(&self, trainer: &mut Trainer) -> Result<Progress> {
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
