//! Buffers by liveness: a value's buffer is free again once its last reader has run.

use super::step::{Draft, Place, Step, Value};
use crate::{Error, ErrorKind, Result};

/// A buffer while the plan is laid out.
struct Slot {
    len: usize,
    /// The node whose value it holds, and how many numbers that value has.
    holds: Option<(usize, usize)>,
}

/// Gives each step the buffers it reads and writes, and returns the buffers' lengths. Values of `kept` nodes are never overwritten.
///
/// A new value takes the free buffer that must grow least. MobileNetV2 then needs three, 8.4 MB at 224 px: a block's input, its
/// expansion and its depthwise result, whose places the projection and the results that are kept take in turn.
///
/// `internal` when a step reads a value that no earlier step made.
pub(super) fn assign(drafts: Vec<Draft>, kept: &[usize]) -> Result<(Vec<Step>, Vec<usize>)> {
    let last_reader = |value: Value| drafts.iter().rposition(|draft| draft.input == value || draft.residual == Some(value));
    let last_readers: Vec<(usize, Option<usize>)> = drafts.iter().map(|draft| (draft.node, last_reader(Value::Node(draft.node)))).collect();
    let mut slots: Vec<Slot> = Vec::new();
    let mut steps = Vec::with_capacity(drafts.len());
    for (at, draft) in drafts.into_iter().enumerate() {
        let Draft { name, node, work, activation, input, residual, shape } = draft;
        let input = place(&slots, input, &name)?;
        let residual = residual.map(|value| place(&slots, value, &name)).transpose()?;
        let output = take(&mut slots, shape.len(), node);
        steps.push(Step { name, node, work, activation, input, residual, output, shape });
        let read_later = |node: usize| last_readers.iter().any(|&(made, last)| made == node && last.is_some_and(|last| last > at));
        for slot in &mut slots {
            slot.holds = slot.holds.filter(|&(node, _)| kept.contains(&node) || read_later(node));
        }
    }
    Ok((steps, slots.into_iter().map(|slot| slot.len).collect()))
}

/// Where a value lies that the step `reader` reads.
fn place(slots: &[Slot], value: Value, reader: &str) -> Result<Place> {
    let Value::Node(node) = value else { return Ok(Place::Input) };
    let held = |slot: &Slot| slot.holds.filter(|&(held, _)| held == node);
    let found = slots.iter().enumerate().find_map(|(slot, of)| held(of).map(|(_, len)| Place::Buffer { slot, len }));
    found.ok_or_else(|| Error::new(ErrorKind::Internal, format!("the step {reader} reads node {node}, which no step before it makes"), ""))
}

/// The free buffer that must grow least for `len` numbers (the smallest of those large enough), or a new one.
fn take(slots: &mut Vec<Slot>, len: usize, node: usize) -> usize {
    let free = slots.iter().enumerate().filter(|(_, slot)| slot.holds.is_none());
    let best = free.min_by_key(|(_, slot)| (len.saturating_sub(slot.len), slot.len)).map(|(index, _)| index);
    let index = best.unwrap_or(slots.len());
    if best.is_none() {
        slots.push(Slot { len, holds: None });
    }
    slots.get_mut(index).into_iter().for_each(|slot| *slot = Slot { len: slot.len.max(len), holds: Some((node, len)) });
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::step::Work;
    use crate::kernels::Activation;
    use crate::nn::Shape;

    fn draft(node: usize, input: Value, residual: Option<Value>) -> Draft {
        let shape = Shape { height: 2, width: 2, channels: 3, pooled: false };
        Draft { name: format!("node {node}"), node, work: Work::Add, activation: Activation::NONE, input, residual, shape }
    }

    #[test]
    fn a_value_that_nobody_made_is_no_photograph() {
        let whole = || vec![draft(1, Value::Input, None), draft(2, Value::Node(1), Some(Value::Input))];
        let (steps, slots) = assign(whole(), &[2]).expect("a plan");
        assert_eq!(steps.iter().map(|step| step.input).collect::<Vec<_>>(), [Place::Input, Place::Buffer { slot: 0, len: 12 }]);
        assert_eq!((steps[1].residual, slots), (Some(Place::Input), vec![12, 12]));
        for (input, residual) in [(Value::Node(7), None), (Value::Node(1), Some(Value::Node(2))), (Value::Node(1), Some(Value::Node(9)))] {
            let drafts = vec![draft(1, Value::Input, None), draft(2, input, residual)];
            assert_eq!(assign(drafts, &[2]).expect_err("no plan").kind(), ErrorKind::Internal);
        }
    }
}
