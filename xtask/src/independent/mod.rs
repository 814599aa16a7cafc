//! Answers verified by a program that shares nothing with ours: `tools/check_assessment.py`.
//!
//! Road: `netwijzer` exports its tables and assesses its own cases, the examples and patients by chance → the checker, one
//! process for each core, works every set and every reason out anew → faults planted in some answers must be noticed.

mod patients;
mod plant;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::chores::{Outcome, cargo};
use crate::knowledge::top;
use crate::workbench::built_before;

pub use patients::possible;

/// What to verify besides the guideline's own cases and the examples.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// Patients by chance; with these the whole guideline is asked for, some conclusions at a time.
    #[arg(long, default_value_t = 0)]
    pub patients: usize,
    /// These patients only, without own cases, examples and planted faults.
    #[arg(long, requires = "patients")]
    pub patients_only: bool,
    /// The same seed makes the same patients.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Answers in which a fault is planted, of each kind.
    #[arg(long, default_value_t = 100)]
    pub faults: usize,
    /// A program built before from the knowledge of this folder, instead of building one.
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
}

/// What `cargo xtask ci` runs.
pub fn bounded() -> Settings {
    Settings { patients: 0, patients_only: false, seed: 1, faults: 100, program: None }
}

/// What the checkers said, added up.
#[derive(Debug, Default)]
struct Said {
    /// `cases`, `conclusions`, `reasons`, `disagreements`.
    counts: BTreeMap<String, u64>,
    /// What could not be verified, by reason.
    unverified: BTreeMap<String, u64>,
    /// The disagreements.
    lines: Vec<String>,
}

impl Said {
    fn count(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or_default()
    }

    /// Reads what one checker printed; without its last line it did not come to its end.
    fn read(&mut self, text: &str) -> Result<(), String> {
        let (lines, last) = match text.trim_end().rsplit_once('\n') {
            Some((lines, last)) => (lines, last),
            None => ("", text.trim_end()),
        };
        for part in last.split(", ") {
            let (count, what) = part.split_once(' ').unwrap_or_default();
            let count: u64 = count.parse().map_err(|_| format!("the checker ended with `{last}`"))?;
            *self.counts.entry(what.to_string()).or_default() += count;
        }
        for line in lines.lines() {
            let open = line.strip_prefix("not verified: ").and_then(|rest| rest.split_once(' '));
            match open.and_then(|(count, why)| Some((count.parse::<u64>().ok()?, why))) {
                Some((count, why)) => *self.unverified.entry(why.to_string()).or_default() += count,
                None => self.lines.push(line.to_string()),
            }
        }
        Ok(())
    }

    fn add(&mut self, other: Said) {
        other.counts.into_iter().for_each(|(k, n)| *self.counts.entry(k).or_default() += n);
        other.unverified.into_iter().for_each(|(k, n)| *self.unverified.entry(k).or_default() += n);
        self.lines.extend(other.lines);
    }

    fn report(&self, what: &str, begun: Instant) {
        println!(
            "{what}: {} cases, {} conclusions, {} reasons, {} disagreements ({:.0} s)",
            self.count("cases"),
            self.count("conclusions"),
            self.count("reasons"),
            self.count("disagreements"),
            begun.elapsed().as_secs_f64()
        );
        for (why, count) in &self.unverified {
            println!("  not verified: {count} {why}");
        }
        for line in self.lines.iter().take(50) {
            println!("  {line}");
        }
    }

    fn well(&self) -> bool {
        self.count("disagreements") == 0 && self.count("conclusions") > 0
    }
}

/// Verifies everything that was asked for.
pub fn run(settings: &Settings) -> Outcome {
    let folder = top().join("target/independent");
    std::fs::create_dir_all(&folder).map_err(|e| format!("`{}` cannot be made: {e}", folder.display()))?;
    let tables = folder.join("tables.json");
    save(netwijzer(settings, &["export", "tables"])?, &tables)?;
    if settings.program.is_some() {
        let here = folder.join("tables-here.json");
        save(netwijzer(settings, &["--guideline", "knowledge", "export", "tables"])?, &here)?;
        same_knowledge(&read(&tables)?, &read(&here)?)?;
    }

    let mut well = settings.patients_only || written(settings, &folder, &tables)?;
    if settings.patients > 0 {
        let begun = Instant::now();
        let said = by_chance(settings, &tables)?;
        said.report("patients by chance", begun);
        well &= said.well() && said.count("cases") == settings.patients as u64;
    }
    Ok(well)
}

/// Answers from other knowledge than that of this folder would prove nothing of it.
fn same_knowledge(carried: &str, here: &str) -> Result<(), String> {
    if carried == here {
        return Ok(());
    }
    Err("the program carries other knowledge than this folder; leave `--program` out to build one"
        .to_string())
}

/// The guideline's own cases, the examples, and faults planted in some of them.
fn written(settings: &Settings, folder: &Path, tables: &Path) -> Outcome {
    let begun = Instant::now();
    let own = folder.join("own.jsonl");
    save(netwijzer(settings, &["check", "--assess-cases"])?, &own)?;
    let own = read(&own)?;
    let said = verify(tables, &own)?;
    said.report("the guideline's own cases", begun);
    let mut well = said.well();

    let begun = Instant::now();
    let examples = folder.join("examples.jsonl");
    save(netwijzer(settings, &["assess", "knowledge/examples", "--format", "json", "--all"])?, &examples)?;
    let said = verify(tables, &read(&examples)?)?;
    said.report("the examples, every conclusion", begun);
    well &= said.well();

    Ok(planted(settings, tables, &own)? && well)
}

/// Every planted fault must be noticed in the answer in which it stands, unless the checker says of that answer that it
/// was not verified; more than one in a hundred of those would make the rest worth little.
fn planted(settings: &Settings, tables: &Path, own: &str) -> Outcome {
    let begun = Instant::now();
    let faults = plant::faults(&read(tables)?, own, settings.faults)?;
    let text: String = faults.iter().map(|f| format!("{}\n", f.answer)).collect();
    let said = verify(tables, &text)?;
    let mut well = !faults.is_empty();
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut admitted = 0;
    for fault in &faults {
        let noticed =
            said.lines.iter().any(|l| l.strip_prefix(&fault.case).is_some_and(|l| l.starts_with(": ")));
        let (all, found) = kinds.entry(fault.kind).or_default();
        *all += 1;
        *found += usize::from(noticed);
        if noticed {
            continue;
        }
        let alone = verify(tables, &format!("{}\n", fault.answer))?;
        if alone.unverified.keys().any(|why| why.contains("do not exhaust")) {
            admitted += 1;
        } else {
            well = false;
            println!("  nobody noticed: {} in {}", fault.kind, fault.answer);
        }
    }
    let kinds: Vec<String> =
        kinds.iter().map(|(kind, (all, found))| format!("{kind} {found} of {all}")).collect();
    println!("faults noticed: {} ({:.0} s)", kinds.join(", "), begun.elapsed().as_secs_f64());
    if admitted > 0 {
        println!(
            "  {admitted} fault(s) stand in conclusions of which the checker says that it did not verify them"
        );
    }
    well &= plant::KINDS.len() == kinds.len() && admitted * 100 <= faults.len();
    Ok(well)
}

/// The program with the knowledge of this folder inside; with many patients it is worth a build with optimisation.
fn netwijzer(settings: &Settings, words: &[&str]) -> Result<Command, String> {
    let mut command = match &settings.program {
        Some(program) => {
            let mut command = Command::new(built_before(program)?);
            command.current_dir(top());
            command
        }
        None => {
            let mut command = cargo();
            command.args(["run", "--quiet", "--locked", "--package", "netwijzer"]);
            if settings.patients > 0 {
                command.arg("--release");
            }
            command.arg("--");
            command
        }
    };
    command.args(["--lang", "en"]).args(words);
    Ok(command)
}

/// Runs to the end and keeps what is printed. A conflict in a case is an answer, too.
fn save(mut command: Command, path: &Path) -> Result<(), String> {
    let file = File::create(path).map_err(|e| format!("`{}` cannot be written: {e}", path.display()))?;
    let status = command.stdout(file).status().map_err(|e| format!("netwijzer cannot be started: {e}"))?;
    match status.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(format!("netwijzer did not finish `{}`", path.display())),
    }
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("`{}` cannot be read: {e}", path.display()))
}

/// How many checkers run side by side.
fn workers() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(16)
}

fn checker(tables: &Path) -> Command {
    let mut command = Command::new("python3");
    command.arg(checker_path()).arg(tables).stdout(Stdio::piped());
    command
}

fn checker_path() -> PathBuf {
    top().join("tools/check_assessment.py")
}

fn started(mut command: Command) -> Result<Child, String> {
    command.spawn().map_err(|e| {
        format!("`python3` cannot be started: {e}; the checker needs Python 3.11 or later (Debian: `apt-get install python3`)")
    })
}

/// Deals answers out to the checkers.
fn verify(tables: &Path, answers: &str) -> Result<Said, String> {
    let lines: Vec<&str> = answers.lines().collect();
    let share = lines.len().div_ceil(workers()).max(1);
    let mut said = Said::default();
    thread::scope(|scope| {
        let running: Vec<_> = lines
            .chunks(share)
            .map(|lines| {
                scope.spawn(move || {
                    let mut command = checker(tables);
                    command.stdin(Stdio::piped());
                    feed(started(command)?, |out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
                })
            })
            .collect();
        running.into_iter().try_for_each(|one| joined(one.join()).map(|one| said.add(one)))
    })?;
    Ok(said)
}

fn joined(one: thread::Result<Result<Said, String>>) -> Result<Said, String> {
    one.unwrap_or_else(|_| Err("a thread of the chore ended early".to_string()))
}

/// Writes to a checker beside reading what it says.
fn feed(
    mut child: Child,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()> + Send,
) -> Result<Said, String> {
    let input = child.stdin.take().ok_or("the checker has no input")?;
    let output = thread::scope(|scope| {
        let writer = scope.spawn(move || {
            let mut input = BufWriter::new(input);
            write(&mut input).and_then(|()| input.flush())
        });
        let output = child.wait_with_output();
        // A checker that ended early has said why on standard error.
        let _ = writer.join();
        output
    });
    let output = output.map_err(|e| format!("the checker cannot be read: {e}"))?;
    let mut said = Said::default();
    said.read(&String::from_utf8_lossy(&output.stdout))?;
    Ok(said)
}

/// Patients through `assess` into a checker, a batch of conclusions at a time, until the whole guideline was asked for.
fn by_chance(settings: &Settings, tables: &Path) -> Result<Said, String> {
    let guideline = patients::guideline()?;
    let batches = patients::batches(&guideline, settings.patients);
    let next = std::sync::Mutex::new(batches.into_iter().enumerate());
    let (guideline, next) = (&guideline, &next);
    let mut said = Said::default();
    thread::scope(|scope| {
        let running: Vec<_> = (0..workers())
            .map(|_| {
                scope.spawn(move || {
                    let mut said = Said::default();
                    let take = || next.lock().ok().and_then(|mut batches| batches.next());
                    while let Some((at, batch)) = take() {
                        let begun = Instant::now();
                        let one = batch_by_chance(settings, tables, guideline, at, &batch)?;
                        let found = one.count("disagreements");
                        println!(
                            "  {} patients, {} conclusions from `{}` on: {found} disagreements ({:.0} s)",
                            batch.patients,
                            batch.conclusions.len(),
                            batch.conclusions[0],
                            begun.elapsed().as_secs_f64()
                        );
                        said.add(one);
                    }
                    Ok(said)
                })
            })
            .collect();
        running.into_iter().try_for_each(|one| joined(one.join()).map(|one| said.add(one)))
    })?;
    Ok(said)
}

fn batch_by_chance(
    settings: &Settings,
    tables: &Path,
    guideline: &nw_guideline::CompiledGuideline,
    at: usize,
    batch: &patients::Batch,
) -> Result<Said, String> {
    let mut assess = netwijzer(settings, &["assess", "-", "--format", "json"])?;
    assess.args(["--only", &batch.conclusions.join(",")]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut assess = assess.spawn().map_err(|e| format!("netwijzer cannot be started: {e}"))?;
    let answers = assess.stdout.take().ok_or("netwijzer has no output")?;
    let mut command = checker(tables);
    command.stdin(Stdio::from(answers));
    let checking = started(command)?;
    let input = assess.stdin.take().ok_or("netwijzer has no input")?;
    let output = thread::scope(|scope| {
        let writer = scope.spawn(move || {
            let mut input = BufWriter::new(input);
            let mut chance = patients::Chance::new(guideline, batch, settings.seed.wrapping_add(at as u64));
            (0..batch.patients)
                .try_for_each(|i| writeln!(input, "{}", chance.patient(&format!("{at}-{i}"))))
                .and_then(|()| input.flush())
        });
        let output = checking.wait_with_output();
        let _ = writer.join();
        output
    });
    let status = assess.wait().map_err(|e| format!("netwijzer did not finish: {e}"))?;
    if !matches!(status.code(), Some(0 | 1)) {
        return Err("netwijzer did not read every patient; what it said stands above".to_string());
    }
    let output = output.map_err(|e| format!("the checker cannot be read: {e}"))?;
    let mut said = Said::default();
    said.read(&String::from_utf8_lossy(&output.stdout))?;
    if !said.lines.is_empty() {
        // The same seed once more: whoever looks into it wants the patients.
        let mut chance = patients::Chance::new(guideline, batch, settings.seed.wrapping_add(at as u64));
        let patients =
            (0..batch.patients).map(|i| (format!("{at}-{i}"), chance.patient(&format!("{at}-{i}"))));
        let blamed = |id: &str| said.lines.iter().any(|l| l.split(':').next() == Some(id));
        let text: String = patients.filter(|(id, _)| blamed(id)).map(|(_, line)| line + "\n").collect();
        let path = tables.with_file_name(format!("disagreed-{at}.jsonl"));
        std::fs::write(&path, text).map_err(|e| format!("`{}` cannot be written: {e}", path.display()))?;
        println!("  kept in `{}`", path.display());
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::{Said, same_knowledge};

    #[test]
    fn what_checkers_say_adds_up() {
        let mut said = Said::default();
        said.read(
            "a/b: c: odd\nnot verified: 3 ranges\n5 cases, 7 conclusions, 9 reasons, 1 disagreements\n",
        )
        .unwrap();
        said.read("not verified: 2 ranges\n1 cases, 1 conclusions, 0 reasons, 0 disagreements\n").unwrap();
        assert_eq!((said.count("cases"), said.count("reasons"), said.unverified["ranges"]), (6, 9, 5));
        assert_eq!(said.lines, ["a/b: c: odd"]);
        assert!(!said.well());
        assert!(Said::default().read("Traceback\nKeyError: 'x'").is_err());
    }

    #[test]
    fn a_program_with_other_knowledge_is_refused() {
        assert!(same_knowledge("[1]", "[1]").is_ok());
        assert!(same_knowledge("[1]", "[2]").unwrap_err().contains("other knowledge"));
    }
}
