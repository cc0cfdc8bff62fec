//! AUC, ECE and NLL on their own.

use dermdistill::trust::{auc, expected_calibration_error, negative_log_likelihood};

use crate::tolerance::METRIC;
use crate::{Numbers, close};

/// The definition, pair by pair.
fn auc_by_pairs(scores: &[f64], positive: &[bool]) -> f64 {
    let (mut won, mut pairs) = (0.0, 0.0);
    for (score, _) in scores.iter().zip(positive).filter(|(_, positive)| **positive) {
        for (other, _) in scores.iter().zip(positive).filter(|(_, positive)| !**positive) {
            pairs += 1.0;
            won += if score > other { 1.0 } else { f64::from(u8::from(score == other)) / 2.0 };
        }
    }
    won / pairs
}

#[test]
fn auc_by_hand() {
    assert_eq!(auc(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]), Some(0.75));
    assert_eq!(auc(&[0.5, 0.5, 0.3], &[true, false, false]), Some(0.75));
    assert_eq!(auc(&[0.5, 0.5], &[true, false]), Some(0.5));
    assert_eq!(auc(&[-0.0, 0.0], &[true, false]), Some(0.5));
    assert_eq!(auc(&[0.1, 0.9], &[true, false]), Some(0.0));
}

#[test]
fn auc_is_undefined_without_both_kinds_or_with_nan() {
    assert_eq!(auc(&[0.1, 0.9], &[true, true]), None);
    assert_eq!(auc(&[0.1, 0.9], &[false, false]), None);
    assert_eq!(auc(&[], &[]), None);
    assert_eq!(auc(&[0.1, f64::NAN], &[true, false]), None);
}

#[test]
fn auc_equals_the_count_of_pairs_with_many_ties() {
    let mut numbers = Numbers(3);
    for levels in [1.0, 2.0, 5.0, 40.0, 1e9] {
        let scores: Vec<f64> = (0..150).map(|_| (numbers.next() * levels).floor() / levels).collect();
        let positive: Vec<bool> = (0..150).map(|_| numbers.next() < 0.3).collect();
        assert!(close(auc(&scores, &positive).unwrap(), auc_by_pairs(&scores, &positive), METRIC));
    }
}

#[test]
fn ece_by_hand() {
    // Two in the bin (13/15, 14/15], one of them right: |0.5 − 0.91| · 2/3. One alone in (8/15, 9/15], right: |1 − 0.6| · 1/3.
    let rows = [vec![0.9, 0.1], vec![0.08, 0.92], vec![0.6, 0.4]];
    let expected = 0.41 * 2.0 / 3.0 + 0.4 / 3.0;
    assert!(close(expected_calibration_error(&rows, &[0, 0, 0]).unwrap(), expected, METRIC));
}

#[test]
fn ece_at_the_edges_of_bins() {
    // 0.8 = 12/15 is the upper edge of the twelfth bin, so 0.8 (right) and 0.75 (wrong) share it: |1 − 0.8 − 0.75| / 2.
    let rows = [vec![0.8, 0.2], vec![0.25, 0.75]];
    assert!(close(expected_calibration_error(&rows, &[0, 0]).unwrap(), 0.275, METRIC));
    // 0.81 lies in the bin above: (|1 − 0.81| + |0 − 0.75|) / 2.
    let rows = [vec![0.81, 0.19], vec![0.25, 0.75]];
    assert!(close(expected_calibration_error(&rows, &[0, 0]).unwrap(), 0.47, METRIC));
    assert_eq!(expected_calibration_error(&[vec![1.0, 0.0]], &[0]), Some(0.0));
    assert_eq!(expected_calibration_error(&[vec![1.0, 0.0]], &[1]), Some(1.0));
    assert_eq!(expected_calibration_error(&[], &[]), None);
}

#[test]
fn nll_by_hand_and_with_an_impossible_truth() {
    let rows = [vec![0.5, 0.5], vec![0.25, 0.75]];
    let expected = (2.0_f64.ln() + 4.0_f64.ln()) / 2.0;
    assert!(close(negative_log_likelihood(&rows, &[0, 0]).unwrap(), expected, METRIC));
    assert!(close(negative_log_likelihood(&[vec![1.0, 0.0]], &[1]).unwrap(), 52.0 * 2.0_f64.ln(), METRIC));
    assert_eq!(negative_log_likelihood(&[vec![1.0]], &[1]), None);
    assert_eq!(negative_log_likelihood(&[], &[]), None);
}
