//! Launch by an electronic record: whoever is believed there, at the patient that is open there.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use nw_server::{App, SmartSettings};
use nw_store::{NewAccount, Role};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::house::{Answer, House};

const NOW: i64 = 1_781_100_000;

/// What a record grants and was asked.
#[derive(Default)]
struct Ehr {
    nonce: String,
    challenge: String,
    scope: String,
    s256: bool,
    /// As whom it speaks, when not as itself.
    issuer: Option<String>,
    asked: Vec<String>,
}

fn signed(claims: &Value) -> String {
    let mut head = Header::new(Algorithm::ES256);
    head.kid = Some("test".to_string());
    let key = EncodingKey::from_ec_pem(include_bytes!("../data/test-only-es256.pem"));
    encode(&head, claims, &key.expect("the key can be read")).expect("a token")
}

fn answered(ehr: &Mutex<Ehr>, base: &str, path: &str, leave: bool, body: &str) -> (u16, Value) {
    let mut ehr = ehr.lock().expect("nobody panicked");
    ehr.asked.push(format!("{path} {leave}"));
    match path {
        "/fhir/.well-known/smart-configuration" | "/named/.well-known/smart-configuration" => (
            200,
            json!({
                "authorization_endpoint": format!("{base}/authorize"), "token_endpoint": format!("{base}/token"),
                "issuer": ehr.issuer.as_deref().unwrap_or(base), "jwks_uri": format!("{base}/keys"), "capabilities": ["launch-ehr", "permission-v2"],
                "code_challenge_methods_supported": if ehr.s256 { vec!["S256"] } else { vec!["plain"] },
            }),
        ),
        "/keys" => (
            200,
            serde_json::from_str(&format!(
                "{{\"keys\":[{}]}}",
                include_str!("../data/test-only-es256.jwk.json")
            ))
            .expect("keys"),
        ),
        "/token" => {
            let form: HashMap<String, String> = serde_urlencoded::from_str(body).expect("a form");
            let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(form["code_verifier"].as_bytes()));
            if form["code"] != "c1"
                || challenge != ehr.challenge
                || form["grant_type"] != "authorization_code"
            {
                return (400, json!({"error": "invalid_grant"}));
            }
            let claims =
                json!({"iss": base, "sub": "dr-1", "aud": "netwijzer", "exp": NOW + 300, "nonce": ehr.nonce});
            (
                200,
                json!({"access_token": "geheim", "token_type": "Bearer", "id_token": signed(&claims),
                "scope": ehr.scope, "patient": "p-1"}),
            )
        }
        "/fhir/Patient/p-1" if leave => (
            200,
            json!({"resourceType": "Patient", "id": "p-1", "identifier": [
            {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999999011"},
            {"system": "urn:hospital", "value": "K4N4R13"}]}),
        ),
        _ => (404, json!({})),
    }
}

/// A record on this machine.
fn record(ehr: Arc<Mutex<Ehr>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let own = base.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let (mut head, mut byte) = (Vec::new(), [0; 1]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).to_lowercase();
            let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")?.trim().parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            drop(stream.read_exact(&mut body));
            let path = head.split(' ').nth(1).unwrap_or_default().replace("/fhir/patient/", "/fhir/Patient/");
            let leave = head.contains("authorization: bearer geheim");
            let (status, told) = answered(&ehr, &own, &path, leave, &String::from_utf8_lossy(&body));
            let told = told.to_string();
            let answer = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{told}",
                told.len()
            );
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    base
}

async fn get(app: &App, path: &str, cookies: &str) -> Answer {
    let request = Request::builder().uri(path).header("host", "net.example").header("cookie", cookies);
    House::send_to(app, request.body(Body::empty()).expect("a request")).await
}

/// The cookies that an answer sets.
fn cookies(answer: &Answer) -> String {
    let set = answer.head.iter().filter(|(name, _)| name == "set-cookie");
    let pairs: Vec<&str> =
        set.filter_map(|(_, v)| v.split(';').next()).filter(|p| !p.ends_with('=')).collect();
    pairs.join("; ")
}

/// One launch: the cookies it left, and what the record was asked.
async fn launched(
    app: &App,
    ehr: &Mutex<Ehr>,
    base: &str,
    launch: &str,
) -> (String, HashMap<String, String>) {
    let left = get(app, &format!("/smart/launch?iss={base}/fhir{launch}"), "").await;
    assert_eq!(left.status, 303, "{}", left.body);
    let place = left.header("location").to_string();
    let (endpoint, query) = place.split_once('?').expect("a query");
    assert_eq!(endpoint, format!("{base}/authorize"));
    let asked: HashMap<String, String> = serde_urlencoded::from_str(query).expect("a query");
    let mut ehr = ehr.lock().expect("nobody panicked");
    (ehr.nonce, ehr.challenge) = (asked["nonce"].clone(), asked["code_challenge"].clone());
    (cookies(&left), asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_opens_its_patient_for_whom_it_names_and_nothing_else() {
    let house = House::new("smart").await;
    let ehr = Arc::new(Mutex::new(Ehr {
        s256: true,
        scope: "openid launch patient/Patient.r".into(),
        ..Ehr::default()
    }));
    let base = record(Arc::clone(&ehr));
    let text = format!(
        "public = \"http://127.0.0.1:1\"\n[[record]]\niss = \"{base}/fhir\"\nclient = \"netwijzer\"\nnumber-system = \"urn:hospital\"\n\
         [[record]]\niss = \"{base}/named\"\nissuer = \"https://login.example/care\"\nclient = \"netwijzer\""
    );
    let settings =
        SmartSettings::read(&text, |_| Err(std::io::ErrorKind::NotFound.into())).expect("they are right");
    assert_eq!(get(&house.app, "/smart/launch?iss=x", "").await.status, 404, "not without settings");
    let app = house.app.clone().launched_by(settings);
    let patient = house.patient().await.as_str().to_string();
    // Launched by the record.
    let (kept, asked) = launched(&app, &ehr, &base, "&launch=l1").await;
    assert_eq!((asked["launch"].as_str(), asked["aud"].as_str()), ("l1", format!("{base}/fhir").as_str()));
    assert_eq!((asked["code_challenge_method"].as_str(), asked["response_type"].as_str()), ("S256", "code"));
    assert_eq!(asked["scope"], "launch openid fhirUser patient/Patient.r");
    let back = format!("/smart/back?code=c1&state={}", asked["state"]);
    // Nobody has this identity yet: the page says which one it is, and signs nobody in.
    let unknown = get(&app, &back, &kept).await;
    assert!(unknown.body.contains("dr-1") && !cookies(&unknown).contains("nw_session"), "{}", unknown.status);
    let accounts = house.app.store().accounts(&house.system()).await.expect("accounts");
    let one = accounts.iter().find(|a| a.roles.contains(&Role::Specialist)).expect("a specialist");
    let linked = NewAccount {
        login: one.login.clone(),
        name: one.name.clone(),
        organisation: one.organisation.clone(),
        roles: one.roles.clone(),
        language: one.language.clone(),
        subject: Some(format!("{base} dr-1")),
    };
    house.app.store().change_account(&house.system(), &one.id, one.version, &linked).await.expect("linked");
    let (kept, asked) = launched(&app, &ehr, &base, "&launch=l1").await;
    let back = format!("/smart/back?code=c1&state={}", asked["state"]);
    let arrived = get(&app, &back, &kept).await;
    assert_eq!((arrived.status, arrived.header("location")), (303, "/smart/patient"), "{}", arrived.body);
    assert!(!arrived.head.iter().any(|(_, v)| v.contains("geheim")), "the record's token goes nowhere");
    let opened = get(&app, "/smart/patient", &cookies(&arrived)).await;
    assert_eq!(opened.header("location"), format!("/patients/{patient}"));
    // Another state, another code, another's cookie, a nonce of another launch: nobody comes in.
    let (kept, asked) = launched(&app, &ehr, &base, "&launch=l1").await;
    let good = format!("/smart/back?code=c1&state={}", asked["state"]);
    for (path, kept) in [
        ("/smart/back?code=c1&state=other".to_string(), kept.as_str()),
        (good.replace("code=c1", "code=c2"), &kept),
        (format!("{good}&error=access_denied"), &kept),
        (good.clone(), ""),
        (good.clone(), "nw_launch=nonsense"),
    ] {
        let refused = get(&app, &path, kept).await;
        assert!(!cookies(&refused).contains("nw_session") && refused.status == 401, "{path}");
    }
    ehr.lock().expect("nobody panicked").nonce = "other".to_string();
    assert!(!cookies(&get(&app, &good, &kept).await).contains("nw_session"), "a token of another sign-in");
    // On its own, and with fewer scopes: signed in, and the patient is not read.
    ehr.lock().expect("nobody panicked").scope = "openid launch/patient".to_string();
    let (kept, asked) = launched(&app, &ehr, &base, "").await;
    assert_eq!(asked["scope"], "launch/patient openid fhirUser patient/Patient.r");
    let before = ehr.lock().expect("nobody panicked").asked.len();
    let arrived = get(&app, &format!("/smart/back?code=c1&state={}", asked["state"]), &kept).await;
    assert_eq!((arrived.status, arrived.header("location")), (303, "/"));
    let since = ehr.lock().expect("nobody panicked").asked[before..].to_vec();
    assert!(!since.iter().any(|a| a.contains("Patient")), "{since:?}");
    // A record that speaks in the name of somebody else, and one that the settings let do so.
    ehr.lock().expect("nobody panicked").issuer = Some("https://login.example/care".to_string());
    let path = format!("/smart/launch?iss={base}/fhir&launch=l1");
    let foreign = get(&app, &path, "").await;
    assert!(foreign.status == 401 && foreign.header("location").is_empty());
    let left = get(&app, &path.replace("/fhir", "/named"), "").await;
    assert!(left.header("location").starts_with(&format!("{base}/authorize")), "{}", left.status);
    ehr.lock().expect("nobody panicked").issuer = None;
    // A record that nobody named, and one without PKCE.
    let strange = get(&app, &format!("/smart/launch?iss={base}/other&launch=l1"), "").await;
    assert!(strange.status == 401 && strange.header("location").is_empty());
    ehr.lock().expect("nobody panicked").s256 = false;
    let weak = get(&app, &format!("/smart/launch?iss={base}/fhir&launch=l1"), "").await;
    assert!(weak.status == 401 && weak.header("location").is_empty());
}
