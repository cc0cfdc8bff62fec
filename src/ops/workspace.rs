//! Buffers that outlive a step: a training step needs the same large arrays every time, and fresh pages from the operating
//! system are not free.

use super::slices::{head, head_mut};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// A pool of `f32` buffers. Clones share the pool.
#[derive(Clone, Debug, Default)]
pub struct Workspace(Arc<Mutex<Vec<Vec<f32>>>>);

/// A buffer on loan from a [`Workspace`]; it goes back when dropped. Its contents are unspecified when taken.
#[derive(Debug)]
pub struct Buffer {
    /// At least `len` numbers: what was once written stays, so that a buffer taken again need not be filled.
    data: Vec<f32>,
    len: usize,
    home: Workspace,
}

impl Workspace {
    /// A buffer of `len` numbers, the smallest that fits among those at hand, else a new one. The contents are whatever they were.
    pub fn take(&self, len: usize) -> Buffer {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = free.iter().enumerate().filter(|(_, data)| data.len() >= len);
        let best = fitting.min_by_key(|(_, data)| data.len()).map(|(index, _)| index);
        let data = best.map(|index| free.swap_remove(index));
        drop(free);
        Buffer { data: data.unwrap_or_else(|| vec![0.0; len]), len, home: self.clone() }
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
        head(&self.data, self.len)
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        head_mut(&mut self.data, self.len)
    }
}
