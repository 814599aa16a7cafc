//! Entering facts: what still matters first, everything else findable; unknown, not done and a value stay apart.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nw_facts::{FactDef, Language, read};
use nw_store::{
    Changes, FactRecordId, NewFact, Origin, PatientId, PatientPage, Reason, Revision, StoreError,
};
use serde::Deserialize;

use super::cases::prepare;
use super::patient::assessed;
use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path, Query};
use crate::reason::pretty;
use crate::refusal::{fact_named, names, refused};
use crate::words::{Word, holder, say};
use nw_render::view::View;

/// One field of the form.
struct Input {
    id: String,
    label: String,
    question: String,
    unit: String,
    holder: String,
    /// Values to choose from; empty for what is typed.
    choices: Vec<(String, String)>,
    typed: String,
    message: Option<String>,
}

#[derive(Template)]
#[template(path = "facts.html")]
struct Page {
    frame: Frame,
    record: PatientPage,
    view: Arc<View>,
    next: Vec<Input>,
    /// Every fact there is, for the field that takes any of them.
    all: Vec<String>,
    other: Input,
    date: String,
    origin: String,
    message: Option<String>,
    /// Somebody came to answer the first question.
    focus: bool,
    saved: bool,
    /// What a report can be; nothing when reports are not read here.
    kinds: Vec<(&'static str, &'static str)>,
    /// The fields of the form for a report, empty.
    kind: &'static str,
    title: &'static str,
    dated: &'static str,
    text: &'static str,
}

/// How many questions the form asks at once.
const ASKED: usize = 8;

fn input(def: &FactDef, language: Language) -> Input {
    Input {
        id: def.id.clone(),
        label: def.label.get(language).to_string(),
        question: def.question.get(language).to_string(),
        unit: pretty(def.unit.as_deref().unwrap_or_default()),
        holder: holder(language, def.holder).to_string(),
        choices: def.choices.iter().map(|c| (c.id.clone(), c.label.get(language).to_string())).collect(),
        typed: String::new(),
        message: None,
    }
}

/// The question that somebody came to answer.
#[derive(Deserialize, Default)]
pub(crate) struct First {
    #[serde(default)]
    ask: String,
    /// Facts were just kept.
    #[serde(default)]
    saved: String,
}

/// The form.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    Query(first): Query<First>,
) -> Result<Response, Problem> {
    form(&app, &gate, &patient, &first, None).await
}

/// What was wrong with the form that was sent, by field.
struct Refused<'f> {
    fields: &'f Fields,
    faults: Vec<(String, String)>,
    status: StatusCode,
}

async fn form(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
    first: &First,
    refused: Option<Refused<'_>>,
) -> Result<Response, Problem> {
    let (record, view, _) = assessed(app, gate, patient).await?;
    let (vocabulary, language) = (&app.guideline.vocabulary, gate.language);
    let mut asked: Vec<String> = match &refused {
        Some(refused) => refused.fields.with("fact:").map(|(id, _)| id.to_string()).collect(),
        None => {
            let next =
                view.asks.iter().filter(|a| !a.asked_before && a.fact != first.ask).map(|a| a.fact.clone());
            // What somebody came to answer stands first, whether or not it would be asked now.
            let asked = vocabulary.find_fact(&first.ask).map(|idx| vocabulary.fact(idx).id.clone());
            asked.into_iter().chain(next).take(ASKED).collect()
        }
    };
    asked.dedup();
    let mut next: Vec<Input> = asked
        .iter()
        .filter_map(|id| vocabulary.find_fact(id))
        .map(|idx| input(vocabulary.fact(idx), language))
        .collect();
    let mut other = Input {
        id: String::new(),
        label: String::new(),
        question: String::new(),
        unit: String::new(),
        holder: String::new(),
        choices: Vec::new(),
        typed: String::new(),
        message: None,
    };
    let (mut date, mut origin, mut message) = (app.today().to_string(), String::new(), None);
    if let Some(Refused { fields, faults, .. }) = &refused {
        let fault = |id: &str| faults.iter().find(|(f, _)| f == id).map(|(_, m)| m.clone());
        for input in &mut next {
            input.typed = fields.one(&format!("fact:{}", input.id)).to_string();
            input.message = fault(&input.id);
        }
        other.id = fields.one("other").to_string();
        other.typed = fields.one("other-value").to_string();
        other.message = fault("other");
        date = fields.one("date").to_string();
        origin = fields.one("origin").to_string();
        message = fault("");
    }
    let all = names(vocabulary, language);
    let status = refused.as_ref().map(|refused| refused.status);
    let frame = Frame::of(app, gate, record.patient.identity.name.clone());
    let kinds = match app.grammar.get() {
        Some(_) => super::reports::kinds(language),
        None => Vec::new(),
    };
    let (kind, title, dated, text) = ("", "", "", "");
    let page = Page {
        frame,
        record,
        view,
        next,
        all,
        other,
        date,
        origin,
        message,
        focus: !first.ask.is_empty(),
        saved: !first.saved.is_empty(),
        kinds,
        kind,
        title,
        dated,
        text,
    };
    let mut page = html(&page)?;
    if let Some(status) = status {
        *page.status_mut() = status;
    }
    Ok(page)
}

/// Records what was filled in.
pub(crate) async fn record(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let vocabulary = &app.guideline.vocabulary;
    let mut faults: Vec<(String, String)> = Vec::new();
    let day = fields.date("date").unwrap_or_else(|problem| {
        faults.push((String::new(), problem.for_person(gate.language)));
        None
    });
    let origin = fields.filled("origin").unwrap_or_else(|| gate.session.account.name.clone());
    let mut facts = Vec::new();
    let given = fields.with("fact:").map(|(id, value)| (id.to_string(), id.to_string(), value.to_string()));
    let other = (fields.one("other").to_string(), "other".to_string(), fields.one("other-value").to_string());
    for (id, field, value) in given.chain([other]).filter(|(_, _, value)| !value.is_empty()) {
        let idx = match fact_named(vocabulary, &id, gate.language) {
            Ok(idx) => idx,
            Err(told) => {
                faults.push((field, told));
                continue;
            }
        };
        let id = vocabulary.fact(idx).id.clone();
        match read(vocabulary, idx, &value) {
            Ok(_) => {
                let mut fact = NewFact::new(id, value, Origin::person(origin.clone()));
                fact.true_on = day;
                facts.push(fact);
            }
            Err(fault) => {
                faults.push((field, refused(vocabulary.fact(idx), &value, &fault, gate.language)));
            }
        }
    }
    if !faults.is_empty() {
        return form(
            &app,
            &gate,
            &patient,
            &First::default(),
            Some(Refused { fields: &fields, faults, status: StatusCode::UNPROCESSABLE_ENTITY }),
        )
        .await;
    }
    if !facts.is_empty() {
        let base = Revision(fields.parsed("revision", Word::ReloadPage)?);
        if let Err(error) = app.store.record(&gate.about(&patient), &patient, base, &facts).await {
            if !matches!(error, StoreError::Stale { .. }) {
                return Err(error.into());
            }
            // What was typed stays, on top of what is new; saving once more is a decision of the person.
            let faults = vec![(String::new(), say(gate.language, Word::StaleDetails).to_string())];
            let refused = Refused { fields: &fields, faults, status: StatusCode::CONFLICT };
            return form(&app, &gate, &patient, &First::default(), Some(refused)).await;
        }
        prepare(&app, &patient, gate.language);
    }
    let place = match (fields.one("then") == "more", facts.is_empty()) {
        (true, true) => "/facts",
        (true, false) => "/facts?saved=yes",
        (false, _) => "",
    };
    Ok(to(&format!("/patients/{}{place}", patient.as_str())))
}

/// Takes a fact back that was recorded in error; it stays in the history.
pub(crate) async fn retract(
    State(app): State<App>,
    gate: Gate,
    Path((patient, fact)): Path<(PatientId, FactRecordId)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let base = Revision(fields.parsed("revision", Word::ReloadPage)?);
    let reason = Reason::new(fields.one("reason"))?;
    let changes = Changes { facts: Vec::new(), retract: vec![fact], reason: Some(reason) };
    app.store.change(&gate.about(&patient), &patient, base, &changes).await?;
    prepare(&app, &patient, gate.language);
    Ok(to(&format!("/patients/{}", patient.as_str())))
}
