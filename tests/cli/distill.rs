//! `phase1` and `distill`: a head and a student on small pictures, every rung, what the log and the files hold, and what is refused.

use crate::example::{MIX, Run, tensors, weights};
use crate::runs::{EACH, Example, assert_same, log, state};
use crate::tolerance;
use dermdistill::classes::CLASSES;
use dermdistill::learner::TrainerState;
use dermdistill::nn::Framing;
use dermdistill::weights::{Card, Heads, Precision, WeightFile};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Pictures, a teacher's head in `head/`, a run of ssd-kd in `whole/`, and one that was stopped in `stopped/`.
fn example() -> &'static Example {
    static EXAMPLE: OnceLock<Example> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        let teacher = weights().to_str().unwrap();
        let heads = Example::new("distilling", "phase1", &["--teacher", teacher]);
        let run: Run = heads.train("head", &["--epochs", "1"]).output().unwrap().into();
        assert_eq!(run.code, 0, "{}", run.stderr);
        let head = heads.path("head/best.safetensors");
        let example = heads.with("distill", &["--teacher", teacher, "--start", teacher, "--teacher-head", head.to_str().unwrap(), "--average", "0"]);
        let whole: Run = example.train("whole", &["--checkpoint-minutes", "9"]).output().unwrap().into();
        assert_eq!(whole.code, 0, "{}", whole.stderr);
        example.stop("stopped", &[]);
        example
    })
}

fn run(output: &str, options: &[&str]) -> Run {
    let usual = ["--epochs", "1", "--batch", "8", "--checkpoint-minutes", "9"];
    let kept = usual.chunks(2).filter(|pair| !options.contains(&pair[0])).flatten();
    let once: Vec<&str> = kept.chain(options).copied().collect();
    example().train(output, &once).output().unwrap().into()
}

fn read(path: &Path) -> WeightFile {
    WeightFile::read(&std::fs::read(path).unwrap()).unwrap()
}

/// The last line of a log, by column.
fn last_line(folder: &Path) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(folder.join("log.csv")).unwrap();
    let (header, last) = (text.lines().next().unwrap(), text.lines().last().unwrap());
    header.split(',').map(str::to_owned).zip(last.split(',').map(|cell| cell.parse().unwrap())).collect()
}

/// The options that a run was made with.
fn options(output: &str) -> serde_json::Value {
    let note: serde_json::Value = serde_json::from_str(&state(&example().path(output)).1).unwrap();
    serde_json::from_str(note["options"].as_str().unwrap()).unwrap()
}

#[test]
fn phase_1_writes_a_head_and_leaves_its_teacher_alone() {
    let example = example();
    let head = read(&example.path("head/best.safetensors"));
    let heads = head.card.heads.as_ref().unwrap();
    assert!(heads.alone && head.tensors.len() == 4 && head.tensors["heads.projection.2.weight"].shape == [1280, 1280]);
    assert!(head.card.metrics["validation"]["similarity_loss"].as_f64().is_some_and(|loss| loss > 0.0));
    let line = last_line(&example.path("head"));
    assert!(["train_matched", "term_similarity", "val_loss", "val_matched"].iter().all(|column| line.contains_key(*column)), "{line:?}");
    assert_eq!(line["term_similarity"], line["train_loss"]);
    let state = state(&example.path("head")).0;
    let teacher = tensors();
    assert!(teacher.iter().all(|(name, tensor)| state.tensors[&format!("model.{name}")] == *tensor));
    assert!(!state.tensors.keys().any(|name| name.starts_with("average.")));
}

#[test]
fn a_run_logs_every_weighted_term_and_writes_its_heads() {
    let folder = example().path("whole");
    let line = last_line(&folder);
    let terms = ["cross_entropy", "softened", "transferred", "similarity", "distance", "angle", "gram"].map(|name| line[&format!("term_{name}")]);
    assert!((terms.iter().sum::<f64>() - line["train_loss"]).abs() <= 1e-5 * line["train_loss"], "{line:?}");
    assert!((0.0..=1.0).contains(&line["train_matched"]) && line["val_weighted_loss"].is_finite());
    assert_eq!(log(&folder).len(), 3, "a header and two epochs");
    let (best, heads) = (read(&folder.join("best.safetensors")), read(&folder.join("best_heads.safetensors")));
    assert!(best.card.heads.is_none() && best.tensors.keys().all(|name| !name.starts_with("heads.")));
    let names: Vec<&str> = heads.tensors.keys().map(String::as_str).collect();
    assert!(heads.card.heads.is_some_and(|heads| heads.alone) && names.len() == 10 && names.contains(&"heads.conv_reg.1.running_var"), "{names:?}");
    let inspected = example().folder.run(&["inspect", "whole/best_heads.safetensors", "--json"]).succeeded().json();
    let trained = 2 * (1280 * 1280 + 1280) + 1280 * 1280 + 3 * 1280;
    assert_eq!((&inspected["kind"], &inspected["parameters"]["trained"]), (&json!("heads"), &json!(trained)));
    // They can be gone on with.
    let saved = folder.join("best_heads.safetensors");
    assert_eq!(run("further", &["--heads", saved.to_str().unwrap()]).code, 0);
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_bits() {
    let example = example();
    let folder = example.copy("stopped", "resumed");
    assert!(state(&folder).0.step < state(&example.path("whole")).0.step, "the run was not stopped in time");
    example.resume("resumed", &["--checkpoint-minutes", "9"]).succeeded();
    assert_same(&folder, &example.path("whole"));
    assert!(read(&folder.join("best_heads.safetensors")).tensors == read(&example.path("whole/best_heads.safetensors")).tensors);
}

#[test]
fn an_interrupted_phase_1_goes_on_to_the_same_bits() {
    let phase1 = example().with("phase1", &["--teacher", weights().to_str().unwrap()]);
    let whole: Run = phase1.train("head-whole", &[]).output().unwrap().into();
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    phase1.stop("head-stopped", &[]);
    phase1.resume("head-stopped", &[]).succeeded();
    assert_same(&phase1.path("head-stopped"), &phase1.path("head-whole"));
    // What one phase left behind is nothing that another could go on with.
    example().copy("head-stopped", "head-other");
    example().resume("head-other", &[]).failed("checkpoint", "other options");
}

#[test]
fn one_class_alone_teaches_nothing_and_says_so() {
    let example = example();
    (0..8).for_each(|seed| drop(example.folder.picture(&format!("one/NV/NV_{seed}.png"), seed)));
    run("refused4", &["--images", "one"]).failed("table-empty", "a class is never seen");
}

#[test]
fn every_rung_runs_with_its_own_terms() {
    let terms = |method: &str, options: &[&str]| {
        let output = format!("{method}{}", options.len());
        let found = run(&output, &[&["--method", method], options].concat());
        assert_eq!(found.code, 0, "{}", found.stderr);
        let names = last_line(&example().path(&output)).into_keys();
        names.filter_map(|name| name.strip_prefix("term_").map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(terms("ce", &[]), ["cross_entropy"]);
    assert_eq!(terms("ce", &["--views", "4", "--every-view"]), ["cross_entropy"]);
    assert_eq!(terms("kd", &["--temperature", "3"]), ["cross_entropy", "softened"]);
    assert_eq!(terms("d-kd", &["--weight", "gram=0"]), ["angle", "cross_entropy", "distance", "softened"]);
    assert_eq!(terms("ssd-kd", &["--weight", "similarity=0", "--teacher-mix", "own", "--keep", "loss"]).len(), 6);
}

#[test]
fn a_network_that_is_held_still_is_the_same_afterwards() {
    let start = tensors();
    let same = |output: &str, more: &[&str]| {
        let found = run(output, &[&["--freeze", "features", "--freeze", "classifier"], more].concat());
        assert_eq!(found.code, 0, "{}", found.stderr);
        let state = state(&example().path(output)).0;
        start.iter().all(|(name, tensor)| state.tensors[&format!("model.{name}")] == *tensor)
    };
    assert!(same("held", &["--norms", "frozen"]));
    assert!(!same("following", &[]), "without it the running statistics follow the batches");
}

#[test]
fn a_committee_of_one_network_twice_teaches_as_that_network() {
    let alone = run("kd-alone", &["--method", "kd"]);
    let twice = run("kd-twice", &["--method", "kd", "--teacher", weights().to_str().unwrap()]);
    assert_eq!((alone.code, twice.code), (0, 0), "{}", twice.stderr);
    let (alone, twice) = (last_line(&example().path("kd-alone")), last_line(&example().path("kd-twice")));
    assert!((alone["term_softened"] - twice["term_softened"]).abs() <= tolerance::CACHED_TERM * alone["term_softened"], "{alone:?} {twice:?}");
}

#[test]
fn the_default_weights_of_ssd_kd_are_a_preset_and_options_prevail() {
    let weights = "cross_entropy=0.5 softened=0.5 transferred=0.5 similarity=1 distance=2.5 angle=5 gram=100";
    let found = options("whole");
    assert_eq!((&found["weights"], &found["every_view"]), (&json!(weights.split(' ').collect::<Vec<_>>()), &json!(true)));
    assert_eq!(run("upright", &["--every-view=false", "--weight", "distance=0"]).code, 0);
    assert_eq!(options("upright")["every_view"], json!(false));
    assert!(!last_line(&example().path("upright")).contains_key("term_distance"));
    // No other rung has one.
    assert_eq!(run("kd-plain", &["--method", "kd"]).code, 0);
    let found = options("kd-plain");
    assert_eq!((&found["weights"], &found["every_view"]), (&json!([]), &json!(false)));
}

#[test]
fn the_papers_settings_are_what_its_preset_says_and_options_prevail() {
    let options = |output: &str, more: &[&str]| -> serde_json::Value {
        let folder = example().path("");
        let start = weights().to_str().unwrap();
        let head = example().path("head/best.safetensors");
        let fixed = ["distill", "--preset", "paper", "--start", start, "--teacher-head", head.to_str().unwrap()];
        let short = ["--images", "images", "--val-share", "0.25", "--output", output, "--epochs", "1", "--side", "32", "--batch", "4"];
        let mut command = crate::example::program();
        let run: Run = command.args(fixed).args(short).args(more).current_dir(folder).output().unwrap().into();
        assert_eq!(run.code, 0, "{}", run.stderr);
        self::options(output)
    };
    let squashing = teacher_with("squashing.safetensors", |card| card.framing = Framing::Squash);
    let found = options("paper", &["--teacher", squashing.to_str().unwrap()]);
    let expected = json!({
        "rate": 0.001, "momentum": 0.9, "weight_decay": 0.001, "nesterov": false, "average": 0.0, "schedule": "plateau", "augment": "reference",
        "framing": "squash", "class_weights": "inverse", "majority_share": 1.0, "patience": 15, "keep": "loss", "teacher_mix": "own",
        "epochs": 1, "batch": 4, "side": 32,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(found[name], *value, "{name}");
    }
    // What the test shortens is in the help, with everything else of SSD-KD's §2 and §6.
    let help = |command: &str| {
        let run = example().folder.run(&[command, "--help"]).succeeded();
        run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let both = "--preset paper is --side 224 --framing squash --augment reference --rate 0.001 --momentum 0.9 --weight-decay 0.001 --average 0 \
                --majority-share 1 --patience 15 --keep loss";
    let student = "--schedule plateau --epochs 150 --class-weights inverse --teacher-mix own and --batch 32 for ssd-kd, --batch 128 for the others";
    let head = "--schedule milestones --milestones 30,45 --epochs 60 --batch 32.";
    for (command, expected) in [("distill", format!("{both} {student}")), ("phase1", format!("{both} {head}"))] {
        assert!(help(command).contains(&expected), "{}", help(command));
    }
    // Without a batch of the test's own it is the paper's, which so few pictures do not fill.
    let refused = |command: &str, more: &[&str], words: &str| {
        let data = ["--images", "images", "--val-share", "0.25", "--output", "paper2", "--teacher", squashing.to_str().unwrap()];
        let run = example().folder.run(&[&[command, "--preset=paper"], &data[..], more].concat());
        run.failed("argument", words);
    };
    let head = example().path("head/best.safetensors");
    let start = ["--start", weights().to_str().unwrap(), "--teacher-head", head.to_str().unwrap()];
    refused("distill", &start, "no batch of 32");
    refused("distill", &[&start[..], &["--method", "d-kd"]].concat(), "no batch of 128");
    refused("phase1", &[], "no batch of 32");
    let recipe = dermdistill::distill::Method::SsdKd.recipe();
    assert_eq!((recipe.temperature, recipe.transferred.wrong_kept, recipe.similarity.wrong_kept), (4.0, 1.0, 0.75));
}

/// The generated teacher with another card.
fn teacher_with(name: &str, change: impl Fn(&mut Card)) -> PathBuf {
    let path = example().path(name);
    let mut card = Card::new("mobilenet_v2", 64, Framing::CentreSquare, MIX.to_vec());
    change(&mut card);
    std::fs::write(&path, WeightFile { card, tensors: tensors() }.write(Precision::F32).unwrap()).unwrap();
    path
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_trained() {
    let example = example();
    let head = example.path("head/best.safetensors");
    let whole = example.path("whole/best_heads.safetensors");
    let squashing = teacher_with("other.safetensors", |card| card.framing = Framing::Squash);
    let path = |path: &PathBuf| path.to_str().unwrap().to_owned();
    let shuffled = path(&crate::example::project("tests/hostile/weights/classes_shuffled.safetensors"));
    let cases: [(&[&str], &str, &str); 16] = [
        (&["--method", "best"], "argument", "no method is called"),
        (&["--preset", "mine"], "argument", "no preset is called"),
        (&["--weight", "gram"], "argument", "TERM=NUMBER"),
        (&["--weight", "grams=1"], "argument", "no term is called"),
        (&["--weight", "gram=-1"], "argument", "weights are numbers from 0 on"),
        (&["--temperature", "0"], "argument", "temperature"),
        (&["--views", "1"], "argument", "it needs 4"),
        (&["--method", "kd", "--views", "3"], "argument", "1 or 4 views"),
        (&["--teacher-mix", "both"], "argument", "--teacher-mix"),
        (&["--norms", "none"], "argument", "batch and frozen"),
        (&["--keep", "any"], "argument", "--keep"),
        (&["--teacher", &path(&squashing)], "argument", "framed as squash"),
        (&["--teacher", &shuffled], "weights-card", "classes"),
        (&["--teacher", &path(&head)], "argument", "heads alone"),
        (&["--start", &path(&head)], "weights-missing", "heads alone"),
        (&["--heads", &path(&head), "--teacher-head", &path(&whole), "--start", "none"], "io", "none"),
    ];
    for (options, code, words) in cases {
        run("refused", options).failed(code, words);
    }
    let head = path(&head);
    let calibrate = ["calibrate", &head, "--images", "images", "--labels", "labels.csv", "--split", "split.csv", "--output", "x"];
    for command in [&["classify", "--weights", &head, &head][..], &calibrate] {
        example.folder.run(command).failed("weights-missing", "heads alone");
    }
    assert!(!example.path("refused/log.csv").exists());
}

#[test]
fn heads_of_another_network_and_checkpoints_of_another_run_are_refused() {
    let example = example();
    let narrow = example.path("narrow.safetensors");
    let projection = |width: usize| {
        let parameters = dermdistill::learner::Parameters::new(1);
        dermdistill::distill::Projection::new(&parameters, width).unwrap();
        parameters.tensors().unwrap()
    };
    let mut card = Card::new("mobilenet_v2", 64, Framing::CentreSquare, MIX.to_vec());
    card.heads = Heads::of(&projection(64), true);
    std::fs::write(&narrow, WeightFile { card, tensors: projection(64) }.write(Precision::F32).unwrap()).unwrap();
    let narrow = narrow.to_str().unwrap();
    run("refused2", &["--teacher-head", narrow]).failed("weights-shape", "heads.projection");
    run("refused2", &["--heads", narrow]).failed("weights-shape", "heads.projection");
    run("refused2", &["--teacher-head", weights().to_str().unwrap()]).failed("weights-missing", "heads.projection");
    // Another method, another network: other options.
    let folder = example.copy("stopped", "other");
    example.resume("other", &["--method", "kd"]).failed("checkpoint", "other options");
    example.resume("other", &["--network", "resnet50"]).failed("argument", "cannot start as");
    // The same options, but the tensors of a run without heads.
    let bytes = std::fs::read(folder.join("checkpoint.safetensors")).unwrap();
    let (mut state, note) = TrainerState::from_bytes(&bytes).unwrap();
    state.tensors.retain(|name, _| !name.contains("heads."));
    std::fs::write(folder.join("checkpoint.safetensors"), state.to_bytes(&note).unwrap()).unwrap();
    example.resume("other", &[]).failed("checkpoint", "heads.");
}

/// The options of a data set in one folder, for which `maps.answers` and, without maps, `rows.answers` hold the teacher's answers.
fn answered() -> [&'static str; 4] {
    static ANSWERED: OnceLock<()> = OnceLock::new();
    let data = ["--images", "flat", "--labels", "labels.csv"];
    ANSWERED.get_or_init(|| {
        let example = example();
        let mut labels = "image,dx\n".to_owned();
        for (seed, code) in (0..).zip(CLASSES.iter().flat_map(|code| [code; EACH as usize])) {
            example.folder.picture(&format!("flat/{code}_{seed}.png"), seed);
            labels.push_str(&format!("{code}_{seed},{code}\n"));
        }
        example.folder.text("labels.csv", &labels);
        for (cache, more) in [("maps.answers", &["--maps"][..]), ("rows.answers", &[])] {
            let fixed = ["teach", "--weights", weights().to_str().unwrap(), "--side", "32", "--threads", "1", "--cache", cache];
            example.folder.run(&[&fixed[..], &data, more].concat()).succeeded();
        }
    });
    data
}

/// Runs of a student and heads that learn from files of answers.
fn learning_from_files() -> Example {
    let head = example().path("head/best.safetensors");
    example().with("distill", &["--start", weights().to_str().unwrap(), "--teacher-head", head.to_str().unwrap()])
}

#[test]
fn an_interrupted_run_with_filed_answers_and_averaged_weights_goes_on_to_the_same_bits() {
    let options = [&answered()[..], &["--teacher-answers", "maps.answers", "--average", "0.9"]].concat();
    let unstopped = [&options[..], &["--checkpoint-minutes", "9"]].concat();
    let cached = learning_from_files();
    let whole = Run::from(cached.train("filed-whole", &unstopped).output().unwrap());
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    cached.stop("filed", &options);
    assert!(state(&cached.path("filed")).0.step < state(&cached.path("filed-whole")).0.step, "the run was not stopped in time");
    cached.resume("filed", &unstopped).succeeded();
    assert_same(&cached.path("filed"), &cached.path("filed-whole"));
}

#[test]
fn answers_on_disk_teach_as_a_live_teacher_does() {
    let (example, data) = (example(), answered());
    // Pictures that are turned and mirrored, and not changed otherwise, are the very ones that were answered for.
    let short = ["--epochs", "1", "--batch", "8", "--checkpoint-minutes", "9", "--augment", "none", "--rate", "0.001"];
    let options = |more: &[&'static str]| [&short[..], &data, more].concat();
    let cached = learning_from_files();
    let learn = |output: &str, answers: &'static str| Run::from(cached.train(output, &options(&["--teacher-answers", answers])).output().unwrap());
    let live = Run::from(example.train("live", &options(&["--average", "0.998"])).output().unwrap());
    assert_eq!(live.code, 0, "{}", live.stderr);
    let found = learn("cached", "maps.answers");
    assert_eq!(found.code, 0, "{}", found.stderr);
    let (live, cached) = (last_line(&example.path("live")), last_line(&example.path("cached")));
    // Pooled rows are stored in f16. Those of generated weights differ by little more than its rounding, which distances and angles between
    // them show; logits are stored whole.
    for name in ["cross_entropy", "softened", "transferred", "similarity", "gram"].map(|name| format!("term_{name}")) {
        let (name, value) = (&name, live[&name]);
        assert!((value - cached[name]).abs() <= tolerance::CACHED_TERM * value.max(0.01), "{name}: {value} {}", cached[name]);
    }
    assert!(cached["term_distance"] > 0.0 && cached["term_angle"] > 0.0);
    learn("refused3", "rows.answers").failed("argument", "--maps");
    learn("refused3", "whole/checkpoint.safetensors").failed("checkpoint", "answers");
    let phase1 = example.with("phase1", &["--teacher", weights().to_str().unwrap()]);
    let found = Run::from(phase1.train("head-cached", &options(&["--teacher-answers", "rows.answers"])).output().unwrap());
    assert_eq!(found.code, 0, "{}", found.stderr);
}

#[test]
fn a_batch_of_one_says_that_nothing_is_told_apart() {
    let found = run("ones", &["--batch", "1"]);
    assert!(found.code == 0 && found.stderr.contains("the similarity term is always 0"), "{}", found.stderr);
    assert_eq!(last_line(&example().path("ones"))["term_similarity"], 0.0);
    let teacher = weights().to_str().unwrap();
    let phase1 = example().with("phase1", &["--teacher", teacher]);
    let refused = |options: &[&str], code, words| Run::from(phase1.train("ones1", options).output().unwrap()).failed(code, words);
    refused(&["--batch", "1"], "argument", "nothing to tell apart");
    refused(&["--val-share", "0"], "table-empty", "two are needed");
}

#[test]
fn a_run_without_progress_stops_early() {
    let found = Run::from(
        example()
            .train("patient", &["--epochs", "9", "--patience", "1", "--rate", "0", "--method", "ce", "--batch", "8", "--checkpoint-minutes", "9"])
            .output()
            .unwrap(),
    );
    assert!(found.code == 0 && found.stderr.contains("stopped early"), "{}", found.stderr);
    assert!(log(&example().path("patient")).len() < 5);
}
