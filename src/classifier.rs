//! A photograph's whole way: bytes → [`photo`] → [`Engine`] → [`trust`] → an [`Answer`] that the command line and the page both show.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use serde::Serialize;

use crate::engine::Engine;
use crate::photo::{self, Crop, Limits, Photo, Quality, Seen};
use crate::trust::{self, Abstained, Prior};
use crate::weights::{Card, Familiarity, WeightFile};
use crate::{Error, ErrorKind, Result};

/// Which class an explanation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explain {
    /// The class with the largest probability under the prior asked for.
    Top,
    /// The class with this index.
    Class(usize),
}

/// What to do with a photograph. The default: all of it, under the training's class mix, without an explanation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The part of the upright photograph to look at; `None` for all of it.
    pub crop: Option<Crop>,
    /// The class mix to judge under.
    pub prior: Prior,
    /// The class whose activation map is wanted; `None` for no map.
    pub explain: Option<Explain>,
}

/// A class in the order of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranked {
    /// The class's code, such as `MEL`.
    pub code: String,
    /// Its full name from the card.
    pub name: String,
    /// Its probability in the answer, 0 to 1.
    pub probability: f64,
}

/// Where the network saw what speaks for a class (see [`Engine::class_activation_map`]).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActivationMap {
    /// The class's code.
    pub class: String,
    /// Places across and down.
    pub side: usize,
    /// `side` rows of `side` numbers, in units of the logit: above 0 speaks for the class, below 0 against it.
    pub values: Vec<f32>,
}

/// The classes that together hold the truth for the card's share of photographs like the training's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Covering {
    /// That share, between 0 and 1.
    pub coverage: f64,
    /// The classes' codes, the most probable first; at least one.
    pub codes: Vec<String>,
}

/// A photograph's distance to the training ([`Familiarity::distance`]) beside its limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Unlikeness {
    /// From 0 up; `null` in JSON where it is not finite, which is never within the limit.
    pub distance: f64,
    /// The card's limit.
    pub limit: f64,
}

/// The size of the upright photograph in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// How long each part took, in milliseconds of the caller's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timings {
    /// Checking and decoding the file.
    pub decode_ms: f64,
    /// Cropping, framing, resizing, measuring.
    pub resize_ms: f64,
    /// Normalising, the network (twice where the card says so), and the activation map where one was asked for.
    pub network_ms: f64,
    /// Everything.
    pub total_ms: f64,
}

/// What the classifier says about a photograph. As JSON it has every field but [`seen`](Self::seen), whose pixels are no text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// One probability a class in index order, calibrated, under the prior asked for; together 1.
    pub probabilities: Vec<f64>,
    /// The same, the largest first; equal ones in index order.
    pub ranked: Vec<Ranked>,
    /// How far the photograph is from the training's, from 0 up, and where the limit is; `None` where the weights cannot tell.
    pub unlikeness: Option<Unlikeness>,
    /// Why no class should be named, where the card's limits say so. It never depends on the prior.
    pub abstained: Option<Abstained>,
    /// The set of classes at the card's coverage, under the training's mix; `None` where the card has none.
    pub covering: Option<Covering>,
    /// Measures of the square that the network saw.
    pub quality: Quality,
    /// The photograph's size.
    pub photograph: Size,
    /// The square that the network saw.
    #[serde(skip)]
    pub seen: Seen,
    /// The activation map, if asked for.
    pub map: Option<ActivationMap>,
    /// The network's output in index order, before temperature and prior: the mean of two passes where [`Card::mirror`] says so.
    pub logits: Vec<f32>,
    /// How long it took.
    pub timings: Timings,
}

/// A weight file, ready to classify. A clone shares the weights and has its own buffers: one for each thread.
#[derive(Clone, Debug)]
pub struct Classifier {
    card: Card,
    engine: Engine,
    limits: Limits,
    familiarity: Option<Familiarity>,
}

impl Classifier {
    /// Reads a weight file and lays out its network.
    ///
    /// # Errors
    /// The kinds of [`WeightFile::read`]; `weights-card` also for a limit on the distance after a block that the engine never has by itself,
    /// because it is fused into the next step.
    pub fn new(weights: &[u8]) -> Result<Self> {
        let file = WeightFile::read(weights)?;
        let familiarity = file.familiarity()?;
        let WeightFile { card, tensors } = file;
        let network = card.network()?;
        let mut engine = Engine::new(&network, &tensors, card.input_side)?;
        if let Some(limit) = card.familiarity() {
            let fused = |error: Error| Error::new(ErrorKind::WeightsCard, error.message().to_owned(), error.hint().to_owned());
            engine.watch(&network, &limit.block).map_err(fused)?;
        }
        Ok(Self { card, engine, limits: Limits::default(), familiarity })
    }

    /// What the weight file says about itself.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The engine, for its side and instruction set.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Classifies the photograph in `bytes` (JPEG, PNG or WebP, by content). `clock` tells the time in milliseconds from any start.
    ///
    /// # Errors
    /// The `image-*` kinds of [`photo::decode`] and [`photo::network_input`]; `argument` for a prior out of range or a class that does not
    /// exist; `not-finite` when the weights overflow on this photograph. The classifier stays usable after each.
    pub fn classify(&mut self, bytes: &[u8], request: &Request, clock: fn() -> f64) -> Result<Answer> {
        let started = clock();
        let photo = photo::decode(bytes, &self.limits)?;
        let decoded = clock();
        let seen = self.look(&photo, request.crop)?;
        let quality = photo::quality(&seen);
        let resized = clock();
        let logits = self.judge(&seen)?;
        let training = trust::softmax(&logits, self.card.temperature)?;
        let probabilities = trust::apply_prior(&training, &self.card.class_mix, &request.prior)?;
        let map = request.explain.map(|explain| self.map(explain, &probabilities)).transpose()?;
        let computed = clock();
        let unlikeness = self.unlikeness();
        let distance = unlikeness.map(|unlikeness| unlikeness.distance);
        let abstained = match &self.card.abstain {
            Some(limits) => trust::abstain(limits, &quality, &training, trust::energy(&logits, self.card.temperature)?, distance),
            None => None,
        };
        let timings =
            Timings { decode_ms: decoded - started, resize_ms: resized - decoded, network_ms: computed - resized, total_ms: clock() - started };
        Ok(Answer {
            ranked: self.ranked(&probabilities),
            covering: self.covering(&training),
            photograph: Size { width: photo.width, height: photo.height },
            probabilities,
            unlikeness,
            abstained,
            quality,
            seen,
            map,
            logits,
            timings,
        })
    }

    /// The photograph's embedding: the classifier layer's input, 1280 numbers from 0 to 6.
    ///
    /// # Errors
    /// As [`classify`](Self::classify).
    pub fn embed(&mut self, bytes: &[u8], crop: Option<Crop>) -> Result<Vec<f32>> {
        let seen = self.look(&photo::decode(bytes, &self.limits)?, crop)?;
        self.pass(&seen)?;
        Ok(self.engine.embedding().to_vec())
    }

    /// The channel statistics of the photograph after `block` ([`Engine::statistics`]), for fitting limits: of the square under
    /// [`photo::tint`], never mirrored. The block is watched from now on, so that a [`classify`](Self::classify) between would lose the card's: use a clone.
    ///
    /// # Errors
    /// As [`classify`](Self::classify); `argument` for a block that the network has not.
    pub fn statistics(&mut self, bytes: &[u8], block: &str, tint: [f32; 3]) -> Result<Vec<f32>> {
        self.engine.watch(&self.card.network()?, block)?;
        let seen = self.look(&photo::decode(bytes, &self.limits)?, None)?;
        self.pass(&photo::tint(&seen, tint))?;
        Ok(self.engine.statistics().to_vec())
    }

    /// The activation map of one class alone; [`Explain::Top`] is meant under the training's mix.
    ///
    /// # Errors
    /// As [`classify`](Self::classify).
    pub fn explain(&mut self, bytes: &[u8], crop: Option<Crop>, explain: Explain) -> Result<ActivationMap> {
        let seen = self.look(&photo::decode(bytes, &self.limits)?, crop)?;
        let logits = self.judge(&seen)?;
        let probabilities = trust::softmax(&logits, self.card.temperature)?;
        self.map(explain, &probabilities)
    }

    /// The raw logits of one pass over a normalised NHWC input, for tests and benchmarks.
    ///
    /// # Errors
    /// As [`Engine::forward`].
    pub fn logits(&mut self, input: &[f32]) -> Result<&[f32]> {
        self.engine.forward(input)
    }

    /// The index of a class code, exactly as the card writes it.
    ///
    /// # Errors
    /// `argument`, naming the known codes.
    pub fn class_index(&self, code: &str) -> Result<usize> {
        self.card.classes.iter().position(|class| class == code).ok_or_else(|| {
            let shown: String = code.chars().take(40).collect();
            let message = format!("the class {shown:?} is unknown; known are {}", self.card.classes.join(" "));
            Error::new(ErrorKind::Argument, message, "Write one of the codes.")
        })
    }

    fn look(&self, photo: &Photo, crop: Option<Crop>) -> Result<Seen> {
        photo::network_input(photo, crop, self.card.framing, self.card.input_side)
    }

    /// One pass of the network over a square.
    fn pass(&mut self, seen: &Seen) -> Result<Vec<f32>> {
        let input = photo::normalise(seen, self.card.mean, self.card.std);
        Ok(self.engine.forward(&input)?.to_vec())
    }

    /// The logits that an answer is made of: of the square alone, or averaged with its mirror image's where the card wants it.
    /// The square comes last, so that the engine's embedding and activation maps are the square's own.
    fn judge(&mut self, seen: &Seen) -> Result<Vec<f32>> {
        if !self.card.mirror {
            return self.pass(seen);
        }
        let mirrored = self.pass(&photo::mirror(seen))?;
        let upright = self.pass(seen)?;
        Ok(upright.iter().zip(mirrored).map(|(upright, mirrored)| (upright + mirrored) / 2.0).collect())
    }

    /// Of the last pass, which is the upright square's.
    fn unlikeness(&self) -> Option<Unlikeness> {
        let limit = self.card.familiarity()?.distance;
        let distance = self.familiarity.as_ref()?.distance(self.engine.statistics());
        Some(Unlikeness { distance, limit })
    }

    fn map(&self, explain: Explain, probabilities: &[f64]) -> Result<ActivationMap> {
        let class = match explain {
            Explain::Class(class) => class,
            Explain::Top => trust::top(probabilities).map_or(0, |(class, _)| class),
        };
        let values = self.engine.class_activation_map(class)?;
        Ok(ActivationMap { class: self.code(class), side: values.len().isqrt(), values })
    }

    fn ranked(&self, probabilities: &[f64]) -> Vec<Ranked> {
        let name = |class: usize| self.card.class_names.get(class).cloned().unwrap_or_default();
        let all = probabilities.iter().enumerate();
        let mut ranked: Vec<Ranked> = all.map(|(class, &probability)| Ranked { code: self.code(class), name: name(class), probability }).collect();
        // The sort is stable, so equal ones stay in index order.
        ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        ranked
    }

    fn covering(&self, training: &[f64]) -> Option<Covering> {
        let set = self.card.prediction_set.as_ref()?;
        let codes = trust::prediction_set(training, set.threshold).into_iter().map(|class| self.code(class)).collect();
        Some(Covering { coverage: set.coverage, codes })
    }

    fn code(&self, class: usize) -> String {
        self.card.classes.get(class).cloned().unwrap_or_default()
    }
}
