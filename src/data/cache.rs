//! Decoded pixels by sample: each picture is decoded once, by whichever worker first needs it, and kept in the form its user wants.

use super::folder::read_photo;
use super::warp::Pixels;
use crate::nn::Framing;
use crate::photo::{self, Limits, Photo};
use crate::{Error, Result};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A picture this many times larger than the network's square is shrunk to it with the antialiased filter before it is warped.
const LARGEST_STEP: f64 = 1.5;

/// What a picture is wanted for; only one form of each is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Framed and resized to the network's square, as evaluation sees it.
    Seen(Framing, usize),
    /// The whole frame, for warping into a square of this side.
    Source(Framing, usize),
}

type Slot = Mutex<Option<(Form, Arc<Pixels>)>>;

/// One slot a sample.
#[derive(Debug)]
pub(crate) struct Cache {
    slots: Vec<Slot>,
    free: AtomicUsize,
}

impl Cache {
    pub(crate) fn new(samples: usize, bytes: usize) -> Self {
        Self { slots: (0..samples).map(|_| Mutex::new(None)).collect(), free: AtomicUsize::new(bytes) }
    }

    /// The picture of sample `index` in `form`, from memory or from its file.
    pub(crate) fn get(&self, index: usize, path: &Path, form: Form) -> Result<Arc<Pixels>> {
        let Some(slot) = self.slots.get(index) else {
            return prepare(path, form).map(Arc::new);
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((held, pixels)) = slot.as_ref()
            && *held == form
        {
            return Ok(Arc::clone(pixels));
        }
        let pixels = Arc::new(prepare(path, form)?);
        if let Some((_, old)) = slot.take() {
            self.free.fetch_add(old.size(), Ordering::Relaxed);
        }
        let size = pixels.size();
        if self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| free.checked_sub(size)).is_ok() {
            *slot = Some((form, Arc::clone(&pixels)));
        }
        Ok(pixels)
    }
}

/// Reads, decodes and turns a file upright, as `photo` does with any photograph, and brings it into `form`.
fn prepare(path: &Path, form: Form) -> Result<Pixels> {
    let named = |error: Error| error.context(path.display());
    photo::decode(&read_photo(path)?, &Limits::default()).and_then(|picture| shape(picture, form)).map_err(named)
}

fn shape(picture: Photo, form: Form) -> Result<Pixels> {
    match form {
        Form::Seen(framing, side) => Pixels::new(side, side, photo::network_input(&picture, None, framing, side)?.rgb),
        Form::Source(framing, side) => {
            let (width, height) = (f64::from(picture.width), f64::from(picture.height));
            let step = match framing {
                Framing::CentreSquare => width.min(height),
                Framing::Squash => width.max(height),
            } / side as f64;
            let pixels = Pixels::new(picture.width as usize, picture.height as usize, picture.rgb)?;
            if step <= LARGEST_STEP {
                return Ok(pixels);
            }
            let shrunk = |length: f64| ((length * LARGEST_STEP / step).round() as usize).max(1);
            pixels.resized(shrunk(width), shrunk(height))
        }
    }
}
