//! The guideline's own cases, run on the fast engine: the clinical specification as a test.

use std::collections::{BTreeSet, HashSet};
use std::hash::{Hash, Hasher};

use nw_facts::{FactSet, Observation, Text, read_dated, said};
use nw_guideline::{Case, CompiledGuideline, Diagnostic, DiagnosticCode, Expect, Expected, HitPolicy, Place};
use rustc_hash::{FxHashMap, FxHasher};

use crate::conclude::{Conclusions, Drawn, Engine, Options, Outcome};

/// What running one case showed.
#[derive(Clone, Debug)]
pub struct CaseRun {
    /// Position of the case.
    pub case: usize,
    /// Findings.
    pub failures: Vec<Diagnostic>,
}

/// The facts of a case.
pub fn case_facts(guideline: &CompiledGuideline, case: &Case) -> FactSet {
    let mut facts = FactSet::new();
    for (fact, text) in &case.given {
        for (target, evidence, date) in read_dated(&guideline.vocabulary, *fact, text).unwrap_or_default() {
            let via = (target != *fact).then_some(*fact);
            let observation = Observation {
                fact: target,
                evidence,
                text: text.clone(),
                date,
                known: None,
                origin: None,
                via,
            };
            facts.add(observation.dated_by_itself(guideline.vocabulary.fact(target)));
        }
    }
    facts.on(case.as_of)
}

/// Runs every case and reports what fails.
pub fn run_cases(guideline: &CompiledGuideline) -> Vec<CaseRun> {
    let mut engine = Engine::new(guideline);
    guideline
        .cases
        .iter()
        .enumerate()
        .map(|(at, case)| {
            let conclusions = engine.conclude(&case_facts(guideline, case), &options_for(case));
            let failures =
                case.expect.iter().filter_map(|e| judge(guideline, case, e, &conclusions)).collect();
            CaseRun { case: at, failures }
        })
        .collect()
}

fn options_for(case: &Case) -> Options {
    let asks = case.expect.iter().any(|e| !e.asks.is_empty());
    let detail = if asks { crate::Detail::Full } else { crate::Detail::Reasons };
    let only = Some(case.expect.iter().map(|e| e.conclusion).collect());
    // What practice says is worked out where a case is about it; sets and reasons do not depend on it.
    let no_conventions = case.expect.iter().all(|e| e.convention.is_none());
    Options { detail, only, no_conventions, ..Options::default() }
}

/// What cases showed before, by everything that decides what they show.
///
/// Only cases without a finding are kept, so that a finding always has its place of today.
#[derive(Debug, Default)]
pub struct CaseRecall {
    known: FxHashMap<u64, Reached>,
}

/// Rows that a case ends in, and tables that it leaves open, as marks of their ids.
#[derive(Clone, Debug, Default)]
struct Reached {
    rows: Vec<u64>,
    open: Vec<u64>,
}

fn mark(of: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Fewer cases than this are run before a second core has an engine ready.
const FEW: usize = 64;

/// Everything that decides what a case shows.
fn key(guideline: &CompiledGuideline, case: &Case) -> u64 {
    let mut hasher = FxHasher::default();
    guideline.marks.ground.hash(&mut hasher);
    (&case.given, case.as_of).hash(&mut hasher);
    for expect in &case.expect {
        (expect.conclusion, &expect.outcome, &expect.convention, &expect.because, &expect.asks)
            .hash(&mut hasher);
        guideline
            .conclusion_at(expect.conclusion)
            .map(|at| guideline.marks.conclusions[at])
            .hash(&mut hasher);
        expect.convention.as_ref().map(|_| guideline.marks.practice).hash(&mut hasher);
    }
    hasher.finish()
}

/// What one part of the cases showed: findings, and what each case without one reached.
#[derive(Default)]
struct Shown {
    findings: Vec<Diagnostic>,
    reached: Vec<(u64, Reached)>,
}

fn show(guideline: &CompiledGuideline, cases: &[(u64, &Case)]) -> Shown {
    let mut engine = Engine::new(guideline);
    let mut shown = Shown::default();
    for (key, case) in cases {
        let conclusions = engine.conclude(&case_facts(guideline, case), &options_for(case));
        let before = shown.findings.len();
        shown.findings.extend(case.expect.iter().filter_map(|e| judge(guideline, case, e, &conclusions)));
        let mut reached = Reached::default();
        for drawn in &conclusions.drawn {
            for step in drawn.reason.iter().flat_map(|r| &r.steps) {
                let table = &guideline.tables[step.table];
                reached.rows.push(mark((&table.id, &table.rows[step.row].id)));
            }
            if drawn.outcome.is_open() {
                let tables = guideline.conclusions[drawn.at].tables.iter();
                reached.open.extend(tables.map(|t| mark(&guideline.tables[*t].id)));
            }
        }
        // What has a finding is run again next time.
        let key = if shown.findings.len() == before { *key } else { 0 };
        shown.reached.push((key, reached));
    }
    shown
}

/// For every case the rows, as (table, row), that were reasons for what it expects; chains included.
pub fn reached(guideline: &CompiledGuideline) -> Vec<Vec<(usize, usize)>> {
    let part = |cases: &[Case]| {
        let mut engine = Engine::new(guideline);
        let rows = cases.iter().map(|case| {
            let conclusions = engine.conclude(&case_facts(guideline, case), &options_for(case));
            let reasons = conclusions.drawn.iter().filter_map(|d| d.reason.as_ref());
            let rows: BTreeSet<_> = reasons.flat_map(|r| &r.steps).map(|s| (s.table, s.row)).collect();
            rows.into_iter().collect()
        });
        rows.collect::<Vec<_>>()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = guideline.cases.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = guideline.cases.chunks(share).map(|c| scope.spawn(move || part(c))).collect();
        let joined =
            parts.into_iter().map(|p| p.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.flatten().collect()
    })
}

/// Runs every case, and also reports rows that no case reaches and tables without an unknown.
///
/// Cases do not know of each other, so they are shared out over the cores; findings keep the order of the cases.
pub fn check_cases(guideline: &CompiledGuideline) -> Vec<Diagnostic> {
    check_cases_again(guideline, &mut CaseRecall::default())
}

/// The same as [`check_cases`], running only cases about which something changed since `recall` saw them.
pub fn check_cases_again(guideline: &CompiledGuideline, recall: &mut CaseRecall) -> Vec<Diagnostic> {
    let mut rows: HashSet<u64> = HashSet::new();
    let mut open: HashSet<u64> = HashSet::new();
    let mut see = |reached: &Reached| {
        rows.extend(&reached.rows);
        open.extend(&reached.open);
    };
    let mut left: Vec<(u64, &Case)> = Vec::new();
    for case in &guideline.cases {
        let key = key(guideline, case);
        match recall.known.get(&key) {
            Some(reached) => see(reached),
            None => left.push((key, case)),
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = left.len().div_ceil(cores).max(1);
    let mut findings = Vec::new();
    // A guideline that is edited for a long time leaves cases behind that nobody asks for any more.
    if recall.known.len() > 8 * guideline.cases.len().max(1_000) {
        recall.known.clear();
    }
    let mut take = |part: Shown| {
        findings.extend(part.findings);
        for (key, reached) in part.reached {
            see(&reached);
            if key != 0 {
                recall.known.insert(key, reached);
            }
        }
    };
    if left.len() > FEW {
        std::thread::scope(|scope| {
            let parts: Vec<_> =
                left.chunks(share).map(|cases| scope.spawn(move || show(guideline, cases))).collect();
            for part in parts {
                take(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
        });
    } else if !left.is_empty() {
        take(show(guideline, &left));
    }
    // Instances of one template share their places: reaching a row in one edition reaches it.
    let mut places: HashSet<&Place> = HashSet::new();
    let mut open_places: HashSet<&Place> = HashSet::new();
    for table in &guideline.tables {
        let reached = table.rows.iter().filter(|row| rows.contains(&mark((&table.id, &row.id))));
        places.extend(reached.map(|row| &row.place));
        if open.contains(&mark(&table.id)) {
            open_places.insert(&table.place);
        }
    }
    let mut said: HashSet<&Place> = HashSet::new();
    for table in &guideline.tables {
        for row in table.rows.iter().filter(|r| !places.contains(&r.place)) {
            if said.insert(&row.place) {
                findings.push(Diagnostic::new(
                    DiagnosticCode::RowWithoutCase,
                    &row.place,
                    said!(
                        "no case reaches row `{}` of `{}`",
                        "geen geval bereikt rij `{}` van `{}`",
                        row.id,
                        table.id
                    ),
                    said!(
                        "add a case whose facts end in this row",
                        "voeg een geval toe waarvan de feiten op deze rij uitkomen"
                    ),
                ));
            }
        }
        if !open_places.contains(&table.place) && said.insert(&table.place) {
            findings.push(Diagnostic::new(
                DiagnosticCode::UnhandledUnknown,
                &table.place,
                said!(
                    "no case leaves something unknown in `{}`",
                    "geen geval laat iets onbekend in `{}`",
                    table.id
                ),
                said!(
                    "add a case that expects a set, for example `{{A, B}}`",
                    "voeg een geval toe dat een verzameling verwacht, bijvoorbeeld `{{A, B}}`"
                ),
            ));
        }
    }
    findings
}

fn drawn_of<'a>(conclusions: &'a Conclusions, expect: &Expect) -> Option<&'a Drawn> {
    conclusions.get(expect.conclusion)
}

fn judge(
    guideline: &CompiledGuideline,
    case: &Case,
    expect: &Expect,
    conclusions: &Conclusions,
) -> Option<Diagnostic> {
    let def = guideline.vocabulary.conclusion(expect.conclusion);
    let fail = |message: Text, help: Text| {
        Some(Diagnostic::new(
            DiagnosticCode::FailingCase,
            &expect.place,
            said!("case `{}`: {message}", "geval `{}`: {message}", case.id; message),
            help,
        ))
    };
    let Some(drawn) = drawn_of(conclusions, expect) else {
        return fail(
            said!("no table gives `{}`", "geen tabel geeft `{}`", def.id),
            said!("write the table first", "schrijf eerst de tabel"),
        );
    };
    let values = def.values.len();
    let names = |mask: u64| {
        let list: Vec<&str> = (0..=values)
            .filter(|v| mask >> v & 1 == 1)
            .map(|v| def.values.get(v).map_or("not-applicable", |c| c.id.as_str()))
            .collect();
        if list.len() == 1 { list[0].to_string() } else { format!("{{{}}}", list.join(", ")) }
    };
    let found = |outcome: &Outcome| match outcome {
        Outcome::Conflict(_) => "conflict".to_string(),
        Outcome::Collected { certain, open } => {
            let mark = |mask: u64, tail: &str| -> Vec<String> {
                (0..values)
                    .filter(|v| mask >> v & 1 == 1)
                    .map(|v| format!("{}{tail}", def.values[v].id))
                    .collect()
            };
            let all = [mark(*certain, ""), mark(*open, "?")].concat();
            if all.is_empty() { "none".to_string() } else { all.join(", ") }
        }
        outcome => names(outcome.possible(values)),
    };
    let right = |expected: &Expected, outcome: &Outcome| match (expected, outcome) {
        (Expected::Conflict, Outcome::Conflict(_)) => true,
        (Expected::Values(mask), outcome) if !matches!(outcome, Outcome::Conflict(_)) => {
            guideline.conclusion(expect.conclusion).is_some_and(|c| c.policy != HitPolicy::Collect)
                && outcome.possible(values) == *mask
        }
        (Expected::Items { certain, open }, Outcome::Collected { certain: c, open: o }) => {
            certain == c && open == o
        }
        _ => false,
    };
    let wanted = |expected: &Expected| match expected {
        Expected::Conflict => "conflict".to_string(),
        Expected::Values(mask) => names(*mask),
        Expected::Items { certain, open } => found(&Outcome::Collected { certain: *certain, open: *open }),
    };
    if !right(&expect.outcome, &drawn.outcome) {
        return fail(
            said!("`{}` is `{}`", "`{}` is `{}`", def.id, found(&drawn.outcome)),
            said!("the case expects `{}`", "het geval verwacht `{}`", wanted(&expect.outcome)),
        );
    }
    if let Some(expected) = &expect.convention
        && !drawn.convention.as_ref().is_some_and(|c| right(expected, &c.outcome))
    {
        let message = match &drawn.convention {
            Some(c) => said!(
                "the conventional value of `{}` is `{}`",
                "de waarde van `{}` volgens afspraak is `{}`",
                def.id,
                found(&c.outcome)
            ),
            None => said!(
                "the conventional value of `{}` is `missing`",
                "de waarde van `{}` volgens afspraak ontbreekt",
                def.id
            ),
        };
        return fail(message, said!("the case expects `{}`", "het geval verwacht `{}`", wanted(expected)));
    }
    if let Some(row) = &expect.because {
        let steps = drawn.reason.as_ref().map(|r| r.steps.as_slice()).unwrap_or_default();
        let ids: Vec<String> = steps.iter().map(|s| guideline.row_id(s.table, s.row)).collect();
        let matches =
            |id: &String| id == row || id.ends_with(&format!("#{row}")) || id.ends_with(&format!("/{row}"));
        if !ids.iter().any(matches) {
            return fail(
                said!("`{}` rests on {}", "`{}` rust op {}", def.id, ids.join(", ")),
                said!("the case expects row `{row}`", "het geval verwacht rij `{row}`"),
            );
        }
    }
    for fact in &expect.asks {
        if !drawn.settle.iter().any(|s| s.contains(fact)) {
            let id = &guideline.vocabulary.fact(*fact).id;
            return fail(
                said!("`{}` is settled without `{id}`", "`{}` staat vast zonder `{id}`", def.id),
                said!("the case expects `{id}` to be asked", "het geval verwacht dat `{id}` gevraagd wordt"),
            );
        }
    }
    None
}
