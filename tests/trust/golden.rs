//! Every figure against scikit-learn and scipy (`tests/golden/trust.py`).

use dermdistill::classes::CLASSES;
use dermdistill::trust::{Label, Report, evaluate, fit_temperature};

use crate::close;
use crate::tolerance::{METRIC, TEMPERATURE};

#[derive(serde::Deserialize)]
struct Golden {
    probabilities: Vec<Vec<f64>>,
    truth: Vec<usize>,
    eight: Report,
    seven: Report,
    logits: Vec<Vec<f32>>,
    labels: Vec<usize>,
    weights: Vec<f64>,
    temperature: f64,
    temperature_weighted: f64,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/trust.json")).unwrap()
}

fn same(found: Option<f64>, expected: Option<f64>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => close(found, expected, METRIC),
        (found, expected) => found == expected,
    }
}

fn compare(found: &Report, expected: &Report) {
    assert_eq!((found.n, &found.classes, &found.confusion), (expected.n, &expected.classes, &expected.confusion));
    for (what, found, expected) in [
        ("accuracy", found.accuracy, expected.accuracy),
        ("balanced accuracy", found.balanced_accuracy, expected.balanced_accuracy),
        ("ECE", found.ece, expected.ece),
        ("NLL", found.nll, expected.nll),
    ] {
        assert!(close(found, expected, METRIC), "{what}: {found} and {expected}");
    }
    for (code, expected) in &expected.per_class {
        let found = &found.per_class[code];
        assert_eq!(found.n, expected.n, "{code}");
        assert!(same(found.recall, expected.recall), "recall of {code}: {found:?} and {expected:?}");
        assert!(same(found.precision, expected.precision), "precision of {code}: {found:?} and {expected:?}");
        assert!(same(found.auc, expected.auc), "AUC of {code}: {found:?} and {expected:?}");
    }
}

#[test]
fn eight_classes_as_scikit_learn_has_them() {
    let golden = golden();
    let labels: Vec<Label> = golden.truth.iter().map(|&class| Label::Class(class)).collect();
    let found = evaluate(&golden.probabilities, &labels, &vec![false; labels.len()], &CLASSES).unwrap();
    assert_eq!(found.per_class["DF"].n, 0, "the case must hold an absent class");
    compare(&found, &golden.eight);
}

#[test]
fn seven_classes_as_scikit_learn_has_them() {
    let golden = golden();
    let akiec = |&class: &usize| if matches!(class, 0 | 6) { Label::Akiec } else { Label::Class(class) };
    let labels: Vec<Label> = golden.truth.iter().map(akiec).collect();
    compare(&evaluate(&golden.probabilities, &labels, &vec![false; labels.len()], &CLASSES).unwrap(), &golden.seven);
}

#[test]
fn temperatures_as_scipy_has_them() {
    let golden = golden();
    let plain = fit_temperature(&golden.logits, &golden.labels, None).unwrap();
    assert!(close(plain / golden.temperature, 1.0, TEMPERATURE), "{plain}");
    let weighted = fit_temperature(&golden.logits, &golden.labels, Some(&golden.weights)).unwrap();
    assert!(close(weighted / golden.temperature_weighted, 1.0, TEMPERATURE), "{weighted}");
}
