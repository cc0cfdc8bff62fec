//! What a training step is given.

use crate::{Error, ErrorKind, Result};
use candle_core::{Device, Tensor};

/// The pose of a mirror image that is not turned.
const MIRRORED: usize = 4;

/// Images, or features of them computed earlier, with their labels. An image may come in several views, one row each: row i · V + v is image i
/// turned counter-clockwise by v quarter turns (SSD-KD §2.3), so that row mod V = 0 is upright.
#[derive(Clone, Debug)]
pub struct Batch {
    input: Tensor,
    labels: Vec<usize>,
    samples: Vec<usize>,
    views: usize,
    from: Option<String>,
    mixed: Option<(Vec<usize>, f64)>,
    /// One an image, or none where no image is.
    mirrored: Vec<bool>,
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
        Ok(Self { input: Tensor::from_vec(input, shape, &Device::Cpu)?, labels, samples, views, from, mixed: None, mirrored: Vec::new() })
    }

    /// The same of images that were mixed in pairs (Mixup, CutMix): image i is `share` of image i as labelled and 1 − `share` of `partners[i]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] unless there is one partner an image, each of this batch, and the share lies in 0–1.
    pub fn mixed(self, partners: Vec<usize>, share: f64) -> Result<Self> {
        let images = self.labels.len();
        if partners.len() == images && partners.iter().all(|&partner| partner < images) && (0.0..=1.0).contains(&share) {
            return Ok(Self { mixed: Some((partners, share)), ..self });
        }
        let message = format!("{} partners and a share of {share} for {images} images", partners.len());
        Err(Error::new(ErrorKind::Argument, message, "Give each image a partner in the batch, and a share of 0 to 1."))
    }

    /// Whether the images were mixed in pairs.
    pub fn is_mixed(&self) -> bool {
        self.mixed.is_some()
    }

    /// What the images are made of: shares that sum to 1, and for each the position of the image that is in every image's place.
    pub fn portions(&self) -> Vec<(f64, Vec<usize>)> {
        let themselves = (0..self.labels.len()).collect();
        match &self.mixed {
            Some((partners, share)) => vec![(*share, themselves), (1.0 - share, partners.clone())],
            None => vec![(1.0, themselves)],
        }
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

    /// The same of images of which some were mirrored left–right before they were turned.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] unless there is an answer for each image.
    pub fn mirrored(self, mirrored: Vec<bool>) -> Result<Self> {
        if mirrored.len() == self.labels.len() {
            return Ok(Self { mirrored, ..self });
        }
        let message = format!("{} images, of which {} are said to be mirrored or not", self.labels.len(), mirrored.len());
        Err(Error::new(ErrorKind::Argument, message, ""))
    }

    /// The sample of every row and its pose: v for view v, 4 + v for view v of the mirror image.
    pub fn rows(&self) -> impl Iterator<Item = (usize, usize)> {
        let first = |image: usize| if self.mirrored.get(image) == Some(&true) { MIRRORED } else { 0 };
        let rows = move |(image, &sample)| (0..self.views).map(move |view| (sample, view.saturating_add(first(image))));
        self.samples.iter().enumerate().flat_map(rows)
    }

    /// The rows of the upright views of a tensor with one row a view: N of V · N.
    ///
    /// # Errors
    /// As [`upright`].
    pub fn upright(&self, rows: &Tensor) -> Result<Tensor> {
        upright(rows, self.views)
    }

    /// The rows of the other views, image by image: (V − 1) · N of V · N.
    ///
    /// # Errors
    /// As [`turned`].
    pub fn turned(&self, rows: &Tensor) -> Result<Tensor> {
        turned(rows, self.views)
    }
}

/// The rows of the upright views of a tensor with one row a view, `views` rows an image: row i · `views` is image i's.
///
/// # Errors
/// [`ErrorKind::Argument`] when the rows are no multiple of `views`.
pub fn upright(rows: &Tensor, views: usize) -> Result<Tensor> {
    part(rows, views, (0, 1))
}

/// The rows of the other views, image by image.
///
/// # Errors
/// As [`upright`]; [`ErrorKind::Argument`] when there is only one view.
pub fn turned(rows: &Tensor, views: usize) -> Result<Tensor> {
    if views < 2 {
        return Err(Error::new(ErrorKind::Argument, "the batch has one view an image; turned ones need two", "Load more views."));
    }
    part(rows, views, (1, views.saturating_sub(1)))
}

/// Views `first` to `first + count` of each image.
fn part(rows: &Tensor, views: usize, (first, count): (usize, usize)) -> Result<Tensor> {
    if views == 1 {
        return Ok(rows.clone());
    }
    let (all, axes) = rows.dims().split_first().unwrap_or((&0, &[]));
    let Some(images) = all.checked_div(views).filter(|images| images.checked_mul(views) == Some(*all)) else {
        return Err(Error::new(ErrorKind::Argument, format!("{all} rows are not {views} views of each image"), ""));
    };
    let with = |front: &[usize]| [front, axes].concat();
    let apart = rows.reshape(with(&[images, views]))?;
    Ok(apart.narrow(1, first, count)?.contiguous()?.reshape(with(&[images.saturating_mul(count)]))?)
}
