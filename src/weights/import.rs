//! Starts for a training: files of other programs, which have no card and may name things their own way.

use super::container::{self, Container};
use super::naming::Naming;
use super::tensor::Tensors;
use super::{check, familiarity};
use crate::nn::{Network, Node};
use crate::{Error, ErrorKind, Result};

/// Reads the tensors of `network` from a file without a card (a card, if there is one, is not looked at).
///
/// Understood are torchvision's names, those of the reference's wrapper, and for a ResNet-50 v2 those of Gluon's model zoo. Which of them a
/// file uses is told by the stem's name alone. `num_batches_tracked` and what a released file holds to tell photographs unlike the
/// training's are skipped.
///
/// A layer on or below one of the prefixes in `fresh` (`"classifier"`, `"layer4"`) is taken only if every one of its tensors is there with the
/// network's shape; else the layer is left out, for the learner to draw at random, and what the file has there (ImageNet's thousand classes)
/// is ignored. Everything else must be exactly the network's.
///
/// # Errors
/// `weights-too-large`, `weights-format`, `weights-extra`, `weights-type`, `weights-shape`, `weights-not-finite`, `weights-variance` and
/// `weights-missing` as in [this room](super). It is all or nothing: an error returns no tensor.
pub fn import_start(bytes: &[u8], network: &Network, fresh: &[&str]) -> Result<Tensors> {
    let Container { views, .. } = Container::open(bytes)?;
    let names: Vec<&str> = views.keys().map(String::as_str).collect();
    let naming = Naming::of(network.architecture, &names)?;
    let is_of_network = |name: &str| !name.ends_with(".num_batches_tracked") && !familiarity::is_ours(name);
    let views: Vec<_> = views.iter().filter(|(name, _)| is_of_network(name)).map(|(name, view)| (naming.ours(name), view)).collect();
    let fits = |name: &str, shape: &[usize]| views.iter().any(|(found, view)| found == name && view.shape() == shape);
    let may_be_fresh = |node: &&Node| fresh.iter().any(|prefix| is_under(&node.name, prefix));
    let is_whole = |node: &&Node| node.parameters().iter().all(|parameter| fits(&parameter.name, &parameter.shape));
    let left_out: Vec<&Node> = network.nodes.iter().filter(may_be_fresh).filter(|node| !is_whole(node)).collect();
    let is_left_out = |name: &str| left_out.iter().any(|node| is_under(name, &node.name));
    let mut expected = check::expected(network);
    expected.retain(|name, _| !is_left_out(name));
    let mut tensors = Tensors::new();
    for (name, view) in views.iter().filter(|(name, _)| !is_left_out(name)) {
        let parameter = check::parameter(&expected, network.architecture, name)?;
        if tensors.insert(name.clone(), container::decode(parameter, view)?).is_some() {
            let message = format!("two of the file's tensors stand for {name:?}");
            return Err(Error::new(ErrorKind::WeightsExtra, message, "Use a file that holds one network."));
        }
    }
    check::complete(&expected, &tensors)?;
    Ok(tensors)
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
