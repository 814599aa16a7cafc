//! The interface for programs: described as it is, strict, safe to repeat.

use axum::body::Body;
use nw_store::Role;
use serde_json::json;

use crate::house::{House, ask};

#[test]
fn the_description_names_every_route_and_no_other() {
    let description = nw_server::openapi();
    let mut described: Vec<String> = Vec::new();
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            described.push(format!("{} {path}", method.to_uppercase()));
            assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{path} has no summary");
            let sends = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
            let answers = operation["responses"].as_object().and_then(|r| {
                r.values().find_map(|v| v["content"]["application/json"]["schema"]["$ref"].as_str())
            });
            for schema in [sends, answers].into_iter().flatten() {
                let name = schema.rsplit('/').next().expect("a name");
                assert!(
                    description["components"]["schemas"][name].is_object(),
                    "{path} names the schema {name}"
                );
            }
        }
    }
    let mut routes: Vec<String> = nw_server::routes()
        .iter()
        .filter(|r| r.path.starts_with("/api/"))
        .map(|r| format!("{} {}", r.method, r.path))
        .collect();
    described.sort();
    routes.sort();
    assert_eq!(described, routes);
    assert_eq!(description["openapi"], "3.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_records_facts_and_reads_the_assessment() {
    let house = House::new("programs").await;
    let token = house.session(Role::Specialist).await;
    let key = [("idempotency-key", "first")];
    let who = json!({"name": "Nieuwe Patient", "number": "N1", "born": "1960-02-03"});
    let made = house.json(&token, "/api/v1/patients", &key, &who).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.json()["id"].as_str().expect("an id").to_string();
    let again = house.json(&token, "/api/v1/patients", &key, &who).await;
    assert_eq!((again.status, again.json()["id"].as_str()), (201, Some(id.as_str())), "done once");
    let tag = made.header("etag").to_string();
    let place = format!("/api/v1/patients/{id}/facts");
    let facts = json!({"facts": [
        {"fact": "primary.site", "value": "ileum", "trueOn": "2026-03-02", "origin": "verslag"},
        {"fact": "tumour.ki67", "value": 4}]});
    let missing = house.json(&token, &place, &[], &facts).await;
    assert_eq!(missing.status, 422);
    assert!(missing.body.contains("If-Match"), "{}", missing.body);
    let head = [("if-match", tag.as_str()), ("idempotency-key", "second")];
    let recorded = house.json(&token, &place, &head, &facts).await;
    assert_eq!(recorded.status, 201, "{}", recorded.body);
    let repeated = house.json(&token, &place, &head, &facts).await;
    assert_eq!(repeated.body, recorded.body, "the same request gets the same answer");
    let stale = house.json(&token, &place, &[("if-match", tag.as_str())], &facts).await;
    assert_eq!((stale.status, stale.json()["code"].as_str()), (409, Some("stale")));
    let held = house.get(&token, &place).await;
    assert_eq!(held.json()["facts"].as_array().map(Vec::len), Some(2));
    assert_eq!(held.header("etag"), recorded.header("etag"));
    let earlier = house.get(&token, &format!("{place}?revision={}", tag.trim_matches('"'))).await;
    assert_eq!(earlier.json()["facts"].as_array().map(Vec::len), Some(0), "as it was known then");
    let assessment = house.get(&token, &format!("/api/v1/patients/{id}/assessment")).await.json();
    assert!(assessment["guideline"]["digest"].as_str().is_some_and(|d| d.starts_with("sha256:")));
    let conclusions = assessment["conclusions"].as_array().expect("conclusions");
    let grade = conclusions.iter().find(|c| c["id"] == "tumour.grade").expect("the grade");
    assert_eq!(grade["status"], "undetermined");
    assert!(grade["possible"].as_array().is_some_and(|p| p.len() > 1));
    let fact = recorded.json()["facts"][0].as_str().expect("an id").to_string();
    let tag = recorded.header("etag").to_string();
    let head = [("if-match", tag.as_str())];
    let gone = house
        .json(&token, &format!("{place}/{fact}/retract"), &head, &json!({"reason": "andere patiënt"}))
        .await;
    assert_eq!(gone.status, 200, "{}", gone.body);
    assert_eq!(house.get(&token, &place).await.json()["facts"].as_array().map(Vec::len), Some(1));
    for list in ["/api/v1/tasks", "/api/v1/meetings", &format!("/api/v1/patients/{id}/audit")] {
        assert_eq!(house.get(&token, list).await.status, 200, "{list}");
    }
    let first = house.get(&token, "/api/v1/patients?most=1").await.json();
    let next = first["next"].as_str().expect("there is a second page");
    let second = house.get(&token, &format!("/api/v1/patients?most=1&after={next}")).await.json();
    assert_ne!(first["patients"][0]["patient"]["id"], second["patients"][0]["patient"]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_signs_in_and_out() {
    let house = House::new("token").await;
    let nobody = nw_store::Token::from_text("");
    let page = house.get(&nobody, "/sign-in").await;
    let password =
        page.body.split("<code>netwijzer-").nth(1).and_then(|p| p.split('<').next()).expect("a password");
    let sent = json!({"login": "nurse", "password": format!("netwijzer-{password}"), "role": "nurse"});
    let made = house.json(&nobody, "/api/v1/session", &[], &sent).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let token = nw_store::Token::from_text(made.json()["token"].as_str().expect("a token"));
    assert_eq!(house.json(&token, "/api/v1/session/end", &[], &json!({})).await.status, 200);
    assert_eq!(house.json(&token, "/api/v1/session/end", &[], &json!({})).await.status, 401);
    let other =
        json!({"login": "nurse", "password": format!("netwijzer-{password}"), "role": "administrator"});
    assert_eq!(house.json(&nobody, "/api/v1/session", &[], &other).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_description_does_not_name_is_refused() {
    let house = House::new("strict").await;
    let token = house.session(Role::Specialist).await;
    let patient = house.patient().await;
    let place = format!("/api/v1/patients/{}", patient.as_str());
    for asked in [
        "/api/v1/patients?after=".to_string(),
        "/api/v1/patients?most=".to_string(),
        "/api/v1/tasks?dueBy=".to_string(),
        "/api/v1/meetings?to=".to_string(),
        format!("{place}/audit?before=0"),
        format!("{place}/facts?revision=0"),
        format!("{place}/assessment?trueOn="),
    ] {
        assert_eq!(house.get(&token, &asked).await.status, 422, "{asked}");
    }
    // The revision comes as an ETag is written, in quotes.
    let facts = json!({"facts": [{"fact": "primary.site", "value": "ileum"}]});
    for tag in ["1", "\"one\"", "\"+1\"", "*"] {
        let answer = house.json(&token, &format!("{place}/facts"), &[("if-match", tag)], &facts).await;
        assert_eq!(answer.status, 422, "{tag}");
    }
    // Another method is told which ones there are.
    let wrong =
        house.send(ask("TRACE", "/api/v1/tasks", Some(&token)).body(Body::empty()).expect("a request"));
    let wrong = wrong.await;
    assert_eq!((wrong.status, wrong.json()["code"].as_str()), (405, Some("method")));
    assert!(wrong.header("allow").contains("GET"), "{:?}", wrong.head);
}
