//! The terms of a recipe from what student and teacher gave for a batch.

use super::ladder::Recipe;
use super::{cross_entropy, gram, matched, own_images, rkd_angle, rkd_distance, similarities, softened_kd, transferred_kd};
use crate::learner::{Term, turned, upright};
use crate::{Error, ErrorKind, Result};
use candle_core::{DType, Tensor};

/// What one network gave for every view of a batch, a row each. Only what a recipe's terms read need be there.
#[derive(Clone, Debug)]
pub struct Answers {
    /// N × classes.
    pub logits: Tensor,
    /// What its projection head made of the pooled rows, N × any.
    pub rep: Option<Tensor>,
    /// Pooled rows, N × any.
    pub pool: Option<Tensor>,
    /// Maps, N × H × W × C, the student's after ConvReg.
    pub map: Option<Tensor>,
}

impl Answers {
    /// The same numbers without the graph that made them, whose memory is then free.
    pub(super) fn detached(&self) -> Self {
        let plain = |tensor: &Option<Tensor>| tensor.as_ref().map(Tensor::detach);
        Self { logits: self.logits.detach(), rep: plain(&self.rep), pool: plain(&self.pool), map: plain(&self.map) }
    }
}

/// What is known of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Truth<'a> {
    /// The class of each image.
    pub labels: &'a [usize],
    /// One number above 0 a class.
    pub class_weights: &'a [f64],
    /// Rows an image; row mod `views` = 0 is upright.
    pub views: usize,
}

/// The terms of a batch, and what was seen on the way.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Those of weight above 0, in the ladder's order: `cross_entropy`, `softened`, `transferred`, `similarity`, `distance`, `angle`, `gram`.
    pub terms: Vec<Term>,
    /// The rows of the similarity term that were kept; empty without that term.
    pub kept: Vec<usize>,
    /// The share of turned views that the student matched to their own image; `None` without the similarity term.
    pub matched: Option<f64>,
}

/// The terms of `recipe`. No gradient reaches the teacher.
///
/// Skipped (a term without a value) are: distances between rows that are all alike; similarities in a batch of one image, where the only
/// column is the right one and the term is exactly 0; whatever keeps no row.
///
/// # Errors
/// [`ErrorKind::Argument`] when answers are missing or do not fit together; [`ErrorKind::NotFinite`] when a number of the teacher, or a term, is
/// NaN or infinite.
pub fn terms(recipe: &Recipe, truth: Truth<'_>, student: &Answers, teacher: &Answers) -> Result<Terms> {
    recipe.check()?;
    let weights = &recipe.weights;
    let mut found = Terms { terms: Vec::new(), kept: Vec::new(), matched: None };
    let repeated = |times| truth.labels.iter().flat_map(move |&label| std::iter::repeat_n(label, times)).collect::<Vec<_>>();
    let plain = |answers: &Answers| if recipe.every_view { Ok(answers.logits.clone()) } else { upright(&answers.logits, truth.views) };
    if weights.cross_entropy > 0.0 {
        let labels = repeated(if recipe.every_view { truth.views } else { 1 });
        let loss = cross_entropy(&plain(student)?, &labels, truth.class_weights, 0.0)?;
        found.push("cross_entropy", weights.cross_entropy, Some(loss))?;
    }
    if weights.softened > 0.0 {
        found.push("softened", weights.softened, Some(softened_kd(&plain(student)?, &plain(teacher)?, recipe.temperature)?))?;
    }
    if weights.transferred > 0.0 {
        let [student, teacher] = [student, teacher].map(|answers| turned(&answers.logits, truth.views));
        let passed = transferred_kd(&student?, &teacher?, &repeated(truth.views.saturating_sub(1)), recipe.transferred)?;
        found.push("transferred", weights.transferred, (!passed.kept.is_empty()).then_some(passed.loss))?;
    }
    if weights.similarity > 0.0 {
        found.similarity(recipe, truth.views, (student, teacher))?;
    }
    if weights.distance > 0.0 {
        let loss = rkd_distance(pool(student)?, pool(teacher)?)?;
        found.push("distance", weights.distance, loss)?;
    }
    if weights.angle > 0.0 {
        found.push("angle", weights.angle, Some(rkd_angle(pool(student)?, pool(teacher)?)?))?;
    }
    if weights.gram > 0.0 {
        let [student, teacher] = [student, teacher].map(|answers| needed(&answers.map, "maps"));
        found.push("gram", weights.gram, Some(gram(student?, teacher?)?))?;
    }
    Ok(found)
}

impl Terms {
    fn push(&mut self, name: &'static str, weight: f64, value: Option<Tensor>) -> Result<()> {
        let number = value.as_ref().map_or(Ok(0.0), |value| value.to_dtype(DType::F64)?.to_scalar::<f64>())?;
        if !number.is_finite() {
            let hint = "Lower the learning rate; nothing was learned from this batch.";
            return Err(Error::new(ErrorKind::NotFinite, format!("the term {name} became {number}"), hint));
        }
        self.terms.push(Term { name, weight, value });
        Ok(())
    }

    fn similarity(&mut self, recipe: &Recipe, views: usize, (student, teacher): (&Answers, &Answers)) -> Result<()> {
        let of = |answers: &Answers| {
            let rep = needed(&answers.rep, "representations")?;
            similarities(&upright(rep, views)?, &turned(rep, views)?)
        };
        let (learned, taught) = (of(student)?, of(teacher)?);
        let passed = transferred_kd(&learned, &taught, &own_images(&taught)?, recipe.similarity)?;
        let compares = learned.dim(1)? > 1 && !passed.kept.is_empty();
        let loss = passed.loss.to_dtype(student.logits.dtype())?;
        self.push("similarity", recipe.weights.similarity, compares.then_some(loss))?;
        (self.kept, self.matched) = (passed.kept, Some(matched(&learned)?));
        Ok(())
    }
}

fn pool(answers: &Answers) -> Result<&Tensor> {
    needed(&answers.pool, "pooled rows")
}

fn needed<'a>(tensor: &'a Option<Tensor>, what: &str) -> Result<&'a Tensor> {
    tensor.as_ref().ok_or_else(|| {
        let message = format!("a term reads the {what} of both networks, and one has none");
        Error::new(ErrorKind::Argument, message, "Give them, or set the weight of the terms that read them to 0.")
    })
}
