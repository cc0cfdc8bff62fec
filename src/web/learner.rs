//! The learner for JavaScript: [`crate::adapt`], values in and plain objects out.

use js_sys::{Array, Float32Array, Object};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};
use web_sys::ImageData;

use super::options::Options;
use super::{Classifier, Thrown, answer, now, thrown};
use crate::adapt::{self, Example, Plan, Taught, Use};
use crate::classifier;
use crate::photo::{self, Crop, Limits, Photo, Seen};
use crate::{Error, ErrorKind, classes};

/// A classifier that learns from examples, one step a call.
#[wasm_bindgen]
pub struct Learner {
    inner: adapt::Learner,
}

/// What an owner says about an example.
#[derive(Deserialize)]
struct About {
    id: u32,
    label: String,
    #[serde(default)]
    r#use: Use,
    crop: Option<Crop>,
}

/// An example without its picture.
#[derive(Serialize)]
struct Listed {
    id: u32,
    label: &'static str,
    r#use: Use,
}

#[wasm_bindgen]
impl Learner {
    /// Reads a weight file as the start.
    #[wasm_bindgen(constructor)]
    pub fn new(weights: &[u8]) -> Thrown<Self> {
        adapt::Learner::new(weights).map(|inner| Self { inner }).map_err(thrown)
    }

    /// The card of the shipped weights as an object.
    pub fn card(&self) -> Thrown<JsValue> {
        answer::plain(self.inner.card())
    }

    /// The most bytes of a photograph that are read.
    #[wasm_bindgen(getter)]
    pub fn max_bytes(&self) -> f64 {
        Limits::default().max_bytes as f64
    }

    /// Takes in an encoded photograph as an example, `about` = {id, label, use, crop}; the square of it that is learned from.
    pub fn add(&mut self, about: JsValue, photograph: &[u8]) -> Thrown<JsValue> {
        let photo = photo::decode(photograph, &Limits::default()).map_err(thrown)?;
        self.frame(about, &photo)
    }

    /// The same for pixels that the browser has decoded.
    pub fn add_pixels(&mut self, about: JsValue, image: &ImageData) -> Thrown<JsValue> {
        self.frame(about, &pixels(image)?)
    }

    /// The same for the square of an example that was taken in before.
    pub fn add_square(&mut self, about: JsValue, image: &ImageData) -> Thrown<()> {
        self.insert(&self.about(about)?, square(image)?)
    }

    /// Forgets an example; whether there was one.
    pub fn remove(&mut self, id: u32) -> bool {
        self.inner.remove(id)
    }

    /// Every example: {id, label, use}.
    pub fn examples(&self) -> Thrown<JsValue> {
        let listed = |(id, example): (u32, &Example)| Listed {
            id,
            label: classes::CLASSES.get(example.label).copied().unwrap_or_default(),
            r#use: example.r#use,
        };
        answer::plain(&self.inner.examples().iter().map(listed).collect::<Vec<_>>())
    }

    /// Learns from this teacher from now on, as `Teacher.taught` describes it.
    pub fn set_teacher(&mut self, taught: JsValue) -> Thrown<()> {
        let taught: Taught = read(taught, "the teacher")?;
        self.inner.set_teacher(taught).map_err(thrown)
    }

    /// Lets the student's training heads begin with those of a file.
    pub fn set_heads(&mut self, heads: &[u8]) -> Thrown<()> {
        self.inner.set_heads(heads).map_err(thrown)
    }

    /// Keeps the teacher's answer to example `id` turned by `view` quarter turns.
    pub fn teach(&mut self, id: u32, view: usize, taps: &Object) -> Thrown<()> {
        let entries = Object::entries(taps);
        let answer = entries.iter().filter_map(|entry| {
            let entry = Array::from(&entry);
            Some((entry.get(0).as_string()?, entry.get(1).dyn_into::<Float32Array>().ok()?.to_vec()))
        });
        self.inner.teach(id, view, answer.collect()).map_err(thrown)
    }

    /// Begins a run, or goes on with the last one of the same plan.
    pub fn begin(&mut self, plan: JsValue) -> Thrown<()> {
        let plan: Plan = read(plan, "the plan")?;
        self.inner.begin(plan).map_err(thrown)
    }

    /// One step of it: its report.
    pub fn step(&mut self) -> Thrown<JsValue> {
        answer::plain(&self.inner.step(now).map_err(thrown)?)
    }

    /// How teacher and student related the batch of the last step; `null` when there was none.
    pub fn matrices(&self) -> Thrown<JsValue> {
        answer::plain(&self.inner.matrices().map_err(thrown)?)
    }

    /// What teacher and student think of example `id`; `null` when there is no such example.
    pub fn opinions(&self, id: u32) -> Thrown<JsValue> {
        answer::plain(&self.inner.opinions(id).map_err(thrown)?)
    }

    /// Takes back the last run; whether there was one.
    pub fn undo(&mut self) -> bool {
        self.inner.undo()
    }

    /// Back to the shipped weights.
    pub fn reset(&mut self) {
        self.inner.reset();
    }

    /// Whether the present weights are the shipped ones.
    #[wasm_bindgen(getter)]
    pub fn is_shipped(&self) -> bool {
        self.inner.is_shipped()
    }

    /// The answers to all examples under `options.prior`, and their figures.
    pub fn evaluate(&self, options: &JsValue) -> Thrown<JsValue> {
        let prior = Options::new(options).prior().map_err(thrown)?;
        answer::plain(&self.inner.evaluate(&prior).map_err(thrown)?)
    }

    /// The same under the shipped weights and under the present ones.
    pub fn compare(&self, options: &JsValue) -> Thrown<JsValue> {
        let prior = Options::new(options).prior().map_err(thrown)?;
        answer::plain(&self.inner.compare(&prior).map_err(thrown)?)
    }

    /// The present weights as a weight file.
    pub fn export_weights(&self) -> Thrown<Vec<u8>> {
        self.inner.export().map_err(thrown)
    }

    /// Takes the weights of a file in place of the present ones, or goes on from a state; whether a run goes on.
    pub fn import_file(&mut self, bytes: &[u8]) -> Thrown<bool> {
        self.inner.import(bytes).map_err(thrown)
    }

    /// Everything learned and the run under way.
    pub fn state(&self) -> Thrown<Vec<u8>> {
        self.inner.state().map_err(thrown)
    }

    /// A classifier with the present weights.
    pub fn classifier(&self, build: String) -> Thrown<Classifier> {
        self.inner.classifier().map(|inner| Classifier::with(inner, build)).map_err(thrown)
    }
}

impl Learner {
    fn about(&self, about: JsValue) -> Thrown<About> {
        read(about, "the example")
    }

    fn frame(&mut self, about: JsValue, photo: &Photo) -> Thrown<JsValue> {
        let about = self.about(about)?;
        let square = self.inner.frame(photo, about.crop).map_err(thrown)?;
        let picture = answer::seen(&square)?;
        self.insert(&about, square)?;
        Ok(picture)
    }

    fn insert(&mut self, about: &About, seen: Seen) -> Thrown<()> {
        let label = classes::CLASSES.iter().position(|code| *code == about.label).ok_or_else(|| {
            let message = format!("the label {} is unknown; known are {}", crate::error::quote(&about.label), classes::CLASSES.join(" "));
            thrown(Error::new(ErrorKind::Argument, message, "Write one of the codes."))
        })?;
        self.inner.insert(about.id, Example { label, seen, r#use: about.r#use }).map_err(thrown)
    }
}

/// A square that was cut before.
pub(super) fn square(image: &ImageData) -> Thrown<Seen> {
    let photo = pixels(image)?;
    Ok(Seen { side: photo.width as usize, rgb: photo.rgb })
}

/// Pixels of a canvas as a photograph.
fn pixels(image: &ImageData) -> Thrown<Photo> {
    let (width, height, limits) = (image.width(), image.height(), Limits::default());
    // Before the pixels are copied.
    limits.check_size(width, height).map_err(thrown)?;
    photo::from_rgba(width, height, image.data().0, &limits).map_err(thrown)
}

/// A plain object as what it should be.
fn read<T: serde::de::DeserializeOwned>(value: JsValue, what: &str) -> Thrown<T> {
    serde_wasm_bindgen::from_value(value).map_err(|error| thrown(Error::new(ErrorKind::Argument, format!("{what}: {error}"), "")))
}

impl Classifier {
    /// A classifier around one that was made already.
    fn with(inner: classifier::Classifier, build: String) -> Self {
        Self { inner, build, photograph: None, look: None, timings: classifier::Timings::default() }
    }
}
