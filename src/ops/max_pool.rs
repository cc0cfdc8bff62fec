//! Max pooling as a Candle custom op: Candle's own has no backward where windows overlap.

use super::parallel::{groups, run};
use super::slices::{cut, cut_mut};
use super::{cpu, numbers};
use crate::kernels::{self, ConvShape, Isa, Pooled};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

/// The largest value of each window and channel of an N × H × W × C tensor (f32, on the CPU).
///
/// What lies outside the image never is the largest. The gradient goes to the first of several largest values, row by row, as in PyTorch.
/// NaN spreads, and its gradient goes nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool {
    /// Side of the window.
    pub kernel: usize,
    /// Step in both directions, at least 1.
    pub stride: usize,
    /// Rows and columns added on every side, at most half of `kernel`.
    pub padding: usize,
}

impl MaxPool {
    /// The pooled tensor, N × H′ × W′ × C with H′ = ⌊(H + 2 · padding − kernel) / stride⌋ + 1.
    ///
    /// # Errors
    /// A tensor without four axes, without numbers or smaller than a window; a stride of 0; more padding than half a window.
    pub fn apply(&self, input: &Tensor) -> Result<Tensor> {
        input.contiguous()?.apply_op1(Op { pool: *self, isa: Isa::detect() })
    }

    /// The windows over one image; where an output would have no number, an error.
    fn windows(&self, (height, width, channels): (usize, usize, usize)) -> Result<ConvShape> {
        let Self { kernel, stride, padding } = *self;
        let shape = ConvShape { height, width, channels, kernel, stride, padding };
        let room = |side: usize| side.saturating_add(padding).saturating_add(padding) >= kernel;
        if kernel == 0 || stride == 0 || padding > kernel / 2 || channels == 0 || !room(height) || !room(width) {
            bail!("max pool: {self:?} does not fit {height} × {width} × {channels}");
        }
        Ok(shape)
    }
}

struct Op {
    pool: MaxPool,
    isa: Isa,
}

impl CustomOp1 for Op {
    fn name(&self) -> &'static str {
        "max-pool"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (images, height, width, channels) = layout.shape().dims4()?;
        let windows = self.pool.windows((height, width, channels))?;
        let x = numbers(storage, layout)?;
        let (out_height, out_width) = (windows.out_height(), windows.out_width());
        let per_out = out_height.saturating_mul(out_width).saturating_mul(channels);
        let groups = groups(images);
        let (per_in, mut y) = (x.len().checked_div(images).unwrap_or(0), vec![0.0; images.saturating_mul(per_out)]);
        run(cut(x, &groups, per_in).into_iter().zip(cut_mut(&mut y, &groups, per_out)).collect(), |(x, y)| {
            let images = x.chunks_exact(per_in.max(1)).zip(y.chunks_exact_mut(per_out.max(1)));
            images.for_each(|(x, y)| kernels::max_pool(self.isa, windows, x, y));
        });
        Ok((CpuStorage::F32(y), (images, out_height, out_width, channels).into()))
    }

    fn bwd(&self, input: &Tensor, output: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let (images, height, width, channels) = input.dims4()?;
        let windows = self.pool.windows((height, width, channels))?;
        let gradient = gradient.contiguous()?;
        let [(x, x_layout), (y, y_layout), (g, g_layout)] = [input, output, &gradient].map(Tensor::storage_and_layout);
        let (x, y, g) = (numbers(cpu(&x)?, x_layout)?, numbers(cpu(&y)?, y_layout)?, numbers(cpu(&g)?, g_layout)?);
        let per_image = |len: usize| len.checked_div(images).unwrap_or(0);
        let (per_in, per_out) = (per_image(x.len()), per_image(y.len()));
        let mut dx = vec![0.0; x.len()];
        let groups = groups(images);
        let outputs = cut(y, &groups, per_out).into_iter().zip(cut(g, &groups, per_out));
        let tasks = cut(x, &groups, per_in).into_iter().zip(outputs).zip(cut_mut(&mut dx, &groups, per_in)).collect();
        run(tasks, |((x, (y, g)), dx)| {
            let mut rest = vec![0.0; channels];
            let outputs = y.chunks_exact(per_out.max(1)).zip(g.chunks_exact(per_out.max(1)));
            for ((image, (out, g)), dx) in x.chunks_exact(per_in.max(1)).zip(outputs).zip(dx.chunks_exact_mut(per_in.max(1))) {
                kernels::max_pool_gradient(self.isa, &Pooled { shape: windows, image, out }, g, &mut rest, dx);
            }
        });
        Ok(Some(Tensor::from_vec(dx, input.shape(), input.device())?))
    }
}
