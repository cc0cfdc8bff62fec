//! What must hold for any bytes whatever: the bodies of the fuzz targets (`fuzz/`), which `tests/fuzz.rs` runs on a stable compiler too.

#[path = "../common/png.rs"]
mod png;

use std::cell::LazyCell;
use std::path::PathBuf;

use dermdistill::Error;
use dermdistill::data::{Dataset, Labels, Split, TeacherOutputs};
use dermdistill::nn::{Framing, Network};
use dermdistill::photo::{Limits, decode, network_input, quality};
use dermdistill::weights::{Card, WeightFile, import_start};
use tempfile::TempDir;

/// Pixels that a fuzzed picture may have: enough for every path, few enough for hundreds of pictures a second.
const MAX_PIXELS: u64 = 1 << 20;
/// The longest message in characters: a few shortened names and what is allowed.
const LONGEST_MESSAGE: usize = 1000;

/// An error that a person can read: one of `kinds`, in a few lines that control no terminal.
fn told(error: &Error, kinds: &[&str]) {
    let (code, message) = (error.kind().code(), error.message());
    assert!(kinds.iter().any(|kind| code.starts_with(kind)), "{code} is none of {kinds:?}: {message}");
    assert!(!message.is_empty() && message.chars().count() < LONGEST_MESSAGE, "{code}, {} bytes: {message}", message.len());
    assert!(!message.contains(char::is_control), "{code}: {message:?}");
}

/// A picture: an error of its room, or as many pixels as it says, whose square can be judged.
pub fn image(bytes: &[u8]) {
    picture(bytes);
    let mut mended = bytes.to_vec();
    if png::mend(&mut mended) {
        picture(&mended);
    }
}

fn picture(bytes: &[u8]) {
    let limits = Limits { max_pixels: MAX_PIXELS, ..Limits::default() };
    let photo = match decode(bytes, &limits) {
        Ok(photo) => photo,
        Err(error) => return told(&error, &["image-"]),
    };
    assert_eq!(photo.rgb.len(), photo.width as usize * photo.height as usize * 3);
    assert!(u64::from(photo.width) * u64::from(photo.height) <= MAX_PIXELS);
    for framing in [Framing::CentreSquare, Framing::Squash] {
        let seen = network_input(&photo, None, framing, 32).expect("a decoded photograph has a square");
        assert_eq!(seen.rgb.len(), 3 * 32 * 32);
        let measured = quality(&seen);
        assert!([measured.relative_sharpness(), measured.relative_contrast()].iter().all(|value| value.is_finite()), "{measured:?}");
    }
}

/// A weight file: an error of its room, as a file of ours and as the start of a training.
pub fn weights(bytes: &[u8]) {
    thread_local! {
        static NETWORK: LazyCell<Network> = LazyCell::new(|| Network::named("mobilenet_v2", 8).expect("this crate describes it"));
    }
    if let Err(error) = WeightFile::read(bytes) {
        told(&error, &["weights-"]);
    }
    if let Err(error) = NETWORK.with(|network| import_start(bytes, network, &["classifier"])) {
        told(&error, &["weights-"]);
    }
}

/// A card as text: in a file without tensors it is at fault, or the tensors are; taken, it is written and read without a change.
pub fn card(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    let header = serde_json::json!({ "__metadata__": { "card": text } }).to_string();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.bytes());
    let error = WeightFile::read(&file).expect_err("a file without tensors is complete");
    told(&error, &["weights-card", "weights-missing", "weights-too-large"]);
    let Ok(card) = serde_json::from_str::<Card>(text) else { return };
    if let Err(error) = card.check() {
        return told(&error, &["weights-card"]);
    }
    card.network().expect("a checked card names a network");
    let written = serde_json::to_string(&card).expect("a checked card can be written");
    assert_eq!(serde_json::from_str::<Card>(&written).expect("what was written can be read"), card);
}

/// A folder with six pictures' names, their good labels, and a place for the table in question.
struct Desk {
    folder: TempDir,
    good: Dataset,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder for the tables");
        for name in ["a", "b", "c", "d", "e", "f"] {
            // Names are looked up; nothing is decoded.
            std::fs::write(folder.path().join(format!("{name}.png")), b"").expect("the folder can be written");
        }
        let labels = folder.path().join("good.csv");
        std::fs::write(&labels, "image,dx,group_id\na,NV,a\nb,MEL,b\nc,NV,c\n").expect("the folder can be written");
        let good = Dataset::from_csv(&[folder.path()], &labels, &[]).expect("the good table is good");
        Self { folder, good }
    }

    fn table(&self) -> PathBuf {
        self.folder.path().join("table.csv")
    }

    /// Every reader's outcome, judged.
    fn read(&self) {
        let path = self.table();
        let read = [
            Labels::from_csv(&path, &[]).map(drop),
            Dataset::from_csv(&[self.folder.path()], &path, &[]).map(|read| {
                assert!(!read.samples().is_empty());
                assert!(read.samples().iter().all(|sample| sample.image.starts_with(self.folder.path())), "a table leads out of its folder");
            }),
            Split::from_file(&path, &self.good).map(|split| {
                assert_eq!(split.train.len() + split.val.len() + split.dropped, self.good.samples().len());
            }),
            TeacherOutputs::from_csv(&[&path], &self.good).map(|outputs| {
                let rows = (0..self.good.samples().len()).filter_map(|index| outputs.logits(index, &self.good).ok());
                assert!(rows.flatten().all(f32::is_finite));
            }),
        ];
        read.iter().filter_map(|outcome| outcome.as_ref().err()).for_each(|error| told(error, &["table-"]));
    }
}

/// A table: an error of its room from whoever reads it, as labels, a data set, a split and a teacher's answers; no name leads out of its folder.
pub fn table(bytes: &[u8]) {
    thread_local! {
        static DESK: LazyCell<Desk> = LazyCell::new(Desk::new);
    }
    DESK.with(|desk| {
        std::fs::write(desk.table(), bytes).expect("the folder can be written");
        desk.read();
    });
}
