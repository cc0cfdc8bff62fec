//! A lightweight skin-lesion classifier that trains natively and runs in the browser. A demonstration and research tool, not a medical device.
//!
//! # Two ways in
//! *A photograph* goes through [`classifier`]: bytes become a picture ([`photo`]), the picture logits ([`engine`]), the logits an answer that may
//! decline ([`trust`]).
//!
//! ```no_run
//! use dermdistill::classifier::{Classifier, Request};
//!
//! let mut classifier = Classifier::new(&std::fs::read("weights/student.safetensors")?)?;
//! let answer = classifier.classify(&std::fs::read("photo.jpg")?, &Request::default(), || 0.0)?;
//! match &answer.abstained {
//!     Some(reason) => println!("cannot judge: {}", reason.message),
//!     None => println!("{:?}", answer.ranked.first()),
//! }
//! # Ok::<(), dermdistill::Error>(())
//! ```
//!
//! *A training step* goes through `learner` (feature `learn`): a batch of views becomes losses (`distill`, one file a term), Candle takes them
//! backwards through the kernels (`ops`), and the trainer moves the weights. `data` prepares batches, `cli` writes files; in the browser `adapt` does
//! the same with a few photographs, one step a call.
//!
//! # The rooms
//! Ground floor first; a room calls only the rooms above it in this list, and reads from front to back in this order:
//! 1. [`classes`]: codes and names.
//! 2. [`kernels`]: the arithmetic, slices in, slices out; the only room with `unsafe`.
//! 3. [`nn`]: networks as data, which two executors read.
//! 4. [`weights`]: safetensors and the card, every invariant checked.
//! 5. [`photo`]: untrusted bytes to the network's input.
//! 6. [`engine`]: the executor for inference.
//! 7. [`trust`]: metrics, calibration, abstention.
//! 8. `ops`: kernels as Candle ops with their backward.
//! 9. `learner`: the executor for training.
//! 10. `distill`: what is learned, losses, teachers, objectives.
//! 11. `data`: data sets, native only.
//! 12. `web`: the wasm surface. `cli`: the command line.
//!
//! [`classifier`] puts weights, photo, engine and trust together; `adapt` lets it learn from a few photographs.
//!
//! # Features
//! Without any: what a page's first load has. `resnet`: ResNet-50 and int8 files. `learn`: training, with Candle. `parallel`: threads.
//! `data`: data sets. `cli` (the default): the program and all of these. `web`: bindings for JavaScript.
//!
//! Every fallible call gives an [`Error`], whose [`ErrorKind`] is a closed list and whose message says what was found, what is allowed and what to do.

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
