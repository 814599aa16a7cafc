//! Reports of free text for programs: what they say beside the record, and what a person took of them.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use nw_facts::Language;
use nw_store::{AsOf, EntryId, FactRecordId, Paper, PatientId};
use serde_json::{Value, json};

use super::body::Object;
use super::{answer, at_revision, base};
use crate::access::{Gate, language_of};
use crate::app::App;
use crate::error::Problem;
use crate::form::Path;
use crate::pages::cases::prepare;
use crate::pages::reports::{KINDS, TEXT, document, label, of_record};
use crate::reports::{Item, Reading, held_id, taken};
use crate::words::{Word, say};

fn item(item: &Item) -> Value {
    let known: Vec<Value> = item
        .known
        .iter()
        .map(|k| {
            json!({"id": k.id.as_str(), "value": k.value, "date": k.day.map(|d| d.to_string()),
                   "origin": k.origin, "contradicts": k.contradicts})
        })
        .collect();
    json!({
        "key": item.key(), "fact": item.fact, "label": item.label, "value": item.value, "text": item.told,
        "words": item.quote, "span": [item.span.0, item.span.1], "date": item.date.map(|d| d.to_string()),
        "standing": item.standing.id(), "record": known, "tumour": item.tumour, "taken": item.taken,
        "held": item.held.iter().map(|h| held_id(*h)).collect::<Vec<_>>(),
    })
}

fn shown(app: &App, reading: &Reading, language: Language) -> Value {
    let guideline = app.guideline;
    let all = |items: &[Item]| items.iter().map(item).collect::<Vec<_>>();
    let conflicts: Vec<Value> = reading
        .conflicts
        .iter()
        .map(|(label, items)| json!({"fact": items.first().map(|i| &i.fact), "label": label, "says": all(items)}))
        .collect();
    json!({
        "date": reading.day.map(|d| d.to_string()), "proposed": all(&reading.proposed),
        "conflicts": conflicts, "held": all(&reading.held),
        "guideline": {"id": guideline.manifest.id, "edition": guideline.manifest.edition, "digest": guideline.digest},
        "disclaimer": say(language, Word::NotADevice),
    })
}

fn language(sent: &Object, gate: &Gate) -> Result<Language, Problem> {
    match sent.text("language")? {
        None => Ok(gate.language),
        Some(text) => language_of(&text).ok_or_else(|| Problem::bad("language", "send `nl` or `en`")),
    }
}

/// Reads a report. Nothing is stored.
pub(crate) async fn read(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let sent = Object::read(&headers, &body, &["text", "dated", "language"])?;
    let (text, dated, language) = (sent.needed("text")?, sent.date("dated")?, language(&sent, &gate)?);
    let record = app.store.patient_page(&gate.about(&patient), &patient, AsOf::now()).await?;
    let reading = crate::reports::read(&app, &text, dated, &record.facts, None, language).await?;
    Ok(at_revision(StatusCode::OK, record.patient.revision, &shown(&app, &reading, language)))
}

/// Records what a person took of a report, with the report.
pub(crate) async fn take(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let base = base(&headers)?;
    let known = ["text", "dated", "language", "kind", "title", "take"];
    let mut sent = Object::read(&headers, &body, &known)?;
    let (text, dated, language) = (sent.needed("text")?, sent.date("dated")?, language(&sent, &gate)?);
    let kind = sent.text("kind")?.unwrap_or_else(|| "other-report".to_string());
    if !KINDS.iter().any(|(id, _)| *id == kind) {
        let known: Vec<&str> = KINDS.iter().map(|(id, _)| *id).collect();
        return Err(Problem::bad("kind", format!("choose one of {}", known.join(", "))));
    }
    let name = label(&sent.text("title")?.unwrap_or_default(), &kind, language);
    let mut keys: Vec<(String, Option<FactRecordId>)> = Vec::new();
    for one in sent.list("take", &["key", "instead"])? {
        let instead = one.text("instead")?.map(|id| id.parse());
        let instead = instead.transpose().map_err(|_| Problem::bad(&one.named("instead"), "send an id"))?;
        keys.push((one.needed("key")?, instead));
    }
    let record = app.store.patient_page(&gate.about(&patient), &patient, AsOf::now()).await?;
    let reading = crate::reports::read(&app, &text, dated, &record.facts, None, language).await?;
    let facts = taken(&reading, keys.iter().map(|(k, i)| (k.as_str(), i.clone())), &name)?;
    let paper = Paper::New(document(&kind, name, reading.day, TEXT), text.into_bytes());
    let done = app.store.record_from(&gate.about(&patient), &patient, base, &paper, &facts).await?;
    prepare(&app, &patient, gate.language);
    let ids: Vec<&str> = done.recorded.facts.iter().map(|f| f.as_str()).collect();
    let value = json!({"document": done.document.as_str(), "revision": done.recorded.revision.0,
                       "at": done.recorded.at.to_string(), "facts": ids});
    Ok(at_revision(StatusCode::CREATED, done.recorded.revision, &value))
}

/// A report of the record, with what it says.
pub(crate) async fn one(
    State(app): State<App>,
    gate: Gate,
    Path((patient, document)): Path<(PatientId, EntryId)>,
) -> Result<Response, Problem> {
    let (record, about, text) = of_record(&app, &gate, &patient, &document).await?;
    let own = Some(document.as_str());
    let reading = crate::reports::read(&app, &text, about.dated, &record.facts, own, gate.language).await?;
    let mut value = shown(&app, &reading, gate.language);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("kind".to_string(), json!(about.kind));
        fields.insert("title".to_string(), json!(about.title));
        fields.insert("text".to_string(), json!(text));
    }
    Ok(answer(StatusCode::OK, &value))
}
