//! A training run as bytes, to go on later as if nothing had happened.

use super::schedule::Schedule;
use super::trainer::Trainer;
use crate::weights::{Tensor as Stored, Tensors};
use crate::{Error, ErrorKind, Result};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;

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
        let model = self.model.tensors()?;
        for (name, data) in self.sgd.velocity() {
            let shape = model.get(name).map_or_else(|| vec![data.len()], |t| t.shape.clone());
            tensors.insert(format!("velocity.{name}"), Stored { shape, data: data.clone() });
        }
        tensors.extend(model.into_iter().map(|(name, tensor)| (format!("model.{name}"), tensor)));
        if let Some(average) = &self.average {
            tensors.extend(average.iter().map(|(name, tensor)| (format!("average.{name}"), tensor.clone())));
        }
        let plateau = match self.config.schedule {
            Schedule::Plateau { rate, best, waited, .. } => Some((rate, best, waited)),
            _ => None,
        };
        Ok(TrainerState { step: self.step, plateau, tensors })
    }

    /// Goes back to a saved state. On an error nothing has changed.
    ///
    /// # Errors
    /// [`ErrorKind::Checkpoint`] when the state belongs to another network or another kind of run.
    pub fn restore(&mut self, state: &TrainerState) -> Result<()> {
        let part = |prefix: &str| -> Tensors {
            state.tensors.iter().filter_map(|(name, t)| Some((name.strip_prefix(prefix)?.to_owned(), t.clone()))).collect()
        };
        let refuse = |what: String| Error::new(ErrorKind::Checkpoint, what, "Resume with the options the run was started with, or start a new one.");
        let (average, velocity) = (part("average."), part("velocity."));
        if average.is_empty() == self.average.is_some() {
            return Err(refuse("the checkpoint and this run differ in whether averaged weights are kept".into()));
        }
        let fits = |tensors: &Tensors| tensors.iter().all(|(name, t)| self.model.trained().get(name).is_some_and(|v| v.dims() == t.shape));
        if !fits(&velocity) {
            return Err(refuse("the checkpoint's optimiser state belongs to another network".into()));
        }
        match (&mut self.config.schedule, state.plateau) {
            (Schedule::Plateau { rate, best, waited, .. }, Some(saved)) => (*rate, *best, *waited) = saved,
            (Schedule::Plateau { .. }, None) | (_, Some(_)) => return Err(refuse("the checkpoint was made with another schedule".into())),
            _ => {}
        }
        self.model.set_tensors(&part("model.")).map_err(|error| refuse(error.message().to_owned()))?;
        self.sgd.set_velocity(velocity.into_iter().map(|(name, t)| (name, t.data)).collect::<BTreeMap<_, _>>());
        if self.average.is_some() {
            self.average = Some(average);
        }
        self.step = state.step;
        Ok(())
    }
}

/// Key of the caller's text in the file's metadata, and of the state's own numbers.
const NOTE: &str = "note";
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
        let numbers = serde_json::to_string(&(self.step, plateau)).map_err(|e| internal(&e))?;
        let bytes: Vec<(&String, &Stored, Vec<u8>)> =
            self.tensors.iter().map(|(name, t)| (name, t, t.data.iter().flat_map(|x| x.to_le_bytes()).collect())).collect();
        let views = bytes
            .iter()
            .map(|(name, t, data)| Ok((*name, TensorView::new(Dtype::F32, t.shape.clone(), data).map_err(|e| internal(&e))?)))
            .collect::<Result<Vec<_>>>()?;
        let metadata = [(NOTE.to_owned(), note.to_owned()), (NUMBERS.to_owned(), numbers)].into_iter().collect();
        safetensors::serialize(views, Some(metadata)).map_err(|e| internal(&e))
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
        let entry = |key: &str| header.metadata().as_ref().and_then(|m| m.get(key)).cloned().ok_or_else(|| damaged(&format!("no {key} in it")));
        let note = entry(NOTE)?;
        let (step, plateau): (usize, Option<(u64, u64, usize)>) = serde_json::from_str(&entry(NUMBERS)?).map_err(|e| damaged(&e))?;
        let plateau = plateau.map(|(rate, best, waited)| (f64::from_bits(rate), f64::from_bits(best), waited));
        let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e))?;
        let mut tensors = Tensors::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(damaged(&format!("{name} is not f32")));
            }
            let data: Vec<f32> = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            tensors.insert(name.to_owned(), Stored { shape: view.shape().to_vec(), data });
        }
        Ok((Self { step, plateau, tensors }, note))
    }
}
