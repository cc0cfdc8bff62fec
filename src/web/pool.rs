//! The threads of a build with shared memory: one worker leads, others that run in the same memory follow.
//!
//! A worker of this package can start none itself, so its owner starts them all: each follower takes up a thread of the leader's pool, and stays in it
//! until the owner ends it.

use std::sync::{Condvar, Mutex, PoisonError};

use rayon::{ThreadBuilder, ThreadPoolBuilder};
use wasm_bindgen::prelude::wasm_bindgen;

use super::{Thrown, thrown};
use crate::{Error, ErrorKind};

/// Threads that nobody has taken up yet.
static OPEN: Mutex<Vec<ThreadBuilder>> = Mutex::new(Vec::new());
static OPENED: Condvar = Condvar::new();

/// Makes the pool, of this thread and of so many that follow; returns when each of them has begun. Before anything else runs in parallel, and once.
#[wasm_bindgen]
pub fn lead(followers: usize) -> Thrown<()> {
    let pool = ThreadPoolBuilder::new().num_threads(followers.saturating_add(1)).use_current_thread().spawn_handler(|thread| {
        OPEN.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        OPENED.notify_one();
        Ok(())
    });
    pool.build_global().map_err(|error| thrown(Error::new(ErrorKind::Internal, format!("the pool of threads: {error}"), "")))
}

/// Takes up a thread of the pool that another worker of this memory leads, and works in it for as long as there is one.
#[wasm_bindgen]
pub fn follow() {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if let Some(thread) = open.pop() {
            drop(open);
            return thread.run();
        }
        open = OPENED.wait(open).unwrap_or_else(PoisonError::into_inner);
    }
}
