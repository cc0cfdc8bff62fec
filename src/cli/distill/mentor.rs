//! The teacher of a distillation, from its files.

use super::args::DistillArgs;
use crate::cli::files;
use crate::cli::run::{Data, Opened, committee};
use crate::data::FiledAnswers;
use crate::distill::{Mentor, Projection, Recipe};
use crate::weights::WeightFile;
use crate::{Error, ErrorKind, Result};

/// The mentor, how many pooled numbers it gives, and what is added to its logits where mixes are not kept: from its own mix to `seen`.
///
/// # Errors
/// Those of [`committee`] and of [`FiledAnswers::open`], of the head's file, and [`ErrorKind::Argument`] without a teacher or without what a term
/// reads of it.
pub(super) fn open(args: &DistillArgs, recipe: &Recipe, data: &Data, seen: Option<&[f64]>) -> Result<(Mentor, usize)> {
    let Opened { teacher, class_mix, channels } = match committee(&args.teacher, &args.run, Some(args.run.side))? {
        Some(opened) => opened,
        None if args.teacher_answers.is_empty() => {
            let message = format!("{} learns from a teacher, and none is given", args.method);
            let hint = "Name its weight file with --teacher, or its answers with --teacher-answers.";
            return Err(Error::new(ErrorKind::Argument, message, hint));
        }
        None => filed(args, recipe, data)?,
    };
    let shift = seen.map(|seen| seen.iter().zip(&class_mix).map(|(seen, mix)| (seen / mix).ln()).collect());
    let projection = (recipe.weights.similarity > 0.0).then(|| head(args, channels)).transpose()?;
    Ok((Mentor { teacher, projection, shift: shift.unwrap_or_default() }, channels))
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
    let class_mix = answers.class_mix().to_vec();
    Ok(Opened { teacher: Box::new(answers), class_mix, channels })
}

fn head(args: &DistillArgs, channels: usize) -> Result<Projection> {
    let path = args.teacher_head.as_deref().ok_or_else(|| {
        let hint = "Train it with dermdistill phase1 and name it with --teacher-head, or leave the term out with --weight similarity=0.";
        Error::new(ErrorKind::Argument, "the similarity term reads the teacher's similarity head, and none is given", hint)
    })?;
    let file = WeightFile::read(&files::read(path)?).map_err(|error| error.context(path.display()))?;
    Projection::frozen(&file.tensors, channels).map_err(|error| error.context(path.display()))
}
