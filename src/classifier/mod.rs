//! A photograph's whole way: bytes → [`photo`] → [`Engine`] → [`trust`] → an [`Answer`] that the command line and the page both show.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod answer;
mod evidence;

use crate::engine::Engine;
use crate::error::quote;
use crate::photo::{self, Crop, Limits, Photo, Quality, Seen};
use crate::trust::{self, Prior};
use crate::weights::{Card, Familiarity, WeightFile};
use crate::{Error, ErrorKind, Result};

pub use answer::{ActivationMap, Answer, Covering, Ranked, Size, Timings, Unlikeness};

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

/// What the network made of one part of one photograph. Everything that is asked about it follows from here without another run.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The size of the photograph.
    pub photograph: Size,
    /// The square that the network saw.
    pub seen: Seen,
    /// Measures of that square.
    pub quality: Quality,
    /// The network's output in index order: the mean of two passes where [`Card::mirror`] says so.
    pub logits: Vec<f32>,
    /// The classifier layer's input, 1280 numbers from 0 to 6.
    pub embedding: Vec<f32>,
    /// How far the photograph is from the training's; `None` where the weights cannot tell.
    pub unlikeness: Option<Unlikeness>,
    /// The feature maps that activation maps are made from, as [`Engine::features`] gives them.
    pub features: Vec<f32>,
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
        Self::of(WeightFile::read(weights)?)
    }

    /// The same for a weight file in memory.
    ///
    /// # Errors
    /// As [`new`](Self::new), for a file that does not hold what its card says.
    pub fn of(file: WeightFile) -> Result<Self> {
        let familiarity = file.familiarity()?;
        let WeightFile { card, tensors } = file;
        let network = card.network()?;
        let mut engine = Engine::new(&network, &tensors, card.input_side)?;
        if let Some(limit) = card.familiarity() {
            let fused = |error: Error| error.with_kind(ErrorKind::WeightsCard);
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
    /// It is [`decode`](Self::decode), [`look`](Self::look) and [`answer`](Self::answer) in a row.
    ///
    /// # Errors
    /// Those of the three; the classifier stays usable after each.
    pub fn classify(&mut self, bytes: &[u8], request: &Request, clock: fn() -> f64) -> Result<Answer> {
        let mut timings = Timings::default();
        let photo = self.decode(bytes, &mut timings, clock)?;
        let look = self.look(&photo, request.crop, &mut timings, clock)?;
        self.answer(&look, &request.prior, request.explain, timings)
    }

    /// The first step: bytes to an upright photograph. Its time is added to `timings`.
    ///
    /// # Errors
    /// The `image-*` kinds of [`photo::decode`].
    pub fn decode(&self, bytes: &[u8], timings: &mut Timings, clock: fn() -> f64) -> Result<Photo> {
        let started = clock();
        let photo = photo::decode(bytes, &self.limits)?;
        timings.decode_ms += clock() - started;
        Ok(photo)
    }

    /// The step that costs: crops, frames, resizes and runs the network. Its times are added to `timings`.
    ///
    /// # Errors
    /// The kinds of [`photo::network_input`]; `not-finite` when the weights overflow on this photograph.
    pub fn look(&mut self, photo: &Photo, crop: Option<Crop>, timings: &mut Timings, clock: fn() -> f64) -> Result<Look> {
        let started = clock();
        let seen = self.see(photo, crop)?;
        let quality = photo::quality(&seen);
        let resized = clock();
        let look = self.judged(seen, quality, Size { width: photo.width, height: photo.height })?;
        timings.resize_ms += resized - started;
        timings.network_ms += clock() - resized;
        Ok(look)
    }

    /// [`look`](Self::look) at a square that was cut from a photograph of this size before.
    ///
    /// # Errors
    /// `argument` for a square of another side than the network's; `not-finite` when the weights overflow on it.
    pub fn look_at(&mut self, seen: Seen, photograph: Size) -> Result<Look> {
        let quality = photo::quality(&seen);
        self.judged(seen, quality, photograph)
    }

    fn judged(&mut self, seen: Seen, quality: Quality, photograph: Size) -> Result<Look> {
        let logits = self.judge(&seen)?;
        let (features, embedding) = (self.engine.features().to_vec(), self.engine.embedding().to_vec());
        let unlikeness = self.unlikeness();
        Ok(Look { photograph, seen, quality, logits, embedding, unlikeness, features })
    }

    /// The last step, which runs no network: another prior or another class to explain costs next to nothing.
    /// `timings` holds what the steps before took; their sum becomes the total.
    ///
    /// # Errors
    /// `argument` for a prior out of range or a class that does not exist.
    pub fn answer(&self, look: &Look, prior: &Prior, explain: Option<Explain>, timings: Timings) -> Result<Answer> {
        let training = trust::softmax(&look.logits, self.card.temperature)?;
        let probabilities = trust::apply_prior(&training, &self.card.class_mix, prior)?;
        let map = explain.map(|explain| self.map(look, explain, &probabilities)).transpose()?;
        let distance = look.unlikeness.map(|unlikeness| unlikeness.distance);
        let abstained = match &self.card.abstain {
            Some(limits) => trust::abstain(limits, &look.quality, &training, trust::energy(&look.logits, self.card.temperature)?, distance),
            None => None,
        };
        Ok(Answer {
            ranked: self.ranked(&probabilities),
            covering: self.covering(&training),
            photograph: look.photograph,
            probabilities,
            unlikeness: look.unlikeness,
            abstained,
            quality: look.quality,
            seen: look.seen.clone(),
            map,
            logits: look.logits.clone(),
            timings: Timings { total_ms: timings.decode_ms + timings.resize_ms + timings.network_ms, ..timings },
        })
    }

    /// The activation map of one class alone; [`Explain::Top`] is meant under the training's mix.
    ///
    /// # Errors
    /// `argument` for a class that does not exist.
    pub fn explain(&self, look: &Look, explain: Explain) -> Result<ActivationMap> {
        self.map(look, explain, &trust::softmax(&look.logits, self.card.temperature)?)
    }

    /// The channel statistics of the photograph after `block` ([`Engine::statistics`]), for fitting limits: of the square under
    /// [`photo::tint`], never mirrored. The block is watched from now on, so that a [`classify`](Self::classify) between would lose the card's: use a clone.
    ///
    /// # Errors
    /// As [`classify`](Self::classify); `argument` for a block that the network has not.
    pub fn statistics(&mut self, bytes: &[u8], block: &str, tint: [f32; 3]) -> Result<Vec<f32>> {
        self.engine.watch(&self.card.network()?, block)?;
        let seen = self.see(&photo::decode(bytes, &self.limits)?, None)?;
        self.pass(&photo::tint(&seen, tint))?;
        Ok(self.engine.statistics().to_vec())
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
            let message = format!("the class {} is unknown; known are {}", quote(code), self.card.classes.join(" "));
            Error::new(ErrorKind::Argument, message, "Write one of the codes.")
        })
    }

    fn see(&self, photo: &Photo, crop: Option<Crop>) -> Result<Seen> {
        photo::network_input(photo, crop, self.card.framing, self.card.input_side)
    }

    /// One pass of the network over a square.
    fn pass(&mut self, seen: &Seen) -> Result<Vec<f32>> {
        let input = photo::normalise(seen, self.card.mean, self.card.std);
        Ok(self.engine.forward(&input)?.to_vec())
    }

    /// The logits that an answer is made of: of the square alone, or averaged with its mirror image's where the card wants it.
    /// The square comes last, so that the engine's embedding and feature maps are the square's own.
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

    fn map(&self, look: &Look, explain: Explain, probabilities: &[f64]) -> Result<ActivationMap> {
        let class = match explain {
            Explain::Class(class) => class,
            Explain::Top => trust::top(probabilities).map_or(0, |(class, _)| class),
        };
        let values = evidence::evidence(&self.engine, &self.card, look, class)?;
        Ok(ActivationMap { class: self.code(class), side: values.len().isqrt(), values })
    }

    fn ranked(&self, probabilities: &[f64]) -> Vec<Ranked> {
        let name = |class: usize| self.card.class_names.get(class).cloned().unwrap_or_default();
        let ranking = trust::ranking(probabilities).into_iter();
        ranking.map(|(class, probability)| Ranked { code: self.code(class), name: name(class), probability }).collect()
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
