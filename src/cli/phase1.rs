//! `dermdistill phase1`: the teacher's similarity head learns to tell which picture a turned view belongs to.

use super::distill::{check_preset, phase1_help};
use super::run::{Checkpoint, Course, Data, Run, RunArgs, Verdict, pictures, pooled, teacher};
use super::{files, threads};
use crate::data::{self, Augmentation, FiledAnswers, Loader, LoaderConfig};
use crate::distill::{LiveTeacher, Pretext, Projection, Teacher, matched, similarities, similarity_cross_entropy};
use crate::engine::Engine;
use crate::learner::{Batch, Model, Norms, Trainer, TrainerConfig};
use crate::weights::{Card, HEADS_PREFIX, Heads, Precision, WeightFile, sha256_hex};
use crate::{Error, ErrorKind, Result};
use candle_core::Tensor;
use candle_nn::Module;
use clap::Args;
use serde::Serialize;
use serde_json::{Map, json};
use std::path::PathBuf;

const EXAMPLES: &str = "Example:
  dermdistill phase1 --preset paper --teacher teacher.safetensors --images ISIC/images --labels ISIC/labels.csv --output runs/head

The head is written to best.safetensors in --output, for the --teacher-head of `dermdistill distill`.";

/// Views a picture: the upright one and three quarter turns.
const VIEWS: usize = 4;

/// What the training of a head is made of.
#[derive(Args, Clone, Debug, Serialize)]
#[command(after_help = format!("{EXAMPLES}\n\nA preset is a list of options put before those given: {}.", phase1_help()), args_override_self = true)]
pub(super) struct Phase1Args {
    /// The teacher's weight file; it stays as it is.
    #[arg(long)]
    teacher: PathBuf,
    /// What it answered, as `dermdistill teach --cache` writes it, in place of running it in every step; once for each --images.
    #[arg(long, value_name = "FILE")]
    teacher_answers: Vec<PathBuf>,
    /// default, or paper: the reference's settings.
    #[arg(long, default_value = "default")]
    preset: String,
    #[command(flatten)]
    #[serde(flatten)]
    run: RunArgs,
}

/// Runs or resumes the training of a head.
///
/// # Errors
/// Whatever the data, the weights or the disk give; [`ErrorKind::Aborted`] after Ctrl-C, with the checkpoint written.
pub(super) fn run(args: &Phase1Args) -> Result<()> {
    threads::set(args.run.threads)?;
    check_preset(&args.preset)?;
    if args.run.batch < 2 {
        let message = "a batch of one picture gives a similarity head nothing to tell apart";
        return Err(Error::new(ErrorKind::Argument, message, "Use --batch 2 or more."));
    }
    let data = Data::load(&args.run)?;
    let file = teacher(&args.teacher, &args.run)?;
    let network = file.card.network()?;
    let width = pooled(&network, args.run.side)?;
    let engine = Engine::new(&network, &file.tensors, args.run.side)?;
    let model = Model::new(&network, &file.tensors)?;
    model.parameters().train(|_| false);
    let projection = Projection::new(model.parameters(), width)?;
    let course = Head {
        args: &args.run,
        teacher: LiveTeacher::new(engine),
        answers: answers(args, &data, width)?,
        width,
        projection: projection.clone(),
        validation: validation(&args.run, &data)?,
        seen: Vec::new(),
        card: file.card,
        found: (0.0, 0.0),
    };
    // Averages are of a network's weights, and these do not move.
    let config = TrainerConfig { average: None, ..args.run.trainer(data.sampler.epoch_len(), Norms::Running)? };
    let mut trainer = Trainer::new(model, args.run.sgd(), config)?;
    let run = Run {
        args: &args.run,
        data: &data,
        loading: LoaderConfig { views: VIEWS, mirror: true, ..args.run.loading()? },
        objective: Box::new(Pretext::new(projection)),
        course: Box::new(course),
        checkpoint: Checkpoint::new(&args.run, args)?,
    };
    run.go(&mut trainer)
}

/// The teacher's answers to the training pictures, where files of them are named.
fn answers(args: &Phase1Args, data: &Data, width: usize) -> Result<Option<FiledAnswers>> {
    if args.teacher_answers.is_empty() {
        return Ok(None);
    }
    let answers = FiledAnswers::open(&args.teacher_answers, &data.dataset, &data.split.train, (args.run.side, args.run.framing))?;
    if answers.axes("avg_pool") == Some(&[width]) {
        return Ok(Some(answers));
    }
    let message = format!("the answers hold pooled rows of {:?}, the teacher's have {width} numbers", answers.axes("avg_pool"));
    Err(Error::new(ErrorKind::Argument, message, "Name the answers of this teacher."))
}

/// The validation pictures in four views each, in whole batches, since how hard it is to tell pictures apart depends on their number.
fn validation(args: &RunArgs, data: &Data) -> Result<Loader> {
    let order = data.dataset.one_per_group(&data.split.val);
    if order.len() < 2 {
        let message = format!("the split leaves {} pictures to validate on; two are needed to tell apart", order.len());
        return Err(Error::new(ErrorKind::TableEmpty, message, "Mark groups as val, or raise --val-share."));
    }
    let batch = args.batch.min(order.len());
    let config = LoaderConfig { batch, views: VIEWS, augmentation: Augmentation::none(), ..args.loading()? };
    Loader::new(data.dataset.clone(), order, config)
}

/// The course of phase 1: batches of the frozen teacher's pooled rows.
struct Head<'a> {
    args: &'a RunArgs,
    teacher: LiveTeacher,
    /// In its place for training pictures.
    answers: Option<FiledAnswers>,
    width: usize,
    projection: Projection,
    validation: Loader,
    /// The validation's pooled rows, which stay the same.
    seen: Vec<Batch>,
    card: Card,
    /// Loss and share of matched views of the last validation.
    found: (f64, f64),
}

impl Head<'_> {
    /// A teacher's pooled rows for loaded pictures.
    fn features(teacher: &mut dyn Teacher, width: usize, loaded: data::Batch) -> Result<Batch> {
        let batch = pictures(loaded)?;
        let rows: Vec<f32> = teacher.answer(&batch, "avg_pool")?.flatten_all()?.to_vec1()?;
        let (labels, samples) = (batch.labels().to_vec(), batch.samples().to_vec());
        Batch::from_features(rows, ("avg_pool", &[width]), labels, samples, batch.views())
    }

    fn similarities(&self, batch: &Batch) -> Result<Tensor> {
        let rep = self.projection.forward(batch.input())?.detach();
        similarities(&batch.upright(&rep)?, &batch.turned(&rep)?)
    }
}

impl Course for Head<'_> {
    fn batch(&mut self, loaded: data::Batch) -> Result<Batch> {
        match &mut self.answers {
            Some(answers) => Self::features(answers, self.width, loaded),
            None => Self::features(&mut self.teacher, self.width, loaded),
        }
    }

    fn assess(&mut self, _: &Trainer) -> Result<Verdict> {
        for loaded in self.validation.by_ref() {
            let batch = Self::features(&mut self.teacher, self.width, loaded?)?;
            self.seen.push(batch);
        }
        let (mut loss, mut share) = (0.0, 0.0);
        for batch in &self.seen {
            let similarities = self.similarities(batch)?;
            loss += similarity_cross_entropy(&similarities)?.to_scalar::<f64>()? / self.seen.len() as f64;
            share += matched(&similarities)? / self.seen.len() as f64;
        }
        self.found = (loss, share);
        Ok(Verdict {
            figure: -loss,
            loss,
            columns: vec![("val_loss", loss), ("val_matched", share)],
            text: format!("loss {loss:.4}  matched {share:.3}"),
        })
    }

    fn save(&self, trainer: &Trainer, best: bool) -> Result<()> {
        let mut tensors = trainer.model().parameters().tensors()?;
        tensors.retain(|name, _| name.starts_with(HEADS_PREFIX));
        let mut card = self.card.clone();
        (card.abstain, card.prediction_set) = (None, None);
        card.heads = Heads::of(&tensors, true);
        card.log_sha256 = sha256_hex(&files::read(&self.args.log())?);
        card.metrics = Map::from_iter([("validation".to_owned(), json!({ "similarity_loss": self.found.0, "matched": self.found.1 }))]);
        let bytes = WeightFile { card, tensors }.write(Precision::F16)?;
        files::write_atomically(&self.args.last(), &bytes)?;
        if best { files::write_atomically(&self.args.best(), &bytes) } else { Ok(()) }
    }
}
