//! The classes: their codes, their order and their names. Everything else asks here.

/// The eight classes of ISIC 2019, alphabetical: index = position. Weight files state the order again in their card.
pub const CLASSES: [&str; 8] = ["AK", "BCC", "BKL", "DF", "MEL", "NV", "SCC", "VASC"];

/// The full names of [`CLASSES`], in the same order.
pub const CLASS_NAMES: [&str; 8] = [
    "actinic keratosis",
    "basal cell carcinoma",
    "benign keratosis",
    "dermatofibroma",
    "melanoma",
    "melanocytic naevus",
    "squamous cell carcinoma",
    "vascular lesion",
];

/// The one label beside the eight classes: ISIC 2018's [`MERGED`] together. It can be evaluated against, not trained on.
pub const AKIEC: &str = "AKIEC";

/// What [`AKIEC`] stands for: actinic keratosis and squamous cell carcinoma.
pub const MERGED: [&str; 2] = ["AK", "SCC"];

/// The index of a class by its code, in either case; `None` for any other word, [`AKIEC`] too.
///
/// ```
/// assert_eq!(dermdistill::classes::index("mel"), Some(4));
/// assert_eq!(dermdistill::classes::index("AKIEC"), None);
/// ```
pub fn index(code: &str) -> Option<usize> {
    CLASSES.iter().position(|class| class.eq_ignore_ascii_case(code))
}
