//! The interface for programs, asked by a program that reads only its description: schemathesis makes requests that fit the
//! description and requests that do not, and looks whether the answers are those that were promised.
//!
//! FHIR describes itself by a CapabilityStatement; what that says is written down for schemathesis here. Which values are
//! good it does not say, so that refusals are no fault: a fault is an answer that is no FHIR, or a failure of ours.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::chores::Outcome;
use crate::knowledge::top;
use crate::load::Line;
use crate::workbench::{Built, Workbench};

/// How thoroughly.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// Only this part.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Requests for each operation.
    #[arg(long, default_value_t = 100)]
    examples: u32,
    /// The same seed makes the same requests.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    built: Built,
}

/// A part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// What `/api/v1/openapi.json` describes.
    Api,
    /// What `/fhir/metadata` describes.
    Fhir,
}

/// The version whose checks are meant here.
const VERSION: &str = "schemathesis==4.32.5";
/// What holds of every answer, whatever was sent.
const FHIR_CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/// Ending the session ends the run: it is asked in a session of its own.
const END: &str = "/api/v1/session/end";

/// Runs it as somebody who treats patients, then as somebody who looks after accounts.
pub fn run(settings: &Settings) -> Outcome {
    let work = top().join("target/schemathesis");
    let venv = work.join("venv");
    if !venv.join("bin/schemathesis").exists() {
        call(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        call(Command::new(venv.join("bin/pip")).args(["install", "--quiet", VERSION]))?;
    }
    let wanted = |part| settings.only.is_none_or(|only| only == part);
    let program = settings.built.program()?;
    let workbench = Workbench::on_sqlite(&program, &work.join("record"))?;
    let mut well = true;
    for (login, choice) in [
        ("specialist", ["--exclude-path", END]),
        ("admin", ["--exclude-path", END]),
        ("nurse", ["--include-path", END]),
    ] {
        if wanted(Part::Api) {
            println!("== as {login}, {} {}", choice[0], choice[1]);
            let place = format!("{}/api/v1/openapi.json", workbench.address);
            let token = token(workbench.address.trim_start_matches("http://"), login)?;
            let mut command = command(settings, &venv, &work, &token);
            command.arg(place).args(["--checks", "all"]).args(choice);
            well &= asked(&mut command)?;
        }
    }
    // An export asks for its analyst, everything else for those who treat patients.
    for login in ["specialist", "analyst"] {
        if wanted(Part::Fhir) {
            println!("== FHIR, as {login}");
            let token = token(workbench.address.trim_start_matches("http://"), login)?;
            let description = described(workbench.address.trim_start_matches("http://"))?;
            let file = work.join("fhir.json");
            std::fs::write(&file, description.to_string()).map_err(|e| format!("{}: {e}", file.display()))?;
            let mut command = command(settings, &venv, &work, &token);
            command.arg(&file).args(["--url", &workbench.address, "--checks", FHIR_CHECKS]);
            well &= asked(&mut command)?;
        }
    }
    Ok(well)
}

/// schemathesis with everything but the description and the checks.
fn command(settings: &Settings, venv: &Path, work: &Path, token: &str) -> Command {
    let mut command = Command::new(venv.join("bin/schemathesis"));
    command
        .current_dir(work)
        .arg("--config-file")
        .arg(top().join("tools/schemathesis.toml"))
        .arg("run")
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--max-examples", &settings.examples.to_string(), "--seed", &settings.seed.to_string()])
        .args(["--generation-database", "none", "--no-color"]);
    command
}

fn asked(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|e| format!("schemathesis cannot be started: {e}"))?;
    Ok(status.success())
}

/// The FHIR server as schemathesis reads it, from its CapabilityStatement and the ids of a patient.
fn described(address: &str) -> Result<Value, String> {
    let mut line = Line::new(address, "");
    let (_, statement) = line.json("GET", "/fhir/metadata", "", &Value::Null)?;
    let mut line = Line::new(address, &token(address, "specialist")?);
    let (_, list) = line.json("GET", "/api/v1/patients?most=3", "", &Value::Null)?;
    let patients: Vec<&str> = list["patients"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|p| p["patient"]["id"].as_str())
        .collect();
    let patient = patients.first().ok_or("the demonstration has no patients")?;
    let place = format!("/fhir/Observation?patient={patient}&_count=3");
    let (_, observations) = line.json("GET", &place, "", &Value::Null)?;
    let entries = observations["entry"].as_array().into_iter().flatten();
    let ids: Vec<&str> = entries.filter_map(|e| e["resource"]["id"].as_str()).collect();
    let word = json!({"type": "string", "minLength": 1, "maxLength": 60});
    let some = |known: &[&str]| json!({"anyOf": [{"enum": known}, word]});
    let whose = json!({"type": "object", "properties": {"reference": {"enum":
        patients.iter().map(|p| format!("Patient/{p}")).collect::<Vec<_>>()}}, "required": ["reference"]});
    let coded = json!({"type": "object", "properties": {"coding": {"type": "array", "maxItems": 2, "items": {
        "type": "object", "properties": {"system": some(&["urn:netwijzer:fact", "http://loinc.org"]),
        "code": some(&["tumour.ki67", "primary.site", "29593-1"])}}}}});
    let observation = json!({"type": "object", "required": ["resourceType", "code"], "properties": {
        "resourceType": {"const": "Observation"}, "id": some(&ids), "subject": whose, "code": coded,
        "status": some(&["final", "amended", "preliminary", "entered-in-error"]),
        "effectiveDateTime": some(&["2026-03-10", "2026-03", "2026-03-10T10:00:00Z"]),
        "valueQuantity": {"type": "object", "properties": {"value": {"type": "number"},
            "system": {"const": "http://unitsofmeasure.org"}, "code": some(&["%", "mm"])}},
        "valueString": word, "valueCodeableConcept": coded, "extension": {"type": "array", "maxItems": 2}}});
    let person = json!({"type": "object", "required": ["resourceType"], "properties": {
        "resourceType": {"const": "Patient"}, "id": some(&patients), "birthDate": some(&["1960-02-03"]),
        "gender": some(&["female", "male"]), "name": {"type": "array", "maxItems": 2, "items": {"type": "object",
            "properties": {"text": word, "family": word, "given": {"type": "array", "items": word}}}},
        "identifier": {"type": "array", "maxItems": 2, "items": {"type": "object", "properties": {
            "system": some(&["urn:netwijzer:number"]), "value": word}}}}});
    let bundle = json!({"type": "object", "required": ["resourceType", "type", "entry"], "properties": {
        "resourceType": {"const": "Bundle"}, "type": some(&["transaction", "batch"]),
        "entry": {"type": "array", "maxItems": 3, "items": {"type": "object", "properties": {
            "fullUrl": some(&["urn:uuid:1"]), "resource": {"anyOf": [observation, person]},
            "request": {"type": "object", "properties": {"method": some(&["POST", "PUT", "DELETE", "GET"]),
                "url": some(&["Observation", "Patient", "Condition"]), "ifNoneExist": word, "ifMatch": word}}}}}}});
    let mut responses = Map::new();
    let body = json!({"application/fhir+json": {"schema": {"type": "object", "required": ["resourceType"]}}});
    for status in [
        "200", "201", "400", "401", "403", "404", "405", "406", "409", "410", "412", "413", "415", "422",
        "429",
    ] {
        responses.insert(status.to_string(), json!({"description": "FHIR", "content": body}));
    }
    for status in ["202", "204"] {
        responses.insert(status.to_string(), json!({"description": "nothing"}));
    }
    let sends =
        |schema: &Value| json!({"required": true, "content": {"application/fhir+json": {"schema": schema}}});
    let operation = |parameters: Vec<Value>, body: Option<Value>| {
        let mut told = json!({"parameters": parameters, "responses": responses});
        if let Some(body) = body {
            told["requestBody"] = body;
        }
        told
    };
    let parameter = |name: &str, place: &str, schema: Value| json!({"name": name, "in": place, "required": place == "path", "schema": schema});
    let mut paths = Map::new();
    paths.insert("/fhir/metadata".to_string(), json!({"get": operation(Vec::new(), None)}));
    paths.insert("/fhir".to_string(), json!({"post": operation(Vec::new(), Some(sends(&bundle)))}));
    let wait = json!({"name": "Prefer", "in": "header", "schema": some(&["respond-async"])});
    let kinds = parameter("_type", "query", some(&["Patient", "Observation,Condition"]));
    let since = parameter("_since", "query", some(&["2026-01-01T00:00:00Z"]));
    paths.insert("/fhir/$export".to_string(), json!({"get": operation(vec![wait, kinds, since], None)}));
    for kind in statement["rest"][0]["resource"].as_array().into_iter().flatten() {
        let name = kind["type"].as_str().unwrap_or_default();
        let does =
            |code: &str| kind["interaction"].as_array().into_iter().flatten().any(|i| i["code"] == code);
        let named =
            |name: &str| kind["searchParam"].as_array().into_iter().flatten().any(|p| p["name"] == name);
        let whose = if named("patient") { format!("patient={patient}&") } else { String::new() };
        let (_, bundle) = line.json("GET", &format!("/fhir/{name}?{whose}_count=3"), "", &Value::Null)?;
        let found = bundle["entry"].as_array().into_iter().flatten();
        let known: Vec<&str> = found.filter_map(|e| e["resource"]["id"].as_str()).collect();
        let own = if known.is_empty() { word.clone() } else { some(&known) };
        let mut asked: Vec<Value> = Vec::new();
        for one in kind["searchParam"].as_array().into_iter().flatten() {
            let parameter_name = one["name"].as_str().unwrap_or_default();
            let schema = match (parameter_name, one["type"].as_str().unwrap_or_default()) {
                ("patient" | "subject", _) => some(&patients),
                ("code", _) => some(&["urn:netwijzer:fact|tumour.ki67", "urn:netwijzer:conclusion|"]),
                (_, "date") => some(&["ge2026-01-01", "2026", "lt2026-03-10T10:00:00Z"]),
                _ => word.clone(),
            };
            asked.push(parameter(parameter_name, "query", schema));
        }
        asked.push(parameter("_count", "query", some(&["0", "5", "500"])));
        asked.push(parameter("_sort", "query", some(&["_id", "-date"])));
        asked.push(parameter("_summary", "query", some(&["count"])));
        let mut all = json!({"get": operation(asked, None)});
        let mut one = json!({"get": operation(vec![parameter("id", "path", own.clone())], None)});
        let body = if name == "Patient" { &person } else { &observation };
        if does("create") {
            all["post"] = operation(Vec::new(), Some(sends(body)));
        }
        if does("update") {
            one["put"] = operation(vec![parameter("id", "path", own.clone())], Some(sends(body)));
        }
        if does("delete") {
            one["delete"] = operation(vec![parameter("id", "path", own.clone())], None);
        }
        paths.insert(format!("/fhir/{name}"), all);
        paths.insert(format!("/fhir/{name}/{{id}}"), one);
        for operation_of in kind["operation"].as_array().into_iter().flatten() {
            let place = format!("/fhir/{name}/{{id}}/${}", operation_of["name"].as_str().unwrap_or_default());
            let one = operation(vec![parameter("id", "path", own.clone())], None);
            paths.insert(place, json!({"get": one}));
        }
    }
    Ok(json!({"openapi": "3.1.0", "info": {"title": "FHIR", "version": "4.0.1"}, "paths": paths}))
}

/// Signs in as a program does.
fn token(address: &str, login: &str) -> Result<String, String> {
    let body = json!({"login": login, "password": "netwijzer-demonstratie"}).to_string();
    let mut stream = TcpStream::connect(address).map_err(|e| format!("{address}: {e}"))?;
    let request = format!(
        "POST /api/v1/session HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut text = String::new();
    stream
        .write_all(request.as_bytes())
        .and_then(|()| stream.read_to_string(&mut text))
        .map_err(|e| format!("{address}: {e}"))?;
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let session: Value = serde_json::from_str(body).map_err(|e| format!("signing in: {e}"))?;
    session["token"].as_str().map(str::to_string).ok_or_else(|| format!("{login} could not sign in"))
}

fn call(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().to_string();
    let status = command.status().map_err(|e| {
        format!("{name} cannot be started: {e}; this chore needs python3 and the PyPI registry")
    })?;
    if status.success() { Ok(()) } else { Err(format!("{name} did not succeed")) }
}
