//! Metrics of judged images, as numbers and as text.

use super::output::table;
use super::selection::Item;
use crate::Result;
use crate::classes::CLASSES;
use crate::trust::{Interval, Label, Reason, Report, Selective, evaluate, intervals, selective};
use std::fmt::Write;

/// The metrics of images under one prior, with intervals over lesions where the table knows lesions.
///
/// `probabilities` and `declined` have one entry for each of `items`; `grouped_by` is the seed that draws the intervals.
///
/// # Errors
/// Those of [`evaluate`].
pub(super) fn report(items: &[&Item], probabilities: &[Vec<f64>], declined: &[Option<Reason>], grouped_by: Option<u64>) -> Result<Report> {
    let labels: Vec<Label> = items.iter().map(|item| item.label).collect();
    let abstained: Vec<bool> = declined.iter().map(Option::is_some).collect();
    let mut report = evaluate(probabilities, &labels, &abstained, &CLASSES)?;
    report.selective = Some(selective(probabilities, &labels, declined, &CLASSES)?);
    if let Some(seed) = grouped_by {
        let groups: Vec<&str> = items.iter().map(|item| item.group.as_str()).collect();
        report.intervals = Some(intervals(probabilities, &labels, &groups, &CLASSES, seed)?);
    }
    Ok(report)
}

/// A report for people: the sums in one paragraph, then the classes, then what was taken for what.
pub(super) fn text(report: &Report, prior: &str) -> String {
    let spread = report.intervals.as_ref();
    let mut text = format!("{} photographs, judged under the prior: {prior}\n", report.n);
    let sums = [
        vec!["accuracy".to_owned(), share(report.accuracy), between(spread.map(|spread| spread.accuracy))],
        vec!["balanced accuracy".to_owned(), share(report.balanced_accuracy), between(spread.map(|spread| spread.balanced_accuracy))],
        vec!["calibration error (ECE)".to_owned(), share(report.ece), between(spread.map(|spread| spread.ece))],
        vec!["negative log-likelihood".to_owned(), share(report.nll), between(spread.map(|spread| spread.nll))],
        vec!["mean AUC".to_owned(), optional(report.macro_auc), between(spread.and_then(|spread| spread.macro_auc))],
        vec!["answers declined".to_owned(), report.abstained.to_string()],
    ];
    text += &table(&sums);
    if let Some(spread) = spread {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  In brackets: 95 % intervals over {} lesions.", spread.groups);
    }
    let mut rows = vec![["class", "n", "recall", "precision", "AUC"].map(str::to_owned).to_vec()];
    for (code, class) in report.classes.iter().filter_map(|code| report.per_class.get_key_value(code)) {
        rows.push(vec![code.clone(), class.n.to_string(), optional(class.recall), optional(class.precision), optional(class.auc)]);
    }
    let mut confusion = vec![[String::new()].into_iter().chain(report.classes.iter().cloned()).collect::<Vec<_>>()];
    for (code, row) in report.classes.iter().zip(&report.confusion) {
        confusion.push([code.clone()].into_iter().chain(row.iter().map(usize::to_string)).collect());
    }
    let declining = report.selective.as_ref().map_or_else(String::new, |selective| self::declining(selective, report.n));
    text + "\n" + &table(&rows) + "\nRows: true class. Columns: answer.\n" + &table(&confusion) + &declining
}

/// What was declined and why, how good the rest is, and risk against coverage.
fn declining(selective: &Selective, n: usize) -> String {
    let mut reasons = vec![["declined", "n", "share"].map(str::to_owned).to_vec()];
    for (code, &count) in Reason::ALL.iter().filter_map(|reason| selective.declined.get_key_value(reason.code())) {
        reasons.push(vec![code.clone(), count.to_string(), share(count as f64 / n.max(1) as f64)]);
    }
    let answered = &selective.answered;
    let mut curve = vec![["coverage", "n", "risk", "balanced accuracy"].map(str::to_owned).to_vec()];
    for point in &selective.risk_coverage {
        curve.push(vec![share(point.coverage), point.n.to_string(), share(point.risk), share(point.balanced_accuracy)]);
    }
    format!(
        "\n{}\nOf the {} answered: accuracy {}, balanced accuracy {}.\nRisk (share wrong) against coverage, answers given and the most certain first:\n{}",
        table(&reasons),
        answered.n,
        optional(answered.accuracy),
        optional(answered.balanced_accuracy),
        table(&curve)
    )
}

fn share(value: f64) -> String {
    format!("{value:.4}")
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), share)
}

fn between(interval: Option<Interval>) -> String {
    interval.map_or_else(String::new, |[low, high]| format!("({low:.4} to {high:.4})"))
}
