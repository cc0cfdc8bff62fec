//! The arithmetic: slices in, slices out. Nothing here allocates, spawns threads or knows Candle.
//!
//! Every kernel is written once, generic over the `Simd` trait, and instantiated for each instruction set. An [`Isa`] value is
//! proof that this processor has the instructions it names, so every function below is sound to call.
//!
//! Images are N × H × W × C, `f32`. Lengths are the caller's promise: each kernel states them and checks them once with
//! `assert!` before its first raw access, in arithmetic that cannot wrap, so a broken promise is a panic and never a wild read.

mod activation;
mod batch_norm;
mod conv;
mod depthwise;
mod gemm;
mod isa;
mod max_pool;
mod pool;
mod simd;

pub use activation::Activation;
pub use batch_norm::{BnGradient, BnInputGradient, affine_clamp, bn_input_gradient, gradient_sums, moments};
pub use conv::{ConvShape, col2im_add, from_windows, im2col, im2col_part, to_windows};
pub use depthwise::{Depthwise, DepthwiseRow, depthwise_input_gradient_row, depthwise_row, depthwise_weight_gradient_row, pack_depthwise};
pub use gemm::{ALayout, BLayout, Epilogue, Gemm, gemm, gemm_scratch_len, pack_b, packed_b_len};
pub use isa::Isa;
pub use max_pool::{Pooled, max_pool, max_pool_gradient};
pub use pool::{channel_deviation, global_avg_pool};
