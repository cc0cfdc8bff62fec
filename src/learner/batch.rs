//! What a training step is given.

use crate::{Error, ErrorKind, Result};
use candle_core::{Device, Tensor};

/// Images, or features of them computed earlier, with their labels. An image may come in several views, one row each: row i · V + v is image i
/// turned counter-clockwise by v quarter turns (SSD-KD §2.3), so that row mod V = 0 is upright.
#[derive(Clone, Debug)]
pub struct Batch {
    input: Tensor,
    labels: Vec<usize>,
    samples: Vec<usize>,
    views: usize,
    from: Option<String>,
}

impl Batch {
    /// A batch of images: `input` is V · N × `side` × `side` × 3 numbers, `labels` N class positions, `samples` N numbers by which a cached
    /// teacher knows the images, `views` V.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] when there is no image, or the lengths do not fit together.
    pub fn new(input: Vec<f32>, labels: Vec<usize>, samples: Vec<usize>, views: usize, side: usize) -> Result<Self> {
        Self::checked(input, &[side, side, 3], labels, samples, views, None)
    }

    /// A batch of features: `input` is what the network gave at the tap or block `from`, rows of `axes` numbers.
    ///
    /// # Errors
    /// As [`Batch::new`].
    pub fn from_features(input: Vec<f32>, (from, axes): (&str, &[usize]), labels: Vec<usize>, samples: Vec<usize>, views: usize) -> Result<Self> {
        Self::checked(input, axes, labels, samples, views, Some(from.to_owned()))
    }

    fn checked(input: Vec<f32>, axes: &[usize], labels: Vec<usize>, samples: Vec<usize>, views: usize, from: Option<String>) -> Result<Self> {
        let rows = labels.len().saturating_mul(views);
        let needed = axes.iter().fold(rows, |product, &axis| product.saturating_mul(axis));
        if rows == 0 || input.len() != needed || samples.len() != labels.len() {
            let message = format!("{} numbers, {} labels, {} samples and {views} views of {axes:?}", input.len(), labels.len(), samples.len());
            return Err(Error::new(ErrorKind::Argument, message, "Give one label and one sample an image, and a row for each of its views."));
        }
        let shape: Vec<usize> = std::iter::once(rows).chain(axes.iter().copied()).collect();
        Ok(Self { input: Tensor::from_vec(input, shape, &Device::Cpu)?, labels, samples, views, from })
    }

    /// One row a view: V · N × what the pass starts from.
    pub fn input(&self) -> &Tensor {
        &self.input
    }

    /// The tap or block whose value the input is; `None` for images.
    pub fn from(&self) -> Option<&str> {
        self.from.as_deref()
    }

    /// N class positions.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// N numbers by which a cached teacher knows the images.
    pub fn samples(&self) -> &[usize] {
        &self.samples
    }

    /// V: rows an image.
    pub fn views(&self) -> usize {
        self.views
    }

    /// The sample and the view of every row.
    pub fn rows(&self) -> impl Iterator<Item = (usize, usize)> {
        self.samples.iter().flat_map(|&sample| (0..self.views).map(move |view| (sample, view)))
    }

    /// The rows of the upright views of a tensor with one row a view: N of V · N.
    ///
    /// # Errors
    /// Candle's own when `rows` has another number of rows.
    pub fn upright(&self, rows: &Tensor) -> Result<Tensor> {
        self.part(rows, 0, 1)
    }

    /// The rows of the other views, image by image: (V − 1) · N of V · N.
    ///
    /// # Errors
    /// As [`Batch::upright`]; [`ErrorKind::Argument`] when there is only one view.
    pub fn turned(&self, rows: &Tensor) -> Result<Tensor> {
        if self.views < 2 {
            return Err(Error::new(ErrorKind::Argument, "the batch has one view an image; turned ones need two", "Load more views."));
        }
        self.part(rows, 1, self.views.saturating_sub(1))
    }

    /// Views `first` to `first + count` of each image.
    fn part(&self, rows: &Tensor, first: usize, count: usize) -> Result<Tensor> {
        if self.views == 1 {
            return Ok(rows.clone());
        }
        let axes = rows.dims().get(1..).unwrap_or_default();
        let with = |front: &[usize]| [front, axes].concat();
        let apart = rows.reshape(with(&[self.labels.len(), self.views]))?;
        Ok(apart.narrow(1, first, count)?.contiguous()?.reshape(with(&[self.labels.len().saturating_mul(count)]))?)
    }
}
