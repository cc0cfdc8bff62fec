//! Files of a teacher's answers: written in any order, gone on with, read by sample and view, refused when they do not fit.

use super::example::Folder;
use dermdistill::classes::CLASSES;
use dermdistill::data::{AnswerFile, AnswersAbout, Dataset, FiledAnswers, POSES};
use dermdistill::distill::Teacher;
use dermdistill::learner::Batch;
use dermdistill::nn::Framing;
use dermdistill::{Error, ErrorKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const SIDE: usize = 32;

fn about(images: &[&str]) -> AnswersAbout {
    AnswersAbout {
        classes: CLASSES.map(str::to_owned).to_vec(),
        class_mix: vec![0.125; 8],
        side: SIDE,
        framing: Framing::CentreSquare,
        teachers: vec!["0".repeat(64)],
        images: images.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn taps() -> Vec<(&'static str, Vec<usize>)> {
    vec![("logits", vec![8]), ("avg_pool", vec![3]), ("feats_7x7", vec![2, 1, 3])]
}

/// Rows in which image, pose and position can be told apart; whole numbers below 2048, which f16 holds exactly.
fn answers(image: usize) -> BTreeMap<&'static str, Vec<f32>> {
    let rows = |numbers: usize| (0..POSES * numbers).map(|at| (image * 100 + at) as f32).collect();
    taps().into_iter().map(|(tap, axes)| (tap, rows(axes.iter().product()))).collect()
}

fn written(path: &Path, images: &[&str], done: &[usize]) -> AnswerFile {
    let mut file = AnswerFile::create(path, &about(images), &taps()).unwrap();
    done.iter().for_each(|&image| file.write(image, &answers(image)).unwrap());
    file
}

fn read(file: &mut AnswerFile, image: usize, pose: usize, tap: &str) -> dermdistill::Result<Vec<f32>> {
    let mut row = Vec::new();
    file.read((image, pose), tap, &mut row).map(|()| row)
}

#[test]
fn rows_come_back_whatever_the_order_they_were_written_in() {
    let folder = Folder::new();
    let path = folder.path().join("answers");
    let mut file = written(&path, &["i000", "i001", "i002"], &[2, 0]);
    for file in [&mut file, &mut AnswerFile::open(&path).unwrap()] {
        for (image, pose) in [(0, 0), (2, 7), (2, 3)] {
            for (tap, axes) in taps() {
                let numbers: usize = axes.iter().product();
                assert_eq!(read(file, image, pose, tap).unwrap(), answers(image)[tap][pose * numbers..][..numbers], "{image} {pose} {tap}");
            }
        }
        assert_eq!((file.is_done(0), file.is_done(1), file.is_done(2), file.is_done(3)), (true, false, true, false));
        assert_eq!(read(file, 1, 0, "logits").unwrap_err().kind(), ErrorKind::TableImage);
        assert_eq!(read(file, 0, 8, "logits").unwrap_err().kind(), ErrorKind::TableImage);
        assert_eq!(read(file, 0, 0, "stem").unwrap_err().kind(), ErrorKind::Argument);
    }
    // An ordinary safetensors file: others can read it.
    let bytes = std::fs::read(&path).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.tensor("feats_7x7").unwrap().shape(), [3, 8, 2, 1, 3]);
    assert_eq!(tensors.tensor("done").unwrap().data(), [1, 0, 1]);
}

#[test]
fn a_file_is_gone_on_with_only_by_the_same_teachers_for_the_same_images() {
    let folder = Folder::new();
    let path = folder.path().join("answers");
    written(&path, &["i000", "i001"], &[1]);
    let mut file = written(&path, &["i000", "i001"], &[0]);
    assert_eq!(read(&mut file, 1, 2, "avg_pool").unwrap(), [106.0, 107.0, 108.0]);
    let refused = |about: AnswersAbout, taps: &[(&str, Vec<usize>)]| AnswerFile::create(&path, &about, taps).unwrap_err().kind();
    assert_eq!(refused(about(&["i000", "i002"]), &taps()), ErrorKind::Checkpoint);
    assert_eq!(refused(AnswersAbout { teachers: vec!["1".repeat(64)], ..about(&["i000", "i001"]) }, &taps()), ErrorKind::Checkpoint);
    assert_eq!(refused(about(&["i000", "i001"]), &taps()[..2]), ErrorKind::Checkpoint);
    assert_eq!(refused(about(&[]), &taps()), ErrorKind::Argument);
}

#[test]
fn what_cannot_be_an_answer_is_not_written() {
    let folder = Folder::new();
    let mut file = written(&folder.path().join("answers"), &["i000"], &[]);
    let mut broken = |change: fn(&mut BTreeMap<&'static str, Vec<f32>>), image: usize| {
        let mut answers = answers(0);
        change(&mut answers);
        file.write(image, &answers).map_err(|error| error.kind())
    };
    assert_eq!(broken(|a| a.get_mut("logits").unwrap()[5] = f32::NAN, 0), Err(ErrorKind::NotFinite));
    assert_eq!(broken(|a| a.get_mut("avg_pool").unwrap()[5] = 1e5, 0), Err(ErrorKind::NotFinite), "f16 cannot hold it");
    assert_eq!(broken(|a| a.get_mut("logits").unwrap()[5] = 1e5, 0), Ok(()));
    assert_eq!(broken(|a| drop(a.remove("logits")), 0), Err(ErrorKind::Argument));
    assert_eq!(broken(|a| a.get_mut("feats_7x7").unwrap().truncate(3), 0), Err(ErrorKind::Argument));
    assert_eq!(broken(|_| {}, 1), Err(ErrorKind::Argument));
}

#[test]
fn damaged_files_are_refused() {
    let folder = Folder::new();
    let path = folder.path().join("answers");
    written(&path, &["i000"], &[0]);
    let whole = std::fs::read(&path).unwrap();
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    let refused = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(AnswerFile::open(&path).unwrap_err().kind(), ErrorKind::Checkpoint, "{} bytes", bytes.len());
    };
    (0..header + 1).step_by(header / 9).chain([whole.len() - 1]).for_each(|len| refused(&whole[..len]));
    refused(&[whole.clone(), vec![0]].concat());
    refused(&[&u64::MAX.to_le_bytes()[..], &whole[8..]].concat());
    for (from, to) in [("\"done\"", "\"gone\""), ("\"F16\"", "\"I16\""), ("\"answers\"", "\"answer5\""), ("[1,8,3]", "[8,1,3]")] {
        let text = String::from_utf8(whole[8..header].to_vec()).unwrap();
        assert!(text.contains(from));
        refused(&[&whole[..8], text.replacen(from, to, 1).as_bytes(), &whole[header..]].concat());
    }
}

#[test]
fn a_number_that_damage_made_infinite_is_no_answer() {
    let folder = Folder::new();
    let path = folder.path().join("answers");
    drop(written(&path, &["i000", "i001"], &[0, 1]));
    let mut bytes = std::fs::read(&path).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    // The first number of the second image's logits in pose 3, and of its maps in pose 0.
    let logits = header + (POSES + 3) * 8 * 4;
    let maps = header + 2 * POSES * (8 * 4 + 3 * 2) + POSES * 6 * 2;
    bytes[logits..logits + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    bytes[maps..maps + 2].copy_from_slice(&half::f16::INFINITY.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let mut file = AnswerFile::open(&path).unwrap();
    for (pose, tap) in [(3, "logits"), (0, "feats_7x7")] {
        let error = read(&mut file, 1, pose, tap).unwrap_err();
        assert!(error.kind() == ErrorKind::NotFinite && error.message().contains(tap) && error.message().contains("i001"), "{error}");
    }
    assert_eq!(read(&mut file, 1, 2, "logits").unwrap(), answers(1)["logits"][16..24], "the others are as they were");
}

fn open(paths: &[PathBuf], dataset: &Dataset, side: usize) -> Result<FiledAnswers, Error> {
    FiledAnswers::open(paths, dataset, &[0, 2], (side, Framing::CentreSquare))
}

#[test]
fn a_filed_teacher_answers_each_part_from_its_file_and_each_view_by_its_pose() {
    let folder = Folder::new();
    let dataset = Dataset::merge(vec![folder.dataset(&["NV", "MEL"]), folder.dataset(&["NV"])]);
    let paths = ["first", "second"].map(|name| folder.path().join(name));
    written(&paths[0], &["other", "i000", "i001"], &[1]);
    written(&paths[1], &["other", "more", "i000"], &[2]);
    let mut teacher = open(&paths, &dataset, SIDE).unwrap();
    assert_eq!(teacher.class_mix(), [0.125; 8]);
    let batch = |samples: Vec<usize>| Batch::new(vec![0.0; samples.len() * 4 * SIDE * SIDE * 3], vec![0; samples.len()], samples, 4, SIDE).unwrap();
    let pooled: Vec<Vec<f32>> = teacher.answer(&batch(vec![2, 0]), "avg_pool").unwrap().to_vec2().unwrap();
    assert_eq!(pooled.iter().map(|row| row[0]).collect::<Vec<_>>(), [200.0, 203.0, 206.0, 209.0, 100.0, 103.0, 106.0, 109.0]);
    assert_eq!(teacher.answer(&batch(vec![0]), "feats_7x7").unwrap().dims(), [4, 2, 1, 3]);
    assert_eq!(teacher.answer(&batch(vec![1]), "logits").unwrap_err().kind(), ErrorKind::TableImage, "not done");
    // Refused before a step is taken.
    assert_eq!(open(&paths[..1], &dataset, SIDE).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(open(&paths, &dataset, 64).unwrap_err().kind(), ErrorKind::Checkpoint);
    let all = FiledAnswers::open(&paths, &dataset, &[0, 1, 2], (SIDE, Framing::CentreSquare)).unwrap_err();
    assert!(all.kind() == ErrorKind::TableImage && all.message().contains("i001"), "{all}");
    assert_eq!(FiledAnswers::open(&paths, &dataset, &[0], (SIDE, Framing::Squash)).unwrap_err().kind(), ErrorKind::Checkpoint);
    let foreign = folder.path().join("foreign");
    AnswerFile::create(&foreign, &AnswersAbout { classes: vec!["cat".into(); 8], ..about(&["i000"]) }, &taps()).unwrap();
    let error = open(&[paths[0].clone(), foreign], &dataset, SIDE).unwrap_err();
    assert!(error.kind() == ErrorKind::Checkpoint && error.message().contains("classes"), "{error}");
}
