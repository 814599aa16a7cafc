//! FHIR over HTTP: what is read is what was recorded, what cannot come in leaves nothing behind.

use axum::body::Body;
use axum::http::Request;
use nw_store::{AuditFilter, NewFact, Origin, Revision, Role, Token};
use serde_json::{Value, json};

use crate::house::{Answer, House};

pub(crate) async fn fhir(
    house: &House,
    method: &str,
    path: &str,
    token: &Token,
    body: Option<&Value>,
) -> Answer {
    with(house, method, path, token, &[], body.map(Value::to_string).unwrap_or_default()).await
}

pub(crate) async fn with(
    house: &House,
    method: &str,
    path: &str,
    token: &Token,
    head: &[(&str, &str)],
    body: String,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "net.example")
        .header("authorization", format!("Bearer {}", token.reveal()))
        .header("accept", "application/fhir+json");
    if !head.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/fhir+json");
    }
    for (name, value) in head {
        request = request.header(*name, *value);
    }
    house.send(request.body(Body::from(body)).expect("a request")).await
}

pub(crate) fn ki67(patient: &str, value: &Value) -> Value {
    json!({
        "resourceType": "Observation", "status": "final", "subject": {"reference": format!("Patient/{patient}")},
        "code": {"coding": [{"system": "urn:netwijzer:fact", "code": "tumour.ki67"}]},
        "effectiveDateTime": "2026-03-10",
        "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org", "code": "%"},
    })
}

/// The observations of a patient that say a fact: id and value.
pub(crate) async fn stated(house: &House, token: &Token, patient: &str, fact: &str) -> Vec<(String, Value)> {
    let path = format!("/fhir/Observation?patient={patient}&code=urn:netwijzer:fact%7C{fact}");
    let found = fhir(house, "GET", &path, token, None).await.json();
    assert_eq!(found["type"], "searchset", "{found}");
    let entries = found["entry"].as_array().cloned().unwrap_or_default();
    let of = |e: &Value| {
        let resource = &e["resource"];
        (resource["id"].as_str().expect("an id").to_string(), resource["valueQuantity"]["value"].clone())
    };
    entries.iter().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observation_is_made_corrected_and_taken_back() {
    let house = House::new("fhir-crud").await;
    let token = house.session(Role::Specialist).await;
    let sent = json!({"resourceType": "Patient", "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn",
        "value": "999999011"}, {"system": "urn:netwijzer:number", "value": "F77"}],
        "name": [{"family": "Kwikstaart", "given": ["Ina"]}], "birthDate": "1960-02-03", "gender": "female"});
    let made = fhir(&house, "POST", "/fhir/Patient", &token, Some(&sent)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let patient = made.json()["id"].as_str().expect("an id").to_string();
    let place = made.header("location");
    assert!(place.starts_with(&format!("http://net.example/fhir/Patient/{patient}/_history/")), "{place}");
    assert_eq!(made.json()["name"][0]["text"], "Ina Kwikstaart");
    assert_eq!((&made.json()["gender"], &made.json()["birthDate"]), (&json!("female"), &json!("1960-02-03")));
    assert!(!made.body.contains("999999011"), "the number of a citizen has no way in");
    // The same with a condition finds it; one with the same number makes none.
    let head = [("if-none-exist", "identifier=urn:netwijzer:number|F77")];
    let again = with(&house, "POST", "/fhir/Patient", &token, &head, sent.to_string()).await;
    assert_eq!((again.status, again.json()["id"].as_str()), (200, Some(patient.as_str())), "{}", again.body);
    let twice = fhir(&house, "POST", "/fhir/Patient", &token, Some(&sent)).await;
    assert_eq!((twice.status, twice.json()["issue"][0]["code"].as_str()), (409, Some("duplicate")));
    let made = fhir(&house, "POST", "/fhir/Observation", &token, Some(&ki67(&patient, &json!(4)))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let mut observation = made.json();
    let id = observation["id"].as_str().expect("an id").to_string();
    let place = format!("/fhir/Observation/{id}");
    assert_eq!(fhir(&house, "GET", &place, &token, None).await.json(), observation);
    assert_eq!(observation["valueQuantity"]["value"], 4);
    // The same again is held already.
    let same = fhir(&house, "POST", "/fhir/Observation", &token, Some(&ki67(&patient, &json!(4)))).await;
    assert_eq!((same.status, same.json()["id"].as_str()), (200, Some(id.as_str())), "{}", same.body);
    assert_eq!(stated(&house, &token, &patient, "tumour.ki67").await, [(id.clone(), json!(4))]);
    // Corrected: the id stays, the version grows.
    observation["valueQuantity"]["value"] = json!(7);
    let stale = [("if-match", "W/\"9\"")];
    let refused = with(&house, "PUT", &place, &token, &stale, observation.to_string()).await;
    assert_eq!(refused.status, 412, "{}", refused.body);
    let head = [("if-match", made.header("etag"))];
    let put = with(&house, "PUT", &place, &token, &head, observation.to_string()).await;
    assert_eq!((put.status, put.json()["id"].as_str()), (200, Some(id.as_str())), "{}", put.body);
    assert_eq!(put.json()["meta"]["versionId"], "2");
    assert_eq!(stated(&house, &token, &patient, "tumour.ki67").await, [(id.clone(), json!(7))]);
    // A conclusion follows and is not deleted.
    let path = format!("/fhir/Observation?patient={patient}&code=urn:netwijzer:conclusion%7Ctumour.grade");
    let grade = fhir(&house, "GET", &path, &token, None).await.json();
    let conclusion = grade["entry"][0]["resource"]["id"].as_str().expect("the grade").to_string();
    let gone = fhir(&house, "DELETE", &format!("/fhir/Observation/{conclusion}"), &token, None).await;
    assert_eq!(gone.status, 405, "{}", gone.body);
    // Both versions are there, the first as it was.
    let path = format!("{place}/_history");
    let past = fhir(&house, "GET", &path, &token, None).await.json();
    let values = |past: &Value| -> Vec<(Value, Value)> {
        let entries = past["entry"].as_array().expect("entries").iter();
        entries
            .map(|e| (e["request"]["method"].clone(), e["resource"]["valueQuantity"]["value"].clone()))
            .collect()
    };
    assert_eq!((&past["type"], &past["total"]), (&json!("history"), &json!(2)), "{past}");
    assert_eq!(values(&past), [(json!("PUT"), json!(7)), (json!("POST"), json!(4))]);
    let first = fhir(&house, "GET", &format!("{path}/1"), &token, None).await;
    assert_eq!(
        (first.status, first.header("etag"), &first.json()),
        (200, "W/\"1\"", &past["entry"][1]["resource"])
    );
    assert_eq!(first.json()["subject"]["reference"], format!("Patient/{patient}"));
    assert_eq!(first.json()["id"], json!(id));
    let last = fhir(&house, "GET", &format!("{path}/2"), &token, None).await.json();
    assert_eq!(last, fhir(&house, "GET", &place, &token, None).await.json());
    // The address that a writing gives leads somewhere; a version that never was, nowhere.
    for (path, status) in [
        (put.header("location").to_string(), 200),
        (format!("/fhir/Patient/{patient}/_history/99"), 404),
        (format!("{path}/3"), 404),
        (format!("{path}/x"), 404),
        (format!("{path}?_sort=x"), 400),
        ("/fhir/Observation/1/_history".to_string(), 404),
        ("/fhir/Flavour/1/_history/1".to_string(), 404),
    ] {
        let path = path.strip_prefix("http://net.example").unwrap_or(&path).to_string();
        let found = fhir(&house, "GET", &path, &token, None).await;
        assert_eq!(found.status, status, "{path}: {}", found.body);
    }
    let who = fhir(&house, "GET", &format!("/fhir/Patient/{patient}"), &token, None).await;
    let number = who.json()["meta"]["versionId"].as_str().expect("a version").to_string();
    let again =
        fhir(&house, "GET", &format!("/fhir/Patient/{patient}/_history/{number}"), &token, None).await;
    assert_eq!(again.json(), who.json());
    // Taken back, with the reason in the history.
    let why = json!({"resourceType": "Provenance", "reason": [{"text": "verkeerde patiënt"}]}).to_string();
    let gone = with(&house, "DELETE", &place, &token, &[("x-provenance", &why)], String::new()).await;
    assert_eq!(gone.status, 204, "{}", gone.body);
    assert_eq!(fhir(&house, "GET", &place, &token, None).await.status, 410);
    let past = fhir(&house, "GET", &path, &token, None).await.json();
    let methods: Vec<Value> = values(&past).into_iter().map(|(method, _)| method).collect();
    assert_eq!(methods, ["DELETE", "PUT", "POST"], "{past}");
    assert_eq!(values(&past)[1].1, 7, "what was taken back is still told");
    assert_eq!(fhir(&house, "GET", &format!("{path}/3"), &token, None).await.status, 410);
    assert_eq!(fhir(&house, "GET", &format!("{path}/2"), &token, None).await.status, 200);
    let of = patient.parse().expect("an id");
    let past = house.app.store().fact_history(&house.system(), &of).await.expect("the history");
    assert!(past.iter().any(|p| p.retracted.as_deref() == Some("verkeerde patiënt")));
    for path in
        [format!("/fhir/Patient/{patient}"), "/fhir/Condition/x".to_string(), "/fhir/Patient".to_string()]
    {
        let refused = fhir(&house, "DELETE", &path, &token, None).await;
        assert_eq!(
            (refused.status, refused.json()["resourceType"].as_str()),
            (405, Some("OperationOutcome")),
            "{path}"
        );
        assert!(refused.body.contains("taken back"), "{}", refused.body);
    }
    let log = AuditFilter { patient: Some(of), ..AuditFilter::default() };
    let log = house.app.store().audit(&house.system(), &log).await.expect("the log").entries;
    assert!(log.iter().any(|e| e.source == "fhir" && e.object_kind == "record"), "reads are in the log");
    let events = fhir(&house, "GET", &format!("/fhir/AuditEvent?patient={patient}&action=U"), &token, None)
        .await
        .json();
    assert!(events["total"].as_u64().is_some_and(|t| t >= 2), "{events}");
}

/// A transaction as a hospital sends it: a new patient, a tumour, a value, and something nobody reads.
fn transaction() -> Value {
    let entry = |full: &str, resource: Value, request: Value| json!({"fullUrl": full, "resource": resource, "request": request});
    let of = json!({"reference": "urn:uuid:1"});
    json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        entry("urn:uuid:1", json!({"resourceType": "Patient", "name": [{"text": "Rietzanger"}],
              "identifier": [{"system": "urn:netwijzer:number", "value": "T1"}]}),
              json!({"method": "POST", "url": "Patient", "ifNoneExist": "identifier=urn:netwijzer:number|T1"})),
        entry("urn:uuid:2", {
            let mut value = ki67("x", &json!(2));
            value["subject"] = of.clone();
            value["text"] = json!({"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Ki-67</div>"});
            value
        }, json!({"method": "POST", "url": "Observation"})),
        entry("urn:uuid:3", json!({"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
              "subject": of}), json!({"method": "POST", "url": "Encounter"})),
    ]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_taken_whole_and_says_what_was_not_understood() {
    let house = House::new("fhir-transaction").await;
    let token = house.session(Role::Specialist).await;
    let done = fhir(&house, "POST", "/fhir/", &token, Some(&transaction())).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let answered = done.json();
    assert_eq!(
        (&answered["type"], answered["entry"].as_array().map(Vec::len)),
        (&json!("transaction-response"), Some(3))
    );
    assert_eq!(answered["entry"][0]["response"]["status"], "201 Created");
    assert_eq!(answered["entry"][1]["response"]["status"], "201 Created");
    assert_eq!(answered["entry"][2]["response"]["status"], "200 OK");
    let told = answered["entry"][2]["response"]["outcome"].to_string();
    assert!(told.contains("Encounter") && told.contains("facts taken: 0"), "{told}");
    let place = answered["entry"][0]["response"]["location"].as_str().expect("a place");
    let patient = place.split('/').nth(1).expect("an id").to_string();
    assert_eq!(stated(&house, &token, &patient, "tumour.ki67").await.len(), 1);
    // Sent once more: nothing is made, nothing is written.
    let again = fhir(&house, "POST", "/fhir", &token, Some(&transaction())).await.json();
    assert_eq!(again["entry"][0]["response"]["status"], "200 OK", "{again}");
    assert_eq!(again["entry"][1]["response"]["status"], "200 OK", "{again}");
    assert_eq!(again["entry"][0]["response"]["etag"], answered["entry"][0]["response"]["etag"]);
    assert_eq!(stated(&house, &token, &patient, "tumour.ki67").await.len(), 1);
    // A batch: each by itself, and reading, too.
    let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": [
        {"request": {"method": "GET", "url": format!("Patient/{patient}")}},
        {"request": {"method": "GET", "url": format!("Observation?patient={patient}&_count=1")}},
        {"request": {"method": "DELETE", "url": format!("Patient/{patient}")}},
        {"resource": ki67(&patient, &json!(3)), "request": {"method": "POST", "url": "Observation"}},
    ]});
    let done = fhir(&house, "POST", "/fhir", &token, Some(&batch)).await.json();
    let status = |at: usize| done["entry"][at]["response"]["status"].as_str().unwrap_or_default().to_string();
    assert_eq!([status(0), status(1), status(3)], ["200 OK", "200 OK", "201 Created"], "{done}");
    assert_eq!(&status(2)[..3], "422", "{done}");
    assert_eq!(
        done["entry"][2]["response"]["outcome"]["issue"][0]["expression"][0],
        "Bundle.entry[2].request"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_the_record_refuses_leaves_no_patient_behind() {
    let house = House::new("fhir-whole").await;
    let token = house.session(Role::Specialist).await;
    let mut sent = transaction();
    let first = jiff::civil::date(2019, 1, 1);
    // More than one revision of the record takes: only the record itself can tell.
    let many = (0..2001).map(|day| {
        let mut value = ki67("x", &json!(2));
        value["subject"] = json!({"reference": "urn:uuid:1"});
        value["effectiveDateTime"] = json!((first + jiff::SignedDuration::from_hours(24 * day)).to_string());
        json!({"resource": value, "request": {"method": "POST", "url": "Observation"}})
    });
    let many: Vec<Value> = many.collect();
    sent["entry"].as_array_mut().expect("entries").extend(many);
    let refused = fhir(&house, "POST", "/fhir", &token, Some(&sent)).await;
    assert_eq!((refused.status, refused.body.contains("are too many")), (422, true), "{}", refused.body);
    let found = "/fhir/Patient?identifier=urn:netwijzer:number%7CT1";
    let none = fhir(&house, "GET", found, &token, None).await.json();
    assert_eq!(none["total"], 0, "{none}");
    // Who it is does not change without the facts that came along, either.
    let made = fhir(&house, "POST", "/fhir", &token, Some(&transaction())).await.json();
    let place = made["entry"][0]["response"]["location"].as_str().expect("a place");
    let id = place.split('/').nth(1).expect("an id").to_string();
    let before = fhir(&house, "GET", &format!("/fhir/Patient/{id}"), &token, None).await;
    let renamed = |sent: &mut Value| {
        sent["entry"][0]["request"] = json!({"method": "PUT", "url": format!("Patient/{id}")});
        sent["entry"][0]["resource"]["id"] = json!(id);
        sent["entry"][0]["resource"]["name"] = json!([{"text": "Karekiet"}]);
    };
    renamed(&mut sent);
    let refused = fhir(&house, "POST", "/fhir", &token, Some(&sent)).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let after = fhir(&house, "GET", &format!("/fhir/Patient/{id}"), &token, None).await;
    assert_eq!(after.body, before.body);
    let mut few = transaction();
    renamed(&mut few);
    few["entry"][1]["resource"]["valueQuantity"]["value"] = json!(3);
    let taken = fhir(&house, "POST", "/fhir", &token, Some(&few)).await;
    assert_eq!(taken.status, 200, "{}", taken.body);
    let after = fhir(&house, "GET", &format!("/fhir/Patient/{id}"), &token, None).await;
    assert_eq!(
        (&after.json()["name"][0]["text"], &after.json()["meta"]["versionId"]),
        (&json!("Karekiet"), &json!("2"))
    );
    assert_eq!(stated(&house, &token, &id, "tumour.ki67").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_it_asks_for_page_by_page() {
    let house = House::new("fhir-search").await;
    let token = house.session(Role::Nurse).await;
    let patient = house.patient().await.as_str().to_string();
    let all = fhir(&house, "GET", &format!("/fhir/Observation?patient={patient}&_count=500"), &token, None)
        .await
        .json();
    let total = all["total"].as_u64().expect("a total");
    assert_eq!(Some(total.min(500)), all["entry"].as_array().map(|e| e.len() as u64));
    assert!(total > 20, "{total}");
    // Page by page the same, in the same order.
    let mut next =
        Some(format!("http://net.example/fhir/Observation?patient=Patient/{patient}&_count=90&_sort=_id"));
    let mut ids = Vec::new();
    while let Some(url) = next {
        let path = url.strip_prefix("http://net.example").expect("links stay here").to_string();
        let page = fhir(&house, "GET", &path, &token, None).await.json();
        assert_eq!(page["total"], total);
        let entries = page["entry"].as_array().cloned().unwrap_or_default();
        ids.extend(entries.iter().map(|e| e["resource"]["id"].as_str().expect("an id").to_string()));
        let links = page["link"].as_array().cloned().unwrap_or_default();
        next = links
            .iter()
            .find(|l| l["relation"] == "next")
            .map(|l| l["url"].as_str().expect("a url").to_string());
    }
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((ids.len() as u64, &ids), (total, &sorted), "nothing twice, nothing missing");
    for (query, finds) in [
        ("Patient?identifier=urn:netwijzer:number%7CK4N4R13", true),
        ("Patient?identifier=K4N4R13", true),
        ("Patient?identifier=urn:other%7CK4N4R13", false),
        ("Patient?identifier=K4N4R1", false),
        ("Patient?name=kanarie", true),
        ("Patient?name=merel", false),
        (&format!("Patient?_id={patient}&name=zeldzaam"), true),
        (&format!("Condition?subject=Patient/{patient}"), true),
        (&format!("Condition?patient={patient}&clinical-status=resolved"), false),
        (&format!("Observation?patient={patient}&code=tumour.ki67&status=final"), true),
        (&format!("Observation?patient={patient}&_lastUpdated=lt2020"), false),
        (&format!("Task?patient={patient}&status=completed"), false),
        ("Observation?patient=00000000-0000-0000-0000-000000000000", false),
        ("PlanDefinition", true),
        ("ActivityDefinition?status=draft", true),
        ("Questionnaire", true),
        ("Device?_id=netwijzer", true),
    ] {
        let found = fhir(&house, "GET", &format!("/fhir/{query}"), &token, None).await;
        assert_eq!(found.status, 200, "{query}: {}", found.body);
        assert_eq!(found.json()["total"].as_u64().is_some_and(|t| t > 0), finds, "{query}: {}", found.body);
    }
    for (query, status) in [
        ("Observation", 400),
        ("Observation?patient=1&flavour=x", 400),
        ("Observation?patient=1&date=soon", 400),
        ("Flavour", 404),
        ("Flavour/1", 404),
        ("Observation/1", 404),
        ("Patient/1", 404),
        ("Patient?_format=xml", 406),
        ("AuditEvent", 400),
    ] {
        let answer = fhir(&house, "GET", &format!("/fhir/{query}"), &token, None).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.body);
        assert_eq!(answer.json()["resourceType"], "OperationOutcome", "{query}");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let query = format!("patient={patient}&code=tumour.ki67&_include=Observation:patient");
    let found = with(&house, "POST", "/fhir/Observation/_search", &token, &form, query).await.json();
    let modes: Vec<&Value> =
        found["entry"].as_array().expect("entries").iter().map(|e| &e["search"]["mode"]).collect();
    assert_eq!(modes, [&json!("match"), &json!("include")], "{found}");
    for operation in ["$mcode-patient-bundle", "%24mcode-patient-bundle", "$everything"] {
        let bundle = fhir(&house, "GET", &format!("/fhir/Patient/{patient}/{operation}"), &token, None).await;
        assert_eq!(
            (bundle.status, bundle.json()["resourceType"].as_str()),
            (200, Some("Bundle")),
            "{operation}"
        );
        assert_eq!(operation.contains("mcode"), bundle.body.contains("mcode-cancer-patient"), "{operation}");
    }
}

/// An export of some kinds, waited for: where its status stands, and the list of its files.
async fn export(house: &House, token: &Token, kinds: &str) -> (String, Answer) {
    let (path, head) = (format!("/fhir/$export?_type={kinds}"), [("prefer", "respond-async")]);
    let begun = with(house, "GET", &path, token, &head, String::new()).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    let place =
        begun.header("content-location").strip_prefix("http://net.example").expect("a place").to_string();
    let mut manifest = fhir(house, "GET", &place, token, None).await;
    for _ in 0..600 {
        if manifest.status != 202 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        manifest = fhir(house, "GET", &place, token, None).await;
    }
    assert_eq!(manifest.status, 200, "{}", manifest.body);
    (place, manifest)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_leaves_without_identity_for_the_analyst_alone() {
    let house = House::new("fhir-export").await;
    let (token, other) = (house.session(Role::Analyst).await, house.session(Role::Specialist).await);
    let patient = house.patient().await;
    assert_eq!(fhir(&house, "GET", "/fhir/$export", &token, None).await.status, 400, "it is fetched later");
    // With the mitoses the grade is sure, and with the grade the morphology of the Condition.
    let mitoses = NewFact::new("tumour.mitoses", "1 /2mm2", Origin::person("verslag"));
    let base = Revision(house.revision().await);
    house.app.store().record(&house.system(), &patient, base, &[mitoses]).await.expect("recorded");
    assert_eq!(
        fhir(&house, "GET", &format!("/fhir/Patient/{}", patient.as_str()), &token, None).await.status,
        403
    );
    let (place, manifest) = export(&house, &token, "Patient,Observation,Condition").await;
    assert_eq!(fhir(&house, "GET", &place, &other, None).await.status, 403);
    let mut whole = String::new();
    let output = manifest.json()["output"].as_array().cloned().expect("files");
    assert_eq!(output.len(), 3, "{output:?}");
    for file in &output {
        let path = file["url"]
            .as_str()
            .expect("a url")
            .strip_prefix("http://net.example")
            .expect("here")
            .to_string();
        let file_of = fhir(&house, "GET", &path, &token, None).await;
        assert_eq!(file_of.header("content-type"), "application/fhir+ndjson");
        let lines: Vec<Value> =
            file_of.body.lines().map(|l| serde_json::from_str(l).expect("a line of JSON")).collect();
        assert_eq!(Some(lines.len() as u64), file["count"].as_u64());
        assert!(lines.iter().all(|l| l["resourceType"] == file["type"]));
        whole.push_str(&file_of.body);
    }
    for secret in ["Kanariegeel", "K4N4R13", patient.as_str(), "\"verslag\"", "extension:origin", "T00:00:00"]
    {
        assert!(!whole.contains(secret), "{secret} left the house");
    }
    let days = whole.as_bytes().windows(10).filter(|w| {
        w.iter().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { *b == b'-' } else { b.is_ascii_digit() })
    });
    assert_eq!(days.count(), 0, "a day left the house");
    assert!(whole.contains("PSEUDED") && whole.contains("tumour.ki67"));
    let log = AuditFilter { patient: Some(patient), ..AuditFilter::default() };
    let log = house.app.store().audit(&house.system(), &log).await.expect("the log").entries;
    assert!(
        log.iter().any(|e| e.role == "analyst" && e.purpose == "research"),
        "each record says who read it"
    );
    // Fewer kinds ask less of the engine, and what leaves of them is the same.
    let (_, fewer) = export(&house, &token, "Condition").await;
    let of = async |manifest: &Answer| {
        let output = manifest.json()["output"].as_array().cloned().expect("files");
        let file = output.iter().find(|f| f["type"] == "Condition").expect("a file").clone();
        let path = file["url"]
            .as_str()
            .and_then(|u| u.strip_prefix("http://net.example"))
            .expect("here")
            .to_string();
        fhir(&house, "GET", &path, &token, None).await.body
    };
    let (all, few) = (of(&manifest).await, of(&fewer).await);
    assert!(all.contains("8249/3") && all == few, "{all}\n{few}");
    assert_eq!(fhir(&house, "DELETE", &place, &token, None).await.status, 202);
    assert_eq!(fhir(&house, "GET", &place, &token, None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_says_what_it_can_do_and_does_it() {
    let house = House::new("fhir-metadata").await;
    let open = Request::builder().uri("/fhir/metadata").header("host", "net.example").body(Body::empty());
    let said = house.send(open.expect("a request")).await;
    assert_eq!((said.status, said.header("content-type")), (200, "application/fhir+json"));
    let said = said.json();
    assert_eq!((&said["fhirVersion"], &said["kind"]), (&json!("4.0.1"), &json!("instance")));
    // It is no SMART server, says so where apps look for one, and claims nothing else.
    for path in ["/fhir/.well-known/smart-configuration", "/.well-known/smart-configuration"] {
        for (language, words) in [("en", "gives apps no tokens"), ("nl", "geeft apps geen tokens")] {
            let open = Request::builder()
                .uri(path)
                .header("host", "net.example")
                .header("accept-language", language);
            let none = house.send(open.body(Body::empty()).expect("a request")).await;
            assert_eq!(
                (none.status, &none.json()["resourceType"]),
                (404, &json!("OperationOutcome")),
                "{path}"
            );
            let told = none.json()["issue"][0]["diagnostics"].as_str().unwrap_or_default().to_string();
            assert!(
                told.contains(words) && told.contains("/api/v1/session") && told.contains("/fhir/metadata"),
                "{told}"
            );
        }
    }
    let security = &said["rest"][0]["security"];
    assert!(security.get("service").is_none() && security.get("extension").is_none(), "{security}");
    assert!(security["description"].as_str().is_some_and(|d| d.contains("no OAuth or SMART server")));
    let token = house.session(Role::Specialist).await;
    let patient = house.patient().await.as_str().to_string();
    for resource in said["rest"][0]["resource"].as_array().expect("resources") {
        let kind = resource["type"].as_str().expect("a type");
        let whose =
            resource["searchParam"].as_array().expect("parameters").iter().any(|p| p["name"] == "patient");
        let path =
            format!("/fhir/{kind}{}", if whose { format!("?patient={patient}") } else { String::new() });
        let found = fhir(&house, "GET", &path, &token, None).await;
        assert_eq!(found.status, 200, "{path}: {}", found.body);
        for entry in found.json()["entry"].as_array().into_iter().flatten().take(2) {
            let id = entry["resource"]["id"].as_str().expect("an id");
            if kind != "AuditEvent" {
                let one = fhir(&house, "GET", &format!("/fhir/{kind}/{id}"), &token, None).await;
                assert_eq!(one.json(), entry["resource"], "{kind}/{id}");
            }
        }
    }
}
