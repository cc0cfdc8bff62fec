//! The promises that fuzzing looks for violations of, held to every hostile file: a stable compiler's share of `./build.sh fuzz`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers outside the test functions

#[path = "fuzz/promises.rs"]
mod promises;

use std::path::Path;

/// The contents of a folder of hostile files, with their names; `names` ends as they do.
fn files(folder: &str, ending: &str) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(ending)).map(|path| (path.display().to_string(), path)).collect();
    assert!(files.len() > 10, "{folder} has only {} files", files.len());
    files.into_iter().map(|(name, path)| (name, std::fs::read(path).unwrap())).collect()
}

/// Runs a promise on every file, and says which one broke it.
fn hold(promise: fn(&[u8]), files: Vec<(String, Vec<u8>)>) {
    for (name, bytes) in files {
        println!("{name}");
        promise(&bytes);
    }
}

#[test]
fn images() {
    hold(promises::image, files("hostile/image", ""));
}

#[test]
fn weight_files() {
    hold(promises::weights, files("hostile/weights", ".safetensors"));
}

#[test]
fn cards() {
    // The card's text, between the header's length and the first tensor, wherever the header is whole.
    let card = |bytes: &[u8]| {
        let length = usize::try_from(u64::from_le_bytes(*bytes.first_chunk()?)).ok()?;
        let header: serde_json::Value = serde_json::from_slice(bytes.get(8..)?.get(..length)?).ok()?;
        Some(header.get("__metadata__")?.get("card")?.as_str()?.as_bytes().to_vec())
    };
    let cards: Vec<_> = files("hostile/weights", ".safetensors").into_iter().filter_map(|(name, bytes)| Some((name, card(&bytes)?))).collect();
    assert!(cards.len() > 50, "{} cards", cards.len());
    hold(promises::card, cards);
}

#[test]
fn tables() {
    hold(promises::table, files("hostile/csv", ".csv"));
}
