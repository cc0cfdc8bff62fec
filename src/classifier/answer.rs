//! What the classifier says, as plain data.

use serde::Serialize;

use crate::photo::{Quality, Seen};
use crate::trust::Abstained;

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

/// Where the network saw what speaks for a class rather than for the others, the class mix aside: the class's activation map
/// ([`Engine::class_activation_map`](crate::engine::Engine::class_activation_map)) counted from the classes' mean. Its own mean is
/// r_c − mean_j r_j with r_j = logit_j − T · ln π_j, of the answer's logits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActivationMap {
    /// The class's code.
    pub class: String,
    /// Places across and down.
    pub side: usize,
    /// `side` rows of `side` numbers, in units of the logit: above 0 speaks for the class, below 0 for others.
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

/// A photograph's distance to the training ([`Familiarity::distance`](crate::weights::Familiarity::distance)) beside its limit.
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
    /// Normalising and the network (twice where the card says so).
    pub network_ms: f64,
    /// All of them. A part that an earlier call has done already counts 0.
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
    /// The network's output in index order, before temperature and prior: the mean of two passes where [`Card::mirror`](crate::weights::Card::mirror) says so.
    pub logits: Vec<f32>,
    /// How long it took.
    pub timings: Timings,
}
