//! A stage forward: z = convolution of the activated input, and the moments of z, rows at a time while they are in the cache.

use super::parallel::{groups, map, run};
use super::slices::{cut, cut_mut, head_mut};
use super::stage::{ConvKind, Geometry, Moments, Norm, Stage};
use super::workspace::{Buffer, Workspace};
use crate::kernels::{self, Activation, BLayout, ConvShape, Depthwise, DepthwiseRow, Gemm, Isa};

/// Floats that the rows in work may take together (192 KiB, part of a second-level cache).
const CHUNK: usize = 48 * 1024;
/// Fewer rows than this make a GEMM's tail dominate.
const MIN_ROWS: usize = 64;

/// Rows to work on at once when a row takes `floats` numbers.
pub(super) fn chunk_rows(floats: usize) -> usize {
    CHUNK.checked_div(floats).unwrap_or(CHUNK).max(MIN_ROWS)
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
    /// The same map over `data`.
    fn over(self, data: &'a [f32]) -> Self {
        Self { data, ..self }
    }

    /// One part for each of `groups`, of `per_image` numbers an image.
    pub fn cut(self, groups: &[usize], per_image: usize) -> Vec<Self> {
        cut(self.data, groups, per_image).into_iter().map(|data| self.over(data)).collect()
    }

    /// Parts of `len` numbers, the last perhaps shorter.
    pub fn chunks(self, len: usize) -> impl Iterator<Item = Self> {
        self.data.chunks(len.max(1)).map(move |data| self.over(data))
    }

    /// The activated values, in `scratch` unless they lie there already.
    pub fn values<'b>(&self, isa: Isa, scratch: &'b mut [f32]) -> &'b [f32]
    where
        'a: 'b,
    {
        match self.norm {
            None => self.data,
            Some(norm) => {
                let out = head_mut(scratch, self.data.len());
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
    let Geometry { row, per_in, per_out, .. } = *geometry;
    let groups = groups(geometry.images);
    let weights = prepare_weights(context, stage, weights);
    let tasks = source.cut(&groups, per_in).into_iter().zip(cut_mut(z, &groups, per_out)).collect();
    let parts = map(tasks, |(source, z)| {
        let mut sink = Sink::new(context.isa, stage.out_channels, measure);
        match stage.kind {
            ConvKind::Pointwise => pointwise(context, stage, source, &weights, z, &mut sink),
            ConvKind::Depthwise { stride } => {
                let shape = Depthwise { width: geometry.width, channels: stage.in_channels, stride };
                let mut rows = Rows::new(context, row);
                for (source, z) in source.chunks(per_in).zip(z.chunks_exact_mut(per_out.max(1))) {
                    depthwise(shape, rows.of(source), &weights, z, &mut sink);
                }
            }
            ConvKind::Dense { kernel, stride, padding } => {
                let (height, width, channels) = (geometry.height, geometry.width, stage.in_channels);
                let shape = ConvShape { height, width, channels, kernel, stride, padding };
                for (source, z) in source.chunks(per_in).zip(z.chunks_exact_mut(per_out.max(1))) {
                    dense(context, (shape, stage.out_channels), source, &weights, z, &mut sink);
                }
            }
        }
        sink.moments
    });
    Moments::total(stage.out_channels, &parts)
}

/// The moments of `x`, rows of `channels` numbers of so many images.
pub(super) fn moments(isa: Isa, images: usize, x: &[f32], channels: usize) -> Moments {
    let per_image = x.len().checked_div(images).unwrap_or(0);
    let parts = map(cut(x, &groups(images), per_image), |x| {
        let mut sink = Sink::new(isa, channels, true);
        x.chunks(chunk_rows(channels).saturating_mul(channels.max(1))).for_each(|rows| sink.add(rows));
        sink.moments
    });
    Moments::total(channels, &parts)
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
            self.moments.add(z.len().checked_div(self.mean.len()).unwrap_or(0), &self.mean, &self.m2);
        }
    }
}

/// The weights as the forward kernels want them: packed panels (GEMM) or nine rows (depthwise).
fn prepare_weights(context: Context<'_>, stage: &Stage, weights: &[f32]) -> Buffer {
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

/// The weights, a row an output channel, as the panels of a product's right side. A panel is a task, some to each thread: reading them by
/// columns is slow.
fn pack_transposed(Context { isa, workspace }: Context<'_>, weights: &[f32], stage: &Stage) -> Buffer {
    let (n, k) = (stage.out_channels, weights.len().checked_div(stage.out_channels).unwrap_or(0));
    let mut packed = workspace.take(kernels::packed_b_len(isa, k, n));
    let width = kernels::packed_b_len(isa, 1, 1);
    let groups = groups(n.div_ceil(width));
    let tasks = cut(weights, &groups, width.saturating_mul(k)).into_iter().zip(cut_mut(&mut packed, &groups, width.saturating_mul(k))).collect();
    run(tasks, |(weights, packed)| kernels::pack_b(isa, weights, BLayout::Transposed, k, weights.len().checked_div(k).unwrap_or(0), packed));
    packed
}

fn pointwise(Context { isa, workspace }: Context<'_>, stage: &Stage, source: Source<'_>, weights: &[f32], z: &mut [f32], sink: &mut Sink) {
    let (k, n) = (stage.in_channels, stage.out_channels);
    let rows = chunk_rows(k.saturating_add(n));
    let mut values = workspace.take(rows.saturating_mul(k));
    let mut scratch = workspace.take(kernels::gemm_scratch_len(k));
    for (source, z) in source.chunks(rows.saturating_mul(k)).zip(z.chunks_mut(rows.saturating_mul(n))) {
        let m = z.len().checked_div(n).unwrap_or(0);
        kernels::gemm(isa, &Gemm::rows(source.values(isa, &mut values), weights, (m, n, k)), z, &mut scratch);
        sink.add(z);
    }
}

fn depthwise(shape: Depthwise, rows: &mut Rows<'_>, weights: &[f32], z: &mut [f32], sink: &mut Sink) {
    let bias = vec![0.0; shape.channels];
    let out_row = shape.out_width().saturating_mul(shape.channels).max(1);
    // Moments over several rows at once: a row of a small map is too short to be worth a pass.
    let band = MIN_ROWS.div_ceil(shape.out_width().max(1));
    for z in z.chunks_mut(out_row.saturating_mul(band)) {
        for z in z.chunks_exact_mut(out_row) {
            let rows = rows.next(shape.stride);
            kernels::depthwise_row(sink.isa, &DepthwiseRow { shape, rows, weights, bias: &bias, activation: Activation::NONE }, z);
        }
        sink.add(z);
    }
}

/// Three activated rows of one image that moves past; each row is computed once.
pub(super) struct Rows<'a> {
    isa: Isa,
    row: usize,
    image: std::slice::ChunksExact<'a, f32>,
    norm: Option<&'a Norm>,
    /// Above, at and below; zeros outside the image.
    three: [Buffer; 3],
    /// Whether the first row lies below the three still.
    before: bool,
}

impl<'a> Rows<'a> {
    /// Of no image yet, of rows of `row` numbers.
    pub fn new(Context { isa, workspace }: Context<'_>, row: usize) -> Self {
        let three = std::array::from_fn(|_| workspace.take(row));
        Self { isa, row, image: [].chunks_exact(1), norm: None, three, before: true }
    }

    /// Before the first row of `image`.
    pub fn of(&mut self, image: Source<'a>) -> &mut Self {
        self.image = image.data.chunks_exact(self.row.max(1));
        self.norm = image.norm;
        self.before = true;
        let [_, _, below] = &mut self.three;
        below.fill(0.0);
        self
    }

    /// The rows around row 0 at first, around that `stride` rows further on from then on.
    pub fn next(&mut self, stride: usize) -> [&[f32]; 3] {
        let steps = if std::mem::take(&mut self.before) { 2 } else { stride };
        for _ in 0..steps {
            self.three.rotate_left(1);
            let [_, _, below] = &mut self.three;
            match self.image.next() {
                Some(data) => Source { data, norm: self.norm }.copy_to(self.isa, below),
                None => below.fill(0.0),
            }
        }
        self.three.each_ref().map(|row| &row[..])
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
    let rows = chunk_rows(k.saturating_add(n));
    let mut image = workspace.take(source.data.len());
    let image = source.values(isa, &mut image);
    let mut columns = workspace.take(rows.saturating_mul(k));
    let mut scratch = workspace.take(kernels::gemm_scratch_len(k));
    for (chunk, z) in z.chunks_mut(rows.saturating_mul(n)).enumerate() {
        let m = z.len().checked_div(n).unwrap_or(0);
        let columns = head_mut(&mut columns, m.saturating_mul(k));
        kernels::im2col(shape, image, chunk.saturating_mul(rows), columns);
        kernels::gemm(isa, &Gemm::rows(columns, weights, (m, n, k)), z, &mut scratch);
        sink.add(z);
    }
}
