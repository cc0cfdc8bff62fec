//! What a learner writes and reads: weights for others, and a state to go on from.

use super::plan::Plan;
use crate::learner::TrainerState;
use crate::nn::Network;
use crate::weights::{Card, Precision, Tensors, WeightFile, sha256_hex};
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Why a card's figures do not hold for a changed file, in its changelog.
const CHANGED: &str = "Changed on a device from a few photographs. Temperature, limits and coverage are those of the weights that it began with, \
                       and no figure of theirs holds any more. The weights can carry information about the photographs.";

/// What a state says of itself beside its tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Note {
    /// The SHA-256 over the shipped tensors.
    pub(super) shipped: String,
    /// The run under way, if any.
    pub(super) plan: Option<Plan>,
}

/// The weights as a file, in f32, with a card that says they were changed.
pub(super) fn export(shipped: &WeightFile, present: Tensors, steps: usize, plan: Option<&Plan>, examples: usize) -> Result<Vec<u8>> {
    let mut card = shipped.card.clone();
    let told = json!({ "from_version": card.version, "plan": plan, "steps": steps, "examples": examples });
    card.metrics = [("locally_changed".to_owned(), told)].into_iter().collect();
    CHANGED.clone_into(&mut card.changelog);
    card.log_sha256.clear();
    card.version = marked(&card.version);
    let mut tensors = shipped.tensors.clone();
    tensors.extend(present);
    WeightFile { card, tensors }.write(Precision::F32)
}

/// A version with a mark that it was changed.
fn marked(version: &str) -> String {
    const MARK: &str = "+local";
    if version.ends_with(MARK) { version.to_owned() } else { format!("{}{MARK}", version.chars().take(100).collect::<String>()) }
}

/// The network's tensors of a weight file that can take the place of the shipped one's.
pub(super) fn import(bytes: &[u8], shipped: &Card, network: &Network) -> Result<Tensors> {
    let mut file = WeightFile::read(bytes)?;
    let differs = |what: &str, found: String, wanted: String| {
        let message = format!("the file's {what} is {found}; this learner's is {wanted}");
        Err(Error::new(ErrorKind::WeightsCard, message, "Import a file that was exported from the same weights, or make a classifier of it."))
    };
    let card = &file.card;
    if card.architecture != shipped.architecture || card.heads.as_ref().is_some_and(|heads| heads.alone) {
        return differs("network", card.architecture.clone(), shipped.architecture.clone());
    }
    if (card.input_side, card.framing, card.mean, card.std) != (shipped.input_side, shipped.framing, shipped.mean, shipped.std) {
        return differs(
            "input",
            format!("{} pixels", card.input_side),
            format!("{} pixels, framed and normalised as the card says", shipped.input_side),
        );
    }
    let shares = |card: &Card| card.class_mix.iter().map(|share| (share * 1e6).round()).collect::<Vec<_>>();
    if shares(card) != shares(shipped) {
        return differs("class mix", format!("{:?}", card.class_mix), format!("{:?}", shipped.class_mix));
    }
    let names = network.parameters().into_iter().map(|parameter| parameter.name);
    Ok(names.filter_map(|name| file.tensors.remove_entry(&name)).collect())
}

/// Whether the bytes are a state and no weight file, damaged or not.
pub(super) fn is_state(bytes: &[u8]) -> bool {
    TrainerState::is_at_head_of(bytes)
}

/// The hash that a state names its shipped weights by.
pub(super) fn name_of(shipped: &Tensors) -> String {
    let bytes: Vec<u8> = shipped.values().flat_map(|tensor| tensor.data.iter().flat_map(|x| x.to_le_bytes())).collect();
    sha256_hex(&bytes)
}

/// Leaves out of a state what the shipped weights have as well.
pub(super) fn without_shipped(mut state: TrainerState, base: &Tensors) -> TrainerState {
    state.tensors.retain(|name, tensor| name.strip_prefix("model.").and_then(|name| base.get(name)) != Some(tensor));
    state
}

/// The network's tensors of a state.
pub(super) fn network_of(state: &TrainerState, network: &Network) -> Tensors {
    let names = network.parameters().into_iter().map(|parameter| parameter.name);
    names.filter_map(|name| Some((name.clone(), state.tensors.get(&format!("model.{name}"))?.clone()))).collect()
}

/// Puts that back.
pub(super) fn with_shipped(mut state: TrainerState, base: &Tensors) -> TrainerState {
    for (name, tensor) in base {
        state.tensors.entry(format!("model.{name}")).or_insert_with(|| tensor.clone());
    }
    state
}

/// Reads a state, refusing one that began with other weights.
pub(super) fn read_state(bytes: &[u8], shipped: &str) -> Result<(TrainerState, Note)> {
    let (state, note) = TrainerState::from_bytes(bytes)?;
    let note: Note = serde_json::from_str(&note).map_err(|_| refuse("was not written by a learner"))?;
    if note.shipped != shipped {
        return Err(refuse("began with other weights"));
    }
    if !state.tensors.values().all(|tensor| tensor.data.iter().all(|x| x.is_finite())) {
        return Err(refuse("holds a number that is not finite"));
    }
    Ok((state, note))
}

fn refuse(what: &str) -> Error {
    Error::new(ErrorKind::Checkpoint, format!("the state {what}"), "Go on with the weights that it began with.")
}
