//! The guideline as people read it: conclusions by heading, rows with their sources, and a search over all of it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use nw_facts::Language;
use nw_guideline::{HitPolicy, Logic};
use serde::Deserialize;

use super::{Frame, html};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Path, Query};
use crate::reason::{RowView, capital, cells_text, row_view};
use crate::words::{Word, say};

/// What is searched for.
#[derive(Deserialize, Default)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

/// A line of the index.
struct Line {
    id: String,
    label: String,
    rows: usize,
    confirmed: usize,
}

#[derive(Template)]
#[template(path = "guideline.html")]
struct IndexPage {
    frame: Frame,
    language: Language,
    q: String,
    groups: Vec<(String, Vec<Line>)>,
    found: Vec<RowView>,
    more: usize,
    sources: Vec<nw_guideline::Source>,
}

impl IndexPage {
    fn t(&self, word: Word) -> &'static str {
        say(self.language, word)
    }
}

/// The most rows that a search shows.
const FOUND: usize = 60;

/// Conclusions by heading, or what a search finds.
pub(crate) async fn index(
    State(app): State<App>,
    gate: Gate,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let (guideline, language) = (app.guideline, gate.language);
    let q = search.q.trim().chars().take(100).collect::<String>();
    let vocabulary = &guideline.vocabulary;
    let mut groups: Vec<(String, Vec<Line>)> =
        vocabulary.groups().iter().map(|g| (g.label.get(language).to_string(), Vec::new())).collect();
    groups.push((say(language, Word::OtherConclusions).to_string(), Vec::new()));
    let (mut found, mut more) = (Vec::new(), 0);
    if q.is_empty() {
        for conclusion in &guideline.conclusions {
            let def = guideline.vocabulary.conclusion(conclusion.idx);
            if conclusion.tables.is_empty() {
                continue;
            }
            let rows = || conclusion.rows.iter().map(|(t, r)| &guideline.tables[*t].rows[*r]);
            let line = Line {
                id: def.id.clone(),
                label: capital(def.label.get(language)),
                rows: rows().count(),
                confirmed: rows().filter(|r| r.confirmed().is_some()).count(),
            };
            let group = vocabulary.group_of(def).filter(|_| !def.hidden).unwrap_or(groups.len() - 1);
            groups[group].1.push(line);
        }
        groups.retain(|(_, lines)| !lines.is_empty());
    } else {
        let words: Vec<String> = q.to_lowercase().split_whitespace().map(str::to_string).collect();
        for (at, table) in guideline.tables.iter().enumerate() {
            let def = guideline.vocabulary.conclusion(table.conclusion);
            let head = format!("{} {} {}", def.id, def.label.get(language), table.title.get(language));
            for (row_at, row) in table.rows.iter().enumerate() {
                let sources: Vec<&str> = row.sources.iter().map(|s| s.key.as_str()).collect();
                let text = format!("{head} {} {} {}", row.id, row.text.get(language), sources.join(" "));
                let text = text.to_lowercase();
                if !words.iter().all(|w| text.contains(w)) {
                    continue;
                }
                if found.len() < FOUND {
                    found.push(row_view(guideline, at, row_at, language));
                } else {
                    more += 1;
                }
            }
        }
    }
    let frame = Frame::of(&app, &gate, say(language, Word::Guideline));
    html(&IndexPage { frame, language, q, groups, found, more, sources: guideline.sources.clone() })
}

/// One table.
struct TableView {
    id: String,
    title: String,
    policy: &'static str,
    domain: String,
    rows: Vec<RowView>,
}

#[derive(Template)]
#[template(path = "guideline-conclusion.html")]
struct ConclusionPage {
    frame: Frame,
    language: Language,
    id: String,
    label: String,
    outside: String,
    values: Vec<(String, String)>,
    tables: Vec<TableView>,
    conventions: Vec<(String, String)>,
}

impl ConclusionPage {
    fn t(&self, word: Word) -> &'static str {
        say(self.language, word)
    }
}

/// One conclusion with its tables.
pub(crate) async fn conclusion(
    State(app): State<App>,
    gate: Gate,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (guideline, language) = (app.guideline, gate.language);
    let idx = guideline.vocabulary.find_conclusion(&id).ok_or(Problem::NotFound)?;
    let def = guideline.vocabulary.conclusion(idx);
    let own = guideline.conclusion(idx).ok_or(Problem::NotFound)?;
    let tables = own.tables.iter().map(|at| {
        let table = &guideline.tables[*at];
        let policy = match table.policy {
            HitPolicy::Unique => Word::PolicyUnique,
            HitPolicy::First => Word::PolicyFirst,
            HitPolicy::Collect => Word::PolicyCollect,
        };
        TableView {
            id: table.id.clone(),
            title: capital(table.title.get(language)),
            policy: say(language, policy),
            domain: logic_text(guideline, &table.domain, language),
            rows: (0..table.rows.len()).map(|row| row_view(guideline, *at, row, language)).collect(),
        }
    });
    let conventions = guideline.conventions.iter().filter(|c| c.applies_to.contains(&idx));
    html(&ConclusionPage {
        frame: Frame::of(&app, &gate, capital(def.label.get(language))),
        language,
        id: def.id.clone(),
        label: capital(def.label.get(language)),
        outside: def.outside.get(language).to_string(),
        values: def.values.iter().map(|v| (v.id.clone(), v.label.get(language).to_string())).collect(),
        tables: tables.collect(),
        conventions: conventions.map(|c| (c.id.clone(), capital(c.title.get(language)))).collect(),
    })
}

/// A condition in words.
fn logic_text(guideline: &nw_guideline::CompiledGuideline, logic: &Logic, language: Language) -> String {
    let list = |all: &[Logic], between: Word| {
        let one = |l: &Logic| {
            let text = logic_text(guideline, l, language);
            if all.len() > 1 && matches!(l, Logic::And(_) | Logic::Or(_)) {
                format!("({text})")
            } else {
                text
            }
        };
        let texts: Vec<String> = all.iter().map(one).filter(|t| !t.is_empty()).collect();
        texts.join(&format!(" {} ", say(language, between)))
    };
    match logic {
        Logic::And(all) => list(all, Word::And),
        Logic::Or(all) => list(all, Word::Or),
        Logic::Not(inner) => {
            format!("{} ({})", say(language, Word::Not), logic_text(guideline, inner, language))
        }
        Logic::Is(cells) => {
            let label = match cells.subject {
                nw_guideline::Subject::Fact(fact) => guideline.vocabulary.fact(fact).label.get(language),
                nw_guideline::Subject::Conclusion(idx) => {
                    guideline.vocabulary.conclusion(idx).label.get(language)
                }
            };
            format!("{label}: {}", cells_text(guideline, cells, language))
        }
    }
}
