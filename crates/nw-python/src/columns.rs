//! Tables of other libraries in, conclusions out, through the Arrow PyCapsule interface.
//!
//! Columns come in as pointers to memory that the other library holds until we are done: nothing is copied.
//! Conclusions go out the same way, so that no library of tables is needed to be installed here.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_pyarrow::FromPyArrow as _;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{ArrowError, Schema, SchemaRef};
use netwijzer::call::{Asked, Book, Complaint, fault_complaint, reject_texts};
use nw_facts::Language;
use nw_registry::batch::{InMemory, Reject};
use nw_registry::table::UNIT;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};

use crate::{InputError, raised};

/// Batches that come in one after the other.
pub(crate) type Batches = Box<dyn RecordBatchReader + Send>;

/// Takes hold of a table.
///
/// # Errors
/// It is no table, or its columns cannot be taken over.
pub(crate) fn read(table: &Bound<'_, PyAny>) -> PyResult<Batches> {
    if table.hasattr("__arrow_c_stream__")? {
        return Ok(Box::new(RecordBatchStreamReader::from_pyarrow_bound(table)?));
    }
    if table.hasattr("__arrow_c_array__")? {
        let batch = RecordBatch::from_pyarrow_bound(table)?;
        let schema = batch.schema();
        return Ok(Box::new(RecordBatchIterator::new([Ok(batch)], schema)));
    }
    let kind = table.get_type().qualname()?;
    Err(InputError::new_err(format!(
        "a `{kind}` is not a table; expected something with `__arrow_c_stream__` or `__arrow_c_array__`: a table of \
         pyarrow, polars, pandas or DuckDB"
    )))
}

/// Batches as other libraries take them.
pub(crate) fn stream_capsule(py: Python<'_>, reader: Batches) -> PyResult<Bound<'_, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(reader), c"arrow_array_stream")
}

/// Their columns.
pub(crate) fn schema_capsule<'py>(py: Python<'py>, schema: &Schema) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(schema).map_err(|e| raised(Complaint::Input(e.to_string())))?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}

pub(crate) fn names(schema: &Schema) -> Vec<String> {
    schema.fields().iter().map(|f| f.name().clone()).collect()
}

/// A thread for each core.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Rows that cannot be read, each with the reason.
pub(crate) fn told<'py>(
    py: Python<'py>,
    rejects: &[Reject],
    language: Language,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for reject in rejects {
        let (message, expected) = reject_texts(reject, language);
        let one = PyDict::new(py);
        one.set_item("row", reject.row)?;
        one.set_item("column", &reject.column)?;
        one.set_item("text", &reject.text)?;
        one.set_item("message", message)?;
        one.set_item("expected", expected)?;
        list.append(one)?;
    }
    Ok(list)
}

/// What holds of all rows together.
#[derive(Debug, Default)]
struct Count {
    rows: u64,
    answered: u64,
    rejects: Vec<Reject>,
}

/// Where the conclusions are.
enum Source {
    /// All there, to be fetched as often as one likes.
    Ready(Vec<RecordBatch>),
    /// Drawn while they are fetched, once.
    Coming(Mutex<Option<Box<Coming>>>),
}

/// Conclusions about a table, for any library that reads Arrow.
#[pyclass(frozen, module = "netwijzer._native")]
pub(crate) struct Conclusions {
    schema: SchemaRef,
    source: Source,
    count: Arc<Mutex<Count>>,
    unread: Vec<String>,
    conclusions: usize,
    language: Language,
}

/// Answers a table: all rows now, or each batch when it is fetched.
///
/// # Errors
/// The mapping, or a column, means nothing.
pub(crate) fn answer(
    book: &Book,
    batches: Batches,
    mapping: Option<(&str, &str)>,
    asked: &Asked,
    dictionary: bool,
    threads: Option<usize>,
    stream: bool,
) -> Result<Conclusions, Complaint> {
    let rows = book.table(batches.schema(), mapping, asked, dictionary)?;
    let (schema, unread, conclusions) = (rows.schema(), rows.unread().to_vec(), rows.conclusions());
    let language = asked.language;
    let count: Arc<Mutex<Count>> = Arc::default();
    let source = if stream {
        let coming = Coming { batches, rows, first: 0, count: Arc::clone(&count), over: false };
        Source::Coming(Mutex::new(Some(Box::new(coming))))
    } else {
        let threads = threads.unwrap_or_else(cores);
        let whole = rows.whole(batches, threads, UNIT).map_err(|fault| fault_complaint(&fault, language))?;
        let answered = whole.tables.iter().map(|t| t.num_rows() as u64).sum();
        *count.lock().unwrap_or_else(PoisonError::into_inner) =
            Count { rows: whole.rows, answered, rejects: whole.rejects };
        Source::Ready(whole.tables)
    };
    Ok(Conclusions { schema, source, count, unread, conclusions, language })
}

/// Conclusions that are drawn while somebody fetches them, in that one's thread.
struct Coming {
    batches: Batches,
    rows: InMemory<'static>,
    first: u64,
    count: Arc<Mutex<Count>>,
    over: bool,
}

impl Iterator for Coming {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let answered = match self.batches.next()? {
            Err(error) => Err(error),
            Ok(batch) => {
                let first = self.first;
                self.first += batch.num_rows() as u64;
                let answers = self.rows.answer(first, &batch);
                answers.map_err(|fault| ArrowError::ComputeError(fault.to_string()))
            }
        };
        self.over = answered.is_err();
        Some(answered.map(|answers| {
            let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
            count.rows = self.first;
            count.answered += answers.table.num_rows() as u64;
            count.rejects.extend(answers.rejects);
            answers.table
        }))
    }
}

impl RecordBatchReader for Coming {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }
}

#[pymethods]
impl Conclusions {
    /// The conclusions as an Arrow stream; the consumer's wish for another schema may be left unheard by its rules.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let reader: Batches = match &self.source {
            Source::Ready(tables) => {
                let tables: Vec<Result<RecordBatch, ArrowError>> = tables.iter().cloned().map(Ok).collect();
                Box::new(RecordBatchIterator::new(tables, Arc::clone(&self.schema)))
            }
            Source::Coming(coming) => {
                let taken = coming.lock().unwrap_or_else(PoisonError::into_inner).take();
                taken.ok_or_else(|| {
                    InputError::new_err(
                        "these conclusions were fetched already; they are drawn while they are fetched, once (without \
                         `stream=True` they are kept)",
                    )
                })?
            }
        };
        stream_capsule(py, reader)
    }

    /// The columns of the conclusions.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.schema)
    }

    /// Names of the columns.
    #[getter]
    fn columns(&self) -> Vec<String> {
        names(&self.schema)
    }

    /// Rows read so far.
    #[getter]
    fn rows(&self) -> u64 {
        self.count().rows
    }

    /// Rows with conclusions so far.
    #[getter]
    fn answered(&self) -> u64 {
        self.count().answered
    }

    /// How many conclusions are drawn about each row.
    #[getter]
    fn conclusions(&self) -> usize {
        self.conclusions
    }

    /// Columns that nobody reads.
    #[getter]
    fn unread(&self) -> Vec<String> {
        self.unread.clone()
    }

    /// What the conclusions rest on.
    #[getter]
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let about = PyDict::new(py);
        let schema: &Schema = &self.schema;
        let mut parts: Vec<(&String, &String)> = schema.metadata().iter().collect();
        parts.sort();
        for (key, value) in parts {
            about.set_item(key.strip_prefix("netwijzer.").unwrap_or(key), value)?;
        }
        Ok(about)
    }

    /// Rows that cannot be read, each with column, text and reason.
    #[getter]
    fn rejects<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        told(py, &self.count().rejects, self.language)
    }

    /// The same, and forgets them: for long streams, so that memory stays flat.
    fn take_rejects<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let taken = std::mem::take(&mut self.count().rejects);
        told(py, &taken, self.language)
    }
}

impl Conclusions {
    fn count(&self) -> std::sync::MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
