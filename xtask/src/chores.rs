//! Chores that are other commands in a row.

use std::env;
use std::process::Command;
use std::time::Instant;

use crate::knowledge::top;
use crate::{foreign, independent, licences, tidy};

/// What every command line ends in: whether all is well, or why it could not be run.
pub type Outcome = Result<bool, String>;

/// The crate of the Python package, which only `cargo xtask wheel` builds: nobody else waits for what it stands on.
const WHEEL: &str = "nw-python";

/// The cargo that started us, so that a pinned toolchain stays pinned.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(top());
    command
}

fn run(words: &[&str], settings: &[(&str, &str)]) -> Outcome {
    println!("$ cargo {}", words.join(" "));
    let status = cargo().args(words).envs(settings.iter().copied()).status();
    Ok(status.map_err(|e| format!("cargo cannot be started: {e}"))?.success())
}

/// Every check, all of them even when one fails, with a summary at the end.
pub fn ci() -> Outcome {
    let mut done: Vec<(&str, bool, f64)> = Vec::new();
    let mut step = |name: &'static str, chore: &dyn Fn() -> Outcome| {
        println!("\n== {name}");
        let started = Instant::now();
        // What a machine lacks fails this step only; the others still say what they find.
        let well = chore().unwrap_or_else(|why| {
            eprintln!("cargo xtask: {why}");
            false
        });
        done.push((name, well, started.elapsed().as_secs_f64()));
    };
    step("format", &|| run(&["fmt", "--all", "--check"], &[]));
    step("clippy", &|| {
        let words = [
            "clippy",
            "--workspace",
            "--exclude",
            WHEEL,
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ];
        run(&words, &[])
    });
    step("tests", &|| run(&["test", "--workspace", "--exclude", WHEEL, "--locked"], &[]));
    step("knowledge", &|| check(&[]));
    step("independent", &|| independent::run(&independent::bounded()));
    step("foreign", &|| foreign::run(&foreign::bounded()));
    step("tidy", &tidy::run);
    step("licences", &licences::run);
    println!();
    for (name, well, seconds) in &done {
        println!("{} {name:<11} {seconds:7.1} s", if *well { "ok    " } else { "FAILED" });
    }
    Ok(done.iter().all(|(_, well, _)| *well))
}

/// The knowledge folder as the command line judges it.
pub fn check(more: &[String]) -> Outcome {
    let mut words =
        vec!["run", "--quiet", "--package", "netwijzer", "--", "check", "--guideline", "knowledge"];
    words.extend(more.iter().map(String::as_str));
    run(&words, &[])
}

/// Runs the tests once with leave to rewrite what they compare with.
pub fn bless() -> Outcome {
    let well =
        run(&["test", "--workspace", "--exclude", WHEEL], &[("SNAPSHOTS", "overwrite"), ("NW_BLESS", "1")])?;
    println!("Now read the diff: each change in a snapshot is a change that somebody will see.");
    Ok(well)
}

/// The peers in their own workspace, then the engine by itself.
pub fn bench() -> Outcome {
    let peers = run(&["run", "--release", "--manifest-path", "bench/Cargo.toml"], &[])?;
    let own = run(&["run", "--release", "--package", "nw-engine", "--example", "bench"], &[])?;
    Ok(peers && own)
}

/// The same words once more, built with optimisation.
pub fn again_in_release() -> Outcome {
    let mut command = cargo();
    // Paths in the words are meant from where they were typed.
    if let Ok(here) = env::current_dir() {
        command.current_dir(here);
    }
    let manifest = top().join("Cargo.toml");
    command.args(["run", "--quiet", "--release", "--package", "xtask", "--manifest-path"]).arg(manifest);
    command.arg("--").args(env::args().skip(1));
    match command.status().map_err(|e| format!("cargo cannot be started: {e}"))?.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err("the release build of xtask did not finish".to_string()),
    }
}
