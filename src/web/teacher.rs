//! The teacher for JavaScript: an answer for each square and turn, in a worker that ends when all are given.

use js_sys::{Float32Array, Object, Reflect};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use web_sys::ImageData;

use super::learner::square;
use super::{Thrown, answer, thrown};
use crate::adapt;

/// A network that others learn from.
#[wasm_bindgen]
pub struct Teacher {
    inner: adapt::Teacher,
}

#[wasm_bindgen]
impl Teacher {
    /// Reads a weight file of any network that this program knows, with or without a projection head, for squares of `side` pixels; `head`: a file that has one.
    #[wasm_bindgen(constructor)]
    pub fn new(weights: &[u8], side: usize, head: Option<Vec<u8>>) -> Thrown<Self> {
        let inner = match head {
            Some(head) => adapt::Teacher::with_head(weights, side, &head),
            None => adapt::Teacher::new(weights, side),
        };
        inner.map(|inner| Self { inner }).map_err(thrown)
    }

    /// The card of its file as an object.
    pub fn card(&self) -> Thrown<JsValue> {
        answer::plain(self.inner.card())
    }

    /// What a learner is to know of it.
    pub fn taught(&self) -> Thrown<JsValue> {
        answer::plain(&self.inner.taught().map_err(thrown)?)
    }

    /// Its answer to the square turned by `view` quarter turns: each tap's numbers by its name.
    pub fn answer(&mut self, image: &ImageData, view: usize) -> Thrown<JsValue> {
        let taps = self.inner.answer(&square(image)?, view).map_err(thrown)?;
        let object = Object::new();
        for (tap, values) in taps {
            // A property of an ordinary object of our own, which cannot fail.
            let _ = Reflect::set(&object, &tap.into(), &Float32Array::from(values.as_slice()));
        }
        Ok(object.into())
    }
}
