//! Recorded facts as a person reads them: names instead of ids, values in words, what was measured again as a series.

use std::collections::BTreeMap;

use nw_facts::{Evidence, FactDef, Language, Vocabulary, read};
use nw_store::{Account, Fact};

use crate::reason::{capital, shown};
use crate::words::{Word, day, say};

/// One fact with everything recorded of it.
pub(crate) struct Row {
    pub id: String,
    pub label: String,
    /// What holds; of a series the last, of others everything that was said.
    pub now: Vec<Cell>,
    /// What held before.
    pub earlier: Vec<Cell>,
}

/// One statement.
pub(crate) struct Cell {
    /// The id under which it was recorded.
    pub id: String,
    pub value: String,
    pub day: Option<nw_facts::Date>,
    pub origin: String,
    /// Where the words stand that say so, in a report of this record.
    pub words: Option<String>,
    /// Who recorded it, and when.
    pub by: String,
    pub at: String,
}

/// A value in words.
pub(crate) fn value(vocabulary: &Vocabulary, fact: &Fact, language: Language) -> String {
    let written = fact.value.trim().to_string();
    let Some(idx) = vocabulary.find_fact(&fact.fact) else { return written };
    let Ok(read) = read(vocabulary, idx, &fact.value) else { return written };
    match read.iter().find(|(target, _)| *target == idx) {
        Some((_, evidence)) => evidence_text(vocabulary.fact(idx), evidence, &written, language),
        None => written,
    }
}

/// What is said of a fact, in words; numbers stand as they were written.
pub(crate) fn evidence_text(def: &FactDef, evidence: &Evidence, written: &str, language: Language) -> String {
    match evidence {
        Evidence::NotDone => say(language, Word::NotDone).to_string(),
        Evidence::Unknown => say(language, Word::Unknown).to_string(),
        Evidence::NotApplicable => say(language, Word::NotApplicable).to_string(),
        Evidence::Choices(choices) => {
            let names = choices.iter().filter_map(|c| def.choices.get(*c)).map(|c| c.label.get(language));
            names.collect::<Vec<_>>().join(&format!(" {} ", say(language, Word::Or)))
        }
        Evidence::Numbers(_) => match def.kind {
            nw_facts::Kind::Date => {
                written.parse().map_or_else(|_| written.to_string(), |date| day(language, date))
            }
            // Years have a word; the other units stand as they are printed.
            _ => {
                let text = shown(def, written, language);
                match text.strip_suffix(" a") {
                    Some(years) => format!("{years} {}", say(language, Word::Years)),
                    None => text,
                }
            }
        },
    }
}

/// All facts of a record, in the order of the vocabulary; what it does not know comes last.
pub(crate) fn rows(
    vocabulary: &Vocabulary,
    facts: &[Fact],
    accounts: &[Account],
    language: Language,
) -> Vec<Row> {
    let mut by_fact: BTreeMap<(usize, &str), Vec<&Fact>> = BTreeMap::new();
    for fact in facts {
        let place = vocabulary.find_fact(&fact.fact).map_or(usize::MAX, |idx| usize::from(idx.0));
        by_fact.entry((place, fact.fact.as_str())).or_default().push(fact);
    }
    let name = |id: &Option<String>| {
        let found = accounts.iter().find(|a| Some(a.id.as_str()) == id.as_deref());
        found.map_or_else(|| say(language, Word::RoleSystem).to_string(), |a| a.name.clone())
    };
    let cell = |fact: &&Fact| Cell {
        id: fact.id.as_str().to_string(),
        value: value(vocabulary, fact, language),
        day: fact.true_on,
        origin: fact.origin.label.clone(),
        words: words_of(fact),
        by: name(&fact.recorded_by),
        at: day(language, fact.recorded_at.to_zoned(jiff::tz::TimeZone::system()).date()),
    };
    by_fact
        .into_iter()
        .map(|((_, id), mut all)| {
            let def = vocabulary.find_fact(id).map(|idx| vocabulary.fact(idx));
            let series = def.is_some_and(|d| d.series);
            if series {
                // The last day first; what has no day speaks of the present.
                all.sort_by_key(|f| std::cmp::Reverse(dated(f).unwrap_or(nw_facts::Date::MAX)));
            }
            let held = if series { all.len().min(1) } else { all.len() };
            Row {
                id: id.to_string(),
                label: def.map_or_else(|| id.to_string(), |d| capital(d.label.get(language))),
                now: all[..held].iter().map(cell).collect(),
                earlier: all[held..].iter().map(cell).collect(),
            }
        })
        .collect()
}

/// The place in a report of the record that a fact was taken from.
fn words_of(fact: &Fact) -> Option<String> {
    let (document, (from, to)) = (fact.origin.document.as_ref()?, fact.origin.span?);
    Some(format!("reports/{}#{}@{from}-{to}", document.as_str(), fact.fact))
}

/// The day of which a fact speaks; one that is a day itself speaks of that day.
pub(crate) fn dated(fact: &Fact) -> Option<nw_facts::Date> {
    fact.true_on.or_else(|| fact.value.trim().parse().ok())
}
