//! The program as its users run it: arguments and files in, text, JSON and exit code out.

// A helper of a test may fail the test.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod calendar;
mod confirm;
mod contract;
mod examples;
mod exports;
mod fhir;
mod leaflets;
mod letter;
mod record;
mod registry;
mod reports;
mod talk;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    /// All of standard output as one JSON value.
    fn json_whole(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}"))
    }

    /// Every line of standard output as JSON.
    fn json(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
    }
}

fn run(args: &[&str]) -> Ran {
    run_with(args, b"", &[])
}

fn run_with(args: &[&str], input: &[u8], variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netwijzer"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    let mut child = command.spawn().unwrap();
    // The program may end before it read everything; that is its right.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_string()
}

/// The repository's knowledge folder.
fn knowledge() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
    path.canonicalize().unwrap().to_str().unwrap().to_string()
}

/// The example of the contract.
const DEMO: &str = "\
case: demo-ileum
as-of: 2026-03-10            # optional: date of the assessment
facts:
  primary.site: ileum
  tumour.ki67: 4 %           # also: \"<2 %\", \"3-20 %\", [G1, G2], unknown, not-done
  tumour.mitoses: 1 /2mm2
  tumour.size: 1,4 cm        # decimal comma and unit conversion are understood
  nodes.regional.positive: {value: 3, date: 2026-03-02, origin: \"pathology report\"}
";
