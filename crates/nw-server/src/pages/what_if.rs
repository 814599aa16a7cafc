//! "What if?": facts changed or added for a moment, and which conclusions would change. Nothing is recorded.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nw_facts::read;
use nw_store::{AsOf, Fact, FactRecordId, Origin, PatientId, PatientPage, Revision, fact_set};

use super::why::worked_out;
use super::{Frame, html};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path};
use crate::reason::{capital, pretty};
use crate::refusal::{fact_named, names, refused};
use crate::words::{Word, say};
use nw_render::view::{Answer, View, view};

/// One fact of the form.
struct Field {
    id: String,
    label: String,
    unit: String,
    choices: Vec<(String, String)>,
    /// As it stands in the record; empty when nothing does.
    recorded: String,
    typed: String,
    message: Option<String>,
}

/// A conclusion before and after.
struct Shift {
    id: String,
    label: String,
    before: String,
    after: String,
}

#[derive(Template)]
#[template(path = "what-if.html")]
struct Page {
    frame: Frame,
    patient: String,
    name: String,
    fields: Vec<Field>,
    all: Vec<String>,
    other: (String, String, Option<String>),
    asked: bool,
    shifts: Vec<Shift>,
}

/// How many open questions the form offers beside what is recorded.
const OFFERED: usize = 6;

/// The form.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    show(&app, &gate, &patient, None).await
}

/// What would change.
pub(crate) async fn ask(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    show(&app, &gate, &patient, Some(&fields)).await
}

async fn show(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
    sent: Option<&Fields>,
) -> Result<Response, Problem> {
    let language = gate.language;
    let vocabulary = &app.guideline.vocabulary;
    let record = app.store.patient_page(&gate.about(patient), patient, AsOf::now()).await?;
    let before = drawn(app, gate, &record.facts).await?;
    // The last statement of each fact can be changed; earlier ones of a series stay as they are.
    let mut ids: Vec<String> = Vec::new();
    let offered = before.asks.iter().take(OFFERED).map(|a| a.fact.clone());
    for id in record.facts.iter().map(|f| f.fact.clone()).chain(offered) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let mut fields: Vec<Field> = ids
        .iter()
        .filter_map(|id| vocabulary.find_fact(id))
        .map(|idx| {
            let def = vocabulary.fact(idx);
            let recorded = last(&record, &def.id).map(|f| f.value.clone()).unwrap_or_default();
            Field {
                id: def.id.clone(),
                label: capital(def.label.get(language)),
                unit: pretty(def.unit.as_deref().unwrap_or_default()),
                choices: choices(&def.choices, &recorded, language),
                typed: recorded.clone(),
                recorded,
                message: None,
            }
        })
        .collect();
    let mut other = (String::new(), String::new(), None);
    let mut facts = record.facts.clone();
    let mut wrong = false;
    if let Some(sent) = sent {
        for field in &mut fields {
            let name = format!("fact:{}", field.id);
            if !sent.has(&name) {
                continue;
            }
            field.typed = sent.one(&name).to_string();
            if field.typed != field.recorded {
                field.message = change(app, &record, &mut facts, (&field.id, &field.typed), language);
                wrong |= field.message.is_some();
            }
        }
        other = (sent.one("other").to_string(), sent.one("other-value").to_string(), None);
        if !other.0.is_empty() && !other.1.is_empty() {
            other.2 = change(app, &record, &mut facts, (&other.0, &other.1), language);
            wrong |= other.2.is_some();
        }
    }
    let shifts = if sent.is_some() && !wrong {
        let after = drawn(app, gate, &facts).await?;
        shifts(&before, &after, language)
    } else {
        Vec::new()
    };
    let name = record.patient.identity.name;
    let all = names(vocabulary, language);
    let frame = Frame::of(app, gate, format!("{} {name}", say(language, Word::WhatIf)));
    let asked = sent.is_some() && !wrong;
    let patient = patient.as_str().to_string();
    let mut page = html(&Page { frame, patient, name, fields, all, other, asked, shifts })?;
    if wrong {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

fn last<'r>(record: &'r PatientPage, id: &str) -> Option<&'r Fact> {
    let mine = record.facts.iter().filter(|f| f.fact == id);
    mine.max_by_key(|f| (f.true_on, f.recorded_at))
}

fn choices(all: &[nw_facts::Choice], recorded: &str, language: nw_facts::Language) -> Vec<(String, String)> {
    if all.is_empty() {
        return Vec::new();
    }
    let mut choices: Vec<(String, String)> =
        all.iter().map(|c| (c.id.clone(), c.label.get(language).to_string())).collect();
    choices.push(("unknown".to_string(), say(language, Word::Unknown).to_string()));
    choices.push(("not-done".to_string(), say(language, Word::NotDone).to_string()));
    // What was written in another way (an alias, a list) stays a choice of its own.
    if !recorded.is_empty() && !choices.iter().any(|(id, _)| id == recorded) {
        choices.insert(0, (recorded.to_string(), recorded.to_string()));
    }
    choices
}

/// Puts a value in the place of what is recorded; tells what is wrong with it.
fn change(
    app: &App,
    record: &PatientPage,
    facts: &mut Vec<Fact>,
    (id, value): (&str, &str),
    language: nw_facts::Language,
) -> Option<String> {
    let vocabulary = &app.guideline.vocabulary;
    let idx = match fact_named(vocabulary, id, language) {
        Ok(idx) => idx,
        Err(told) => return Some(told),
    };
    let id = vocabulary.fact(idx).id.clone();
    let before = last(record, &id);
    if !value.is_empty()
        && let Err(fault) = read(vocabulary, idx, value)
    {
        return Some(refused(vocabulary.fact(idx), value, &fault, language));
    }
    facts.retain(|f| before.is_none_or(|b| f.id != b.id));
    if !value.is_empty() {
        // It never reaches the record, so any id will do.
        let nobody: FactRecordId = "00000000-0000-0000-0000-000000000000".parse().ok()?;
        facts.push(Fact {
            id: nobody,
            patient: record.patient.id.clone(),
            revision: Revision(0),
            recorded_at: app.now(),
            recorded_by: None,
            fact: id,
            value: value.to_string(),
            true_on: before.and_then(|b| b.true_on).or(Some(app.today())),
            known_on: None,
            origin: Origin::person(""),
            supersedes: None,
        });
    }
    None
}

async fn drawn(app: &App, gate: &Gate, facts: &[Fact]) -> Result<View, Problem> {
    let (facts, _) = fact_set(&app.guideline.vocabulary, facts, Some(app.today()));
    let (assessed, _) = worked_out(app, facts, None).await?;
    Ok(view(app.guideline, &assessed.drawn, gate.language))
}

fn shifts(before: &View, after: &View, language: nw_facts::Language) -> Vec<Shift> {
    let text = |a: &Answer| {
        let line = match a.status {
            "conflict" => say(language, Word::Conflict).to_string(),
            "not-applicable" => say(language, Word::NotApplicable).to_string(),
            "undetermined" if a.maybe.is_empty() => {
                format!("{} {}", say(language, Word::OneOf), a.line())
            }
            _ => a.line(),
        };
        let maybe = if a.maybe.is_empty() { String::new() } else { format!(" ? {}", a.maybe.join(" · ")) };
        let custom = a.convention.as_ref().map_or_else(String::new, |(value, _)| {
            format!(" ({}: {value})", say(language, Word::ByConvention))
        });
        format!("{line}{maybe}{custom}").trim().to_string()
    };
    let all = after.groups.iter().flat_map(|g| &g.answers);
    all.filter_map(|a| {
        let old = before.answer(&a.id).map(text).unwrap_or_default();
        let new = text(a);
        (old != new).then(|| Shift { id: a.id.clone(), label: a.label.clone(), before: old, after: new })
    })
    .collect()
}
