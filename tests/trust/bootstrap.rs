//! Intervals: the same everywhere, whole groups only, as wide as they should be.

use std::collections::BTreeMap;

use dermdistill::ErrorKind;
use dermdistill::classes::CLASSES;
use dermdistill::trust::{DRAWS, Intervals, Label, Report, evaluate, intervals};

use crate::tolerance::{INTERVAL, METRIC, TWICE_THE_EVIDENCE};
use crate::{Numbers, close};

type Rows = (Vec<Vec<f64>>, Vec<Label>, Vec<String>);

/// `n` photographs of `per_group` each; DF never occurs.
fn synthetic(n: usize, per_group: usize) -> Rows {
    let mut numbers = Numbers(11);
    let labels = (0..n).map(|i| Label::Class([0, 1, 2, 4, 5, 5, 5, 6, 7][i % 9])).collect();
    ((0..n).map(|_| numbers.row(8)).collect(), labels, (0..n).map(|i| format!("lesion {}", i / per_group)).collect())
}

fn of((rows, labels, groups): &Rows, seed: u64) -> Intervals {
    intervals(rows, labels, groups, &CLASSES, seed).unwrap()
}

/// Every interval, by what it is of; the ends are NaN where there is none.
fn ends(found: &Intervals) -> BTreeMap<String, [f64; 2]> {
    let single = [("accuracy", found.accuracy), ("balanced accuracy", found.balanced_accuracy), ("ece", found.ece), ("nll", found.nll)];
    let by_class =
        [("recall", &found.recall), ("auc", &found.auc)].into_iter().flat_map(|(name, of)| of.iter().map(move |(code, ends)| (name, code, *ends)));
    let by_class = by_class.map(|(name, code, ends)| (format!("{name} of {code}"), ends.unwrap_or([f64::NAN; 2])));
    let single = single.into_iter().chain([("macro auc", found.macro_auc.unwrap_or([f64::NAN; 2]))]).map(|(name, ends)| (name.to_owned(), ends));
    single.chain(by_class).collect()
}

/// Sums in another order differ in their last bits.
fn assert_alike(found: &BTreeMap<String, [f64; 2]>, expected: &BTreeMap<String, [f64; 2]>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, [low, high]) in found {
        let [expected_low, expected_high] = expected[name];
        let alike = |a: f64, b: f64| (a.is_nan() && b.is_nan()) || close(a, b, METRIC);
        assert!(alike(*low, expected_low) && alike(*high, expected_high), "{name}: {low} to {high}, not {expected_low} to {expected_high}");
    }
}

#[test]
fn a_seed_gives_one_interval_and_another_seed_another() {
    let rows = synthetic(180, 2);
    assert_eq!(of(&rows, 7), of(&rows, 7));
    assert_ne!(of(&rows, 7).balanced_accuracy, of(&rows, 8).balanced_accuracy);
    assert_eq!((of(&rows, 7).groups, of(&rows, 7).draws, of(&rows, 7).seed), (90, DRAWS, 7));
}

#[test]
fn the_order_of_rows_is_no_matter() {
    let (rows, labels, groups) = synthetic(180, 2);
    let order: Vec<usize> = (0..180).map(|i| i * 77 % 180).collect();
    let turned = (
        order.iter().map(|&i| rows[i].clone()).collect(),
        order.iter().map(|&i| labels[i]).collect(),
        order.iter().map(|&i| groups[i].clone()).collect(),
    );
    assert_alike(&ends(&of(&turned, 7)), &ends(&of(&(rows, labels, groups), 7)));
}

#[test]
fn groups_are_drawn_whole() {
    // A second copy of each photograph in its own group tells nothing new, so the intervals stay; as a group of its own it
    // would count as evidence, and they shrink.
    let once = synthetic(90, 1);
    let double = |in_own_group: bool| -> Rows {
        let (rows, labels, groups) = once.clone();
        let copies = groups.iter().map(|group| if in_own_group { format!("{group} again") } else { group.clone() }).collect::<Vec<_>>();
        ([rows.clone(), rows].concat(), [labels.clone(), labels].concat(), [groups, copies].concat())
    };
    assert_alike(&ends(&of(&double(false), 7)), &ends(&of(&once, 7)));
    let width = |interval: [f64; 2]| interval[1] - interval[0];
    assert!(width(of(&double(true), 7).accuracy) < TWICE_THE_EVIDENCE * width(of(&once, 7).accuracy));
}

#[test]
fn one_group_gives_a_point() {
    let (rows, labels, _) = synthetic(40, 1);
    let intervals = intervals(&rows, &labels, &vec!["one"; 40], &CLASSES, 1).unwrap();
    let report = evaluate(&rows, &labels, &[false; 40], &CLASSES).unwrap();
    assert_eq!(intervals.accuracy, [report.accuracy; 2]);
    assert_eq!(intervals.balanced_accuracy, [report.balanced_accuracy; 2]);
    assert_eq!(intervals.recall["DF"], None);
    assert_alike(&ends(&intervals), &between(&[report]));
}

/// From the smallest to the largest of every figure.
fn between(reports: &[Report]) -> BTreeMap<String, [f64; 2]> {
    let mut found: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    for report in reports {
        let whole = [("accuracy", Some(report.accuracy)), ("balanced accuracy", Some(report.balanced_accuracy)), ("ece", Some(report.ece))];
        let whole = whole.into_iter().chain([("nll", Some(report.nll)), ("macro auc", report.macro_auc)]).map(|(name, of)| (name.to_owned(), of));
        let by_class = report.per_class.iter().flat_map(|(code, of)| [(format!("recall of {code}"), of.recall), (format!("auc of {code}"), of.auc)]);
        for (name, value) in whole.chain(by_class) {
            // `min` and `max` give the other one where one is NaN.
            let value = value.unwrap_or(f64::NAN);
            let [low, high] = found.entry(name).or_insert([f64::NAN; 2]);
            (*low, *high) = (low.min(value), high.max(value));
        }
    }
    found
}

#[test]
fn two_groups_are_drawn_in_three_ways() {
    // The first twice, both, or the second twice; a quarter of the draws at least each, so the ends are the least and the most of the three. One group
    // twice has the figures of that group.
    let (rows, labels, groups) = synthetic(80, 40);
    let report = |range: std::ops::Range<usize>| evaluate(&rows[range.clone()], &labels[range.clone()], &vec![false; range.len()], &CLASSES).unwrap();
    let found = of(&(rows.clone(), labels.clone(), groups), 5);
    assert_alike(&ends(&found), &between(&[report(0..40), report(0..80), report(40..80)]));
    assert!(found.ece[0] < found.ece[1] && found.nll[0] < found.nll[1] && found.auc["NV"].is_some_and(|[low, high]| low < high), "{found:?}");
}

#[test]
fn independent_photographs_give_the_textbook_width() {
    // 200 photographs, half of them right: 0.5 ± 1.96 · √(0.25 / 200).
    let rows: Vec<Vec<f64>> = (0..200).map(|i| if i % 2 == 0 { vec![0.9, 0.1] } else { vec![0.1, 0.9] }).collect();
    let groups: Vec<String> = (0..200).map(|i| i.to_string()).collect();
    let half = 1.96 * (0.25_f64 / 200.0).sqrt();
    let found = intervals(&rows, &[Label::Class(0); 200], &groups, &["A", "B"], 3).unwrap();
    assert_eq!(found.macro_auc, None, "all photographs are of one class");
    let [low, high] = found.accuracy;
    assert!(close(low, 0.5 - half, INTERVAL) && close(high, 0.5 + half, INTERVAL), "{low} {high}");
    // −ln 0.9 or −ln 0.1: a deviation of ln 9 / 2.
    let (centre, half) = (-(0.09_f64.ln()) / 2.0, 1.96 * 9.0_f64.ln() / 2.0 / 200.0_f64.sqrt());
    let [low, high] = found.nll;
    assert!(close(low, centre - half, INTERVAL) && close(high, centre + half, INTERVAL), "{low} {high}");
}

#[test]
fn the_stream_of_draws_is_pinned() {
    // Written down from this code: a change of generator, order or interpolation would change published intervals.
    let [low, high] = of(&synthetic(180, 2), 2021).balanced_accuracy;
    assert!(close(low, 0.096_873_405_394_502, METRIC) && close(high, 0.193_640_004_140_944, METRIC), "{low} {high}");
}

#[test]
fn merged_classes_have_intervals_too() {
    let (rows, mut labels, groups) = synthetic(90, 1);
    labels[0] = Label::Akiec;
    let found = intervals(&rows, &labels, &groups, &CLASSES, 1).unwrap();
    assert_eq!(found.recall.keys().collect::<Vec<_>>(), ["AKIEC", "BCC", "BKL", "DF", "MEL", "NV", "VASC"]);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let (rows, labels, groups) = synthetic(10, 1);
    assert_eq!(intervals(&rows, &labels, &groups[1..], &CLASSES, 1).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(intervals(&[], &[], &[""; 0], &CLASSES, 1).unwrap_err().kind(), ErrorKind::TableEmpty);
}
