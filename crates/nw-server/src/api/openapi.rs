//! The description of the interface (OpenAPI 3.1), made from the same table of routes that answers requests.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::answer;
use crate::access::Access;
use crate::routes::{Route, routes};

/// One character that may stand in a text, as a regular expression.
macro_rules! any {
    () => {
        r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
    };
}
/// One of these that can be seen.
macro_rules! seen {
    () => {
        r"[^\s\x00-\x1f\x7f-\x9f]"
    };
}

/// What the table of routes does not say of one operation.
struct Operation {
    summary: &'static str,
    query: &'static [&'static str],
    /// The schema of what is sent.
    sends: Option<&'static str>,
    /// The schema of the answer.
    answers: &'static str,
    /// Names the revision it rests on.
    revision: bool,
}

fn operation(method: &Method, path: &str) -> Operation {
    let reads = |summary, query, answers| Operation { summary, query, sends: None, answers, revision: false };
    let writes = |summary, sends, answers, revision| Operation {
        summary,
        query: &[],
        sends: Some(sends),
        answers,
        revision,
    };
    let post = *method == Method::POST;
    match path.trim_start_matches("/api/v1") {
        "/openapi.json" => reads("This description", &[], "Description"),
        "/session" => {
            writes("Sign in; the token goes into `Authorization: Bearer`", "SignIn", "Session", false)
        }
        "/session/end" => writes("Sign out", "Nothing", "Ended", false),
        "/patients" if post => writes("Begin the record of a patient", "NewPatient", "Patient", false),
        "/patients" => reads("Patients by name", &["q", "after", "most"], "Patients"),
        "/patients/{patient}" => reads("One patient", &[], "Patient"),
        "/patients/{patient}/facts" if post => writes("Record facts", "NewFacts", "Recorded", true),
        "/patients/{patient}/facts" => reads("What holds", &["trueOn", "revision"], "Facts"),
        "/patients/{patient}/facts/{fact}/retract" => {
            writes("Take a fact back that was recorded in error", "Retraction", "Recorded", true)
        }
        "/patients/{patient}/assessment" => {
            reads("What the guideline concludes", &["trueOn", "revision"], "Assessment")
        }
        "/patients/{patient}/reports/read" => writes(
            "What a report of free text says, beside the record; nothing is stored",
            "Report",
            "Reading",
            false,
        ),
        "/patients/{patient}/reports" => {
            writes("Record facts that a report says, with the report", "TakenReport", "RecordedReport", true)
        }
        "/patients/{patient}/reports/{document}" => reads("A report with what it says", &[], "Reading"),
        "/patients/{patient}/objection" if post => writes(
            "Record an objection to research and registries, or take it back",
            "Says",
            "Objection",
            true,
        ),
        "/patients/{patient}/objection" => {
            reads("What the patient says of research and registries", &[], "Objection")
        }
        "/patients/{patient}/audit" => reads("Who looked at this patient", &["before", "most"], "Audit"),
        "/card-feedback" => reads("What became of cards of CDS Hooks", &["most"], "CardFeedback"),
        "/tasks" => reads("Open tasks", &["holder", "dueBy", "most"], "Tasks"),
        "/meetings" => reads("Meetings", &["from", "to"], "Meetings"),
        "/audit" => reads("Who did what, without patients", &["before", "most"], "Audit"),
        _ => reads("", &[], "Description"),
    }
}

fn described(route: &Route) -> Value {
    let about = operation(&route.method, route.path);
    let ids = route.path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = ids
        .map(|id| json!({"name": id, "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}))
        .collect();
    for name in about.query {
        let schema = match *name {
            "trueOn" | "dueBy" | "from" | "to" => json!({"type": "string", "format": "date"}),
            "most" => json!({"type": "integer", "minimum": 1, "maximum": 1000}),
            "revision" | "before" => {
                json!({"type": "integer", "format": "int64", "minimum": 1, "maximum": i64::MAX})
            }
            "after" => json!({"type": "string", "format": "uuid"}),
            _ => json!({"type": "string"}),
        };
        parameters.push(json!({"name": name, "in": "query", "schema": schema}));
    }
    if about.revision {
        parameters.push(json!({"name": "If-Match", "in": "header", "required": true,
            "description": "The revision that was read, as its ETag: \"3\"",
            "schema": {"type": "string", "pattern": "^\"[0-9]{1,18}\"$"}}));
    }
    let writes = route.method == Method::POST;
    // Reading a report writes nothing that could be done twice.
    if writes && route.access != Access::Anyone && about.sends != Some("Report") {
        parameters.push(json!({"name": "Idempotency-Key", "in": "header",
            "description": "The same key with the same request is done once",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200}}));
    }
    let (allowed, roles) = match route.access {
        Access::Anyone => ("anybody".to_string(), json!([])),
        Access::Caller => ("a program that signs its calls".to_string(), json!([])),
        Access::SignedIn => ("anybody who is signed in".to_string(), json!([{"token": []}])),
        Access::Only(roles) => {
            (roles.iter().map(|r| r.word()).collect::<Vec<_>>().join(", "), json!([{"token": []}]))
        }
    };
    let created = matches!(about.answers, "Session")
        || writes && about.sends != Some("Retraction") && !matches!(about.sends, Some("Nothing" | "Report"));
    let good = if created { "201" } else { "200" };
    let content =
        json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{}", about.answers)}}});
    let mut value = json!({
        "summary": about.summary, "description": format!("For: {allowed}. Purpose: {}.", route.purpose.word()),
        "operationId": format!("{}{}", route.method.as_str().to_lowercase(),
            route.path.trim_start_matches("/api/v1").replace(['/', '{', '}', '.'], "-").replace("--", "-")),
        "security": roles, "parameters": parameters,
        "responses": {good: {"description": "Done", "content": content}, "default": {"$ref": "#/components/responses/Problem"}},
    });
    if let (Some(sends), Some(fields)) = (about.sends, value.as_object_mut()) {
        let schema = json!({"$ref": format!("#/components/schemas/{sends}")});
        fields.insert(
            "requestBody".to_string(),
            json!({"required": true, "content": {"application/json": {"schema": schema}}}),
        );
    }
    value
}

/// The description of every route under `/api/v1`.
pub(crate) fn description() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes().iter().filter(|r| r.path.starts_with("/api/v1")) {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_lowercase()] = described(route);
    }
    let text = || json!({"type": "string"});
    let or_null = || json!({"type": ["string", "null"]});
    let words = |most: u32| json!({"type": "string", "pattern": WORDS, "maxLength": most});
    let words_or_null = |most: u32| json!({"type": ["string", "null"], "pattern": WORDS, "maxLength": most});
    let day = || json!({"type": ["string", "null"], "format": "date"});
    let object = |fields: Value, needed: &[&str]| json!({"type": "object", "properties": fields, "required": needed, "additionalProperties": false});
    let list = |name: &str, of: Value| json!({"type": "object", "required": [name], "properties": {name: {"type": "array", "items": of}}});
    let value = || json!({"type": ["string", "number"], "description": "As a case file writes it: 4 %, <2 %, unknown, not-done"});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "netwijzer", "version": "1",
            "description": "Not a certified medical device. Conclusions name the edition and digest of the guideline."},
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": {"description": "What went wrong (RFC 9457); never a value of a patient",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}},
            "schemas": {
                "Problem": {"type": "object", "required": ["type", "title", "status", "code"], "properties": {
                    "type": text(), "title": text(), "status": {"type": "integer"}, "code": text()}},
                "Description": {"type": "object"},
                "Nothing": object(json!({}), &[]),
                "Ended": list_free(),
                "SignIn": object(json!({"login": words(200), "password": words(1000), "code": or_null(), "role": or_null()}), &["login", "password"]),
                "Session": {"type": "object", "required": ["token", "role"], "properties": {"token": text(), "role": text(),
                    "idleSeconds": {"type": "integer"}, "wholeSeconds": {"type": "integer"}}},
                "NewPatient": object(json!({"name": words(200), "number": words_or_null(500), "born": day(),
                    "sex": words_or_null(500), "contact": words_or_null(500), "generalPractitioner": words_or_null(500),
                    "referrer": words_or_null(500), "language": words_or_null(500)}), &["name"]),
                "Patient": {"type": "object", "required": ["id", "revision", "name"], "properties": {"id": text(),
                    "revision": {"type": "integer"}, "changedAt": text(), "name": text(), "number": or_null(),
                    "born": or_null(), "sex": or_null(), "generalPractitioner": or_null(), "referrer": or_null(),
                    "language": or_null(), "synthetic": {"type": "boolean"}}},
                "Patients": {"type": "object", "required": ["patients", "next"], "properties": {"next": or_null(),
                    "patients": {"type": "array", "items": {"type": "object"}}}},
                "NewFacts": object(json!({"facts": {"type": "array", "minItems": 1, "maxItems": 1000,
                    "items": object(json!({"fact": words(200), "value": value(), "trueOn": day(), "knownOn": day(),
                        "origin": or_null(), "supersedes": {"type": ["string", "null"], "format": "uuid"}}), &["fact", "value"])}}), &["facts"]),
                "Facts": list("facts", json!({"type": "object"})),
                "Recorded": {"type": "object", "required": ["revision", "at", "facts"], "properties": {
                    "revision": {"type": "integer"}, "at": text(), "facts": {"type": "array", "items": text()}}},
                "Retraction": object(json!({"reason": {"type": "string", "pattern": REASON, "maxLength": 1000}}), &["reason"]),
                "Assessment": list("conclusions", json!({"type": "object"})),
                "Report": object(report(), &["text"]),
                "TakenReport": object(taken_report(), &["text", "take"]),
                "Reading": {"type": "object", "required": ["proposed", "conflicts", "held", "disclaimer"], "properties": {
                    "date": or_null(), "proposed": {"type": "array", "items": {"type": "object"}},
                    "conflicts": {"type": "array", "items": {"type": "object"}},
                    "held": {"type": "array", "items": {"type": "object"}}, "disclaimer": text()}},
                "RecordedReport": {"type": "object", "required": ["document", "revision", "at", "facts"], "properties": {
                    "document": text(), "revision": {"type": "integer"}, "at": text(),
                    "facts": {"type": "array", "items": text()}}},
                "Says": object(json!({"stance": {"type": "string", "enum": ["objects", "agrees"]}, "saidOn": day(),
                    "told": {"type": "string", "pattern": REASON, "maxLength": 1000, "description": "To whom, or how"}}), &["stance", "told"]),
                "Objection": {"type": "object", "required": ["version", "objects", "said"], "properties": {
                    "version": {"type": "integer", "description": "How often something was said; the ETag"},
                    "objects": {"type": "boolean"}, "said": {"type": "array", "items": {"type": "object"}}}},
                "CardFeedback": list("feedback", json!({"type": "object"})),
                "Tasks": list("tasks", json!({"type": "object"})),
                "Meetings": list("meetings", json!({"type": "object"})),
                "Audit": {"type": "object", "required": ["entries", "next"], "properties": {
                    "entries": {"type": "array", "items": {"type": "object"}}, "next": {"type": ["integer", "null"]}}},
            },
        },
    })
}

/// A text with something in it, and without control characters beside line ends and tabs.
const WORDS: &str = concat!("^", any!(), "*", seen!(), any!(), "*$");
/// The same, with three characters at least between its first and its last that can be seen.
const REASON: &str = concat!("^", any!(), "*", seen!(), any!(), "+", seen!(), any!(), "*$");

/// A report that a program sends: spans count the bytes of this text.
fn report() -> Value {
    json!({
        "text": {"type": "string", "pattern": WORDS, "maxLength": crate::reports::LONGEST},
        "dated": {"type": ["string", "null"], "format": "date"},
        "language": {"type": ["string", "null"], "enum": ["nl", "en", null]},
    })
}

/// The same, with what a person took of it.
fn taken_report() -> Value {
    let mut fields = report();
    fields["kind"] = json!({"type": ["string", "null"], "enum": ["pathology-report", "imaging-report", "letter", "other-report", null]});
    fields["title"] = json!({"type": ["string", "null"], "pattern": WORDS, "maxLength": 300});
    fields["take"] = json!({"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "object",
        "required": ["key"], "additionalProperties": false, "properties": {
            "key": {"type": "string", "pattern": WORDS, "description": "As the reading names it"},
            "instead": {"type": ["string", "null"], "format": "uuid", "description": "The fact of the record whose place it takes"}}}});
    fields
}

fn list_free() -> Value {
    json!({"type": "object", "required": ["ended"], "properties": {"ended": {"type": "boolean"}}})
}

/// The description.
pub(crate) async fn page() -> Response {
    answer(StatusCode::OK, &description())
}
