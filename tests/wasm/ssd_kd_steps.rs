//! The ten steps of `ssd_kd.rs` as a native program, which prints them: `www/tests/learner.spec.mjs` compares the module's.
#![allow(missing_docs)]

#[path = "../common/generator.rs"]
mod generator;
#[path = "ssd_kd.rs"]
mod ssd_kd;
#[path = "../common/tolerance.rs"]
mod tolerance;

fn main() -> dermdistill::Result<()> {
    println!("{}", ssd_kd::steps()?);
    Ok(())
}
