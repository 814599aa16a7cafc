//! Tasks, meetings and the audit log.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use nw_store::{AuditEntry, AuditFilter, PatientId, TaskFilter};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer;
use super::patients::most;
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Path;

/// Which tasks, or meetings.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Asked {
    holder: Option<String>,
    due_by: Option<String>,
    from: Option<String>,
    to: Option<String>,
    before: Option<String>,
    most: Option<String>,
}

type Query1 = Result<Query<Asked>, axum::extract::rejection::QueryRejection>;

fn asked(query: Query1) -> Result<Asked, Problem> {
    let help = "use the parameters that /api/v1/openapi.json names";
    query.map(|q| q.0).map_err(|_| Problem::bad("query", help))
}

fn day(name: &str, text: Option<&str>) -> Result<Option<nw_facts::Date>, Problem> {
    let read = |text: &str| text.parse().map_err(|_| Problem::bad(name, "write a date as 2026-03-31"));
    text.map(read).transpose()
}

/// Open tasks.
pub(crate) async fn tasks(State(app): State<App>, gate: Gate, query: Query1) -> Result<Response, Problem> {
    let asked = asked(query)?;
    let filter = TaskFilter {
        due_by: day("dueBy", asked.due_by.as_deref())?,
        most: most(asked.most.as_deref())?,
        holder: asked.holder,
        ..TaskFilter::default()
    };
    let tasks: Vec<Value> = app
        .store
        .tasks(&gate.context(), &filter)
        .await?
        .iter()
        .map(|line| {
            json!({"id": line.task.id.as_str(), "version": line.task.version.0,
                   "patient": line.patient.id.as_str(), "task": line.task.body})
        })
        .collect();
    Ok(answer(StatusCode::OK, &json!({"tasks": tasks})))
}

/// Meetings.
pub(crate) async fn meetings(State(app): State<App>, gate: Gate, query: Query1) -> Result<Response, Problem> {
    let asked = asked(query)?;
    let (from, to) = (day("from", asked.from.as_deref())?, day("to", asked.to.as_deref())?);
    let meetings: Vec<Value> = app
        .store
        .meetings(&gate.context(), from, to)
        .await?
        .iter()
        .map(|m| json!({"id": m.id.as_str(), "version": m.version.0, "meeting": m.body}))
        .collect();
    Ok(answer(StatusCode::OK, &json!({"meetings": meetings})))
}

fn entry(entry: &AuditEntry, of_patient: bool) -> Value {
    let mut value = json!({
        "seq": entry.seq, "at": entry.at.to_string(), "action": entry.action.word(), "object": entry.object_kind,
        "outcome": entry.outcome.word(), "actor": entry.actor_name, "role": entry.role,
        "organisation": entry.organisation, "purpose": entry.purpose, "basis": entry.basis,
        "source": entry.source, "accessPoint": entry.access_point,
    });
    // A reason may speak of the patient: it stands in that patient's log only.
    if of_patient && let Some(fields) = value.as_object_mut() {
        fields.insert("reason".to_string(), json!(entry.reason));
    }
    value
}

async fn log(
    app: &App,
    context: nw_store::Context,
    patient: Option<PatientId>,
    query: Query1,
) -> Result<Response, Problem> {
    let asked = asked(query)?;
    let read = |text: &str| {
        let number: Option<i64> = text.parse().ok().filter(|n| *n > 0);
        number.ok_or_else(|| Problem::bad("before", "use `next` of the page before"))
    };
    let before = asked.before.as_deref().map(read).transpose()?;
    let of_patient = patient.is_some();
    let filter =
        AuditFilter { patient, before, most: most(asked.most.as_deref())?, ..AuditFilter::default() };
    let page = app.store.audit(&context, &filter).await?;
    let entries: Vec<Value> = page.entries.iter().map(|e| entry(e, of_patient)).collect();
    Ok(answer(StatusCode::OK, &json!({"entries": entries, "next": page.next})))
}

/// The log of one patient.
pub(crate) async fn audit_of(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    query: Query1,
) -> Result<Response, Problem> {
    app.store.patient(&gate.about(&patient), &patient).await?;
    log(&app, gate.about(&patient), Some(patient), query).await
}

/// The log of everything, without any patient.
pub(crate) async fn audit(State(app): State<App>, gate: Gate, query: Query1) -> Result<Response, Problem> {
    log(&app, gate.context(), None, query).await
}

/// What became of cards that the hospital's own program showed.
pub(crate) async fn card_feedback(
    State(app): State<App>,
    gate: Gate,
    query: Query1,
) -> Result<Response, Problem> {
    let asked = asked(query)?;
    let list = app.store.card_feedback(&gate.context(), most(asked.most.as_deref())?).await?;
    let feedback: Vec<Value> = list
        .iter()
        .map(|one| {
            let body = &one.body;
            json!({"recordedAt": one.recorded_at.to_string(), "service": body.service, "client": body.client,
                   "card": body.card, "topic": body.topic, "accepted": body.accepted,
                   "suggestions": body.suggestions, "guideline": body.guideline,
                   "departure": body.departure.as_ref().map(|d| json!({"code": d.code, "explanation": d.explanation})),
                   "happenedAt": body.happened_at})
        })
        .collect();
    Ok(answer(StatusCode::OK, &json!({"feedback": feedback})))
}
