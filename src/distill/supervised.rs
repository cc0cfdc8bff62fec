//! Plain training: the labels, and perhaps a teacher's answers beside them; for mixed images those of both by their shares.

use super::teacher::Teacher;
use super::{cross_entropy, soft_cross_entropy};
use crate::learner::{Batch, Objective, Output, Term};
use crate::{Error, ErrorKind, Result};
use candle_core::Tensor;

/// (1 − α) · [`cross_entropy`] against the labels + α · [`soft_cross_entropy`] against a teacher, on the upright views.
///
/// For images mixed of two, each loss is that of both labels by their shares. A teacher that [`looks`](Teacher::looks) answers for the mixed image
/// itself, so that the student learns the teacher's function between the images as well (Beyer et al., CVPR 2022, arXiv 2106.05237); one that
/// remembers answers for each of the two, by their shares.
pub struct Supervised {
    class_weights: Vec<f64>,
    label_smoothing: f64,
    taught: Option<Taught>,
}

/// A teacher and how much it counts.
pub struct Taught {
    /// Who answers.
    pub teacher: Box<dyn Teacher>,
    /// α, in 0–1.
    pub share: f64,
    /// Added to the teacher's logits, one number a class: ln(mix the loss sees / mix the teacher's probabilities hold for), so that teacher
    /// and labels ask for the same.
    pub shift: Vec<f64>,
}

impl Supervised {
    /// Labels alone: `class_weights` one number above 0 a class, `label_smoothing` ε in 0..1.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for constants outside their ranges.
    pub fn new(class_weights: Vec<f64>, label_smoothing: f64) -> Result<Self> {
        let wrong = if !(0.0..1.0).contains(&label_smoothing) {
            format!("the label smoothing is {label_smoothing}; it must be at least 0 and below 1")
        } else if class_weights.is_empty() || !class_weights.iter().all(|w| w.is_finite() && *w > 0.0) {
            format!("the class weights are {class_weights:?}; each must be above 0")
        } else {
            return Ok(Self { class_weights, label_smoothing, taught: None });
        };
        Err(Error::new(ErrorKind::Argument, wrong, ""))
    }

    /// The same with a teacher beside the labels.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a share outside 0–1, or a shift that is not one finite number a class.
    pub fn taught(self, taught: Taught) -> Result<Self> {
        let wrong = if !(0.0..=1.0).contains(&taught.share) {
            format!("the teacher's share is {}; allowed are 0 to 1", taught.share)
        } else if taught.shift.len() != self.class_weights.len() || !taught.shift.iter().all(|x| x.is_finite()) {
            format!("the teacher's logits are shifted by {:?}; one finite number a class is needed", taught.shift)
        } else {
            return Ok(Self { taught: Some(taught), ..self });
        };
        Err(Error::new(ErrorKind::Argument, wrong, ""))
    }
}

impl Objective for Supervised {
    /// `labels`, and with a teacher `teacher`.
    fn terms(&mut self, batch: &Batch, output: &Output) -> Result<Vec<Term>> {
        let logits = batch.upright(output.tap("logits")?)?;
        let hard = over_portions(batch, |labels, _| cross_entropy(&logits, labels, &self.class_weights, self.label_smoothing))?;
        let Some(Taught { teacher, share, shift }) = &mut self.taught else {
            return Ok(vec![Term { name: "labels", weight: 1.0, value: Some(hard) }]);
        };
        let answers = batch.upright(&teacher.answer(batch, "logits")?)?;
        let shift: Vec<f32> = shift.iter().map(|x| *x as f32).collect();
        let answers = answers.broadcast_add(&Tensor::from_vec(shift, self.class_weights.len(), answers.device())?)?;
        let looks = teacher.looks();
        let answers_of = |order: &Tensor| if looks { Ok(answers.clone()) } else { answers.index_select(order, 0) };
        let soft = over_portions(batch, |labels, order| soft_cross_entropy(&logits, &answers_of(order)?, labels, &self.class_weights))?;
        let terms = [("labels", 1.0 - *share, hard), ("teacher", *share, soft)];
        Ok(terms.into_iter().map(|(name, weight, value)| Term { name, weight, value: Some(value) }).collect())
    }
}

/// Σ share · loss over the images that each image of a batch is made of; `loss` is given their labels and their positions.
fn over_portions(batch: &Batch, loss: impl Fn(&[usize], &Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let mut sum: Option<Tensor> = None;
    for (share, order) in batch.portions() {
        let labels: Vec<usize> = order.iter().filter_map(|&image| batch.labels().get(image)).copied().collect();
        let order: Vec<u32> = order.iter().filter_map(|&image| u32::try_from(image).ok()).collect();
        let order = Tensor::from_vec(order, labels.len(), batch.input().device())?;
        let part = (loss(&labels, &order)? * share)?;
        sum = Some(match sum {
            Some(sum) => (sum + part)?,
            None => part,
        });
    }
    sum.ok_or_else(|| Error::new(ErrorKind::Internal, "a batch is made of nothing", ""))
}
