//! What a run is about: what a batch is, what a validation finds and what is written.

use crate::Result;
use crate::data;
use crate::learner::{Batch, Trainer};

/// What a validation found.
pub(in crate::cli) struct Verdict {
    /// What the best weights are chosen by; the larger the better.
    pub figure: f64,
    /// What a plateau listens to.
    pub loss: f64,
    /// For the log.
    pub columns: Vec<(&'static str, f64)>,
    /// For the person at the terminal.
    pub text: String,
}

/// The part of a run that differs from one kind to the other.
pub(in crate::cli) trait Course {
    /// What loaded pictures are to the trainer.
    fn batch(&mut self, loaded: data::Batch) -> Result<Batch>;

    /// Judges the present weights.
    fn assess(&mut self, trainer: &Trainer) -> Result<Verdict>;

    /// Writes the weights that were judged last, to the files of the best ones as well where they are `best`. The log has its line by then.
    fn save(&self, trainer: &Trainer, best: bool) -> Result<()>;
}

/// Loaded pictures as they are.
pub(in crate::cli) fn pictures(loaded: data::Batch) -> Result<Batch> {
    let batch = Batch::new(loaded.input, loaded.labels, loaded.indices, loaded.views, loaded.side)?.mirrored(loaded.mirrored)?;
    match loaded.mixed {
        Some(data::Mixed { partners, share }) => batch.mixed(partners, share),
        None => Ok(batch),
    }
}
