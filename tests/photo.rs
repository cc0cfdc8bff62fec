//! The photograph's way in: golden files, hostile files, properties, limits, the square and its measures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers outside the test functions

#[path = "common/png.rs"]
mod png;
#[path = "common/tolerance.rs"]
mod tolerance;

#[path = "photo/channels.rs"]
mod channels;
#[path = "photo/files.rs"]
mod files;
#[path = "photo/golden.rs"]
mod golden;
#[path = "photo/hostile.rs"]
mod hostile;
#[path = "photo/limits.rs"]
mod limits;
#[path = "photo/square.rs"]
mod square;
