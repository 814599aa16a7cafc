//! The interface for programs, asked by a program that reads only its description: schemathesis makes requests that fit the
//! description and requests that do not, and looks whether the answers are those that were promised.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use crate::chores::Outcome;
use crate::knowledge::top;
use crate::workbench::{Workbench, program};

/// How thoroughly.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// Requests for each operation.
    #[arg(long, default_value_t = 100)]
    examples: u32,
    /// The same seed makes the same requests.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// With the development build.
    #[arg(long)]
    dev: bool,
}

/// The version whose checks are meant here.
const VERSION: &str = "schemathesis==4.32.5";
/// Ending the session ends the run: it is asked in a session of its own.
const END: &str = "/api/v1/session/end";

/// Runs it as somebody who treats patients, then as somebody who looks after accounts.
pub fn run(settings: &Settings) -> Outcome {
    let work = top().join("target/schemathesis");
    let venv = work.join("venv");
    if !venv.join("bin/schemathesis").exists() {
        call(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        call(Command::new(venv.join("bin/pip")).args(["install", "--quiet", VERSION]))?;
    }
    let program = program(settings.dev)?;
    let workbench = Workbench::on_sqlite(&program, &work.join("record"))?;
    let mut well = true;
    for (login, choice) in [
        ("specialist", ["--exclude-path", END]),
        ("admin", ["--exclude-path", END]),
        ("nurse", ["--include-path", END]),
    ] {
        println!("== as {login}, {} {}", choice[0], choice[1]);
        well &= asked(settings, &venv, &work, &workbench.address, (login, choice))?;
    }
    Ok(well)
}

fn asked(
    settings: &Settings,
    venv: &Path,
    work: &Path,
    address: &str,
    (login, choice): (&str, [&str; 2]),
) -> Outcome {
    let token = token(address.trim_start_matches("http://"), login)?;
    let mut command = Command::new(venv.join("bin/schemathesis"));
    command
        .current_dir(work)
        .arg("--config-file")
        .arg(top().join("tools/schemathesis.toml"))
        .arg("run")
        .arg(format!("{address}/api/v1/openapi.json"))
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--checks", "all"])
        .args(["--max-examples", &settings.examples.to_string(), "--seed", &settings.seed.to_string()])
        .args(["--generation-database", "none", "--no-color"])
        .args(choice);
    let status = command.status().map_err(|e| format!("schemathesis cannot be started: {e}"))?;
    Ok(status.success())
}

/// Signs in as a program does.
fn token(address: &str, login: &str) -> Result<String, String> {
    let body = serde_json::json!({"login": login, "password": "netwijzer-demonstratie"}).to_string();
    let mut stream = TcpStream::connect(address).map_err(|e| format!("{address}: {e}"))?;
    let request = format!(
        "POST /api/v1/session HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut text = String::new();
    stream
        .write_all(request.as_bytes())
        .and_then(|()| stream.read_to_string(&mut text))
        .map_err(|e| format!("{address}: {e}"))?;
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let session: serde_json::Value = serde_json::from_str(body).map_err(|e| format!("signing in: {e}"))?;
    session["token"].as_str().map(str::to_string).ok_or_else(|| format!("{login} could not sign in"))
}

fn call(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().to_string();
    let status = command.status().map_err(|e| {
        format!("{name} cannot be started: {e}; this chore needs python3 and the PyPI registry")
    })?;
    if status.success() { Ok(()) } else { Err(format!("{name} did not succeed")) }
}
