//! Work split over the batch. The split depends on the batch and the number of threads, never on timing, so results repeat bit for bit.

use std::ops::Range;

/// Runs `work` on every task, on all threads where the crate is built with `parallel`.
pub(super) fn run<T: Send>(tasks: Vec<T>, work: impl Fn(T) + Send + Sync) {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        tasks.into_par_iter().with_max_len(1).for_each(work);
    }
    #[cfg(not(feature = "parallel"))]
    tasks.into_iter().for_each(work);
}

/// `images` cut into contiguous groups, two a thread, the earlier ones larger by at most one image.
pub(super) fn groups(images: usize) -> Vec<Range<usize>> {
    #[cfg(feature = "parallel")]
    let wanted = 2 * rayon::current_num_threads();
    #[cfg(not(feature = "parallel"))]
    let wanted = 1;
    let count = wanted.min(images);
    (0..count).map(|i| images * i / count..images * (i + 1) / count).collect()
}

/// Cuts `slice` (numbers of `per_image` an image) along `groups`.
pub(super) fn split<'a>(mut slice: &'a mut [f32], groups: &[Range<usize>], per_image: usize) -> Vec<&'a mut [f32]> {
    let mut parts = Vec::with_capacity(groups.len());
    for group in groups {
        let (part, rest) = slice.split_at_mut(group.len() * per_image);
        parts.push(part);
        slice = rest;
    }
    parts
}
