//! Data sets for training, native only: label tables and folders ([`Dataset`]), splits by lesion ([`Split`]), class balance ([`Sampler`],
//! [`ClassWeighting`]), augmentation ([`Augmentation`], [`Mix`]) and the threads that prepare batches ([`Loader`]).
//!
//! Everything random is drawn from a seed, an epoch and a position in the data set, never from a clock or a thread, so a run can be
//! repeated and resumed: the same batch has the same bits whatever the number of workers.
//!
//! ```no_run
//! # fn main() -> dermdistill::Result<()> {
//! use dermdistill::data::{Augmentation, Dataset, Filter, Loader, LoaderConfig, Sampler, Split};
//! use std::sync::Arc;
//! let full = Dataset::from_csv(&["images"], "labels.csv", &[Filter::parse("subset=HAM")?])?;
//! let copies = Dataset::from_csv(&["images_224"], "labels_224.csv", &[])?;
//! let dataset = Arc::new(Dataset::merge(vec![full, copies]));
//! let split = Split::from_file("split.csv", &dataset)?;
//! let sampler = Sampler::new(&dataset, split.train, 7)?.majority_share(0.5)?;
//! let config = LoaderConfig { side: 160, batch: 64, augmentation: Augmentation::standard(), epoch: 0, ..LoaderConfig::default() };
//! for batch in Loader::new(Arc::clone(&dataset), sampler.epoch(0), config)? {
//!     let batch = batch?; // batch.input: N × 160 × 160 × 3
//! }
//! # Ok(())
//! # }
//! ```
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod answer_file;
#[cfg(feature = "learn")]
mod answers;
mod augment;
mod balance;
mod cache;
mod csv;
mod dataset;
mod effects;
mod folder;
mod group;
mod labels;
mod loader;
mod mix;
mod names;
mod pose;
mod split;
mod teacher;
mod warp;

pub use answer_file::{AnswerFile, AnswersAbout};
#[cfg(feature = "learn")]
pub use answers::FiledAnswers;
pub use augment::{Augmentation, Colour, Damage, Geometry};
pub use balance::{ClassWeighting, Sampler};
pub use dataset::{Dataset, Sample};
#[cfg(feature = "cli")]
pub(crate) use folder::{read_at_most, read_photo};
#[cfg(feature = "cli")]
pub(crate) use group::one_of_each;
pub use labels::{Filter, LabelRow, Labels};
pub use loader::{Batch, Loader, LoaderConfig};
pub use mix::{Mix, Mixed};
pub use pose::POSES;
#[cfg(feature = "cli")]
pub(crate) use pose::pose;
pub use split::Split;
pub use teacher::TeacherOutputs;
pub use warp::{Affine, Pixels, warp};
#[cfg(feature = "cli")]
pub(crate) use {names::stem, split::sides};
