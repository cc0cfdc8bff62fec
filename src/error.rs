//! The crate's one error: a closed list of kinds, and a message that says what was found, what is allowed and what to do.

use std::borrow::Cow;
use std::fmt;

/// The result of every fallible call of this crate.
pub type Result<T> = std::result::Result<T, Error>;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident => $code:literal,)+) => {
        /// Which promise was violated. The list is closed; [`ErrorKind::code`] is its stable spelling for other languages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorKind { $($(#[doc = $doc])+ $name,)+ }

        impl ErrorKind {
            /// Every kind, in declaration order.
            pub const ALL: &'static [ErrorKind] = &[$(ErrorKind::$name,)+];

            /// The stable code of this kind (kebab case), as JavaScript and `--json` see it.
            pub const fn code(self) -> &'static str {
                match self { $(ErrorKind::$name => $code,)+ }
            }
        }
    };
}

kinds! {
    /// An argument or option is outside its range.
    Argument => "argument",
    /// A file could not be read or written.
    Io => "io",
    /// The disk is full; what was there before is untouched.
    DiskFull => "disk-full",
    /// The bytes are no JPEG, PNG or WebP.
    ImageFormat => "image-format",
    /// The image ends before it is complete.
    ImageTruncated => "image-truncated",
    /// The image contradicts its own format.
    ImageCorrupt => "image-corrupt",
    /// The image has more bytes, pixels or a longer side than allowed.
    ImageTooLarge => "image-too-large",
    /// The image has no pixels.
    ImageEmpty => "image-empty",
    /// The image is an animation.
    ImageAnimated => "image-animated",
    /// The crop box does not lie in the image.
    ImageCrop => "image-crop",
    /// The bytes are no readable safetensors file.
    WeightsFormat => "weights-format",
    /// The weight file is larger than allowed.
    WeightsTooLarge => "weights-too-large",
    /// A tensor the network needs is not in the file.
    WeightsMissing => "weights-missing",
    /// The file holds a tensor the network does not have.
    WeightsExtra => "weights-extra",
    /// A tensor has the wrong shape.
    WeightsShape => "weights-shape",
    /// A tensor has a type other than f16 or f32.
    WeightsType => "weights-type",
    /// A tensor holds NaN or an infinity.
    WeightsNotFinite => "weights-not-finite",
    /// A running variance is negative.
    WeightsVariance => "weights-variance",
    /// The card is missing, incomplete or contradicts itself or the network.
    WeightsCard => "weights-card",
    /// The released file does not have the pinned SHA-256.
    WeightsHash => "weights-hash",
    /// A table has no such column.
    TableColumn => "table-column",
    /// A table holds an unknown label or a malformed row.
    TableLabel => "table-label",
    /// A table names the same image twice with different content.
    TableDuplicate => "table-duplicate",
    /// A table has no rows.
    TableEmpty => "table-empty",
    /// An image a table names is not in the folder.
    TableImage => "table-image",
    /// There are too few examples to learn from, of too few classes, or more than are kept.
    Examples => "examples",
    /// A checkpoint does not belong to this run or is damaged.
    Checkpoint => "checkpoint",
    /// A loss, gradient or activation became NaN or infinite.
    NotFinite => "not-finite",
    /// The caller asked to stop.
    Aborted => "aborted",
    /// A fault of this program.
    Internal => "internal",
}

/// An error: its [`kind`](Error::kind), what was found and allowed ([`message`](Error::message)), and what to do ([`hint`](Error::hint)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    // Most texts are written here and need no memory of their own, nor code at each place that would ask for it.
    message: Cow<'static, str>,
    hint: Cow<'static, str>,
}

impl Error {
    /// A new error. `message` says what was found and what is allowed; `hint` says what to do and may be empty.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>, hint: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), hint: hint.into() }
    }

    /// The violated promise.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What was found and what is allowed, as a sentence without a full stop at its end.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it; empty when there is nothing to add.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// The same words under another kind.
    #[must_use]
    pub fn with_kind(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// The same error with `what` (a file name, a tensor) put before its message.
    #[must_use]
    pub fn context(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message).into();
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.kind.code())?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, ". {}", self.hint) }
    }
}

impl std::error::Error for Error {}

#[cfg(not(target_arch = "wasm32"))]
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::new(ErrorKind::DiskFull, error.to_string(), "Free some space and run the command again; nothing already saved was lost.")
            }
            _ => Self::new(ErrorKind::Io, error.to_string(), ""),
        }
    }
}

#[cfg(feature = "learn")]
impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Self::new(ErrorKind::Internal, error.to_string(), "")
    }
}

/// A name from outside as a message may show it: quoted, escaped and at most [`LONGEST`] characters of it.
pub(crate) fn quote(text: &str) -> String {
    format!("{:?}", cut(text))
}

/// Text from outside as a message may show it: at most [`LONGEST`] characters, and none that controls a terminal.
pub(crate) fn shorten(text: &str) -> String {
    cut(text).replace(char::is_control, "�")
}

/// How much of a text from outside a message shows, in characters.
const LONGEST: usize = 80;

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
