//! `dermdistill train`: the loop around the learner's step.

mod args;
mod assess;
mod checkpoint;
mod log;

pub(crate) use args::TrainArgs;

use super::{files, threads};
use crate::data::{Augmentation, Batch, ClassWeighting, Dataset, Filter, Loader, LoaderConfig, Mix, Mixed, Sampler, Split, TeacherOutputs};
use crate::distill::{CachedTeacher, Supervised, Taught};
use crate::learner::{self, Model, Norms, Schedule, SgdConfig, StepReport, Trainer, TrainerConfig};
use crate::nn::Network;
use crate::weights::{Tensors, WeightFile, has_card, import_start};
use crate::{Error, ErrorKind, Result};
use assess::{Assessment, Assessor};
use checkpoint::{Checkpoint, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Everything that stays the same over a run.
struct Run<'a> {
    args: &'a TrainArgs,
    dataset: Arc<Dataset>,
    sampler: Sampler,
    assessor: Assessor,
    objective: Supervised,
    checkpoint: Checkpoint,
    stop: Arc<AtomicBool>,
}

/// Runs or resumes a training.
///
/// # Errors
/// Whatever the data, the weights or the disk give; [`ErrorKind::Aborted`] after Ctrl-C, with the checkpoint written.
pub(super) fn run(args: &TrainArgs) -> Result<()> {
    threads::set(args.threads)?;
    check(args)?;
    std::fs::create_dir_all(&args.output).map_err(|error| Error::from(error).context(args.output.display()))?;
    let dataset = Arc::new(load(args)?);
    let split = match &args.split {
        Some(path) => Split::from_file(path, &dataset)?,
        None => Split::by_seed(&dataset, args.split_seed, args.val_share)?,
    };
    let counts = dataset.class_counts(&split.train);
    eprintln!("{} training images {counts:?}, {} for validation, {} not in the split", split.train.len(), split.val.len(), split.dropped);
    let sampler = Sampler::new(&dataset, split.train.clone(), args.seed)?.majority_share(args.majority_share)?;
    let network = Network::named(&args.network, crate::classes::CLASSES.len()).ok_or_else(|| {
        let known = format!("Use one of {}.", Network::NAMES.join(", "));
        Error::new(ErrorKind::Argument, format!("no network is called '{}'", args.network), known)
    })?;
    let class_weights = ClassWeighting::named(&args.class_weights)?.weights(&sampler.seen());
    let assessor = Assessor::new(args, dataset.clone(), &split, &sampler, &class_weights)?;
    let objective = objective(args, &dataset, &split.train, &assessor, class_weights)?;
    let sgd = SgdConfig { momentum: args.momentum, weight_decay: args.weight_decay, nesterov: args.nesterov };
    let model = Model::new(&network, &start(args, &network)?)?;
    freeze(&model, &args.freeze)?;
    let mut trainer = Trainer::new(model, sgd, config(args, &sampler)?)?;
    let checkpoint = Checkpoint::new(args)?;
    let mut progress = Progress::default();
    if args.resume {
        progress = checkpoint.load(&mut trainer)?;
        eprintln!("resumed after step {} (epoch {}, batch {})", trainer.steps(), progress.epoch + 1, progress.batch);
    }
    let mut run = Run { args, dataset, sampler, assessor, objective, checkpoint, stop: stop_flag()? };
    while progress.epoch < args.epochs {
        run.epoch(&mut trainer, &mut progress)?;
    }
    eprintln!("best balanced accuracy (equal prior) {:.4} after epoch {}: {}", progress.best, progress.best_epoch, args.best().display());
    Ok(())
}

impl Run<'_> {
    /// The rest of one epoch, its assessment, and a checkpoint.
    fn epoch(&mut self, trainer: &mut Trainer, progress: &mut Progress) -> Result<()> {
        let loader = Loader::new(self.dataset.clone(), self.sampler.epoch(progress.epoch as u64), self.loading(progress)?)?;
        let bar = bar(progress.epoch, self.args.epochs, loader.batches() * self.args.batch, progress.batch * self.args.batch);
        let (mut saved, started, first) = (Instant::now(), Instant::now(), progress.batch);
        for batch in loader {
            let batch = batch?;
            let images = batch.labels.len();
            let report = self.step(trainer, batch)?;
            progress.batch += 1;
            progress.images += images;
            progress.loss += report.loss * images as f64;
            progress.correct += report.correct;
            bar.inc(images as u64);
            bar.set_message(format!("loss {:.3}", progress.loss / progress.images as f64));
            let stop = self.stop.load(Ordering::Relaxed);
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
        let assessment = self.assessor.assess(trainer.model().network(), &trainer.averaged()?)?;
        trainer.epoch_ended(assessment.found.report.nll);
        self.finish_epoch(trainer, progress, &assessment, seconds, speed)
    }

    fn step(&mut self, trainer: &mut Trainer, batch: Batch) -> Result<StepReport> {
        let mixed = batch.mixed;
        let batch = learner::Batch::new(batch.input, batch.labels, batch.indices, batch.views, batch.side)?;
        let batch = match mixed {
            Some(Mixed { partners, share }) => batch.mixed(partners, share)?,
            None => batch,
        };
        trainer.step(&batch, &mut self.objective)
    }

    fn loading(&self, progress: &Progress) -> Result<LoaderConfig> {
        Ok(LoaderConfig {
            side: self.args.side,
            batch: self.args.batch,
            drop_last: true,
            skip_batches: progress.batch,
            augmentation: Augmentation::named(&self.args.augment)?,
            mix: Mix { mixup: self.args.mixup, cutmix: self.args.cutmix },
            framing: self.args.framing,
            seed: self.args.seed,
            epoch: progress.epoch as u64,
            ..LoaderConfig::default()
        })
    }

    fn finish_epoch(&self, trainer: &Trainer, progress: &mut Progress, assessment: &Assessment, seconds: f64, speed: f64) -> Result<()> {
        let rate = trainer.config().schedule.rate(trainer.steps().saturating_sub(1));
        let row = log::Row::new(progress, assessment, rate, trainer.steps(), seconds, speed);
        log::write(&self.args.log(), &row)?;
        eprintln!("{row}");
        progress.next_epoch();
        let file = WeightFile { card: self.assessor.card(assessment, &self.args.log())?, tensors: assessment.tensors.clone() };
        let bytes = file.write(crate::weights::Precision::F32)?;
        files::write_atomically(&self.args.last(), &bytes)?;
        if assessment.found.equal.balanced_accuracy > progress.best {
            (progress.best, progress.best_epoch) = (assessment.found.equal.balanced_accuracy, progress.epoch);
            files::write_atomically(&self.args.best(), &bytes)?;
        }
        self.checkpoint.save(trainer, progress)
    }
}

fn load(args: &TrainArgs) -> Result<Dataset> {
    if args.labels.is_empty() {
        return Ok(Dataset::merge(args.images.iter().map(Dataset::from_folders).collect::<Result<_>>()?));
    }
    if args.labels.len() != args.images.len() {
        let message = format!("{} image folders and {} label files", args.images.len(), args.labels.len());
        return Err(Error::new(ErrorKind::Argument, message, "Give one --labels for each --images, in the same order."));
    }
    let filters = args.filters.iter().map(|text| Filter::parse(text)).collect::<Result<Vec<_>>>()?;
    let mut parts = Vec::new();
    for (index, (images, labels)) in args.images.iter().zip(&args.labels).enumerate() {
        // A filter is about the first table; the others may not have its column.
        parts.push(Dataset::from_csv(&[images], labels, if index == 0 { &filters } else { &[] })?);
    }
    Ok(Dataset::merge(parts))
}

/// What can be refused before anything is read: constants out of range, and a folder that holds another run.
fn check(args: &TrainArgs) -> Result<()> {
    let ranges = [
        ("--rate", args.rate, 0.0, 1e3),
        ("--warmup", args.warmup, 0.0, 1.0),
        ("--weight-decay", args.weight_decay, 0.0, 1e3),
        ("--teacher-share", args.teacher_share, 0.0, 1.0),
        ("--average", args.average, 0.0, 1.0),
    ];
    if let Some((name, value, low, high)) = ranges.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
        return Err(Error::new(ErrorKind::Argument, format!("{name} is {value}; allowed are {low} to {high}"), ""));
    }
    if let Some(old) = [args.checkpoint(), args.log()].into_iter().find(|file| !args.resume && file.exists()) {
        let hint = "Go on with it (--resume), or choose another --output.";
        return Err(Error::new(ErrorKind::Argument, format!("{} is there: the folder holds another run", old.display()), hint));
    }
    Ok(())
}

/// The labels, and the teacher's answers if any are given; a missing row is found now and not in the middle of an epoch.
fn objective(args: &TrainArgs, dataset: &Dataset, train: &[usize], assessor: &Assessor, class_weights: Vec<f64>) -> Result<Supervised> {
    let labels = Supervised::new(class_weights, f64::from(args.label_smoothing))?;
    if args.teacher_outputs.is_empty() {
        return Ok(labels);
    }
    let outputs = TeacherOutputs::from_csv(&args.teacher_outputs, dataset)?;
    let mut teacher = CachedTeacher::upright();
    for &index in train {
        teacher.insert((index, 0), "logits", outputs.logits(index, dataset)?.to_vec())?;
    }
    let (pi, seen) = assessor.mixes();
    let shift = seen.iter().zip(pi).map(|(seen, pi)| (seen / pi).ln()).collect();
    labels.taught(Taught { teacher: Box::new(teacher), share: args.teacher_share, shift })
}

fn config(args: &TrainArgs, sampler: &Sampler) -> Result<TrainerConfig> {
    let per_epoch = sampler.epoch_len() / args.batch.max(1);
    let steps = per_epoch * args.epochs;
    if steps == 0 {
        let message = format!("{} images an epoch are no batch of {}", sampler.epoch_len(), args.batch);
        return Err(Error::new(ErrorKind::Argument, message, "Use a smaller --batch or more images."));
    }
    let schedule = match args.schedule.as_str() {
        "cosine" => Schedule::Cosine { peak: args.rate, floor: args.rate * 1e-3, warmup: (steps as f64 * args.warmup) as usize, steps },
        "plateau" => Schedule::plateau(args.rate),
        "constant" => Schedule::Constant { rate: args.rate },
        other => return Err(Error::new(ErrorKind::Argument, format!("no schedule is called '{other}'"), "Use cosine, plateau or constant.")),
    };
    Ok(TrainerConfig { schedule, average: (args.average > 0.0).then_some(args.average), norms: Norms::Batch })
}

/// The start's tensors, and new layers where the start has none and may lack them.
fn start(args: &TrainArgs, network: &Network) -> Result<Tensors> {
    let bytes = files::read(&args.start)?;
    let new_where_missing: Vec<&str> = args.fresh.iter().map(String::as_str).chain(network.classifier().map(|node| node.name.as_str())).collect();
    let mut tensors = match WeightFile::read(&bytes) {
        Ok(file) => file.tensors,
        // A file with a card that was refused is not a plain one.
        Err(error) if has_card(&bytes) => return Err(error.context(args.start.display())),
        Err(_) => import_start(&bytes, network, &new_where_missing).map_err(|error| error.context(args.start.display()))?,
    };
    learner::initialise(network, &mut tensors, args.seed);
    Ok(tensors)
}

/// Leaves the layers on or below these prefixes out of the training.
fn freeze(model: &Model, prefixes: &[String]) -> Result<()> {
    let is_under = |name: &str, prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
    let trained = model.parameters().trained();
    if let Some(prefix) = prefixes.iter().find(|prefix| !trained.keys().any(|name| is_under(name, prefix))) {
        let message = format!("--freeze {prefix}: {} has no such layer", model.network().architecture);
        return Err(Error::new(ErrorKind::Argument, message, "Name a layer or a group of them as in the weight file, without the final dot."));
    }
    model.parameters().train(|name| !prefixes.iter().any(|prefix| is_under(name, prefix)));
    Ok(())
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
