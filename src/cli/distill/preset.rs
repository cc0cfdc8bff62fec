//! Presets: lists of options that stand before those given on the command line.

use std::ffi::OsString;

/// What every paper preset has (SSD-KD §2 and §6).
const PAPER: &str = "--side 224 --framing squash --augment reference --rate 0.001 --momentum 0.9 --weight-decay 0.001 --average 0 \
                     --majority-share 1 --patience 15 --keep loss";
/// Phase 2 besides: labels weighted by N / N_c, and neither network moved to another class mix.
const STUDENT: &str = "--schedule plateau --epochs 150 --class-weights inverse --teacher-mix own";
/// Phase 1 besides.
const HEAD: &str = "--schedule milestones --milestones 30,45 --epochs 60 --batch 32";

/// The default for the paper's method: relations at a tenth of the reference's weights, labels as much as answers, both on every view. In
/// the short run that fits here, with a committee for a teacher, they did better than its own (`weights/MODEL_CARD.md`, the study).
const SSD_KD: &str = "--every-view --weight cross_entropy=0.5 --weight softened=0.5 --weight transferred=0.5 --weight similarity=1 \
                      --weight distance=2.5 --weight angle=5 --weight gram=100";

/// The command line with the options of its preset put before its own.
pub(in crate::cli) fn expand(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let Some(command) = args.get(1).and_then(|word| word.to_str()).filter(|word| ["distill", "phase1"].contains(word)) else { return args };
    let ssd_kd = command == "distill" && option(&args, "--method").is_none_or(|method| method == "ssd-kd");
    let texts = match (option(&args, "--preset").as_deref(), command) {
        (Some("paper"), "phase1") => vec![PAPER, HEAD],
        // The other rungs see one view a picture, so that as many rows need four times the pictures.
        (Some("paper"), _) => vec![PAPER, STUDENT, if ssd_kd { "--batch 32" } else { "--batch 128" }],
        (None | Some("default"), _) if ssd_kd => vec![SSD_KD],
        _ => return args,
    };
    let options: Vec<OsString> = texts.into_iter().flat_map(str::split_whitespace).map(OsString::from).collect();
    args.splice(2..2, options);
    args
}

/// What the presets of `distill` stand for, for its help.
pub(super) fn help() -> String {
    format!("--preset paper is {PAPER} {STUDENT} and --batch 32 for ssd-kd, --batch 128 for the others; default is, for ssd-kd alone, {SSD_KD}")
}

/// The same of `phase1`, whose default has none.
pub(in crate::cli) fn phase1_help() -> String {
    format!("--preset paper is {PAPER} {HEAD}")
}

/// The last value of an option, in either way of writing it.
fn option(args: &[OsString], name: &str) -> Option<String> {
    let words: Vec<&str> = args.iter().filter_map(|word| word.to_str()).collect();
    let joined = words.iter().filter_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let apart = words.windows(2).filter(|pair| pair.first() == Some(&name)).filter_map(|pair| pair.get(1).copied());
    joined.chain(apart).last().map(str::to_owned)
}
