//! Cheap measures of the square that the network sees. They are numbers only: what counts as too dark or too soft is decided elsewhere.

use serde::{Deserialize, Serialize};

use super::Seen;

/// A pixel whose channels are all at most this is clipped dark.
const DARK: u8 = 10;
/// A pixel whose channels are all at least this is clipped bright.
const BRIGHT: u8 = 245;

/// Measures of a square, over its luma Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), 0–255. All are 0 for a square without pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// The variance of the Laplacian 4 Y(x, y) − Y(x−1, y) − Y(x+1, y) − Y(x, y−1) − Y(x, y+1) over the pixels that have four neighbours.
    /// 0 for an even surface; small for a blurred one; larger for texture and also for noise. It depends on the side, so values compare
    /// only between squares of one side. Source: Pech-Pacheco et al., ICPR 2000.
    pub sharpness: f32,
    /// The mean of Y / 255: 0 black, 1 white.
    pub brightness: f32,
    /// The standard deviation of Y / 255: 0 even, ½ at most.
    pub contrast: f32,
    /// The share of pixels, 0–1, whose three channels are all at most 10.
    pub clipped_dark: f32,
    /// The share of pixels, 0–1, whose three channels are all at least 245.
    pub clipped_bright: f32,
}

impl Quality {
    /// The sharpness that the same surface has in any light and on any skin: sharpness / (255² · contrast · brightness). A factor on all
    /// pixels cancels; a blur stays, since it lowers the Laplacian far more than the contrast. 0 for a black and for an even square.
    pub fn relative_sharpness(&self) -> f32 {
        over(self.sharpness, 255.0 * 255.0 * self.contrast * self.brightness)
    }

    /// The contrast that the same surface has in any light and on any skin: contrast / brightness, the coefficient of variation of Y.
    /// 0 for a black and for an even square.
    pub fn relative_contrast(&self) -> f32 {
        over(self.contrast, self.brightness)
    }
}

/// `part` / `whole`, and 0 where there is no whole to relate to; a NaN stays one.
fn over(part: f32, whole: f32) -> f32 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

/// Measures a square; one pass over its pixels for each measure.
pub fn quality(seen: &Seen) -> Quality {
    let pixels = seen.rgb.as_chunks::<3>().0;
    let luma: Vec<f32> = pixels.iter().map(|&[r, g, b]| 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)).collect();
    let share = |clipped: fn(&[u8; 3]) -> bool| mean(pixels.iter().map(|pixel| f64::from(u8::from(clipped(pixel)))));
    let (brightness, variance) = moments(luma.iter().map(|&y| f64::from(y) / 255.0));
    let rows: Vec<&[f32]> = luma.chunks_exact(seen.side.max(1)).collect();
    let laplacian = rows.windows(3).flat_map(|triple| {
        let [above, row, below] = triple else { return Vec::new() };
        let vertical = above.iter().zip(*below).skip(1).map(|(a, b)| a + b);
        row.windows(3).zip(vertical).map(|(near, far)| if let [left, y, right] = near { 4.0 * y - left - right - far } else { 0.0 }).collect()
    });
    let (_, sharpness) = moments(laplacian.map(f64::from));
    Quality {
        sharpness: sharpness as f32,
        brightness: brightness as f32,
        contrast: variance.sqrt() as f32,
        clipped_dark: share(|pixel| pixel.iter().all(|&value| value <= DARK)) as f32,
        clipped_bright: share(|pixel| pixel.iter().all(|&value| value >= BRIGHT)) as f32,
    }
}

/// The mean; 0 of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    moments(values).0
}

/// Mean and variance (divided by the count) in one pass, by Welford's recurrence; (0, 0) of nothing.
fn moments(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (count, mean, squares) = values.fold((0.0f64, 0.0f64, 0.0f64), |(count, mean, squares), value| {
        let count = count + 1.0;
        let next = mean + (value - mean) / count;
        (count, next, squares + (value - mean) * (value - next))
    });
    if count > 0.0 { (mean, squares / count) } else { (0.0, 0.0) }
}
