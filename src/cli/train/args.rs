//! The options of `dermdistill train`.

use crate::nn::Framing;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  dermdistill train --images ISIC/images --labels ISIC/labels.csv --start imagenet.safetensors --output runs/first
  dermdistill train --images classes/ --start imagenet.safetensors --output runs/folders   (one folder a class: MEL/, NV/, …)
  dermdistill train … --resume                                                              (goes on where the last run stopped)";

/// What a training is made of. All but the last group must be the same when a run is resumed.
#[derive(Args, Clone, Debug, Serialize)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TrainArgs {
    /// Folder of images; may be given several times, once for each --labels.
    #[arg(long, required = true)]
    pub images: Vec<PathBuf>,
    /// Labels of that folder: the official ISIC one-hot CSV or `image,dx[,group_id]`. Without any, each folder holds one folder a class.
    #[arg(long)]
    pub labels: Vec<PathBuf>,
    /// Keep only rows of the first --labels with this value, for example subset=HAM; may be repeated.
    #[arg(long = "where", value_name = "COLUMN=VALUE")]
    pub filters: Vec<String>,
    /// CSV `group_id,split` (train or val). Images of groups not in it are left out.
    #[arg(long)]
    pub split: Option<PathBuf>,
    /// Without --split: the seed of a random split by group, stratified by class.
    #[arg(long, default_value_t = 2021)]
    pub split_seed: u64,
    /// Without --split: the share of groups for validation.
    #[arg(long, default_value_t = 0.2)]
    pub val_share: f64,
    /// Weights to start from: a released file, or a plain safetensors file with torchvision's names.
    #[arg(long)]
    pub start: PathBuf,
    /// Layers that may begin at random where a plain --start lacks them, for example layer4; the classifier always may. May be repeated.
    #[arg(long, value_name = "PREFIX")]
    pub fresh: Vec<String>,
    /// JSON with texts for the card: training_data, split, licence, attribution, version, changelog, intended_use, not_intended_use.
    #[arg(long)]
    pub card: Option<PathBuf>,
    /// The network: mobilenet_v2, resnet50 (torchvision's) or resnet50v2 (pre-activation).
    #[arg(long, alias = "architecture", default_value = "mobilenet_v2")]
    pub network: String,
    /// Side of the input in pixels, a multiple of 32.
    #[arg(long, default_value_t = 224)]
    pub side: usize,
    /// How a photograph becomes a square: centre_square or squash.
    #[arg(long, default_value = "centre_square")]
    pub framing: Framing,
    /// Augmentation: none, standard, strong or reference.
    #[arg(long, default_value = "standard")]
    pub augment: String,
    /// Share of the batches whose images are blended in pairs (Mixup).
    #[arg(long, default_value_t = 0.0)]
    pub mixup: f64,
    /// Share of the batches whose images get a rectangle of another one (CutMix).
    #[arg(long, default_value_t = 0.0)]
    pub cutmix: f64,
    /// Layers that stay as they are, for example conv1 or layer1; their BatchNorms go on following the batches. May be repeated.
    #[arg(long, value_name = "PREFIX")]
    pub freeze: Vec<String>,
    /// Images a step.
    #[arg(long, default_value_t = 64)]
    pub batch: usize,
    /// Passes over the training images.
    #[arg(long, default_value_t = 12)]
    pub epochs: usize,
    /// Share of the largest class shown in each epoch, drawn anew every time.
    #[arg(long, default_value_t = 1.0)]
    pub majority_share: f64,
    /// Weights of the classes in the loss: none, sqrt-inverse or inverse.
    #[arg(long, default_value = "sqrt-inverse")]
    pub class_weights: String,
    /// Share of every label spread over all classes.
    #[arg(long, default_value_t = 0.05)]
    pub label_smoothing: f32,
    /// CSV `image,AK,BCC,…` with a teacher's probabilities under the class mix of the first --images; once for each --images.
    #[arg(long, value_name = "CSV")]
    pub teacher_outputs: Vec<PathBuf>,
    /// With --teacher-outputs: share of the loss that is the teacher's, the rest being the labels'.
    #[arg(long, default_value_t = 0.5)]
    pub teacher_share: f64,
    /// Learning rate (its peak for cosine).
    #[arg(long, default_value_t = 0.01)]
    pub rate: f64,
    /// cosine (one rise, one fall), plateau or constant.
    #[arg(long, default_value = "cosine")]
    pub schedule: String,
    /// Share of the steps in which a cosine rises.
    #[arg(long, default_value_t = 0.1)]
    pub warmup: f64,
    /// Momentum of SGD.
    #[arg(long, default_value_t = 0.9)]
    pub momentum: f64,
    /// Weight decay of SGD.
    #[arg(long, default_value_t = 5e-4)]
    pub weight_decay: f64,
    /// Look-ahead momentum.
    #[arg(long)]
    pub nesterov: bool,
    /// Average the weights, keeping this share of the old average at each step; 0 for none.
    #[arg(long, default_value_t = 0.998)]
    pub average: f64,
    /// Seed of the order, the augmentation and the new layers.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Folder for best.safetensors, last.safetensors, checkpoint.safetensors and log.csv.
    #[arg(long)]
    #[serde(skip)]
    pub output: PathBuf,
    /// Go on from the checkpoint in --output.
    #[arg(long)]
    #[serde(skip)]
    pub resume: bool,
    /// Minutes between checkpoints within an epoch.
    #[arg(long, default_value_t = 3)]
    #[serde(skip)]
    pub checkpoint_minutes: u64,
    /// Threads; all cores by default. One thread resumes bit for bit on any machine.
    #[arg(long)]
    #[serde(skip)]
    pub threads: Option<usize>,
}

impl TrainArgs {
    /// The weights with the best validation figure.
    pub fn best(&self) -> PathBuf {
        self.output.join("best.safetensors")
    }

    /// The weights after the latest epoch.
    pub fn last(&self) -> PathBuf {
        self.output.join("last.safetensors")
    }

    /// The state to resume from.
    pub fn checkpoint(&self) -> PathBuf {
        self.output.join("checkpoint.safetensors")
    }

    /// One line an epoch.
    pub fn log(&self) -> PathBuf {
        self.output.join("log.csv")
    }
}
