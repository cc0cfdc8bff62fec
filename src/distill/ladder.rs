//! The ladder of methods: each rung adds one idea to the one below, and is nothing but the weights of its terms.

use super::transferred::Transfer;
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// A rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Labels alone.
    Ce,
    /// And the teacher's softened answers.
    Kd,
    /// And how the teacher relates views and channels.
    DKd,
    /// And what it makes of turned views: the paper's method.
    SsdKd,
}

impl Method {
    /// Every rung, from the lowest.
    pub const ALL: [Self; 4] = [Self::Ce, Self::Kd, Self::DKd, Self::SsdKd];

    /// Its name on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ce => "ce",
            Self::Kd => "kd",
            Self::DKd => "d-kd",
            Self::SsdKd => "ssd-kd",
        }
    }

    /// The rung of this name.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for any other.
    pub fn named(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name).ok_or_else(|| {
            let message = format!("no method is called {}", crate::error::quote(name));
            Error::new(ErrorKind::Argument, message, "Use ce, kd, d-kd or ssd-kd.")
        })
    }

    /// The reference's constants for this rung (SSD-KD §5 and §7).
    pub const fn recipe(self) -> Recipe {
        let none = Weights { cross_entropy: 1.0, softened: 0.0, transferred: 0.0, similarity: 0.0, distance: 0.0, angle: 0.0, gram: 0.0 };
        let (temperature, weights) = match self {
            Self::Ce => (5.0, none),
            Self::Kd => (5.0, Weights { cross_entropy: 0.5, softened: 0.5, ..none }),
            Self::DKd => (5.0, Weights { cross_entropy: 0.5, softened: 0.5, distance: 25.0, angle: 50.0, gram: 1000.0, ..none }),
            Self::SsdKd => {
                let learned = Weights { cross_entropy: 0.1, softened: 0.9, transferred: 2.7, similarity: 10.0, ..none };
                (4.0, Weights { distance: 25.0, angle: 50.0, gram: 1000.0, ..learned })
            }
        };
        Recipe {
            weights,
            temperature,
            every_view: false,
            transferred: Transfer { temperature: 4.0, wrong_kept: 1.0 },
            similarity: Transfer { temperature: 0.5, wrong_kept: 0.75 },
        }
    }
}

/// What each term is multiplied with; a term of weight 0 is not computed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// L1.
    pub cross_entropy: f64,
    /// L2.
    pub softened: f64,
    /// L3.
    pub transferred: f64,
    /// L4.
    pub similarity: f64,
    /// D of L5.
    pub distance: f64,
    /// A of L5.
    pub angle: f64,
    /// G of L5.
    pub gram: f64,
}

impl Weights {
    /// The weight of the term of this name, as reports and logs call it.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for another name.
    pub fn of_mut(&mut self, term: &str) -> Result<&mut f64> {
        Ok(match term {
            "cross_entropy" => &mut self.cross_entropy,
            "softened" => &mut self.softened,
            "transferred" => &mut self.transferred,
            "similarity" => &mut self.similarity,
            "distance" => &mut self.distance,
            "angle" => &mut self.angle,
            "gram" => &mut self.gram,
            _ => {
                let known = "Use cross_entropy, softened, transferred, similarity, distance, angle or gram.";
                return Err(Error::new(ErrorKind::Argument, format!("no term is called {}", crate::error::quote(term)), known));
            }
        })
    }
}

/// Everything that a loss of the ladder is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// The terms' weights.
    pub weights: Weights,
    /// T of the softened answers.
    pub temperature: f64,
    /// Whether labels and softened answers are of every view; else of the upright ones, as in the reference.
    pub every_view: bool,
    /// How answers to turned views are passed on.
    pub transferred: Transfer,
    /// How similarities are.
    pub similarity: Transfer,
}

impl Recipe {
    /// That every weight is a number from 0 on and one of them above, temperatures are above 0 and shares in 0–1.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] naming the first constant that is not.
    pub fn check(&self) -> Result<()> {
        let Weights { cross_entropy, softened, transferred, similarity, distance, angle, gram } = self.weights;
        let weights = [cross_entropy, softened, transferred, similarity, distance, angle, gram];
        let transfers = [self.transferred, self.similarity];
        let wrong = if let Some(weight) = weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
            format!("a term has the weight {weight}; weights are numbers from 0 on")
        } else if weights.iter().all(|weight| *weight == 0.0) {
            "every term has weight 0, so there is nothing to learn".to_owned()
        } else if let Some(t) = [self.temperature].into_iter().chain(transfers.map(|t| t.temperature)).find(|t| !(t.is_finite() && *t > 0.0)) {
            format!("a temperature is {t}; it must be a number above 0")
        } else if let Some(transfer) = transfers.iter().find(|transfer| !(0.0..=1.0).contains(&transfer.wrong_kept)) {
            format!("the share of wrong rows kept is {}; allowed are 0 to 1", transfer.wrong_kept)
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Argument, wrong, ""))
    }

    /// Whether a term reads a teacher's answers: all but the labels' do.
    pub fn needs_teacher(&self) -> bool {
        let Weights { softened, transferred, similarity, distance, angle, gram, .. } = self.weights;
        [softened, transferred, similarity, distance, angle, gram].iter().any(|weight| *weight > 0.0)
    }

    /// Whether a term reads the turned views.
    pub fn needs_views(&self) -> bool {
        self.weights.transferred > 0.0 || self.weights.similarity > 0.0
    }
}
