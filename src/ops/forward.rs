//! A stage forward: z = convolution of the activated input, and the moments of z, rows at a time while they are in the cache.

use super::parallel::{groups, run, split};
use super::stage::{ConvKind, Geometry, Moments, Norm, Stage};
use super::workspace::Workspace;
use crate::kernels::{self, Activation, BLayout, ConvShape, Depthwise, DepthwiseRow, Gemm, Isa};
use std::sync::Mutex;

/// Floats that the rows in work may take together (192 KiB, part of a second-level cache).
const CHUNK: usize = 48 * 1024;
/// Fewer rows than this make a GEMM's tail dominate.
const MIN_ROWS: usize = 64;

/// Rows to work on at once when a row takes `floats` numbers.
pub(super) fn chunk_rows(floats: usize) -> usize {
    (CHUNK / floats.max(1)).max(MIN_ROWS)
}

/// What every piece of work needs: the instructions to use and where buffers come from.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub isa: Isa,
    pub workspace: &'a Workspace,
}

/// What a stage reads: numbers, and the map that is still to be applied to them.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub data: &'a [f32],
    pub norm: Option<&'a Norm>,
}

impl<'a> Source<'a> {
    /// The numbers from `start` on, `len` of them.
    pub fn part(&self, start: usize, len: usize) -> Source<'a> {
        Source { data: &self.data[start..start + len], norm: self.norm }
    }

    /// The activated values, in `scratch` unless they lie there already.
    pub fn values<'b>(&self, isa: Isa, scratch: &'b mut [f32]) -> &'b [f32]
    where
        'a: 'b,
    {
        match self.norm {
            None => self.data,
            Some(norm) => {
                let out = &mut scratch[..self.data.len()];
                self.values_into(isa, out, norm);
                out
            }
        }
    }

    /// The activated values, copied to `out`.
    pub fn copy_to(&self, isa: Isa, out: &mut [f32]) {
        match self.norm {
            None => out.copy_from_slice(self.data),
            Some(norm) => self.values_into(isa, out, norm),
        }
    }

    fn values_into(&self, isa: Isa, out: &mut [f32], norm: &Norm) {
        kernels::affine_clamp(isa, self.data, &norm.scale, &norm.shift, norm.activation, out);
    }
}

/// A stage on a batch: what it is, its sizes there and its weights.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    pub stage: &'a Stage,
    pub geometry: &'a Geometry,
    pub weights: &'a [f32],
}

/// z of a stage, written to `z`; its moments when `measure`.
pub(super) fn stage_forward(context: Context<'_>, layer: Layer<'_>, source: Source<'_>, z: &mut [f32], measure: bool) -> Moments {
    let Layer { stage, geometry, weights } = layer;
    let groups = groups(geometry.images);
    let (per_in, per_out) = (geometry.pixels() * stage.in_channels, geometry.out_pixels() * stage.out_channels);
    let weights = prepare_weights(context, stage, weights);
    let parts = split(z, &groups, per_out);
    let results = Mutex::new(vec![Moments::new(stage.out_channels); groups.len()]);
    let tasks: Vec<_> = groups.iter().zip(parts).enumerate().collect();
    run(tasks, |(index, (group, z))| {
        let source = source.part(group.start * per_in, group.len() * per_in);
        let mut sink = Sink::new(context.isa, stage.out_channels, measure);
        match stage.kind {
            ConvKind::Pointwise => pointwise(context, stage, source, &weights, z, &mut sink),
            ConvKind::Depthwise { stride } => {
                let shape = Depthwise { width: geometry.width, channels: stage.in_channels, stride };
                for (image, z) in z.chunks_exact_mut(per_out.max(1)).enumerate() {
                    let row = shape.width * shape.channels;
                    let rows = RowRing::new(context, source.part(image * per_in, per_in), geometry.height, row);
                    depthwise(context.isa, shape, rows, &weights, z, &mut sink);
                }
            }
            ConvKind::Dense { kernel, stride, padding } => {
                let (height, width, channels) = (geometry.height, geometry.width, stage.in_channels);
                let shape = ConvShape { height, width, channels, kernel, stride, padding };
                for (image, z) in z.chunks_exact_mut(per_out.max(1)).enumerate() {
                    dense(context, (shape, stage.out_channels), source.part(image * per_in, per_in), &weights, z, &mut sink);
                }
            }
        }
        if let Some(slot) = results.lock().unwrap_or_else(|e| e.into_inner()).get_mut(index) {
            *slot = sink.moments;
        }
    });
    let mut moments = Moments::new(stage.out_channels);
    results.into_inner().unwrap_or_else(|e| e.into_inner()).iter().for_each(|part| moments.add_all(part));
    moments
}

/// The moments of `x`, rows of `channels` numbers.
pub(super) fn moments(isa: Isa, images: usize, x: &[f32], channels: usize) -> Moments {
    let groups = groups(images);
    let per_image = x.len() / images.max(1);
    let results = Mutex::new(vec![Moments::new(channels); groups.len()]);
    run(groups.iter().enumerate().collect(), |(index, group)| {
        let mut sink = Sink::new(isa, channels, true);
        x[group.start * per_image..group.end * per_image].chunks(chunk_rows(channels) * channels.max(1)).for_each(|rows| sink.add(rows));
        if let Some(slot) = results.lock().unwrap_or_else(|e| e.into_inner()).get_mut(index) {
            *slot = sink.moments;
        }
    });
    let mut moments = Moments::new(channels);
    results.into_inner().unwrap_or_else(|e| e.into_inner()).iter().for_each(|part| moments.add_all(part));
    moments
}

/// Collects the moments of rows that were just written.
struct Sink {
    isa: Isa,
    measure: bool,
    moments: Moments,
    mean: Vec<f32>,
    m2: Vec<f32>,
}

impl Sink {
    fn new(isa: Isa, channels: usize, measure: bool) -> Self {
        Self { isa, measure, moments: Moments::new(channels), mean: vec![0.0; channels], m2: vec![0.0; channels] }
    }

    fn add(&mut self, z: &[f32]) {
        if self.measure {
            kernels::moments(self.isa, z, &mut self.mean, &mut self.m2);
            self.moments.add(z.len() / self.mean.len().max(1), &self.mean, &self.m2);
        }
    }
}

/// The weights as the forward kernels want them: packed panels (GEMM) or nine rows (depthwise).
fn prepare_weights(context: Context<'_>, stage: &Stage, weights: &[f32]) -> super::Buffer {
    let workspace = context.workspace;
    match stage.kind {
        ConvKind::Depthwise { .. } => {
            let mut packed = workspace.take(weights.len());
            kernels::pack_depthwise(weights, &mut packed);
            packed
        }
        ConvKind::Pointwise => pack_transposed(context, weights, stage),
        ConvKind::Dense { kernel, .. } => {
            let mut windows = workspace.take(weights.len());
            kernels::to_windows(weights, stage.in_channels, kernel, &mut windows);
            pack_transposed(context, &windows, stage)
        }
    }
}

fn pack_transposed(Context { isa, workspace }: Context<'_>, weights: &[f32], stage: &Stage) -> super::Buffer {
    let k = weights.len() / stage.out_channels.max(1);
    let mut packed = workspace.take(kernels::packed_b_len(isa, k, stage.out_channels));
    kernels::pack_b(isa, weights, BLayout::Transposed, k, stage.out_channels, &mut packed);
    packed
}

fn pointwise(Context { isa, workspace }: Context<'_>, stage: &Stage, source: Source<'_>, weights: &[f32], z: &mut [f32], sink: &mut Sink) {
    let (k, n) = (stage.in_channels, stage.out_channels);
    let rows = chunk_rows(k + n);
    let mut values = workspace.take(rows * k);
    let mut scratch = workspace.take(kernels::gemm_scratch_len(k));
    for (chunk, z) in z.chunks_mut(rows * n).enumerate() {
        let m = z.len() / n;
        let a = source.part(chunk * rows * k, m * k).values(isa, &mut values);
        kernels::gemm(isa, &Gemm::rows(a, weights, (m, n, k)), z, &mut scratch);
        sink.add(z);
    }
}

fn depthwise(isa: Isa, shape: Depthwise, mut rows: RowRing<'_>, weights: &[f32], z: &mut [f32], sink: &mut Sink) {
    let bias = vec![0.0; shape.channels];
    let out_row = shape.out_width() * shape.channels;
    // Moments over several rows at once: a row of a small map is too short to be worth a pass.
    let band = MIN_ROWS.div_ceil(shape.out_width().max(1));
    for (first, z) in z.chunks_mut(out_row * band).enumerate().map(|(i, z)| (i * band, z)) {
        for (y, z) in z.chunks_exact_mut(out_row).enumerate() {
            let rows = rows.around((first + y) * shape.stride);
            kernels::depthwise_row(isa, &DepthwiseRow { shape, rows, weights, bias: &bias, activation: Activation::NONE }, z);
        }
        sink.add(z);
    }
}

/// The activated rows of one image, each computed once, the last three kept.
pub(super) struct RowRing<'a> {
    isa: Isa,
    source: Source<'a>,
    height: usize,
    row: usize,
    next: usize,
    ring: super::Buffer,
    zeros: super::Buffer,
}

impl<'a> RowRing<'a> {
    pub fn new(Context { isa, workspace }: Context<'_>, source: Source<'a>, height: usize, row: usize) -> Self {
        Self { isa, source, height, row, next: 0, ring: workspace.take(3 * row), zeros: workspace.zeros(row) }
    }

    /// Rows y − 1, y, y + 1, zeros outside the image. `y` never decreases by more than the ring remembers.
    pub fn around(&mut self, y: usize) -> [&[f32]; 3] {
        while self.next < self.height && self.next <= y + 1 {
            let out = &mut self.ring[self.next % 3 * self.row..][..self.row];
            self.source.part(self.next * self.row, self.row).copy_to(self.isa, out);
            self.next += 1;
        }
        [y.wrapping_sub(1), y, y + 1].map(|at| if at < self.height { &self.ring[at % 3 * self.row..][..self.row] } else { &self.zeros[..] })
    }
}

fn dense(
    Context { isa, workspace }: Context<'_>,
    (shape, n): (ConvShape, usize),
    source: Source<'_>,
    weights: &[f32],
    z: &mut [f32],
    sink: &mut Sink,
) {
    let k = shape.window();
    let rows = chunk_rows(k + n);
    let mut image = workspace.take(source.data.len());
    let image = source.values(isa, &mut image);
    let mut columns = workspace.take(rows * k);
    let mut scratch = workspace.take(kernels::gemm_scratch_len(k));
    for (chunk, z) in z.chunks_mut(rows * n).enumerate() {
        let m = z.len() / n;
        let columns = &mut columns[..m * k];
        kernels::im2col(shape, image, chunk * rows, columns);
        kernels::gemm(isa, &Gemm::rows(columns, weights, (m, n, k)), z, &mut scratch);
        sink.add(z);
    }
}
