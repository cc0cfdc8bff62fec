//! What happens to a square after the warp: blur, dropped pixels, colour, normalisation, an erased rectangle.

use crate::random::Stream;

/// A colour map for RGB in 0–255: out = `matrix`·(r, g, b) + `offset`, then clamped to 0–255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ColourMap {
    pub(crate) matrix: [[f32; 3]; 3],
    pub(crate) offset: [f32; 3],
}

const LUMA: [f64; 3] = [0.299, 0.587, 0.114];

/// The settings a colour map is built from; the neutral ones leave every colour as it is.
pub(crate) struct ColourDraw {
    /// Contrast about the picture's mean brightness (1 is neutral).
    pub(crate) contrast: f64,
    /// Distance from grey (1 is neutral).
    pub(crate) saturation: f64,
    /// Turn of the hue, in degrees.
    pub(crate) hue: f64,
    /// A factor for each channel, brightness included (1 is neutral).
    pub(crate) gain: [f64; 3],
    /// Added to each channel at the end, in units of 1/255.
    pub(crate) add: [f64; 3],
}

impl ColourDraw {
    pub(crate) const NEUTRAL: Self = Self { contrast: 1.0, saturation: 1.0, hue: 0.0, gain: [1.0; 3], add: [0.0; 3] };

    /// Contrast, then saturation, hue, gain and addition, as one affine map; `mean` is the picture's mean brightness.
    pub(crate) fn map(&self, mean: f64) -> ColourMap {
        let grey = 1.0 - self.saturation;
        let saturation =
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|row| zip(row, LUMA, |own, luma| self.saturation * own + grey * luma));
        // A rotation about the grey axis (1, 1, 1).
        let (sin, cos) = self.hue.to_radians().sin_cos();
        let (own, next, last) = ((1.0 + 2.0 * cos) / 3.0, (1.0 - cos) / 3.0 - sin / 3f64.sqrt(), (1.0 - cos) / 3.0 + sin / 3f64.sqrt());
        let hue = [[own, next, last], [last, own, next], [next, last, own]];
        let turned = product(&hue, &saturation);
        let matrix = zip(turned, self.gain, |row, gain| row.map(|weight| weight * gain));
        let lift = (1.0 - self.contrast) * mean;
        let offset = zip(matrix, self.add, |[r, g, b], add| ((r + g + b) * lift + add) as f32);
        ColourMap { matrix: matrix.map(|row| row.map(|weight| (weight * self.contrast) as f32)), offset }
    }
}

fn zip<A: Copy, B: Copy, C>(a: [A; 3], b: [B; 3], f: impl Fn(A, B) -> C) -> [C; 3] {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2])]
}

fn product(a: &[[f64; 3]; 3], [x, y, z]: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    a.map(|[p, q, r]| [p * x[0] + q * y[0] + r * z[0], p * x[1] + q * y[1] + r * z[1], p * x[2] + q * y[2] + r * z[2]])
}

/// Applies `colour` and then (v / 255 − mean) / std, in place, to RGB pixels in 0–255.
pub(crate) fn colour_and_normalise(pixels: &mut [f32], colour: &ColourMap, mean: [f32; 3], std: [f32; 3]) {
    let ColourMap { matrix: [[rr, rg, rb], [gr, gg, gb], [br, bg, bb]], offset: [or, og, ob] } = *colour;
    let scale = std.map(|std| 1.0 / (255.0 * std));
    let shift = zip(mean, std, |mean, std| -mean / std);
    for pixel in pixels.chunks_exact_mut(3) {
        if let [r, g, b] = pixel {
            let red = (rr * *r + rg * *g + rb * *b + or).clamp(0.0, 255.0);
            let green = (gr * *r + gg * *g + gb * *b + og).clamp(0.0, 255.0);
            let blue = (br * *r + bg * *g + bb * *b + ob).clamp(0.0, 255.0);
            (*r, *g, *b) = (red * scale[0] + shift[0], green * scale[1] + shift[1], blue * scale[2] + shift[2]);
        }
    }
}

/// Gaussian blur of a `side` × `side` × 3 square with standard deviation `sigma` pixels, mirrored at the borders. Kernel radius ⌈3σ⌉; nothing
/// happens for σ below 0.01. `scratch` is any vector; it is overwritten.
pub(crate) fn blur(square: &mut [f32], side: usize, sigma: f64, scratch: &mut Vec<f32>) {
    if side == 0 || sigma.is_nan() || sigma < 0.01 {
        return;
    }
    let radius = (3.0 * sigma).ceil() as i64;
    let taps = radius.saturating_neg()..=radius;
    let weights: Vec<f64> = taps.clone().map(|d| (-(d as f64 / sigma).powi(2) / 2.0).exp()).collect();
    let total: f64 = weights.iter().sum();
    let kernel: Vec<(i64, f32)> = taps.zip(weights).map(|(d, weight)| (d, (weight / total) as f32)).collect();
    let stride = side.saturating_mul(3);
    let mirrored = |at: usize, d: i64| super::warp::mirror((at as i64).saturating_add(d), side);
    scratch.clear();
    scratch.resize(square.len(), 0.0);
    // Down the columns: whole rows are added, so the inner loop is a plain sum of slices.
    for (y, row) in scratch.chunks_exact_mut(stride).enumerate() {
        for &(d, weight) in &kernel {
            let from = mirrored(y, d).saturating_mul(stride);
            for (sum, value) in row.iter_mut().zip(square.get(from..).unwrap_or_default()) {
                *sum += weight * value;
            }
        }
    }
    // Along the rows.
    for (row, from) in square.chunks_exact_mut(stride).zip(scratch.chunks_exact(stride)) {
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            pixel.fill(0.0);
            for &(d, weight) in &kernel {
                for (sum, value) in pixel.iter_mut().zip(from.get(mirrored(x, d).saturating_mul(3)..).unwrap_or_default()) {
                    *sum += weight * value;
                }
            }
        }
    }
}

/// Turns each cell of a grid of `cells` × `cells` black with the given probability (`cells = side` drops single pixels).
pub(crate) fn drop_cells(square: &mut [f32], side: usize, cells: usize, probability: f64, stream: &mut Stream) {
    let cells = cells.clamp(1, side.max(1));
    let mut dropped = Vec::with_capacity(cells.saturating_mul(cells));
    dropped.resize_with(cells.saturating_mul(cells), || stream.chance(probability));
    let cell = |at: usize| at.saturating_mul(cells).checked_div(side).unwrap_or(0);
    for (y, row) in square.chunks_exact_mut(side.saturating_mul(3).max(1)).enumerate() {
        let flags = dropped.get(cell(y).saturating_mul(cells)..).unwrap_or_default();
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            if flags.get(cell(x)) == Some(&true) {
                pixel.fill(0.0);
            }
        }
    }
}

/// Fills a random rectangle with zeros, which after normalisation is the mean colour. Its area is a share in `area` of the square, its sides'
/// ratio 1/3 to 3.
pub(crate) fn erase(square: &mut [f32], side: usize, area: [f64; 2], stream: &mut Stream) {
    let share = stream.between(area[0], area[1]);
    let ratio = 3f64.powf(stream.around_zero(1.0));
    let length = |ratio: f64| (((share * ratio).sqrt() * side as f64).round() as usize).min(side);
    let (width, height) = (length(ratio), length(1.0 / ratio));
    let left = stream.below(side.saturating_sub(width).saturating_add(1)).saturating_mul(3);
    let top = stream.below(side.saturating_sub(height).saturating_add(1));
    for row in square.chunks_exact_mut(side.saturating_mul(3).max(1)).skip(top).take(height) {
        row.iter_mut().skip(left).take(width.saturating_mul(3)).for_each(|value| *value = 0.0);
    }
}
