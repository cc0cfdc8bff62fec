//! Decoded pixels by sample: each picture is decoded once, by whichever worker first needs it, and kept in the form its user wants.

use super::warp::Pixels;
use crate::nn::Framing;
use crate::{Error, ErrorKind, Result};
use image::{ImageDecoder, ImageError, ImageReader};
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

fn prepare(path: &Path, form: Form) -> Result<Pixels> {
    let named = |error: Error| error.context(path.display());
    let pixels = decode(path)?;
    match form {
        Form::Seen(framing, side) => framed(pixels, framing)?.resized(side, side).map_err(named),
        Form::Source(framing, side) => {
            let (width, height) = (pixels.width() as f64, pixels.height() as f64);
            let step = match framing {
                Framing::CentreSquare => width.min(height),
                Framing::Squash => width.max(height),
            } / side as f64;
            if step <= LARGEST_STEP {
                return Ok(pixels);
            }
            let shrunk = |length: f64| ((length * LARGEST_STEP / step).round() as usize).max(1);
            pixels.resized(shrunk(width), shrunk(height)).map_err(named)
        }
    }
}

/// The part of a picture that a framing keeps.
fn framed(pixels: Pixels, framing: Framing) -> Result<Pixels> {
    let (width, height) = (pixels.width(), pixels.height());
    if framing == Framing::Squash || width == height {
        return Ok(pixels);
    }
    let side = width.min(height);
    let left = width.saturating_sub(side) / 2;
    let top = height.saturating_sub(side) / 2;
    let rows = pixels.rgb().chunks_exact(width.saturating_mul(3)).skip(top).take(side);
    let columns = left.saturating_mul(3)..left.saturating_add(side).saturating_mul(3);
    let square = rows.flat_map(|row| row.get(columns.clone()).unwrap_or_default()).copied().collect();
    Pixels::new(side, side, square)
}

/// Decodes a file by its content and turns it upright.
fn decode(path: &Path) -> Result<Pixels> {
    let io = |error: std::io::Error| Error::from(error).context(path.display());
    let refused = |error: ImageError| {
        let kind = match &error {
            ImageError::Unsupported(_) => ErrorKind::ImageFormat,
            ImageError::Limits(_) => ErrorKind::ImageTooLarge,
            ImageError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => ErrorKind::ImageTruncated,
            _ => ErrorKind::ImageCorrupt,
        };
        Error::new(kind, format!("{}: {error}", path.display()), "Replace the file, or remove its row.")
    };
    let reader = ImageReader::open(path).map_err(io)?.with_guessed_format().map_err(io)?;
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let orientation = decoder.orientation().map_err(refused)?;
    let mut picture = image::DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(orientation);
    let rgb = picture.into_rgb8();
    Pixels::new(rgb.width() as usize, rgb.height() as usize, rgb.into_raw()).map_err(|error| error.context(path.display()))
}
