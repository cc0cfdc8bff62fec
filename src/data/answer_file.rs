//! What a teacher answers for every image in all its poses, on disk: too much for memory, written image by image, read row by row.

use super::pose::POSES;
use crate::error::shorten;
use crate::nn::Framing;
use crate::{Error, ErrorKind, Result};
use half::f16;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes of the little-endian header length that a safetensors file starts with.
const LENGTH: u64 = 8;
/// The longest header that is read, in bytes: names of a million images.
const MAX_HEADER: u64 = 64 << 20;
/// The tensor of one byte an image: 1 where its answers are written.
const DONE: &str = "done";
/// The metadata entry that holds [`AnswersAbout`].
const ABOUT: &str = "answers";

/// Whose answers a file holds, and to what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswersAbout {
    /// The class codes in index order.
    pub classes: Vec<String>,
    /// The class mix that softmax(logits) holds for.
    pub class_mix: Vec<f64>,
    /// The side of the squares that were looked at, in pixels.
    pub side: usize,
    /// How pictures became squares.
    pub framing: Framing,
    /// The SHA-256 of each teacher's weight file.
    pub teachers: Vec<String>,
    /// The images' names without extension, in the order of the rows.
    pub images: Vec<String>,
}

/// A file of answers: safetensors, for N images `logits` (f32, N × 8 × classes), other taps as named (f16, N × 8 × their axes), and which images
/// are done (a byte each). The second axis is the pose ([`POSES`]).
///
/// The header is known before the first answer, so rows are written in place in any order: memory stays flat, and a run that was interrupted
/// goes on.
#[derive(Debug)]
pub struct AnswerFile {
    path: PathBuf,
    file: File,
    about: AnswersAbout,
    taps: BTreeMap<String, Place>,
    /// Where the marks begin, and a copy of them.
    marks: (u64, Vec<u8>),
}

/// Where a tap's rows lie.
#[derive(Clone, Debug)]
struct Place {
    start: u64,
    dtype: Dtype,
    /// The axes of one row.
    axes: Vec<usize>,
    numbers: usize,
}

impl Place {
    fn row_bytes(&self) -> usize {
        self.numbers.saturating_mul(self.dtype.bitsize() / 8)
    }

    /// The first byte of an image's answers.
    fn of(&self, image: usize) -> u64 {
        self.start.saturating_add((image as u64).saturating_mul(POSES as u64).saturating_mul(self.row_bytes() as u64))
    }
}

impl AnswerFile {
    /// A new file for the answers at these taps (name and axes of one row), or the one that is there with the same header, to go on with.
    ///
    /// # Errors
    /// [`ErrorKind::Checkpoint`] when `path` holds something else; [`ErrorKind::Argument`] without images, or for taps too large to count;
    /// [`ErrorKind::Io`] and [`ErrorKind::DiskFull`].
    pub fn create(path: &Path, about: &AnswersAbout, taps: &[(&str, Vec<usize>)]) -> Result<Self> {
        if about.images.is_empty() {
            return Err(Error::new(ErrorKind::Argument, "there is no image to answer for", ""));
        }
        let header = header(about, taps)?;
        let text = serde_json::to_vec(&header).map_err(|error| Error::new(ErrorKind::Internal, error.to_string(), ""))?;
        if path.exists() {
            let there = Self::open_for(path, OpenOptions::new().read(true).write(true))?;
            if read_header(&mut File::open(path)?, path)? == text {
                return Ok(there);
            }
            return Err(refuse(path, "it holds the answers of other teachers, to other images or at other taps"));
        }
        let named = |error: std::io::Error| Error::from(error).context(path.display());
        let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(path).map_err(named)?;
        let len = LENGTH.saturating_add(text.len() as u64).saturating_add(header.data_len() as u64);
        file.set_len(len).map_err(named)?;
        file.write_all(&(text.len() as u64).to_le_bytes()).and_then(|()| file.write_all(&text)).map_err(named)?;
        Self::open_for(path, OpenOptions::new().read(true).write(true))
    }

    /// A file that was written before.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::Checkpoint`] for a file that is none of these or is cut short.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_for(path, OpenOptions::new().read(true))
    }

    fn open_for(path: &Path, how: &OpenOptions) -> Result<Self> {
        let named = |error: std::io::Error| Error::from(error).context(path.display());
        let mut file = how.open(path).map_err(named)?;
        let text = read_header(&mut file, path)?;
        let header: Metadata = serde_json::from_slice(&text).map_err(|error| refuse(path, &shorten(&error.to_string())))?;
        let about = header.metadata().as_ref().and_then(|entries| entries.get(ABOUT));
        let about: AnswersAbout =
            about.and_then(|about| serde_json::from_str(about).ok()).ok_or_else(|| refuse(path, "it does not say whose answers it holds"))?;
        let data = LENGTH.saturating_add(text.len() as u64);
        let expected = data.saturating_add(header.data_len() as u64);
        let found = file.metadata().map_err(named)?.len();
        if found != expected {
            return Err(refuse(path, &format!("it has {found} bytes; its header says {expected}")));
        }
        let mut taps = BTreeMap::new();
        let mut marks = None;
        for (name, info) in header.tensors() {
            let start = data.saturating_add(info.data_offsets.0 as u64);
            match (info.shape.as_slice(), info.dtype) {
                (&[images], Dtype::U8) if name == DONE && images == about.images.len() => marks = Some(start),
                (&[images, POSES, ref axes @ ..], dtype @ (Dtype::F16 | Dtype::F32)) if images == about.images.len() => {
                    let numbers = axes.iter().product();
                    taps.insert(name, Place { start, dtype, axes: axes.to_vec(), numbers });
                }
                (shape, dtype) => return Err(refuse(path, &format!("its tensor {} is {dtype} of {shape:?}", shorten(&name)))),
            }
        }
        let start = marks.ok_or_else(|| refuse(path, "it does not say which images are done"))?;
        let mut done = vec![0; about.images.len()];
        file.seek(SeekFrom::Start(start)).and_then(|_| file.read_exact(&mut done)).map_err(named)?;
        Ok(Self { path: path.to_owned(), file, about, taps, marks: (start, done) })
    }

    /// Whose answers these are, and to what.
    pub fn about(&self) -> &AnswersAbout {
        &self.about
    }

    /// The axes of one row at a tap; `None` for a tap that the file has not.
    pub fn axes(&self, tap: &str) -> Option<&[usize]> {
        self.taps.get(tap).map(|place| place.axes.as_slice())
    }

    /// Whether the answers to an image are written.
    pub fn is_done(&self, image: usize) -> bool {
        self.marks.1.get(image) == Some(&1)
    }

    /// Writes the answers to one image: for each tap the rows of all poses, end to end. Last of all the image is marked as done.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] when a tap is missing or its rows have another length; [`ErrorKind::NotFinite`] for a number that is not finite
    /// or, at another tap than the logits, too large for f16; [`ErrorKind::Io`] and [`ErrorKind::DiskFull`].
    pub fn write(&mut self, image: usize, answers: &BTreeMap<&str, Vec<f32>>) -> Result<()> {
        if image >= self.about.images.len() {
            return Err(Error::new(ErrorKind::Argument, format!("image {image} of {}", self.about.images.len()), ""));
        }
        for (tap, place) in &self.taps {
            let rows = answers.get(tap.as_str()).map_or(&[][..], Vec::as_slice);
            if rows.len() != place.numbers.saturating_mul(POSES) {
                let message = format!("{} numbers at {tap} for {POSES} rows of {:?}", rows.len(), place.axes);
                return Err(Error::new(ErrorKind::Argument, message, ""));
            }
            let bytes = encode(rows, place.dtype).ok_or_else(|| {
                let name = self.about.images.get(image).map_or("", String::as_str);
                Error::new(ErrorKind::NotFinite, format!("the teacher's answer at {tap} for {name} is not finite"), "Use another teacher.")
            })?;
            put(&mut self.file, place.of(image), &bytes).map_err(|error| Error::from(error).context(self.path.display()))?;
        }
        put(&mut self.file, self.marks.0.saturating_add(image as u64), &[1]).map_err(|error| Error::from(error).context(self.path.display()))?;
        self.marks.1.get_mut(image).into_iter().for_each(|mark| *mark = 1);
        Ok(())
    }

    /// Appends to `out` the answer at a tap for one pose of an image.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a tap that the file has not; [`ErrorKind::TableImage`] for an image that is not done; [`ErrorKind::NotFinite`]
    /// for a number that is not finite, which only damage can have put there; [`ErrorKind::Io`].
    pub fn read(&mut self, (image, pose): (usize, usize), tap: &str, out: &mut Vec<f32>) -> Result<()> {
        let place = self.taps.get(tap).ok_or_else(|| {
            let known: Vec<_> = self.taps.keys().collect();
            Error::new(ErrorKind::Argument, format!("{}: no answers at {tap}; there are {known:?}", self.path.display()), "")
        })?;
        let name = || shorten(self.about.images.get(image).map_or("an image beyond the last", String::as_str));
        if !self.is_done(image) || pose >= POSES {
            let message = format!("{}: no answer for {} in pose {pose}", self.path.display(), name());
            return Err(Error::new(ErrorKind::TableImage, message, "Let dermdistill teach finish the file."));
        }
        let mut bytes = vec![0; place.row_bytes()];
        let start = place.of(image).saturating_add((pose as u64).saturating_mul(bytes.len() as u64));
        let read = self.file.seek(SeekFrom::Start(start)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| Error::from(error).context(self.path.display()))?;
        let before = out.len();
        match place.dtype {
            Dtype::F16 => out.extend(bytes.as_chunks::<2>().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32())),
            _ => out.extend(bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes))),
        }
        if out.iter().skip(before).all(|x| x.is_finite()) {
            return Ok(());
        }
        let message = format!("{}: the answer at {tap} for {} in pose {pose} is not finite", self.path.display(), name());
        Err(Error::new(ErrorKind::NotFinite, message, "The file is damaged; remove it and let dermdistill teach answer anew."))
    }
}

/// The header of a file for these taps, the widest numbers first, as the format asks for.
fn header(about: &AnswersAbout, taps: &[(&str, Vec<usize>)]) -> Result<Metadata> {
    let (images, mut end, mut tensors) = (about.images.len(), 0usize, Vec::new());
    let mut push = |name: &str, dtype: Dtype, shape: Vec<usize>| {
        let bytes = shape.iter().try_fold(dtype.bitsize() / 8, |bytes, &axis| bytes.checked_mul(axis));
        let start = end;
        end = bytes.and_then(|bytes| start.checked_add(bytes)).ok_or_else(|| Error::new(ErrorKind::Argument, format!("{name}: too large"), ""))?;
        tensors.push((name.to_owned(), TensorInfo { dtype, shape, data_offsets: (start, end) }));
        Ok::<_, Error>(())
    };
    for dtype in [Dtype::F32, Dtype::F16] {
        for (name, axes) in taps.iter().filter(|(name, _)| (*name == "logits") == (dtype == Dtype::F32)) {
            push(name, dtype, [&[images, POSES], axes.as_slice()].concat())?;
        }
    }
    push(DONE, Dtype::U8, vec![images])?;
    let internal = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Internal, error.to_string(), "");
    let about = serde_json::to_string(about).map_err(|error| internal(&error))?;
    Metadata::new(Some([(ABOUT.to_owned(), about)].into()), tensors).map_err(|error| internal(&error))
}

fn read_header(file: &mut File, path: &Path) -> Result<Vec<u8>> {
    let mut length = [0; LENGTH as usize];
    let cut = |_| refuse(path, "its header is cut short");
    file.read_exact(&mut length).map_err(cut)?;
    let length = u64::from_le_bytes(length);
    if length == 0 || length > MAX_HEADER {
        return Err(refuse(path, &format!("its header has {length} bytes")));
    }
    let mut text = vec![0; length as usize];
    file.read_exact(&mut text).map_err(cut)?;
    Ok(text)
}

fn put(file: &mut File, at: u64, bytes: &[u8]) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// The numbers' bytes; `None` where one is not finite in that type.
fn encode(numbers: &[f32], dtype: Dtype) -> Option<Vec<u8>> {
    if dtype == Dtype::F16 {
        let halves = numbers.iter().map(|&x| Some(f16::from_f32(x)).filter(|half| half.is_finite())).collect::<Option<Vec<_>>>()?;
        return Some(halves.into_iter().flat_map(f16::to_le_bytes).collect());
    }
    numbers.iter().all(|x| x.is_finite()).then(|| numbers.iter().flat_map(|x| x.to_le_bytes()).collect())
}

fn refuse(path: &Path, why: &str) -> Error {
    let message = format!("{} cannot be used as a teacher's answers: {why}", path.display());
    Error::new(ErrorKind::Checkpoint, message, "Make the file again with dermdistill teach, or name another one.")
}
