//! What a run learns, how much of the network moves, and with which constants.

use crate::distill::{Method, Recipe};
use crate::learner::{Norms, Schedule, SgdConfig, TrainerConfig};
use crate::nn::{Network, Op};
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which part of the network is trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The classifier alone, on pooled features that are computed once.
    Head,
    /// The blocks of the smallest maps and the classifier, on features that are computed once.
    #[default]
    LastStage,
    /// Everything.
    Whole,
}

/// Where BatchNorm takes its statistics from while learning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NormChoice {
    /// The shipped running statistics, which stay: a handful of photographs is too few to measure them, and the rotations of one are no others.
    #[default]
    Frozen,
    /// The batch, which also moves the running statistics.
    Batch,
}

/// A run's constants. Two runs of the same plan continue each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Plan {
    /// The rung of the ladder.
    pub method: Method,
    /// What of it moves.
    pub scope: Scope,
    /// BatchNorm's statistics.
    pub norms: NormChoice,
    /// Images a step, 1 to 32; all of them where there are fewer.
    pub batch: usize,
    /// Learning rate, above 0 and at most 1.
    pub rate: f64,
    /// SGD's momentum, in 0..1.
    pub momentum: f64,
    /// SGD's weight decay, at least 0.
    pub weight_decay: f64,
    /// The temperature of the softened answers, above 0; `None` for the method's own.
    pub temperature: Option<f64>,
    /// Terms' weights in place of the method's own, by the terms' names; 0 leaves a term out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, f64>,
    /// Seed of the order of examples and of the first values of heads.
    pub seed: u32,
}

/// The most images of a step: activations of more would not fit a tab.
pub const MAX_BATCH: usize = 32;

impl Default for Plan {
    /// Labels, last stage, frozen statistics, eight images a step, and SSD-KD's optimiser: rate 1e-3, momentum 0.9, decay 1e-3.
    fn default() -> Self {
        Self {
            method: Method::Ce,
            scope: Scope::default(),
            norms: NormChoice::default(),
            batch: 8,
            rate: 1e-3,
            momentum: 0.9,
            weight_decay: 1e-3,
            temperature: None,
            weights: BTreeMap::new(),
            seed: 0,
        }
    }
}

impl Plan {
    /// That the constants lie in their ranges.
    ///
    /// # Errors
    /// `argument` naming the first that does not.
    pub fn check(&self) -> Result<()> {
        if !(1..=MAX_BATCH).contains(&self.batch) {
            return Err(Error::new(ErrorKind::Argument, format!("the batch is {}; allowed are 1 to {MAX_BATCH} images", self.batch), ""));
        }
        if !(self.rate > 0.0 && self.rate <= 1.0) {
            let message = format!("the learning rate is {}; it must be above 0 and at most 1", self.rate);
            return Err(Error::new(ErrorKind::Argument, message, "Try 0.001."));
        }
        if self.scope == Scope::Head && !matches!(self.method, Method::Ce | Method::Kd) {
            let message = format!("{} compares what lies before the last layer, which the scope head does not move", self.method.name());
            return Err(Error::new(ErrorKind::Argument, message, "Choose the last stage or the whole network, or ce or kd."));
        }
        let mut recipe = self.recipe();
        // By name: which of them is none.
        self.weights.keys().try_for_each(|term| recipe.weights.of_mut(term).map(drop))?;
        recipe.check()?;
        self.sgd().check()
    }

    /// The terms of the loss.
    pub(super) fn recipe(&self) -> Recipe {
        let mut recipe = self.method.recipe();
        for (term, weight) in &self.weights {
            recipe.weights.of_mut(term).into_iter().for_each(|own| *own = *weight);
        }
        Recipe { temperature: self.temperature.unwrap_or(recipe.temperature), ..recipe }
    }

    /// Views an example: four where a term reads the turned ones.
    pub fn views(&self) -> usize {
        if self.recipe().needs_views() { 4 } else { 1 }
    }

    /// The optimiser's constants.
    pub(super) fn sgd(&self) -> SgdConfig {
        SgdConfig { momentum: self.momentum, weight_decay: self.weight_decay, nesterov: false }
    }

    /// The trainer's.
    pub(super) fn trainer(&self) -> TrainerConfig {
        let norms = match self.norms {
            NormChoice::Frozen => Norms::Running,
            NormChoice::Batch => Norms::Batch,
        };
        TrainerConfig { schedule: Schedule::Constant { rate: self.rate }, average: None, norms }
    }
}

impl Scope {
    /// The tap or block of `network` that its passes start from; `None` for images.
    ///
    /// # Errors
    /// `internal` for a network without named blocks before its last stage.
    pub fn start(self, network: &Network, side: usize) -> Result<Option<String>> {
        match self {
            Self::Head => Ok(Some("avg_pool".to_owned())),
            Self::LastStage => last_stage(network, side).map(Some),
            Self::Whole => Ok(None),
        }
    }

    /// Whether a tensor of `network` belongs to what moves. Training heads (`heads.…`) always do.
    pub(super) fn trains(self, network: &Network, side: usize) -> Result<impl Fn(&str) -> bool> {
        let first = match self.start(network, side)? {
            Some(start) => network.tap(&start).or_else(|| network.block(&start).map(|(node, _)| node)).unwrap_or_default(),
            None => 0,
        };
        let fixed: Vec<String> = network.nodes.iter().take(first.saturating_add(1)).flat_map(|node| node.parameters()).map(|p| p.name).collect();
        Ok(move |name: &str| !fixed.iter().any(|fixed| fixed == name))
    }
}

/// The block before those of the smallest maps: `features.13` in MobileNetV2 (14 × 14 × 96), `layer3` in a ResNet.
fn last_stage(network: &Network, side: usize) -> Result<String> {
    let shapes = network.shapes((side, side))?;
    let smallest = shapes.iter().filter(|shape| !shape.pooled).map(|shape| shape.height).min().unwrap_or_default();
    let first = shapes.iter().position(|shape| !shape.pooled && shape.height == smallest).unwrap_or_default();
    // The stage begins with the block that its first small map belongs to, not with that map.
    let stage = network.nodes.get(first).and_then(|node| block_of(&node.name));
    let begin = network.nodes.iter().position(|node| stage.is_some() && block_of(&node.name) == stage);
    let before = begin.and_then(|begin| network.nodes.get(begin.checked_sub(1)?)).filter(|node| !matches!(node.op, Op::Input { .. }));
    before.and_then(|node| block_of(&node.name)).map(str::to_owned).ok_or_else(|| {
        let message = format!("{} has no block before its last stage", network.architecture);
        Error::new(ErrorKind::Internal, message, "")
    })
}

/// `features.13` of `features.13.conv.2`, `layer4` of `layer4.0.conv1`: the stage's name in torchvision's spelling.
fn block_of(name: &str) -> Option<&str> {
    let mut dots = name.match_indices('.').map(|(at, _)| at);
    let (first, second) = (dots.next(), dots.next());
    let end = if name.starts_with("features.") { second } else { first };
    name.get(..end.unwrap_or(name.len()))
}
