//! `synth` and `batch`: invented cohorts, and whole registries through the guideline.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use nw_engine::{Detail, Options};
use nw_guideline::CompiledGuideline;
use nw_registry::Fault;
use nw_registry::batch::{Mapping, Request, Summary, Wanted, run, suggest};
use nw_registry::synth::{Cohort, Missing, Model};

use crate::casefile::in_dutch;
use crate::outcome::{Exit, Failure};
use crate::paper::Ink;
use crate::session::Session;
use crate::words::{Word, fill, say};

/// The figures from which the program draws when no others are given.
const MODEL: &str = include_str!("../../../knowledge/cohorts/gep-net.toml");

/// What `synth` is asked.
#[derive(Debug, Args)]
pub(crate) struct Synth {
    /// How many patients
    #[arg(short, value_name = "NUMBER")]
    pub n: u64,
    /// Start number: the same number draws the same cohort, on every machine
    #[arg(long, value_name = "NUMBER", default_value_t = 1, hide_default_value = true)]
    pub seed: u64,
    /// What is left out and wrong: realistic, as in a registry, or none
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "realistic",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub missing: Left,
    /// Where to write: a name that ends in .parquet, .csv or .jsonl
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Draw from the figures in this file instead of those inside the program
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
}

/// What is left out of an invented cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Left {
    Realistic,
    None,
}

/// What `batch` is asked.
#[derive(Debug, Args)]
pub(crate) struct Batch {
    /// The table: Parquet, CSV or JSON Lines
    #[arg(value_name = "PATH")]
    pub input: PathBuf,
    /// Where the conclusions go: a name that ends in .parquet, .csv or .jsonl
    #[arg(long, value_name = "FILE", required_unless_present_any = ["suggest_mapping", "count"])]
    pub out: Option<PathBuf>,
    /// Only count how many rows have each answer: on the terminal, or as a table in --out
    #[arg(long, conflicts_with = "suggest_mapping")]
    pub count: bool,
    /// How columns speak of facts; without it, columns that are named after facts do
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Suggest a mapping for this table, check it, and print it (or write it to --out)
    #[arg(long, conflicts_with_all = ["mapping", "reject"])]
    pub suggest_mapping: bool,
    /// Only this conclusion, or all that start so (tumour.*); may be repeated, or several with commas
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Only these columns of each conclusion: value, status, possible, conventional, convention, because; without it all,
    /// but of a whole guideline (no --only) not what practice says
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Where rows go that cannot be read, each with the reason; without it, beside the output
    #[arg(long, value_name = "FILE")]
    pub reject: Option<PathBuf>,
    /// How many threads work; without it, one for each core
    #[arg(long, value_name = "NUMBER")]
    pub threads: Option<usize>,
}

/// A bar on a terminal; nothing elsewhere.
pub(crate) struct Bar(Mutex<ProgressBar>);

impl Bar {
    pub(crate) fn new() -> Bar {
        let bar =
            if std::io::stderr().is_terminal() { ProgressBar::new(1000) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {elapsed} / {eta}") {
            bar.set_style(style);
        }
        Bar(Mutex::new(bar))
    }

    pub(crate) fn tell(&self, done: f64) {
        let bar = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = (done * 1000.0) as u64;
        // Threads finish out of order; a bar does not go back.
        if now > bar.position() {
            bar.set_position(now);
        }
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).finish_and_clear();
    }
}

pub(crate) fn failure(fault: &Fault) -> Failure {
    let exit = if matches!(fault, Fault::World { .. }) { Exit::World } else { Exit::BadInput };
    Failure { exit, message: Some(fault.text()) }
}

pub(crate) fn threads(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get)).max(1)
}

pub(crate) fn synth(session: &mut Session, asked: &Synth) -> Result<Exit, Failure> {
    let read = match &asked.model {
        Some(path) => std::fs::read_to_string(path).map_err(|e| Failure::world(path, &e))?,
        None => MODEL.to_string(),
    };
    let name = asked.model.as_ref().map_or_else(|| "gep-net.toml".to_string(), |p| p.display().to_string());
    let wrong = |why: &dyn std::fmt::Display| {
        Failure::usage(Word::ModelRefused, &[&name, why.to_string().trim_end()])
    };
    let model: Model = toml::from_str(&read).map_err(|e| wrong(&e))?;
    let missing = if asked.missing == Left::None { Missing::None } else { Missing::Realistic };
    let cohort = Cohort::new(&model, asked.seed, asked.n, missing).map_err(|e| wrong(&e))?;
    let bar = Bar::new();
    let written = cohort.write(&asked.out, threads(None), &mut |done| bar.tell(done));
    bar.clear();
    written.map_err(|fault| failure(&fault))?;
    let parts = [
        asked.n.to_string(),
        asked.out.display().to_string(),
        format!("{} {}", model.id, model.version),
        asked.seed.to_string(),
    ];
    session.out.line(&fill(session.language, Word::SynthDone, &parts.each_ref().map(String::as_str)))?;
    session.out.flush()?;
    Ok(Exit::Done)
}

pub(crate) fn batch(session: &mut Session, asked: &Batch) -> Result<Exit, Failure> {
    let (_, guideline) = session.open()?;
    if asked.suggest_mapping {
        return suggestion(session, &guideline, asked);
    }
    // Counts go to the terminal when no file is named; what cannot be read still goes to one.
    let output = match &asked.out {
        Some(output) => output.clone(),
        None => PathBuf::from(asked.input.file_name().unwrap_or_default()),
    };
    let mapping = mapping(asked.mapping.as_deref())?;
    let reject = asked.reject.clone().unwrap_or_else(|| beside(&output, ".rejects.csv"));
    let counted = ["value", "status", "possible"].map(str::to_string);
    let names = if asked.count && asked.columns.is_empty() { &counted[..] } else { &asked.columns };
    let whole = asked.only.is_empty();
    let request = Request {
        input: asked.input.clone(),
        output,
        mapping,
        only: Session::only(&guideline, &asked.only)?,
        reject,
        threads: threads(asked.threads),
        unit: nw_registry::table::UNIT,
        options: Options { detail: Detail::Reasons, ..session.options.clone() },
        language: session.language,
        dutch: in_dutch,
        as_of: session.as_of,
        columns: columns(names, whole)?,
    };
    if asked.count {
        return crate::counts::print(session, &guideline, &request, asked.out.as_deref());
    }
    let bar = Bar::new();
    let done = run(&guideline, &request, &|done| bar.tell(done));
    bar.clear();
    let summary = done.map_err(|fault| failure(&fault))?;
    report(session, &guideline, &request, &summary)?;
    if whole && asked.columns.is_empty() && session.format != crate::args::Format::Json {
        session.out.line(say(session.language, Word::BatchWithoutPractice))?;
    }
    session.out.flush()?;
    Ok(if summary.rejected > 0 { Exit::Findings } else { Exit::Done })
}

/// Reads the file with a mapping, when one was named.
pub(crate) fn mapping(path: Option<&Path>) -> Result<Option<Mapping>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let text = std::fs::read_to_string(path).map_err(|e| Failure::world(path, &e))?;
    let name = path.display().to_string();
    let read = Mapping::parse(&text).map_err(|why| Failure::usage(Word::MappingRefused, &[&name, &why]))?;
    Ok(Some(read))
}

/// The columns of each conclusion by name. None named means all, but not what practice says beside the sets of a `whole`
/// guideline: that takes a hundred times as long as everything else.
pub(crate) fn columns(names: &[String], whole: bool) -> Result<Wanted, Failure> {
    if names.is_empty() {
        let facts_alone = Wanted::of(["value", "status", "possible", "because"]);
        return Ok(facts_alone.ok().filter(|_| whole).unwrap_or_default());
    }
    let all = Wanted::NAMES.join(", ");
    Wanted::of(names.iter().map(String::as_str))
        .map_err(|name| Failure::usage(Word::ColumnUnknown, &[name, &all]))
}

fn beside(output: &Path, ending: &str) -> PathBuf {
    let mut name = output.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    output.with_file_name(name)
}

fn report(
    session: &mut Session,
    guideline: &CompiledGuideline,
    request: &Request,
    summary: &Summary,
) -> Result<(), Failure> {
    let language = session.language;
    if session.format == crate::args::Format::Json {
        let line = serde_json::to_string(summary).unwrap_or_default();
        session.out.line(&line)?;
        return Ok(());
    }
    let number = |n: u64| n.to_string();
    let done = [
        number(summary.answered),
        number(summary.rows),
        number(summary.conclusions as u64),
        request.output.display().to_string(),
    ];
    session.out.line(&fill(language, Word::BatchDone, &done.each_ref().map(String::as_str)))?;
    if summary.taken_up > 0 {
        session.out.line(&fill(language, Word::BatchTakenUp, &[&number(summary.taken_up)]))?;
    }
    foot(session, guideline, request, summary)
}

/// What holds of every run: rows and columns that were left, the edition, and what this is not.
pub(crate) fn foot(
    session: &mut Session,
    guideline: &CompiledGuideline,
    request: &Request,
    summary: &Summary,
) -> Result<(), Failure> {
    let language = session.language;
    if summary.rejected > 0 {
        let reject = request.reject.display().to_string();
        session.out.line(&fill(language, Word::BatchRejected, &[&summary.rejected.to_string(), &reject]))?;
    }
    if !summary.unread.is_empty() {
        session.out.line(&fill(language, Word::BatchUnread, &[&summary.unread.join(", ")]))?;
    }
    session.out.line(&crate::text::edition(guideline, language))?;
    session.out.line(say(language, Word::Disclaimer))?;
    Ok(())
}

fn suggestion(session: &mut Session, guideline: &CompiledGuideline, asked: &Batch) -> Result<Exit, Failure> {
    let found = suggest(&guideline.vocabulary, &asked.input).map_err(|fault| failure(&fault))?;
    let text = found.to_toml();
    match &asked.out {
        Some(path) => std::fs::write(path, text).map_err(|e| Failure::world(path, &e))?,
        None => session.out.bytes(text.as_bytes())?,
    }
    session.out.flush()?;
    let unclear = found.seen.iter().filter(|s| s.read < s.filled).count();
    let parts = [found.mapping.column.len(), unclear, found.left.len()].map(|n| n.to_string());
    let told = fill(session.language, Word::SuggestDone, &parts.each_ref().map(String::as_str));
    session.say(Ink::Plain, &told);
    Ok(if unclear > 0 { Exit::Findings } else { Exit::Done })
}
