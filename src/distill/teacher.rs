//! Where a teacher's answers come from: a table made earlier, or the teacher itself.

use crate::engine::Engine;
use crate::learner::Batch;
use crate::photo::floating_square;
use crate::{Error, ErrorKind, Result};
use candle_core::{Device, Tensor};
use std::collections::BTreeMap;

/// Who is learned from.
pub trait Teacher {
    /// What the teacher gives at a tap of its network (`logits`, `avg_pool`, `feats_7x7`) for every row of a batch.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a tap that it does not have; [`ErrorKind::TableImage`] for an image that it was never shown; those of the
    /// teacher itself.
    fn answer(&mut self, batch: &Batch, tap: &str) -> Result<Tensor>;

    /// Whether it looks at the rows of the batch themselves, so that a picture mixed of two has an answer of its own. One that remembers has
    /// the answers to both.
    fn looks(&self) -> bool {
        false
    }

    /// Whether it answers at `rep` as well: what its projection head made of its pooled rows.
    fn represents(&self) -> bool {
        false
    }
}

/// Answers computed earlier, by sample and view.
#[derive(Clone, Debug, Default)]
pub struct CachedTeacher {
    rows: BTreeMap<(usize, usize), BTreeMap<String, Vec<f32>>>,
    /// Numbers a row at each tap.
    widths: BTreeMap<String, usize>,
    upright_only: bool,
}

impl CachedTeacher {
    /// A table without rows, by sample and view.
    pub fn new() -> Self {
        Self::default()
    }

    /// A table whose answers to the upright picture stand for every view.
    pub fn upright() -> Self {
        Self { upright_only: true, ..Self::default() }
    }

    /// Keeps the answer at a tap for view `view` of `sample`, in place of any earlier one.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] when earlier rows at this tap have another length; [`ErrorKind::NotFinite`] for a NaN or an infinity.
    pub fn insert(&mut self, (sample, view): (usize, usize), tap: &str, row: Vec<f32>) -> Result<()> {
        let width = *self.widths.entry(tap.to_owned()).or_insert(row.len());
        if row.len() != width {
            let message = format!("a teacher's row of {} numbers at {tap}; earlier ones have {width}", row.len());
            return Err(Error::new(ErrorKind::Argument, message, ""));
        }
        if !row.iter().all(|x| x.is_finite()) {
            return Err(Error::new(ErrorKind::NotFinite, format!("the teacher's row at {tap} for sample {sample} is not finite"), ""));
        }
        self.rows.entry((sample, view)).or_default().insert(tap.to_owned(), row);
        Ok(())
    }

    /// Whether there is an answer for this view of this sample.
    pub fn contains(&self, sample: usize, view: usize) -> bool {
        self.rows.contains_key(&(sample, view))
    }

    /// The answer at a tap for a view of a sample, where there is one.
    pub fn row(&self, (sample, view): (usize, usize), tap: &str) -> Option<&[f32]> {
        let view = if self.upright_only { 0 } else { view };
        Some(self.rows.get(&(sample, view))?.get(tap)?)
    }

    /// How many pairs of sample and view there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Teacher for CachedTeacher {
    fn answer(&mut self, batch: &Batch, tap: &str) -> Result<Tensor> {
        let Some(&width) = self.widths.get(tap) else {
            let known: Vec<_> = self.widths.keys().collect();
            return Err(Error::new(ErrorKind::Argument, format!("the teacher's table has no {tap}; it has {known:?}"), ""));
        };
        let (mut data, mut count) = (Vec::new(), 0usize);
        for (sample, view) in batch.rows() {
            let row = self.row((sample, view), tap).ok_or_else(|| {
                let message = format!("the teacher has no answer at {tap} for view {view} of sample {sample}");
                Error::new(ErrorKind::TableImage, message, "Let the teacher answer for every image and view first.")
            })?;
            data.extend_from_slice(row);
            count = count.saturating_add(1);
        }
        Ok(Tensor::from_vec(data, (count, width), &Device::Cpu)?)
    }

    fn represents(&self) -> bool {
        self.widths.contains_key("rep")
    }
}

/// A teacher that runs beside its student, on whatever the student is shown, mixed pictures too.
#[derive(Clone, Debug)]
pub struct LiveTeacher {
    engine: Engine,
    /// The rows that were answered last, by their tensor, and the answers at every tap: several terms read one pass.
    last: Option<(candle_core::TensorId, BTreeMap<&'static str, Tensor>)>,
}

impl LiveTeacher {
    /// A teacher that runs on this engine. Batches of another side than the engine's are resized to it (an antialiased triangle, as photographs
    /// are): its logits and pooled rows are then those of the side that it learned at, its maps have another size than the student's.
    pub fn new(engine: Engine) -> Self {
        Self { engine, last: None }
    }

    /// Every tap of the teacher for every row, the rows spread over all threads where there are several.
    fn run(&mut self, batch: &Batch) -> Result<BTreeMap<&'static str, Tensor>> {
        let from = batch.input().dim(1)?;
        let rows: Vec<Vec<f32>> = batch.input().flatten_from(1)?.to_vec2()?;
        #[cfg(feature = "parallel")]
        let answers: Vec<Answer> = {
            use rayon::prelude::*;
            let least = rows.len().div_ceil(rayon::current_num_threads().max(1));
            rows.par_iter().with_min_len(least).map_init(|| self.engine.clone(), |engine, row| answer(engine, row, from)).collect::<Result<_>>()?
        };
        #[cfg(not(feature = "parallel"))]
        let answers: Vec<Answer> = rows.iter().map(|row| answer(&mut self.engine, row, from)).collect::<Result<_>>()?;
        let mut all: BTreeMap<&'static str, (Vec<usize>, Vec<f32>)> = BTreeMap::new();
        for (tap, axes, values) in answers.into_iter().flatten() {
            let (shape, data) = all.entry(tap).or_default();
            *shape = axes;
            data.extend(values);
        }
        let tensor =
            |(shape, data): (Vec<usize>, Vec<f32>)| Ok::<_, Error>(Tensor::from_vec(data, [&[rows.len()], shape.as_slice()].concat(), &Device::Cpu)?);
        all.into_iter().map(|(tap, values)| Ok((tap, tensor(values)?))).collect()
    }
}

/// Each tap of one row: its name, its axes and its numbers.
type Answer = Vec<(&'static str, Vec<usize>, Vec<f32>)>;

/// The answers to one square of `from` × `from` pixels.
fn answer(engine: &mut Engine, row: &[f32], from: usize) -> Result<Answer> {
    if from == engine.side() {
        engine.forward(row)?;
    } else {
        let pixels = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        engine.forward(&floating_square(row, pixels(from), pixels(engine.side())))?;
    }
    Ok(engine.taps().map(|(tap, axes, values)| (tap, axes, values.to_vec())).collect())
}

impl Teacher for LiveTeacher {
    fn answer(&mut self, batch: &Batch, tap: &str) -> Result<Tensor> {
        if batch.from().is_some() {
            let message = "a batch of features holds no pictures that a teacher could look at";
            return Err(Error::new(ErrorKind::Argument, message, "Cache the teacher's answers together with the features."));
        }
        let answers = match self.last.take() {
            Some((id, answers)) if id == batch.input().id() => answers,
            _ => self.run(batch)?,
        };
        let found = answers.get(tap).cloned();
        self.last = Some((batch.input().id(), answers));
        found.ok_or_else(|| Error::new(ErrorKind::Argument, format!("the teacher has no tap {tap}"), ""))
    }

    fn looks(&self) -> bool {
        true
    }
}
