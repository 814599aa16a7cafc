//! Every table by itself: all combinations of what it reads, missing values included, with the answer of the plain engine.

use std::path::Path;

use nw_engine::plain::rows_given;
use nw_export::{Model, Part};
use nw_guideline::{HitPolicy, Output, Subject};
use serde_json::{Value, json};

use super::store::{Bytes, LEFT_OUT, Texts, value_in};
use super::three::{Given, Says, Three};
use super::{Said, Settings, input_json};

/// What one table reads: for each subject the values it may take, the missing value last.
struct Column {
    subject: Subject,
    given: Vec<Given>,
    values: Vec<Value>,
}

impl Column {
    fn missing(&self) -> usize {
        self.given.len() - 1
    }
}

/// Writes `tests.json` and `tests.bin`.
pub fn write(model: &Model<'_>, settings: &Settings, folder: &Path) -> Result<Said, String> {
    let mut bytes = Bytes::default();
    let mut tests = Vec::new();
    let mut said =
        Said { whole: (0, 0), sampled: (0, 0), impossible: 0, coarser: 0, held: 0, patients: (0, 0, 0) };
    let three = Three { guideline: model.guideline };
    for part in &model.parts {
        let table = &model.guideline.tables[part.table];
        let wanted = settings.tables.is_empty() || settings.tables.iter().any(|t| table.id.starts_with(t));
        if wanted {
            tests.push(one(model, &three, part, settings, &mut bytes, &mut said)?);
        }
    }
    bytes.save(folder, "tests.bin")?;
    super::save(folder, "tests.json", &json!({ "tables": tests }).to_string())?;
    Ok(said)
}

fn column(model: &Model<'_>, subject: Subject) -> Column {
    let guideline = model.guideline;
    let mut given = Vec::new();
    let mut values = Vec::new();
    match subject {
        Subject::Fact(fact) => {
            let def = guideline.vocabulary.fact(fact);
            let cells = guideline.space.var(fact).map(|v| guideline.space.domain(v).cells.as_slice());
            for (i, cell) in cells.unwrap_or_default().iter().enumerate() {
                given.push(Given::Is(1 << i));
                values.push(value_in(def, cell));
            }
        }
        Subject::Conclusion(idx) if model.is_collected(idx) => {
            let ids: Vec<&str> =
                guideline.vocabulary.conclusion(idx).values.iter().map(|v| v.id.as_str()).collect();
            let all = (1u64 << ids.len()) - 1;
            // Nothing, each by itself, everything, and each open beside nothing: tests ask for one of some values only.
            let single = (0..ids.len()).map(|i| 1u64 << i);
            let mut sets: Vec<(u64, u64)> = vec![(0, 0), (all, all)];
            sets.extend(single.clone().map(|s| (s, s)));
            sets.extend(single.map(|s| (0, s)));
            for (certain, possible) in sets {
                let list = |mask: u64| -> Vec<&str> {
                    (0..ids.len()).filter(|i| mask >> i & 1 == 1).map(|i| ids[i]).collect()
                };
                given.push(Given::Holds(certain, possible));
                values.push(json!({"certain": list(certain), "possible": list(possible)}));
            }
            given.push(Given::Holds(0, all));
            values.push(Value::Null);
            return Column { subject, given, values };
        }
        Subject::Conclusion(idx) => {
            for (i, value) in guideline.vocabulary.conclusion(idx).values.iter().enumerate() {
                given.push(Given::Is(1 << i));
                values.push(json!(value.id));
            }
            given.push(Given::Is(1 << given.len()));
            values.push(json!(nw_export::NOT_APPLICABLE));
        }
    }
    given.push(Given::Missing);
    values.push(Value::Null);
    Column { subject, given, values }
}

fn one(
    model: &Model<'_>,
    three: &Three<'_>,
    part: &Part,
    settings: &Settings,
    bytes: &mut Bytes,
    said: &mut Said,
) -> Result<Value, String> {
    let guideline = model.guideline;
    let table = &guideline.tables[part.table];
    let columns: Vec<Column> = part.reads.iter().map(|s| column(model, *s)).collect();
    let sizes: Vec<usize> = columns.iter().map(|c| c.given.len()).collect();
    let product = sizes.iter().try_fold(1usize, |a, b| a.checked_mul(*b)).unwrap_or(usize::MAX);
    let complete = sizes.iter().try_fold(1usize, |a, b| a.checked_mul(*b - 1)).unwrap_or(usize::MAX);
    let mut texts = Texts::default();
    let mut expected = Vec::new();
    let mut combinations: Vec<u8> = Vec::new();
    let (most, sample) = if classifies(table) {
        (settings.whole, settings.samples)
    } else {
        (settings.others, settings.others)
    };
    let whole = product <= most;
    let mut answer = |digits: &[usize]| -> Result<Says, String> {
        let says = says(model, three, part, &columns, digits)?;
        if says == Says::Impossible {
            said.impossible += 1;
        }
        expected.push(match &says {
            Says::Impossible => LEFT_OUT,
            other => texts.number(outcome(model, part, other)),
        });
        Ok(says)
    };
    if whole {
        let mut digits = vec![0; sizes.len()];
        let mut all = Vec::with_capacity(product);
        for _ in 0..product {
            all.push(answer(&digits)?);
            step(&mut digits, &sizes);
        }
        let (held, coarser) = against_exact(guideline, part, &columns, &sizes, &all)?;
        said.held += held;
        said.coarser += coarser;
    } else {
        let mut random = fastrand::Rng::with_seed(part.table as u64 + 1);
        let mut list = |digits: &[usize]| combinations.extend(digits.iter().map(|d| *d as u8));
        if complete <= most {
            // Every complete combination; missing values by sample.
            let full: Vec<usize> = sizes.iter().map(|s| s - 1).collect();
            let mut digits = vec![0; sizes.len()];
            for _ in 0..complete {
                list(&digits);
                answer(&digits)?;
                step(&mut digits, &full);
            }
        }
        for i in 0..sample {
            let share = [0, 10, 30][i % 3];
            let digits: Vec<usize> = columns
                .iter()
                .map(|c| {
                    let missing = random.u32(0..100) < share;
                    if missing { c.missing() } else { random.usize(0..c.missing().max(1)) }
                })
                .collect();
            list(&digits);
            answer(&digits)?;
        }
    }
    let count = expected.len();
    let place = if whole || complete <= most { &mut said.whole } else { &mut said.sampled };
    place.0 += 1;
    place.1 += count;
    let inputs: Vec<Value> = columns
        .iter()
        .map(|c| {
            let input = model.inputs.iter().find(|i| i.subject == c.subject);
            input.map(|i| input_json(i, &c.values)).ok_or("an input is missing".to_string())
        })
        .collect::<Result<_, _>>()?;
    let at = if whole { None } else { Some(bytes.add(&combinations)) };
    Ok(json!({
        "id": table.id,
        "rows": nw_export::names::part(&table.id, "rows"),
        "nulls": part.nulls.as_ref().map(|_| nw_export::names::part(&table.id, "nulls")),
        "collect": table.policy == HitPolicy::Collect,
        "inputs": inputs,
        "outcomes": texts.all,
        "count": count,
        "combinations": at,
        "expected": bytes.add_wide(&expected),
    }))
}

/// Chapters before 50 say what a patient has; the later ones what follows from it.
fn classifies(table: &nw_guideline::Table) -> bool {
    let name = table.place.file.rsplit('/').next().unwrap_or_default();
    let number: String = name.chars().take_while(char::is_ascii_digit).collect();
    number.parse().is_ok_and(|number: u32| number < 50)
}

/// The next combination, last digit first.
fn step(digits: &mut [usize], sizes: &[usize]) {
    for at in (0..digits.len()).rev() {
        digits[at] += 1;
        if digits[at] < sizes[at] {
            return;
        }
        digits[at] = 0;
    }
}

/// What the null rows say; for a complete combination it must be what the plain engine says.
fn says(
    model: &Model<'_>,
    three: &Three<'_>,
    part: &Part,
    columns: &[Column],
    digits: &[usize],
) -> Result<Says, String> {
    let given = |subject: Subject| {
        let at = columns.iter().position(|c| c.subject == subject);
        at.map_or(Given::Missing, |at| columns[at].given[digits[at]])
    };
    let says = three.table(part.table, &given);
    let complete = columns.iter().zip(digits).all(|(c, d)| match c.given[*d] {
        Given::Is(_) => true,
        Given::Missing => false,
        Given::Holds(certain, possible) => certain == possible,
    });
    if complete {
        let table = &model.guideline.tables[part.table];
        let values = model.guideline.vocabulary.conclusion(table.conclusion).values.len();
        let masks = |subject: Subject| match given(subject) {
            Given::Is(mask) | Given::Holds(mask, _) => mask,
            Given::Missing => 0,
        };
        let rows = rows_given(model.guideline, part.table, &masks);
        let value = |row: usize| match table.rows[row].output {
            Output::Value(value) => value,
            Output::NotApplicable => values,
        };
        let plain = match (table.policy, rows.as_slice()) {
            (HitPolicy::Collect, rows) => {
                let held = rows.iter().map(|r| value(*r)).filter(|v| *v < values);
                let mask = held.fold(0u64, |m, v| m | 1 << v);
                Says::Collected(mask, mask)
            }
            (_, []) => Says::Nothing,
            (HitPolicy::Unique, [_, _, ..]) => Says::Impossible,
            (_, [first, ..]) => Says::Value(value(*first)),
        };
        if plain != says {
            return Err(format!("the null rows of `{}` change a complete answer", table.id));
        }
    }
    Ok(says)
}

/// The answer as the engines give it.
fn outcome(model: &Model<'_>, part: &Part, says: &Says) -> String {
    let table = &model.guideline.tables[part.table];
    let ids: Vec<&str> = model
        .guideline
        .vocabulary
        .conclusion(table.conclusion)
        .values
        .iter()
        .map(|v| v.id.as_str())
        .chain([nw_export::NOT_APPLICABLE])
        .collect();
    match says {
        Says::Value(value) => json!(ids[*value]).to_string(),
        Says::Unknown => json!(nw_export::UNKNOWN).to_string(),
        Says::Nothing | Says::Impossible => Value::Null.to_string(),
        Says::Collected(certain, possible) => collected(&ids, *certain, *possible),
    }
}

/// Two lists in the order of the alphabet.
pub fn collected(ids: &[&str], certain: u64, possible: u64) -> String {
    let list = |mask: u64| {
        let mut list: Vec<&str> = (0..ids.len()).filter(|i| mask >> i & 1 == 1).map(|i| ids[i]).collect();
        list.sort_unstable();
        list
    };
    // Written by hand: the order of the keys is part of the comparison.
    format!("{{\"certain\":{},\"possible\":{}}}", json!(list(certain)), json!(list(possible)))
}

/// Holds every answer with a missing value against the exact set over its completions.
///
/// Returns how many were held and how often all completions agree though the answer is "unknown".
fn against_exact(
    guideline: &nw_guideline::CompiledGuideline,
    part: &Part,
    columns: &[Column],
    sizes: &[usize],
    all: &[Says],
) -> Result<(usize, usize), String> {
    let table = &guideline.tables[part.table];
    // Of two rows that hold at once, one combination more or less says nothing: no patient is like that.
    let mask = |says: &Says| match says {
        Says::Value(value) => (1u64 << value, u64::MAX),
        Says::Nothing => (1 << 63, u64::MAX),
        Says::Collected(certain, possible) => (*possible, *certain),
        Says::Unknown | Says::Impossible => (0, u64::MAX),
    };
    let mut some: Vec<u64> = all.iter().map(|s| mask(s).0).collect();
    let mut every: Vec<u64> = all.iter().map(|s| mask(s).1).collect();
    let mut open = vec![false; all.len()];
    let mut stride = all.len();
    for (column, size) in columns.iter().zip(sizes) {
        stride /= size;
        let missing = column.missing();
        let is_list = matches!(column.given[0], Given::Holds(..));
        for at in 0..all.len() {
            if at / stride % size != missing || is_list {
                continue;
            }
            let base = at - missing * stride;
            (some[at], every[at]) = (0, u64::MAX);
            for value in 0..missing {
                some[at] |= some[base + value * stride];
                every[at] &= every[base + value * stride];
            }
            open[at] = true;
        }
    }
    let (mut held, mut coarser) = (0, 0);
    for (at, says) in all.iter().enumerate().filter(|(at, _)| open[*at]) {
        held += 1;
        let fine = match says {
            Says::Value(value) => some[at] & !(1 << value) == 0,
            Says::Nothing => some[at] & !(1 << 63) == 0,
            Says::Collected(certain, possible) => {
                coarser +=
                    usize::from(some[at] != *possible || every[at] != u64::MAX && every[at] != *certain);
                certain & !every[at] == 0 && some[at] & !possible == 0
            }
            Says::Unknown => {
                coarser += usize::from(some[at].count_ones() == 1);
                true
            }
            Says::Impossible => true,
        };
        if !fine {
            return Err(format!("the null rows of `{}` decide what a completion would change", table.id));
        }
    }
    Ok((held, coarser))
}
