//! What a patient says of the use of the own data for research and registries.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use nw_store::{Entry, Objection, PatientId, Revision, Stance, Version, objects, said};
use serde_json::{Value, json};

use super::body::Object;
use super::{at_revision, base};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Path;

/// What was said, with how often as its ETag: whoever writes names it.
fn told(status: StatusCode, entries: &[Entry<Objection>]) -> Response {
    let one = |entry: &Entry<Objection>| {
        let Objection { stance, said_on, told } = &entry.body;
        json!({"stance": stance.word(), "saidOn": said_on.to_string(), "told": told,
            "recordedBy": entry.recorded_name, "recordedAt": entry.recorded_at.to_string()})
    };
    let all: Vec<Value> = entries.iter().map(one).collect();
    let Version(version) = said(entries);
    let value = json!({"version": version, "objects": objects(entries), "said": all});
    at_revision(status, Revision(version), &value)
}

/// What holds now: nothing was said, or what was said last; of two records that were merged, of both.
pub(crate) async fn one(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    let entries = app.store.objection(&gate.about(&patient), &patient).await?;
    Ok(told(StatusCode::OK, &entries))
}

/// Keeps an objection, or takes it back.
pub(crate) async fn say(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let object = Object::read(&headers, &body, &["stance", "saidOn", "told"])?;
    let stance = match object.needed("stance")?.as_str() {
        "objects" => Stance::Objects,
        "agrees" => Stance::Agrees,
        _ => return Err(Problem::bad("stance", "send objects or agrees")),
    };
    let said_on = object.date("saidOn")?.unwrap_or_else(|| app.today());
    let says = Objection { stance, said_on, told: object.needed("told")? };
    let Revision(seen) = base(&headers)?;
    let entries = app.store.object(&gate.about(&patient), &patient, Version(seen), &says).await?;
    Ok(told(StatusCode::CREATED, &entries))
}
