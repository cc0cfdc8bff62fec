//! Inference: a network description and its tensors become a flat plan, and a photograph's numbers become logits.
//!
//! [`Engine::new`] does everything that can be done once: BatchNorm is folded into the convolution before it where nothing else reads
//! that convolution (elsewhere it stays as scale and shift), activations and residual sums move into the step that makes their input,
//! weights are packed for this processor, and buffers are laid out by liveness. [`Engine::forward`] then is one kernel call a layer and
//! allocates nothing. A clone shares the packed weights and has its own buffers, so a thread pool needs one plan.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod bank;
mod cam;
mod executor;
mod fold;
mod lower;
mod plan;
mod slots;
mod statistics;
mod step;

use std::sync::Arc;

use crate::kernels::Isa;
use crate::nn::{Network, Shape};
use crate::weights::Tensors;
use crate::{Error, ErrorKind, Result};
use executor::Memory;
use plan::Plan;
use statistics::Watch;

/// The smallest and largest side of an engine's input in pixels; between them every multiple of the smallest.
const SIDES: (usize, usize) = (32, 512);

/// A network that is ready to run on single images.
#[derive(Clone, Debug)]
pub struct Engine {
    plan: Arc<Plan>,
    memory: Memory,
    /// Whether the buffers hold a finished forward pass.
    ready: bool,
    /// Where channel statistics are taken on the way, if anywhere.
    watch: Option<Watch>,
}

/// Runs the kernels that take most of a forward pass for a few milliseconds on nothing but zeros, and forgets the result.
///
/// A browser runs WebAssembly at a third of its speed until it has compiled a function anew, which it does aside once a function has worked for a
/// while. Called while weights are still on their way, this has the first photograph find the fast code. Natively it is of no use.
pub fn warm_up() {
    executor::warm(Isa::detect());
}

impl Engine {
    /// Plans `network` with `tensors` for inputs of `side` × `side` × 3, with the fastest instructions of this processor.
    ///
    /// `tensors` beyond the network's own are ignored.
    ///
    /// # Errors
    /// `argument` when `side` is not a multiple of 32 from 32 to 512, or the description is one that no kernel can run or lacks a tap;
    /// `weights-missing`, `weights-shape`, `weights-not-finite` or `weights-variance` for the first tensor at fault.
    pub fn new(network: &Network, tensors: &Tensors, side: usize) -> Result<Self> {
        Self::with_isa(network, tensors, side, Isa::detect())
    }

    /// [`new`](Self::new) with chosen instructions; results differ between instruction sets by rounding only.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_isa(network: &Network, tensors: &Tensors, side: usize, isa: Isa) -> Result<Self> {
        let (least, most) = SIDES;
        if !(least..=most).contains(&side) || !side.is_multiple_of(least) {
            let message = format!("the input side is {side}; allowed is a multiple of {least} from {least} to {most}");
            return Err(Error::new(ErrorKind::Argument, message, "Take the side that the weight file's card states."));
        }
        let plan = Plan::new(network, tensors, side, isa)?;
        let memory = Memory::new(&plan);
        Ok(Self { plan: Arc::new(plan), memory, ready: false, watch: None })
    }

    /// The logits of one image: `input` is side × side × 3 in NHWC order, normalised as the card says; the result has one number a class.
    ///
    /// The same input gives the same bits every time. Nothing is allocated unless the call fails. After an error the engine is as good as
    /// before, with no results kept.
    ///
    /// # Errors
    /// `argument` when `input` has another length, `not-finite` when it or a logit is NaN or infinite.
    pub fn forward(&mut self, input: &[f32]) -> Result<&[f32]> {
        self.trace(input, |_, _, _| {})?;
        Ok(self.memory.kept(self.plan.logits))
    }

    /// [`forward`](Self::forward), showing every step's result: the name of the node it ends with, its shape ([height, width, channels],
    /// or \[channels\] once pooled) and its numbers. What was fused into a later node is not seen on its own.
    ///
    /// # Errors
    /// As [`forward`](Self::forward); the steps before a failure have been shown.
    pub fn trace(&mut self, input: &[f32], mut visit: impl FnMut(&str, &[usize], &[f32])) -> Result<()> {
        self.ready = false;
        self.check_input(input)?;
        for step in &self.plan.steps {
            let values = executor::run(&self.plan, step, input, &mut self.memory);
            if let Some(watch) = self.watch.as_mut().filter(|watch| watch.node == step.node) {
                watch.look(self.plan.isa, values);
            }
            let axes = [step.shape.height, step.shape.width, step.shape.channels];
            visit(&step.name, if step.shape.pooled { axes.get(2..).unwrap_or_default() } else { &axes }, values);
        }
        let logits = self.memory.kept(self.plan.logits);
        if let Some((class, value)) = logits.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            let message = format!("the logit of class {class} is {value}; it must be finite");
            return Err(Error::new(ErrorKind::NotFinite, message, "The weights overflow on this input; use another weight file."));
        }
        self.ready = true;
        Ok(())
    }

    /// The feature maps before pooling (`feats_7x7`) of the last forward pass: side/32 × side/32 × 1280 in NHWC order, after ReLU6.
    /// Empty when there was none or the last one failed.
    pub fn features(&self) -> &[f32] {
        self.last(self.plan.features)
    }

    /// The mean of each feature map (`avg_pool`) of the last forward pass: 1280 numbers, the classifier's input.
    /// Empty when there was none or the last one failed.
    pub fn embedding(&self) -> &[f32] {
        self.last(self.plan.embedding)
    }

    /// Every tap of the network in the last forward pass: its name, its axes (height, width and channels, or channels alone once pooled) and
    /// its numbers. Nothing when there was no pass or the last one failed.
    pub fn taps(&self) -> impl Iterator<Item = (&'static str, Vec<usize>, &[f32])> {
        let taps = if self.ready { self.plan.taps.as_slice() } else { &[] };
        taps.iter().map(|&(tap, shape, kept)| (tap, axes(shape), self.memory.kept(kept)))
    }

    /// Every tap of the network with its axes, whether there was a pass or not.
    pub fn axes(&self) -> impl Iterator<Item = (&'static str, Vec<usize>)> {
        self.plan.taps.iter().map(|&(tap, shape, _)| (tap, axes(shape)))
    }

    /// Takes the statistics of each channel after `block` (such as `features.6`) in every forward pass from now on, where its numbers
    /// still are in the cache: no second pass, no buffer kept longer.
    ///
    /// # Errors
    /// `argument` when `network`, which must be the one the engine was made of, has no such block, or its result has no height and
    /// width or is fused into a later step. The engine is then as before.
    pub fn watch(&mut self, network: &Network, block: &str) -> Result<()> {
        let found = network.block(block).filter(|(node, _)| self.plan.steps.iter().any(|step| step.node == *node && !step.shape.pooled));
        let (node, channels) = found.ok_or_else(|| {
            let message = format!("{} has no block {} whose channels can be watched", network.architecture, crate::error::quote(block));
            Error::new(ErrorKind::Argument, message, "Name a block such as features.6.")
        })?;
        self.watch = Some(Watch::new(node, channels));
        self.ready = false;
        Ok(())
    }

    /// The mean of each channel and then the (biased) standard deviation of each, over height and width, at the block that is
    /// [watched](Self::watch), in the last forward pass. Empty when nothing is watched, there was no pass or the last one failed.
    pub fn statistics(&self) -> &[f32] {
        self.watch.as_ref().filter(|_| self.ready).map_or(&[], |watch| watch.statistics.as_slice())
    }

    /// How much each place speaks for `class` in the last forward pass: M(p) = Σ_k w(class, k) · feature_k(p), (side/32)² numbers, row by
    /// row. Exact, not an approximation: the mean of M is the class's logit less its bias (Zhou et al., CVPR 2016).
    ///
    /// # Errors
    /// `argument` when there is no such class, or no forward pass to explain.
    pub fn class_activation_map(&self, class: usize) -> Result<Vec<f32>> {
        if !self.ready {
            let hint = "Run an image through the network first.";
            return Err(Error::new(ErrorKind::Argument, "there is no finished forward pass to explain", hint));
        }
        self.class_activation_map_of(self.features(), class)
    }

    /// The same for the [feature maps](Self::features) of an earlier pass.
    ///
    /// # Errors
    /// `argument` when there is no such class.
    pub fn class_activation_map_of(&self, features: &[f32], class: usize) -> Result<Vec<f32>> {
        cam::class_activation_map(&self.plan.classifier, features, class)
    }

    /// The side of the input in pixels.
    pub fn side(&self) -> usize {
        self.plan.side
    }

    fn last(&self, value: step::Kept) -> &[f32] {
        if self.ready { self.memory.kept(value) } else { &[] }
    }

    fn check_input(&self, input: &[f32]) -> Result<()> {
        let Plan { side, input_len, .. } = *self.plan;
        if input.len() != input_len {
            let message = format!("the input has {} numbers; {side} × {side} × 3 = {input_len} are needed", input.len());
            return Err(Error::new(ErrorKind::Argument, message, "Give one image in NHWC order."));
        }
        // Magnitudes as integers: the maximum is NaN's or infinity's pattern if any number is not finite. Unlike `all`, this vectorises.
        let largest = input.iter().fold(0, |largest, x| u32::max(largest, x.to_bits() & 0x7fff_ffff));
        if f32::from_bits(largest).is_finite() {
            return Ok(());
        }
        let (index, value) = input.iter().enumerate().find(|(_, x)| !x.is_finite()).unwrap_or((0, &f32::NAN));
        Err(Error::new(ErrorKind::NotFinite, format!("the input's number {index} is {value}; every number must be finite"), ""))
    }
}

/// Height, width and channels, or channels alone once pooled.
fn axes(shape: Shape) -> Vec<usize> {
    if shape.pooled { vec![shape.channels] } else { vec![shape.height, shape.width, shape.channels] }
}
