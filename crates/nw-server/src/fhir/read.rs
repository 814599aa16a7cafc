//! Reading: one resource, a search, everything of a patient.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use nw_engine::Options;
use nw_facts::FactSet;
use nw_fhir::{Json, Profile, map};
use nw_store::{PatientFilter, PatientId};

use super::compartment::{Compartment, exported, framed, moment, open, profiled, resources};
use super::outcome::{Fail, answer, issue, outcome};
use super::search::{OF_ALL, OF_PATIENT, Search};
use super::{Asking, event, ids};
use crate::form::Path;
use crate::words::{Word, say};

/// One search looks into so many records at most.
const PATIENTS: usize = 20;

/// What is said of a kind that is not here.
fn no_kind(kind: &str) -> Fail {
    let clean: String = kind.chars().filter(char::is_ascii_alphabetic).take(40).collect();
    Fail::not_found(format!(
        "`{clean}` is not kept here; GET metadata lists the resources and what can be asked"
    ))
}

fn no_patient() -> Fail {
    Fail::not_found("no Patient has this id; GET Patient?identifier= or ?name= finds the id")
}

/// A resource with its version.
pub(crate) fn with_version(status: StatusCode, tree: &Json) -> Response {
    let mut response = answer(status, tree);
    let meta = |key: &str| tree.at(&["meta", key]).and_then(Json::text);
    if let Some(tag) = meta("versionId").and_then(|v| HeaderValue::from_str(&format!("W/\"{v}\"")).ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    let day = meta("lastUpdated").and_then(|t| t.parse::<Timestamp>().ok());
    if let Some(day) =
        day.and_then(|d| HeaderValue::from_str(&d.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok())
    {
        response.headers_mut().insert(header::LAST_MODIFIED, day);
    }
    response
}

/// The record of a patient, opened for this request.
pub(crate) async fn record(asking: &Asking, id: &PatientId) -> Result<Arc<Compartment>, Fail> {
    open(&asking.app, asking.desk()?, &asking.gate.about(id), id, asking.gate.language).await
}

/// What is the same for all patients: questionnaire, plan, activities, the program itself.
async fn shared(asking: &Asking) -> Result<Vec<Json>, Fail> {
    let (app, language) = (&asking.app, asking.gate.language);
    let (guideline, today) = (app.guideline, app.today());
    let mapping = &asking.desk()?.mapping;
    let disclaimer = say(language, Word::NotADevice);
    let mut all = vec![nw_fhir::questionnaire(guideline, mapping, language, disclaimer)];
    all.extend(resources(nw_fhir::plan(guideline, language, today, disclaimer)));
    let nobody = FactSet::new().on(Some(today));
    let drawn =
        exported(app, mapping, String::new(), nobody, (today, language), Profile::Plain, Options::default())
            .await?;
    all.extend(drawn.into_iter().filter(|r| r.text_at("resourceType") == Some("Device")));
    let at = today.to_zoned(jiff::tz::TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |z| z.timestamp());
    let dressed = |tree: &Json| {
        let text = |key: &str| tree.text_at(key).unwrap_or_default();
        framed(tree, text("resourceType"), text("id"), (1, at), None, Vec::new())
    };
    Ok(all.iter().map(dressed).collect())
}

/// One resource, as a tree.
///
/// # Errors
/// There is none, or who asks may not see it.
pub(crate) async fn find(asking: &Asking, kind: &str, id: &str) -> Result<Json, Fail> {
    let none = || Fail::not_found(format!("no {kind} has this id; a search gives the ids there are"));
    if OF_ALL.contains(&kind) {
        let found = shared(asking).await?.into_iter();
        let mut found =
            found.filter(|r| r.text_at("resourceType") == Some(kind) && r.text_at("id") == Some(id));
        return found.next().ok_or_else(none);
    }
    if !OF_PATIENT.contains(&kind) {
        return Err(no_kind(kind));
    }
    let patient = match kind {
        "Patient" => id.parse().ok().filter(|p: &PatientId| p.as_str() == id).ok_or_else(no_patient)?,
        _ => ids::patient_of(id).ok_or_else(none)?,
    };
    let record = record(asking, &patient).await?;
    if record.gone.iter().any(|g| g == id) {
        return Err(Fail::new(StatusCode::GONE, "deleted", "this was recorded in error and taken back"));
    }
    record.held.iter().find(|h| h.kind == kind && h.id == id).map(|h| h.tree.clone()).ok_or_else(none)
}

/// GET of one Patient.
pub(crate) async fn patient(asking: Asking, Path(id): Path<String>) -> Result<Response, Fail> {
    Ok(with_version(StatusCode::OK, &find(&asking, "Patient", &id).await?))
}

/// GET of one Observation.
pub(crate) async fn observation(asking: Asking, Path(id): Path<String>) -> Result<Response, Fail> {
    Ok(with_version(StatusCode::OK, &find(&asking, "Observation", &id).await?))
}

/// GET of one of another kind.
pub(crate) async fn one(asking: Asking, Path((kind, id)): Path<(String, String)>) -> Result<Response, Fail> {
    Ok(with_version(StatusCode::OK, &find(&asking, &kind, &id).await?))
}

/// GET of what can be done with a patient: everything, in the profiles of mCODE or as it is.
pub(crate) async fn operation(
    asking: Asking,
    Path((id, operation)): Path<(String, String)>,
) -> Result<Response, Fail> {
    let patient: PatientId =
        id.parse().ok().filter(|p: &PatientId| p.as_str() == id).ok_or_else(no_patient)?;
    if operation == "_history" {
        return super::history::instance(asking, Path(("Patient".to_string(), id))).await;
    }
    // What would be left out by a day or a kind would be sent all the same: better to say so.
    if asking.query.iter().any(|(name, _)| !matches!(name.as_str(), "_format" | "_pretty")) {
        return Err(Fail::bad(
            "not-supported",
            "this gives everything and takes no parameters; a search takes some",
        ));
    }
    match operation.as_str() {
        "$mcode-patient-bundle" | "$mcode-everything" => {
            Ok(answer(StatusCode::OK, &mcode(&asking, &patient).await?))
        }
        "$everything" => {
            let record = record(&asking, &patient).await?;
            let all: Vec<&Json> = record.held.iter().map(|h| &h.tree).collect();
            let place = format!("{}/Patient/{id}/$everything", asking.base);
            Ok(answer(StatusCode::OK, &found(&asking, &all, &[], Some(all.len()), &[("self", place)], &[])))
        }
        _ => Err(Fail::not_found("a Patient has $mcode-patient-bundle, $everything and _history")),
    }
}

/// Everything of a patient as mCODE has it.
async fn mcode(asking: &Asking, id: &PatientId) -> Result<Json, Fail> {
    let context = asking.gate.about(id);
    let desk = asking.desk()?;
    let record = profiled(&asking.app, desk, &context, id, asking.gate.language, Profile::Mcode).await?;
    let profile = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-patient-bundle";
    let entry =
        |tree: &Json| map([("fullUrl", Some(place(asking, tree).into())), ("resource", Some(tree.clone()))]);
    let mut entries: Vec<Json> = record.held.iter().map(|h| entry(&h.tree)).collect();
    let device = shared(asking).await?.into_iter().filter(|r| r.text_at("resourceType") == Some("Device"));
    entries.extend(device.map(|d| entry(&d)));
    Ok(map([
        ("resourceType", Some("Bundle".into())),
        ("id", Some(ids::of_patient(id, "mcode").into())),
        (
            "meta",
            Some(map([
                ("lastUpdated", Some(moment(asking.app.now()).into())),
                ("profile", Some(Json::List(vec![profile.into()]))),
            ])),
        ),
        ("type", Some("collection".into())),
        ("timestamp", Some(moment(asking.app.now()).into())),
        ("entry", Some(Json::List(entries))),
    ]))
}

fn place(asking: &Asking, tree: &Json) -> String {
    let text = |key: &str| tree.text_at(key).unwrap_or_default();
    format!("{}/{}/{}", asking.base, text("resourceType"), text("id"))
}

/// A Bundle of what was found.
fn found(
    asking: &Asking,
    matches: &[&Json],
    beside: &[Json],
    total: Option<usize>,
    links: &[(&str, String)],
    left: &[String],
) -> Json {
    let entry = |tree: &Json, mode: &str| {
        map([
            ("fullUrl", Some(place(asking, tree).into())),
            ("resource", Some(tree.clone())),
            ("search", Some(map([("mode", Some(mode.into()))]))),
        ])
    };
    let mut entries: Vec<Json> = matches.iter().map(|m| entry(m, "match")).collect();
    entries.extend(beside.iter().map(|b| entry(b, "include")));
    if !left.is_empty() {
        let told = issue("warning", "not-supported", &format!("not searched by: {}", left.join(", ")), None);
        let search = map([("mode", Some("outcome".into()))]);
        entries.push(map([("resource", Some(outcome(vec![told]))), ("search", Some(search))]));
    }
    let link = |(relation, url): &(&str, String)| {
        map([("relation", Some((*relation).into())), ("url", Some(url.as_str().into()))])
    };
    map([
        ("resourceType", Some("Bundle".into())),
        ("meta", Some(map([("lastUpdated", Some(moment(asking.app.now()).into()))]))),
        ("type", Some("searchset".into())),
        ("total", total.map(|t| Json::Number(t.to_string()))),
        ("link", Some(Json::List(links.iter().map(link).collect()))),
        ("entry", Some(Json::List(entries)).filter(|e| !e.items().is_empty())),
    ])
}

/// GET of a search.
pub(crate) async fn search(asking: Asking, Path(kind): Path<String>) -> Result<Response, Fail> {
    let query = asking.query.clone();
    Ok(answer(StatusCode::OK, &searched(&asking, &kind, query).await?))
}

/// GET of a search for patients.
pub(crate) async fn patients(asking: Asking) -> Result<Response, Fail> {
    search(asking, Path("Patient".to_string())).await
}

/// GET of a search for observations.
pub(crate) async fn observations(asking: Asking) -> Result<Response, Fail> {
    search(asking, Path("Observation".to_string())).await
}

/// GET of a search for answers.
pub(crate) async fn answers(asking: Asking) -> Result<Response, Fail> {
    search(asking, Path("QuestionnaireResponse".to_string())).await
}

/// GET of a search for what patients say of research.
pub(crate) async fn consents(asking: Asking) -> Result<Response, Fail> {
    search(asking, Path("Consent".to_string())).await
}

/// GET of what a patient says of research.
pub(crate) async fn consent(asking: Asking, Path(id): Path<String>) -> Result<Response, Fail> {
    Ok(with_version(StatusCode::OK, &find(&asking, "Consent", &id).await?))
}

/// GET of a search for what the audit log says of a patient.
pub(crate) async fn events(asking: Asking) -> Result<Response, Fail> {
    search(asking, Path("AuditEvent".to_string())).await
}

/// A search in a form.
async fn asked_in_a_form(asking: Asking, kind: &str, body: &[u8]) -> Result<Response, Fail> {
    let bad = || Fail::bad("invalid", "send name=value&name=value as application/x-www-form-urlencoded");
    let sent = asking.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !body.is_empty() && !sent.starts_with("application/x-www-form-urlencoded") {
        return Err(bad());
    }
    let mut query = asking.query.clone();
    let form: Vec<(String, String)> =
        std::str::from_utf8(body).ok().and_then(|t| serde_urlencoded::from_str(t).ok()).ok_or_else(bad)?;
    query.extend(form);
    Ok(answer(StatusCode::OK, &searched(&asking, kind, query).await?))
}

/// POST of a search.
pub(crate) async fn form(asking: Asking, Path(kind): Path<String>, body: Bytes) -> Result<Response, Fail> {
    asked_in_a_form(asking, &kind, &body).await
}

/// POST of a search for patients.
pub(crate) async fn patients_form(asking: Asking, body: Bytes) -> Result<Response, Fail> {
    asked_in_a_form(asking, "Patient", &body).await
}

/// POST of a search for observations.
pub(crate) async fn observations_form(asking: Asking, body: Bytes) -> Result<Response, Fail> {
    asked_in_a_form(asking, "Observation", &body).await
}

/// The Bundle of a search.
///
/// # Errors
/// What cannot be asked.
pub(crate) async fn searched(
    asking: &Asking,
    kind: &str,
    query: Vec<(String, String)>,
) -> Result<Json, Fail> {
    let known = OF_PATIENT.contains(&kind) || OF_ALL.contains(&kind) || kind == "AuditEvent";
    if !known {
        return Err(no_kind(kind));
    }
    let search = Search::read(kind, query, asking.prefers("handling=lenient"))?;
    if kind == "Patient" {
        return many(asking, &search).await;
    }
    if kind == "AuditEvent" {
        return event::searched(asking, &search).await;
    }
    if OF_ALL.contains(&kind) {
        let all = shared(asking).await?;
        let all: Vec<&Json> = all.iter().filter(|r| r.text_at("resourceType") == Some(kind)).collect();
        return Ok(page(asking, kind, &search, all, &[]));
    }
    let mut whose: Vec<PatientId> = Vec::new();
    if search.patients.is_empty() {
        whose.extend(search.ids.iter().filter_map(|id| ids::patient_of(id)));
        if search.ids.is_empty() {
            let text = format!(
                "say whose {kind}: patient={{id}}, or _id; a whole population is $export, for analysts"
            );
            return Err(Fail::bad("required", text));
        }
    } else {
        // An id of nobody is nobody's: the search finds nothing there, as FHIR asks.
        whose.extend(search.patients.iter().filter_map(|id| id.parse().ok()));
    }
    whose.sort();
    whose.dedup();
    if whose.len() > PATIENTS {
        return Err(Fail::bad("too-costly", format!("ask for at most {PATIENTS} patients at once")));
    }
    let mut records = Vec::new();
    for id in &whose {
        match record(asking, id).await {
            Ok(record) => records.push(record),
            Err(fail) if fail.status == StatusCode::NOT_FOUND => {}
            Err(fail) => return Err(fail),
        }
    }
    let of_kind = records.iter().flat_map(|r| &r.held).filter(|h| h.kind == kind);
    let all: Vec<&Json> = of_kind.map(|h| &h.tree).collect();
    let people: Vec<Json> = records
        .iter()
        .filter(|_| search.with_patient)
        .flat_map(|r| r.held.iter().filter(|h| h.kind == "Patient").map(|h| h.tree.clone()))
        .collect();
    Ok(page(asking, kind, &search, all, &people))
}

/// Those that fit, the page that is asked for, and where the next one is.
pub(super) fn page(asking: &Asking, kind: &str, search: &Search, all: Vec<&Json>, people: &[Json]) -> Json {
    let mut fitting: Vec<&Json> = all.into_iter().filter(|tree| search.fits(tree)).collect();
    search.order(&mut fitting);
    let total = fitting.len();
    let mut links = vec![("self", link(asking, kind, search, ("_offset", search.offset.to_string())))];
    if search.counted {
        return found(asking, &[], &[], Some(total), &links, &search.left);
    }
    let shown: Vec<&Json> = fitting.into_iter().skip(search.offset).take(search.count).collect();
    if search.offset + shown.len() < total {
        let next = (search.offset + search.count).to_string();
        links.push(("next", link(asking, kind, search, ("_offset", next))));
    }
    if search.offset > 0 {
        let before = search.offset.saturating_sub(search.count).to_string();
        links.push(("previous", link(asking, kind, search, ("_offset", before))));
    }
    let named = |person: &&Json| {
        let address = format!("Patient/{}", person.text_at("id").unwrap_or_default());
        shown.iter().any(|tree| {
            ["subject", "for", "patient"]
                .iter()
                .any(|key| tree.get(key).and_then(|r| r.text_at("reference")) == Some(address.as_str()))
        })
    };
    let beside: Vec<Json> = people.iter().filter(named).cloned().collect();
    found(asking, &shown, &beside, Some(total), &links, &search.left)
}

fn link(asking: &Asking, kind: &str, search: &Search, (name, value): (&str, String)) -> String {
    let mut said = search.said.clone();
    if value != "0" && !value.is_empty() {
        said.push((name.to_string(), value));
    }
    let query = serde_urlencoded::to_string(&said).unwrap_or_default();
    let joint = if query.is_empty() { "" } else { "?" };
    format!("{}/{kind}{joint}{query}", asking.base)
}

/// A page of patients: by number, by name, or all, from one cursor to the next.
async fn many(asking: &Asking, search: &Search) -> Result<Json, Fail> {
    let mut shown: Vec<Json> = Vec::new();
    let mut next = None;
    let most = if search.counted { usize::MAX } else { search.count };
    if search.ids.is_empty() {
        let words = search.values("identifier").or_else(|| search.values("name"));
        // What the record looks for is narrower than a word of the search only when there is one word.
        let text = match words {
            Some([one]) => one.rsplit('|').next().unwrap_or_default().to_string(),
            _ => String::new(),
        };
        let after = search.after.as_deref().map(str::parse).transpose();
        let mut filter = PatientFilter {
            text,
            after: after.map_err(|_| Fail::bad("value", "_after: use the link `next` of the page before"))?,
            most: Some(200),
            ..PatientFilter::default()
        };
        'pages: loop {
            let list = asking.app.store.patients(&asking.gate.context(), &filter).await?;
            for line in &list.lines {
                if shown.len() == most {
                    next = shown.last().and_then(|p| p.text_at("id")).map(str::to_string);
                    break 'pages;
                }
                // The number, the name and the day of birth stand beside the list; what else is asked, in the record.
                let slight = framed(
                    &Json::Map(Vec::new()),
                    "Patient",
                    line.patient.id.as_str(),
                    (line.patient.revision.0, line.patient.changed_at),
                    super::person::label(&line.patient),
                    super::person::shown(&line.patient, &Json::Map(Vec::new())),
                );
                if search.fits(&slight) {
                    shown.push(slight);
                }
            }
            match list.next {
                None => break,
                Some(after) => filter.after = Some(after),
            }
        }
    } else {
        for id in search.ids.iter().take(PATIENTS) {
            let Ok(patient) = id.parse::<PatientId>() else { continue };
            match asking.app.store.patient(&asking.gate.about(&patient), &patient).await {
                Ok(_) => shown.push(find(asking, "Patient", id).await?),
                Err(nw_store::StoreError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        shown.retain(|p| search.fits(p));
    }
    let mut links =
        vec![("self", link(asking, "Patient", search, ("_after", search.after.clone().unwrap_or_default())))];
    let total = (next.is_none() && search.after.is_none()).then_some(shown.len());
    if let Some(next) = next {
        links.push(("next", link(asking, "Patient", search, ("_after", next))));
    }
    let mut shown: Vec<&Json> = shown.iter().collect();
    search.order(&mut shown);
    if search.counted {
        shown.clear();
    }
    Ok(found(asking, &shown, &[], total, &links, &search.left))
}

/// What an address of a batch reads: `Patient/1`, `Observation?patient=1`.
///
/// # Errors
/// As the reading itself.
pub(crate) async fn by_address(asking: &Asking, url: &str) -> Result<Json, Fail> {
    let url = url.strip_prefix(asking.base.as_str()).unwrap_or(url).trim_start_matches('/');
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [kind, id] => find(asking, kind, id).await,
        [kind] => {
            let query = serde_urlencoded::from_str(query)
                .map_err(|_| Fail::bad("invalid", "what follows the `?` is not name=value&name=value"))?;
            searched(asking, kind, query).await
        }
        _ => Err(Fail::not_found("a batch reads [kind]/[id] and [kind]?[search]")),
    }
}
