//! `check`: the knowledge compiled, proved and run against its own cases, with findings as a compiler shows them.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use nw_facts::{Language, Text, said};
use nw_guideline::{
    CompiledGuideline, Diagnostic, DiagnosticCode, Level as Weight, Place, Recall, SourceSet,
    StatementStatus, compile_again, compile_with,
};
use serde_json::json;

use crate::args::Format;
use crate::knowledge;
use crate::outcome::{Exit, Failure};
use crate::paper::{Ink, Paper, ink, terminal_width};
use crate::session::Session;
use crate::words::{Word, fill, say};

/// How often a watched folder is looked at.
const PAUSE: Duration = Duration::from_millis(200);

pub(crate) fn run(session: &mut Session, watch: bool, sizes: bool) -> Result<Exit, Failure> {
    let folder = session.folder.clone();
    match (watch, folder) {
        (true, Some(folder)) => watching(session, &folder, sizes),
        (true, None) => Err(Failure::usage(Word::WatchNeedsFolder, &[])),
        (false, Some(folder)) => {
            let sources = knowledge::folder(&folder)?;
            let beside = Beside::read(Some(&folder))?;
            once(session, &sources, &beside, sizes, &mut Seen::default())
        }
        (false, None) => {
            once(session, &knowledge::embedded(), &Beside::read(None)?, sizes, &mut Seen::default())
        }
    }
}

/// `check --discrepancies`: every difference in and between sources with its places and decision, and what became of
/// the statements of each source.
pub(crate) fn discrepancies(session: &mut Session) -> Result<Exit, Failure> {
    let sources = match &session.folder {
        Some(folder) => knowledge::folder(folder)?,
        None => knowledge::embedded(),
    };
    let date = session.as_of.map(|d| d.to_string()).unwrap_or_default();
    let draft = compile_with(&sources, "", &date, false);
    let guideline = draft.guideline();
    let place = |at: &nw_guideline::Place| {
        let text = sources.get(&at.file).unwrap_or_default();
        let line = text[..within(text, &at.span).start].matches('\n').count() + 1;
        format!("{}:{line}", at.file)
    };
    let counts = |source: &str| -> Vec<(StatementStatus, usize)> {
        let of = |status| {
            let same = |s: &&nw_guideline::SourceStatement| s.source == source && s.status == status;
            (status, guideline.source_map.iter().filter(same).count())
        };
        StatementStatus::ALL.iter().map(|(status, _)| of(*status)).collect()
    };
    let mut mapped: Vec<&str> = guideline.source_map.iter().map(|s| s.source.as_str()).collect();
    mapped.dedup();
    match session.format {
        Format::Json => {
            for d in &guideline.departures {
                let line = json!({
                    "departure": d.id, "title": {"en": d.title.en, "nl": d.title.nl}, "kind": d.kind,
                    "says": d.says, "other": d.other, "decision": d.decision, "adopted": d.adopted,
                    "rows": d.rows, "date": d.date, "place": place(&d.place),
                });
                session.out.line(&line.to_string())?;
            }
            for s in &guideline.source_map {
                let line = json!({
                    "statement": {"en": s.text.en, "nl": s.text.nl}, "source": s.source, "at": s.at,
                    "status": s.status.id(), "rows": s.rows,
                    "because": {"en": s.because.en, "nl": s.because.nl}, "place": place(&s.place),
                });
                session.out.line(&line.to_string())?;
            }
        }
        Format::Text => {
            let language = session.language;
            let mut paper = Paper::new();
            for d in &guideline.departures {
                let title = crate::text::capital(d.title.get(language));
                paper.line(
                    0,
                    2,
                    &[ink(Ink::Strong, title), ink(Ink::Faint, format!(" [{}] {}", d.id, place(&d.place)))],
                );
                for (lead, said) in d.says.iter().map(|s| ("− ", s)).chain(d.other.iter().map(|s| ("+ ", s)))
                {
                    paper.line(2, 4, &[ink(Ink::Faint, lead), ink(Ink::Plain, said.as_str())]);
                }
                let adopted = say(language, if d.adopted { Word::Adopted } else { Word::NotAdopted });
                let decision = format!("{} ({adopted}, {})", d.decision, d.date);
                paper.line(2, 4, &[ink(Ink::Sure, "→ "), ink(Ink::Plain, decision)]);
                paper.line(4, 4, &[ink(Ink::Faint, d.rows.join(", "))]);
            }
            paper.blank();
            let count = guideline.departures.len().to_string();
            paper.line(0, 2, &[ink(Ink::Strong, fill(language, Word::DiscrepancyCount, &[&count]))]);
            for source in &mapped {
                let counts: Vec<String> = counts(source)
                    .iter()
                    .filter(|(_, n)| *n > 0)
                    .map(|(s, n)| format!("{} {n}", s.id()))
                    .collect();
                paper.line(
                    2,
                    4,
                    &[ink(Ink::Plain, format!("{source}: ")), ink(Ink::Faint, counts.join(" · "))],
                );
            }
            session.out.text(&paper.take())?;
        }
    }
    session.out.flush()?;
    Ok(Exit::Done)
}

/// What earlier looks at nearly the same texts found out.
#[derive(Default)]
struct Seen {
    texts: Recall,
    cases: nw_engine::CaseRecall,
}

/// What stands beside the guideline and is held to it: patterns of reports, cards of CDS Hooks.
struct Beside {
    reports: Vec<(String, String)>,
    hooks: Vec<(String, String)>,
}

impl Beside {
    fn read(folder: Option<&Path>) -> Result<Beside, Failure> {
        // A folder without them has none to hold; what ships fits the guideline that ships.
        let part = |part: &str| folder.map(|f| knowledge::beside(f, part)).transpose();
        Ok(Beside {
            reports: part("reports")?.map_or_else(|| crate::extract::patterns(None), Ok)?,
            hooks: part("hooks")?.map_or_else(|| crate::hooks::files(None), Ok)?,
        })
    }

    /// The texts with these beside them, to show where a finding stands.
    fn shown(&self, sources: &SourceSet) -> SourceSet {
        let files = self.reports.iter().chain(&self.hooks);
        files.fold(sources.clone(), |all, (name, text)| all.with(name, text.clone()))
    }

    fn check(&self, guideline: &CompiledGuideline) -> Vec<Diagnostic> {
        let vocabulary = &guideline.vocabulary;
        let files: Vec<(&str, &str)> = self.reports.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let (faults, code) = match nw_extract::Grammar::read(&files, vocabulary) {
            Err(faults) => (faults, DiagnosticCode::BadToml),
            Ok(grammar) => (grammar.check(vocabulary), DiagnosticCode::FailingCase),
        };
        let help = said!(
            "docs/reports.md says what a pattern needs",
            "docs/reports.md zegt wat een patroon nodig heeft"
        );
        let fault = |code, files: &[(&str, &str)], file: &str, text: &Text, help: &Text| {
            Diagnostic::new(code, &place_in(files, file, &text.en), text.clone(), help.clone())
        };
        let mut found: Vec<Diagnostic> =
            faults.iter().map(|f| fault(code, &files, &f.file, &f.text, &help)).collect();
        let files: Vec<(&str, &str)> = self.hooks.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let faults = nw_hooks::Hooks::read(&files, guideline).err().unwrap_or_default();
        let help = said!(
            "docs/cds-hooks.md says what a card needs",
            "docs/cds-hooks.md zegt wat een kaart nodig heeft"
        );
        found.extend(faults.iter().map(|f| fault(DiagnosticCode::BadToml, &files, &f.file, &f.text, &help)));
        found
    }
}

/// The place of the name that a fault puts in backticks, as far as the file has it.
fn place_in(files: &[(&str, &str)], file: &str, fault: &str) -> Place {
    let text = files.iter().find(|(name, _)| *name == file).map_or("", |(_, text)| *text);
    let quoted = fault.split('`').nth(1).map(|name| format!("\"{name}\""));
    let at = quoted.and_then(|quoted| Some((text.find(&quoted)?, quoted.len())));
    let (start, long) = at.unwrap_or((0, 0));
    Place { file: file.into(), span: start..start + long }
}

/// Everything there is to say about a set of texts.
fn findings(
    sources: &SourceSet,
    beside: &Beside,
    date: &str,
    seen: &mut Seen,
) -> (nw_guideline::Draft, Vec<Diagnostic>) {
    let draft = compile_again(sources, "", date, &mut seen.texts);
    let mut all = draft.diagnostics().to_vec();
    // Schedules of a guideline with errors could not name what they count from.
    if !all.iter().any(|d| d.level() == Weight::Error) {
        let (schedules, mut found) = nw_calendar::read(sources, draft.guideline());
        if found.is_empty() {
            found = nw_calendar::check(&schedules);
        }
        all.extend(found);
    }
    // Cases of a guideline with errors would fail for those errors and say nothing new.
    if !all.iter().any(|d| d.level() == Weight::Error) {
        all.extend(nw_engine::check_cases_again(draft.guideline(), &mut seen.cases));
        all.extend(beside.check(draft.guideline()));
    }
    all.sort_by(|a, b| (b.level(), &a.file, a.span.start).cmp(&(a.level(), &b.file, b.span.start)));
    (draft, all)
}

fn once(
    session: &mut Session,
    sources: &SourceSet,
    beside: &Beside,
    sizes: bool,
    seen: &mut Seen,
) -> Result<Exit, Failure> {
    let begun = Instant::now();
    let date = session.as_of.map(|d| d.to_string()).unwrap_or_default();
    let (draft, found) = findings(sources, beside, &date, seen);
    let took = begun.elapsed();
    let sources = &beside.shown(sources);
    let guideline = draft.guideline();
    let errors = found.iter().filter(|d| d.level() == Weight::Error).count();
    match session.format {
        Format::Json => {
            for diagnostic in &found {
                session.out.line(&line(sources, diagnostic))?;
            }
        }
        Format::Text => {
            session.out.text(&render(sources, &found, session.language))?;
            if sizes {
                let text = sizes_text(guideline, session.language);
                session.out.text(&text)?;
            }
            let text = summary(guideline, errors, found.len() - errors, took, session.language);
            session.out.text(&text)?;
        }
    }
    session.out.flush()?;
    Ok(if errors > 0 { Exit::Findings } else { Exit::Done })
}

fn summary(
    guideline: &CompiledGuideline,
    errors: usize,
    warnings: usize,
    took: Duration,
    language: Language,
) -> String {
    let rows: usize = guideline.tables.iter().map(|t| t.rows.len()).sum();
    let cells: usize = guideline.tables.iter().flat_map(|t| &t.rows).map(|r| r.cells.len()).sum();
    let mut paper = Paper::new();
    let counts = fill(
        language,
        Word::CheckCounts,
        &[
            &guideline.tables.len().to_string(),
            &rows.to_string(),
            &cells.to_string(),
            &guideline.vocabulary.facts().len().to_string(),
            &guideline.conclusions.len().to_string(),
            &guideline.cases.len().to_string(),
        ],
    );
    let manifest = &guideline.manifest;
    let verdict = match (errors, warnings) {
        (0, 0) => ink(Ink::Sure, say(language, Word::CheckFine)),
        (0, _) => ink(Ink::Open, fill(language, Word::CheckWarnings, &[&warnings.to_string()])),
        _ => {
            ink(Ink::Clash, fill(language, Word::CheckErrors, &[&errors.to_string(), &warnings.to_string()]))
        }
    };
    paper.line(
        0,
        2,
        &[
            ink(Ink::Strong, format!("{} {}", manifest.id, manifest.edition)),
            ink(Ink::Plain, format!(": {counts}")),
        ],
    );
    let time = fill(language, Word::CheckTook, &[&took.as_millis().to_string()]);
    paper.line(0, 2, &[verdict, ink(Ink::Faint, format!(" ({time})"))]);
    paper.take()
}

fn sizes_text(guideline: &CompiledGuideline, language: Language) -> String {
    let mut paper = Paper::new();
    for (id, nodes, support) in guideline.sizes() {
        let text = fill(language, Word::SizeLine, &[&nodes.to_string(), &support.to_string()]);
        paper.row(0, &[ink(Ink::Plain, id)], 36, &[ink(Ink::Plain, text)]);
    }
    paper.blank();
    paper.take()
}

/// Findings with the text they are about.
pub(crate) fn render(sources: &SourceSet, found: &[Diagnostic], language: Language) -> String {
    let renderer =
        Renderer::styled().decor_style(DecorStyle::Unicode).term_width(terminal_width().clamp(60, 160));
    let mut text = String::new();
    for diagnostic in found {
        text.push_str(&renderer.render(&[group(sources, diagnostic, language)]));
        text.push_str("\n\n");
    }
    text
}

fn group<'d>(sources: &'d SourceSet, diagnostic: &'d Diagnostic, language: Language) -> Group<'d> {
    let level = match diagnostic.level() {
        Weight::Error => Level::ERROR.with_name(say(language, Word::LevelError)),
        Weight::Warning => Level::WARNING.with_name(say(language, Word::LevelWarning)),
    };
    let title = level.primary_title(diagnostic.message.get(language)).id(diagnostic.code.name());
    let mut group = match sources.get(&diagnostic.file) {
        Some(text) => {
            let span = within(text, &diagnostic.span);
            title.element(
                Snippet::source(text).path(&*diagnostic.file).annotation(AnnotationKind::Primary.span(span)),
            )
        }
        None => Group::with_title(title)
            .element(Level::NOTE.with_name(say(language, Word::File)).message(&*diagnostic.file)),
    };
    if let Some(patient) = &diagnostic.patient {
        group =
            group.element(Level::NOTE.with_name(say(language, Word::Patient)).message(patient.get(language)));
    }
    if !diagnostic.help.is_empty() {
        group = group
            .element(Level::HELP.with_name(say(language, Word::Help)).message(diagnostic.help.get(language)));
    }
    group
}

/// A span that surely lies within the text and cuts no character.
fn within(text: &str, span: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    start..end
}

fn line(sources: &SourceSet, diagnostic: &Diagnostic) -> String {
    let text = sources.get(&diagnostic.file).unwrap_or_default();
    let span = within(text, &diagnostic.span);
    let place = |at: usize| {
        let before = &text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    };
    let ((line, column), (end_line, end_column)) = (place(span.start), place(span.end));
    json!({
        "level": match diagnostic.level() { Weight::Error => "error", Weight::Warning => "warning" },
        "code": diagnostic.code.name(),
        "kind": json!({"en": diagnostic.code.kind().en, "nl": diagnostic.code.kind().nl}),
        "file": &*diagnostic.file,
        "line": line,
        "column": column,
        "endLine": end_line,
        "endColumn": end_column,
        "text": text.get(span).unwrap_or_default(),
        "message": json!({"en": diagnostic.message.en, "nl": diagnostic.message.nl}),
        "help": json!({"en": diagnostic.help.en, "nl": diagnostic.help.nl}),
        "patient": diagnostic.patient.as_ref().map(|p| json!({"en": p.en, "nl": p.nl})),
    })
    .to_string()
}

/// All findings as lines of JSON, and whether none of them is an error.
///
/// # Errors
/// What stands beside the guideline cannot be read.
pub(crate) fn lines(
    sources: &SourceSet,
    folder: Option<&Path>,
    date: &str,
) -> Result<(bool, Vec<String>), Failure> {
    let beside = Beside::read(folder)?;
    let (_, found) = findings(sources, &beside, date, &mut Seen::default());
    let fine = found.iter().all(|d| d.level() != Weight::Error);
    let shown = beside.shown(sources);
    Ok((fine, found.iter().map(|d| line(&shown, d)).collect()))
}

/// What a folder looked like: names, sizes and times of its files.
type Print = Vec<(String, u64, Option<SystemTime>)>;

fn print_of(folder: &Path) -> Print {
    let mut files = knowledge::files(folder).unwrap_or_default();
    files.extend(knowledge::files_of(folder, "reports"));
    files.extend(knowledge::files_of(folder, "hooks"));
    let print = files.into_iter().map(|(name, path)| {
        let meta = std::fs::metadata(path).ok();
        (name, meta.as_ref().map_or(0, std::fs::Metadata::len), meta.and_then(|m| m.modified().ok()))
    });
    print.collect()
}

/// Checks again whenever a file changes, until the user stops it.
fn watching(session: &mut Session, folder: &Path, sizes: bool) -> Result<Exit, Failure> {
    let mut seen = Seen::default();
    loop {
        let print = print_of(folder);
        if session.format == Format::Text && session.out.colours() {
            session.out.text("\x1b[2J\x1b[H")?;
        }
        match knowledge::folder(folder) {
            Ok(sources) => {
                let beside = Beside::read(Some(folder))?;
                once(session, &sources, &beside, sizes, &mut seen)?;
            }
            // A file that is being saved may be gone for a moment; the next look will tell.
            Err(failure) => {
                let text = failure.message.map(|m| m.get(session.language).to_string()).unwrap_or_default();
                session.say(Ink::Clash, &text);
            }
        }
        session.say(Ink::Faint, say(session.language, Word::Watching));
        while print_of(folder) == print {
            std::thread::sleep(PAUSE);
        }
    }
}
