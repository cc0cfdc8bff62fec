//! A training run as bytes, to go on later as if nothing had happened.

use super::trainer::Trainer;
use crate::error::{quote, shorten};
use crate::weights::{Tensor as Stored, Tensors};
use crate::{Error, ErrorKind, Result};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

/// Everything a [`Trainer`] needs to continue to the same bits: weights, velocities, average, step, schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainerState {
    /// Steps taken.
    pub step: usize,
    /// A plateau's (rate, best loss, epochs waited); `None` for the others, which depend on the step alone.
    pub plateau: Option<(f64, f64, usize)>,
    /// All tensors by name: `model.…`, `velocity.…`, `average.…`.
    pub tensors: Tensors,
}

impl Trainer {
    /// The present state.
    ///
    /// # Errors
    /// Candle's own.
    pub fn state(&self) -> Result<TrainerState> {
        let mut tensors = Tensors::new();
        let model = self.model.parameters().tensors()?;
        for (name, data) in self.optimizer.velocity() {
            let shape = model.get(name).map_or_else(|| vec![data.len()], |t| t.shape.clone());
            tensors.insert(format!("velocity.{name}"), Stored { shape, data: data.clone() });
        }
        tensors.extend(model.into_iter().map(|(name, tensor)| (format!("model.{name}"), tensor)));
        if let Some(average) = &self.average {
            tensors.extend(average.iter().map(|(name, tensor)| (format!("average.{name}"), tensor.clone())));
        }
        Ok(TrainerState { step: self.step, plateau: self.config.schedule.state(), tensors })
    }

    /// Goes back to a saved state. On an error nothing has changed.
    ///
    /// # Errors
    /// [`ErrorKind::Checkpoint`] when the state belongs to another network or another kind of run, or holds what no step leaves behind: a tensor
    /// of another name, a number that is not finite.
    pub fn restore(&mut self, state: &TrainerState) -> Result<()> {
        let all = self.model.parameters().tensors()?;
        let Parts { model, velocity, average } = Parts::of(state)?;
        check_all("model", &model, &all)?;
        check_each("velocity", &velocity, |name| self.trained.get(name).and_then(|_| all.get(name)))?;
        if average.is_empty() == self.average.is_some() {
            return Err(refuse("the checkpoint and this run differ in whether averaged weights are kept"));
        }
        if self.average.is_some() {
            check_all("average", &average, &self.model.tensors()?)?;
        }
        let schedule = self.config.schedule.in_state(state.plateau).filter(|schedule| schedule.check().is_ok());
        let schedule = schedule.ok_or_else(|| refuse("the checkpoint was made with another schedule"))?;
        // From here on nothing fails: `set_tensors` changes nothing when it does.
        self.model.parameters().set_tensors(&model).map_err(|error| refuse(error.message().to_owned()))?;
        self.optimizer.set_velocity(velocity.into_iter().map(|(name, t)| (name, t.data)).collect());
        self.average = self.average.is_some().then_some(average);
        self.config.schedule = schedule;
        self.step = state.step;
        Ok(())
    }
}

/// The tensors of a state by what they are for, under their own names.
#[derive(Default)]
struct Parts {
    model: Tensors,
    velocity: Tensors,
    average: Tensors,
}

impl Parts {
    fn of(state: &TrainerState) -> Result<Self> {
        let mut parts = Self::default();
        for (name, tensor) in &state.tensors {
            let (part, rest) = match name.split_once('.') {
                Some(("model", rest)) => (&mut parts.model, rest),
                Some(("velocity", rest)) => (&mut parts.velocity, rest),
                Some(("average", rest)) => (&mut parts.average, rest),
                _ => return Err(refuse(format!("the checkpoint holds {}, which is no part of a run", quote(name)))),
            };
            part.insert(rest.to_owned(), tensor.clone());
        }
        Ok(parts)
    }
}

/// That `tensors` are those of the network, all of them.
fn check_all(what: &str, tensors: &Tensors, network: &Tensors) -> Result<()> {
    check_each(what, tensors, |name| network.get(name))?;
    match network.keys().find(|name| !tensors.contains_key(*name)) {
        Some(name) => Err(refuse(format!("the checkpoint has no {what}.{name}"))),
        None => Ok(()),
    }
}

/// That each of `tensors` is like the one `known` by its name, and of finite numbers.
fn check_each<'a>(what: &str, tensors: &Tensors, known: impl Fn(&str) -> Option<&'a Stored>) -> Result<()> {
    for (name, tensor) in tensors {
        let belongs = known(name).is_some_and(|known| known.shape == tensor.shape) && tensor.is_consistent();
        if !belongs || !tensor.data.iter().all(|x| x.is_finite()) {
            let why = if belongs { "is not finite" } else { "belongs to another network" };
            return Err(refuse(format!("the checkpoint's {what}.{} {why}", shorten(name))));
        }
    }
    Ok(())
}

fn refuse(what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Checkpoint, what, "Resume with the options the run was started with, or start a new one.")
}

/// Key of the state's own numbers and the caller's text in the file's metadata. One key: safetensors writes several in a hash's order, and equal
/// states are equal bytes.
const NUMBERS: &str = "trainer";

impl TrainerState {
    /// The state as a safetensors file (f32, bit for bit) with the caller's `note` in its metadata.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] when a tensor's shape and data disagree.
    pub fn to_bytes(&self, note: &str) -> Result<Vec<u8>> {
        let internal = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Internal, format!("the checkpoint cannot be written: {error}"), "");
        // As bits: JSON has no infinity, which the lowest loss is before the first validation.
        let plateau = self.plateau.map(|(rate, best, waited)| (rate.to_bits(), best.to_bits(), waited));
        let numbers = serde_json::to_string(&(self.step, plateau, note)).map_err(|e| internal(&e))?;
        let bytes: Vec<(&String, &Stored, Vec<u8>)> =
            self.tensors.iter().map(|(name, t)| (name, t, t.data.iter().flat_map(|x| x.to_le_bytes()).collect())).collect();
        let views = bytes
            .iter()
            .map(|(name, t, data)| Ok((*name, TensorView::new(Dtype::F32, t.shape.clone(), data).map_err(|e| internal(&e))?)))
            .collect::<Result<Vec<_>>>()?;
        let metadata = [(NUMBERS.to_owned(), numbers)].into_iter().collect();
        safetensors::serialize(views, Some(metadata)).map_err(|e| internal(&e))
    }

    /// Whether a file begins like one that [`TrainerState::to_bytes`] wrote, whatever is wrong with the rest of it.
    pub fn is_at_head_of(bytes: &[u8]) -> bool {
        let header = bytes.split_first_chunk().and_then(|(length, rest)| rest.get(..usize::try_from(u64::from_le_bytes(*length)).ok()?));
        let json = header.and_then(|header| serde_json::from_slice::<serde_json::Value>(header).ok());
        json.is_some_and(|json| json.pointer("/__metadata__").is_some_and(|metadata| metadata.get(NUMBERS).is_some()))
    }

    /// Reads what [`TrainerState::to_bytes`] wrote: the state and the note.
    ///
    /// # Errors
    /// [`ErrorKind::Checkpoint`] for bytes that are no such file.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, String)> {
        let damaged = |what: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Checkpoint, format!("the checkpoint is damaged: {what}"), "Start the run anew or use an older checkpoint.")
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| damaged(&e))?;
        let numbers = header.metadata().as_ref().and_then(|entries| entries.get(NUMBERS)).ok_or_else(|| damaged(&format!("no {NUMBERS} in it")))?;
        let (step, plateau, note): (usize, Option<(u64, u64, usize)>, String) = serde_json::from_str(numbers).map_err(|e| damaged(&e))?;
        let plateau = plateau.map(|(rate, best, waited)| (f64::from_bits(rate), f64::from_bits(best), waited));
        let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e))?;
        let mut tensors = Tensors::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(damaged(&format!("{name} is not f32")));
            }
            let data: Vec<f32> = view.data().as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
            tensors.insert(name.to_owned(), Stored { shape: view.shape().to_vec(), data });
        }
        Ok((Self { step, plateau, tensors }, note))
    }
}
