//! What a student learns: losses of labels and of teachers, one file a term, and the objectives made of them.
//!
//! Nothing here knows how images arrive. A term is a public function of tensors; an [`Objective`](crate::learner::Objective) chooses terms, their
//! weights and the taps they read. A [`Teacher`] answers for a batch, from a table or by running.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod cross_entropy;
mod soft_cross_entropy;
mod supervised;
mod teacher;

pub use cross_entropy::cross_entropy;
pub use soft_cross_entropy::soft_cross_entropy;
pub use supervised::{Supervised, Taught};
pub use teacher::{CachedTeacher, LiveTeacher, Teacher};
