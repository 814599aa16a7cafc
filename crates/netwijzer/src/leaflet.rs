//! `leaflet`: what a patient takes home, one document for each case.

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use nw_facts::{Date, nearest};
use nw_guideline::CompiledGuideline;
use nw_leaflet::{Block, House, Paper as Document, Print, Span};
use nw_render::leaflet::{Basis, Chosen, Face, Sheet, choose, general, sheet};
use serde_json::json;

use crate::args::Form;
use crate::casefile::read_document;
use crate::engines::{Engines, Rulings};
use crate::inputs;
use crate::outcome::{Exit, Failure};
use crate::paper::{Ink, Paper, Piece, ink};
use crate::session::Session;
use crate::words::{Word, both, fill};

/// What is asked of the command.
pub(crate) struct Asked<'a> {
    pub document: &'a str,
    pub topics: &'a [String],
    pub form: Form,
    pub large_print: bool,
    pub out: Option<&'a Path>,
}

pub(crate) fn run(session: &mut Session, paths: &[PathBuf], asked: &Asked<'_>) -> Result<Exit, Failure> {
    if asked.form == Form::Pdf && asked.out.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::usage(Word::NotOnTerminal, &[]));
    }
    if let Some(folder) = asked.out {
        fs::create_dir_all(folder).map_err(|e| Failure::world(folder, &e))?;
    }
    let house = session.house()?;
    let (mut shelf, guideline) = session.open()?;
    if guideline.leaflets.modules.is_empty() {
        return Err(Failure::usage(Word::NoTexts, &[]));
    }
    let mut desk = Desk { asked, house, written: 0, names: BTreeMap::new(), waiting: Vec::new() };
    if !asked.topics.is_empty() {
        return topics(session, &guideline, &mut desk);
    }
    document(&guideline, asked.document)?;
    // Papers of one run share what they have in common.
    let _press = nw_leaflet::Press::begin();
    let rulings = Rulings::new(&shelf);
    let mut engines = Engines::new(&rulings);
    let mut worst = Exit::Done;
    let exit = inputs::documents(session, paths, |session, file| {
        let case = match read_document(&guideline.vocabulary, &file) {
            Ok(case) => case,
            Err(faults) => {
                session.before_complaint();
                faults.iter().for_each(|f| session.fault(f));
                worst = worst.max(Exit::BadInput);
                return Ok(());
            }
        };
        let seen = session.seen(&case);
        let guideline = session.rule_on(&mut shelf, seen.as_of)?;
        let document = document(&guideline, asked.document)?;
        let facts = case.facts.seen(seen);
        let Some(chosen) = choose(engines.of(&guideline), &facts, &session.options, document) else {
            return Ok(());
        };
        if chosen.conflict {
            worst = worst.max(Exit::Findings);
        }
        let date = seen.as_of.unwrap_or_else(today);
        desk.write(session, &guideline, &chosen, &case.id, date)
    });
    // What was read before a run ended early is still made.
    desk.typeset(session)?;
    session.out.flush()?;
    Ok(exit?.max(worst))
}

/// The day on which a document is made, when nobody names one.
fn today() -> Date {
    jiff::Zoned::now().date()
}

/// A document by its name.
fn document(guideline: &CompiledGuideline, name: &str) -> Result<usize, Failure> {
    let documents = &guideline.leaflets.documents;
    if let Some(at) = documents.iter().position(|d| d.id == name) {
        return Ok(at);
    }
    let ids: Vec<&str> = documents.iter().map(|d| d.id.as_str()).collect();
    Err(unknown(Word::NoSuchDocument, &[name], &ids))
}

/// A complaint about a name, with all that would have been right and the nearest of them.
fn unknown(word: Word, parts: &[&str], ids: &[&str]) -> Failure {
    let near = nearest(parts[0], ids.iter().copied());
    let list = ids.join(", ");
    let mut message = both(word, &[]);
    for (text, language) in
        [(&mut message.en, nw_facts::Language::En), (&mut message.nl, nw_facts::Language::Nl)]
    {
        let near = near.map_or(String::new(), |near| fill(language, Word::DidYouMean, &[near]));
        let mut all: Vec<&str> = parts.to_vec();
        all.extend([list.as_str(), near.as_str()]);
        *text = fill(language, word, &all);
    }
    Failure { exit: Exit::BadInput, message: Some(message) }
}

/// Texts for nobody in particular.
fn topics(
    session: &mut Session,
    guideline: &CompiledGuideline,
    desk: &mut Desk<'_>,
) -> Result<Exit, Failure> {
    let leaflets = &guideline.leaflets;
    let mut wanted = Vec::new();
    for topic in desk.asked.topics {
        let (part, entry) = topic.split_once('/').map_or((topic.as_str(), None), |(p, e)| (p, Some(e)));
        let module =
            leaflets.modules.iter().position(|m| m.id == part || m.id.strip_prefix("topic.") == Some(part));
        let Some(module) = module else {
            let ids: Vec<&str> =
                leaflets.modules.iter().map(|m| m.id.strip_prefix("topic.").unwrap_or(&m.id)).collect();
            return Err(unknown(Word::NoSuchPart, &[part], &ids));
        };
        let entries = &leaflets.modules[module].entries;
        let entry = match entry {
            None => None,
            Some(id) => match entries.iter().position(|e| e.id == id) {
                Some(at) => Some(at),
                None => {
                    let ids: Vec<&str> = entries.iter().map(|e| e.id.as_str()).collect();
                    return Err(unknown(Word::NoSuchTopic, &[id, part], &ids));
                }
            },
        };
        wanted.push((module, entry));
    }
    let chosen = general(guideline, &wanted);
    let date = session.as_of.unwrap_or_else(today);
    desk.write(session, guideline, &chosen, "", date)?;
    desk.typeset(session)?;
    session.out.flush()?;
    Ok(Exit::Done)
}

/// Where documents go.
struct Desk<'a> {
    asked: &'a Asked<'a>,
    house: House,
    written: usize,
    /// How often a name of a file was used: cases may share one.
    names: BTreeMap<String, usize>,
    /// Papers that are still to be typeset, with where they go.
    waiting: Vec<(PathBuf, Document)>,
}

/// So many papers are typeset in one go: all cores work on them.
const AT_ONCE: usize = 64;

impl Desk<'_> {
    fn write(
        &mut self,
        session: &mut Session,
        guideline: &CompiledGuideline,
        chosen: &Chosen,
        case: &str,
        date: Date,
    ) -> Result<(), Failure> {
        let face = Face {
            language: session.language,
            date,
            print: if self.asked.large_print { Print::Large } else { Print::Normal },
            author: self.house.name.get(session.language).to_string(),
            patient: case.to_string(),
        };
        let made = sheet(guideline, chosen, &face);
        if let (Form::Pdf, Some(folder)) = (self.asked.form, self.asked.out) {
            let name = self.name(guideline, chosen, case, session.language);
            self.waiting.push((folder.join(format!("{name}.pdf")), made.paper));
            return if self.waiting.len() < AT_ONCE { Ok(()) } else { self.typeset(session) };
        }
        let (ending, bytes) = match self.asked.form {
            Form::Json => ("json", format!("{}\n", line(guideline, chosen, &made, &face)).into_bytes()),
            Form::Text => {
                let mut page = if self.asked.out.is_some() { Paper::wide(80) } else { Paper::new() };
                text(&mut page, &made.paper);
                ("txt", page.take().into_bytes())
            }
            Form::Html => ("html", nw_leaflet::html_by(&made.paper, &self.house).into_bytes()),
            Form::Pdf => ("pdf", pdf(&made.paper, &self.house)?),
            Form::Ics => return Err(Failure::usage(Word::FormOfDocuments, &[])),
        };
        let first = self.written == 0;
        self.written += 1;
        let Some(folder) = self.asked.out else {
            match self.asked.form {
                Form::Json => session.out.bytes(&bytes)?,
                Form::Text => {
                    if !first {
                        session.out.line("")?;
                    }
                    session.out.text(&String::from_utf8_lossy(&bytes))?;
                }
                Form::Html | Form::Pdf if first => session.out.bytes(&bytes)?,
                Form::Html | Form::Pdf | Form::Ics => return Err(Failure::usage(Word::OneDocumentOnly, &[])),
            }
            return Ok(());
        };
        let name = self.name(guideline, chosen, case, session.language);
        let path = folder.join(format!("{name}.{ending}"));
        let bytes = if self.asked.form == Form::Text {
            anstream::adapter::strip_str(&String::from_utf8_lossy(&bytes)).to_string().into_bytes()
        } else {
            bytes
        };
        fs::write(&path, bytes).map_err(|e| Failure::world(&path, &e))?;
        session.out.line(&fill(session.language, Word::Exported, &[&path.display().to_string()]))?;
        Ok(())
    }

    /// Typesets the papers that wait, on all cores, and says in their order where they lie.
    fn typeset(&mut self, session: &mut Session) -> Result<(), Failure> {
        let (waiting, house) = (std::mem::take(&mut self.waiting), &self.house);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let next = AtomicUsize::new(0);
        let done: Vec<Mutex<Result<(), Failure>>> = waiting.iter().map(|_| Mutex::new(Ok(()))).collect();
        std::thread::scope(|scope| {
            for _ in 0..cores.min(waiting.len()) {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some((path, paper)) = waiting.get(at) else { break };
                        let made = pdf(paper, house)
                            .and_then(|bytes| fs::write(path, bytes).map_err(|e| Failure::world(path, &e)));
                        *done[at].lock().unwrap_or_else(PoisonError::into_inner) = made;
                    }
                });
            }
        });
        // One that cannot be made does not hide where the others lie.
        let mut first = Ok(());
        for ((path, _), made) in waiting.iter().zip(done) {
            match made.into_inner().unwrap_or_else(PoisonError::into_inner) {
                Ok(()) => {
                    let place = path.display().to_string();
                    session.out.line(&fill(session.language, Word::Exported, &[&place]))?;
                }
                Err(failure) => first = first.and(Err(failure)),
            }
        }
        first
    }

    /// What the file is called: case, document and language, and a number where two cases share a name.
    fn name(
        &mut self,
        guideline: &CompiledGuideline,
        chosen: &Chosen,
        case: &str,
        language: nw_facts::Language,
    ) -> String {
        let what = match chosen.document {
            Some(at) => guideline.leaflets.documents[at].id.clone(),
            None => self.asked.topics.join("-"),
        };
        let tongue = if language == nw_facts::Language::Nl { "nl" } else { "en" };
        let parts: Vec<&str> = [case, &what, tongue].into_iter().filter(|p| !p.is_empty()).collect();
        let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
        let name: String = parts.join("-").chars().map(plain).collect();
        let name = name.trim_start_matches('.').to_string();
        let count = self.names.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name}-{count}") }
    }
}

fn spans(line: &[Span]) -> Vec<Piece> {
    let piece = |span: &Span| match span {
        Span::Plain(text) => ink(Ink::Plain, text.as_str()),
        Span::Strong(text) => ink(Ink::Strong, text.as_str()),
        Span::Soft(text) => ink(Ink::Faint, text.as_str()),
        Span::Link(text, address) => ink(Ink::Plain, format!("{text} <{address}>")),
    };
    line.iter().map(piece).collect()
}

fn pdf(paper: &Document, house: &House) -> Result<Vec<u8>, Failure> {
    nw_leaflet::pdf_by(paper, house).map_err(|error| Failure {
        exit: Exit::World,
        message: Some(both(Word::CannotTypeset, &[&error.cause])),
    })
}

/// A document for a terminal.
fn text(page: &mut Paper, document: &Document) {
    for block in &document.blocks {
        match block {
            Block::Heading { level, text } => {
                if *level <= 2 {
                    page.heading(text);
                } else {
                    page.blank();
                    page.line(0, 0, &[ink(Ink::Strong, text.as_str())]);
                }
            }
            Block::Text { spans: line } => page.line(0, 0, &spans(line)),
            Block::Lines { lines } => lines.iter().for_each(|line| page.line(0, 2, &spans(line))),
            Block::List { items } => {
                for item in items {
                    let mut pieces = vec![ink(Ink::Plain, "• ")];
                    pieces.extend(spans(item));
                    page.line(2, 4, &pieces);
                }
            }
            Block::Terms { items } => {
                for (term, line) in items {
                    let mut pieces = vec![ink(Ink::Strong, format!("{term}: "))];
                    pieces.extend(spans(line));
                    page.line(2, 4, &pieces);
                }
            }
            Block::Table { head, rows, .. } => table(page, head, rows),
            Block::Aside { spans: line } => page.line(2, 2, &spans(line)),
            Block::Signature { lines } => {
                lines.iter().for_each(|line| page.line(0, 2, &[ink(Ink::Plain, line.as_str())]));
            }
            other => {
                let text = nw_leaflet::block_text(other, document.language);
                text.lines().for_each(|line| page.line(2, 4, &[ink(Ink::Plain, line)]));
            }
        }
    }
    page.blank();
    for line in &document.footer {
        page.line(0, 2, &[ink(Ink::Faint, line.as_str())]);
    }
}

/// A table in lines: each row with its heads, which stays readable however narrow the terminal is.
fn table(page: &mut Paper, head: &[String], rows: &[Vec<String>]) {
    let empty = |row: &&Vec<String>| row.iter().all(|c| c.trim().is_empty());
    let blank = rows.iter().filter(empty).count();
    for row in rows.iter().filter(|r| !empty(r)) {
        let Some((first, rest)) = row.split_first() else { continue };
        page.line(2, 4, &[ink(Ink::Strong, first.as_str())]);
        for (name, cell) in head.iter().skip(1).zip(rest).filter(|(_, c)| !c.trim().is_empty()) {
            page.line(4, 6, &[ink(Ink::Faint, format!("{name}: ")), ink(Ink::Plain, cell.as_str())]);
        }
    }
    if blank > 0 {
        page.line(2, 4, &[ink(Ink::Plain, format!("{} …", head.join(" | ")))]);
        page.line(2, 4, &[ink(Ink::Faint, format!("({blank} ×)"))]);
    }
}

/// A document as one JSON object: what was chosen and why, and the document itself.
fn line(guideline: &CompiledGuideline, chosen: &Chosen, made: &Sheet, face: &Face) -> serde_json::Value {
    let conventions = |basis: &Basis| match basis {
        Basis::Agreed(list) => list.iter().map(|at| guideline.conventions[*at].id.as_str()).collect(),
        _ => Vec::new(),
    };
    let basis = |basis: &Basis| match basis {
        Basis::Certain => "certain",
        Basis::Agreed(_) => "convention",
        Basis::Always => "always",
        Basis::General => "general",
    };
    let modules = &guideline.leaflets.modules;
    let mut topics = Vec::new();
    for part in &chosen.parts {
        let module = &modules[part.module];
        for topic in &part.topics {
            let entry = &module.entries[topic.entry];
            let name = |at: &usize| entry.blocks[*at].id.as_str();
            let blocks: Vec<&str> = topic.blocks.iter().map(name).collect();
            let short: Vec<&str> = topic.short.iter().map(name).collect();
            topics.push(json!({
                "conclusion": module.id, "value": entry.id, "title": entry.title.get(face.language),
                "basis": basis(&topic.basis), "conventions": conventions(&topic.basis), "blocks": blocks,
                "short": short, "mark": entry.mark.letter(),
            }));
        }
    }
    let mut options = Vec::new();
    for option in &chosen.options {
        let Some(aid) = chosen.aid else { continue };
        let entry = &modules[aid].entries[option.entry];
        let blocks: Vec<&str> = option.blocks.iter().map(|at| entry.blocks[*at].id.as_str()).collect();
        let points: Vec<serde_json::Value> = option
            .points
            .iter()
            .map(|(table, row, side)| json!({"row": guideline.row_id(*table, *row), "side": side}))
            .collect();
        options.push(json!({
            "conclusion": entry.id, "title": entry.title.get(face.language), "standing": option.standing.id(),
            "basis": basis(&option.basis), "conventions": conventions(&option.basis), "blocks": blocks,
            "points": points,
        }));
    }
    let words: Vec<&str> =
        made.words.iter().map(|(m, e)| modules[*m].entries[*e].title.get(face.language)).collect();
    let manifest = &guideline.manifest;
    json!({
        "case": (!face.patient.is_empty()).then_some(&face.patient),
        "date": face.date.to_string(),
        "document": chosen.document.map(|at| guideline.leaflets.documents[at].id.as_str()),
        "guideline": {"id": manifest.id, "edition": manifest.edition, "digest": guideline.digest},
        "texts": {"digest": guideline.leaflets.digest},
        "confirmed": {"answers": chosen.confirmed.0, "confirmed": chosen.confirmed.1},
        "conflict": chosen.conflict,
        "topics": topics, "options": options, "words": words, "sources": made.sources,
        "paper": made.paper,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::say;

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        let failure = unknown(Word::NoSuchDocument, &["persoal"], &["personal", "diary"]);
        let message = failure.message.unwrap();
        assert!(
            message.en.contains("`persoal`") && message.en.contains("did you mean `personal`?"),
            "{}",
            message.en
        );
        assert!(message.nl.contains("personal, diary"), "{}", message.nl);
        assert!(!say(nw_facts::Language::Nl, Word::NoTexts).is_empty());
    }
}
