//! `check --assess-cases`: the guideline's own cases as assessments, for programs that verify them.

use nw_engine::{Detail, Engine, Options, case_facts};
use nw_guideline::compile_with;

use crate::casefile::CaseFile;
use crate::outcome::{Exit, Failure};
use crate::output::complain;
use crate::report::Report;
use crate::session::Session;
use crate::{check, json, knowledge};

/// One JSON object for each case, with the conclusions the case is about.
pub(crate) fn run(session: &mut Session) -> Result<Exit, Failure> {
    let sources = match session.folder.as_deref() {
        Some(folder) => knowledge::folder(folder)?,
        None => knowledge::embedded(),
    };
    let date = session.as_of.map(|d| d.to_string()).unwrap_or_default();
    let guideline = match compile_with(&sources, "", &date, false).admit() {
        Ok(guideline) => guideline,
        Err(refused) => {
            complain(session.colour, &check::render(&sources, &refused.diagnostics, session.language));
            return Err(Failure::silent(Exit::Findings));
        }
    };
    let mut engine = Engine::new(&guideline);
    for case in &guideline.cases {
        let facts = case_facts(&guideline, case);
        let file =
            CaseFile { id: format!("{}/{}", case.chapter, case.id), as_of: case.as_of, objects: None, facts };
        let options = Options {
            only: Some(case.expect.iter().map(|e| e.conclusion).collect()),
            detail: Detail::Reasons,
            ..session.options.clone()
        };
        let report = Report::new(&mut engine, &file, session.seen(&file), &options);
        session.out.line(&json::line(&report, session.language, true))?;
    }
    session.out.flush()?;
    Ok(Exit::Done)
}
