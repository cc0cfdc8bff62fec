//! `train`: an interrupted run that goes on gives the same bits as one that was never interrupted, and no accident harms a checkpoint.

use crate::example::{Run, weights};
use crate::runs::{EACH, Example, assert_same, interrupt, log, state, wait_for};
use dermdistill::classes::CLASSES;
use dermdistill::learner::TrainerState;
use dermdistill::weights::WeightFile;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A run over the shared pictures, and one that was stopped after a few steps.
fn example() -> &'static Example {
    static EXAMPLE: OnceLock<Example> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        let example = Example::new("training", "train", &["--start", weights().to_str().unwrap()]);
        let whole: Run = example.train("whole", &[]).output().unwrap().into();
        assert_eq!(whole.code, 0, "{}", whole.stderr);
        example.stop("stopped", &[]);
        example
    })
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_bits() {
    let example = example();
    let (whole, folder) = (example.path("whole"), example.copy("stopped", "resumed"));
    assert!(state(&folder).0.step < state(&whole).0.step, "the run was not stopped in time");
    let run = example.resume("resumed", &[]).succeeded();
    assert!(run.stderr.contains("resumed after step"), "{}", run.stderr);
    assert_same(&folder, &whole);
    assert_eq!(log(&folder).len(), 3, "a header and two epochs");
    let inspected = example.folder.run(&["inspect", "resumed/checkpoint.safetensors", "--json"]).succeeded().json();
    assert_eq!((inspected["kind"].as_str(), inspected["card"].is_null()), (Some("checkpoint"), true));
    assert_eq!(example.folder.run(&["inspect", "resumed/best.safetensors", "--json"]).succeeded().json()["kind"], "weights");
}

#[test]
fn a_teachers_answers_are_learned_and_a_missing_one_is_named() {
    let example = example();
    let row = |code: &str, view: u32| {
        let certain: Vec<&str> = CLASSES.iter().map(|class| if *class == "MEL" { "1" } else { "0" }).collect();
        format!("{code}_{view},{}\n", certain.join(","))
    };
    let mut table = format!("image,{}\n", CLASSES.join(","));
    CLASSES.iter().for_each(|code| (0..EACH).for_each(|view| table.push_str(&row(code, view))));
    let outputs = example.path("teacher.csv");
    std::fs::write(&outputs, &table).unwrap();
    let options = |share| ["--teacher-outputs", outputs.to_str().unwrap(), "--teacher-share", share].map(str::to_owned).to_vec();
    let train = |output: &str, share| {
        let options = options(share);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        Run::from(example.train(output, &options).output().unwrap())
    };
    assert_eq!(train("taught", "0").code, 0);
    let tensors = |output: &str| TrainerState::from_bytes(&std::fs::read(example.path(output).join("checkpoint.safetensors")).unwrap()).unwrap().0;
    assert!(tensors("taught") == tensors("whole"), "a share of 0 changes no bit");
    assert_eq!(train("taught1", "1").code, 0);
    assert!(tensors("taught1") != tensors("whole"));
    std::fs::write(&outputs, table.lines().take(2).collect::<Vec<_>>().join("\n")).unwrap();
    let refused = train("taught2", "0.5");
    assert!(refused.code != 0 && refused.stderr.contains("no row for"), "{}", refused.stderr);
}

#[test]
fn teachers_that_run_beside_the_student_teach_mixed_batches_too() {
    let example = example();
    let teacher = weights().to_str().unwrap();
    let train = |output: &str, options: &[&str]| {
        Run::from(example.train(output, &[&["--epochs", "1", "--mixup", "0.5"], options].concat()).output().unwrap())
    };
    let run = train("beside", &["--teacher", teacher, "--teacher", teacher, "--teacher-share", "0.8"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let lines = log(&example.path("beside"));
    let column = |name: &str| {
        let at = lines[0].split(',').position(|column| column == name).unwrap_or_else(|| panic!("no {name} in {}", lines[0]));
        lines[1].split(',').nth(at).unwrap().parse::<f64>().unwrap()
    };
    let (labels, answers, loss) = (column("term_labels"), column("term_teacher"), column("train_loss"));
    assert!(labels > 0.0 && answers > 0.0 && (labels + answers - loss).abs() <= 1e-6 * loss, "{labels} {answers} {loss}");
    for (options, code, words) in [
        (vec!["--teacher", "none.safetensors"], 1, "none.safetensors"),
        (vec!["--teacher", teacher, "--framing", "squash"], 1, "framed as centre_square"),
        (vec!["--teacher", teacher, "--teacher-outputs", "table.csv"], 2, "cannot be used with"),
    ] {
        let refused = train("beside2", &options);
        assert!(refused.code == code && refused.stderr.contains(words), "{}: {}", refused.code, refused.stderr);
        assert!(!example.path("beside2").join("log.csv").exists());
    }
}

#[test]
fn frozen_layers_stay_and_mixed_batches_are_learned_from() {
    let example = example();
    let options = ["--mixup", "0.5", "--cutmix", "0.5", "--freeze", "features.0", "--freeze", "features.1", "--average", "0", "--epochs", "1"];
    let run: Run = example.train("frozen", &options).output().unwrap().into();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let after = WeightFile::read(&std::fs::read(example.path("frozen/last.safetensors")).unwrap()).unwrap().tensors;
    let before = WeightFile::read(&std::fs::read(weights()).unwrap()).unwrap().tensors;
    let learned = |name: &str| after[name] != before[name];
    assert!(!learned("features.0.0.weight") && !learned("features.0.1.bias") && !learned("features.1.conv.0.0.weight"));
    assert!(learned("features.2.conv.0.0.weight") && learned("features.10.conv.0.0.weight") && learned("features.0.1.running_mean"));
    let run: Run = example.train("nothing", &["--freeze", "feature"]).output().unwrap().into();
    assert!(run.code == 1 && run.stderr.contains("no such layer"), "{}", run.stderr);
}

#[test]
fn another_run_or_a_damaged_checkpoint_is_not_resumed() {
    let example = example();
    let folder = example.copy("stopped", "damaged");
    let file = folder.join("checkpoint.safetensors");
    let whole = std::fs::read(&file).unwrap();
    example.resume("damaged", &["--rate", "0.02"]).failed("checkpoint", "other options");
    example.resume("damaged", &["--average", "0"]).failed("checkpoint", "other options");
    assert_eq!(std::fs::read(&file).unwrap(), whole, "a refusal changes nothing");
    for damaged in [&whole[..whole.len() / 2], &whole[..7], b"", &[b'{'; 4096]] {
        std::fs::write(&file, damaged).unwrap();
        example.resume("damaged", &[]).failed("checkpoint", "checkpoint");
    }
    example.resume("nothing-there", &[]).failed("io", "checkpoint.safetensors");
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_trained() {
    let example = example();
    let refused = |output: &str, options: &[&str], code: &str, words: &str| {
        Run::from(example.train(output, options).output().unwrap()).failed(code, words);
    };
    refused("refused", &["--rate", "NaN"], "argument", "--rate");
    refused("refused", &["--warmup", "5"], "argument", "--warmup");
    refused("refused", &["--weight-decay", "inf"], "argument", "--weight-decay");
    refused("refused", &["--teacher-share", "2"], "argument", "--teacher-share");
    refused("refused", &["--average", "NaN"], "argument", "--average");
    refused("refused", &["--average", "1"], "argument", "averaging");
    refused("refused", &["--threads", "0"], "argument", "0 threads");
    refused("refused", &["--side", "200"], "weights-card", "200");
    refused("refused", &["--val-share", "0"], "table-empty", "validate");
    assert!(!example.path("refused/log.csv").exists());
    let (log, state_before) = (std::fs::read(example.path("whole/log.csv")).unwrap(), state(&example.path("whole")));
    refused("whole", &[], "argument", "--resume");
    assert!(std::fs::read(example.path("whole/log.csv")).unwrap() == log && state(&example.path("whole")) == state_before);
    let shuffled = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/weights/classes_shuffled.safetensors");
    refused("refused", &["--start", shuffled.to_str().unwrap()], "weights-card", "classes");
}

#[test]
fn a_plateau_stopped_in_its_first_epoch_goes_on() {
    let example = example();
    let options = ["--schedule", "plateau"];
    Run::from(example.train("plateau-whole", &options).output().unwrap()).succeeded();
    let child = example.train("plateau", &options).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&example.path("plateau/checkpoint.safetensors"));
    interrupt(&child);
    child.wait_with_output().unwrap();
    assert_eq!(state(&example.path("plateau")).0.plateau.map(|(_, best, _)| best), Some(f64::INFINITY), "stopped before the first validation");
    example.resume("plateau", &options).succeeded();
    assert_same(&example.path("plateau"), &example.path("plateau-whole"));
}

#[test]
fn an_epoch_that_comes_again_stands_in_the_log_once() {
    let example = example();
    let folder = example.copy("stopped", "twice");
    // The epoch was logged, and the disk or the power failed before its checkpoint; the last line was cut off.
    let whole = std::fs::read_to_string(example.path("whole/log.csv")).unwrap();
    std::fs::write(folder.join("log.csv"), &whole[..whole.len() - 20]).unwrap();
    example.resume("twice", &[]).succeeded();
    assert_same(&folder, &example.path("whole"));
}

/// A small disk mounted for a test, where the user may mount.
#[cfg(target_os = "linux")]
struct Disk(PathBuf);

#[cfg(target_os = "linux")]
impl Disk {
    fn mount(at: &Path, bytes: usize) -> Option<Self> {
        let size = format!("size={bytes}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(at.to_owned()))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// With a disk that holds the weights and one checkpoint but not two (where disks cannot be mounted: with a limit on the size of files), the next
/// checkpoint fails, the old one stays whole, and the run can go on from it once there is room.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_checkpoint_whole() {
    let example = example();
    let checkpoint = std::fs::read(example.path("stopped/checkpoint.safetensors")).unwrap();
    std::fs::create_dir_all(example.path("full")).unwrap();
    let disk = Disk::mount(&example.path("full"), checkpoint.len() * 19 / 10);
    let folder = example.copy("stopped", "full");
    let failed: Run = if disk.is_some() {
        example.resume("full", &[]).failed("disk-full", "checkpoint.safetensors")
    } else {
        // In units of 512 bytes; a write beyond the limit fails once its signal is ignored.
        let limit = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", checkpoint.len() / 1024);
        let mut shell = Command::new("sh");
        shell.args(["-c", &limit, env!("CARGO_BIN_EXE_dermdistill")]).args(example.arguments("full", &["--resume"]));
        Run::from(shell.current_dir(example.path("")).output().unwrap()).failed("io", "checkpoint.safetensors")
    };
    assert!(!failed.stderr.contains("panicked"), "{}", failed.stderr);
    assert!(std::fs::read(folder.join("checkpoint.safetensors")).unwrap() == checkpoint, "the old checkpoint was harmed");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".tmp")), "{left:?}");
    let saved = example.path("room");
    std::fs::create_dir_all(&saved).unwrap();
    for name in left {
        std::fs::copy(folder.join(&name), saved.join(&name)).unwrap();
    }
    drop(disk);
    example.resume("room", &[]).succeeded();
    assert_same(&saved, &example.path("whole"));
}
