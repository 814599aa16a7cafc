//! Reading a table a unit at a time, in order.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::DataType;
use nw_facts::Text;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::{Format, UNIT};
use crate::fault::Fault;

/// Some rows of a table.
#[derive(Debug)]
pub struct Unit {
    /// The position of the first row, from zero.
    pub first: u64,
    /// How many rows.
    pub rows: usize,
    /// The wanted columns, in the order in which they were wanted.
    pub columns: Vec<ArrayRef>,
    /// Rows that are no rows: position in the unit, and why.
    pub broken: Vec<Broken>,
}

/// A line that holds no row.
#[derive(Debug)]
pub struct Broken {
    /// Position in the unit.
    pub row: usize,
    /// The offending text, shortened.
    pub text: String,
    /// What was expected.
    pub expected: Text,
}

/// A table that is read from the beginning to the end.
pub struct Reader {
    path: PathBuf,
    names: Vec<String>,
    kinds: Vec<DataType>,
    /// Rows, when the file tells.
    rows: Option<u64>,
    next: u64,
    inner: Inner,
    wanted: Vec<usize>,
    /// Rows of a unit.
    unit: usize,
    /// Bytes of the file, and how many were read.
    size: u64,
}

enum Inner {
    Parquet { file: File, reader: Option<ParquetRecordBatchReader>, order: Vec<usize> },
    Csv(Box<csv::Reader<File>>),
    JsonLines { lines: BufReader<File>, read: u64 },
}

/// Lines of a JSON Lines file from which its columns are learnt.
const LEARN: usize = 10_000;

impl Reader {
    /// Opens a table and reads which columns it has.
    ///
    /// # Errors
    /// The file cannot be opened, or is not what its name says.
    pub fn open(path: &Path) -> Result<Reader, Fault> {
        let format = Format::of(path)?;
        let file = File::open(path).map_err(|e| Fault::world(path, e))?;
        let size = file.metadata().map_err(|e| Fault::world(path, e))?.len();
        let (names, kinds, rows, inner) = match format {
            Format::Parquet => {
                let again = file.try_clone().map_err(|e| Fault::world(path, e))?;
                let builder = ParquetRecordBatchReaderBuilder::try_new(again)
                    .map_err(|e| Fault::shape(path, "Parquet", e))?;
                let names: Vec<String> = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
                let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).ok();
                let kinds = builder.schema().fields().iter().map(|f| f.data_type().clone()).collect();
                (names, kinds, rows, Inner::Parquet { file, reader: None, order: Vec::new() })
            }
            Format::Csv => {
                let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
                let header = reader.byte_headers().map_err(|e| Fault::shape(path, "CSV", e))?;
                let names = header.iter().map(|n| String::from_utf8_lossy(n).trim().to_string());
                let names: Vec<String> = names.collect();
                if names.iter().all(String::is_empty) {
                    return Err(Fault::shape(path, "CSV", "the first line names no columns"));
                }
                let kinds = vec![DataType::Utf8; names.len()];
                (names, kinds, None, Inner::Csv(Box::new(reader)))
            }
            Format::JsonLines => {
                let names = learn(path, file)?;
                let file = File::open(path).map_err(|e| Fault::world(path, e))?;
                let kinds = vec![DataType::Utf8; names.len()];
                (
                    names,
                    kinds,
                    None,
                    Inner::JsonLines { lines: BufReader::with_capacity(1 << 16, file), read: 0 },
                )
            }
        };
        let wanted = (0..names.len()).collect();
        let mut reader =
            Reader { path: path.to_path_buf(), names, kinds, rows, next: 0, inner, wanted, unit: UNIT, size };
        reader.begin()?;
        Ok(reader)
    }

    /// The columns of the file.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What kinds of values they hold; texts, when the file does not tell.
    pub fn kinds(&self) -> &[DataType] {
        &self.kinds
    }

    /// How many rows there are, when the file tells.
    pub fn rows(&self) -> Option<u64> {
        self.rows
    }

    /// How much of the file was read, from 0 to 1.
    pub fn done(&self) -> f64 {
        let of = |part: u64, whole: u64| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
        match &self.inner {
            Inner::Parquet { .. } => of(self.next, self.rows.unwrap_or(0)),
            Inner::Csv(reader) => of(reader.position().byte(), self.size),
            Inner::JsonLines { read, .. } => of(*read, self.size),
        }
    }

    /// Reads only these columns from here on, so many rows at a time; before the first unit.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn want(&mut self, wanted: Vec<usize>, unit: usize) -> Result<(), Fault> {
        self.wanted = wanted;
        self.unit = unit.max(1);
        self.begin()
    }

    fn begin(&mut self) -> Result<(), Fault> {
        let path = &self.path;
        if let Inner::Parquet { file, reader, order } = &mut self.inner {
            let again = file.try_clone().map_err(|e| Fault::world(path, e))?;
            let builder = ParquetRecordBatchReaderBuilder::try_new(again)
                .map_err(|e| Fault::shape(path, "Parquet", e))?;
            let mask = ProjectionMask::roots(builder.parquet_schema(), self.wanted.iter().copied());
            let built = builder
                .with_projection(mask)
                .with_batch_size(self.unit)
                .build()
                .map_err(|e| Fault::shape(path, "Parquet", e))?;
            *reader = Some(built);
            // The file gives its columns in its own order, and each once.
            let mut given: Vec<usize> = self.wanted.clone();
            given.sort_unstable();
            given.dedup();
            *order = self.wanted.iter().filter_map(|w| given.iter().position(|g| g == w)).collect();
        }
        Ok(())
    }

    /// The next unit; none at the end.
    ///
    /// # Errors
    /// The file cannot be read on.
    pub fn unit(&mut self) -> Result<Option<Unit>, Fault> {
        let first = self.next;
        let unit = match &mut self.inner {
            Inner::Parquet { reader, order, .. } => match reader.as_mut().and_then(Iterator::next) {
                None => None,
                Some(batch) => {
                    let batch: RecordBatch = batch.map_err(|e| Fault::shape(&self.path, "Parquet", e))?;
                    let columns = order.iter().map(|at| Arc::clone(batch.column(*at))).collect();
                    Some(Unit { first, rows: batch.num_rows(), columns, broken: Vec::new() })
                }
            },
            Inner::Csv(reader) => csv_unit(reader, self.names.len(), &self.wanted, (first, self.unit))
                .map_err(|e| Fault::shape(&self.path, "CSV", e))?,
            Inner::JsonLines { lines, read } => {
                json_unit(lines, read, &self.names, &self.wanted, (first, self.unit))
                    .map_err(|e| Fault::world(&self.path, e))?
            }
        };
        self.next += unit.as_ref().map_or(0, |u| u.rows as u64);
        Ok(unit)
    }
}

fn learn(path: &Path, file: File) -> Result<Vec<String>, Fault> {
    let mut names: Vec<String> = Vec::new();
    for line in BufReader::new(file).lines().take(LEARN) {
        let line = line.map_err(|e| Fault::world(path, e))?;
        if let Ok(serde_json::Value::Object(row)) = serde_json::from_str(&line) {
            row.keys()
                .filter(|k| !names.contains(k))
                .cloned()
                .collect::<Vec<_>>()
                .into_iter()
                .for_each(|k| names.push(k));
        }
    }
    if names.is_empty() {
        Err(Fault::shape(path, "JSON Lines", "no line holds an object"))
    } else {
        Ok(names)
    }
}

/// The beginning of a text, to be shown.
fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

fn csv_unit(
    reader: &mut csv::Reader<File>,
    width: usize,
    wanted: &[usize],
    (first, most): (u64, usize),
) -> Result<Option<Unit>, csv::Error> {
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); wanted.len()];
    let mut broken = Vec::new();
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    while rows < most && reader.read_byte_record(&mut record)? {
        let fault = if record.len() != width {
            Some(Text::new(
                format!("{width} fields, as in the header; there are {}", record.len()),
                format!("{width} velden, zoals in de kop; het zijn er {}", record.len()),
            ))
        } else if std::str::from_utf8(record.as_slice()).is_err() {
            Some(Text::new("text in UTF-8", "tekst in UTF-8"))
        } else {
            None
        };
        for (column, at) in columns.iter_mut().zip(wanted) {
            let text = record.get(*at).filter(|_| fault.is_none());
            column.push(text.map(|t| String::from_utf8_lossy(t).into_owned()));
        }
        if let Some(expected) = fault {
            let text = shortened(&String::from_utf8_lossy(record.as_slice()));
            broken.push(Broken { row: rows, text, expected });
        }
        rows += 1;
    }
    Ok((rows > 0).then(|| unit(first, rows, columns, broken)))
}

fn unit(first: u64, rows: usize, columns: Vec<Vec<Option<String>>>, broken: Vec<Broken>) -> Unit {
    let columns = columns.into_iter().map(|c| Arc::new(StringArray::from(c)) as ArrayRef).collect();
    Unit { first, rows, columns, broken }
}

fn json_unit(
    lines: &mut BufReader<File>,
    read: &mut u64,
    names: &[String],
    wanted: &[usize],
    (first, most): (u64, usize),
) -> std::io::Result<Option<Unit>> {
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); wanted.len()];
    let mut broken = Vec::new();
    let mut rows = 0;
    let mut line = Vec::new();
    while rows < most {
        line.clear();
        let bytes = lines.read_until(b'\n', &mut line)?;
        if bytes == 0 {
            break;
        }
        *read += bytes as u64;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let row: Result<Row, _> = serde_json::from_slice(&line);
        if let Err(error) = &row {
            let text = shortened(String::from_utf8_lossy(&line).trim_end());
            let expected =
                Text::new(format!("a JSON object ({error})"), format!("een JSON-object ({error})"));
            broken.push(Broken { row: rows, text, expected });
        }
        for (column, at) in columns.iter_mut().zip(wanted) {
            let value = row.as_ref().ok().and_then(|r| r.get(names[*at].as_str()));
            column.push(value.and_then(|raw| written(raw.get())));
        }
        rows += 1;
    }
    Ok((rows > 0).then(|| unit(first, rows, columns, broken)))
}

type Row<'a> = std::collections::HashMap<std::borrow::Cow<'a, str>, &'a serde_json::value::RawValue>;

/// The text of a JSON value; a number keeps its digits as written.
fn written(raw: &str) -> Option<String> {
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw).ok(),
        Some(b'n') => None,
        Some(b't') => Some("yes".to_string()),
        Some(b'f') => Some("no".to_string()),
        _ => Some(raw.to_string()),
    }
}
