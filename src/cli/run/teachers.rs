//! Teachers that run beside a student, from their files.

use super::args::RunArgs;
use crate::cli::files;
use crate::distill::{LiveCommittee, LiveTeacher, Member, Teacher};
use crate::engine::Engine;
use crate::weights::{IMAGENET_MEAN, IMAGENET_STD, WeightFile};
use crate::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// A teacher that is ready to answer.
pub(in crate::cli) struct Opened {
    pub teacher: Box<dyn Teacher>,
    /// The class mix that its answers hold for.
    pub class_mix: Vec<f64>,
    /// How many pooled numbers it gives.
    pub channels: usize,
}

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

/// The teachers of these files together, under the first one's class mix and with its pooled numbers; `None` without a file. Each looks at squares
/// of `side` pixels, or of those that it was trained at.
///
/// # Errors
/// Those of [`teacher`]; [`ErrorKind::Argument`] for teachers of other classes, and for a side that a network cannot run at.
pub(in crate::cli) fn committee(paths: &[PathBuf], run: &RunArgs, side: Option<usize>) -> Result<Option<Opened>> {
    let Some((first, others)) = paths.split_first() else { return Ok(None) };
    let (first, channels) = member(first, run, side)?;
    let class_mix = first.class_mix.clone();
    let others = others.iter().map(|path| Ok(member(path, run, side)?.0)).collect::<Result<_>>()?;
    Ok(Some(Opened { teacher: Box::new(LiveCommittee::new(first, others)?), class_mix, channels }))
}

fn member(path: &Path, run: &RunArgs, side: Option<usize>) -> Result<(Member, usize)> {
    let WeightFile { card, tensors } = teacher(path, run)?;
    let (network, side) = (card.network()?, side.unwrap_or(card.input_side));
    let teacher = LiveTeacher::new(Engine::new(&network, &tensors, side)?);
    Ok((Member { teacher, temperature: card.temperature, class_mix: card.class_mix }, pooled(&network, side)?))
}
