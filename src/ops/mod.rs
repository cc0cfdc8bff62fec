//! The kernels as Candle custom ops with their own backward. Nothing here knows a network.
//!
//! The op that matters is the [`Chain`]: convolutions, each with its BatchNorm and activation, read by nobody in between, with the norm
//! before them and the sum behind them that a residual block has. An inverted residual is one chain, and so is a ResNet block of either
//! kind. Between the stages only the convolutions' outputs z are kept; normalised and activated values are recomputed where they are
//! read, a few rows at a time while they are in the cache. So a training step touches each activation six times instead of some sixteen,
//! and keeps one copy of it.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod backward;
mod chain;
mod forward;
mod max_pool;
mod parallel;
mod slices;
mod stage;
mod workspace;

pub use chain::{Chain, ChainOutput, ParamGradient, Shortcut, Statistics};
pub use max_pool::MaxPool;
pub use stage::{BatchStatistics, ConvKind, Entry, Stage};
pub use workspace::{Buffer, Workspace};

pub(crate) use parallel::map;

use candle_core::{CpuStorage, DType, Layout, Result, Tensor, bail};

/// Whether every number of an f32 or f64 tensor on the CPU is finite.
pub(crate) fn is_finite(tensor: &Tensor) -> Result<bool> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match (cpu(&storage)?, layout.contiguous_offsets()) {
        (CpuStorage::F64(all), Some((start, end))) => Ok(all.get(start..end).is_some_and(|part| part.iter().all(|x| x.is_finite()))),
        (storage, _) => Ok(numbers(storage, layout)?.iter().all(|x| x.is_finite())),
    }
}

/// The numbers of all tensors (f32, on the CPU), end to end.
pub(crate) fn pack(tensors: &[Tensor]) -> Result<Vec<f32>> {
    let tensors = tensors.iter().map(Tensor::contiguous).collect::<Result<Vec<_>>>()?;
    let mut packed = vec![0.0; tensors.iter().map(Tensor::elem_count).fold(0, usize::saturating_add)];
    let mut rest = &mut packed[..];
    let part = |tensor| {
        let whole = std::mem::take(&mut rest);
        let (part, after) = whole.split_at_mut(Tensor::elem_count(tensor).min(whole.len()));
        rest = after;
        (tensor, part)
    };
    let copied = map(tensors.iter().map(part).collect(), |(tensor, part): (&Tensor, &mut [f32])| {
        let (storage, layout) = tensor.storage_and_layout();
        part.copy_from_slice(numbers(cpu(&storage)?, layout)?);
        Ok(())
    });
    copied.into_iter().collect::<Result<()>>()?;
    Ok(packed)
}

/// The f32 numbers of a contiguous CPU tensor.
pub(crate) fn numbers<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let CpuStorage::F32(all) = storage else { bail!("f32 wanted, {:?} given", storage_type(storage)) };
    let range = layout.contiguous_offsets().and_then(|(start, end)| all.get(start..end));
    range.ok_or_else(|| candle_core::Error::Msg("a contiguous tensor is wanted".to_owned()))
}

/// [`numbers`] for writing.
pub(crate) fn numbers_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    let given = storage_type(storage);
    let CpuStorage::F32(all) = storage else { bail!("f32 wanted, {given:?} given") };
    let range = layout.contiguous_offsets().and_then(|(start, end)| all.get_mut(start..end));
    range.ok_or_else(|| candle_core::Error::Msg("a contiguous tensor is wanted".to_owned()))
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
