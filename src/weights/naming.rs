//! How other programs name the tensors of the networks that this crate knows: one table an architecture.

use crate::{Error, ErrorKind, Result};

/// A way of naming: how a file shows that it follows it, and how its names are read.
#[derive(Clone, Copy)]
pub(super) struct Naming {
    /// The weight of the stem's convolution, which is named differently in each of an architecture's namings.
    stem: &'static str,
    /// Our (torchvision's) name for one of the file's; `None` for a name that fits no rule.
    ours: fn(&str) -> Option<String>,
}

/// The namings of an architecture: our own first.
fn known(architecture: &str) -> &'static [Naming] {
    const MOBILENET: [Naming; 2] =
        [Naming { stem: "features.0.0.weight", ours: unchanged }, Naming { stem: "features.0.0.0.weight", ours: mobilenet_wrapper }];
    const RESNET: [Naming; 2] = [Naming { stem: "conv1.weight", ours: unchanged }, Naming { stem: "features.0.weight", ours: resnet_wrapper }];
    const RESNET_V2: [Naming; 2] = [Naming { stem: "conv1.weight", ours: unchanged }, Naming { stem: "conv0_weight", ours: gluon }];
    match architecture {
        "mobilenet_v2" => &MOBILENET,
        "resnet50" => &RESNET,
        "resnet50v2" => &RESNET_V2,
        _ => &[],
    }
}

impl Naming {
    /// The naming that a file with these tensors follows; our own where no stem is found.
    ///
    /// # Errors
    /// `weights-extra` when it holds the stems of two.
    pub(super) fn of(architecture: &str, names: &[&str]) -> Result<Self> {
        let mut found = known(architecture).iter().filter(|naming| names.contains(&naming.stem));
        let own = Self { stem: "", ours: unchanged };
        let (first, second) = (found.next().copied().unwrap_or(own), found.next());
        let Some(second) = second else { return Ok(first) };
        let message = format!("the file holds {:?} and {:?}: two networks in one file", first.stem, second.stem);
        Err(Error::new(ErrorKind::WeightsExtra, message, "Use a file that holds one network."))
    }

    /// Our name for one of the file's; a name that fits no rule stays as it is.
    pub(super) fn ours(self, name: &str) -> String {
        (self.ours)(name).unwrap_or_else(|| name.to_owned())
    }
}

fn unchanged(_: &str) -> Option<String> {
    None
}

/// The reference's wrapper nests torchvision's `features` once more and has a bare classifier (SSD-KD §3.1).
fn mobilenet_wrapper(name: &str) -> Option<String> {
    match name.strip_prefix("features.0.") {
        Some(inner) => Some(format!("features.{inner}")),
        None => name.strip_prefix("classifier.").map(|inner| format!("classifier.1.{inner}")),
    }
}

/// The reference's wrapper lists the children of torchvision's ResNet: 0 the convolution, 1 its BatchNorm, 4 to 7 the stages (SSD-KD §3.2).
fn resnet_wrapper(name: &str) -> Option<String> {
    if let Some(inner) = name.strip_prefix("classifier.") {
        return Some(format!("fc.{inner}"));
    }
    let (child, inner) = name.strip_prefix("features.")?.split_once('.')?;
    let ours = match child {
        "0" => "conv1",
        "1" => "bn1",
        "4" => "layer1",
        "5" => "layer2",
        "6" => "layer3",
        "7" => "layer4",
        _ => return None,
    };
    Some(format!("{ours}.{inner}"))
}

/// Gluon's model zoo counts layers: over the network, and over each stage. A stage's first block has four convolutions, the last of them the
/// shortcut's; the others have three. Every block has three BatchNorms.
fn gluon(name: &str) -> Option<String> {
    let (stage, layer) = match name.strip_prefix("stage") {
        Some(rest) => rest.split_once('_').map(|(stage, layer)| (Some(stage), layer))?,
        None => (None, name),
    };
    let (layer, tensor) = layer.split_once('_')?;
    let tensor = match tensor {
        "gamma" => "weight",
        "beta" => "bias",
        other => other,
    };
    let count = |kind: &str| layer.strip_prefix(kind)?.parse::<usize>().ok();
    let ours = match (stage, layer) {
        (None, "batchnorm0") => "bn_in".to_owned(),
        (None, "conv0") => "conv1".to_owned(),
        (None, "batchnorm1") => "bn1".to_owned(),
        (None, "batchnorm2") => "bn2".to_owned(),
        (None, "dense0") => "fc".to_owned(),
        (None, _) => return None,
        (Some(stage), _) => match (count("batchnorm"), count("conv")) {
            (Some(norm), _) => format!("layer{stage}.{}.bn{}", norm / 3, (norm % 3).saturating_add(1)),
            (None, Some(3)) => format!("layer{stage}.0.downsample"),
            (None, Some(conv)) => {
                // Counted without the shortcut's.
                let conv = if conv > 3 { conv.saturating_sub(1) } else { conv };
                format!("layer{stage}.{}.conv{}", conv / 3, (conv % 3).saturating_add(1))
            }
            (None, None) => return None,
        },
    };
    Some(format!("{ours}.{tensor}"))
}
