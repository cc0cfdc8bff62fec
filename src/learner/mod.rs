//! The training executor: a network description becomes a trainable Candle model; losses, optimiser and schedule around it.
//!
//! Nothing here reads files or prints. A training loop is a sequence of [`Trainer::step`] calls; whoever calls them owns the
//! data, the clock and the disk.
#![deny(clippy::indexing_slicing)]

mod batch;
mod compile;
mod init;
mod model;
mod objective;
mod parameters;
mod pass;
mod prior;
mod schedule;
mod sgd;
mod snapshot;
mod state;
mod trainer;

pub use batch::{Batch, turned, upright};
pub use init::initialise;
pub use model::Model;
pub use objective::{Objective, Term, TermReport, weighted_sum};
pub use parameters::Parameters;
pub use pass::{Norms, Output, Pass, Visit};
pub use prior::move_prior;
pub use schedule::Schedule;
pub use sgd::{Sgd, SgdConfig};
pub use snapshot::Snapshot;
pub use state::TrainerState;
pub use trainer::{StepReport, Trainer, TrainerConfig};
