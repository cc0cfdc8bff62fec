//! Runs the steps of a plan: one kernel call each, on buffers that were made once.

use super::fold::Affine;
use super::plan::Plan;
use super::step::{Kept, Place, Product, Step, Work};
use crate::kernels::{self, Activation, ConvShape, Depthwise, DepthwiseRow, Epilogue, Gemm, Isa};

/// Floats that the windows laid out at once may take (192 KiB, part of a second-level cache).
const WINDOWS: usize = 48 * 1024;
/// Output pixels whose windows are laid out at once: with fewer a matrix product's tail dominates, with more nothing is gained.
const PIXELS: (usize, usize) = (64, 512);

/// How many output pixels' windows of `window` floats are laid out at once.
fn pixels_at_once(window: usize) -> usize {
    WINDOWS.checked_div(window).unwrap_or(0).clamp(PIXELS.0, PIXELS.1)
}

/// The buffers of one engine.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    slots: Vec<Vec<f32>>,
    /// The windows of some output pixels of a general convolution.
    windows: Vec<f32>,
    /// What the matrix product needs for itself.
    scratch: Vec<f32>,
    /// A row above or below the image.
    zeros: Vec<f32>,
}

impl Memory {
    pub fn new(plan: &Plan) -> Self {
        let largest = |length: fn(&Work) -> usize| plan.steps.iter().map(|step| length(&step.work)).max().unwrap_or(0);
        let windows = largest(|work| if let Work::Dense { product, .. } = work { product.k.saturating_mul(pixels_at_once(product.k)) } else { 0 });
        let scratch = largest(|work| match work {
            Work::Product(product) | Work::Dense { product, .. } => kernels::gemm_scratch_len(product.k),
            _ => 0,
        });
        let zeros = largest(|work| if let Work::Depthwise { row, .. } = work { row.width.saturating_mul(row.channels) } else { 0 });
        let slots = plan.slots.iter().map(|&len| vec![0.0; len]).collect();
        Self { slots, windows: vec![0.0; windows], scratch: vec![0.0; scratch], zeros: vec![0.0; zeros] }
    }

    /// A result that is still there after the forward pass.
    pub fn kept(&self, kept: Kept) -> &[f32] {
        read(&self.slots, &[], Place::Buffer { slot: kept.slot, len: kept.len })
    }
}

/// Runs one step and returns its result. Reads and writes never share a buffer, which the plan has seen to.
pub(super) fn run<'a>(plan: &Plan, step: &Step, input: &[f32], memory: &'a mut Memory) -> &'a [f32] {
    let len = step.shape.len();
    // The buffer is moved out while the others are read: no copy, no allocation.
    let mut buffer = memory.slots.get_mut(step.output).map(std::mem::take).unwrap_or_default();
    compute(plan.isa, step, input, memory, buffer.get_mut(..len).unwrap_or_default());
    memory.slots.get_mut(step.output).into_iter().for_each(|slot| std::mem::swap(slot, &mut buffer));
    read(&memory.slots, &[], Place::Buffer { slot: step.output, len })
}

fn compute(isa: Isa, step: &Step, input: &[f32], memory: &mut Memory, out: &mut [f32]) {
    let Memory { slots, windows, scratch, zeros } = memory;
    let residual = step.residual.map(|place| read(slots, input, place));
    let reads = Reads { x: read(slots, input, step.input), residual, activation: step.activation };
    match &step.work {
        Work::Product(product) => multiply(isa, product, &reads, out, scratch),
        Work::Dense { conv, product } => dense(isa, *conv, product, &reads, out, (windows, scratch)),
        Work::Depthwise { row, weights, bias } => depthwise(isa, *row, &reads, (weights, bias), out, zeros),
        Work::Affine(affine) => kernels::affine_clamp(isa, reads.x, &affine.scale, &affine.shift, step.activation, out),
        Work::MaxPool(windows) => kernels::max_pool(isa, *windows, reads.x, out),
        Work::Add => {
            let y = residual.unwrap_or_default();
            out.iter_mut().zip(reads.x.iter().zip(y)).for_each(|(out, (x, y))| *out = step.activation.apply(x + y));
        }
        Work::Pool => kernels::global_avg_pool(isa, reads.x, out),
    }
}

/// What a step reads, and what follows its sums.
struct Reads<'a> {
    x: &'a [f32],
    residual: Option<&'a [f32]>,
    activation: Activation,
}

/// The rows of `x` times the packed weights, one for each row of `out`.
fn multiply(isa: Isa, product: &Product, reads: &Reads<'_>, out: &mut [f32], scratch: &mut [f32]) {
    let Product { k, n, ref packed, ref bias } = *product;
    let m = out.len().checked_div(n).unwrap_or(0);
    let epilogue = Epilogue { accumulate: false, bias: Some(bias), residual: reads.residual, activation: reads.activation };
    kernels::gemm(isa, &Gemm { epilogue, ..Gemm::rows(reads.x, packed, (m, n, k)) }, out, scratch);
}

/// A general convolution, [`pixels_at_once`].
fn dense(isa: Isa, conv: ConvShape, product: &Product, reads: &Reads<'_>, out: &mut [f32], (windows, scratch): (&mut [f32], &mut [f32])) {
    let at_once = pixels_at_once(product.k);
    let chunk = product.n.saturating_mul(at_once).max(1);
    for (index, out) in out.chunks_mut(chunk).enumerate() {
        let first = index.saturating_mul(at_once);
        let pixels = out.len().checked_div(product.n).unwrap_or(0);
        let windows = windows.get_mut(..pixels.saturating_mul(product.k)).unwrap_or_default();
        kernels::im2col(conv, reads.x, first, windows);
        let start = index.saturating_mul(chunk);
        let residual = reads.residual.map(|residual| residual.get(start..start.saturating_add(out.len())).unwrap_or_default());
        multiply(isa, product, &Reads { x: windows, residual, activation: reads.activation }, out, scratch);
    }
}

fn depthwise(isa: Isa, shape: Depthwise, reads: &Reads<'_>, (weights, bias): (&[f32], &[f32]), out: &mut [f32], zeros: &[f32]) {
    let len = shape.width.saturating_mul(shape.channels);
    let outside = zeros.get(..len).unwrap_or_default();
    let input_row = |y: Option<usize>| {
        let start = y.map(|y| y.saturating_mul(len));
        start.and_then(|start| reads.x.get(start..start.saturating_add(len))).unwrap_or(outside)
    };
    let out_len = shape.out_width().saturating_mul(shape.channels).max(1);
    for (y, out) in out.chunks_exact_mut(out_len).enumerate() {
        let centre = y.saturating_mul(shape.stride);
        let rows = [input_row(centre.checked_sub(1)), input_row(Some(centre)), input_row(centre.checked_add(1))];
        kernels::depthwise_row(isa, &DepthwiseRow { shape, rows, weights, bias, activation: reads.activation }, out);
    }
}

/// See [`warm_up`](super::warm_up).
pub(super) fn warm(isa: Isa) {
    const PIXELS: usize = 14;
    const CHANNELS: usize = 96;
    const PACKINGS: usize = 24;
    /// Pixels of a product.
    const FEW: usize = 12;
    let len = PIXELS * PIXELS * CHANNELS;
    let (x, mut out) = (vec![0.0; len], vec![0.0; len]);
    let reads = Reads { x: &x, residual: Some(&x), activation: Activation::NONE };
    let mut scratch = vec![0.0; kernels::gemm_scratch_len(CHANNELS)];
    // The first call would do for the product; packing is quicker and takes more of them.
    for _ in 0..PACKINGS {
        let weights = Affine::identity(CHANNELS).fold(&[0.0; CHANNELS * CHANNELS]);
        let product = Product::new(isa, CHANNELS, CHANNELS, &weights, vec![0.0; CHANNELS]);
        multiply(isa, &product, &reads, out.get_mut(..FEW * CHANNELS).unwrap_or_default(), &mut scratch);
    }
    let (weights, bias, zeros) = ([0.0; 9 * CHANNELS], [0.0; CHANNELS], [0.0; PIXELS * CHANNELS]);
    for stride in [1, 2] {
        let shape = Depthwise { width: PIXELS, channels: CHANNELS, stride };
        let rows = if stride == 1 { len } else { len / 4 };
        depthwise(isa, shape, &reads, (&weights, &bias), out.get_mut(..rows).unwrap_or_default(), &zeros);
    }
}

fn read<'a>(slots: &'a [Vec<f32>], input: &'a [f32], place: Place) -> &'a [f32] {
    match place {
        Place::Input => input,
        Place::Buffer { slot, len } => slots.get(slot).and_then(|slot| slot.get(..len)).unwrap_or_default(),
    }
}
