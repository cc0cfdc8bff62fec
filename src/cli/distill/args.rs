//! The options of `dermdistill distill`.

use crate::cli::run::{RunArgs, StartArgs};
use crate::distill::{Method, Recipe};
use crate::learner::Norms;
use crate::{Error, ErrorKind, Result};
use clap::{ArgAction, Args};
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  dermdistill distill --method ssd-kd --preset paper --images ISIC/images --labels ISIC/labels.csv --start imagenet.safetensors \\
      --teacher teacher.safetensors --teacher-head teacher_ss_head.safetensors --output runs/ssd-kd
  dermdistill distill --method d-kd …            (no turned views, no heads of the teacher)
  dermdistill distill --method ce --views 4 --every-view …      (the control: labels alone, on the same four views)
  dermdistill distill --method kd --teacher a.safetensors --teacher b.safetensors …      (a committee answers)
  dermdistill distill … --weight gram=100 --weight similarity=5 (any term's weight; 0 leaves it out)
  dermdistill distill … --resume

A preset is a list of options put before those given, which therefore prevail:";

/// What a distillation is made of.
#[derive(Args, Clone, Debug, Serialize)]
#[command(after_help = format!("{EXAMPLES}\n{}.", super::preset::help()), args_override_self = true)]
pub(crate) struct DistillArgs {
    /// The rung of the ladder: ce, kd, d-kd or ssd-kd.
    #[arg(long, default_value = "ssd-kd")]
    pub method: String,
    /// default: for ssd-kd the lighter weights that did better on our validation, else the method's own; or paper: the reference's settings.
    #[arg(long, default_value = "default")]
    pub preset: String,
    /// The teacher's weight file; it runs beside the student. Given several times, the teachers answer as a committee: the mean of the logarithms
    /// of their calibrated probabilities; what other terms than those of answers read is the first one's.
    #[arg(long)]
    pub teacher: Vec<PathBuf>,
    /// What teachers answered, as `dermdistill teach --cache` writes it; once for each --images. The answers are to the eight flips and quarter
    /// turns of each picture: whatever else --augment moves they do not see (still moves nothing).
    #[arg(long, value_name = "FILE", conflicts_with = "teacher")]
    pub teacher_answers: Vec<PathBuf>,
    /// The teacher's similarity head, as `dermdistill phase1` writes it; ssd-kd needs it.
    #[arg(long)]
    pub teacher_head: Option<PathBuf>,
    /// The student's heads of an earlier run, to go on with; new ones otherwise.
    #[arg(long)]
    pub heads: Option<PathBuf>,
    /// What the teacher's answers and the weighted labels agree on: loss (answers are moved to the class mix that the weighted loss sees, the
    /// student is moved back afterwards) or own (both are left as they are, as in the reference).
    #[arg(long, default_value = "loss")]
    pub teacher_mix: String,
    /// Views of each picture, turned by quarters: 1 or 4; by default what the method needs.
    #[arg(long)]
    pub views: Option<usize>,
    /// Labels and softened answers on every view, not on the upright one alone. `--every-view=false` takes a preset's word back.
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "false")]
    pub every_view: bool,
    /// Where the network's BatchNorms take their statistics from: batch, which also moves the running ones, or frozen, the running ones as they
    /// are, for heads to be trained beside a network that stays.
    #[arg(long, default_value = "batch")]
    pub norms: String,
    /// A term's weight: cross_entropy, softened, transferred, similarity, distance, angle or gram. May be repeated.
    #[arg(long = "weight", value_name = "TERM=NUMBER")]
    pub weights: Vec<String>,
    /// Temperature of the softened answers, in place of the method's.
    #[arg(long)]
    pub temperature: Option<f64>,
    #[command(flatten)]
    #[serde(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub start: StartArgs,
}

impl DistillArgs {
    /// The method's recipe with the weights and the temperature given.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a method or a term of another name, or a number outside its range.
    pub fn recipe(&self) -> Result<Recipe> {
        let mut recipe = Method::named(&self.method)?.recipe();
        for text in &self.weights {
            let wrong = || Error::new(ErrorKind::Argument, format!("--weight {text} is no TERM=NUMBER"), "For example --weight gram=100.");
            let (name, number) = text.split_once('=').ok_or_else(wrong)?;
            *recipe.weights.of_mut(name)? = number.parse().map_err(|_| wrong())?;
        }
        recipe.temperature = self.temperature.unwrap_or(recipe.temperature);
        recipe.every_view = self.every_view;
        recipe.check()?;
        Ok(recipe)
    }

    /// Views of each picture.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a number of views that the recipe cannot use.
    pub fn views(&self, recipe: &Recipe) -> Result<usize> {
        let wrong = match (self.views, recipe.needs_views()) {
            (None | Some(4), true) => return Ok(4),
            (views @ (None | Some(1 | 4)), false) => return Ok(views.unwrap_or(1)),
            (Some(views), true) => format!("--views {views}: a term compares turned views; it needs 4"),
            (Some(views), false) => format!("--views {views}: pictures have 1 or 4 views"),
        };
        Err(Error::new(ErrorKind::Argument, wrong, ""))
    }

    /// The statistics of the network's BatchNorms.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] when `--norms` names neither.
    pub fn norms(&self) -> Result<Norms> {
        match self.norms.as_str() {
            "batch" => Ok(Norms::Batch),
            "frozen" => Ok(Norms::Running),
            other => Err(Error::new(ErrorKind::Argument, format!("--norms {other}: allowed are batch and frozen"), "")),
        }
    }

    /// Whether teacher and student are left with the class mixes that they have.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] when `--teacher-mix` names neither way.
    pub fn keeps_mixes(&self) -> Result<bool> {
        match self.teacher_mix.as_str() {
            "loss" => Ok(false),
            "own" => Ok(true),
            other => Err(Error::new(ErrorKind::Argument, format!("--teacher-mix {other}: allowed are loss and own"), "")),
        }
    }
}
