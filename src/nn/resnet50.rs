//! ResNet-50 in both of its forms: after each convolution (v1.5, torchvision's layout) and before it (v2, pre-activation).

use super::{Builder, Network, Op};

/// (inner channels, blocks, stride of the first block) of each stage of bottlenecks; a stage gives [`EXPANSION`] times its inner channels.
const STAGES: [(usize, usize, usize); 4] = [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)];
const EXPANSION: usize = 4;
const STEM: usize = 64;
const LAST: usize = 2048;

/// The description of ResNet-50 (He et al., CVPR 2016, table 1) as torchvision has it ("v1.5": the stride of a stage sits in its 3 × 3
/// convolution), with `classes` logits: 23,508,032 + 2049 · `classes` trained numbers.
///
/// Input N × S × S × 3 with S a multiple of 32; taps `feats_7x7` (after the last ReLU, N × S/32 × S/32 × 2048), `avg_pool` (N × 2048) and
/// `logits` (N × `classes`). Names are torchvision's.
pub fn resnet50(classes: usize) -> Network {
    let mut net = Builder::default();
    let input = net.push("input".into(), Op::Input { channels: 3 }, vec![]);
    let pooled = stem(&mut net, input);
    let feats = stages(&mut net, pooled, post_activation);
    head(net, feats, "resnet50", classes)
}

/// The description of ResNet-50 v2 (He et al., "Identity Mappings in Deep Residual Networks", ECCV 2016; the layout of Gluon's model zoo):
/// BatchNorm and ReLU come before each convolution, a projection reads the activated tensor, and the picture itself is normalised first,
/// before zero padding. 23,500,486 + 2049 · `classes` trained numbers; input and taps as for [`resnet50`].
///
/// Names: `bn_in`, `conv1`, `bn1`, `layerS.B.{bn1,conv1,bn2,conv2,bn3,conv3,downsample}`, `bn2`, `fc`.
pub fn resnet50v2(classes: usize) -> Network {
    let mut net = Builder::default();
    let input = net.push("input".into(), Op::Input { channels: 3 }, vec![]);
    let normalised = net.norm(input, "bn_in".into(), 3, None);
    let pooled = stem(&mut net, normalised);
    let last = stages(&mut net, pooled, pre_activation);
    let feats = net.norm(last, "bn2".into(), LAST, Some(Op::Relu));
    head(net, feats, "resnet50v2", classes)
}

/// 7 × 7 convolution and 3 × 3 pool, each with stride 2: a quarter of the side.
fn stem(net: &mut Builder, input: usize) -> usize {
    let stem = net.conv(input, "conv1".into(), (3, STEM), (7, 2, 1));
    let stem = net.norm(stem, "bn1".into(), STEM, Some(Op::Relu));
    net.push("maxpool".into(), Op::MaxPool { kernel: 3, stride: 2, padding: 1 }, vec![stem])
}

/// A bottleneck: 1 × 1, 3 × 3 with the stride, 1 × 1, and a shortcut.
struct Bottleneck {
    name: String,
    input: usize,
    inner: usize,
    output: usize,
    stride: usize,
}

impl Bottleneck {
    /// Whether the shortcut is a 1 × 1 convolution, since shapes change.
    fn projects(&self) -> bool {
        self.stride != 1 || self.input != self.output
    }

    fn part(&self, part: &str) -> String {
        format!("{}.{part}", self.name)
    }
}

/// All bottlenecks, `layer1.0` to `layer4.2`.
fn stages(net: &mut Builder, input: usize, block: impl Fn(&mut Builder, usize, &Bottleneck) -> usize) -> usize {
    let (mut at, mut channels) = (input, STEM);
    for (stage, (inner, blocks, first_stride)) in (1..).zip(STAGES) {
        let output = inner.saturating_mul(EXPANSION);
        for index in 0..blocks {
            let stride = if index == 0 { first_stride } else { 1 };
            at = block(net, at, &Bottleneck { name: format!("layer{stage}.{index}"), input: channels, inner, output, stride });
            channels = output;
        }
    }
    at
}

/// conv → BN → ReLU twice, conv → BN, plus the shortcut (BN behind its projection), ReLU.
fn post_activation(net: &mut Builder, input: usize, block: &Bottleneck) -> usize {
    let &Bottleneck { input: channels, inner, output, stride, .. } = block;
    let mut at = input;
    let layers = [(1, (channels, inner), (1, 1, 1)), (2, (inner, inner), (3, stride, 1)), (3, (inner, output), (1, 1, 1))];
    for (layer, (from, to), geometry) in layers {
        at = net.conv(at, block.part(&format!("conv{layer}")), (from, to), geometry);
        at = net.norm(at, block.part(&format!("bn{layer}")), to, (layer < 3).then_some(Op::Relu));
    }
    let shortcut = if block.projects() {
        let projection = net.conv(input, block.part("downsample.0"), (channels, output), (1, stride, 1));
        net.norm(projection, block.part("downsample.1"), output, None)
    } else {
        input
    };
    let sum = net.push(block.part("add"), Op::Add, vec![at, shortcut]);
    net.push(block.part("relu"), Op::Relu, vec![sum])
}

/// BN → ReLU → conv three times, plus the shortcut, whose projection reads the first activated value.
fn pre_activation(net: &mut Builder, input: usize, block: &Bottleneck) -> usize {
    let &Bottleneck { input: channels, inner, output, stride, .. } = block;
    let activated = net.norm(input, block.part("bn1"), channels, Some(Op::Relu));
    let at = net.conv(activated, block.part("conv1"), (channels, inner), (1, 1, 1));
    let at = net.norm(at, block.part("bn2"), inner, Some(Op::Relu));
    let at = net.conv(at, block.part("conv2"), (inner, inner), (3, stride, 1));
    let at = net.norm(at, block.part("bn3"), inner, Some(Op::Relu));
    let at = net.conv(at, block.part("conv3"), (inner, output), (1, 1, 1));
    let shortcut = if block.projects() { net.conv(activated, block.part("downsample"), (channels, output), (1, stride, 1)) } else { input };
    net.push(block.part("add"), Op::Add, vec![at, shortcut])
}

fn head(mut net: Builder, feats: usize, architecture: &'static str, classes: usize) -> Network {
    let pool = net.push("avg_pool".into(), Op::GlobalAvgPool, vec![feats]);
    let logits = net.push("fc".into(), Op::Linear { in_features: LAST, out_features: classes }, vec![pool]);
    net.finish(architecture, vec![("feats_7x7", feats), ("avg_pool", pool), ("logits", logits)])
}
