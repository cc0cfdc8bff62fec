//! Answers as JavaScript objects: big arrays as typed arrays, everything else as serde names it.

use js_sys::{Float32Array, Object, Reflect, Uint8ClampedArray};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::JsValue;
use web_sys::ImageData;

use super::{Thrown, thrown};
use crate::classifier::{ActivationMap, Answer};
use crate::photo::Seen;
use crate::{Error, ErrorKind};

/// A fresh object with these properties.
pub(super) fn record<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (key, value) in fields {
        set(&object, key, &value);
    }
    object.into()
}

/// Any value as serde describes it: maps as plain objects, `None` as `null`.
pub(super) fn plain(value: &impl Serialize) -> Thrown<JsValue> {
    let serializer = Serializer::json_compatible();
    value.serialize(&serializer).map_err(|error| thrown(Error::new(ErrorKind::Internal, error.to_string(), "")))
}

/// A whole answer. `classes`: the codes in index order, which become the keys of `probabilities`.
pub(super) fn answer(mut answer: Answer, classes: &[String], build: &str) -> Thrown<JsValue> {
    let map = answer.map.take();
    let probabilities = Object::new();
    for (code, &probability) in classes.iter().zip(&answer.probabilities) {
        set(&probabilities, code, &probability.into());
    }
    let object = plain(&answer)?;
    set(&object, "probabilities", &probabilities);
    set(&object, "seen", &seen(&answer.seen)?);
    set(&object, "map", &map.map_or(JsValue::NULL, activation_map));
    set(&object, "build", &build.into());
    Ok(object)
}

/// `{class, side, values}`.
pub(super) fn activation_map(map: ActivationMap) -> JsValue {
    let values = Float32Array::from(map.values.as_slice());
    record([("class", map.class.into()), ("side", (map.side as f64).into()), ("values", values.into())])
}

/// An opaque picture.
pub(super) fn seen(seen: &Seen) -> Thrown<JsValue> {
    let rgba: Vec<u8> = seen.rgb.as_chunks::<3>().0.iter().flat_map(|&[red, green, blue]| [red, green, blue, u8::MAX]).collect();
    let side = u32::try_from(seen.side).unwrap_or(u32::MAX);
    // A copy: the picture would otherwise lie in this instance's memory, where the next call writes.
    ImageData::new_with_js_u8_clamped_array(&Uint8ClampedArray::from(rgba.as_slice()), side).map(JsValue::from)
}

/// Sets a property of an ordinary object of our own, which cannot fail.
fn set(object: &JsValue, key: &str, value: &JsValue) {
    let _ = Reflect::set(object, &key.into(), value);
}
