//! Every file of `tests/hostile/weights` gives its typed error, and small damage to a file never gives anything but an error.

use std::collections::BTreeSet;
use std::path::PathBuf;

use dermdistill::weights::{MAX_FILE_BYTES, MAX_HEADER_BYTES, Precision, WeightFile, import_start};
use dermdistill::{Error, ErrorKind};

use crate::example::{file, network};

struct Case {
    file: String,
    code: String,
    names: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/weights")
}

fn cases() -> Vec<Case> {
    let manifest = std::fs::read_to_string(folder().join("manifest.csv")).unwrap();
    let case = |line: &str| {
        let mut cells = line.splitn(3, ',').map(str::to_owned);
        Case { file: cells.next().unwrap(), code: cells.next().unwrap(), names: cells.next().unwrap() }
    };
    manifest.lines().skip(1).map(case).collect()
}

fn outcome(error: &Error) -> (&'static str, &str) {
    (error.kind().code(), error.message())
}

#[test]
fn every_hostile_file_gives_its_code_and_names_what_was_found() {
    for case in cases() {
        let bytes = std::fs::read(folder().join(&case.file)).unwrap();
        let error = WeightFile::read(&bytes).unwrap_err();
        let (code, message) = outcome(&error);
        assert_eq!(code, case.code, "{}: {error}", case.file);
        assert!(message.contains(&case.names), "{}: {message:?} does not name {:?}", case.file, case.names);
        assert!(message.len() < 700 && !message.contains('\u{1b}'), "{}: {message}", case.file);
        assert!(!error.hint().is_empty(), "{}: no word on what to do", case.file);
    }
    assert!(WeightFile::read(&file().write(Precision::F16).unwrap()).is_ok(), "a good file reads afterwards");
}

#[test]
fn the_manifest_and_the_folder_agree_and_cover_every_kind() {
    let listed: BTreeSet<String> = cases().into_iter().map(|case| case.file).collect();
    let there: BTreeSet<String> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there.into_iter().filter(|name| name != "manifest.csv").collect::<BTreeSet<_>>(), listed);
    let codes: BTreeSet<String> = cases().into_iter().map(|case| case.code).collect();
    // The hash is no property of a file alone; `hash.rs` tests it.
    let kinds = ErrorKind::ALL.iter().map(|kind| kind.code()).filter(|code| code.starts_with("weights-") && *code != "weights-hash");
    assert_eq!(codes.iter().map(String::as_str).collect::<BTreeSet<_>>(), kinds.collect());
}

#[test]
fn a_hostile_container_is_no_start_either() {
    for case in cases().into_iter().filter(|case| matches!(case.code.as_str(), "weights-format" | "weights-too-large")) {
        let bytes = std::fs::read(folder().join(&case.file)).unwrap();
        assert_eq!(outcome(&import_start(&bytes, &network(), &["classifier"]).unwrap_err()).0, case.code, "{}", case.file);
    }
}

#[test]
fn a_file_over_the_limit_is_refused_before_it_is_parsed() {
    // Zeroed pages that are never touched cost nothing. At the limit the file is looked at: an empty header, then bytes that no tensor owns.
    let bytes = vec![0u8; MAX_FILE_BYTES + 1];
    assert_eq!(WeightFile::read(&bytes).unwrap_err().kind(), ErrorKind::WeightsTooLarge);
    assert_eq!(WeightFile::read(&bytes[..MAX_FILE_BYTES]).unwrap_err().kind(), ErrorKind::WeightsFormat);
}

#[test]
fn a_header_at_its_limit_is_read_and_one_byte_more_is_not() {
    for (length, kind) in [(MAX_HEADER_BYTES, ErrorKind::WeightsCard), (MAX_HEADER_BYTES + 1, ErrorKind::WeightsTooLarge)] {
        let mut bytes = (length as u64).to_le_bytes().to_vec();
        bytes.extend(b"{}");
        bytes.resize(8 + length, b' ');
        assert_eq!(WeightFile::read(&bytes).unwrap_err().kind(), kind);
    }
}

#[test]
fn every_truncation_and_every_flipped_bit_of_a_small_file_is_an_error() {
    let bytes = std::fs::read(folder().join("tensors_one.safetensors")).unwrap();
    for length in 0..bytes.len() {
        assert_eq!(WeightFile::read(&bytes[..length]).unwrap_err().kind(), ErrorKind::WeightsFormat, "{length} bytes");
    }
    for index in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1 << bit;
            // The file lacks 261 tensors, so whatever the damage does, it stays refused.
            assert!(WeightFile::read(&damaged).is_err(), "bit {bit} of byte {index}");
        }
    }
}
