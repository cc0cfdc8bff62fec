//! A chain backward: the gradient of the output through the sum, the stages and the entry, to the input and the parameters.

use super::Shortcut;
use super::forward::{Kept, Saved};
use super::op::Link;
use crate::kernels::Activation;
use crate::ops::backward::{StageGradient, Sums, ToConv, enter, stage_backward};
use crate::ops::forward::{Source, chunk_rows};
use crate::ops::slices::cut;
use crate::ops::stage::{Norm, Stage};
use crate::ops::workspace::Buffer;

/// What a backward reads.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub images: usize,
    pub x: &'a [f32],
    pub params: &'a [f32],
    pub y: &'a [f32],
    pub dy: &'a [f32],
}

/// The gradient of a value after the map that made it, and that map's sums.
struct Entered {
    g: Buffer,
    sums: Sums,
}

/// Packed parameters and their gradient, as far as they are not done with: from the last stage to the first.
struct Left<'a> {
    params: &'a [f32],
    gradient: &'a mut [f32],
}

impl<'a> Left<'a> {
    /// The last `len` of both.
    fn pop(&mut self, len: usize) -> (&'a [f32], &'a mut [f32]) {
        let at = self.params.len().saturating_sub(len);
        let (before, params) = self.params.split_at(at);
        let whole = std::mem::take(&mut self.gradient);
        let (rest, gradient) = whole.split_at_mut(at.min(whole.len()));
        (self.params, self.gradient) = (before, rest);
        (params, gradient)
    }
}

impl Link<'_> {
    /// The gradients of the input into `dx`, where wanted, and of the packed parameters into `gradient`.
    pub fn backward(&self, values: &Values<'_>, saved: &Saved, dx: Option<&mut [f32]>, gradient: &mut [f32]) {
        let exit = (self.chain.exit != Activation::NONE).then(|| self.through_exit(values));
        let values = &Values { dy: exit.as_deref().unwrap_or(values.dy), ..*values };
        let around = (self.chain.shortcut == Shortcut::Input).then_some(values.dy);
        let Some(norm) = &saved.entry else {
            self.branches(values, saved, around, dx, Left { params: values.params, gradient });
            return;
        };
        let at = norm.scale.len().saturating_mul(2);
        let (own, rest) = gradient.split_at_mut(at.min(gradient.len()));
        let mut g = self.context.workspace.take(values.x.len());
        let left = Left { params: values.params.split_at(at.min(values.params.len())).1, gradient: rest };
        let sums = self.branches(values, saved, None, Some(&mut g), left).unwrap_or_else(|| {
            let mut arrived = self.context.workspace.take(g.len());
            arrived.copy_from_slice(&g);
            enter(self.context, self.images, &arrived, (values.x, norm), &mut g)
        });
        own.iter_mut().zip(sums.gamma.iter().chain(&sums.beta)).for_each(|(to, sum)| *to = *sum);
        if let Some(dx) = dx {
            self.entry_input(values.x, (norm, &sums), &g, around, dx);
        }
    }

    /// The gradient of what the first stage and the projection read, and of the shortcut `around` them, into `dx` where wanted; those of the
    /// parameters of both. The sums of the map before the first stage, where there is a stage.
    fn branches(&self, values: &Values<'_>, saved: &Saved, around: Option<&[f32]>, dx: Option<&mut [f32]>, mut left: Left<'_>) -> Option<Sums> {
        let projected = match (&self.chain.shortcut, &saved.projection) {
            (Shortcut::Projection(stage), Some(kept)) => {
                let (params, gradient) = left.pop(stage.param_len());
                let mut dx = dx.as_ref().map(|dx| self.context.workspace.take(dx.len()));
                let output = self.enter(values.dy, kept);
                let work = self.stage_gradient((stage, kept), saved.first(values.x), &output, params);
                stage_backward(&StageGradient { through_source: false, ..work }, dx.as_deref_mut(), gradient);
                dx
            }
            _ => None,
        };
        let beside = projected.as_deref().or(around);
        let Some(last) = saved.stages.last() else {
            if let Some(dx) = dx {
                dx.copy_from_slice(values.dy);
                dx.iter_mut().zip(beside.into_iter().flatten()).for_each(|(dx, beside)| *dx += beside);
            }
            return None;
        };
        let mut output = self.enter(values.dy, last);
        let stages = self.chain.stages.iter().zip(&saved.stages);
        for ((stage, kept), before) in stages.clone().skip(1).zip(&saved.stages).rev() {
            let (params, gradient) = left.pop(stage.param_len());
            let mut g = self.context.workspace.take(before.z.len());
            let sums = stage_backward(&self.stage_gradient((stage, kept), before.source(), &output, params), Some(&mut g), gradient);
            output = Entered { g, sums };
        }
        let (stage, kept) = stages.into_iter().next()?;
        let (params, gradient) = left.pop(stage.param_len());
        let work = self.stage_gradient((stage, kept), saved.first(values.x), &output, params);
        Some(stage_backward(&StageGradient { beside, ..work }, dx, gradient))
    }

    fn stage_gradient<'a>(
        &'a self,
        (stage, kept): (&'a Stage, &'a Kept),
        source: Source<'a>,
        output: &'a Entered,
        params: &'a [f32],
    ) -> StageGradient<'a> {
        let weights = stage.split(params).weights;
        let (Kept { geometry, z, norm }, Entered { g, sums }) = (kept, output);
        StageGradient { context: self.context, stage, geometry, source, through_source: true, beside: None, weights, z, norm, g, sums }
    }

    /// `dy` taken through the last map of a branch.
    fn enter(&self, dy: &[f32], kept: &Kept) -> Entered {
        let mut g = self.context.workspace.take(dy.len());
        let sums = enter(self.context, self.images, dy, (&kept.z, &kept.norm), &mut g);
        Entered { g, sums }
    }

    /// The output's gradient, taken through the activation of the sum.
    fn through_exit(&self, values: &Values<'_>) -> Buffer {
        let mut g = self.context.workspace.take(values.dy.len());
        let Activation { lo, hi } = self.chain.exit;
        let parts =
            |groups: &[usize], per_image: usize| cut(values.dy, groups, per_image).into_iter().zip(cut(values.y, groups, per_image)).collect();
        self.over_images(&mut g, parts, |(dy, y): (&[f32], &[f32]), g| {
            let through = g.iter_mut().zip(dy).zip(y);
            through.for_each(|((g, dy), y)| *g = if *y > lo && *y < hi { *dy } else { 0.0 });
        });
        g
    }

    /// The gradient of the chain's input from that after the entry's activation, and that of the shortcut `around` the chain.
    fn entry_input(&self, x: &[f32], (norm, sums): (&Norm, &Sums), g: &[f32], around: Option<&[f32]>, dx: &mut [f32]) {
        let channels = norm.scale.len().max(1);
        let map = ToConv::new(norm, sums, x.len().checked_div(channels).unwrap_or(0));
        let chunk = chunk_rows(channels.saturating_mul(3)).saturating_mul(channels);
        let parts = |groups: &[usize], per_image: usize| {
            let mut around = around.map(|around| cut(around, groups, per_image).into_iter());
            let maps = cut(x, groups, per_image).into_iter().zip(cut(g, groups, per_image));
            maps.map(|(x, g)| (x, g, around.as_mut().and_then(Iterator::next))).collect()
        };
        self.over_images(dx, parts, |(x, g, around): (&[f32], &[f32], Option<&[f32]>), dx| {
            for ((x, g), dx) in x.chunks(chunk).zip(g.chunks(chunk)).zip(dx.chunks_mut(chunk)) {
                map.apply(self.context.isa, g, x, dx);
            }
            dx.iter_mut().zip(around.into_iter().flatten()).for_each(|(dx, around)| *dx += around);
        });
    }
}
