//! The validation of a training: its figures are those of the parts it is made of, and the mixes it is about.

use dermdistill::ErrorKind;
use dermdistill::classes::CLASSES;
use dermdistill::trust::{Label, Prior, apply_prior, evaluate, fit_temperature, seen_mix, softmax, validate};

use crate::{all_close, tolerance};

const MIX: [f64; 8] = [0.05, 0.05, 0.1, 0.05, 0.1, 0.55, 0.05, 0.05];

/// Any logits and labels, the same on every run; half of the labels are the largest logit's.
fn rows() -> (Vec<Vec<f32>>, Vec<usize>) {
    let logits: Vec<Vec<f32>> = (0..40).map(|i| (0..8).map(|c| ((i * 37 + c * 11) % 23) as f32 / 5.0).collect()).collect();
    let largest = |row: &Vec<f32>| (0..8).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
    let labels = logits.iter().enumerate().map(|(i, row)| if i % 2 == 0 { largest(row) } else { i % 8 }).collect();
    (logits, labels)
}

#[test]
fn a_validation_is_temperature_probabilities_and_both_reports() {
    let (logits, labels) = rows();
    let found = validate(&logits, &labels, &MIX).unwrap();
    assert_eq!(found.temperature, fit_temperature(&logits, &labels, None).unwrap());
    let labels: Vec<Label> = labels.into_iter().map(Label::Class).collect();
    let probabilities: Vec<Vec<f64>> = logits.iter().map(|row| softmax(row, found.temperature).unwrap()).collect();
    let equal: Vec<Vec<f64>> = probabilities.iter().map(|p| apply_prior(p, &MIX, &Prior::Equal).unwrap()).collect();
    let judge = |rows: &[Vec<f64>]| evaluate(rows, &labels, &[false; 40], &CLASSES).unwrap();
    assert_eq!((&found.report, &found.equal), (&judge(&probabilities), &judge(&equal)));
    assert_ne!(found.report.accuracy, found.equal.accuracy);
    assert_eq!((found.probabilities, found.labels), (probabilities, labels));
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let (mut logits, labels) = rows();
    assert_eq!(validate(&[], &[], &MIX).unwrap_err().kind(), ErrorKind::TableEmpty);
    assert!(validate(&logits, &labels[1..], &MIX).is_err());
    logits[3][2] = f32::NAN;
    assert_eq!(validate(&logits, &labels, &MIX).unwrap_err().kind(), ErrorKind::NotFinite);
}

#[test]
fn the_loss_sees_what_is_shown_times_its_weight() {
    // 10 · 1, 5 · 4 and 30 · ⅓: a quarter, a half, a quarter.
    assert!(all_close(&seen_mix(&[10, 5, 30], &[1.0, 4.0, 1.0 / 3.0]).unwrap(), &[0.25, 0.5, 0.25], tolerance::PROBABILITY));
    for (shown, weights) in [(&[1, 0][..], &[1.0, 1.0][..]), (&[1, 1], &[1.0, 0.0]), (&[1, 1], &[1.0, f64::NAN]), (&[1, 1], &[1.0]), (&[], &[])] {
        assert_eq!(seen_mix(shown, weights).unwrap_err().kind(), ErrorKind::TableEmpty, "{shown:?} {weights:?}");
    }
}
