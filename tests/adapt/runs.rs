//! Runs: what they learn, that they can be taken back and interrupted, and what a step that goes wrong leaves.

use dermdistill::ErrorKind;
use dermdistill::adapt::{Example, Learner, NormChoice, Plan, Scope, Use};
use dermdistill::trust::Prior;
use dermdistill::weights::{WeightFile, sha256_hex};

use crate::{clock, learner, plan, shipped, square, steps};

const SCOPES: [Scope; 3] = [Scope::Head, Scope::LastStage, Scope::Whole];

#[test]
fn every_scope_learns_its_examples_and_moves_nothing_else() {
    let before = WeightFile::read(&shipped()).unwrap().tensors;
    for scope in SCOPES {
        let mut learner = learner(8);
        let reports = steps(&mut learner, &plan(scope), 30);
        let mean = |part: &[dermdistill::adapt::Report]| part.iter().map(|report| report.loss).sum::<f64>() / part.len() as f64;
        assert!(mean(&reports[25..]) < 0.7 * mean(&reports[..5]), "{scope:?}: {} then {}", mean(&reports[..5]), mean(&reports[25..]));
        let after = WeightFile::read(&learner.export().unwrap()).unwrap().tensors;
        let moved: Vec<&String> = after.iter().filter(|(name, tensor)| before[*name] != **tensor).map(|(name, _)| name).collect();
        let part = |name: &str| match scope {
            Scope::Head => name.starts_with("classifier."),
            Scope::LastStage => name.starts_with("classifier.") || (14..19).any(|block| name.starts_with(&format!("features.{block}."))),
            Scope::Whole => true,
        };
        assert!(!moved.is_empty() && moved.iter().all(|name| part(name) && !name.contains("running")), "{scope:?}: {moved:?}");
        assert!(moved.iter().any(|name| name.as_str() == "classifier.1.weight"));
    }
}

#[test]
fn the_released_network_learns_to_tell_its_examples_apart_and_pictures_it_never_saw() {
    let weights = std::fs::read("weights/student.safetensors").unwrap();
    let mut learner = Learner::new(&weights).unwrap();
    let side = learner.card().input_side;
    for id in 0..12 {
        let (label, r#use) = (id as usize % 2, if id < 8 { Use::Train } else { Use::Check });
        learner.insert(id, Example { label, seen: square(id, label, side), r#use }).unwrap();
    }
    let before = learner.evaluate(&Prior::Equal).unwrap().check.unwrap().accuracy;
    steps(&mut learner, &plan(Scope::LastStage), 15);
    let after = learner.evaluate(&Prior::Equal).unwrap();
    assert!(before < 1.0 && after.check.unwrap().accuracy == 1.0 && after.train.unwrap().accuracy == 1.0);
}

#[test]
fn a_report_tells_terms_examples_and_what_is_cached() {
    let mut learner = learner(6);
    let reports = steps(&mut learner, &plan(Scope::LastStage), 2);
    let first = &reports[0];
    assert_eq!((first.step, first.images, first.examples.len(), first.cached.views), (1, 4, 4, 4));
    assert!(first.correct <= 4 && first.rate == Plan::default().rate);
    let sum: f64 = first.terms.iter().map(|term| term.weighted).sum();
    assert!((sum - first.loss).abs() < 1e-5 * first.loss);
    // The second step of an epoch reaches back for the two that it lacks; every example has been seen once.
    assert_eq!((reports[1].images, reports[1].cached.views), (4, 6));
    assert!(reports[1].cached.bytes > 0 && !reports[1].cached.full);
    // Features of images that are learned from whole are not kept.
    assert_eq!(steps(&mut learner, &plan(Scope::Whole), 1)[0].cached.views, 0);
}

#[test]
fn undo_takes_back_a_run_and_reset_gives_back_the_shipped_weights_bit_for_bit() {
    let mut learner = learner(8);
    assert!(!learner.undo());
    for scope in SCOPES {
        steps(&mut learner, &plan(scope), 2);
        assert!(!learner.is_shipped());
        assert!(learner.undo());
        assert!(learner.is_shipped());
        assert_eq!(sha256_hex(&learner.export().unwrap()), sha256_hex(&shipped()), "{scope:?}");
    }
    steps(&mut learner, &plan(Scope::Head), 3);
    let one = learner.export().unwrap();
    steps(&mut learner, &plan(Scope::LastStage), 2);
    learner.undo();
    assert_eq!(WeightFile::read(&learner.export().unwrap()).unwrap().tensors, WeightFile::read(&one).unwrap().tensors);
    learner.reset();
    assert!(learner.export().unwrap() == shipped());
    assert!(!learner.undo());
}

#[test]
fn a_run_that_is_interrupted_anywhere_ends_with_the_bits_of_one_that_is_not() {
    for (scope, norms) in [(Scope::Head, NormChoice::Frozen), (Scope::LastStage, NormChoice::Frozen), (Scope::Whole, NormChoice::Batch)] {
        let plan = Plan { norms, ..plan(scope) };
        let mut whole = learner(7);
        let reports = steps(&mut whole, &plan, 5);
        let mut paused = learner(7);
        let mut told = steps(&mut paused, &plan, 2);
        told.extend(steps(&mut paused, &plan, 1));
        let state = paused.state().unwrap();
        let mut fresh = learner(7);
        fresh.restore(&state).unwrap();
        told.extend(steps(&mut fresh, &plan, 2));
        let losses = |reports: &[dermdistill::adapt::Report]| reports.iter().map(|report| (report.step, report.loss)).collect::<Vec<_>>();
        assert_eq!(losses(&told), losses(&reports), "{scope:?}");
        assert!(fresh.export().unwrap() == whole.export().unwrap(), "{scope:?}");
    }
}

#[test]
fn a_step_that_is_not_finite_goes_back_to_the_last_good_weights() {
    let mut learner = learner(8);
    steps(&mut learner, &plan(Scope::LastStage), 3);
    let good = learner.export().unwrap();
    // Far too large a rate: a few steps, then no number is left.
    learner.begin(Plan { rate: 1.0, weight_decay: 1e30, ..plan(Scope::LastStage) }).unwrap();
    let error = (0..50).find_map(|_| learner.step(clock).err()).unwrap();
    assert_eq!(error.kind(), ErrorKind::NotFinite);
    let kept = WeightFile::read(&learner.export().unwrap()).unwrap();
    assert_eq!(kept.tensors, WeightFile::read(&good).unwrap().tensors);
    learner.evaluate(&Prior::Training).unwrap();
}

#[test]
fn the_classifier_of_an_unchanged_learner_is_the_shipped_one() {
    let mut learner = learner(4);
    let before = learner.compare(&Prior::Training).unwrap();
    assert_eq!(before.before, before.after);
    steps(&mut learner, &plan(Scope::Head), 2);
    let after = learner.compare(&Prior::Training).unwrap();
    assert_eq!(after.before.answers.len(), 4);
    assert_ne!(after.before, after.after);
}
