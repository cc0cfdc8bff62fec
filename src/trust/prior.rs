//! The class mix that probabilities hold for, and how to move them to another one.

use serde_json::Value;

use crate::classes::CLASSES;
use crate::error::quote;
use crate::{Error, ErrorKind, Result};

/// A class mix to judge under.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Prior {
    /// The mix of the training: probabilities stay as the network gave them, and calibrated.
    #[default]
    Training,
    /// Every class equally common: what balanced accuracy is quoted under.
    Equal,
    /// A mix of one's own, in class-index order: numbers from 0 up, in any unit (shares, per cent, counts); only their proportions count.
    Mix(Vec<f64>),
}

const FORMS: &str = "Write training, equal, or one number for each class in the order AK BCC BKL DF MEL NV SCC VASC.";

impl Prior {
    /// Reads `training`, `equal`, or the text of a file with one number for every class of [`CLASSES`]:
    /// a JSON array in index order, a JSON object from codes to numbers, numbers in index order, a line of codes over a line of numbers,
    /// or a code and a number on each line. Comma, semicolon and white space separate.
    ///
    /// # Errors
    /// `argument` when the text is none of these, when a class is missing, unknown or named twice, or when a number is negative or not
    /// finite or all are 0.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let mix = match text {
            "training" => return Ok(Self::Training),
            "equal" => return Ok(Self::Equal),
            _ if text.starts_with(['[', '{']) => from_json(text)?,
            _ => from_words(text)?,
        };
        let prior = Self::Mix(mix);
        prior.weights(&CLASSES.map(|_| 1.0))?;
        Ok(prior)
    }

    /// The mix as weights beside π (`pi`), checked.
    fn weights(&self, pi: &[f64]) -> Result<Vec<f64>> {
        let weights = match self {
            Self::Training => pi.to_vec(),
            Self::Equal => vec![1.0; pi.len()],
            Self::Mix(weights) => weights.clone(),
        };
        if weights.len() != pi.len() {
            return Err(refuse(format!("the prior has {} numbers; {} are needed", weights.len(), pi.len())));
        }
        if let Some(weight) = weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
            return Err(refuse(format!("the prior holds {weight}; allowed are finite numbers from 0 up")));
        }
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(refuse(format!("the prior's numbers add up to {sum}; the sum must be finite and above 0")));
        }
        Ok(weights.into_iter().map(|weight| weight / sum).collect())
    }
}

/// q_c = (p_c · prior_c / π_c) / Σ_k (p_k · prior_k / π_k): Bayes' rule for a change of class mix.
///
/// `p`: probabilities that hold under the mix `pi` (π, every share above 0), both in class-index order and of one length.
/// [`Prior::Training`] returns `p` bit for bit. The order of classes may change: under [`Prior::Equal`] the first is the largest p/π.
/// Source: Saerens, Latinne, Decaestecker, *Neural Computation* 14 (2002), equation 2.4.
///
/// # Errors
/// `not-finite` when a probability is NaN or infinite; `argument` when lengths differ, a share of π is not a finite number above 0,
/// the prior is out of range (see [`Prior::Mix`]), or it gives no weight to any class whose probability is above 0.
pub fn apply_prior(p: &[f64], pi: &[f64], prior: &Prior) -> Result<Vec<f64>> {
    if p.len() != pi.len() {
        return Err(refuse(format!("there are {} probabilities but {} shares of the class mix", p.len(), pi.len())));
    }
    if let Some(share) = pi.iter().find(|share| !(share.is_finite() && **share > 0.0)) {
        return Err(refuse(format!("the class mix holds {share}; every share must be a finite number above 0")));
    }
    if let Some(value) = p.iter().find(|value| !value.is_finite()) {
        return Err(Error::new(ErrorKind::NotFinite, format!("a probability is {value}; every probability must be finite"), ""));
    }
    if *prior == Prior::Training {
        return Ok(p.to_vec());
    }
    let weights = prior.weights(pi)?;
    let mut moved: Vec<f64> = p.iter().zip(pi).zip(&weights).map(|((p, pi), weight)| p * (weight / pi)).collect();
    let sum: f64 = moved.iter().sum();
    if !(sum > 0.0 && sum.is_finite()) {
        return Err(refuse("the prior rules out every class that the network holds possible".to_owned()));
    }
    moved.iter_mut().for_each(|value| *value /= sum);
    Ok(moved)
}

fn from_json(text: &str) -> Result<Vec<f64>> {
    let number = |value: &Value| value.as_f64().ok_or_else(|| refuse("the prior holds something that is not a number".to_owned()));
    match serde_json::from_str(text) {
        Ok(Value::Array(values)) => values.iter().map(number).collect::<Result<_>>().and_then(in_index_order),
        Ok(Value::Object(entries)) => by_code(entries.iter().map(|(code, value)| Ok((code.as_str(), number(value)?))).collect::<Result<_>>()?),
        _ => Err(refuse("the prior is neither a JSON array nor a JSON object".to_owned())),
    }
}

fn from_words(text: &str) -> Result<Vec<f64>> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty()).collect();
    let number =
        |word: &str| word.parse::<f64>().map_err(|_| refuse(format!("the prior holds {}, which is neither a number nor its place", quote(word))));
    if words.len() <= CLASSES.len() {
        return words.into_iter().map(number).collect::<Result<_>>().and_then(in_index_order);
    }
    let (codes, numbers): (Vec<_>, Vec<_>) = match words.split_at_checked(CLASSES.len()) {
        Some((codes, numbers)) if codes.iter().all(|word| word.parse::<f64>().is_err()) => (codes.to_vec(), numbers.to_vec()),
        _ => words.chunks(2).map(|pair| (pair.first().copied().unwrap_or_default(), pair.last().copied().unwrap_or_default())).unzip(),
    };
    if codes.len() != numbers.len() {
        return Err(refuse(format!("the prior names {} classes but {} numbers", codes.len(), numbers.len())));
    }
    by_code(codes.into_iter().zip(numbers).map(|(code, word)| Ok((code, number(word)?))).collect::<Result<_>>()?)
}

fn in_index_order(numbers: Vec<f64>) -> Result<Vec<f64>> {
    if numbers.len() == CLASSES.len() { Ok(numbers) } else { Err(refuse(format!("the prior has {} numbers; 8 are needed", numbers.len()))) }
}

fn by_code(entries: Vec<(&str, f64)>) -> Result<Vec<f64>> {
    if entries.len() != CLASSES.len() {
        return Err(refuse(format!("the prior names {} classes; each of the 8 must be named once", entries.len())));
    }
    CLASSES
        .iter()
        .map(|class| {
            let number = entries.iter().find(|(code, _)| code == class).map(|&(_, number)| number);
            number.ok_or_else(|| refuse(format!("the prior does not name the class {class}")))
        })
        .collect()
}

fn refuse(message: String) -> Error {
    Error::new(ErrorKind::Argument, message, FORMS)
}
