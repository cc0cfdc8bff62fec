//! Rows checked, merged where AKIEC asks for it, and reduced to truth and prediction: what every metric starts from.

use super::label::Label;
use super::softmax::top;
use crate::classes::{AKIEC, MERGED};
use crate::{Error, ErrorKind, Result};

/// How far the probabilities of a row may add up from 1.
const SUM_SLACK: f64 = 1e-6;

/// Checked rows over one list of classes. All three vectors have one entry a photograph.
pub(super) struct Judged {
    pub(super) classes: Vec<String>,
    pub(super) probabilities: Vec<Vec<f64>>,
    pub(super) truth: Vec<usize>,
    /// The class of the largest probability, the first of equals.
    pub(super) predicted: Vec<usize>,
}

impl Judged {
    /// Checks the rows; if any label is AKIEC, adds SCC's probability to AK's, names the pair AKIEC and drops SCC.
    pub(super) fn new(probabilities: &[Vec<f64>], labels: &[Label], classes: &[impl AsRef<str>]) -> Result<Self> {
        if probabilities.is_empty() {
            return Err(Error::new(ErrorKind::TableEmpty, "there is no photograph to judge; at least one is needed", ""));
        }
        same_length("labels", labels.len(), probabilities.len())?;
        for row in probabilities {
            check_row(row, classes.len())?;
        }
        let merge = labels.contains(&Label::Akiec).then(|| Merge::of(classes)).transpose()?;
        let class_of = |label: &Label| match (*label, &merge) {
            (Label::Class(index), _) if index >= classes.len() => {
                Err(Error::new(ErrorKind::Argument, format!("the label {index} is outside the {} classes", classes.len()), ""))
            }
            (Label::Class(index), Some(merge)) => Ok(merge.index(index)),
            (Label::Class(index), None) => Ok(index),
            // A label AKIEC is why there is a merge.
            (Label::Akiec, merge) => Ok(merge.as_ref().map_or(0, |merge| merge.index(merge.into))),
        };
        let truth = labels.iter().map(class_of).collect::<Result<_>>()?;
        let mut names: Vec<String> = classes.iter().map(|class| class.as_ref().to_owned()).collect();
        let mut rows = probabilities.to_vec();
        if let Some(merge) = merge {
            rows.iter_mut().for_each(|row| merge.add(row));
            names.remove(merge.from);
            if let Some(name) = names.get_mut(merge.index(merge.into)) {
                AKIEC.clone_into(name);
            }
        }
        let predicted = rows.iter().filter_map(|row| top(row)).map(|(class, _)| class).collect();
        Ok(Self { classes: names, probabilities: rows, truth, predicted })
    }
}

/// SCC (`from`) goes into AK (`into`).
struct Merge {
    into: usize,
    from: usize,
}

impl Merge {
    fn of(classes: &[impl AsRef<str>]) -> Result<Self> {
        let find = |code: &str| classes.iter().position(|class| class.as_ref() == code);
        let [into, from] = MERGED.map(find);
        match (into, from) {
            (Some(into), Some(from)) => Ok(Self { into, from }),
            _ => Err(Error::new(ErrorKind::Argument, "a label is AKIEC, but the classes do not hold both AK and SCC", "")),
        }
    }

    /// The index after the merge of a class before it.
    fn index(&self, class: usize) -> usize {
        let kept = if class == self.from { self.into } else { class };
        if kept > self.from { kept.saturating_sub(1) } else { kept }
    }

    /// Merges one row, which has an entry for every class.
    fn add(&self, row: &mut Vec<f64>) {
        let moved = row.remove(self.from);
        if let Some(sum) = row.get_mut(self.index(self.into)) {
            *sum += moved;
        }
    }
}

/// `argument` unless as many `what` as photographs are given.
pub(super) fn same_length(what: &str, found: usize, photographs: usize) -> Result<()> {
    if found == photographs {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Argument, format!("there are {found} {what} for {photographs} photographs; one each is needed"), ""))
}

/// `not-finite` or `argument` unless the row is a probability distribution over `classes` classes.
pub(super) fn check_row(row: &[f64], classes: usize) -> Result<()> {
    if row.len() != classes || classes == 0 {
        let message = format!("a photograph has {} probabilities for {classes} classes; one each is needed", row.len());
        return Err(Error::new(ErrorKind::Argument, message, ""));
    }
    if let Some(value) = row.iter().find(|value| !value.is_finite()) {
        return Err(Error::new(ErrorKind::NotFinite, format!("a probability is {value}; every probability must be finite"), ""));
    }
    let sum: f64 = row.iter().sum();
    if row.iter().any(|&value| value < 0.0) || (sum - 1.0).abs() > SUM_SLACK {
        let message = format!("the probabilities of a photograph are negative or add up to {sum}; they must be from 0 to 1 and add up to 1");
        return Err(Error::new(ErrorKind::Argument, message, ""));
    }
    Ok(())
}
