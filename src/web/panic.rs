//! A panic's message, told to JavaScript before the trap swallows it.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

thread_local! {
    static REPORT: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Calls `report` with the message and place of a panic, just before the instance traps.
#[wasm_bindgen]
pub fn on_panic(report: Function) {
    REPORT.set(Some(report));
    std::panic::set_hook(Box::new(|info| {
        let report = REPORT.with(|report| report.try_borrow().ok().and_then(|report| report.clone()));
        if let Some(report) = report {
            // The instance is lost either way; a report that throws changes nothing.
            let _ = report.call1(&JsValue::NULL, &JsValue::from_str(&info.to_string()));
        }
    }));
}
