//! `analyse`: a registry in figures.

use std::path::PathBuf;

use clap::Args;
use nw_registry::analysis::{Analysis, Definition, Request, analyse, html};

use crate::args::Format;
use crate::impact::report_form;
use crate::outcome::{Exit, Failure};
use crate::registry::{Bar, failure, mapping, threads};
use crate::session::Session;
use crate::words::{Word, fill, say};

/// What is analysed when nothing else is given.
pub(crate) const DEFINITION: &str = include_str!("../../../knowledge/registry/gep-net.toml");

/// What `analyse` is asked.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// The table: Parquet, CSV or JSON Lines
    #[arg(value_name = "PATH")]
    pub input: PathBuf,
    /// Where the report goes: a name that ends in .html or .json
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// How columns speak of facts; without it, columns that are named after facts do
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// What is analysed: a definition like the one inside the program
    #[arg(long, value_name = "FILE")]
    pub analysis: Option<PathBuf>,
    /// Hide counts below this number, and what would give them away
    #[arg(long, value_name = "NUMBER")]
    pub smallest: Option<u64>,
    /// How many threads work; without it, one for each core
    #[arg(long, value_name = "NUMBER")]
    pub threads: Option<usize>,
}

pub(crate) fn run(session: &mut Session, asked: &Asked) -> Result<Exit, Failure> {
    let form = report_form(&asked.out)?;
    let read = match &asked.analysis {
        Some(path) => std::fs::read_to_string(path).map_err(|e| Failure::world(path, &e))?,
        None => DEFINITION.to_string(),
    };
    let name =
        asked.analysis.as_ref().map_or_else(|| "gep-net.toml".to_string(), |p| p.display().to_string());
    let definition =
        Definition::parse(&read).map_err(|why| Failure::usage(Word::AnalysisRefused, &[&name, &why]))?;
    let (_, guideline) = session.open()?;
    let mut work = asked.out.file_name().unwrap_or_default().to_os_string();
    work.push(".work.parquet");
    let request = Request {
        input: asked.input.clone(),
        work: asked.out.with_file_name(work),
        mapping: mapping(asked.mapping.as_deref())?,
        threads: threads(asked.threads),
        options: session.options.clone(),
        as_of: session.as_of,
        smallest: asked.smallest,
    };
    let bar = Bar::new();
    let done = analyse(&guideline, &definition, &request, &|done| bar.tell(done));
    bar.clear();
    let analysis = done.map_err(|fault| failure(&fault))?;
    let json = serde_json::to_value(&analysis).unwrap_or_default();
    let text = match form {
        Format::Text => html(&analysis, &asked.input.display().to_string(), session.language),
        Format::Json => format!("{json:#}\n"),
    };
    std::fs::write(&asked.out, text).map_err(|e| Failure::world(&asked.out, &e))?;
    if session.format == Format::Json {
        session.out.line(&json.to_string())?;
    } else {
        tell(session, asked, &analysis)?;
        session.out.line(&crate::text::edition(&guideline, session.language))?;
        session.out.line(say(session.language, Word::Disclaimer))?;
    }
    session.out.flush()?;
    Ok(if analysis.rejected > 0 { Exit::Findings } else { Exit::Done })
}

fn tell(session: &mut Session, asked: &Asked, analysis: &Analysis) -> Result<(), Failure> {
    let parts = [
        analysis.analysed.to_string(),
        analysis.rows.to_string(),
        analysis.indicators.len().to_string(),
        analysis.smallest.to_string(),
        asked.out.display().to_string(),
    ];
    let parts = parts.each_ref().map(String::as_str);
    session.out.line(&fill(session.language, Word::AnalysisDone, &parts))?;
    Ok(())
}
