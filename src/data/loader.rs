//! Background threads that prepare batches ahead of their use.

use super::augment::{Augmentation, Target};
use super::cache::Form;
use super::dataset::Dataset;
use super::mix::{Mix, Mixed};
use super::pose::{MIRRORED, pose};
use crate::nn::Framing;
use crate::random::{Purpose, Stream};
use crate::{Error, ErrorKind, Result};
use std::collections::{BTreeMap, HashMap};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// What a loader prepares. [`LoaderConfig::default`] is evaluation at 224 with ImageNet's mean and standard deviation.
#[derive(Clone, Debug, PartialEq)]
pub struct LoaderConfig {
    /// Side of the network's square, 1–4096.
    pub side: usize,
    /// Images in a batch, at least 1. The last batch may have fewer.
    pub batch: usize,
    /// Views an image, 1–4: view v is the picture turned counter-clockwise by v quarter turns, changed by an augmentation of its own.
    pub views: usize,
    /// Mirrors each picture left–right with probability ½, drawn anew every time, before its views are made.
    pub mirror: bool,
    /// Leaves out a last batch with fewer images.
    pub drop_last: bool,
    /// Begins with this batch (resuming in the middle of an epoch).
    pub skip_batches: usize,
    /// How images change; [`Augmentation::none`] for evaluation.
    pub augmentation: Augmentation,
    /// How often images are mixed with others of their batch.
    pub mix: Mix,
    /// How a picture becomes a square.
    pub framing: Framing,
    /// Subtracted from each channel in 0–1.
    pub mean: [f32; 3],
    /// Then divided by; above 0.
    pub std: [f32; 3],
    /// Seed of the augmentation.
    pub seed: u64,
    /// Epoch of the augmentation: the same image changes differently in another epoch.
    pub epoch: u64,
    /// Threads that prepare batches, at least 1.
    pub workers: usize,
    /// Batches prepared ahead, at least 1; memory is about (`prefetch` + `workers`) batches.
    pub prefetch: usize,
}

impl Default for LoaderConfig {
    fn default() -> Self {
        Self {
            side: 224,
            batch: 32,
            views: 1,
            mirror: false,
            drop_last: false,
            skip_batches: 0,
            augmentation: Augmentation::none(),
            mix: Mix::default(),
            framing: Framing::CentreSquare,
            mean: [0.485, 0.456, 0.406],
            std: [0.229, 0.224, 0.225],
            seed: 0,
            epoch: 0,
            workers: std::thread::available_parallelism().map_or(1, NonZero::get),
            prefetch: 4,
        }
    }
}

/// Prepared images.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// N · V × side × side × 3 (RGB), normalised: row i · V + v is view v of image i.
    pub input: Vec<f32>,
    /// N class positions.
    pub labels: Vec<usize>,
    /// N positions in the data set.
    pub indices: Vec<usize>,
    /// Whether each of the N images was mirrored left–right before it was turned.
    pub mirrored: Vec<bool>,
    /// V: views an image.
    pub views: usize,
    /// Side of the squares.
    pub side: usize,
    /// Which images were mixed; `None` where each is itself.
    pub mixed: Option<Mixed>,
}

/// An iterator over the batches of one epoch, in order, prepared by background threads that end when it is dropped.
///
/// The batches depend on the data set, the order and the configuration only: neither `workers`, `prefetch` nor `skip_batches` changes a bit
/// of them. If an image cannot be read, its batch is an error that names the file, and the batches after it still follow.
#[derive(Debug)]
pub struct Loader {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    next: usize,
}

#[derive(Debug)]
struct Shared {
    dataset: Arc<Dataset>,
    /// Position in the data set, and how often it was shown in this epoch before.
    order: Vec<(usize, u32)>,
    config: LoaderConfig,
    batches: usize,
    state: Mutex<State>,
    /// A batch became ready, or was taken.
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// The next batch that no worker has begun.
    unclaimed: usize,
    /// The next batch that the iterator returns.
    delivered: usize,
    ready: BTreeMap<usize, Result<Batch>>,
    spare: Vec<Vec<f32>>,
    stopped: bool,
}

impl Loader {
    /// Starts to prepare the images at the positions in `order`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if a setting is out of its range, `skip_batches` is above the number of batches, or a position lies outside
    /// the data set; [`ErrorKind::Io`] if a thread cannot be started.
    pub fn new(dataset: Arc<Dataset>, order: Vec<usize>, config: LoaderConfig) -> Result<Self> {
        config.check()?;
        if let Some(index) = order.iter().find(|index| **index >= dataset.samples().len()) {
            let message = format!("image {index} is not in the data set of {}", dataset.samples().len());
            return Err(Error::new(ErrorKind::Argument, message, ""));
        }
        let full = order.len().checked_div(config.batch).unwrap_or(0);
        let batches = if config.drop_last { full } else { order.len().div_ceil(config.batch.max(1)) };
        if config.skip_batches > batches {
            let message = format!("{} batches are to be skipped; the epoch has {batches}", config.skip_batches);
            return Err(Error::new(ErrorKind::Argument, message, "The checkpoint belongs to another data set or batch size."));
        }
        let mut shown: HashMap<usize, u32> = HashMap::new();
        let count = |index: usize| {
            let next = shown.entry(index).or_insert(0);
            let before = *next;
            *next = before.saturating_add(1);
            (index, before)
        };
        let order = order.into_iter().map(count).collect();
        let first = config.skip_batches;
        let state = State { unclaimed: first, delivered: first, ready: BTreeMap::new(), spare: Vec::new(), stopped: false };
        let threads = config.workers;
        let shared = Arc::new(Shared { dataset, order, config, batches, state: Mutex::new(state), changed: Condvar::new() });
        let mut loader = Self { shared, workers: Vec::with_capacity(threads), next: first };
        for number in 0..threads {
            let shared = Arc::clone(&loader.shared);
            let thread = std::thread::Builder::new().name(format!("loader-{number}")).spawn(move || shared.work())?;
            loader.workers.push(thread);
        }
        Ok(loader)
    }

    /// Batches in the epoch, those skipped included.
    pub fn batches(&self) -> usize {
        self.shared.batches
    }

    /// Gives the memory of a used batch back, so that the next one need not be allocated.
    pub fn recycle(&self, batch: Batch) {
        let mut state = self.shared.lock();
        if state.spare.len() < self.shared.config.prefetch {
            state.spare.push(batch.input);
        }
    }
}

impl Iterator for Loader {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.shared.batches {
            return None;
        }
        let mut state = self.shared.lock();
        loop {
            if let Some(batch) = state.ready.remove(&self.next) {
                self.next = self.next.saturating_add(1);
                state.delivered = self.next;
                drop(state);
                self.shared.changed.notify_all();
                return Some(batch);
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.shared.batches.saturating_sub(self.next);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Loader {}

impl Drop for Loader {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_all();
        for worker in self.workers.drain(..) {
            // A worker catches panics of its work; there is nothing to do about one that ended otherwise.
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker: takes the next batch whenever fewer than `prefetch` lie ahead of the reader.
    fn work(&self) {
        let mut scratch = Vec::new();
        while let Some((batch, spare)) = self.claim() {
            // A panic (in a decoder, say) becomes this batch's error; without it the reader would wait for ever.
            let made = catch_unwind(AssertUnwindSafe(|| self.make(batch, spare, &mut scratch)));
            let made = made.unwrap_or_else(|_| Err(Error::new(ErrorKind::Internal, format!("a worker failed on batch {batch}"), "")));
            self.lock().ready.insert(batch, made);
            self.changed.notify_all();
        }
    }

    /// The number of the next batch to make and memory for it; `None` when there is nothing left to do.
    fn claim(&self) -> Option<(usize, Vec<f32>)> {
        let mut state = self.lock();
        loop {
            if state.stopped || state.unclaimed >= self.batches {
                return None;
            }
            if state.unclaimed < state.delivered.saturating_add(self.config.prefetch) {
                let batch = state.unclaimed;
                state.unclaimed = batch.saturating_add(1);
                return Some((batch, state.spare.pop().unwrap_or_default()));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn make(&self, number: usize, mut input: Vec<f32>, scratch: &mut Vec<f32>) -> Result<Batch> {
        let config = &self.config;
        let members = self.order.chunks(config.batch).nth(number).unwrap_or_default();
        let square = config.side.saturating_mul(config.side).saturating_mul(3);
        let views = square.saturating_mul(config.views);
        input.resize(members.len().saturating_mul(views), 0.0);
        let mut labels = Vec::with_capacity(members.len());
        let mirrored: Vec<bool> = members.iter().map(|&(index, repeat)| config.mirrors(index, repeat)).collect();
        for ((out, &member), &mirrored) in input.chunks_exact_mut(views.max(1)).zip(members).zip(&mirrored) {
            if self.lock().stopped {
                return Err(Error::new(ErrorKind::Aborted, "the loader was dropped", ""));
            }
            labels.push(self.image(member, mirrored, scratch, (out, square))?);
        }
        let indices = members.iter().map(|&(index, _)| index).collect();
        let mut batch = Batch { input, labels, indices, mirrored, views: config.views, side: config.side, mixed: None };
        config.mix.apply(&mut batch, (config.seed, config.epoch, number));
        Ok(batch)
    }

    /// Writes the views of one image, `square` numbers each, and returns its label.
    fn image(&self, (index, repeat): (usize, u32), mirrored: bool, scratch: &mut Vec<f32>, (out, square): (&mut [f32], usize)) -> Result<usize> {
        let config = &self.config;
        let outside = || Error::new(ErrorKind::Internal, format!("image {index} is not in the data set"), "");
        let sample = self.dataset.samples().get(index).ok_or_else(outside)?;
        let cached = |form| self.dataset.cache().get(index, &sample.image, form);
        if config.augmentation.is_none() {
            let seen = cached(Form::Seen(config.framing, config.side))?;
            write_normalised(seen.rgb(), config.mean, config.std, scratch_of(scratch, square));
            let first = if mirrored { MIRRORED } else { 0 };
            for (at, view) in (first..).zip(out.chunks_exact_mut(square.max(1))) {
                pose(scratch, config.side, at, view);
            }
        } else {
            let picture = cached(Form::Source(config.framing, config.side))?;
            for (view, out) in (0u8..).zip(out.chunks_exact_mut(square.max(1))) {
                let LoaderConfig { side, framing, mean, std, .. } = *config;
                let target = Target { side, framing, mirrored, turns: view, mean, std };
                let mut stream = Stream::of_view(config.seed, config.epoch, index, (repeat, view), Purpose::Augment);
                config.augmentation.render(&picture, &target, &mut stream, scratch, out);
            }
        }
        Ok(sample.label)
    }
}

/// The scratch memory, of this length.
fn scratch_of(scratch: &mut Vec<f32>, len: usize) -> &mut [f32] {
    scratch.resize(len, 0.0);
    scratch
}

/// The arithmetic of `photo::normalise`, to the bit.
fn write_normalised(rgb: &[u8], mean: [f32; 3], std: [f32; 3], out: &mut [f32]) {
    let number = |level: u8, mean: f32, std: f32| (f32::from(level) / 255.0 - mean) / std;
    for (out, &[r, g, b]) in out.as_chunks_mut::<3>().0.iter_mut().zip(rgb.as_chunks::<3>().0) {
        *out = [number(r, mean[0], std[0]), number(g, mean[1], std[1]), number(b, mean[2], std[2])];
    }
}

impl LoaderConfig {
    /// Whether an image is mirrored at this showing.
    fn mirrors(&self, index: usize, repeat: u32) -> bool {
        self.mirror && Stream::new(self.seed, self.epoch, index, repeat, Purpose::Mirror).chance(0.5)
    }

    fn check(&self) -> Result<()> {
        let ranges = [
            ("side", self.side, 1, 4096),
            ("batch", self.batch, 1, 65_536),
            ("views", self.views, 1, 4),
            ("workers", self.workers, 1, 1024),
            ("prefetch", self.prefetch, 1, 1024),
        ];
        if let Some((what, value, low, high)) = ranges.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            return Err(Error::new(ErrorKind::Argument, format!("{what} is {value}; allowed are {low} to {high}"), ""));
        }
        if !self.mean.iter().all(|mean| mean.is_finite()) || !self.std.iter().all(|std| std.is_finite() && *std > 0.0) {
            let message = format!("mean {:?} and std {:?} must be finite, and std above 0", self.mean, self.std);
            return Err(Error::new(ErrorKind::Argument, message, ""));
        }
        self.mix.check()?;
        self.augmentation.check()
    }
}
