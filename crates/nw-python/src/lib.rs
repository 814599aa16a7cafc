//! What the Python package `netwijzer` calls: text in and out for cases, columns in and out for tables.
//!
//! Words, types and documentation stand in the package itself (`python/netwijzer`); here is only what must be native.
//! Nothing holds the interpreter's lock while it works, so that other threads of Python go on.

mod changes;
mod columns;

use std::path::PathBuf;
use std::sync::Arc;

use netwijzer::call::{self, Asked, Book, Complaint};
use nw_facts::Language;
use pyo3::create_exception;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

/// Columns of conclusions are large and short-lived: the allocator of the system gives each back to the kernel and asks
/// for it again, which takes a third of the time.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

create_exception!(netwijzer, InputError, PyValueError, "What was asked, or a value in it, means nothing.");
create_exception!(netwijzer, KnowledgeError, PyValueError, "The guideline has errors and rules on nobody.");

pub(crate) fn raised(complaint: Complaint) -> PyErr {
    match complaint {
        Complaint::Input(text) => InputError::new_err(text),
        Complaint::Knowledge(text) => KnowledgeError::new_err(text),
        Complaint::World(text) => PyOSError::new_err(text),
    }
}

pub(crate) fn language(lang: &str) -> PyResult<Language> {
    match lang {
        "en" => Ok(Language::En),
        "nl" => Ok(Language::Nl),
        other => Err(InputError::new_err(format!("`{other}` is not a language; expected `en` or `nl`"))),
    }
}

/// The common options, as Python gives them.
#[derive(Clone, Debug, FromPyObject)]
pub(crate) struct Options {
    #[pyo3(item)]
    lang: String,
    #[pyo3(item)]
    as_of: Option<String>,
    #[pyo3(item)]
    known_by: Option<String>,
    #[pyo3(item)]
    only: Vec<String>,
    #[pyo3(item)]
    all: bool,
    #[pyo3(item)]
    without_conventions: Vec<String>,
    #[pyo3(item)]
    no_conventions: bool,
    #[pyo3(item)]
    columns: Vec<String>,
}

impl Options {
    pub(crate) fn asked(self) -> PyResult<Asked> {
        Ok(Asked {
            language: language(&self.lang)?,
            as_of: self.as_of,
            known_by: self.known_by,
            only: self.only,
            all: self.all,
            without_conventions: self.without_conventions,
            no_conventions: self.no_conventions,
            columns: self.columns,
        })
    }
}

/// An opened guideline.
#[pyclass(frozen, module = "netwijzer._native")]
pub(crate) struct Opened {
    pub(crate) book: Arc<Book>,
}

#[pymethods]
impl Opened {
    #[new]
    #[pyo3(signature = (folder, lang))]
    fn new(py: Python<'_>, folder: Option<PathBuf>, lang: &str) -> PyResult<Opened> {
        let language = language(lang)?;
        let book = py.detach(|| Book::open(folder.as_deref(), language)).map_err(raised)?;
        Ok(Opened { book })
    }

    fn about(&self, py: Python<'_>, options: Options) -> PyResult<String> {
        let asked = options.asked()?;
        py.detach(|| self.book.about(&asked)).map_err(raised)
    }

    fn assess(&self, py: Python<'_>, case: &str, options: Options) -> PyResult<String> {
        let asked = options.asked()?;
        py.detach(|| self.book.assess(case, &asked)).map_err(raised)
    }

    fn explain(&self, py: Python<'_>, case: &str, conclusion: &str, options: Options) -> PyResult<String> {
        let asked = options.asked()?;
        py.detach(|| self.book.explain(case, conclusion, &asked)).map_err(raised)
    }

    fn ask(&self, py: Python<'_>, case: &str, options: Options) -> PyResult<String> {
        let asked = options.asked()?;
        py.detach(|| self.book.ask(case, &asked)).map_err(raised)
    }

    fn facts(&self, py: Python<'_>, options: Options) -> PyResult<Vec<String>> {
        let asked = options.asked()?;
        py.detach(|| self.book.facts(&asked)).map_err(raised)
    }

    /// Every row of a table; `mapping` is a name and a text. With `stream` the rows are answered as they are fetched.
    // What Python hands over comes one by one.
    #[allow(clippy::too_many_arguments)]
    #[pyo3(signature = (table, mapping, options, dictionary, threads, stream))]
    fn table(
        &self,
        py: Python<'_>,
        table: &Bound<'_, PyAny>,
        mapping: Option<(String, String)>,
        options: Options,
        dictionary: bool,
        threads: Option<usize>,
        stream: bool,
    ) -> PyResult<columns::Conclusions> {
        let asked = options.asked()?;
        let batches = columns::read(table)?;
        let mapping = mapping.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
        py.detach(|| columns::answer(&self.book, batches, mapping, &asked, dictionary, threads, stream))
            .map_err(raised)
    }
}

/// Whether the knowledge is without errors, and its findings as lines of JSON.
#[pyfunction]
#[pyo3(signature = (folder, options))]
fn check(py: Python<'_>, folder: Option<PathBuf>, options: Options) -> PyResult<(bool, Vec<String>)> {
    let asked = options.asked()?;
    py.detach(|| call::check(folder.as_deref(), &asked)).map_err(raised)
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Opened>()?;
    module.add_class::<columns::Conclusions>()?;
    module.add_class::<changes::Impact>()?;
    module.add_function(wrap_pyfunction!(check, module)?)?;
    module.add_function(wrap_pyfunction!(changes::impact, module)?)?;
    module.add("InputError", module.py().get_type::<InputError>())?;
    module.add("KnowledgeError", module.py().get_type::<KnowledgeError>())?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    Ok(())
}
