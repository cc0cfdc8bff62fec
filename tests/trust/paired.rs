//! Two classifiers on the same photographs: their figures, and the interval of the difference.

use dermdistill::ErrorKind;
use dermdistill::classes::CLASSES;
use dermdistill::trust::{Label, evaluate, intervals, paired};

use crate::Numbers;

const N: usize = 400;

/// Labels, lesions of two photographs each, and answers that are right where `right` says so.
fn answers(right: impl Fn(usize) -> bool) -> (Vec<Vec<f64>>, Vec<Label>, Vec<String>) {
    let class = |i: usize| i / 2 % 8;
    let row = |i: usize| (0..8).map(|c| if c == if right(i) { class(i) } else { (class(i) + 1) % 8 } { 0.86 } else { 0.02 }).collect();
    ((0..N).map(row).collect(), (0..N).map(|i| Label::Class(class(i))).collect(), (0..N).map(|i| format!("lesion {}", i / 2)).collect())
}

/// Which photographs are easy, by chance.
fn easy(share: f64) -> Vec<bool> {
    let mut numbers = Numbers(5);
    (0..N).map(|_| numbers.row(2)[0] < share).collect()
}

#[test]
fn a_classifier_and_itself_differ_by_nothing() {
    let easy = easy(0.6);
    let (rows, labels, groups) = answers(|i| easy[i]);
    let found = paired([&rows, &rows], &labels, &groups, &CLASSES, 3).unwrap();
    assert_eq!((found.balanced_accuracy.difference, found.accuracy.difference, found.groups), ([0.0; 2], [0.0; 2], N / 2));
    let alone = evaluate(&rows, &labels, &[false; N], &CLASSES).unwrap();
    assert_eq!((found.balanced_accuracy.second, found.accuracy.first), (alone.balanced_accuracy, alone.accuracy));
    assert_eq!((found.nll.first, found.nll.difference), (alone.nll, [0.0; 2]));
}

#[test]
fn what_is_hard_for_both_cancels() {
    let easy = easy(0.5);
    let (first, labels, groups) = answers(|i| easy[i]);
    let (second, ..) = answers(|i| easy[i] || i % 10 == 0);
    let found = paired([&first, &second], &labels, &groups, &CLASSES, 3).unwrap();
    // More right answers, so less surprise.
    assert!(found.nll.difference[1] < 0.0 && found.nll.second < found.nll.first, "{:?}", found.nll);
    let found = found.balanced_accuracy;
    let [low, high] = found.difference;
    assert!(0.0 < low && low < found.second - found.first && found.second - found.first < high, "{found:?}");
    // Apart, the two intervals overlap, and nothing could be said.
    let apart = [&first, &second].map(|rows| intervals(rows, &labels, &groups, &CLASSES, 3).unwrap().balanced_accuracy);
    assert!(apart[0][1] > apart[1][0], "{apart:?}");
    // The other way round is the mirror image.
    let turned = paired([&second, &first], &labels, &groups, &CLASSES, 3).unwrap().balanced_accuracy;
    assert!((turned.difference[0] + high).abs() < crate::tolerance::METRIC && (turned.difference[1] + low).abs() < crate::tolerance::METRIC);
}

#[test]
fn rows_that_do_not_belong_together_are_refused() {
    let (rows, labels, groups) = answers(|_| true);
    let kind = |pair, groups: &[String]| paired(pair, &labels, groups, &CLASSES, 3).unwrap_err().kind();
    assert_eq!(kind([&rows, &rows[1..]], &groups), ErrorKind::Argument);
    assert_eq!(kind([&rows, &rows], &groups[1..]), ErrorKind::Argument);
    assert_eq!(kind([&[], &[]], &groups), ErrorKind::TableEmpty);
}
