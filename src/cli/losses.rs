//! `dermdistill losses`: every term of the paper's loss for numbers in a file, for comparing this program with another one.

use super::{files, output};
use crate::distill::{self, Answers, Method, Truth, similarities, similarity_cross_entropy};
use crate::learner::{turned, upright, weighted_sum};
use crate::{Error, ErrorKind, Result};
use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

const EXAMPLES: &str = "Example:
  dermdistill losses vectors.json

The file holds one object: labels (one a picture), class_weights (one a class), and logits_s, logits_t, rep_s, rep_t, pool_s, pool_t, map_s, map_t,
each {\"shape\": […], \"data\": […]}. Rows are views: four a picture, the first upright. Maps are N, C, H, W, the student's after ConvReg.";

/// Views a picture: the upright one and three quarter turns.
const VIEWS: usize = 4;

/// The file to read.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct LossesArgs {
    /// JSON with labels, class weights and what student (_s) and teacher (_t) gave.
    input: PathBuf,
}

/// What is read; a file may hold more, such as what another program computed.
#[derive(Deserialize)]
struct Vectors {
    labels: Vec<usize>,
    class_weights: Vec<f64>,
    logits_s: Array,
    logits_t: Array,
    rep_s: Array,
    rep_t: Array,
    pool_s: Array,
    pool_t: Array,
    map_s: Array,
    map_t: Array,
}

#[derive(Deserialize)]
struct Array {
    shape: Vec<usize>,
    data: Vec<f64>,
}

/// What is printed: terms before their weights, but for `l5` and `total`.
#[derive(Serialize)]
struct Losses {
    l1: f64,
    l2: f64,
    l3: f64,
    l4: f64,
    distance: f64,
    angle: f64,
    gram: f64,
    l5: f64,
    total: f64,
    phase1: f64,
    /// The rows of l4 that were kept.
    kept: Vec<usize>,
    /// Terms that had nothing to compare, and are 0.
    skipped: Vec<&'static str>,
    grad: Gradients,
}

#[derive(Serialize)]
struct Gradients {
    logits_s: Gradient,
    rep_s: Gradient,
    pool_s: Gradient,
    map_s: Gradient,
}

/// Of the total with respect to one tensor of the student.
#[derive(Serialize)]
struct Gradient {
    first4: Vec<f64>,
    /// L2.
    norm: f64,
}

/// Computes and prints.
///
/// # Errors
/// [`ErrorKind::Argument`] for a file that is not of this form or whose shapes do not fit together, [`ErrorKind::NotFinite`] for numbers
/// that overflow, [`ErrorKind::Io`] for one that cannot be read.
pub(super) fn run(args: &LossesArgs) -> Result<()> {
    let named = |error: Error| error.context(args.input.display());
    let text = files::read(&args.input)?;
    let vectors: Vectors = serde_json::from_slice(&text).map_err(|error| {
        let hint = "See `dermdistill losses --help` for what the file holds; NaN and infinities are no JSON numbers.";
        named(Error::new(ErrorKind::Argument, error.to_string(), hint))
    })?;
    output::print_json(&losses(&vectors).map_err(named)?)
}

fn losses(vectors: &Vectors) -> Result<Losses> {
    let views = check(vectors)?;
    let var = |array: &Array, name, axes| Ok::<_, Error>(Var::from_tensor(&tensor(array, (name, axes), views)?)?);
    let (logits, rep) = (var(&vectors.logits_s, "logits_s", 2)?, var(&vectors.rep_s, "rep_s", 2)?);
    let (pool, map) = (var(&vectors.pool_s, "pool_s", 2)?, var(&vectors.map_s, "map_s", 4)?);
    let student = Answers {
        logits: logits.as_tensor().clone(),
        rep: Some(rep.as_tensor().clone()),
        pool: Some(pool.as_tensor().clone()),
        map: Some(map.permute((0, 2, 3, 1))?),
    };
    let taught_rep = tensor(&vectors.rep_t, ("rep_t", 2), views)?;
    let teacher = Answers {
        logits: tensor(&vectors.logits_t, ("logits_t", 2), views)?,
        rep: Some(taught_rep.clone()),
        pool: Some(tensor(&vectors.pool_t, ("pool_t", 2), views)?),
        map: Some(tensor(&vectors.map_t, ("map_t", 4), views)?.permute((0, 2, 3, 1))?),
    };
    let truth = Truth { labels: &vectors.labels, class_weights: &vectors.class_weights, views: VIEWS };
    let found = distill::terms(&Method::SsdKd.recipe(), truth, &student, &teacher)?;
    let (total, reports) = weighted_sum(&found.terms)?;
    let gradients = total.backward()?;
    let report = |name| reports.iter().find(|report| report.name == name);
    let of = |name| report(name).map_or(0.0, |report| report.value);
    let weighted = |name| report(name).map_or(0.0, |report| report.weight * report.value);
    let phase1 = similarity_cross_entropy(&similarities(&upright(&taught_rep, VIEWS)?, &turned(&taught_rep, VIEWS)?)?)?;
    let total: f64 = total.to_scalar()?;
    if !total.is_finite() {
        return Err(Error::new(ErrorKind::NotFinite, format!("the total became {total}"), "Every term is finite, their weighted sum is not."));
    }
    Ok(Losses {
        l1: of("cross_entropy"),
        l2: of("softened"),
        l3: of("transferred"),
        l4: of("similarity"),
        distance: of("distance"),
        angle: of("angle"),
        gram: of("gram"),
        l5: weighted("distance") + weighted("angle") + weighted("gram"),
        total,
        phase1: phase1.to_scalar()?,
        skipped: reports.iter().filter(|report| report.skipped).map(|report| report.name).collect(),
        grad: Gradients {
            logits_s: gradient(&gradients, &logits, "logits_s")?,
            rep_s: gradient(&gradients, &rep, "rep_s")?,
            pool_s: gradient(&gradients, &pool, "pool_s")?,
            map_s: gradient(&gradients, &map, "map_s")?,
        },
        kept: found.kept,
    })
}

/// How many views there are, after checking labels and class weights.
fn check(vectors: &Vectors) -> Result<usize> {
    let classes = vectors.class_weights.len();
    let wrong = if vectors.labels.is_empty() || classes == 0 {
        format!("{} labels and {classes} class weights; at least one of each is needed", vectors.labels.len())
    } else if let Some(weight) = vectors.class_weights.iter().find(|weight| !(weight.is_finite() && **weight > 0.0)) {
        format!("a class weight is {weight}; each must be above 0")
    } else if let Some(label) = vectors.labels.iter().find(|label| **label >= classes) {
        format!("a label is {label}; with {classes} class weights it must be below {classes}")
    } else {
        return Ok(vectors.labels.len().saturating_mul(VIEWS));
    };
    Err(Error::new(ErrorKind::Argument, wrong, ""))
}

/// An array with `axes` axes and a row for each of `views` views.
fn tensor(array: &Array, (name, axes): (&str, usize), views: usize) -> Result<Tensor> {
    let Array { shape, data } = array;
    let len = shape.iter().try_fold(1usize, |product, &axis| product.checked_mul(axis));
    if shape.len() != axes || shape.first() != Some(&views) || len != Some(data.len()) || data.is_empty() {
        let message = format!("{name} has the shape {shape:?} and {} numbers", data.len());
        let hint = format!("It needs {axes} axes, {views} rows (four views for each label) and as many numbers as its shape says.");
        return Err(Error::new(ErrorKind::Argument, message, hint));
    }
    if !data.iter().all(|x| x.is_finite()) {
        return Err(Error::new(ErrorKind::NotFinite, format!("a number of {name} is not finite"), ""));
    }
    Ok(Tensor::from_slice(data, shape.as_slice(), &Device::Cpu)?)
}

fn gradient(gradients: &GradStore, var: &Var, name: &str) -> Result<Gradient> {
    let all: Vec<f64> = match gradients.get(var) {
        Some(gradient) => gradient.contiguous()?.flatten_all()?.to_vec1()?,
        None => vec![0.0; var.elem_count()],
    };
    // Scaled by the largest, so that squares neither overflow nor vanish.
    let largest = all.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
    let norm = if largest > 0.0 { largest * all.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt() } else { 0.0 };
    if !norm.is_finite() || !all.iter().all(|x| x.is_finite()) {
        let message = format!("the gradient of the total with respect to {name} is not finite");
        return Err(Error::new(ErrorKind::NotFinite, message, "Its numbers are too large or too small for this loss."));
    }
    Ok(Gradient { first4: all.into_iter().take(4).collect(), norm })
}
