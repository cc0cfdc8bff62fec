//! What a student learns: losses of labels and of teachers, one file a term, and the objectives made of them.
//!
//! Nothing here knows how images arrive. A term is a public function of tensors; an [`Objective`](crate::learner::Objective) chooses terms, their
//! weights and the taps they read. A [`Teacher`] answers for a batch, from a table or by running.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod angle;
mod committee;
mod conv_reg;
mod cross_entropy;
mod distance;
mod distillation;
mod gram;
mod ladder;
mod matrices;
mod pairs;
mod pretext;
mod projection;
mod ranking;
mod relation;
mod similarity;
mod soft_cross_entropy;
mod softened;
mod supervised;
mod teacher;
mod terms;
mod transferred;

pub use angle::rkd_angle;
pub use committee::{LiveCommittee, Member};
pub use conv_reg::ConvReg;
pub use cross_entropy::cross_entropy;
pub use distance::rkd_distance;
pub use distillation::{Distillation, Mentor, StudentHeads};
pub use gram::gram;
pub use ladder::{Method, Recipe, Weights};
pub use matrices::{Matrices, Matrix, Pair};
pub use pretext::Pretext;
pub use projection::Projection;
pub use ranking::{error_levels, kept_rows};
pub use similarity::{matched, own_images, similarities, similarity_cross_entropy};
pub use soft_cross_entropy::soft_cross_entropy;
pub use softened::softened_kd;
pub use supervised::{Supervised, Taught};
pub use teacher::{CachedTeacher, LiveTeacher, Teacher};
pub use terms::{Answers, Terms, Truth, terms};
pub use transferred::{Transfer, Transferred, transferred_kd};
