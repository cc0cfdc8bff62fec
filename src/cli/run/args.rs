//! The options that every run over a data set has.

use crate::nn::Framing;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// Data, steps and files of a run. All but the last group must be the same when it is resumed.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct RunArgs {
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
    /// JSON with texts for the card: training_data, split, licence, attribution, version, changelog, intended_use, not_intended_use.
    #[arg(long)]
    pub card: Option<PathBuf>,
    /// Side of the input in pixels, a multiple of 32.
    #[arg(long, default_value_t = 224)]
    pub side: usize,
    /// How a photograph becomes a square: centre_square or squash.
    #[arg(long, default_value = "centre_square")]
    pub framing: Framing,
    /// Augmentation: none, still (strong's colours, blur and rectangles; nothing moves), standard, strong or reference.
    #[arg(long, default_value = "standard")]
    pub augment: String,
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
    /// Learning rate (its peak for cosine).
    #[arg(long, default_value_t = 0.01)]
    pub rate: f64,
    /// cosine (one rise, one fall), plateau, milestones (a tenth after each) or constant.
    #[arg(long, default_value = "cosine")]
    pub schedule: String,
    /// Share of the steps in which a cosine rises.
    #[arg(long, default_value_t = 0.1)]
    pub warmup: f64,
    /// With --schedule milestones: the epochs after which the rate falls to a tenth.
    #[arg(long, value_delimiter = ',', default_value = "30,45")]
    pub milestones: Vec<usize>,
    /// Momentum of SGD.
    #[arg(long, default_value_t = 0.9)]
    pub momentum: f64,
    /// Weight decay of SGD.
    #[arg(long, default_value_t = 5e-4)]
    pub weight_decay: f64,
    /// Look-ahead momentum.
    #[arg(long)]
    pub nesterov: bool,
    /// Average the network's weights, keeping this share of the old average at each step; 0 for none. Heads are the last step's.
    #[arg(long, default_value_t = 0.998)]
    pub average: f64,
    /// Stop after this many epochs without a better validation; 0 for never.
    #[arg(long, default_value_t = 0)]
    pub patience: usize,
    /// What the best weights are chosen by: balanced (accuracy, equal prior) or loss (cross-entropy weighted by class).
    #[arg(long, default_value = "balanced")]
    pub keep: String,
    /// Seed of the order, the augmentation and the new layers.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Folder for what the run writes: best.safetensors, last.safetensors, checkpoint.safetensors, log.csv.
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

impl RunArgs {
    /// The weights with the best validation figure.
    pub fn best(&self) -> PathBuf {
        self.output.join("best.safetensors")
    }

    /// The weights after the latest epoch.
    pub fn last(&self) -> PathBuf {
        self.output.join("last.safetensors")
    }

    /// The heads beside the best weights.
    pub fn best_heads(&self) -> PathBuf {
        self.output.join("best_heads.safetensors")
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

/// The network that is trained, and where it starts.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct StartArgs {
    /// The network: mobilenet_v2, resnet50 (torchvision's) or resnet50v2 (pre-activation).
    #[arg(long, alias = "architecture", default_value = "mobilenet_v2")]
    pub network: String,
    /// Weights to start from: a released file, or a plain safetensors file with torchvision's names.
    #[arg(long)]
    pub start: PathBuf,
    /// Layers that may begin at random where a plain --start lacks them, for example layer4; the classifier always may. May be repeated.
    #[arg(long, value_name = "PREFIX")]
    pub fresh: Vec<String>,
    /// Layers that stay as they are, for example conv1 or layer1; their BatchNorms go on following the batches. May be repeated.
    #[arg(long, value_name = "PREFIX")]
    pub freeze: Vec<String>,
}
