//! One run: a plan, the trainer and what it is trained for.

use super::examples::{Example, Examples, Use};
use super::features::Features;
use super::plan::Plan;
use super::report::{Ms, Report, Validation};
use super::teacher::Answers;
use crate::classes::CLASSES;
use crate::distill::{Distillation, Matrices, Mentor, StudentHeads, cross_entropy};
use crate::learner::{Batch, Model, Norms, Objective, Output, Parameters, Pass, Snapshot, Term, Trainer};
use crate::nn::Network;
use crate::random::{Purpose, Stream};
use crate::trust::top;
use crate::weights::{Card, Tensors};
use crate::{Error, ErrorKind, Result};

/// Local validation is part of the first report, and of each so many steps after it.
const VALIDATED_EVERY: usize = 5;

/// A trainer that pauses between any two steps.
pub(super) struct Run {
    pub(super) plan: Plan,
    pub(super) trainer: Trainer,
    objective: Distillation,
    class_weights: Vec<f64>,
    pub(super) features: Features,
    /// The weights before the last step, from which loss and gradients were finite.
    good: Option<Snapshot>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("plan", &self.plan).field("steps", &self.trainer.steps()).finish_non_exhaustive()
    }
}

impl Run {
    /// A run from `tensors`, which hold for equal class shares.
    pub(super) fn new(plan: Plan, network: &Network, tensors: &Tensors, card: &Card, lesson: Lesson<'_>) -> Result<Self> {
        let class_weights = lesson.class_weights(&plan)?;
        let parameters = Parameters::new(u64::from(plan.seed));
        let model = Model::within(&parameters, network, tensors)?;
        // Before the heads, which are trained in every scope.
        parameters.train(plan.scope.trains(network, card.input_side)?);
        let mentor = lesson.mentor(&plan)?;
        let taught = lesson.answers.map_or(0, |answers| answers.taught.channels);
        let pooled = model.input_axes(Some("avg_pool"), card.input_side)?.first().copied().unwrap_or_default();
        // Those that this plan reads: a state holds what its plan trains and nothing else.
        let (recipe, mut first) = (plan.recipe(), lesson.heads.clone());
        first.retain(|name, _| StudentHeads::reads(&recipe, name));
        parameters.insert_heads(&first)?;
        // A head that begins anew has no statistics to be frozen.
        let heads = StudentHeads::new(&plan.recipe(), &parameters, (pooled, taught), Norms::Batch)?;
        let objective = Distillation::new(plan.recipe(), class_weights.clone(), mentor, heads)?;
        let features = Features::new(plan.scope.start(network, card.input_side)?);
        let trainer = Trainer::new(model, plan.sgd(), plan.trainer())?;
        Ok(Self { plan, trainer, objective, class_weights, features, good: None })
    }

    /// Whether the examples still ask for the weights that the run has; where not, it has to be made anew from its state.
    pub(super) fn fits(&self, lesson: Lesson<'_>) -> Result<bool> {
        lesson.mentor(&self.plan)?;
        Ok(lesson.class_weights(&self.plan)? == self.class_weights)
    }

    /// One step. When loss or gradients are not finite, the weights are afterwards those of the last step from which they were.
    pub(super) fn step(&mut self, examples: &Examples, card: &Card, clock: fn() -> f64) -> Result<Report> {
        let started = clock();
        let chosen = self.chosen(examples);
        let batch = self.features.batch(&pick(examples, &chosen), self.plan.views(), self.trainer.model(), card)?;
        let now = self.trainer.snapshot()?;
        let prepared = clock();
        let mut timed = Timed { inner: &mut self.objective, clock, began: prepared, ended: prepared };
        let report = match self.trainer.step(&batch, &mut timed) {
            Ok(report) => report,
            Err(error) => {
                let last = self.good.as_ref().filter(|_| error.kind() == ErrorKind::NotFinite).unwrap_or(&now);
                self.trainer.roll_back(last)?;
                return Err(error);
            }
        };
        let Timed { began, ended, .. } = timed;
        let stepped = clock();
        self.good = Some(now);
        let ms = Ms { batch: prepared - started, forward: began - prepared, terms: ended - began, backward: stepped - ended, total: 0.0 };
        let mut report = Report::new(report, chosen, self.features.cached(), ms);
        if report.step.checked_rem(VALIDATED_EVERY) == Some(1) {
            report.validation = self.validate(examples, Use::Check, card)?;
            report.retained = self.validate(examples, Use::Retained, card)?;
        }
        report.ms.total = clock() - started;
        Ok(report)
    }

    /// The examples of the next step: those of an epoch in an order of its own, `batch` at a time; the last step of an epoch reaches back for those that
    /// it lacks, so that no image is twice in a batch.
    fn chosen(&self, examples: &Examples) -> Vec<u32> {
        let mut order = examples.to_train();
        let size = self.plan.batch.min(order.len()).max(1);
        let steps = order.len().div_ceil(size).max(1);
        let (epoch, step) =
            (self.trainer.steps().checked_div(steps).unwrap_or_default(), self.trainer.steps().checked_rem(steps).unwrap_or_default());
        Stream::new(u64::from(self.plan.seed), epoch as u64, 0, 0, Purpose::Order).shuffle(&mut order);
        let start = step.saturating_mul(size).min(order.len().saturating_sub(size));
        order.into_iter().skip(start).take(size).collect()
    }

    /// How teacher and student related the batch of the last step, before it.
    pub(super) fn matrices(&self) -> Result<Option<Matrices>> {
        self.objective.matrices()
    }

    /// How the examples of one use stand; `None` when there is none.
    fn validate(&mut self, examples: &Examples, wanted: Use, card: &Card) -> Result<Option<Validation>> {
        let held = examples.of(wanted);
        let (mut loss, mut right) = (0.0, 0usize);
        // In parts: a validation must not need more memory than a step.
        for part in held.chunks(self.plan.batch.max(1)) {
            let batch = self.features.batch(&pick(examples, part), 1, self.trainer.model(), card)?;
            let logits = self.trainer.model().forward(batch.input(), Pass { from: batch.from(), ..Pass::EVAL })?.tap("logits")?.clone();
            loss += f64::from(cross_entropy(&logits, batch.labels(), &[1.0; CLASSES.len()], 0.0)?.to_scalar::<f32>()?) * part.len() as f64;
            let rows: Vec<Vec<f32>> = logits.to_vec2()?;
            let best = rows.iter().map(|row| top(&row.iter().map(|z| f64::from(*z)).collect::<Vec<_>>()).map(|(class, _)| class));
            right = right.saturating_add(best.zip(batch.labels()).filter(|(best, label)| *best == Some(**label)).count());
        }
        let n = held.len();
        Ok((n > 0).then(|| Validation { n, accuracy: right as f64 / n as f64, loss: loss / n as f64 }))
    }
}

fn pick<'a>(examples: &'a Examples, ids: &[u32]) -> Vec<(u32, &'a Example)> {
    ids.iter().filter_map(|&id| Some((id, examples.get(id)?))).collect()
}

/// What a run learns from.
#[derive(Clone, Copy)]
pub(super) struct Lesson<'a> {
    pub(super) examples: &'a Examples,
    pub(super) answers: Option<&'a Answers>,
    /// First values of the student's training heads, where there are any.
    pub(super) heads: &'a Tensors,
}

impl Lesson<'_> {
    /// Every class that occurs weighs alike: w = number of examples / number of the class's.
    ///
    /// `examples` when there are too few to tell anything apart.
    fn class_weights(&self, plan: &Plan) -> Result<Vec<f64>> {
        let ids = self.examples.to_train();
        let mut counts = [0usize; CLASSES.len()];
        for (_, example) in pick(self.examples, &ids) {
            counts.get_mut(example.label).into_iter().for_each(|count| *count = count.saturating_add(1));
        }
        let classes = counts.iter().filter(|count| **count > 0).count();
        if classes < 2 {
            let message = format!("there are {} examples to learn from, of {classes} classes; two of different classes are the least", ids.len());
            return Err(Error::new(ErrorKind::Examples, message, "Add an example of another class: from one class alone only its name is learned."));
        }
        if plan.views() > 1 && plan.batch < 2 {
            let message = format!("{} compares images with each other; a batch of {} has none to compare", plan.method.name(), plan.batch);
            return Err(Error::new(ErrorKind::Argument, message, "Take two images a step or more."));
        }
        Ok(counts.map(|count| if count == 0 { 1.0 } else { ids.len() as f64 / count as f64 }).to_vec())
    }

    /// Who is learned from; `None` for a method without a teacher.
    ///
    /// `argument` where there is no teacher, `table-image` where it has not answered for every example.
    fn mentor(&self, plan: &Plan) -> Result<Option<Mentor>> {
        if !plan.recipe().needs_teacher() {
            return Ok(None);
        }
        let method = plan.method.name();
        let Some(answers) = self.answers else {
            let message = format!("the method {method} learns from a teacher, and this learner has none");
            return Err(Error::new(ErrorKind::Argument, message, "Give one, or learn from the labels alone with ce."));
        };
        if !answers.covers(&pick(self.examples, &self.examples.to_train()), plan.views()) {
            let message = format!("the teacher has not answered for every example in the {} views that {method} reads", plan.views());
            return Err(Error::new(ErrorKind::TableImage, message, "Let it answer first."));
        }
        Ok(Some(answers.mentor()))
    }
}

/// An objective that notes when it was asked and when it had answered: what a step spends before, on and after its terms.
struct Timed<'a> {
    inner: &'a mut dyn Objective,
    clock: fn() -> f64,
    began: f64,
    ended: f64,
}

impl Objective for Timed<'_> {
    fn terms(&mut self, batch: &Batch, output: &Output) -> Result<Vec<Term>> {
        self.began = (self.clock)();
        let terms = self.inner.terms(batch, output);
        self.ended = (self.clock)();
        terms
    }

    fn stepped(&mut self) -> Result<()> {
        self.inner.stepped()
    }

    fn matched(&self) -> Option<f64> {
        self.inner.matched()
    }
}
