//! What a run begins with: its data, its network, its schedule.

use super::args::{RunArgs, StartArgs};
use crate::classes::CLASSES;
use crate::cli::{files, weights_file};
use crate::data::{Augmentation, ClassWeighting, Dataset, Filter, LoaderConfig, Sampler, Split};
use crate::learner::{self, Model, Norms, Schedule, SgdConfig, TrainerConfig};
use crate::nn::Network;
use crate::weights::{Tensors, has_card, import_start};
use crate::{Error, ErrorKind, Result};
use std::sync::Arc;

/// The images of a run and how they are shown.
pub(in crate::cli) struct Data {
    pub dataset: Arc<Dataset>,
    pub split: Split,
    pub sampler: Sampler,
    /// One number a class.
    pub class_weights: Vec<f64>,
}

impl Data {
    /// Reads the tables, and refuses what can be refused before: constants out of range, and a folder that holds another run.
    pub fn load(args: &RunArgs) -> Result<Self> {
        check(args)?;
        std::fs::create_dir_all(&args.output).map_err(|error| Error::from(error).context(args.output.display()))?;
        let dataset = Arc::new(dataset(args)?);
        let split = match &args.split {
            Some(path) => Split::from_file(path, &dataset)?,
            None => Split::by_seed(&dataset, args.split_seed, args.val_share)?,
        };
        let counts = dataset.class_counts(&split.train);
        eprintln!("{} training images {counts:?}, {} for validation, {} not in the split", split.train.len(), split.val.len(), split.dropped);
        let sampler = Sampler::new(&dataset, split.train.clone(), args.seed)?.majority_share(args.majority_share)?;
        let class_weights = ClassWeighting::named(&args.class_weights)?.weights(&sampler.seen());
        Ok(Self { dataset, split, sampler, class_weights })
    }
}

fn dataset(args: &RunArgs) -> Result<Dataset> {
    if args.labels.is_empty() {
        return Ok(Dataset::merge(args.images.iter().map(Dataset::from_folders).collect::<Result<_>>()?));
    }
    if args.labels.len() != args.images.len() {
        let message = format!("{} image folders and {} label files", args.images.len(), args.labels.len());
        return Err(Error::new(ErrorKind::Argument, message, "Give one --labels for each --images, in the same order."));
    }
    let filters = args.filters.iter().map(|text| Filter::parse(text)).collect::<Result<Vec<_>>>()?;
    let mut parts = Vec::new();
    for (index, (images, labels)) in args.images.iter().zip(&args.labels).enumerate() {
        // A filter is about the first table; the others may not have its column.
        parts.push(Dataset::from_csv(&[images], labels, if index == 0 { &filters } else { &[] })?);
    }
    Ok(Dataset::merge(parts))
}

fn check(args: &RunArgs) -> Result<()> {
    let ranges = [
        ("--rate", args.rate, 0.0, 1e3),
        ("--warmup", args.warmup, 0.0, 1.0),
        ("--weight-decay", args.weight_decay, 0.0, 1e3),
        ("--average", args.average, 0.0, 1.0),
    ];
    for (name, value, low, high) in ranges {
        in_range(name, value, low, high)?;
    }
    if let Some(old) = [args.checkpoint(), args.log()].into_iter().find(|file| !args.resume && file.exists()) {
        let hint = "Go on with it (--resume), or choose another --output.";
        return Err(Error::new(ErrorKind::Argument, format!("{} is there: the folder holds another run", old.display()), hint));
    }
    Ok(())
}

/// `argument` unless the option's value lies between the two.
pub(in crate::cli) fn in_range(name: &str, value: f64, low: f64, high: f64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Argument, format!("{name} is {value}; allowed are {low} to {high}"), ""))
}

impl RunArgs {
    /// The optimiser's constants.
    pub fn sgd(&self) -> SgdConfig {
        SgdConfig { momentum: self.momentum, weight_decay: self.weight_decay, nesterov: self.nesterov }
    }

    /// How the training images are loaded, one view each.
    pub fn loading(&self) -> Result<LoaderConfig> {
        Ok(LoaderConfig {
            side: self.side,
            batch: self.batch,
            drop_last: true,
            augmentation: Augmentation::named(&self.augment)?,
            framing: self.framing,
            seed: self.seed,
            ..LoaderConfig::default()
        })
    }

    /// The trainer's constants for an epoch of so many images.
    pub fn trainer(&self, epoch_len: usize, norms: Norms) -> Result<TrainerConfig> {
        let per_epoch = epoch_len / self.batch.max(1);
        let steps = per_epoch * self.epochs;
        if steps == 0 {
            let message = format!("{epoch_len} images an epoch are no batch of {}", self.batch);
            return Err(Error::new(ErrorKind::Argument, message, "Use a smaller --batch or more images."));
        }
        let rate = self.rate;
        let schedule = match self.schedule.as_str() {
            "cosine" => Schedule::Cosine { peak: rate, floor: rate * 1e-3, warmup: (steps as f64 * self.warmup) as usize, steps },
            "plateau" => Schedule::plateau(rate),
            "milestones" => Schedule::Milestones { rate, factor: 0.1, steps: self.milestones.iter().map(|epoch| epoch * per_epoch).collect() },
            "constant" => Schedule::Constant { rate },
            other => {
                let hint = "Use cosine, plateau, milestones or constant.";
                return Err(Error::new(ErrorKind::Argument, format!("no schedule is called '{other}'"), hint));
            }
        };
        Ok(TrainerConfig { schedule, average: (self.average > 0.0).then_some(self.average), norms })
    }
}

impl StartArgs {
    /// The description of the network.
    pub fn network(&self) -> Result<Network> {
        Network::named(&self.network, CLASSES.len()).ok_or_else(|| {
            let known = format!("Use one of {}.", Network::NAMES.join(", "));
            Error::new(ErrorKind::Argument, format!("no network is called '{}'", self.network), known)
        })
    }

    /// The network with the start's tensors, a new classifier where the start has none, and without the layers that stay as they are.
    pub fn model(&self, network: &Network, seed: u64) -> Result<Model> {
        let model = Model::new(network, &self.tensors(network, seed)?)?;
        freeze(&model, &self.freeze)?;
        Ok(model)
    }

    fn tensors(&self, network: &Network, seed: u64) -> Result<Tensors> {
        let bytes = files::read(&self.start)?;
        let new_where_missing: Vec<&str> = self.fresh.iter().map(String::as_str).chain(network.classifier().map(|node| node.name.as_str())).collect();
        let mut tensors = match weights_file::parse(&bytes) {
            Ok(file) if file.card.architecture != network.architecture => {
                let message = format!("{}: a {} cannot start as a {}", self.start.display(), network.architecture, file.card.architecture);
                return Err(Error::new(ErrorKind::Argument, message, "Name the --network of the file, or another --start."));
            }
            Ok(file) => file.tensors,
            // A file with a card that was refused is not a plain one.
            Err(error) if has_card(&bytes) => return Err(error.context(self.start.display())),
            Err(_) => import_start(&bytes, network, &new_where_missing).map_err(|error| error.context(self.start.display()))?,
        };
        learner::initialise(network, &mut tensors, seed);
        Ok(tensors)
    }
}

/// Leaves the layers on or below these prefixes out of the training.
fn freeze(model: &Model, prefixes: &[String]) -> Result<()> {
    let is_under = |name: &str, prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
    let trained = model.parameters().trained();
    if let Some(prefix) = prefixes.iter().find(|prefix| !trained.keys().any(|name| is_under(name, prefix))) {
        let message = format!("--freeze {prefix}: {} has no such layer", model.network().architecture);
        return Err(Error::new(ErrorKind::Argument, message, "Name a layer or a group of them as in the weight file, without the final dot."));
    }
    model.parameters().train(|name| !prefixes.iter().any(|prefix| is_under(name, prefix)));
    Ok(())
}
