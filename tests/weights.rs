//! Weight files: round trips, the card, hostile files, foreign starts.
#![allow(clippy::unwrap_used)] // helpers of tests may unwrap like the tests themselves

#[path = "weights/card.rs"]
mod card;
#[path = "weights/example.rs"]
mod example;
#[path = "weights/hash.rs"]
mod hash;
#[path = "weights/heads.rs"]
mod heads;
#[path = "weights/hostile.rs"]
mod hostile;
#[path = "weights/import.rs"]
mod import;
#[path = "weights/int8.rs"]
mod int8;
#[path = "weights/namings.rs"]
mod namings;
#[path = "weights/round_trip.rs"]
mod round_trip;
