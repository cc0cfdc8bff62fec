//! `dermdistill inspect`: what a weight file holds and says about itself, and whether it keeps every promise.

use super::output::{self, plain, table};
use super::weights_file;
use crate::classes::CLASSES;
use crate::classifier::Classifier;
use crate::learner::TrainerState;
use crate::nn::{Network, Role};
use crate::trust::softmax;
use crate::weights::{Card, HEADS_PREFIX, WeightFile, has_card, import_start, sha256_hex};
use crate::{Error, ErrorKind, Result};
use clap::Args;
use safetensors::SafeTensors;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  dermdistill inspect weights/student.safetensors
  dermdistill inspect weights/student.safetensors --json

A file that breaks a promise is refused with the code of the first one broken, and the exit status is 1.";

/// What a weight file with a card has passed when it was read, in this order.
const CHECKS: [&str; 6] = [
    "size and header are within their limits",
    "the container is complete, without overlap or hole",
    "the card is complete, its numbers are in range and its classes in this program's order",
    "every tensor belongs to the network, with its shape, in f16 or f32, all values finite, no variance below 0",
    "no tensor is missing",
    "the network answers a grey square with finite numbers",
];

/// The file to look at.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct InspectArgs {
    /// A weight file, a start for a training, or a checkpoint of one.
    weights: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Everything that is shown.
#[derive(Serialize)]
struct Inspection {
    file: String,
    /// `weights`, `heads`, `start` or `checkpoint`.
    kind: &'static str,
    about: String,
    bytes: usize,
    sha256: String,
    card: Option<Card>,
    parameters: Parameters,
    tensors: Vec<TensorLine>,
    checks: Vec<&'static str>,
}

/// How many numbers the file holds.
#[derive(Serialize)]
struct Parameters {
    /// In all tensors.
    total: usize,
    /// Of them trained by the optimiser, by the names of the network.
    trained: usize,
}

#[derive(Serialize)]
struct TensorLine {
    name: String,
    dtype: String,
    shape: Vec<usize>,
}

/// Reads, checks and shows.
///
/// # Errors
/// [`ErrorKind::Io`]; the `weights-*` kind of the first broken promise; [`ErrorKind::NotFinite`] for weights that overflow.
pub(super) fn run(args: &InspectArgs) -> Result<()> {
    let bytes = weights_file::read(&args.weights)?;
    let inspection = inspect(args.weights.display().to_string(), &bytes).map_err(|error| error.context(args.weights.display()))?;
    if args.json { output::print_json(&inspection) } else { output::print(&text(&inspection)) }
}

fn inspect(file: String, bytes: &[u8]) -> Result<Inspection> {
    let mut inspection = Inspection {
        file,
        kind: "weights",
        about: String::new(),
        bytes: bytes.len(),
        sha256: sha256_hex(bytes),
        card: None,
        parameters: Parameters { total: 0, trained: 0 },
        tensors: Vec::new(),
        checks: Vec::new(),
    };
    let network = match WeightFile::read(bytes) {
        Ok(WeightFile { card, .. }) if card.heads.as_ref().is_some_and(|heads| heads.alone) => {
            inspection.kind = "heads";
            inspection.about = format!("Training heads of this program, beside a {}; their network is in another file.", card.architecture);
            // All but the last: heads answer nothing by themselves.
            inspection.checks = CHECKS.split_last().map_or_else(Vec::new, |(_, others)| others.to_vec());
            let network = card.network()?;
            inspection.card = Some(card);
            network
        }
        Ok(WeightFile { card, .. }) => {
            check_answer(bytes)?;
            inspection.about = format!("A weight file of this program: {} for {} classes.", card.architecture, card.classes.len());
            inspection.checks = CHECKS.to_vec();
            let network = card.network()?;
            inspection.card = Some(card);
            network
        }
        Err(refused) => {
            let (kind, about, network) = without_card(bytes).ok_or(refused)?;
            (inspection.kind, inspection.about) = (kind, about);
            network
        }
    };
    inspection.tensors = tensors(bytes)?;
    let trained: Vec<String> = network.parameters().into_iter().filter(|p| p.role == Role::Trained).map(|p| p.name).collect();
    // A checkpoint's names begin with what they are the state of.
    let is_head = |name: &str| name.starts_with(HEADS_PREFIX) && !name.ends_with(".running_mean") && !name.ends_with(".running_var");
    let is_trained = |name: &str| is_head(name) || trained.iter().any(|known| name.strip_prefix("model.").unwrap_or(name) == known);
    let numbers = |tensor: &TensorLine| tensor.shape.iter().product::<usize>();
    inspection.parameters = Parameters {
        total: inspection.tensors.iter().map(numbers).sum(),
        trained: inspection.tensors.iter().filter(|tensor| is_trained(&tensor.name)).map(numbers).sum(),
    };
    Ok(inspection)
}

/// What a file without a card is, if it is anything this program reads, and of which network.
fn without_card(bytes: &[u8]) -> Option<(&'static str, String, Network)> {
    let mut networks = Network::NAMES.iter().filter_map(|name| Network::named(name, CLASSES.len()));
    if let Ok((state, _)) = TrainerState::from_bytes(bytes) {
        let holds = |network: &Network| network.parameters().iter().all(|p| state.tensors.contains_key(&format!("model.{}", p.name)));
        let network = networks.find(holds)?;
        let about = format!("A checkpoint of a training of {} after step {}: no card; go on with train --resume.", network.architecture, state.step);
        return Some(("checkpoint", about, network));
    }
    networks.filter(|_| !has_card(bytes)).find_map(|network| {
        let classifier = network.classifier()?.name.as_str();
        let tensors = import_start(bytes, &network, &[classifier]).ok()?;
        let classifier = if tensors.contains_key(&format!("{classifier}.weight")) { "with" } else { "without" };
        let about = format!(
            "A start for a training: the tensors of {}, {classifier} a classifier for {} classes; no card.",
            network.architecture,
            CLASSES.len()
        );
        Some(("start", about, network))
    })
}

/// Weights can be finite and their answer not.
fn check_answer(bytes: &[u8]) -> Result<()> {
    let mut classifier = Classifier::new(bytes)?;
    let side = classifier.card().input_side;
    let grey = vec![0.0; side * side * 3];
    let temperature = classifier.card().temperature;
    softmax(classifier.logits(&grey)?, temperature).map(|_| ())
}

/// Names, types and shapes in the order of the names.
fn tensors(bytes: &[u8]) -> Result<Vec<TensorLine>> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| Error::new(ErrorKind::WeightsFormat, error.to_string(), ""))?;
    let line = |(name, view): (&str, safetensors::tensor::TensorView<'_>)| TensorLine {
        name: name.to_owned(),
        dtype: view.dtype().to_string(),
        shape: view.shape().to_vec(),
    };
    let mut lines: Vec<TensorLine> = file.iter().map(line).collect();
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(lines)
}

fn text(inspection: &Inspection) -> String {
    let Inspection { file, about, bytes, sha256, parameters, .. } = inspection;
    let mut text = format!("{file}\n  {about}\n  {bytes} bytes, SHA-256 {sha256}\n");
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {} numbers in {} tensors; {} are trained", parameters.total, inspection.tensors.len(), parameters.trained);
    if let Some(card) = &inspection.card {
        text += "\nCard\n";
        for (name, value) in facts(card) {
            let value = plain(if value.is_empty() { "–" } else { &value }).replace('\n', "\n      ");
            let _ = writeln!(text, "  {name}: {value}");
        }
    }
    let mut rows = Vec::new();
    for tensor in &inspection.tensors {
        rows.push(vec![plain(&tensor.name), tensor.dtype.clone(), format!("{:?}", tensor.shape)]);
    }
    text = text + "\nTensors\n" + &table(&rows);
    if !inspection.checks.is_empty() {
        text += "\nChecked\n";
        inspection.checks.iter().for_each(|check| text = format!("{text}  {check}\n"));
    }
    text
}

/// JSON over several lines; nothing for `null`.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).ok().filter(|text| text != "null").unwrap_or_default()
}

/// The card's fields for a reader.
fn facts(card: &Card) -> Vec<(&'static str, String)> {
    let percent = |(code, share): (&String, &f64)| format!("{code} {:.2} %", share * 100.0);
    vec![
        ("architecture", card.architecture.clone()),
        ("version", card.version.clone()),
        ("classes", card.classes.iter().zip(&card.class_names).map(|(code, name)| format!("{code} ({name})")).collect::<Vec<_>>().join(", ")),
        ("input", format!("{0} × {0}, {1}, mean {2:?}, std {3:?}", card.input_side, card.framing, card.mean, card.std)),
        ("looks at", (if card.mirror { "the square and its mirror image: the mean of both logits" } else { "the square" }).to_owned()),
        ("temperature", card.temperature.to_string()),
        ("class mix", card.classes.iter().zip(&card.class_mix).map(percent).collect::<Vec<_>>().join(", ")),
        ("declines", json(&card.abstain)),
        ("prediction set", json(&card.prediction_set)),
        ("training data", card.training_data.clone()),
        ("split", card.split.clone()),
        ("seed", card.seed.to_string()),
        ("metrics", json(&card.metrics)),
        ("licence", card.licence.clone()),
        ("attribution", card.attribution.clone()),
        ("log SHA-256", card.log_sha256.clone()),
        ("changelog", card.changelog.clone()),
        ("intended use", card.intended_use.clone()),
        ("not intended use", card.not_intended_use.clone()),
    ]
}
