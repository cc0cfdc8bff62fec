//! The options of a call, from a JavaScript object.

use js_sys::Reflect;
use wasm_bindgen::prelude::JsValue;

use crate::classifier::{Classifier, Explain};
use crate::photo::Crop;
use crate::trust::Prior;
use crate::{Error, ErrorKind, Result};

const CROP: &str = "Give {x, y, width, height} as whole numbers of pixels, or leave crop out.";
const PRIOR: &str = "Give \"training\", \"equal\" or one number a class.";

/// The options of a call. Which names exist is looked after where a call comes in, in JavaScript.
pub(super) struct Options<'a>(&'a JsValue);

impl<'a> Options<'a> {
    /// Options in an object; anything else has none.
    pub(super) fn new(value: &'a JsValue) -> Self {
        Self(value)
    }

    pub(super) fn crop(&self) -> Result<Option<Crop>> {
        self.get("crop").map(|value| serde_wasm_bindgen::from_value(value).map_err(|error| refuse(format!("the crop: {error}"), CROP))).transpose()
    }

    /// The class in option `name`: a code, or `true` for the top class; absent or `false` for none.
    pub(super) fn explain(&self, name: &str, classifier: &Classifier) -> Result<Option<Explain>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match (value.as_string(), value.as_bool()) {
            (Some(code), _) => Ok(Some(Explain::Class(classifier.class_index(&code)?))),
            (None, Some(wanted)) => Ok(wanted.then_some(Explain::Top)),
            (None, None) => Err(refuse(format!("{name} is {value:?}"), "Give a class code, or true for the top class.")),
        }
    }

    pub(super) fn prior(&self) -> Result<Prior> {
        let Some(value) = self.get("prior") else { return Ok(Prior::Training) };
        match value.as_string() {
            Some(text) => Prior::parse(&text),
            None => Ok(Prior::Mix(serde_wasm_bindgen::from_value(value).map_err(|error| refuse(format!("the prior: {error}"), PRIOR))?)),
        }
    }

    /// An option that is there; `null` counts as absent. A getter that throws does too.
    fn get(&self, name: &str) -> Option<JsValue> {
        Reflect::get(self.0, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
    }
}

fn refuse(message: String, hint: &'static str) -> Error {
    Error::new(ErrorKind::Argument, message, hint)
}
