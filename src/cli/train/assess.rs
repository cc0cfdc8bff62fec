//! Validation: one image a lesion, under the training mix and under the equal prior, with the temperature fitted.

use super::args::TrainArgs;
use crate::classes::CLASSES;
use crate::data::{Dataset, Loader, LoaderConfig, Sampler, Split};
use crate::learner::{Model, Pass};
use crate::nn::Network;
use crate::trust::{Label, Prior, Report, apply_prior, evaluate, fit_temperature, intervals, softmax};
use crate::weights::{Card, Tensors, sha256_hex};
use crate::{Error, ErrorKind, Result};
use candle_core::{Device, Tensor};
use serde_json::{Map, json};
use std::path::Path;
use std::sync::Arc;

/// Images of a validation batch: small, since nothing is learned from them.
const BATCH: usize = 16;

/// What a validation found.
#[derive(Debug)]
pub(super) struct Assessment {
    /// The tensors judged, the classifier's bias moved to the training mix.
    pub tensors: Tensors,
    /// Under the training mix.
    pub report: Report,
    /// Under the equal prior.
    pub equal: Report,
    /// Fitted on these images.
    pub temperature: f64,
    probabilities: Vec<Vec<f64>>,
    labels: Vec<Label>,
    groups: Vec<String>,
}

/// Judges weights on the validation images.
pub(super) struct Assessor {
    card: Card,
    dataset: Arc<Dataset>,
    order: Vec<usize>,
    /// The mix the loss saw.
    seen: Vec<f64>,
    /// ln(π / [`Assessor::seen`]): what the classifier's bias lacks to hold for π.
    shift: Vec<f32>,
}

impl Assessor {
    /// Validation on one image of each lesion, the one of the first data set given.
    ///
    /// The mix π that the released probabilities hold for is that of the first data set's training images. What the loss saw differs:
    /// each class counted as often as the sampler shows it, times its weight.
    pub fn new(args: &TrainArgs, dataset: Arc<Dataset>, split: &Split, sampler: &Sampler, class_weights: &[f64]) -> Result<Self> {
        let first: Vec<usize> = split.train.iter().copied().filter(|&i| dataset.samples().get(i).is_some_and(|s| s.source == 0)).collect();
        let mix = normalise(dataset.class_counts(&first).iter().map(|&n| n as f64));
        let seen = normalise(sampler.seen().iter().zip(class_weights).map(|(&n, &w)| n as f64 * w));
        if mix.iter().chain(&seen).any(|&share| share <= 0.0 || !share.is_finite()) {
            let message = format!("a class has no training image: {:?} of {CLASSES:?}", dataset.class_counts(&first));
            return Err(Error::new(ErrorKind::TableEmpty, message, "Every class needs training images."));
        }
        let shift = mix.iter().zip(&seen).map(|(m, s)| (m / s).ln() as f32).collect();
        let mut card = Card::new(&args.architecture, args.side, args.framing, mix);
        card.seed = args.seed;
        if let Some(path) = &args.card {
            crate::cli::card_texts::fill(&mut card, path)?;
        }
        card.check()?;
        let order = dataset.one_per_group(&split.val);
        if order.is_empty() {
            return Err(Error::new(ErrorKind::TableEmpty, "the split leaves no image to validate on", "Mark groups as val, or raise --val-share."));
        }
        Ok(Self { card, dataset, order, seen, shift })
    }

    /// The mix π that the released probabilities hold for, and the one that the loss sees.
    pub fn mixes(&self) -> (&[f64], &[f64]) {
        (&self.card.class_mix, &self.seen)
    }

    /// Runs the validation images through a network with these tensors.
    pub fn assess(&self, network: &Network, tensors: &Tensors) -> Result<Assessment> {
        let mut tensors = tensors.clone();
        let bias = network.classifier().and_then(|classifier| tensors.get_mut(&format!("{}.bias", classifier.name)));
        let bias = bias.ok_or_else(|| Error::new(ErrorKind::Internal, "the network has no classifier whose bias could hold the class mix", ""))?;
        bias.data.iter_mut().zip(&self.shift).for_each(|(bias, shift)| *bias += shift);
        let (logits, labels) = self.logits(&Model::new(network, &tensors)?)?;
        let temperature = fit_temperature(&logits, &labels, None)?;
        let probabilities = logits.iter().map(|row| softmax(row, temperature)).collect::<Result<Vec<_>>>()?;
        let labels: Vec<Label> = labels.into_iter().map(Label::Class).collect();
        let equal = probabilities.iter().map(|p| apply_prior(p, &self.card.class_mix, &Prior::Equal)).collect::<Result<Vec<_>>>()?;
        let abstained = vec![false; labels.len()];
        let report = evaluate(&probabilities, &labels, &abstained, &CLASSES)?;
        let equal = evaluate(&equal, &labels, &abstained, &CLASSES)?;
        let groups = self.order.iter().filter_map(|&i| self.dataset.samples().get(i)).map(|sample| sample.group.clone()).collect();
        Ok(Assessment { tensors, report, equal, temperature, probabilities, labels, groups })
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
        if logits.iter().flatten().any(|z| !z.is_finite()) {
            return Err(Error::new(ErrorKind::NotFinite, "a validation logit is not finite", "Lower the learning rate and start anew."));
        }
        Ok((logits, labels))
    }

    /// The card of weights that were just assessed.
    pub fn card(&self, assessment: &Assessment, log: &Path) -> Result<Card> {
        let mut card = self.card.clone();
        card.temperature = assessment.temperature;
        card.log_sha256 = sha256_hex(&crate::cli::files::read(log)?);
        let spread = intervals(&assessment.probabilities, &assessment.labels, &assessment.groups, &CLASSES, card.seed)?;
        card.metrics = Map::from_iter([(
            "validation".to_owned(),
            json!({
                "images": "one of each validation lesion",
                "n": assessment.report.n,
                "training_prior": {
                    "balanced_accuracy": assessment.report.balanced_accuracy, "balanced_accuracy_95": spread.balanced_accuracy,
                    "accuracy": assessment.report.accuracy, "accuracy_95": spread.accuracy, "ece": assessment.report.ece,
                },
                "equal_prior": { "balanced_accuracy": assessment.equal.balanced_accuracy, "accuracy": assessment.equal.accuracy },
            }),
        )]);
        Ok(card)
    }
}

fn normalise(counts: impl Iterator<Item = f64>) -> Vec<f64> {
    let counts: Vec<f64> = counts.collect();
    let total: f64 = counts.iter().sum();
    counts.iter().map(|n| n / total).collect()
}
