//! `calibrate` writes a file whose card holds the figures that `evaluate` prints for it.

use crate::example::{Folder, MIX, Run, weights};
use crate::{generator, tolerance};
use dermdistill::classes::CLASSES;
use dermdistill::classifier::{Classifier, Request};
use dermdistill::learner::move_prior;
use dermdistill::nn::{Framing, resnet50};
use dermdistill::trust::{Prior, Report, apply_prior, fit_temperature, softmax};
use dermdistill::weights::{Card, Precision, Tensor, Tensors, WeightFile, sha256_hex};
use serde_json::{Value, json};
use std::fmt::Write;

/// A hundred and four pictures of fifty-two lesions, two each; lesions whose number is divisible by three are for training, two of each class.
fn data(folder: &Folder) {
    let (mut labels, mut split) = (String::from("image,dx,group_id,subset\n"), String::from("group_id,split\n"));
    for lesion in 0..52 {
        let (code, subset) = (CLASSES[lesion % 8], if lesion < 48 { "HAM" } else { "MSK" });
        for view in 0..2 {
            folder.picture(&format!("images/p{lesion:02}_{view}.png"), (lesion * 2 + view) as u32);
            writeln!(labels, "p{lesion:02}_{view},{code},l{lesion},{subset}").unwrap();
        }
        writeln!(split, "l{lesion},{}", if lesion % 3 == 0 { "train" } else { "val" }).unwrap();
    }
    folder.text("labels.csv", &labels);
    folder.text("split.csv", &split);
    folder.text("log.csv", "epoch,step\n1,10\n");
    folder.text("card.json", r#"{"licence":"CC BY-NC 4.0","version":"0.0.1","training_data":"noise"}"#);
}

const CHOICE: [&str; 8] = ["--images", "images", "--labels", "labels.csv", "--split", "split.csv", "--where", "subset=HAM"];

fn calibrate(folder: &Folder, args: &[&str]) -> Run {
    folder.run(&[&["calibrate", weights().to_str().unwrap()], &CHOICE[..], args].concat())
}

fn rounded(value: f64) -> Value {
    json!((value * 1e4).round() / 1e4)
}

#[test]
fn evaluate_prints_the_figures_of_the_card() {
    let folder = Folder::new();
    data(&folder);
    for (precision, share, views) in [("f16", "0.2", &["--mirror"][..]), ("f32", "0.01", &[]), ("int8", "0.2", &[])] {
        let args =
            ["--output", "released.safetensors", "--card", "card.json", "--log", "log.csv", "--precision", precision, "--decline", share, "--json"];
        let printed = calibrate(&folder, &[&args, views].concat()).succeeded().json();
        let bytes = std::fs::read(folder.path("released.safetensors")).unwrap();
        let card = WeightFile::read(&bytes).unwrap().card;
        assert_eq!(card, serde_json::from_value::<Card>(printed).unwrap());
        assert_eq!(card.mirror, !views.is_empty());
        let measured = &card.metrics["validation"];
        for prior in ["training", "equal"] {
            let choice = ["evaluate", "--weights", "released.safetensors", "--one-per-group", "--json", "--prior", prior];
            let report: Report = serde_json::from_value(folder.run(&[&choice, &CHOICE[..]].concat()).succeeded().json()).unwrap();
            let (figures, spread) = (&measured[format!("{prior}_prior")], report.intervals.unwrap());
            assert_eq!(report.weights_sha256, sha256_hex(&bytes));
            assert_eq!((json!(report.n), json!(report.abstained)), (measured["n"].clone(), measured["declined"].clone()));
            assert_eq!(report.n, 32);
            let selective = report.selective.unwrap();
            assert_eq!(measured["declined_for"], json!(selective.declined));
            assert_eq!(figures["answered"]["n"], json!(selective.answered.n));
            for (point, kept) in selective.risk_coverage.iter().zip(figures["risk_coverage"].as_array().unwrap()) {
                assert_eq!((&kept["coverage"], &kept["risk"]), (&json!(point.coverage), &rounded(point.risk)));
            }
            for (value, name) in
                [(report.accuracy, "accuracy"), (report.balanced_accuracy, "balanced_accuracy"), (report.ece, "ece"), (report.nll, "nll")]
            {
                assert_eq!(figures[name], rounded(value), "{precision} {prior} {name}");
            }
            assert_eq!(figures["balanced_accuracy_95"], json!(spread.balanced_accuracy.map(rounded)));
            assert_eq!(figures["accuracy_95"], json!(spread.accuracy.map(rounded)));
            for (code, class) in report.per_class {
                assert_eq!(figures["recall"][&code], class.recall.map_or(Value::Null, rounded), "{code}");
            }
        }
        let abstain = card.abstain.unwrap();
        assert!(abstain.chosen.contains("32 validation photographs"), "{}", abstain.chosen);
        let [darkest, brightest] = abstain.quality.unwrap().brightness;
        assert!(darkest <= 0.12 && brightest >= 0.95, "ordinary brightness never declines: {darkest} to {brightest}");
        // Each of seven limits may decline ⌊share · 32⌋ photographs.
        let most = 7 * (share.parse::<f64>().unwrap() * 32.0).floor() as u64;
        assert!(measured["declined"].as_u64().unwrap() <= most);
        assert!(share == "0.01" || measured["declined"].as_u64().unwrap() > 0, "{measured}");
        let familiarity = abstain.familiarity.unwrap();
        assert!(familiarity.block == "features.7" && familiarity.distance < 1e3, "{familiarity:?}");
        let set = card.prediction_set.unwrap();
        assert_eq!((set.coverage, set.n), (0.9, 32));
        assert!(measured["prediction_set"]["covered"].as_f64().unwrap() >= 0.9);
        assert_eq!((card.licence.as_str(), card.version.as_str(), card.seed), ("CC BY-NC 4.0", "0.0.1", 7));
        assert_eq!(card.log_sha256, sha256_hex(b"epoch,step\n1,10\n"));
    }
}

#[test]
fn the_temperature_is_fitted_on_the_answers_of_the_rounded_weights() {
    let folder = Folder::new();
    data(&folder);
    calibrate(&folder, &["--output", "half.safetensors"]).succeeded();
    let bytes = std::fs::read(folder.path("half.safetensors")).unwrap();
    assert!(bytes.len() * 10 < std::fs::metadata(weights()).unwrap().len() as usize * 6, "{} bytes", bytes.len());
    let mut classifier = dermdistill::classifier::Classifier::new(&bytes).unwrap();
    let (mut logits, mut labels) = (Vec::new(), Vec::new());
    for lesion in (0..48).filter(|lesion| lesion % 3 != 0) {
        let picture = std::fs::read(folder.path(&format!("images/p{lesion:02}_0.png"))).unwrap();
        logits.push(classifier.classify(&picture, &Default::default(), || 0.0).unwrap().logits);
        labels.push(lesion % 8);
    }
    assert_eq!(classifier.card().temperature, fit_temperature(&logits, &labels, None).unwrap());
    let again = calibrate(&folder, &["--output", "again.safetensors"]).succeeded();
    assert!(again.stdout.contains("Temperature") && again.stdout.contains("prior: equal"), "{}", again.stdout);
    assert_eq!(std::fs::read(folder.path("again.safetensors")).unwrap(), bytes, "the same input gives the same file");
}

#[test]
fn the_distance_is_fitted_on_the_training_part_and_limited_on_the_other() {
    let folder = Folder::new();
    data(&folder);
    let read = |name: &str| WeightFile::read(&std::fs::read(folder.path(name)).unwrap()).unwrap();
    calibrate(&folder, &["--output", "one.safetensors", "--unlike", "0.25"]).succeeded();
    let one = read("one.safetensors");
    let limit = one.card.familiarity().unwrap().distance;
    let familiarity = one.familiarity().unwrap().unwrap();
    let mut classifier = dermdistill::classifier::Classifier::new(&std::fs::read(folder.path("one.safetensors")).unwrap()).unwrap();
    let mut distance = |lesion: usize| {
        let picture = std::fs::read(folder.path(&format!("images/p{lesion:02}_0.png"))).unwrap();
        familiarity.distance(&classifier.statistics(&picture, "features.7", [1.0; 3]).unwrap())
    };
    let beyond = (0..48).filter(|lesion| lesion % 3 != 0).filter(|&lesion| distance(lesion) > limit).count();
    assert_eq!(beyond, 8, "a quarter of thirty-two");
    // What is fitted on lies nearer than what is not, but for single pictures.
    let mean = |lesions: Vec<usize>, distance: &mut dyn FnMut(usize) -> f64| {
        lesions.iter().map(|&lesion| distance(lesion)).sum::<f64>() / lesions.len() as f64
    };
    let train = mean((0..48).step_by(3).collect(), &mut distance);
    assert!(train < mean((0..48).filter(|lesion| lesion % 3 != 0).collect(), &mut distance));

    let evaluated =
        folder.run(&[&["evaluate", "--weights", "one.safetensors", "--one-per-group", "--json"], &CHOICE[..]].concat()).succeeded().json();
    assert_eq!(evaluated["abstained"], one.card.metrics["validation"]["declined"]);
    assert!(evaluated["selective"]["declined"]["unlike-dermoscopy"].as_u64().unwrap() <= 8);

    // A second set moves the fit; without a distance there is none; and a calibrated file can be calibrated again.
    calibrate(&folder, &["--output", "two.safetensors", "--also-images", "images", "--also-labels", "labels.csv"]).succeeded();
    assert_ne!(read("two.safetensors").familiarity().unwrap(), Some(familiarity));
    calibrate(&folder, &["--output", "none.safetensors", "--familiarity", "none"]).succeeded();
    assert!(read("none.safetensors").familiarity().unwrap().is_none());
    let again = [&["calibrate", "one.safetensors", "--output", "again.safetensors", "--unlike", "0.25"], &CHOICE[..]].concat();
    folder.run(&again).succeeded();
    assert_eq!(read("again.safetensors").familiarity().unwrap(), one.familiarity().unwrap());
}

/// The bias of a classifier that is not MobileNetV2's `classifier.1`: moved, saved, calibrated and answered with.
#[test]
fn the_class_mix_moves_a_classifier_called_fc() {
    let folder = Folder::new();
    data(&folder);
    let network = resnet50(8);
    let (equal, mut tensors) = ([0.125; 8], Tensors::new());
    tensors.extend(generator::parameters(&network).into_iter().map(|(p, data)| (p.name, Tensor { shape: p.shape, data })));
    let write = |mix: &[f64], tensors: &Tensors| {
        let card = Card::new("resnet50", 64, Framing::CentreSquare, mix.to_vec());
        WeightFile { card, tensors: tensors.clone() }.write(Precision::F32).unwrap()
    };
    let before = write(&equal, &tensors);
    move_prior(&network, &mut tensors, &equal, &MIX).unwrap();
    std::fs::write(folder.path("moved.safetensors"), write(&MIX, &tensors)).unwrap();
    let own = ["moved.safetensors", "--output", "released.safetensors", "--precision", "f32", "--familiarity", "none"];
    folder.run(&[&["calibrate"], &own[..], &CHOICE[..]].concat()).succeeded();

    let photograph = std::fs::read(folder.path("images/p01_0.png")).unwrap();
    let mut logits = Classifier::new(&before).unwrap().classify(&photograph, &Request::default(), || 0.0).unwrap().logits;
    logits.iter_mut().zip(MIX.iter().zip(equal)).for_each(|(logit, (to, from))| *logit += (to / from).ln() as f32);
    let temperature = WeightFile::read(&std::fs::read(folder.path("released.safetensors")).unwrap()).unwrap().card.temperature;
    for (word, prior) in [("training", Prior::Training), ("equal", Prior::Equal)] {
        let asked = ["classify", "images/p01_0.png", "--weights", "released.safetensors", "--json", "--prior", word];
        let object = folder.run(&asked).succeeded().json();
        let found: Vec<f64> = CLASSES.iter().map(|code| object["probabilities"][code].as_f64().unwrap()).collect();
        let expected = apply_prior(&softmax(&logits, temperature).unwrap(), &MIX, &prior).unwrap();
        let close = found.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() <= tolerance::STEP_LOSS);
        assert!(close, "{word}: {found:?} instead of {expected:?}");
    }
}

#[test]
fn nothing_is_written_unless_all_is_well() {
    let folder = Folder::new();
    data(&folder);
    let refused = |args: &[&str], code: &str, words: &str| {
        calibrate(&folder, &[&["--output", "released.safetensors"], args].concat()).failed(code, words);
        assert!(!folder.path("released.safetensors").exists());
    };
    refused(&["--decline", "0.6"], "argument", "0.6");
    refused(&["--unlike", "0.5"], "argument", "0.5");
    refused(&["--familiarity", "features.60"], "argument", "features.60");
    refused(&["--familiarity", "features.6.conv.0.0"], "argument", "features.6.conv.0.0");
    refused(&["--coverage", "1"], "argument", "coverage");
    refused(&["--log", "nowhere.csv"], "io", "nowhere.csv");
    folder.text("texts.json", r#"{"licence": 4}"#);
    refused(&["--card", "texts.json"], "argument", "'licence' is no text");
    folder.text("texts.json", r#"{"author": "me"}"#);
    refused(&["--card", "texts.json"], "argument", "author");
    folder.text("texts.json", &json!({ "licence": "x".repeat(40_000) }).to_string());
    refused(&["--card", "texts.json"], "weights-card", "licence");
    folder.text("images/p01_0.png", "no picture");
    refused(&[], "image-format", "nothing is written");
    let labels = std::fs::read_to_string(folder.path("labels.csv")).unwrap();
    folder.text("labels.csv", &labels.replace(",SCC,", ",AKIEC,"));
    refused(&[], "table-label", "two classes");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named_and_the_old_file_stays() {
    let folder = Folder::new();
    data(&folder);
    calibrate(&folder, &["--output", "/dev/full"]).failed("disk-full", "/dev/full");
    folder.text("old.safetensors", "old");
    std::fs::create_dir(folder.path("folder")).unwrap();
    calibrate(&folder, &["--output", "folder"]).failed("io", "folder");
    calibrate(&folder, &["--output", "nowhere/file"]).failed("io", "nowhere");
    assert_eq!(std::fs::read_to_string(folder.path("old.safetensors")).unwrap(), "old");
}

#[cfg(unix)]
#[test]
fn a_written_file_has_the_permissions_of_any_other() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    data(&folder);
    calibrate(&folder, &["--output", "released.safetensors"]).succeeded();
    let mode = |name: &str| std::fs::metadata(folder.path(name)).unwrap().permissions().mode();
    assert_eq!(mode("released.safetensors"), mode("labels.csv"));
}
