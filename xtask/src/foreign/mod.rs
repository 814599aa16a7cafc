//! The exports in engines that others wrote: what they answer beside what the tables say.
//!
//! Road: knowledge → exports and expected answers in `target/foreign` → each engine reads both and compares → one table
//! of engine × tables × rows × differences, which a full run also writes into `docs/exports.md`.

mod chains;
mod single;
mod store;
mod three;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nw_export::{Model, Wiring, cql, dmn, elm, jdm, jdm_table};
use nw_facts::Language;
use nw_guideline::{CompiledGuideline, compile_with};
use serde_json::{Value, json};

use crate::chores::{Outcome, cargo};
use crate::knowledge;

/// How much to compare.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// A few minutes: smaller samples, and only engines that need no long build.
    #[arg(long)]
    pub quick: bool,
    /// Largest domain of a table that classifies (chapters before 50) which is enumerated whole; larger ones are sampled.
    #[arg(long, default_value_t = 200_000)]
    pub whole: usize,
    /// Sample of a table that classifies and whose domain is larger.
    #[arg(long, default_value_t = 20_000)]
    pub samples: usize,
    /// Combinations of each table of the other chapters: whole where there are no more, else a sample.
    #[arg(long, default_value_t = 300)]
    pub others: usize,
    /// Engines slower than the first take every Nth combination of a table with more than a thousand.
    #[arg(long, default_value_t = 10)]
    pub share: usize,
    /// Patients for whom the whole guideline is drawn as one chain of tables.
    #[arg(long, default_value_t = 200)]
    pub patients: usize,
    /// Only these engines: zen, cql, feel, dsntk.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Only tables whose id begins so; several with commas.
    #[arg(long, value_delimiter = ',')]
    pub tables: Vec<String>,
}

/// What `cargo xtask ci` can afford.
pub fn bounded() -> Settings {
    Settings {
        quick: true,
        whole: 60,
        samples: 20,
        others: 20,
        share: 1,
        patients: 8,
        only: Vec::new(),
        tables: Vec::new(),
    }
}

/// Engines in the order in which they run; the last one needs a long build.
const ENGINES: [&str; 4] = ["zen", "feel", "cql", "dsntk"];

/// What one engine answered.
struct Answer {
    engine: String,
    part: String,
    tables: u64,
    rows: u64,
    missing: u64,
    differences: u64,
    seconds: f64,
    examples: Vec<String>,
}

/// Exports, runs, compares.
pub fn run(settings: &Settings) -> Outcome {
    let mut settings = settings.clone();
    if settings.quick {
        let bounded = bounded();
        settings.whole = settings.whole.min(bounded.whole);
        settings.samples = settings.samples.min(bounded.samples);
        settings.others = settings.others.min(bounded.others);
        settings.share = bounded.share;
        settings.patients = settings.patients.min(bounded.patients);
    }
    let guideline = guideline()?;
    let folder = folder();
    let said = write(&guideline, &settings, &folder)?;
    packages()?;
    let mut answers = Vec::new();
    for engine in ENGINES {
        let wanted = if settings.only.is_empty() {
            !(settings.quick && engine == "dsntk")
        } else {
            settings.only.iter().any(|o| o == engine)
        };
        if wanted {
            println!("… {engine}");
            answers.extend(ask(engine, &folder, &settings)?);
        }
    }
    let report = report(&answers, &said);
    println!("\n{report}");
    for answer in &answers {
        for example in &answer.examples {
            println!("{} ({}): {example}", answer.engine, answer.part);
        }
    }
    let differences: u64 = answers.iter().map(|a| a.differences).sum();
    println!("foreign engines: {differences} differences");
    if !settings.quick && settings.only.is_empty() && settings.tables.is_empty() {
        publish(&report)?;
    }
    Ok(differences == 0 && !answers.is_empty())
}

fn folder() -> PathBuf {
    knowledge::top().join("target/foreign")
}

fn guideline() -> Result<CompiledGuideline, String> {
    let sources = knowledge::read(&knowledge::top().join("knowledge"))?;
    compile_with(&sources, "", "", false)
        .admit()
        .map_err(|_| "the knowledge has errors; `cargo xtask check` shows them".to_string())
}

/// What the expected answers alone already show.
struct Said {
    /// Tables enumerated whole, with their combinations.
    whole: (usize, usize),
    /// Tables sampled, with their combinations.
    sampled: (usize, usize),
    /// Combinations that no possible patient has, and for which a table promises nothing.
    impossible: usize,
    /// Answers "unknown" where every completion gives the same value.
    coarser: usize,
    /// Combinations with a missing value that were held against exact sets.
    held: usize,
    /// Patients, and their conclusions that the exact engine knows and the chain does not.
    patients: (usize, usize, usize),
}

fn save(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|e| format!("`{}` cannot be written: {e}", path.display()))
}

fn write(guideline: &CompiledGuideline, settings: &Settings, folder: &Path) -> Result<Said, String> {
    fs::create_dir_all(folder).map_err(|e| format!("`{}` cannot be made: {e}", folder.display()))?;
    let loose = Model::new(guideline, Wiring::Loose, Language::En);
    let chained = Model::new(guideline, Wiring::Chained, Language::En);
    for (name, model) in [("loose", &loose), ("chained", &chained)] {
        save(folder, &format!("{name}.dmn"), &dmn(model))?;
        save(folder, &format!("{name}.cql"), &cql(model))?;
        save(folder, &format!("{name}.elm.json"), &elm(model))?;
    }
    save(folder, "chained.jdm.json", &jdm(&chained))?;
    let graphs = loose.parts.iter().map(|part| {
        let graph: Value = serde_json::from_str(&jdm_table(&loose, part)).unwrap_or_default();
        (guideline.tables[part.table].id.clone(), graph)
    });
    let graphs: serde_json::Map<String, Value> = graphs.collect();
    save(folder, "loose.jdm.json", &Value::Object(graphs).to_string())?;
    let begun = chained.clone().first(12);
    save(folder, "begun.cql", &cql(&begun))?;
    save(folder, "begun.elm.json", &elm(&begun))?;
    let singles = single::write(&loose, settings, folder)?;
    let patients = chains::write(&chained, settings, folder)?;
    Ok(Said { patients, ..singles })
}

/// What to do where an engine's own machine is missing.
const NEEDED: &str =
    "the engines of others run on Node 18 or later with npm (Debian: `apt-get install nodejs npm`)";

/// Installs what `foreign/package-lock.json` names, once.
fn packages() -> Result<(), String> {
    let folder = knowledge::top().join("foreign");
    let lock = fs::metadata(folder.join("package-lock.json")).and_then(|m| m.modified());
    let done = fs::metadata(folder.join("node_modules/.package-lock.json")).and_then(|m| m.modified());
    if let (Ok(lock), Ok(done)) = (lock, done)
        && lock <= done
    {
        return Ok(());
    }
    // Not `npm ci`: it refuses a lock file without the engine's builds for systems that a registry does not carry.
    let status = Command::new("npm")
        .args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .status()
        .map_err(|e| format!("`npm` cannot be started: {e}; {NEEDED}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("`npm install` in `foreign` did not succeed; it needs the npm registry once".to_string())
    }
}

fn ask(engine: &str, folder: &Path, settings: &Settings) -> Result<Vec<Answer>, String> {
    let top = knowledge::top();
    let mut command = if engine == "dsntk" {
        let mut command = cargo();
        let manifest = top.join("foreign/dsntk/Cargo.toml");
        command.args(["run", "--quiet", "--locked", "--manifest-path"]).arg(manifest);
        command.arg("--").arg(folder).arg(settings.share.to_string());
        command
    } else {
        let mut command = Command::new("node");
        // The first engine is quick enough for everything.
        let share = if engine == ENGINES[0] { 1 } else { settings.share };
        command.arg(top.join("foreign/run.mjs")).arg(engine).arg(folder).arg(format!("--share={share}"));
        if settings.quick {
            command.arg("--quick");
        }
        command
    };
    let output = command.output().map_err(|e| format!("`{engine}` cannot be started: {e}; {NEEDED}"))?;
    if !output.status.success() {
        return Err(format!("`{engine}` failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let answers: Vec<Answer> = text.lines().filter_map(answer).collect();
    if answers.is_empty() {
        Err(format!("`{engine}` said nothing that can be read: {text}"))
    } else {
        Ok(answers)
    }
}

fn answer(line: &str) -> Option<Answer> {
    let value: Value = serde_json::from_str(line).ok()?;
    let number = |key: &str| value[key].as_u64().unwrap_or(0);
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_string();
    Some(Answer {
        engine: text("engine"),
        part: text("part"),
        tables: number("tables"),
        rows: number("rows"),
        missing: number("missing"),
        differences: value["differences"].as_u64()?,
        seconds: value["seconds"].as_f64().unwrap_or(0.0),
        examples: value["examples"]
            .as_array()
            .map(|all| all.iter().filter_map(|e| e.as_str().map(str::to_string)).collect())
            .unwrap_or_default(),
    })
}

/// A number with narrow groups of thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

fn report(answers: &[Answer], said: &Said) -> String {
    let mut out = String::from(
        "| Engine | Compared | Tables | Rows compared | of these with a missing value | Differences | Seconds |\n",
    );
    out.push_str("|---|---|---:|---:|---:|---:|---:|\n");
    for a in answers {
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {:.0} |\n",
            a.engine,
            a.part,
            grouped(a.tables),
            grouped(a.rows),
            grouped(a.missing),
            grouped(a.differences),
            a.seconds
        ));
    }
    let count = |n: usize| grouped(n as u64);
    out.push_str(&format!(
        "\nThe domains of {} tables were enumerated whole ({} combinations), those of {} tables were sampled ({} combinations).\n",
        count(said.whole.0), count(said.whole.1), count(said.sampled.0), count(said.sampled.1)
    ));
    out.push_str(&format!(
        "{} combinations belong to no possible patient and hit two rows of a `unique` table; nothing is promised of them, and they were left out.\n",
        count(said.impossible)
    ));
    out.push_str(&format!(
        "{} combinations with a missing value were held against the exact set over all completions: no value was given that a completion would change; {} times the null rows say `unknown` where all completions agree.\n",
        count(said.held), count(said.coarser)
    ));
    out.push_str(&format!(
        "For {} patients the whole chain was drawn; {} of their {} conclusions are `unknown` in the chain and known to the exact engine.\n",
        count(said.patients.0), count(said.patients.2), count(said.patients.1)
    ));
    out
}

const BEGIN: &str = "<!-- figures: cargo xtask foreign -->\n";
const END: &str = "<!-- end of figures -->";

/// Writes the figures into the page.
fn publish(report: &str) -> Result<(), String> {
    let path = knowledge::top().join("docs/exports.md");
    let text = fs::read_to_string(&path).map_err(|e| format!("`{}` cannot be read: {e}", path.display()))?;
    let (Some(begin), Some(end)) = (text.find(BEGIN), text.find(END)) else {
        return Err("docs/exports.md has lost the marks between which the figures stand".to_string());
    };
    let new = format!("{}{BEGIN}\n{report}\n{}", &text[..begin], &text[end..]);
    fs::write(&path, new).map_err(|e| format!("`{}` cannot be written: {e}", path.display()))
}

/// An input for the engines: what it is called and which values it may take.
fn input_json(input: &nw_export::Input, values: &[Value]) -> Value {
    use nw_export::Kind;
    let kind = match input.kind {
        Kind::Text(_) => "text",
        Kind::Number => "number",
        Kind::Whole => "whole",
        Kind::NumberOrNotDone => "number-or-not-done",
        Kind::List(_) => "list",
    };
    json!({"id": input.id, "name": input.name, "kind": kind, "values": values})
}
