//! One patient on one screen: who, the tumour in one line, what is open and who knows, options, what is due.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use nw_facts::Language;
use nw_store::{AsOf, Fact, PatientId, PatientPage};

use super::cases::case;
use super::{Frame, html};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Path;
use crate::view::{Answer, View};
use crate::words::Word;

/// Conclusions that tell the tumour in one line, in the order in which they are said aloud.
pub(crate) const HEADLINE: &[&str] = &[
    "tumour.entity",
    "tumour.grade",
    "tnm.uicc8.t",
    "tnm.uicc8.n",
    "tnm.uicc8.m",
    "tnm.uicc8.stage",
    "gastric.type",
    "function.syndrome",
];

/// How many questions fit on the first screen.
const FIRST_QUESTIONS: usize = 6;

#[derive(Template)]
#[template(path = "patient.html")]
struct Page {
    frame: Frame,
    record: PatientPage,
    age: Option<i16>,
    site: Option<String>,
    headline: Vec<Answer>,
    view: Arc<View>,
    unreadable: usize,
    first_questions: usize,
}

/// The page.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    let (record, view, unreadable) = assessed(&app, &gate, &patient).await?;
    let site = site_of(&app, &record.facts, gate.language);
    let headline = HEADLINE
        .iter()
        .filter_map(|id| view.answer(id))
        .filter(|a| a.status != "not-applicable")
        .cloned()
        .collect();
    let today = app.today();
    let age = record.patient.identity.born.map(|born| {
        let had = (today.month(), today.day()) >= (born.month(), born.day());
        today.year() - born.year() - i16::from(!had)
    });
    let frame = Frame::of(&app, &gate, record.patient.identity.name.clone());
    html(&Page { frame, record, age, site, headline, view, unreadable, first_questions: FIRST_QUESTIONS })
}

/// Where the tumour lies, as recorded last.
pub(crate) fn site_of(app: &App, facts: &[Fact], language: Language) -> Option<String> {
    let vocabulary = &app.guideline.vocabulary;
    let fact = facts.iter().rev().find(|f| f.fact == "primary.site")?;
    let def = vocabulary.find_fact("primary.site").map(|i| vocabulary.fact(i));
    let choice =
        def.and_then(|d| d.choice(&fact.value).map(|c| d.choices[c].label.get(language).to_string()));
    Some(choice.unwrap_or_else(|| fact.value.clone()))
}

/// The record of a patient as it stands, with what the guideline says of it.
pub(crate) async fn assessed(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
) -> Result<(PatientPage, Arc<View>, usize), Problem> {
    let record = app.store.patient_page(&gate.about(patient), patient, AsOf::now()).await?;
    // Drawing conclusions takes longer than reading the record: it is done once for each revision.
    let case = case(app, &record.patient, &record.facts, gate.language).await?;
    Ok((record, Arc::clone(&case.view), case.unreadable))
}
