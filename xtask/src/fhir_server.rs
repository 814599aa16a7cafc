//! FHIR over HTTP before clients that others wrote: fhirpy and fhirclient use the workbench as any server, and
//! `fhir.resources` reads everything it says. Needs python3 and the PyPI registry.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::chores::Outcome;
use crate::knowledge::top;
use crate::workbench::{Built, Workbench};

/// The versions whose behaviour is meant here.
const CLIENTS: &[&str] = &["fhirpy==2.3.1", "fhirclient==4.4.0", "fhir.resources==8.3.0"];

/// With which build.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    #[command(flatten)]
    built: Built,
}

fn called(command: &mut Command) -> Result<(), String> {
    let status =
        command.status().map_err(|e| format!("{command:?}: {e}; this chore needs python3 and PyPI"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} did not succeed")) }
}

/// Starts a workbench with invented patients and lets the clients at it.
pub fn run(settings: &Settings) -> Outcome {
    let work = top().join("target/fhir/server");
    let python = work.join("venv/bin/python");
    std::fs::create_dir_all(&work).map_err(|e| format!("{}: {e}", work.display()))?;
    if !python.is_file() {
        called(Command::new("python3").args(["-m", "venv"]).arg(work.join("venv")))?;
        called(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(CLIENTS))?;
    }
    let program = settings.built.program()?;
    let workbench = Workbench::on_sqlite(&program, &work.join("record"))?;
    let out = Command::new(&python)
        .arg(top().join("foreign/fhir_clients.py"))
        .arg(&workbench.address)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("{}: {e}", python.display()))?;
    if !out.status.success() {
        return Ok(false);
    }
    let report: Value = serde_json::from_slice(&out.stdout).map_err(|e| format!("the report: {e}"))?;
    println!(
        "fhirpy, fhirclient: {} steps; fhir.resources: {} resources in {} answers, {} refused\n{}",
        report["steps"].as_array().map_or(0, Vec::len),
        report["resources"],
        report["answers"],
        report["refused"],
        report["byType"]
    );
    if report["refused"] != 0 {
        println!("{}", report["examples"]);
    }
    Ok(report["refused"] == 0)
}
