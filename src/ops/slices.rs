//! Slices cut without a panic: a part that does not exist is shorter than asked for, which the kernels' own checks refuse.

/// The first `len` numbers.
pub(super) fn head(slice: &[f32], len: usize) -> &[f32] {
    slice.split_at(len.min(slice.len())).0
}

/// The first `len` numbers.
pub(super) fn head_mut(slice: &mut [f32], len: usize) -> &mut [f32] {
    slice.split_at_mut(len.min(slice.len())).0
}

/// `slice` cut into one part for each of `groups`, which has `per_item` numbers for each of its items.
pub(super) fn cut<'a>(mut slice: &'a [f32], groups: &[usize], per_item: usize) -> Vec<&'a [f32]> {
    let part = |&items: &usize| {
        let (part, rest) = slice.split_at(items.saturating_mul(per_item).min(slice.len()));
        slice = rest;
        part
    };
    groups.iter().map(part).collect()
}

/// [`cut`] for writing.
pub(super) fn cut_mut<'a>(mut slice: &'a mut [f32], groups: &[usize], per_item: usize) -> Vec<&'a mut [f32]> {
    let part = |&items: &usize| {
        let whole = std::mem::take(&mut slice);
        let (part, rest) = whole.split_at_mut(items.saturating_mul(per_item).min(whole.len()));
        slice = rest;
        part
    };
    groups.iter().map(part).collect()
}

/// The chunks of a slice that may be missing: `None` again and again where it is.
pub(super) fn chunks_of(slice: Option<&mut [f32]>, len: usize) -> impl Iterator<Item = Option<&mut [f32]>> {
    let missing = slice.is_none();
    let chunks = slice.into_iter().flat_map(move |slice| slice.chunks_mut(len.max(1))).map(Some);
    chunks.chain(std::iter::repeat_with(|| None).take(if missing { usize::MAX } else { 0 }))
}
