//! MobileNetV2, width 1.0 (Sandler et al., CVPR 2018, table 2), with torchvision's names.

use super::{Builder, Network, Op};

/// (expansion t, output channels c, repeats n, first stride s) of each stage of inverted residuals.
const STAGES: [(usize, usize, usize, usize); 7] =
    [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];
const STEM: usize = 32;
const LAST: usize = 1280;

/// The description of MobileNetV2 1.0 with `classes` logits: 2,223,872 + 1281 · `classes` trained numbers.
///
/// Input N × S × S × 3 with S a multiple of 32; taps `feats_7x7` (after the last ReLU6, N × S/32 × S/32 × 1280),
/// `avg_pool` (N × 1280) and `logits` (N × `classes`).
pub fn mobilenet_v2(classes: usize) -> Network {
    let mut net = Builder::default();
    let input = net.push("input".into(), Op::Input { channels: 3 }, vec![]);
    let mut at = conv_bn(&mut net, input, names("features.0.0", "features.0.1"), (3, STEM), (3, 2, 1), true);
    let (mut channels, mut index) = (STEM, 1);
    for (expansion, out, repeats, first_stride) in STAGES {
        for repeat in 0..repeats {
            let stride = if repeat == 0 { first_stride } else { 1 };
            at = inverted_residual(&mut net, at, index, (channels, out), expansion, stride);
            (channels, index) = (out, index.saturating_add(1));
        }
    }
    let head = format!("features.{index}");
    let feats = conv_bn(&mut net, at, names(&format!("{head}.0"), &format!("{head}.1")), (channels, LAST), (1, 1, 1), true);
    let pool = net.push("avg_pool".into(), Op::GlobalAvgPool, vec![feats]);
    let logits = net.push("classifier.1".into(), Op::Linear { in_features: LAST, out_features: classes }, vec![pool]);
    net.finish("mobilenet_v2", vec![("feats_7x7", feats), ("avg_pool", pool), ("logits", logits)])
}

/// (1×1 expand, ReLU6 unless t = 1) → 3×3 depthwise, ReLU6 → 1×1 project; plus the input where the shapes agree.
fn inverted_residual(net: &mut Builder, input: usize, index: usize, channels: (usize, usize), expansion: usize, stride: usize) -> usize {
    let prefix = format!("features.{index}.conv");
    let hidden = channels.0.saturating_mul(expansion);
    let mut at = input;
    // Positions in torchvision's list: without an expansion the others move up.
    let [depthwise, project, norm] = if expansion == 1 { [0, 1, 2] } else { [1, 2, 3] };
    if expansion != 1 {
        at = conv_bn(net, at, nested(&prefix, 0), (channels.0, hidden), (1, 1, 1), true);
    }
    at = conv_bn(net, at, nested(&prefix, depthwise), (hidden, hidden), (3, stride, hidden), true);
    let project = names(&format!("{prefix}.{project}"), &format!("{prefix}.{norm}"));
    at = conv_bn(net, at, project, (hidden, channels.1), (1, 1, 1), false);
    if stride == 1 && channels.0 == channels.1 {
        at = net.push(format!("features.{index}.add"), Op::Add, vec![input, at]);
    }
    at
}

/// Convolution, BatchNorm and, if asked, ReLU6; `names` and `geometry` as [`Builder::conv`] has them.
fn conv_bn(
    net: &mut Builder,
    input: usize,
    (conv, norm): (String, String),
    channels: (usize, usize),
    geometry: (usize, usize, usize),
    relu6: bool,
) -> usize {
    let conv = net.conv(input, conv, channels, geometry);
    net.norm(conv, norm, channels.1, relu6.then_some(Op::Relu6))
}

fn names(conv: &str, norm: &str) -> (String, String) {
    (conv.into(), norm.into())
}

fn nested(prefix: &str, layer: usize) -> (String, String) {
    (format!("{prefix}.{layer}.0"), format!("{prefix}.{layer}.1"))
}
