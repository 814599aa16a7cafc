//! CDS Hooks 2.0 as a client sees it: `docs/cds-hooks.md` lists each obligation with the test that holds it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use nw_server::App;
use nw_store::Role;
use serde_json::{Value, json};

use crate::house::{Answer, House, PUBLIC};

const NOW: i64 = 1_781_100_000;
const PATIENT: &str = "p-1";
const HOSTILE: &str = "<script>alert('K4N4R13')</script>";

static JTI: AtomicUsize = AtomicUsize::new(0);

/// A token of the client for an address.
fn token(path: &str) -> String {
    let claims = json!({"iss": "https://ehr.example", "aud": format!("{PUBLIC}{path}"), "exp": NOW + 300, "iat": NOW,
        "jti": format!("t{}", JTI.fetch_add(1, Ordering::Relaxed))});
    signed(&claims)
}

fn signed(claims: &Value) -> String {
    let mut head = Header::new(Algorithm::ES256);
    head.kid = Some("test".to_string());
    let key =
        EncodingKey::from_ec_pem(include_bytes!("../data/test-only-es256.pem")).expect("the key can be read");
    encode(&head, claims, &key).expect("a token")
}

async fn post(app: &App, path: &str, head: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut request = Request::builder().method("POST").uri(path).header("host", "net.example");
    for (name, value) in head {
        request = request.header(*name, *value);
    }
    House::send_to(app, request.body(body.into()).expect("a request")).await
}

/// A call as the client of the settings makes it.
async fn call(app: &App, service: &str, body: &Value) -> Answer {
    let path = format!("/cds-services/{service}");
    let bearer = format!("Bearer {}", token(&path));
    let head =
        [("authorization", bearer.as_str()), ("content-type", "application/json"), ("accept-language", "en")];
    post(app, &path, &head, body.to_string()).await
}

/// A fact of the record as our own code system writes it.
fn fact(id: &str, value: &str) -> Value {
    json!({"resource": {"resourceType": "Observation", "status": "final",
        "subject": {"reference": format!("Patient/{PATIENT}")},
        "text": {"status": "generated", "div": format!("<div>{HOSTILE}</div>")},
        "code": {"coding": [{"system": "urn:netwijzer:fact", "code": id, "display": HOSTILE}]},
        "extension": [{"url": "urn:netwijzer:extension:one-of", "valueString": value}]}})
}

fn prefetch(facts: &[(&str, &str)]) -> Value {
    let facts: Vec<Value> = facts.iter().map(|(id, value)| fact(id, value)).collect();
    json!({"patient": {"resourceType": "Patient", "id": PATIENT, "name": [{"text": HOSTILE}]},
           "observations": {"resourceType": "Bundle", "type": "searchset", "entry": facts},
           "conditions": null})
}

fn request(hook: &str, context: Value, facts: &[(&str, &str)]) -> Value {
    let mut all = json!({"userId": "Practitioner/1", "patientId": PATIENT});
    all.as_object_mut().expect("an object").extend(context.as_object().expect("an object").clone());
    json!({"hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": all,
           "prefetch": prefetch(facts)})
}

fn medicine(id: &str, status: &str, code: &str) -> Value {
    json!({"resource": {"resourceType": "MedicationRequest", "id": id, "status": status, "intent": "order",
        "subject": {"reference": format!("Patient/{PATIENT}")},
        "medicationCodeableConcept": {"text": HOSTILE,
            "coding": [{"system": "http://www.whocc.no/atc", "code": code, "display": HOSTILE}]}}})
}

fn sign(orders: Value, facts: &[(&str, &str)]) -> Value {
    request("order-sign", json!({"draftOrders": {"resourceType": "Bundle", "entry": orders}}), facts)
}

/// The cards of an answer, each held to what the standard asks of every card.
fn cards(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(
        !answer.body.contains("K4N4R13") && !answer.body.contains("<script>"),
        "words of the client are repeated"
    );
    let cards = answer.json()["cards"].as_array().expect("a list of cards").clone();
    for card in &cards {
        let text = |at: &str| card.pointer(at).and_then(Value::as_str).unwrap_or_default().to_string();
        let summary = text("/summary");
        assert!((1..140).contains(&summary.chars().count()), "{summary}");
        assert!(["info", "warning", "critical"].contains(&text("/indicator").as_str()), "{card}");
        assert!(text("/source/label").contains("gep-net"), "{card}");
        assert!(text("/detail").contains("sha256:") && text("/detail").contains("ot a certified"), "{card}");
        assert_eq!(text("/uuid").len(), 36);
        if let Some(suggestions) = card["suggestions"].as_array() {
            assert!(card["selectionBehavior"].is_string(), "suggestions say how many may be taken");
            assert!(suggestions.iter().all(|s| s["label"].is_string() && s["actions"].is_array()));
        }
        for link in card["links"].as_array().into_iter().flatten() {
            assert!(
                link["url"].as_str().is_some_and(|u| u.starts_with(PUBLIC)) && link["type"] == "absolute"
            );
        }
    }
    cards
}

fn topics(cards: &[Value]) -> Vec<&str> {
    cards.iter().filter_map(|c| c.pointer("/source/topic/code").and_then(Value::as_str)).collect()
}

fn of<'c>(cards: &'c [Value], topic: &str) -> &'c Value {
    let found = cards.iter().find(|c| c.pointer("/source/topic/code").is_some_and(|t| t == topic));
    found.unwrap_or_else(|| panic!("no card `{topic}` among {:?}", topics(cards)))
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_lists_the_services_with_what_they_read() {
    let house = House::new("hooks-discovery").await;
    let ask = |language: &str| {
        let request = Request::builder().uri("/cds-services").header("accept-language", language);
        house.send(request.body(Body::empty()).expect("a request"))
    };
    let answer = ask("en").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let services = answer.json()["services"].as_array().expect("services").clone();
    let hooks: Vec<&str> = services.iter().filter_map(|s| s["hook"].as_str()).collect();
    assert_eq!(hooks, ["patient-view", "order-select", "order-sign"]);
    for service in &services {
        assert!(service["id"].is_string() && service["description"].is_string(), "{service}");
        assert_eq!(service["prefetch"]["patient"], "Patient/{{context.patientId}}");
    }
    let dutch = ask("nl-NL,nl;q=0.9").await.json();
    assert!(dutch["services"][0]["title"].as_str().is_some_and(|t| t.starts_with("NET-richtlijn")));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_opens_a_patient_sees_what_is_open_and_nobody_else_is_bothered() {
    let house = House::new("hooks-view").await;
    let net = [("primary.site", "ileum"), ("tumour.differentiation", "well")];
    let shown =
        cards(&call(&house.app, "netwijzer-patient", &request("patient-view", json!({}), &net)).await);
    let questions = of(&shown, "questions");
    assert!(questions["detail"].as_str().is_some_and(|d| d.contains("- ")), "{questions}");
    assert!(questions["overrideReasons"].as_array().is_some_and(|r| !r.is_empty()));
    // The most urgent first.
    let rank = |c: &Value| ["critical", "warning", "info"].iter().position(|i| c["indicator"] == *i);
    assert!(shown.windows(2).all(|w| rank(&w[0]) <= rank(&w[1])), "{:?}", topics(&shown));
    let other = call(&house.app, "netwijzer-patient", &request("patient-view", json!({}), &[])).await;
    assert!(cards(&other).is_empty(), "a patient without such a tumour gets no card");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fluoropyrimidine_without_dpyd_is_stopped_and_with_it_is_not() {
    let house = House::new("hooks-dpyd").await;
    let order = || json!([medicine("m1", "draft", "L01BC06")]);
    let open = cards(&call(&house.app, "netwijzer-order-sign", &sign(order(), &[])).await);
    let card = of(&open, "dpyd-unknown");
    assert_eq!(card["indicator"], "critical");
    let action = &card["suggestions"][0]["actions"][0];
    assert_eq!(
        (action["type"].as_str(), action["resourceId"].as_str()),
        (Some("delete"), Some("MedicationRequest/m1"))
    );
    let untested =
        cards(&call(&house.app, "netwijzer-order-sign", &sign(order(), &[("lab.dpyd", "not-done")])).await);
    let card = of(&untested, "dpyd-test-first");
    let created = card.pointer("/suggestions/1/actions/0/resource").expect("a test to ask for");
    assert_eq!(created["subject"]["reference"], format!("Patient/{PATIENT}"));
    assert!(!topics(&untested).contains(&"dpyd-unknown"));
    let slow = cards(&call(&house.app, "netwijzer-order-sign", &sign(order(), &[("lab.dpyd", "1.5")])).await);
    assert_eq!(of(&slow, "dpyd-dose")["indicator"], "warning");
    let never = cards(&call(&house.app, "netwijzer-order-sign", &sign(order(), &[("lab.dpyd", "0")])).await);
    assert_eq!(of(&never, "dpyd-avoid")["indicator"], "critical");
    let usual = cards(&call(&house.app, "netwijzer-order-sign", &sign(order(), &[("lab.dpyd", "2")])).await);
    assert!(!topics(&usual).iter().any(|t| t.starts_with("dpyd")), "{:?}", topics(&usual));
    let brivudine = json!([medicine("m1", "draft", "L01BC06"), medicine("m2", "draft", "J05AB15")]);
    let both = cards(&call(&house.app, "netwijzer-order-sign", &sign(brivudine, &[("lab.dpyd", "2")])).await);
    assert_eq!(of(&both, "fluoropyrimidine-brivudine")["indicator"], "critical");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_order_that_is_being_chosen_gets_a_card() {
    let house = House::new("hooks-select").await;
    let drafts = json!({"resourceType": "Bundle",
        "entry": [medicine("m1", "draft", "L01BC06"), medicine("m2", "draft", "N02BE01")]});
    let select = |chosen: &str| {
        let context = json!({"draftOrders": drafts, "selections": [format!("MedicationRequest/{chosen}")]});
        request("order-select", context, &[])
    };
    let chosen = cards(&call(&house.app, "netwijzer-order-select", &select("m1")).await);
    assert_eq!(topics(&chosen), ["dpyd-unknown"]);
    let other = call(&house.app, "netwijzer-order-select", &select("m2")).await;
    assert!(cards(&other).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acid_blocker_is_not_stopped_where_gastrinoma_is_possible() {
    let house = House::new("hooks-ppi").await;
    let stop = || json!([medicine("m1", "stopped", "A02BC02")]);
    let proven = [("syndrome.established", "gastrinoma"), ("primary.site", "duodenum")];
    let shown = cards(&call(&house.app, "netwijzer-order-sign", &sign(stop(), &proven)).await);
    assert_eq!(of(&shown, "ppi-stop-gastrinoma")["indicator"], "critical");
    let unknown = cards(
        &call(&house.app, "netwijzer-order-sign", &sign(stop(), &[("primary.site", "duodenum")])).await,
    );
    assert!(topics(&unknown).contains(&"ppi-stop-open"), "{:?}", topics(&unknown));
    let elsewhere = call(&house.app, "netwijzer-order-sign", &sign(stop(), &[])).await;
    assert!(cards(&elsewhere).is_empty(), "not for everybody who stops an acid blocker");
    let starts = json!([medicine("m1", "draft", "A02BC02")]);
    assert!(cards(&call(&house.app, "netwijzer-order-sign", &sign(starts, &proven)).await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn receptor_imaging_is_planned_before_the_next_injection() {
    let house = House::new("hooks-sstr").await;
    let scan = json!([{"resource": {"resourceType": "ServiceRequest", "id": "s1", "status": "draft", "intent": "order",
        "code": {"coding": [{"system": "urn:netwijzer:order", "code": "sstr-pet"}]}}}]);
    let uses = cards(
        &call(&house.app, "netwijzer-order-sign", &sign(scan.clone(), &[("therapy.ssa", "current")])).await,
    );
    assert!(
        of(&uses, "sstr-timing")["summary"]
            .as_str()
            .is_some_and(|s| s.contains("next long-acting injection"))
    );
    let open = cards(&call(&house.app, "netwijzer-order-sign", &sign(scan.clone(), &[])).await);
    assert!(of(&open, "sstr-timing-open")["detail"].as_str().is_some_and(|d| d.contains("To settle it")));
    let never =
        cards(&call(&house.app, "netwijzer-order-sign", &sign(scan, &[("therapy.ssa", "never")])).await);
    assert!(!topics(&never).iter().any(|t| t.starts_with("sstr")), "{:?}", topics(&never));
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_speak_the_language_that_is_asked_for() {
    let house = House::new("hooks-language").await;
    let path = "/cds-services/netwijzer-order-sign";
    let bearer = format!("Bearer {}", token(path));
    let head = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("accept-language", "nl-NL"),
    ];
    let body = sign(json!([medicine("m1", "draft", "L01BC06")]), &[]).to_string();
    let answer = post(&house.app, path, &head, body).await.json();
    assert!(answer["cards"][0]["summary"].as_str().is_some_and(|s| s.contains("uitslag")), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_good_token_gets_nothing() {
    let house = House::new("hooks-token").await;
    let path = "/cds-services/netwijzer-patient";
    let body = request("patient-view", json!({}), &[("primary.site", "ileum")]).to_string();
    let claims = json!({"iss": "https://ehr.example", "aud": format!("{PUBLIC}{path}"), "exp": NOW + 300, "iat": NOW,
        "jti": "x"});
    let with = |claim: &str, value: Value| {
        let mut wrong = claims.clone();
        wrong[claim] = value;
        format!("Bearer {}", signed(&wrong))
    };
    let good = with("jti", json!("good"));
    let unsigned = format!("{}.", good.rsplit_once('.').expect("three parts").0);
    for (what, bearer) in [
        ("nothing", String::new()),
        ("no token", "Bearer x".to_string()),
        ("no signature", unsigned),
        ("expired", with("exp", json!(NOW - 60))),
        ("for another service", with("aud", json!(format!("{PUBLIC}/cds-services/netwijzer-order-sign")))),
        ("of another issuer", with("iss", json!("https://elsewhere.example"))),
        ("a session of ours", format!("Bearer {}", house.session(Role::Specialist).await.reveal())),
    ] {
        let head = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let answer = post(&house.app, path, &head, body.clone()).await;
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, "Bearer"),
            "{what}: {}",
            answer.body
        );
        assert!(!answer.body.contains("cards"));
    }
    let head = [("authorization", good.as_str()), ("content-type", "application/json")];
    assert_eq!(post(&house.app, path, &head, body.clone()).await.status, 200, "the same without a fault");
    assert_eq!(post(&house.app, path, &head, body).await.status, 401, "and only once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_answered_is_told_why_and_leaves_nothing() {
    let house = House::new("hooks-bad").await;
    let before = house.revision().await;
    let good = request("patient-view", json!({}), &[("primary.site", "ileum")]);
    let send = |service: &'static str, body: String, kind: &'static str| {
        let app = house.app.clone();
        async move {
            let path = format!("/cds-services/{service}");
            let bearer = format!("Bearer {}", token(&path));
            post(&app, &path, &[("authorization", &bearer), ("content-type", kind)], body).await
        }
    };
    let with = |at: &str, value: Value| {
        let mut wrong = good.clone();
        *wrong.pointer_mut(at).expect("the field is there") = value;
        wrong.to_string()
    };
    let patient = "netwijzer-patient";
    let json_kind = "application/json";
    let other = json!({"resourceType": "Patient", "id": "p-2", "name": [{"text": HOSTILE}]});
    for (what, status, service, body, kind) in [
        ("no such service", 404, "another", good.to_string(), json_kind),
        ("no JSON", 400, patient, format!("{{\"hook\": \"{HOSTILE}"), json_kind),
        ("deep JSON", 400, patient, "[".repeat(100_000), json_kind),
        (
            "a member twice: whose record is it?",
            400,
            patient,
            good.to_string().replacen("\"patientId\":", "\"patientId\":\"p-2\",\"patientId\":", 1),
            json_kind,
        ),
        ("no object", 400, patient, "[]".to_string(), json_kind),
        ("another hook", 400, patient, with("/hook", json!("order-sign")), json_kind),
        ("no instance", 400, patient, with("/hookInstance", json!(HOSTILE)), json_kind),
        ("no patient", 400, patient, with("/context/patientId", json!(null)), json_kind),
        ("another patient", 400, patient, with("/prefetch/patient", other), json_kind),
        ("no prefetch and no leave to fetch", 412, patient, with("/prefetch", json!({})), json_kind),
        ("a form", 415, patient, "hook=patient-view".to_string(), "application/x-www-form-urlencoded"),
        ("nine megabytes", 413, patient, " ".repeat(9 << 20), json_kind),
    ] {
        let answer = send(service, body, kind).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
        assert!(answer.header("content-type").contains("json"), "{what}: {}", answer.header("content-type"));
        assert!(!answer.body.contains("K4N4R13"), "{what}: words of the client are repeated");
    }
    assert_eq!(house.revision().await, before, "nothing is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_fhir_r4_is_told_on_a_card_and_the_others_stay() {
    let house = House::new("hooks-version").await;
    // A condition as STU3 has it, and something that is no resource.
    let mut sent = request("patient-view", json!({}), &[("primary.site", "ileum")]);
    sent["prefetch"]["conditions"] = json!({"resourceType": "Bundle", "type": "searchset", "entry": [
        {"resource": {"resourceType": "Condition", "clinicalStatus": "active", "verificationStatus": "confirmed",
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "C17.2", "display": HOSTILE}]}}},
        {"resource": {"name": HOSTILE}},
    ]});
    let shown = cards(&call(&house.app, "netwijzer-patient", &sent).await);
    let card = of(&shown, "not-read");
    assert_eq!(card["summary"], "NET guideline: 2 parts of what was sent are not FHIR R4 and were not read");
    let detail = card["detail"].as_str().expect("a text");
    assert!(
        detail.contains("`Condition.verificationStatus`") && detail.contains("Bundle.entry[1].resource"),
        "{detail}"
    );
    assert!(topics(&shown).contains(&"questions"), "what was read is answered: {:?}", topics(&shown));
    // An order as R5 has it is not recognised; to be silent would say that all is well.
    let mut order = medicine("m1", "draft", "L01BC06");
    let resource = order["resource"].as_object_mut().expect("an object");
    let concept = resource.remove("medicationCodeableConcept").expect("a medicine");
    resource.insert("medication".to_string(), json!({"concept": concept}));
    let shown = cards(&call(&house.app, "netwijzer-order-sign", &sign(json!([order]), &[])).await);
    assert_eq!(topics(&shown), ["not-read"]);
    assert!(shown[0]["detail"].as_str().is_some_and(|d| d.contains("MedicationRequest")), "{shown:?}");
    // Without such a thing there is no such card.
    let good = sign(json!([medicine("m1", "draft", "L01BC06")]), &[]);
    assert!(!topics(&cards(&call(&house.app, "netwijzer-order-sign", &good).await)).contains(&"not-read"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_known_origins_may_call_and_others_may_not() {
    let house = House::new("hooks-cors").await;
    let options = |origin: &str| {
        let request = Request::builder()
            .method("OPTIONS")
            .uri("/cds-services/netwijzer-patient")
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        house.send(request.body(Body::empty()).expect("a request"))
    };
    let known = options("https://ehr.example").await;
    assert_eq!((known.status, known.header("access-control-allow-origin")), (204, "https://ehr.example"));
    assert!(known.header("access-control-allow-headers").contains("authorization"));
    assert!(known.header("vary").contains("Origin"));
    for origin in ["https://evil.example", "https://ehr.example.evil.example", "null"] {
        let other = options(origin).await;
        assert_eq!((other.status, other.header("access-control-allow-origin")), (403, ""), "{origin}");
    }
    let get = Request::builder().uri("/cds-services").header("origin", "https://ehr.example");
    let list = house.send(get.body(Body::empty()).expect("a request")).await;
    assert_eq!(list.header("access-control-allow-origin"), "https://ehr.example");
    assert_eq!(list.header("cross-origin-resource-policy"), "cross-origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_a_card_is_kept_with_its_reason() {
    let house = House::new("hooks-feedback").await;
    let order = sign(json!([medicine("m1", "draft", "L01BC06")]), &[]);
    let shown = cards(&call(&house.app, "netwijzer-order-sign", &order).await);
    let card = of(&shown, "dpyd-unknown");
    let place = "/cds-services/netwijzer-order-sign/feedback";
    let send = |body: Value| {
        let app = house.app.clone();
        async move {
            let bearer = format!("Bearer {}", token("/cds-services/netwijzer-order-sign"));
            let head = [("authorization", bearer.as_str()), ("content-type", "application/json")];
            post(&app, place, &head, body.to_string()).await
        }
    };
    let reason = json!({"code": "known-elsewhere", "system": "urn:netwijzer:override"});
    let overridden = json!({"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-06-10T10:00:00Z",
        "overrideReason": {"reason": reason, "userComment": "uitslag in het andere ziekenhuis"}});
    let accepted = json!({"card": "11111111-2222-4333-8444-555555555555", "outcome": "accepted",
        "outcomeTimestamp": "2026-06-10T10:01:00Z",
        "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}]});
    assert_eq!(send(json!({"feedback": [overridden, accepted]})).await.status, 200);
    for wrong in
        [json!({}), json!({"feedback": []}), json!({"feedback": [{"card": "x", "outcome": "ignored"}]})]
    {
        assert_eq!(send(wrong).await.status, 400);
    }
    let head = [("content-type", "application/json")];
    assert_eq!(post(&house.app, place, &head, "{}").await.status, 401, "not without a token");
    let token = house.session(Role::Coordinator).await;
    let kept = house.get(&token, "/api/v1/card-feedback").await.json();
    let kept = kept["feedback"].as_array().expect("a list");
    assert_eq!(kept.len(), 2, "{kept:?}");
    let one = kept.iter().find(|f| f["accepted"] == false).expect("the overridden one");
    assert_eq!(
        (one["topic"].as_str(), one["client"].as_str()),
        (Some("dpyd-unknown"), Some("https://ehr.example"))
    );
    assert_eq!(one["departure"]["code"], "known-elsewhere");
    assert_eq!(one["departure"]["explanation"], "uitslag in het andere ziekenhuis");
}

/// A FHIR server of a few lines: it answers what it knows and writes down what it was asked.
fn fhir_server(asked: Arc<Mutex<Vec<String>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = Vec::new();
            let mut byte = [0; 1];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).to_string();
            let path = head.split(' ').nth(1).unwrap_or_default().to_string();
            let leave = head.lines().any(|l| l.eq_ignore_ascii_case("authorization: Bearer geheim"));
            asked.lock().expect("nobody panicked").push(format!("{path} {leave}"));
            let body = match path.as_str() {
                "/fhir/Patient/p-1" => json!({"resourceType": "Patient", "id": PATIENT}),
                "/fhir/Observation?patient=p-1" => json!({"resourceType": "Bundle", "type": "searchset",
                    "entry": [fact("lab.dpyd", "0")]}),
                _ => json!({"resourceType": "Bundle", "type": "searchset"}),
            };
            let body = body.to_string();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    format!("http://{address}/fhir")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_sent_is_fetched_from_a_server_that_the_settings_allow() {
    let house = House::new("hooks-fetch").await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let server = fhir_server(Arc::clone(&asked));
    let app = house.asking(&server);
    let mut order = sign(json!([medicine("m1", "draft", "L01BC06")]), &[]);
    order["prefetch"] = json!({"conditions": null});
    order["fhirServer"] = json!(server);
    order["fhirAuthorization"] = json!({"access_token": "geheim", "token_type": "Bearer", "expires_in": 300,
        "scope": "user/*.read", "subject": "cds"});
    let shown = cards(&call(&app, "netwijzer-order-sign", &order).await);
    assert!(topics(&shown).contains(&"dpyd-avoid"), "the result came from the server: {:?}", topics(&shown));
    let paths = asked.lock().expect("nobody panicked").clone();
    assert!(paths.contains(&"/fhir/Patient/p-1 true".to_string()), "{paths:?}");
    assert!(
        !paths.iter().any(|p| p.contains("Condition")),
        "what was sent as nothing is not asked for: {paths:?}"
    );
    // Another server is not asked, whoever names it: the call lacks its patient.
    let strange = fhir_server(Arc::clone(&asked));
    let before = asked.lock().expect("nobody panicked").len();
    for place in [strange.as_str(), &format!("{server}/../admin"), "http://169.254.169.254/latest"] {
        order["fhirServer"] = json!(place);
        assert_eq!(call(&app, "netwijzer-order-sign", &order).await.status, 412, "{place}");
    }
    order["fhirServer"] = json!(server);
    assert_eq!(
        call(&house.app, "netwijzer-order-sign", &order).await.status,
        412,
        "nor one that nobody allowed"
    );
    assert_eq!(asked.lock().expect("nobody panicked").len(), before);
}
