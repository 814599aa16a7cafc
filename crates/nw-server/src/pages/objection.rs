//! What a patient says of the use of the own data for research and registries, as the patient says it to whoever cares.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nw_store::{Entry, Objection, PatientId, Stance, Version, objects, said};

use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path};
use crate::words::{Word, day, say};

#[derive(Template)]
#[template(path = "objection.html")]
struct Page {
    frame: Frame,
    mark: String,
    patient: String,
    /// Nothing was ever said, or whether it is an objection.
    stance: Option<bool>,
    /// Day, words, and who wrote them down.
    last: Option<(String, String, String)>,
    version: i64,
    told: String,
    on: String,
    message: Option<String>,
}

/// The stance of the patient, when something was said.
pub(crate) fn stance(entries: &[Entry<Objection>]) -> Option<bool> {
    (!entries.is_empty()).then(|| objects(entries))
}

async fn show(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
    typed: Option<(&Fields, String)>,
) -> Result<Response, Problem> {
    let entries = app.store.objection(&gate.about(patient), patient).await?;
    let last = entries
        .iter()
        .max_by_key(|e| e.recorded_at)
        .map(|e| (day(gate.language, e.body.said_on), e.body.told.clone(), e.recorded_name.clone()));
    let refused = typed.is_some();
    let field =
        |name: &str| typed.as_ref().map(|(fields, _)| fields.one(name).to_string()).unwrap_or_default();
    let on = Some(field("on")).filter(|on| !on.is_empty()).unwrap_or_else(|| app.today().to_string());
    let mut page = html(&Page {
        frame: Frame::of(app, gate, say(gate.language, Word::ResearchUse)),
        mark: gate.mark(),
        patient: patient.as_str().to_string(),
        stance: stance(&entries),
        last,
        version: said(&entries).0,
        told: field("told"),
        on,
        message: typed.map(|(_, message)| message),
    })?;
    if refused {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// The form.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    show(&app, &gate, &patient, None).await
}

fn read(app: &App, fields: &Fields) -> Result<(Version, Objection), Problem> {
    let stance = match fields.one("stance") {
        "objects" => Stance::Objects,
        "agrees" => Stance::Agrees,
        _ => return Err(Problem::asks("stance", Word::ChooseFromForm)),
    };
    let said_on = fields.date("on")?.unwrap_or_else(|| app.today());
    if said_on > app.today() {
        return Err(Problem::asks("on", Word::NotToCome));
    }
    let version = Version(fields.parsed("version", Word::ReloadPage)?);
    Ok((version, Objection { stance, said_on, told: fields.one("told").to_string() }))
}

/// Keeps what the patient says.
pub(crate) async fn save(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let kept = match read(&app, &fields) {
        Ok((seen, says)) => {
            app.store.object(&gate.about(&patient), &patient, seen, &says).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match kept {
        Ok(_) => Ok(to(&format!("/patients/{}/objection", patient.as_str()))),
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let message = problem.for_person(gate.language);
            show(&app, &gate, &patient, Some((&fields, message))).await
        }
        Err(problem) => Err(problem),
    }
}
