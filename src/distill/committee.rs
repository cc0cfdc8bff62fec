//! Several teachers beside one student.

use super::teacher::{LiveTeacher, Teacher};
use crate::learner::Batch;
use crate::trust::{self, Prior};
use crate::{Error, ErrorKind, Result};
use candle_core::{Device, Tensor};

/// A teacher of a [`LiveCommittee`].
#[derive(Clone, Debug)]
pub struct Member {
    /// Its network, each at a side of its own.
    pub teacher: LiveTeacher,
    /// The temperature that calibrated its logits.
    pub temperature: f64,
    /// The class mix π that its probabilities hold for, one share a class.
    pub class_mix: Vec<f64>,
}

/// Teachers that run beside their student and answer together: the logits are the logarithms, at least that of f32's smallest, of
/// [`crate::trust::committee`]'s probabilities, to which each member m brings softmax(z_m / T_m) under the first one's class mix. Whatever else is
/// asked for is the first member's; one member alone gives its own logits.
#[derive(Clone, Debug)]
pub struct LiveCommittee {
    first: Member,
    others: Vec<Member>,
}

impl LiveCommittee {
    /// A committee; its answers hold for the first member's class mix.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for members of other classes, and for a temperature or a share that is not a positive number.
    pub fn new(first: Member, others: Vec<Member>) -> Result<Self> {
        let positive = |x: &f64| x.is_finite() && *x > 0.0;
        let fits = |member: &Member| {
            member.class_mix.len() == first.class_mix.len() && positive(&member.temperature) && member.class_mix.iter().all(positive)
        };
        if !fits(&first) || !others.iter().all(fits) {
            let message = "the teachers of a committee need as many classes each, shares and temperatures above 0";
            return Err(Error::new(ErrorKind::Argument, message, ""));
        }
        Ok(Self { first, others })
    }

    /// One member's calibrated probabilities for every row, under the class mix `mix`.
    fn opinions(member: &mut Member, batch: &Batch, mix: &[f64]) -> Result<Vec<Vec<f64>>> {
        let logits: Vec<Vec<f32>> = member.teacher.answer(batch, "logits")?.to_vec2()?;
        let opinion = |row: &Vec<f32>| trust::apply_prior(&trust::softmax(row, member.temperature)?, &member.class_mix, &Prior::Mix(mix.to_vec()));
        logits.iter().map(opinion).collect()
    }
}

impl Teacher for LiveCommittee {
    fn answer(&mut self, batch: &Batch, tap: &str) -> Result<Tensor> {
        if tap != "logits" || self.others.is_empty() {
            return self.first.teacher.answer(batch, tap);
        }
        let mix = self.first.class_mix.clone();
        let mut rows: Vec<Vec<Vec<f64>>> = Self::opinions(&mut self.first, batch, &mix)?.into_iter().map(|row| vec![row]).collect();
        for member in &mut self.others {
            rows.iter_mut().zip(Self::opinions(member, batch, &mix)?).for_each(|(row, opinion)| row.push(opinion));
        }
        let mut logs = Vec::new();
        for opinions in &rows {
            logs.extend(trust::committee(opinions)?.iter().map(|p| p.max(f64::from(f32::MIN_POSITIVE)).ln() as f32));
        }
        Ok(Tensor::from_vec(logs, (rows.len(), mix.len()), &Device::Cpu)?)
    }

    fn looks(&self) -> bool {
        true
    }
}
