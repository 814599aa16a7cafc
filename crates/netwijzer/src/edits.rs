//! What was edited between two guidelines, whether or not any answer changed: rows, and sources with all that rests on them.

use std::collections::HashMap;

use nw_facts::Language;
use nw_guideline::CompiledGuideline;
use serde_json::{Value, json};

use crate::paper::{Ink, Paper, ink};
use crate::words::{Word, fill, say};

/// Rows shown by name before the rest is counted.
const SHOWN: usize = 12;

/// Rows and sources that say something else in the second guideline.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Edits {
    pub rows: Vec<String>,
    pub new_rows: Vec<String>,
    pub lost_rows: Vec<String>,
    /// Sources, each with the rows of the second guideline that rest on it.
    pub sources: Vec<(String, Vec<String>)>,
}

/// Compares by digest: of each row, and of each source's entry.
pub(crate) fn edits(a: &CompiledGuideline, b: &CompiledGuideline) -> Edits {
    let rows = |g: &CompiledGuideline| -> Vec<(String, String)> {
        let all = g.tables.iter().flat_map(|t| t.rows.iter().map(move |r| (t, r)));
        all.map(|(t, r)| (format!("{}#{}", t.id, r.id), r.digest.clone())).collect()
    };
    let (before, now) = (rows(a), rows(b));
    let known = |list: &[(String, String)]| -> HashMap<String, String> { list.iter().cloned().collect() };
    let (was, is) = (known(&before), known(&now));
    let mut found = Edits::default();
    for (id, digest) in now {
        match was.get(&id) {
            None => found.new_rows.push(id),
            Some(old) if *old != digest => found.rows.push(id),
            Some(_) => {}
        }
    }
    found.lost_rows = before.into_iter().map(|(id, _)| id).filter(|id| !is.contains_key(id)).collect();
    for source in &b.sources {
        let old = a.sources.iter().find(|s| s.key == source.key);
        if old.is_some_and(|old| old.digest() != source.digest()) {
            let rests = b.tables.iter().flat_map(|t| t.rows.iter().map(move |r| (t, r)));
            let rests = rests.filter(|(_, r)| r.sources.iter().any(|c| c.key == source.key));
            found
                .sources
                .push((source.key.clone(), rests.map(|(t, r)| format!("{}#{}", t.id, r.id)).collect()));
        }
    }
    found
}

impl Edits {
    pub(crate) fn write(&self, paper: &mut Paper, language: Language) {
        let named = |rows: &[String]| {
            let mut text = rows.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
            if rows.len() > SHOWN {
                let more = (rows.len() - SHOWN).to_string();
                text.push_str(&format!(" {}", fill(language, Word::AndMore, &[&more])));
            }
            text
        };
        for (word, rows) in [
            (Word::RowsEdited, &self.rows),
            (Word::RowsNew, &self.new_rows),
            (Word::RowsLost, &self.lost_rows),
        ] {
            if !rows.is_empty() {
                paper.heading(&fill(language, word, &[&rows.len().to_string()]));
                paper.line(2, 4, &[ink(Ink::Plain, named(rows))]);
            }
        }
        if !self.sources.is_empty() {
            paper.heading(say(language, Word::SourcesEdited));
            for (key, rows) in &self.sources {
                let count = fill(language, Word::RowsRest, &[&rows.len().to_string()]);
                let pieces = [
                    ink(Ink::Strong, key.clone()),
                    ink(Ink::Faint, format!(" ({count}) ")),
                    ink(Ink::Plain, named(rows)),
                ];
                paper.line(2, 4, &pieces);
            }
        }
    }

    pub(crate) fn as_json(&self) -> Value {
        json!({
            "rows": self.rows,
            "rowsNew": self.new_rows,
            "rowsLost": self.lost_rows,
            "sources": self.sources.iter().map(|(key, rows)| json!({"source": key, "rows": rows})).collect::<Vec<_>>(),
        })
    }
}
