//! Objection to research and registries: said at the workbench or sent by another program, heard everywhere.

use axum::body::Body;
use axum::http::Request;
use nw_server::demo::Invented;
use nw_store::{Role, Token};
use serde_json::{Value, json};

use crate::house::{Answer, House};

async fn fhir(house: &House, method: &str, path: &str, token: &Token, body: Option<&Value>) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "net.example")
        .header("prefer", if path.contains("$export") { "respond-async" } else { "return=representation" })
        .header("content-type", "application/fhir+json")
        .header("authorization", format!("Bearer {}", token.reveal()));
    house
        .send(request.body(Body::from(body.map(Value::to_string).unwrap_or_default())).expect("a request"))
        .await
}

fn invented() -> Vec<Invented> {
    let fact = |id: &str, value: &str| (id.to_string(), value.to_string(), None, None);
    (0..7)
        .map(|at| Invented {
            name: format!("Kanariegeel {at}"),
            born: None,
            number: format!("K{at}"),
            facts: vec![fact("primary.site", "ileum"), fact("tumour.ki67", &format!("{at} %"))],
        })
        .collect()
}

/// The ids of all patients, in the order of their names.
async fn people(house: &House, token: &Token) -> Vec<String> {
    let found = fhir(house, "GET", "/fhir/Patient?_count=50", token, None).await.json();
    let entries = found["entry"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|e| e["resource"]["id"].as_str().expect("an id").to_string()).collect()
}

fn local(place: &str) -> String {
    place.strip_prefix("http://net.example").expect("links stay here").to_string()
}

/// An export that is ready: its place, and what stands in its list.
async fn exported(house: &House, token: &Token, query: &str) -> (String, Value) {
    let begun = fhir(house, "GET", &format!("/fhir/$export?_type=Patient{query}"), token, None).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    let place = local(begun.header("content-location"));
    for _ in 0..600 {
        let told = fhir(house, "GET", &place, token, None).await;
        if told.status == 200 {
            return (place, told.json());
        }
        assert_eq!(told.status, 202, "{}", told.body);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the export never ends");
}

async fn file(house: &House, token: &Token, listed: &Value) -> Answer {
    fhir(house, "GET", &local(listed["url"].as_str().expect("a url")), token, None).await
}

fn consent(patient: &str, kind: &str) -> Value {
    json!({"resourceType": "Consent", "status": "active", "dateTime": "2026-06-01",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research"}]},
        "patient": {"reference": format!("Patient/{patient}")}, "provision": {"type": kind}})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_takes_back_what_was_exported_and_counted() {
    let house = House::with("objection-export", &invented()).await;
    let (analyst, nurse) = (house.session(Role::Analyst).await, house.session(Role::Nurse).await);
    let everybody = people(&house, &nurse).await;
    assert_eq!(everybody.len(), 7);
    let rows = async || house.get(&analyst, "/figures/report.json").await.json()["rows"].clone();
    assert_eq!(rows().await, 7);
    let (place, manifest) = exported(&house, &analyst, "").await;
    assert_eq!((&manifest["output"][0]["count"], &manifest["deleted"]), (&json!(7), &json!([])));
    let before = file(&house, &analyst, &manifest["output"][0]).await.body;
    // Said to the nurse, through another program.
    let whom = &everybody[3];
    let made = fhir(&house, "POST", "/fhir/Consent", &nurse, Some(&consent(whom, "deny"))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    // The export that lay ready is gone, and says so; the figures are counted anew.
    for path in [place.clone(), format!("{place}/Patient.ndjson")] {
        let gone = fhir(&house, "GET", &path, &analyst, None).await;
        assert!(matches!(gone.status, 404 | 410), "{path}: {}", gone.body);
        assert_eq!(gone.json()["resourceType"], "OperationOutcome");
    }
    assert_eq!(rows().await, 6);
    // A later one leaves the patient out, and names under which pseudonym the earlier data stand.
    let (_, manifest) = exported(&house, &analyst, "&_since=2026-01-01T00:00:00Z").await;
    let after = file(&house, &analyst, &manifest["output"][0]).await.body;
    let deleted = file(&house, &analyst, &manifest["deleted"][0]).await;
    assert_eq!((after.lines().count(), deleted.body.lines().count()), (6, 1), "{}", deleted.body);
    let bundle: Value = serde_json::from_str(&deleted.body).expect("a line of JSON");
    let request = &bundle["entry"][0]["request"];
    assert_eq!(request["method"], "DELETE");
    let name = request["url"].as_str().and_then(|u| u.strip_prefix("Patient/")).expect("a pseudonym");
    assert!(before.contains(name) && !after.contains(name) && !deleted.body.contains(whom.as_str()));
    // Whoever cares sees everything, and the patient's log says that it was refused to nobody who cares.
    assert_eq!(people(&house, &nurse).await.len(), 7);
    assert_eq!(house.get(&nurse, &format!("/patients/{whom}")).await.status, 200);
    // Taken back: everything counts again.
    let id = made.json()["id"].as_str().expect("an id").to_string();
    let mut leave = consent(whom, "permit");
    leave["id"] = json!(id);
    let changed = fhir(&house, "PUT", &format!("/fhir/Consent/{id}"), &nurse, Some(&leave)).await;
    assert_eq!(
        (changed.status, &changed.json()["meta"]["versionId"]),
        (200, &json!("2")),
        "{}",
        changed.body
    );
    assert_eq!(rows().await, 7);
    let (_, manifest) = exported(&house, &analyst, "&_since=2026-01-01T00:00:00Z").await;
    assert_eq!((&manifest["output"][0]["count"], &manifest["deleted"]), (&json!(7), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_comes_in_and_goes_out() {
    let house = House::new("objection-fhir").await;
    let (nurse, pathologist) = (house.session(Role::Nurse).await, house.session(Role::Pathologist).await);
    let patient = house.patient().await.as_str().to_string();
    let search = format!("/fhir/Consent?patient={patient}&scope=research");
    assert_eq!(fhir(&house, "GET", &search, &nurse, None).await.json()["total"], 0, "nothing was said");
    let sent = consent(&patient, "deny");
    assert_eq!(fhir(&house, "POST", "/fhir/Consent", &pathologist, Some(&sent)).await.status, 403);
    let made = fhir(&house, "POST", "/fhir/Consent", &nurse, Some(&sent)).await;
    let (id, held) = (made.json()["id"].as_str().expect("an id").to_string(), made.json());
    assert_eq!((made.status, &held["provision"]["type"]), (201, &json!("deny")), "{}", made.body);
    assert_eq!((&held["dateTime"], &held["patient"]), (&json!("2026-06-01"), &sent["patient"]));
    let place = format!("/fhir/Consent/{id}");
    assert_eq!(fhir(&house, "GET", &place, &nurse, None).await.json(), held);
    assert_eq!(fhir(&house, "GET", &search, &nurse, None).await.json()["entry"][0]["resource"], held);
    // Again, and what was read sent back: nothing new.
    for again in [&sent, &held] {
        let same = fhir(&house, "POST", "/fhir/Consent", &nurse, Some(again)).await;
        assert_eq!((same.status, same.json()), (200, held.clone()), "{}", same.body);
    }
    assert_eq!(fhir(&house, "DELETE", &place, &nurse, None).await.status, 405);
    // In a transaction, beside a value, by one who may both.
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": consent(&patient, "permit"), "request": {"method": "PUT", "url": format!("Consent/{id}"), "ifMatch": "W/\"7\""}},
    ]});
    let mut stale = bundle.clone();
    stale["entry"][0]["resource"]["id"] = json!(id);
    assert_eq!(fhir(&house, "POST", "/fhir", &nurse, Some(&stale)).await.status, 412);
    stale["entry"][0]["request"]["ifMatch"] = json!("W/\"1\"");
    let value = json!({"resourceType": "Observation", "status": "final", "subject": {"reference": format!("Patient/{patient}")},
        "code": {"coding": [{"system": "urn:netwijzer:fact", "code": "tumour.ki67"}]},
        "valueQuantity": {"value": 9, "system": "http://unitsofmeasure.org", "code": "%"}});
    let list = stale["entry"].as_array_mut().expect("entries");
    list.push(json!({"resource": value, "request": {"method": "POST", "url": "Observation"}}));
    let done = fhir(&house, "POST", "/fhir", &nurse, Some(&stale)).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let told = done.json()["entry"][0]["response"]["outcome"]["issue"][0]["diagnostics"].clone();
    assert_eq!(told, "recorded: no objection to research and registries");
    assert_eq!(done.json()["entry"][0]["response"]["location"], format!("Consent/{id}/_history/2"));
    assert_eq!(fhir(&house, "GET", &place, &nurse, None).await.json()["provision"]["type"], "permit");
    // What is about something else, or says nothing for certain, leaves nothing.
    let before = fhir(&house, "GET", &place, &nurse, None).await.body;
    for (name, change) in [
        ("treatment", json!({"scope": {"coding": [{"code": "treatment"}]}})),
        ("proposed", json!({"status": "proposed"})),
        ("neither", json!({"provision": {}})),
        ("leave in part", json!({"provision": {"type": "permit", "period": {"end": "2026-12-31"}}})),
    ] {
        let mut sent = consent(&patient, "deny");
        for (key, value) in change.as_object().expect("an object") {
            sent[key] = value.clone();
        }
        let refused = fhir(&house, "POST", "/fhir/Consent", &nurse, Some(&sent)).await;
        assert_eq!(
            (refused.status, &refused.json()["resourceType"]),
            (422, &json!("OperationOutcome")),
            "{name}"
        );
    }
    assert_eq!(fhir(&house, "GET", &place, &nurse, None).await.body, before);
    // A new patient who objects from the first moment on.
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "name": [{"text": "Rietzanger"}]},
         "request": {"method": "POST", "url": "Patient"}},
        {"resource": {"resourceType": "Consent", "status": "rejected", "patient": {"reference": "urn:uuid:1"},
            "scope": {"coding": [{"code": "research"}]}}, "request": {"method": "POST", "url": "Consent"}},
    ]});
    let done = fhir(&house, "POST", "/fhir", &nurse, Some(&bundle)).await.json();
    assert_eq!(done["entry"][1]["response"]["status"], "201 Created", "{done}");
    let analyst = house.session(Role::Analyst).await;
    let (_, manifest) = exported(&house, &analyst, "").await;
    assert_eq!(manifest["output"][0]["count"], 1, "the one who objects never leaves");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nurse_writes_down_what_the_patient_says() {
    let house = House::new("objection-page").await;
    let (nurse, pathologist) = (house.session(Role::Nurse).await, house.session(Role::Pathologist).await);
    let patient = house.patient().await;
    let (page, place) =
        (format!("/patients/{}", patient.as_str()), format!("/patients/{}/objection", patient.as_str()));
    assert_eq!(house.get(&pathologist, &place).await.status, 403);
    let first = house.get(&nurse, &place).await;
    assert!(first.status == 200 && first.body.contains("Hierover is niets gezegd"), "{}", first.body);
    let form = |stance, told, version| {
        [("stance", stance), ("on", "2026-06-01"), ("told", told), ("version", version)]
    };
    let refused = house.post(&nurse, &place, &form("objects", "", "0")).await;
    assert!(refused.status == 422 && refused.body.contains("role=\"alert\""), "{}", refused.body);
    let kept = house.post(&nurse, &place, &form("objects", "verteld op de poli <b>", "0")).await;
    assert_eq!((kept.status, kept.header("location")), (303, place.as_str()), "{}", kept.body);
    let after = house.get(&nurse, &place).await.body;
    assert!(
        after.contains("Heeft bezwaar tegen onderzoek en registraties")
            && after.contains("verteld op de poli &#60;b&#62;"),
        "{after}"
    );
    assert!(house.get(&nurse, &page).await.body.contains("Heeft bezwaar tegen onderzoek en registraties"));
    // Who has not seen it does not take it back.
    assert_eq!(house.post(&nurse, &place, &form("agrees", "telefonisch", "0")).await.status, 409);
    assert_eq!(house.post(&nurse, &place, &form("agrees", "telefonisch", "1")).await.status, 303);
    assert!(
        house.get(&nurse, &place).await.body.contains("Heeft geen bezwaar tegen onderzoek en registraties")
    );
    assert!(!house.get(&nurse, &page).await.body.contains("Heeft bezwaar"));
    let log = house.get(&nurse, &format!("{page}/audit")).await.body;
    assert!(!log.contains("op de poli"), "the log holds no words of the patient");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_writes_down_what_the_patient_says() {
    let house = House::new("objection-program").await;
    let (nurse, radiologist) = (house.session(Role::Nurse).await, house.session(Role::Radiologist).await);
    let place = format!("/api/v1/patients/{}/objection", house.patient().await.as_str());
    let first = house.get(&radiologist, &place).await;
    assert_eq!((first.status, first.header("etag")), (200, "\"0\""));
    assert_eq!(first.json(), json!({"version": 0, "objects": false, "said": []}));
    let says =
        |stance: &str| json!({"stance": stance, "saidOn": "2026-06-01", "told": "brief van de patiënt"});
    let head = [("if-match", "\"0\""), ("idempotency-key", "one")];
    assert_eq!(house.json(&radiologist, &place, &head, &says("objects")).await.status, 403);
    for (head, body, told) in [
        (&head[1..], says("objects"), "If-Match"),
        (&head[..1], says("perhaps"), "stance: "),
        (&head[..1], json!({"stance": "objects"}), "told: "),
        (&head[..1], json!({"stance": "objects", "told": "x", "saidOn": "soon"}), "saidOn: "),
        (&head[..1], json!({"stance": "objects", "told": "x", "why": "y"}), "why: "),
    ] {
        let refused = house.json(&nurse, &place, head, &body).await;
        assert_eq!(refused.status, 422, "{body}");
        assert!(refused.json()["title"].as_str().is_some_and(|t| t.contains(told)), "{}", refused.body);
    }
    let kept = house.json(&nurse, &place, &head, &says("objects")).await;
    assert_eq!((kept.status, kept.header("etag")), (201, "\"1\""), "{}", kept.body);
    assert_eq!(
        house.json(&nurse, &place, &head, &says("objects")).await.body,
        kept.body,
        "the same key is done once"
    );
    let now = house.get(&nurse, &place).await.json();
    assert_eq!((&now["objects"], &now["said"][0]["saidOn"]), (&json!(true), &json!("2026-06-01")));
    // The page and FHIR say the same.
    let page = house.get(&nurse, &place.replace("/api/v1", "")).await.body;
    assert!(page.contains("Heeft bezwaar tegen onderzoek en registraties"), "{page}");
    let stale = house.json(&nurse, &place, &head[..1], &says("agrees")).await;
    assert_eq!((stale.status, &stale.json()["code"]), (409, &json!("stale")), "{}", stale.body);
    let back = house.json(&nurse, &place, &[("if-match", "\"1\"")], &says("agrees")).await;
    assert_eq!((back.status, &back.json()["objects"]), (201, &json!(false)), "{}", back.body);
}
