//! A chain backward: the gradient of the output through the sum, the stages and the entry, to the input and the parameters.

use super::forward::{Kept, Saved};
use super::{ChainOp, Shortcut};
use crate::kernels::Activation;
use crate::ops::backward::{StageGradient, Sums, ToConv, enter, stage_backward};
use crate::ops::forward::{Context, Source, chunk_rows};
use crate::ops::stage::{Norm, Stage};
use crate::ops::workspace::Buffer;

/// The tensors that a backward reads.
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

impl ChainOp {
    /// The gradients of the input, where wanted, and of the packed parameters.
    pub(super) fn backward(&self, values: &Values<'_>, saved: &Saved, wants_input: bool) -> (Option<Vec<f32>>, Vec<f32>) {
        let exit = (self.chain.exit != Activation::NONE).then(|| self.through_exit(values));
        let dy: &[f32] = exit.as_deref().unwrap_or(values.dy);
        let mut gradient = vec![0.0; values.params.len()];
        let (mut dx, sums) = match &saved.entry {
            None => {
                let mut dx = wants_input.then(|| vec![0.0; values.x.len()]);
                self.branches(values, dy, saved, dx.as_deref_mut(), &mut gradient);
                (dx, None)
            }
            Some(norm) => {
                let mut g = self.workspace.take(values.x.len());
                let sums = self.branches(values, dy, saved, Some(&mut g), &mut gradient);
                let sums = sums.unwrap_or_else(|| enter(self.isa, values.images, &mut g, values.x, norm));
                (wants_input.then(|| self.entry_input(values, norm, &g, &sums)), Some(sums))
            }
        };
        if let Some(Sums { beta, gamma }) = sums {
            gradient[..gamma.len()].copy_from_slice(&gamma);
            gradient[gamma.len()..][..beta.len()].copy_from_slice(&beta);
        }
        if let (Some(dx), Shortcut::Input) = (&mut dx, &self.chain.shortcut) {
            dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy);
        }
        (dx, gradient)
    }

    /// The gradient of what the first stage and the projection read, into `dx` where wanted, and those of their parameters. Returns the
    /// entry's sums where `dx` has already gone through it.
    fn branches(&self, values: &Values<'_>, dy: &[f32], saved: &Saved, mut dx: Option<&mut [f32]>, gradient: &mut [f32]) -> Option<Sums> {
        let mut end = gradient.len();
        let projected = match (&self.chain.shortcut, &saved.projection) {
            (Shortcut::Projection(stage), Some(kept)) => {
                let at = end - stage.param_len();
                let mut beside = dx.as_ref().map(|dx| self.workspace.take(dx.len()));
                let output = self.enter(values.images, dy, kept);
                let source = Source { data: values.x, norm: saved.entry.as_ref() };
                let work = self.stage_gradient(stage, kept, source, &output, &values.params[at..end]);
                stage_backward(&StageGradient { through_source: false, ..work }, beside.as_deref_mut(), &mut gradient[at..end]);
                end = at;
                beside
            }
            _ => None,
        };
        let mut output = saved.stages.last().map(|last| self.enter(values.images, dy, last));
        if let (None, Some(dx)) = (&output, dx.as_deref_mut()) {
            dx.copy_from_slice(dy);
        }
        for (index, (stage, kept)) in self.chain.stages.iter().zip(&saved.stages).enumerate().rev() {
            let at = end - stage.param_len();
            let Some(after) = output.take() else { break };
            let params = &values.params[at..end];
            let gradient = &mut gradient[at..end];
            match index.checked_sub(1).map(|before| &saved.stages[before]) {
                Some(before) => {
                    let mut g = self.workspace.take(before.z.len());
                    let work = self.stage_gradient(stage, kept, before.source(), &after, params);
                    let sums = stage_backward(&work, Some(&mut g), gradient);
                    output = Some(Entered { g, sums });
                }
                None => {
                    let source = Source { data: values.x, norm: saved.entry.as_ref() };
                    let work = self.stage_gradient(stage, kept, source, &after, params);
                    let work = StageGradient { through_source: projected.is_none(), ..work };
                    let sums = stage_backward(&work, dx.as_deref_mut(), gradient);
                    if saved.entry.is_some() && projected.is_none() {
                        return Some(sums);
                    }
                }
            }
            end = at;
        }
        if let (Some(dx), Some(beside)) = (dx, projected) {
            dx.iter_mut().zip(beside.iter()).for_each(|(dx, beside)| *dx += beside);
        }
        None
    }

    fn stage_gradient<'a>(
        &'a self,
        stage: &'a Stage,
        kept: &'a Kept,
        source: Source<'a>,
        output: &'a Entered,
        params: &'a [f32],
    ) -> StageGradient<'a> {
        let context = Context { isa: self.isa, workspace: &self.workspace };
        let weights = stage.split(params).weights;
        let Kept { geometry, z, norm } = kept;
        StageGradient { context, stage, geometry, source, through_source: true, weights, z, norm, g: &output.g, sums: &output.sums }
    }

    /// A copy of `dy`, taken through the last map of a branch.
    fn enter(&self, images: usize, dy: &[f32], kept: &Kept) -> Entered {
        let mut g = self.workspace.take(dy.len());
        g.copy_from_slice(dy);
        let sums = enter(self.isa, images, &mut g, &kept.z, &kept.norm);
        Entered { g, sums }
    }

    /// A copy of the output's gradient, taken through the activation of the sum.
    fn through_exit(&self, values: &Values<'_>) -> Buffer {
        let mut g = self.workspace.take(values.dy.len());
        Self::over_images(values.images, &mut g, |start, g| {
            let range = start..start + g.len();
            g.copy_from_slice(&values.dy[range.clone()]);
            let Activation { lo, hi } = self.chain.exit;
            g.iter_mut().zip(&values.y[range]).for_each(|(g, y)| *g = if *y > lo && *y < hi { *g } else { 0.0 });
        });
        g
    }

    /// The gradient of the chain's input from that after the entry's activation.
    fn entry_input(&self, values: &Values<'_>, norm: &Norm, g: &[f32], sums: &Sums) -> Vec<f32> {
        let channels = norm.scale.len().max(1);
        let map = ToConv::new(norm, sums, values.x.len() / channels);
        let rows = chunk_rows(3 * channels) * channels;
        let mut dx = vec![0.0; values.x.len()];
        Self::over_images(values.images, &mut dx, |start, dx| {
            for (chunk, dx) in dx.chunks_mut(rows).enumerate() {
                let range = start + chunk * rows..start + chunk * rows + dx.len();
                map.apply(self.isa, &g[range.clone()], &values.x[range], dx);
            }
        });
        dx
    }
}
