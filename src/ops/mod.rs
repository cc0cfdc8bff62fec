//! The kernels as Candle custom ops with their own backward. Nothing here knows a network.
//!
//! The op that matters is the [`Chain`]: convolutions, each followed by BatchNorm and perhaps a ReLU6, read by nobody in between, and
//! perhaps the sum with the chain's own input. An inverted residual is one chain. Between the stages only the convolutions'
//! outputs z are kept; normalised and activated values are recomputed where they are read, a few rows at a time while they
//! are in the cache. So a training step touches each activation six times instead of some sixteen, and keeps one copy of it.

mod backward;
mod chain;
mod forward;
mod max_pool;
mod parallel;
mod stage;
mod workspace;

pub use chain::{Chain, ChainOutput, Statistics};
pub use max_pool::MaxPool;
pub use stage::{BatchStatistics, ConvKind, Stage};
pub use workspace::{Buffer, Workspace};
