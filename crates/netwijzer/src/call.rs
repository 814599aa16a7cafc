//! The program, asked by another program: JSON in, JSON out, with the answers and the words of the command line.
//!
//! Road: [`Book::open`] → a case as JSON → [`Book::assess`], [`Book::explain`], [`Book::ask`] → JSON;
//! [`Book::table`] → many rows at once, in columns; [`Book::impact`] → who of them changes under another guideline.
//! A book may be asked by many threads at the same time.

mod impact;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use nw_engine::{Detail, Engine, Options, Preparations};
use nw_facts::{Date, Language, Seen};
use nw_guideline::{CompiledGuideline, Diagnostic, SourceSet};
use nw_registry::Fault;
use nw_registry::batch::{self, InMemory, Mapping};

use crate::casefile::{CaseFault, Document, Form, in_dutch, read_date, read_document};
use crate::knowledge::{self, Texts};
use crate::outcome::{Exit, Failure};
use crate::registry::columns;
use crate::report::Report;
use crate::session::Session;
use crate::words::{Word, say};
use crate::{check, dictionary, explain, json};

pub use impact::{Compared, Comparison};

/// Why there is no answer, in words for the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// What was asked, or a value in it, means nothing.
    Input(String),
    /// The guideline has errors and rules on nobody.
    Knowledge(String),
    /// A file cannot be read.
    World(String),
}

/// How a question is meant: the common options of the command line.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The language of messages and texts.
    pub language: Language,
    /// The day of assessment, as year-month-day; goes before that of the case.
    pub as_of: Option<String>,
    /// What was known by that day.
    pub known_by: Option<String>,
    /// Only these conclusions, or all that start so (`tumour.*`); none means all.
    pub only: Vec<String>,
    /// Also conclusions that are steps on the way.
    pub all: bool,
    /// Conventions switched off.
    pub without_conventions: Vec<String>,
    /// All of them switched off.
    pub no_conventions: bool,
    /// The columns of each conclusion about a table; none means all.
    pub columns: Vec<String>,
}

impl Default for Asked {
    fn default() -> Asked {
        Asked {
            language: Language::En,
            as_of: None,
            known_by: None,
            only: Vec::new(),
            all: false,
            without_conventions: Vec::new(),
            no_conventions: false,
            columns: Vec::new(),
        }
    }
}

/// Every guideline that this process has used, each once, by digest and period.
///
/// They stay for the life of the process, so that answers may outlive whoever asked; see [`Book`].
static KEPT: Mutex<Vec<(String, &'static CompiledGuideline)>> = Mutex::new(Vec::new());

fn kept(guideline: CompiledGuideline, period: &str) -> &'static CompiledGuideline {
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, kept)) = all.iter().find(|(p, kept)| p == period && kept.digest == guideline.digest) {
        return kept;
    }
    let kept: &'static CompiledGuideline = Box::leak(Box::new(guideline));
    all.push((period.to_string(), kept));
    kept
}

thread_local! {
    /// Engines of this thread; making one costs more than many an answer.
    static ENGINES: RefCell<Vec<Engine<'static>>> = const { RefCell::new(Vec::new()) };
}

fn with_engine<T>(guideline: &'static CompiledGuideline, what: impl FnOnce(&mut Engine<'static>) -> T) -> T {
    let ready = ENGINES.with_borrow_mut(|all| {
        let at = all.iter().position(|engine| std::ptr::eq(engine.guideline(), guideline));
        at.map(|at| all.swap_remove(at))
    });
    let mut engine = ready.unwrap_or_else(|| Engine::with(guideline, &Preparations::new(guideline)));
    let answer = what(&mut engine);
    ENGINES.with_borrow_mut(|all| all.push(engine));
    answer
}

/// A guideline to ask: the one inside the program, or a folder.
///
/// Each different guideline that was asked stays in memory until the process ends.
pub struct Book {
    texts: Texts,
    folder: Option<PathBuf>,
    rulings: Mutex<Vec<(String, &'static CompiledGuideline)>>,
}

impl Book {
    /// Opens the guideline inside the program, or that of a folder.
    ///
    /// # Errors
    /// No such folder, a file that cannot be read, or knowledge with errors.
    pub fn open(folder: Option<&Path>, language: Language) -> Result<Arc<Book>, Complaint> {
        static SHIPPED: OnceLock<Arc<Book>> = OnceLock::new();
        if folder.is_none()
            && let Some(book) = SHIPPED.get()
        {
            return Ok(Arc::clone(book));
        }
        let texts = Texts::open(folder).map_err(|f| complaint(f, language))?;
        let book = Arc::new(Book { texts, folder: folder.map(Path::to_path_buf), rulings: Mutex::default() });
        book.ruling(None, language)?;
        Ok(if folder.is_none() { Arc::clone(SHIPPED.get_or_init(|| book)) } else { book })
    }

    /// The guideline as it rules on a day.
    fn ruling(&self, day: Option<Date>, language: Language) -> Result<&'static CompiledGuideline, Complaint> {
        let period = self.texts.period(day);
        let mut rulings = self.rulings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, guideline)) = rulings.iter().find(|(p, _)| *p == period) {
            return Ok(guideline);
        }
        let made = self.texts.make(&period);
        let guideline = made.map_err(|r| refused(&r.sources, &r.diagnostics, language))?;
        let guideline = kept(guideline, &period);
        rulings.push((period, guideline));
        Ok(guideline)
    }

    /// Id, edition and digest of the guideline, and how many of its rows no clinician has confirmed.
    ///
    /// # Errors
    /// Knowledge with errors.
    pub fn about(&self, asked: &Asked) -> Result<String, Complaint> {
        let day = date(asked.as_of.as_deref(), "as_of", asked.language)?;
        let guideline = self.ruling(day, asked.language)?;
        let rows = || guideline.tables.iter().flat_map(|t| &t.rows);
        let unconfirmed = rows().filter(|row| row.confirmed().is_none()).count();
        let about = serde_json::json!({
            "id": guideline.manifest.id, "edition": guideline.manifest.edition, "digest": guideline.digest,
            "rows": rows().count(), "unconfirmed": unconfirmed, "disclaimer": say(asked.language, Word::Disclaimer),
        });
        Ok(about.to_string())
    }

    /// Every conclusion about one case: the line that `assess --format json` prints.
    ///
    /// # Errors
    /// The case cannot be read, or a name means nothing.
    pub fn assess(&self, case: &str, asked: &Asked) -> Result<String, Complaint> {
        let all = asked.all || !asked.only.is_empty();
        self.reported(case, asked, |_, report| Ok(json::line(report, asked.language, all)))
    }

    /// One conclusion about one case down to facts and sources: the line that `explain --format json` prints.
    ///
    /// # Errors
    /// As for [`Book::assess`], or no such conclusion.
    pub fn explain(&self, case: &str, conclusion: &str, asked: &Asked) -> Result<String, Complaint> {
        self.reported(case, asked, |engine, report| {
            match report.conclusions.drawn.iter().find(|d| report.def(d).id == conclusion) {
                Some(drawn) => Ok(explain::line(engine, report, drawn)),
                None => {
                    let vocabulary = &report.guideline.vocabulary;
                    let ids =
                        report.guideline.conclusions.iter().map(|c| vocabulary.conclusion(c.idx).id.as_str());
                    Err(complaint(Failure::no_such_conclusion(conclusion, ids), asked.language))
                }
            }
        })
    }

    /// What to ask next about one case, the most useful first, with what each answer would settle.
    ///
    /// # Errors
    /// As for [`Book::assess`].
    pub fn ask(&self, case: &str, asked: &Asked) -> Result<String, Complaint> {
        let line = self.assess(case, asked)?;
        let whole: serde_json::Value =
            serde_json::from_str(&line).expect("the assessment was written as JSON a moment ago");
        let part = |key: &str| whole[key].clone();
        let asks = serde_json::json!({
            "case": part("case"), "asOf": part("asOf"), "guideline": part("guideline"),
            "questions": part("questions"), "disclaimer": part("disclaimer"),
        });
        Ok(asks.to_string())
    }

    fn reported<T>(
        &self,
        case: &str,
        asked: &Asked,
        then: impl FnOnce(&mut Engine<'static>, &Report<'_>) -> Result<T, Complaint>,
    ) -> Result<T, Complaint> {
        let language = asked.language;
        let as_of = date(asked.as_of.as_deref(), "as_of", language)?;
        let known_by = date(asked.known_by.as_deref(), "known_by", language)?;
        let first = self.ruling(as_of, language)?;
        let document = Document {
            file: "case".to_string(),
            line: 1,
            text: case.to_string(),
            form: Form::Json,
            number: 1,
        };
        let case = read_document(&first.vocabulary, &document)
            .map_err(|faults| Complaint::Input(faults_text(&faults, language)))?;
        let seen = Seen { as_of: as_of.or(case.as_of), known_by };
        let guideline = self.ruling(seen.as_of, language)?;
        let options = self.options(guideline, asked)?;
        with_engine(guideline, |engine| {
            let report = Report::new(engine, &case, seen, &options);
            then(engine, &report)
        })
    }

    fn options(&self, guideline: &CompiledGuideline, asked: &Asked) -> Result<Options, Complaint> {
        let wrong = |failure| complaint(failure, asked.language);
        Session::conventions(guideline, &asked.without_conventions).map_err(wrong)?;
        Ok(Options {
            without_conventions: asked.without_conventions.clone(),
            no_conventions: asked.no_conventions,
            only: Session::only(guideline, &asked.only).map_err(wrong)?,
            detail: Detail::Full,
            asking: None,
        })
    }

    /// The data dictionary: the lines that `facts --format json` prints.
    ///
    /// # Errors
    /// Knowledge with errors.
    pub fn facts(&self, asked: &Asked) -> Result<Vec<String>, Complaint> {
        let day = date(asked.as_of.as_deref(), "as_of", asked.language)?;
        Ok(dictionary::lines(self.ruling(day, asked.language)?))
    }

    /// Answers for tables with these columns, as `batch` gives them for a file.
    ///
    /// `mapping` is the text of a mapping, with its name for messages.
    ///
    /// # Errors
    /// The mapping cannot be read or does not fit the columns, or a name means nothing.
    pub fn table(
        &self,
        schema: arrow_schema::SchemaRef,
        mapping: Option<(&str, &str)>,
        asked: &Asked,
        dictionary: bool,
    ) -> Result<InMemory<'static>, Complaint> {
        let language = asked.language;
        let as_of = date(asked.as_of.as_deref(), "as_of", language)?;
        let guideline = self.ruling(as_of, language)?;
        let refused =
            |name: &str, why: &str| complaint(Failure::usage(Word::MappingRefused, &[name, why]), language);
        let mapping = match mapping {
            None => None,
            Some((name, text)) => Some(Mapping::parse(text).map_err(|why| refused(name, &why))?),
        };
        let options = self.options(guideline, asked)?;
        let wanted = batch::Asked {
            mapping,
            only: options.only.clone(),
            as_of,
            options: Options { detail: Detail::Reasons, only: None, ..options },
            columns: columns(&asked.columns, asked.only.is_empty()).map_err(|f| complaint(f, language))?,
            dictionary,
        };
        InMemory::new(guideline, schema, &wanted).map_err(|fault| fault_complaint(&fault, language))
    }
}

/// The knowledge compiled, proved and run against its own cases: whether it is without errors, and the lines that
/// `check --format json` prints.
///
/// # Errors
/// No such folder, or a file that cannot be read.
pub fn check(folder: Option<&Path>, asked: &Asked) -> Result<(bool, Vec<String>), Complaint> {
    let day = date(asked.as_of.as_deref(), "as_of", asked.language)?;
    let sources = match folder {
        Some(folder) => knowledge::folder(folder).map_err(|f| complaint(f, asked.language))?,
        None => knowledge::embedded(),
    };
    check::lines(&sources, folder, &day.map(|d| d.to_string()).unwrap_or_default())
        .map_err(|f| complaint(f, asked.language))
}

/// What a fault of a table is called.
pub fn fault_complaint(fault: &Fault, language: Language) -> Complaint {
    let text = fault.text().get(language).to_string();
    if matches!(fault, Fault::World { .. }) { Complaint::World(text) } else { Complaint::Input(text) }
}

/// What is wrong with a row that cannot be read: the message and what was expected.
pub fn reject_texts(reject: &batch::Reject, language: Language) -> (String, String) {
    let say = |text: &nw_facts::Text| match language {
        Language::Nl if text.nl.is_empty() => in_dutch(&text.en),
        language => text.get(language).to_string(),
    };
    (say(&reject.message), say(&reject.expected))
}

fn date(text: Option<&str>, option: &str, language: Language) -> Result<Option<Date>, Complaint> {
    let Some(text) = text else { return Ok(None) };
    match read_date(text) {
        Some(date) => Ok(Some(date)),
        None => Err(complaint(Failure::usage(Word::BadDateOption, &[text, option]), language)),
    }
}

fn complaint(failure: Failure, language: Language) -> Complaint {
    let text = failure.message.map(|m| m.get(language).to_string()).unwrap_or_default();
    if failure.exit == Exit::World { Complaint::World(text) } else { Complaint::Input(text) }
}

fn refused(sources: &SourceSet, found: &[Diagnostic], language: Language) -> Complaint {
    let styled = check::render(sources, found, language);
    let text = anstream::adapter::strip_str(&styled).to_string();
    Complaint::Knowledge(format!("{}\n\n{}", say(language, Word::KnowledgeRefused), text.trim_end()))
}

/// The faults of a case as the command line shows them.
fn faults_text(faults: &[CaseFault], language: Language) -> String {
    let help = say(language, Word::Help);
    let one = |fault: &CaseFault| {
        let mut text =
            format!("{}:{}: {}: {}", fault.file, fault.line, fault.code, fault.message.get(language));
        if !fault.help.is_empty() {
            text.push_str(&format!("\n  {help}: {}", fault.help.get(language)));
        }
        text
    };
    faults.iter().map(one).collect::<Vec<_>>().join("\n")
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Book").field("folder", &self.folder).finish_non_exhaustive()
    }
}
