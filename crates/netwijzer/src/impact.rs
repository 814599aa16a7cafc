//! `impact`: who of a cohort gets another answer when one guideline takes the place of another.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;
use nw_engine::{Fate, Impact};
use nw_guideline::CompiledGuideline;
use nw_registry::impact::{Findings, Lists, Request, Source, Told, as_json, html, run};

use crate::args::Format;
use crate::knowledge::Shelf;
use crate::outcome::{Exit, Failure};
use crate::registry::{Bar, failure, mapping, threads};
use crate::session::{SHIPPED, Session, asked_for, named};
use crate::words::{Word, fill, say};

/// What `impact` is asked.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// The table: Parquet, CSV or JSON Lines
    #[arg(value_name = "PATH")]
    pub input: PathBuf,
    /// Knowledge folder of the guideline that is left, or shipped
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// Knowledge folder of the guideline that takes its place, or shipped
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// Where the report goes: a name that ends in .html or .json
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Where every row goes that must or may change: a name that ends in .parquet, .csv or .jsonl
    #[arg(long, value_name = "FILE")]
    pub lists: Option<PathBuf>,
    /// How columns speak of facts; without it, columns that are named after facts do
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// The column that names the record; it stands in the lists
    #[arg(long, value_name = "NAME")]
    pub record: Option<String>,
    /// Only this conclusion, or all that start so (tumour.*); may be repeated, or several with commas
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Show at most this many regions for each difference
    #[arg(long, value_name = "NUMBER", default_value_t = 5, hide_default_value = true)]
    pub most: usize,
    /// How many threads work; without it, one for each core
    #[arg(long, value_name = "NUMBER")]
    pub threads: Option<usize>,
}

/// Changed rows of each conclusion that stand in the report itself.
pub(crate) const SHOWN: usize = 50;

/// Rows in hand at once: they are judged one by one, and small units show how far the run is.
pub(crate) const UNIT: usize = 4096;

/// Which conclusions are compared, by id.
///
/// # Errors
/// A name that neither guideline has.
pub(crate) fn wanted<'o>(
    guidelines: [&CompiledGuideline; 2],
    only: &'o [String],
) -> Result<impl Fn(&str) -> bool + 'o, Failure> {
    let ids = |g: &CompiledGuideline| -> Vec<String> {
        g.conclusions.iter().map(|c| g.vocabulary.conclusion(c.idx).id.clone()).collect()
    };
    let known = guidelines.map(ids).concat();
    asked_for(only, &known.iter().map(String::as_str).collect::<Vec<_>>())?;
    Ok(move |id: &str| only.is_empty() || only.iter().any(|only| named(id, only)))
}

/// The form that a report's name tells.
pub(crate) fn report_form(path: &Path) -> Result<Format, Failure> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("html" | "htm") => Ok(Format::Text),
        Some("json") => Ok(Format::Json),
        _ => Err(Failure::usage(Word::ReportForm, &[&path.display().to_string()])),
    }
}

fn open(session: &Session, path: &Path) -> Result<Rc<CompiledGuideline>, Failure> {
    let folder = Some(path).filter(|p| *p != Path::new(SHIPPED));
    session.rule_on(&mut Shelf::open(folder)?, session.as_of)
}

pub(crate) fn impact(session: &mut Session, asked: &Asked) -> Result<Exit, Failure> {
    let form = asked.out.as_deref().map(report_form).transpose()?;
    let (a, b) = (open(session, &asked.from)?, open(session, &asked.to)?);
    let wanted = wanted([&a, &b], &asked.only)?;
    let source = Source::file(&asked.input).map_err(|fault| failure(&fault))?;
    let request = Request {
        mapping: mapping(asked.mapping.as_deref())?,
        record: asked.record.clone(),
        lists: asked.lists.clone().map_or(Lists::None, Lists::File),
        threads: threads(asked.threads),
        unit: UNIT,
        as_of: session.as_of,
        shown: SHOWN,
    };
    let bar = Bar::new();
    let impact = Impact::new(&a, &b, &wanted, asked.most);
    let done = run(&impact, source, &request, &|done| bar.tell(done));
    bar.clear();
    let findings = done.map_err(|fault| failure(&fault))?;
    let (from, to) = (asked.from.display().to_string(), asked.to.display().to_string());
    let input = asked.input.display().to_string();
    let told = Told { names: [&from, &to], input: &input };
    if let (Some(out), Some(form)) = (&asked.out, form) {
        let text = match form {
            Format::Text => html(&impact, &findings, &told, session.language),
            Format::Json => format!("{:#}\n", as_json(&impact, &findings, &told)),
        };
        std::fs::write(out, text).map_err(|e| Failure::world(out, &e))?;
    }
    if session.format == Format::Json {
        session.out.line(&as_json(&impact, &findings, &told).to_string())?;
    } else {
        tell(session, asked, &impact, &findings)?;
    }
    session.out.flush()?;
    let found = findings.rejected > 0 || impact.difference.too_large;
    Ok(if found { Exit::Findings } else { Exit::Done })
}

fn tell(
    session: &mut Session,
    asked: &Asked,
    impact: &Impact<'_>,
    findings: &Findings,
) -> Result<(), Failure> {
    let language = session.language;
    let people = [findings.judged, findings.people.certain, findings.people.possible].map(|n| n.to_string());
    session.out.line(&fill(language, Word::ImpactPeople, &people.each_ref().map(String::as_str)))?;
    for (changed, counted) in impact.changed.iter().zip(&findings.conclusions) {
        let fates = [Fate::Must, Fate::May, Fate::Cannot].map(|f| counted.of(f).to_string());
        let odd = (counted.of(Fate::Conflict) + counted.of(Fate::Apart)).to_string();
        let parts = [changed.id.as_str(), &fates[0], &fates[1], &fates[2], &odd];
        session.out.line(&fill(language, Word::ImpactConclusion, &parts))?;
    }
    if impact.difference.too_large {
        session.out.line(say(language, Word::DiffTooLarge))?;
    }
    if findings.rejected > 0 {
        let parts = [findings.rejected.to_string()];
        session.out.line(&fill(language, Word::ImpactRejected, &parts.each_ref().map(String::as_str)))?;
    }
    if !findings.unread.is_empty() {
        session.out.line(&fill(language, Word::BatchUnread, &[&findings.unread.join(", ")]))?;
    }
    for path in [&asked.out, &asked.lists].into_iter().flatten() {
        session.out.line(&fill(language, Word::ReportWritten, &[&path.display().to_string()]))?;
    }
    for guideline in impact.guidelines {
        session.out.line(&crate::text::edition(guideline, language))?;
    }
    session.out.line(say(language, Word::Disclaimer))?;
    Ok(())
}
