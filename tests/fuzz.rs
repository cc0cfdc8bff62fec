//! The promises that fuzzing looks for violations of, held to every hostile file and to some thousand damaged ones: the short form of
//! `./build.sh fuzz`, on a stable compiler.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers outside the test functions

#[path = "fuzz/mutants.rs"]
mod mutants;
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

/// Damaged files a target.
const MUTANTS: usize = 4000;
/// Where the damage comes from; any other would do.
const SEED: u64 = 14;

/// Runs a promise on every file, and on files made from them; says which one broke it.
fn hold(promise: fn(&[u8]), files: Vec<(String, Vec<u8>)>) {
    for (name, bytes) in &files {
        println!("{name}");
        promise(bytes);
    }
    let seeds: Vec<_> = files.into_iter().map(|(_, bytes)| bytes).collect();
    for (index, bytes) in mutants::mutants(&seeds, MUTANTS, SEED).enumerate() {
        if std::panic::catch_unwind(|| promise(&bytes)).is_err() {
            let path = std::env::temp_dir().join(format!("mutant-{index}"));
            std::fs::write(&path, &bytes).unwrap();
            panic!("mutant {index}, written to {}, broke the promise told above", path.display());
        }
    }
}

#[test]
fn images() {
    hold(promises::image, [files("hostile/image", ""), files("golden/photo", "")].concat());
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
