//! Leaflets of many patients who do not exist, each looked at as its reader would: what leaves a page, cannot be drawn,
//! was left empty or untranslated, is not in the page of HTML, or is hard to read; and how many are made in a second.
//!
//! `cargo xtask leaflets --patients 500` builds and runs it.

mod look;
mod patients;

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::Parser;
use nw_engine::{Engine, Options, Preparations};
use nw_facts::{Date, Language};
use nw_guideline::{CompiledGuideline, compile_with};
use nw_leaflet::{House, Paper, Press, Print, html_by, pdf_inspected};
use nw_render::leaflet::{Face, Sheet, choose, sheet};

use look::{Found, Kind, Look, Looking};
use patients::Patient;

/// Leaflets of patients who do not exist.
#[derive(Parser)]
struct Asked {
    /// How many patients are drawn.
    #[arg(long, default_value_t = 500)]
    patients: u64,
    /// Start number: the same number draws the same patients.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The example patients and the guideline's own cases as well: they are about treatments that no registry records.
    #[arg(long)]
    cases: bool,
    /// How many threads work.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// The day that the leaflets bear.
    #[arg(long, default_value = "2026-11-23")]
    day: String,
    /// The knowledge folder.
    #[arg(long, default_value = "knowledge")]
    knowledge: PathBuf,
    /// Settings of a hospital, whose head the leaflets bear.
    #[arg(long, default_value = "docs/hospital.example.toml")]
    settings: PathBuf,
    /// Where the leaflets go in which something was found.
    #[arg(long, default_value = "target/leaflets")]
    out: PathBuf,
}

/// So many patients are done in one go: their papers lie in memory.
const AT_ONCE: usize = 128;
/// So many of a hundred Dutch sentences have at most fifteen words.
const SHORT: f64 = 95.0;
/// So many findings of one kind are shown.
const SHOWN: usize = 12;
/// So many leaflets with a finding are kept.
const KEPT: usize = 20;

/// A leaflet with whose it is.
struct Made {
    patient: String,
    document: String,
    sheet: Sheet,
}

impl Made {
    fn paper(&self) -> &Paper {
        &self.sheet.paper
    }

    /// What a file of it is called.
    fn name(&self) -> String {
        let patient: String =
            self.patient.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        format!("{patient}-{}-{}", self.document, self.tag())
    }

    fn tag(&self) -> &'static str {
        if self.paper().language == Language::Nl { "nl" } else { "en" }
    }
}

/// What all leaflets together gave.
#[derive(Default)]
struct Sum {
    papers: usize,
    pages: usize,
    /// Of HTML and of PDF.
    bytes: [usize; 2],
    /// Spent on choosing and writing, on HTML and on PDF.
    seconds: [f64; 3],
    /// What was found, with how often and where first.
    found: BTreeMap<Kind, BTreeMap<String, (usize, String)>>,
    kept: usize,
    /// Sentences and those of at most fifteen words, for each language.
    sentences: BTreeMap<&'static str, (usize, usize)>,
    /// The longest sentences of each language.
    longest: BTreeMap<&'static str, BTreeMap<String, usize>>,
}

fn main() -> ExitCode {
    match run(&Asked::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            eprintln!("leaflets: {why}");
            ExitCode::from(3)
        }
    }
}

fn run(asked: &Asked) -> Result<bool, String> {
    let day: Date = asked.day.parse().map_err(|e| format!("--day: {e}"))?;
    let begin = Instant::now();
    let sources = patients::texts(&asked.knowledge)?;
    let guideline = compile_with(&sources, "", "", false).admit();
    let guideline =
        guideline.map_err(|_| "the guideline has errors; `netwijzer check` says which".to_string())?;
    let house = patients::house(&asked.settings)?;
    fs::create_dir_all(&asked.out).map_err(|e| format!("{}: {e}", asked.out.display()))?;
    let mut people = patients::drawn(asked, &guideline)?;
    if asked.cases {
        people.extend(patients::examples(&asked.knowledge, &guideline)?);
        people.extend(patients::own_cases(&guideline));
    }
    println!("{} patients after {:.1} s", people.len(), begin.elapsed().as_secs_f64());
    let prepared = Preparations::new(&guideline);
    let looking = Looking::new(&guideline);
    let mut sum = Sum::default();
    let _press = Press::begin();
    for (at, some) in people.chunks(AT_ONCE).enumerate() {
        let first = at * AT_ONCE;
        let choosing = Instant::now();
        let engine = || Engine::with(&guideline, &prepared);
        let made = shared(asked.threads, some.len(), engine, |engine, n| {
            papers(engine, &house, first + n, &some[n], day)
        });
        let made: Vec<Made> = made.into_iter().flatten().collect();
        sum.seconds[0] += choosing.elapsed().as_secs_f64();
        let drawing = Instant::now();
        let pages = shared(asked.threads, made.len(), || (), |(), n| html_by(made[n].paper(), &house));
        sum.seconds[1] += drawing.elapsed().as_secs_f64();
        let setting = Instant::now();
        let files = shared(asked.threads, made.len(), || (), |(), n| pdf_inspected(made[n].paper(), &house));
        sum.seconds[2] += setting.elapsed().as_secs_f64();
        let looks = shared(
            asked.threads,
            made.len(),
            || (),
            |(), n| looking.at(&made[n].sheet, &made[n].document, &pages[n], &files[n]),
        );
        for (n, look) in looks.into_iter().enumerate() {
            let file = files[n].as_ref().map(|(bytes, seen)| (bytes.as_slice(), seen.pages));
            let (bytes, long) = file.unwrap_or_default();
            sum.bytes[0] += pages[n].len();
            sum.bytes[1] += bytes.len();
            sum.pages += long;
            if sum.add(&made[n], look) && sum.kept < KEPT {
                sum.kept += 1;
                for (ending, bytes) in [("pdf", bytes), ("html", pages[n].as_bytes())] {
                    let path = asked.out.join(format!("{}.{ending}", made[n].name()));
                    fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
                }
            }
        }
        if std::io::stderr().is_terminal() {
            eprint!("\r{} of {} patients ", first + some.len(), people.len());
        }
    }
    Ok(sum.told(people.len(), asked, begin.elapsed().as_secs_f64()))
}

/// Does `count` pieces of work on so many threads, each with a state of its own; the results in order.
fn shared<S, T: Send>(
    threads: usize,
    count: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let mut own = state();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        break;
                    }
                    let result = work(&mut own, n);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((n, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The leaflets of one patient in both languages: what everybody takes home, and one of the others in turn, every second
/// time in large print.
fn papers(engine: &mut Engine<'_>, house: &House, at: usize, patient: &Patient, day: Date) -> Vec<Made> {
    let guideline: &CompiledGuideline = engine.guideline();
    let documents = &guideline.leaflets.documents;
    let others = documents.len().saturating_sub(1).max(1);
    let in_turn = 1 + at % others;
    let large = (at / others) % 2 == 1;
    let wanted = [(0, false), (in_turn, large)];
    let mut made = Vec::new();
    for (document, large) in wanted {
        let Some(chosen) = choose(engine, &patient.facts, &Options::default(), document) else { continue };
        for language in [Language::Nl, Language::En] {
            let face = Face {
                language,
                date: day,
                print: if large { Print::Large } else { Print::Normal },
                author: house.name.get(language).to_string(),
                patient: patient.name.clone(),
            };
            let sheet = sheet(guideline, &chosen, &face);
            made.push(Made {
                patient: patient.name.clone(),
                document: documents[document].id.clone(),
                sheet,
            });
        }
    }
    made
}

impl Sum {
    /// Adds what was seen of a leaflet; whether something is wrong with it.
    fn add(&mut self, made: &Made, look: Look) -> bool {
        self.papers += 1;
        let wrong = look.found.iter().any(|f| !f.kind.is_hint());
        for Found { kind, what } in look.found {
            let entry = self.found.entry(kind).or_default().entry(what);
            entry.or_insert_with(|| (0, made.name())).0 += 1;
        }
        let (all, short) = self.sentences.entry(made.tag()).or_default();
        *all += look.read.counts.sentences;
        *short += look.read.counts.short;
        let longest = self.longest.entry(made.tag()).or_default();
        for heavy in look.read.sentences.iter().take(SHOWN) {
            longest.insert(heavy.text.clone(), heavy.counts.words);
        }
        wrong
    }

    /// Says it; whether all is well.
    fn told(&self, people: usize, asked: &Asked, seconds: f64) -> bool {
        let rate = |at: usize| self.papers as f64 / self.seconds[at].max(1e-9);
        println!(
            "{} leaflets of {people} patients in {seconds:.0} s on {} threads: {} pages",
            self.papers, asked.threads, self.pages
        );
        println!("chosen and written  {:8.1} a second", rate(0));
        let each = |at: usize| self.bytes[at] / self.papers.max(1);
        println!("HTML                {:8.1} a second, {} bytes each", rate(1), each(0));
        println!("PDF, looked at      {:8.1} a second, {} bytes each", rate(2), each(1));
        let mut well = self.papers > 0;
        for (tag, (all, short)) in &self.sentences {
            let share = 100.0 * *short as f64 / (*all).max(1) as f64;
            println!("{tag}: {share:.2} % of {all} sentences have at most 15 words; the longest:");
            let mut longest: Vec<(&String, &usize)> = self.longest[tag].iter().collect();
            longest.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            for (text, words) in longest.into_iter().take(5) {
                println!("    {words:>3} words: {text}");
            }
            if *tag == "nl" && share < SHORT {
                println!("FOUND less than {SHORT} % short sentences in Dutch");
                well = false;
            }
        }
        for (kind, all) in &self.found {
            let count: usize = all.values().map(|(count, _)| count).sum();
            println!("{} {count} × {}", if kind.is_hint() { "hint " } else { "FOUND" }, kind.said());
            well &= kind.is_hint();
            let mut all: Vec<_> = all.iter().collect();
            all.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
            for (what, (count, first)) in all.iter().take(SHOWN) {
                println!("    {count:>6} × {what} (first in {first})");
            }
            if all.len() > SHOWN {
                println!("    and {} others", all.len() - SHOWN);
            }
        }
        if !well && self.kept > 0 {
            println!("{} of them lie in {}", self.kept, asked.out.display());
        }
        println!("{}", if well { "Nothing is wrong." } else { "Something is wrong." });
        well
    }
}
