//! `extract`: facts that reports of free text state, each with the words that say so. Nothing is recorded: it proposes.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use nw_extract::{Finding, Grammar, Held, Report};
use nw_facts::{Kind, Language, Text, Vocabulary};
use nw_guideline::CompiledGuideline;
use serde_json::{Value, json};

use crate::args::Format;
use crate::inputs;
use crate::knowledge;
use crate::outcome::{Exit, Failure};
use crate::paper::{Ink, Paper, ink};
use crate::session::Session;
use crate::text::{capital, date_text, edition};
use crate::words::{Word, fill, say};

/// A report is a few pages; what is longer is something else.
const LONGEST: u64 = 64 << 20;

/// So many reports, or reports of so many bytes, are read together.
const TOGETHER: usize = 512;
const TOGETHER_BYTES: usize = 1 << 20;

/// The patterns of a knowledge folder, or those inside the program.
///
/// # Errors
/// A file cannot be read, or the patterns have faults.
pub(crate) fn grammar(folder: Option<&Path>, vocabulary: &Vocabulary) -> Result<Grammar, Failure> {
    let own = patterns(folder)?;
    let given: Vec<(&str, &str)> = own.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Grammar::read(&given, vocabulary).map_err(|faults| {
        let told = |language| {
            let lines: Vec<String> =
                faults.iter().map(|f| format!("{}: {}", f.file, f.text.get(language))).collect();
            fill(language, Word::PatternFaults, &[&lines.join("\n  ")])
        };
        let message = Text::new(told(Language::En), told(Language::Nl));
        Failure { exit: Exit::BadInput, message: Some(message) }
    })
}

/// The files of patterns: those of a knowledge folder, or those inside the program when it has none.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn patterns(folder: Option<&Path>) -> Result<Vec<(String, String)>, Failure> {
    let own = folder.map_or_else(|| Ok(Vec::new()), |folder| knowledge::beside(folder, "reports"))?;
    Ok(match own.is_empty() {
        true => {
            knowledge::REPORTS.iter().map(|(name, text)| ((*name).to_string(), (*text).to_string())).collect()
        }
        false => own,
    })
}

/// What is asked for.
pub(crate) struct Wanted<'a> {
    pub reports: &'a [PathBuf],
    /// Write a case file of what is proposed.
    pub case: bool,
}

pub(crate) fn run(session: &mut Session, wanted: &Wanted<'_>) -> Result<Exit, Failure> {
    let (_, guideline) = session.open()?;
    let grammar = grammar(session.folder.as_deref(), &guideline.vocabulary)?;
    let mut worst = Exit::Done;
    let mut files = Vec::new();
    for path in wanted.reports {
        worst = worst.max(inputs::reports(session, path, &mut files));
    }
    let mut paths = files.iter().peekable();
    while paths.peek().is_some() {
        // Reports that are read together cost less; what is held in memory stays small.
        let (mut names, mut texts, mut bytes) = (Vec::new(), Vec::new(), 0);
        while texts.len() < TOGETHER
            && bytes < TOGETHER_BYTES
            && let Some(path) = paths.next()
        {
            match read(path) {
                Ok(text) => {
                    names.push(path.display().to_string());
                    bytes += text.len();
                    texts.push(text);
                }
                Err(failure) => {
                    // The other reports are read all the same.
                    session.before_complaint();
                    if let Some(message) = &failure.message {
                        session.say(Ink::Clash, message.get(session.language));
                    }
                    worst = worst.max(failure.exit);
                }
            }
        }
        let given: Vec<&str> = texts.iter().map(String::as_str).collect();
        let reports = grammar.extract_all(&guideline.vocabulary, &given);
        for ((name, text), report) in names.iter().zip(given).zip(&reports) {
            if !report.conflicts.is_empty() {
                worst = worst.max(Exit::Findings);
            }
            if wanted.case {
                session.out.text(&case_file(&guideline, name, report))?;
                continue;
            }
            match session.format {
                Format::Json => session.out.line(&as_json(&guideline, name, text, report).to_string())?,
                Format::Text => {
                    let mut paper = Paper::new();
                    write(&mut paper, &guideline, name, text, report, session.language);
                    let said = paper.take();
                    session.out.text(&said)?;
                }
            }
        }
    }
    session.out.flush()?;
    Ok(worst)
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin()
            .lock()
            .take(LONGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| Failure::world(path, &e))?;
    } else {
        let file = std::fs::File::open(path).map_err(|e| Failure::world(path, &e))?;
        file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|e| Failure::world(path, &e))?;
    }
    let name = path.display().to_string();
    if bytes.len() as u64 > LONGEST {
        return Err(Failure::usage(Word::ReportTooLong, &[&name]));
    }
    String::from_utf8(bytes).map_err(|_| Failure::usage(Word::ReportNotUtf8, &[&name]))
}

/// The places where the lines of a text end, counted once for all that is found in it.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        Lines(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    fn line_of(&self, at: usize) -> usize {
        self.0.partition_point(|end| *end < at) + 1
    }
}

/// The value in the reader's words.
fn told(vocabulary: &Vocabulary, finding: &Finding, language: Language) -> String {
    let def = vocabulary.fact(finding.fact);
    match def.kind {
        Kind::Choice | Kind::YesNo => def.choice(&finding.value).map_or_else(
            || finding.value.clone(),
            |at| {
                def.choices
                    .get(at)
                    .map_or_else(|| finding.value.clone(), |c| c.label.get(language).to_string())
            },
        ),
        _ => finding.value.clone(),
    }
}

fn held_word(held: Held) -> Word {
    match held {
        Held::Denied => Word::HeldDenied,
        Held::Doubted => Word::HeldDoubted,
        Held::Asked => Word::HeldAsked,
        Held::Planned => Word::HeldPlanned,
        Held::Past => Word::HeldPast,
        Held::Other => Word::HeldOther,
    }
}

fn write(
    paper: &mut Paper,
    guideline: &CompiledGuideline,
    name: &str,
    text: &str,
    report: &Report,
    language: Language,
) {
    let vocabulary = &guideline.vocabulary;
    let day = report.date.map_or_else(String::new, |d| format!(", {}", date_text(d, language)));
    paper.heading(&format!("{name}{day}"));
    let lines = Lines::of(text);
    let quote = |finding: &Finding| {
        let said = text[finding.span.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        fill(language, Word::SaidOnLine, &[&said, &lines.line_of(finding.span.start).to_string()])
    };
    let label = |finding: &Finding| capital(vocabulary.fact(finding.fact).label.get(language));
    let proposals = report.proposals();
    if proposals.is_empty() {
        paper.line(2, 2, &[ink(Ink::Faint, say(language, Word::ReportSaysNothing))]);
    }
    for finding in proposals {
        paper.line(
            2,
            6,
            &[
                ink(Ink::Strong, label(finding)),
                ink(Ink::Plain, "  "),
                ink(Ink::Sure, told(vocabulary, finding, language)),
                ink(Ink::Faint, format!("  {}", quote(finding))),
            ],
        );
    }
    for conflict in &report.conflicts {
        paper.blank();
        let def = vocabulary.fact(conflict.fact);
        let title = fill(language, Word::ReportDisagrees, &[def.label.get(language)]);
        paper.line(2, 4, &[ink(Ink::Clash, title)]);
        for finding in conflict.findings.iter().map(|at| &report.findings[*at]) {
            paper.line(
                4,
                6,
                &[
                    ink(Ink::Plain, told(vocabulary, finding, language)),
                    ink(Ink::Faint, format!("  {}", quote(finding))),
                ],
            );
        }
    }
    let held: Vec<&Finding> = report.findings.iter().filter(|f| !f.proposed()).collect();
    if !held.is_empty() {
        paper.blank();
        paper.line(2, 2, &[ink(Ink::Strong, say(language, Word::HeadHeld))]);
        for finding in held {
            let mut why: Vec<&str> = finding.held.iter().map(|h| say(language, held_word(*h))).collect();
            let other = fill(language, Word::HeldTumour, &[&finding.tumour.to_string()]);
            if finding.tumour > 1 {
                why.push(&other);
            }
            paper.line(
                2,
                6,
                &[
                    ink(Ink::Plain, format!("{}  {}", label(finding), told(vocabulary, finding, language))),
                    ink(Ink::Open, format!("  {}", why.join(", "))),
                    ink(Ink::Faint, format!("  {}", quote(finding))),
                ],
            );
        }
    }
    paper.blank();
    paper.line(0, 0, &[ink(Ink::Faint, say(language, Word::ExtractProposes))]);
    paper.line(0, 0, &[ink(Ink::Faint, edition(guideline, language))]);
    paper.line(0, 0, &[ink(Ink::Faint, say(language, Word::Disclaimer))]);
}

fn as_json(guideline: &CompiledGuideline, name: &str, text: &str, report: &Report) -> Value {
    let vocabulary = &guideline.vocabulary;
    let proposals = report.proposals();
    let lines = Lines::of(text);
    let one = |finding: &Finding| {
        json!({
            "fact": vocabulary.fact(finding.fact).id,
            "value": finding.value,
            "text": &text[finding.span.clone()],
            "span": [finding.span.start, finding.span.end],
            "line": lines.line_of(finding.span.start),
            "sentence": &text[finding.sentence.clone()],
            "date": finding.date.map(|d| d.to_string()),
            "tumour": finding.tumour,
            "held": finding.held.iter().map(|h| held_id(*h)).collect::<Vec<_>>(),
            "pattern": finding.pattern,
        })
    };
    let conflicts: Vec<Value> = report
        .conflicts
        .iter()
        .map(|c| {
            json!({
                "fact": vocabulary.fact(c.fact).id,
                "findings": c.findings.iter().map(|at| one(&report.findings[*at])).collect::<Vec<_>>(),
            })
        })
        .collect();
    let held: Vec<Value> = report.findings.iter().filter(|f| !f.proposed()).map(one).collect();
    json!({
        "report": name,
        "date": report.date.map(|d| d.to_string()),
        "guideline": {"id": guideline.manifest.id, "edition": guideline.manifest.edition, "digest": guideline.digest},
        "facts": proposals.into_iter().map(one).collect::<Vec<_>>(),
        "conflicts": conflicts,
        "held": held,
        "disclaimer": say(Language::En, Word::Disclaimer),
    })
}

fn held_id(held: Held) -> &'static str {
    match held {
        Held::Denied => "denied",
        Held::Doubted => "doubted",
        Held::Asked => "asked",
        Held::Planned => "planned",
        Held::Past => "past",
        Held::Other => "other",
    }
}

/// A case file of what is proposed, each fact with its day and its words as origin.
fn case_file(guideline: &CompiledGuideline, name: &str, report: &Report) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let mut out = format!("---\ncase: {}\nfacts:\n", quoted(name));
    for finding in report.proposals() {
        let id = &guideline.vocabulary.fact(finding.fact).id;
        let date = finding.date.map_or_else(String::new, |d| format!(", date: {d}"));
        let origin = quoted(&format!("{name}, {}..{}", finding.span.start, finding.span.end));
        out.push_str(&format!("  {id}: {{value: {}{date}, origin: {origin}}}\n", quoted(&finding.value)));
    }
    out
}
