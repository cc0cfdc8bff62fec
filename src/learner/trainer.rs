//! One training step as a function: forward, loss, backward, SGD, averages. No I/O.

use super::loss::{cross_entropy, scalar, soft_cross_entropy};
use super::model::{Mode, Model};
use super::schedule::Schedule;
use super::sgd::{Sgd, SgdConfig};
use crate::weights::{Tensor as Stored, Tensors};
use crate::{Error, ErrorKind, Result};
use candle_core::{Device, Tensor};

/// What a run is made of besides its data.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainerConfig {
    /// The optimiser's constants.
    pub sgd: SgdConfig,
    /// The learning rate over time.
    pub schedule: Schedule,
    /// One weight a class for the loss.
    pub class_weights: Vec<f32>,
    /// ε of label smoothing, in 0..1.
    pub label_smoothing: f32,
    /// Share of the old average kept in each step; `None` keeps no average.
    pub average: Option<f64>,
    /// [`Mode::Train`] or [`Mode::TrainFrozenNorm`].
    pub mode: Mode,
}

impl TrainerConfig {
    /// That the constants lie in their ranges.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] naming the first that does not.
    pub fn check(&self) -> Result<()> {
        self.sgd.check()?;
        self.schedule.check()?;
        let share = |x: f64| (0.0..1.0).contains(&x);
        let wrong = if !share(f64::from(self.label_smoothing)) {
            format!("the label smoothing is {}; it must be at least 0 and below 1", self.label_smoothing)
        } else if let Some(average) = self.average.filter(|&average| !share(average)) {
            format!("the averaging keeps {average}; it must be at least 0 and below 1")
        } else if self.class_weights.is_empty() || !self.class_weights.iter().all(|w| w.is_finite() && *w > 0.0) {
            format!("the class weights are {:?}; each must be above 0", self.class_weights)
        } else if self.mode == Mode::Eval {
            "a model in evaluation mode learns nothing".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Argument, wrong, ""))
    }
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Steps taken so far, this one included.
    pub step: usize,
    /// The loss before the step.
    pub loss: f64,
    /// The learning rate used.
    pub rate: f64,
    /// How many images of the batch were answered rightly before the step.
    pub correct: usize,
}

/// What a teacher answered for the images of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Teacher<'a> {
    /// N × C probabilities; each row sums to 1.
    pub probabilities: &'a [f32],
    /// α, the share of the teacher's term in the loss, in 0–1: L = (1 − α) · [`cross_entropy`] + α · [`soft_cross_entropy`].
    pub share: f64,
}

/// A model in training.
#[derive(Debug)]
pub struct Trainer {
    pub(super) model: Model,
    pub(super) config: TrainerConfig,
    pub(super) sgd: Sgd,
    pub(super) average: Option<Tensors>,
    pub(super) step: usize,
}

impl Trainer {
    /// Training of `model` from its present weights.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for constants outside their ranges.
    pub fn new(model: Model, config: TrainerConfig) -> Result<Self> {
        config.check()?;
        let average = if config.average.is_some() { Some(model.tensors()?) } else { None };
        Ok(Self { model, sgd: Sgd::new(config.sgd), config, average, step: 0 })
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

    /// One step on a batch: `input` is N × `side` × `side` × 3 numbers, `labels` N indices. With a `teacher`, its answers are learned beside
    /// the labels.
    ///
    /// # Errors
    /// [`ErrorKind::NotFinite`] naming the loss or the gradient that was not finite; weights, velocities and statistics are then
    /// those before the step. [`ErrorKind::Argument`] for a batch that does not fit.
    pub fn step(&mut self, input: Vec<f32>, labels: &[usize], side: usize, teacher: Option<Teacher<'_>>) -> Result<StepReport> {
        if labels.is_empty() || input.len() != labels.len() * side * side * 3 {
            let message = format!("{} numbers for {} images of {side} × {side} × 3", input.len(), labels.len());
            return Err(Error::new(ErrorKind::Argument, message, ""));
        }
        let input = Tensor::from_vec(input, (labels.len(), side, side, 3), &Device::Cpu)?;
        let output = self.model.forward(&input, self.config.mode)?;
        let logits = output.tap("logits")?;
        let loss = self.loss(logits, labels, teacher)?;
        let value = scalar(&loss)?;
        if !value.is_finite() {
            let message = format!("the loss became {value} at step {}", self.step + 1);
            return Err(Error::new(ErrorKind::NotFinite, message, "Lower the learning rate; the weights are those before this step."));
        }
        let correct = count_correct(&logits.to_vec2()?, labels);
        let rate = self.config.schedule.rate(self.step);
        self.sgd.step(self.model.trained(), &loss.backward()?, rate)?;
        self.model.update_running(&output.statistics);
        self.step += 1;
        self.update_average()?;
        Ok(StepReport { step: self.step, loss: value, rate, correct })
    }

    fn loss(&self, logits: &Tensor, labels: &[usize], teacher: Option<Teacher<'_>>) -> Result<Tensor> {
        let TrainerConfig { class_weights, label_smoothing, .. } = &self.config;
        let hard = cross_entropy(logits, labels, class_weights, *label_smoothing)?;
        let Some(Teacher { probabilities, share }) = teacher else { return Ok(hard) };
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::new(ErrorKind::Argument, format!("the teacher's share is {share}; allowed are 0 to 1"), ""));
        }
        let soft = soft_cross_entropy(logits, probabilities, labels, class_weights)?;
        Ok(((hard * (1.0 - share))? + (soft * share)?)?)
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
