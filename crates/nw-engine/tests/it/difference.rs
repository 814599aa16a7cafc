//! The difference of two guidelines holds exactly for the patients to whom they give different answers.

use nw_engine::plain::Plain;
use nw_engine::{Fast, SharedCell, Worlds, difference};
use nw_facts::{Decimal, Interval};
use nw_guideline::{Cell, CompiledGuideline, HitPolicy, SourceSet, compile_with};

use crate::agreement::{Dice, generated};

/// The same guideline with one word of one table changed.
pub fn edited(sources: &SourceSet, dice: &mut Dice) -> SourceSet {
    let files = sources.files().map(|(path, text)| {
        if !path.ends_with("g.md") {
            return (path.to_string(), text.to_string());
        }
        let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
        // The last row of a table keeps it complete.
        let is_row =
            |line: &str| line.starts_with("| r") && !line.starts_with("| rest") && !line.contains("| en |");
        let rows: Vec<usize> = (0..lines.len()).filter(|i| is_row(&lines[*i])).collect();
        let at = rows[dice.next(rows.len())];
        let swaps =
            [(" x0 |", " x1 |"), (" x1 |", " x2 |"), (" v0 |", " v1 |"), (" any |", " v0 |"), (">=", "<")];
        let (from, to) = swaps[dice.next(swaps.len())];
        // A count cannot be a word, so only a whole cell is replaced where the column allows it.
        lines[at] = lines[at].replacen(from, to, 1);
        (path.to_string(), lines.join("\n"))
    });
    SourceSet::new(files.collect())
}

/// One patient: a number for counts, a position for choices, by fact id.
fn patient(guideline: &CompiledGuideline, dice: &mut Dice) -> Vec<(String, usize)> {
    let facts = guideline.vocabulary.facts().iter();
    facts.map(|f| (f.id.clone(), dice.next(if f.is_numeric() { 10 } else { f.choices.len() }))).collect()
}

/// The patient's cells in one guideline.
pub fn world(guideline: &CompiledGuideline, patient: &[(String, usize)]) -> Vec<u8> {
    let value = |id: &str| patient.iter().find(|(p, _)| p == id).map_or(0, |(_, v)| *v);
    let cell = |domain: &nw_guideline::Domain| {
        let value = value(&guideline.vocabulary.fact(domain.fact).id);
        let holds = |cell: &Cell| match cell {
            Cell::Numbers(range) => range.contains(Decimal::from(value)),
            Cell::Choice(choice) => *choice == value,
            Cell::NotDone => false,
        };
        domain.cells.iter().position(holds).expect("every value lies in a cell") as u8
    };
    guideline.space.domains().iter().map(cell).collect()
}

#[test]
fn regions_hold_exactly_the_patients_with_another_answer() {
    let mut dice = Dice(20_261_122);
    let (mut differing, mut equal) = (0, 0);
    for _ in 0..80 {
        let sources = generated(&mut dice);
        let other = edited(&sources, &mut dice);
        let a = compile_with(&sources, "", "", false).guideline().clone();
        let Ok(b) = compile_with(&other, "", "", false).admit() else { continue };
        let found = difference(&a, &b, &|_| true, usize::MAX);
        assert!(!found.too_large);
        for _ in 0..120 {
            let patient = patient(&a, &mut dice);
            let (x, y) = (world(&a, &patient), world(&b, &patient));
            let exists = |g: &CompiledGuideline, world: &[u8]| {
                let masks: Vec<u64> = world.iter().map(|cell| 1 << cell).collect();
                Fast::new(g).any(&masks, &[])
            };
            if !exists(&a, &x) || !exists(&b, &y) {
                continue;
            }
            let inside = |limits: &[(usize, u64)]| {
                limits.iter().all(|(at, mask)| {
                    let fact = &found.facts[*at];
                    let value = patient.iter().find(|(p, _)| *p == fact.def.id).map_or(0, |(_, v)| *v);
                    let holds = |cell: &SharedCell| match cell {
                        SharedCell::Numbers(range) => {
                            !range.intersect(&Interval::exactly(Decimal::from(value))).is_empty()
                        }
                        SharedCell::Named(id, _) => fact.def.choices[value].id == *id,
                        SharedCell::NotDone => false,
                    };
                    fact.cells.iter().position(holds).is_some_and(|cell| mask >> cell & 1 == 1)
                })
            };
            for conclusion in &a.conclusions {
                let def = a.vocabulary.conclusion(conclusion.idx);
                let idx = b.vocabulary.find_conclusion(&def.id).expect("the same vocabulary");
                let (from, to) = (Plain::new(&a), Plain::new(&b));
                let told: Vec<(String, String)> = found
                    .shifts
                    .iter()
                    .filter(|s| s.conclusion == def.id && s.regions.iter().any(|r| inside(&r.limits)))
                    .map(|s| (s.from.0.clone(), s.to.0.clone()))
                    .collect();
                let name =
                    |v: usize| def.values.get(v).map_or("not-applicable", |c| c.id.as_str()).to_string();
                let expected: Vec<(String, String)> = if conclusion.policy == HitPolicy::Collect {
                    let (p, q) = (from.contributed(conclusion.idx, &x), to.contributed(idx, &y));
                    (0..def.values.len())
                        .filter(|v| (p ^ q) >> v & 1 == 1)
                        .map(|v| {
                            if p >> v & 1 == 1 { (name(v), String::new()) } else { (String::new(), name(v)) }
                        })
                        .collect()
                } else {
                    let (p, q) = (from.value(conclusion.idx, &x) as usize, to.value(idx, &y) as usize);
                    if p == q { Vec::new() } else { vec![(name(p), name(q))] }
                };
                assert_eq!(told, expected, "{} for {patient:?}", def.id);
                if expected.is_empty() { equal += 1 } else { differing += 1 }
            }
        }
    }
    assert!(differing > 300 && equal > 10_000, "the edits must matter: {differing} and {equal}");
}

#[test]
fn a_guideline_does_not_differ_from_itself_in_another_order() {
    let mut dice = Dice(7);
    for _ in 0..30 {
        let sources = generated(&mut dice);
        // The same facts in another order give diagrams over another order.
        let turned = SourceSet::new(
            sources
                .files()
                .map(|(path, text)| {
                    let text = if path.starts_with("vocabulary/") {
                        let mut entries: Vec<&str> = text.split("[[fact]]\n").collect();
                        let last = entries.pop().unwrap_or_default();
                        let (fact, conclusions) = last.split_once("[[conclusion]]").unwrap_or((last, ""));
                        entries.push(fact);
                        let head = entries.remove(0);
                        entries.reverse();
                        let facts: String = entries.iter().map(|e| format!("[[fact]]\n{e}")).collect();
                        format!("{head}{facts}[[conclusion]]{conclusions}")
                    } else {
                        text.to_string()
                    };
                    (path.to_string(), text)
                })
                .collect(),
        );
        let a = compile_with(&sources, "", "", false).guideline().clone();
        let b = compile_with(&turned, "", "", false).guideline().clone();
        let found = difference(&a, &b, &|_| true, 3);
        assert!(found.is_empty(), "{} shifts", found.shifts.len());
    }
}
