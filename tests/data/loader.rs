//! The loader: the same bits whatever the threads, errors at their place, an end when dropped.

use super::example::Folder;
use dermdistill::ErrorKind;
use dermdistill::data::{Augmentation, Batch, Dataset, Geometry, Loader, LoaderConfig, Sampler};
use dermdistill::nn::Framing;
use dermdistill::photo::{Limits, decode, network_input, normalise};
use std::sync::Arc;

fn config() -> LoaderConfig {
    LoaderConfig {
        side: 20,
        batch: 4,
        augmentation: Augmentation::standard(),
        seed: 11,
        epoch: 3,
        workers: 1,
        prefetch: 2,
        ..LoaderConfig::default()
    }
}

fn batches(dataset: &Arc<Dataset>, order: &[usize], config: LoaderConfig) -> Vec<Batch> {
    Loader::new(Arc::clone(dataset), order.to_vec(), config).unwrap().map(|batch| batch.unwrap()).collect()
}

fn some(count: usize) -> (Folder, Arc<Dataset>) {
    let folder = Folder::new();
    let classes: Vec<_> = (0..count).map(|number| ["NV", "MEL", "AK"][number % 3]).collect();
    let dataset = Arc::new(folder.dataset(&classes));
    (folder, dataset)
}

#[test]
fn batches_do_not_depend_on_threads_or_the_point_of_resuming() {
    let (_folder, dataset) = some(23);
    let order = Sampler::new(&dataset, (0..23).collect(), 1).unwrap().epoch(0);
    let whole = batches(&dataset, &order, config());
    assert_eq!(whole.iter().map(|batch| batch.labels.len()).collect::<Vec<_>>(), [4, 4, 4, 4, 4, 3]);
    for (workers, prefetch) in [(2, 1), (3, 4), (7, 16)] {
        assert!(batches(&dataset, &order, LoaderConfig { workers, prefetch, ..config() }) == whole, "{workers} workers, {prefetch} ahead");
    }
    for skip_batches in 0..=6 {
        assert!(
            batches(&dataset, &order, LoaderConfig { skip_batches, workers: 2, ..config() }) == whole[skip_batches..],
            "from batch {skip_batches}"
        );
    }
    // A cold cache gives the same as a warm one, and neither depends on the others in the batch.
    let (_other_folder, cold) = some(23);
    let single = batches(&cold, &order, LoaderConfig { batch: 1, ..config() });
    assert_eq!(
        single.iter().flat_map(|batch| batch.input.clone()).collect::<Vec<_>>(),
        whole.iter().flat_map(|batch| batch.input.clone()).collect::<Vec<_>>()
    );
    for changed in [LoaderConfig { seed: 12, ..config() }, LoaderConfig { epoch: 4, ..config() }] {
        assert!(batches(&dataset, &order, changed)[0].input != whole[0].input);
    }
}

#[test]
fn batches_say_what_they_hold() {
    let (_folder, dataset) = some(7);
    let loaded = batches(&dataset, &[6, 0, 2, 5, 1], LoaderConfig { batch: 3, ..config() });
    assert_eq!(loaded.iter().flat_map(|batch| batch.indices.clone()).collect::<Vec<_>>(), [6, 0, 2, 5, 1]);
    assert_eq!(loaded.iter().flat_map(|batch| batch.labels.clone()).collect::<Vec<_>>(), [5, 5, 0, 0, 4]);
    assert!(loaded.iter().all(|batch| batch.side == 20 && batch.input.len() == batch.labels.len() * 20 * 20 * 3));
    let loader = |drop_last| Loader::new(Arc::clone(&dataset), vec![0; 5], LoaderConfig { batch: 3, drop_last, ..config() }).unwrap();
    assert_eq!((loader(false).len(), loader(true).len(), loader(true).batches()), (2, 1, 1));
    assert_eq!(loader(true).count(), 1);
    assert!(batches(&dataset, &[], config()).is_empty());
}

#[test]
fn evaluation_sees_what_the_classifier_sees() {
    let (_folder, dataset) = some(5);
    for framing in [Framing::CentreSquare, Framing::Squash] {
        let config = LoaderConfig { augmentation: Augmentation::none(), framing, batch: 1, ..config() };
        let (mean, std) = (config.mean, config.std);
        for batch in batches(&dataset, &[0, 1, 2, 3, 4], config) {
            let bytes = std::fs::read(&dataset.samples()[batch.indices[0]].image).unwrap();
            let seen = network_input(&decode(&bytes, &Limits::default()).unwrap(), None, framing, 20).unwrap();
            assert_eq!(batch.input, normalise(&seen, mean, std), "to the bit");
        }
    }
}

#[test]
fn an_image_shown_twice_in_an_epoch_changes_twice() {
    let (_folder, dataset) = some(3);
    let loaded = batches(&dataset, &[1, 1, 1], LoaderConfig { batch: 1, ..config() });
    assert!(loaded[0].input != loaded[1].input && loaded[1].input != loaded[2].input && loaded[0].input != loaded[2].input);
    let evaluated = batches(&dataset, &[1, 1], LoaderConfig { batch: 1, augmentation: Augmentation::none(), ..config() });
    assert!(evaluated[0] == evaluated[1]);
}

#[test]
fn recycled_memory_leaves_no_trace() {
    let (_folder, dataset) = some(11);
    let order: Vec<_> = (0..11).collect();
    let mut loader = Loader::new(Arc::clone(&dataset), order.clone(), config()).unwrap();
    let mut seen = Vec::new();
    while let Some(batch) = loader.next() {
        let batch = batch.unwrap();
        seen.push(batch.clone());
        loader.recycle(Batch { input: vec![f32::NAN; 1 + batch.input.len()], ..batch });
    }
    assert!(seen == batches(&dataset, &order, config()));
}

#[test]
fn an_unreadable_image_is_an_error_at_its_place() {
    let (folder, dataset) = some(12);
    std::fs::write(folder.path().join("i005.png"), b"not a picture at all").unwrap();
    std::fs::remove_file(folder.path().join("i009.png")).unwrap();
    let results: Vec<_> = Loader::new(Arc::clone(&dataset), (0..12).collect(), LoaderConfig { batch: 3, workers: 3, ..config() }).unwrap().collect();
    let kinds: Vec<_> = results.iter().map(|batch| batch.as_ref().map(|batch| batch.indices[0]).map_err(|error| error.kind())).collect();
    assert_eq!(kinds, [Ok(0), Err(ErrorKind::ImageFormat), Ok(6), Err(ErrorKind::Io)]);
    assert!(results[1].as_ref().unwrap_err().message().contains("i005.png"));
    assert!(results[3].as_ref().unwrap_err().message().contains("i009.png"));
}

#[test]
fn dropping_ends_the_threads() {
    let (_folder, dataset) = some(12);
    let mut loader = Loader::new(Arc::clone(&dataset), (0..12).collect(), LoaderConfig { batch: 1, workers: 3, ..config() }).unwrap();
    loader.next().unwrap().unwrap();
    assert!(Arc::strong_count(&dataset) > 1);
    drop(loader);
    assert_eq!(Arc::strong_count(&dataset), 1, "the threads held the data set");
    drop(Loader::new(Arc::clone(&dataset), (0..12).collect(), config()).unwrap());
    assert_eq!(Arc::strong_count(&dataset), 1);
}

#[test]
fn settings_out_of_range_are_refused() {
    let (_folder, dataset) = some(3);
    let kind = |order: Vec<usize>, config| Loader::new(Arc::clone(&dataset), order, config).map(|_| ()).unwrap_err().kind();
    let wrong = [
        LoaderConfig { side: 0, ..config() },
        LoaderConfig { side: usize::MAX, ..config() },
        LoaderConfig { batch: 0, ..config() },
        LoaderConfig { workers: 0, ..config() },
        LoaderConfig { prefetch: 0, ..config() },
        LoaderConfig { skip_batches: 2, ..config() },
        LoaderConfig { mean: [f32::NAN; 3], ..config() },
        LoaderConfig { std: [0.2, 0.0, 0.2], ..config() },
    ];
    for config in wrong {
        assert_eq!(kind(vec![0, 1, 2], config.clone()), ErrorKind::Argument, "{config:?}");
    }
    assert_eq!(kind(vec![3], config()), ErrorKind::Argument);
}

/// `square` (rows of three channels) turned counter-clockwise by a quarter, pixel by pixel.
fn turned(square: &[f32], side: usize) -> Vec<f32> {
    let pixel = |row: usize, column: usize| square[(row * side + column) * 3..][..3].to_vec();
    (0..side).flat_map(|row| (0..side).flat_map(move |column| pixel(column, side - 1 - row))).collect()
}

#[test]
fn views_are_quarter_turns_and_the_first_is_the_picture_without_them() {
    let folder = Folder::new();
    for framing in [Framing::CentreSquare, Framing::Squash] {
        // Odd margins, and both formats: higher than wide, wider than high.
        let dataset = Arc::new(folder.dataset(&["NV", "MEL"]));
        let still = Augmentation { geometry: Some(motionless()), ..Augmentation::none() };
        for augmentation in [Augmentation::none(), still, Augmentation::standard(), Augmentation::reference()] {
            let config = LoaderConfig { framing, augmentation, ..config() };
            let alone = batches(&dataset, &[0, 1], config.clone()).remove(0);
            let all = batches(&dataset, &[0, 1], LoaderConfig { views: 4, ..config.clone() }).remove(0);
            let square = 20 * 20 * 3;
            assert_eq!((all.input.len(), all.views, all.labels.len(), alone.views), (8 * square, 4, 2, 1));
            for (image, upright) in alone.input.chunks(square).enumerate() {
                let views: Vec<&[f32]> = all.input[image * 4 * square..][..4 * square].chunks(square).collect();
                assert!(views[0] == upright, "view 0 with {}", config.augmentation.name);
                let mut expected = upright.to_vec();
                for (view, found) in views.iter().enumerate().skip(1) {
                    expected = turned(&expected, 20);
                    let worst = found.iter().zip(&expected).fold(0.0f32, |worst, (a, b)| worst.max((a - b).abs()));
                    match config.augmentation.name.as_str() {
                        "none" => assert!(worst <= super::tolerance::WARP_LEVELS, "{framing}, view {view}: {worst}"),
                        "standard" => assert!(worst > 0.1, "view {view} has a change of its own"),
                        _ => {}
                    }
                }
            }
        }
    }
    let error = Loader::new(Arc::new(folder.dataset(&["NV"])), vec![0], LoaderConfig { views: 5, ..config() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
}

/// A change of place that changes nothing: the warp alone.
fn motionless() -> Geometry {
    let standard = Augmentation::standard().geometry.unwrap();
    Geometry { flip_horizontal: 0.0, flip_vertical: 0.0, rotate: 0.0, scale: 0.0, stretch: 1.0, shift: 0.0, ..standard }
}

#[test]
fn half_of_the_pictures_are_mirrored_before_their_views_are_made() {
    let (_folder, dataset) = some(40);
    let order: Vec<usize> = (0..40).collect();
    let views = |mirror, augmentation| LoaderConfig { mirror, views: 4, batch: 40, augmentation, ..config() };
    let square = 20 * 20 * 3;
    // The augmentation of this name changes colours alone; without colours it goes the other way through the loader and changes nothing.
    let still = Augmentation { colour: None, damage: None, geometry: Some(motionless()), name: "nothing".into() };
    for augmentation in [Augmentation::none(), still] {
        let plain = &batches(&dataset, &order, views(false, augmentation.clone()))[0];
        let batch = &batches(&dataset, &order, views(true, augmentation))[0];
        assert!(plain.mirrored.iter().all(|mirrored| !mirrored));
        let count = batch.mirrored.iter().filter(|mirrored| **mirrored).count();
        assert!((8..=32).contains(&count), "{count} of 40");
        for (image, &mirrored) in batch.mirrored.iter().enumerate() {
            let view = |of: &Batch, view: usize| of.input[(image * 4 + view) * square..][..square].to_vec();
            let near = |a: Vec<f32>, b: Vec<f32>| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.05);
            let flipped = |square: Vec<f32>| square.chunks(60).flat_map(|row| row.chunks(3).rev().flatten().copied().collect::<Vec<_>>()).collect();
            assert_eq!(near(view(batch, 0), view(plain, 0)), !mirrored);
            if mirrored {
                assert!(near(view(batch, 0), flipped(view(plain, 0))));
                // A turn of the mirror image is the mirror image of the turn the other way.
                assert!(near(view(batch, 1), flipped(view(plain, 3))));
            }
        }
    }
}
