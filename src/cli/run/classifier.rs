//! The course of a run that trains a classifier: `train`, and every rung of `distill`.

use super::args::RunArgs;
use super::assess::{Assessment, Assessor};
use super::course::{Course, Verdict, pictures};
use crate::cli::files;
use crate::data;
use crate::learner::{Batch, Trainer};
use crate::weights::{HEADS_PREFIX, Heads, Precision, WeightFile};
use crate::{Error, ErrorKind, Result};

/// Validation on upright pictures; weight files with their cards, and the training heads beside the best ones.
pub(in crate::cli) struct Classifier<'a> {
    args: &'a RunArgs,
    assessor: Assessor,
    keep: Keep,
    found: Option<Assessment>,
}

/// What the best weights are chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// Balanced accuracy under equal shares.
    Balanced,
    /// The class-weighted cross-entropy, as in the reference.
    Loss,
}

impl<'a> Classifier<'a> {
    /// # Errors
    /// [`ErrorKind::Argument`] when `--keep` names neither.
    pub fn new(args: &'a RunArgs, assessor: Assessor) -> Result<Self> {
        let keep = match args.keep.as_str() {
            "balanced" => Keep::Balanced,
            "loss" => Keep::Loss,
            other => return Err(Error::new(ErrorKind::Argument, format!("--keep {other}: the best weights are chosen by balanced or loss"), "")),
        };
        Ok(Self { args, assessor, keep, found: None })
    }
}

impl Course for Classifier<'_> {
    fn batch(&mut self, loaded: data::Batch) -> Result<Batch> {
        pictures(loaded)
    }

    fn assess(&mut self, trainer: &Trainer) -> Result<Verdict> {
        let assessment = self.assessor.assess(trainer.model().network(), &trainer.averaged()?)?;
        let (report, equal) = (&assessment.found.report, &assessment.found.equal);
        let (figure, loss) = match self.keep {
            Keep::Balanced => (equal.balanced_accuracy, report.nll),
            Keep::Loss => (-assessment.weighted_loss, assessment.weighted_loss),
        };
        let verdict = Verdict {
            figure,
            loss,
            columns: vec![
                ("val_loss", report.nll),
                ("val_weighted_loss", assessment.weighted_loss),
                ("val_accuracy", report.accuracy),
                ("val_balanced_accuracy", report.balanced_accuracy),
                ("val_balanced_accuracy_equal", equal.balanced_accuracy),
                ("val_ece", report.ece),
                ("temperature", assessment.found.temperature),
            ],
            text: format!(
                "loss {:.4}  accuracy {:.3}  balanced {:.3}, equal prior {:.3}  ECE {:.3}",
                report.nll, report.accuracy, report.balanced_accuracy, equal.balanced_accuracy, report.ece
            ),
        };
        self.found = Some(assessment);
        Ok(verdict)
    }

    fn save(&self, trainer: &Trainer, best: bool) -> Result<()> {
        let found = self.found.as_ref().ok_or_else(|| Error::new(ErrorKind::Internal, "weights are written before they were judged", ""))?;
        let card = self.assessor.card(found, &self.args.log())?;
        let bytes = WeightFile { card: card.clone(), tensors: found.tensors.clone() }.write(Precision::F32)?;
        files::write_atomically(&self.args.last(), &bytes)?;
        if !best {
            return Ok(());
        }
        files::write_atomically(&self.args.best(), &bytes)?;
        let all = trainer.model().parameters().tensors()?;
        let Some(heads) = Heads::of(&all, true) else { return Ok(()) };
        let mut card = card;
        card.heads = Some(heads);
        let tensors = all.into_iter().filter(|(name, _)| name.starts_with(HEADS_PREFIX)).collect();
        files::write_atomically(&self.args.best_heads(), &WeightFile { card, tensors }.write(Precision::F16)?)
    }
}
