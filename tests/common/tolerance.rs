//! Every tolerance of the tests, each with its reason. A number that is not here is exact.
#![allow(dead_code)] // each test binary uses its own part of the table

/// Our resize against Pillow's, from the same RGB: the arithmetic is the same, so nothing may differ. (1 / 255 is what the project promises.)
pub const RESIZE_BYTES: u8 = 0;

/// JPEG with full chroma, grey, RGB, CMYK and YCCK, against libjpeg: the inverse transforms round differently. Measured 3 / 255, mean 0.013.
pub const JPEG_PIXEL: u8 = 4;
/// Mean difference of the same, in 1 / 255.
pub const JPEG_MEAN: f64 = 0.03;
/// JPEG with halved chroma, against libjpeg: the smoothing of chroma rounds differently as well. Measured 4 / 255, mean 0.21;
/// the same 4 / 255 on 250 dermoscopic photographs.
pub const JPEG_SUBSAMPLED_PIXEL: u8 = 6;
/// Mean difference of the same, in 1 / 255.
pub const JPEG_SUBSAMPLED_MEAN: f64 = 0.3;

/// Metrics in f64 against scikit-learn, and against values worked out by hand: only the order of a few hundred additions differs.
pub const METRIC: f64 = 1e-9;
/// Probabilities in f64 against exact arithmetic on a handful of numbers: a few roundings.
pub const PROBABILITY: f64 = 1e-12;
/// A probability as a table has it, relative: seven digits.
pub const TABLE_DIGITS: f64 = 1e-6;
/// A number that went through f16, over the largest: half of its last bit.
pub const HALF: f64 = 5e-4;
/// A fitted temperature, relative: near its minimum the loss is flat, so about half of f64's digits can be told apart.
pub const TEMPERATURE: f64 = 1e-6;
/// A 95 % bootstrap interval of 200 independent photographs against the normal approximation: steps of 1/200 and 2000 draws.
pub const INTERVAL: f64 = 0.012;
/// A temperature fitted to 20,000 labels drawn at random: three standard errors of it.
pub const TEMPERATURE_DRAWN: f64 = 0.06;
/// The share of 30,000 drawn photographs that a prediction set covers: three standard errors and more.
pub const COVERAGE: f64 = 0.01;
/// How much narrower an interval must be for twice the evidence: 1/√2 is 0.71, with room for the draws.
pub const TWICE_THE_EVIDENCE: f64 = 0.85;

/// Logits and `avg_pool` against PyTorch in f64, times max(1, largest reference): the project's promise. Measured 1.2e-6.
pub const GOLDEN_LOGITS: f64 = 1e-4;
/// The output of any block against PyTorch in f64, over its largest magnitude: the project's promise. Measured 5e-7.
pub const GOLDEN_BLOCK: f64 = 1e-3;
/// Logits of one instruction set against scalar code, times max(1, largest): only the order of sums and fused roundings differ. Measured 4e-7.
pub const ISA_LOGITS: f64 = 5e-6;
/// The mean of a class activation map against the logit less its bias, and of what speaks for a class against the logits: identities, up to the
/// rounding of two sums of 1280.
pub const CAM_MEAN: f64 = 1e-4;
/// A small network against the same arithmetic written out in f64, times max(1, largest reference): sums of at most 45 products a layer.
pub const SMALL_NETWORK: f64 = 2e-6;

/// A kernel on numbers in −1..1 against the same sum in f64, relative to max(1, largest of the row): up to 1280 products that cancel.
pub const KERNEL: f64 = 1e-5;
/// A layer of the learner in evaluation against PyTorch f32, relative. Measured 2e-6.
pub const LEARNER_LAYER: f64 = 1e-4;
/// A step's loss against PyTorch in f64, relative. PyTorch f32 itself is within 3e-7.
pub const STEP_LOSS: f64 = 1e-5;
/// Logits of one network for a photograph resized in 8 bits and in floating point, relative to the largest: what rounding each pixel twice moves.
/// Measured 9e-6.
pub const RESIZED_LOGITS: f32 = 3e-5;
/// A learning rate against PyTorch's, over the highest: PyTorch multiplies from step to step, f64 either way.
pub const RATE: f64 = 1e-12;
/// A gradient of the first step against PyTorch in f64, relative. Measured 4e-5; PyTorch f32 itself: 2e-5.
pub const STEP_GRADIENT: f64 = 1e-4;
/// A tensor after five SGD steps against PyTorch in f64, relative. PyTorch f32 itself: 4e-7.
pub const STEP_TENSOR: f64 = 2e-6;
/// What five steps changed in a tensor, relative to that change: it sees weight decay and momentum. PyTorch f32 itself: 1.7e-3.
pub const STEP_CHANGE: f64 = 1e-2;
/// A weighted term of ten SSD-KD steps in WebAssembly against the native one, over max(1, its size). Roundings grow from step to step under BatchNorm by
/// the batch: 1e-4 at the sixth step, 7e-3 at the last.
pub const PLATFORM_TERM: f64 = 3e-2;
/// A tensor after these steps, over max(0.1, its root mean square). Seen: 8e-4.
pub const PLATFORM_TENSOR: f64 = 5e-3;
/// Central differences of a smooth chain with step 1e-2 in f32, relative.
pub const DIFFERENCE_SMOOTH: f64 = 2e-2;
/// The same with ReLU, ReLU6 and step 5e-4: f32's noise is larger there, and a knee may lie between the two points.
pub const DIFFERENCE_KNEES: f64 = 1e-1;
/// What differences of a sum of some hundred terms in f32 cannot resolve.
pub const DIFFERENCE_NOISE: f64 = 2e-2;

/// Channel statistics, and the distance made of them, against the same in f64: the numbers are f32, some units wide.
pub const STATISTICS: f64 = 1e-5;

/// Engine against learner on the same network in evaluation, over max(1, largest): the project's promise.
pub const EXECUTORS: f64 = 1e-4;
/// The slope along a tensor's gradient in a network of some twenty layers in f32, relative to the gradient's norm.
pub const GRAPH_DIFFERENCE: f64 = 5e-2;

/// A warped pixel, in levels of 255: places are followed to 2⁻³² pixel, shares to 2⁻²⁴, sums in f32; sines of quarter turns are off by 1e-16.
pub const WARP_LEVELS: f32 = 1e-3;
/// Levels by which the warp may differ from evaluation where nothing moves: that resize rounds to whole levels after each axis.
pub const WARP_AGAINST_RESIZE: f32 = 1.0;

/// A loss term in f64 against PyTorch's in f64, relative: the project's promise. Measured 1e-14.
pub const TERM: f64 = 1e-9;
/// The same where the term is 0.
pub const TERM_ZERO: f64 = 1e-15;
/// A loss term, or a gradient over max(1, its size), from f32 numbers against PyTorch in f64, relative: the project's promise.
pub const TERM_F32: f64 = 1e-4;
/// A number, the norm or a projection of a loss's gradient in f64 against PyTorch's, absolute: the project's promise.
pub const TERM_GRADIENT: f64 = 1e-6;
/// A hand-written gradient in f64 against central differences with step 1e-5, over the gradient's largest number.
pub const TERM_DIFFERENCE: f64 = 1e-6;
/// A relation of f32 numbers against the same numbers in f64, relative: f32 products, sums in f64.
pub const GRAM_F32: f64 = 1e-6;

/// A mean term of a few steps whose teacher's pooled rows and maps were stored in f16 (11 bits), over max(0.01, the term of a live teacher).
/// Measured 1e-4.
pub const CACHED_TERM: f64 = 1e-3;
/// A row of a few shares, and the mean of distances over their mean, against 1: roundings of f64.
pub const SHARES: f64 = 1e-12;
/// A term computed again from what a page is shown, relative: the engine's logits in place of the learner's, products of maps in f32.
pub const SHOWN_TERM: f64 = 1e-3;
