//! The lists of an impact: one line for each row and conclusion that must or may change.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use nw_engine::{Fate, Impact, Outcome, Verdict};

use super::Listed;
use crate::fault::Fault;
use crate::table::Writer;

/// Columns after the carried ones.
const COLUMNS: [&str; 7] = ["conclusion", "fate", "from", "to", "shift", "deciding", "region"];

/// Lists that are being written, to a file or to memory.
pub(super) struct Written {
    writer: Option<(Writer, std::path::PathBuf)>,
    kept: Vec<RecordBatch>,
    schema: SchemaRef,
    carried: usize,
}

impl Written {
    pub(super) fn create(
        path: Option<&Path>,
        impact: &Impact<'_>,
        carried: &[String],
    ) -> Result<Written, Fault> {
        let mut fields = vec![Field::new("row", DataType::Int64, false)];
        fields.extend(carried.iter().map(|name| Field::new(name, DataType::Utf8, true)));
        fields.extend(COLUMNS.map(|name| Field::new(name, DataType::Utf8, true)));
        let [a, b] =
            impact.guidelines.map(|g| format!("{} {} {}", g.manifest.id, g.manifest.edition, g.digest));
        let about = [
            ("netwijzer.from".to_string(), a),
            ("netwijzer.to".to_string(), b),
            ("netwijzer.notice".to_string(), crate::report::notice().en),
        ];
        let schema = Arc::new(
            Schema::new(fields).with_metadata(about.into_iter().collect::<std::collections::HashMap<_, _>>()),
        );
        let writer = match path {
            None => None,
            Some(path) => Some((Writer::create(path, &schema)?, path.to_path_buf())),
        };
        Ok(Written { writer, kept: Vec::new(), schema, carried: carried.len() })
    }

    pub(super) fn write(&mut self, impact: &Impact<'_>, rows: &[Listed]) -> Result<(), Fault> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut columns: Vec<ArrayRef> =
            vec![Arc::new(rows.iter().map(|r| r.row as i64).collect::<Int64Array>())];
        for at in 0..self.carried {
            let texts = rows.iter().map(|r| Some(&r.carried[at]).filter(|t| !t.is_empty()));
            columns.push(Arc::new(texts.collect::<StringArray>()));
        }
        let texts: Vec<[String; 7]> = rows.iter().map(|r| texts(impact, r)).collect();
        for at in 0..COLUMNS.len() {
            let column = texts.iter().map(|t| Some(&t[at]).filter(|t| !t.is_empty()));
            columns.push(Arc::new(column.collect::<StringArray>()));
        }
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        match &mut self.writer {
            Some((writer, path)) => {
                writer.write(&batch.map_err(|e| Fault::shape(path, "a list to write", e))?)
            }
            None => {
                self.kept.push(batch.map_err(|e| {
                    Fault::request(
                        format!("the lists cannot be kept: {e}"),
                        format!("de lijsten zijn niet te bewaren: {e}"),
                    )
                })?);
                Ok(())
            }
        }
    }

    /// What was kept: at least one part, so that the columns are known.
    pub(super) fn finish(self) -> Result<Vec<RecordBatch>, Fault> {
        if let Some((writer, _)) = self.writer {
            writer.finish()?;
            return Ok(Vec::new());
        }
        if self.kept.is_empty() {
            return Ok(vec![RecordBatch::new_empty(self.schema)]);
        }
        Ok(self.kept)
    }
}

fn texts(impact: &Impact<'_>, listed: &Listed) -> [String; 7] {
    let changed = &impact.changed[listed.conclusion];
    let verdict = &listed.verdict;
    let sets = sets(impact, listed.conclusion, verdict);
    let shifts = verdict.shifts.iter().map(|share| {
        let shift = &impact.difference.shifts[share.shift];
        format!("{}>{}", shift.from.0, shift.to.0)
    });
    let regions = verdict.shifts.iter().flat_map(|share| {
        let number = changed.shifts.iter().position(|s| *s == share.shift).unwrap_or_default() + 1;
        share.regions.iter().map(move |(region, _)| format!("{number}.{}", region + 1))
    });
    [
        changed.id.clone(),
        fate(verdict.fate).to_string(),
        sets[0].clone(),
        sets[1].clone(),
        shifts.collect::<Vec<_>>().join("|"),
        deciding(impact, &verdict.settle),
        regions.collect::<Vec<_>>().join("|"),
    ]
}

/// The fate as programs read it.
pub(super) fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Cannot => "cannot",
        Fate::May => "may",
        Fate::Must => "must",
        Fate::Conflict => "conflict",
        Fate::Apart => "apart",
    }
}

/// The ids of facts.
pub(super) fn deciding(impact: &Impact<'_>, facts: &[usize]) -> String {
    facts.iter().map(|at| impact.difference.facts[*at].def.id.as_str()).collect::<Vec<_>>().join("|")
}

/// The exact sets under either guideline, as a batch writes them; `conflict` where the facts contradict each other.
pub(super) fn sets(impact: &Impact<'_>, conclusion: usize, verdict: &Verdict) -> [String; 2] {
    let Some(outcomes) = &verdict.outcomes else { return [String::new(), String::new()] };
    [0, 1].map(|side| {
        let guideline = impact.guidelines[side];
        let def = guideline.vocabulary.conclusion(impact.changed[conclusion].conclusion[side]);
        if matches!(outcomes[side], Outcome::Conflict(_)) {
            return "conflict".to_string();
        }
        let set = outcomes[side].possible(def.values.len());
        let of = |at: usize| def.values.get(at).map_or("not-applicable", |v| v.id.as_str());
        (0..=def.values.len()).filter(|at| set >> at & 1 == 1).map(of).collect::<Vec<_>>().join("|")
    })
}
