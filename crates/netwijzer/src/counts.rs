//! `batch --count`: how many rows have each answer.

use std::path::Path;

use nw_facts::{ConclusionDef, Language};
use nw_guideline::{CompiledGuideline, HitPolicy};
use nw_registry::batch::{Count, Request, count};
use nw_registry::table::Format as TableFormat;
use unicode_width::UnicodeWidthStr as _;

use crate::args::Format;
use crate::outcome::{Exit, Failure};
use crate::registry::{Bar, failure, foot};
use crate::session::Session;
use crate::text::{capital, values_text};
use crate::words::{Word, fill, say};

/// Answers of one conclusion that a terminal shows; a table has them all.
const SHOWN: usize = 12;

pub(crate) fn print(
    session: &mut Session,
    guideline: &CompiledGuideline,
    request: &Request,
    out: Option<&Path>,
) -> Result<Exit, Failure> {
    // A name that tells no format is said before the table is read.
    out.map(TableFormat::of).transpose().map_err(|fault| failure(&fault))?;
    let bar = Bar::new();
    let found = count(guideline, request, &|done| bar.tell(done));
    bar.clear();
    let found = found.map_err(|fault| failure(&fault))?;
    let summary = &found.summary;
    match out {
        Some(path) => {
            found.write(path).map_err(|fault| failure(&fault))?;
            let told = [
                summary.answered.to_string(),
                summary.rows.to_string(),
                summary.conclusions.to_string(),
                path.display().to_string(),
            ];
            session.out.line(&fill(
                session.language,
                Word::CountDone,
                &told.each_ref().map(String::as_str),
            ))?;
            foot(session, guideline, request, summary)?;
        }
        None if session.format == Format::Json => {
            for count in &found.counts {
                session.out.line(&serde_json::to_string(count).unwrap_or_default())?;
            }
            session.out.line(&found.about.to_string())?;
        }
        None => {
            for counts in found.counts.chunk_by(|a, b| a.conclusion == b.conclusion) {
                lines(session, guideline, counts, summary.answered)?;
            }
            foot(session, guideline, request, summary)?;
        }
    }
    session.out.flush()?;
    Ok(if summary.rejected > 0 { Exit::Findings } else { Exit::Done })
}

fn lines(
    session: &mut Session,
    guideline: &CompiledGuideline,
    counts: &[Count],
    all: u64,
) -> Result<(), Failure> {
    let language = session.language;
    let Some(idx) = guideline.vocabulary.find_conclusion(&counts[0].conclusion) else { return Ok(()) };
    let def = guideline.vocabulary.conclusion(idx);
    let collects = guideline.conclusion(idx).is_some_and(|c| c.policy == HitPolicy::Collect);
    session.out.line(&format!("{} · {}", capital(def.label.get(language)), def.id))?;
    let width = counts[0].rows.to_string().width().max(6);
    // One more takes no more room than saying so.
    let shown = if counts.len() == SHOWN + 1 { counts.len() } else { counts.len().min(SHOWN) };
    for count in &counts[..shown] {
        let share = 100.0 * count.rows as f64 / all.max(1) as f64;
        let share = format!("{share:.1}");
        let share = if language == Language::Nl { share.replace('.', ",") } else { share };
        let said = answer(def, count, collects, language);
        session.out.line(&format!("  {:>width$}  {share:>5} %  {said}", count.rows))?;
    }
    if counts.len() > shown {
        let rows: u64 = counts[shown..].iter().map(|c| c.rows).sum();
        let parts = [(counts.len() - shown).to_string(), rows.to_string()];
        session.out.line(&format!("  {}", fill(language, Word::CountMore, &[&parts[0], &parts[1]])))?;
    }
    session.out.line("")?;
    Ok(())
}

fn answer(def: &ConclusionDef, count: &Count, collects: bool, language: Language) -> String {
    let mask = |text: &str| {
        let place = |id: &str| def.value(id).unwrap_or(def.values.len());
        text.split('|').filter(|id| !id.is_empty()).fold(0u64, |mask, id| mask | 1 << place(id))
    };
    let list = |mask: u64| {
        let one = |v: usize| values_text(def, 1 << v, language);
        let texts: Vec<String> = (0..=def.values.len()).filter(|v| mask >> v & 1 == 1).map(one).collect();
        if texts.is_empty() { say(language, Word::Nothing).to_string() } else { texts.join(", ") }
    };
    let (value, possible) = (mask(&count.value), mask(&count.possible));
    match count.status.as_str() {
        "conflict" => say(language, Word::ContradictsItself).to_string(),
        "undetermined" if collects => {
            format!("{} · {}: {}", list(value), say(language, Word::StillOpen), list(possible & !value))
        }
        "undetermined" => {
            format!("{}: {}", say(language, Word::StillOpen), values_text(def, possible, language))
        }
        _ if collects => list(value),
        _ => values_text(def, possible, language),
    }
}
