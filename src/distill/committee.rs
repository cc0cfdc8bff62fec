//! Several teachers beside one student.

use super::teacher::{LiveTeacher, Teacher};
use crate::learner::Batch;
use crate::{Error, ErrorKind, Result};
use candle_core::{D, DType, Device, Tensor};
use candle_nn::ops::log_softmax;

/// A teacher of a [`LiveCommittee`].
#[derive(Clone, Debug)]
pub struct Member {
    /// Its network, which runs at the side of the batches.
    pub teacher: LiveTeacher,
    /// The temperature that calibrated its logits.
    pub temperature: f64,
    /// The class mix π that its probabilities hold for, one share a class.
    pub class_mix: Vec<f64>,
}

/// Teachers that run beside their student and answer together: the logits are the mean over members m of
/// ln softmax(z_m / T_m) + ln(π_1 / π_m), less the logarithm of what their exponentials sum to, as [`crate::trust::committee`] has it of
/// probabilities. Whatever else is asked for is the first member's.
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

    /// ln p of one member for every row, under the class mix `mix`, but for a constant of the row.
    fn opinion(member: &mut Member, batch: &Batch, mix: &[f64]) -> Result<Tensor> {
        let logits = member.teacher.answer(batch, "logits")?.to_dtype(DType::F64)?;
        let shift: Vec<f64> = mix.iter().zip(&member.class_mix).map(|(to, from)| (to / from).ln()).collect();
        let shift = Tensor::new(shift, &Device::Cpu)?;
        Ok(log_softmax(&(logits / member.temperature)?, D::Minus1)?.broadcast_add(&shift)?)
    }
}

impl Teacher for LiveCommittee {
    fn answer(&mut self, batch: &Batch, tap: &str) -> Result<Tensor> {
        if tap != "logits" || self.others.is_empty() {
            return self.first.teacher.answer(batch, tap);
        }
        let mix = self.first.class_mix.clone();
        let mut sum = Self::opinion(&mut self.first, batch, &mix)?;
        for member in &mut self.others {
            sum = (sum + Self::opinion(member, batch, &mix)?)?;
        }
        let members = self.others.len().saturating_add(1) as f64;
        Ok(log_softmax(&(sum / members)?, D::Minus1)?.to_dtype(DType::F32)?)
    }
}
