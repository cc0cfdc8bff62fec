//! The photograph's way in: golden files, hostile files, properties, limits, the square and its measures.

#[path = "common/tolerance.rs"]
mod tolerance;

#[path = "photo/files.rs"]
mod files;
#[path = "photo/golden.rs"]
mod golden;
#[path = "photo/hostile.rs"]
mod hostile;
