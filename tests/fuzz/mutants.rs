//! Damaged files made from good and hostile ones: what a fuzzer does first, from a seed, without its compiler.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Longer files would take the time of many short ones and break nothing that those do not.
const LONGEST: usize = 1 << 16;
/// Where lengths, counts and signs turn over.
const EDGES: [u8; 6] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF];

/// `count` files, each one of `seeds` with one to six pieces of damage; the same for the same seed.
pub fn mutants(seeds: &[Vec<u8>], count: usize, seed: u64) -> impl Iterator<Item = Vec<u8>> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..count).map(move |_| {
        let mut bytes = seeds[random.random_range(0..seeds.len())].clone();
        bytes.truncate(LONGEST);
        for _ in 0..random.random_range(1..=6) {
            damage(&mut bytes, seeds, &mut random);
        }
        bytes
    })
}

fn damage(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut StdRng) {
    let at = random.random_range(0..=bytes.len());
    let end = (at + random.random_range(1..=16)).min(bytes.len());
    match random.random_range(0..7) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
        1 if at < bytes.len() => bytes[at] = EDGES[random.random_range(0..EDGES.len())],
        2 => drop(bytes.drain(at..end)),
        3 => {
            let again = bytes[at..end].to_vec();
            drop(bytes.splice(at..at, again));
        }
        4 => bytes.truncate(at),
        5 => {
            let other = &seeds[random.random_range(0..seeds.len())];
            let from = random.random_range(0..=other.len());
            let piece = &other[from..(from + 64).min(other.len())];
            drop(bytes.splice(at..end, piece.iter().copied()));
        }
        _ => bytes.insert(at, random.random()),
    }
}
