//! The command line of netwijzer.
//!
//! Road: arguments ([`args`]) → settings and guideline (`session`, `knowledge`) → case files ([`casefile`], `inputs`) →
//! conclusions ([`nw_engine`]) → text for people (`text`, `explain`) or JSON for programs (`json`).
//! Another program asks the same through [`call`].
//! This crate is an edge: it alone reads files, the environment and the terminal.

mod analyse;
mod args;
mod ask;
mod assess;
mod calendar;
pub mod call;
pub mod casefile;
mod check;
mod clashes;
mod collected;
mod confirm;
mod counts;
mod dates;
mod deliver;
mod dictionary;
mod diff;
mod edits;
mod engines;
mod explain;
mod export;
mod extract;
mod fhir;
mod help;
mod hooks;
mod hospital;
mod impact;
mod inputs;
mod json;
mod knowledge;
mod leaflet;
mod letter;
mod outcome;
mod output;
mod own_cases;
mod paper;
mod readability;
mod record;
mod registry;
mod report;
mod serve;
mod session;
mod start;
mod text;
mod tnm;
mod untouched;
mod words;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use nw_facts::Language;

use crate::args::{Cli, Form, Format, Task};
use crate::casefile::read_document;
use crate::engines::{Engines, Rulings};
use crate::outcome::{Exit, Failure};
use crate::paper::Paper;
use crate::report::Report;
use crate::session::Session;
use crate::words::Word;

/// Runs the program and tells how it ended.
pub fn run(args: Vec<OsString>) -> ExitCode {
    let language = args::language(&args, |name| std::env::var(name).ok());
    let cli = match args::parse(args, language) {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error, language).into(),
    };
    let colour = cli.common.color;
    match begin(&cli, language) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if let Some(message) = &failure.message {
                output::complain(colour, &format!("netwijzer: {}\n", message.get(language)));
            }
            failure.exit.into()
        }
    }
}

/// Help and version are answers; everything else is a complaint.
fn not_parsed(error: &clap::Error, language: Language) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = error.render().to_string();
            match std::io::stdout().write_all(text.as_bytes()) {
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Exit::World,
                _ => Exit::Done,
            }
        }
        _ => {
            eprintln!("{}", args::complaint(error, language));
            Exit::BadInput
        }
    }
}

fn begin(cli: &Cli, language: Language) -> Result<Exit, Failure> {
    let mut session = Session::new(&cli.common, language)?;
    let form = cli.common.format;
    let takes = match form {
        Form::Text | Form::Json => true,
        Form::Ics => matches!(cli.command, Some(Task::Calendar { .. })),
        Form::Html | Form::Pdf => {
            matches!(cli.command, Some(Task::Leaflet { .. } | Task::Letter { .. } | Task::Calendar { .. }))
        }
    };
    if !takes {
        return Err(Failure::usage(Word::FormOfDocuments, &[]));
    }
    match &cli.command {
        None => start::page(&mut session),
        Some(Task::Assess { paths, verbose, only, beside }) => {
            assess::run(&mut session, paths, *verbose, only, beside)
        }
        Some(Task::Ask { case, save }) => ask::run(&mut session, case.as_deref(), save.as_deref()),
        Some(Task::Calendar { case, dates }) => calendar::run(&mut session, case, dates, form),
        Some(Task::Explain { case, conclusion }) => explained(&mut session, case, conclusion),
        Some(Task::Leaflet { paths, document, topic, large_print, out }) => {
            let asked = leaflet::Asked {
                document,
                topics: topic,
                form,
                large_print: *large_print,
                out: out.as_deref(),
            };
            leaflet::run(&mut session, paths, &asked)
        }
        Some(Task::Letter { paths, kind, large_print, out }) => {
            let asked = letter::Asked { kind: *kind, form, large_print: *large_print, out: out.as_deref() };
            letter::run(&mut session, paths, &asked)
        }
        Some(Task::Check { assess_cases: true, .. }) => own_cases::run(&mut session),
        Some(Task::Check { readability: true, .. }) => readability::run(&mut session),
        Some(Task::Check { watch, sizes, discrepancies, .. }) => {
            if *discrepancies {
                check::discrepancies(&mut session)
            } else {
                check::run(&mut session, *watch, *sizes)
            }
        }
        Some(Task::Confirm(asked)) => confirm::run(&mut session, asked),
        Some(Task::Facts { filter, verbose }) => dictionary::run(&mut session, filter.as_deref(), *verbose),
        Some(Task::Serve {
            listen,
            database,
            organisation,
            demo,
            https,
            cds_hooks,
            smart,
            oidc_issuer,
            oidc_client,
            public_url,
        }) => {
            let provider = oidc_issuer.clone().zip(public_url.clone()).map(|(issuer, public)| {
                nw_server::ProviderSettings {
                    issuer,
                    client: oidc_client.clone(),
                    // Read from the environment alone: a secret on a command line is seen by everybody.
                    secret: std::env::var("NETWIJZER_OIDC_SECRET").ok().filter(|s| !s.is_empty()),
                    public,
                }
            });
            let wanted = serve::Wanted {
                listen: *listen,
                database: database.as_deref(),
                organisation,
                demo: *demo,
                https: *https,
                cds_hooks: cds_hooks.as_deref(),
                smart: smart.as_deref(),
                provider,
            };
            serve::run(&mut session, &wanted)
        }
        Some(Task::Extract { reports, case }) => {
            extract::run(&mut session, &extract::Wanted { reports, case: *case })
        }
        Some(Task::Fhir { what }) => fhir::run(&mut session, what),
        Some(Task::Deliver(asked)) => deliver::run(&mut session, asked),
        Some(Task::Diff { from, to, only, most }) => diff::run(&mut session, from, to, only, *most),
        Some(Task::Export { what, out }) => export::run(&mut session, *what, out.as_deref()),
        Some(Task::Batch(asked)) => registry::batch(&mut session, asked),
        Some(Task::Analyse(asked)) => analyse::run(&mut session, asked),
        Some(Task::Impact(asked)) => impact::impact(&mut session, asked),
        Some(Task::Synth(asked)) => registry::synth(&mut session, asked),
        Some(Task::Backup { place, file }) => record::backup(&mut session, place, file),
        Some(Task::Restore { place, file }) => record::restore(&mut session, place, file),
        Some(Task::VerifyAudit { place, anchor }) => record::verify(&mut session, place, anchor.as_deref()),
        Some(Task::Completions { shell }) => start::completions(&mut session, *shell),
        Some(Task::Man { command }) => start::manual(&mut session, command.as_deref()),
    }
}

/// `explain`: finds the conclusion by id and writes why it is as it is, for each case of the input.
fn explained(session: &mut Session, path: &PathBuf, id: &str) -> Result<Exit, Failure> {
    let (mut shelf, guideline) = session.open()?;
    let known =
        guideline.vocabulary.find_conclusion(id).filter(|idx| guideline.conclusion_at(*idx).is_some());
    if known.is_none() {
        let ids: Vec<&str> = guideline
            .conclusions
            .iter()
            .map(|c| guideline.vocabulary.conclusion(c.idx).id.as_str())
            .collect();
        return Err(Failure::no_such_conclusion(id, ids.into_iter()));
    }
    let mut worst = Exit::Done;
    let mut paper = Paper::new();
    let mut first = true;
    let rulings = Rulings::new(&shelf);
    let mut engines = Engines::new(&rulings);
    let exit = inputs::documents(session, std::slice::from_ref(path), |session, document| {
        let case = match read_document(&guideline.vocabulary, &document) {
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
        let engine = engines.of(&guideline);
        let report = Report::new(engine, &case, seen, &session.options);
        let drawn = report.conclusions.drawn.iter().find(|d| report.def(d).id == id);
        let Some(drawn) = drawn else { return Ok(()) };
        if matches!(drawn.outcome, nw_engine::Outcome::Conflict(_)) {
            worst = worst.max(Exit::Findings);
        }
        match session.format {
            Format::Json => {
                let line = explain::line(engine, &report, drawn);
                session.out.line(&line)?;
            }
            Format::Text => {
                if !std::mem::take(&mut first) {
                    session.out.line("")?;
                }
                explain::write(&mut paper, engine, &report, drawn, session.language);
                session.out.text(&paper.take())?;
            }
        }
        Ok::<(), Failure>(())
    })?;
    session.out.flush()?;
    Ok(exit.max(worst))
}
