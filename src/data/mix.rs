//! Mixup and CutMix: two images of a batch become one, and the loss asks for both labels by their shares.

use super::loader::Batch;
use crate::random::{Purpose, Stream};
use crate::{Error, ErrorKind, Result};

/// α of Mixup's Beta(α, α), the value that Zhang et al. use on ImageNet.
const MIXUP_ALPHA: f64 = 0.4;

/// Which share of an epoch's batches is mixed. Both 0, the default, mixes none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mix {
    /// Mixup (Zhang et al., ICLR 2018): share · image + (1 − share) · partner, share of Beta(0.4, 0.4).
    pub mixup: f64,
    /// CutMix (Yun et al., ICCV 2019): a rectangle of the partner, of uniform area, in the image's place.
    pub cutmix: f64,
}

/// Who is in a mixed batch: image i is `share` of itself and 1 − `share` of image `partners[i]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixed {
    /// One position in the batch an image, never its own.
    pub partners: Vec<usize>,
    /// At least ½: which of two images is called the partner says nothing, so it is the one that shows less.
    pub share: f64,
}

/// A rectangle of whole pixels.
struct Rectangle {
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
}

impl Mix {
    /// That the two shares lie in 0–1, and so does their sum.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`].
    pub fn check(&self) -> Result<()> {
        let shares = [self.mixup, self.cutmix, self.mixup + self.cutmix];
        if shares.iter().all(|share| (0.0..=1.0).contains(share)) {
            return Ok(());
        }
        let message = format!("Mixup for {} of the batches and CutMix for {}; each and their sum must be 0 to 1", self.mixup, self.cutmix);
        Err(Error::new(ErrorKind::Argument, message, ""))
    }

    /// Mixes the images of batch `number` of an epoch, or leaves them as they are. A batch of one stays.
    ///
    /// What is drawn depends on seed, epoch and number alone.
    pub(super) fn apply(&self, batch: &mut Batch, (seed, epoch, number): (u64, u64, usize)) {
        let images = batch.labels.len();
        let mut stream = Stream::new(seed, epoch, number, 0, Purpose::Mix);
        let draw = stream.unit();
        if images < 2 || draw >= self.mixup + self.cutmix {
            return;
        }
        // Everybody's partner is as far away in the batch, whose order is random already.
        let distance = stream.below(images.saturating_sub(1)).saturating_add(1);
        let partners: Vec<usize> = (0..images).map(|at| at.saturating_add(distance).checked_rem(images).unwrap_or(0)).collect();
        let share = if draw < self.mixup {
            let share = larger_part(beta(&mut stream, MIXUP_ALPHA));
            blend(batch, &partners, share as f32);
            share
        } else {
            let rectangle = Rectangle::draw(&mut stream, batch.side);
            paste(batch, &partners, &rectangle);
            1.0 - rectangle.area() as f64 / batch.side.saturating_mul(batch.side).max(1) as f64
        };
        batch.mixed = Some(Mixed { partners, share });
    }
}

fn larger_part(share: f64) -> f64 {
    share.max(1.0 - share)
}

/// Beta(α, α) for α up to 1 (Jöhnk 1964): U^(1/α) / (U^(1/α) + V^(1/α)) where that sum is at most 1.
fn beta(stream: &mut Stream, alpha: f64) -> f64 {
    loop {
        let (x, y) = (stream.unit().powf(1.0 / alpha), stream.unit().powf(1.0 / alpha));
        let sum = x + y;
        if sum > 0.0 && sum <= 1.0 {
            return x / sum;
        }
    }
}

impl Rectangle {
    /// Of an area uniform in 0 to ½ of the square's, in its proportions, around a uniform point, cut off at the edges.
    fn draw(stream: &mut Stream, side: usize) -> Self {
        let length = side as f64 * (1.0 - larger_part(stream.unit())).sqrt();
        let mut range = || {
            let centre = stream.between(0.0, side as f64);
            let at = |place: f64| (place.round().max(0.0) as usize).min(side);
            at(centre - length / 2.0)..at(centre + length / 2.0)
        };
        Self { rows: range(), columns: range() }
    }

    fn area(&self) -> usize {
        self.rows.len().saturating_mul(self.columns.len())
    }
}

/// Numbers an image, all its views.
fn image_len(batch: &Batch) -> usize {
    batch.input.len().checked_div(batch.labels.len()).unwrap_or(0).max(1)
}

fn blend(batch: &mut Batch, partners: &[usize], share: f32) {
    let (len, before) = (image_len(batch), batch.input.clone());
    for (image, &partner) in batch.input.chunks_exact_mut(len).zip(partners) {
        let partner = before.chunks_exact(len).nth(partner).unwrap_or_default();
        image.iter_mut().zip(partner).for_each(|(image, partner)| *image = share * *image + (1.0 - share) * partner);
    }
}

fn paste(batch: &mut Batch, partners: &[usize], rectangle: &Rectangle) {
    let (len, before, side) = (image_len(batch), batch.input.clone(), batch.side);
    let row_len = side.saturating_mul(3).max(1);
    let columns = rectangle.columns.start.saturating_mul(3)..rectangle.columns.end.saturating_mul(3);
    for (image, &partner) in batch.input.chunks_exact_mut(len).zip(partners) {
        let partner = before.chunks_exact(len).nth(partner).unwrap_or_default();
        // Every view is `side` rows; the same rectangle in each.
        for (at, (row, other)) in image.chunks_exact_mut(row_len).zip(partner.chunks_exact(row_len)).enumerate() {
            if at.checked_rem(side).is_some_and(|at| rectangle.rows.contains(&at))
                && let (Some(row), Some(other)) = (row.get_mut(columns.clone()), other.get(columns.clone()))
            {
                row.copy_from_slice(other);
            }
        }
    }
}
