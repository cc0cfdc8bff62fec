//! The fixed part's features of examples, computed once.

use super::examples::Example;
use crate::learner::{Batch, Model};
use crate::photo::{normalise, turn};
use crate::weights::Card;
use crate::{Error, ErrorKind, Result};
use candle_core::{Device, Tensor};
use serde::Serialize;
use std::collections::BTreeMap;

/// The most bytes of features that are kept: 870 views of MobileNetV2's last stage, 13,000 of its head. What comes later is computed anew in every step.
pub const MAX_FEATURE_BYTES: usize = 64 << 20;

/// What is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cached {
    /// Views of examples.
    pub views: usize,
    /// Bytes of their features.
    pub bytes: usize,
    /// Whether the bound was reached, so that some are computed in every step.
    pub full: bool,
}

/// Rows of a batch: images for a network that is trained whole, else what its fixed part gives, kept by example and view.
#[derive(Debug)]
pub(super) struct Features {
    from: Option<String>,
    rows: BTreeMap<(u32, usize), Vec<f32>>,
    cached: Cached,
}

impl Features {
    /// Nothing yet; `from` is where passes start, `None` for images.
    pub(super) fn new(from: Option<String>) -> Self {
        Self { from, rows: BTreeMap::new(), cached: Cached::default() }
    }

    pub(super) fn cached(&self) -> Cached {
        self.cached
    }

    /// Forgets an example.
    pub(super) fn remove(&mut self, id: u32) {
        let gone: Vec<_> = self.rows.range((id, 0)..=(id, usize::MAX)).map(|(key, _)| *key).collect();
        for row in gone.iter().filter_map(|key| self.rows.remove(key)) {
            self.cached.views = self.cached.views.saturating_sub(1);
            self.cached.bytes = self.cached.bytes.saturating_sub(size_of_val(row.as_slice()));
        }
    }

    /// A batch of these examples in `views` views each.
    pub(super) fn batch(&mut self, examples: &[(u32, &Example)], views: usize, model: &Model, card: &Card) -> Result<Batch> {
        let mut rows = Vec::new();
        for &(id, example) in examples {
            for view in 0..views {
                self.append((id, view), example, model, card, &mut rows)?;
            }
        }
        let labels = examples.iter().map(|(_, example)| example.label).collect();
        let samples = examples.iter().map(|(id, _)| *id as usize).collect();
        match self.from.as_deref() {
            Some(from) => Batch::from_features(rows, (from, &model.input_axes(Some(from), card.input_side)?), labels, samples, views),
            None => Batch::new(rows, labels, samples, views, card.input_side),
        }
    }

    fn append(&mut self, key: (u32, usize), example: &Example, model: &Model, card: &Card, rows: &mut Vec<f32>) -> Result<()> {
        if let Some(row) = self.rows.get(&key) {
            rows.extend_from_slice(row);
            return Ok(());
        }
        let image = normalise(&turn(&example.seen, key.1), card.mean, card.std);
        let Some(from) = &self.from else {
            rows.extend(image);
            return Ok(());
        };
        let side = card.input_side;
        let row: Vec<f32> = model.features(&Tensor::from_vec(image, (1, side, side, 3), &Device::Cpu)?, from)?.flatten_all()?.to_vec1()?;
        // Once here, not in every step: a gradient of such a row would be lost either way.
        if !row.iter().all(|x| x.is_finite()) {
            let message = format!("the network's features of example {} are not finite", key.0);
            return Err(Error::new(ErrorKind::NotFinite, message, "Remove this example, or go back to the shipped weights."));
        }
        rows.extend_from_slice(&row);
        self.keep(key, row);
        Ok(())
    }

    fn keep(&mut self, key: (u32, usize), row: Vec<f32>) {
        let bytes = self.cached.bytes.saturating_add(size_of_val(row.as_slice()));
        self.cached.full |= bytes > MAX_FEATURE_BYTES;
        if bytes <= MAX_FEATURE_BYTES {
            self.cached = Cached { views: self.cached.views.saturating_add(1), bytes, full: self.cached.full };
            self.rows.insert(key, row);
        }
    }
}
