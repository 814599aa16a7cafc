//! What every command needs from the command line: language, guideline, dates, conventions.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use nw_engine::{Detail, Options};
use nw_facts::{ConclusionIdx, Date, Language, Seen, nearest};
use nw_guideline::{CompiledGuideline, Diagnostic, SourceSet};

use crate::args::{Colour, Common, Form, Format};
use crate::casefile::{CaseFault, CaseFile, read_date};
use crate::knowledge::Shelf;
use crate::outcome::{Exit, Failure};
use crate::output::{Output, complain};
use crate::paper::{Ink, Paper, ink};
use crate::words::{Word, say};

/// The word for the guideline inside the program.
pub(crate) const SHIPPED: &str = "shipped";

/// The settings of one run.
pub(crate) struct Session {
    pub language: Language,
    pub format: Format,
    pub colour: Colour,
    pub folder: Option<PathBuf>,
    /// The file with the settings of the hospital.
    pub settings: Option<PathBuf>,
    pub as_of: Option<Date>,
    pub known_by: Option<Date>,
    pub options: Options,
    pub out: Output,
}

impl Session {
    /// Reads the common options.
    ///
    /// # Errors
    /// A date that is none.
    pub(crate) fn new(common: &Common, language: Language) -> Result<Session, Failure> {
        let date = |text: &Option<String>, option: &str| match text {
            None => Ok(None),
            Some(text) => match read_date(text) {
                Some(date) => Ok(Some(date)),
                None => Err(Failure::usage(Word::BadDateOption, &[text, option])),
            },
        };
        Ok(Session {
            language,
            // Forms of documents are looked at by those who make them.
            format: if common.format == Form::Json { Format::Json } else { Format::Text },
            colour: common.color,
            folder: common.guideline.clone(),
            settings: common.settings.clone(),
            as_of: date(&common.as_of, "--as-of")?,
            known_by: date(&common.known_by, "--known-by")?,
            options: Options {
                without_conventions: common.without_convention.clone(),
                no_conventions: common.no_conventions,
                detail: Detail::Full,
                ..Options::default()
            },
            out: Output::new(common.color),
        })
    }

    /// Opens the guideline and sees that every convention named on the command line exists.
    ///
    /// # Errors
    /// No such folder or convention, or knowledge with errors (shown here).
    pub(crate) fn open(&self) -> Result<(Shelf, Rc<CompiledGuideline>), Failure> {
        self.open_from(self.folder.as_deref())
    }

    /// Opens a further guideline: a folder, or `shipped` for the one inside the program.
    ///
    /// # Errors
    /// As for [`Session::open`].
    pub(crate) fn open_beside(&self, folder: &Path) -> Result<(Shelf, Rc<CompiledGuideline>), Failure> {
        self.open_from((folder != Path::new(SHIPPED)).then_some(folder))
    }

    fn open_from(&self, folder: Option<&Path>) -> Result<(Shelf, Rc<CompiledGuideline>), Failure> {
        let mut shelf = Shelf::open(folder)?;
        let guideline = self.rule_on(&mut shelf, self.as_of)?;
        Session::conventions(&guideline, &self.options.without_conventions)?;
        Ok((shelf, guideline))
    }

    /// Whether every convention named exists.
    ///
    /// # Errors
    /// The first that does not, with the nearest that does.
    pub(crate) fn conventions(guideline: &CompiledGuideline, asked: &[String]) -> Result<(), Failure> {
        for id in asked {
            let ids = || guideline.conventions.iter().map(|c| c.id.as_str());
            if !ids().any(|known| known == id) {
                let near = nearest(id, ids());
                return Err(match near {
                    Some(near) => Failure::usage(Word::NoSuchConventionNear, &[id, near]),
                    None => {
                        Failure::usage(Word::NoSuchConvention, &[id, &ids().collect::<Vec<_>>().join(", ")])
                    }
                });
            }
        }
        Ok(())
    }

    /// The conclusions named by `--only`, or nothing when all are meant.
    ///
    /// # Errors
    /// A name that no conclusion has.
    pub(crate) fn only(
        guideline: &CompiledGuideline,
        only: &[String],
    ) -> Result<Option<Vec<ConclusionIdx>>, Failure> {
        if only.is_empty() {
            return Ok(None);
        }
        let id = |idx: ConclusionIdx| guideline.vocabulary.conclusion(idx).id.as_str();
        let all = || guideline.conclusions.iter().map(|c| c.idx);
        asked_for(only, &all().map(id).collect::<Vec<_>>())?;
        Ok(Some(all().filter(|idx| only.iter().any(|asked| named(id(*idx), asked))).collect()))
    }

    /// The guideline as it rules on a day.
    ///
    /// # Errors
    /// Knowledge with errors, after showing them.
    pub(crate) fn rule_on(
        &self,
        shelf: &mut Shelf,
        day: Option<Date>,
    ) -> Result<Rc<CompiledGuideline>, Failure> {
        shelf.on(day).map_err(|refused| self.refuse(&refused.sources, &refused.diagnostics))
    }

    /// Knowledge with errors, shown.
    pub(crate) fn refuse(&self, sources: &SourceSet, found: &[Diagnostic]) -> Failure {
        complain(self.colour, &crate::check::render(sources, found, self.language));
        self.say(Ink::Clash, say(self.language, Word::KnowledgeRefused));
        Failure::silent(Exit::Findings)
    }

    /// The dates that count for a case: those of the command line go first.
    pub(crate) fn seen(&self, case: &CaseFile) -> Seen {
        Seen { as_of: self.as_of.or(case.as_of), known_by: self.known_by }
    }

    /// What was said of earlier cases comes before a complaint about the next one.
    pub(crate) fn before_complaint(&mut self) {
        // A closed output is noticed, and told, when the next case is written.
        let _ = self.out.flush();
    }

    /// One faulty place in an input, as `file:line: code: message`.
    pub(crate) fn fault(&self, fault: &CaseFault) {
        let mut paper = Paper::endless();
        paper.line(
            0,
            2,
            &[
                ink(Ink::Strong, format!("{}:{}: ", fault.file, fault.line)),
                ink(Ink::Clash, fault.code),
                ink(Ink::Plain, format!(": {}", fault.message.get(self.language))),
            ],
        );
        if !fault.help.is_empty() {
            let help = say(self.language, Word::Help);
            paper.line(
                2,
                4,
                &[ink(Ink::Ask, format!("{help}: ")), ink(Ink::Plain, fault.help.get(self.language))],
            );
        }
        complain(self.colour, &paper.take());
    }

    /// A line on standard error.
    pub(crate) fn say(&self, style: Ink, text: &str) {
        let mut paper = Paper::endless();
        paper.line(0, 2, &[ink(style, text)]);
        complain(self.colour, &paper.take());
    }
}

/// `tumour.grade`, or `option.*` for all that start so.
pub(crate) fn named(id: &str, asked: &str) -> bool {
    asked.strip_suffix('*').map_or(id == asked, |start| id.starts_with(start))
}

/// Whether each name asked for means something.
///
/// # Errors
/// The first that means nothing, with the id nearest to it.
pub(crate) fn asked_for(only: &[String], ids: &[&str]) -> Result<(), Failure> {
    match only.iter().find(|asked| !ids.iter().any(|id| named(id, asked))) {
        None => Ok(()),
        Some(asked) => Err(Failure::no_such_conclusion(asked, ids.iter().copied())),
    }
}
