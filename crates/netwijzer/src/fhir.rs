//! `fhir`: bundles of a hospital become cases, and cases become bundles, questionnaires and plans.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use nw_facts::{Date, Vocabulary};
use nw_fhir::{Import, Json, Mapping, Profile, Record};
use nw_guideline::CompiledGuideline;
use serde_json::{Value, json};

use crate::args::Format;
use crate::casefile::{CaseFile, read_document};
use crate::confirm::today;
use crate::engines::{Engines, Rulings};
use crate::inputs;
use crate::knowledge;
use crate::outcome::{Exit, Failure};
use crate::paper::{Ink, Paper, ink};
use crate::report::Report;
use crate::session::Session;
use crate::text::edition;
use crate::words::{Word, both, fill, say};

/// A bundle of one patient is a few megabytes; what is longer is something else.
const LONGEST: u64 = 64 << 20;

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Fhir {
    /// Read FHIR R4 bundles or resources of one patient each into facts, and tell every element that was not understood
    Import {
        /// Bundles or resources as JSON, one file for each patient; - reads standard input
        #[arg(required = true, value_name = "BUNDLE")]
        bundles: Vec<PathBuf>,
        /// Write the facts to this case file; - writes standard output
        #[arg(long, value_name = "FILE")]
        case: Option<PathBuf>,
    },
    /// Write cases with what follows from them as FHIR R4 bundles, one line for each case
    Export {
        /// Case files (YAML, JSON, JSON Lines), folders, or - for standard input
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Whose profiles the resources name: plain, mcode, nl-core, or what the registries nkr and enets get
        #[arg(
            long,
            value_name = "PROFILE",
            hide_possible_values = true,
            default_value = "plain",
            hide_default_value = true
        )]
        profile: Shape,
    },
    /// Write the dictionary as a FHIR Questionnaire; of a case only the questions that still matter, with its answers
    Questionnaire {
        /// Case file, or - for standard input
        #[arg(value_name = "CASE")]
        case: Option<PathBuf>,
    },
    /// Write the guideline as a FHIR PlanDefinition with its ActivityDefinitions
    Plan,
}

/// Profiles, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    Plain,
    Mcode,
    NlCore,
    Nkr,
    Enets,
}

impl Shape {
    fn profile(self) -> Option<Profile> {
        match self {
            Shape::Plain => Some(Profile::Plain),
            Shape::Mcode => Some(Profile::Mcode),
            Shape::NlCore => Some(Profile::NlCore),
            Shape::Nkr | Shape::Enets => None,
        }
    }

    /// The delivery of a registry.
    fn delivery(self) -> &'static str {
        if self == Shape::Nkr { "nkr" } else { "enets" }
    }
}

/// The mapping of a knowledge folder, or that inside the program.
///
/// # Errors
/// A file cannot be read, or the mapping has faults.
pub(crate) fn mapping(folder: Option<&Path>, vocabulary: &Vocabulary) -> Result<Mapping, Failure> {
    let mut own: Vec<(String, String)> = Vec::new();
    if let Some(folder) = folder.map(|f| knowledge::root(f).join("fhir")).filter(|f| f.is_dir()) {
        for entry in std::fs::read_dir(&folder).map_err(|e| Failure::world(&folder, &e))? {
            let path = entry.map_err(|e| Failure::world(&folder, &e))?.path();
            let name = path.file_name().map(|n| n.to_string_lossy().to_string()).unwrap_or_default();
            if name.ends_with(".toml") && !name.starts_with("delivery-") {
                let text = std::fs::read_to_string(&path).map_err(|e| Failure::world(&path, &e))?;
                own.push((path.display().to_string(), text));
            }
        }
        own.sort();
    }
    let read = match own.is_empty() {
        true => Mapping::shipped(vocabulary),
        false => {
            let files: Vec<(&str, &str)> = own.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
            Mapping::read(&files, vocabulary)
        }
    };
    read.map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(|f| format!("{}: {}", f.file, f.text)).collect();
        Failure { exit: Exit::BadInput, message: Some(both(Word::MappingFaults, &[&lines.join("\n  ")])) }
    })
}

pub(crate) fn run(session: &mut Session, what: &Fhir) -> Result<Exit, Failure> {
    match what {
        Fhir::Import { bundles, case } => import(session, bundles, case.as_deref()),
        Fhir::Export { paths, profile } => export(session, paths, *profile),
        Fhir::Questionnaire { case: None } => {
            let (_, guideline) = session.open()?;
            let mapping = mapping(session.folder.as_deref(), &guideline.vocabulary)?;
            let disclaimer = say(session.language, Word::Disclaimer);
            let tree = nw_fhir::questionnaire(&guideline, &mapping, session.language, disclaimer);
            written(session, &tree)
        }
        Fhir::Questionnaire { case: Some(case) } => {
            each(session, std::slice::from_ref(case), |session, record, mapping, _| {
                written(session, &nw_fhir::questionnaire_with(record, mapping)).map(|_| ())
            })
        }
        Fhir::Plan => {
            let (_, guideline) = session.open()?;
            let on = day(session, None);
            let disclaimer = say(session.language, Word::Disclaimer);
            let tree = nw_fhir::plan(&guideline, session.language, on, disclaimer);
            written(session, &tree)
        }
    }
}

/// The day that counts: that of the command line, that of the case, or today.
pub(crate) fn day(session: &Session, case: Option<&CaseFile>) -> Date {
    session.as_of.or(case.and_then(|c| c.as_of)).or_else(today).unwrap_or_default()
}

/// One line for programs, one member a line for people.
fn written(session: &mut Session, tree: &Json) -> Result<Exit, Failure> {
    match session.format {
        Format::Json => session.out.line(&tree.write())?,
        Format::Text => session.out.bytes(tree.write_wide().as_bytes())?,
    }
    session.out.flush()?;
    Ok(Exit::Done)
}

/// Every case of the paths, assessed.
pub(crate) fn each(
    session: &mut Session,
    paths: &[PathBuf],
    mut work: impl FnMut(&mut Session, &Record<'_>, &Mapping, &CaseFile) -> Result<(), Failure>,
) -> Result<Exit, Failure> {
    let (mut shelf, guideline) = session.open()?;
    let mapping = mapping(session.folder.as_deref(), &guideline.vocabulary)?;
    let rulings = Rulings::new(&shelf);
    let mut engines = Engines::new(&rulings);
    let mut worst = Exit::Done;
    let exit = inputs::documents(session, paths, |session, document| {
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
        let on = day(session, Some(&case));
        let record = Record {
            guideline: &guideline,
            pseudonym: &case.id,
            facts: &report.facts,
            conclusions: &report.conclusions,
            on,
            language: session.language,
            disclaimer: say(session.language, Word::Disclaimer),
        };
        work(session, &record, &mapping, &case)
    })?;
    session.out.flush()?;
    Ok(exit.max(worst))
}

fn export(session: &mut Session, paths: &[PathBuf], shape: Shape) -> Result<Exit, Failure> {
    let delivery = match shape.profile() {
        Some(_) => None,
        None => {
            let (_, guideline) = session.open()?;
            Some(crate::deliver::delivery(
                session.folder.as_deref(),
                shape.delivery(),
                &guideline.vocabulary,
            )?)
        }
    };
    each(session, paths, |session, record, mapping, case| {
        let tree = match (&delivery, shape.profile()) {
            // Who objects is not delivered; what was delivered before is taken back.
            (Some(delivery), _) if case.objects == Some(true) => {
                delivery.withdrawal(record.pseudonym, record.on)
            }
            (Some(delivery), _) => delivery.bundle(record, mapping),
            (None, profile) => {
                let tree = nw_fhir::export(record, mapping, profile.unwrap_or(Profile::Plain));
                match case.objects {
                    Some(objects) => nw_fhir::with_consent(tree, objects),
                    None => tree,
                }
            }
        };
        session.out.line(&tree.write())?;
        Ok(())
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let done = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|f| f.take(LONGEST + 1).read_to_end(&mut bytes))
    };
    done.map_err(|e| Failure::world(path, &e))?;
    // One byte more than is taken lets the reader say so itself.
    Ok(bytes)
}

fn import(session: &mut Session, bundles: &[PathBuf], case: Option<&Path>) -> Result<Exit, Failure> {
    let (_, guideline) = session.open()?;
    let mapping = mapping(session.folder.as_deref(), &guideline.vocabulary)?;
    let mut worst = Exit::Done;
    let mut cases = String::new();
    for path in bundles {
        let name = path.display().to_string();
        let bytes = match read(path) {
            Ok(bytes) => bytes,
            Err(failure) => {
                session.before_complaint();
                if let Some(message) = &failure.message {
                    session.say(Ink::Clash, message.get(session.language));
                }
                worst = worst.max(failure.exit);
                continue;
            }
        };
        let found = nw_fhir::import(&bytes, &mapping, &guideline.vocabulary);
        if !found.issues.is_empty() {
            worst = worst.max(Exit::BadInput);
        }
        if case.is_some() {
            cases.push_str(&case_file(&guideline, &name, &found));
            if found.research.as_ref().is_some_and(|r| r.objects) {
                session.say(
                    Ink::Strong,
                    &format!("{name}: {}", fill(session.language, Word::ResearchObjects, &[""])),
                );
            }
            for issue in &found.issues {
                let place = issue.place.as_deref().map_or(String::new(), |p| format!(" ({p})"));
                session.say(Ink::Clash, &format!("{name}: {}{place}", issue.text.get(session.language)));
            }
        }
        match (session.format, case) {
            (_, Some(out)) if out.as_os_str() == "-" => {}
            (Format::Json, _) => session.out.line(&as_json(&guideline, &name, &found).to_string())?,
            (Format::Text, _) => {
                let mut paper = Paper::new();
                write(&mut paper, session, &guideline, &name, &found);
                let said = paper.take();
                session.out.text(&said)?;
            }
        }
    }
    match case {
        Some(out) if out.as_os_str() == "-" => session.out.text(&cases)?,
        Some(out) => std::fs::write(out, &cases).map_err(|e| Failure::world(out, &e))?,
        None => {}
    }
    session.out.flush()?;
    Ok(worst)
}

/// The value of a statement, as a case file has it.
fn told(vocabulary: &Vocabulary, statement: &nw_facts::Observation) -> String {
    match statement.evidence.ids(vocabulary.fact(statement.fact)).as_deref() {
        None => statement.text.clone(),
        Some([one]) => (*one).to_string(),
        Some(more) => format!("[{}]", more.join(", ")),
    }
}

fn write(paper: &mut Paper, session: &Session, guideline: &CompiledGuideline, name: &str, found: &Import) {
    let (language, vocabulary) = (session.language, &guideline.vocabulary);
    paper.heading(name);
    for issue in &found.issues {
        let place = issue.place.as_deref().map_or(String::new(), |p| format!("  ({p})"));
        paper.line(2, 4, &[ink(Ink::Clash, issue.text.get(language)), ink(Ink::Faint, place)]);
    }
    for statement in found.facts.observations() {
        let label = crate::text::capital(vocabulary.fact(statement.fact).label.get(language));
        let day = statement.date.map_or(String::new(), |d| format!("  {d}"));
        let origin = statement.origin.as_deref().map_or(String::new(), |o| format!("  {o}"));
        paper.line(
            2,
            6,
            &[
                ink(Ink::Strong, label),
                ink(Ink::Plain, "  "),
                ink(Ink::Sure, told(vocabulary, statement)),
                ink(Ink::Plain, day),
                ink(Ink::Faint, origin),
            ],
        );
    }
    if let Some(research) = &found.research {
        let on = research.on.map_or(String::new(), |d| format!(" ({d})"));
        let word = if research.objects { Word::ResearchObjects } else { Word::ResearchAgrees };
        paper.line(2, 2, &[ink(Ink::Strong, fill(language, word, &[&on]))]);
    }
    if found.facts.observations().is_empty() && found.issues.is_empty() && found.research.is_none() {
        paper.line(2, 2, &[ink(Ink::Faint, say(language, Word::BundleSaysNothing))]);
    }
    if !found.notes.is_empty() {
        paper.blank();
        let count: usize = found.notes.iter().map(|n| n.count).sum();
        let title = fill(language, Word::HeadNotRead, &[&count.to_string(), &found.resources.to_string()]);
        paper.line(2, 2, &[ink(Ink::Strong, title)]);
        for note in &found.notes {
            let times = if note.count > 1 { format!("  × {}", note.count) } else { String::new() };
            let detail = if note.detail.is_empty() { String::new() } else { format!("  {}", note.detail) };
            paper.line(
                2,
                6,
                &[
                    ink(Ink::Plain, format!("{}{detail}{times}", note.element)),
                    ink(Ink::Open, format!("  {}", note.code.told().get(language))),
                    ink(Ink::Faint, format!("  {}", note.first)),
                ],
            );
        }
    }
    paper.blank();
    paper.line(0, 0, &[ink(Ink::Faint, say(language, Word::ImportProposes))]);
    paper.line(0, 0, &[ink(Ink::Faint, edition(guideline, language))]);
    paper.line(0, 0, &[ink(Ink::Faint, say(language, Word::Disclaimer))]);
}

fn as_json(guideline: &CompiledGuideline, name: &str, found: &Import) -> Value {
    let vocabulary = &guideline.vocabulary;
    let facts: Vec<Value> = found
        .facts
        .observations()
        .iter()
        .map(|o| {
            json!({
                "fact": vocabulary.fact(o.fact).id,
                "value": told(vocabulary, o),
                "date": o.date.map(|d| d.to_string()),
                "known": o.known.map(|d| d.to_string()),
                "origin": o.origin,
            })
        })
        .collect();
    let notes: Vec<Value> = found
        .notes
        .iter()
        .map(|n| {
            json!({"code": n.code.id(), "element": n.element, "detail": n.detail, "count": n.count, "first": n.first})
        })
        .collect();
    let issues: Vec<Value> = found
        .issues
        .iter()
        .map(|i| {
            json!({
                "severity": i.severity.id(), "code": i.code, "place": i.place,
                "text": {"en": i.text.en, "nl": i.text.nl},
            })
        })
        .collect();
    json!({
        "bundle": name,
        "resources": found.resources,
        "guideline": {"id": guideline.manifest.id, "edition": guideline.manifest.edition, "digest": guideline.digest},
        "facts": facts,
        "research": found.research.as_ref().map(|r| {
            json!({"stance": stance(r.objects), "on": r.on.map(|d| d.to_string()), "place": r.place})
        }),
        "notes": notes,
        "issues": issues,
        "disclaimer": say(nw_facts::Language::En, Word::Disclaimer),
    })
}

/// What a case file says of research and registries.
fn stance(objects: bool) -> &'static str {
    if objects { "objects" } else { "agrees" }
}

/// A case file of what was understood, each fact with its days and the element it came from.
fn case_file(guideline: &CompiledGuideline, name: &str, found: &Import) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let research = found.research.as_ref().map(|r| format!("research: {}\n", stance(r.objects)));
    let mut out = format!(
        "---\n# {}\ncase: {}\n{}facts:\n",
        say(nw_facts::Language::En, Word::ImportProposes),
        quoted(name),
        research.unwrap_or_default()
    );
    if found.facts.observations().is_empty() {
        out = out.replace("facts:\n", "facts: {}\n");
    }
    // One entry for each fact: a second one with its name would be lost to some readers of YAML.
    let mut seen = Vec::new();
    for first in found.facts.observations() {
        if seen.contains(&first.fact) {
            continue;
        }
        seen.push(first.fact);
        let entries: Vec<String> = found
            .facts
            .about(first.fact)
            .map(|o| {
                let date = o.date.map_or_else(String::new, |d| format!(", date: {d}"));
                let known = o.known.map_or_else(String::new, |d| format!(", known: {d}"));
                let origin =
                    o.origin.as_deref().map_or_else(String::new, |o| format!(", origin: {}", quoted(o)));
                format!("{{value: {}{date}{known}{origin}}}", quoted(&told(&guideline.vocabulary, o)))
            })
            .collect();
        let id = &guideline.vocabulary.fact(first.fact).id;
        match entries.as_slice() {
            [one] => out.push_str(&format!("  {id}: {one}\n")),
            more => {
                out.push_str(&format!("  {id}:\n"));
                more.iter().for_each(|e| out.push_str(&format!("    - {e}\n")));
            }
        }
    }
    out
}
