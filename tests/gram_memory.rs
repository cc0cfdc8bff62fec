//! The channel relation's memory: measured by an allocator of its own, so this test has a binary of its own.
#![allow(clippy::unwrap_used)] // a helper that fails is a test that fails

use candle_core::{Device, Tensor, Var};
use dermdistill::distill::gram;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Measuring;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Measuring {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(held, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Measuring = Measuring;

/// 32 views at 224 px; the project's promise is 50 MB. Four matrices of channels by channels alone would be 64 MiB.
#[test]
fn value_and_gradient_of_32_views_take_less_than_50_mb_beyond_their_maps() {
    let maps = |bound: f32| Tensor::rand(0.0, bound, (32, 7, 7, 2048), &Device::Cpu).unwrap();
    let (student, teacher) = (Var::from_tensor(&maps(1.0)).unwrap(), maps(2.0));
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let loss = gram(student.as_tensor(), &teacher).unwrap();
    let gradients = loss.backward().unwrap();
    let beyond = MOST.load(Ordering::Relaxed) - before;
    let gradient = gradients.get(&student).unwrap();
    assert_eq!(gradient.dims(), student.dims());
    println!("{:.1} MB", beyond as f64 / 1e6);
    // The gradient itself is 12.8 MB, so a count below that counts nothing.
    assert!((12_845_056..50_000_000).contains(&beyond), "{beyond}");
}
