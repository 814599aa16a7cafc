//! Categories of several TNM editions on one line each: `UICC 8  pT2 N1 M0  stage III`.
//!
//! This is layout only: which conclusions exist comes from the guideline, by ids of the form `tnm.<edition>.<part>`.

use nw_engine::{Drawn, Outcome};
use nw_facts::Language;

use crate::paper::{Ink, Paper, Piece, columns, ink};
use crate::report::Report;
use crate::text::{View, capital, conventional_text, reason, value_text, values_text, why_not};
use crate::words::{Word, fill, say};

const PARTS: [&str; 4] = ["t", "n", "m", "stage"];

/// Conclusions that are written onto the categories (`pT2`, `T2(m)`) rather than on a line of their own.
const PREFIX: &str = "tnm.prefix";
const SUFFIX: &str = "tnm.suffix";

/// The conclusions of one edition.
pub(crate) struct Edition<'d> {
    /// `uicc8`.
    id: String,
    /// T, N, M and stage, as far as given.
    parts: [Option<&'d Drawn>; 4],
}

/// Takes the categories of all editions out of a list; the rest stays as it is.
pub(crate) fn split<'d>(report: &Report<'_>, members: &[&'d Drawn]) -> (Vec<Edition<'d>>, Vec<&'d Drawn>) {
    let mut editions: Vec<Edition<'d>> = Vec::new();
    let mut rest = Vec::new();
    for drawn in members {
        if [PREFIX, SUFFIX].contains(&report.def(drawn).id.as_str()) {
            continue;
        }
        let mut id = report.def(drawn).id.split('.');
        let place = match (id.next(), id.next(), id.next(), id.next()) {
            (Some("tnm"), Some(edition), Some(part), None) => {
                PARTS.iter().position(|p| *p == part).map(|at| (edition, at))
            }
            _ => None,
        };
        let Some((edition, at)) = place else {
            rest.push(*drawn);
            continue;
        };
        let found = editions.iter().position(|e| e.id == edition).unwrap_or_else(|| {
            editions.push(Edition { id: edition.to_string(), parts: [None; 4] });
            editions.len() - 1
        });
        editions[found].parts[at] = Some(drawn);
    }
    (editions, rest)
}

/// `UICC 8` for `uicc8`.
fn edition_name(id: &str) -> String {
    let digits = id.find(|c: char| c.is_ascii_digit()).unwrap_or(id.len());
    let (letters, number) = id.split_at(digits);
    format!("{}\u{a0}{number}", letters.to_uppercase()).trim_end_matches('\u{a0}').to_string()
}

/// What a list of editions is called where there is no room for their values.
pub(crate) fn names(editions: &[Edition<'_>], language: Language) -> Vec<String> {
    editions
        .iter()
        .map(|edition| {
            let parts: Vec<&str> = ["T", "N", "M", say(language, Word::Stage)]
                .into_iter()
                .zip(&edition.parts)
                .filter(|(_, drawn)| drawn.is_some())
                .map(|(name, _)| name)
                .collect();
            format!("{} {}", edition_name(&edition.id), parts.join("/"))
        })
        .collect()
}

/// Writes the editions, those that agree in everything on one line.
pub(crate) fn write(paper: &mut Paper, report: &Report<'_>, view: &View<'_>, editions: &[Edition<'_>]) {
    let mut lines: Vec<(Vec<String>, &Edition<'_>)> = Vec::new();
    for edition in editions {
        let same = |other: &Edition<'_>| {
            edition.parts.iter().zip(&other.parts).all(|(a, b)| match (a, b) {
                (Some(a), Some(b)) => said(report, a, view.language) == said(report, b, view.language),
                (None, None) => true,
                _ => false,
            })
        };
        match lines.iter_mut().find(|(_, first)| same(first)) {
            Some((names, _)) => names.push(edition_name(&edition.id)),
            None => lines.push((vec![edition_name(&edition.id)], edition)),
        }
    }
    let widest = lines.iter().map(|(names, _)| columns(&names.join(", ")) + 2).max().unwrap_or(0);
    let column = widest.clamp(12, if paper.width() < 70 { 18 } else { 30 });
    for (names, edition) in &lines {
        line(paper, report, view, &names.join(", "), edition, column);
    }
    reasons(paper, report, view.language, &lines, 2 + column);
}

/// Everything shown about one category, to see whether two editions agree.
fn said(report: &Report<'_>, drawn: &Drawn, language: Language) -> (String, Option<String>) {
    let def = report.def(drawn);
    let outcome = match &drawn.outcome {
        Outcome::Conflict(_) => "✗".to_string(),
        outcome => values_text(def, outcome.possible(def.values.len()), language),
    };
    (outcome, drawn.convention.as_ref().map(|c| conventional_text(def, &c.outcome, language)))
}

fn line(
    paper: &mut Paper,
    report: &Report<'_>,
    view: &View<'_>,
    name: &str,
    edition: &Edition<'_>,
    column: usize,
) {
    let language = view.language;
    let mut pieces: Vec<Piece> = Vec::new();
    let applies = edition.parts.iter().flatten().any(|d| !matches!(d.outcome, Outcome::NotApplicable));
    if !applies {
        let reason =
            edition.parts.iter().flatten().next().map(|d| why_not(report, d, language)).unwrap_or_default();
        paper.row(2, &[ink(Ink::Plain, name)], column, &[ink(Ink::Faint, format!("– {reason}"))]);
        return;
    }
    for (at, drawn) in edition.parts.iter().enumerate() {
        let Some(drawn) = drawn else { continue };
        if !pieces.is_empty() {
            pieces.push(ink(Ink::Plain, if at == 3 { "  · " } else { "  " }));
        }
        if at == 3 {
            pieces.push(ink(Ink::Plain, format!("{}\u{a0}", say(language, Word::Stage))));
        }
        pieces.push(category(report, drawn, at, language));
    }
    paper.row(2, &[ink(Ink::Plain, name)], column, &pieces);
    let mut by_convention: Vec<String> = Vec::new();
    let mut conventions: Vec<usize> = Vec::new();
    for (at, drawn) in edition.parts.iter().enumerate() {
        if let Some((drawn, convention)) = drawn.and_then(|d| d.convention.as_ref().map(|c| (d, c))) {
            let value = conventional_text(report.def(drawn), &convention.outcome, language);
            by_convention.push(if at == 3 {
                format!("{}\u{a0}{value}", say(language, Word::Stage))
            } else {
                value
            });
            conventions.extend(
                convention
                    .conventions
                    .iter()
                    .filter(|c| !conventions.contains(c))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
    }
    if !by_convention.is_empty() {
        let mut ids: Vec<String> =
            conventions.iter().take(2).map(|c| report.guideline.conventions[*c].id.clone()).collect();
        if conventions.len() > 2 {
            let more = (conventions.len() - 2).to_string();
            ids = vec![fill(language, Word::ManyConventions, &[&ids.join(", "), &more])];
        }
        paper.line(
            2 + column,
            2 + column,
            &[
                ink(Ink::Plain, format!("{} ", say(language, Word::ByConvention))),
                ink(Ink::Strong, by_convention.join(", ")),
                ink(Ink::Faint, format!(" [{}]", ids.join(", "))),
            ],
        );
    }
}

fn category(report: &Report<'_>, drawn: &Drawn, part: usize, language: Language) -> Piece {
    let def = report.def(drawn);
    let letter = ["T", "N", "M", ""][part];
    match &drawn.outcome {
        Outcome::Concluded(value) => {
            let value = value_text(def, *value, language);
            // Prefix and suffix belong to T, the prefix to N, too; M and stage stand alone.
            let prefix = if part < 2 { decided_value(report, PREFIX) } else { None };
            let suffix =
                if part == 0 { decided_value(report, SUFFIX).filter(|s| *s != "none") } else { None };
            let suffix = suffix.map_or_else(String::new, |s| format!("({s})"));
            ink(Ink::Sure, format!("{}{value}{suffix}", prefix.unwrap_or_default()))
        }
        Outcome::NotApplicable => ink(Ink::Faint, format!("{letter}–")),
        Outcome::Conflict(_) => ink(Ink::Clash, format!("{letter}✗")),
        outcome => {
            let values = Report::values(def, outcome.possible(def.values.len()));
            let named: Vec<String> = values
                .iter()
                .filter(|v| **v < def.values.len())
                .map(|v| value_text(def, *v, language))
                .collect();
            let tail = if values.contains(&def.values.len()) { "/–" } else { "" };
            if named.len() > 4 {
                // First and last of a long list: the whole list is in `explain`.
                let last = named.last().cloned().unwrap_or_default();
                ink(Ink::Open, format!("{}…{last}{tail}", named[0]))
            } else {
                ink(Ink::Open, format!("{}{tail}", named.join("/")))
            }
        }
    }
}

/// The value of a conclusion by id, when it is concluded.
fn decided_value<'r>(report: &'r Report<'_>, id: &str) -> Option<&'r str> {
    let drawn = report.conclusions.drawn.iter().find(|d| report.def(d).id == id)?;
    match drawn.outcome {
        Outcome::Concluded(value) => Some(Report::value_id(report.def(drawn), value)),
        _ => None,
    }
}

/// Why, once for the first edition that decides each category.
fn reasons(
    paper: &mut Paper,
    report: &Report<'_>,
    language: Language,
    lines: &[(Vec<String>, &Edition<'_>)],
    indent: usize,
) {
    let mut told: Vec<String> = Vec::new();
    for part in 0..3 {
        for (_, edition) in lines {
            let Some(drawn) = edition.parts[part] else { continue };
            if !matches!(drawn.outcome, Outcome::Concluded(_)) {
                continue;
            }
            let pieces = reason(report, drawn, language);
            let plain: String = pieces.iter().filter(|p| p.0 == Ink::Plain).map(|p| p.1.as_str()).collect();
            if plain.is_empty() || told.contains(&plain) {
                continue;
            }
            told.push(plain);
            let mut line = vec![ink(
                Ink::Plain,
                format!("{}: ", value_text(report.def(drawn), decided(drawn), language)),
            )];
            line.extend(pieces);
            paper.line(indent, indent + 2, &line);
        }
    }
    let open: Vec<&Drawn> = lines
        .iter()
        .flat_map(|(_, e)| e.parts.iter().flatten())
        .filter(|d| d.outcome.is_open())
        .copied()
        .collect();
    let mut facts: Vec<String> = Vec::new();
    for drawn in &open {
        for fact in drawn.settle.first().into_iter().flatten() {
            let label = report.guideline.vocabulary.fact(*fact).label.get(language).to_string();
            if !facts.contains(&label) {
                facts.push(label);
            }
        }
    }
    if !facts.is_empty() {
        let more = facts.len().saturating_sub(4);
        facts.truncate(4);
        if more > 0 {
            facts.push(format!("+{more}"));
        }
        let line = fill(language, Word::SettledBy, &[&facts.join(", ")]);
        paper.line(indent, indent, &[ink(Ink::Faint, capital(&line))]);
    }
}

fn decided(drawn: &Drawn) -> usize {
    match drawn.outcome {
        Outcome::Concluded(value) => value,
        _ => 0,
    }
}
