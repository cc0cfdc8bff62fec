//! Starts for a training: files of other programs, which have no card and may name things their own way.

use super::container::{self, Container};
use super::tensor::Tensors;
use super::{check, familiarity};
use crate::nn::Network;
use crate::{Error, ErrorKind, Result};

/// How a file names the tensors of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// torchvision's own names: `features.0.0.weight`, `classifier.1.weight`.
    Torchvision,
    /// The reference's wrapper, which nests torchvision's `features` once more and has a bare classifier:
    /// `features.0.0.0.weight`, `classifier.weight` (SSD-KD §3.1).
    Wrapper,
}

/// Reads the tensors of `network` from a file without a card (a card, if there is one, is not looked at).
///
/// Understood are torchvision's names and those of the reference's wrapper. Which of them a file uses is told by the stem
/// alone: only torchvision has `features.0.0.weight`, only the wrapper `features.0.0.0.weight`. `num_batches_tracked` and what a released
/// file holds to tell photographs unlike the training's are skipped.
///
/// A layer whose name begins with one of the prefixes in `fresh` (for example `"classifier"`) is taken only if every one of the
/// prefix's tensors is there with the network's shape; else the whole prefix is left out, for the learner to draw at random, and
/// what the file has there (ImageNet's thousand classes) is ignored. Everything else must be exactly the network's.
///
/// # Errors
/// `weights-too-large`, `weights-format`, `weights-extra`, `weights-type`, `weights-shape`, `weights-not-finite`, `weights-variance` and
/// `weights-missing` as in [this room](super). It is all or nothing: an error returns no tensor.
pub fn import_start(bytes: &[u8], network: &Network, fresh: &[&str]) -> Result<Tensors> {
    let container = Container::open(bytes)?;
    let views = container.views();
    let naming = Naming::of(views.iter().map(|(name, _)| *name), network)?;
    let mut expected = check::expected(network);
    let is_of_network = |name: &str| !name.ends_with(".num_batches_tracked") && !familiarity::is_ours(name);
    let views: Vec<_> = views.into_iter().filter(|(name, _)| is_of_network(name)).map(|(name, view)| (naming.ours(name), view)).collect();
    let left_out: Vec<&str> = fresh
        .iter()
        .copied()
        .filter(|prefix| {
            let fits = |name: &str, shape: &[usize]| views.iter().any(|(found, view)| found == name && view.shape() == shape);
            !expected.values().filter(|parameter| is_under(&parameter.name, prefix)).all(|parameter| fits(&parameter.name, &parameter.shape))
        })
        .collect();
    let is_left_out = |name: &str| left_out.iter().any(|prefix| is_under(name, prefix));
    expected.retain(|name, _| !is_left_out(name));
    let mut tensors = Tensors::new();
    for (name, view) in views.iter().filter(|(name, _)| !is_left_out(name)) {
        let parameter = check::parameter(&expected, network.architecture, name)?;
        tensors.insert(name.clone(), container::decode(parameter, view)?);
    }
    check::complete(&expected, &tensors)?;
    Ok(tensors)
}

impl Naming {
    /// The naming that a file's stem tells.
    fn of<'n>(names: impl Iterator<Item = &'n str>, network: &Network) -> Result<Self> {
        let (mut plain, mut wrapped) = (false, false);
        for name in names {
            plain |= name == "features.0.0.weight";
            wrapped |= name == "features.0.0.0.weight";
        }
        match (plain, wrapped) {
            (true, true) => {
                let message = "the file holds \"features.0.0.weight\" and \"features.0.0.0.weight\": two networks in one file";
                Err(Error::new(ErrorKind::WeightsExtra, message, "Use a file that holds one network."))
            }
            (_, wrapped) => Ok(if wrapped && network.architecture == "mobilenet_v2" { Self::Wrapper } else { Self::Torchvision }),
        }
    }

    /// Our (torchvision's) name for a name of the file; a name that fits no rule stays as it is.
    fn ours(self, name: &str) -> String {
        match self {
            Self::Torchvision => name.to_owned(),
            Self::Wrapper => match (name.strip_prefix("features.0."), name.strip_prefix("classifier.")) {
                (Some(inner), _) => format!("features.{inner}"),
                (_, Some(inner)) => format!("classifier.1.{inner}"),
                _ => name.to_owned(),
            },
        }
    }
}

/// Whether `name` is `prefix` or lies below it: `classifier.1.bias` lies below `classifier`, `classifier_2.bias` does not.
fn is_under(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a safetensors file has a card in its metadata, readable or not; false for bytes that are no such file.
#[cfg(feature = "cli")]
pub(crate) fn has_card(bytes: &[u8]) -> bool {
    let metadata = safetensors::SafeTensors::read_metadata(bytes).map(|(_, header)| header.metadata().clone());
    metadata.is_ok_and(|entries| entries.is_some_and(|entries| entries.contains_key("card")))
}
