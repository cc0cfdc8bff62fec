//! The whole report: by hand, with an absent class, merged to seven classes, and on input that is refused.

use dermdistill::ErrorKind;
use dermdistill::classes::CLASSES;
use dermdistill::trust::{Label, Report, evaluate};

use crate::tolerance::METRIC;
use crate::{Numbers, close};

const ABC: [&str; 3] = ["A", "B", "C"];

fn five() -> (Vec<Vec<f64>>, Vec<Label>) {
    let rows = vec![vec![0.7, 0.2, 0.1], vec![0.4, 0.4, 0.2], vec![0.1, 0.8, 0.1], vec![0.2, 0.3, 0.5], vec![0.05, 0.9, 0.05]];
    (rows, [0, 1, 1, 0, 1].map(Label::Class).to_vec())
}

fn report_of_five() -> Report {
    let (rows, labels) = five();
    evaluate(&rows, &labels, &[false, true, false, false, true], &ABC).unwrap()
}

#[test]
fn every_figure_by_hand() {
    let report = report_of_five();
    // Predicted: A, A (the first of equals), B, C, B. C never occurs.
    assert_eq!((report.n, report.abstained), (5, 2));
    assert!(close(report.accuracy, 3.0 / 5.0, METRIC));
    assert!(close(report.balanced_accuracy, (1.0 / 2.0 + 2.0 / 3.0) / 2.0, METRIC));
    assert_eq!(report.confusion, [[1, 0, 1], [1, 2, 0], [0, 0, 0]]);
    // Five bins with one photograph each.
    assert!(close(report.ece, (0.3 + 0.4 + 0.2 + 0.5 + 0.1) / 5.0, METRIC));
    assert!(close(report.nll, -(0.7_f64 * 0.4 * 0.8 * 0.2 * 0.9).ln() / 5.0, METRIC));
    let [a, b, c] = ABC.map(|class| report.per_class[class]);
    assert_eq!((a.n, a.recall, a.precision), (2, Some(0.5), Some(0.5)));
    // 0.7 beats 0.4, 0.1, 0.05; 0.2 beats two of them.
    assert!(close(a.auc.unwrap(), 5.0 / 6.0, METRIC));
    assert_eq!((b.n, b.recall, b.precision, b.auc), (3, Some(2.0 / 3.0), Some(1.0), Some(1.0)));
    assert_eq!((c.n, c.recall, c.precision, c.auc), (0, None, Some(0.0), None));
}

#[test]
fn the_json_object_has_the_promised_keys() {
    let json = serde_json::to_value(report_of_five()).unwrap();
    for key in ["n", "accuracy", "balanced_accuracy", "ece", "abstained", "per_class", "confusion", "weights_sha256"] {
        assert!(json.get(key).is_some(), "{key}");
    }
    assert_eq!(json["classes"], serde_json::json!(ABC));
    assert_eq!(json["per_class"]["C"], serde_json::json!({"n": 0, "recall": null, "precision": 0.0, "auc": null}));
    assert_eq!(json["confusion"][1], serde_json::json!([1, 2, 0]));
    assert!(json.get("intervals").is_none());
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report_of_five());
}

#[test]
fn a_class_that_is_never_given_has_no_precision() {
    let report = evaluate(&[vec![0.6, 0.4], vec![0.9, 0.1]], &[Label::Class(0), Label::Class(1)], &[false; 2], &["A", "B"]).unwrap();
    assert_eq!((report.per_class["B"].recall, report.per_class["B"].precision), (Some(0.0), None));
}

#[test]
fn akiec_adds_ak_and_scc_before_anything_is_judged() {
    // AK 0.3 + SCC 0.25 is more than MEL 0.4, though neither is alone.
    let mut row = vec![0.0; 8];
    (row[0], row[4], row[5], row[6]) = (0.3, 0.4, 0.05, 0.25);
    let mut vasc = vec![0.0; 8];
    vasc[7] = 1.0;
    let rows = vec![row.clone(), row.clone(), row, vasc];
    let labels = [Label::Akiec, Label::Class(6), Label::Class(4), Label::Class(7)];
    let report = evaluate(&rows, &labels, &[false; 4], &CLASSES).unwrap();
    assert_eq!(report.classes, ["AKIEC", "BCC", "BKL", "DF", "MEL", "NV", "VASC"]);
    assert_eq!(report.per_class.len(), 7);
    assert_eq!((report.per_class["AKIEC"].n, report.per_class["AKIEC"].recall), (2, Some(1.0)));
    assert!(close(report.per_class["AKIEC"].precision.unwrap(), 2.0 / 3.0, METRIC));
    assert_eq!(report.confusion[4], [1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(report.confusion[6], [0, 0, 0, 0, 0, 0, 1]);
    assert!(close(report.balanced_accuracy, 2.0 / 3.0, METRIC));
    // Top-1 of the first three is 0.55, two of them right; the last is 1.
    assert!(close(report.ece, (2.0_f64 - 3.0 * 0.55).abs() / 4.0, METRIC));
    assert!(close(report.nll, -(0.55_f64 * 0.55 * 0.4).ln() / 4.0, METRIC));
}

#[test]
fn merging_finds_ak_and_scc_in_any_order_of_classes() {
    let classes = ["SCC", "MEL", "AK"];
    let report = evaluate(&[vec![0.3, 0.4, 0.3], vec![0.1, 0.8, 0.1]], &[Label::Akiec, Label::Class(1)], &[false; 2], &classes).unwrap();
    assert_eq!(report.classes, ["MEL", "AKIEC"]);
    assert_eq!(report.confusion, [[1, 0], [0, 1]]);
}

#[test]
fn without_akiec_there_are_eight_classes() {
    let mut numbers = Numbers(5);
    let rows: Vec<Vec<f64>> = (0..20).map(|_| numbers.row(8)).collect();
    let labels: Vec<Label> = (0..20).map(|i| Label::Class(i % 8)).collect();
    let report = evaluate(&rows, &labels, &[false; 20], &CLASSES).unwrap();
    assert_eq!(report.classes, CLASSES);
    assert_eq!(report.confusion.iter().flatten().sum::<usize>(), 20);
}

#[test]
fn labels_are_read_in_either_case() {
    assert_eq!("MEL".parse(), Ok(Label::Class(4)));
    assert_eq!("akiec".parse(), Ok(Label::Akiec));
    assert_eq!("vasc".parse(), Ok(Label::Class(7)));
    for code in ["", "UNK", "AK ", "melanoma", &"x".repeat(10_000)] {
        let error = code.parse::<Label>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TableLabel);
        assert!(error.message().contains("AK, BCC") && error.message().len() < 200, "{error}");
    }
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let (rows, labels) = five();
    let kind =
        |rows: &[Vec<f64>], labels: &[Label], abstained: &[bool], classes: &[&str]| evaluate(rows, labels, abstained, classes).unwrap_err().kind();
    assert_eq!(kind(&[], &[], &[], &ABC), ErrorKind::TableEmpty);
    assert_eq!(kind(&rows, &labels[1..], &[false; 5], &ABC), ErrorKind::Argument);
    assert_eq!(kind(&rows, &labels, &[false; 4], &ABC), ErrorKind::Argument);
    assert_eq!(kind(&rows, &labels, &[false; 5], &ABC[..2]), ErrorKind::Argument);
    assert_eq!(kind(&rows[..1], &[Label::Class(3)], &[false], &ABC), ErrorKind::Argument);
    assert_eq!(kind(&rows[..1], &[Label::Akiec], &[false], &ABC), ErrorKind::Argument);
    let one = |row: [f64; 3]| kind(&[row.to_vec()], &labels[..1], &[false], &ABC);
    assert_eq!(one([0.5, f64::NAN, 0.5]), ErrorKind::NotFinite);
    assert_eq!(one([0.5, f64::INFINITY, 0.5]), ErrorKind::NotFinite);
    assert_eq!(one([0.5, 0.4, 0.0]), ErrorKind::Argument);
    assert_eq!(one([1.2, -0.2, 0.0]), ErrorKind::Argument);
    assert_eq!(kind(&[vec![]], &labels[..1], &[false], &[]), ErrorKind::Argument);
}
