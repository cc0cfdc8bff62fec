//! Validation: one image a lesion, under the training mix and under the equal prior, with the temperature fitted.

use super::args::TrainArgs;
use crate::classes::CLASSES;
use crate::data::{Dataset, Loader, LoaderConfig, Sampler, Split};
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
    groups: Vec<String>,
}

/// Judges weights on the validation images.
pub(super) struct Assessor {
    card: Card,
    dataset: Arc<Dataset>,
    order: Vec<usize>,
    /// The mix the loss saw.
    seen: Vec<f64>,
}

impl Assessor {
    /// Validation on one image of each lesion, the one of the first data set given.
    ///
    /// The mix π that the released probabilities hold for is that of the first data set's training images. What the loss saw differs:
    /// each class counted as often as the sampler shows it, times its weight.
    pub fn new(args: &TrainArgs, dataset: Arc<Dataset>, split: &Split, sampler: &Sampler, class_weights: &[f64]) -> Result<Self> {
        let first: Vec<usize> = split.train.iter().copied().filter(|&i| dataset.samples().get(i).is_some_and(|s| s.source == 0)).collect();
        let counts = dataset.class_counts(&first);
        let mix = seen_mix(&counts, &vec![1.0; counts.len()])?;
        let seen = seen_mix(&sampler.seen(), class_weights)?;
        let mut card = Card::new(&args.network, args.side, args.framing, mix);
        card.seed = args.seed;
        if let Some(path) = &args.card {
            crate::cli::card_texts::fill(&mut card, path)?;
        }
        card.check()?;
        let order = dataset.one_per_group(&split.val);
        if order.is_empty() {
            return Err(Error::new(ErrorKind::TableEmpty, "the split leaves no image to validate on", "Mark groups as val, or raise --val-share."));
        }
        Ok(Self { card, dataset, order, seen })
    }

    /// The mix π that the released probabilities hold for, and the one that the loss sees.
    pub fn mixes(&self) -> (&[f64], &[f64]) {
        (&self.card.class_mix, &self.seen)
    }

    /// Runs the validation images through a network with these tensors.
    pub fn assess(&self, network: &Network, tensors: &Tensors) -> Result<Assessment> {
        let mut tensors = tensors.clone();
        move_prior(network, &mut tensors, &self.seen, &self.card.class_mix)?;
        let (logits, labels) = self.logits(&Model::new(network, &tensors)?)?;
        let found = validate(&logits, &labels, &self.card.class_mix)?;
        let groups = self.order.iter().filter_map(|&i| self.dataset.samples().get(i)).map(|sample| sample.group.clone()).collect();
        Ok(Assessment { tensors, found, groups })
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
    pub fn card(&self, assessment: &Assessment, log: &Path) -> Result<Card> {
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
