//! `dermdistill classify`: what the classifier says about photographs.

use super::observe::clock;
use super::output::{self, note, plain};
use super::prior;
use super::weights_file::{self, Weights};
use crate::classifier::{Answer, Classifier, Covering, Ranked, Request, Size, Timings, Unlikeness};
use crate::data::read_photo;
use crate::error::quote;
use crate::photo::{Crop, Quality};
use crate::trust::{Abstained, Reason};
use crate::{Error, ErrorKind, Result};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "Examples:
  dermdistill classify lesion.jpg
  dermdistill classify lesion.jpg --crop 820,400,600,600 --prior equal
  dermdistill classify *.jpg --json --weights runs/first/best.safetensors

With --json one image gives one object and several give an array; an image that cannot be read has an `error` in its place.
Every such image is reported, the others are classified, and the exit status is 1.";

/// Under every answer for people.
const NOTICE: &str = "A demonstration for teaching and research, not a medical device. If a spot worries you, see a doctor.";
/// Characters of a bar that stands for certainty.
const BAR: f64 = 30.0;

/// What to classify, and how.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ClassifyArgs {
    /// JPEG, PNG or WebP files, told by their content.
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// The weight file.
    #[arg(long, default_value = weights_file::RELEASED)]
    weights: PathBuf,
    #[arg(long, default_value = "training", help = prior::HELP)]
    prior: String,
    /// Look at this box of each upright photograph only, in pixels: left, top, width, height.
    #[arg(long, value_name = "X,Y,W,H")]
    crop: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints for one image.
#[derive(Serialize)]
#[serde(untagged)]
enum Record {
    Answered {
        image: String,
        probabilities: BTreeMap<String, f64>,
        ranked: Vec<Ranked>,
        abstained: Option<Abstained>,
        unlikeness: Option<Unlikeness>,
        covering: Option<Covering>,
        quality: Quality,
        photograph: Size,
        logits: Vec<f32>,
        timings: Timings,
        weights_sha256: String,
    },
    Failed {
        image: String,
        error: Failure,
    },
}

/// An error in the place of an answer.
#[derive(Serialize)]
struct Failure {
    code: &'static str,
    message: String,
    hint: String,
}

/// Classifies one photograph after the other and prints the answers.
///
/// # Errors
/// What the arguments, the weights or the output give; for a photograph that cannot be classified its `image-*` kind, after all answers.
pub(super) fn run(args: &ClassifyArgs) -> Result<()> {
    let crop = args.crop.as_deref().map(parse_crop).transpose()?;
    let request = Request { prior: prior::parse(&args.prior)?, crop, explain: None };
    let mut weights = weights_file::load(&args.weights)?;
    let (mut records, mut failures) = (Vec::new(), Vec::new());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for image in &args.images {
        match classify(&mut weights.classifier, image, &request) {
            Ok(answer) if args.json => records.push(record(answer, image, &weights)),
            Ok(answer) => {
                *counts.entry(answer.abstained.as_ref().map_or("answered", |abstained| abstained.code.code())).or_default() += 1;
                output::print(&text(&answer, image))?;
            }
            Err(error) => {
                if args.images.len() > 1 {
                    note(plain(&format!("error: {error}")));
                }
                records.push(failed(&error, image));
                failures.push(error);
            }
        }
    }
    match records.as_slice() {
        [one] if args.json && args.images.len() == 1 => output::print_json(one)?,
        several if args.json => output::print_json(&several)?,
        _ if failures.len() < args.images.len() => output::print(&format!("{}{NOTICE}\n", summary(&counts)))?,
        _ => {}
    }
    match failures.first() {
        None => Ok(()),
        Some(only) if args.images.len() == 1 => Err(only.clone()),
        Some(first) => {
            let message = format!("{} of {} images could not be classified", failures.len(), args.images.len());
            Err(Error::new(first.kind(), message, "Each is named above."))
        }
    }
}

/// How many of several photographs were answered, and why the others were not; empty for one photograph.
fn summary(counts: &BTreeMap<&str, usize>) -> String {
    let all: usize = counts.values().sum();
    let count = |code: &str| counts.get(code).copied().unwrap_or(0);
    let reasons = Reason::ALL.map(Reason::code).into_iter().filter(|code| count(code) > 0);
    let reasons: Vec<String> = reasons.map(|code| format!("{code} {}", count(code))).collect();
    let why = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
    if all > 1 { format!("{all} photographs: {} answered, {} declined{why}\n", count("answered"), all - count("answered")) } else { String::new() }
}

fn classify(classifier: &mut Classifier, image: &Path, request: &Request) -> Result<Answer> {
    let bytes = read_photo(image)?;
    classifier.classify(&bytes, request, clock).map_err(|error| error.context(image.display()))
}

/// Four whole numbers with commas between them.
fn parse_crop(text: &str) -> Result<Crop> {
    let numbers: Option<Vec<u32>> = text.split(',').map(|word| word.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[x, y, width, height]) => Ok(Crop { x, y, width, height }),
        _ => {
            let message = format!("the crop {} is not four whole numbers from 0 up", quote(text));
            Err(Error::new(ErrorKind::Argument, message, "Write --crop X,Y,W,H in pixels of the upright photograph, for example 820,400,600,600."))
        }
    }
}

fn record(answer: Answer, image: &Path, weights: &Weights) -> Record {
    Record::Answered {
        image: image.display().to_string(),
        probabilities: weights.classifier.card().classes.iter().cloned().zip(answer.probabilities).collect(),
        ranked: answer.ranked,
        abstained: answer.abstained,
        unlikeness: answer.unlikeness,
        covering: answer.covering,
        quality: answer.quality,
        photograph: answer.photograph,
        logits: answer.logits,
        timings: answer.timings,
        weights_sha256: weights.sha256.clone(),
    }
}

fn failed(error: &Error, image: &Path) -> Record {
    let error = Failure { code: error.kind().code(), message: error.message().to_owned(), hint: error.hint().to_owned() };
    Record::Failed { image: image.display().to_string(), error }
}

fn text(answer: &Answer, image: &Path) -> String {
    let Size { width, height } = answer.photograph;
    let mut text = format!("{}  ({width} × {height})\n", plain(&image.display().to_string()));
    let longest = answer.ranked.iter().map(|class| plain(&class.name).chars().count()).max().unwrap_or(0);
    for class in &answer.ranked {
        let bar = "█".repeat((class.probability * BAR).round() as usize);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:<4}  {:<longest$}  {:>5.1} %  {bar}", class.code, plain(&class.name), class.probability * 100.0);
    }
    if let Some(abstained) = &answer.abstained {
        let _ = writeln!(text, "  Declined: {}", abstained.message);
    }
    if let Some(covering) = &answer.covering {
        let _ = writeln!(text, "  {:.0} % set (training mix): {}", covering.coverage * 100.0, covering.codes.join(" "));
    }
    let Timings { decode_ms, resize_ms, network_ms, .. } = answer.timings;
    let _ = writeln!(text, "  decoding {decode_ms:.1} ms, resizing {resize_ms:.1} ms, network {network_ms:.1} ms\n");
    text
}
