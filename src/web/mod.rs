//! The WebAssembly surface: [`crate::classifier`] for JavaScript, values in and plain objects out. It holds no logic of its own.
//!
//! Errors of the crate are thrown as plain objects `{code, message, hint}`. Anything else that is thrown is a fault that leaves this
//! instance unusable (a panic aborts in the middle of a call): the owner ends the worker and starts another.

mod answer;
#[cfg(feature = "learn")]
mod kept;
#[cfg(feature = "learn")]
mod learner;
mod options;
mod panic;
#[cfg(all(feature = "parallel", target_feature = "atomics"))]
mod pool;
#[cfg(feature = "learn")]
mod teacher;

use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};
use web_sys::{ImageData, WorkerGlobalScope};

use crate::classifier::{self, Explain, Look, Timings};
use crate::photo::{self, Crop, Limits, Photo};
use crate::{Error, ErrorKind};

#[cfg(feature = "learn")]
pub use kept::{Kept, refused};
#[cfg(feature = "learn")]
pub use learner::Learner;
use options::Options;
pub use panic::on_panic;
#[cfg(all(feature = "parallel", target_feature = "atomics"))]
pub use pool::{follow, lead};
#[cfg(feature = "learn")]
pub use teacher::Teacher;

/// What a fallible call gives JavaScript.
type Thrown<T> = std::result::Result<T, JsValue>;

/// A classifier: weights once, then photographs, each in steps. [`decode`](Self::decode) or [`pixels`](Self::pixels) takes one in,
/// [`look`](Self::look) runs the network, and [`answer`](Self::answer), [`explain`](Self::explain) and [`embed`](Self::embed) tell what
/// was seen. The photograph and what was seen of it stay until the next one, so that another part, class or prior repeats no step.
#[wasm_bindgen]
pub struct Classifier {
    inner: classifier::Classifier,
    build: String,
    photograph: Option<Photo>,
    /// What was seen of the photograph, and of which part.
    look: Option<(Option<Crop>, Look)>,
    /// What the steps since the last answer took.
    timings: Timings,
}

#[wasm_bindgen]
impl Classifier {
    /// Reads a weight file; `build` is the name that answers carry.
    #[wasm_bindgen(constructor)]
    pub fn new(weights: &[u8], build: String) -> Thrown<Self> {
        let inner = classifier::Classifier::new(weights).map_err(thrown)?;
        Ok(Self { inner, build, photograph: None, look: None, timings: Timings::default() })
    }

    /// The card of the weight file as an object.
    pub fn card(&self) -> Thrown<JsValue> {
        answer::plain(self.inner.card())
    }

    /// The most bytes of a photograph that are read.
    #[wasm_bindgen(getter)]
    pub fn max_bytes(&self) -> f64 {
        Limits::default().max_bytes as f64
    }

    /// Takes in an encoded photograph in place of the last one, which is forgotten in any case.
    pub fn decode(&mut self, photograph: &[u8]) -> Thrown<()> {
        self.forget();
        self.photograph = Some(self.inner.decode(photograph, &mut self.timings, now).map_err(thrown)?);
        Ok(())
    }

    /// The same for pixels that the browser has decoded.
    pub fn pixels(&mut self, image: &ImageData) -> Thrown<()> {
        self.forget();
        let started = now();
        let (width, height, limits) = (image.width(), image.height(), Limits::default());
        // Before the pixels are copied.
        limits.check_size(width, height).map_err(thrown)?;
        self.photograph = Some(photo::from_rgba(width, height, image.data().0, &limits).map_err(thrown)?);
        self.timings.decode_ms = now() - started;
        Ok(())
    }

    /// Runs the network over the part `options.crop` of the photograph, or over all of it; nothing if that is what it saw last.
    pub fn look(&mut self, options: &JsValue) -> Thrown<()> {
        let crop = Options::new(options).crop().map_err(thrown)?;
        if self.look.as_ref().is_some_and(|(seen, _)| *seen == crop) {
            return Ok(());
        }
        let photograph = self.photograph.as_ref().ok_or_else(|| thrown(out_of_order()))?;
        self.look = None;
        self.look = Some((crop, self.inner.look(photograph, crop, &mut self.timings, now).map_err(thrown)?));
        Ok(())
    }

    /// The answer under `options.prior`, with the map that `options.explain` asks for.
    pub fn answer(&mut self, options: &JsValue) -> Thrown<JsValue> {
        let options = Options::new(options);
        let prior = options.prior().map_err(thrown)?;
        let explain = options.explain("explain", &self.inner).map_err(thrown)?;
        let timings = std::mem::take(&mut self.timings);
        let answer = self.inner.answer(self.seen()?, &prior, explain, timings).map_err(thrown)?;
        answer::answer(answer, &self.inner.card().classes, &self.build)
    }

    /// The activation map of `options.class` alone, or of the top class.
    pub fn explain(&self, options: &JsValue) -> Thrown<JsValue> {
        let class = Options::new(options).explain("class", &self.inner).map_err(thrown)?.unwrap_or(Explain::Top);
        self.inner.explain(self.seen()?, class).map(answer::activation_map).map_err(thrown)
    }

    /// The embedding.
    pub fn embed(&self) -> Thrown<Vec<f32>> {
        Ok(self.seen()?.embedding.clone())
    }

    /// The logits of side × side × 3 normalised numbers.
    pub fn logits(&mut self, input: &[f32]) -> Thrown<Vec<f32>> {
        self.inner.logits(input).map(<[f32]>::to_vec).map_err(thrown)
    }
}

impl Classifier {
    fn forget(&mut self) {
        (self.photograph, self.look, self.timings) = (None, None, Timings::default());
    }

    fn seen(&self) -> Thrown<&Look> {
        self.look.as_ref().map(|(_, look)| look).ok_or_else(|| thrown(out_of_order()))
    }
}

/// To be called while the weights are on their way ([`crate::engine::warm_up`]).
#[wasm_bindgen]
pub fn warm_up() {
    crate::engine::warm_up();
}

fn out_of_order() -> Error {
    Error::new(ErrorKind::Internal, "a step was asked for before the one it stands on", "")
}

/// Milliseconds since the worker began.
fn now() -> f64 {
    js_sys::global().unchecked_into::<WorkerGlobalScope>().performance().map_or(0.0, |performance| performance.now())
}

/// An error of the crate as JavaScript sees it.
fn thrown(error: Error) -> JsValue {
    let fields = [("code", error.kind().code()), ("message", error.message()), ("hint", error.hint())];
    answer::record(fields.map(|(key, value)| (key, value.into())))
}
