//! The objective of every rung of the ladder.

use super::conv_reg::ConvReg;
use super::ladder::Recipe;
use super::matrices::Matrices;
use super::projection::Projection;
use super::teacher::Teacher;
use super::terms::{Answers, Truth, terms};
use crate::learner::{Batch, Norms, Objective, Output, Parameters, Term};
use crate::{Error, ErrorKind, Result};
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use candle_nn::Module;

/// Who is learned from.
pub struct Mentor {
    /// Its network's answers.
    pub teacher: Box<dyn Teacher>,
    /// Its projection head, trained in phase 1, where the teacher does not answer at `rep` itself; only the similarity term reads it.
    pub projection: Option<Projection>,
    /// Added to its logits, one number a class: ln(mix the loss sees / mix its probabilities hold for). Empty for none, as in the reference.
    pub shift: Vec<f64>,
}

/// The student's heads that a recipe's terms read; the default is none.
#[derive(Debug, Default)]
pub struct StudentHeads {
    projection: Option<Projection>,
    conv_reg: Option<ConvReg>,
}

impl StudentHeads {
    /// The heads that `recipe` needs in the student's store, for `channels` pooled numbers of the student and of the teacher; `norms` as in
    /// [`ConvReg::new`]. To be made before the trainer, which moves what the store trains then.
    ///
    /// # Errors
    /// [`ErrorKind::WeightsShape`] when the store has heads for other channels.
    pub fn new(recipe: &Recipe, parameters: &Parameters, channels: (usize, usize), norms: Norms) -> Result<Self> {
        let projection = (recipe.weights.similarity > 0.0).then(|| Projection::new(parameters, channels.0)).transpose()?;
        let conv_reg = (recipe.weights.gram > 0.0).then(|| ConvReg::new(parameters, channels, norms)).transpose()?;
        Ok(Self { projection, conv_reg })
    }

    /// Whether a tensor of this name belongs to a head that `recipe` needs.
    pub fn reads(recipe: &Recipe, name: &str) -> bool {
        let of = |head: &str| name.strip_prefix(head).is_some_and(|rest| rest.starts_with('.'));
        (recipe.weights.similarity > 0.0 && of(Projection::NAME)) || (recipe.weights.gram > 0.0 && of(ConvReg::NAME))
    }
}

/// A student that learns from labels and, on the upper rungs, from a [`Mentor`]: the [`terms`] of a [`Recipe`].
pub struct Distillation {
    recipe: Recipe,
    class_weights: Vec<f64>,
    mentor: Option<Mentor>,
    heads: StudentHeads,
    matched: Option<f64>,
    last: Option<Compared>,
}

/// What both networks gave for a batch, without its graph.
struct Compared {
    views: usize,
    student: Answers,
    teacher: Answers,
}

impl Distillation {
    /// Learning by `recipe`, with `class_weights` one number above 0 a class.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for constants outside their ranges, and when a term has a weight but not the teacher or the head that it reads.
    pub fn new(recipe: Recipe, class_weights: Vec<f64>, mentor: Option<Mentor>, heads: StudentHeads) -> Result<Self> {
        recipe.check()?;
        let weights = &recipe.weights;
        let shift = mentor.as_ref().map_or(&[][..], |mentor| &mentor.shift);
        let lacks = |needed: bool, there: bool| needed && !there;
        let wrong = if class_weights.is_empty() || !class_weights.iter().all(|w| w.is_finite() && *w > 0.0) {
            format!("the class weights are {class_weights:?}; each must be above 0, and every class needs images to learn from")
        } else if lacks(recipe.needs_teacher(), mentor.is_some()) {
            "a term reads the answers of a teacher, and there is none".to_owned()
        } else if lacks(weights.similarity > 0.0, mentor.as_ref().is_some_and(Mentor::represents)) {
            "the similarity term reads the teacher's projection head, and there is none".to_owned()
        } else if lacks(weights.similarity > 0.0, heads.projection.is_some()) || lacks(weights.gram > 0.0, heads.conv_reg.is_some()) {
            "the student's heads were made for another recipe".to_owned()
        } else if !shift.is_empty() && (shift.len() != class_weights.len() || !shift.iter().all(|x| x.is_finite())) {
            format!("the teacher's logits are shifted by {shift:?}; one finite number a class is needed, or none")
        } else {
            return Ok(Self { recipe, class_weights, mentor, heads, matched: None, last: None });
        };
        Err(Error::new(ErrorKind::Argument, wrong, ""))
    }

    /// How teacher and student related the last batch, before its step; `None` before the first.
    ///
    /// # Errors
    /// Candle's own.
    pub fn matrices(&self) -> Result<Option<Matrices>> {
        let of = |Compared { views, student, teacher }: &Compared| Matrices::of(&self.recipe, *views, student, teacher);
        self.last.as_ref().map(of).transpose()
    }

    /// What the student gives for the terms that have a weight.
    fn student(&mut self, output: &Output) -> Result<Answers> {
        let pool = output.tap("avg_pool")?;
        let rep = self.heads.projection.as_ref().map(|head| head.forward(pool)).transpose()?;
        let map = match &mut self.heads.conv_reg {
            Some(conv_reg) => Some(conv_reg.forward(output.tap("feats_7x7")?)?),
            None => None,
        };
        Ok(Answers { logits: output.tap("logits")?.clone(), rep, pool: Some(pool.clone()), map })
    }
}

impl Mentor {
    fn represents(&self) -> bool {
        self.projection.is_some() || self.teacher.represents()
    }

    /// What the teacher gives for them. A cached map has lost its axes; they are those of the student's, `axes`.
    fn answers(&mut self, recipe: &Recipe, batch: &Batch, axes: Option<&[usize]>) -> Result<Answers> {
        let weights = &recipe.weights;
        let mut logits = self.teacher.answer(batch, "logits")?;
        if !self.shift.is_empty() {
            let shift: Vec<f32> = self.shift.iter().map(|x| *x as f32).collect();
            logits = logits.broadcast_add(&Tensor::from_vec(shift, self.shift.len(), logits.device())?)?;
        }
        let reads_pool = weights.similarity > 0.0 || weights.distance > 0.0 || weights.angle > 0.0;
        let pool = reads_pool.then(|| self.teacher.answer(batch, "avg_pool")).transpose()?;
        let rep = match self.projection.as_ref().zip(pool.as_ref()) {
            Some((head, pool)) => Some(head.forward(pool)?),
            None if weights.similarity > 0.0 => Some(self.teacher.answer(batch, "rep")?),
            None => None,
        };
        let map = match axes {
            Some(axes) if weights.gram > 0.0 => Some(with_axes(self.teacher.answer(batch, "feats_7x7")?, axes)?),
            _ => None,
        };
        Ok(Answers { logits, rep, pool, map })
    }
}

fn with_axes(map: Tensor, axes: &[usize]) -> Result<Tensor> {
    let fits = map.rank() == 2 && map.elem_count() == axes.iter().fold(1usize, |product, &axis| product.saturating_mul(axis));
    Ok(if fits { map.reshape(axes)? } else { map })
}

impl Objective for Distillation {
    /// Those of [`terms`].
    fn terms(&mut self, batch: &Batch, output: &Output) -> Result<Vec<Term>> {
        if batch.is_mixed() {
            let hint = "Distil from pictures that are not mixed.";
            return Err(Error::new(ErrorKind::Argument, "a mixed picture has no one class by which a teacher's answers could be ranked", hint));
        }
        let student = self.student(output)?;
        let teacher = match &mut self.mentor {
            Some(mentor) if self.recipe.needs_teacher() => mentor.answers(&self.recipe, batch, student.map.as_ref().map(Tensor::dims))?,
            // No term reads it.
            _ => Answers { logits: student.logits.detach(), rep: None, pool: None, map: None },
        };
        let truth = Truth { labels: batch.labels(), class_weights: &self.class_weights, views: batch.views() };
        let found = terms(&self.recipe, truth, &student, &teacher)?;
        self.matched = found.matched;
        self.last = Some(Compared { views: batch.views(), student: student.detached(), teacher });
        Ok(found.terms)
    }

    fn unpack(&mut self, gradients: &mut GradStore) -> Result<()> {
        self.heads.conv_reg.as_ref().map_or(Ok(()), |conv_reg| conv_reg.unpack(gradients))
    }

    fn stepped(&mut self) -> Result<()> {
        self.heads.conv_reg.as_mut().map_or(Ok(()), ConvReg::stepped)
    }

    fn matched(&self) -> Option<f64> {
        self.matched
    }
}
