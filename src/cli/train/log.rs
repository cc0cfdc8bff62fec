//! The run's log: one CSV line an epoch.

use super::assess::Assessment;
use super::checkpoint::Progress;
use crate::cli::files;
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
            val_loss: assessment.found.report.nll,
            val_accuracy: assessment.found.report.accuracy,
            val_balanced_accuracy: assessment.found.report.balanced_accuracy,
            val_balanced_accuracy_equal: assessment.found.equal.balanced_accuracy,
            val_ece: assessment.found.report.ece,
            temperature: assessment.found.temperature,
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

/// Puts a row after those of the epochs before it, in a file that is replaced as a whole: what an epoch wrote that was cut off before its
/// checkpoint goes, since the epoch comes again.
pub(super) fn write(path: &Path, row: &Row) -> Result<()> {
    let old = if path.exists() { String::from_utf8_lossy(&files::read(path)?).into_owned() } else { String::new() };
    let earlier = |line: &&str| line.split(',').next().and_then(|cell| cell.parse::<usize>().ok()).is_some_and(|epoch| epoch < row.epoch);
    let rows: Vec<&str> = old.lines().skip(1).filter(earlier).collect();
    let failed = |error: csv::Error| Error::new(ErrorKind::Internal, format!("{}: {error}", path.display()), "");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.serialize(row).map_err(failed)?;
    let text = writer.into_inner().map_err(|error| Error::new(ErrorKind::Internal, error.to_string(), ""))?;
    let text = String::from_utf8_lossy(&text);
    let (header, last) = text.split_once('\n').unwrap_or_default();
    let lines: Vec<&str> = std::iter::once(header).chain(rows).chain([last]).collect();
    files::write_atomically(path, lines.join("\n").as_bytes())
}
