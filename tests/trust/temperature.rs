//! Temperature scaling finds what it should, and stops where it says.

use dermdistill::ErrorKind;
use dermdistill::trust::{MAX_TEMPERATURE, MIN_TEMPERATURE, fit_temperature, softmax};

use crate::tolerance::{TEMPERATURE, TEMPERATURE_DRAWN};
use crate::{Numbers, close};

fn logits(rows: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut numbers = Numbers(seed);
    (0..rows).map(|_| (0..8).map(|_| (numbers.next() * 12.0 - 6.0) as f32).collect()).collect()
}

#[test]
fn a_known_temperature_is_recovered() {
    // Every row with every label, weighted by softmax(z / T): cross-entropy is least at that very T.
    for known in [0.3, 1.0, 1.7, 8.0] {
        let rows = logits(40, 1);
        let mut expanded = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            for (label, weight) in softmax(row, known).unwrap().into_iter().enumerate() {
                expanded.0.push(row.clone());
                expanded.1.push(label);
                expanded.2.push(weight);
            }
        }
        let found = fit_temperature(&expanded.0, &expanded.1, Some(&expanded.2)).unwrap();
        assert!(close(found / known, 1.0, TEMPERATURE), "{found} for {known}");
    }
}

#[test]
fn drawn_labels_recover_it_as_well() {
    let (known, rows) = (1.7, logits(20_000, 2));
    let mut numbers = Numbers(9);
    let draw = |row: &Vec<f32>| {
        let mut left = numbers.next();
        softmax(row, known)
            .unwrap()
            .iter()
            .position(|p| {
                left -= p;
                left < 0.0
            })
            .unwrap_or(7)
    };
    let labels: Vec<usize> = rows.iter().map(draw).collect();
    assert!(close(fit_temperature(&rows, &labels, None).unwrap(), known, TEMPERATURE_DRAWN));
}

#[test]
fn weights_of_one_are_no_weights_and_a_weight_of_two_is_a_row_twice() {
    let rows = logits(60, 3);
    let labels: Vec<usize> = (0..60).map(|i| i * 5 % 8).collect();
    let plain = fit_temperature(&rows, &labels, None).unwrap();
    assert_eq!(fit_temperature(&rows, &labels, Some(&[1.0; 60])).unwrap(), plain);
    let mut weights = [1.0; 60];
    weights[..30].fill(2.0);
    let twice = ([&rows[..], &rows[..30]].concat(), [&labels[..], &labels[..30]].concat());
    let weighted = fit_temperature(&rows, &labels, Some(&weights)).unwrap();
    assert!(close(weighted / fit_temperature(&twice.0, &twice.1, None).unwrap(), 1.0, TEMPERATURE));
}

#[test]
fn without_a_minimum_inside_a_bound_is_returned() {
    let rows = logits(50, 4);
    let extreme = |best: bool| -> Vec<usize> {
        let by = |row: &Vec<f32>| {
            let order = |a: &usize, b: &usize| row[*a].total_cmp(&row[*b]);
            if best { (0..8).max_by(order).unwrap() } else { (0..8).min_by(order).unwrap() }
        };
        rows.iter().map(by).collect()
    };
    assert_eq!(fit_temperature(&rows, &extreme(true), None).unwrap(), MIN_TEMPERATURE.ln().exp());
    assert_eq!(fit_temperature(&rows, &extreme(false), None).unwrap(), MAX_TEMPERATURE.ln().exp());
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let rows = logits(2, 5);
    let kind = |rows: &[Vec<f32>], labels: &[usize], weights: Option<&[f64]>| fit_temperature(rows, labels, weights).unwrap_err().kind();
    assert_eq!(kind(&[], &[], None), ErrorKind::TableEmpty);
    assert_eq!(kind(&rows, &[0], None), ErrorKind::Argument);
    assert_eq!(kind(&rows, &[0, 8], None), ErrorKind::Argument);
    for weights in [&[1.0][..], &[1.0, -1.0], &[0.0, 0.0], &[1.0, f64::NAN], &[1.0, f64::INFINITY]] {
        assert_eq!(kind(&rows, &[0, 1], Some(weights)), ErrorKind::Argument);
    }
    assert_eq!(kind(&[vec![0.0, f32::NAN]], &[0], None), ErrorKind::NotFinite);
}
