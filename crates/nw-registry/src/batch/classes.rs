//! Texts of a column become classes: two texts are of one class when no table can tell them apart.

use std::sync::{Mutex, PoisonError};

use nw_facts::{Bound, Evidence, FactIdx, Interval, Kind};
use nw_guideline::CompiledGuideline;
use rustc_hash::FxHashMap;

use super::mapping::{MappedColumn, Unreadable};
use super::reads::Facts;

/// The class of nothing on record.
pub(crate) const NOTHING: u32 = 0;

/// The class of a text that cannot be read.
pub(crate) const BAD: u32 = u32::MAX;

/// What is said, as it enters the engine.
pub(crate) type Said = Vec<(FactIdx, Evidence)>;

/// The classes of one column, shared by all threads.
pub(crate) struct Classes<'g> {
    guideline: &'g CompiledGuideline,
    column: MappedColumn,
    /// Facts whose exact value matters, since others are computed from them.
    exact: Facts,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Text to (coarse, exact) class, or what is wrong with it.
    texts: FxHashMap<String, Result<(u32, u32), Unreadable>>,
    coarse: FxHashMap<String, u32>,
    exact: FxHashMap<String, u32>,
    /// What a row of an exact class says.
    said: Vec<Said>,
}

/// More different texts than this are not remembered: free text in a column of values.
const MOST_TEXTS: usize = 1 << 17;

impl<'g> Classes<'g> {
    pub(crate) fn new(guideline: &'g CompiledGuideline, column: MappedColumn, exact: Facts) -> Classes<'g> {
        let inner = Inner { said: vec![Vec::new()], ..Inner::default() };
        Classes { guideline, column, exact, inner: Mutex::new(inner) }
    }

    pub(crate) fn column(&self) -> &MappedColumn {
        &self.column
    }

    /// The coarse and the exact class of each text, in order; [`BAD`] for one that cannot be read.
    pub(crate) fn of(&self, texts: &[String]) -> Vec<(u32, u32)> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        texts.iter().map(|text| inner.class(self, text).unwrap_or((BAD, BAD))).collect()
    }

    /// What is wrong with a text.
    pub(crate) fn why(&self, text: &str) -> Option<Unreadable> {
        self.column.read(&self.guideline.vocabulary, text).err()
    }

    /// What a text says, and a key that is the same for texts that no table can tell apart. Nothing is remembered.
    pub(crate) fn meaning(&self, text: &str) -> Result<(String, Said), Unreadable> {
        let said = self.column.read(&self.guideline.vocabulary, text)?;
        let key = said.iter().map(|(fact, evidence)| coarse_key(self.guideline, *fact, evidence)).collect();
        Ok((key, said))
    }

    /// What a row of an exact class says.
    pub(crate) fn said(&self, exact: u32) -> Said {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.said[exact as usize].clone()
    }
}

impl Inner {
    fn class(&mut self, classes: &Classes<'_>, text: &str) -> Result<(u32, u32), Unreadable> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let found =
            classes.column.read(&classes.guideline.vocabulary, text).map(|said| self.classify(classes, said));
        if self.texts.len() >= MOST_TEXTS {
            self.texts.clear();
        }
        self.texts.insert(text.to_string(), found.clone());
        found
    }

    fn classify(&mut self, classes: &Classes<'_>, said: Said) -> (u32, u32) {
        if said.is_empty() {
            return (NOTHING, NOTHING);
        }
        let (mut coarse, mut exact) = (String::new(), String::new());
        for (fact, evidence) in &said {
            let key = coarse_key(classes.guideline, *fact, evidence);
            coarse.push_str(&key);
            exact.push_str(&if classes.exact.has(*fact) { exact_key(*fact, evidence) } else { key });
        }
        let next = self.coarse.len() as u32 + 1;
        let coarse = *self.coarse.entry(coarse).or_insert(next);
        let next = self.said.len() as u32;
        let (table, list) = (&mut self.exact, &mut self.said);
        let exact = *table.entry(exact).or_insert_with(|| {
            list.push(said);
            next
        });
        (coarse, exact)
    }
}

/// The cells that are left and how the fact stands in the record: all that tables and conventions see.
fn coarse_key(guideline: &CompiledGuideline, fact: FactIdx, evidence: &Evidence) -> String {
    let state = match evidence {
        Evidence::Numbers(_) | Evidence::Choices(_) => 'v',
        Evidence::NotDone => 'd',
        Evidence::NotApplicable => 'a',
        Evidence::Unknown => 'u',
    };
    match guideline.space.var(fact) {
        Some(var) => format!("{}{state}{:x};", fact.0, guideline.space.mask(var, evidence)),
        // A fact that no table cuts may still contradict itself when two columns speak of it.
        None if guideline.vocabulary.fact(fact).kind == Kind::Date => format!("{}{state};", fact.0),
        None => exact_key(fact, evidence),
    }
}

fn exact_key(fact: FactIdx, evidence: &Evidence) -> String {
    let bound =
        |b: &Option<Bound>| b.map_or_else(|| "-".to_string(), |b| format!("{}{}", b.at, u8::from(b.closed)));
    let range = |r: &Interval| format!("{}~{},", bound(&r.low), bound(&r.high));
    match evidence {
        Evidence::Numbers(ranges) => format!("{}n{};", fact.0, ranges.iter().map(range).collect::<String>()),
        Evidence::Choices(choices) => format!("{}c{choices:?};", fact.0),
        Evidence::NotDone => format!("{}d;", fact.0),
        Evidence::NotApplicable => format!("{}a;", fact.0),
        Evidence::Unknown => format!("{}u;", fact.0),
    }
}
