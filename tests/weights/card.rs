//! The card: its JSON, its edges (the hostile files hold what lies beyond them), and what older and newer files may leave out or add.

use dermdistill::ErrorKind;
use dermdistill::classes::{CLASS_NAMES, CLASSES};
use dermdistill::nn::Framing;
use dermdistill::weights::{Abstain, Card, FamiliarityLimit, PredictionSet, QualityLimits, WeightFile};

use crate::example::card;

fn with_thresholds() -> Card {
    let quality =
        QualityLimits { relative_sharpness: 0.012, brightness: [0.1, 0.9], relative_contrast: 0.02, clipped_dark: 0.5, clipped_bright: 0.25 };
    let familiarity = FamiliarityLimit { block: "features.6".into(), distance: 11.25 };
    let abstain =
        Abstain { probability: 0.4, energy: Some(-1.5), familiarity: Some(familiarity), quality: Some(quality), chosen: "2 % of validation".into() };
    Card { abstain: Some(abstain), prediction_set: Some(PredictionSet { coverage: 0.9, threshold: 0.75, n: 1494 }), ..card() }
}

#[test]
fn json_round_trips_and_keeps_every_float() {
    for card in [card(), with_thresholds()] {
        assert!(card.check().is_ok());
        let json = serde_json::to_string(&card).unwrap();
        let read: Card = serde_json::from_str(&json).unwrap();
        assert_eq!(read, card);
        assert_eq!(read.temperature.to_bits(), card.temperature.to_bits());
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }
}

#[test]
fn optional_fields_may_be_absent_and_unknown_ones_are_ignored() {
    let mut json = serde_json::to_value(card()).unwrap();
    assert!(json.get("abstain").is_none() && json.get("prediction_set").is_none());
    json["a_field_of_tomorrow"] = serde_json::json!({"x": [1, 2]});
    assert_eq!(serde_json::from_value::<Card>(json).unwrap(), card());
}

#[test]
fn the_limits_on_quality_of_older_files_are_not_looked_at() {
    let mut json = serde_json::to_value(with_thresholds()).unwrap();
    json["abstain"]["quality"] =
        serde_json::json!({"sharpness": 12.5, "brightness": [0.1, 0.9], "contrast": 0.02, "clipped_dark": 0.5, "clipped_bright": 0.25});
    let quality = serde_json::from_value::<Card>(json).unwrap().abstain.unwrap().quality.unwrap();
    assert_eq!((quality.relative_sharpness, quality.relative_contrast), (0.0, 0.0));
}

#[test]
fn a_new_card_has_the_classes_and_the_constants_of_torchvision() {
    let card = Card::new("mobilenet_v2", 192, Framing::Squash, vec![0.125; 8]);
    assert!(card.check().is_ok());
    assert_eq!(card.classes, CLASSES);
    assert_eq!(card.class_names, CLASS_NAMES);
    assert_eq!((card.mean, card.std), ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]));
    assert_eq!(card.network().unwrap().trained_len(), 2_223_872 + 1281 * 8);
}

#[test]
fn the_edges_of_every_range_are_inside() {
    let fine = |change: fn(&mut Card)| {
        let mut card = with_thresholds();
        change(&mut card);
        assert!(card.check().is_ok(), "{:?}", card.check());
    };
    fine(|card| card.input_side = 32);
    fine(|card| card.input_side = 512);
    fine(|card| card.class_mix[0] += 0.000_99);
    fine(|card| card.class_mix[0] -= 0.000_99);
    fine(|card| card.temperature = f64::MIN_POSITIVE);
    fine(|card| card.std = [f32::MIN_POSITIVE; 3]);
    fine(|card| card.licence = "x".repeat(32 << 10));
    fine(|card| card.version = "é".repeat(200));
    fine(|card| card.log_sha256 = "0123456789abcdef".repeat(4));
    fine(|card| card.abstain.as_mut().unwrap().probability = 1.0);
    fine(|card| card.prediction_set.as_mut().unwrap().threshold = 1.0);
}

#[test]
fn what_json_cannot_say_is_refused_in_memory() {
    let wrong = |change: fn(&mut Card), names: &str| {
        let mut card = with_thresholds();
        change(&mut card);
        let error = card.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WeightsCard);
        assert!(error.message().contains(names), "{error}");
    };
    wrong(|card| card.temperature = f64::INFINITY, "temperature is inf");
    wrong(|card| card.mean[1] = f32::NAN, "mean is NaN");
    wrong(|card| card.std[2] = f32::NAN, "std is NaN");
    wrong(|card| card.class_mix[3] = f64::NAN, "class_mix is NaN");
    wrong(|card| card.abstain.as_mut().unwrap().probability = f64::NAN, "abstain.probability is NaN");
    wrong(|card| card.abstain.as_mut().unwrap().energy = Some(f64::NAN), "abstain.energy is NaN");
    wrong(|card| card.abstain.as_mut().unwrap().quality.as_mut().unwrap().relative_contrast = f64::NAN, "relative_contrast is NaN");
    wrong(|card| card.abstain.as_mut().unwrap().familiarity.as_mut().unwrap().distance = f64::INFINITY, "familiarity.distance is inf");
    wrong(|card| card.prediction_set.as_mut().unwrap().coverage = f64::NAN, "coverage is NaN");
}

#[test]
fn the_log_beside_the_released_weights_is_the_one_their_card_names() {
    let beside = |name: &str| std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("weights").join(name)).unwrap();
    let card = WeightFile::read(&beside("student.safetensors")).unwrap().card;
    assert_eq!(card.log_sha256, dermdistill::weights::sha256_hex(&beside("training_log.csv")));
}

#[test]
fn every_released_file_reads_and_says_where_it_comes_from_and_what_it_is_not_for() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("weights");
    let names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let files: Vec<_> = names.iter().filter(|path| path.extension().is_some_and(|extension| extension == "safetensors")).collect();
    for stem in ["student", "student_heads", "student_plain", "teacher", "teacher_int8", "teacher_ss_head"] {
        assert!(files.iter().any(|path| path.file_stem().is_some_and(|name| name == stem)), "{stem} is not there");
    }
    for path in files {
        let card = WeightFile::read(&std::fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display())).card;
        assert!(card.licence.starts_with("CC BY-NC 4.0"), "{}: {}", path.display(), card.licence);
        assert!(card.attribution.contains("HAM10000"), "{}: {}", path.display(), card.attribution);
        assert!(card.training_data.contains("HAM10000") && !card.split.is_empty() && !card.version.is_empty(), "{}", path.display());
        assert!(card.not_intended_use.starts_with("Not a medical device."), "{}: {}", path.display(), card.not_intended_use);
    }
}
