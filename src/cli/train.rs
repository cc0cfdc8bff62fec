//! `dermdistill train`: a classifier learns from labels, and perhaps from teachers or a table of their answers.

use super::run::{Assessor, Checkpoint, Classifier, Data, Opened, Run, RunArgs, StartArgs, committee, in_range};
use super::threads;
use crate::Result;
use crate::data::{LoaderConfig, Mix, TeacherOutputs};
use crate::distill::{CachedTeacher, Supervised, Taught, Teacher};
use crate::learner::{Norms, Trainer};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  dermdistill train --images ISIC/images --labels ISIC/labels.csv --start imagenet.safetensors --output runs/first
  dermdistill train --images classes/ --start imagenet.safetensors --output runs/folders   (one folder a class: MEL/, NV/, …)
  dermdistill train … --teacher a.safetensors --teacher b.safetensors --teacher-share 0.8 --mixup 0.5 --cutmix 0.3    (two teachers answer together)
  dermdistill train … --resume                                                              (goes on where the last run stopped)";

/// What a training is made of.
#[derive(Args, Clone, Debug, Serialize)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    #[serde(flatten)]
    run: RunArgs,
    #[command(flatten)]
    #[serde(flatten)]
    start: StartArgs,
    /// Share of the batches whose images are blended in pairs (Mixup).
    #[arg(long, default_value_t = 0.0)]
    mixup: f64,
    /// Share of the batches whose images get a rectangle of another one (CutMix).
    #[arg(long, default_value_t = 0.0)]
    cutmix: f64,
    /// Share of every label spread over all classes.
    #[arg(long, default_value_t = 0.05)]
    label_smoothing: f32,
    /// CSV `image,AK,BCC,…` with a teacher's probabilities under the class mix of the first --images; once for each --images.
    #[arg(long, value_name = "CSV")]
    teacher_outputs: Vec<PathBuf>,
    /// A teacher's weight file; it runs beside the student, at the side that it was trained at, on whatever the student is shown, mixed images too.
    /// Given several times, the teachers answer as a committee: the mean of the logarithms of their calibrated probabilities.
    #[arg(long, conflicts_with = "teacher_outputs")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    teacher: Vec<PathBuf>,
    /// With a teacher: share of the loss that is the teacher's, the rest being the labels'.
    #[arg(long, default_value_t = 0.5)]
    teacher_share: f64,
}

/// Runs or resumes a training.
///
/// # Errors
/// Whatever the data, the weights or the disk give; [`ErrorKind::Aborted`](crate::ErrorKind::Aborted) after Ctrl-C, with the checkpoint written.
pub(super) fn run(args: &TrainArgs) -> Result<()> {
    threads::set(args.run.threads)?;
    in_range("--teacher-share", args.teacher_share, 0.0, 1.0)?;
    let data = Data::load(&args.run)?;
    let network = args.start.network()?;
    let assessor = Assessor::new(&args.run, network.architecture, &data, false)?;
    let objective = objective(args, &data, &assessor)?;
    let model = args.start.model(&network, args.run.seed)?;
    let mut trainer = Trainer::new(model, args.run.sgd(), args.run.trainer(data.sampler.epoch_len(), Norms::Batch)?)?;
    let run = Run {
        args: &args.run,
        data: &data,
        loading: LoaderConfig { mix: Mix { mixup: args.mixup, cutmix: args.cutmix }, ..args.run.loading()? },
        objective: Box::new(objective),
        course: Box::new(Classifier::new(&args.run, assessor)?),
        checkpoint: Checkpoint::new(&args.run, args)?,
    };
    run.go(&mut trainer)
}

/// The labels, and a teacher's answers if there is one; a missing row of a table is found now and not in the middle of an epoch.
fn objective(args: &TrainArgs, data: &Data, assessor: &Assessor) -> Result<Supervised> {
    let labels = Supervised::new(data.class_weights.clone(), f64::from(args.label_smoothing))?;
    let (pi, seen) = assessor.mixes();
    let (teacher, pi): (Box<dyn Teacher>, Vec<f64>) = match committee(&args.teacher, &args.run, None)? {
        Some(Opened { teacher, class_mix, .. }) => (teacher, class_mix),
        None if args.teacher_outputs.is_empty() => return Ok(labels),
        None => (Box::new(table(args, data)?), pi.to_vec()),
    };
    let shift = seen.iter().zip(&pi).map(|(seen, pi)| (seen / pi).ln()).collect();
    labels.taught(Taught { teacher, share: args.teacher_share, shift })
}

/// What the tables say of every training image.
fn table(args: &TrainArgs, data: &Data) -> Result<CachedTeacher> {
    let outputs = TeacherOutputs::from_csv(&args.teacher_outputs, &data.dataset)?;
    let mut teacher = CachedTeacher::upright();
    for &index in &data.split.train {
        teacher.insert((index, 0), "logits", outputs.logits(index, &data.dataset)?.to_vec())?;
    }
    Ok(teacher)
}
