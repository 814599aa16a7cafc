//! A first mapping for a table nobody described: by the names of its columns, and by what stands in them.

use std::fmt::Write as _;
use std::path::Path;

use nw_facts::{FactDef, FactIdx, Kind, Vocabulary, read};
use rustc_hash::FxHashMap;

use super::mapping::{ColumnMapping, Mapping};
use crate::fault::Fault;
use crate::table::{NULL, Reader, texts};

/// A suggested mapping, with what was seen of each column.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The mapping.
    pub mapping: Mapping,
    /// For each entry of the mapping how much of what was seen can be read.
    pub seen: Vec<Seen>,
    /// Columns for which no fact was found.
    pub left: Vec<String>,
}

/// What was seen of one column.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Rows with something filled in.
    pub filled: u64,
    /// Of these, rows that can be read.
    pub read: u64,
    /// Texts that cannot, most frequent first, at most five.
    pub refused: Vec<String>,
}

/// Texts that usually mean "nothing filled in".
const MISSING: &[&str] =
    &["NA", "N/A", "n/a", "nan", "NaN", "NULL", "null", ".", "-", "x", "missing", "blank", "leeg"];

/// Numbers that usually stand for "not known" when they cannot be a value.
const NINES: &[&str] = &["9", "99", "999", "9999", "88", "888", "-1", "-9", "-99"];

/// Ways to write a date, beside year-month-day.
const DATES: &[&str] = &["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%m/%d/%Y"];

/// A suggestion needs this share of the filled rows to be readable, when only the contents speak for it.
const ENOUGH: f64 = 0.6;

/// What stands in a column: its different texts with how many rows have each.
struct Column {
    name: String,
    counts: Vec<(String, u64)>,
}

/// Looks at the beginning of a table.
///
/// # Errors
/// The table cannot be read.
pub fn suggest(vocabulary: &Vocabulary, input: &Path) -> Result<Suggestion, Fault> {
    let mut reader = Reader::open(input)?;
    let names = reader.names().to_vec();
    let mut columns: Vec<Column> =
        names.into_iter().map(|name| Column { name, counts: Vec::new() }).collect();
    if let Some(unit) = reader.unit()? {
        for (column, array) in columns.iter_mut().zip(&unit.columns) {
            // A column of a kind that holds no values is left to the reader of the suggestion.
            let Ok(found) = texts(array) else { continue };
            let mut counts: FxHashMap<u32, u64> = FxHashMap::default();
            found.codes.iter().filter(|c| **c != NULL).for_each(|c| *counts.entry(*c).or_default() += 1);
            let mut list: Vec<(String, u64)> = counts
                .into_iter()
                .map(|(code, count)| (found.texts[code as usize].trim().to_string(), count))
                .filter(|(text, _)| !text.is_empty())
                .collect();
            list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            column.counts = list;
        }
    }
    let mut suggestion = Suggestion { mapping: Mapping::default(), seen: Vec::new(), left: Vec::new() };
    for column in &columns {
        let found = entries(vocabulary, column);
        if found.is_empty() {
            let folded = fold(&column.name);
            let carried =
                ["case", "id", "patient", "patientid", "record", "centre", "center", "hospital", "synthetic"];
            if carried.contains(&folded.as_str()) {
                suggestion.mapping.keep.push(column.name.clone());
            } else {
                suggestion.left.push(column.name.clone());
            }
        }
        for entry in found {
            suggestion.seen.push(seen(vocabulary, &entry, column));
            suggestion.mapping.column.push(entry);
        }
    }
    Ok(suggestion)
}

/// The facts that a column speaks of, and how.
fn entries(vocabulary: &Vocabulary, column: &Column) -> Vec<ColumnMapping> {
    if let Some(fact) = by_name(vocabulary, &column.name) {
        return vec![fitted(vocabulary, fact, column)];
    }
    // Codes speak for themselves: every fact whose values they are bound to.
    let mut found = Vec::new();
    for (at, def) in vocabulary.facts().iter().enumerate() {
        if let Some(system) = bound(def, column) {
            found.push(ColumnMapping {
                from: column.name.clone(),
                fact: def.id.clone(),
                codes: Some(system),
                // One code speaks of several facts, and not every code of each.
                ignore_others: true,
                ..ColumnMapping::default()
            });
        } else if def.kind == Kind::Choice && def.choices.len() > 2 && found.is_empty() {
            let entry = fitted(vocabulary, FactIdx(at as u16), column);
            let seen = seen(vocabulary, &entry, column);
            let different = column.counts.iter().filter(|(text, _)| def.choice(text).is_some()).count();
            if different >= 3 && seen.read as f64 >= 0.9 * seen.filled as f64 && seen.filled > 0 {
                found.push(entry);
            }
        }
    }
    found
}

/// Letters and digits in lower case.
fn fold(name: &str) -> String {
    name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The fact whose id, spelling or label is the column's name, a unit at its end aside.
fn by_name(vocabulary: &Vocabulary, name: &str) -> Option<FactIdx> {
    let without_unit = unit_in(name).map(|(bare, _)| fold(&bare));
    let wanted: Vec<String> =
        std::iter::once(fold(name)).chain(without_unit).filter(|n| !n.is_empty()).collect();
    let names = |def: &FactDef| -> Vec<String> {
        let last = def.id.rsplit('.').next().unwrap_or_default();
        let all = [def.id.as_str(), def.label.en.as_str(), def.label.nl.as_str()];
        let mut all: Vec<String> =
            all.iter().map(|t| fold(t)).chain(def.aliases.iter().map(|a| fold(a))).collect();
        all.push(fold(last));
        all
    };
    // The whole id or spelling goes before the last part of an id, which several facts may share.
    let exact = |def: &FactDef| {
        let names = names(def);
        wanted.iter().any(|w| names[..names.len() - 1].contains(w))
    };
    let facts = vocabulary.facts();
    if let Some(at) = facts.iter().position(exact) {
        return Some(FactIdx(at as u16));
    }
    let by_end = |def: &FactDef| names(def).last().is_some_and(|last| wanted.contains(last));
    let mut ends = facts.iter().enumerate().filter(|(_, def)| by_end(def));
    match (ends.next(), ends.next()) {
        (Some((at, _)), None) => Some(FactIdx(at as u16)),
        _ => None,
    }
}

/// A unit at the end of a column's name: `size_cm`, `size (cm)`.
fn unit_in(name: &str) -> Option<(String, String)> {
    let trimmed = name.trim().trim_end_matches([')', ']']);
    let at = trimmed.rfind([' ', '_', '(', '['])?;
    let unit = trimmed[at + 1..].trim();
    let bare = trimmed[..at].trim_end_matches([' ', '_', '(', '[']);
    (!unit.is_empty() && !bare.is_empty()).then(|| (bare.to_string(), unit.to_string()))
}

/// How a column speaks of a fact: unit, way of writing dates, texts that mean nothing filled in.
fn fitted(vocabulary: &Vocabulary, idx: FactIdx, column: &Column) -> ColumnMapping {
    let def = vocabulary.fact(idx);
    let mut entry =
        ColumnMapping { from: column.name.clone(), fact: def.id.clone(), ..ColumnMapping::default() };
    if let Some((_, unit)) = unit_in(&column.name)
        && def.kind == Kind::Quantity
        && def.unit.as_deref() != Some(unit.as_str())
        && read(vocabulary, idx, &format!("{} {unit}", nw_facts::plain(def.max, false)))
            .is_ok_and(|r| r.len() == 1)
            | read(vocabulary, idx, &format!("1 {unit}")).is_ok_and(|r| r.len() == 1)
    {
        entry.unit = Some(unit);
    }
    if let Some(system) = bound(def, column) {
        entry.codes = Some(system);
    }
    if def.kind == Kind::Date {
        let all = |format: &&&str| {
            let read = |(text, _): &&(String, u64)| nw_facts::Date::strptime(format, text).is_ok();
            let read = column.counts.iter().filter(read).count();
            read > 0 && read * 10 >= column.counts.len() * 9
        };
        let plain = column.counts.iter().filter(|(text, _)| read(vocabulary, idx, text).is_ok()).count();
        if plain * 10 < column.counts.len() * 9 {
            entry.date = DATES.iter().find(all).map(ToString::to_string);
        }
    }
    for (text, _) in &column.counts {
        let usual = MISSING.iter().any(|m| m.eq_ignore_ascii_case(text));
        let nines = NINES.contains(&text.as_str());
        if (usual || nines) && !is_read(vocabulary, idx, &entry, text) {
            entry.missing.push(text.clone());
        }
    }
    entry
}

/// The code system under which the texts are bound to values of a fact, when most are.
fn bound(def: &FactDef, column: &Column) -> Option<String> {
    let filled: u64 = column.counts.iter().map(|(_, count)| count).sum();
    let mut systems: FxHashMap<&str, u64> = FxHashMap::default();
    for (text, count) in &column.counts {
        let aliases = def.choices.iter().flat_map(|c| &c.aliases).filter_map(|a| a.split_once(':'));
        let mut its: Vec<&str> =
            aliases.filter(|(_, code)| code.eq_ignore_ascii_case(text)).map(|(system, _)| system).collect();
        its.dedup();
        its.into_iter().for_each(|system| *systems.entry(system).or_default() += count);
    }
    let best = systems.into_iter().max_by_key(|(system, count)| (*count, std::cmp::Reverse(*system)))?;
    // Several facts share one column of codes; each needs only a part of it.
    (filled > 0
        && best.1 as f64 >= 0.05 * filled as f64
        && best.1 as f64 / filled as f64 >= share_needed(def))
    .then(|| best.0.to_string())
}

/// A fact that says where or what the tumour is needs most of a column; one that names exceptions needs little.
fn share_needed(def: &FactDef) -> f64 {
    if def.presumed.is_some() || def.choices.len() <= 3 { 0.05 } else { ENOUGH }
}

fn is_read(vocabulary: &Vocabulary, idx: FactIdx, entry: &ColumnMapping, text: &str) -> bool {
    let meant = match &entry.unit {
        Some(unit) if text.ends_with(|c: char| c.is_ascii_digit()) => format!("{text} {unit}"),
        _ => text.to_string(),
    };
    read(vocabulary, idx, &meant).is_ok()
}

fn seen(vocabulary: &Vocabulary, entry: &ColumnMapping, column: &Column) -> Seen {
    let mapping = Mapping { column: vec![entry.clone()], ..Mapping::default() };
    let mut seen = Seen::default();
    let Ok(found) = mapping.find(vocabulary, std::slice::from_ref(&column.name)) else { return seen };
    for (text, count) in &column.counts {
        if entry.missing.contains(text) {
            continue;
        }
        seen.filled += count;
        match found.columns[0].read(vocabulary, text) {
            Ok(_) => seen.read += count,
            Err(_) if seen.refused.len() < 5 => seen.refused.push(text.clone()),
            Err(_) => {}
        }
    }
    seen
}

impl Suggestion {
    /// The mapping as a file, with what was seen as remarks.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let quote = |text: &str| serde_json::Value::from(text).to_string();
        let list = |texts: &[String]| texts.iter().map(|t| quote(t)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "# A suggestion: look at every entry before it is used.");
        if !self.left.is_empty() {
            let _ = writeln!(out, "# No fact was found for: {}", self.left.join(", "));
        }
        let _ = writeln!(out, "keep = [{}]", list(&self.mapping.keep));
        let _ = writeln!(out, "missing = [{}]", list(&self.mapping.missing));
        for (entry, seen) in self.mapping.column.iter().zip(&self.seen) {
            let _ = writeln!(out, "\n# {} of {} filled rows can be read", seen.read, seen.filled);
            if !seen.refused.is_empty() {
                // Texts come from the table: one line each would let them leave the remark.
                let _ = writeln!(out, "# not read: {}", list(&seen.refused));
            }
            let _ = writeln!(out, "[[column]]\nfrom = {}\nfact = {}", quote(&entry.from), quote(&entry.fact));
            for (key, value) in [("unit", &entry.unit), ("codes", &entry.codes), ("date", &entry.date)] {
                if let Some(value) = value {
                    let _ = writeln!(out, "{key} = {}", quote(value));
                }
            }
            if !entry.missing.is_empty() {
                let _ = writeln!(out, "missing = [{}]", list(&entry.missing));
            }
            if entry.ignore_others {
                let _ = writeln!(out, "ignore-others = true");
            }
        }
        out
    }
}
