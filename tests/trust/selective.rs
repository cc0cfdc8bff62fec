//! What declining buys, by hand on ten photographs of two classes.

use dermdistill::ErrorKind;
use dermdistill::trust::{Label, Reason, selective};

/// Photograph i has top-1 probability 0.55 + i / 25, class 0 named, and is of class 1 where `wrong` says so.
fn ten(wrong: [usize; 3]) -> (Vec<Vec<f64>>, Vec<Label>) {
    let rows = (0..10).map(|i| 0.55 + f64::from(i) / 25.0).map(|p| vec![p, 1.0 - p]).collect();
    (rows, (0..10).map(|i| Label::Class(usize::from(wrong.contains(&i)))).collect())
}

#[test]
fn answers_given_come_first_and_the_certain_before_the_others() {
    let (rows, labels) = ten([0, 1, 9]);
    let mut reasons = [None; 10];
    reasons[9] = Some(Reason::UnlikeDermoscopy);
    reasons[8] = Some(Reason::TooDark);
    let found = selective(&rows, &labels, &reasons, &["A", "B"]).unwrap();
    assert_eq!(found.declined["unlike-dermoscopy"], 1);
    assert_eq!(found.declined["too-dark"], 1);
    assert_eq!((found.declined.len(), found.declined.values().sum::<usize>()), (Reason::ALL.len(), 2));
    assert_eq!((found.answered.n, found.answered.accuracy), (8, Some(0.75)));
    // Of the eight answered, all six of class A are right and both of class B wrong.
    assert_eq!(found.answered.balanced_accuracy, Some(0.5));
    let risks: Vec<(usize, f64)> = found.risk_coverage.iter().map(|point| (point.n, (point.risk * 1000.0).round() / 1000.0)).collect();
    let expected = [(1, 0.0), (2, 0.0), (3, 0.0), (4, 0.0), (5, 0.0), (6, 0.0), (7, 0.143), (8, 0.25), (9, 0.333), (10, 0.3)];
    assert_eq!(risks, expected, "the two declined come last, the surer of them first");
    assert_eq!(found.risk_coverage[9].balanced_accuracy, 0.5);
    assert_eq!(found.risk_coverage[0].balanced_accuracy, 1.0, "a class that does not occur is left out");
}

#[test]
fn nothing_answered_has_no_accuracy() {
    let (rows, labels) = ten([0, 1, 9]);
    let found = selective(&rows, &labels, &[Some(Reason::Flat); 10], &["A", "B"]).unwrap();
    assert_eq!((found.answered.n, found.answered.accuracy, found.answered.balanced_accuracy), (0, None, None));
    let json = serde_json::to_value(&found).unwrap();
    assert!(json["answered"]["accuracy"].is_null());
}

#[test]
fn one_photograph_fills_every_point() {
    let found = selective(&[vec![0.9, 0.1]], &[Label::Class(1)], &[None], &["A", "B"]).unwrap();
    assert!(found.risk_coverage.len() == 10 && found.risk_coverage.iter().all(|point| (point.n, point.risk) == (1, 1.0)));
}

#[test]
fn the_reasons_must_be_as_many_as_the_photographs() {
    let (rows, labels) = ten([0, 1, 2]);
    assert_eq!(selective(&rows, &labels, &[None; 9], &["A", "B"]).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(selective(&[], &[], &[], &["A", "B"]).unwrap_err().kind(), ErrorKind::TableEmpty);
}
