//! Patients and their facts.

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use nw_facts::read;
use nw_store::{
    AsOf, Changes, Fact, FactRecordId, Identity, NewFact, Origin, Patient, PatientFilter, PatientId, Reason,
    Revision,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Object;
use super::{answer, at_revision, base};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Path;
use crate::pages::cases::prepare;

/// Which patients.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Asked {
    q: Option<String>,
    after: Option<String>,
    most: Option<String>,
}

fn shown(patient: &Patient) -> Value {
    let who = &patient.identity;
    json!({
        "id": patient.id.as_str(), "revision": patient.revision.0, "changedAt": patient.changed_at.to_string(),
        "name": who.name, "number": who.number, "born": who.born.map(|b| b.to_string()), "sex": who.sex,
        "generalPractitioner": who.general_practitioner, "referrer": who.referrer, "language": who.language,
        "synthetic": who.synthetic,
    })
}

/// A page of the worklist.
pub(crate) async fn list(
    State(app): State<App>,
    gate: Gate,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::bad("query", "use q, after and most"))?;
    let read = |text: &str| text.parse().map_err(|_| Problem::bad("after", "use `next` of the page before"));
    let after = asked.after.as_deref().map(read).transpose()?;
    let most = most(asked.most.as_deref())?;
    let text = asked.q.unwrap_or_default();
    let filter = PatientFilter { text, after, most, ..PatientFilter::default() };
    let list = app.store.patients(&gate.context(), &filter).await?;
    let lines: Vec<Value> = list
        .lines
        .iter()
        .map(|line| {
            json!({"patient": shown(&line.patient), "openTasks": line.open_tasks,
                   "nextDue": line.next_due.map(|d| d.to_string()),
                   "meeting": line.meeting.as_ref().map(|m| m.as_str())})
        })
        .collect();
    let next = list.next.map(|n| n.as_str().to_string());
    Ok(answer(StatusCode::OK, &json!({"patients": lines, "next": next})))
}

/// How many at most.
pub(crate) fn most(text: Option<&str>) -> Result<Option<u32>, Problem> {
    let read = |text: &str| {
        let number: Option<u32> = text.parse().ok().filter(|n| (1..=1000).contains(n));
        number.ok_or_else(|| Problem::bad("most", "use a number from 1 to 1000"))
    };
    text.map(read).transpose()
}

/// Begins a record.
pub(crate) async fn add(
    State(app): State<App>,
    gate: Gate,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let known = ["name", "number", "born", "sex", "contact", "generalPractitioner", "referrer", "language"];
    let sent = Object::read(&headers, &body, &known)?;
    let identity = Identity {
        name: sent.needed("name")?,
        number: sent.text("number")?,
        born: sent.date("born")?,
        sex: sent.text("sex")?,
        contact: sent.text("contact")?,
        general_practitioner: sent.text("generalPractitioner")?,
        referrer: sent.text("referrer")?,
        language: sent.text("language")?,
        synthetic: app.settings.demo,
    };
    let patient = app.store.add_patient(&gate.context(), &identity).await?;
    Ok(at_revision(StatusCode::CREATED, patient.revision, &shown(&patient)))
}

/// One patient.
pub(crate) async fn one(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    let patient = app.store.patient(&gate.about(&patient), &patient).await?;
    Ok(at_revision(StatusCode::OK, patient.revision, &shown(&patient)))
}

/// As of when.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct When {
    true_on: Option<String>,
    revision: Option<String>,
}

impl When {
    pub(crate) fn as_of(&self) -> Result<AsOf, Problem> {
        let mut as_of = match &self.true_on {
            None => AsOf::now(),
            Some(text) => {
                AsOf::true_on(text.parse().map_err(|_| Problem::bad("trueOn", "write a date as 2026-03-31"))?)
            }
        };
        if let Some(text) = &self.revision {
            let revision = text.parse().ok().filter(|r| *r > 0);
            let revision = revision.ok_or_else(|| Problem::bad("revision", "use a number from 1 on"))?;
            as_of = as_of.known_with(Revision(revision));
        }
        Ok(as_of)
    }
}

/// The query of a page that is seen as of a day or a revision.
pub(crate) type WhenAsked = Result<Query<When>, axum::extract::rejection::QueryRejection>;

pub(crate) fn when(asked: WhenAsked) -> Result<AsOf, Problem> {
    asked.map_err(|_| Problem::bad("query", "use trueOn and revision"))?.0.as_of()
}

fn fact(fact: &Fact) -> Value {
    json!({
        "id": fact.id.as_str(), "fact": fact.fact, "value": fact.value,
        "trueOn": fact.true_on.map(|d| d.to_string()), "knownOn": fact.known_on.map(|d| d.to_string()),
        "origin": fact.origin.label, "document": fact.origin.document.as_ref().map(|d| d.as_str()),
        "span": fact.origin.span, "revision": fact.revision.0, "recordedAt": fact.recorded_at.to_string(),
        "supersedes": fact.supersedes.as_ref().map(|s| s.as_str()),
    })
}

/// What holds of a patient.
pub(crate) async fn facts(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    asked: WhenAsked,
) -> Result<Response, Problem> {
    let page = app.store.patient_page(&gate.about(&patient), &patient, when(asked)?).await?;
    let facts: Vec<Value> = page.facts.iter().map(fact).collect();
    let revision = page.patient.revision;
    Ok(at_revision(StatusCode::OK, revision, &json!({"revision": revision.0, "facts": facts})))
}

/// Records facts.
pub(crate) async fn record(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let base = base(&headers)?;
    let mut sent = Object::read(&headers, &body, &["facts"])?;
    let vocabulary = &app.guideline.vocabulary;
    let known = ["fact", "value", "trueOn", "knownOn", "origin", "supersedes"];
    let mut facts = Vec::new();
    for item in sent.list("facts", &known)? {
        let (id, value) = (item.needed("fact")?, item.value("value")?);
        let Some(idx) = vocabulary.find_fact(&id) else {
            let near = nw_facts::nearest(&id, vocabulary.fact_ids()).unwrap_or("GET /api/v1/openapi.json");
            return Err(Problem::bad(&item.named("fact"), format!("no such fact; do you mean {near}?")));
        };
        if let Err(fault) = read(vocabulary, idx, &value) {
            // The fault's message quotes the value; its help does not.
            return Err(Problem::bad(&item.named("value"), format!("{}; {}", fault.code, fault.help)));
        }
        let origin = item.text("origin")?.unwrap_or_else(|| gate.session.account.name.clone());
        let mut new = NewFact::new(vocabulary.fact(idx).id.clone(), value, Origin::person(origin));
        new.true_on = item.date("trueOn")?;
        new.known_on = item.date("knownOn")?;
        if let Some(earlier) = item.text("supersedes")? {
            let earlier: FactRecordId = earlier
                .parse()
                .map_err(|_| Problem::bad(&item.named("supersedes"), "use the id of a fact"))?;
            new = new.instead_of(earlier);
        }
        facts.push(new);
    }
    let done = app.store.record(&gate.about(&patient), &patient, base, &facts).await?;
    prepare(&app, &patient, gate.language);
    Ok(at_revision(StatusCode::CREATED, done.revision, &recorded(&done)))
}

fn recorded(done: &nw_store::Recorded) -> Value {
    let ids: Vec<&str> = done.facts.iter().map(|f| f.as_str()).collect();
    json!({"revision": done.revision.0, "at": done.at.to_string(), "facts": ids})
}

/// Takes a fact back that was recorded in error.
pub(crate) async fn retract(
    State(app): State<App>,
    gate: Gate,
    Path((patient, fact)): Path<(PatientId, FactRecordId)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let base = base(&headers)?;
    let sent = Object::read(&headers, &body, &["reason"])?;
    let reason = Reason::new(&sent.needed("reason")?)?;
    let changes = Changes { facts: Vec::new(), retract: vec![fact], reason: Some(reason) };
    let done = app.store.change(&gate.about(&patient), &patient, base, &changes).await?;
    prepare(&app, &patient, gate.language);
    Ok(at_revision(StatusCode::OK, done.revision, &recorded(&done)))
}
