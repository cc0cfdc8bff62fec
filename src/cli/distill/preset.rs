//! Presets: lists of options that stand before those given on the command line.

use std::ffi::OsString;

/// What every paper preset has (SSD-KD §2 and §6).
const PAPER: &str = "--side 224 --framing squash --augment reference --rate 0.001 --momentum 0.9 --weight-decay 0.001 --average 0 \
                     --majority-share 1 --patience 15 --keep loss";
/// Phase 2 besides: labels weighted by N / N_c, and neither network moved to another class mix.
const STUDENT: &str = "--schedule plateau --epochs 150 --class-weights inverse --teacher-mix own";
/// Phase 1 besides.
const HEAD: &str = "--schedule milestones --milestones 30,45 --epochs 60 --batch 32";

/// The command line with the options of its preset put before its own.
pub(in crate::cli) fn expand(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let Some(command) = args.get(1).and_then(|word| word.to_str()).filter(|word| ["distill", "phase1"].contains(word)) else { return args };
    if option(&args, "--preset").as_deref() != Some("paper") {
        return args;
    }
    let own: Vec<&str> = match command {
        "phase1" => HEAD.split_whitespace().collect(),
        // The other rungs see one view a picture, so that as many rows need four times the pictures.
        _ if option(&args, "--method").is_none_or(|method| method == "ssd-kd") => STUDENT.split_whitespace().chain(["--batch", "32"]).collect(),
        _ => STUDENT.split_whitespace().chain(["--batch", "128"]).collect(),
    };
    let options: Vec<OsString> = PAPER.split_whitespace().chain(own).map(OsString::from).collect();
    args.splice(2..2, options);
    args
}

/// The last value of an option, in either way of writing it.
fn option(args: &[OsString], name: &str) -> Option<String> {
    let words: Vec<&str> = args.iter().filter_map(|word| word.to_str()).collect();
    let joined = words.iter().filter_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let apart = words.windows(2).filter(|pair| pair.first() == Some(&name)).filter_map(|pair| pair.get(1).copied());
    joined.chain(apart).last().map(str::to_owned)
}
