//! Calendars for agendas, read by two parsers that others wrote: `icalendar` of Python and `ical.js`.
//!
//! Road: `netwijzer calendar` plans a patient, moves a date and takes a schedule away → JSON and iCalendar in both
//! languages → each parser reads the files and holds every appointment against the JSON.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::chores::{Outcome, cargo};
use crate::knowledge::top;

/// The version whose reading is meant here.
const PARSER: &str = "icalendar==7.3.0";

/// A patient with two schedules and a place that needs folding and escaping.
const CASE: &str = "case: agenda\nas-of: 2026-03-10\nfacts:\n  primary.site: ileum\n  \
    tumour.differentiation: well\n  tumour.ki67: 5 %\n  metastasis.distant: yes\n  therapy.ssa: current\n  \
    therapy.prrt: planned\n  ssa.injection.date: [{value: 2026-01-06}, {value: 2026-02-03}, {value: 2026-03-03}]\n";
const SETTINGS: &str = "name = \"Ziekenhuis\"\nclosed = [{ from = 2026-04-13, to = 2026-04-17, why = \"verhuizing\" }]\n\n\
    [calendar.organiser]\nname = \"NET-verpleegkundige; poli, locatie \\\"Oost\\\"\"\nemail = \"net@example.org\"\n";

/// Makes the files and has them read.
pub fn run() -> Outcome {
    let work = top().join("target/calendars");
    fs::create_dir_all(&work).map_err(|e| format!("{}: {e}", work.display()))?;
    let write = |name: &str, text: &[u8]| -> Result<PathBuf, String> {
        let path = work.join(name);
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(path)
    };
    let case = write("case.yaml", CASE.as_bytes())?;
    let without =
        write("without.yaml", CASE.replace("therapy.prrt: planned", "therapy.prrt: never").as_bytes())?;
    let settings = write("settings.toml", SETTINGS.as_bytes())?;
    let settings = ["--settings".to_string(), settings.display().to_string()];
    let first = write("first.json", &calendar(&case, &["--format".to_string(), "json".to_string()])?)?;
    let previous = ["--previous".to_string(), first.display().to_string()];
    let moved = ["--move".to_string(), "prrt.course.2=2026-06-09".to_string()];
    let mut well = true;
    for (name, case, words) in [
        ("planned", &case, settings.to_vec()),
        ("moved", &case, [&settings[..], &previous[..], &moved[..]].concat()),
        ("cancelled", &without, [&settings[..], &previous[..]].concat()),
        ("plain", &case, Vec::new()),
    ] {
        let form = |form: &str, lang: &str| {
            let more = ["--format", form, "--lang", lang].map(str::to_string);
            calendar(case, &[&words[..], &more[..]].concat())
        };
        let json = write(&format!("{name}.json"), &form("json", "en")?)?;
        let mut files = Vec::new();
        for lang in ["nl", "en"] {
            files.push(write(&format!("{name}.{lang}.ics"), &form("ics", lang)?)?);
        }
        well &= python(&work, &json, &files)?;
        well &= node(&json, &files)?;
    }
    Ok(well)
}

fn calendar(case: &Path, words: &[String]) -> Result<Vec<u8>, String> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "netwijzer", "--", "calendar"]).arg(case).args(words);
    let output = command.output().map_err(|e| format!("cargo cannot be started: {e}"))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(format!("`netwijzer calendar` says: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

fn python(work: &Path, json: &Path, files: &[PathBuf]) -> Outcome {
    let venv = work.join("venv");
    if !venv.join("bin/pip").exists() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    }
    succeed(Command::new(venv.join("bin/pip")).args(["install", "--quiet", PARSER]))?;
    let mut command = Command::new(venv.join("bin/python"));
    command.arg(top().join("tools/check_calendar.py")).arg(json).args(files);
    status(&mut command)
}

fn node(json: &Path, files: &[PathBuf]) -> Outcome {
    let folder = top().join("foreign");
    let mut npm = Command::new("npm");
    succeed(npm.args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(&folder))?;
    let mut command = Command::new("node");
    command.arg(folder.join("calendar.mjs")).arg(json).args(files).current_dir(&folder);
    status(&mut command)
}

fn status(command: &mut Command) -> Outcome {
    let name = command.get_program().to_string_lossy().to_string();
    let status = command.status().map_err(|e| {
        format!("{name} cannot be started: {e}; this chore needs python3 and node, and their registries once")
    })?;
    Ok(status.success())
}

fn succeed(command: &mut Command) -> Result<(), String> {
    if status(command)? { Ok(()) } else { Err(format!("`{command:?}` did not succeed")) }
}
