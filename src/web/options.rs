//! The options of a call, from a JavaScript object. An option that does not exist is refused, not ignored.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::{JsCast, JsValue};

use crate::classifier::{Classifier, Explain, Request};
use crate::photo::Crop;
use crate::trust::Prior;
use crate::{Error, ErrorKind, Result};

const CROP: &str = "Give {x, y, width, height} as whole numbers of pixels, or leave crop out.";
const PRIOR: &str = "Give \"training\", \"equal\" or one number a class.";

/// An options object whose keys are all among `known`; `undefined` and `null` have none.
pub(super) struct Options(Object);

impl Options {
    pub(super) fn new(value: &JsValue, known: &[&str]) -> Result<Self> {
        let object = match value.dyn_ref::<Object>() {
            Some(object) => object.clone(),
            None if value.is_null() || value.is_undefined() => Object::new(),
            None => return Err(refuse(format!("the options are {value:?}"), "Give an object.")),
        };
        for key in Object::keys(&object).iter().filter_map(|key| key.as_string()) {
            if !known.contains(&key.as_str()) {
                let shown: String = key.chars().take(40).collect();
                return Err(refuse(format!("there is no option {shown:?}; allowed are {}", known.join(", ")), "Look at its spelling."));
            }
        }
        Ok(Self(object))
    }

    /// `{crop?, prior?, explain?}`.
    pub(super) fn request(&self, classifier: &Classifier) -> Result<Request> {
        Ok(Request { crop: self.crop()?, prior: self.prior()?, explain: self.explain("explain", classifier)? })
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

    fn prior(&self) -> Result<Prior> {
        let Some(value) = self.get("prior") else { return Ok(Prior::Training) };
        match value.as_string() {
            Some(text) => Prior::parse(&text),
            None => Ok(Prior::Mix(serde_wasm_bindgen::from_value(value).map_err(|error| refuse(format!("the prior: {error}"), PRIOR))?)),
        }
    }

    /// An option that is there; `null` counts as absent. A getter that throws does too.
    fn get(&self, name: &str) -> Option<JsValue> {
        Reflect::get(&self.0, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
    }
}

fn refuse(message: String, hint: &str) -> Error {
    Error::new(ErrorKind::Argument, message, hint)
}
