//! Buffers by liveness: a value's buffer is free again once its last reader has run.

use super::lower::Draft;
use super::plan::{Place, Step};

/// A buffer while the plan is laid out.
struct Slot {
    len: usize,
    /// The node whose value it holds.
    holds: Option<usize>,
}

/// Gives each step the buffers it reads and writes, and returns the buffers' lengths. Values of `kept` nodes are never overwritten.
///
/// A new value takes the free buffer that must grow least. MobileNetV2 then needs three, 8.4 MB at 224 px: a block's input, its
/// expansion and its depthwise result, whose places the projection and the results that are kept take in turn.
pub(super) fn assign(drafts: Vec<Draft>, kept: &[usize]) -> (Vec<Step>, Vec<usize>) {
    let last_reader = |node: usize| drafts.iter().rposition(|draft| draft.input == node || draft.residual == Some(node));
    let last_readers: Vec<Option<usize>> = drafts.iter().map(|draft| last_reader(draft.node)).collect();
    let nodes: Vec<usize> = drafts.iter().map(|draft| draft.node).collect();
    let lengths: Vec<usize> = drafts.iter().map(|draft| draft.shape.len()).collect();
    let mut slots: Vec<Slot> = Vec::new();
    let mut steps = Vec::with_capacity(drafts.len());
    for (at, draft) in drafts.into_iter().enumerate() {
        let len = draft.shape.len();
        let output = take(&mut slots, len, draft.node);
        let place = |node: usize| {
            let slot = slots.iter().position(|slot| slot.holds == Some(node));
            let len = nodes.iter().position(|&other| other == node).and_then(|step| lengths.get(step)).copied();
            slot.zip(len).map_or(Place::Input, |(slot, len)| Place::Buffer { slot, len })
        };
        let (input, residual) = (place(draft.input), draft.residual.map(place));
        let Draft { name, node, work, activation, shape, .. } = draft;
        steps.push(Step { name, node, work, activation, input, residual, output, shape });
        for slot in &mut slots {
            let step = nodes.iter().position(|&node| slot.holds == Some(node));
            let last = step.and_then(|step| last_readers.get(step).copied().flatten());
            if slot.holds.is_some_and(|node| !kept.contains(&node)) && last.is_none_or(|last| last <= at) {
                slot.holds = None;
            }
        }
    }
    (steps, slots.into_iter().map(|slot| slot.len).collect())
}

/// The free buffer that must grow least for `len` numbers (the smallest of those large enough), or a new one.
fn take(slots: &mut Vec<Slot>, len: usize, node: usize) -> usize {
    let free = slots.iter().enumerate().filter(|(_, slot)| slot.holds.is_none());
    let best = free.min_by_key(|(_, slot)| (len.saturating_sub(slot.len), slot.len)).map(|(index, _)| index);
    let index = best.unwrap_or(slots.len());
    if best.is_none() {
        slots.push(Slot { len, holds: None });
    }
    slots.get_mut(index).into_iter().for_each(|slot| *slot = Slot { len: slot.len.max(len), holds: Some(node) });
    index
}
