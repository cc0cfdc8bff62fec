//! Where a learner keeps its state on the device: two of the origin's private files, through their synchronous access handles.

use super::{Thrown, answer, thrown};
use crate::adapt::{self, Slot};
use crate::{Error, ErrorKind, Result};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use web_sys::{FileSystemReadWriteOptions, FileSystemSyncAccessHandle};

/// The two files, for as long as their owner leaves them open.
#[wasm_bindgen]
pub struct Kept {
    inner: adapt::Kept<File>,
}

#[wasm_bindgen]
impl Kept {
    /// Around two open files of the origin's.
    #[wasm_bindgen(constructor)]
    pub fn new(first: FileSystemSyncAccessHandle, second: FileSystemSyncAccessHandle) -> Self {
        Self { inner: adapt::Kept::new([File(first), File(second)]) }
    }

    /// The newest whole state, as {number, state}; `null` where nothing was ever kept.
    pub fn read(&mut self) -> Thrown<JsValue> {
        let found = self.inner.read().map_err(thrown)?;
        Ok(found.map_or(JsValue::NULL, |(number, state)| {
            answer::record([("number", (number as f64).into()), ("state", Uint8Array::from(state.as_slice()).into())])
        }))
    }

    /// Keeps a state and gives its number; `after`: the number of the one that this owner kept or read last.
    pub fn write(&mut self, state: &[u8], after: Option<f64>) -> Thrown<f64> {
        let number = self.inner.write(state, after.map(|after| after as u64)).map_err(thrown)?;
        Ok(number as f64)
    }
}

/// An error of the platform as this crate has it, for what opens the files as well.
#[wasm_bindgen]
pub fn refused(error: &JsValue) -> JsValue {
    thrown(told(error))
}

/// One file.
struct File(FileSystemSyncAccessHandle);

impl Slot for File {
    fn read(&mut self, most: usize) -> Result<Vec<u8>> {
        let size = self.0.get_size().map_err(|error| told(&error))?;
        let mut bytes = vec![0; most.min(size as usize)];
        let read = self.0.read_with_u8_array_and_options(&mut bytes, &at(0)).map_err(|error| told(&error))?;
        bytes.truncate(read as usize);
        Ok(bytes)
    }

    fn write(&mut self, head: &[u8], rest: &[u8]) -> Result<()> {
        self.0.truncate_with_f64(0.0).map_err(|error| told(&error))?;
        self.put(head, 0)?;
        self.put(rest, head.len())?;
        self.0.flush().map_err(|error| told(&error))
    }
}

impl File {
    /// Writes these bytes from `start` on.
    fn put(&self, bytes: &[u8], start: usize) -> Result<()> {
        let written = self.0.write_with_u8_array_and_options(bytes, &at(start)).map_err(|error| told(&error))?;
        // Fewer where there is no room; Chromium's private windows then give its own number for the error, 2^32 - 8.
        if written == bytes.len() as f64 { Ok(()) } else { Err(full(&format!("{written} of {} bytes were written", bytes.len()))) }
    }
}

fn at(start: usize) -> FileSystemReadWriteOptions {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(start as f64);
    options
}

/// The browser's error in this crate's words: by its name, whatever its class.
fn told(error: &JsValue) -> Error {
    let text = |key: &str| Reflect::get(error, &key.into()).ok().and_then(|value| value.as_string()).unwrap_or_default();
    match text("name").as_str() {
        "QuotaExceededError" => full(&text("message")),
        name => {
            let message = format!("the browser does not let what was learned be kept on this device: {name}: {}", text("message"));
            let hint = "A private window or a strict setting may forbid it, or another tab is writing. What was learned stays in this tab.";
            Error::new(ErrorKind::Io, message, hint)
        }
    }
}

fn full(found: &str) -> Error {
    let hint = "Free some space, then keep anew. What was learned stays in this tab, and what was kept before is whole.";
    Error::new(ErrorKind::DiskFull, format!("there is no room to keep what was learned: {found}"), hint)
}
