//! Validation: one image a lesion, under the training mix and under the equal prior, with the temperature fitted.

use super::args::RunArgs;
use super::prepare::Data;
use crate::classes::CLASSES;
use crate::data::{Dataset, Loader, LoaderConfig};
use crate::distill::cross_entropy;
use crate::learner::{Model, Pass, move_prior};
use crate::nn::Network;
use crate::trust::{Validation, intervals, seen_mix, validate};
use crate::weights::{Card, Tensors, sha256_hex};
use crate::{Error, ErrorKind, Result};
use candle_core::{Device, Tensor};
use serde_json::{Map, json};
use std::path::Path;
use std::sync::Arc;

/// Images of a validation batch: small, since nothing is learned from them.
const BATCH: usize = 16;

/// What a validation found, and of which tensors.
#[derive(Debug)]
pub(super) struct Assessment {
    /// The tensors judged, the classifier's bias moved to the training mix.
    pub tensors: Tensors,
    /// The figures.
    pub found: Validation,
    /// Σ w_y · (−ln p_y) / Σ w_y over the images, with the classes' weights in the loss and the probabilities under the mix that it sees.
    pub weighted_loss: f64,
    groups: Vec<String>,
}

/// Judges weights on the validation images.
pub(in crate::cli) struct Assessor {
    card: Card,
    dataset: Arc<Dataset>,
    order: Vec<usize>,
    /// The mix the loss saw.
    seen: Vec<f64>,
    class_weights: Vec<f64>,
}

impl Assessor {
    /// Validation of `network` on one image of each lesion, the one of the first data set given.
    ///
    /// The mix π that the released probabilities hold for is that of the first data set's training images. What the loss saw differs:
    /// each class counted as often as the sampler shows it, times its weight. Where the network is to be taken `as_it_is`, that is not corrected.
    pub fn new(args: &RunArgs, network: &str, data: &Data, as_it_is: bool) -> Result<Self> {
        let Data { dataset, split, sampler, class_weights } = data;
        let first: Vec<usize> = split.train.iter().copied().filter(|&i| dataset.samples().get(i).is_some_and(|s| s.source == 0)).collect();
        let counts = dataset.class_counts(&first);
        let mix = seen_mix(&counts, &vec![1.0; counts.len()])?;
        let seen = if as_it_is { mix.clone() } else { seen_mix(&sampler.seen(), class_weights)? };
        let mut card = Card::new(network, args.side, args.framing, mix);
        card.seed = args.seed;
        if let Some(path) = &args.card {
            crate::cli::card_texts::fill(&mut card, path)?;
        }
        card.check()?;
        let order = dataset.one_per_group(&split.val);
        if order.is_empty() {
            return Err(Error::new(ErrorKind::TableEmpty, "the split leaves no image to validate on", "Mark groups as val, or raise --val-share."));
        }
        Ok(Self { card, dataset: dataset.clone(), order, seen, class_weights: class_weights.clone() })
    }

    /// The mix π that the released probabilities hold for, and the one that the loss sees.
    pub fn mixes(&self) -> (&[f64], &[f64]) {
        (&self.card.class_mix, &self.seen)
    }

    /// Runs the validation images through a network with these tensors.
    pub(super) fn assess(&self, network: &Network, tensors: &Tensors) -> Result<Assessment> {
        let mut tensors = tensors.clone();
        move_prior(network, &mut tensors, &self.seen, &self.card.class_mix)?;
        let (logits, labels) = self.logits(&Model::new(network, &tensors)?)?;
        let found = validate(&logits, &labels, &self.card.class_mix)?;
        let groups = self.order.iter().filter_map(|&i| self.dataset.samples().get(i)).map(|sample| sample.group.clone()).collect();
        let weighted_loss = self.weighted_loss(&logits, &labels)?;
        Ok(Assessment { tensors, found, weighted_loss, groups })
    }

    fn weighted_loss(&self, logits: &[Vec<f32>], labels: &[usize]) -> Result<f64> {
        let shift: Vec<f64> = self.seen.iter().zip(&self.card.class_mix).map(|(seen, mix)| (seen / mix).ln()).collect();
        let moved: Vec<f64> = logits.iter().flat_map(|row| row.iter().zip(&shift).map(|(z, shift)| f64::from(*z) + shift)).collect();
        let moved = Tensor::from_vec(moved, (labels.len(), shift.len()), &Device::Cpu)?;
        Ok(cross_entropy(&moved, labels, &self.class_weights, 0.0)?.to_scalar()?)
    }

    fn logits(&self, model: &Model) -> Result<(Vec<Vec<f32>>, Vec<usize>)> {
        let config = LoaderConfig { side: self.card.input_side, batch: BATCH, framing: self.card.framing, ..LoaderConfig::default() };
        let (mut logits, mut labels) = (Vec::new(), Vec::new());
        for batch in Loader::new(self.dataset.clone(), self.order.clone(), config)? {
            let batch = batch?;
            let input = Tensor::from_vec(batch.input, (batch.labels.len(), batch.side, batch.side, 3), &Device::Cpu)?;
            logits.extend(model.forward(&input, Pass::EVAL)?.tap("logits")?.to_vec2::<f32>()?);
            labels.extend(batch.labels);
        }
        Ok((logits, labels))
    }

    /// The card of weights that were just assessed.
    pub(super) fn card(&self, assessment: &Assessment, log: &Path) -> Result<Card> {
        let mut card = self.card.clone();
        let Assessment { found, groups, .. } = assessment;
        card.temperature = found.temperature;
        card.log_sha256 = sha256_hex(&crate::cli::files::read(log)?);
        let spread = intervals(&found.probabilities, &found.labels, groups, &CLASSES, card.seed)?;
        card.metrics = Map::from_iter([(
            "validation".to_owned(),
            json!({
                "images": "one of each validation lesion",
                "n": found.report.n,
                "training_prior": {
                    "balanced_accuracy": found.report.balanced_accuracy, "balanced_accuracy_95": spread.balanced_accuracy,
                    "accuracy": found.report.accuracy, "accuracy_95": spread.accuracy, "ece": found.report.ece,
                },
                "equal_prior": { "balanced_accuracy": found.equal.balanced_accuracy, "accuracy": found.equal.accuracy },
            }),
        )]);
        Ok(card)
    }
}
