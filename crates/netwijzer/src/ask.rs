//! `ask`: the next best question, until everything is settled or nobody knows more.

use std::io::{self, BufRead, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nw_engine::{Engine, Outcome};
use nw_facts::{FactIdx, FactSet, Language, Observation, Text, read};
use nw_guideline::CompiledGuideline;

use crate::args::Format;
use crate::assess::nothing_known;
use crate::casefile::{CaseFile, in_dutch, read_document};
use crate::outcome::{Exit, Failure};
use crate::paper::{Ink, Paper, ink};
use crate::report::{Report, Status};
use crate::session::Session;
use crate::text::{self, View, capital, values_text};
use crate::words::{Word, fill, holder, say};
use crate::{inputs, json};

/// One answer, so that it can be taken back.
struct Answer {
    fact: FactIdx,
    /// The facts as they were before it.
    before: FactSet,
}

pub(crate) fn run(session: &mut Session, path: Option<&Path>, save: Option<&Path>) -> Result<Exit, Failure> {
    let (mut shelf, guideline) = session.open()?;
    if let Some(file) = save
        && file.exists()
        && path != Some(file)
    {
        // Asking first and finding out at the end would lose the answers.
        return Err(Failure::usage(Word::FileExists, &[&file.display().to_string()]));
    }
    let mut case = match path {
        Some(path) => start_from(session, &guideline, path)?,
        None => CaseFile { id: "case".to_string(), as_of: session.as_of, ..CaseFile::default() },
    };
    let guideline = session.rule_on(&mut shelf, session.seen(&case).as_of)?;
    let exit = converse(session, &guideline, &mut case)?;
    if let Some(file) = save {
        std::fs::write(file, written(&guideline, &case)).map_err(|e| Failure::world(file, &e))?;
        let text = fill(session.language, Word::Saved, &[&file.display().to_string()]);
        session.say(Ink::Faint, &text);
    }
    Ok(exit)
}

fn start_from(
    session: &mut Session,
    guideline: &Rc<CompiledGuideline>,
    path: &Path,
) -> Result<CaseFile, Failure> {
    let mut found: Option<CaseFile> = None;
    let mut failed = Exit::Done;
    let paths = [PathBuf::from(path)];
    let read_it = inputs::documents(session, &paths, |session, document| {
        match read_document(&guideline.vocabulary, &document) {
            Ok(case) if found.is_none() => found = Some(case),
            Ok(_) => {}
            Err(faults) => {
                faults.iter().for_each(|f| session.fault(f));
                failed = Exit::BadInput;
            }
        }
        Ok::<(), Failure>(())
    })?;
    match found {
        Some(case) if failed == Exit::Done && read_it == Exit::Done => Ok(case),
        _ => Err(Failure::silent(failed.max(read_it).max(Exit::BadInput))),
    }
}

fn converse(
    session: &mut Session,
    guideline: &Rc<CompiledGuideline>,
    case: &mut CaseFile,
) -> Result<Exit, Failure> {
    let language = session.language;
    let mut engine = Engine::new(guideline);
    let nothing = nothing_known(guideline);
    let mut paper = Paper::new();
    let mut skipped: Vec<FactIdx> = Vec::new();
    let mut answers: Vec<Answer> = Vec::new();
    // Questions go where they do not mix with JSON that a program reads.
    let aside = session.format == Format::Json;
    paper.line(0, 0, &[ink(Ink::Strong, say(language, Word::AskWelcome))]);
    paper.line(0, 0, &[ink(Ink::Faint, say(language, Word::AskKeys))]);
    tell(session, &mut paper, aside)?;
    loop {
        let report = Report::new(&mut engine, case, session.seen(case), &session.options);
        let mut questions = report.questions();
        questions.retain(|(fact, _, _)| !skipped.contains(fact));
        let before: Vec<_> = report.shown(false).map(|d| said(&report, d, language)).collect();
        let Some((fact, settles, helps)) = questions.into_iter().next() else {
            paper.blank();
            paper.line(0, 0, &[ink(Ink::Plain, say(language, Word::AskNothingLeft))]);
            tell(session, &mut paper, aside)?;
            break;
        };
        ask(&mut paper, &report, fact, (settles.len(), helps.len()), language);
        drop(report);
        tell(session, &mut paper, aside)?;
        let Some(line) = next_line()? else {
            paper.blank();
            tell(session, &mut paper, aside)?;
            break;
        };
        match line.trim() {
            "done" | "klaar" | "q" | "quit" | "stop" => break,
            "?" | "help" => {
                help(&mut paper, guideline, fact, language);
                tell(session, &mut paper, aside)?;
            }
            "undo" | "terug" => {
                if let Some(answer) = answers.pop() {
                    case.facts = answer.before;
                    skipped.retain(|s| *s != answer.fact);
                } else {
                    skipped.pop();
                }
            }
            "" => skipped.push(fact),
            text => match read(&guideline.vocabulary, fact, text) {
                Err(fault) => {
                    let message = Text::new(fault.message.clone(), in_dutch(&fault.message));
                    let help = Text::new(fault.help.clone(), in_dutch(&fault.help));
                    paper.line(2, 4, &[ink(Ink::Clash, "✗ "), ink(Ink::Plain, message.get(language))]);
                    paper.line(4, 4, &[ink(Ink::Faint, help.get(language))]);
                    tell(session, &mut paper, aside)?;
                }
                Ok(read) => {
                    let facts_before = case.facts.clone();
                    for (target, evidence) in read {
                        let via = (target != fact).then_some(fact);
                        let text = text.to_string();
                        case.facts.add(Observation {
                            fact: target,
                            evidence,
                            text,
                            date: None,
                            known: None,
                            origin: None,
                            via,
                        });
                    }
                    answers.push(Answer { fact, before: facts_before });
                    // An answer that leaves it open (a range, "unknown") is not asked for again.
                    skipped.push(fact);
                    let after = Report::new(&mut engine, case, session.seen(case), &session.options);
                    changes(&mut paper, &before, &after, language);
                    tell(session, &mut paper, aside)?;
                }
            },
        }
    }
    let report = Report::new(&mut engine, case, session.seen(case), &session.options);
    let exit = if report.has_conflict() { Exit::Findings } else { Exit::Done };
    match session.format {
        Format::Json => session.out.line(&json::line(&report, language, false))?,
        Format::Text => {
            paper.blank();
            text::write(&mut paper, &report, &View { language, all: false, nothing_known: &nothing });
            session.out.text(&paper.take())?;
        }
    }
    session.out.flush()?;
    Ok(exit)
}

fn tell(session: &mut Session, paper: &mut Paper, aside: bool) -> Result<(), Failure> {
    let text = paper.take();
    if aside {
        crate::output::complain(session.colour, &text);
    } else {
        session.out.text(&text)?;
        session.out.flush()?;
    }
    Ok(())
}

fn next_line() -> Result<Option<String>, Failure> {
    let mut bytes = Vec::new();
    let read = io::Read::take(io::stdin().lock(), 1 << 16).read_until(b'\n', &mut bytes);
    match read {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) => Err(Failure::world(Path::new("-"), &error)),
    }
}

fn ask(paper: &mut Paper, report: &Report<'_>, fact: FactIdx, worth: (usize, usize), language: Language) {
    let def = report.guideline.vocabulary.fact(fact);
    paper.blank();
    paper.line(
        0,
        2,
        &[
            ink(Ink::Ask, def.question.get(language)),
            ink(Ink::Faint, format!(" ({})", holder(def.holder, language))),
        ],
    );
    let worth = match worth {
        (0, helps) => fill(language, Word::AskHelps, &[&helps.to_string()]),
        (settles, _) => fill(language, Word::AskSettles, &[&settles.to_string()]),
    };
    paper.line(
        2,
        2,
        &[ink(Ink::Faint, format!("{} · {} · {worth}", def.id, expected(report.guideline, fact, language)))],
    );
    paper.line(0, 0, &[ink(Ink::Ask, "> ")]);
    // The answer is typed on the same line as the prompt.
    let text = paper.take();
    paper.raw(text.trim_end_matches(['\n', ' ']));
    paper.raw(" ");
}

/// The shape of an answer in a few words.
fn expected(guideline: &CompiledGuideline, fact: FactIdx, language: Language) -> String {
    let def = guideline.vocabulary.fact(fact);
    if def.is_numeric() {
        let unit = def.unit.as_deref().unwrap_or_default();
        return fill(language, Word::ExpectNumber, &[unit]).trim_end().to_string();
    }
    let ids: Vec<&str> = def.choices.iter().map(|c| c.id.as_str()).collect();
    if ids.len() > 8 { format!("{}, … (?)", ids[..6].join(", ")) } else { ids.join(", ") }
}

fn help(paper: &mut Paper, guideline: &CompiledGuideline, fact: FactIdx, language: Language) {
    let def = guideline.vocabulary.fact(fact);
    paper.line(
        2,
        4,
        &[ink(Ink::Strong, capital(def.label.get(language))), ink(Ink::Faint, format!(" ({})", def.id))],
    );
    for choice in &def.choices {
        paper.row(
            4,
            &[ink(Ink::Strong, choice.id.clone())],
            26,
            &[ink(Ink::Plain, choice.label.get(language))],
        );
    }
    if def.is_numeric() {
        let unit = def.unit.as_deref().unwrap_or_default();
        let comma = language == Language::Nl;
        let range = [nw_facts::plain(def.min, comma), nw_facts::plain(def.max, comma)];
        paper.line(4, 4, &[ink(Ink::Plain, fill(language, Word::HelpNumber, &[unit, &range[0], &range[1]]))]);
    }
    paper.line(4, 4, &[ink(Ink::Faint, say(language, Word::AskKeys))]);
}

/// Id, label and outcome of a conclusion, to see what an answer changed.
fn said(
    report: &Report<'_>,
    drawn: &nw_engine::Drawn,
    language: Language,
) -> (String, String, Status, String) {
    let def = report.def(drawn);
    let text = match &drawn.outcome {
        Outcome::Conflict(_) => say(language, Word::InConflict).to_string(),
        Outcome::Collected { certain, .. } => values_text(def, *certain, language),
        outcome => values_text(def, outcome.possible(def.values.len()), language),
    };
    (def.id.clone(), capital(def.label.get(language)), Report::status(drawn), text)
}

fn changes(
    paper: &mut Paper,
    before: &[(String, String, Status, String)],
    after: &Report<'_>,
    language: Language,
) {
    let mut outside = Vec::new();
    for (was, drawn) in before.iter().zip(after.shown(false)) {
        let now = said(after, drawn, language);
        if was.2 == now.2 && was.3 == now.3 {
            continue;
        }
        let (mark, ink_for) = match now.2 {
            Status::Concluded => ("✓", Ink::Sure),
            Status::Undetermined => ("?", Ink::Open),
            Status::Conflict => ("✗", Ink::Clash),
            Status::NotApplicable => {
                outside.push(now.1);
                continue;
            }
        };
        paper.line(
            2,
            4,
            &[ink(ink_for, format!("{mark} ")), ink(Ink::Plain, format!("{}: ", now.1)), ink(ink_for, now.3)],
        );
    }
    if !outside.is_empty() {
        paper.line(
            2,
            4,
            &[ink(Ink::Faint, format!("– {}: {}", say(language, Word::DoesNotApply), outside.join(" · ")))],
        );
    }
}

/// The case as a case file that reads back to the same facts.
fn written(guideline: &CompiledGuideline, case: &CaseFile) -> Vec<u8> {
    let mut file = Vec::new();
    let text = |t: &str| serde_json::to_string(t).expect("a text is always JSON");
    let mut line = |l: String| writeln!(file, "{l}").expect("memory takes any text");
    line(format!("case: {}", text(&case.id)));
    if let Some(date) = case.as_of {
        line(format!("as-of: {date}"));
    }
    line("facts:".to_string());
    let mut done: Vec<FactIdx> = Vec::new();
    for observation in case.facts.observations() {
        let fact = observation.via.unwrap_or(observation.fact);
        if done.contains(&fact) {
            continue;
        }
        done.push(fact);
        // What one text was read into comes back when it is read again.
        let mut same: Vec<&Observation> =
            case.facts.observations().iter().filter(|o| o.via.unwrap_or(o.fact) == fact).collect();
        same.dedup_by(|a, b| {
            a.text == b.text && a.date == b.date && a.origin == b.origin && a.known == b.known
        });
        let plain = |o: &Observation| o.date.is_none() && o.known.is_none() && o.origin.is_none();
        let id = &guideline.vocabulary.fact(fact).id;
        let long = |o: &Observation| {
            let mut parts = vec![format!("value: {}", text(&o.text))];
            parts.extend(o.date.map(|d| format!("date: {d}")));
            parts.extend(o.known.map(|d| format!("known: {d}")));
            parts.extend(o.origin.as_deref().map(|t| format!("origin: {}", text(t))));
            format!("{{{}}}", parts.join(", "))
        };
        match same.as_slice() {
            [only] if plain(only) => line(format!("  {id}: {}", text(&only.text))),
            [only] => line(format!("  {id}: {}", long(only))),
            several => {
                line(format!("  {id}:"));
                several.iter().for_each(|o| line(format!("    - {}", long(o))));
            }
        }
    }
    if done.is_empty() {
        file.truncate(file.len() - "facts:\n".len());
        file.extend(b"facts: {}\n");
    }
    file
}
