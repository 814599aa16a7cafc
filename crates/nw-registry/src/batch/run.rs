//! A whole table: read in order, answered on all cores, written in order, and taken up again where it was left.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use nw_engine::Options;
use nw_facts::{ConclusionIdx, Language, Text};
use nw_guideline::CompiledGuideline;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::FileReader as _;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::writer::SerializedFileWriter;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::Reject;
use super::evaluate::{Shared, Worker};
use super::mapping::Mapping;
use super::part::{Shape, close};
use super::plan::{Laid, Plan};
use super::road::Road;
use super::verdict::Wanted;
use crate::fault::Fault;
use crate::table::{Format, Reader, UNIT};

/// What is asked of a run.
#[derive(Clone, Debug)]
pub struct Request {
    /// The table.
    pub input: PathBuf,
    /// Where the conclusions go.
    pub output: PathBuf,
    /// How columns speak of facts; without it, columns named after facts do.
    pub mapping: Option<Mapping>,
    /// Only these conclusions.
    pub only: Option<Vec<ConclusionIdx>>,
    /// Where rows go that cannot be read.
    pub reject: PathBuf,
    /// How many threads work.
    pub threads: usize,
    /// Rows that each of them has in hand at once; usually [`UNIT`](crate::table::UNIT).
    pub unit: usize,
    /// Conventions switched off.
    pub options: Options,
    /// The language of the reject file.
    pub language: Language,
    /// Puts what the kernel says of a value into Dutch.
    pub dutch: fn(&str) -> String,
    /// The day of assessment; goes before that of the mapping.
    pub as_of: Option<nw_facts::Date>,
    /// The columns of each conclusion.
    pub columns: Wanted,
}

/// What came of a run; written beside the output, too.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Rows read.
    pub rows: u64,
    /// Rows with conclusions.
    pub answered: u64,
    /// Rows in the reject file.
    pub rejected: u64,
    /// Rows that an earlier run had finished.
    pub taken_up: u64,
    /// How often the engine was asked about some conclusions of a row unlike all before.
    pub asked: u64,
    /// Columns that nobody reads.
    pub unread: Vec<String>,
    /// Conclusions drawn.
    pub conclusions: usize,
}

/// Answers every row of a table.
///
/// `tell` hears how much is done, from 0 to 1.
///
/// # Errors
/// A file cannot be read or written, or the mapping does not fit the table. Bad rows are no error: they go to the
/// reject file.
pub fn run(
    guideline: &CompiledGuideline,
    request: &Request,
    tell: &(dyn Fn(f64) + Sync),
) -> Result<Summary, Fault> {
    let format = Format::of(&request.output)?;
    let Begun { reader, mapping, plan, road, keep, carried, columns, names, unread } =
        Begun::of(guideline, request)?;
    let kinds = reader.kinds().to_vec();
    let kept: Vec<_> = keep.iter().map(|at| (names[*at].clone(), kinds[*at].clone())).collect();
    let shape =
        Shape::new(&plan, format, &kept).map_err(|e| Fault::shape(&request.output, "a table to write", e))?;
    let parts = Parts::open(&request.output, &identity(guideline, request, &mapping, plan.as_of)?)?;
    let job = Job {
        plan: &plan,
        road: road.as_ref(),
        request,
        shape: &shape,
        parts: &parts,
        carried: &carried,
        columns: &columns,
    };
    let mut summary = job.answer(reader, tell)?;
    summary.unread = unread;
    summary.conclusions = plan.drawn.len();
    job.assemble(&about(guideline), &mut summary)?;
    parts.remove()?;
    Ok(summary)
}

/// A table that is opened, and what its columns can tell.
pub(crate) struct Begun<'g> {
    pub reader: Reader,
    pub mapping: Mapping,
    pub plan: Plan<'g>,
    pub road: Option<Road<'g>>,
    /// Columns that are carried over, by position in the table; and all columns by position among those that are read.
    pub keep: Vec<usize>,
    pub carried: Vec<usize>,
    pub columns: Vec<usize>,
    pub names: Vec<String>,
    pub unread: Vec<String>,
}

impl<'g> Begun<'g> {
    pub(crate) fn of(guideline: &'g CompiledGuideline, request: &Request) -> Result<Begun<'g>, Fault> {
        let mut reader = Reader::open(&request.input)?;
        let by_name = || Mapping::by_name(&guideline.vocabulary, reader.names());
        let mapping = request.mapping.clone().unwrap_or_else(by_name);
        let choice = (request.only.as_deref(), request.columns);
        let laid = Laid::over(reader.names(), (guideline, &mapping), choice, request.as_of)?;
        let Laid { mapped, wanted, carried, columns, unread } = laid.ok_or_else(|| {
            let name = request.input.display();
            Fault::request(
                format!(
                    "no column of `{name}` is named after a fact; write a mapping, or let `--suggest-mapping` make one"
                ),
                format!(
                    "geen kolom van `{name}` is naar een gegeven genoemd; schrijf een koppeling, of laat `--suggest-mapping` er een maken"
                ),
            )
        })?;
        let keep = mapped.keep.clone();
        let names = reader.names().to_vec();
        reader.want(wanted, request.unit.min(UNIT))?;
        let plan = Plan::new(guideline, mapped, request.only.as_deref(), request.columns);
        let road = Road::new(&plan, !request.options.no_conventions);
        Ok(Begun { reader, mapping, plan, road, keep, carried, columns, names, unread })
    }
}

/// What every file says of itself.
pub(crate) fn about(guideline: &CompiledGuideline) -> Vec<(String, String)> {
    let rows = guideline.tables.iter().flat_map(|t| &t.rows);
    let (all, open) =
        rows.fold((0, 0), |(all, open), r| (all + 1, open + usize::from(r.confirmed().is_none())));
    [
        ("netwijzer.guideline", guideline.manifest.id.clone()),
        ("netwijzer.edition", guideline.manifest.edition.clone()),
        ("netwijzer.digest", guideline.digest.clone()),
        (
            "netwijzer.unconfirmed",
            format!("{open} of {all} rows of the guideline are not confirmed by a clinician"),
        ),
        ("netwijzer.notice", "Software and evidence, not a certified medical device.".to_string()),
    ]
    .map(|(key, value)| (key.to_string(), value))
    .to_vec()
}

/// What an answer rests on and what was done, for whoever reads it later.
pub(crate) fn told(about: &[(String, String)], summary: &Summary) -> serde_json::Value {
    let mut object = serde_json::Map::new();
    about.iter().for_each(|(key, value)| drop(object.insert(key.clone(), value.clone().into())));
    object.insert("run".to_string(), serde_json::to_value(summary).unwrap_or_default());
    object.into()
}

/// Writes it beside an output.
pub(crate) fn write_told(output: &Path, told: &serde_json::Value) -> Result<(), Fault> {
    let mut name = output.file_name().unwrap_or_default().to_os_string();
    name.push(".about.json");
    let beside = output.with_file_name(name);
    let mut text = serde_json::to_string_pretty(told).unwrap_or_default();
    text.push('\n');
    fs::write(&beside, text).map_err(|e| Fault::world(&beside, e))
}

/// All that the output depends on: a run is only taken up again when it is the same run.
fn identity(
    guideline: &CompiledGuideline,
    request: &Request,
    mapping: &Mapping,
    as_of: Option<nw_facts::Date>,
) -> Result<String, Fault> {
    let of = fs::metadata(&request.input).map_err(|e| Fault::world(&request.input, e))?;
    let changed = of.modified().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
    let only = request.only.as_ref().map(|o| o.iter().map(|c| c.0).collect::<Vec<_>>());
    let mapping = serde_json::to_string(mapping).map_err(|e| Fault::shape(&request.input, "a mapping", e))?;
    let all = format!(
        "{}\n{}\n{}\n{:?}\n{}\n{:?}\n{only:?}\n{:?}\n{}\n{mapping}\n{as_of:?}\n{:?}",
        env!("CARGO_PKG_VERSION"),
        request.input.display(),
        request.unit,
        changed,
        of.len(),
        request.output.extension(),
        request.options.without_conventions,
        request.options.no_conventions,
        request.columns,
    );
    let mut hash = Sha256::new();
    hash.update(all.as_bytes());
    hash.update(guideline.digest.as_bytes());
    Ok(data_encoding::HEXLOWER.encode(&hash.finalize()))
}

/// Lines of the reject file.
pub(crate) fn rejects(request: &Request, rejects: &[Reject]) -> Result<Vec<u8>, csv::Error> {
    let say = |text: &Text| match request.language {
        Language::Nl if text.nl.is_empty() => (request.dutch)(&text.en),
        language => text.get(language).to_string(),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for reject in rejects {
        let row = reject.row.to_string();
        let (message, expected) = (say(&reject.message), say(&reject.expected));
        writer.write_record([&row, &reject.column, &reject.text, &message, &expected])?;
    }
    writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))
}

/// The first line of the reject file.
pub(crate) const REJECT_HEAD: &[u8] = b"row,column,text,message,expected\n";

/// Finished units, each in a file of its own, until all are there.
struct Parts {
    folder: PathBuf,
}

impl Parts {
    fn open(output: &Path, identity: &str) -> Result<Parts, Fault> {
        let mut name = output.file_name().unwrap_or_default().to_os_string();
        name.push(".parts");
        let folder = output.with_file_name(name);
        let mark = folder.join("run");
        if fs::read_to_string(&mark).ok().as_deref() != Some(identity) {
            if folder.exists() {
                fs::remove_dir_all(&folder).map_err(|e| Fault::world(&folder, e))?;
            }
            fs::create_dir_all(&folder).map_err(|e| Fault::world(&folder, e))?;
            fs::write(&mark, identity).map_err(|e| Fault::world(&mark, e))?;
        }
        Ok(Parts { folder })
    }

    fn path(&self, number: u64, kind: &str) -> PathBuf {
        self.folder.join(format!("{number:08}.{kind}"))
    }

    /// A part is there whole or not at all: the rows, then what was rejected, under its name at last.
    fn write(&self, number: u64, kind: &str, bytes: &[u8]) -> Result<(), Fault> {
        let (path, beside) = (self.path(number, kind), self.path(number, "tmp"));
        let fail = |e| Fault::world(&path, e);
        let mut file = File::create(&beside).map_err(fail)?;
        file.write_all(bytes).map_err(fail)?;
        drop(file);
        fs::rename(&beside, &path).map_err(fail)
    }

    /// How many rows a finished part read, answered and rejected.
    fn finished(&self, number: u64) -> Option<[u64; 3]> {
        let text = fs::read_to_string(self.path(number, "done")).ok()?;
        let counts: Vec<u64> = text.split(' ').filter_map(|n| n.parse().ok()).collect();
        counts.try_into().ok()
    }

    fn remove(&self) -> Result<(), Fault> {
        fs::remove_dir_all(&self.folder).map_err(|e| Fault::world(&self.folder, e))
    }
}

struct Job<'a, 'g> {
    plan: &'a Plan<'g>,
    road: Option<&'a Road<'g>>,
    request: &'a Request,
    shape: &'a Shape,
    parts: &'a Parts,
    carried: &'a [usize],
    columns: &'a [usize],
}

impl Job<'_, '_> {
    fn answer(&self, reader: Reader, tell: &(dyn Fn(f64) + Sync)) -> Result<Summary, Fault> {
        let shared = Shared::new(self.plan);
        let source = Mutex::new((0u64, reader));
        let stop = AtomicBool::new(false);
        let asked = AtomicU64::new(0);
        let counts: Mutex<Summary> = Mutex::default();
        let failed: Mutex<Option<Fault>> = Mutex::default();
        std::thread::scope(|scope| {
            for _ in 0..self.request.threads.max(1) {
                scope.spawn(|| {
                    let mut worker = Worker::new(self.plan, self.road, &shared, &self.request.options);
                    let result = self.work(&mut worker, &shared, &source, &stop, &counts, tell);
                    asked.fetch_add(worker.asked, Ordering::Relaxed);
                    if let Err(fault) = result {
                        stop.store(true, Ordering::Relaxed);
                        failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
                    }
                });
            }
        });
        if let Some(fault) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(fault);
        }
        let mut summary = counts.into_inner().unwrap_or_else(PoisonError::into_inner);
        summary.asked = asked.into_inner();
        Ok(summary)
    }

    fn work(
        &self,
        worker: &mut Worker<'_, '_>,
        shared: &Shared,
        source: &Mutex<(u64, Reader)>,
        stop: &AtomicBool,
        counts: &Mutex<Summary>,
        tell: &(dyn Fn(f64) + Sync),
    ) -> Result<(), Fault> {
        while !stop.load(Ordering::Relaxed) {
            let (number, unit, done) = {
                let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(unit) = source.1.unit()? else { return Ok(()) };
                source.0 += 1;
                (source.0, unit, source.1.done())
            };
            let add = |[rows, answered, rejected]: [u64; 3], taken_up: u64| {
                let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
                counts.rows += rows;
                counts.answered += answered;
                counts.rejected += rejected;
                counts.taken_up += taken_up;
            };
            if let Some(finished) = self.parts.finished(number) {
                add(finished, finished[0]);
                continue;
            }
            let input = &self.request.input;
            let answered = worker
                .answer(&unit, self.columns)
                .map_err(|why| Fault::shape(input, "a table of facts", why))?;
            let bytes = self
                .shape
                .part(&unit, self.carried, &answered, &shared.verdicts)
                .map_err(|e| Fault::shape(&self.request.output, "a table to write", e))?;
            let rejected = rejects(self.request, &answered.rejects)
                .map_err(|e| Fault::shape(&self.request.reject, "CSV", e))?;
            let bad = unit.rows as u64 - answered.kept.len() as u64;
            let finished = [unit.rows as u64, answered.kept.len() as u64, bad];
            self.parts.write(number, "part", &bytes)?;
            self.parts.write(number, "rejects", &rejected)?;
            self.parts.write(number, "done", finished.map(|n| n.to_string()).join(" ").as_bytes())?;
            add(finished, 0);
            tell(done);
        }
        Ok(())
    }

    /// Puts the parts together, in order.
    fn assemble(&self, about: &[(String, String)], summary: &mut Summary) -> Result<(), Fault> {
        let count = (1..).take_while(|n| self.parts.finished(*n).is_some()).count() as u64;
        let output = &self.request.output;
        let mut beside = output.file_name().unwrap_or_default().to_os_string();
        beside.push(".tmp");
        let beside = output.with_file_name(beside);
        match self.shape.format {
            Format::Parquet => {
                self.assemble_parquet(&beside, count, about)
                    .map_err(|e| Fault::shape(output, "Parquet", e))?;
            }
            format => {
                let mut file = BufWriter::new(File::create(&beside).map_err(|e| Fault::world(&beside, e))?);
                if format == Format::Csv {
                    let mut header = csv::Writer::from_writer(Vec::new());
                    let names = self.shape.schema.fields().iter().map(|f| f.name());
                    header.write_record(names).map_err(|e| Fault::shape(output, "CSV", e))?;
                    let header = header.into_inner().map_err(|e| Fault::shape(output, "CSV", e))?;
                    file.write_all(&header).map_err(|e| Fault::world(&beside, e))?;
                }
                self.copy(count, "part", &mut file)?;
                file.flush().map_err(|e| Fault::world(&beside, e))?;
            }
        }
        fs::rename(&beside, output).map_err(|e| Fault::world(output, e))?;
        let reject = &self.request.reject;
        if summary.rejected > 0 {
            let mut file = BufWriter::new(File::create(reject).map_err(|e| Fault::world(reject, e))?);
            file.write_all(REJECT_HEAD).map_err(|e| Fault::world(reject, e))?;
            self.copy(count, "rejects", &mut file)?;
            file.flush().map_err(|e| Fault::world(reject, e))?;
        } else if reject.exists() {
            // What an earlier run rejected no longer holds.
            fs::remove_file(reject).map_err(|e| Fault::world(reject, e))?;
        }
        write_told(output, &told(about, summary))
    }

    fn copy(&self, count: u64, kind: &str, out: &mut impl std::io::Write) -> Result<(), Fault> {
        for number in 1..=count {
            let path = self.parts.path(number, kind);
            let file = File::open(&path).map_err(|e| Fault::world(&path, e))?;
            std::io::copy(&mut BufReader::new(file).take(u64::MAX), out)
                .map_err(|e| Fault::world(&path, e))?;
        }
        Ok(())
    }

    fn assemble_parquet(
        &self,
        path: &Path,
        count: u64,
        about: &[(String, String)],
    ) -> Result<(), Box<dyn std::error::Error>> {
        let words = about.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
        let settings = WriterProperties::builder()
            .set_created_by("netwijzer".to_string())
            .set_key_value_metadata(Some(words))
            .build();
        let root = self.shape.parquet().root_schema_ptr();
        let mut writer =
            SerializedFileWriter::new(BufWriter::new(File::create(path)?), root, settings.into())?;
        for number in 1..=count {
            let part = File::open(self.parts.path(number, "part"))?;
            let reader = SerializedFileReader::new(part.try_clone()?)?;
            for group in reader.metadata().row_groups() {
                let mut next = writer.next_row_group()?;
                for column in group.columns() {
                    next.append_column(&part, close(column))?;
                }
                next.close()?;
            }
        }
        writer.close()?;
        Ok(())
    }
}
