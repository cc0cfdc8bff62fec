//! What lies on a device: a crash at any byte, a full disk, another owner, damage.

use dermdistill::adapt::{Kept, Learner, Scope, Slot};
use dermdistill::{Error, ErrorKind, Result};
use std::cell::RefCell;
use std::rc::Rc;

use crate::{learner, plan, shipped, steps};

/// A slot in memory, as a file system would have it: it takes so many bytes more, and then has no room, or the power fails.
#[derive(Clone, Default)]
struct Memory {
    bytes: Rc<RefCell<Vec<u8>>>,
    room: Rc<RefCell<Option<usize>>>,
}

impl Slot for Memory {
    fn read(&mut self, most: usize) -> Result<Vec<u8>> {
        Ok(self.bytes.borrow().iter().copied().take(most).collect())
    }

    fn write(&mut self, head: &[u8], rest: &[u8]) -> Result<()> {
        let bytes = [head, rest].concat();
        let room = self.room.borrow().unwrap_or(bytes.len()).min(bytes.len());
        *self.bytes.borrow_mut() = bytes[..room].to_vec();
        if room < bytes.len() { Err(Error::new(ErrorKind::DiskFull, "the disk is full", "")) } else { Ok(()) }
    }
}

fn slots() -> ([Memory; 2], Kept<Memory>) {
    let slots = [Memory::default(), Memory::default()];
    (slots.clone(), Kept::new(slots))
}

#[test]
fn what_was_kept_last_comes_back_and_nothing_where_nothing_was() {
    let (_, mut kept) = slots();
    assert_eq!(kept.read().unwrap(), None);
    let mut number = kept.write(b"first", None).unwrap();
    for state in ["second", "", "fourth, which is longer than those before it", "5"] {
        number = kept.write(state.as_bytes(), Some(number)).unwrap();
        assert_eq!(kept.read().unwrap(), Some((number, state.as_bytes().to_vec())));
    }
    assert_eq!(number, 5);
}

#[test]
fn a_crash_after_any_byte_leaves_the_state_before_whole_and_the_next_one_can_be_kept() {
    let (slots, mut kept) = slots();
    let first = kept.write(b"one", None).unwrap();
    let second = kept.write(b"two", Some(first)).unwrap();
    let whole = slots[0].bytes.borrow().clone();
    // What a third one, cut off anywhere, leaves in the first slot.
    let third = kept.write(b"three", Some(second)).unwrap();
    let complete = slots[0].bytes.borrow().clone();
    assert_ne!(whole, complete);
    for cut in 0..complete.len() {
        *slots[0].bytes.borrow_mut() = complete[..cut].to_vec();
        assert_eq!(kept.read().unwrap(), Some((second, b"two".to_vec())), "cut at {cut}");
        // A tab that comes back goes on from there.
        assert_eq!(Kept::new(slots.clone()).write(b"again", Some(second)).unwrap(), third);
        assert_eq!(kept.read().unwrap(), Some((third, b"again".to_vec())));
    }
    // Nor does a disk that wrote the end before the middle make a state of it.
    for at in 0..complete.len() {
        *slots[0].bytes.borrow_mut() = complete.clone();
        slots[0].bytes.borrow_mut()[at] ^= 1;
        assert_eq!(kept.read().unwrap(), Some((second, b"two".to_vec())), "changed at {at}");
    }
}

#[test]
fn a_full_disk_is_said_the_state_before_stays_and_no_half_one_takes_room() {
    let (slots, mut kept) = slots();
    let first = kept.write(b"one", None).unwrap();
    *slots[1].room.borrow_mut() = Some(20);
    assert_eq!(kept.write(&[7; 1000], Some(first)).unwrap_err().kind(), ErrorKind::DiskFull);
    assert_eq!(kept.read().unwrap(), Some((first, b"one".to_vec())));
    assert!(slots[1].bytes.borrow().is_empty());
    *slots[1].room.borrow_mut() = None;
    assert_eq!(kept.write(&[7; 1000], Some(first)).unwrap(), 2);
    assert_eq!(kept.read().unwrap(), Some((2, vec![7; 1000])));
}

#[test]
fn a_second_owner_is_noticed_and_so_is_a_deletion() {
    let (slots, mut one) = slots();
    let mine = one.write(b"mine", None).unwrap();
    let mine = one.write(b"mine, later", Some(mine)).unwrap();
    let mut other = Kept::new(slots.clone());
    let theirs = other.write(b"theirs", None).unwrap();
    // Mine is whole until theirs is, and theirs is not overwritten.
    assert_eq!(theirs, 3);
    assert_eq!(one.write(b"mine, at once", Some(mine)).unwrap_err().kind(), ErrorKind::Io);
    let theirs = other.write(b"more of theirs", Some(theirs)).unwrap();
    assert_eq!(one.write(b"more of mine", Some(mine)).unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(one.read().unwrap(), Some((theirs, b"more of theirs".to_vec())));
    for slot in &slots {
        slot.bytes.borrow_mut().clear();
    }
    assert_eq!(other.write(b"still more", Some(theirs)).unwrap_err().kind(), ErrorKind::Io);
    assert!(slots.iter().all(|slot| slot.bytes.borrow().is_empty()));
}

#[test]
fn what_no_slot_holds_whole_is_a_typed_error_and_the_learner_stays_as_it_is() {
    let (slots, mut kept) = slots();
    let mut one = learner(4);
    steps(&mut one, &plan(Scope::Head), 2);
    kept.write(&one.state().unwrap(), None).unwrap();
    let (_, state) = kept.read().unwrap().unwrap();
    let mut fresh = Learner::new(&shipped()).unwrap();
    fresh.restore(&state).unwrap();
    assert!(fresh.state().unwrap() == one.state().unwrap());
    let whole = slots[0].bytes.borrow().clone();
    for bytes in [b"a letter".to_vec(), whole[..whole.len() / 2].to_vec(), vec![0; 48]] {
        *slots[0].bytes.borrow_mut() = bytes;
        assert_eq!(kept.read().unwrap_err().kind(), ErrorKind::Checkpoint);
    }
    // A new owner may keep over it.
    kept.write(&state, None).unwrap();
    assert_eq!(kept.read().unwrap().unwrap().1, state);
}
