//! ResNets of other programs: torchvision's names, the reference's wrapper and Gluon's.

use dermdistill::ErrorKind;
use dermdistill::nn::{Network, resnet50, resnet50v2};
use dermdistill::weights::{Tensor, Tensors, import_start};

use crate::example::foreign;

/// Tensors of `network`, each filled with its position, so that a mistaken name shows.
fn tensors(network: &Network) -> Tensors {
    let numbered = network.parameters().into_iter().zip(1u16..);
    numbered.map(|(p, number)| (p.name, Tensor { data: vec![f32::from(number); p.shape.iter().product()], shape: p.shape })).collect()
}

fn renamed(tensors: &Tensors, rename: impl Fn(&str) -> String) -> Vec<u8> {
    let all: Vec<(String, &Tensor)> = tensors.iter().map(|(name, tensor)| (rename(name), tensor)).collect();
    foreign(all.iter().map(|(name, tensor)| (name.as_str(), *tensor)))
}

/// SSD-KD §3.2: the children of torchvision's module by their position, and a bare classifier.
fn wrapper(name: &str) -> String {
    let children = [("conv1.", "0."), ("bn1.", "1."), ("layer1.", "4."), ("layer2.", "5."), ("layer3.", "6."), ("layer4.", "7.")];
    match children.iter().find_map(|(ours, child)| name.strip_prefix(ours).map(|inner| format!("features.{child}{inner}"))) {
        Some(name) => name,
        None => name.replacen("fc.", "classifier.", 1),
    }
}

/// Gluon's names, by the order in which its blocks are written down: convolutions 1, 2, 3 and, in a stage's first block, the shortcut's.
fn gluon(network: &Network) -> impl Fn(&str) -> String {
    let mut names: Vec<(String, String)> = vec![("bn2".into(), "batchnorm2".into()), ("fc".into(), "dense0".into())];
    names.extend([("bn_in", "batchnorm0"), ("conv1", "conv0"), ("bn1", "batchnorm1")].map(|(ours, theirs)| (ours.into(), theirs.into())));
    for stage in 1..=4 {
        let of_stage = |kind: &str| {
            let nodes = network.nodes.iter().map(|node| &node.name).filter(|name| name.starts_with(&format!("layer{stage}.")));
            nodes.filter(|name| name.contains(kind) && !name.ends_with("activation")).cloned().collect::<Vec<_>>()
        };
        let mut convs = of_stage("conv");
        convs.insert(3, format!("layer{stage}.0.downsample"));
        names.extend(convs.into_iter().enumerate().map(|(at, name)| (name, format!("stage{stage}_conv{at}"))));
        names.extend(of_stage("bn").into_iter().enumerate().map(|(at, name)| (name, format!("stage{stage}_batchnorm{at}"))));
    }
    move |name: &str| {
        let (layer, tensor) = name.rsplit_once('.').unwrap();
        let theirs = names.iter().find(|(ours, _)| ours == layer).map(|(_, theirs)| theirs.as_str()).unwrap();
        let tensor = match tensor {
            "weight" if theirs.contains("batchnorm") => "gamma",
            "bias" if theirs.contains("batchnorm") => "beta",
            other => other,
        };
        format!("{theirs}_{tensor}")
    }
}

#[test]
fn torchvision_and_wrapper_names_give_the_same_resnet() {
    let network = resnet50(8);
    let tensors = tensors(&network);
    assert_eq!(wrapper("layer4.2.bn3.bias"), "features.7.2.bn3.bias");
    for rename in [str::to_owned as fn(&str) -> String, wrapper] {
        assert!(import_start(&renamed(&tensors, rename), &network, &[]).unwrap() == tensors);
    }
}

#[test]
fn gluons_counted_layers_are_the_right_ones() {
    let network = resnet50v2(8);
    let (tensors, rename) = (tensors(&network), gluon(&network));
    let known = [("layer1.0.downsample.weight", "stage1_conv3_weight"), ("layer3.1.conv1.weight", "stage3_conv4_weight")];
    assert!(known.iter().all(|(ours, theirs)| rename(ours) == *theirs));
    assert_eq!(rename("layer2.3.bn2.running_var"), "stage2_batchnorm10_running_var");
    assert!(import_start(&renamed(&tensors, rename), &network, &[]).unwrap() == tensors);
}

#[test]
fn a_partial_resnet_is_a_start_only_where_layers_may_be_fresh() {
    let network = resnet50v2(8);
    let rename = gluon(&network);
    let mut partial = tensors(&network);
    // As the file of Gluon's weights that lacks most of its last stage: all BatchNorms, one convolution, another classifier's bias.
    partial.retain(|name, _| {
        !(name.starts_with("layer4.") && (name.contains("conv") || name.contains("downsample"))) || name == "layer4.0.conv1.weight"
    });
    partial.remove("fc.weight");
    partial.insert("fc.bias".into(), Tensor { shape: vec![1000], data: vec![0.5; 1000] });
    let bytes = renamed(&partial, rename);
    let read = import_start(&bytes, &network, &["layer4", "fc"]).unwrap();
    partial.remove("fc.bias");
    assert!(read == partial, "what is there is taken, BatchNorm by BatchNorm");
    assert_eq!(import_start(&bytes, &network, &["fc"]).unwrap_err().kind(), ErrorKind::WeightsMissing);
}

#[test]
fn two_names_of_one_tensor_are_refused() {
    let network = resnet50(8);
    let mut tensors = tensors(&network);
    let twice = tensors["fc.bias"].clone();
    tensors = tensors.into_iter().map(|(name, tensor)| (wrapper(&name), tensor)).collect();
    tensors.insert("fc.bias".into(), twice);
    let error = import_start(&renamed(&tensors, str::to_owned), &network, &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WeightsExtra);
    assert!(error.message().contains("fc.bias"), "{error}");
}
