//! The card inside a weight file: what the network is, how its input and output are meant, and where it comes from.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::hash::is_sha256_hex;
use super::heads::Heads;
use super::thresholds::{Abstain, FamiliarityLimit, PredictionSet, out_of_range};
use crate::classes::{CLASS_NAMES, CLASSES};
use crate::error::{quote, shorten};
use crate::nn::{Framing, Network};
use crate::{Error, ErrorKind, Result};

/// The mean of ImageNet's red, green and blue, on a scale of 0 to 1: what torchvision's weights expect.
pub const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
/// The standard deviation of ImageNet's red, green and blue, on a scale of 0 to 1.
pub const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];

/// The longest short text (a name, a version), in characters.
const MAX_NAME: usize = 200;
/// The longest free text, and the longest `metrics` as JSON, in bytes.
const MAX_TEXT: usize = 32 << 10;
/// How far the sum of `class_mix` may be from 1.
const MIX_SLACK: f64 = 1e-3;

/// What a weight file says about itself. Unknown fields of a file are ignored; every field without "optional" must be there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The network's name, one of [`Network::NAMES`].
    pub architecture: String,
    /// The class codes in index order: exactly [`CLASSES`].
    pub classes: Vec<String>,
    /// The classes' full names, in the same order.
    pub class_names: Vec<String>,
    /// The side of the square input in pixels: a multiple of 32 from 32 to 512.
    pub input_side: usize,
    /// How a photograph becomes that square.
    pub framing: Framing,
    /// Subtracted from red, green and blue on a scale of 0 to 1.
    pub mean: [f32; 3],
    /// Divides them afterwards; above 0.
    pub std: [f32; 3],
    /// Optional, `false` where absent: the network looks twice, at the square and at its left–right mirror image, and the mean of the two
    /// rows of logits is its output (test-time augmentation; Krizhevsky et al., NIPS 2012, section 4.1). It costs a second pass.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mirror: bool,
    /// Logits are divided by it before the softmax; above 0.
    pub temperature: f64,
    /// π: the class mix that the probabilities hold for, in index order, each above 0, together 1 (± 0.001).
    pub class_mix: Vec<f64>,
    /// Optional: when to decline an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abstain: Option<Abstain>,
    /// Optional: how large a set of classes covers the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction_set: Option<PredictionSet>,
    /// Optional: the training heads that the file holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heads: Option<Heads>,
    /// The pictures it was trained on.
    pub training_data: String,
    /// How training and validation were parted.
    pub split: String,
    /// The seed of the training.
    pub seed: u64,
    /// Measured figures with their intervals; free in form.
    pub metrics: Map<String, Value>,
    /// The licence of the weights.
    pub licence: String,
    /// Whom the licence asks to name.
    pub attribution: String,
    /// The SHA-256 of the training log as 64 lower-case hexadecimal digits, or empty where there is no log.
    pub log_sha256: String,
    /// The version of these weights.
    pub version: String,
    /// What changed since the version before.
    pub changelog: String,
    /// What it is for.
    pub intended_use: String,
    /// What it is not for.
    pub not_intended_use: String,
}

impl Card {
    /// A card with ImageNet's mean and standard deviation, temperature 1, and every text empty, for a trainer to fill in.
    ///
    /// `class_mix` is not checked here but in [`check`](Self::check), as is everything else.
    pub fn new(architecture: &str, input_side: usize, framing: Framing, class_mix: Vec<f64>) -> Self {
        Self {
            architecture: architecture.to_owned(),
            classes: CLASSES.map(str::to_owned).to_vec(),
            class_names: CLASS_NAMES.map(str::to_owned).to_vec(),
            input_side,
            framing,
            mean: IMAGENET_MEAN,
            std: IMAGENET_STD,
            mirror: false,
            temperature: 1.0,
            class_mix,
            abstain: None,
            prediction_set: None,
            heads: None,
            training_data: String::new(),
            split: String::new(),
            seed: 0,
            metrics: Map::new(),
            licence: String::new(),
            attribution: String::new(),
            log_sha256: String::new(),
            version: String::new(),
            changelog: String::new(),
            intended_use: String::new(),
            not_intended_use: String::new(),
        }
    }

    /// Reads and checks the card of a file; `None` stands for a file without one.
    pub(super) fn parse(text: Option<&str>) -> Result<Self> {
        let Some(text) = text else {
            let hint = "Files of other programs can only start a training.";
            return Err(Error::new(ErrorKind::WeightsCard, "the file has no card, so its classes and its input are unknown", hint));
        };
        let card: Self = serde_json::from_str(text).map_err(|error| {
            let message = format!("the card is not readable: {}", shorten(&error.to_string()));
            Error::new(ErrorKind::WeightsCard, message, "Use a file that this program wrote, or correct the card.")
        })?;
        card.check()?;
        Ok(card)
    }

    /// The description of the card's network.
    ///
    /// # Errors
    /// `weights-card` when this version does not know the architecture.
    pub fn network(&self) -> Result<Network> {
        Network::named(&self.architecture, self.classes.len()).ok_or_else(|| {
            let message = format!("the card names the architecture {}, which this version does not know", quote(&self.architecture));
            Error::new(ErrorKind::WeightsCard, message, "Use a file of a network that this version knows, or a newer version.")
        })
    }

    /// Checks every field against its stated range.
    ///
    /// # Errors
    /// `weights-card`, naming the first field at fault, what it holds and what is allowed.
    pub fn check(&self) -> Result<()> {
        self.check_classes()?;
        self.network()?;
        self.check_input()?;
        if !(self.temperature.is_finite() && self.temperature > 0.0) {
            return Err(out_of_range("temperature", self.temperature, "a finite number above 0"));
        }
        self.check_mix()?;
        self.abstain.as_ref().map_or(Ok(()), Abstain::check)?;
        self.check_block()?;
        self.prediction_set.as_ref().map_or(Ok(()), PredictionSet::check)?;
        self.heads.as_ref().map_or(Ok(()), Heads::check)?;
        self.check_texts()
    }

    /// The limit on the distance to the training, where the card has one.
    pub fn familiarity(&self) -> Option<&FamiliarityLimit> {
        self.abstain.as_ref()?.familiarity.as_ref()
    }

    fn check_block(&self) -> Result<()> {
        let Some(FamiliarityLimit { block, .. }) = self.familiarity() else { return Ok(()) };
        match self.network()?.block(block) {
            Some(_) => Ok(()),
            None => Err(out_of_range("abstain.familiarity.block", quote(block), "a block of the network such as features.6")),
        }
    }

    fn check_classes(&self) -> Result<()> {
        if self.classes != CLASSES {
            let found = shorten(&self.classes.join(" "));
            return Err(out_of_range("order of classes", found, &format!("exactly {}", CLASSES.join(" "))));
        }
        if self.class_names.len() != self.classes.len() {
            return Err(out_of_range("number of class_names", self.class_names.len(), "one for each class"));
        }
        Ok(())
    }

    fn check_input(&self) -> Result<()> {
        if !(32..=512).contains(&self.input_side) || !self.input_side.is_multiple_of(32) {
            return Err(out_of_range("input_side", self.input_side, "a multiple of 32 from 32 to 512"));
        }
        if let Some(mean) = self.mean.iter().find(|mean| !mean.is_finite()) {
            return Err(out_of_range("mean", mean, "three finite numbers"));
        }
        match self.std.iter().find(|std| !(std.is_finite() && **std > 0.0)) {
            Some(std) => Err(out_of_range("std", std, "three finite numbers above 0")),
            None => Ok(()),
        }
    }

    fn check_mix(&self) -> Result<()> {
        if self.class_mix.len() != self.classes.len() {
            return Err(out_of_range("number of shares in class_mix", self.class_mix.len(), "one for each class"));
        }
        if let Some(share) = self.class_mix.iter().find(|share| !(share.is_finite() && **share > 0.0)) {
            return Err(out_of_range("class_mix", share, "a share above 0 for every class"));
        }
        let sum: f64 = self.class_mix.iter().sum();
        if (sum - 1.0).abs() > MIX_SLACK {
            return Err(out_of_range("sum of class_mix", sum, "1 (± 0.001)"));
        }
        Ok(())
    }

    fn check_texts(&self) -> Result<()> {
        if let Some(name) = self.class_names.iter().chain([&self.version]).find(|name| name.chars().count() > MAX_NAME) {
            return Err(out_of_range("name or version", shorten(name), "a text of at most 200 characters"));
        }
        let texts = [
            ("training_data", &self.training_data),
            ("split", &self.split),
            ("licence", &self.licence),
            ("attribution", &self.attribution),
            ("changelog", &self.changelog),
            ("intended_use", &self.intended_use),
            ("not_intended_use", &self.not_intended_use),
        ];
        let chosen = self.abstain.iter().map(|abstain| ("abstain.chosen", &abstain.chosen));
        let metrics = serde_json::to_string(&self.metrics).unwrap_or_default();
        for (field, text) in texts.into_iter().chain(chosen).chain([("metrics", &metrics)]) {
            if text.len() > MAX_TEXT {
                return Err(out_of_range(field, format!("{} bytes long", text.len()), "at most 32768 bytes"));
            }
        }
        if !self.log_sha256.is_empty() && !is_sha256_hex(&self.log_sha256) {
            return Err(out_of_range("log_sha256", quote(&self.log_sha256), "64 lower-case hexadecimal digits, or empty"));
        }
        Ok(())
    }
}
