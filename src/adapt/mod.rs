//! A classifier that learns from a few photographs of one's own: fine-tuned, or distilled from a teacher, one step a call.
//!
//! [`Learner`] holds the shipped weights, the present ones, the [`Examples`] and the run under way. A [`Plan`] says what a run learns and how;
//! two runs of one plan are one run that paused. Everything here is a function of weights, examples and plan: no clock, no disk, no chance that a
//! seed does not fix, so a run that was interrupted and one that was not give the same bits.
//!
//! **Class mix.** A handful of examples has a mix of its own, which says nothing about anybody else's photographs. The loss therefore weighs
//! every class alike, on a network whose bias was moved to equal shares ([`move_prior`](crate::learner::move_prior)), and is moved back to the
//! card's mix afterwards: probabilities keep the meaning that the card gives them.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod evaluation;
mod examples;
mod features;
mod file;
mod kept;
mod learner;
mod opinions;
mod plan;
mod report;
mod run;
mod teacher;

pub use evaluation::{Comparison, Evaluation, Judgement};
pub use examples::{Example, Examples, MAX_EXAMPLES, Use};
pub use features::{Cached, MAX_FEATURE_BYTES};
pub use kept::{Kept, Slot};
pub use learner::Learner;
pub use opinions::Opinions;
pub use plan::{NormChoice, Plan, Scope};
pub use report::{Ms, Report, Term, Validation};
pub use teacher::{Answer, MAX_ANSWER_BYTES, Taught, Teacher};
