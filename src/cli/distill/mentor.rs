//! The teacher of a distillation, from its files.

use super::args::DistillArgs;
use crate::cli::files;
use crate::cli::run::RunArgs;
use crate::distill::{LiveTeacher, Mentor, Projection};
use crate::engine::Engine;
use crate::weights::{IMAGENET_MEAN, IMAGENET_STD, WeightFile};
use crate::{Error, ErrorKind, Result};
use std::path::Path;

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
/// Those of [`teacher`], of the head's file, and [`ErrorKind::Argument`] without a teacher.
pub(super) fn open(args: &DistillArgs, with_head: bool, seen: Option<&[f64]>) -> Result<(Mentor, usize)> {
    let path = args.teacher.as_deref().ok_or_else(|| {
        let message = format!("{} learns from a teacher, and none is given", args.method);
        Error::new(ErrorKind::Argument, message, "Name its weight file with --teacher.")
    })?;
    let file = teacher(path, &args.run)?;
    let network = file.card.network()?;
    let channels = pooled(&network, args.run.side)?;
    let shift = seen.map(|seen| seen.iter().zip(&file.card.class_mix).map(|(seen, mix)| (seen / mix).ln()).collect());
    let engine = Engine::new(&network, &file.tensors, args.run.side)?;
    let projection = with_head.then(|| head(args, channels)).transpose()?;
    Ok((Mentor { teacher: Box::new(LiveTeacher::new(engine)), projection, shift: shift.unwrap_or_default() }, channels))
}

fn head(args: &DistillArgs, channels: usize) -> Result<Projection> {
    let path = args.teacher_head.as_deref().ok_or_else(|| {
        let hint = "Train it with dermdistill phase1 and name it with --teacher-head, or leave the term out with --weight similarity=0.";
        Error::new(ErrorKind::Argument, "the similarity term reads the teacher's similarity head, and none is given", hint)
    })?;
    let file = WeightFile::read(&files::read(path)?).map_err(|error| error.context(path.display()))?;
    Projection::frozen(&file.tensors, channels).map_err(|error| error.context(path.display()))
}
