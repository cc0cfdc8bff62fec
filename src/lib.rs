//! A lightweight skin-lesion classifier that trains natively and runs in the browser.
//!
//! The rooms, ground floor first; a room calls only the rooms above it in this list:
//! [`classes`] (codes and names), [`kernels`] (slices in, slices out), [`nn`] (network descriptions), [`weights`] (safetensors and the card),
//! [`photo`] (untrusted bytes to network input), [`engine`] (inference), [`trust`] (metrics, calibration, abstention),
//! `ops` (kernels as Candle ops), `learner` (training), `distill` (what is learned: losses, teachers, objectives), `data` (data sets,
//! native only), `web` (the wasm surface), `cli`.
//! [`classifier`] puts weights, photo, engine and trust together; `adapt` lets it learn from a few photographs.

#[cfg(feature = "learn")]
pub mod adapt;
pub mod classes;
pub mod classifier;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "data")]
pub mod data;
#[cfg(feature = "learn")]
pub mod distill;
pub mod engine;
pub mod error;
pub mod kernels;
#[cfg(feature = "learn")]
pub mod learner;
pub mod nn;
#[cfg(feature = "learn")]
pub mod ops;
pub mod photo;
#[cfg(any(feature = "learn", feature = "data"))]
mod random;
pub mod trust;
#[cfg(all(feature = "web", target_arch = "wasm32"))]
pub mod web;
pub mod weights;

pub use error::{Error, ErrorKind, Result};
