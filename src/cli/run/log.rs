//! The run's log: one CSV line an epoch, each with every weighted term.

use super::checkpoint::Progress;
use crate::Result;
use crate::cli::files;
use std::path::Path;

/// One epoch's columns, by name. Losses in nats, shares in 0–1.
pub(super) type Row = Vec<(String, f64)>;

/// What the training columns say of an epoch: means over its images, terms times their weights.
pub(super) fn training(progress: &Progress, step: usize, rate: f64) -> Row {
    let mean = |sum: f64| sum / progress.images as f64;
    let fixed = [
        ("epoch", (progress.epoch + 1) as f64),
        ("step", step as f64),
        ("rate", rate),
        ("train_loss", mean(progress.loss)),
        ("train_accuracy", mean(progress.correct as f64)),
    ];
    let terms = progress.terms.iter().map(|(name, sum)| (format!("term_{name}"), mean(*sum)));
    let matched = progress.matched.map(|sum| ("train_matched".to_owned(), mean(sum)));
    fixed.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(terms).chain(matched).collect()
}

/// Puts a row after those of the epochs before it, in a file that is replaced as a whole: what an epoch wrote that was cut off before its
/// checkpoint goes, since the epoch comes again.
pub(super) fn write(path: &Path, row: &Row) -> Result<()> {
    let old = if path.exists() { String::from_utf8_lossy(&files::read(path)?).into_owned() } else { String::new() };
    let epoch = row.first().map_or(0.0, |(_, epoch)| *epoch);
    let earlier = |line: &&str| line.split(',').next().and_then(|cell| cell.parse::<f64>().ok()).is_some_and(|before| before < epoch);
    let header = row.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",");
    let last = row.iter().map(|(_, value)| value.to_string()).collect::<Vec<_>>().join(",");
    let lines: Vec<&str> = [header.as_str()].into_iter().chain(old.lines().skip(1).filter(earlier)).chain([last.as_str()]).collect();
    files::write_atomically(path, (lines.join("\n") + "\n").as_bytes())
}
