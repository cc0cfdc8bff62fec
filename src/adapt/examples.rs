//! The photographs that are learned from, as the squares that the network sees.

use crate::classes::CLASSES;
use crate::photo::Seen;
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most examples that are kept: 77 MB of pixels at 224 × 224.
pub const MAX_EXAMPLES: usize = 512;

/// From how many examples on some are held back by themselves: fewer would judge by chance.
pub const VALIDATION_FROM: usize = 10;

/// One in this many is held back.
const HELD_BACK: usize = 5;

/// A class keeps at least this many examples to learn from.
const LEAST_TO_LEARN: usize = 2;

/// What an example is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// Not decided yet: the first run that there are enough examples for decides.
    #[default]
    Auto,
    /// Learned from.
    Train,
    /// Never learned from: what local validation judges.
    Check,
    /// Never learned from: what shows how much is forgotten of what was known before.
    Retained,
}

/// A labelled photograph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Position of its class.
    pub label: usize,
    /// The square that the network sees.
    pub seen: Seen,
    /// What it is for.
    pub r#use: Use,
}

/// Examples by the number that their owner gave them; walked in that order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examples {
    all: BTreeMap<u32, Example>,
}

impl Examples {
    /// Takes in an example in place of any earlier one of its number.
    ///
    /// # Errors
    /// `argument` for a label that is no class; `examples` beyond [`MAX_EXAMPLES`]. Nothing has changed then.
    pub fn insert(&mut self, id: u32, example: Example) -> Result<()> {
        if example.label >= CLASSES.len() {
            let message = format!("the label is {}; there are {} classes", example.label, CLASSES.len());
            return Err(Error::new(ErrorKind::Argument, message, "Label it with one of the classes."));
        }
        if self.all.len() >= MAX_EXAMPLES && !self.all.contains_key(&id) {
            let message = format!("there are {MAX_EXAMPLES} examples, which is all that are kept");
            return Err(Error::new(ErrorKind::Examples, message, "Remove some first."));
        }
        self.all.insert(id, example);
        Ok(())
    }

    /// Forgets an example; whether there was one.
    pub fn remove(&mut self, id: u32) -> bool {
        self.all.remove(&id).is_some()
    }

    /// The example of this number.
    pub fn get(&self, id: u32) -> Option<&Example> {
        self.all.get(&id)
    }

    /// Every example, by its number.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Example)> {
        self.all.iter().map(|(id, example)| (*id, example))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The numbers of those that are learned from: undecided ones among them.
    pub fn to_train(&self) -> Vec<u32> {
        self.that_are(|r#use| matches!(r#use, Use::Train | Use::Auto))
    }

    /// The numbers of those of one use.
    pub fn of(&self, wanted: Use) -> Vec<u32> {
        self.that_are(|r#use| r#use == wanted)
    }

    /// Decides what undecided examples are for. With ten examples or more, a fifth of them is held back, the latest of whichever
    /// class has most to learn from, down to two a class. What was learned from once is never held back afterwards.
    pub fn decide(&mut self) {
        let counted = self.all.values().filter(|example| example.r#use != Use::Retained).count();
        let wanted = if counted < VALIDATION_FROM { 0 } else { counted.checked_div(HELD_BACK).unwrap_or_default() };
        for _ in self.of(Use::Check).len()..wanted {
            let Some(id) = self.next_to_hold_back() else { break };
            self.set(id, Use::Check);
        }
        for id in self.of(Use::Auto) {
            self.set(id, Use::Train);
        }
    }

    fn next_to_hold_back(&self) -> Option<u32> {
        let mut to_learn = [0usize; CLASSES.len()];
        for example in self.all.values().filter(|example| matches!(example.r#use, Use::Train | Use::Auto)) {
            to_learn.get_mut(example.label).into_iter().for_each(|count| *count = count.saturating_add(1));
        }
        let undecided = self.iter().filter(|(_, example)| example.r#use == Use::Auto);
        let left = |label: usize| to_learn.get(label).copied().unwrap_or_default();
        undecided.filter(|(_, example)| left(example.label) > LEAST_TO_LEARN).max_by_key(|(id, example)| (left(example.label), *id)).map(|(id, _)| id)
    }

    fn set(&mut self, id: u32, r#use: Use) {
        self.all.get_mut(&id).into_iter().for_each(|example| example.r#use = r#use);
    }

    fn that_are(&self, wanted: impl Fn(Use) -> bool) -> Vec<u32> {
        self.iter().filter(|(_, example)| wanted(example.r#use)).map(|(id, _)| id).collect()
    }
}
