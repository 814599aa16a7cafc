//! What this server can do, as a CapabilityStatement.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use nw_fhir::{Json, map};

use super::inspect::{VERSION, asked};
use super::outcome::{Fail, answer};
use super::search::{OF_ALL, OF_PATIENT, PARAMETERS};
use super::{base, desk, language};
use crate::app::App;
use crate::words::{Word, say};

fn list(texts: &[&str]) -> Json {
    Json::List(texts.iter().map(|t| Json::from(*t)).collect())
}

fn codes(all: &[&str]) -> Json {
    Json::List(all.iter().map(|code| map([("code", Some((*code).into()))])).collect())
}

fn parameter(name: &str, kind: &str) -> Json {
    map([("name", Some(name.into())), ("type", Some(kind.into()))])
}

fn operation(name: &str, definition: &str, documentation: &str) -> Json {
    map([
        ("name", Some(name.into())),
        ("definition", Some(definition.into())),
        ("documentation", Some(documentation.into())),
    ])
}

fn resource(kind: &str) -> Json {
    let (interactions, documentation): (&[&str], &str) = match kind {
        "Patient" => (
            &["read", "search-type", "create", "update"],
            "Ids are given by this server. A record is kept as long as the law asks: DELETE answers 405. \
             Conditional create and update look by identifier with the system urn:netwijzer:number.",
        ),
        "Observation" => (
            &["read", "vread", "history-instance", "search-type", "create", "update", "delete"],
            "A fact of the record, or a conclusion (status final or preliminary, code of urn:netwijzer:conclusion). \
             POST records what a rule reads as a fact and answers 422 when there is none. PUT corrects a fact: the one \
             before stays in the record. DELETE takes it back, with the reason in X-Provenance. \
             Conclusions are drawn, never written. A fact has all of its versions, a conclusion the one that holds.",
        ),
        "QuestionnaireResponse" => (
            &["read", "search-type", "create"],
            "What the record answers to the Questionnaire, all of it in one. POST of answers that are completed or \
             amended records each that is read as a fact, and answers 422 when there is none; they are then part of that \
             one. An answer is corrected and taken back with its Observation.",
        ),
        "Consent" => (
            &["read", "search-type", "create", "update"],
            "What the patient says of the use of the own data for research and registries (scope research): deny or \
             rejected is an objection, permit takes it back. While a patient objects, $export and the figures leave the \
             patient out. There is one for each patient.",
        ),
        "AuditEvent" => (&["search-type"], "Who did what with one patient's record; patient is needed."),
        _ if OF_ALL.contains(&kind) => (&["read", "search-type"], "The same for all patients."),
        _ => (
            &["read", "search-type"],
            "What the record and the guideline say; other programs send theirs in a transaction. \
             A search names the patient, or ids.",
        ),
    };
    let mut parameters = vec![parameter("_id", "token"), parameter("_lastUpdated", "date")];
    if !OF_ALL.contains(&kind) && kind != "Patient" {
        parameters.extend([parameter("patient", "reference"), parameter("subject", "reference")]);
    }
    parameters.extend(PARAMETERS.iter().filter(|p| p.of == kind).map(|p| parameter(p.name, p.kind.word())));
    let includes = [format!("{kind}:patient"), format!("{kind}:subject")];
    let of_patient = OF_PATIENT.contains(&kind) && kind != "Patient";
    let operations = Json::List(vec![
        operation(
            "mcode-everything",
            "http://hl7.org/fhir/us/mcode/OperationDefinition/mcode-patient-everything",
            "GET Patient/{id}/$mcode-everything, or $mcode-patient-bundle: everything of a patient in the profiles of mCODE 4.0.",
        ),
        operation(
            "everything",
            "http://hl7.org/fhir/OperationDefinition/Patient-everything",
            "GET Patient/{id}/$everything, in one page.",
        ),
    ]);
    let writes = matches!(kind, "Patient" | "Observation" | "Consent");
    map([
        ("type", Some(kind.into())),
        ("documentation", Some(documentation.into())),
        ("interaction", Some(codes(interactions))),
        ("versioning", Some(if writes { "versioned-update" } else { "versioned" }.into())),
        ("readHistory", Some(Json::Bool(kind == "Observation"))),
        ("updateCreate", writes.then_some(Json::Bool(false))),
        ("conditionalCreate", (kind == "Patient").then_some(Json::Bool(true))),
        ("searchInclude", of_patient.then(|| list(&[&includes[0], &includes[1]]))),
        ("searchParam", Some(Json::List(parameters))),
        ("operation", (kind == "Patient").then_some(operations)),
    ])
}

/// GET of `.well-known/smart-configuration`: there is none, since apps get no tokens here, and what to do instead.
pub(crate) async fn no_smart(State(app): State<App>, headers: HeaderMap) -> Fail {
    let text = say(language(&headers), Word::NoSmartServer);
    Fail::not_found(format!("{text}: {}/metadata", base(&app, &headers)))
}

/// GET /fhir/metadata.
pub(crate) async fn metadata(State(app): State<App>, headers: HeaderMap) -> Result<Response, Fail> {
    desk(&app)?;
    asked(&headers, None)?;
    let guideline = app.guideline;
    let kinds = OF_PATIENT.iter().chain(&["AuditEvent"]).chain(OF_ALL);
    let security = map([
        ("cors", Some(Json::Bool(false))),
        ("description", Some(
            "A program signs in with POST /api/v1/session and sends the token it gets as `Authorization: Bearer`. What it \
             may do follows from the role of its account; every reading and writing is in the audit log. This is no \
             OAuth or SMART server: apps are given no tokens, and .well-known/smart-configuration answers 404."
                .into(),
        )),
    ]);
    let export = operation(
        "export",
        "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
        "GET $export with `Prefer: respond-async`, for analysts: all records without identity, days cut to months.",
    );
    let rest = map([
        ("mode", Some("server".into())),
        ("documentation", Some(
            "A transaction speaks of one patient and is taken whole or not at all; what was not understood is told in the \
             outcome of each entry. Resources of every kind that the mapping reads may stand in it."
                .into(),
        )),
        ("security", Some(security)),
        ("resource", Some(Json::List(kinds.map(|k| resource(k)).collect()))),
        ("interaction", Some(codes(&["transaction", "batch"]))),
        ("operation", Some(Json::List(vec![export]))),
    ]);
    let described = format!(
        "{} {}, {}. {}",
        guideline.manifest.id,
        guideline.manifest.edition,
        guideline.digest,
        say(language(&headers), Word::NotADevice)
    );
    let base = base(&app, &headers);
    let tree = map([
        ("resourceType", Some("CapabilityStatement".into())),
        ("id", Some("netwijzer".into())),
        ("url", Some(format!("{base}/metadata").into())),
        ("version", Some(env!("CARGO_PKG_VERSION").into())),
        ("name", Some("Netwijzer".into())),
        ("title", Some("netwijzer".into())),
        ("status", Some("active".into())),
        ("date", Some(app.today().to_string().into())),
        ("kind", Some("instance".into())),
        (
            "software",
            Some(map([
                ("name", Some("netwijzer".into())),
                ("version", Some(env!("CARGO_PKG_VERSION").into())),
            ])),
        ),
        ("implementation", Some(map([("description", Some(described.into())), ("url", Some(base.into()))]))),
        ("fhirVersion", Some(VERSION.into())),
        ("format", Some(list(&["application/fhir+json", "json"]))),
        ("rest", Some(Json::List(vec![rest]))),
    ]);
    Ok(answer(StatusCode::OK, &tree))
}
