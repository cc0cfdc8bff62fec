//! `dermdistill distill`: a student learns by a rung of the ladder.

mod args;
mod mentor;
mod preset;

pub(super) use args::DistillArgs;
pub(super) use preset::{expand, phase1_help};

use super::run::{Assessor, Checkpoint, Classifier, Data, Run, pooled};
use super::{files, threads};
use crate::data::LoaderConfig;
use crate::distill::{Distillation, StudentHeads};
use crate::learner::{Model, Norms, Trainer};
use crate::weights::WeightFile;
use crate::{Error, ErrorKind, Result};

/// Runs or resumes a distillation.
///
/// # Errors
/// Whatever the data, the weights or the disk give; [`ErrorKind::Aborted`] after Ctrl-C, with the checkpoint written.
pub(super) fn run(args: &DistillArgs) -> Result<()> {
    threads::set(args.run.threads)?;
    check_preset(&args.preset)?;
    let recipe = args.recipe()?;
    let (views, keeps_mixes, norms) = (args.views(&recipe)?, args.keeps_mixes()?, args.norms()?);
    let data = Data::load(&args.run)?;
    let network = args.start.network()?;
    let assessor = Assessor::new(&args.run, network.architecture, &data, keeps_mixes)?;
    let seen = (!keeps_mixes).then(|| assessor.mixes().1);
    let with_head = recipe.weights.similarity > 0.0;
    let mentor = recipe.needs_teacher().then(|| mentor::open(args, &recipe, &data, seen)).transpose()?;
    let model = args.start.model(&network, args.run.seed)?;
    let heads = match &mentor {
        Some((_, channels)) => {
            insert_heads(args, &model)?;
            StudentHeads::new(&recipe, model.parameters(), (pooled(&network, args.run.side)?, *channels), Norms::Batch)?
        }
        None => StudentHeads::default(),
    };
    let objective = Distillation::new(recipe, data.class_weights.clone(), mentor.map(|(mentor, _)| mentor), heads)?;
    let mut trainer = Trainer::new(model, args.run.sgd(), args.run.trainer(data.sampler.epoch_len(), norms)?)?;
    if args.run.batch < 2 && with_head {
        eprintln!("a batch of one picture: there is no other to tell it from, so the similarity term is always 0");
    }
    let run = Run {
        args: &args.run,
        data: &data,
        // The views of a picture are those of its mirror image half the time, as in the reference.
        loading: LoaderConfig { views, mirror: views > 1, ..args.run.loading()? },
        objective: Box::new(objective),
        course: Box::new(Classifier::new(&args.run, assessor)?),
        checkpoint: Checkpoint::new(&args.run, args)?,
    };
    run.go(&mut trainer)
}

/// `argument` unless there is such a preset.
pub(super) fn check_preset(name: &str) -> Result<()> {
    if ["default", "paper"].contains(&name) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Argument, format!("no preset is called {}", crate::error::quote(name)), "Use default or paper."))
}

/// The heads of an earlier run, where one is named.
fn insert_heads(args: &DistillArgs, model: &Model) -> Result<()> {
    let Some(path) = &args.heads else { return Ok(()) };
    let file = WeightFile::read(&files::read(path)?).map_err(|error| error.context(path.display()))?;
    model.parameters().insert_heads(&file.tensors)
}
