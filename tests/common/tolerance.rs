//! Every tolerance of the tests, each with its reason. A number that is not here is exact.
#![allow(dead_code)] // each test binary uses its own part of the table

/// Metrics in f64 against scikit-learn, and against values worked out by hand: only the order of a few hundred additions differs.
pub const METRIC: f64 = 1e-9;
/// Probabilities in f64 against exact arithmetic on a handful of numbers: a few roundings.
pub const PROBABILITY: f64 = 1e-12;
/// A fitted temperature, relative: near its minimum the loss is flat, so about half of f64's digits can be told apart.
pub const TEMPERATURE: f64 = 1e-6;
/// A 95 % bootstrap interval of 200 independent photographs against the normal approximation: steps of 1/200 and 2000 draws.
pub const INTERVAL: f64 = 0.012;
