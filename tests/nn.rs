//! Shapes that follow from a description, and descriptions that are refused before anything runs.
#![allow(clippy::unwrap_used)] // a helper that fails is a test that fails

use dermdistill::ErrorKind;
use dermdistill::nn::{Network, Node, Op, Shape, mobilenet_v2, resnet50, resnet50v2};

/// input → the given nodes, named after what they are.
fn network(rest: Vec<(Op, Vec<usize>)>) -> Network {
    let all = [(Op::Input { channels: 3 }, vec![])].into_iter().chain(rest).enumerate();
    let nodes = all.map(|(index, (op, inputs))| Node { name: format!("node{index}"), op, inputs }).collect();
    Network { architecture: "test", nodes, taps: Vec::new() }
}

fn conv(in_channels: usize, kernel: usize, stride: usize, groups: usize) -> Op {
    Op::Conv { in_channels, out_channels: 6, kernel, stride, padding: kernel / 2, groups, bias: false }
}

#[test]
fn mobilenet_halves_its_input_five_times() {
    let network = mobilenet_v2(8);
    let shapes = network.shapes((224, 160)).unwrap();
    let at = |tap: &str| shapes[network.tap(tap).unwrap()];
    assert_eq!(at("feats_7x7"), Shape { height: 7, width: 5, channels: 1280, pooled: false });
    assert_eq!((at("avg_pool"), at("logits")), (Shape::row(1280), Shape::row(8)));
    assert_eq!(shapes.iter().filter(|shape| shape.height == 112).count(), 11, "stem, first block, first expansion");
}

#[test]
fn windows_round_down_as_pytorch_does() {
    let sides = |op: Op, side: (usize, usize)| {
        let shape = network(vec![(op, vec![0])]).shapes(side).unwrap()[1];
        (shape.height, shape.width)
    };
    assert_eq!(sides(conv(3, 7, 2, 1), (224, 223)), (112, 112));
    assert_eq!(sides(Op::MaxPool { kernel: 3, stride: 2, padding: 1 }, (112, 7)), (56, 4));
    assert_eq!(sides(Op::MaxPool { kernel: 2, stride: 2, padding: 0 }, (7, 2)), (3, 1));
}

#[test]
fn what_does_not_fit_is_refused_with_the_name_of_the_node() {
    let refused = |rest: Vec<(Op, Vec<usize>)>, name: &str| {
        let error = network(rest).shapes((8, 8)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert!(error.message().contains(name), "{error}");
    };
    let stem = || (conv(3, 3, 2, 1), vec![0]);
    refused(vec![(conv(4, 3, 1, 1), vec![0])], "node1");
    refused(vec![stem(), (conv(6, 3, 1, 4), vec![1])], "node2");
    refused(vec![(conv(3, 3, 0, 1), vec![0])], "node1");
    refused(vec![(conv(3, 0, 1, 1), vec![0])], "node1");
    refused(vec![(Op::Conv { in_channels: 3, out_channels: 6, kernel: 9, stride: 1, padding: 0, groups: 1, bias: false }, vec![0])], "node1");
    refused(vec![(Op::MaxPool { kernel: 3, stride: 2, padding: 2 }, vec![0])], "node1");
    refused(vec![(Op::Relu, vec![1])], "node1");
    refused(vec![(Op::Relu, vec![])], "node1");
    refused(vec![stem(), (Op::Add, vec![0, 1])], "node2");
    refused(vec![stem(), (Op::BatchNorm { channels: 5 }, vec![1])], "node2");
    refused(vec![stem(), (Op::Linear { in_features: 96, out_features: 2 }, vec![1])], "node2");
    refused(vec![stem(), (Op::GlobalAvgPool, vec![1]), (Op::GlobalAvgPool, vec![2])], "node3");
    refused(vec![stem(), (Op::GlobalAvgPool, vec![1]), (conv(6, 1, 1, 1), vec![2])], "node3");
    let huge = Op::Conv { in_channels: 3, out_channels: 6, kernel: 3, stride: 1, padding: usize::MAX, groups: 1, bias: false };
    refused(vec![(huge, vec![0])], "node1");
    assert!(network(vec![stem()]).shapes((0, 8)).is_err());
    let mut blind = network(vec![stem()]);
    blind.taps.push(("logits", 2));
    assert!(blind.shapes((8, 8)).unwrap_err().message().contains("logits"));
}

#[test]
fn the_classifier_is_asked_by_what_it_does() {
    assert_eq!(mobilenet_v2(8).classifier().unwrap().name, "classifier.1");
    let mut other = network(vec![(Op::GlobalAvgPool, vec![0]), (Op::Linear { in_features: 3, out_features: 8 }, vec![1])]);
    assert!(other.classifier().is_none(), "no tap shows the logits");
    other.nodes[2].name = "fc".into();
    other.taps = vec![("avg_pool", 1), ("logits", 2)];
    assert_eq!(other.classifier().unwrap().name, "fc");
    other.taps = vec![("logits", 1)];
    assert!(other.classifier().is_none(), "a pool is no classifier");
}

#[test]
fn both_resnets_have_their_published_size_and_taps() {
    // torchvision's resnet50 has 25,557,032 numbers with a classifier of 1000. The other form has the same 23,454,912 in convolutions and
    // 2,049,000 in the classifier, and 45,574 in BatchNorms: of 3, 64 and 2048 channels, and three in every block.
    for (network, trained) in [(resnet50(1000), 25_557_032), (resnet50v2(1000), 25_549_486)] {
        assert_eq!(network.trained_len(), trained, "{}", network.architecture);
        let shapes = network.shapes((224, 160)).unwrap();
        let at = |tap: &str| shapes[network.tap(tap).unwrap()];
        assert_eq!(at("feats_7x7"), Shape { height: 7, width: 5, channels: 2048, pooled: false });
        assert_eq!((at("avg_pool"), at("logits")), (Shape::row(2048), Shape::row(1000)));
        assert_eq!(network.classifier().unwrap().name, "fc");
        assert_eq!(network.block("layer3").map(|(_, channels)| channels), Some(1024));
        let strides = network.nodes.iter().filter(|node| matches!(node.op, Op::Conv { kernel: 3, stride: 2, .. }));
        assert_eq!(strides.map(|node| node.name.as_str()).collect::<Vec<_>>(), ["layer2.0.conv2", "layer3.0.conv2", "layer4.0.conv2"]);
    }
}

#[test]
fn every_name_has_its_network() {
    assert!(Network::NAMES.iter().all(|name| Network::named(name, 8).is_some_and(|network| network.architecture == *name)));
    assert!(Network::named("resnet18", 8).is_none());
}
