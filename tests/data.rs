//! Data sets, splits, balance, augmentation and the loader.
#![allow(clippy::unwrap_used)] // helpers of tests may unwrap like the tests themselves

#[cfg(feature = "learn")]
#[path = "data/answers.rs"]
mod answers;
#[path = "data/augment.rs"]
mod augment;
#[path = "data/balance.rs"]
mod balance;
#[path = "data/example.rs"]
mod example;
#[path = "data/hostile.rs"]
mod hostile;
#[path = "data/loader.rs"]
mod loader;
#[path = "data/mix.rs"]
mod mix;
#[path = "data/splits.rs"]
mod splits;
#[path = "data/tables.rs"]
mod tables;
#[path = "data/teacher.rs"]
mod teacher;
#[path = "common/tolerance.rs"]
mod tolerance;
#[path = "data/warps.rs"]
mod warps;
