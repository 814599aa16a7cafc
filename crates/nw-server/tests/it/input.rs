//! Bad input is refused with help, nothing is lost, and no value of a patient comes out where it does not belong.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use nw_store::{AsOf, Context, PatientFilter, Role, Token};
use serde_json::{Value, json};

use crate::house::{House, ask, form};

/// What the program logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const CANARIES: [&str; 4] = ["Kanariegeel", "K4N4R13", "kanarie-waarde", "kanarie-herkomst"];

fn clean(what: &str, text: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{what} holds {canary}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_a_patient_is_in_no_log_no_error_and_no_debug() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
    let subscriber = subscriber.with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).expect("one test listens");
    let house = House::new("canary").await;
    let patient = house.patient().await;
    let token = house.session(Role::Specialist).await;
    let facts = format!("/api/v1/patients/{}/facts", patient.as_str());
    let tag = format!("\"{}\"", house.revision().await);
    let good = json!({"facts": [{"fact": "primary.site", "value": "jejunum", "origin": "kanarie-herkomst"}]});
    assert_eq!(house.json(&token, &facts, &[("if-match", &tag)], &good).await.status, 201);
    let bad = [
        json!({"facts": [{"fact": "tumour.ki67", "value": "kanarie-waarde"}]}),
        json!({"facts": [{"fact": "tumour.ki67", "value": ["kanarie-waarde"]}]}),
        json!({"facts": [{"fact": "tumour.ki67", "value": "4 %", "trueOn": "kanarie-waarde"}]}),
        json!({"facts": [{"fact": "tumour.ki67", "value": "4 %", "supersedes": "kanarie-waarde"}]}),
        json!({"facts": "kanarie-waarde"}),
        json!("kanarie-waarde"),
    ];
    for body in bad {
        let answer = house.json(&token, &facts, &[("if-match", "\"1\"")], &body).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        clean("an error", &answer.body);
    }
    let stale = house.json(&token, &facts, &[("if-match", "\"1\"")], &good).await;
    assert_eq!(stale.status, 409);
    clean("an error", &stale.body);
    let twice = json!({"name": "Kanariegeel", "number": "K4N4R13"});
    let duplicate = house.json(&token, "/api/v1/patients", &[], &twice).await;
    assert_eq!(duplicate.status, 409);
    clean("an error", &duplicate.body);
    for path in ["", "/why", "/why/tumour.grade", "/what-if", "/audit", "/facts"] {
        assert_eq!(house.get(&token, &format!("/patients/{}{path}", patient.as_str())).await.status, 200);
    }
    let page = format!("/patients/{}/facts", patient.as_str());
    let old = house.post(
        &token,
        &page,
        &[("revision", "0"), ("fact:primary.site", "ileum"), ("origin", "kanarie-herkomst")],
    );
    let old = old.await;
    assert_eq!(old.status, 409);
    // The form keeps what was typed, for the person who typed it; what went wrong is told without it.
    assert!(old.body.contains("value=\"kanarie-herkomst\""), "{}", old.body);
    let alert = old.body.split("role=\"alert\">").nth(1).and_then(|a| a.split("</p>").next());
    clean("an error", alert.expect("it says what went wrong"));
    let system = Context::system(house.app.now(), "test");
    let store = house.app.store();
    let record = store.patient_page(&system, &patient, AsOf::now()).await.expect("the record");
    assert!(record.facts.iter().any(|f| f.origin.label == "kanarie-herkomst"), "the canary is in the record");
    clean("Debug", &format!("{record:?} {:?} {:?}", record.patient, record.facts));
    let list = store.patients(&system, &PatientFilter::default()).await.expect("the list");
    clean("Debug", &format!("{list:?}"));
    let text = String::from_utf8_lossy(&log.0.lock().expect("the log")).to_string();
    clean("the log", &text);
    tracing::error!("the log is heard");
    let text = String::from_utf8_lossy(&log.0.lock().expect("the log")).to_string();
    assert!(text.contains("the log is heard"), "the log was caught at all");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_with_help() {
    let house = House::new("input").await;
    let patient = house.patient().await;
    let token = house.session(Role::Specialist).await;
    let facts = format!("/api/v1/patients/{}/facts", patient.as_str());
    let tag = format!("\"{}\"", house.revision().await);
    let before = house.revision().await;
    let one = |fields: Value| json!({"facts": [fields]});
    let wrong: [(Value, &str); 9] = [
        (json!({"fact": []}), "facts?"),
        (json!({"facts": []}), "facts: "),
        (json!({"facts": [4]}), "facts[0]: "),
        (one(json!({"fact": "tumour.ki67", "value": "4 %", "vaule": 1})), "facts[0].vaule: "),
        (one(json!({"fact": "tumour.ki68", "value": "4 %"})), "tumour.ki67"),
        (one(json!({"fact": "tumour.ki67", "value": true})), "facts[0].value: "),
        (one(json!({"fact": "tumour.ki67", "value": "400 %"})), "facts[0].value: "),
        (one(json!({"fact": "tumour.ki67"})), "facts[0].value: "),
        (one(json!({"fact": "tumour.ki67", "value": "4 %", "trueOn": "2026-02-30"})), "facts[0].trueOn: "),
    ];
    for (body, help) in wrong {
        let answer = house.json(&token, &facts, &[("if-match", &tag)], &body).await;
        assert_eq!(answer.status, 422, "{body} gave {}", answer.body);
        let title = answer.json()["title"].as_str().unwrap_or_default().to_string();
        assert!(title.contains(help), "{body} should speak of {help}: {title}");
    }
    let raw = |kind: &str, bytes: Vec<u8>| {
        let request = ask("POST", &facts, Some(&token)).header("content-type", kind).header("if-match", &tag);
        request.body(Body::from(bytes)).expect("a request")
    };
    assert_eq!(house.send(raw("application/json", b"{\"facts\": [".to_vec())).await.status, 422);
    assert_eq!(house.send(raw("application/json", vec![0xff, 0xfe])).await.status, 422);
    assert_eq!(house.send(raw("text/plain", b"{}".to_vec())).await.status, 422);
    let large = house.send(raw("application/json", vec![b' '; 3 << 20])).await;
    assert_eq!(large.status, 413);
    assert_eq!(large.json()["code"], "too-large");
    let page = format!("/patients/{}/facts", patient.as_str());
    let mut broken = form(&page, Some(&token), &[]);
    *broken.body_mut() = Body::from(vec![b'a', b'=', 0xff]);
    assert_eq!(house.send(broken).await.status, 422);
    for path in ["/patients/not-an-id", "/api/v1/patients/not-an-id", "/nothing/here"] {
        let answer = house.get(&token, path).await;
        assert!((400..500).contains(&answer.status), "{path} gave {}", answer.status);
    }
    for path in ["/api/v1/patients?most=0", "/api/v1/patients?moest=1", "/api/v1/tasks?dueBy=soon"] {
        assert_eq!(house.get(&token, path).await.status, 422, "{path}");
    }
    assert_eq!(house.revision().await, before, "nothing was recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_asks_to_sign_in() {
    let house = House::new("expired").await;
    let token = house.session(Role::Specialist).await;
    let later = house.tomorrow();
    let page =
        |path: &str, token: &Token| ask("GET", path, Some(token)).body(Body::empty()).expect("a request");
    let answer = House::send_to(&later, page("/patients?q=x", &token)).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/sign-in?next=/patients%3Fq%3Dx"));
    assert_eq!(House::send_to(&later, page("/api/v1/patients", &token)).await.status, 401);
    let invented = Token::from_text("0000000000000000000000000000000000000000000");
    assert_eq!(house.send(page("/api/v1/patients", &invented)).await.status, 401);
}
