//! The page without a command, shell completions and manual pages.

use clap_complete::Shell;

use crate::args;
use crate::outcome::{Exit, Failure};
use crate::paper::{Ink, Paper, ink};
use crate::session::Session;
use crate::text::edition;
use crate::words::{Word, fill, say};

/// What netwijzer is and the first things to type.
pub(crate) fn page(session: &mut Session) -> Result<Exit, Failure> {
    let (_, guideline) = session.open()?;
    let language = session.language;
    let mut paper = Paper::new();
    paper.line(
        0,
        0,
        &[
            ink(Ink::Strong, "netwijzer"),
            ink(
                Ink::Plain,
                format!(" {} · {}", env!("CARGO_PKG_VERSION"), guideline.manifest.title.get(language)),
            ),
        ],
    );
    paper.line(0, 0, &[ink(Ink::Faint, edition(&guideline, language))]);
    paper.line(0, 0, &[ink(Ink::Faint, say(language, Word::Disclaimer))]);
    paper.heading(say(language, Word::StartHeading));
    let column = if paper.width() < 70 { 2 } else { 46 };
    for (example, word) in [
        ("netwijzer ask", Word::StartAsk),
        ("netwijzer assess case.yaml", Word::StartAssess),
        ("netwijzer explain case.yaml tumour.grade", Word::StartExplain),
        ("netwijzer facts ki67", Word::StartFacts),
        ("netwijzer --help", Word::StartHelp),
    ] {
        if column == 2 {
            paper.line(2, 2, &[ink(Ink::Ask, example)]);
            paper.line(4, 4, &[ink(Ink::Plain, say(language, word))]);
        } else {
            paper.row(2, &[ink(Ink::Ask, example)], column, &[ink(Ink::Plain, say(language, word))]);
        }
    }
    paper.heading(say(language, Word::StartCase));
    for line in [
        "case: demo-ileum",
        "as-of: 2026-03-10",
        "facts:",
        "  primary.site: ileum",
        "  tumour.ki67: 4 %",
        "  tumour.mitoses: 1 /2mm2",
    ] {
        let indent = 2 + line.len() - line.trim_start().len();
        paper.line(indent, indent, &[ink(Ink::Plain, line.trim_start())]);
    }
    let text = paper.take();
    session.out.text(&text)?;
    session.out.flush()?;
    Ok(Exit::Done)
}

pub(crate) fn completions(session: &mut Session, shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(session.language), "netwijzer", &mut script);
    session.out.bytes(&script)?;
    session.out.flush()?;
    Ok(Exit::Done)
}

pub(crate) fn manual(session: &mut Session, of: Option<&str>) -> Result<Exit, Failure> {
    let mut command = args::command(session.language);
    command.build();
    let page = match of {
        None => command,
        Some(name) => {
            let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            match command.find_subcommand(name) {
                Some(found) => found.clone(),
                None => {
                    let near = nw_facts::nearest(name, names)
                        .map_or_else(String::new, |n| fill(session.language, Word::DidYouMean, &[n]));
                    return Err(Failure::usage(Word::NoManual, &[name, &near]));
                }
            }
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    session.out.bytes(&text)?;
    session.out.flush()?;
    Ok(Exit::Done)
}
