//! `assess`: every conclusion about every case, one case at a time.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use nw_engine::{Engine, Options, Sets};
use nw_facts::FactSet;
use nw_guideline::CompiledGuideline;

use crate::args::Format;
use crate::casefile::{Document, read_document};
use crate::engines::{Engines, Rulings};
use crate::inputs;
use crate::knowledge::Shelf;
use crate::outcome::{Exit, Failure};
use crate::paper::Paper;
use crate::report::Report;
use crate::session::Session;
use crate::text::{self, View};
use crate::words::{Word, fill};
use crate::{json, outcome};

/// A run over many cases.
struct Run<'r> {
    shelf: Shelf,
    engines: Engines<'r>,
    guideline: Rc<CompiledGuideline>,
    nothing_known: Sets,
    paper: Paper,
    options: Options,
    /// Also what is hidden or does not apply: on request, and when it was asked for by name.
    all: bool,
    exit: Exit,
    progress: Progress,
    cases: usize,
}

/// Assesses all cases of all paths.
pub(crate) fn run(
    session: &mut Session,
    paths: &[PathBuf],
    verbose: bool,
    only: &[String],
) -> Result<Exit, Failure> {
    let (shelf, guideline) = session.open()?;
    let nothing_known = nothing_known(&guideline);
    let options = Options { only: Session::only(&guideline, only)?, ..session.options.clone() };
    let rulings = Rulings::new(&shelf);
    let mut run = Run {
        shelf,
        engines: Engines::new(&rulings),
        guideline,
        nothing_known,
        paper: Paper::new(),
        options,
        all: verbose || !only.is_empty(),
        exit: Exit::Done,
        progress: Progress::new(),
        cases: 0,
    };
    let exit = inputs::documents(session, paths, |session, document| run.case(session, &document))?;
    run.progress.clear();
    session.out.flush()?;
    Ok(exit.max(run.exit))
}

/// What every conclusion may be for a patient about whom nothing is known.
pub(crate) fn nothing_known(guideline: &CompiledGuideline) -> Sets {
    let mut engine = Engine::new(guideline);
    let knowledge = nw_engine::Knowledge::new(guideline, &FactSet::new(), &[], &[]);
    let mut sets = Sets::default();
    engine.sets(&knowledge.masks, &mut sets);
    sets
}

impl Run<'_> {
    fn case(&mut self, session: &mut Session, document: &Document) -> Result<(), Failure> {
        let case = match read_document(&self.guideline.vocabulary, document) {
            Ok(case) => case,
            Err(faults) => {
                session.before_complaint();
                self.progress.clear();
                faults.iter().for_each(|f| session.fault(f));
                self.exit = self.exit.max(Exit::BadInput);
                return Ok(());
            }
        };
        let seen = session.seen(&case);
        let guideline = session.rule_on(&mut self.shelf, seen.as_of)?;
        let report = Report::new(self.engines.of(&guideline), &case, seen, &self.options);
        if report.has_conflict() {
            self.exit = self.exit.max(outcome::Exit::Findings);
        }
        match session.format {
            Format::Json => session.out.line(&json::line(&report, session.language, self.all))?,
            Format::Text => {
                if self.cases > 0 {
                    session.out.line("")?;
                }
                let view =
                    View { language: session.language, all: self.all, nothing_known: &self.nothing_known };
                text::write(&mut self.paper, &report, &view);
                session.out.text(&self.paper.take())?;
            }
        }
        self.cases += 1;
        self.progress.tick(session, self.cases);
        Ok(())
    }
}

/// A counter on standard error for long runs, only where a person sees it and the output goes elsewhere.
struct Progress {
    shown: bool,
    begun: Instant,
    last: Instant,
    wanted: bool,
}

impl Progress {
    fn new() -> Self {
        let wanted = std::io::stderr().is_terminal() && !std::io::stdout().is_terminal();
        Progress { shown: false, begun: Instant::now(), last: Instant::now(), wanted }
    }

    fn tick(&mut self, session: &Session, cases: usize) {
        if !self.wanted
            || self.begun.elapsed() < Duration::from_secs(1)
            || self.last.elapsed() < Duration::from_millis(200)
        {
            return;
        }
        self.last = Instant::now();
        self.shown = true;
        eprint!("\r{}", fill(session.language, Word::Progress, &[&cases.to_string()]));
    }

    fn clear(&mut self) {
        if self.shown {
            eprint!("\r\x1b[K");
            self.shown = false;
        }
    }
}
