//! The kernels as Candle custom ops with their own backward. Nothing here knows a network.
//!
//! The op that matters is the [`Chain`]: convolutions, each with its BatchNorm and activation, read by nobody in between, with the norm
//! before them and the sum behind them that a residual block has. An inverted residual is one chain, and so is a ResNet block of either
//! kind. Between the stages only the convolutions' outputs z are kept; normalised and activated values are recomputed where they are
//! read, a few rows at a time while they are in the cache. So a training step touches each activation six times instead of some sixteen,
//! and keeps one copy of it.

mod backward;
mod chain;
mod forward;
mod max_pool;
mod parallel;
mod stage;
mod weights;
mod workspace;

pub use chain::{Chain, ChainOutput, Shortcut, Statistics};
pub use max_pool::MaxPool;
pub use stage::{BatchStatistics, ConvKind, Entry, Stage};
pub use workspace::{Buffer, Workspace};

use candle_core::{CpuStorage, DType, Layout, Result, Tensor, bail};

/// Whether every number of an f32 or f64 tensor on the CPU is finite.
pub(crate) fn is_finite(tensor: &Tensor) -> Result<bool> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match (cpu(&storage)?, layout.contiguous_offsets()) {
        (CpuStorage::F64(all), Some((start, end))) => Ok(all[start..end].iter().all(|x| x.is_finite())),
        (storage, _) => Ok(numbers(storage, layout)?.iter().all(|x| x.is_finite())),
    }
}

/// The f32 numbers of a contiguous CPU tensor.
fn numbers<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let CpuStorage::F32(all) = storage else { bail!("f32 wanted, {:?} given", storage_type(storage)) };
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&all[start..end]),
        None => bail!("a contiguous tensor is wanted"),
    }
}

fn storage_type(storage: &CpuStorage) -> DType {
    use candle_core::backend::BackendStorage;
    storage.dtype()
}

/// The CPU's part of a storage.
fn cpu(storage: &candle_core::Storage) -> Result<&CpuStorage> {
    match storage {
        candle_core::Storage::Cpu(storage) => Ok(storage),
        _ => bail!("the op runs on the CPU"),
    }
}
