//! The teacher of a distillation, from its files.

use super::args::DistillArgs;
use crate::cli::files;
use crate::cli::run::{Data, RunArgs};
use crate::data::FiledAnswers;
use crate::distill::{LiveCommittee, LiveTeacher, Member, Mentor, Projection, Recipe, Teacher};
use crate::engine::Engine;
use crate::weights::{IMAGENET_MEAN, IMAGENET_STD, WeightFile};
use crate::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// A teacher's weights that fit the run's pictures.
///
/// # Errors
/// Those of reading the file; [`ErrorKind::Argument`] for a teacher that was shown pictures framed or normalised in another way.
pub(in crate::cli) fn teacher(path: &Path, run: &RunArgs) -> Result<WeightFile> {
    let file = WeightFile::read(&files::read(path)?).map_err(|error| error.context(path.display()))?;
    let card = &file.card;
    let wrong = if card.heads.as_ref().is_some_and(|heads| heads.alone) {
        "the file holds heads alone, and no network".to_owned()
    } else if card.framing != run.framing {
        format!("the teacher was shown pictures framed as {}, the run has --framing {}", card.framing, run.framing)
    } else if (card.mean, card.std) != (IMAGENET_MEAN, IMAGENET_STD) {
        format!("the teacher's pictures have mean {:?} and deviation {:?}, the run's ImageNet's", card.mean, card.std)
    } else {
        return Ok(file);
    };
    Err(Error::new(ErrorKind::Argument, format!("{}: {wrong}", path.display()), "Teacher and student must see the same pictures."))
}

/// How many pooled numbers a network gives.
///
/// # Errors
/// [`ErrorKind::Internal`] for a network without that tap.
pub(in crate::cli) fn pooled(network: &crate::nn::Network, side: usize) -> Result<usize> {
    let shapes = network.shapes((side, side))?;
    let tap = network.tap("avg_pool").and_then(|tap| shapes.get(tap));
    tap.map(|shape| shape.channels).ok_or_else(|| Error::new(ErrorKind::Internal, "the network has no pooled rows", ""))
}

/// The mentor, how many pooled numbers it gives, and what is added to its logits where mixes are not kept: from its own mix to `seen`.
///
/// # Errors
/// Those of [`teacher`] and of [`FiledAnswers::open`], of the head's file, and [`ErrorKind::Argument`] without a teacher or without what a term
/// reads of it.
pub(super) fn open(args: &DistillArgs, recipe: &Recipe, data: &Data, seen: Option<&[f64]>) -> Result<(Mentor, usize)> {
    let (teacher, mix, channels) = match args.teacher.split_first() {
        Some((first, others)) => live(first, others, &args.run)?,
        None if args.teacher_answers.is_empty() => {
            let message = format!("{} learns from a teacher, and none is given", args.method);
            let hint = "Name its weight file with --teacher, or its answers with --teacher-answers.";
            return Err(Error::new(ErrorKind::Argument, message, hint));
        }
        None => filed(args, recipe, data)?,
    };
    let shift = seen.map(|seen| seen.iter().zip(&mix).map(|(seen, mix)| (seen / mix).ln()).collect());
    let projection = (recipe.weights.similarity > 0.0).then(|| head(args, channels)).transpose()?;
    Ok((Mentor { teacher, projection, shift: shift.unwrap_or_default() }, channels))
}

/// A teacher, the class mix of its answers, and how many pooled numbers it gives.
type Opened = (Box<dyn Teacher>, Vec<f64>, usize);

fn live(first: &Path, others: &[PathBuf], run: &RunArgs) -> Result<Opened> {
    let (first, channels) = member(first, run)?;
    let mix = first.class_mix.clone();
    let others = others.iter().map(|path| Ok(member(path, run)?.0)).collect::<Result<_>>()?;
    Ok((Box::new(LiveCommittee::new(first, others)?), mix, channels))
}

/// A teacher that looks at the run's pictures, and how many pooled numbers it gives.
fn member(path: &Path, run: &RunArgs) -> Result<(Member, usize)> {
    let WeightFile { card, tensors } = teacher(path, run)?;
    let network = card.network()?;
    let teacher = LiveTeacher::new(Engine::new(&network, &tensors, run.side)?);
    Ok((Member { teacher, temperature: card.temperature, class_mix: card.class_mix }, pooled(&network, run.side)?))
}

fn filed(args: &DistillArgs, recipe: &Recipe, data: &Data) -> Result<Opened> {
    let answers = FiledAnswers::open(&args.teacher_answers, &data.dataset, &data.split.train, (args.run.side, args.run.framing))?;
    let channels = match answers.axes("avg_pool") {
        Some(&[channels]) => channels,
        _ => return Err(Error::new(ErrorKind::Argument, "the teacher's answers hold no pooled rows", "Make them again with dermdistill teach.")),
    };
    if recipe.weights.gram > 0.0 && answers.axes("feats_7x7").is_none() {
        let hint = "Make them again with dermdistill teach --maps, or leave the term out with --weight gram=0.";
        return Err(Error::new(ErrorKind::Argument, "the Gram term reads the teacher's maps, and its answers hold none", hint));
    }
    let mix = answers.class_mix().to_vec();
    Ok((Box::new(answers), mix, channels))
}

fn head(args: &DistillArgs, channels: usize) -> Result<Projection> {
    let path = args.teacher_head.as_deref().ok_or_else(|| {
        let hint = "Train it with dermdistill phase1 and name it with --teacher-head, or leave the term out with --weight similarity=0.";
        Error::new(ErrorKind::Argument, "the similarity term reads the teacher's similarity head, and none is given", hint)
    })?;
    let file = WeightFile::read(&files::read(path)?).map_err(|error| error.context(path.display()))?;
    Projection::frozen(&file.tensors, channels).map_err(|error| error.context(path.display()))
}
