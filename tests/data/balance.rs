//! Class weights against numbers worked out by hand, and the order of epochs.

use super::example::Folder;
use dermdistill::ErrorKind;
use dermdistill::data::{ClassWeighting, Dataset, Sampler};

/// ISIC 2019's images a class, in index order.
const ISIC_2019: [usize; 8] = [867, 3323, 2624, 239, 4522, 12875, 628, 253];

#[test]
fn weights_follow_the_reference() {
    // 25,331 / 867 = 29.2168…, 25,331 / 3,323 = 7.6229…, and so on; SSD-KD §5 quotes 29.2, 7.62, 9.65, 106, 5.60, 1.97, 40.3, 100.
    let expected = [29.217, 7.623, 9.654, 105.987, 5.602, 1.967, 40.336, 100.123];
    assert_eq!(ClassWeighting::named("inverse").unwrap().weights(&ISIC_2019), expected);
    // √29.2168 = 5.4053, √7.6229 = 2.7610, √9.6536 = 3.1070, √105.987 = 10.295, √5.6017 = 2.3668, √1.96746 = 1.40266, √40.336 = 6.3511, √100.123 = 10.0061.
    let roots = [5.405, 2.761, 3.107, 10.295, 2.367, 1.403, 6.351, 10.006];
    assert_eq!(ClassWeighting::named("sqrt-inverse").unwrap().weights(&ISIC_2019), roots);
    assert_eq!(ClassWeighting::named("none").unwrap().weights(&ISIC_2019), [1.0; 8]);
}

#[test]
fn weights_at_the_edges() {
    assert_eq!(ClassWeighting::Inverse.weights(&[0, 5, 0]), [0.0, 1.0, 0.0], "a class without images has no term to weigh");
    assert_eq!(ClassWeighting::None.weights(&[0, 5]), [0.0, 1.0]);
    assert_eq!(ClassWeighting::SqrtInverse.weights(&[0, 0]), [0.0, 0.0]);
    assert_eq!(ClassWeighting::Inverse.weights(&[]), [0.0; 0]);
    assert_eq!(ClassWeighting::named("linear").unwrap_err().kind(), ErrorKind::Argument);
}

/// 21 naevi, 6 melanomas, 3 dermatofibromas.
fn mixed() -> (Folder, Dataset) {
    let folder = Folder::new();
    let classes: Vec<_> = (0..30)
        .map(|number| {
            if number % 10 == 9 {
                "DF"
            } else if number % 5 == 3 {
                "MEL"
            } else {
                "NV"
            }
        })
        .collect();
    let dataset = folder.dataset(&classes);
    (folder, dataset)
}

#[test]
fn an_epoch_shows_every_image_once() {
    let (_folder, dataset) = mixed();
    let sampler = Sampler::new(&dataset, (0..30).collect(), 4).unwrap();
    let mut order = sampler.epoch(0);
    assert_eq!(order, sampler.epoch(0));
    assert_ne!(order, sampler.epoch(1));
    assert_ne!(order, Sampler::new(&dataset, (0..30).collect(), 5).unwrap().epoch(0));
    order.sort_unstable();
    assert_eq!(order, (0..30).collect::<Vec<_>>());
    assert_eq!(sampler.seen(), [0, 0, 0, 3, 6, 21, 0, 0]);
    assert_eq!(sampler.class_mix(), [0.0, 0.0, 0.0, 0.1, 0.2, 0.7, 0.0, 0.0]);
}

#[test]
fn a_share_of_the_majority_changes_from_epoch_to_epoch() {
    let (_folder, dataset) = mixed();
    let sampler = Sampler::new(&dataset, (0..30).collect(), 4).unwrap().majority_share(0.5).unwrap();
    assert_eq!(sampler.seen(), [0, 0, 0, 3, 6, 11, 0, 0], "10.5 rounds to 11");
    assert_eq!(sampler.epoch_len(), 20);
    let mut shown = [0; 30];
    for epoch in 0..12 {
        let order = sampler.epoch(epoch);
        assert_eq!(dataset.class_counts(&order), sampler.seen());
        order.iter().for_each(|&index| shown[index] += 1);
    }
    for (index, sample) in dataset.samples().iter().enumerate() {
        assert!(
            if sample.label == 5 { (1..12).contains(&shown[index]) } else { shown[index] == 12 },
            "image {index} was shown {} times",
            shown[index]
        );
    }
}

#[test]
fn classes_can_be_repeated() {
    let (_folder, dataset) = mixed();
    let sampler = Sampler::new(&dataset, (0..30).collect(), 4).unwrap().keep([1.0, 1.0, 1.0, 2.0, 1.5, 0.0, 1.0, 1.0]).unwrap();
    assert_eq!(sampler.seen(), [0, 0, 0, 6, 9, 0, 0, 0]);
    let order = sampler.epoch(3);
    assert_eq!(dataset.class_counts(&order), sampler.seen());
    let times = |index: usize| order.iter().filter(|&&shown| shown == index).count();
    assert!([9, 19, 29].iter().all(|&index| times(index) == 2));
    assert!([3, 8, 13, 18, 23, 28].iter().all(|&index| (1..=2).contains(&times(index))));
}

#[test]
fn nonsense_is_refused() {
    let (_folder, dataset) = mixed();
    let sampler = || Sampler::new(&dataset, (0..30).collect(), 4).unwrap();
    for share in [-0.5, f64::NAN, 101.0] {
        assert_eq!(sampler().majority_share(share).unwrap_err().kind(), ErrorKind::Argument, "{share}");
    }
    assert_eq!(sampler().keep([0.0; 8]).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(Sampler::new(&dataset, vec![30], 4).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(Sampler::new(&dataset, vec![], 4).unwrap_err().kind(), ErrorKind::TableEmpty);
}

#[test]
fn orders_are_pinned() {
    // A seed in a weight card must mean the same order in every version.
    let (_folder, dataset) = mixed();
    let order = Sampler::new(&dataset, (0..10).collect(), 7).unwrap().epoch(2);
    assert_eq!(order, PINNED_ORDER);
}

const PINNED_ORDER: [usize; 10] = [3, 8, 7, 1, 9, 0, 5, 6, 2, 4];
