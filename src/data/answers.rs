//! A teacher whose answers lie in files.

use super::answer_file::AnswerFile;
use super::dataset::Dataset;
use crate::classes::CLASSES;
use crate::distill::Teacher;
use crate::learner::Batch;
use crate::nn::Framing;
use crate::{Error, ErrorKind, Result};
use candle_core::{Device, Tensor};
use std::collections::HashMap;
use std::path::Path;

/// Answers by sample and view, read from [`AnswerFile`]s as they are asked for. View v is pose v.
#[derive(Debug)]
pub struct FiledAnswers {
    files: Vec<AnswerFile>,
    /// By position in the data set: the file, and the image in it.
    places: Vec<Option<(usize, usize)>>,
}

impl FiledAnswers {
    /// One file for each merged part of `dataset`, in the same order, for squares of `side` made as `framing` says. Images of a file that the
    /// data set lacks are ignored; those at `needed` must all be there and done.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for another number of files than parts; those of [`AnswerFile::open`]; [`ErrorKind::Checkpoint`] for a file of
    /// other classes, another side, framing or class mix than the first one's; [`ErrorKind::TableImage`] naming an image without answers.
    pub fn open(paths: &[impl AsRef<Path>], dataset: &Dataset, needed: &[usize], (side, framing): (usize, Framing)) -> Result<Self> {
        let parts = dataset.samples().iter().map(|sample| sample.source.saturating_add(1)).max().unwrap_or(0);
        if paths.len() != parts {
            let message = format!("{} files of a teacher's answers for {parts} image folders", paths.len());
            return Err(Error::new(ErrorKind::Argument, message, "Give one file for each folder, in the same order."));
        }
        let files = paths.iter().map(|path| AnswerFile::open(path.as_ref())).collect::<Result<Vec<_>>>()?;
        for (file, path) in files.iter().zip(paths) {
            let (about, first) = (file.about(), files.first().map_or(file.about(), AnswerFile::about));
            let differs = [
                ("classes", about.classes != CLASSES),
                ("side", about.side != side),
                ("framing", about.framing != framing),
                ("class mix", about.class_mix != first.class_mix),
                ("teachers", about.teachers != first.teachers),
            ];
            if let Some((what, _)) = differs.into_iter().find(|(_, differs)| *differs) {
                let message = format!("{}: the answers are for another {what} ({} px, {})", path.as_ref().display(), about.side, about.framing);
                return Err(Error::new(ErrorKind::Checkpoint, message, "Let dermdistill teach answer for these settings."));
            }
        }
        let by_name: Vec<HashMap<&str, usize>> =
            files.iter().map(|file| file.about().images.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect()).collect();
        let place = |source: usize, name: &str| by_name.get(source)?.get(name).map(|&image| (source, image));
        let places: Vec<_> = dataset.samples().iter().map(|sample| place(sample.source, &sample.name)).collect();
        let answered = |index: usize| {
            let (file, image) = places.get(index).copied().flatten()?;
            files.get(file)?.is_done(image).then_some(())
        };
        match needed.iter().find(|&&index| answered(index).is_none()) {
            Some(&index) => Err(unknown(dataset.samples().get(index).map_or("", |sample| sample.name.as_str()))),
            None => Ok(Self { files, places }),
        }
    }

    /// The axes of one row at a tap; `None` for a tap that the files have not.
    pub fn axes(&self, tap: &str) -> Option<&[usize]> {
        self.files.first()?.axes(tap)
    }

    /// The class mix that softmax(logits) holds for.
    pub fn class_mix(&self) -> &[f64] {
        self.files.first().map_or(&[], |file| &file.about().class_mix)
    }
}

impl Teacher for FiledAnswers {
    fn answer(&mut self, batch: &Batch, tap: &str) -> Result<Tensor> {
        let (mut data, mut rows, mut axes) = (Vec::new(), 0usize, None);
        for (sample, view) in batch.rows() {
            let (file, image) = self.places.get(sample).copied().flatten().ok_or_else(|| unknown(&format!("sample {sample}")))?;
            let file = self.files.get_mut(file).ok_or_else(|| unknown(&format!("sample {sample}")))?;
            file.read((image, view), tap, &mut data)?;
            rows = rows.saturating_add(1);
            axes = axes.or_else(|| file.axes(tap).map(<[usize]>::to_vec));
        }
        Ok(Tensor::from_vec(data, [&[rows], axes.unwrap_or_default().as_slice()].concat(), &Device::Cpu)?)
    }
}

fn unknown(name: &str) -> Error {
    let message = format!("the teacher has no answer for {}", crate::error::shorten(name));
    Error::new(ErrorKind::TableImage, message, "Let dermdistill teach answer for every image first.")
}
