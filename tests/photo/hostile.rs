//! Every hostile file gives the code that `tests/hostile/image/manifest.csv` states, and then a good photograph still opens.

use std::time::{Duration, Instant};

use dermdistill::ErrorKind;
use dermdistill::photo::{Limits, decode};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::files::{path, read, table};
use crate::png;

/// No file of these tests may take longer, on the slowest machine that runs them.
const PATIENCE: Duration = Duration::from_secs(10);

fn code(bytes: &[u8]) -> &'static str {
    decode(bytes, &Limits::default()).map_or_else(|error| error.kind().code(), |_| "ok")
}

#[test]
fn every_hostile_file_is_answered() {
    let manifest: Vec<[String; 2]> = table("hostile/image/manifest.csv");
    let mut wrong = Vec::new();
    for [file, expected] in &manifest {
        let bytes = read(&format!("hostile/image/{file}"));
        let start = Instant::now();
        let answer = decode(&bytes, &Limits::default());
        assert!(start.elapsed() < PATIENCE, "{file} took {:?}", start.elapsed());
        let found = answer.as_ref().map_or_else(|error| error.kind().code(), |_| "ok");
        println!("{file:32} {found:18} {}", answer.as_ref().err().map(ToString::to_string).unwrap_or_default());
        if found != expected {
            wrong.push(format!("{file}: {found} instead of {expected}"));
        }
        if let Err(error) = answer {
            assert!(!error.message().is_empty() && !error.hint().is_empty(), "{file}: {error:?} does not say what to do");
        }
        assert_eq!(code(&read("golden/photo/jpeg_420.jpg")), "ok", "after {file}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let stored = std::fs::read_dir(path("hostile/image")).expect("the folder is there").count();
    assert_eq!(stored, manifest.len() + 1, "every file of the folder is in the manifest");
}

#[test]
fn formats_that_are_not_read_are_named() {
    for (file, name) in [("animated.gif", "GIF"), ("phone.heic", "HEIC"), ("picture.avif", "AVIF"), ("scan.tiff", "TIFF"), ("bitmap.bmp", "BMP")]
        .into_iter()
        .chain([("svg.png", "SVG"), ("html.webp", "HTML"), ("paper.pdf", "PDF"), ("text.jpg", "text")])
    {
        let error = decode(&read(&format!("hostile/image/{file}")), &Limits::default()).expect_err(file);
        assert_eq!(error.kind(), ErrorKind::ImageFormat, "{file}");
        assert!(error.message().contains(name) && error.message().contains("JPEG, PNG and WebP"), "{file}: {error}");
    }
}

/// The good files: the golden pictures and the hostile files that must open.
fn good() -> Vec<(String, Vec<u8>)> {
    let golden = table("golden/photo/pictures.csv").into_iter().map(|[file, _, _]: [String; 3]| format!("golden/photo/{file}"));
    let opened = table("hostile/image/manifest.csv").into_iter().filter(|[_, code]: &[String; 2]| code == "ok");
    golden.chain(opened.map(|[file, _]| format!("hostile/image/{file}"))).map(|file| (file.clone(), read(&file))).collect()
}

#[test]
fn a_cut_file_never_passes_for_a_whole_one() {
    for (file, bytes) in good() {
        let whole = decode(&bytes, &Limits::default()).expect("the whole file opens");
        for step in 0..40 {
            let length = bytes.len() * step / 40;
            let start = Instant::now();
            match decode(&bytes[..length], &Limits::default()) {
                // What was cut off stood behind the end of the picture.
                Ok(photo) => assert_eq!(photo, whole, "{file} cut to {length} bytes became another picture"),
                Err(error) => {
                    let kinds = [ErrorKind::ImageTruncated, ErrorKind::ImageEmpty];
                    assert!(kinds.contains(&error.kind()), "{file} cut to {length} bytes: {error}");
                }
            }
            assert!(start.elapsed() < PATIENCE);
        }
        let last = decode(&bytes[..bytes.len() - 1], &Limits::default());
        assert!(last.is_ok_and(|photo| photo == whole) || code(&bytes[..bytes.len() - 1]) == "image-truncated", "{file} without its last byte");
    }
}

/// `PHOTO_SEEDS=20000 cargo test --test photo damaged` looks for longer.
#[test]
fn a_damaged_file_is_answered() {
    let seeds = std::env::var("PHOTO_SEEDS").map_or(200, |seeds| seeds.parse().expect("PHOTO_SEEDS is a number"));
    for (index, (file, bytes)) in good().into_iter().enumerate() {
        for seed in 0..seeds {
            let mut random = StdRng::seed_from_u64(seed * 1000 + index as u64);
            let mut damaged = bytes.clone();
            // The first bytes hold what decides, so every second flip falls among them.
            for flip in 0..1 + seed % 4 {
                let reach = if flip % 2 == 0 { damaged.len() } else { damaged.len().min(700) };
                let at = random.random_range(0..reach);
                damaged[at] = random.random();
            }
            if seed % 2 == 0 {
                png::mend(&mut damaged);
            }
            let start = Instant::now();
            match decode(&damaged, &Limits::default()) {
                Ok(photo) => assert_eq!(photo.rgb.len(), photo.width as usize * photo.height as usize * 3, "{file}, seed {seed}"),
                Err(error) => assert!(error.kind().code().starts_with("image-"), "{file}, seed {seed}: {error}"),
            }
            assert!(start.elapsed() < PATIENCE, "{file}, seed {seed}: {:?}", start.elapsed());
        }
    }
}

#[test]
fn noise_behind_every_beginning_is_refused() {
    for beginning in [b"\xFF\xD8\xFF".as_slice(), b"\x89PNG\r\n\x1A\n", b"RIFF\0\x10\0\0WEBPVP8L", b"RIFF\0\x10\0\0WEBPVP8X", b""] {
        for seed in 0..300 {
            let mut random = StdRng::seed_from_u64(seed);
            let mut bytes = beginning.to_vec();
            bytes.extend((0..random.random_range(1..600)).map(|_| random.random::<u8>()));
            assert!(code(&bytes).starts_with("image-"), "seed {seed}");
        }
    }
}
