//! Who must, may and cannot change is what every completion of the record says, one by one.

use nw_engine::plain::Plain;
use nw_engine::{Engine, Fast, Fate, Impact, Judge, Outcome, SharedCell, Verdict, Worlds, case_facts};
use nw_facts::{Bound, Decimal, Evidence, FactSet, Interval, Observation};
use nw_guideline::{Case, Cell, CompiledGuideline, HitPolicy, SourceSet, compile, compile_with};

use crate::agreement::{Dice, generated, knowledge, knowledge_texts};
use crate::difference::{edited, world};

/// What a record says of each fact: the values that are left, by fact id; everything when nothing is said.
type Record = Vec<(String, Vec<usize>)>;

fn size(guideline: &CompiledGuideline, fact: usize) -> usize {
    let def = &guideline.vocabulary.facts()[fact];
    if def.is_numeric() { 10 } else { def.choices.len() }
}

/// Most facts known, some a list or two ranges, some open.
fn record(guideline: &CompiledGuideline, dice: &mut Dice) -> Record {
    let mut room = 600;
    (0..guideline.vocabulary.facts().len())
        .map(|fact| {
            let (id, count) = (guideline.vocabulary.facts()[fact].id.clone(), size(guideline, fact));
            let mut left: Vec<usize> = match dice.next(4) {
                0 => (0..count).collect(),
                1 => {
                    let some = 1 + dice.next((1 << count) - 1);
                    (0..count).filter(|v| some >> v & 1 == 1).collect()
                }
                _ => vec![dice.next(count)],
            };
            if left.len() > room {
                left.truncate(1);
            }
            room /= left.len();
            (id, left)
        })
        .collect()
}

fn facts(guideline: &CompiledGuideline, record: &Record) -> FactSet {
    let mut facts = FactSet::new();
    for (id, left) in record {
        let fact = guideline.vocabulary.find_fact(id).expect("both guidelines have the same vocabulary");
        let def = guideline.vocabulary.fact(fact);
        if left.len() == if def.is_numeric() { 10 } else { def.choices.len() } {
            continue;
        }
        let evidence = if def.is_numeric() {
            let mut ranges: Vec<Interval> = Vec::new();
            for value in left {
                let value = Decimal::from(*value);
                match ranges.last_mut().filter(|r| r.high.is_some_and(|h| h.at + Decimal::ONE == value)) {
                    Some(last) => last.high = Some(Bound { at: value, closed: true }),
                    None => ranges.push(Interval::exactly(value)),
                }
            }
            Evidence::Numbers(ranges)
        } else {
            Evidence::Choices(left.clone())
        };
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
    facts
}

fn completions(record: &Record) -> Vec<Vec<(String, usize)>> {
    let mut all: Vec<Vec<(String, usize)>> = vec![Vec::new()];
    for (id, left) in record {
        all = all
            .into_iter()
            .flat_map(|before| {
                left.iter().map(move |value| {
                    let mut next = before.clone();
                    next.push((id.clone(), *value));
                    next
                })
            })
            .collect();
    }
    all
}

/// Agreements that count: the report is on record and narrows something.
fn active(guideline: &CompiledGuideline, record: &Record) -> Vec<usize> {
    let counts = |at: &usize| {
        let agreement = &guideline.agreements[*at];
        let def = guideline.vocabulary.fact(agreement.reported);
        let values = guideline.vocabulary.conclusion(agreement.conclusion).values.len();
        let everything = (1u64 << (values + 1)) - 1;
        let left =
            record.iter().find(|(id, _)| *id == def.id).map(|(_, left)| left.clone()).unwrap_or_default();
        left.len() < def.choices.len() && left.iter().any(|v| agreement.agrees[*v] != everything)
    };
    (0..guideline.agreements.len()).filter(counts).collect()
}

fn shared_cell(cells: &[SharedCell], ids: &[String], value: usize) -> usize {
    let holds = |cell: &SharedCell| match cell {
        SharedCell::Numbers(range) => range.contains(Decimal::from(value)),
        SharedCell::Named(id, _) => ids[value] == *id,
        SharedCell::NotDone => false,
    };
    cells.iter().position(holds).expect("every value lies in a cell")
}

/// The same conclusion drawn twice: what changed, as (from, to) by name; items of a collected one each by itself.
type Made = Vec<(String, String)>;

fn made(guidelines: [&CompiledGuideline; 2], id: &str, worlds: [&[u8]; 2]) -> Made {
    let def = guidelines[0].vocabulary.find_conclusion(id).expect("it is there");
    let twin = guidelines[1].vocabulary.find_conclusion(id).expect("it is there");
    let values = &guidelines[0].vocabulary.conclusion(def).values;
    let name = |v: usize| values.get(v).map_or("not-applicable", |c| c.id.as_str()).to_string();
    let (a, b) = (Plain::new(guidelines[0]), Plain::new(guidelines[1]));
    let collected = guidelines[0].conclusion(def).expect("it is drawn").policy == HitPolicy::Collect;
    if collected {
        let (x, y) = (a.contributed(def, worlds[0]), b.contributed(twin, worlds[1]));
        let lost =
            |v: usize| if x >> v & 1 == 1 { (name(v), String::new()) } else { (String::new(), name(v)) };
        return (0..values.len()).filter(|v| (x ^ y) >> v & 1 == 1).map(lost).collect();
    }
    let (x, y) = (a.value(def, worlds[0]) as usize, b.value(twin, worlds[1]) as usize);
    if x == y { Vec::new() } else { vec![(name(x), name(y))] }
}

#[test]
fn every_completion_is_asked() {
    let mut dice = Dice(20_261_123);
    let mut seen = [0usize; 5];
    let mut settled = 0;
    for _ in 0..160 {
        let sources = generated(&mut dice);
        let other = edited(&sources, &mut dice);
        let a = compile_with(&sources, "", "", false).guideline().clone();
        let Ok(b) = compile_with(&other, "", "", false).admit() else { continue };
        let impact = Impact::new(&a, &b, &|_| true, 3);
        if impact.changed.is_empty() {
            continue;
        }
        let mut judge = Judge::new(&impact);
        for _ in 0..14 {
            let record = record(&a, &mut dice);
            let both = [&a, &b];
            let mut any = [Fast::new(&a), Fast::new(&b)];
            let active = both.map(|g| active(g, &record));
            let mut joint = Vec::new();
            let mut alone = [0, 0];
            for patient in completions(&record) {
                let worlds = both.map(|g| world(g, &patient));
                let exists = [0, 1].map(|side| {
                    let masks: Vec<u64> = worlds[side].iter().map(|cell| 1 << cell).collect();
                    any[side].any(&masks, &active[side])
                });
                alone[0] += usize::from(exists[0]);
                alone[1] += usize::from(exists[1]);
                if exists == [true, true] {
                    joint.push((patient, worlds));
                }
            }
            let found = judge.judge([&facts(&a, &record), &facts(&b, &record)]);
            if alone[0] == 0 || alone[1] == 0 {
                // What contradicts itself is set aside; the rest of this test is about records that do not.
                continue;
            }
            for (changed, verdict) in impact.changed.iter().zip(found.iter()) {
                if joint.is_empty() {
                    assert_eq!(verdict.fate, Fate::Apart);
                    seen[4] += 1;
                    continue;
                }
                let all: Vec<Made> = joint
                    .iter()
                    .map(|(_, worlds)| made(both, &changed.id, [&worlds[0], &worlds[1]]))
                    .collect();
                let differ = all.iter().filter(|m| !m.is_empty()).count();
                let expected = match differ {
                    0 => Fate::Cannot,
                    n if n == all.len() => Fate::Must,
                    _ => Fate::May,
                };
                assert_eq!(verdict.fate, expected, "{} of {record:?}", changed.id);
                seen[expected as usize] += 1;
                shares(&impact, verdict, &joint, &all);
                if expected == Fate::May {
                    settles(&impact, &verdict.settle, &joint, &all);
                    settled += 1;
                }
            }
        }
    }
    assert!(seen[..3].iter().all(|n| *n > 50) && settled > 100, "each occurs: {seen:?}");
}

type Joint = Vec<(Vec<(String, usize)>, [Vec<u8>; 2])>;

fn cell_of(impact: &Impact<'_>, fact: usize, patient: &[(String, usize)]) -> usize {
    let fact = &impact.difference.facts[fact];
    let value = patient.iter().find(|(id, _)| *id == fact.def.id).map_or(0, |(_, v)| *v);
    let ids: Vec<String> = fact.def.choices.iter().map(|c| c.id.clone()).collect();
    shared_cell(&fact.cells, &ids, value)
}

/// Shifts and regions are told of exactly those who make them.
fn shares(impact: &Impact<'_>, verdict: &Verdict, joint: &Joint, all: &[Made]) {
    for share in &verdict.shifts {
        let shift = &impact.difference.shifts[share.shift];
        let pair = (shift.from.0.clone(), shift.to.0.clone());
        let make: Vec<bool> = all.iter().map(|m| m.contains(&pair)).collect();
        assert!(make.contains(&true), "somebody makes the shift {pair:?}");
        assert_eq!(share.certain, !make.contains(&false), "{pair:?}");
        for (number, region) in shift.regions.iter().enumerate() {
            let inside = |patient: &[(String, usize)]| {
                region.limits.iter().all(|(at, mask)| mask >> cell_of(impact, *at, patient) & 1 == 1)
            };
            let within: Vec<bool> = joint.iter().map(|(patient, _)| inside(patient)).collect();
            let some = within.iter().zip(&make).any(|(within, make)| *within && *make);
            let told = share.regions.iter().find(|(n, _)| *n == number).map(|(_, every)| *every);
            assert_eq!(told, some.then(|| !within.contains(&false)), "region {number} of {pair:?}");
        }
    }
    let told = |made: &Made| {
        made.iter().all(|(from, to)| {
            verdict.shifts.iter().any(|s| {
                let shift = &impact.difference.shifts[s.shift];
                shift.from.0 == *from && shift.to.0 == *to
            })
        })
    };
    assert!(verdict.fate == Fate::Cannot || all.iter().all(told), "no shift is missing");
}

/// The deciding facts decide, and none of them is one too many.
fn settles(impact: &Impact<'_>, settle: &[usize], joint: &Joint, all: &[Made]) {
    let decides = |facts: &[usize]| {
        let mut known: Vec<(Vec<usize>, bool)> = Vec::new();
        joint.iter().zip(all).all(|((patient, _), made)| {
            let key: Vec<usize> = facts.iter().map(|f| cell_of(impact, *f, patient)).collect();
            match known.iter().find(|(k, _)| *k == key) {
                Some((_, differs)) => *differs != made.is_empty(),
                None => {
                    known.push((key, !made.is_empty()));
                    true
                }
            }
        })
    };
    assert!(decides(settle), "{settle:?} decides");
    for without in 0..settle.len() {
        let fewer: Vec<usize> =
            settle.iter().enumerate().filter(|(i, _)| *i != without).map(|(_, f)| *f).collect();
        assert!(!decides(&fewer), "{fewer:?} would do");
    }
}

/// The shipped guideline with one threshold of one row moved.
fn moved() -> CompiledGuideline {
    let files = knowledge_texts();
    let files = files.files().map(|(path, text)| {
        if !path.ends_with("15-grade.md") {
            return (path.to_string(), text.to_string());
        }
        let start = text.find("### Table tumour.grade / digestive").expect("the table of grades");
        let (before, table) = text.split_at(start);
        let end = table.find("### Table tumour.grade / none").expect("the table after it");
        let (table, after) = table.split_at(end);
        let changed =
            table.replace("< 3 %", "< 5 %").replace("[3..20] %", "[5..20] %").replace(">= 3 %", ">= 5 %");
        assert_ne!(changed, table, "a threshold is moved");
        (path.to_string(), format!("{before}{changed}{after}"))
    });
    compile(&SourceSet::new(files.collect()), "", "").guideline().clone()
}

/// More ways to complete a record than this are not tried.
const MOST_WAYS: usize = 60;

#[test]
fn one_threshold_of_the_shipped_guideline() {
    let a = knowledge();
    let b = moved();
    let impact = Impact::new(a, &b, &|id| id == "tumour.grade", 5);
    assert_eq!(impact.changed.len(), 1, "only the grade was asked for");
    let mut judge = Judge::new(&impact);
    let mut engines = [Engine::new(a), Engine::new(&b)];
    let mut seen = [0usize; 5];
    let grade = |g: &CompiledGuideline| g.vocabulary.find_conclusion("tumour.grade").expect("it is there");
    let only = |g| nw_engine::Options {
        only: Some(vec![grade(g)]),
        detail: nw_engine::Detail::Sets,
        ..Default::default()
    };
    let asked = [only(a), only(&b)];
    for case in a
        .cases
        .iter()
        .filter(|c| c.given.iter().any(|(f, _)| a.vocabulary.fact(*f).id == "tumour.ki67"))
        .step_by(31)
    {
        for without in 0..=case.given.len() {
            let given: Vec<_> = case
                .given
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != without)
                .map(|(_, g)| g.clone())
                .collect();
            let case = Case { given, ..case.clone() };
            let facts = [case_facts(a, &case), case_facts(&b, &case)];
            let verdict = judge.judge([&facts[0], &facts[1]])[0].clone();
            seen[verdict.fate as usize] += 1;
            let drawn = [0, 1]
                .map(|side| engines[side].conclude(&facts[side], &asked[side]).drawn[0].outcome.clone());
            if verdict.fate == Fate::Must {
                assert_eq!(verdict.outcomes, Some(drawn.clone()));
            }
            let single = |o: &Outcome| matches!(o, Outcome::Concluded(_) | Outcome::NotApplicable);
            if single(&drawn[0]) && single(&drawn[1]) {
                let expected = if drawn[0] == drawn[1] { Fate::Cannot } else { Fate::Must };
                assert_eq!(verdict.fate, expected, "case {}", case.id);
            }
            if verdict.fate != Fate::May {
                continue;
            }
            // Whatever the deciding facts turn out to be, nothing is open any more, and both ways occur.
            let mut ways = vec![case.clone()];
            for fact in &verdict.settle {
                let shared = &impact.difference.facts[*fact];
                let fact = a.vocabulary.find_fact(&shared.def.id).expect("it is there");
                let var = a.space.var(fact).expect("a table reads it");
                let finer = shared.cells.iter().enumerate().map(|(at, cell)| match cell {
                    SharedCell::Numbers(range) => shared.def.written(inside(range), false),
                    _ => a.space.example(&a.vocabulary, var, at as u8),
                });
                let texts: Vec<String> = finer
                    .map(|text| match &shared.def.unit {
                        Some(unit) if text.ends_with(|c: char| c.is_ascii_digit()) => {
                            format!("{text} {unit}")
                        }
                        _ => text,
                    })
                    .collect();
                ways = ways
                    .iter()
                    .flat_map(|case| {
                        texts.iter().map(|text| {
                            let mut next = case.clone();
                            next.given.retain(|(f, _)| *f != fact);
                            next.given.push((fact, text.clone()));
                            next
                        })
                    })
                    .take(MOST_WAYS + 1)
                    .collect();
            }
            if ways.len() > MOST_WAYS {
                continue;
            }
            let mut both = [false, false];
            for way in &ways {
                let facts = [case_facts(a, way), case_facts(&b, way)];
                match judge.judge([&facts[0], &facts[1]])[0].fate {
                    Fate::Must => both[0] = true,
                    Fate::Cannot => both[1] = true,
                    // A range that was on record and is replaced here may contradict the rest.
                    Fate::Apart | Fate::Conflict => {}
                    Fate::May => panic!("case {}: {:?} leaves it open", case.id, way.given),
                }
            }
            assert_eq!(both, [true, true], "case {}: {:?}", case.id, verdict.settle);
        }
    }
    assert!(seen[Fate::Must as usize] > 0 && seen[Fate::May as usize] > 0, "{seen:?}");
    assert!(seen[Fate::Cannot as usize] > 10, "{seen:?}");
}

/// Some number of a range.
fn inside(range: &Interval) -> Decimal {
    match (range.low, range.high) {
        (Some(low), _) if low.closed => low.at,
        (_, Some(high)) if high.closed => high.at,
        (Some(low), Some(high)) => (low.at + high.at) / Decimal::from(2),
        (Some(low), None) => low.at + Decimal::ONE,
        (None, Some(high)) => high.at - Decimal::ONE,
        (None, None) => Decimal::ZERO,
    }
}

/// A cell of the plain test's own worlds holds each value.
#[test]
fn worlds_of_the_test_are_whole() {
    let mut dice = Dice(5);
    let a = compile_with(&generated(&mut dice), "", "", false).guideline().clone();
    let record = record(&a, &mut dice);
    for patient in completions(&record).iter().take(20) {
        for (cell, domain) in world(&a, patient).iter().zip(a.space.domains()) {
            assert!(matches!(domain.cells[usize::from(*cell)], Cell::Numbers(_) | Cell::Choice(_)));
        }
    }
}
