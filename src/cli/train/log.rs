//! The run's log: one CSV line an epoch.

use super::assess::Assessment;
use super::checkpoint::Progress;
use crate::{Error, ErrorKind, Result};
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// One epoch. Losses in nats, shares in 0–1.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    epoch: usize,
    step: usize,
    rate: f64,
    train_loss: f64,
    train_accuracy: f64,
    val_loss: f64,
    val_accuracy: f64,
    val_balanced_accuracy: f64,
    val_balanced_accuracy_equal: f64,
    val_ece: f64,
    temperature: f64,
    seconds: f64,
    images_per_second: f64,
}

impl Row {
    pub fn new(progress: &Progress, assessment: &Assessment, rate: f64, step: usize, seconds: f64, speed: f64) -> Self {
        Self {
            epoch: progress.epoch + 1,
            step,
            rate,
            train_loss: progress.loss / progress.images as f64,
            train_accuracy: progress.correct as f64 / progress.images as f64,
            val_loss: assessment.report.nll,
            val_accuracy: assessment.report.accuracy,
            val_balanced_accuracy: assessment.report.balanced_accuracy,
            val_balanced_accuracy_equal: assessment.equal.balanced_accuracy,
            val_ece: assessment.report.ece,
            temperature: assessment.temperature,
            seconds,
            images_per_second: speed,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "epoch {:>3}  loss {:.4}  accuracy {:.3} | validation: loss {:.4}  accuracy {:.3}  balanced {:.3}, equal prior {:.3}  ECE {:.3} | {:.0} images/s",
            self.epoch,
            self.train_loss,
            self.train_accuracy,
            self.val_loss,
            self.val_accuracy,
            self.val_balanced_accuracy,
            self.val_balanced_accuracy_equal,
            self.val_ece,
            self.images_per_second
        )
    }
}

/// Appends a row; the first one brings the header with it.
pub(super) fn append(path: &Path, row: &Row) -> Result<()> {
    let fresh = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(|error| Error::from(error).context(path.display()))?;
    let mut writer = csv::WriterBuilder::new().has_headers(fresh).from_writer(file);
    let failed = |error: csv::Error| Error::new(ErrorKind::Io, format!("{}: {error}", path.display()), "");
    writer.serialize(row).map_err(failed)?;
    writer.flush().map_err(|error| Error::from(error).context(path.display()))
}
