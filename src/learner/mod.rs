//! The training executor: a network description becomes a trainable Candle model; losses, optimiser and schedule around it.
//!
//! Nothing here reads files or prints. A training loop is a sequence of [`Trainer::step`] calls; whoever calls them owns the
//! data, the clock and the disk.

mod compile;
mod init;
mod loss;
mod model;
mod schedule;
mod sgd;
mod state;
mod trainer;

pub use init::initialise;
pub use loss::{cross_entropy, soft_cross_entropy};
pub use model::{Mode, Model, Output};
pub use schedule::Schedule;
pub use sgd::{Sgd, SgdConfig};
pub use state::TrainerState;
pub use trainer::{StepReport, Teacher, Trainer, TrainerConfig};
