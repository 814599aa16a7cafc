//! `letter`: what the tumour board writes and asks, one document for each case.

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nw_engine::Conclusions;
use nw_facts::{Date, Evidence, FactSet, Language};
use nw_guideline::CompiledGuideline;
use nw_leaflet::{House, Paper, Print};
use nw_render::letter::{self, Decided, MdtLetter, Person, Recorded, Stamp, Summary};
use nw_render::reading::{capital, given};
use nw_render::view::{View, view};
use serde_json::json;

use crate::args::{Form, LetterKind};
use crate::casefile::{CaseFile, read_document};
use crate::engines::{Engines, Rulings};
use crate::inputs;
use crate::outcome::{Exit, Failure};
use crate::session::Session;
use crate::words::{Word, both, fill};

/// What is asked of the command.
pub(crate) struct Asked<'a> {
    pub kind: LetterKind,
    pub form: Form,
    pub large_print: bool,
    pub out: Option<&'a Path>,
}

/// The fact that says where a tumour began.
const SITE: &str = "primary.site";

pub(crate) fn run(session: &mut Session, paths: &[PathBuf], asked: &Asked<'_>) -> Result<Exit, Failure> {
    if asked.form == Form::Pdf && asked.out.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::usage(Word::NotOnTerminal, &[]));
    }
    if let Some(folder) = asked.out {
        fs::create_dir_all(folder).map_err(|e| Failure::world(folder, &e))?;
    }
    let house = session.house()?;
    let (mut shelf, guideline) = session.open()?;
    // Papers of one run share what they have in common.
    let _press = nw_leaflet::Press::begin();
    let rulings = Rulings::new(&shelf);
    let mut engines = Engines::new(&rulings);
    let mut worst = Exit::Done;
    let mut desk = Desk { asked, house, written: 0, names: BTreeMap::new() };
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
        let facts = case.facts.seen(seen);
        let drawn = engines.of(&guideline).conclude(&facts, &session.options);
        if !drawn.contradictions.is_empty() {
            worst = worst.max(Exit::Findings);
        }
        let date = seen.as_of.unwrap_or_else(|| jiff::Zoned::now().date());
        let told = Told { guideline: &guideline, case: &case, facts: &facts, drawn: &drawn, date };
        desk.write(session, &told)
    })?;
    session.out.flush()?;
    Ok(exit.max(worst))
}

/// One case, assessed.
struct Told<'a> {
    guideline: &'a Rc<CompiledGuideline>,
    case: &'a CaseFile,
    facts: &'a FactSet,
    drawn: &'a Conclusions,
    date: Date,
}

impl Told<'_> {
    /// Where the tumour began, in words, when one place is said.
    fn site(&self, language: Language) -> Option<String> {
        let vocabulary = &self.guideline.vocabulary;
        let idx = vocabulary.find_fact(SITE)?;
        match &self.facts.about(idx).last()?.evidence {
            Evidence::Choices(one) if one.len() == 1 => {
                Some(vocabulary.fact(idx).choices.get(one[0])?.label.get(language).to_string())
            }
            _ => None,
        }
    }

    /// What is recorded, the latest of each fact, in the order of the vocabulary.
    fn recorded(&self, language: Language) -> Vec<Recorded> {
        let vocabulary = &self.guideline.vocabulary;
        let mut latest: BTreeMap<u16, Recorded> = BTreeMap::new();
        for o in self.facts.observations() {
            // A text that was read into several facts stands once, where it was written.
            let idx = o.via.unwrap_or(o.fact);
            let def = vocabulary.fact(idx);
            let label = capital(def.label.get(language));
            let value = given(def, o.text.trim(), language);
            latest.insert(idx.0, Recorded { label, value, day: o.date });
        }
        latest.into_values().collect()
    }
}

/// Where documents go.
struct Desk<'a> {
    asked: &'a Asked<'a>,
    house: House,
    written: usize,
    /// How often a name of a file was used: cases may share one.
    names: BTreeMap<String, usize>,
}

impl Desk<'_> {
    fn paper(&self, told: &Told<'_>, language: Language) -> Paper {
        let organisation = [&self.house.department, &self.house.name]
            .map(|t| t.get(language))
            .into_iter()
            .find(|t| !t.is_empty())
            .unwrap_or_default()
            .to_string();
        let stamp = Stamp {
            author: organisation.clone(),
            language,
            date: told.date,
            print: if self.asked.large_print { Print::Large } else { Print::Normal },
            demo: false,
        };
        let view: View = view(told.guideline, told.drawn, language);
        let site = told.site(language);
        let (title, blocks) = match self.asked.kind {
            LetterKind::Mdt => {
                let letter = MdtLetter {
                    organisation,
                    person: Person { name: told.case.id.clone(), ..Person::default() },
                    decided: Decided {
                        tumour: view.tumour(site.as_deref(), language),
                        options: letter::listed(&view, language),
                        advice: edition(told.guideline),
                        ..Decided::default()
                    },
                    ..MdtLetter::default()
                };
                (letter::mdt_title(language), letter::mdt(&letter, language, told.date))
            }
            LetterKind::Summary => {
                let summary = Summary {
                    who: told.case.id.clone(),
                    question: String::new(),
                    as_of: told.date,
                    site,
                    view: &view,
                    facts: told.recorded(language),
                };
                letter::summary(&summary, language, |blocks| {
                    let paper = stamp.paper(told.guideline, "", blocks.to_vec());
                    nw_leaflet::inspect(&paper, &self.house).is_ok_and(|seen| seen.pages <= 1)
                })
            }
            LetterKind::Requests => {
                let blocks = letter::requests(&told.case.id, &letter::asked(&view), language);
                (letter::requests_title(language), blocks)
            }
        };
        stamp.paper(told.guideline, title, blocks)
    }

    fn write(&mut self, session: &mut Session, told: &Told<'_>) -> Result<(), Failure> {
        let paper = self.paper(told, session.language);
        let form = self.asked.form;
        let (ending, bytes) = match form {
            Form::Json => {
                let kind = self.asked.kind.word();
                let digest = &told.guideline.digest;
                let line = json!({"case": told.case.id, "kind": kind, "guideline": digest, "paper": paper});
                ("json", format!("{line}\n").into_bytes())
            }
            Form::Text => ("txt", nw_leaflet::text_by(&paper, &self.house).into_bytes()),
            Form::Html => ("html", nw_leaflet::html_by(&paper, &self.house).into_bytes()),
            Form::Pdf => {
                let made = nw_leaflet::pdf_by(&paper, &self.house).map_err(|error| Failure {
                    exit: Exit::World,
                    message: Some(both(Word::CannotTypeset, &[&error.cause])),
                })?;
                ("pdf", made)
            }
            Form::Ics => return Err(Failure::usage(Word::FormOfDocuments, &[])),
        };
        let first = self.written == 0;
        self.written += 1;
        let Some(folder) = self.asked.out else {
            if !first && matches!(form, Form::Pdf | Form::Html) {
                return Err(Failure::usage(Word::OneDocumentOnly, &[]));
            }
            if !first && form == Form::Text {
                session.out.line("")?;
            }
            session.out.bytes(&bytes)?;
            return Ok(());
        };
        let path = folder.join(format!("{}.{ending}", self.name(&told.case.id, session.language)));
        fs::write(&path, bytes).map_err(|e| Failure::world(&path, &e))?;
        session.out.line(&fill(session.language, Word::Exported, &[&path.display().to_string()]))?;
        Ok(())
    }

    /// What the file is called: case, kind and language, and a number where two cases share a name.
    fn name(&mut self, case: &str, language: Language) -> String {
        let tongue = if language == Language::Nl { "nl" } else { "en" };
        let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
        let name = format!("{case}-{}-{tongue}", self.asked.kind.word());
        let name: String = name.chars().map(plain).collect();
        let name = name.trim_start_matches(['.', '-']).to_string();
        let count = self.names.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name}-{count}") }
    }
}

/// Edition and digest, as a letter quotes them.
fn edition(guideline: &CompiledGuideline) -> String {
    let digest: String = guideline.digest.chars().take(19).collect();
    format!("{} {} · {digest}", guideline.manifest.id, guideline.manifest.edition)
}
