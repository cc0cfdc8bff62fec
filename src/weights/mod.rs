//! Weight files: safetensors in and out, bytes to bytes, with every invariant checked; the file system is somebody else's.
//!
//! A file of ours is a safetensors file whose `__metadata__` holds one entry, `card`: the [`Card`] as JSON. [`WeightFile::read`]
//! accepts a file when, in this order,
//! 1. it has at most [`MAX_FILE_BYTES`] bytes, and its header at most [`MAX_HEADER_BYTES`] (`weights-too-large`);
//! 2. it is well-formed safetensors: complete, no overlap, no hole (`weights-format`);
//! 3. the card is there, complete, and agrees with this crate: architecture, class order, numbers in range (`weights-card`);
//! 4. every tensor in it belongs to the network, to the [`Heads`] that the card states or, where it limits the distance to the training, to
//!    [`Familiarity`] (`weights-extra`), is f16 or f32, or int8 with a scale an output channel for a convolution (`weights-type`), has the network's shape
//!    (`weights-shape`), only finite values (`weights-not-finite`) and, for a running variance, none below zero (`weights-variance`);
//! 5. no tensor of these is absent (`weights-missing`).
//!
//! What is there is judged before what is not, so a small file can show each fault. [`import_start`] reads the files of others, which
//! have no card; they only ever start a training.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod card;
mod check;
mod container;
mod familiarity;
mod file;
mod hash;
mod heads;
mod import;
#[cfg(feature = "resnet")]
mod int8;
mod naming;
mod tensor;
mod thresholds;

pub use card::{Card, IMAGENET_MEAN, IMAGENET_STD};
#[cfg(feature = "learn")]
pub(crate) use check::find as find_tensor;
pub(crate) use check::tensor as checked_tensor;
pub use container::{MAX_FILE_BYTES, MAX_HEADER_BYTES};
pub use familiarity::Familiarity;
pub use file::{Precision, WeightFile};
pub use hash::{check_sha256, sha256_hex};
pub use heads::{HEADS_PREFIX, Heads};
#[cfg(feature = "cli")]
pub(crate) use import::has_card;
pub use import::import_start;
pub use tensor::{Tensor, Tensors};
pub use thresholds::{Abstain, FamiliarityLimit, PredictionSet, QualityLimits};
