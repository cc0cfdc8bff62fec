//! What a learner writes and reads: weights with a card that says they were changed, and states.

use dermdistill::ErrorKind;
use dermdistill::adapt::{Learner, Plan, Scope};
use dermdistill::classifier::{Classifier, Size, Timings};
use dermdistill::trust::Prior;
use dermdistill::weights::{Precision, WeightFile};

use crate::{clock, file, learner, plan, shipped, square, steps};

#[test]
fn exported_weights_answer_as_the_learner_does_and_say_that_they_were_changed() {
    let mut learner = learner(8);
    steps(&mut learner, &plan(Scope::LastStage), 3);
    let bytes = learner.export().unwrap();
    let mut classifier = Classifier::new(&bytes).unwrap();
    let found = learner.evaluate(&Prior::Training).unwrap();
    for answer in &found.answers {
        let size = Size { width: 32, height: 32 };
        let look = classifier.look_at(square(answer.id, answer.id as usize % 2, 32), size).unwrap();
        assert_eq!(classifier.answer(&look, &Prior::Training, None, Timings::default()).unwrap().probabilities, answer.probabilities);
    }
    let card = classifier.card();
    assert_eq!(card.metrics["locally_changed"]["steps"], 3);
    assert_eq!(card.metrics["locally_changed"]["plan"]["scope"], "last-stage");
    assert!(card.version.ends_with("+local") && card.log_sha256.is_empty());
}

#[test]
fn exported_weights_come_back_to_the_same_bits_and_can_be_taken_back() {
    let mut one = learner(8);
    steps(&mut one, &plan(Scope::Whole), 2);
    let bytes = one.export().unwrap();
    let mut other = learner(8);
    other.import(&bytes).unwrap();
    assert!(!other.is_shipped());
    assert_eq!(answers(&other), answers(&one));
    steps(&mut other, &plan(Scope::Head), 1);
    assert!(other.undo());
    assert_eq!(answers(&other), answers(&one));
    assert!(other.undo() && other.is_shipped());
    other.import(&shipped()).unwrap();
    assert!(other.is_shipped());
}

fn answers(learner: &Learner) -> Vec<Vec<f64>> {
    learner.evaluate(&Prior::Training).unwrap().answers.into_iter().map(|answer| answer.probabilities).collect()
}

/// The file with something about it changed.
fn changed(change: impl FnOnce(&mut WeightFile)) -> Vec<u8> {
    let mut file = file();
    change(&mut file);
    file.write(Precision::F32).unwrap()
}

#[test]
fn what_cannot_take_the_place_of_the_weights_is_refused_and_nothing_changes() {
    let mut learner = learner(4);
    steps(&mut learner, &plan(Scope::Head), 1);
    let before = learner.export().unwrap();
    let mut nan = shipped();
    let end = nan.len();
    nan[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let text = |from: &str, to: &str| {
        let bytes = shipped();
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
    };
    let cases = [
        ("truncated", shipped()[..shipped().len() / 2].to_vec(), ErrorKind::WeightsFormat),
        ("not finite", nan, ErrorKind::WeightsNotFinite),
        ("class order", text(r#"\"AK\",\"BCC\""#, r#"\"BCC\",\"AK\""#), ErrorKind::WeightsCard),
        ("another network", text("mobilenet_v2", "mobilenet_v9"), ErrorKind::WeightsCard),
        ("another side", changed(|file| file.card.input_side = 64), ErrorKind::WeightsCard),
        ("another mix", changed(|file| file.card.class_mix = vec![0.125; 8]), ErrorKind::WeightsCard),
        ("no file", Vec::new(), ErrorKind::WeightsFormat),
    ];
    for (what, bytes, kind) in cases {
        assert_eq!(learner.import(&bytes).unwrap_err().kind(), kind, "{what}");
        assert!(learner.export().unwrap() == before, "{what}");
    }
}

#[test]
fn a_state_of_imported_weights_needs_no_run() {
    let mut one = learner(4);
    steps(&mut one, &plan(Scope::Head), 2);
    let bytes = one.export().unwrap();
    let mut other = learner(4);
    other.restore(&other.state().unwrap()).unwrap();
    assert!(other.is_shipped());
    other.import(&bytes).unwrap();
    let mut fresh = learner(4);
    // Imported like a weight file, it is known for what it is.
    assert!(!fresh.import(&other.state().unwrap()).unwrap());
    assert_eq!(answers(&fresh), answers(&one));
    assert!(fresh.import(&one.state().unwrap()).unwrap());
    assert_eq!(answers(&fresh), answers(&one));
}

#[test]
fn a_state_of_the_head_is_small() {
    let mut learner = learner(4);
    steps(&mut learner, &plan(Scope::Head), 1);
    // 1280 × 8 + 8 weights and as many velocities, not two million.
    assert!(learner.state().unwrap().len() < 100_000);
}

#[test]
fn a_state_that_is_damaged_or_of_other_weights_is_refused_and_nothing_changes() {
    let mut learner = learner(4);
    steps(&mut learner, &plan(Scope::Head), 2);
    let state = learner.state().unwrap();
    let before = learner.export().unwrap();
    let other = changed(|file| file.tensors.get_mut("classifier.1.bias").unwrap().data[0] += 1.0);
    let mut stranger = Learner::new(&other).unwrap();
    assert_eq!(stranger.restore(&state).unwrap_err().kind(), ErrorKind::Checkpoint);
    let mut nan = state.clone();
    let end = nan.len();
    nan[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    for bytes in [&state[..state.len() - 10], &nan, &before, b"no state"] {
        assert_eq!(learner.restore(bytes).unwrap_err().kind(), ErrorKind::Checkpoint);
        assert!(learner.export().unwrap() == before);
    }
    // It goes on after all that.
    learner.step(clock).unwrap();
}

#[test]
fn a_plan_outside_its_ranges_or_with_unknown_fields_is_refused() {
    let mut learner = learner(4);
    for wrong in [Plan { batch: 0, ..Plan::default() }, Plan { batch: 33, ..Plan::default() }, Plan { rate: 0.0, ..Plan::default() }] {
        assert_eq!(learner.begin(wrong).unwrap_err().kind(), ErrorKind::Argument);
    }
    for wrong in
        [Plan { rate: f64::NAN, ..Plan::default() }, Plan { momentum: 1.0, ..Plan::default() }, Plan { weight_decay: -1.0, ..Plan::default() }]
    {
        assert_eq!(learner.begin(wrong).unwrap_err().kind(), ErrorKind::Argument);
    }
    assert!(serde_json::from_str::<Plan>(r#"{"scope": "head", "weightDecay": 0}"#).is_ok());
    assert!(serde_json::from_str::<Plan>(r#"{"scopes": "head"}"#).is_err());
}
