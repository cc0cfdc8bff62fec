//! The training heads that a weight file may hold beside its network, so that a training can go on where another stopped.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tensor::Tensors;
use super::thresholds::out_of_range;
use crate::Result;
use crate::error::shorten;
use crate::nn::{Parameter, Role};

/// What the name of every tensor of a head begins with.
pub const HEADS_PREFIX: &str = "heads.";

/// How many tensors heads may have; ConvReg and two projections have fifteen.
const MAX_TENSORS: usize = 64;
/// The longest name, in characters.
const MAX_NAME: usize = 200;
/// Numbers in the largest tensor: 2²⁴, four times a projection of 2048 features.
const MAX_LEN: usize = 1 << 24;

/// What a card says about the heads in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads {
    /// Optional, `false` where absent: the file holds the heads alone; their network is in another file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
    /// The shape of each tensor by its name, such as `heads.projection.0.weight`.
    pub shapes: BTreeMap<String, Vec<usize>>,
}

impl Heads {
    /// What a card says of a file that holds these tensors: the shapes of those that belong to heads; `None` where there are none.
    pub fn of(tensors: &Tensors, alone: bool) -> Option<Self> {
        let heads = tensors.iter().filter(|(name, _)| name.starts_with(HEADS_PREFIX));
        let shapes: BTreeMap<_, _> = heads.map(|(name, tensor)| (name.clone(), tensor.shape.clone())).collect();
        (!shapes.is_empty()).then_some(Self { alone, shapes })
    }

    /// `weights-card` for a name or a shape that no head has.
    pub(super) fn check(&self) -> Result<()> {
        if self.shapes.is_empty() || self.shapes.len() > MAX_TENSORS {
            return Err(out_of_range("number of tensors in heads.shapes", self.shapes.len(), "1 to 64"));
        }
        for (name, shape) in &self.shapes {
            let inner = name.strip_prefix(HEADS_PREFIX).unwrap_or_default();
            if inner.is_empty() || name.chars().count() > MAX_NAME {
                return Err(out_of_range("name in heads.shapes", shorten(name), "heads. and at most 194 more characters"));
            }
            let len = shape.iter().try_fold(1usize, |product, &axis| product.checked_mul(axis));
            if !(1..=4).contains(&shape.len()) || !len.is_some_and(|len| (1..=MAX_LEN).contains(&len)) {
                let shown = shape.get(..8).unwrap_or(shape);
                return Err(out_of_range("shape in heads.shapes", format!("{shown:?}"), "one to four axes and at most 2^24 numbers"));
            }
        }
        Ok(())
    }

    /// The tensors, a BatchNorm's running statistics told by their names.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = Parameter> {
        self.shapes.iter().map(|(name, shape)| {
            let role = match name.rsplit('.').next() {
                Some("running_mean") => Role::RunningMean,
                Some("running_var") => Role::RunningVar,
                _ => Role::Trained,
            };
            Parameter { name: name.clone(), shape: shape.clone(), role }
        })
    }
}
