//! Where the rows of an impact come from: a file, or a table in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};

use crate::fault::Fault;
use crate::table::{Reader, Unit};

/// Batches of rows, one after the other.
pub type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// Rows that are read from the beginning to the end.
pub struct Source {
    /// What the table is called in messages; a table in memory has no name.
    path: Option<PathBuf>,
    names: Vec<String>,
    inner: Inner,
}

enum Inner {
    File(Box<Reader>),
    Memory(Memory),
}

/// Batches, cut into units. Columns are held where they lie; nothing is copied.
struct Memory {
    schema: SchemaRef,
    batches: Batches,
    left: Option<RecordBatch>,
    next: u64,
    wanted: Vec<usize>,
    unit: usize,
}

impl Source {
    /// A file: Parquet, CSV or JSON Lines.
    ///
    /// # Errors
    /// It cannot be opened, or is not what its name says.
    pub fn file(path: &Path) -> Result<Source, Fault> {
        let reader = Reader::open(path)?;
        let names = reader.names().to_vec();
        Ok(Source { path: Some(path.to_path_buf()), names, inner: Inner::File(Box::new(reader)) })
    }

    /// A table in memory with these columns.
    pub fn table(schema: SchemaRef, batches: Batches) -> Source {
        let names: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
        let wanted = (0..names.len()).collect();
        let memory = Memory { schema, batches, left: None, next: 0, wanted, unit: 1 };
        Source { path: None, names, inner: Inner::Memory(memory) }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// What to say when no column speaks of a fact.
    pub(super) fn speechless(&self) -> Fault {
        match &self.path {
            None => Fault::request(
                "no column of the table is named after a fact; give a mapping",
                "geen kolom van de tabel is naar een gegeven genoemd; geef een koppeling",
            ),
            Some(path) => {
                let name = path.display();
                Fault::request(
                    format!(
                        "no column of `{name}` is named after a fact; write a mapping (`batch --suggest-mapping`)"
                    ),
                    format!(
                        "geen kolom van `{name}` is naar een gegeven genoemd; schrijf een koppeling (`batch --suggest-mapping`)"
                    ),
                )
            }
        }
    }

    pub(super) fn path(&self) -> Option<PathBuf> {
        self.path.clone()
    }

    /// Reads only these columns from here on, so many rows at a time; before the first unit.
    pub(super) fn want(&mut self, wanted: Vec<usize>, unit: usize) -> Result<(), Fault> {
        match &mut self.inner {
            Inner::File(reader) => reader.want(wanted, unit),
            Inner::Memory(memory) => {
                (memory.wanted, memory.unit) = (wanted, unit.max(1));
                Ok(())
            }
        }
    }

    pub(super) fn unit(&mut self) -> Result<Option<Unit>, Fault> {
        match &mut self.inner {
            Inner::File(reader) => reader.unit(),
            Inner::Memory(memory) => memory.unit(),
        }
    }

    /// How much was read, from 0 to 1; nothing is known of a table in memory.
    pub(super) fn done(&self) -> f64 {
        match &self.inner {
            Inner::File(reader) => reader.done(),
            Inner::Memory(_) => 0.0,
        }
    }
}

/// What to say of columns that hold no values; a table in memory has no path.
pub(super) fn no_facts(path: Option<&Path>, why: impl std::fmt::Display) -> Fault {
    match path {
        Some(path) => Fault::shape(path, "a table of facts", why),
        None => Fault::request(
            format!("the table cannot be read as a table of facts: {why}"),
            format!("de tabel is niet te lezen als tabel van gegevens: {why}"),
        ),
    }
}

impl Memory {
    fn unit(&mut self) -> Result<Option<Unit>, Fault> {
        let batch = loop {
            let batch = match self.left.take() {
                Some(batch) => batch,
                None => match self.batches.next() {
                    None => return Ok(None),
                    Some(Ok(batch)) => batch,
                    Some(Err(why)) => {
                        // Nobody is asked again after an error.
                        self.batches = Box::new(std::iter::empty());
                        return Err(no_facts(None, why));
                    }
                },
            };
            if batch.num_rows() > 0 {
                break batch;
            }
        };
        let (given, expected) = (batch.schema_ref().fields(), self.schema.fields());
        let alike = given.len() == expected.len()
            && given
                .iter()
                .zip(expected)
                .all(|(a, b)| a.name() == b.name() && a.data_type() == b.data_type());
        if !alike {
            return Err(Fault::request(
                "some rows of the table have other columns than the first",
                "sommige rijen van de tabel hebben andere kolommen dan de eerste",
            ));
        }
        let rows = batch.num_rows().min(self.unit);
        if rows < batch.num_rows() {
            self.left = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        let batch = batch.slice(0, rows);
        let first = self.next;
        self.next += rows as u64;
        let columns = self.wanted.iter().map(|at| Arc::clone(batch.column(*at))).collect();
        Ok(Some(Unit { first, rows, columns, broken: Vec::new() }))
    }
}
