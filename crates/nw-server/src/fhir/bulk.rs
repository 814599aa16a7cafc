//! All records at once, without identity, for the analyst: FHIR Bulk Data Access (`$export`).
//!
//! What leaves is what the guideline reads and concludes: coded facts, the tumour, treatments. The pseudonym is keyed, days
//! are cut to months and the day of birth to its year, and no free text has a way in. Every record that is read stands in
//! its audit log. Files are kept in memory, for whoever asked for them, and for an hour.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use nw_engine::{Detail, Options};
use nw_facts::Language;
use nw_fhir::{Json, Mapping, ORIGIN_EXTENSION, Profile, citizen_number, map};
use nw_guideline::CompiledGuideline;
use nw_store::{AccountId, AsOf, Context, PatientFilter, PatientId, StoreError, fact_set};
use serde_json::json;
use sha2::Sha256;

use super::compartment::{exported, moment, renamed};
use super::outcome::Fail;
use super::{Asking, ids};
use crate::app::{App, own};
use crate::error::Problem;
use crate::form::Path;

/// What leaves: kinds of which nothing is a person's own words.
const KINDS: &[&str] = &["Patient", "Observation", "Condition", "MedicationStatement", "Device"];
/// How long files are kept.
const KEPT_SECONDS: i64 = 3600;
/// Exports at a time, and the bytes of one.
const AT_ONCE: usize = 4;
const BYTES: usize = 512 << 20;
/// The file of those who are to be taken out of earlier exports.
const DELETED: &str = "deleted";
/// The type of the files.
const NDJSON: &str = "application/fhir+ndjson";
/// The setting that holds the key of the pseudonyms: the same patient has the same one in each export of this centre.
const KEY: &str = "fhir.export-key";

/// One export.
struct Job {
    owner: AccountId,
    started: Timestamp,
    request: String,
    kinds: Vec<String>,
    since: Option<Timestamp>,
    done: AtomicUsize,
    stopped: AtomicBool,
    result: Mutex<Option<Result<Arc<Made>, Fail>>>,
}

type Files = BTreeMap<String, (String, usize)>;

/// What came of an export.
#[derive(Default)]
struct Made {
    files: Files,
    /// Who is to be taken out of earlier exports: lines of Bundles, and how many.
    deleted: (String, usize),
    /// Whose records are in the files.
    whose: HashSet<PatientId>,
}

/// Exports under way and done.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<HashMap<String, Arc<Job>>>);

impl Jobs {
    fn fresh(&self, now: Timestamp) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Job>>> {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = now.as_second() - KEPT_SECONDS;
        jobs.retain(|_, job| {
            let kept = job.started.as_second() > old;
            if !kept {
                job.stopped.store(true, Ordering::Relaxed);
            }
            kept
        });
        jobs
    }
}

fn own_job(asking: &Asking, id: &str) -> Result<Arc<Job>, Fail> {
    let jobs = asking.desk()?.jobs.fresh(asking.app.now());
    let job = jobs.get(id).filter(|job| job.owner == asking.gate.session.account.id);
    job.map(Arc::clone).ok_or_else(|| {
        Fail::not_found(
            "there is no such export; files are kept for an hour, for the account that asked for them",
        )
    })
}

/// GET $export: begins.
pub(crate) async fn begin(asking: Asking) -> Result<Response, Fail> {
    if !asking.prefers("respond-async") {
        return Err(Fail::bad(
            "required",
            "send `Prefer: respond-async`; an export is fetched when it is ready",
        ));
    }
    let mut kinds: Vec<String> = KINDS.iter().map(|k| (*k).to_string()).collect();
    let mut since = None;
    for (name, value) in &asking.query {
        match name.as_str() {
            "_outputFormat"
                if matches!(value.replace(' ', "+").as_str(), NDJSON | "application/ndjson" | "ndjson") => {}
            "_type" => {
                let wanted: Vec<&str> = value.split(',').collect();
                if wanted.iter().any(|w| !KINDS.contains(w)) {
                    let text = format!("_type: what leaves without identity is {}", KINDS.join(", "));
                    return Err(Fail::bad("not-supported", text));
                }
                kinds.retain(|k| wanted.contains(&k.as_str()));
            }
            "_since" => {
                let bad = |_| Fail::bad("value", "_since: write an instant, as 2026-03-31T00:00:00Z");
                since = Some(value.replace(' ', "+").parse().map_err(bad)?);
            }
            "_format" | "_pretty" => {}
            _ if asking.prefers("handling=lenient") => {}
            _ => {
                return Err(Fail::bad(
                    "not-supported",
                    "an export takes _type, _since and _outputFormat (ndjson)",
                ));
            }
        }
    }
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| Problem::Fault)?;
    let id = HEXLOWER.encode(&bytes);
    let query = serde_urlencoded::to_string(&asking.query).unwrap_or_default();
    let joint = if query.is_empty() { "" } else { "?" };
    let job = Arc::new(Job {
        owner: asking.gate.session.account.id.clone(),
        started: asking.app.now(),
        request: format!("{}/$export{joint}{query}", asking.base),
        kinds,
        since,
        done: AtomicUsize::new(0),
        stopped: AtomicBool::new(false),
        result: Mutex::new(None),
    });
    let desk = asking.desk()?;
    {
        let mut jobs = desk.jobs.fresh(asking.app.now());
        if jobs.len() >= AT_ONCE {
            let fail = Fail::new(
                StatusCode::TOO_MANY_REQUESTS,
                "throttled",
                "as many exports as are kept are under way or not deleted; DELETE one of yours, or wait",
            );
            let mut response = fail.into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("600"));
            return Ok(response);
        }
        jobs.insert(id.clone(), Arc::clone(&job));
    }
    let (app, context, mapping) = (asking.app.clone(), asking.gate.context(), Arc::clone(&desk.mapping));
    let language = asking.gate.language;
    tokio::spawn(async move {
        let made = files(&app, &context, &mapping, &job, language).await.map(Arc::new);
        *job.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
    });
    let mut response = StatusCode::ACCEPTED.into_response();
    let place = HeaderValue::from_str(&format!("{}/bulk/{id}", asking.base)).map_err(|_| Problem::Fault)?;
    response.headers_mut().insert(header::CONTENT_LOCATION, place);
    Ok(response)
}

/// The files, as long as everybody in them lets their data be used.
///
/// # Errors
/// Somebody objected since: the export is deleted then, since what is not fetched yet may still stay here.
async fn sound(asking: &Asking, id: &str, job: &Job, made: Arc<Made>) -> Result<Arc<Made>, Fail> {
    let since = asking.app.store.objecting(&asking.gate.context(), Some(job.started)).await?;
    if since.iter().any(|patient| made.whose.contains(patient)) {
        asking.desk()?.jobs.fresh(asking.app.now()).remove(id);
        return Err(Fail::new(
            StatusCode::GONE,
            "deleted",
            "somebody whose data are in this export objected to it since; it was deleted: begin another one, and \
             remove what you fetched of this one",
        ));
    }
    Ok(made)
}

/// GET of an export: how far it is, or where its files are.
pub(crate) async fn status(asking: Asking, Path(id): Path<String>) -> Result<Response, Fail> {
    let job = own_job(&asking, &id)?;
    let result = job.result.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let made = match result {
        Some(Ok(made)) => sound(&asking, &id, &job, made).await?,
        Some(Err(fail)) => return Err(fail),
        None => {
            let mut response = StatusCode::ACCEPTED.into_response();
            let far = format!("{} records", job.done.load(Ordering::Relaxed));
            let far = HeaderValue::from_str(&far).map_err(|_| Problem::Fault)?;
            response.headers_mut().insert("x-progress", far);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            return Ok(response);
        }
    };
    let listed = |kind: &str, name: &str, count: usize| json!({"type": kind, "count": count, "url": format!("{}/bulk/{id}/{name}.ndjson", asking.base)});
    let output: Vec<serde_json::Value> =
        made.files.iter().map(|(kind, (_, count))| listed(kind, kind, *count)).collect();
    let deleted: Vec<serde_json::Value> =
        Some(made.deleted.1).filter(|n| *n > 0).map(|n| listed("Bundle", DELETED, n)).into_iter().collect();
    let manifest = json!({
        "transactionTime": moment(job.started), "request": job.request, "requiresAccessToken": true,
        "output": output, "deleted": deleted, "error": [],
    });
    let mut response =
        (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], manifest.to_string()).into_response();
    let until = Timestamp::from_second(job.started.as_second() + KEPT_SECONDS).unwrap_or(job.started);
    if let Ok(until) = HeaderValue::from_str(&until.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()) {
        response.headers_mut().insert(header::EXPIRES, until);
    }
    Ok(response)
}

/// GET of one file.
pub(crate) async fn file(asking: Asking, Path((id, name)): Path<(String, String)>) -> Result<Response, Fail> {
    let job = own_job(&asking, &id)?;
    let result = job.result.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let made = result.ok_or_else(|| Fail::not_found("the export is not ready; ask for its status"))??;
    let made = sound(&asking, &id, &job, made).await?;
    let kind = name.strip_suffix(".ndjson").unwrap_or_default();
    let deleted = Some(&made.deleted).filter(|(_, count)| kind == DELETED && *count > 0);
    let (text, _) = made
        .files
        .get(kind)
        .or(deleted)
        .ok_or_else(|| Fail::not_found("the export has no such file; its status lists them"))?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, NDJSON)], text.clone()).into_response())
}

/// DELETE of an export.
pub(crate) async fn delete(asking: Asking, Path(id): Path<String>) -> Result<Response, Fail> {
    own_job(&asking, &id)?.stopped.store(true, Ordering::Relaxed);
    asking.desk()?.jobs.fresh(asking.app.now()).remove(&id);
    Ok(StatusCode::ACCEPTED.into_response())
}

/// The key of the pseudonyms; made when it is first needed.
async fn key(app: &App) -> Result<Vec<u8>, Fail> {
    for _ in 0..3 {
        let setting = app.store.setting(KEY).await?;
        if let Ok(key) = HEXLOWER.decode(setting.value.as_bytes())
            && key.len() == 32
        {
            return Ok(key);
        }
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).map_err(|_| Problem::Fault)?;
        match app.store.set(&own(app), KEY, setting.version, &HEXLOWER.encode(&bytes)).await {
            Ok(_) | Err(StoreError::StaleVersion { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::Fault.into())
}

/// Letters that follow from a patient and the key, and lead back to nobody without it.
fn pseudonym(key: &[u8], patient: &PatientId) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(patient.as_str().as_bytes());
    let bytes = mac.finalize().into_bytes();
    Some(bytes.iter().take(24).map(|b| char::from(b'a' + b % 26)).collect())
}

/// What is drawn for the kinds that leave. On what a conclusion rests and which questions are open stays here; without
/// Observations only what a Condition is written by is asked.
fn scope(guideline: &CompiledGuideline, mapping: &Mapping, kinds: &[String]) -> Options {
    let leaves = |kind: &str| kinds.iter().any(|k| k == kind);
    let vocabulary = &guideline.vocabulary;
    let (only, detail) = match leaves("Observation") {
        true => {
            let all = guideline.conclusions.iter().map(|c| c.idx);
            (all.filter(|c| !vocabulary.conclusion(*c).hidden).collect(), Detail::Reasons)
        }
        false if leaves("Condition") => (mapping.read_by_condition(vocabulary).collect(), Detail::Sets),
        false => (Vec::new(), Detail::Sets),
    };
    Options { only: Some(only), detail, ..Options::default() }
}

async fn files(
    app: &App,
    context: &Context,
    mapping: &Arc<Mapping>,
    job: &Job,
    language: Language,
) -> Result<Made, Fail> {
    let key = key(app).await?;
    let options = scope(app.guideline, mapping, &job.kinds);
    let (mut files, mut whose) = (Files::new(), HashSet::new());
    let mut size = 0;
    let mut filter = PatientFilter { most: Some(200), ..PatientFilter::default() };
    loop {
        let list = app.store.patients(context, &filter).await?;
        for line in &list.lines {
            if job.stopped.load(Ordering::Relaxed) {
                return Err(Fail::not_found("this export was deleted"));
            }
            if job.since.is_some_and(|since| line.patient.changed_at <= since) {
                continue;
            }
            let whom = &line.patient.id;
            let facts = match app.store.facts_as_of(context, whom, AsOf::now()).await {
                Ok(facts) => facts,
                Err(error) if error.left_the_list() => continue,
                Err(error) => return Err(error.into()),
            };
            whose.insert(whom.clone());
            let today = app.today();
            let (set, _) = fact_set(&app.guideline.vocabulary, &facts, Some(today));
            let name = pseudonym(&key, whom).ok_or(Problem::Fault)?;
            let day = (today, language);
            let trees =
                exported(app, mapping, name.clone(), set, day, Profile::Plain, options.clone()).await?;
            for (kind, tree) in without_identity(trees, &name, &job.kinds) {
                if names_citizen(&tree) {
                    let text =
                        "a number that may be one of a citizen (BSN) stands among the facts; nothing leaves";
                    return Err(Fail::new(StatusCode::INTERNAL_SERVER_ERROR, "business-rule", text));
                }
                let line = tree.write();
                // The program itself is sent once.
                if kind == "Device" && files.contains_key(&kind) {
                    continue;
                }
                size += line.len();
                if size > BYTES {
                    return Err(Fail::new(
                        StatusCode::PAYLOAD_TOO_LARGE,
                        "too-costly",
                        "more than 512 MiB; use _type or _since",
                    ));
                }
                let (text, count) = files.entry(kind).or_default();
                text.push_str(&line);
                text.push('\n');
                *count += 1;
            }
            job.done.fetch_add(1, Ordering::Relaxed);
        }
        match list.next {
            Some(next) => filter.after = Some(next),
            None => {
                let deleted = taken_back(app, context, &key, job.since).await?;
                return Ok(Made { files, deleted, whose });
            }
        }
    }
}

/// Those who said since an earlier export that their data may not be used: everything under their pseudonym is to go.
async fn taken_back(
    app: &App,
    context: &Context,
    key: &[u8],
    since: Option<Timestamp>,
) -> Result<(String, usize), Fail> {
    let (mut lines, mut count) = (String::new(), 0);
    let Some(since) = since else { return Ok((lines, count)) };
    for patient in app.store.objecting(context, Some(since)).await? {
        let name = pseudonym(key, &patient).ok_or(Problem::Fault)?;
        let request =
            map([("method", Some("DELETE".into())), ("url", Some(format!("Patient/{name}").into()))]);
        let bundle = map([
            ("resourceType", Some("Bundle".into())),
            ("type", Some("transaction".into())),
            ("entry", Some(Json::List(vec![map([("request", Some(request))])]))),
        ]);
        lines.push_str(&bundle.write());
        lines.push('\n');
        count += 1;
    }
    Ok((lines, count))
}

/// Whether a number that may be one of a citizen stands anywhere but among codes, some of which look like one.
fn names_citizen(tree: &Json) -> bool {
    match tree {
        Json::Text(text) | Json::Number(text) => citizen_number(text).is_some(),
        Json::List(items) => items.iter().any(names_citizen),
        Json::Map(members) => members.iter().any(|(key, value)| {
            let public = key == "code" && tree.get("system").is_some();
            !public && names_citizen(value)
        }),
        _ => false,
    }
}

/// The resources of a patient: new ids, days cut, origins left out.
fn without_identity(trees: Vec<Json>, name: &str, kinds: &[String]) -> Vec<(String, Json)> {
    let text = |tree: &Json, key: &str| tree.text_at(key).unwrap_or_default().to_string();
    let mut new: HashMap<String, String> = HashMap::new();
    let mut born = None;
    for tree in &trees {
        let (kind, id) = (text(tree, "resourceType"), text(tree, "id"));
        let own = match kind.as_str() {
            "Device" => continue,
            "Patient" => name.to_string(),
            _ => ids::joined(name, &id),
        };
        born = born.or_else(|| tree.text_at("birthDate").map(str::to_string));
        new.insert(format!("{kind}/{id}"), format!("{kind}/{own}"));
    }
    let mut lines = Vec::new();
    for mut tree in trees {
        let kind = text(&tree, "resourceType");
        if !kinds.contains(&kind) {
            continue;
        }
        let address = format!("{kind}/{}", text(&tree, "id"));
        renamed(&mut tree, &new);
        let mut tree = cut(tree, born.as_deref());
        if let Json::Map(members) = &mut tree {
            // What is left out of the kinds that were asked for is not referred to either, and moments tell days.
            members.retain(|(key, _)| !matches!(key.as_str(), "issued" | "derivedFrom"));
            for (key, value) in members.iter_mut() {
                if let ("id", Some(own)) = (key.as_str(), new.get(&address)) {
                    *value = own.split_once('/').map_or("", |(_, id)| id).into();
                }
            }
            let label = map([
                ("system", Some("http://terminology.hl7.org/CodeSystem/v3-ObservationValue".into())),
                ("code", Some("PSEUDED".into())),
            ]);
            let label = ("security".to_string(), Json::List(vec![label]));
            match members.iter_mut().find(|(key, _)| key == "meta") {
                Some((_, Json::Map(meta))) => meta.push(label),
                _ => members.insert(2, ("meta".to_string(), Json::Map(vec![label]))),
            }
        }
        lines.push((kind, tree));
    }
    lines
}

/// Days as months, the day of birth as its year; extensions that name an origin are a person's words and stay here.
fn cut(tree: Json, born: Option<&str>) -> Json {
    match tree {
        Json::Text(text) => Json::Text(shortened(&text, born)),
        Json::List(items) => Json::List(items.into_iter().map(|i| cut(i, born)).collect()),
        Json::Map(members) => {
            let mut kept = Vec::new();
            for (key, value) in members {
                let value = match value {
                    Json::List(items) if key == "extension" => {
                        let items: Vec<Json> = items
                            .into_iter()
                            .filter(|e| e.text_at("url") != Some(ORIGIN_EXTENSION))
                            .collect();
                        if items.is_empty() {
                            continue;
                        }
                        Json::List(items)
                    }
                    other => other,
                };
                kept.push((key, cut(value, born)));
            }
            Json::Map(kept)
        }
        other => other,
    }
}

fn is_day(bytes: &[u8]) -> bool {
    bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, b)| if matches!(at, 4 | 7) { *b == b'-' } else { b.is_ascii_digit() })
}

fn shortened(text: &str, born: Option<&str>) -> String {
    let bytes = text.as_bytes();
    let day = bytes.get(..10).is_some_and(is_day);
    if day && (bytes.len() == 10 || bytes.get(10) == Some(&b'T')) {
        let year = born.is_some_and(|b| text.starts_with(b));
        return text[..if year { 4 } else { 7 }].to_string();
    }
    let mut out = String::new();
    let mut at = 0;
    while at < text.len() {
        let whole = bytes.get(at..at + 10).is_some_and(is_day);
        if whole {
            let year = born.is_some_and(|b| text[at..].starts_with(b));
            out.push_str(&text[at..at + if year { 4 } else { 7 }]);
            at += 10;
        } else {
            let next = text[at..].chars().next().map_or(1, char::len_utf8);
            out.push_str(&text[at..at + next]);
            at += next;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_day_is_left() {
        for (text, short) in [
            ("2026-03-10", "2026-03"),
            ("2026-03-10T12:00:00Z", "2026-03"),
            ("1960-02-03", "1960"),
            (">=2026-03-10", ">=2026-03"),
            ("2026-03-10..2026-04-11", "2026-03..2026-04"),
            ("op 1960-02-03 geboren – é", "op 1960 geboren – é"),
            ("2026-03", "2026-03"),
            ("12 345-67-89", "12 345-67-89"),
        ] {
            assert_eq!(shortened(text, Some("1960-02-03")), short, "{text}");
        }
    }

    #[test]
    fn a_number_of_a_citizen_is_seen_and_a_code_that_looks_like_one_is_not() {
        let read = |text: &str| Json::read(text.as_bytes(), nw_fhir::Limits::default()).expect("JSON");
        for (text, names) in [
            (r#"{"code":{"coding":[{"system":"http://snomed.info/sct","code":"999999011"}]}}"#, false),
            (r#"{"code":"999999011"}"#, true),
            (r#"{"note":[{"text":"nummer 999999011"}]}"#, true),
            (r#"{"valueInteger":999999011}"#, true),
            (r#"{"valueInteger":999999012}"#, false),
        ] {
            assert_eq!(names_citizen(&read(text)), names, "{text}");
        }
    }

    #[test]
    fn a_pseudonym_is_letters_that_hang_on_the_key() {
        let patient: PatientId = "019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b".parse().expect("an id");
        let one = pseudonym(&[1; 32], &patient).expect("a pseudonym");
        assert!(one.len() == 24 && one.bytes().all(|b| b.is_ascii_lowercase()), "{one}");
        assert_eq!(pseudonym(&[1; 32], &patient).as_deref(), Some(one.as_str()));
        assert_ne!(pseudonym(&[2; 32], &patient).as_deref(), Some(one.as_str()));
    }
}
