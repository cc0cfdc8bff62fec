//! From a photograph to what the network reads: crop, frame, resize, normalise.

use serde::{Deserialize, Serialize};

use super::{Photo, resize};
use crate::nn::Framing;
use crate::{Error, ErrorKind, Result};

/// A box in pixels of the upright photograph. (0, 0) is its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// Pixels left of the box.
    pub x: u32,
    /// Pixels above the box.
    pub y: u32,
    /// Pixels across, at least 1.
    pub width: u32,
    /// Pixels down, at least 1.
    pub height: u32,
}

/// The square that the network sees, as an ordinary picture: what a page should show beside an answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen {
    /// Pixels across and down.
    pub side: usize,
    /// `side` rows of `side` pixels of R, G, B, 0–255.
    pub rgb: Vec<u8>,
}

impl std::fmt::Debug for Seen {
    /// The size only: a photograph does not belong into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen").field("side", &self.side).finish_non_exhaustive()
    }
}

/// Cuts the photograph to `crop` (all of it if `None`), frames that as `framing` says and resizes it to `side` × `side`.
///
/// [`Framing::CentreSquare`] takes the largest square in the middle, its corner at ⌊(width − s) / 2⌋, ⌊(height − s) / 2⌋; [`Framing::Squash`]
/// takes everything. The resize is Pillow's antialiased bilinear filter, bit for bit; pixels outside the part have no influence, so the result
/// equals `image.crop(…).resize((side, side), BILINEAR)`.
///
/// # Errors
/// [`ErrorKind::ImageCrop`] if the box is empty or does not lie in the photograph, [`ErrorKind::Argument`] if `side` is 0 or above 16,384,
/// [`ErrorKind::ImageEmpty`] if the photograph has no pixels or fewer than it says.
pub fn network_input(photo: &Photo, crop: Option<Crop>, framing: Framing, side: usize) -> Result<Seen> {
    let out = u32::try_from(side).ok().filter(|side| (1..=16_384).contains(side));
    let out = out.ok_or_else(|| Error::new(ErrorKind::Argument, format!("the network's side is {side}; 1 to 16384 are possible"), ""))?;
    let pixels = u64::from(photo.width).saturating_mul(photo.height.into());
    if pixels == 0 || u64::try_from(photo.rgb.len()).ok() != pixels.checked_mul(3) {
        let message = format!("the photograph says {} × {} pixels and holds {} bytes", photo.width, photo.height, photo.rgb.len());
        return Err(Error::new(ErrorKind::ImageEmpty, message, "It must hold three bytes for each pixel."));
    }
    let crop = crop.unwrap_or(Crop { x: 0, y: 0, width: photo.width, height: photo.height });
    crop.check(photo)?;
    let part = match framing {
        Framing::CentreSquare => crop.centre_square(),
        Framing::Squash => crop,
    };
    let Crop { x, y, width, height } = part;
    let rgb = resize::to_square(resize::View { rgb: &photo.rgb, stride: photo.width, x, y, width, height }, out)?;
    Ok(Seen { side, rgb })
}

impl Crop {
    /// The largest square in the middle of the box.
    fn centre_square(self) -> Self {
        let side = self.width.min(self.height);
        let middle = |start: u32, length: u32| start.saturating_add(length.saturating_sub(side) >> 1);
        Self { x: middle(self.x, self.width), y: middle(self.y, self.height), width: side, height: side }
    }

    fn check(self, photo: &Photo) -> Result<()> {
        let fits = |start: u32, length: u32, whole: u32| length > 0 && start.checked_add(length).is_some_and(|end| end <= whole);
        if fits(self.x, self.width, photo.width) && fits(self.y, self.height, photo.height) {
            return Ok(());
        }
        let Self { x, y, width, height } = self;
        let message = format!(
            "the crop box begins at ({x}, {y}) and has {width} × {height} pixels; the upright photograph has {} × {}",
            photo.width, photo.height
        );
        Err(Error::new(ErrorKind::ImageCrop, message, "Choose a box of at least 1 × 1 pixel inside the photograph."))
    }
}

/// The square with left and right exchanged.
pub fn mirror(seen: &Seen) -> Seen {
    let rows = seen.rgb.chunks_exact(seen.side.saturating_mul(3).max(1));
    let rgb = rows.flat_map(|row| row.as_chunks::<3>().0.iter().rev().flatten().copied()).collect();
    Seen { side: seen.side, rgb }
}

/// The square turned counter-clockwise by `turns` quarter turns; whole turns change nothing.
pub fn turn(seen: &Seen, turns: usize) -> Seen {
    let (side, pixels) = (seen.side, seen.rgb.as_chunks::<3>().0);
    let mut turned = pixels.to_vec();
    for _ in 0..turns & 3 {
        // The first row is what was the right-hand column, from its top.
        let columns = (0..side).rev();
        turned = columns.flat_map(|column| turned.iter().skip(column).step_by(side.max(1)).copied()).collect();
    }
    Seen { side, rgb: turned.into_flattened() }
}

/// The square with every channel multiplied by its factor, rounded and clamped to 0–255; a NaN gives 0.
pub fn tint(seen: &Seen, factors: [f32; 3]) -> Seen {
    let [red, green, blue] = factors;
    // A cast from f32 saturates.
    let scaled = |value: u8, factor: f32| (f32::from(value) * factor).round() as u8;
    let pixel = |&[r, g, b]: &[u8; 3]| [scaled(r, red), scaled(g, green), scaled(b, blue)];
    Seen { side: seen.side, rgb: seen.rgb.as_chunks::<3>().0.iter().flat_map(pixel).collect() }
}

/// The network's numbers: (v / 255 − mean) / std for each channel in f32, NHWC with N = 1, `side · side · 3` long.
///
/// The order of the operations is torchvision's (`ToTensor`, then `Normalize`). `std` must not hold 0, which would give infinities; weight
/// cards are checked for that.
pub fn normalise(seen: &Seen, mean: [f32; 3], std: [f32; 3]) -> Vec<f32> {
    let channel = |value: u8, mean: f32, std: f32| (f32::from(value) / 255.0 - mean) / std;
    let pixel = |&[r, g, b]: &[u8; 3]| [channel(r, mean[0], std[0]), channel(g, mean[1], std[1]), channel(b, mean[2], std[2])];
    seen.rgb.as_chunks::<3>().0.iter().flat_map(pixel).collect()
}
