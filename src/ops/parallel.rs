//! Work split over the batch. The split depends on the batch and the number of threads, never on timing, so results repeat bit for bit.

/// Runs `work` on every task, on all threads where the crate is built with `parallel`; what each gave, in the tasks' order.
pub(crate) fn map<T: Send, R: Send>(tasks: Vec<T>, work: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        tasks.into_par_iter().with_max_len(1).map(work).collect()
    }
    #[cfg(not(feature = "parallel"))]
    tasks.into_iter().map(work).collect()
}

/// [`map`] where nothing is given.
pub(super) fn run<T: Send>(tasks: Vec<T>, work: impl Fn(T) + Send + Sync) {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        tasks.into_par_iter().with_max_len(1).for_each(work);
    }
    #[cfg(not(feature = "parallel"))]
    tasks.into_iter().for_each(work);
}

/// Runs `work` on a thread of those that [`run`] uses: a caller from outside would put itself to sleep and be woken at every single `run`.
pub(super) fn inside<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "parallel")]
    {
        rayon::scope(|_| work())
    }
    #[cfg(not(feature = "parallel"))]
    work()
}

/// How many of `count` each task takes: two tasks a thread, the earlier ones one more where it does not come out even.
pub(super) fn groups(count: usize) -> Vec<usize> {
    #[cfg(feature = "parallel")]
    let wanted = rayon::current_num_threads().saturating_mul(2);
    #[cfg(not(feature = "parallel"))]
    let wanted = 1;
    let tasks = wanted.min(count);
    let (Some(each), Some(more)) = (count.checked_div(tasks), count.checked_rem(tasks)) else { return Vec::new() };
    (0..tasks).map(|task| each.saturating_add(usize::from(task < more))).collect()
}
