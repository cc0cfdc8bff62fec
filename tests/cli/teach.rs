//! `teach`: tables and caches of what weight files answer, as the library says it.

use crate::example::{Folder, MIX, Run, answer, program, tensors, weights};
use crate::runs::{interrupt, wait_until};
use crate::tolerance;
use dermdistill::classifier::Request;
use dermdistill::data::{AnswerFile, POSES};
use dermdistill::engine::Engine;
use dermdistill::nn::{Framing, mobilenet_v2};
use dermdistill::photo;
use dermdistill::trust::{Prior, apply_prior, committee, softmax};
use dermdistill::weights::{Card, Precision, WeightFile};
use std::process::Stdio;

fn folder() -> Folder {
    let folder = Folder::new();
    (0..4).for_each(|seed| drop(folder.picture(&format!("images/i{seed}.png"), seed)));
    folder.text("labels.csv", "image,dx,group_id\ni0,NV,a\ni1,MEL,b\ni2.png,AK,c\ni3,AKIEC,d\n");
    folder.text("split.csv", "group_id,split\na,train\nb,val\nc,train\nd,train\n");
    folder
}

fn teach(folder: &Folder, args: &[&str]) -> Run {
    let first = ["teach", "--images", "images", "--labels", "labels.csv", "--weights", weights().to_str().unwrap()];
    folder.run(&[&first, args].concat())
}

/// The same network for another class mix and at another temperature.
fn second(folder: &Folder) -> Card {
    let mut card = Card::new("mobilenet_v2", 64, Framing::CentreSquare, vec![0.125; 8]);
    card.temperature = 2.0;
    let file = WeightFile { card: card.clone(), tensors: tensors() };
    std::fs::write(folder.path("second.safetensors"), file.write(Precision::F32).unwrap()).unwrap();
    card
}

#[test]
fn a_table_holds_the_committees_answers_under_the_first_ones_class_mix() {
    let folder = folder();
    let other = second(&folder);
    teach(&folder, &["--weights", "second.safetensors", "--split", "split.csv", "--table", "table.csv"]).succeeded();
    let table = std::fs::read_to_string(folder.path("table.csv")).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("image,AK,BCC,BKL,DF,MEL,NV,SCC,VASC"));
    for (line, name) in lines.by_ref().zip(["i0", "i2", "i3"]) {
        let (found, row) = line.split_once(',').unwrap();
        assert_eq!(found, name);
        let seen = answer(&folder.path(&format!("images/{name}.png")), &Request::default());
        let colder = softmax(&seen.logits, other.temperature).unwrap();
        let moved = apply_prior(&colder, &other.class_mix, &Prior::Mix(MIX.to_vec())).unwrap();
        let expected = committee(&[seen.probabilities, moved]).unwrap();
        for (cell, expected) in row.split(',').zip(expected) {
            let p: f64 = cell.parse().unwrap();
            assert!((p - expected).abs() <= tolerance::TABLE_DIGITS * expected, "{p} {expected}");
        }
    }
    assert_eq!(lines.next(), None);
}

/// The square that evaluation sees, in a pose, by moving its pixels.
fn input(folder: &Folder, name: &str, side: usize, pose: usize) -> Vec<f32> {
    let bytes = std::fs::read(folder.path(&format!("images/{name}.png"))).unwrap();
    let photo = photo::decode(&bytes, &photo::Limits::default()).unwrap();
    let mut seen = photo::network_input(&photo, None, Framing::CentreSquare, side).unwrap();
    if pose >= 4 {
        seen = photo::mirror(&seen);
    }
    for _ in 0..pose % 4 {
        // What was at the right comes to the top.
        let places = (0..side * side).map(|at| (at % side, side - 1 - at / side));
        seen.rgb = places.flat_map(|(y, x)| seen.rgb[(y * side + x) * 3..][..3].to_vec()).collect();
    }
    let card = Card::new("mobilenet_v2", side, Framing::CentreSquare, MIX.to_vec());
    photo::normalise(&seen, card.mean, card.std)
}

#[test]
fn a_cache_holds_the_raw_answers_to_all_poses_and_is_gone_on_with() {
    let folder = folder();
    let run = teach(&folder, &["--side", "32", "--maps", "--cache", "cache"]).succeeded();
    assert!(run.stderr.contains("4 images"), "{}", run.stderr);
    let mut file = AnswerFile::open(&folder.path("cache")).unwrap();
    let mut engine = Engine::new(&mobilenet_v2(8), &tensors(), 32).unwrap();
    for pose in 0..POSES {
        engine.forward(&input(&folder, "i2", 32, pose)).unwrap();
        for (tap, _, expected) in engine.taps() {
            let mut row = Vec::new();
            file.read((2, pose), tap, &mut row).unwrap();
            let largest = expected.iter().fold(1.0f32, |largest, x| largest.max(x.abs()));
            let worst = row.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let tolerance = if tap == "logits" { 0.0 } else { tolerance::HALF };
            assert!(row.len() == expected.len() && f64::from(worst / largest) <= tolerance, "{tap} in pose {pose}: {worst} of {largest}");
        }
    }
    let again = teach(&folder, &["--side", "32", "--maps", "--cache", "cache"]).succeeded();
    assert!(again.stderr.contains("4 of 4 images are answered for already"), "{}", again.stderr);
    teach(&folder, &["--side", "64", "--maps", "--cache", "cache"]).failed("checkpoint", "other teachers");
}

#[test]
fn an_interrupted_cache_is_gone_on_with_to_the_same_bytes() {
    const IMAGES: usize = 40;
    let folder = folder();
    let mut labels = "image,dx\n".to_owned();
    for seed in 0..IMAGES as u32 {
        folder.picture(&format!("images/i{seed}.png"), seed);
        labels.push_str(&format!("i{seed},NV\n"));
    }
    folder.text("labels.csv", &labels);
    let arguments = ["teach", "--images", "images", "--labels", "labels.csv", "--weights", weights().to_str().unwrap(), "--threads", "1", "--cache"];
    let child = program().args(arguments).arg("cache").current_dir(folder.path("")).stderr(Stdio::piped()).spawn().unwrap();
    let done = || AnswerFile::open(&folder.path("cache")).map_or(0, |file| (0..IMAGES).filter(|&image| file.is_done(image)).count());
    wait_until("the first answer", || done() > 0);
    interrupt(&child);
    child.wait_with_output().unwrap();
    let before = done();
    assert!((1..IMAGES).contains(&before), "it was not stopped in time: {before}");
    let again = folder.run(&[&arguments[..], &["cache"]].concat()).succeeded();
    assert!(again.stderr.contains(&format!("{before} of {IMAGES} images are answered for already")), "{}", again.stderr);
    folder.run(&[&arguments[..], &["whole"]].concat()).succeeded();
    assert!(std::fs::read(folder.path("cache")).unwrap() == std::fs::read(folder.path("whole")).unwrap());
}

#[test]
fn a_committees_cache_has_the_logarithms_of_its_probabilities() {
    let folder = folder();
    let other = second(&folder);
    teach(&folder, &["--weights", "second.safetensors", "--cache", "cache"]).succeeded();
    let mut file = AnswerFile::open(&folder.path("cache")).unwrap();
    assert_eq!(file.about().teachers.len(), 2);
    assert!(file.axes("feats_7x7").is_none() && file.axes("avg_pool") == Some(&[1280]));
    let seen = answer(&folder.path("images/i1.png"), &Request::default());
    let moved = apply_prior(&softmax(&seen.logits, other.temperature).unwrap(), &other.class_mix, &Prior::Mix(MIX.to_vec())).unwrap();
    let expected = committee(&[seen.probabilities, moved]).unwrap();
    let mut row = Vec::new();
    file.read((1, 0), "logits", &mut row).unwrap();
    assert!(row.iter().zip(expected).all(|(log, p)| (f64::from(*log) - p.ln()).abs() <= tolerance::SMALL_NETWORK * p.ln().abs().max(1.0)));
}

#[test]
fn what_cannot_be_answered_is_named_and_the_rest_is_kept() {
    let folder = folder();
    folder.text("images/i1.png", "no picture");
    teach(&folder, &["--table", "table.csv"]).failed("image-format", "no table");
    assert!(!folder.path("table.csv").exists());
    teach(&folder, &["--cache", "cache"]).failed("image-format", "are written");
    let file = AnswerFile::open(&folder.path("cache")).unwrap();
    assert_eq!([0, 1, 2, 3].map(|image| file.is_done(image)), [true, false, true, true]);
    folder.picture("images/i1.png", 1);
    teach(&folder, &["--cache", "cache"]).succeeded();
    assert!(AnswerFile::open(&folder.path("cache")).unwrap().is_done(1));
    teach(&folder, &["--side", "40", "--cache", "other"]).failed("argument", "40");
    assert_eq!(teach(&folder, &[]).code, 2, "a place for the answers is needed");
    assert_eq!(teach(&folder, &["--table", "a", "--cache", "b"]).code, 2, "one of the two");
    for of_a_cache in [&["--side", "64"][..], &["--maps"]] {
        assert_eq!(teach(&folder, &[&["--table", "a"], of_a_cache].concat()).code, 2, "a table holds the teachers' own squares, and no maps");
    }
}
