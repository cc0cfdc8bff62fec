//! The shipped weights, the present ones, the examples, and the run under way.

use super::evaluation::{Comparison, Evaluation};
use super::examples::{Example, Examples};
use super::file::{self, Note};
use super::opinions::{self, Opinions};
use super::plan::Plan;
use super::report::Report;
use super::run::{Lesson, Run};
use super::teacher::{Answer, Answers, Taught};
use crate::classes::CLASSES;
use crate::classifier::Classifier;
use crate::distill::Matrices;
use crate::learner::{TrainerState, move_prior};
use crate::nn::Network;
use crate::photo::{self, Crop, Photo};
use crate::trust::Prior;
use crate::weights::{Card, HEADS_PREFIX, Precision, Tensors, WeightFile};
use crate::{Error, ErrorKind, Result};

/// How many runs can be taken back.
const HISTORY: usize = 8;

/// A classifier that learns. After any error it is as it was before the call, but for a step that went wrong, which ends at the last good one.
#[derive(Debug)]
pub struct Learner {
    shipped: WeightFile,
    /// What states name the shipped weights by.
    name: String,
    network: Network,
    examples: Examples,
    /// The weights outside of a run, where they are not the shipped ones.
    present: Option<Tensors>,
    run: Option<Run>,
    /// A run as a state has it, until it goes on.
    paused: Option<(Plan, TrainerState)>,
    answers: Option<Answers>,
    /// First values of the student's training heads; without any they are drawn from a run's seed.
    heads: Tensors,
    /// The weights at the beginning of earlier runs, `None` for the shipped ones; the latest last.
    history: Vec<Option<Tensors>>,
}

impl Learner {
    /// Reads a weight file as the start.
    ///
    /// # Errors
    /// The kinds of [`WeightFile::read`].
    pub fn new(weights: &[u8]) -> Result<Self> {
        let shipped = WeightFile::read(weights)?;
        let network = shipped.card.network()?;
        let name = file::name_of(&shipped.tensors);
        let (examples, heads, history) = (Examples::default(), Tensors::new(), Vec::new());
        Ok(Self { shipped, name, network, examples, present: None, run: None, paused: None, answers: None, heads, history })
    }

    /// The card of the shipped weights.
    pub fn card(&self) -> &Card {
        &self.shipped.card
    }

    /// What is learned from.
    pub fn examples(&self) -> &Examples {
        &self.examples
    }

    /// Takes in an example that was cut before.
    ///
    /// # Errors
    /// `argument` for a square of another side than the network's; those of [`Examples::insert`].
    pub fn insert(&mut self, id: u32, example: Example) -> Result<()> {
        let side = self.shipped.card.input_side;
        if example.seen.side != side || example.seen.rgb.len() != side.saturating_mul(side).saturating_mul(3) {
            let message = format!("the square has a side of {} pixels; the network's has {side}", example.seen.side);
            return Err(Error::new(ErrorKind::Argument, message, ""));
        }
        self.forget_features(id);
        self.examples.insert(id, example)
    }

    /// The square of a photograph that the network would see.
    ///
    /// # Errors
    /// Those of [`photo::network_input`].
    pub fn frame(&self, photo: &Photo, crop: Option<Crop>) -> Result<photo::Seen> {
        photo::network_input(photo, crop, self.shipped.card.framing, self.shipped.card.input_side)
    }

    /// Forgets an example; whether there was one. What was learned from it stays learned.
    pub fn remove(&mut self, id: u32) -> bool {
        self.forget_features(id);
        self.examples.remove(id)
    }

    fn forget_features(&mut self, id: u32) {
        self.run.iter_mut().for_each(|run| run.features.remove(id));
    }

    /// Learns from this teacher from now on; its answers come with [`Learner::teach`].
    ///
    /// # Errors
    /// `argument` for a teacher of other classes.
    pub fn set_teacher(&mut self, taught: Taught) -> Result<()> {
        self.answers = Some(Answers::new(taught)?);
        Ok(())
    }

    /// Lets the student's training heads of runs to come begin with those of a file, as a distillation on the command line leaves one.
    ///
    /// # Errors
    /// The kinds of [`WeightFile::read`]; `weights-card` for a file without heads. Nothing has changed then. Heads for a teacher of other channels are
    /// refused by [`Learner::begin`] (`weights-shape`).
    pub fn set_heads(&mut self, bytes: &[u8]) -> Result<()> {
        let WeightFile { card, mut tensors } = WeightFile::read(bytes)?;
        if card.heads.is_none() {
            let message = format!("the file holds {} and no training heads", card.architecture);
            let hint = "Give the file of heads that lies beside the released weights, or leave it out.";
            return Err(Error::new(ErrorKind::WeightsCard, message, hint));
        }
        tensors.retain(|name, _| name.starts_with(HEADS_PREFIX));
        self.heads = tensors;
        Ok(())
    }

    /// Keeps the teacher's answer to example `id` turned by `view` quarter turns.
    ///
    /// # Errors
    /// `argument` without a teacher, or for rows of other lengths than before; `not-finite`; `examples` beyond [`MAX_ANSWER_BYTES`](super::MAX_ANSWER_BYTES).
    pub fn teach(&mut self, id: u32, view: usize, answer: Answer) -> Result<()> {
        let answers = self.answers.as_mut().ok_or_else(|| Error::new(ErrorKind::Argument, "this learner has no teacher", "Give one first."))?;
        answers.insert(id, view, answer)
    }

    /// Begins a run, or goes on with the last one where the plan is the same. The weights before it can be had back with [`Learner::undo`].
    ///
    /// # Errors
    /// `argument` for a plan out of range, or without the teacher that it needs; `examples` for too few of them, or of one class only;
    /// `table-image` for an example that the teacher has not answered for.
    pub fn begin(&mut self, plan: Plan) -> Result<()> {
        plan.check()?;
        self.examples.decide();
        let before = self.present()?;
        let fits = self.run.as_ref().filter(|run| run.plan == plan).map(|run| run.fits(self.lesson())).transpose()?;
        if fits != Some(true) {
            let state = match (&self.run, &self.paused) {
                (Some(run), _) if run.plan == plan => Some(run.trainer.state()?),
                (None, Some((paused, state))) if *paused == plan => Some(state.clone()),
                _ => None,
            };
            let start = self.moved(before.as_ref().unwrap_or(&self.shipped.tensors))?;
            let mut run = Run::new(plan, &self.network, &start, self.card(), self.lesson())?;
            if let Some(state) = state {
                run.trainer.restore(&state)?;
            }
            self.present.clone_from(&before);
            (self.run, self.paused) = (Some(run), None);
        }
        self.history.push(before);
        let excess = self.history.len().saturating_sub(HISTORY);
        self.history.drain(..excess);
        Ok(())
    }

    fn lesson(&self) -> Lesson<'_> {
        Lesson { examples: &self.examples, answers: self.answers.as_ref(), heads: &self.heads }
    }

    /// One step of the run. `clock` tells the time in milliseconds from any start.
    ///
    /// # Errors
    /// `argument` before a run has begun; `not-finite` when loss or gradients were not: the weights are then those of the last step from which
    /// they were, and the run can go on, though hardly with this learning rate.
    pub fn step(&mut self, clock: fn() -> f64) -> Result<Report> {
        let run = self.run.as_mut().ok_or_else(|| Error::new(ErrorKind::Argument, "no run has begun", "Begin one first."))?;
        run.step(&self.examples, &self.shipped.card, clock)
    }

    /// How teacher and student related the batch of the last step, before it; `None` when the run has taken none.
    ///
    /// # Errors
    /// Candle's own.
    pub fn matrices(&self) -> Result<Option<Matrices>> {
        self.run.as_ref().map_or(Ok(None), Run::matrices)
    }

    /// What teacher and student think of example `id`; `None` when there is no such example.
    ///
    /// # Errors
    /// `not-finite` when a network overflows on it.
    pub fn opinions(&self, id: u32) -> Result<Option<Opinions>> {
        let Some(example) = self.examples.get(id) else { return Ok(None) };
        let of = |tensors: &Tensors| opinions::logits(&self.network, &self.moved(tensors)?, self.card(), example);
        let before = of(&self.shipped.tensors)?;
        let now = self.present()?.as_ref().map_or(Ok(before.clone()), of)?;
        Ok(Some(Opinions { teacher: self.answers.as_ref().and_then(|answers| answers.logits(id)), before, now }))
    }

    /// Goes back to the weights at the beginning of the last run; whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.history.pop() else { return false };
        (self.present, self.run, self.paused) = (before, None, None);
        true
    }

    /// Goes back to the shipped weights, bit for bit. Examples stay.
    pub fn reset(&mut self) {
        (self.present, self.run, self.paused) = (None, None, None);
        self.history.clear();
    }

    /// Whether the present weights are the shipped ones.
    pub fn is_shipped(&self) -> bool {
        self.present.is_none() && self.run.as_ref().is_none_or(|run| run.trainer.steps() == 0)
    }

    /// A classifier with the present weights.
    ///
    /// # Errors
    /// `weights-not-finite` when they are not, which no step leaves behind.
    pub fn classifier(&self) -> Result<Classifier> {
        let mut file = self.shipped.clone();
        file.tensors.extend(self.present()?.unwrap_or_default());
        Classifier::of(file)
    }

    /// How the present weights answer the examples.
    ///
    /// # Errors
    /// `examples` when there is none; `argument` for a prior out of range.
    pub fn evaluate(&self, prior: &Prior) -> Result<Evaluation> {
        Evaluation::new(&mut self.classifier()?, &self.examples, prior)
    }

    /// The same beside the shipped weights.
    ///
    /// # Errors
    /// As [`Learner::evaluate`].
    pub fn compare(&self, prior: &Prior) -> Result<Comparison> {
        let before = Evaluation::new(&mut Classifier::of(self.shipped.clone())?, &self.examples, prior)?;
        Ok(Comparison { before, after: self.evaluate(prior)? })
    }

    /// The present weights as a weight file: f32, so that the command line computes the same numbers, and a card that says they were changed.
    /// The shipped weights keep their card.
    ///
    /// # Errors
    /// `weights-not-finite` when they are not, which no step leaves behind.
    pub fn export(&self) -> Result<Vec<u8>> {
        let Some(present) = self.present()? else { return self.shipped.write(Precision::F32) };
        let (steps, plan) = match (&self.run, &self.paused) {
            (Some(run), _) => (run.trainer.steps(), Some(&run.plan)),
            (None, Some((plan, state))) => (state.step, Some(plan)),
            (None, None) => (0, None),
        };
        file::export(&self.shipped, present, steps, plan, self.examples.to_train().len())
    }

    /// Takes the weights of a file in place of the present ones, which [`Learner::undo`] takes back, or goes on from a state as
    /// [`Learner::restore`]; whether a run goes on.
    ///
    /// # Errors
    /// The kinds of [`WeightFile::read`]; `weights-card` for a file of another network, another input or another class mix; for a state those of
    /// [`Learner::restore`]. Nothing has changed then.
    pub fn import(&mut self, bytes: &[u8]) -> Result<bool> {
        if file::is_state(bytes) {
            self.restore(bytes)?;
            return Ok(self.paused.is_some());
        }
        let tensors = file::import(bytes, self.card(), &self.network)?;
        self.history.push(self.present()?);
        (self.run, self.paused) = (None, None);
        self.present = (!tensors.iter().all(|(name, tensor)| self.shipped.tensors.get(name) == Some(tensor))).then_some(tensors);
        Ok(false)
    }

    /// Everything that was learned, and the run under way with its velocities: what [`Learner::restore`] goes on from to the same bits.
    ///
    /// # Errors
    /// Candle's own.
    pub fn state(&self) -> Result<Vec<u8>> {
        let (plan, state) = match (&self.run, &self.paused) {
            (Some(run), _) => (Some(run.plan.clone()), file::without_shipped(run.trainer.state()?, &self.moved(&self.shipped.tensors)?)),
            (None, Some((plan, state))) => (Some(plan.clone()), file::without_shipped(state.clone(), &self.moved(&self.shipped.tensors)?)),
            (None, None) => {
                let tensors = self.present.iter().flatten().map(|(name, tensor)| (format!("model.{name}"), tensor.clone())).collect();
                (None, TrainerState { step: 0, plateau: None, tensors })
            }
        };
        let note = serde_json::to_string(&Note { shipped: self.name.clone(), plan });
        state.to_bytes(&note.map_err(|error| Error::new(ErrorKind::Internal, error.to_string(), ""))?)
    }

    /// Goes on from a state: its weights are the present ones at once, its run goes on when one of the same plan begins. The examples, and a
    /// teacher's answers, are the owner's to bring back; earlier runs cannot be taken back any more.
    ///
    /// # Errors
    /// `checkpoint` for bytes that are no state, or one that began with other weights. Nothing has changed then.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        let (state, Note { plan, .. }) = file::read_state(bytes, &self.name)?;
        let state = match &plan {
            Some(_) => file::with_shipped(state, &self.moved(&self.shipped.tensors)?),
            None => state,
        };
        let mut tensors = file::network_of(&state, &self.network);
        if plan.is_some() {
            self.move_back(&mut tensors)?;
        }
        let mut file = self.shipped.clone();
        file.tensors.extend(tensors.clone());
        // Whatever a weight file may not hold, a state may not either.
        file.write(Precision::F32).map_err(|error| error.with_kind(ErrorKind::Checkpoint))?;
        self.reset();
        self.present = (!tensors.is_empty()).then_some(tensors);
        self.paused = plan.map(|plan| (plan, state));
        Ok(())
    }

    /// The network's tensors as they stand; `None` for the shipped ones.
    fn present(&self) -> Result<Option<Tensors>> {
        match self.run.as_ref().filter(|run| run.trainer.steps() > 0) {
            None => Ok(self.present.clone()),
            Some(run) => {
                let mut tensors = run.trainer.model().tensors()?;
                self.move_back(&mut tensors)?;
                Ok(Some(tensors))
            }
        }
    }

    /// Tensors that hold for equal shares, made to hold for the card's mix.
    fn move_back(&self, tensors: &mut Tensors) -> Result<()> {
        move_prior(&self.network, tensors, &EQUAL, &self.shipped.card.class_mix)
    }

    /// Tensors that hold for the card's mix, made to hold for equal shares.
    fn moved(&self, tensors: &Tensors) -> Result<Tensors> {
        let names = self.network.parameters().into_iter().map(|parameter| parameter.name);
        let mut own: Tensors = names.filter_map(|name| Some((name.clone(), tensors.get(&name)?.clone()))).collect();
        move_prior(&self.network, &mut own, &self.shipped.card.class_mix, &EQUAL)?;
        Ok(own)
    }
}

/// What the loss sees.
const EQUAL: [f64; CLASSES.len()] = [1.0 / CLASSES.len() as f64; CLASSES.len()];
