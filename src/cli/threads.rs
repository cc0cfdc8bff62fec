//! How many threads a command works with: one meaning of `--threads` for all of them.

use crate::{Error, ErrorKind, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Makes `threads` threads, or one a core, those that all work of this process is split over. The caller is one of them: its steps then begin and end
/// in one thread's memory, where a pool of others would take 5 % more in some runs, whichever of them a step had met.
///
/// # Errors
/// [`ErrorKind::Argument`] for 0 threads, for more than the system gives, and when called a second time.
pub(super) fn set(threads: Option<usize>) -> Result<()> {
    builder(threads)?.use_current_thread().build_global().map_err(refuse)
}

/// A pool of `threads` threads, or of one a core, for some of the work.
///
/// # Errors
/// [`ErrorKind::Argument`] for 0 threads, and for more than the system gives.
pub(super) fn pool(threads: Option<usize>) -> Result<ThreadPool> {
    builder(threads)?.build().map_err(refuse)
}

/// `None` stands for all cores, which rayon spells 0; a 0 that a person wrote is more likely a slip than all of them.
fn builder(threads: Option<usize>) -> Result<ThreadPoolBuilder> {
    match threads {
        Some(0) => Err(refuse("0 threads can do no work")),
        threads => Ok(ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0))),
    }
}

fn refuse(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Argument, why.to_string(), "Use --threads 1 or more, or leave it out for all cores.")
}
