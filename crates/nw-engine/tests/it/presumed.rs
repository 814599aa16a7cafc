//! What is presumed never wins from what is reported: on generated guidelines, whose `unless` the compiler asked for.
//!
//! Worlds are enumerated here by hand, from the words of the guideline; only the tables are read by the plain engine.

use std::collections::BTreeSet;

use nw_engine::plain::Plain;
use nw_engine::{Detail, Engine, Options};
use nw_facts::{Evidence, FactSet, Observation};
use nw_guideline::{CompiledGuideline, DiagnosticCode, SourceSet, compile, compile_with};

use crate::agreement::{Dice, Engines, same_sets};

const FACTS: [(&str, usize); 6] =
    [("site", 3), ("p", 2), ("q", 3), ("x", 3), ("edition", 2), ("reported", 5)];
const SITE: usize = 0;
const PRESUMED: [usize; 2] = [1, 2];
const EDITION: usize = 4;
const REPORTED: usize = 5;

/// Values of the conclusion that each reported value agrees with; the last agrees with everything.
const AGREES: [u64; 5] = [0b0001, 0b0010, 0b0100, 0b0011, 0b1111];

/// (presumed fact, reported value): with that value on record nothing is presumed of that fact.
type Unless = BTreeSet<(usize, usize)>;

/// Chapter with one table over everything but the report.
fn chapter(dice: &mut Dice) -> String {
    let mut text = "---\nid: g\nen: G\nnl: G\n---\n\n# G\n\n## Tables\n\n> **Agree** a: a\n> nl: a\n> reported with c when edition = v0\n> guard: site\n\n### Table c\n- kind: first\n- en: t\n- nl: t\n- source: s\n- mark: GK\n\n| row | site | p | q | x | c | en | nl |\n|---|---|---|---|---|---|---|---|\n".to_string();
    for row in 0..3 + dice.next(4) {
        text += &format!("| r{row} |");
        for (_, values) in &FACTS[..4] {
            let cell = match dice.next(3) {
                0 => "any".to_string(),
                1 => format!("v{}", dice.next(*values)),
                _ => format!("not v{}", dice.next(*values)),
            };
            text += &format!(" {cell} |");
        }
        text += &format!(" x{} | t | t |\n", dice.next(3));
    }
    let rest = ["x0", "x1", "x2", "not-applicable"][dice.next(4)];
    text + &format!("| rest | any | any | any | any | {rest} | t | t |\n")
}

fn sources(chapter: &str, unless: &Unless) -> SourceSet {
    let mut vocabulary = String::new();
    for (at, (id, values)) in FACTS.iter().enumerate() {
        vocabulary += &format!(
            "[[fact]]\nid = \"{id}\"\ntype = \"choice\"\nholder = \"clinic\"\nen = \"f\"\nnl = \"f\"\nquestion = {{ en = \"f\", nl = \"f\" }}\n"
        );
        if PRESUMED.contains(&at) {
            let lists = unless.iter().filter(|(fact, _)| *fact == at);
            let lists: Vec<String> =
                lists.map(|(_, value)| format!("\"reported = {}\"", value_id(REPORTED, *value))).collect();
            vocabulary += &format!("presumed = \"v0\"\nunless = [{}]\n", lists.join(", "));
        }
        for value in 0..*values {
            vocabulary +=
                &format!("[[fact.value]]\nid = \"{}\"\nen = \"v\"\nnl = \"v\"\n", value_id(at, value));
            if at == REPORTED && value >= 3 {
                let covers = if value == 3 { "\"x0\", \"x1\"" } else { "\"*\"" };
                vocabulary += &format!("covers = [{covers}]\n");
            }
        }
    }
    vocabulary += "[[conclusion]]\nid = \"c\"\nen = \"c\"\nnl = \"c\"\n";
    for value in 0..3 {
        vocabulary += &format!("[[conclusion.value]]\nid = \"x{value}\"\nen = \"v\"\nnl = \"v\"\n");
    }
    SourceSet::new(vec![
        ("vocabulary/v.toml".into(), vocabulary),
        ("sources.toml".into(), "[[source]]\nkey = \"s\"\ntitle = \"S\"\n".into()),
        ("guidelines/g/guideline.toml".into(), "id = \"g\"\nedition = \"1\"\nvalid-from = \"2026-01-01\"\nen = \"G\"\nnl = \"G\"\nchapters = [\"g.md\"]\n".into()),
        ("guidelines/g/g.md".into(), chapter.to_string()),
    ])
}

fn value_id(fact: usize, value: usize) -> String {
    format!("{}{value}", if fact == REPORTED { "x" } else { "v" })
}

/// The `unless` that the compiler asks for, found as an author would: finding by finding.
fn asked_for(chapter: &str) -> Unless {
    let mut unless = Unless::new();
    loop {
        let draft = compile(&sources(chapter, &unless), "", "");
        let findings = draft.diagnostics().iter().filter(|d| d.code == DiagnosticCode::PresumedAgainstReport);
        let before = unless.len();
        for finding in findings {
            let named: Vec<&str> = finding.message.en.split('`').skip(1).step_by(2).collect();
            let value =
                named[0].strip_prefix("reported = x").and_then(|v| v.parse().ok()).expect("a reported value");
            let blamed =
                named[1..].iter().map(|id| FACTS.iter().position(|(f, _)| f == id).expect("a presumed fact"));
            unless.extend(blamed.map(|fact| (fact, value)));
        }
        if unless.len() == before {
            return unless;
        }
    }
}

/// What a record says of each fact; nothing, or one or more values.
type Record = [u64; 6];

type World = [usize; 6];

fn worlds() -> impl Iterator<Item = World> {
    let count: usize = FACTS.iter().map(|(_, values)| values).product();
    (0..count).map(|mut number| {
        std::array::from_fn(|at| {
            let value = number % FACTS[at].1;
            number /= FACTS[at].1;
            value
        })
    })
}

/// One guideline, and its table read row by row.
struct Meaning<'g> {
    guideline: &'g CompiledGuideline,
    plain: Plain<'g>,
}

impl Meaning<'_> {
    fn value(&self, world: &World) -> u32 {
        let mut cells = vec![0; self.guideline.space.len()];
        for (at, (id, _)) in FACTS.iter().enumerate() {
            let fact = self.guideline.vocabulary.find_fact(id).expect("a fact of the page");
            if let Some(var) = self.guideline.space.var(fact) {
                cells[usize::from(var)] = world[at] as u8;
            }
        }
        self.plain.value(self.guideline.conclusions[0].idx, &cells)
    }

    /// Whether the report counts here, and agrees.
    fn counts(&self, world: &World) -> bool {
        world[EDITION] == 0 && AGREES[world[REPORTED]] >> self.value(world) & 1 == 1
    }

    /// The completions of a record that its report allows, without anything presumed.
    fn completions(&self, record: &Record) -> Vec<World> {
        let says = |world: &World| (0..6).all(|at| record[at] == 0 || record[at] >> world[at] & 1 == 1);
        let kept = |w: &World| record[REPORTED] == 0 || w[EDITION] != 0 || self.counts(w);
        worlds().filter(|w| says(w) && kept(w)).collect()
    }
}

/// The same where what the record does not mention is as presumed.
fn presumed(worlds: &[World], record: &Record, unless: &Unless) -> Vec<World> {
    let lifted = |fact: usize| unless.iter().any(|(f, v)| *f == fact && record[REPORTED] >> v & 1 == 1);
    let silent: Vec<usize> =
        PRESUMED.iter().copied().filter(|fact| record[*fact] == 0 && !lifted(*fact)).collect();
    worlds.iter().filter(|w| silent.iter().all(|fact| w[*fact] == 0)).copied().collect()
}

fn fact_set(guideline: &CompiledGuideline, record: &Record) -> FactSet {
    let mut facts = FactSet::new();
    for (at, (id, values)) in FACTS.iter().enumerate().filter(|(at, _)| record[*at] != 0) {
        facts.add(Observation {
            fact: guideline.vocabulary.find_fact(id).expect("a fact of the page"),
            evidence: Evidence::Choices((0..*values).filter(|v| record[at] >> v & 1 == 1).collect()),
            text: String::new(),
            date: None,
            known: None,
            origin: None,
            via: None,
        });
    }
    facts
}

fn record(dice: &mut Dice, reports_only: bool) -> Record {
    std::array::from_fn(|at| {
        let values = FACTS[at].1;
        let silent = match at {
            REPORTED => dice.next(8) == 0,
            SITE | EDITION => dice.next(2) == 0,
            _ => reports_only || dice.next(3) > 0,
        };
        match dice.next(3) {
            _ if silent => 0,
            // Everything but one value, or one value: all of them would say nothing.
            0 => ((1 << values) - 1) & !(1 << dice.next(values)),
            _ => 1 << dice.next(values),
        }
    })
}

/// Reported values that some completion makes true at some place, and that none does where things are as presumed.
fn voided(meaning: &Meaning<'_>, all: &[World], allowed: &[World]) -> usize {
    let counting = |worlds: &[World]| -> BTreeSet<(usize, usize)> {
        let evidence = worlds.iter().filter(|w| AGREES[w[REPORTED]] != 0b1111 && meaning.counts(w));
        evidence.map(|w| (w[SITE], w[REPORTED])).collect()
    };
    counting(all).difference(&counting(allowed)).count()
}

/// Both engines give what the words say, and with the `unless` that the compiler asks for no report is left without a
/// patient of whom it could be true; without it, some are.
#[test]
fn no_presumption_wins_from_a_report() {
    let (mut compared, mut open, mut lifts, mut faults_without) = (0, 0, 0, 0);
    for seed in 0..120 {
        let mut dice = Dice(seed);
        let chapter = chapter(&mut dice);
        let unless = asked_for(&chapter);
        lifts += unless.len();
        let draft = compile_with(&sources(&chapter, &unless), "", "", false);
        let guideline = draft.guideline();
        let meaning = Meaning { guideline, plain: Plain::new(guideline) };
        let mut engines = Engines::new(guideline);
        let mut engine = Engine::new(guideline);
        let options = Options { detail: Detail::Sets, ..Options::default() };
        for number in 0..30 {
            let reports_only = number % 2 == 0;
            let record = record(&mut dice, reports_only);
            let all = meaning.completions(&record);
            let allowed = presumed(&all, &record, &unless);
            let facts = fact_set(guideline, &record);
            let drawn = engine.conclude(&facts, &options);
            let expected = allowed.iter().fold(0u64, |set, world| set | 1 << meaning.value(world));
            let context = || format!("seed {seed}, {record:?}, {unless:?}\n{chapter}");
            if expected == 0 {
                assert!(!drawn.contradictions.is_empty(), "a contradiction: {}", context());
            } else {
                assert_eq!(drawn.drawn[0].outcome.possible(3), expected, "the exact set: {}", context());
            }
            let masks = engine.blank().know(&facts, &[], &[]).masks;
            let active = record[REPORTED] != 0 && record[REPORTED] != 1 << 4;
            let agreements: &[usize] = if active { &[0] } else { &[] };
            compared += same_sets(guideline, &mut engines, &masks, agreements, 200_000);
            open += usize::from(expected.count_ones() > 1);
            if reports_only && record[REPORTED] != 0 {
                assert_eq!(voided(&meaning, &all, &allowed), 0, "a report counts for nothing: {}", context());
                faults_without += voided(&meaning, &all, &presumed(&all, &record, &Unless::new()));
            }
        }
    }
    assert!(compared > 2_500 && open > 1_000, "{compared} compared, {open} open");
    assert!(lifts > 30 && faults_without > 50, "{lifts} lifts, {faults_without} faults without them");
}
