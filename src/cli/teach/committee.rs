//! Teachers that look at the same squares.

use crate::cli::weights_file;
use crate::data::{POSES, pose};
use crate::engine::Engine;
use crate::photo::{self, Limits};
use crate::trust::{self, Prior};
use crate::weights::{Card, WeightFile, sha256_hex};
use crate::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A teacher.
#[derive(Clone)]
struct Member {
    card: Card,
    sha256: String,
    engine: Engine,
}

/// At least one teacher. A clone shares the weights and has its own buffers.
#[derive(Clone)]
pub(super) struct Committee {
    first: Member,
    others: Vec<Member>,
    maps: bool,
}

impl Committee {
    /// The teachers on squares of the side asked for, or of the first one's own.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a side that the engine does not run at, and for teachers that frame a photograph differently.
    pub fn new(weights: &[PathBuf], side: Option<usize>, maps: bool) -> Result<Self> {
        let (mut members, mut side) = (Vec::new(), side);
        for path in weights {
            let bytes = weights_file::read(path)?;
            let WeightFile { card, tensors } = weights_file::parse(&bytes).map_err(|error| error.context(path.display()))?;
            let engine = Engine::new(&card.network()?, &tensors, *side.get_or_insert(card.input_side))?;
            members.push(Member { card, sha256: sha256_hex(&bytes), engine });
        }
        let mut members = members.into_iter();
        let first = members.next().ok_or_else(|| Error::new(ErrorKind::Argument, "there is no teacher", "Give --weights."))?;
        let others: Vec<Member> = members.collect();
        if let Some(other) = others.iter().find(|member| member.card.framing != first.card.framing) {
            let message = format!("the teachers frame a photograph differently: {} and {}", first.card.framing, other.card.framing);
            return Err(Error::new(ErrorKind::Argument, message, "Let them answer one by one."));
        }
        Ok(Self { first, others, maps })
    }

    /// The card of the first teacher, whose class mix all answers hold for.
    pub fn card(&self) -> &Card {
        &self.first.card
    }

    /// The SHA-256 of each weight file.
    pub fn sha256(&self) -> Vec<String> {
        std::iter::once(&self.first).chain(&self.others).map(|member| member.sha256.clone()).collect()
    }

    /// The side of the squares.
    pub fn side(&self) -> usize {
        self.first.engine.side()
    }

    /// The taps that are answered at, with the axes of one row.
    pub fn taps(&self) -> Vec<(&'static str, Vec<usize>)> {
        let wanted = |tap: &str| self.maps || tap != "feats_7x7";
        self.first.engine.axes().filter(|(tap, _)| wanted(tap)).collect()
    }

    /// The answers to all poses of a photograph, by tap. One teacher's logits are its raw ones; several teachers' are the logarithms of the
    /// committee's probabilities. Pooled features and maps are the first teacher's.
    pub fn answers(&mut self, bytes: &[u8]) -> Result<BTreeMap<&'static str, Vec<f32>>> {
        let photo = photo::decode(bytes, &Limits::default())?;
        let seen = photo::network_input(&photo, None, self.first.card.framing, self.side())?;
        let wanted: Vec<&str> = self.taps().into_iter().map(|(tap, _)| tap).collect();
        let mut answers: BTreeMap<&'static str, Vec<f32>> = BTreeMap::new();
        for at in 0..POSES {
            let mut opinions = Vec::new();
            for member in &mut self.others {
                opinions.push(member.opinion(&seen, at, &self.first.card.class_mix)?);
            }
            // The first one last: what its taps show is then of this pose.
            opinions.push(self.first.opinion(&seen, at, &self.first.card.class_mix.clone())?);
            let alone = self.others.is_empty();
            for (tap, _, values) in self.first.engine.taps().filter(|(tap, ..)| wanted.contains(tap)) {
                let rows = answers.entry(tap).or_default();
                if tap == "logits" && !alone {
                    rows.extend(trust::committee(&opinions)?.iter().map(|p| p.max(f64::from(f32::MIN_POSITIVE)).ln() as f32));
                } else {
                    rows.extend(values);
                }
            }
        }
        Ok(answers)
    }
}

impl Member {
    /// Calibrated probabilities for one pose of a square, under a class mix.
    fn opinion(&mut self, seen: &photo::Seen, at: usize, mix: &[f64]) -> Result<Vec<f64>> {
        let upright = photo::normalise(seen, self.card.mean, self.card.std);
        let mut input = vec![0.0; upright.len()];
        pose(&upright, seen.side, at, &mut input);
        let p = trust::softmax(self.engine.forward(&input)?, self.card.temperature)?;
        trust::apply_prior(&p, &self.card.class_mix, &Prior::Mix(mix.to_vec()))
    }
}
