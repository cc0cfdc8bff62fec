//! Augmentation: how a picture is changed each time the network sees it in training. Strengths are plain numbers.

use super::effects::{ColourDraw, blur, colour_and_normalise, drop_cells, erase};
use super::warp::{Affine, Pixels, warp};
use crate::nn::Framing;
use crate::random::Stream;
use crate::{Error, ErrorKind, Result};

/// How a picture may change. All probabilities are in 0–1. The order is geometry (one warp), blur, dropout, colour, normalisation, erasing.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmentation {
    /// `none`, `standard`, `strong`, `reference`, or a name of the caller's.
    pub name: String,
    /// Place and shape; `None` together with no other change is evaluation: framing and the antialiased resize.
    pub geometry: Option<Geometry>,
    /// Colours.
    pub colour: Option<Colour>,
    /// Blur, dropped pixels, erased rectangles.
    pub damage: Option<Damage>,
}

/// Changes of place and shape, drawn independently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// Probability of a left–right mirror.
    pub flip_horizontal: f64,
    /// Probability of an up–down mirror.
    pub flip_vertical: f64,
    /// Probability of a rotation.
    pub rotate: f64,
    /// It is uniform within ± this many degrees.
    pub rotate_degrees: f64,
    /// Probability of a change of scale.
    pub scale: f64,
    /// Magnification, above 1 enlarges: uniform between these two (on a logarithmic scale unless `scale_axes_apart`).
    pub scale_range: [f64; 2],
    /// Draws the magnification of x and of y separately.
    pub scale_axes_apart: bool,
    /// Largest stretch of one axis against the other: x is enlarged by √r and y reduced by √r, ln r uniform within ± ln of this. 1 is none.
    pub stretch: f64,
    /// Largest shift along each axis, as a share of the framed side.
    pub shift: f64,
}

/// Changes of colour, applied together unless `one_of`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colour {
    /// Probability of any change.
    pub probability: f64,
    /// Factor on every channel: 1 ± this.
    pub brightness: f64,
    /// Factor on the distance from the picture's mean brightness: 1 ± this.
    pub contrast: f64,
    /// Factor on the distance from grey: 1 ± this.
    pub saturation: f64,
    /// Turn of the hue within ± this many degrees.
    pub hue_degrees: f64,
    /// Factor on each channel separately: 1 ± this.
    pub channel_gain: f64,
    /// Added to the channels, within ± this many of 255 levels.
    pub add: f64,
    /// Probability that `add` is drawn for each channel separately.
    pub add_per_channel: f64,
    /// Half the time only `add`, else everything but `add`.
    pub one_of: bool,
}

/// Blur and lost pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Damage {
    /// Probability of a Gaussian blur.
    pub blur: f64,
    /// Its σ is uniform between 0 and this many pixels.
    pub blur_sigma: f64,
    /// Probability of dropped pixels: half the time single ones, else coarse cells; they become black.
    pub dropout: f64,
    /// Single pixels: each is dropped with a probability uniform between 0 and this.
    pub dropout_pixels: f64,
    /// Coarse cells: each is dropped with this probability.
    pub dropout_cells: f64,
    /// Coarse cells: cells along a side, as a share of the side's pixels.
    pub dropout_cell_grid: f64,
    /// Probability of an erased rectangle (it becomes the mean colour).
    pub erase: f64,
    /// Its area is uniform between these shares of the square.
    pub erase_area: [f64; 2],
}

/// How a square is made of a picture and written as numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) side: usize,
    pub(crate) framing: Framing,
    /// Whether the framed picture is mirrored left–right, and then turned counter-clockwise by how many quarters, before any change.
    pub(crate) mirrored: bool,
    pub(crate) turns: u8,
    pub(crate) mean: [f32; 3],
    pub(crate) std: [f32; 3],
}

impl Augmentation {
    /// No change: what evaluation sees.
    pub fn none() -> Self {
        Self { name: "none".to_owned(), geometry: None, colour: None, damage: None }
    }

    /// The default for training: mirrors, any rotation, 0.8–1.25 in scale, shifts, a slight stretch, and moderate changes of colour.
    pub fn standard() -> Self {
        let geometry = Geometry {
            flip_horizontal: 0.5,
            flip_vertical: 0.5,
            rotate: 1.0,
            rotate_degrees: 180.0,
            scale: 1.0,
            scale_range: [0.8, 1.25],
            scale_axes_apart: false,
            stretch: 1.1,
            shift: 0.08,
        };
        let colour = Colour {
            probability: 1.0,
            brightness: 0.15,
            contrast: 0.2,
            saturation: 0.2,
            hue_degrees: 5.0,
            channel_gain: 0.05,
            add: 0.0,
            add_per_channel: 0.0,
            one_of: false,
        };
        Self { name: "standard".to_owned(), geometry: Some(geometry), colour: Some(colour), damage: None }
    }

    /// `standard` with wider ranges, for long runs: 0.7–1.6 in scale, more colour, sometimes blur, and every third square loses a rectangle
    /// (random erasing, Zhong et al., AAAI 2020).
    pub fn strong() -> Self {
        let standard = Self::standard();
        let geometry = standard.geometry.map(|g| Geometry { scale_range: [0.7, 1.6], stretch: 1.2, shift: 0.1, ..g });
        let colour = standard.colour.map(|c| Colour { brightness: 0.25, contrast: 0.3, saturation: 0.3, hue_degrees: 8.0, channel_gain: 0.1, ..c });
        let damage = Damage {
            blur: 0.2,
            blur_sigma: 1.2,
            dropout: 0.0,
            dropout_pixels: 0.0,
            dropout_cells: 0.0,
            dropout_cell_grid: 0.0,
            erase: 0.33,
            erase_area: [0.02, 0.2],
        };
        Self { name: "strong".to_owned(), geometry, colour, damage: Some(damage) }
    }

    /// The reference's list (SSD-KD, `aug_isic.py`), in its order and with its probabilities. Deviations: scale, resize and rotation are one
    /// bilinear warp instead of three passes (the reference resizes with a cubic filter); "hue and saturation ± 10" (of 256 levels each, added
    /// in HSV) is a turn of the hue by ± 14° and a saturation factor of 1 ± 0.04; the reference adds one number to both, here they are drawn
    /// separately; coarse dropout uses a grid of a quarter of the side.
    pub fn reference() -> Self {
        let geometry = Geometry {
            flip_horizontal: 0.5,
            flip_vertical: 0.2,
            rotate: 0.25,
            rotate_degrees: 120.0,
            scale: 0.25,
            scale_range: [1.0, 2.0],
            scale_axes_apart: true,
            stretch: 1.0,
            shift: 0.0,
        };
        let colour = Colour {
            probability: 0.25,
            brightness: 0.0,
            contrast: 0.0,
            saturation: 0.04,
            hue_degrees: 14.0,
            channel_gain: 0.0,
            add: 15.0,
            add_per_channel: 0.5,
            one_of: true,
        };
        let damage = Damage {
            blur: 0.25,
            blur_sigma: 1.5,
            dropout: 0.1,
            dropout_pixels: 0.05,
            dropout_cells: 0.02,
            dropout_cell_grid: 0.25,
            erase: 0.0,
            erase_area: [0.0, 0.0],
        };
        Self { name: "reference".to_owned(), geometry: Some(geometry), colour: Some(colour), damage: Some(damage) }
    }

    /// The preset of this name.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for any other name.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "none" => Ok(Self::none()),
            "standard" => Ok(Self::standard()),
            "strong" => Ok(Self::strong()),
            "reference" => Ok(Self::reference()),
            "still" => Ok(Self { name: "still".to_owned(), geometry: None, ..Self::strong() }),
            _ => {
                let message = format!("no augmentation is called '{name}'; allowed are none, standard, strong, reference, still");
                Err(Error::new(ErrorKind::Argument, message, ""))
            }
        }
    }

    /// Whether nothing changes, so that the exact evaluation path applies.
    pub fn is_none(&self) -> bool {
        self.geometry.is_none() && self.colour.is_none() && self.damage.is_none()
    }

    /// Checks that every number is finite and in its range.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] naming the setting, its value and the range.
    pub fn check(&self) -> Result<()> {
        let mut settings: Vec<(&str, f64, f64, f64)> = Vec::new();
        if let Some(g) = &self.geometry {
            settings.extend([
                ("flip_horizontal", g.flip_horizontal, 0.0, 1.0),
                ("flip_vertical", g.flip_vertical, 0.0, 1.0),
                ("rotate", g.rotate, 0.0, 1.0),
                ("rotate_degrees", g.rotate_degrees, 0.0, 180.0),
                ("scale", g.scale, 0.0, 1.0),
                ("scale_range[0]", g.scale_range[0], 0.1, 10.0),
                ("scale_range[1]", g.scale_range[1], g.scale_range[0], 10.0),
                ("stretch", g.stretch, 1.0, 4.0),
                ("shift", g.shift, 0.0, 1.0),
            ]);
        }
        if let Some(c) = &self.colour {
            settings.extend([
                ("colour probability", c.probability, 0.0, 1.0),
                ("brightness", c.brightness, 0.0, 1.0),
                ("contrast", c.contrast, 0.0, 1.0),
                ("saturation", c.saturation, 0.0, 1.0),
                ("hue_degrees", c.hue_degrees, 0.0, 180.0),
                ("channel_gain", c.channel_gain, 0.0, 1.0),
                ("add", c.add, 0.0, 255.0),
                ("add_per_channel", c.add_per_channel, 0.0, 1.0),
            ]);
        }
        if let Some(d) = &self.damage {
            settings.extend([
                ("blur", d.blur, 0.0, 1.0),
                ("blur_sigma", d.blur_sigma, 0.0, 10.0),
                ("dropout", d.dropout, 0.0, 1.0),
                ("dropout_pixels", d.dropout_pixels, 0.0, 1.0),
                ("dropout_cells", d.dropout_cells, 0.0, 1.0),
                ("dropout_cell_grid", d.dropout_cell_grid, 0.0, 1.0),
                ("erase", d.erase, 0.0, 1.0),
                ("erase_area[0]", d.erase_area[0], 0.0, 1.0),
                ("erase_area[1]", d.erase_area[1], d.erase_area[0], 1.0),
            ]);
        }
        match settings.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            None => Ok(()),
            Some((what, value, low, high)) => {
                let message = format!("the augmentation '{}' has {what} = {value}; allowed are {low} to {high}", self.name);
                Err(Error::new(ErrorKind::Argument, message, ""))
            }
        }
    }

    /// Draws one change and writes the square (`side` × `side` × 3, normalised) to `out`. `scratch` is overwritten.
    pub(crate) fn render(&self, picture: &Pixels, target: &Target, stream: &mut Stream, scratch: &mut Vec<f32>, out: &mut [f32]) {
        let side = target.side;
        let map = self.geometry.unwrap_or(Geometry::STILL).draw(picture, target, stream);
        warp(picture, &map, side, out);
        if let Some(damage) = &self.damage {
            if stream.chance(damage.blur) {
                blur(out, side, stream.between(0.0, damage.blur_sigma), scratch);
            }
            if stream.chance(damage.dropout) {
                let (cells, probability) = if stream.chance(0.5) {
                    (side, stream.between(0.0, damage.dropout_pixels))
                } else {
                    ((side as f64 * damage.dropout_cell_grid).round() as usize, damage.dropout_cells)
                };
                drop_cells(out, side, cells, probability, stream);
            }
        }
        let draw = self.colour.map_or(ColourDraw::NEUTRAL, |colour| colour.draw(stream));
        colour_and_normalise(out, &draw.map(f64::from(picture.mean())), target.mean, target.std);
        if let Some(damage) = &self.damage
            && stream.chance(damage.erase)
        {
            erase(out, side, damage.erase_area, stream);
        }
    }
}

impl Geometry {
    /// Nothing moves.
    const STILL: Self = Self {
        flip_horizontal: 0.0,
        flip_vertical: 0.0,
        rotate: 0.0,
        rotate_degrees: 0.0,
        scale: 0.0,
        scale_range: [1.0, 1.0],
        scale_axes_apart: false,
        stretch: 1.0,
        shift: 0.0,
    };

    /// A random map from the square to the picture. Without any change the square shows what the framing keeps; the rest of the picture is
    /// within reach of shifts and rotations.
    fn draw(&self, picture: &Pixels, target: &Target, stream: &mut Stream) -> Affine {
        let flip = |mirrored: bool| if mirrored { -1.0 } else { 1.0 };
        let (flip_x, flip_y) = (flip(stream.chance(self.flip_horizontal)), flip(stream.chance(self.flip_vertical)));
        let angle = if stream.chance(self.rotate) { stream.around_zero(self.rotate_degrees).to_radians() } else { 0.0 };
        let [low, high] = self.scale_range;
        let (zoom_x, zoom_y) = match (stream.chance(self.scale), self.scale_axes_apart) {
            (false, _) => (1.0, 1.0),
            (true, true) => (stream.between(low, high), stream.between(low, high)),
            (true, false) => {
                let zoom = stream.between(low.ln(), high.ln()).exp();
                (zoom, zoom)
            }
        };
        let stretch = (stream.around_zero(self.stretch.ln()) / 2.0).exp();
        let (shift_x, shift_y) = (stream.around_zero(self.shift), stream.around_zero(self.shift));
        let (width, height) = (picture.width() as f64, picture.height() as f64);
        let (framed_width, framed_height, left, top) = match target.framing {
            Framing::CentreSquare => {
                let side = width.min(height);
                // The same whole-pixel corner as evaluation's crop.
                (side, side, ((width - side) / 2.0).floor(), ((height - side) / 2.0).floor())
            }
            Framing::Squash => (width, height, 0.0, 0.0),
        };
        let side = target.side as f64;
        let (centre_x, centre_y) = (left + (framed_width - 1.0) / 2.0, top + (framed_height - 1.0) / 2.0);
        // A turned picture has its framed sides exchanged.
        let (framed_width, framed_height) =
            if target.turns.is_multiple_of(2) { (framed_width, framed_height) } else { (framed_height, framed_width) };
        let (step_x, step_y) = (framed_width / side / (zoom_x * stretch), framed_height / side / (zoom_y / stretch));
        let (sin, cos) = angle.sin_cos();
        let mut x = (cos * flip_x * step_x, -sin * flip_y * step_x, shift_x * framed_width);
        let mut y = (sin * flip_x * step_y, cos * flip_y * step_y, shift_y * framed_height);
        for _ in 0..target.turns {
            (x, y) = ((-y.0, -y.1, -y.2), x);
        }
        if target.mirrored {
            x = (-x.0, -x.1, -x.2);
        }
        let ((xx, xy, right), (yx, yy, down)) = (x, y);
        let middle = (side - 1.0) / 2.0;
        let (centre_x, centre_y) = (centre_x + right, centre_y + down);
        Affine { xx, xy, x0: centre_x - (xx + xy) * middle, yx, yy, y0: centre_y - (yx + yy) * middle }
    }
}

impl Colour {
    fn draw(&self, stream: &mut Stream) -> ColourDraw {
        let mut draw = ColourDraw::NEUTRAL;
        if !stream.chance(self.probability) {
            return draw;
        }
        let only_add = self.one_of && stream.chance(0.5);
        if !only_add {
            let brightness = stream.around_one(self.brightness);
            draw.contrast = stream.around_one(self.contrast);
            draw.saturation = stream.around_one(self.saturation);
            draw.hue = stream.around_zero(self.hue_degrees);
            draw.gain = [0; 3].map(|_| brightness * stream.around_one(self.channel_gain));
        }
        if only_add || !self.one_of {
            let apart = stream.chance(self.add_per_channel);
            let first = stream.around_zero(self.add);
            draw.add = [0; 3].map(|_| if apart { stream.around_zero(self.add) } else { first });
        }
        draw
    }
}
