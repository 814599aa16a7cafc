//! Two hundred people at the workbench at once, on loopback: how long reading a patient and saving a fact take, whether
//! anything fails, and whether the program's memory stays flat.
//!
//! Each person has a connection and a patient of their own with the facts of one of the demonstration. They read their own
//! patient or somebody else's, now and then they record a fact, and between two actions they pause as people do.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::chores::Outcome;
use crate::knowledge::top;
use crate::workbench::{Built, Postgres, Workbench};

/// How hard.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// How many people.
    #[arg(long, default_value_t = 200)]
    people: usize,
    /// How long, in minutes.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Mean pause between two actions of one person, in seconds; each pause is between half and one and a half of it.
    #[arg(long, default_value_t = 3.0)]
    pause: f64,
    /// One action in so many saves a fact; the others read a patient.
    #[arg(long, default_value_t = 10)]
    saves: usize,
    /// On PostgreSQL instead of SQLite.
    #[arg(long)]
    postgres: bool,
    #[command(flatten)]
    built: Built,
}

/// What 99 of 100 readings must not exceed, in milliseconds.
const READING: f64 = 100.0;
/// What 99 of 100 savings must not exceed, in milliseconds.
const SAVING: f64 = 200.0;
/// The password that the demonstration shows on its sign-in page.
const PASSWORD: &str = "netwijzer-demonstratie";
/// One name may sign in ten times in a row; more people share a session.
const SESSIONS: usize = 10;

/// A connection that is kept.
pub struct Line {
    address: String,
    token: String,
    stream: Option<BufReader<TcpStream>>,
}

/// What came back.
pub struct Answer {
    /// 200, 404.
    pub status: u16,
    tag: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

impl Line {
    /// A line that opens with the first question.
    pub fn new(address: &str, token: &str) -> Line {
        Line { address: address.to_string(), token: token.to_string(), stream: None }
    }

    /// Another token from here on.
    pub fn signed(&mut self, token: &str) {
        self.token.clear();
        self.token.push_str(token);
    }

    /// One question and its answer.
    ///
    /// # Errors
    /// The line broke; the next question opens another.
    pub fn ask(&mut self, method: &str, path: &str, head: &str, body: &str) -> Result<Answer, String> {
        let answered = self.once(method, path, head, body);
        if answered.is_err() {
            self.stream = None;
        }
        answered.map_err(|e| format!("{method} {path}: {e}"))
    }

    fn once(&mut self, method: &str, path: &str, head: &str, body: &str) -> std::io::Result<Answer> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(30)))?;
                self.stream.insert(BufReader::with_capacity(64 << 10, stream))
            }
        };
        // The cookie is what pages look at, the token what the interface for programs looks at.
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nCookie: nw_session={}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n{head}\r\n{body}",
            self.address,
            self.token,
            self.token,
            body.len()
        );
        stream.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut tag, mut length) = (0, String::new(), 0);
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).and_then(|s| s.parse().ok()).unwrap_or(0);
            } else if let Some((name, value)) = text.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "etag" => tag = value.to_string(),
                    "content-length" => length = value.parse().unwrap_or(0),
                    _ => {}
                }
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        Ok(Answer { status, tag, body })
    }

    /// The same in JSON, when the answer is a good one.
    ///
    /// # Errors
    /// The line broke, or what was answered instead.
    pub fn json(
        &mut self,
        method: &str,
        path: &str,
        head: &str,
        body: &Value,
    ) -> Result<(Answer, Value), String> {
        let answer = self.ask(method, path, head, &body.to_string())?;
        if !(200..300).contains(&answer.status) {
            let said = String::from_utf8_lossy(&answer.body);
            return Err(format!("{method} {path}: {} {said}", answer.status));
        }
        let value = serde_json::from_slice(&answer.body).map_err(|e| format!("{method} {path}: {e}"))?;
        Ok((answer, value))
    }
}

/// One person's patient: the revision last seen and the fact to correct next.
struct Own {
    patient: String,
    tag: String,
    fact: String,
}

/// What was measured.
#[derive(Default)]
struct Measured {
    reading: Vec<f64>,
    saving: Vec<f64>,
    faults: Vec<String>,
}

/// Runs it.
pub fn run(settings: &Settings) -> Outcome {
    let program = settings.built.program()?;
    let folder = top().join("target/load");
    let server = if settings.postgres { Some(Postgres::start(true).ok_or("no PostgreSQL")?) } else { None };
    let workbench = match &server {
        Some(server) => Workbench::on_postgres(&program, server, &folder)?,
        None => Workbench::on_sqlite(&program, &folder)?,
    };
    let address = workbench.address.trim_start_matches("http://").to_string();
    let tokens = tokens(&address)?;
    let owned = patients(&address, &tokens[0], settings.people)?;
    let all: Arc<Vec<String>> = Arc::new(owned.iter().map(|o| o.patient.clone()).collect());
    println!("{} people, each with a patient of their own; {} minutes", settings.people, settings.minutes);

    let begun = Instant::now();
    let until = begun + Duration::from_secs_f64(settings.minutes * 60.0);
    let done = Arc::new(AtomicU64::new(0));
    let people: Vec<_> = owned
        .into_iter()
        .enumerate()
        .map(|(number, own)| {
            let line = Line::new(&address, &tokens[number % tokens.len()]);
            let (all, done, settings) = (Arc::clone(&all), Arc::clone(&done), settings.clone());
            thread::spawn(move || person(number, line, own, &all, &done, until, &settings))
        })
        .collect();
    let memory = Arc::new(Mutex::new(Vec::new()));
    while Instant::now() < until {
        if let (Some(now), Ok(mut memory)) = (workbench.memory(), memory.lock()) {
            memory.push(now);
            let passed = begun.elapsed().as_secs();
            println!("{passed:5} s: {:7} requests, {now:.0} MB", done.load(Ordering::Relaxed));
        }
        let left = until.saturating_duration_since(Instant::now());
        thread::sleep(left.min(Duration::from_secs_f64((settings.minutes * 2.0).max(1.0))));
    }
    let mut measured = Measured::default();
    for person in people {
        let one = person.join().map_err(|_| "a person fell over")?;
        measured.reading.extend(one.reading);
        measured.saving.extend(one.saving);
        measured.faults.extend(one.faults);
    }
    let took = begun.elapsed().as_secs_f64();
    let memory = memory.lock().map(|m| m.clone()).unwrap_or_default();
    Ok(report(&mut measured, &memory, took))
}

/// Sessions of a specialist.
///
/// # Errors
/// The demonstration lets nobody in.
pub fn tokens(address: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    for _ in 0..SESSIONS {
        let mut line = Line::new(address, "");
        let who = json!({"login": "specialist", "password": PASSWORD});
        let (_, session) = line.json("POST", "/api/v1/session", "", &who)?;
        tokens.push(session["token"].as_str().unwrap_or_default().to_string());
    }
    Ok(tokens)
}

/// A patient for each person, with the facts of a patient of the demonstration.
fn patients(address: &str, token: &str, people: usize) -> Result<Vec<Own>, String> {
    let mut line = Line::new(address, token);
    let (_, list) = line.json("GET", "/api/v1/patients?most=1000", "", &Value::Null)?;
    let mut models = Vec::new();
    for one in list["patients"].as_array().into_iter().flatten() {
        let id = one["patient"]["id"].as_str().unwrap_or_default();
        let (_, held) = line.json("GET", &format!("/api/v1/patients/{id}/facts"), "", &Value::Null)?;
        let facts = held["facts"].as_array().cloned().unwrap_or_default();
        let copied: Vec<Value> = facts
            .iter()
            .map(|f| json!({"fact": f["fact"], "value": f["value"], "trueOn": f["trueOn"], "origin": "load"}))
            .collect();
        if !copied.is_empty() {
            models.push(copied);
        }
    }
    let mut owned = Vec::new();
    for number in 0..people {
        let who = json!({"name": format!("Person {number}"), "number": format!("L{number:04}")});
        let (made, patient) = line.json("POST", "/api/v1/patients", "", &who)?;
        let id = patient["id"].as_str().unwrap_or_default().to_string();
        let mut facts = models[number % models.len()].clone();
        facts.push(json!({"fact": "lab.cga", "value": "100 ug/L", "origin": "load"}));
        let place = format!("/api/v1/patients/{id}/facts");
        let head = format!("If-Match: {}\r\n", made.tag);
        let (done, recorded) = line.json("POST", &place, &head, &json!({"facts": facts}))?;
        let last = recorded["facts"].as_array().and_then(|f| f.last()?.as_str()).unwrap_or_default();
        // Opened once before the clock starts: two hundred records do not begin within a few seconds on any day.
        line.ask("GET", &format!("/patients/{id}"), "", "")?;
        owned.push(Own { patient: id, tag: done.tag, fact: last.to_string() });
    }
    Ok(owned)
}

fn person(
    number: usize,
    mut line: Line,
    mut own: Own,
    all: &[String],
    done: &AtomicU64,
    until: Instant,
    settings: &Settings,
) -> Measured {
    let mut chance = fastrand::Rng::with_seed(number as u64);
    let mut measured = Measured::default();
    let pause = |share: f64| {
        let left = until.saturating_duration_since(Instant::now());
        thread::sleep(Duration::from_secs_f64(settings.pause * share).min(left));
    };
    // Nobody comes in at the same moment.
    pause(chance.f64());
    while Instant::now() < until {
        let begun = Instant::now();
        let failed = if chance.usize(..settings.saves.max(1)) == 0 {
            let saved = save(&mut line, &mut own, chance.u32(50..400));
            measured.saving.push(begun.elapsed().as_secs_f64() * 1000.0);
            saved.err()
        } else {
            // Half of the time their own patient, whom they may just have changed.
            let whom = if chance.bool() { &own.patient } else { &all[chance.usize(..all.len())] };
            let read = line.ask("GET", &format!("/patients/{whom}"), "", "");
            measured.reading.push(begun.elapsed().as_secs_f64() * 1000.0);
            match read {
                Ok(answer) if answer.status == 200 && !answer.body.is_empty() => None,
                Ok(answer) => Some(format!("reading a patient: {}", answer.status)),
                Err(error) => Some(error),
            }
        };
        done.fetch_add(1, Ordering::Relaxed);
        measured.faults.extend(failed);
        if settings.pause > 0.0 {
            pause(0.5 + chance.f64());
        }
    }
    measured
}

/// Corrects a value, so that a patient stays as large as a patient is.
fn save(line: &mut Line, own: &mut Own, value: u32) -> Result<(), String> {
    let fact = json!({"fact": "lab.cga", "value": format!("{value} ug/L"), "origin": "load", "supersedes": own.fact});
    let place = format!("/api/v1/patients/{}/facts", own.patient);
    let head = format!("If-Match: {}\r\n", own.tag);
    let (answer, recorded) = line.json("POST", &place, &head, &json!({"facts": [fact]}))?;
    own.tag = answer.tag;
    own.fact = recorded["facts"][0].as_str().unwrap_or_default().to_string();
    Ok(())
}

/// The time that so large a part does not exceed, of times in order.
pub fn quantile(times: &[f64], part: f64) -> f64 {
    let place = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
    times.get(place).copied().unwrap_or_default()
}

fn report(measured: &mut Measured, memory: &[f64], took: f64) -> bool {
    let mut well = measured.faults.is_empty();
    for (what, times, most) in [
        ("reading a patient", &mut measured.reading, READING),
        ("saving a fact", &mut measured.saving, SAVING),
    ] {
        times.sort_by(f64::total_cmp);
        let at = |part| quantile(times, part);
        well &= at(0.99) <= most;
        println!(
            "{what}: {} in {took:.0} s ({:.1}/s), p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms (at most {most:.0}), longest {:.0} ms",
            times.len(),
            times.len() as f64 / took,
            at(0.5),
            at(0.95),
            at(0.99),
            at(1.0)
        );
    }
    // What it holds once it is warm, against what it holds at the end.
    if let (Some(warm), Some(end)) = (memory.get(memory.len() / 3), memory.last()) {
        println!("memory: {warm:.0} MB after a third of the time, {end:.0} MB at the end");
    }
    println!("errors: {}", measured.faults.len());
    for fault in measured.faults.iter().take(5) {
        println!("  {fault}");
    }
    well
}
