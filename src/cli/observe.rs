//! Many images through the classifier, on all threads.

use super::output::note;
use super::selection::Item;
use super::threads;
use crate::classifier::{Classifier, Request};
use crate::data::read_photo;
use crate::photo::Quality;
use crate::trust::{Prior, Reason};
use crate::{Error, Result};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use std::path::Path;
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
    /// Why the card's limits decline an answer; `None` where one is given.
    pub declined: Option<Reason>,
    /// The distance to the training, where the weights can tell it.
    pub distance: Option<f64>,
    /// Measures of the square that the network saw.
    pub quality: Quality,
}

/// Images that were looked at, and how many could not be.
#[derive(Debug)]
pub(super) struct Observed<'a, I, T> {
    /// The images that were looked at, in their order.
    pub items: Vec<&'a I>,
    /// What was found on each.
    pub observations: Vec<T>,
    /// Why the others could not be looked at; each was reported on the standard error.
    pub failures: Vec<Error>,
}

impl<I, T> Observed<'_, I, T> {
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

/// Classifies every image.
///
/// # Errors
/// Those of [`each`].
pub(super) fn observe<'a>(
    classifier: &Classifier,
    items: &'a [Item],
    prior: &Prior,
    threads: Option<usize>,
) -> Result<Observed<'a, Item, Observation>> {
    let request = Request { prior: prior.clone(), ..Request::default() };
    each(classifier, items, threads, |item| &item.image, |classifier, item| observe_one(classifier, item, &request))
}

/// Shows every image to `look`, each thread with its own copy of the one who looks. The result does not depend on the number of threads.
///
/// # Errors
/// [`ErrorKind::Argument`] for 0 threads or more than the system gives. What is wrong with an image is reported and counted instead.
pub(super) fn each<'a, S: Clone + Send + Sync, I: Sync, T: Send>(
    looker: &S,
    items: &'a [I],
    threads: Option<usize>,
    image: impl Fn(&I) -> &Path + Sync,
    look: impl Fn(&mut S, &I) -> Result<T> + Sync,
) -> Result<Observed<'a, I, T>> {
    let bar = bar(items.len());
    let judge = |looker: &mut S, item: &I| {
        let found = look(looker, item).map_err(|error| error.context(image(item).display()));
        bar.inc(1);
        found
    };
    let all = || items.par_iter().with_min_len(LEAST_SHARE).map_init(|| looker.clone(), judge).collect::<Vec<_>>();
    let results = threads::pool(threads)?.install(all);
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
    let answer = classifier.classify(&read_photo(&item.image)?, request, clock)?;
    Ok(Observation {
        logits: answer.logits,
        probabilities: answer.probabilities,
        declined: answer.abstained.map(|abstained| abstained.code),
        distance: answer.unlikeness.map(|unlikeness| unlikeness.distance),
        quality: answer.quality,
    })
}

/// Milliseconds since this was first called.
pub(super) fn clock() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3
}

/// A bar that shows on a terminal only.
fn bar(images: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("[{bar:30}] {pos}/{len} images, {per_sec}, {eta} left");
    ProgressBar::new(images as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
