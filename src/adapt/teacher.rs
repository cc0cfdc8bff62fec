//! Who is learned from: a network that answers for every example and turn once, and the table of its answers.

use super::examples::Example;
use crate::classes::CLASSES;
use crate::distill::{CachedTeacher, Mentor, Projection};
use crate::engine::Engine;
use crate::learner::{Batch, Parameters};
use crate::photo::{normalise, turn};
use crate::weights::{Card, WeightFile};
use crate::{Error, ErrorKind, Result};
use candle_core::{Device, Tensor};
use candle_nn::Module;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;

/// The most bytes of answers that are kept: those of a ResNet-50 to 80 examples in four views.
pub const MAX_ANSWER_BYTES: usize = 128 << 20;

/// The tap under which a projection head's output is kept.
const REP: &str = "rep";

/// The tensor whose shape tells a projection head's width.
const HEAD: &str = "heads.projection.0.weight";

/// A teacher's network, with its projection head where its file has one.
#[derive(Debug)]
pub struct Teacher {
    card: Card,
    engine: Engine,
    projection: Option<Projection>,
}

/// What a table of answers must know of the teacher.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taught {
    /// The class mix that its probabilities hold for.
    pub class_mix: Vec<f64>,
    /// Its pooled channels.
    pub channels: usize,
}

/// An answer: each tap's name and numbers.
pub type Answer = Vec<(String, Vec<f32>)>;

impl Teacher {
    /// Reads a weight file, of any network that this crate knows, to be asked about squares of `side` pixels: those of its student, whose feature maps its own
    /// are compared with, whatever side its card was trained at.
    ///
    /// # Errors
    /// The kinds of [`WeightFile::read`]; `argument` for a side that [`Engine::new`] refuses.
    pub fn new(weights: &[u8], side: usize) -> Result<Self> {
        let WeightFile { card, tensors } = WeightFile::read(weights)?;
        let engine = Engine::new(&card.network()?, &tensors, side)?;
        let width = tensors.get(HEAD).and_then(|tensor| tensor.shape.first().copied());
        let projection = match width {
            Some(width) => {
                let store = Parameters::new(0);
                store.insert_heads(&tensors)?;
                Some(Projection::new(&store, width)?)
            }
            None => None,
        };
        Ok(Self { card, engine, projection })
    }

    /// The same with a projection head from a file of its own, as `dermdistill phase1` writes one; it takes the place of one in the network's file.
    ///
    /// # Errors
    /// Those of [`new`](Self::new), for either file; `weights-missing` for a second file without that head, `weights-shape` for a head of another width.
    pub fn with_head(weights: &[u8], side: usize, head: &[u8]) -> Result<Self> {
        let teacher = Self::new(weights, side)?;
        let (tensors, channels) = (WeightFile::read(head)?.tensors, teacher.channels()?);
        Ok(Self { projection: Some(Projection::frozen(&tensors, channels)?), ..teacher })
    }

    /// What its file says about itself.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// What the table of its answers is to know.
    pub fn taught(&self) -> Result<Taught> {
        Ok(Taught { class_mix: self.card.class_mix.clone(), channels: self.channels()? })
    }

    /// Its pooled channels.
    fn channels(&self) -> Result<usize> {
        let parameters = self.card.network()?.classifier().map(crate::nn::Node::parameters).unwrap_or_default();
        Ok(parameters.first().and_then(|weight| weight.shape.get(1)).copied().unwrap_or_default())
    }

    /// Its answer to the square turned by `view` quarter turns: `logits`, `avg_pool`, `feats_7x7`, and `rep` with a projection head.
    ///
    /// # Errors
    /// `argument` for a square of another side; `not-finite` when its weights overflow on it.
    pub fn answer(&mut self, square: &crate::photo::Seen, view: usize) -> Result<Answer> {
        self.engine.forward(&normalise(&turn(square, view), self.card.mean, self.card.std))?;
        let mut answer: Answer = self.engine.taps().map(|(tap, _, values)| (tap.to_owned(), values.to_vec())).collect();
        if let Some(projection) = &self.projection {
            let pool = self.engine.embedding();
            let rep = projection.forward(&Tensor::from_slice(pool, (1, pool.len()), &Device::Cpu)?)?;
            answer.push((REP.to_owned(), rep.flatten_all()?.to_vec1()?));
        }
        Ok(answer)
    }
}

/// A teacher's answers to examples, shared by the runs that read them.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    pub(super) taught: Taught,
    table: Rc<RefCell<CachedTeacher>>,
    bytes: usize,
}

impl Answers {
    /// None yet. `argument` unless the mix is one of this crate's classes.
    pub(super) fn new(taught: Taught) -> Result<Self> {
        let fits = taught.class_mix.len() == CLASSES.len() && taught.class_mix.iter().all(|share| share.is_finite() && *share > 0.0);
        if !fits || taught.channels == 0 {
            let message = format!("a teacher of {} channels with the class mix {:?}", taught.channels, taught.class_mix);
            return Err(Error::new(ErrorKind::Argument, message, "Take what the teacher says of itself."));
        }
        Ok(Self { taught, table: Rc::default(), bytes: 0 })
    }

    /// Keeps an answer.
    pub(super) fn insert(&mut self, id: u32, view: usize, answer: Answer) -> Result<()> {
        // An answer in place of an earlier one takes no more room.
        if !self.table.borrow().contains(id as usize, view) {
            let bytes: usize = answer.iter().map(|(_, row)| size_of_val(row.as_slice())).sum();
            self.bytes = self.bytes.saturating_add(bytes);
        }
        if self.bytes > MAX_ANSWER_BYTES {
            let message = format!("the teacher's answers to this many examples take more than the {MAX_ANSWER_BYTES} bytes that are kept");
            return Err(Error::new(ErrorKind::Examples, message, "Remove some examples, or choose a method that reads one view."));
        }
        answer.into_iter().try_for_each(|(tap, row)| self.table.borrow_mut().insert((id as usize, view), &tap, row))
    }

    /// Its logits for an example's upright view, moved to equal class shares; `None` where it has not answered.
    pub(super) fn logits(&self, id: u32) -> Option<Vec<f32>> {
        let table = self.table.borrow();
        let row = table.row((id as usize, 0), "logits")?;
        Some(row.iter().zip(self.shift()).map(|(logit, shift)| logit + shift as f32).collect())
    }

    /// Whether these examples have an answer in every view.
    pub(super) fn covers(&self, examples: &[(u32, &Example)], views: usize) -> bool {
        let table = self.table.borrow();
        examples.iter().all(|(id, _)| (0..views).all(|view| table.contains(*id as usize, view)))
    }

    /// The teacher as an objective takes it, its logits moved to equal class shares.
    pub(super) fn mentor(&self) -> Mentor {
        Mentor { teacher: Box::new(Shared(Rc::clone(&self.table))), projection: None, shift: self.shift().collect() }
    }

    /// What moves its logits to equal shares: ln(equal share / share) a class.
    fn shift(&self) -> impl Iterator<Item = f64> {
        let equal = 1.0 / CLASSES.len() as f64;
        self.taught.class_mix.iter().map(move |share| (equal / share).ln())
    }
}

/// One table in several hands.
struct Shared(Rc<RefCell<CachedTeacher>>);

impl crate::distill::Teacher for Shared {
    fn answer(&mut self, batch: &Batch, tap: &str) -> Result<Tensor> {
        self.0.borrow_mut().answer(batch, tap)
    }

    fn represents(&self) -> bool {
        self.0.borrow().represents()
    }
}
