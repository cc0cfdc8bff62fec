//! The loop around the learner's step, which every kind of run shares: epochs, checkpoints, the log, the best weights, early stopping.

mod args;
mod assess;
mod checkpoint;
mod classifier;
mod course;
mod log;
mod prepare;
mod teachers;

pub(super) use args::{RunArgs, StartArgs};
pub(super) use assess::Assessor;
pub(super) use checkpoint::Checkpoint;
pub(super) use classifier::Classifier;
pub(super) use course::{Course, Verdict, pictures};
pub(super) use prepare::{Data, in_range};
pub(super) use teachers::{Opened, committee, pooled, teacher};

use crate::data::{Loader, LoaderConfig};
use crate::learner::{Objective, Trainer};
use crate::{Error, ErrorKind, Result};
use checkpoint::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Everything that stays the same over a run.
pub(super) struct Run<'a> {
    pub args: &'a RunArgs,
    pub data: &'a Data,
    /// How its images are loaded.
    pub loading: LoaderConfig,
    pub objective: Box<dyn Objective>,
    pub course: Box<dyn Course + 'a>,
    pub checkpoint: Checkpoint,
}

impl Run<'_> {
    /// Runs to the end, or resumes.
    ///
    /// # Errors
    /// Whatever the data, the weights or the disk give; [`ErrorKind::Aborted`] after Ctrl-C, with the checkpoint written.
    pub fn go(mut self, trainer: &mut Trainer) -> Result<()> {
        let mut progress = Progress::default();
        if self.args.resume {
            progress = self.checkpoint.load(trainer)?;
            eprintln!("resumed after step {} (epoch {}, batch {})", trainer.steps(), progress.epoch + 1, progress.batch);
        }
        let stop = stop_flag()?;
        while progress.epoch < self.args.epochs {
            if self.args.patience > 0 && progress.epoch - progress.best_epoch >= self.args.patience {
                eprintln!("stopped early: {} epochs without a better validation", self.args.patience);
                break;
            }
            self.epoch(trainer, &mut progress, &stop)?;
        }
        let best = progress.best.map_or_else(String::new, |best| format!(" ({best:.4})"));
        eprintln!("the best weights{best} are those after epoch {}: {}", progress.best_epoch, self.args.best().display());
        Ok(())
    }

    /// The rest of one epoch, its assessment, and a checkpoint.
    fn epoch(&mut self, trainer: &mut Trainer, progress: &mut Progress, stop: &AtomicBool) -> Result<()> {
        let config = LoaderConfig { skip_batches: progress.batch, epoch: progress.epoch as u64, ..self.loading.clone() };
        let loader = Loader::new(self.data.dataset.clone(), self.data.sampler.epoch(progress.epoch as u64), config)?;
        let bar = bar(progress.epoch, self.args.epochs, loader.batches() * self.args.batch, progress.batch * self.args.batch);
        let (mut saved, started, first) = (Instant::now(), Instant::now(), progress.batch);
        for loaded in loader {
            let batch = self.course.batch(loaded?)?;
            let report = trainer.step(&batch, self.objective.as_mut())?;
            progress.add(&report, batch.labels().len());
            bar.inc(batch.labels().len() as u64);
            bar.set_message(format!("loss {:.3}", progress.loss / progress.images as f64));
            let stop = stop.load(Ordering::Relaxed);
            if stop || saved.elapsed() >= Duration::from_secs(60 * self.args.checkpoint_minutes) {
                self.checkpoint.save(trainer, progress)?;
                saved = Instant::now();
            }
            if stop {
                return Err(Error::new(
                    ErrorKind::Aborted,
                    format!("stopped after step {}; the checkpoint is written", trainer.steps()),
                    "Run the same command with --resume to go on.",
                ));
            }
        }
        bar.finish_and_clear();
        let seconds = started.elapsed().as_secs_f64();
        let speed = ((progress.batch - first) * self.args.batch) as f64 / seconds;
        self.finish_epoch(trainer, progress, (seconds, speed))
    }

    fn finish_epoch(&mut self, trainer: &mut Trainer, progress: &mut Progress, (seconds, speed): (f64, f64)) -> Result<()> {
        let rate = trainer.config().schedule.rate(trainer.steps().saturating_sub(1));
        let verdict = self.course.assess(trainer)?;
        trainer.epoch_ended(verdict.loss);
        let times = [("seconds", seconds), ("images_per_second", speed)];
        let mut row = log::training(progress, trainer.steps(), rate);
        row.extend(verdict.columns.iter().chain(&times).map(|&(name, value)| (name.to_owned(), value)));
        log::write(&self.args.log(), &row)?;
        let (loss, accuracy) = (progress.loss / progress.images as f64, progress.correct as f64 / progress.images as f64);
        let text = &verdict.text;
        eprintln!("epoch {:>3}  loss {loss:.4}  accuracy {accuracy:.3} | validation: {text} | {speed:.0} images/s", progress.epoch + 1);
        let best = progress.end_epoch(verdict.figure);
        self.course.save(trainer, best)?;
        self.checkpoint.save(trainer, progress)
    }
}

fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).map_err(|error| Error::new(ErrorKind::Internal, error.to_string(), ""))?;
    Ok(stop)
}

fn bar(epoch: usize, epochs: usize, images: usize, done: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} images, {per_sec}, {eta} left, {msg}");
    let bar = ProgressBar::new(images as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(format!("epoch {}/{epochs}", epoch + 1));
    bar.set_position(done as u64);
    bar.reset_eta();
    bar
}
