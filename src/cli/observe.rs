//! Many images through the classifier, on all threads.

use super::output::note;
use super::selection::Item;
use crate::classifier::{Classifier, Request};
use crate::data::read_photo;
use crate::photo::Quality;
use crate::trust::Prior;
use crate::{Error, ErrorKind, Result};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use std::sync::OnceLock;
use std::time::Instant;

/// Images that a thread takes at least before its copy of the classifier is made anew.
const LEAST_SHARE: usize = 16;

/// What the classifier said about one image.
#[derive(Clone, Debug)]
pub(super) struct Observation {
    /// The network's raw output.
    pub logits: Vec<f32>,
    /// Calibrated, under the prior asked for.
    pub probabilities: Vec<f64>,
    /// Whether the card's limits decline an answer.
    pub abstained: bool,
    /// Measures of the square that the network saw.
    pub quality: Quality,
}

/// Images that were judged, and how many could not be.
#[derive(Debug)]
pub(super) struct Observed<'a> {
    /// The images that were judged, in their order.
    pub items: Vec<&'a Item>,
    /// What was said about each.
    pub observations: Vec<Observation>,
    /// Why the others could not be judged; each was reported on the standard error.
    pub failures: Vec<Error>,
}

impl Observed<'_> {
    /// The error that ends a command after failures; `consequence` says what they mean for its result.
    ///
    /// # Errors
    /// The first failure's kind, if there is any.
    pub fn complete(&self, consequence: &str) -> Result<()> {
        let Some(first) = self.failures.first() else { return Ok(()) };
        let all = self.items.len() + self.failures.len();
        let message = format!("{} of {all} images could not be judged; {consequence}", self.failures.len());
        Err(Error::new(first.kind(), message, "Each is named above; replace the file or remove its row."))
    }
}

/// Classifies every image, each thread with its own copy of the classifier. The result does not depend on the number of threads.
///
/// # Errors
/// [`ErrorKind::Argument`] for 0 threads or more than the system gives. What is wrong with an image is reported and counted instead.
pub(super) fn observe<'a>(classifier: &Classifier, items: &'a [Item], prior: &Prior, threads: Option<usize>) -> Result<Observed<'a>> {
    let request = Request { prior: prior.clone(), ..Request::default() };
    let bar = bar(items.len());
    let judge = |classifier: &mut Classifier, item: &Item| {
        let observation = observe_one(classifier, item, &request);
        bar.inc(1);
        observation
    };
    let all = || items.par_iter().with_min_len(LEAST_SHARE).map_init(|| classifier.clone(), judge).collect::<Vec<_>>();
    let results = pool(threads)?.install(all);
    bar.finish_and_clear();
    let mut observed = Observed { items: Vec::new(), observations: Vec::new(), failures: Vec::new() };
    for (item, result) in items.iter().zip(results) {
        match result {
            Ok(observation) => {
                observed.items.push(item);
                observed.observations.push(observation);
            }
            Err(error) => {
                note(format_args!("error: {error}"));
                observed.failures.push(error);
            }
        }
    }
    Ok(observed)
}

fn observe_one(classifier: &mut Classifier, item: &Item, request: &Request) -> Result<Observation> {
    let answer = classifier.classify(&read_photo(&item.image)?, request, clock).map_err(|error| error.context(item.image.display()))?;
    Ok(Observation { logits: answer.logits, probabilities: answer.probabilities, abstained: answer.abstained.is_some(), quality: answer.quality })
}

/// Milliseconds since this was first called.
pub(super) fn clock() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3
}

fn pool(threads: Option<usize>) -> Result<rayon::ThreadPool> {
    let refuse = |why: String| Error::new(ErrorKind::Argument, why, "Use --threads 1 or more, or leave it out for all cores.");
    match threads {
        Some(0) => Err(refuse("0 threads can do no work".to_owned())),
        // Rayon takes 0 for all cores.
        threads => {
            let built = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build();
            built.map_err(|error| refuse(format!("the threads could not be started: {error}")))
        }
    }
}

/// A bar that shows on a terminal only.
fn bar(images: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("[{bar:30}] {pos}/{len} images, {per_sec}, {eta} left");
    ProgressBar::new(images as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
