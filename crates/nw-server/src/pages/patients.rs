//! The worklist, and the beginning of a record.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nw_store::{Identity, PatientFilter, WorklistLine};
use serde::Deserialize;

use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Query};
use crate::words::{Word, say};

/// What is searched for.
#[derive(Deserialize, Default)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "patients.html")]
struct ListPage {
    frame: Frame,
    q: String,
    lines: Vec<WorklistLine>,
    next: Option<String>,
    today: String,
}

/// The worklist.
pub(crate) async fn list(
    State(app): State<App>,
    gate: Gate,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let filter = PatientFilter {
        text: search.q.clone(),
        after: search.after.parse().ok(),
        most: Some(50),
        ..PatientFilter::default()
    };
    let list = app.store.patients(&gate.context(), &filter).await?;
    let frame = Frame::of(&app, &gate, say(gate.language, Word::Patients));
    html(&ListPage {
        frame,
        q: search.q,
        lines: list.lines,
        next: list.next.map(|n| n.as_str().to_string()),
        today: app.today().to_string(),
    })
}

#[derive(Template)]
#[template(path = "patient-new.html")]
struct NewPage {
    frame: Frame,
    fields: Identity,
    message: Option<String>,
}

/// The form for a new patient.
pub(crate) async fn new_page(State(app): State<App>, gate: Gate) -> Result<Response, Problem> {
    let frame = Frame::of(&app, &gate, say(gate.language, Word::NewPatient));
    html(&NewPage { frame, fields: Identity::default(), message: None })
}

/// Begins a record.
pub(crate) async fn add(State(app): State<App>, gate: Gate, body: Bytes) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let mut identity = Identity {
        name: fields.one("name").to_string(),
        number: fields.filled("number"),
        sex: fields.filled("sex"),
        general_practitioner: fields.filled("general-practitioner"),
        referrer: fields.filled("referrer"),
        synthetic: app.settings.demo,
        ..Identity::default()
    };
    let born = fields.date("born");
    identity.born = born.as_ref().ok().copied().flatten();
    let made = match born {
        Ok(_) => app.store.add_patient(&gate.context(), &identity).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match made {
        Ok(patient) => Ok(to(&format!("/patients/{}/facts", patient.id.as_str()))),
        Err(problem) if problem.status().is_client_error() => {
            // What was typed stays in the form.
            let frame = Frame::of(&app, &gate, say(gate.language, Word::NewPatient));
            let message = Some(problem.text(gate.language));
            let mut page = html(&NewPage { frame, fields: identity, message })?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
        Err(problem) => Err(problem),
    }
}
