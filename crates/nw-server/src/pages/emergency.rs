//! Access in an emergency: a reason is typed, the session remembers it for one patient, and the log shows it on every line.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nw_store::{PatientId, Reason};

use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path};
use crate::words::{Word, say};

#[derive(Template)]
#[template(path = "emergency.html")]
struct Page {
    frame: Frame,
    patient: String,
    /// It runs already, for this patient.
    running: bool,
    reason: String,
    message: Option<String>,
}

fn show(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
    reason: &str,
    message: Option<String>,
) -> Result<Response, Problem> {
    let frame = Frame::of(app, gate, say(gate.language, Word::Emergency));
    let running = gate.remembered().emergency.is_some_and(|(whom, _)| whom == *patient);
    let refused = message.is_some();
    let patient = patient.as_str().to_string();
    let mut page = html(&Page { frame, patient, running, reason: reason.to_string(), message })?;
    if refused {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// The form. It shows nothing of the patient.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    show(&app, &gate, &patient, "", None)
}

/// Begins or ends it.
pub(crate) async fn change(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let mut remembered = gate.remembered();
    let begins = fields.one("do") != "end";
    if begins {
        let reason = match Reason::new(fields.one("reason")) {
            Ok(reason) => reason,
            Err(error) => {
                let message = Problem::from(error).for_person(gate.language);
                return show(&app, &gate, &patient, fields.one("reason"), Some(message));
            }
        };
        // The first look under this reason is taken here, so that the log has it even when nothing follows.
        app.store.patient(&gate.emergency(reason.clone()), &patient).await?;
        remembered.emergency = Some((patient.clone(), reason.as_str().to_string()));
    } else {
        remembered.emergency = None;
    }
    let note = serde_json::to_string(&remembered).map_err(|_| Problem::Fault)?;
    app.store.change_session(&gate.context(), &gate.token, gate.role(), &note).await?;
    Ok(to(&if begins { format!("/patients/{}", patient.as_str()) } else { "/patients".to_string() }))
}
