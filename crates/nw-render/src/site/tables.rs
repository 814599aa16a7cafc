//! Decision tables and cases, as rows of words.

use std::collections::BTreeSet;

use nw_facts::{FactIdx, Language};
use nw_guideline::{Case, CompiledGuideline, Edit, Expect, Expected, Mark, Output, Row, Subject};

use super::context::{At, Context, anchor, case_anchor, row_anchor, source_link};
use crate::reading::{self, capital, pick};

/// Cases that a row lists by name; the rest is counted.
const CASES_SHOWN: usize = 6;

/// Columns that a table of cases may have before it is written as sentences.
const CASE_COLUMNS: usize = 7;

/// A link with its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    pub href: String,
    pub text: String,
}

/// Whether a clinician confirmed something.
#[derive(Clone, Debug)]
pub struct Status {
    /// `open`, `sure` or `stale`: also the class that colours it.
    pub kind: &'static str,
    /// In a word or two.
    pub short: String,
    /// In full.
    pub long: String,
}

pub struct Column {
    pub label: String,
    pub href: String,
    pub id: String,
}

pub struct Cited {
    pub href: String,
    pub key: String,
    pub place: String,
    pub title: String,
}

pub struct RowView {
    pub id: String,
    pub anchor: String,
    /// What each column asks; nothing where anything will do.
    pub cells: Vec<Option<String>>,
    pub output: String,
    pub applies: bool,
    pub text: String,
    pub cited: Vec<Cited>,
    pub mark: &'static str,
    pub mark_long: String,
    pub annotations: Vec<String>,
    pub status: Status,
    pub cases: Vec<Link>,
    pub more_cases: usize,
}

pub struct TableView {
    pub id: String,
    pub anchor: String,
    pub title: String,
    pub gives: Link,
    pub policy: String,
    pub domain: Option<String>,
    pub columns: Vec<Column>,
    pub output: String,
    pub has_text: bool,
    pub rows: Vec<RowView>,
    pub case_count: usize,
}

/// A table in one language.
pub fn table(context: &Context<'_>, at: usize, language: Language) -> TableView {
    let guideline = context.guideline;
    let table = &guideline.tables[at];
    let columns = table
        .columns
        .iter()
        .map(|s| Column {
            label: reading::subject(guideline, *s, language),
            href: context.subject_link(*s),
            id: reading::subject_id(guideline, *s).to_string(),
        })
        .collect();
    let rows: Vec<RowView> = (0..table.rows.len()).map(|r| row(context, (at, r), language)).collect();
    let gives = reading::subject(guideline, Subject::Conclusion(table.conclusion), language);
    TableView {
        id: table.id.clone(),
        anchor: anchor(&table.id),
        title: capital(table.title.get(language)),
        gives: Link {
            href: context.subject_link(Subject::Conclusion(table.conclusion)),
            text: gives.clone(),
        },
        policy: capital(&reading::policy(table.policy, language)),
        domain: reading::logic(guideline, &table.domain, language),
        columns,
        output: gives,
        has_text: table.rows.iter().any(|r| !r.text.is_empty()),
        case_count: rows.iter().map(|r| r.cases.len() + r.more_cases).sum(),
        rows,
    }
}

fn row(context: &Context<'_>, at: At, language: Language) -> RowView {
    let guideline = context.guideline;
    let table = &guideline.tables[at.0];
    let row = &table.rows[at.1];
    let cases = context.cases_of.get(&at).map(Vec::as_slice).unwrap_or_default();
    let text = capital(row.text.get(language));
    let output = reading::output(guideline, table, row, language);
    RowView {
        id: row.id.clone(),
        anchor: row_anchor(&table.id, &row.id),
        cells: row.cells.iter().map(|c| reading::cells(guideline, c, language)).collect(),
        // The sentence of a row whose value is the sentence need not stand twice.
        text: if text == capital(&output) { String::new() } else { text },
        output: capital(&output),
        applies: row.output != Output::NotApplicable,
        cited: cited(guideline, &row.sources, language),
        mark: mark(row.mark),
        mark_long: reading::mark(row.mark, language),
        annotations: annotations(guideline, row, language),
        status: status(row, language),
        cases: cases
            .iter()
            .take(CASES_SHOWN)
            .map(|c| Link { href: context.case_link(*c), text: guideline.cases[*c].id.clone() })
            .collect(),
        more_cases: cases.len().saturating_sub(CASES_SHOWN),
    }
}

fn mark(mark: Mark) -> &'static str {
    mark.letter()
}

/// Citations with the titles of their sources.
pub fn cited(
    guideline: &CompiledGuideline,
    citations: &[nw_guideline::Citation],
    language: Language,
) -> Vec<Cited> {
    citations
        .iter()
        .map(|c| Cited {
            href: source_link(&c.key),
            key: c.key.clone(),
            place: c.locator.clone(),
            title: guideline
                .sources
                .iter()
                .find(|s| s.key == c.key)
                .map(|s| s.title.get(language).to_string())
                .unwrap_or_default(),
        })
        .collect()
}

fn annotations(guideline: &CompiledGuideline, row: &Row, language: Language) -> Vec<String> {
    let labels = row.annotations.iter().map(|(at, value)| {
        let def = &guideline.vocabulary.annotations()[*at];
        format!("{}: {}", capital(def.label.get(language)), def.values[*value].label.get(language))
    });
    labels.collect()
}

/// What was edited since somebody confirmed a row.
pub fn edits(row: &Row, language: Language) -> Vec<String> {
    let edited = row.confirmation.iter().flat_map(|c| &c.edited);
    let words = edited.map(|edit| match edit {
        Edit::Row => pick(language, "the row was edited", "de rij is gewijzigd"),
        Edit::Source(key) => {
            pick(language, &format!("source {key} was edited"), &format!("bron {key} is gewijzigd"))
        }
    });
    words.collect()
}

/// Whether a row is confirmed, and by whom.
pub fn status(row: &Row, language: Language) -> Status {
    let Some(c) = &row.confirmation else {
        return Status {
            kind: "open",
            short: pick(language, "unconfirmed", "onbevestigd"),
            long: pick(language, "no clinician confirmed this row", "geen clinicus heeft deze rij bevestigd"),
        };
    };
    let day = reading::day(&c.date, language);
    let by = pick(
        language,
        &format!("confirmed by {}, {}, on {day}", c.by, c.role),
        &format!("bevestigd door {}, {}, op {day}", c.by, c.role),
    );
    let by = if c.remark.is_empty() { by } else { format!("{by} (“{}”)", c.remark) };
    if c.edited.is_empty() {
        return Status { kind: "sure", short: pick(language, "confirmed", "bevestigd"), long: by };
    }
    Status {
        kind: "stale",
        short: pick(language, "edited since", "sindsdien gewijzigd"),
        long: format!("{by}; {}", edits(row, language).join(", ")),
    }
}

/// Cases under one heading: columns where they differ, one line for what they share.
pub struct CasesView {
    pub count: usize,
    pub shared: String,
    pub columns: Vec<String>,
    pub expected: Vec<String>,
    pub rows: Vec<CaseView>,
    /// Too many columns: each case as a sentence.
    pub as_text: bool,
}

pub struct CaseView {
    pub id: String,
    pub anchor: String,
    pub title: String,
    pub cells: Vec<String>,
    pub expected: Vec<Vec<String>>,
    pub text: String,
}

/// The cases written in some bytes of a chapter.
pub fn cases(
    context: &Context<'_>,
    file: &str,
    span: &std::ops::Range<usize>,
    language: Language,
) -> Option<CasesView> {
    let guideline = context.guideline;
    let cases: Vec<&Case> = context.cases_in(file, span);
    let first = *cases.first()?;
    let shared: Vec<&(FactIdx, String)> = if cases.len() == 1 {
        Vec::new()
    } else {
        first.given.iter().filter(|g| cases.iter().all(|c| c.given.contains(g))).collect()
    };
    let mut facts: Vec<FactIdx> = Vec::new();
    let mut conclusions = Vec::new();
    for case in &cases {
        for given in case.given.iter().filter(|g| !shared.contains(g)) {
            if !facts.contains(&given.0) {
                facts.push(given.0);
            }
        }
        for expect in &case.expect {
            if !conclusions.contains(&expect.conclusion) {
                conclusions.push(expect.conclusion);
            }
        }
    }
    let has_day = cases.iter().any(|c| c.as_of.is_some());
    let as_text = facts.len() + conclusions.len() + usize::from(has_day) > CASE_COLUMNS;
    let label = |fact: FactIdx| reading::subject(guideline, Subject::Fact(fact), language);
    let value = |g: &(FactIdx, String)| reading::given(guideline.vocabulary.fact(g.0), &g.1, language);
    let sentence = |all: &[&(FactIdx, String)]| -> String {
        all.iter().map(|g| format!("{}: {}", label(g.0), value(g))).collect::<Vec<_>>().join(" · ")
    };
    let rows = cases
        .iter()
        .map(|case| {
            let of = |fact: FactIdx| {
                let mine = case.given.iter().filter(|g| g.0 == fact && !shared.contains(g));
                mine.map(&value).collect::<Vec<_>>().join("; ")
            };
            let day = case.as_of.map(|d| reading::day(&d.to_string(), language)).unwrap_or_default();
            let own: Vec<&(FactIdx, String)> = case.given.iter().filter(|g| !shared.contains(g)).collect();
            let expected = |expect: &Expect| -> Vec<String> {
                let said = expected(guideline, expect, language);
                said.into_iter().collect()
            };
            let mut cells: Vec<String> = facts.iter().map(|f| of(*f)).collect();
            if has_day {
                cells.insert(0, day.clone());
            }
            let about = |idx| guideline.vocabulary.conclusion(idx).label.get(language);
            CaseView {
                id: case.id.clone(),
                anchor: case_anchor(&case.id),
                // Titles of cases stand in English only.
                title: if language == Language::En { capital(&case.title.en) } else { String::new() },
                cells,
                expected: if as_text {
                    let said = case
                        .expect
                        .iter()
                        .map(|e| format!("{}: {}", capital(about(e.conclusion)), expected(e).join("; ")));
                    vec![said.collect()]
                } else {
                    conclusions
                        .iter()
                        .map(|c| {
                            case.expect.iter().filter(|e| e.conclusion == *c).flat_map(expected).collect()
                        })
                        .collect()
                },
                text: [day, sentence(&own)]
                    .into_iter()
                    .filter(|t| !t.is_empty())
                    .collect::<Vec<_>>()
                    .join(" · "),
            }
        })
        .collect();
    let mut columns: Vec<String> = facts.iter().map(|f| label(*f)).collect();
    if has_day {
        columns.insert(0, pick(language, "Day of the assessment", "Dag van de beoordeling"));
    }
    Some(CasesView {
        count: cases.len(),
        shared: sentence(&shared),
        columns,
        expected: conclusions
            .iter()
            .map(|c| reading::subject(guideline, Subject::Conclusion(*c), language))
            .collect(),
        rows,
        as_text,
    })
}

/// What a case expects of one conclusion.
fn expected(guideline: &CompiledGuideline, expect: &Expect, language: Language) -> Option<String> {
    let def = guideline.vocabulary.conclusion(expect.conclusion);
    let names = |mask: u64| -> Vec<String> {
        (0..=def.values.len())
            .filter(|v| mask >> v & 1 == 1)
            .map(|v| reading::value(def, v, language))
            .collect()
    };
    let said = |outcome: &Expected| match outcome {
        Expected::Conflict => {
            pick(language, "the facts contradict each other", "de gegevens spreken elkaar tegen")
        }
        Expected::Values(mask) => reading::any_of(&names(*mask), language),
        Expected::Items { certain, open } => {
            let mut parts = names(*certain);
            let perhaps = pick(language, "perhaps", "misschien");
            parts.extend(names(*open).into_iter().map(|n| format!("{perhaps} {n}")));
            if parts.is_empty() { pick(language, "nothing", "niets") } else { parts.join("; ") }
        }
    };
    let mut text = said(&expect.outcome);
    if let Some(convention) = &expect.convention {
        let by = pick(language, "by convention", "volgens afspraak");
        text = format!("{text} ({by}: {})", said(convention));
    }
    if !expect.asks.is_empty() {
        let facts: BTreeSet<String> = expect
            .asks
            .iter()
            .map(|f| guideline.vocabulary.fact(*f).label.get(language).to_string())
            .collect();
        let facts: Vec<String> = facts.into_iter().collect();
        let asks = pick(language, "settled by", "beslist door");
        text = format!("{text} ({asks} {})", reading::any_of(&facts, language));
    }
    Some(text)
}
