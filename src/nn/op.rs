//! What a node computes, the tensors it needs, and the shape of its result.

use super::{Parameter, Role, Shape};
use crate::kernels::Activation;

/// What a node computes. Tensors are N × H × W × C; weights keep PyTorch's layout (out, in / groups, kernel, kernel).
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// The network's input, N × side × side × `channels`.
    Input {
        /// Channels of the image (3).
        channels: usize,
    },
    /// A convolution, padding `padding` on each side. `groups == in_channels` is depthwise.
    Conv {
        /// Channels read.
        in_channels: usize,
        /// Channels written.
        out_channels: usize,
        /// Side of the square kernel.
        kernel: usize,
        /// Step in both directions.
        stride: usize,
        /// Zeros added on every side.
        padding: usize,
        /// 1 (dense) or `in_channels` (depthwise).
        groups: usize,
        /// Whether a number is added per output channel. Convolutions before a BatchNorm usually have none.
        bias: bool,
    },
    /// y = γ (x − μ) / √(σ² + [`BN_EPS`](super::BN_EPS)) + β per channel.
    BatchNorm {
        /// Channels.
        channels: usize,
    },
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// The largest value of each window and channel; what lies outside the image never is.
    MaxPool {
        /// Side of the square window.
        kernel: usize,
        /// Step in both directions.
        stride: usize,
        /// Rows and columns added on every side, at most half of `kernel`, so that no window lies outside.
        padding: usize,
    },
    /// The mean over H and W: N × C.
    GlobalAvgPool,
    /// The sum of two equal shapes.
    Add,
    /// y = W x + b for pooled rows.
    Linear {
        /// Numbers read per row.
        in_features: usize,
        /// Numbers written per row.
        out_features: usize,
    },
}

impl Op {
    /// What an activation does to a number; `None` for everything else.
    pub const fn activation(&self) -> Option<Activation> {
        match self {
            Self::Relu => Some(Activation::RELU),
            Self::Relu6 => Some(Activation::RELU6),
            _ => None,
        }
    }

    /// The tensors that a node called `name` with this operation has, in PyTorch's order.
    pub(super) fn parameters(&self, name: &str) -> Vec<Parameter> {
        let named = |suffix: &str, shape: &[usize], role| Parameter { name: format!("{name}.{suffix}"), shape: shape.to_vec(), role };
        match *self {
            Self::Conv { in_channels, out_channels, kernel, groups, bias, .. } => {
                let in_group = in_channels.checked_div(groups).unwrap_or(0);
                let weight = named("weight", &[out_channels, in_group, kernel, kernel], Role::Trained);
                std::iter::once(weight).chain(bias.then(|| named("bias", &[out_channels], Role::Trained))).collect()
            }
            Self::BatchNorm { channels } => vec![
                named("weight", &[channels], Role::Trained),
                named("bias", &[channels], Role::Trained),
                named("running_mean", &[channels], Role::RunningMean),
                named("running_var", &[channels], Role::RunningVar),
            ],
            Self::Linear { in_features, out_features } => {
                vec![named("weight", &[out_features, in_features], Role::Trained), named("bias", &[out_features], Role::Trained)]
            }
            Self::Input { .. } | Self::Relu | Self::Relu6 | Self::MaxPool { .. } | Self::GlobalAvgPool | Self::Add => Vec::new(),
        }
    }

    /// The shape of the result for inputs of these shapes; `None` where they do not fit.
    pub(super) fn shape(&self, inputs: &[Shape], (height, width): (usize, usize)) -> Option<Shape> {
        match (self, inputs) {
            (&Self::Input { channels }, []) if channels > 0 => Some(Shape { height, width, channels, pooled: false }),
            (&Self::Conv { in_channels, out_channels, kernel, stride, padding, groups, .. }, &[x]) => {
                let divides = groups > 0 && in_channels.is_multiple_of(groups) && out_channels.is_multiple_of(groups);
                let fits = !x.pooled && x.channels == in_channels && out_channels > 0 && divides;
                fits.then(|| x.windows(kernel, stride, padding)).flatten().map(|x| Shape { channels: out_channels, ..x })
            }
            (&Self::MaxPool { kernel, stride, padding }, &[x]) if !x.pooled && padding <= kernel / 2 => x.windows(kernel, stride, padding),
            (&Self::BatchNorm { channels }, &[x]) if x.channels == channels => Some(x),
            (Self::Relu | Self::Relu6, &[x]) => Some(x),
            (Self::GlobalAvgPool, &[x]) if !x.pooled => Some(Shape::row(x.channels)),
            (Self::Add, &[x, y]) if x == y => Some(x),
            (&Self::Linear { in_features, out_features }, &[x]) if x.pooled && x.channels == in_features && out_features > 0 => {
                Some(Shape::row(out_features))
            }
            _ => None,
        }
    }
}
