//! Buffers that outlive a step: a training step needs the same large arrays every time, and fresh pages from the operating
//! system are not free.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// A pool of `f32` buffers. Clones share the pool.
#[derive(Clone, Debug, Default)]
pub struct Workspace(Arc<Mutex<Vec<Vec<f32>>>>);

/// A buffer on loan from a [`Workspace`]; it goes back when dropped. Its contents are unspecified when taken.
#[derive(Debug)]
pub struct Buffer {
    data: Vec<f32>,
    home: Workspace,
}

impl Workspace {
    /// A buffer of `len` numbers, the smallest that fits among those at hand, else a new one. The contents are whatever they were.
    pub fn take(&self, len: usize) -> Buffer {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let best = (0..free.len()).filter(|&i| free[i].capacity() >= len).min_by_key(|&i| free[i].capacity());
        let mut data = best.map_or_else(Vec::new, |i| free.swap_remove(i));
        drop(free);
        data.resize(len, 0.0);
        Buffer { data, home: self.clone() }
    }

    /// A buffer of `len` zeros.
    pub fn zeros(&self, len: usize) -> Buffer {
        let mut buffer = self.take(len);
        buffer.fill(0.0);
        buffer
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let data = std::mem::take(&mut self.data);
        self.home.0.lock().unwrap_or_else(PoisonError::into_inner).push(data);
    }
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.data
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }
}
