//! Mixup and CutMix: what a mixed image is made of, and that it depends on seed, epoch and number alone.

use super::example::Folder;
use super::tolerance;
use dermdistill::ErrorKind;
use dermdistill::data::{Augmentation, Batch, Dataset, Loader, LoaderConfig, Mix};
use std::sync::Arc;

const SIDE: usize = 20;

fn batches(dataset: &Arc<Dataset>, mix: Mix, config: LoaderConfig) -> Vec<Batch> {
    let order = (0..dataset.samples().len()).cycle().take(60).collect();
    let config = LoaderConfig { side: SIDE, batch: 5, augmentation: Augmentation::none(), seed: 7, mix, ..config };
    Loader::new(Arc::clone(dataset), order, config).unwrap().map(|batch| batch.unwrap()).collect()
}

fn dataset() -> (Folder, Arc<Dataset>) {
    let folder = Folder::new();
    let dataset = Arc::new(folder.dataset(&["NV", "MEL", "AK", "BCC", "DF", "SCC", "VASC"]));
    (folder, dataset)
}

/// Each image of the batch, as it is and as it was, with what its partner was.
fn images<'a>(batch: &'a Batch, plain: &'a Batch) -> impl Iterator<Item = (&'a [f32], &'a [f32], &'a [f32])> {
    let len = batch.input.len() / batch.labels.len();
    let before: Vec<&[f32]> = plain.input.chunks(len).collect();
    let partners = &batch.mixed.as_ref().unwrap().partners;
    assert!(partners.iter().enumerate().all(|(at, partner)| at != *partner), "nobody is mixed with itself");
    batch.input.chunks(len).zip(partners).enumerate().map(move |(at, (image, &partner))| (image, before[at], before[partner]))
}

#[test]
fn mixup_is_a_weighted_mean_of_two_images() {
    let (_folder, dataset) = dataset();
    let plain = batches(&dataset, Mix::default(), LoaderConfig::default());
    let mixed = batches(&dataset, Mix { mixup: 1.0, cutmix: 0.0 }, LoaderConfig::default());
    for (batch, plain) in mixed.iter().zip(&plain) {
        let share = batch.mixed.as_ref().unwrap().share as f32;
        assert!((0.5..=1.0).contains(&share) && batch.labels == plain.labels && batch.indices == plain.indices);
        for (image, own, partner) in images(batch, plain) {
            let worst = image.iter().zip(own.iter().zip(partner)).map(|(x, (a, b))| (x - (share * a + (1.0 - share) * b)).abs()).fold(0.0, f32::max);
            assert!(f64::from(worst) <= tolerance::KERNEL, "{worst}");
        }
    }
    let shares: std::collections::BTreeSet<u64> = mixed.iter().map(|batch| batch.mixed.as_ref().unwrap().share.to_bits()).collect();
    assert_eq!(shares.len(), mixed.len(), "every batch draws its own share");
}

#[test]
fn cutmix_shows_a_rectangle_of_the_partner_as_large_as_the_share_says() {
    let (_folder, dataset) = dataset();
    for views in [1, 2] {
        let config = || LoaderConfig { views, ..LoaderConfig::default() };
        let plain = batches(&dataset, Mix::default(), config());
        for (batch, plain) in batches(&dataset, Mix { mixup: 0.0, cutmix: 1.0 }, config()).iter().zip(&plain) {
            let share = batch.mixed.as_ref().unwrap().share;
            assert!((0.5..=1.0).contains(&share));
            for (image, own, partner) in images(batch, plain) {
                let pixels = || image.chunks(3).zip(own.chunks(3).zip(partner.chunks(3)));
                assert!(pixels().all(|(x, (own, partner))| x == own || x == partner));
                let foreign = pixels().filter(|(x, (own, _))| x != own).count();
                // A pixel may be alike in both, so no more can differ than the rectangle holds.
                let largest = ((1.0 - share) * (SIDE * SIDE) as f64).round() as usize;
                assert!(foreign <= views * largest && 10 * foreign >= 9 * views * largest, "{foreign} of {largest}");
            }
        }
    }
}

#[test]
fn what_is_mixed_depends_on_seed_epoch_and_number_alone() {
    let (_folder, dataset) = dataset();
    let mix = Mix { mixup: 0.3, cutmix: 0.4 };
    let whole = batches(&dataset, mix, LoaderConfig::default());
    assert!(batches(&dataset, mix, LoaderConfig { workers: 5, ..LoaderConfig::default() }) == whole);
    assert!(batches(&dataset, mix, LoaderConfig { skip_batches: 5, ..LoaderConfig::default() }) == whole[5..]);
    assert!(batches(&dataset, mix, LoaderConfig { epoch: 1, ..LoaderConfig::default() }) != whole);
    let count = whole.iter().filter(|batch| batch.mixed.is_some()).count();
    assert!(0 < count && count < whole.len(), "{count} of {}: a share of them", whole.len());
    let alone = Loader::new(Arc::clone(&dataset), vec![0], LoaderConfig { mix: Mix { mixup: 1.0, cutmix: 0.0 }, ..LoaderConfig::default() });
    assert!(alone.unwrap().all(|batch| batch.unwrap().mixed.is_none()), "one image has no partner");
}

#[test]
fn shares_that_are_none_are_refused() {
    for (mixup, cutmix) in [(-0.1, 0.0), (0.0, 1.1), (0.6, 0.6), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
        assert_eq!(Mix { mixup, cutmix }.check().unwrap_err().kind(), ErrorKind::Argument, "{mixup} {cutmix}");
    }
}
