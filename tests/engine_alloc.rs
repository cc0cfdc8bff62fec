//! A forward pass allocates nothing: counted by an allocator of its own, so this test has a binary of its own.

#[path = "common/generator.rs"]
mod generator;

use dermdistill::engine::Engine;
use dermdistill::nn::mobilenet_v2;
use dermdistill::weights::Tensor;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_forward_pass_allocates_nothing() {
    let network = mobilenet_v2(8);
    let tensors = generator::parameters(&network).into_iter().map(|(p, data)| (p.name, Tensor { shape: p.shape, data })).collect();
    let mut engine = Engine::new(&network, &tensors, 96).unwrap();
    let image = generator::images(0, 1, 96);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let finite = engine.forward(&image).is_ok_and(|logits| logits.len() == 8);
    let seen = engine.features().len() + engine.embedding().len();
    let after = ALLOCATIONS.load(Ordering::Relaxed);
    assert!(finite && seen > 0);
    assert_eq!(after - before, 0);
    // The counter does count.
    assert!(engine.class_activation_map(0).is_ok());
    assert!(ALLOCATIONS.load(Ordering::Relaxed) > after);
}
