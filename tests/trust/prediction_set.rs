//! Prediction sets: the quantile by hand, the set itself, and the coverage they promise.

use dermdistill::ErrorKind;
use dermdistill::trust::{fit_prediction_set, prediction_set};

use crate::Numbers;
use crate::tolerance::COVERAGE;

/// Rows of two classes whose first class has the probabilities given.
fn rows(first: &[f64]) -> Vec<Vec<f64>> {
    first.iter().map(|p| vec![*p, 1.0 - p]).collect()
}

#[test]
fn the_quantile_by_hand() {
    // Scores 1 − p: 1/16, 2/16, …, 9/16.
    let rows = rows(&[15.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0].map(|p| p / 16.0));
    let threshold = |n: usize, coverage: f64| fit_prediction_set(&rows[..n], &vec![0; n], coverage).unwrap().threshold;
    assert_eq!(threshold(9, 0.9), 9.0 / 16.0); // ⌈10 · 0.9⌉ = 9th
    assert_eq!(threshold(9, 0.8), 8.0 / 16.0); // 8th
    assert_eq!(threshold(9, 0.81), 9.0 / 16.0); // ⌈8.1⌉ = 9th
    assert_eq!(threshold(9, 0.05), 1.0 / 16.0); // ⌈0.5⌉ = 1st
    assert_eq!(threshold(8, 0.9), 1.0); // ⌈8.1⌉ = 9th of 8: every class
    assert_eq!(threshold(1, 0.5), 1.0 / 16.0);
    let set = fit_prediction_set(&rows, &[0; 9], 0.9).unwrap();
    assert_eq!((set.coverage, set.n), (0.9, 9));
}

#[test]
fn a_set_holds_the_classes_up_to_the_threshold_most_probable_first() {
    let p = [0.125, 0.5, 0.25, 0.125];
    assert_eq!(prediction_set(&p, 0.5), [1]);
    assert_eq!(prediction_set(&p, 0.75), [1, 2]);
    assert_eq!(prediction_set(&p, 0.875), [1, 2, 0, 3]);
    assert_eq!(prediction_set(&p, 1.0), [1, 2, 0, 3]);
}

#[test]
fn a_set_is_never_empty_unless_the_row_is() {
    assert_eq!(prediction_set(&[0.25, 0.5, 0.25], 0.125), [1]);
    assert_eq!(prediction_set(&[0.5, 0.5], 0.0), [0]);
    assert!(prediction_set(&[], 1.0).is_empty());
    assert!(prediction_set(&[f64::NAN], 1.0).is_empty());
}

#[test]
fn the_coverage_holds_on_new_photographs_of_the_same_mix() {
    let mut numbers = Numbers(21);
    // A label drawn from each row's own distribution; the fit does not know that.
    let mut sample = |n: usize| -> (Vec<Vec<f64>>, Vec<usize>) {
        (0..n)
            .map(|_| {
                let row: Vec<f64> = numbers.row(8).into_iter().map(|p| p.powi(3)).collect();
                let sum: f64 = row.iter().sum();
                let row: Vec<f64> = row.into_iter().map(|p| p / sum).collect();
                let mut left = numbers.next();
                let label = row
                    .iter()
                    .position(|p| {
                        left -= p;
                        left < 0.0
                    })
                    .unwrap_or(7);
                (row, label)
            })
            .unzip()
    };
    for (n, coverage) in [(49, 0.9), (200, 0.9), (199, 0.8)] {
        let (mut held, mut all) = (0, 0);
        for _ in 0..300 {
            let (fit, labels) = sample(n);
            let threshold = fit_prediction_set(&fit, &labels, coverage).unwrap().threshold;
            let (fresh, truth) = sample(100);
            held += fresh.iter().zip(&truth).filter(|(row, label)| prediction_set(row, threshold).contains(label)).count();
            all += 100;
        }
        let found = f64::from(u32::try_from(held).unwrap()) / f64::from(all);
        // Above the target the exact bound is 1/(n + 1).
        assert!(found > coverage - COVERAGE && found < coverage + 1.0 / (n as f64 + 1.0) + COVERAGE, "{found} for {coverage} with {n}");
    }
}

#[test]
fn the_fitted_rows_themselves_are_covered_despite_rounding() {
    let mut numbers = Numbers(22);
    let fit: Vec<Vec<f64>> = (0..97).map(|_| numbers.row(8)).collect();
    let labels: Vec<usize> = (0..97).map(|i| i % 8).collect();
    for coverage in [0.5, 0.8, 0.9] {
        let threshold = fit_prediction_set(&fit, &labels, coverage).unwrap().threshold;
        let held = fit.iter().zip(&labels).filter(|(row, label)| prediction_set(row, threshold).contains(label)).count();
        assert!(held as f64 >= coverage * 97.0, "{held}");
    }
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let good = rows(&[0.5]);
    let kind = |rows: &[Vec<f64>], labels: &[usize], coverage: f64| fit_prediction_set(rows, labels, coverage).unwrap_err().kind();
    assert_eq!(kind(&[], &[], 0.9), ErrorKind::TableEmpty);
    for coverage in [0.0, 1.0, f64::NAN] {
        assert_eq!(kind(&good, &[0], coverage), ErrorKind::Argument);
    }
    assert_eq!(kind(&good, &[], 0.9), ErrorKind::Argument);
    assert_eq!(kind(&good, &[2], 0.9), ErrorKind::Argument);
    assert_eq!(kind(&[vec![f64::NAN, 0.5]], &[0], 0.9), ErrorKind::NotFinite);
    assert_eq!(kind(&[vec![0.9, 0.5]], &[0], 0.9), ErrorKind::Argument);
}
