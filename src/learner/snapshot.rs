//! What a step changes, set aside in memory: the way back from a step that went wrong.

use super::trainer::Trainer;
use crate::Result;
use candle_core::{Tensor, Var};
use std::collections::BTreeMap;

/// A trainer's trained tensors, running statistics, velocities and count of steps at one moment. Unlike
/// [`TrainerState`](super::TrainerState) it holds nothing that a step leaves as it is, and belongs to the trainer that it was taken of.
#[derive(Debug)]
pub struct Snapshot {
    values: Vec<(Var, Tensor)>,
    velocity: BTreeMap<String, Vec<f32>>,
    step: usize,
}

impl Trainer {
    /// The present moment. The averaged weights are not part of it.
    ///
    /// # Errors
    /// Candle's own.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let changing = self.model.parameters().changing().into_values();
        let values = changing.map(|var| Ok((var.clone(), var.as_detached_tensor().copy()?))).collect::<Result<_>>()?;
        Ok(Snapshot { values, velocity: self.optimizer.velocity().clone(), step: self.step })
    }

    /// Goes back to a moment of this trainer, bit for bit.
    ///
    /// # Errors
    /// Candle's own.
    pub fn roll_back(&mut self, snapshot: &Snapshot) -> Result<()> {
        snapshot.values.iter().try_for_each(|(var, value)| var.set(value))?;
        self.optimizer.set_velocity(snapshot.velocity.clone());
        self.step = snapshot.step;
        Ok(())
    }
}
