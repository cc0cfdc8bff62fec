//! The WebAssembly surface: [`crate::classifier`] for JavaScript, values in and plain objects out. It holds no logic of its own.
//!
//! Errors of the crate are thrown as plain objects `{code, message, hint}`. Anything else that is thrown is a fault that leaves this
//! instance unusable (a panic aborts in the middle of a call): the owner ends the worker and starts another.

mod answer;
mod options;
mod panic;

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::Error;
use crate::classifier::{self, Explain};
use crate::photo::Limits;

use options::Options;
pub use panic::on_panic;

/// What a fallible call gives JavaScript.
type Thrown<T> = std::result::Result<T, JsValue>;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since the worker began.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// A classifier: weights once, then photographs.
#[wasm_bindgen]
pub struct Classifier {
    inner: classifier::Classifier,
    build: String,
}

#[wasm_bindgen]
impl Classifier {
    /// Reads a weight file; `build` is the name that answers carry.
    #[wasm_bindgen(constructor)]
    pub fn new(weights: &[u8], build: String) -> Thrown<Self> {
        Ok(Self { inner: classifier::Classifier::new(weights).map_err(thrown)?, build })
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

    /// The answer for an encoded photograph. `options`: `{crop?, prior?, explain?}`.
    pub fn classify(&mut self, photograph: &[u8], options: &JsValue) -> Thrown<JsValue> {
        let request = Options::new(options, &["crop", "prior", "explain"]).and_then(|options| options.request(&self.inner)).map_err(thrown)?;
        let answer = self.inner.classify(photograph, &request, now).map_err(thrown)?;
        answer::answer(answer, &self.inner.card().classes, &self.build)
    }

    /// The class activation map alone. `options`: `{crop?, class?}`.
    pub fn explain(&mut self, photograph: &[u8], options: &JsValue) -> Thrown<JsValue> {
        let options = Options::new(options, &["crop", "class"]).map_err(thrown)?;
        let class = options.explain("class", &self.inner).map_err(thrown)?.unwrap_or(Explain::Top);
        let crop = options.crop().map_err(thrown)?;
        self.inner.explain(photograph, crop, class).map(answer::activation_map).map_err(thrown)
    }

    /// The embedding. `options`: `{crop?}`.
    pub fn embed(&mut self, photograph: &[u8], options: &JsValue) -> Thrown<Vec<f32>> {
        let crop = Options::new(options, &["crop"]).and_then(|options| options.crop()).map_err(thrown)?;
        self.inner.embed(photograph, crop).map_err(thrown)
    }

    /// The logits of side × side × 3 normalised numbers.
    pub fn logits(&mut self, input: &[f32]) -> Thrown<Vec<f32>> {
        self.inner.logits(input).map(<[f32]>::to_vec).map_err(thrown)
    }
}

/// An error of the crate as JavaScript sees it.
fn thrown(error: Error) -> JsValue {
    let fields = [("code", error.kind().code()), ("message", error.message()), ("hint", error.hint())];
    answer::record(fields.map(|(key, value)| (key, value.into())))
}
