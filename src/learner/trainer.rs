//! One training step as a function: forward, loss, backward, optimiser, averages. No I/O.

use super::batch::Batch;
use super::model::Model;
use super::objective::{Objective, TermReport, weighted_sum};
use super::pass::{Norms, Pass};
use super::schedule::Schedule;
use super::sgd::{Sgd, SgdConfig};
use crate::ops::{is_finite, map};
use crate::weights::{Tensor as Stored, Tensors};
use crate::{Error, ErrorKind, Result};
use candle_core::Var;
use candle_core::backprop::GradStore;
use candle_nn::Optimizer;
use std::collections::BTreeMap;

/// What a run is made of besides its data, its objective and its optimiser.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainerConfig {
    /// The learning rate over time.
    pub schedule: Schedule,
    /// Share of the old average kept in each step; `None` keeps no average.
    pub average: Option<f64>,
    /// Where BatchNorm takes its statistics from. What is trained is the store's affair
    /// ([`Parameters::train`](super::Parameters::train)).
    pub norms: Norms,
}

impl TrainerConfig {
    /// That the constants lie in their ranges.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] naming the first that does not.
    pub fn check(&self) -> Result<()> {
        self.schedule.check()?;
        match self.average.filter(|average| !(0.0..1.0).contains(average)) {
            Some(average) => {
                let message = format!("the averaging keeps {average}; it must be at least 0 and below 1");
                Err(Error::new(ErrorKind::Argument, message, ""))
            }
            None => Ok(()),
        }
    }
}

/// What a step did.
#[derive(Clone, Debug, PartialEq)]
pub struct StepReport {
    /// Steps taken so far, this one included.
    pub step: usize,
    /// The loss before the step: Σ weight · value over the terms.
    pub loss: f64,
    /// What the objective asked for, term by term.
    pub terms: Vec<TermReport>,
    /// The learning rate used.
    pub rate: f64,
    /// How many images of the batch were answered rightly (upright) before the step.
    pub correct: usize,
    /// The share of its turned views that were matched to their own image before the step, where the objective matches them.
    pub matched: Option<f64>,
}

/// A model in training, with any of candle-nn's optimisers; [`Sgd`] is the one whose state can be saved.
#[derive(Debug)]
pub struct Trainer<O = Sgd> {
    pub(super) model: Model,
    pub(super) config: TrainerConfig,
    pub(super) optimizer: O,
    /// What the optimiser moves.
    pub(super) trained: BTreeMap<String, Var>,
    pub(super) average: Option<Tensors>,
    pub(super) step: usize,
}

impl Trainer {
    /// Training of `model`, and of the heads in its store, from their present values with SGD.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for constants outside their ranges.
    pub fn new(model: Model, sgd: SgdConfig, config: TrainerConfig) -> Result<Self> {
        sgd.check()?;
        let optimizer = Sgd::named(model.parameters().trained(), sgd);
        Self::with_optimizer(model, optimizer, config)
    }
}

impl<O: Optimizer> Trainer<O> {
    /// Training with an optimiser over the variables that the model's store trains now.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for constants outside their ranges.
    pub fn with_optimizer(model: Model, optimizer: O, config: TrainerConfig) -> Result<Self> {
        config.check()?;
        let average = if config.average.is_some() { Some(model.tensors()?) } else { None };
        let trained = model.parameters().trained();
        Ok(Self { model, config, optimizer, trained, average, step: 0 })
    }

    /// The model as the last step left it.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Steps taken.
    pub fn steps(&self) -> usize {
        self.step
    }

    /// The constants, the schedule's present state included.
    pub fn config(&self) -> &TrainerConfig {
        &self.config
    }

    /// The averaged tensors, or the model's own where no average is kept.
    ///
    /// # Errors
    /// Candle's own.
    pub fn averaged(&self) -> Result<Tensors> {
        self.average.clone().map_or_else(|| self.model.tensors(), Ok)
    }

    /// Tells the schedule that an epoch ended with this validation loss.
    pub fn epoch_ended(&mut self, loss: f64) {
        self.config.schedule.epoch_ended(loss);
    }

    /// One step on a batch.
    ///
    /// # Errors
    /// [`ErrorKind::NotFinite`] naming the loss or the gradient that was not finite; weights, velocities and statistics are then
    /// those before the step. [`ErrorKind::Argument`] for a batch that does not fit the network; the objective's own.
    pub fn step(&mut self, batch: &Batch, objective: &mut dyn Objective) -> Result<StepReport> {
        let pass = Pass { from: batch.from(), norms: self.config.norms, gradients: true };
        let output = self.model.forward(batch.input(), pass)?;
        let (loss, terms) = weighted_sum(&objective.terms(batch, &output)?)?;
        let value = super::objective::scalar(&loss)?;
        if !value.is_finite() {
            let message = format!("the loss became {value} at step {}", self.step.saturating_add(1));
            return Err(Error::new(ErrorKind::NotFinite, message, "Lower the learning rate; the weights are those before this step."));
        }
        let correct = count_correct(&batch.upright(output.tap("logits")?)?.to_vec2()?, batch.labels());
        let mut gradients = output.gradients(&loss)?;
        objective.unpack(&mut gradients)?;
        self.check(&gradients)?;
        let rate = self.config.schedule.rate(self.step);
        self.optimizer.set_learning_rate(rate);
        self.optimizer.step(&gradients)?;
        self.model.update_running(&output.statistics)?;
        objective.stepped()?;
        self.step = self.step.saturating_add(1);
        self.update_average()?;
        Ok(StepReport { step: self.step, loss: value, terms, rate, correct, matched: objective.matched() })
    }

    /// That every gradient is finite, before anything moves.
    fn check(&self, gradients: &GradStore) -> Result<()> {
        let finite = map(self.trained.values().collect(), |var| gradients.get(var).map_or(Ok(true), is_finite));
        for (name, finite) in self.trained.keys().zip(finite) {
            if !finite? {
                let message = format!("the gradient of {name} is not finite");
                return Err(Error::new(ErrorKind::NotFinite, message, "Lower the learning rate; the weights are those before this step."));
            }
        }
        Ok(())
    }

    /// average ← k · average + (1 − k) · weights, with k = min(average, step / (step + 10)) so that the start is forgotten quickly.
    fn update_average(&mut self) -> Result<()> {
        let (Some(average), Some(keep)) = (&mut self.average, self.config.average) else { return Ok(()) };
        let keep = keep.min(self.step as f64 / (self.step as f64 + 10.0)) as f32;
        for (name, Stored { data, .. }) in self.model.tensors()? {
            if let Some(old) = average.get_mut(&name) {
                old.data.iter_mut().zip(data).for_each(|(old, new)| *old = keep * *old + (1.0 - keep) * new);
            }
        }
        Ok(())
    }
}

fn count_correct(logits: &[Vec<f32>], labels: &[usize]) -> usize {
    let best = |row: &Vec<f32>| row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(i, _)| i);
    logits.iter().zip(labels).filter(|(row, label)| best(row) == Some(**label)).count()
}
