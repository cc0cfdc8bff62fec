//! What cargo-fuzz runs: one function a kind of file, which panics where the crate breaks a promise. Each takes any bytes.

#[path = "../../tests/fuzz/promises.rs"]
mod promises;

pub use promises::{card, image, table, weights};
