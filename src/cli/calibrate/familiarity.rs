//! What the training looks like, for telling what does not.

use super::{CalibrateArgs, classes};
use crate::Result;
use crate::classes::CLASSES;
use crate::classifier::Classifier;
use crate::cli::observe::each;
use crate::cli::selection::{Item, Part, SelectionArgs, select};
use crate::data::read_photo;
use crate::trust::{Gaussians, fit_gaussians};
use crate::weights::{Abstain, Familiarity, FamiliarityLimit, Precision, WeightFile};
use std::path::{Path, PathBuf};

/// Early enough to see texture and colour rather than what the classes have in common with anything else; docs/DESIGN.md has the table.
pub(super) const BLOCK: &str = "features.7";

/// Training photographs of one class and one table at most: rare classes weigh as much as naevi, and more change the covariance by nothing.
const A_CLASS: usize = 250;

/// Every so many photographs one is fitted on a second time, tinted evenly between [`LIGHT`] and [`DARK`]: data sets of light skin would
/// have dark skin turned away. Few are enough to open that direction of the covariance and close no other.
const ONE_IN: usize = 8;

/// Factors of red, green and blue: a fifth more light.
const LIGHT: [f32; 3] = [1.2; 3];

/// What the darkest skin gives back beside the lightest, roughly: melanin absorbs blue more than green than red.
const DARK: [f32; 3] = [0.55, 0.45, 0.37];

/// Multiples of it, less their whole part, fill 0 to 1 evenly however many there are.
const GOLDEN: f32 = 0.618_034;

/// A photograph to fit on.
struct Example {
    image: PathBuf,
    class: usize,
    /// Factors of red, green and blue.
    tint: [f32; 3],
}

/// Fits the distance on the train part of the tables, one image a lesion, and puts it into `file` with a limit that nothing exceeds yet;
/// takes away what the file had. The network is taken as it will be stored.
///
/// # Errors
/// Those of the tables, the images and [`fit_gaussians`]; `argument` for a block that the network has not.
pub(super) fn replace(file: &mut WeightFile, args: &CalibrateArgs, precision: Precision) -> Result<()> {
    Familiarity::remove(&mut file.tensors);
    file.card.abstain = None;
    let Some(block) = args.block() else { return Ok(()) };
    let classifier = Classifier::new(&file.write(precision)?)?;
    classifier.engine().clone().watch(&file.card.network()?, block)?;
    let mut examples = examples(&args.selection, &args.split)?;
    if let (Some(images), Some(labels)) = (&args.also_images, &args.also_labels) {
        let table = SelectionArgs { images: vec![images.clone()], labels: labels.clone(), filters: Vec::new() };
        examples.extend(self::examples(&table, &args.split)?);
    }
    tint(&mut examples);
    let look = |classifier: &mut Classifier, example: &Example| classifier.statistics(&read_photo(&example.image)?, block, example.tint);
    let seen = each(&classifier, &examples, args.threads, |example| &example.image, look)?;
    seen.complete("nothing is written")?;
    let labels: Vec<usize> = examples.iter().map(|example| example.class).collect();
    let Gaussians { len, means, whitening } = fit_gaussians(&seen.observations, &labels, CLASSES.len())?;
    Familiarity::store(&mut file.tensors, len, means, whitening);
    let familiarity = Some(FamiliarityLimit { block: block.to_owned(), distance: f64::MAX });
    file.card.abstain = Some(Abstain { probability: 0.0, energy: None, familiarity, quality: None, chosen: String::new() });
    Ok(())
}

/// At most [`A_CLASS`] images of each class, evenly over the table's train part, in their own colours.
fn examples(table: &SelectionArgs, split: &Path) -> Result<Vec<Example>> {
    let items = select(table, Some((split, Part::Train)), true)?.items;
    let labels = classes(&items, table)?;
    let of_class = |class: usize| {
        let all: Vec<&Item> = items.iter().zip(&labels).filter(|&(_, &label)| label == class).map(|(item, _)| item).collect();
        let kept = all.len().min(A_CLASS);
        let image = |n: usize| all.get(n * all.len() / kept).map(|item| item.image.clone());
        (0..kept).filter_map(image).map(|image| Example { image, class, tint: [1.0; 3] }).collect::<Vec<_>>()
    };
    Ok((0..CLASSES.len()).flat_map(of_class).collect())
}

/// Adds the tinted copies; the tones spread evenly over each class, however many photographs it has.
fn tint(examples: &mut Vec<Example>) {
    let copy = |(n, example): (usize, &Example)| {
        let tone = (n as f32 * GOLDEN).fract();
        let tint = [0, 1, 2].map(|channel: usize| LIGHT[channel] * (DARK[channel] / LIGHT[channel]).powf(tone));
        Example { image: example.image.clone(), class: example.class, tint }
    };
    let copies: Vec<Example> = examples.iter().step_by(ONE_IN).enumerate().map(copy).collect();
    examples.extend(copies);
}
