//! Writing: resources become facts of the record, all of a request or nothing of it ([`transaction`](super::transaction)).
//!
//! A transaction speaks of one patient; what was not understood is told beside each entry. One resource alone is a
//! transaction of one, and a batch is several of those.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use nw_fhir::{Json, map};
use nw_store::Reason;

use super::compartment::{Compartment, moment};
use super::outcome::{Fail, answer, outcome};
use super::read::{by_address, with_version};
use super::transaction::{Done, apply, at};
use super::{Asking, inspect};
use crate::error::Problem;
use crate::form::Path;

/// Why a fact is taken back, when a program says nothing.
const TAKEN_BACK: &str = "taken back by a program (FHIR DELETE)";

/// One resource as a transaction.
fn alone(
    method: &str,
    url: String,
    resource: Option<Json>,
    conditions: (Option<&str>, Option<&str>),
) -> Json {
    let request = map([
        ("method", Some(method.into())),
        ("url", Some(url.into())),
        ("ifNoneExist", conditions.0.map(Json::from)),
        ("ifMatch", conditions.1.map(Json::from)),
    ]);
    let entry = map([("resource", resource), ("request", Some(request))]);
    map([
        ("resourceType", Some("Bundle".into())),
        ("type", Some("transaction".into())),
        ("entry", Some(Json::List(vec![entry]))),
    ])
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|v| v.to_str().ok())
}

/// Places of a transaction of one, as of the resource itself.
fn plain(tree: Json, kind: &str) -> Json {
    match tree {
        Json::Text(text) => {
            Json::Text(text.replace("Bundle.entry[0].resource", kind).replace("Bundle.entry[0]", kind))
        }
        Json::List(items) => Json::List(items.into_iter().map(|i| plain(i, kind)).collect()),
        Json::Map(members) => Json::Map(members.into_iter().map(|(k, v)| (k, plain(v, kind))).collect()),
        other => other,
    }
}

/// Writes one resource, and answers as the client wishes.
async fn single(
    asking: &Asking,
    method: &str,
    url: String,
    resource: Option<Json>,
) -> Result<Response, Fail> {
    let kind = url.split('/').next().unwrap_or_default().to_string();
    let conditions = (text(&asking.headers, "if-none-exist"), text(&asking.headers, "if-match"));
    let bundle = alone(method, url, resource, conditions);
    let (mut done, after) = apply(asking, &bundle, &reason(asking)?)
        .await
        .map_err(|fail| Fail::with(fail.status, plain(fail.outcome(), &kind).items_at("issue").to_vec()))?;
    let Some(done) = done.pop() else { return Err(Problem::Fault.into()) };
    if done.status == StatusCode::NO_CONTENT {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let held = done.place.as_ref().and_then(|place| {
        let (kind, id) = place.split_once('/')?;
        let after = after.as_ref()?;
        after.held.iter().find(|h| h.kind == kind && h.id == id)
    });
    let told = plain(outcome(done.notes), &kind);
    let mut response = match held {
        Some(held) if !asking.prefers("return=OperationOutcome") => with_version(done.status, &held.tree),
        _ => answer(done.status, &told),
    };
    if asking.prefers("return=minimal") {
        *response.body_mut() = axum::body::Body::empty();
    }
    if let Some(held) = held {
        let version = held.tree.at(&["meta", "versionId"]).and_then(Json::text).unwrap_or("1");
        let place = format!("{}/{}/{}/_history/{version}", asking.base, held.kind, held.id);
        if let Ok(place) = HeaderValue::from_str(&place) {
            response.headers_mut().insert(header::LOCATION, place);
        }
    }
    Ok(response)
}

/// Why something is taken back: as the Provenance beside the request says (`X-Provenance`).
fn reason(asking: &Asking) -> Result<Reason, Fail> {
    // Letters beyond ASCII stand in it as UTF-8, or escaped as JSON has them.
    let said = asking.headers.get("x-provenance").map(HeaderValue::as_bytes);
    let tree = said.map(|s| Json::read(s, nw_fhir::Limits { bytes: 16 << 10, depth: 32, values: 1000 }));
    let bad = || {
        Fail::bad("invalid", "X-Provenance: send a Provenance with reason[0].text of 3 to 1,000 characters")
    };
    let tree = tree.transpose().map_err(|_| bad())?;
    let words = tree.as_ref().and_then(|t| {
        let first = t.items_at("reason").first()?;
        first.text_at("text").or_else(|| first.items_at("coding").first()?.text_at("display"))
    });
    match (words, said) {
        (None, Some(_)) => Err(bad()),
        (words, _) => Reason::new(words.unwrap_or(TAKEN_BACK)).map_err(|_| bad()),
    }
}

fn of_kind(asking: &Asking, bytes: &[u8], kind: &str) -> Result<Json, Fail> {
    let tree = inspect::body(&asking.headers, bytes)?;
    if tree.text_at("resourceType") != Some(kind) {
        return Err(Fail::bad(
            "invalid",
            format!("this address takes a {kind}; other resources come in a transaction"),
        ));
    }
    Ok(tree)
}

/// POST of a Patient.
pub(crate) async fn add_patient(asking: Asking, body: Bytes) -> Result<Response, Fail> {
    let tree = of_kind(&asking, &body, "Patient")?;
    single(&asking, "POST", "Patient".to_string(), Some(tree)).await
}

/// PUT of a Patient.
pub(crate) async fn put_patient(
    asking: Asking,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Fail> {
    let tree = same_id(of_kind(&asking, &body, "Patient")?, &id)?;
    single(&asking, "PUT", format!("Patient/{id}"), Some(tree)).await
}

/// POST of an Observation.
pub(crate) async fn add_observation(asking: Asking, body: Bytes) -> Result<Response, Fail> {
    let tree = of_kind(&asking, &body, "Observation")?;
    single(&asking, "POST", "Observation".to_string(), Some(tree)).await
}

/// POST of a QuestionnaireResponse.
pub(crate) async fn add_answers(asking: Asking, body: Bytes) -> Result<Response, Fail> {
    let tree = of_kind(&asking, &body, "QuestionnaireResponse")?;
    single(&asking, "POST", "QuestionnaireResponse".to_string(), Some(tree)).await
}

/// POST of a Consent.
pub(crate) async fn add_consent(asking: Asking, body: Bytes) -> Result<Response, Fail> {
    let tree = of_kind(&asking, &body, "Consent")?;
    single(&asking, "POST", "Consent".to_string(), Some(tree)).await
}

/// PUT of a Consent.
pub(crate) async fn put_consent(
    asking: Asking,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Fail> {
    let tree = same_id(of_kind(&asking, &body, "Consent")?, &id)?;
    single(&asking, "PUT", format!("Consent/{id}"), Some(tree)).await
}

/// PUT of an Observation.
pub(crate) async fn put_observation(
    asking: Asking,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Fail> {
    let tree = same_id(of_kind(&asking, &body, "Observation")?, &id)?;
    single(&asking, "PUT", format!("Observation/{id}"), Some(tree)).await
}

/// DELETE of an Observation.
pub(crate) async fn delete_observation(asking: Asking, Path(id): Path<String>) -> Result<Response, Fail> {
    single(&asking, "DELETE", format!("Observation/{id}"), None).await
}

fn same_id(tree: Json, id: &str) -> Result<Json, Fail> {
    if tree.text_at("id") == Some(id) {
        return Ok(tree);
    }
    Err(Fail::bad("invalid", "`id` of the resource is not the one of the address"))
}

/// POST of a Bundle to the base: a transaction, or a batch of single requests.
pub(crate) async fn bundle(asking: Asking, body: Bytes) -> Result<Response, Fail> {
    let tree = inspect::body(&asking.headers, &body)?;
    if tree.text_at("resourceType") != Some("Bundle") {
        return Err(Fail::bad("invalid", "the base takes a Bundle of type transaction or batch"));
    }
    let (kind, entries) = match tree.text_at("type") {
        Some("transaction") => {
            let (done, after) = apply(&asking, &tree, &reason(&asking)?).await?;
            let told = done.into_iter().map(|d| responded(&asking, d, after.as_deref())).collect();
            ("transaction-response", told)
        }
        Some("batch") => ("batch-response", batch(&asking, &tree).await?),
        _ => return Err(Fail::refused("value", "send a Bundle of type transaction or batch", "Bundle.type")),
    };
    let answered = map([
        ("resourceType", Some("Bundle".into())),
        ("type", Some(kind.into())),
        ("timestamp", Some(moment(asking.app.now()).into())),
        ("entry", Some(Json::List(entries))),
    ]);
    Ok(answer(StatusCode::OK, &answered))
}

fn line(status: StatusCode) -> Json {
    format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default()).into()
}

fn responded(asking: &Asking, done: Done, after: Option<&Compartment>) -> Json {
    let held = done.place.as_deref().and_then(|place| {
        let (kind, id) = place.split_once('/')?;
        after?.held.iter().find(|h| h.kind == kind && h.id == id)
    });
    let version = held.and_then(|h| h.tree.at(&["meta", "versionId"])?.text());
    let place = done.place.as_ref().map(|p| match version {
        Some(version) => format!("{p}/_history/{version}"),
        None => p.clone(),
    });
    let response = map([
        ("status", Some(line(done.status))),
        ("location", place.map(Json::from)),
        ("etag", version.map(|v| format!("W/\"{v}\"").into())),
        ("lastModified", held.map(|h| moment(h.updated).into())),
        ("outcome", Some(outcome(done.notes))),
    ]);
    let full = done.place.map(|p| format!("{}/{p}", asking.base).into());
    map([("fullUrl", full), ("response", Some(response))])
}

/// Each entry by itself; one that fails fails alone.
async fn batch(asking: &Asking, tree: &Json) -> Result<Vec<Json>, Fail> {
    let reason = reason(asking)?;
    let mut answered = Vec::new();
    for (number, entry) in tree.items_at("entry").iter().enumerate() {
        let url = entry.at(&["request", "url"]).and_then(Json::text).unwrap_or_default();
        let reads = entry.at(&["request", "method"]).and_then(Json::text) == Some("GET");
        let alone = map([
            ("resourceType", Some("Bundle".into())),
            ("type", Some("transaction".into())),
            ("entry", Some(Json::List(vec![entry.clone()]))),
        ]);
        let one = match reads {
            true => by_address(asking, url).await.map(|tree| {
                map([
                    ("resource", Some(tree)),
                    ("response", Some(map([("status", Some(line(StatusCode::OK)))]))),
                ])
            }),
            false => apply(asking, &alone, &reason).await.and_then(|(mut done, after)| {
                let done = done.pop().ok_or(Problem::Fault)?;
                Ok(responded(asking, done, after.as_deref()))
            }),
        };
        answered.push(one.unwrap_or_else(|fail| {
            let told = renumbered(fail.outcome(), number);
            map([("response", Some(map([("status", Some(line(fail.status))), ("outcome", Some(told))])))])
        }));
    }
    Ok(answered)
}

/// Places of a transaction of one, in the batch it stood in.
fn renumbered(tree: Json, number: usize) -> Json {
    match tree {
        Json::Text(text) => Json::Text(text.replace("Bundle.entry[0]", &at(number))),
        Json::List(items) => Json::List(items.into_iter().map(|i| renumbered(i, number)).collect()),
        Json::Map(members) => {
            Json::Map(members.into_iter().map(|(k, v)| (k, renumbered(v, number))).collect())
        }
        other => other,
    }
}
