//! Walks the segments of a JPEG (ITU-T T.81 annex B) without decoding: size, channels, orientation, completeness, and a clean copy.

use super::Channels;
use crate::photo::bytes::{array, be_u16};
use crate::photo::{Format, Limits, corrupt, exif, truncated, unsupported};
use crate::{Error, Result};

/// Scans that are read. Cameras and encoders write 1–12; each costs a pass over all blocks, so their number bounds the time.
pub(super) const MAX_SCANS: usize = 64;

/// What walking the segments found.
pub(super) struct Walk {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) orientation: u8,
    pub(super) channels: Channels,
    /// Start marker, tables, frame, scans and end marker; no application data, comments, fill bytes or what stands behind the end. Channels are
    /// named 1, 2, 3, 4, so that the decoder has nothing to guess from.
    pub(super) clean: Vec<u8>,
}

/// One channel of the frame.
#[derive(Clone, Copy)]
struct Component {
    /// Its name in the file.
    id: u8,
    /// Its position in the frame, from 1 on: its name in the clean copy.
    number: u8,
    /// Sampling factors, 1–4.
    across: u32,
    down: u32,
}

/// The frame header.
struct Frame {
    width: u32,
    height: u32,
    progressive: bool,
    components: Vec<Component>,
}

fn short() -> Error {
    truncated(Format::Jpeg)
}

fn bad(what: &str) -> Error {
    corrupt(Format::Jpeg, what)
}

/// Follows the segments to the end marker.
pub(super) fn walk(bytes: &[u8], limits: &Limits) -> Result<Walk> {
    let mut clean = Vec::with_capacity(bytes.len());
    clean.extend_from_slice(&[0xFF, 0xD8]);
    let mut frame: Option<Frame> = None;
    let (mut jfif, mut adobe, mut orientation) = (false, None, None);
    let mut scanned: Vec<u8> = Vec::new();
    let mut scans = 0usize;
    let mut at = 2usize;
    loop {
        let (marker, after) = next_marker(bytes, at)?;
        at = after;
        match marker {
            0xD9 => break,
            // Restart markers and TEM have no content; outside a scan they mean nothing.
            0x01 | 0xD0..=0xD7 => continue,
            0xD8 => return Err(bad("it starts a second time")),
            0x02..=0xBF => return Err(bad("it has a marker that no standard knows")),
            _ => {}
        }
        let length = usize::from(be_u16(bytes, at).ok_or_else(short)?);
        let end = at.saturating_add(length);
        let begin = at.saturating_add(2);
        if length < 2 {
            return Err(bad("a segment has no length"));
        }
        let payload = bytes.get(begin..end).ok_or_else(short);
        match marker {
            0xC0..=0xC2 => {
                if frame.is_some() {
                    return Err(bad("it has two frames"));
                }
                let read = Frame::read(payload?, marker == 0xC2, limits)?;
                copy(&mut clean, marker, bytes, at..end);
                rename(&mut clean, end.saturating_sub(at), 8, 3, &read.components);
                frame = Some(read);
            }
            0xC4 | 0xDB | 0xDD => {
                payload?;
                copy(&mut clean, marker, bytes, at..end);
            }
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCF | 0xDE | 0xDF => return Err(unsupported(Format::Jpeg, "lossless, hierarchical or arithmetic coded")),
            0xDA => {
                let frame = frame.as_ref().ok_or_else(|| bad("a scan stands before its frame"))?;
                let scan = Scan::read(payload?, frame)?;
                let stop = entropy_end(bytes, end)?;
                let bits = u64::try_from(stop.saturating_sub(end)).unwrap_or(u64::MAX).saturating_mul(8);
                if bits < scan.fewest_bits(frame) {
                    return Err(short());
                }
                scans = scans.saturating_add(1);
                if scans > MAX_SCANS {
                    return Err(bad("it has more scans than any encoder writes"));
                }
                scanned.extend(scan.components.iter().map(|component| component.id));
                copy(&mut clean, marker, bytes, at..stop);
                rename(&mut clean, stop.saturating_sub(at), 3, 2, &scan.components);
                at = stop;
                continue;
            }
            // As in libjpeg, a marker that is too short for its kind says nothing.
            0xE0 => {
                let payload = payload?;
                jfif |= payload.starts_with(b"JFIF\0") && payload.len() >= 14;
            }
            0xE1 => {
                let payload = payload?;
                if orientation.is_none() && payload.starts_with(b"Exif\0\0") {
                    orientation = Some(exif::orientation(payload));
                }
            }
            0xEE => {
                let payload = payload?;
                if payload.starts_with(b"Adobe") {
                    adobe = payload.get(11).copied().or(adobe);
                }
            }
            _ => {
                payload?;
            }
        }
        at = end;
    }
    clean.extend_from_slice(&[0xFF, 0xD9]);
    let frame = frame.ok_or_else(|| bad("it has no frame"))?;
    if !frame.components.iter().all(|component| scanned.contains(&component.id)) {
        return Err(short());
    }
    let channels = frame.channels(jfif, adobe)?;
    Ok(Walk { width: frame.width, height: frame.height, orientation: orientation.unwrap_or(1), channels, clean })
}

fn copy(clean: &mut Vec<u8>, marker: u8, bytes: &[u8], range: std::ops::Range<usize>) {
    clean.extend_from_slice(&[0xFF, marker]);
    clean.extend_from_slice(bytes.get(range).unwrap_or_default());
}

/// Gives the channels of the segment that `clean` ends with (its last `len` bytes) their numbers as names: the first name stands `first` bytes
/// into it, the others `apart`.
fn rename(clean: &mut [u8], len: usize, first: usize, apart: usize, components: &[Component]) {
    let start = clean.len().saturating_sub(len).saturating_add(first);
    let names = clean.get_mut(start..).into_iter().flatten().step_by(apart);
    names.zip(components).for_each(|(name, component)| *name = component.number);
}

/// The next marker from `at` on and the position behind it. Like libjpeg it passes over bytes that belong to no segment.
fn next_marker(bytes: &[u8], at: usize) -> Result<(u8, usize)> {
    let mut marked = false;
    for (index, &byte) in bytes.iter().enumerate().skip(at) {
        match byte {
            0xFF => marked = true,
            0 => marked = false,
            _ if marked => return Ok((byte, index.saturating_add(1))),
            _ => {}
        }
    }
    Err(short())
}

/// Where the compressed data that begin at `at` end: the position of the first marker that is no restart.
fn entropy_end(bytes: &[u8], mut at: usize) -> Result<usize> {
    loop {
        let rest = bytes.get(at..).ok_or_else(short)?;
        let mark = rest.iter().position(|&byte| byte == 0xFF).ok_or_else(short)?.saturating_add(at);
        match bytes.get(mark.saturating_add(1)).ok_or_else(short)? {
            0xFF => at = mark.saturating_add(1),
            0 | 0xD0..=0xD7 => at = mark.saturating_add(2),
            _ => return Ok(mark),
        }
    }
}

impl Frame {
    fn read(payload: &[u8], progressive: bool, limits: &Limits) -> Result<Self> {
        let wrong = || bad("its frame header has the wrong length");
        let [precision, high, low, left, right, count] = array(payload, 0).ok_or_else(wrong)?;
        let (height, width) = (u32::from(u16::from_be_bytes([high, low])), u32::from(u16::from_be_bytes([left, right])));
        limits.check_size(width, height)?;
        if precision != 8 {
            return Err(unsupported(Format::Jpeg, format!("of {precision} bits")));
        }
        let listed = payload.get(6..).unwrap_or_default().as_chunks::<3>();
        if listed.0.len() != usize::from(count) || !listed.1.is_empty() {
            return Err(wrong());
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(unsupported(Format::Jpeg, format!("of {count} channels")));
        }
        let mut components = Vec::with_capacity(4);
        for (&[id, sampling, _], number) in listed.0.iter().zip(1..=4) {
            components.push(Component { id, number, across: u32::from(sampling >> 4), down: u32::from(sampling & 15) });
        }
        let frame = Self { width, height, progressive, components };
        let (across, down) = frame.sampling();
        let divides = |most: u32, factor: u32| (1..=4).contains(&factor) && most.is_multiple_of(factor);
        if frame.components.iter().all(|component| divides(across, component.across) && divides(down, component.down)) {
            Ok(frame)
        } else {
            Err(unsupported(Format::Jpeg, "of an unusual chroma sampling"))
        }
    }

    /// The largest sampling factors, at least 1.
    fn sampling(&self) -> (u32, u32) {
        self.components.iter().fold((1, 1), |(across, down), component| (across.max(component.across), down.max(component.down)))
    }

    fn channels(&self, jfif: bool, adobe: Option<u8>) -> Result<Channels> {
        let named_rgb = || self.components.iter().map(|component| component.id).eq(*b"RGB");
        Ok(match (self.components.len(), adobe) {
            (1, _) => Channels::Grey,
            (3, _) if jfif => Channels::YCbCr,
            (3, Some(0)) => Channels::Rgb,
            (3, None) if named_rgb() => Channels::Rgb,
            (3, _) => Channels::YCbCr,
            (4, Some(2)) => Channels::Ycck,
            (4, _) => Channels::Cmyk,
            (other, _) => return Err(unsupported(Format::Jpeg, format!("of {other} channels"))),
        })
    }
}

/// A scan header.
struct Scan {
    components: Vec<Component>,
    /// First coefficient of the scan.
    start: u8,
    /// Bits that earlier scans have already given.
    high: u8,
}

impl Scan {
    fn read(payload: &[u8], frame: &Frame) -> Result<Self> {
        let wrong = || bad("a scan header is wrong");
        let count = usize::from(*payload.first().ok_or_else(wrong)?);
        let listed = payload.get(1..).unwrap_or_default();
        let pairs = listed.get(..count.saturating_mul(2)).ok_or_else(wrong)?.as_chunks::<2>().0;
        let [start, end, approximation] = array(listed, count.saturating_mul(2)).ok_or_else(wrong)?;
        let mut components: Vec<Component> = Vec::with_capacity(4);
        for &[id, tables] in pairs {
            let component = frame.components.iter().find(|component| component.id == id).ok_or_else(wrong)?;
            if tables >> 4 > 3 || tables & 15 > 3 || components.iter().any(|other| other.id == id) {
                return Err(wrong());
            }
            components.push(*component);
        }
        let (high, low) = (approximation >> 4, approximation & 15);
        // In a progressive picture a scan holds either the mean of each block or a band of one channel (T.81 §G.1.1.1.1).
        let band = if start == 0 { end == 0 } else { start <= end && end <= 63 && components.len() == 1 };
        let fits = !frame.progressive || (band && high <= 13 && low <= 13);
        let blocks: u32 = components.iter().map(|component| component.across.saturating_mul(component.down)).sum();
        // At most ten blocks in one unit (T.81 §B.2.3).
        if components.is_empty() || !fits || (components.len() > 1 && blocks > 10) {
            return Err(wrong());
        }
        Ok(Self { components, start, high })
    }

    /// The fewest bits this scan can take: a code for the mean of each block and, in a sequential picture, one for the end of its block.
    /// Refinements and bands of a progressive picture can do with next to nothing.
    fn fewest_bits(&self, frame: &Frame) -> u64 {
        let each = match (frame.progressive, self.start, self.high) {
            (false, ..) => 2,
            (true, 0, 0) => 1,
            _ => 0,
        };
        let (across, down) = frame.sampling();
        let blocks = |component: &Component| {
            let wide = frame.width.saturating_mul(component.across).div_ceil(across.saturating_mul(8));
            let tall = frame.height.saturating_mul(component.down).div_ceil(down.saturating_mul(8));
            u64::from(wide).saturating_mul(u64::from(tall))
        };
        self.components.iter().map(blocks).fold(0u64, u64::saturating_add).saturating_mul(each)
    }
}
