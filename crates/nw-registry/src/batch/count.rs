//! How many rows have each verdict: a whole table in a few numbers, without writing a row.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use nw_facts::ConclusionIdx;
use nw_guideline::CompiledGuideline;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::evaluate::{Shared, Worker};
use super::run::{Begun, REJECT_HEAD, Request, Summary, about, rejects, told, write_told};
use crate::fault::Fault;
use crate::table::Writer;

/// How many rows have one verdict on one conclusion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// The conclusion, by id.
    pub conclusion: String,
    /// What is concluded; nothing when that is open.
    pub value: String,
    /// Concluded, undetermined, not applicable, or conflict.
    pub status: String,
    /// All that is possible.
    pub possible: String,
    /// What practice says of an open answer, and by which conventions; when that was wanted.
    pub conventional: String,
    /// The conventions.
    pub convention: String,
    /// The deciding rows, when they were wanted.
    pub because: String,
    /// Rows of the table.
    pub rows: u64,
}

/// A table in numbers.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// By conclusion, in the order that was asked for; the most frequent verdict first.
    pub counts: Vec<Count>,
    /// What came of the run.
    pub summary: Summary,
    /// The guideline, its edition and digest, what is unconfirmed, what this is not, and what came of the run.
    pub about: serde_json::Value,
}

impl Counted {
    /// Writes the counts as a table, a line for each verdict, and beside it what they rest on.
    ///
    /// # Errors
    /// The file cannot be written, or its name tells no format.
    pub fn write(&self, path: &Path) -> Result<(), Fault> {
        let text = |of: fn(&Count) -> &String| -> ArrayRef {
            let texts = self.counts.iter().map(|c| Some(of(c).as_str()).filter(|text| !text.is_empty()));
            Arc::new(texts.collect::<StringArray>())
        };
        let rows: UInt64Array = self.counts.iter().map(|c| c.rows).collect();
        let columns = [
            ("conclusion", text(|c| &c.conclusion)),
            ("value", text(|c| &c.value)),
            ("status", text(|c| &c.status)),
            ("possible", text(|c| &c.possible)),
            ("conventional", text(|c| &c.conventional)),
            ("convention", text(|c| &c.convention)),
            ("because", text(|c| &c.because)),
            ("rows", Arc::new(rows) as ArrayRef),
        ];
        let table = RecordBatch::try_from_iter(columns).map_err(|e| Fault::shape(path, "a table", e))?;
        let mut writer = Writer::create(path, &table.schema())?;
        writer.write(&table)?;
        writer.finish()?;
        write_told(path, &self.about)
    }
}

/// For each conclusion how many rows have each verdict, by number.
type Tallies = Vec<FxHashMap<u32, u64>>;

/// Counts the verdicts on every row of a table. Of the request, `output` is not looked at.
///
/// `tell` hears how much is done, from 0 to 1.
///
/// # Errors
/// As for [`super::run`].
pub fn count(
    guideline: &CompiledGuideline,
    request: &Request,
    tell: &(dyn Fn(f64) + Sync),
) -> Result<Counted, Fault> {
    let Begun { reader, plan, road, columns, unread, .. } = Begun::of(guideline, request)?;
    let shared = Shared::new(&plan);
    let source = Mutex::new(reader);
    let stop = AtomicBool::new(false);
    let begin = (vec![FxHashMap::default(); plan.drawn.len()], Summary::default());
    let found: Mutex<(Tallies, Summary)> = Mutex::new(begin);
    let refused = Mutex::new(Refused::open(request)?);
    let failed: Mutex<Option<Fault>> = Mutex::default();
    let work = || -> Result<(), Fault> {
        let mut worker = Worker::new(&plan, road.as_ref(), &shared, &request.options);
        worker.counting = true;
        while !stop.load(Ordering::Relaxed) {
            let (unit, done) = {
                let mut reader = source.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(unit) = reader.unit()? else { break };
                (unit, reader.done())
            };
            let answered = worker
                .answer(&unit, &columns)
                .map_err(|why| Fault::shape(&request.input, "a table of facts", why))?;
            let lines =
                rejects(request, &answered.rejects).map_err(|e| Fault::shape(&request.reject, "CSV", e))?;
            let rows = unit.first..unit.first + unit.rows as u64;
            refused.lock().unwrap_or_else(PoisonError::into_inner).put(rows, lines)?;
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            let (tallies, summary) = &mut *found;
            summary.rows += unit.rows as u64;
            summary.answered += answered.kept.len() as u64;
            summary.rejected += (unit.rows - answered.kept.len()) as u64;
            for (tally, said) in tallies.iter_mut().zip(&answered.columns) {
                for (verdict, rows) in said.list.iter().zip(said.counts.iter().flatten()) {
                    *tally.entry(*verdict).or_default() += rows;
                }
            }
            drop(found);
            tell(done);
        }
        found.lock().unwrap_or_else(PoisonError::into_inner).1.asked += worker.asked;
        Ok(())
    };
    std::thread::scope(|scope| {
        for _ in 0..request.threads.max(1) {
            scope.spawn(|| {
                if let Err(fault) = work() {
                    stop.store(true, Ordering::Relaxed);
                    failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
                }
            });
        }
    });
    if let Some(fault) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(fault);
    }
    refused.into_inner().unwrap_or_else(PoisonError::into_inner).close()?;
    let (tallies, mut summary) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.unread = unread;
    summary.conclusions = plan.drawn.len();
    let of = |(position, tally): (usize, FxHashMap<u32, u64>)| {
        let mut counts: Vec<Count> = tally
            .into_iter()
            .filter(|(_, rows)| *rows > 0)
            .map(|(verdict, rows)| {
                let texts = shared.verdicts.text(position, verdict);
                counted(guideline, plan.drawn[position], texts, rows)
            })
            .collect();
        counts.sort_by(|a, b| {
            let key = |c: &Count| {
                (std::cmp::Reverse(c.rows), c.possible.clone(), c.convention.clone(), c.because.clone())
            };
            key(a).cmp(&key(b))
        });
        counts
    };
    let about = told(&about(guideline), &summary);
    Ok(Counted { counts: tallies.into_iter().enumerate().flat_map(of).collect(), summary, about })
}

fn counted(guideline: &CompiledGuideline, idx: ConclusionIdx, texts: [String; 6], rows: u64) -> Count {
    let [value, status, possible, conventional, convention, because] = texts;
    let conclusion = guideline.vocabulary.conclusion(idx).id.clone();
    Count { conclusion, value, status, possible, conventional, convention, because, rows }
}

/// Lines of the reject file, written in the order of the rows; what comes early waits, a unit for each thread at most.
struct Refused<'r> {
    path: &'r Path,
    /// The row before which everything is written.
    next: u64,
    waiting: BTreeMap<u64, (u64, Vec<u8>)>,
    file: Option<BufWriter<File>>,
}

impl Refused<'_> {
    fn open(request: &Request) -> Result<Refused<'_>, Fault> {
        let path = request.reject.as_path();
        // What an earlier run rejected no longer holds.
        if path.exists() {
            std::fs::remove_file(path).map_err(|e| Fault::world(path, e))?;
        }
        Ok(Refused { path, next: 0, waiting: BTreeMap::new(), file: None })
    }

    fn put(&mut self, rows: std::ops::Range<u64>, lines: Vec<u8>) -> Result<(), Fault> {
        self.waiting.insert(rows.start, (rows.end, lines));
        while let Some((end, lines)) = self.waiting.remove(&self.next) {
            self.next = end;
            if !lines.is_empty() {
                self.write(&lines).map_err(|e| Fault::world(self.path, e))?;
            }
        }
        Ok(())
    }

    fn write(&mut self, lines: &[u8]) -> std::io::Result<()> {
        if self.file.is_none() {
            let mut file = BufWriter::new(File::create(self.path)?);
            file.write_all(REJECT_HEAD)?;
            self.file = Some(file);
        }
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(lines))
    }

    fn close(mut self) -> Result<(), Fault> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush).map_err(|e| Fault::world(self.path, e))
    }
}
