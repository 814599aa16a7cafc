//! CDS Hooks before clients that others wrote, and under load: the CDS Hooks Sandbox in a browser and a program on
//! `@medplum/core` call the services, then 500 calls a second come in whether the ones before were answered or not.
//!
//! The sandbox is no package: it is cloned at one commit and built with npm. Needs node 20, npm and Chromium.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::chores::Outcome;
use crate::e2e::Npm;
use crate::knowledge::top;
use crate::load::{Line, quantile, tokens};
use crate::workbench::{Built, Workbench};

/// What to do, and how hard.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// Only this part.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Where the sandbox is cloned from: an address or a folder.
    #[arg(long, default_value = "https://github.com/cds-hooks/sandbox")]
    sandbox: String,
    /// Calls a second.
    #[arg(long, default_value_t = 500.0)]
    rate: f64,
    /// How long they come in, in seconds.
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    #[command(flatten)]
    built: Built,
}

/// A part of this chore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The sandbox and the second client.
    Clients,
    /// Many calls.
    Load,
}

/// The commit whose behaviour is meant here.
const SANDBOX: &str = "3b7e25546771c6e7fc5e360aa7db6eb64af0b8b6";
/// What 99 of 100 answers must not exceed, in milliseconds.
const ANSWER: f64 = 10.0;
/// Calls that may wait at once.
const LINES: usize = 128;
/// Calls before the clock starts.
const WARM: usize = 500;
const ISSUER: &str = "https://load.example";

/// Lets the clients at the services, and then the crowd.
pub fn run(settings: &Settings) -> Outcome {
    let wanted = |part| settings.only.is_none_or(|only| only == part);
    let program = settings.built.program()?;
    let work = top().join("target/hooks");
    std::fs::create_dir_all(&work).map_err(|e| format!("{}: {e}", work.display()))?;
    let mut well = true;
    if wanted(Part::Clients) {
        let sandbox = sandbox(&work, &settings.sandbox)?;
        let shots = work.join("shots");
        let shown = vec![
            ("NW_CDS_SANDBOX", sandbox.display().to_string()),
            ("NW_PROGRAM", program.display().to_string()),
            ("NW_SHOTS", shots.display().to_string()),
        ];
        let npm = Npm { folder: top().join("e2e"), shown };
        if !npm.run(&["install", "--no-audit", "--no-fund", "--silent"])? {
            return Err("`npm install` in `e2e` did not succeed".to_string());
        }
        well &= npm.run(&["test", "--", "hooks.test.mjs"])?;
        println!("Screenshots: {}", shots.display());
    }
    if wanted(Part::Load) {
        well &= load(settings, &program, &work.join("load"))?;
    }
    Ok(well)
}

/// The built sandbox, made when it is not there.
fn sandbox(work: &Path, source: &str) -> Result<PathBuf, String> {
    let folder = work.join("sandbox");
    if folder.join("build/app.bundle.js").is_file() {
        return Ok(folder);
    }
    let call = |command: &mut Command| {
        println!("$ {command:?}");
        let status = command.status().map_err(|e| format!("{command:?}: {e}"))?;
        if status.success() { Ok(()) } else { Err(format!("{command:?} did not succeed")) }
    };
    let _ = std::fs::remove_dir_all(&folder);
    call(Command::new("git").args(["clone", "--quiet", source]).arg(&folder))?;
    call(Command::new("git").arg("-C").arg(&folder).args(["checkout", "--quiet", SANDBOX]))?;
    // Scripts of packages are not needed for the build, and nobody here has read them.
    let npm = |words: &[&str]| call(Command::new("npm").args(words).current_dir(&folder));
    npm(&["ci", "--no-audit", "--no-fund", "--silent", "--ignore-scripts"])?;
    npm(&["run", "build", "--silent", "--", "--no-progress"])?;
    Ok(folder)
}

/// A call that is made again and again.
struct Call {
    path: String,
    body: String,
}

/// What a crowd saw.
#[derive(Default)]
struct Seen {
    times: Vec<f64>,
    cards: usize,
    faults: Vec<String>,
}

fn load(settings: &Settings, program: &Path, folder: &Path) -> Outcome {
    let said = |e: std::io::Error| format!("{}: {e}", folder.display());
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).map_err(said)?;
    let listen = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(said)?.to_string();
    let services = ["netwijzer-patient", "netwijzer-order-sign"];
    let paths = services.map(|s| format!("/cds-services/{s}"));
    let measured = (settings.rate * settings.seconds) as usize;
    let signed = Command::new("node")
        .arg(top().join("e2e/hook-tokens.mjs"))
        .arg(folder)
        .args([ISSUER, &(WARM + measured).to_string()])
        .args(paths.iter().map(|p| format!("http://{listen}{p}")))
        .status()
        .map_err(|e| format!("`node` cannot be started: {e}"))?;
    if !signed.success() {
        return Err("the tokens of the calls could not be signed".to_string());
    }
    let hooks =
        format!("public = \"http://{listen}\"\n[[client]]\nissuer = \"{ISSUER}\"\nkeys = \"keys.json\"\n");
    std::fs::write(folder.join("hooks.toml"), hooks).map_err(said)?;
    let text = std::fs::read_to_string(folder.join("tokens")).map_err(said)?;
    let tokens_of_calls: Arc<Vec<String>> = Arc::new(text.lines().map(str::to_string).collect());
    let hooks = folder.join("hooks.toml").display().to_string();
    let workbench = Workbench::serving_hooks(program, folder, &listen, &hooks)?;
    let calls = Arc::new(calls(&listen, &paths)?);
    let size = calls.iter().map(|c| c.body.len()).sum::<usize>() / calls.len().max(1);
    println!(
        "{} calls of {} patients, {size} bytes each on average; {} a second for {} s on {LINES} connections, each signed",
        calls.len(),
        calls.len() / services.len(),
        settings.rate,
        settings.seconds
    );
    // First the program gets warm, more slowly; these calls do not count.
    crowd(&listen, &calls, &tokens_of_calls, 0..WARM, (settings.rate / 10.0).max(50.0))?;
    let begun = Instant::now();
    let mut seen = crowd(&listen, &calls, &tokens_of_calls, WARM..WARM + measured, settings.rate)?;
    let took = begun.elapsed().as_secs_f64();
    seen.times.sort_by(f64::total_cmp);
    let at = |part| quantile(&seen.times, part);
    println!(
        "answering a call: {} in {took:.1} s ({:.0}/s), p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms (at most {ANSWER:.0}), longest {:.0} ms; {:.1} cards a call",
        seen.times.len(),
        seen.times.len() as f64 / took,
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0),
        seen.cards as f64 / seen.times.len().max(1) as f64
    );
    if let Some(memory) = workbench.memory() {
        println!("memory: {memory:.0} MB at the end");
    }
    println!("errors: {}", seen.faults.len());
    for fault in seen.faults.iter().take(5) {
        println!("  {fault}");
    }
    Ok(seen.faults.is_empty() && at(0.99) <= ANSWER)
}

/// What a hospital's program would send: the prefetch that discovery asks for, read from our own FHIR server.
fn calls(listen: &str, paths: &[String; 2]) -> Result<Vec<Call>, String> {
    let session = tokens(listen)?.pop().ok_or("nobody could sign in")?;
    let mut line = Line::new(listen, &session);
    let (_, found) = line.json("GET", "/cds-services", "", &Value::Null)?;
    let (_, list) = line.json("GET", "/api/v1/patients?most=200", "", &Value::Null)?;
    let mut calls = Vec::new();
    for one in list["patients"].as_array().into_iter().flatten() {
        let patient = one["patient"]["id"].as_str().unwrap_or_default();
        let mut prefetch = serde_json::Map::new();
        for (key, template) in found["services"][0]["prefetch"].as_object().into_iter().flatten() {
            let asked = template.as_str().unwrap_or_default().replace("{{context.patientId}}", patient);
            let answer = line.ask("GET", &format!("/fhir/{asked}"), "", "")?;
            let mut resource: Value = match answer.status {
                200 => serde_json::from_slice(&answer.body).map_err(|e| format!("{asked}: {e}"))?,
                // A kind that our own server does not keep: nothing, as a client says it.
                404 => Value::Null,
                status => return Err(format!("GET /fhir/{asked}: {status}")),
            };
            if let Some(entries) = resource.get_mut("entry").and_then(Value::as_array_mut) {
                // What follows from facts is ours; a hospital has none of it to send.
                entries
                    .retain(|e| e["resource"]["code"]["coding"][0]["system"] != "urn:netwijzer:conclusion");
            }
            prefetch.insert(key.clone(), resource);
        }
        let order = json!({"resourceType": "Bundle", "entry": [{"resource": {
            "resourceType": "MedicationRequest", "id": "m1", "status": "draft", "intent": "order",
            "subject": {"reference": format!("Patient/{patient}")},
            "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "L01BC06"}]},
        }}]});
        for (path, hook) in paths.iter().zip(["patient-view", "order-sign"]) {
            let mut context = json!({"userId": "Practitioner/1", "patientId": patient});
            if hook == "order-sign" {
                context["draftOrders"] = order.clone();
            }
            let body = json!({
                "hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context,
                "prefetch": prefetch,
            });
            calls.push(Call { path: path.clone(), body: body.to_string() });
        }
    }
    if calls.is_empty() {
        return Err("the demonstration has no patients".to_string());
    }
    Ok(calls)
}

/// Calls that come in at a rate, answered or not. Each time counts from the moment at which the call was due, so that a
/// service that falls behind cannot look quick.
fn crowd(
    listen: &str,
    calls: &Arc<Vec<Call>>,
    tokens: &Arc<Vec<String>>,
    numbers: std::ops::Range<usize>,
    rate: f64,
) -> Result<Seen, String> {
    let next = Arc::new(AtomicUsize::new(numbers.start));
    let begun = Instant::now() + Duration::from_millis(200);
    let callers: Vec<_> = (0..LINES)
        .map(|_| {
            let (calls, tokens, next) = (Arc::clone(calls), Arc::clone(tokens), Arc::clone(&next));
            let (mut line, numbers) = (Line::new(listen, ""), numbers.clone());
            thread::spawn(move || {
                let mut seen = Seen::default();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end {
                        return seen;
                    }
                    let due = begun + Duration::from_secs_f64((number - numbers.start) as f64 / rate);
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    let call = &calls[number % calls.len()];
                    line.signed(&tokens[number]);
                    let answer = line.ask("POST", &call.path, "Accept-Language: en\r\n", &call.body);
                    seen.times.push(due.elapsed().as_secs_f64() * 1000.0);
                    match answer {
                        Ok(answer) if answer.status == 200 => {
                            let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                            seen.cards += told["cards"].as_array().map_or(0, Vec::len);
                        }
                        Ok(answer) => {
                            let told = String::from_utf8_lossy(&answer.body);
                            seen.faults.push(format!("{}: {} {told}", call.path, answer.status));
                        }
                        Err(error) => seen.faults.push(error),
                    }
                }
            })
        })
        .collect();
    let mut all = Seen::default();
    for caller in callers {
        let one = caller.join().map_err(|_| "a caller fell over")?;
        all.times.extend(one.times);
        all.cards += one.cards;
        all.faults.extend(one.faults);
    }
    Ok(all)
}
