//! Who of a table changes when one guideline takes the place of another.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::{ArrowError, Schema, SchemaRef};
use netwijzer::call::{Compared, Comparison};
use nw_facts::Language;
use nw_registry::impact::Source;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};

use crate::columns::{self, cores, schema_capsule, stream_capsule, told};
use crate::{Opened, Options, language, raised};

/// Rows that must or may change, for any library that reads Arrow, and the report about all rows.
#[pyclass(frozen, module = "netwijzer._native")]
pub(crate) struct Impact {
    comparison: Comparison,
    schema: SchemaRef,
    language: Language,
}

/// Every row of a table under two guidelines; `mapping` is a name and a text.
// What Python hands over comes one by one.
#[allow(clippy::too_many_arguments)]
#[pyfunction]
#[pyo3(signature = (before, after, table, mapping, options, record, most, threads, name))]
pub(crate) fn impact(
    py: Python<'_>,
    before: &Bound<'_, Opened>,
    after: &Bound<'_, Opened>,
    table: &Bound<'_, PyAny>,
    mapping: Option<(String, String)>,
    options: Options,
    record: Option<String>,
    most: usize,
    threads: Option<usize>,
    name: &str,
) -> PyResult<Impact> {
    let asked = options.asked()?;
    let batches = columns::read(table)?;
    let compared = Compared {
        mapping: mapping.as_ref().map(|(name, text)| (name.as_str(), text.as_str())),
        record: record.as_deref(),
        most,
        threads: threads.unwrap_or_else(cores),
        table: name,
    };
    let (from, to) = (Arc::clone(&before.get().book), Arc::clone(&after.get().book));
    let language = asked.language;
    let found = py.detach(|| {
        let source = Source::table(batches.schema(), Box::new(batches));
        from.impact(&to, source, &compared, &asked)
    });
    let comparison = found.map_err(raised)?;
    let lists = &comparison.findings.lists;
    let schema = lists.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
    Ok(Impact { comparison, schema, language })
}

#[pymethods]
impl Impact {
    /// The lists as an Arrow stream: one line for each row and conclusion that must or may change.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let lists = self.comparison.findings.lists.iter().cloned().map(Ok);
        let lists: Vec<Result<RecordBatch, ArrowError>> = lists.collect();
        stream_capsule(py, Box::new(RecordBatchIterator::new(lists, Arc::clone(&self.schema))))
    }

    /// The columns of the lists.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.schema)
    }

    /// Names of the columns of the lists.
    #[getter]
    fn columns(&self) -> Vec<String> {
        columns::names(&self.schema)
    }

    /// Rows read.
    #[getter]
    fn rows(&self) -> u64 {
        self.comparison.findings.rows
    }

    /// Rows that were judged.
    #[getter]
    fn judged(&self) -> u64 {
        self.comparison.findings.judged
    }

    /// Rows of which some conclusion must change.
    #[getter]
    fn must(&self) -> u64 {
        self.comparison.findings.people.certain
    }

    /// Rows of which some conclusion may change, and none must.
    #[getter]
    fn may(&self) -> u64 {
        self.comparison.findings.people.possible
    }

    /// Columns that nobody reads.
    #[getter]
    fn unread(&self) -> Vec<String> {
        self.comparison.findings.unread.clone()
    }

    /// The first hundred rows that cannot be read, each with column, text and reason.
    #[getter]
    fn rejects<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        told(py, &self.comparison.findings.rejects, self.language)
    }

    /// The report about all rows, as `impact --format json` prints it.
    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let text = py.detach(|| self.comparison.json());
        py.import("json")?.call_method1("loads", (text,))
    }

    /// The report as one HTML file.
    #[pyo3(signature = (lang=None))]
    fn html(&self, py: Python<'_>, lang: Option<&str>) -> PyResult<String> {
        let language = lang.map_or(Ok(self.language), language)?;
        Ok(py.detach(|| self.comparison.html(language)))
    }
}
