//! Leaflets of patients who do not exist, each looked at as its reader would.
//!
//! The looking itself is the example `leaflets` of the command line's crate, so that chores build no typesetter.

use crate::chores::{Outcome, cargo};
use crate::knowledge::top;

/// How many, and how.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// How many patients are drawn; each has four leaflets, two in each language.
    #[arg(long, default_value_t = 500)]
    patients: u64,
    /// Start number: the same number draws the same patients.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The example patients and the guideline's own cases as well.
    #[arg(long)]
    cases: bool,
    /// How many threads work.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// With the development build: quicker to build, and ten times slower to run.
    #[arg(long)]
    dev: bool,
}

/// Builds and runs it from the top folder.
pub fn run(settings: &Settings) -> Outcome {
    let mut command = cargo();
    command.current_dir(top()).args(["run", "--quiet", "--package", "netwijzer", "--example", "leaflets"]);
    if !settings.dev {
        command.arg("--release");
    }
    command.arg("--");
    for (name, value) in [
        ("--patients", settings.patients.to_string()),
        ("--seed", settings.seed.to_string()),
        ("--threads", settings.threads.to_string()),
    ] {
        command.args([name, &value]);
    }
    if settings.cases {
        command.arg("--cases");
    }
    match command.status().map_err(|e| format!("cargo cannot be started: {e}"))?.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err("the leaflets could not be made; what is wrong stands above".to_string()),
    }
}
