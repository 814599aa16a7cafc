//! Versions: what a fact said before it was corrected, and one version by its number.
//!
//! The record keeps every fact as it was recorded, so an Observation of a fact has all of its versions. Everything else
//! is drawn from the record as it is now: it has the version that it has.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use nw_engine::{Detail, Options};
use nw_fhir::{Json, Profile, map};
use nw_store::{PastFact, PatientId};

use super::compartment::{Chains, exported, framed, moment, observation, read, renamed};
use super::outcome::{Fail, answer};
use super::read::{find, with_version};
use super::{Asking, ids};
use crate::form::Path;

/// One version of a resource; without a tree it was taken back.
struct Version {
    number: i64,
    at: Timestamp,
    tree: Option<Json>,
}

/// GET of all versions of a resource, the newest first.
pub(crate) async fn instance(
    asking: Asking,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, Fail> {
    let mut since: Option<Timestamp> = None;
    let mut most = usize::MAX;
    for (name, value) in &asking.query {
        let bad = |help: &str| Fail::bad("value", format!("{name}: {help}"));
        match name.as_str() {
            "_since" => {
                let read = value.replace(' ', "+").parse();
                since = Some(read.map_err(|_| bad("write an instant, as 2026-03-31T00:00:00Z"))?);
            }
            "_count" => most = value.parse().map_err(|_| bad("write a whole number"))?,
            "_format" | "_pretty" => {}
            _ => return Err(Fail::bad("not-supported", "a history is asked with _since and _count alone")),
        }
    }
    let mut versions = versions(&asking, &kind, &id).await?;
    versions.reverse();
    versions.retain(|v| since.is_none_or(|since| v.at >= since));
    let total = versions.len();
    let entry = |v: &Version| {
        let (method, status) = match (&v.tree, v.number) {
            (None, _) => ("DELETE", "204 No Content"),
            (_, 1) => ("POST", "201 Created"),
            _ => ("PUT", "200 OK"),
        };
        let url = if method == "POST" { kind.clone() } else { format!("{kind}/{id}") };
        map([
            ("fullUrl", Some(format!("{}/{kind}/{id}", asking.base).into())),
            ("resource", v.tree.clone()),
            ("request", Some(map([("method", Some(method.into())), ("url", Some(url.into()))]))),
            (
                "response",
                Some(map([
                    ("status", Some(status.into())),
                    ("etag", Some(format!("W/\"{}\"", v.number).into())),
                    ("lastModified", Some(moment(v.at).into())),
                ])),
            ),
        ])
    };
    let entries: Vec<Json> = versions.iter().take(most).map(entry).collect();
    let link = map([
        ("relation", Some("self".into())),
        ("url", Some(format!("{}/{kind}/{id}/_history", asking.base).into())),
    ]);
    let bundle = map([
        ("resourceType", Some("Bundle".into())),
        ("type", Some("history".into())),
        ("total", Some(Json::Number(total.to_string()))),
        ("link", Some(Json::List(vec![link]))),
        ("entry", Some(Json::List(entries)).filter(|e| !e.items().is_empty())),
    ]);
    Ok(answer(StatusCode::OK, &bundle))
}

/// GET of one version.
pub(crate) async fn version(
    asking: Asking,
    Path((kind, id, number)): Path<(String, String, String)>,
) -> Result<Response, Fail> {
    let versions = versions(&asking, &kind, &id).await?;
    let found = versions.into_iter().find(|v| v.number.to_string() == number);
    match found {
        Some(Version { tree: Some(tree), .. }) => Ok(with_version(StatusCode::OK, &tree)),
        Some(Version { tree: None, .. }) => {
            Err(Fail::new(StatusCode::GONE, "deleted", "with this version it was taken back"))
        }
        None => Err(Fail::not_found(
            "there is no such version here: an Observation of a fact has all of its versions, everything else is drawn \
             from the record as it is now; GET _history lists those there are",
        )),
    }
}

/// GET of the versions of a Patient, by the address that also has operations.
pub(crate) async fn version_of_patient(
    asking: Asking,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, Fail> {
    version(asking, Path(("Patient".to_string(), id, number))).await
}

/// All versions, the oldest first.
async fn versions(asking: &Asking, kind: &str, id: &str) -> Result<Vec<Version>, Fail> {
    let held = find(asking, kind, id).await;
    if kind == "Observation"
        && (held.is_ok() || held.as_ref().is_err_and(|f| f.status == StatusCode::GONE))
        && let Some(patient) = ids::patient_of(id)
    {
        let all = of_fact(asking, &patient, id, held.as_ref().ok()).await?;
        if !all.is_empty() {
            return Ok(all);
        }
    }
    let tree = held?;
    let meta = |key: &str| tree.at(&["meta", key]).and_then(Json::text);
    let number = meta("versionId").and_then(|v| v.parse().ok()).unwrap_or(1);
    let at = meta("lastUpdated").and_then(|t| t.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(vec![Version { number, at, tree: Some(tree) }])
}

/// The versions of an Observation of a fact: what was recorded, corrected and taken back; nothing for a conclusion.
async fn of_fact(
    asking: &Asking,
    patient: &PatientId,
    id: &str,
    now: Option<&Json>,
) -> Result<Vec<Version>, Fail> {
    let past = asking.app.store.fact_history(&asking.gate.about(patient), patient).await?;
    let chains = Chains::of(&past);
    let mine = |line: &&PastFact| observation(patient, &chains.first(&line.fact.id).0) == id;
    let mut all = Vec::new();
    for line in past.iter().filter(mine) {
        let number = chains.first(&line.fact.id).1 as i64;
        let at = line.fact.recorded_at;
        let tree = match (&line.retracted, now) {
            (Some(_), _) => None,
            // What holds now is told as it is told everywhere.
            (None, Some(now)) if line.superseded_by.is_none() => Some(now.clone()),
            (None, _) => earlier(asking, patient, id, line, (number, at)).await?,
        };
        if tree.is_some() || line.retracted.is_some() {
            all.push(Version { number, at, tree });
        }
    }
    Ok(all)
}

/// An earlier version, by the fact alone: nothing is drawn from what held beside it then.
async fn earlier(
    asking: &Asking,
    patient: &PatientId,
    id: &str,
    line: &PastFact,
    version: (i64, Timestamp),
) -> Result<Option<Json>, Fail> {
    let (app, day) = (&asking.app, (asking.app.today(), asking.gate.language));
    let (set, _) = read(app, std::slice::from_ref(&line.fact), day.0);
    let options = Options { only: Some(Vec::new()), detail: Detail::Sets, ..Options::default() };
    let whom = patient.as_str().to_string();
    let mapping = &asking.desk()?.mapping;
    let trees = exported(app, mapping, whom.clone(), set, day, Profile::Plain, options).await?;
    let first = trees
        .into_iter()
        .find(|t| t.text_at("resourceType") == Some("Observation") && t.text_at("id") == Some("fact-0"));
    let names = HashMap::from([("Patient/patient".to_string(), format!("Patient/{whom}"))]);
    Ok(first.map(|mut tree| {
        renamed(&mut tree, &names);
        framed(&tree, "Observation", id, version, None, Vec::new())
    }))
}
