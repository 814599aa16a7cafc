//! `assess`: every conclusion about every case, one case at a time.

use std::cell::OnceCell;
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
    /// The guideline of the run, and those asked for beside it, in this order.
    desks: Vec<Desk<'r>>,
    paper: Paper,
    /// Also what is hidden or does not apply: on request, and when it was asked for by name.
    all: bool,
    exit: Exit,
    progress: Progress,
    cases: usize,
}

/// One guideline with what answering by it needs.
struct Desk<'r> {
    shelf: Shelf,
    engines: Engines<'r>,
    guideline: Rc<CompiledGuideline>,
    /// What is worth a line in text depends on it.
    nothing_known: OnceCell<Sets>,
    options: Options,
}

/// Assesses all cases of all paths.
pub(crate) fn run(
    session: &mut Session,
    paths: &[PathBuf],
    verbose: bool,
    only: &[String],
    beside: &[PathBuf],
) -> Result<Exit, Failure> {
    let mut opened = vec![session.open()?];
    for folder in beside {
        opened.push(session.open_beside(folder)?);
    }
    let rulings: Vec<Rulings> = opened.iter().map(|(shelf, _)| Rulings::new(shelf)).collect();
    let mut desks = Vec::new();
    for ((shelf, guideline), rulings) in opened.into_iter().zip(&rulings) {
        let wanted = match Session::only(&guideline, only) {
            // A guideline beside the first one may know nothing of what is asked.
            Err(_) if !desks.is_empty() => Some(Vec::new()),
            wanted => wanted?,
        };
        desks.push(Desk {
            shelf,
            engines: Engines::new(rulings),
            nothing_known: OnceCell::new(),
            options: Options { only: wanted, ..session.options.clone() },
            guideline,
        });
    }
    let mut run = Run {
        desks,
        paper: Paper::new(),
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
        for at in 0..self.desks.len() {
            self.answer(at, session, document)?;
        }
        Ok(())
    }

    fn answer(&mut self, at: usize, session: &mut Session, document: &Document) -> Result<(), Failure> {
        let desk = &mut self.desks[at];
        let case = match read_document(&desk.guideline.vocabulary, document) {
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
        let guideline = session.rule_on(&mut desk.shelf, seen.as_of)?;
        let report = Report::new(desk.engines.of(&guideline), &case, seen, &desk.options);
        if report.has_conflict() {
            self.exit = self.exit.max(outcome::Exit::Findings);
        }
        match session.format {
            Format::Json => session.out.line(&json::line(&report, session.language, self.all))?,
            Format::Text => {
                if self.cases > 0 {
                    session.out.line("")?;
                }
                let nothing_known = desk.nothing_known.get_or_init(|| nothing_known(&desk.guideline));
                let view = View { language: session.language, all: self.all, nothing_known };
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
