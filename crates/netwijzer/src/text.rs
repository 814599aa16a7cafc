//! The assessment as one would show it to a colleague.

use nw_engine::{Drawn, DueItem, DueStatus, Outcome, Sets};
use nw_facts::{ConclusionDef, FactIdx, Language, Text};
use nw_guideline::Subject;

use crate::collected;
use crate::paper::{Ink, Paper, Piece, columns, ink};
use crate::report::{Basis, Given, Report, Status};
use crate::tnm;
use crate::words::{Word, fill, say};

/// Questions shown unless all are asked for.
const FEW_QUESTIONS: usize = 3;

/// How to show a case.
pub(crate) struct View<'v> {
    pub language: Language,
    /// Everything: steps on the way, what does not apply, all questions.
    pub all: bool,
    /// What every conclusion may be when nothing is known, to tell "open" from "not looked at".
    pub nothing_known: &'v Sets,
}

/// Writes one case.
pub(crate) fn write(paper: &mut Paper, report: &Report<'_>, view: &View<'_>) {
    header(paper, report, view.language);
    contradictions(paper, report, view.language);
    let mut untouched: Vec<&Drawn> = Vec::new();
    let mut outside: Vec<(String, Vec<&Drawn>)> = Vec::new();
    for section in sections(report, view) {
        let applies = |d: &&Drawn| Report::status(d) != Status::NotApplicable;
        if !view.all && !section.members.iter().any(applies) {
            outside.push((section.title, section.members));
            continue;
        }
        let (not_looked_at, members): (Vec<&Drawn>, Vec<&Drawn>) = section
            .members
            .into_iter()
            .partition(|d| !view.all && is_untouched(report, d, view.nothing_known));
        // What is concluded for everybody of whom nothing is known says nothing about this patient.
        untouched.extend(not_looked_at.into_iter().filter(|d| d.outcome.is_open()));
        let members: Vec<&Drawn> = members.into_iter().filter(|d| view.all || applies(d)).collect();
        if !members.is_empty() {
            group(paper, report, view, &section.title, &members);
        }
    }
    due(paper, report, view.language);
    crate::untouched::section(paper, report, view, &untouched);
    does_not_apply(paper, report, view.language, &outside);
    notes(paper, report, view.language);
    crate::clashes::write(paper, report, view.language);
    questions(paper, report, view);
}

/// Conclusions under one heading.
struct Section<'r> {
    title: String,
    members: Vec<&'r Drawn>,
}

/// Conclusions under the headings of the vocabulary, in its order; those without a heading come last.
fn sections<'r>(report: &'r Report<'_>, view: &View<'_>) -> Vec<Section<'r>> {
    let groups = report.guideline.vocabulary.groups();
    let titles = groups.iter().map(|g| g.label.get(view.language).to_string());
    let titles = titles.chain([say(view.language, Word::GroupOther).to_string()]);
    let mut sections: Vec<Section<'r>> = titles.map(|title| Section { title, members: Vec::new() }).collect();
    for drawn in report.shown(view.all) {
        let def = report.def(drawn);
        let at = report.guideline.vocabulary.group_of(def);
        let detail = at.is_some_and(|at| groups[at].detail) || is_points(def);
        if view.all || !detail {
            sections[at.unwrap_or(groups.len())].members.push(drawn);
        }
    }
    sections.retain(|s| !s.members.is_empty());
    sections
}

/// Pros and cons are shown with their option, in `explain`.
fn is_points(def: &ConclusionDef) -> bool {
    def.id.ends_with(".points")
}

/// What is to be done again, the overdue first.
fn due(paper: &mut Paper, report: &Report<'_>, language: Language) {
    let mut items: Vec<&DueItem> = report.conclusions.due.iter().collect();
    if items.is_empty() {
        return;
    }
    let rank = |status: DueStatus| match status {
        DueStatus::Overdue => 0,
        DueStatus::Due => 1,
        DueStatus::Later => 2,
        DueStatus::Undated => 3,
    };
    items.sort_by_key(|i| (rank(i.status), i.earliest));
    paper.heading(say(language, Word::HeadDue));
    for item in items {
        let (mark, tint, word) = match item.status {
            DueStatus::Overdue => ("! ", Ink::Clash, Word::Overdue),
            DueStatus::Due => ("• ", Ink::Open, Word::DueNow),
            DueStatus::Later => ("– ", Ink::Faint, Word::DueLater),
            DueStatus::Undated => ("? ", Ink::Faint, Word::DueUndated),
        };
        let title = capital(report.guideline.dues[item.due].title.get(language));
        let mut pieces =
            vec![ink(tint, mark), ink(Ink::Plain, format!("{title}: ")), ink(tint, say(language, word))];
        if let (Some(earliest), Some(latest)) = (item.earliest, item.latest) {
            let days = if earliest == latest {
                date_text(earliest, language)
            } else {
                format!("{} – {}", date_text(earliest, language), date_text(latest, language))
            };
            pieces.push(ink(Ink::Strong, format!(" {days}")));
        }
        if !item.certain {
            pieces.push(ink(Ink::Faint, format!(" ({})", say(language, Word::DuePerhaps))));
        }
        paper.line(2, 4, &pieces);
    }
}

fn header(paper: &mut Paper, report: &Report<'_>, language: Language) {
    let mut title = vec![ink(Ink::Strong, report.case.id.clone())];
    if let Some(date) = report.as_of {
        title.push(ink(
            Ink::Plain,
            format!(" · {}", fill(language, Word::AsOf, &[&date_text(date, language)])),
        ));
    }
    paper.line(0, 2, &title);
    paper.line(0, 2, &[ink(Ink::Faint, edition(report.guideline, language))]);
    paper.line(0, 2, &[ink(Ink::Faint, say(language, Word::Disclaimer))]);
    let decided = |d: &&Drawn| d.reason.as_ref().is_some_and(|r| !r.steps.is_empty());
    let (mut total, mut open) = (0, 0);
    for drawn in report.shown(false).filter(decided) {
        total += 1;
        open += usize::from(!drawn.confirmed);
    }
    if open > 0 {
        let line = if open == total {
            say(language, Word::NothingConfirmed).to_string()
        } else {
            fill(language, Word::SomeUnconfirmed, &[&open.to_string(), &total.to_string()])
        };
        paper.line(0, 2, &[ink(Ink::Faint, line)]);
    }
}

/// Guideline, edition and the start of its digest.
pub(crate) fn edition(guideline: &nw_guideline::CompiledGuideline, language: Language) -> String {
    let digest = guideline.digest.strip_prefix("sha256:").unwrap_or(&guideline.digest);
    let manifest = &guideline.manifest;
    fill(
        language,
        Word::GuidelineLine,
        &[&manifest.id, &manifest.edition, digest.get(..12).unwrap_or(digest)],
    )
}

/// A date as people write it.
pub(crate) fn date_text(date: nw_facts::Date, language: Language) -> String {
    let months = say(language, Word::Months);
    let month = months.split(' ').nth(usize::from(date.month().unsigned_abs()) - 1).unwrap_or_default();
    format!("{}\u{a0}{month}\u{a0}{}", date.day(), date.year())
}

fn contradictions(paper: &mut Paper, report: &Report<'_>, language: Language) {
    if report.conclusions.contradictions.is_empty() {
        return;
    }
    paper.heading(say(language, Word::HeadContradictions));
    for contradiction in &report.conclusions.contradictions {
        let mut pieces = vec![ink(Ink::Clash, "✗ ")];
        pieces.extend(facts_line(report, &report.givens(&contradiction.facts), language, Ink::Clash));
        paper.line(2, 4, &pieces);
        let (rule, text) = report.broken(contradiction);
        let mut pieces = vec![ink(Ink::Plain, capital(text.get(language)))];
        if let Some(rule) = rule {
            pieces.push(ink(Ink::Faint, format!(" [{rule}]")));
        }
        paper.line(4, 4, &pieces);
    }
}

/// Facts as `Ki-67 index 4 % (pathology report, 2 March 2026)`, joined by dots.
pub(crate) fn facts_line(
    report: &Report<'_>,
    givens: &[Given],
    language: Language,
    value: Ink,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for given in givens {
        if !pieces.is_empty() {
            pieces.push(ink(Ink::Faint, " · "));
        }
        pieces.push(ink(Ink::Plain, format!("{} ", fact_label(report, given.fact, language))));
        pieces.push(ink(value, shown_value(report, given, language)));
        match given.basis {
            Basis::Written => {}
            Basis::Presumed => {
                pieces.push(ink(Ink::Faint, format!(" ({})", say(language, Word::NotMentioned))))
            }
            Basis::Derived => pieces.push(ink(Ink::Faint, format!(" ({})", say(language, Word::Computed)))),
        }
    }
    pieces
}

/// The label of a fact, without what stands between brackets.
pub(crate) fn fact_label(report: &Report<'_>, fact: FactIdx, language: Language) -> String {
    capital(report.guideline.vocabulary.fact(fact).label.get(language))
}

/// A value as a reader expects it: a choice by its label, a number as written.
fn shown_value(report: &Report<'_>, given: &Given, language: Language) -> String {
    let fact = report.guideline.vocabulary.fact(given.fact);
    if given.basis == Basis::Derived
        && let Some(text) = report.range_text(given.fact, language)
    {
        return hard(&text);
    }
    match fact.choice(&given.written) {
        Some(at) => fact.choices[at].label.get(language).to_string(),
        // A number without a unit was read in the base unit; saying it avoids a guess by the reader.
        None => match &fact.unit {
            Some(unit) if nw_facts::parse_number(&given.written).is_ok() => {
                hard(&format!("{} {unit}", given.written))
            }
            _ => hard(&given.written),
        },
    }
}

/// Keeps a number and its unit on one line.
fn hard(text: &str) -> String {
    pretty(text).replace(' ', "\u{a0}")
}

/// Units as they are printed rather than typed: `/2 mm²`, `µmol/24h`, `2× ULN`.
pub(crate) fn pretty(text: &str) -> String {
    const PRINTED: [(&str, &str); 7] = [
        ("/2mm2", "/2 mm²"),
        ("/10mm2", "/10 mm²"),
        ("mm2", "mm²"),
        ("cm2", "cm²"),
        ("umol", "µmol"),
        ("ug/", "µg/"),
        ("xULN", "× ULN"),
    ];
    PRINTED.iter().fold(text.to_string(), |text, (typed, printed)| text.replace(typed, printed))
}

pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        // Words such as `pH` keep their own case.
        Some(first) if !text.chars().nth(1).is_some_and(char::is_uppercase) => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => text.to_string(),
    }
}

/// A value for a reader: `G2`, `neuroendocrine tumour (NET)`; a code that is no word is shown as it is.
pub(crate) fn value_text(def: &ConclusionDef, value: usize, language: Language) -> String {
    nw_render::reading::value(def, value, language)
}

/// `G1, G2 or G3`.
pub(crate) fn values_text(def: &ConclusionDef, mask: u64, language: Language) -> String {
    let texts: Vec<String> =
        Report::values(def, mask).into_iter().map(|v| value_text(def, v, language)).collect();
    either(&texts, language)
}

fn either(texts: &[String], language: Language) -> String {
    match texts {
        [] => String::new(),
        [only] => only.clone(),
        // Texts with commas of their own need a stronger mark between them.
        [most @ .., last] => {
            let between = if texts.iter().any(|t| t.contains(',')) { "; " } else { ", " };
            format!("{} {} {last}", most.join(between), say(language, Word::Or))
        }
    }
}

/// Whether a conclusion is as it would be for a patient about whom nothing is known.
fn is_untouched(report: &Report<'_>, drawn: &Drawn, nothing: &Sets) -> bool {
    let Some(at) = report.guideline.conclusion_at(drawn.conclusion) else { return false };
    let values = report.def(drawn).values.len();
    // What practice concludes from the record has its place among the others of its scale, however wide the exact set.
    let placed = matches!(drawn.convention.as_ref().map(|c| &c.outcome), Some(Outcome::Concluded(_)));
    if placed && !report.def(drawn).set.is_empty() && report.reads_recorded(at) {
        return false;
    }
    match &drawn.outcome {
        Outcome::Conflict(_) => false,
        Outcome::Collected { certain, open } => {
            nothing.possible.get(at) == Some(&(certain | open)) && nothing.certain.get(at) == Some(certain)
        }
        outcome => nothing.possible.get(at) == Some(&outcome.possible(values)),
    }
}

fn group(paper: &mut Paper, report: &Report<'_>, view: &View<'_>, title: &str, members: &[&Drawn]) {
    let language = view.language;
    let mut body = Paper::wide(paper.width());
    let (staged, plain) = tnm::split(report, members);
    if !staged.is_empty() {
        tnm::write(&mut body, report, view, &staged);
    }
    let (graded, plain): (Vec<&Drawn>, Vec<&Drawn>) =
        plain.into_iter().partition(|d| !view.all && !report.def(d).set.is_empty());
    scales(&mut body, report, &graded, language);
    let (listed, plain): (Vec<&Drawn>, Vec<&Drawn>) =
        plain.into_iter().partition(|d| !view.all && matches!(d.outcome, Outcome::Collected { .. }));
    let widest = plain.iter().map(|d| columns(&label(report.def(d), language)) + 4).max().unwrap_or(0);
    let column = widest.clamp(16, if paper.width() < 70 { 18 } else { 30 });
    for drawn in plain {
        item(&mut body, report, view, drawn, column);
    }
    lists(&mut body, report, &listed, language);
    let body = body.take();
    if !body.is_empty() {
        paper.heading(title);
        paper.raw(&body);
    }
}

/// Conclusions that share a scale stand together by value, the highest first: options, examinations, intervals.
fn scales(paper: &mut Paper, report: &Report<'_>, members: &[&Drawn], language: Language) {
    let mut sets: Vec<&str> = Vec::new();
    for drawn in members {
        let set = report.def(drawn).set.as_str();
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    for set in sets {
        let of_set: Vec<&&Drawn> = members.iter().filter(|d| report.def(d).set == set).collect();
        let Some(first) = of_set.first() else { continue };
        for (value, choice) in report.def(first).values.iter().enumerate().rev() {
            let placed = |drawn: &Drawn| match (&drawn.outcome, &drawn.convention) {
                (Outcome::Concluded(v), _) => Some((*v, false)),
                (Outcome::Undetermined(_), Some(c)) => match c.outcome {
                    Outcome::Concluded(v) => Some((v, true)),
                    _ => None,
                },
                _ => None,
            };
            let here: Vec<(&Drawn, bool)> = of_set
                .iter()
                .filter_map(|d| placed(d).filter(|(v, _)| *v == value).map(|(_, open)| (**d, open)))
                .collect();
            if here.is_empty() {
                continue;
            }
            let name = |drawn: &Drawn, open: bool| {
                format!("{}{}", label(report.def(drawn), language), if open { " ~" } else { "" })
            };
            let title = ink(Ink::Strong, format!("{}: ", capital(choice.label.get(language))));
            if choice.brief {
                let names: Vec<String> = here.iter().map(|(d, open)| name(d, *open)).collect();
                paper.line(2, 4, &[title, ink(Ink::Plain, names.join(" · "))]);
                continue;
            }
            paper.line(2, 4, &[title]);
            for (drawn, open) in here {
                let mut pieces = vec![ink(Ink::Faint, "· "), ink(Ink::Plain, name(drawn, open))];
                let row = report.sure_text(drawn);
                if let Some(text) = row {
                    pieces.push(ink(Ink::Faint, format!(" — {}", text.get(language))));
                }
                paper.line(4, 6, &pieces);
            }
        }
        let undecided = |d: &&&Drawn| match (&d.outcome, &d.convention) {
            (Outcome::Conflict(_), _) => true,
            (Outcome::Undetermined(_), Some(c)) => {
                !matches!(c.outcome, Outcome::Concluded(_) | Outcome::NotApplicable)
            }
            (Outcome::Undetermined(_), None) => true,
            _ => false,
        };
        let open: Vec<&&Drawn> = of_set.iter().copied().filter(undecided).collect();
        if !open.is_empty() {
            paper.line(2, 4, &[ink(Ink::Strong, format!("{}: ", say(language, Word::StillOpen)))]);
            for drawn in open {
                let def = report.def(drawn);
                let mut pieces = vec![ink(Ink::Open, "? "), ink(Ink::Plain, label(def, language))];
                match &drawn.outcome {
                    Outcome::Conflict(_) => {
                        pieces.push(ink(Ink::Clash, format!(": {}", say(language, Word::InConflict))))
                    }
                    outcome => {
                        let set = values_text(def, outcome.possible(def.values.len()), language);
                        pieces.push(ink(Ink::Open, format!(": {set}")));
                    }
                }
                let sets = settling(report, drawn, language);
                if !sets.is_empty() {
                    pieces.push(ink(Ink::Faint, format!(" — {}", fill(language, Word::SettledBy, &[&sets]))));
                }
                paper.line(4, 6, &pieces);
            }
        }
    }
}

/// Collected conclusions: what certainly holds as a list; what may hold is counted, and listed by `explain`.
fn lists(paper: &mut Paper, report: &Report<'_>, members: &[&Drawn], language: Language) {
    for drawn in members {
        let def = report.def(drawn);
        let Outcome::Collected { certain, open } = drawn.outcome else { continue };
        let (certain, open, by_convention) = match drawn.convention.as_ref().map(|c| &c.outcome) {
            Some(Outcome::Collected { certain: c, open: o }) => (*c, *o, c & !certain),
            _ => (certain, open, 0),
        };
        if certain == 0 {
            continue;
        }
        paper.line(2, 4, &[ink(Ink::Strong, format!("{}:", label(def, language)))]);
        for value in Report::values(def, certain) {
            let mark = if by_convention >> value & 1 == 1 { " ~" } else { "" };
            paper.line(
                4,
                6,
                &[
                    ink(Ink::Faint, "· "),
                    ink(Ink::Plain, format!("{}{mark}", value_text(def, value, language))),
                ],
            );
        }
        if open != 0 {
            let count = open.count_ones().to_string();
            paper.line(4, 6, &[ink(Ink::Open, fill(language, Word::MayHold, &[&count, &def.id]))]);
        }
    }
}

pub(crate) fn label(def: &ConclusionDef, language: Language) -> String {
    capital(def.label.get(language))
}

fn item(paper: &mut Paper, report: &Report<'_>, view: &View<'_>, drawn: &Drawn, column: usize) {
    let language = view.language;
    let def = report.def(drawn);
    let (mark, mark_ink) = match Report::status(drawn) {
        Status::Concluded => ("✓ ", Ink::Sure),
        Status::Undetermined => ("? ", Ink::Open),
        Status::Conflict => ("✗ ", Ink::Clash),
        Status::NotApplicable => ("– ", Ink::Faint),
    };
    let head = [ink(mark_ink, mark), ink(Ink::Plain, label(def, language))];
    match &drawn.outcome {
        Outcome::Concluded(value) => {
            let mut pieces = vec![ink(Ink::Sure, value_text(def, *value, language))];
            if let Some(choice) = def.values.get(*value)
                && nw_render::reading::is_code(&choice.id)
                && choice.label.get(language) != choice.id
            {
                pieces.push(ink(Ink::Plain, format!(", {}", choice.label.get(language))));
            }
            paper.row(2, &head, column, &pieces);
            let reason = reason(report, drawn, language);
            if !reason.is_empty() {
                paper.line(2 + column, 2 + column, &reason);
            }
        }
        Outcome::Undetermined(set) => {
            let pieces = [ink(Ink::Open, values_text(def, *set, language))];
            paper.row(2, &head, column, &pieces);
            conventional(paper, report, drawn, 2 + column, language);
            settled_by(paper, report, drawn, 2 + column, language);
        }
        Outcome::Conflict(facts) => {
            let mut pieces =
                vec![ink(Ink::Clash, say(language, Word::ConflictBetween)), ink(Ink::Plain, " ")];
            let labels: Vec<String> = facts
                .iter()
                .map(|f| report.guideline.vocabulary.fact(*f).label.get(language).to_string())
                .collect();
            pieces.push(ink(Ink::Plain, both_of(&labels, language)));
            paper.row(2, &head, column, &pieces);
        }
        Outcome::NotApplicable => {
            paper.row(2, &head, column, &[ink(Ink::Faint, why_not(report, drawn, language))]);
        }
        Outcome::Collected { open, .. } => {
            collected::row(paper, report, drawn, (&head, column), language);
            if *open != 0 {
                settled_by(paper, report, drawn, 2 + column, language);
            }
        }
    }
}

fn both_of(texts: &[String], language: Language) -> String {
    match texts {
        [] => String::new(),
        [only] => only.clone(),
        // Whole sentences stand one after the other.
        all if all.iter().any(|t| t.ends_with('.')) => all.join(" "),
        [most @ .., last] => format!("{} {} {last}", most.join(", "), say(language, Word::And)),
    }
}

/// The tests of the deciding row with what answered them, and its sources.
pub(crate) fn reason(report: &Report<'_>, drawn: &Drawn, language: Language) -> Vec<Piece> {
    let mut said: Vec<Given> = Vec::new();
    let mut read: Vec<Piece> = Vec::new();
    let mut sources: Vec<&str> = Vec::new();
    for step in report.own_steps(drawn) {
        let table = &report.guideline.tables[step.table];
        for test in &step.tests {
            match test.subject {
                Subject::Fact(fact) => {
                    for given in report.givens(&[fact]) {
                        // What nobody mentioned is a reason for a program, and noise for a reader.
                        if !said.contains(&given) && given.basis != Basis::Presumed {
                            said.push(given);
                        }
                    }
                }
                Subject::Conclusion(idx) => {
                    let inner = report.conclusions.drawn.iter().find(|d| d.conclusion == idx);
                    let more = inner.and_then(|d| conclusion_piece(report, d, language));
                    read.extend(more.filter(|m| !read.iter().any(|r| r.1 == m.1)));
                }
            }
        }
        for citation in &table.rows[step.row].sources {
            if !sources.contains(&citation.key.as_str()) {
                sources.push(&citation.key);
            }
        }
    }
    let mut pieces = facts_line(report, &said, language, Ink::Plain);
    if pieces.is_empty() {
        // Conclusions that were read have lines of their own; they are named only where no fact is.
        for piece in read {
            if !pieces.is_empty() {
                pieces.push(ink(Ink::Faint, " · "));
            }
            pieces.push(piece);
        }
    }
    if !sources.is_empty() {
        let lead = if pieces.is_empty() { "" } else { " " };
        pieces.push(ink(Ink::Faint, format!("{lead}[{}]", sources.join(", "))));
    }
    pieces
}

fn conclusion_piece(report: &Report<'_>, drawn: &Drawn, language: Language) -> Option<Piece> {
    let def = report.def(drawn);
    if def.hidden {
        return None;
    }
    match &drawn.outcome {
        Outcome::Concluded(value) => {
            Some(ink(Ink::Plain, format!("{} {}", label(def, language), value_text(def, *value, language))))
        }
        _ => None,
    }
}

/// What practice says beside the set.
pub(crate) fn conventional_text(def: &ConclusionDef, outcome: &Outcome, language: Language) -> String {
    let values = |mask: u64| -> Vec<String> {
        Report::values(def, mask).into_iter().map(|v| value_text(def, v, language)).collect()
    };
    match outcome {
        Outcome::Collected { certain: 0, .. } => say(language, Word::Nothing).to_string(),
        Outcome::Collected { certain, .. } => both_of(&values(*certain), language),
        outcome => either(&values(outcome.possible(def.values.len())), language),
    }
}

/// The conventional value with the names of its conventions.
fn conventional(paper: &mut Paper, report: &Report<'_>, drawn: &Drawn, indent: usize, language: Language) {
    let pieces = conventional_pieces(report, drawn, language);
    if !pieces.is_empty() {
        paper.line(indent, indent, &pieces);
    }
}

pub(crate) fn conventional_pieces(report: &Report<'_>, drawn: &Drawn, language: Language) -> Vec<Piece> {
    let Some(convention) = &drawn.convention else { return Vec::new() };
    let def = report.def(drawn);
    let mut pieces = vec![
        ink(Ink::Plain, format!("{} ", say(language, Word::ByConvention))),
        ink(Ink::Strong, conventional_text(def, &convention.outcome, language)),
    ];
    // A chain of conventions is told by `explain`; here it would hide the rest.
    if convention.conventions.len() > 2 {
        let ids: Vec<&str> = convention
            .conventions
            .iter()
            .take(2)
            .map(|at| report.guideline.conventions[*at].id.as_str())
            .collect();
        let more = (convention.conventions.len() - 2).to_string();
        let line = fill(language, Word::ManyConventions, &[&ids.join(", "), &more]);
        pieces.push(ink(Ink::Faint, format!(" [{line}]")));
    } else {
        for at in &convention.conventions {
            let convention = &report.guideline.conventions[*at];
            pieces.push(ink(Ink::Plain, format!(": {}", convention.title.get(language))));
            pieces.push(ink(Ink::Faint, format!(" [{}]", convention.id)));
        }
    }
    pieces
}

/// The smallest sets of facts that would settle it.
fn settled_by(paper: &mut Paper, report: &Report<'_>, drawn: &Drawn, indent: usize, language: Language) {
    let sets = settling(report, drawn, language);
    if !sets.is_empty() {
        let line = fill(language, Word::SettledBy, &[&sets]);
        paper.line(indent, indent, &[ink(Ink::Faint, line)]);
    }
}

/// `the Ki-67, or mitoses and size`; empty when only long sets settle it.
fn settling(report: &Report<'_>, drawn: &Drawn, language: Language) -> String {
    // A long list helps nobody; the questions at the end start with the best of them.
    let mut sets: Vec<String> = Vec::new();
    for set in drawn.settle.iter().filter(|set| set.len() <= 4).take(3) {
        let labels: Vec<String> = set
            .iter()
            .map(|f| report.guideline.vocabulary.fact(*f).label.get(language).to_string())
            .collect();
        sets.push(both_of(&labels, language));
    }
    either(&sets, language)
}

fn does_not_apply(
    paper: &mut Paper,
    report: &Report<'_>,
    language: Language,
    outside: &[(String, Vec<&Drawn>)],
) {
    if outside.is_empty() {
        return;
    }
    paper.heading(say(language, Word::HeadOutside));
    for (title, members) in outside {
        let mut reasons: Vec<String> = Vec::new();
        for drawn in members {
            let reason = why_not(report, drawn, language);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        // One reason each group; the rest is a matter of -v.
        let line = format!("{title}: {}", reasons.first().cloned().unwrap_or_default());
        paper.line(2, 4, &[ink(Ink::Faint, line)]);
    }
}

/// Why a conclusion does not apply: the row's text, or that of the conclusion.
pub(crate) fn why_not(report: &Report<'_>, drawn: &Drawn, language: Language) -> String {
    let row = report.sure_text(drawn);
    let text: &Text = row.unwrap_or(&report.def(drawn).outside);
    if text.is_empty() {
        say(language, Word::DoesNotApply).to_string()
    } else {
        text.get(language).to_string()
    }
}

fn notes(paper: &mut Paper, report: &Report<'_>, language: Language) {
    let notes = report.notes();
    if notes.is_empty() {
        return;
    }
    paper.heading(say(language, Word::HeadNotes));
    for note in notes {
        paper.line(2, 4, &[ink(Ink::Plain, "• "), ink(Ink::Plain, capital(note.text.get(language)))]);
    }
}

fn questions(paper: &mut Paper, report: &Report<'_>, view: &View<'_>) {
    let questions = report.questions();
    if questions.is_empty() {
        return;
    }
    let language = view.language;
    paper.heading(say(language, Word::HeadQuestions));
    let most = if view.all { usize::MAX } else { FEW_QUESTIONS };
    for (number, (fact, settles, helps)) in questions.iter().take(most).enumerate() {
        let def = report.guideline.vocabulary.fact(*fact);
        let holder = crate::words::holder(def.holder, language);
        paper.line(
            2,
            5,
            &[
                ink(Ink::Plain, format!("{}. ", number + 1)),
                ink(Ink::Ask, def.question.get(language)),
                ink(Ink::Faint, format!(" ({holder})")),
            ],
        );
        let mut parts = Vec::new();
        for (list, word) in [(settles, Word::Settles), (helps, Word::Helps)] {
            let drawn: Vec<&Drawn> = list.iter().map(|at| &report.conclusions.drawn[*at]).collect();
            let (staged, plain) = tnm::split(report, &drawn);
            let mut labels = tnm::names(&staged, language);
            labels.extend(plain.iter().map(|d| report.def(d).label.get(language).to_string()));
            let most = 5;
            let more = labels.len().saturating_sub(most);
            labels.truncate(most);
            if more > 0 {
                labels.push(format!("+{more}"));
            }
            if !labels.is_empty() {
                parts.push(fill(language, word, &[&labels.join(", ")]));
            }
        }
        // What is asked for because it matters to something that is not shown here still says where to write it.
        let below =
            if parts.is_empty() { def.id.clone() } else { format!("{} · {}", def.id, parts.join("; ")) };
        paper.line(5, 5, &[ink(Ink::Faint, below)]);
    }
    let more = questions.len().saturating_sub(most);
    if more > 0 {
        paper.line(5, 5, &[ink(Ink::Faint, fill(language, Word::MoreQuestions, &[&more.to_string()]))]);
    }
}
