//! Who of a cohort changes when one guideline takes the place of another.
//!
//! Each row is read under both guidelines and judged by [`nw_engine::Judge`]: for every conclusion that differs for
//! anybody at all, the patient must change, may change, or cannot. What is counted here is shown by [`report`]; every
//! row that must or may change stands in the lists.

mod lists;
mod report;
mod source;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use nw_engine::{Fate, Impact, Judge, Verdict};
use nw_facts::Date;

use crate::batch::{Mapped, Mapping, Reject};
use crate::fault::Fault;
use crate::rows::{Carried, Rows, broken};
use crate::table::Unit;

pub use report::{Told, as_json, html, region_text};
pub use source::{Batches, Source};

/// Where the rows go that must or may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Lists {
    /// Nowhere: they are only counted.
    #[default]
    None,
    /// Into a file.
    File(PathBuf),
    /// Into memory: see [`Findings::lists`].
    Kept,
}

/// What is asked of a run.
#[derive(Clone, Debug)]
pub struct Request {
    /// How columns speak of facts; without it, columns named after facts do.
    pub mapping: Option<Mapping>,
    /// The column that names the record; it stands first in the lists.
    pub record: Option<String>,
    /// Where the lists go.
    pub lists: Lists,
    /// How many threads work.
    pub threads: usize,
    /// Rows that each of them has in hand at once.
    pub unit: usize,
    /// The day of assessment; goes before that of the mapping.
    pub as_of: Option<Date>,
    /// How many changed rows of each conclusion are kept for the report.
    pub shown: usize,
}

/// How many rows something concerns for certain, and how many it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In every completion.
    pub certain: u64,
    /// In some completions only.
    pub possible: u64,
}

impl Tally {
    fn add(&mut self, certain: bool) {
        if certain { self.certain += 1 } else { self.possible += 1 }
    }
}

/// A row that must or may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The row, from one.
    pub row: u64,
    /// Columns that are carried over.
    pub carried: Vec<String>,
    /// The changed conclusion, by position.
    pub conclusion: usize,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// What was counted of one conclusion.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Rows by fate.
    pub fates: BTreeMap<Fate, u64>,
    /// For each of its shifts the rows that make it.
    pub shifts: Vec<Tally>,
    /// For each of its shifts and regions the rows in it.
    pub regions: Vec<Vec<Tally>>,
    /// How many may-change rows each set of facts decides.
    pub deciding: BTreeMap<Vec<usize>, u64>,
    /// The first rows that must or may change.
    pub shown: Vec<Listed>,
}

impl Counted {
    /// Rows of a fate.
    pub fn of(&self, fate: Fate) -> u64 {
        self.fates.get(&fate).copied().unwrap_or_default()
    }
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Rows read.
    pub rows: u64,
    /// Rows that were judged.
    pub judged: u64,
    /// Rows that cannot be read under one of the guidelines, with the first reason; the first hundred.
    pub rejects: Vec<Reject>,
    /// How many there are in all.
    pub rejected: u64,
    /// By changed conclusion.
    pub conclusions: Vec<Counted>,
    /// Rows of which some conclusion must change, and rows of which some may and none must.
    pub people: Tally,
    /// Columns that nobody reads under either guideline.
    pub unread: Vec<String>,
    /// Names of the carried columns.
    pub carried: Vec<String>,
    /// The lists, when they are kept; the first part tells the columns, also when it has no rows.
    pub lists: Vec<RecordBatch>,
}

/// Rejected rows that are kept for the report.
const REJECTS: usize = 100;

/// Judges every row of a table.
///
/// `tell` hears how much is done, from 0 to 1.
///
/// # Errors
/// A file cannot be read or written, or the mapping does not fit the table or one of the guidelines.
pub fn run(
    impact: &Impact<'_>,
    mut source: Source,
    request: &Request,
    tell: &(dyn Fn(f64) + Sync),
) -> Result<Findings, Fault> {
    let names = source.names().to_vec();
    let mut mapped: Vec<Mapped> = Vec::new();
    for guideline in impact.guidelines {
        let mapping = match &request.mapping {
            Some(mapping) => mapping.clone(),
            None => Mapping { keep: Vec::new(), ..Mapping::by_name(&guideline.vocabulary, &names) },
        };
        let mut found = mapping.find(&guideline.vocabulary, &names)?;
        found.as_of = request.as_of.or(found.as_of);
        mapped.push(found);
    }
    if mapped.iter().all(|m| m.columns.is_empty()) {
        return Err(source.speechless());
    }
    let carried = carried(request, &mapped[0], &names)?;
    let mut wanted: Vec<usize> = carried.clone();
    wanted.extend(mapped.iter().flat_map(|m| m.columns.iter().map(|c| c.source)));
    wanted.sort_unstable();
    wanted.dedup();
    let place = |source: &usize| wanted.binary_search(source).unwrap_or(0);
    let places: Vec<Vec<usize>> =
        mapped.iter().map(|m| m.columns.iter().map(|c| place(&c.source)).collect()).collect();
    let carried_places: Vec<usize> = carried.iter().map(place).collect();
    let read_nowhere = |name: &String| mapped.iter().all(|m| m.unread.contains(name));
    let unread: Vec<String> = names
        .iter()
        .enumerate()
        .filter(|(at, name)| read_nowhere(name) && !carried.contains(at))
        .map(|(_, name)| name.clone())
        .collect();
    source.want(wanted.clone(), request.unit)?;
    let carried_names: Vec<String> = carried.iter().map(|at| names[*at].clone()).collect();
    let lists = match &request.lists {
        Lists::None => None,
        Lists::File(path) => Some(lists::Written::create(Some(path), impact, &carried_names)?),
        Lists::Kept => Some(lists::Written::create(None, impact, &carried_names)?),
    };
    let job = Job {
        impact,
        shown: request.shown,
        path: source.path(),
        mapped: &mapped,
        places: &places,
        carried: &carried_places,
        source: Mutex::new((0, source)),
        sink: Mutex::new(Sink {
            next: 0,
            waiting: BTreeMap::new(),
            findings: empty(impact),
            lists,
            failed: None,
        }),
    };
    std::thread::scope(|scope| {
        for _ in 0..request.threads.max(1) {
            scope.spawn(|| job.work(tell));
        }
    });
    let sink = job.sink.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(fault) = sink.failed {
        return Err(fault);
    }
    let lists = sink.lists.map(lists::Written::finish).transpose()?.unwrap_or_default();
    Ok(Findings { unread, carried: carried_names, lists, ..sink.findings })
}

/// The columns that go into the lists: the record's own name first.
fn carried(request: &Request, mapped: &Mapped, names: &[String]) -> Result<Vec<usize>, Fault> {
    let mut carried: Vec<usize> = Vec::new();
    if let Some(record) = &request.record {
        let at = names.iter().position(|n| n == record).ok_or_else(|| {
            let all = names.join(", ");
            Fault::request(
                format!("the table has no column `{record}`; it has {all}"),
                format!("de tabel heeft geen kolom `{record}`; wel {all}"),
            )
        })?;
        carried.push(at);
    }
    carried.extend(mapped.keep.iter().filter(|k| Some(&names[**k]) != request.record.as_ref()));
    Ok(carried)
}

fn empty(impact: &Impact<'_>) -> Findings {
    let of = |changed: &nw_engine::Changed| Counted {
        shifts: vec![Tally::default(); changed.shifts.len()],
        regions: changed
            .shifts
            .iter()
            .map(|s| vec![Tally::default(); impact.difference.shifts[*s].regions.len()])
            .collect(),
        ..Counted::default()
    };
    Findings { conclusions: impact.changed.iter().map(of).collect(), ..Findings::default() }
}

/// What one unit gave.
struct Part {
    rows: u64,
    judged: Vec<(u64, Vec<String>, Arc<[Verdict]>)>,
    rejects: Vec<Reject>,
}

/// Takes in units in the order of the table, whoever is ready first.
struct Sink {
    next: u64,
    waiting: BTreeMap<u64, Part>,
    findings: Findings,
    lists: Option<lists::Written>,
    failed: Option<Fault>,
}

struct Job<'j, 'g> {
    impact: &'j Impact<'g>,
    shown: usize,
    /// The file of the table, for messages.
    path: Option<PathBuf>,
    mapped: &'j [Mapped],
    places: &'j [Vec<usize>],
    carried: &'j [usize],
    source: Mutex<(u64, Source)>,
    sink: Mutex<Sink>,
}

impl Job<'_, '_> {
    fn work(&self, tell: &(dyn Fn(f64) + Sync)) {
        let mut judge = Judge::new(self.impact);
        loop {
            let taken = {
                let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
                let unit = source.1.unit();
                let number = source.0;
                source.0 += 1;
                unit.map(|unit| unit.map(|unit| (number, unit, source.1.done())))
            };
            let done = match taken {
                Ok(None) => return,
                Ok(Some((number, unit, done))) => {
                    self.judge(&mut judge, &unit).and_then(|part| self.take_in(number, part)).map(|()| done)
                }
                Err(fault) => Err(fault),
            };
            match done {
                Ok(done) => tell(done),
                Err(fault) => {
                    let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
                    sink.failed.get_or_insert(fault);
                    return;
                }
            }
            if self.sink.lock().unwrap_or_else(PoisonError::into_inner).failed.is_some() {
                return;
            }
        }
    }

    fn judge(&self, judge: &mut Judge<'_, '_>, unit: &Unit) -> Result<Part, Fault> {
        let shape = |why| source::no_facts(self.path.as_deref(), why);
        let mut rows = Vec::with_capacity(2);
        for (side, guideline) in self.impact.guidelines.iter().enumerate() {
            let found = Rows::of(&guideline.vocabulary, &self.mapped[side], &self.places[side], unit);
            rows.push(found.map_err(shape)?);
        }
        let carried = Carried::of(unit, self.carried).map_err(shape)?;
        let mut part = Part { rows: unit.rows as u64, judged: Vec::new(), rejects: Vec::new() };
        for row in 0..unit.rows {
            let number = unit.first + row as u64 + 1;
            let facts = match broken(unit, row) {
                Some(reject) => Err(reject),
                None => rows[0].facts(row).and_then(|a| Ok((a, rows[1].facts(row)?))),
            };
            match facts {
                Ok((a, b)) => part.judged.push((number, carried.row(row), judge.judge([&a, &b]))),
                Err(reject) => part.rejects.push(Reject { row: number, ..reject }),
            }
        }
        Ok(part)
    }

    fn take_in(&self, number: u64, part: Part) -> Result<(), Fault> {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        sink.waiting.insert(number, part);
        loop {
            let next = sink.next;
            let Some(part) = sink.waiting.remove(&next) else { return Ok(()) };
            sink.next += 1;
            let changed = listed(&part);
            if let Some(lists) = &mut sink.lists {
                lists.write(self.impact, &changed)?;
            }
            count(&mut sink.findings, &part, changed, self.impact, self.shown);
        }
    }
}

/// The rows of a unit that change, one entry for each conclusion.
fn listed(part: &Part) -> Vec<Listed> {
    let mut all = Vec::new();
    for (row, carried, verdicts) in &part.judged {
        for (conclusion, verdict) in verdicts.iter().enumerate() {
            if verdict.fate != Fate::Cannot {
                all.push(Listed {
                    row: *row,
                    carried: carried.clone(),
                    conclusion,
                    verdict: verdict.clone(),
                });
            }
        }
    }
    all
}

fn count(findings: &mut Findings, part: &Part, changed: Vec<Listed>, impact: &Impact<'_>, shown: usize) {
    findings.rows += part.rows;
    findings.judged += part.judged.len() as u64;
    findings.rejected += part.rejects.len() as u64;
    let room = REJECTS.saturating_sub(findings.rejects.len());
    findings.rejects.extend(part.rejects.iter().take(room).cloned());
    for (_, _, verdicts) in &part.judged {
        if verdicts.iter().any(|v| v.fate == Fate::Must) {
            findings.people.certain += 1;
        } else if verdicts.iter().any(|v| v.fate != Fate::Cannot) {
            findings.people.possible += 1;
        }
        for (counted, verdict) in findings.conclusions.iter_mut().zip(verdicts.iter()) {
            *counted.fates.entry(verdict.fate).or_default() += 1;
        }
    }
    for listed in changed {
        let counted = &mut findings.conclusions[listed.conclusion];
        let own = &impact.changed[listed.conclusion].shifts;
        for share in &listed.verdict.shifts {
            let Some(at) = own.iter().position(|s| *s == share.shift) else { continue };
            counted.shifts[at].add(share.certain);
            for (region, inside) in &share.regions {
                counted.regions[at][*region].add(share.certain && *inside);
            }
        }
        if listed.verdict.fate == Fate::May {
            *counted.deciding.entry(listed.verdict.settle.clone()).or_default() += 1;
        }
        if counted.shown.len() < shown {
            counted.shown.push(listed);
        }
    }
}
