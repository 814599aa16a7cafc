//! The engine's own figures on the shipped guideline: compiling, proving, and one assessment at three levels of knowledge.
//!
//! `cargo run --release -p nw-engine --example bench -- knowledge` prints medians; `cargo xtask bench` puts them in
//! `docs/benchmarks.md`.

// A benchmark stands at the edge: it reads a folder, looks at the clock and prints.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use std::path::Path;
use std::time::{Duration, Instant};

use nw_engine::{
    CaseRecall, Detail, Engine, Knowledge, Options, Preparations, Sets, check_cases, check_cases_again,
};
use nw_facts::{FactSet, Observation};
use nw_guideline::{Case, CompiledGuideline, Level, Recall, SourceSet, compile, compile_again, compile_with};

fn main() {
    let root = std::env::args().nth(1).unwrap_or_else(|| "knowledge".to_string());
    let sources = load(Path::new(&root));
    let unproved = median(7, || drop(compile_with(&sources, "", "", false)));
    let proved = median(5, || drop(compile(&sources, "", "")));
    let draft = compile(&sources, "", "");
    let guideline = draft.guideline();
    let exported = guideline.export();
    let restored =
        median(7, || assert!(nw_guideline::restore(&exported).is_some(), "an export can be restored"));
    let cases = median(3, || drop(check_cases(guideline)));
    println!("| Whole guideline | Median |");
    println!("|---|---|");
    println!(
        "| tables, rows, cases | {}, {}, {} |",
        guideline.tables.len(),
        guideline.tables.iter().map(|t| t.rows.len()).sum::<usize>(),
        guideline.cases.len()
    );
    println!("| restore from {} exported bytes | {} |", exported.len(), show(restored));
    println!("| compile, proofs left out | {} |", show(unproved));
    println!("| compile and prove | {} |", show(proved));
    println!("| run every case | {} |", show(cases));
    let mut times = edits(&sources, guideline);
    times.sort_unstable();
    let (middle, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "| check again after an edit of one cell, median and worst of {} | {}, {} |",
        times.len(),
        show(middle),
        show(worst)
    );
    println!();
    println!(
        "| One assessment | Sets, from facts | Sets, conventions, reasons | Everything, with questions |"
    );
    println!("|---|---|---|---|");
    let mut engine = Engine::with(guideline, &Preparations::at_once(guideline));
    // The case with most facts stands for a patient about whom nearly everything is known.
    let full = guideline.cases.iter().max_by_key(|c| c.given.len()).expect("the guideline has cases");
    let known = all_known(guideline, full);
    // A patient of the meeting has twenty facts or more; one whose referral has just come in has five. What is open makes the
    // difference, not how much is known, so that many patients stand for each.
    let some = |count: usize| {
        let cases: Vec<&Case> = guideline.cases.iter().filter(|c| c.given.len() == count).collect();
        let step = cases.len().div_ceil(PATIENTS).max(1);
        let facts: Vec<FactSet> =
            cases.iter().step_by(step).map(|case| nw_engine::case_facts(guideline, case)).collect();
        (format!("{count} facts known, {} cases", facts.len()), facts)
    };
    for (label, patients) in [
        ("every fact known".to_string(), vec![known]),
        some(20),
        some(10),
        some(5),
        ("nothing known".to_string(), vec![FactSet::new()]),
    ] {
        let mut sets = Sets::default();
        let quick = over(&patients, |facts| {
            median(51, || {
                let knowledge = engine.blank().know(facts, &[], &[]);
                engine.sets(&knowledge.masks, &mut sets);
            })
        });
        let mut timed = |detail: Detail| {
            let options = Options { detail, ..Options::default() };
            over(&patients, |facts| median(5, || drop(engine.conclude(facts, &options))))
        };
        let reasons = timed(Detail::Reasons);
        let everything = timed(Detail::Full);
        println!("| {label} | {} | {} | {} |", show(quick), show(reasons), show(everything));
    }
}

/// How many cases stand for the patients of whom so much is known.
const PATIENTS: usize = 60;

/// The median over patients.
fn over(patients: &[FactSet], time: impl FnMut(&FactSet) -> Duration) -> Duration {
    let mut times: Vec<Duration> = patients.iter().map(time).collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// How long everything there is to say takes after an edit: a cell of every twentieth table becomes `any`, then comes back.
fn edits(sources: &SourceSet, guideline: &CompiledGuideline) -> Vec<Duration> {
    let (mut recall, mut cases) = (Recall::default(), CaseRecall::default());
    let mut check = |sources: &SourceSet| {
        let start = Instant::now();
        let draft = compile_again(sources, "", "", &mut recall);
        if draft.diagnostics().iter().all(|d| d.level() != Level::Error) {
            drop(check_cases_again(draft.guideline(), &mut cases));
        }
        start.elapsed()
    };
    check(sources);
    let mut times = Vec::new();
    for table in guideline.tables.iter().step_by(20) {
        let Some(cell) = table.rows.iter().flat_map(|r| &r.cells).find(|c| !c.any) else { continue };
        let text = sources.get(&cell.place.file).expect("a cell stands in a file");
        let edited = format!("{}any{}", &text[..cell.place.span.start], &text[cell.place.span.end..]);
        times.push(check(&sources.with(&cell.place.file, edited)));
        times.push(check(sources));
    }
    times
}

fn median(runs: usize, mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[runs / 2]
}

fn show(time: Duration) -> String {
    match time.as_nanos() {
        n if n < 10_000 => format!("{:.1} µs", n as f64 / 1e3),
        n if n < 10_000_000 => format!("{:.0} µs", n as f64 / 1e3),
        n => format!("{:.0} ms", n as f64 / 1e6),
    }
}

/// The facts of a case, and for every other fact a cell that leaves a world possible.
fn all_known(guideline: &CompiledGuideline, case: &Case) -> FactSet {
    let mut facts = nw_engine::case_facts(guideline, case);
    let mut masks = Knowledge::new(guideline, &facts, &[], &[]).masks;
    let path = nw_diagram::path_to(&guideline.store, guideline.valid, &masks, &|t| t == nw_diagram::TRUE)
        .unwrap_or_default();
    for (var, cell) in path {
        masks[var as usize] = 1 << cell;
    }
    for (var, mask) in masks.iter().enumerate() {
        let var = var as u16;
        let one = 1u64 << mask.trailing_zeros();
        let evidence = guideline.space.evidence(var, one);
        let fact = guideline.space.domain(var).fact;
        if guideline.agreements.iter().all(|a| a.reported != fact) {
            facts.add(Observation {
                fact,
                evidence,
                text: String::new(),
                date: None,
                known: None,
                origin: None,
                via: None,
            });
        }
    }
    facts
}

fn load(root: &Path) -> SourceSet {
    fn walk(root: &Path, dir: &Path, files: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, files);
            } else if let (Ok(text), Ok(name)) = (std::fs::read_to_string(&path), path.strip_prefix(root)) {
                files.push((name.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    let mut files = Vec::new();
    for folder in ["vocabulary", "sources", "guidelines"] {
        walk(root, &root.join(folder), &mut files);
    }
    SourceSet::new(files)
}
