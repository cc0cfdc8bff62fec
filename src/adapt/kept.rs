//! What was learned, as it lies on a device: two slots that are written in turn, so that a crash in the middle of one leaves the other whole.

use crate::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};

/// Where the bytes of one slot lie: a file, or in a test a vector. The platform's errors come as `disk-full` or `io`.
pub trait Slot {
    /// The first `most` bytes; fewer where there are fewer.
    ///
    /// # Errors
    /// Those of the platform.
    fn read(&mut self, most: usize) -> Result<Vec<u8>>;

    /// Writes a head and what follows it, and nothing after that, in place of all that was there, and waits until it is on the device. After an
    /// error the slot may hold anything. Two parts, because a state is not to be copied once more: memory in a browser is never given back.
    ///
    /// # Errors
    /// Those of the platform.
    fn write(&mut self, head: &[u8], rest: &[u8]) -> Result<()>;
}

/// The two slots. Each holds a mark, the number of the saving, a SHA-256 over number and state, and the state; whatever its hash does not fit is no
/// state. The newest whole one counts.
#[derive(Debug)]
pub struct Kept<S> {
    slots: [S; 2],
}

/// What the first bytes of a slot say.
const MARK: [u8; 8] = *b"dermkept";
const NUMBER: std::ops::Range<usize> = 8..16;
const HASH: std::ops::Range<usize> = 16..48;
const HEAD: usize = 48;

impl<S: Slot> Kept<S> {
    /// The slots, whatever they hold.
    pub fn new(slots: [S; 2]) -> Self {
        Self { slots }
    }

    /// The newest whole state and its number; `None` where nothing was ever kept.
    ///
    /// # Errors
    /// `checkpoint` when there is something, and none of it is whole; those of the slots.
    pub fn read(&mut self) -> Result<Option<(u64, Vec<u8>)>> {
        let (mut newest, mut empty) = (None, true);
        for slot in &mut self.slots {
            let bytes = slot.read(usize::MAX)?;
            empty &= bytes.is_empty();
            let whole = state_of(bytes);
            if whole.as_ref().map(|(number, _)| *number) > newest.as_ref().map(|(number, _)| *number) {
                newest = whole;
            }
        }
        if newest.is_none() && !empty {
            let hint = "Delete what is kept on this device, then keep anew. What was learned in this tab stays.";
            return Err(Error::new(ErrorKind::Checkpoint, "what is kept on this device is damaged: no state in it is whole", hint));
        }
        Ok(newest)
    }

    /// Keeps a state, and gives its number. `after` is the number of the last one that this owner kept or read, whose slot stays untouched; without
    /// it, what is there counts for nothing but its number.
    ///
    /// # Errors
    /// `io` when `after` is not the newest that is there: another owner keeps here, or has deleted it. Those of the slots; the state of `after` is whole then.
    pub fn write(&mut self, state: &[u8], after: Option<u64>) -> Result<u64> {
        let [first, second] = &mut self.slots;
        let (slot, last) = match after {
            Some(after) => {
                // That one was whole when it was written, so its head is enough: a saving does not read what it leaves alone.
                let (slot, number) = match (number_of(&first.read(HEAD)?), number_of(&second.read(HEAD)?)) {
                    (Some(own), number) if own == after => (second, number),
                    (number, Some(own)) if own == after => (first, number),
                    _ => return Err(lost()),
                };
                // A later one that is whole is somebody else's; one that is not is what a crash left of our own.
                if number > Some(after) && whole(slot)?.is_some() {
                    return Err(lost());
                }
                (slot, after)
            }
            // Even what another owner had stays whole until this is.
            None => {
                let [one, other] = [whole(first)?, whole(second)?];
                (if one > other { second } else { first }, one.max(other).unwrap_or_default())
            }
        };
        let number = last.saturating_add(1);
        if let Err(error) = slot.write(&head(number, state), state) {
            // Half a state is of no use, and takes room that is short.
            let _ = slot.write(&[], &[]);
            return Err(error);
        }
        Ok(number)
    }
}

fn lost() -> Error {
    let hint = "Another tab keeps what it learns here, or has deleted it. Keep anew from this tab, if it is to be this tab's.";
    Error::new(ErrorKind::Io, "what this tab kept is not the newest that is kept here", hint)
}

/// The number of a slot that is whole.
fn whole(slot: &mut impl Slot) -> Result<Option<u64>> {
    Ok(state_of(slot.read(usize::MAX)?).map(|(number, _)| number))
}

/// What stands before a state.
fn head(number: u64, state: &[u8]) -> Vec<u8> {
    [&MARK[..], &number.to_le_bytes(), &hash(number, state)].concat()
}

fn hash(number: u64, state: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(number.to_le_bytes()).chain_update(state).finalize().into()
}

fn number_of(bytes: &[u8]) -> Option<u64> {
    let number = bytes.get(NUMBER).filter(|_| bytes.starts_with(&MARK))?;
    number.try_into().ok().map(u64::from_le_bytes)
}

/// The number and the state of a slot that is whole.
fn state_of(mut bytes: Vec<u8>) -> Option<(u64, Vec<u8>)> {
    let number = number_of(&bytes)?;
    let state = bytes.get(HEAD..)?;
    if bytes.get(HASH)? != hash(number, state) {
        return None;
    }
    Some((number, bytes.split_off(HEAD)))
}
