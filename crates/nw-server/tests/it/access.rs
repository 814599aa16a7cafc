//! Every route, for every role: who may is let in, who may not is not, and nothing gets in without the mark of a form.

use axum::body::Body;
use nw_server::{Access, Route, routes};
use nw_store::{Purpose, Role};

use crate::house::{House, ROLES, ask, form};

/// What anybody may open.
const OPEN: &[(&str, &str)] = &[
    ("GET", "/health"),
    ("GET", "/assets/{version}/{name}"),
    ("GET", "/language/{language}"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/provider"),
    ("GET", "/sign-in/provider/back"),
    ("GET", "/smart/launch"),
    ("GET", "/smart/back"),
    ("GET", "/first/{token}"),
    ("POST", "/first/{token}"),
    ("GET", "/invitation/{token}"),
    ("POST", "/invitation/{token}"),
    ("GET", "/api/v1/openapi.json"),
    ("POST", "/api/v1/session"),
    ("GET", "/fhir/metadata"),
    ("GET", "/fhir/.well-known/smart-configuration"),
    ("GET", "/.well-known/smart-configuration"),
];

/// A route's address with something in the place of its names.
fn address(route: &Route, patient: &str) -> String {
    let part = |part: &str| match part {
        "{patient}" => patient.to_string(),
        "{conclusion}" => "tumour.grade".to_string(),
        "{language}" => "nl".to_string(),
        "{number}" => "1".to_string(),
        "{kind}" => "Condition".to_string(),
        "{operation}" => "$everything".to_string(),
        part if part.starts_with('{') => "00000000-0000-0000-0000-000000000000".to_string(),
        part => part.to_string(),
    };
    route.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn nothing_is_open_to_anybody_but_what_is_listed_here() {
    let open: Vec<(String, &str)> = routes()
        .iter()
        .filter(|r| r.access == Access::Anyone)
        .map(|r| (r.method.to_string(), r.path))
        .collect();
    let expected: Vec<(String, &str)> = OPEN.iter().map(|(m, p)| ((*m).to_string(), *p)).collect();
    let missing: Vec<_> = open.iter().filter(|o| !expected.contains(o)).collect();
    assert!(missing.is_empty(), "these routes are open and not listed: {missing:?}");
    assert_eq!(open.len(), expected.len());
}

/// What FHIR tells of no patient by name.
fn without_identity(path: &str) -> bool {
    path == "/fhir/metadata"
        || path.starts_with("/fhir/.well-known/")
        || path == "/fhir/$export"
        || path.starts_with("/fhir/bulk/")
}

#[test]
fn patients_stay_with_those_who_treat_them() {
    for route in routes() {
        let of_patient = route.path.contains("/patients")
            || route.path.ends_with("/tasks")
            || route.path.starts_with("/fhir") && !without_identity(route.path);
        for role in [Role::Administrator, Role::Analyst, Role::System] {
            let allowed = route.access.allows(Some(role));
            assert!(!(of_patient && allowed), "{role} may {} {}", route.method, route.path);
        }
        if of_patient {
            assert_ne!(route.purpose, Purpose::Administration, "{} says no purpose of care", route.path);
        }
        if without_identity(route.path) && route.access != Access::Anyone {
            for role in ROLES {
                assert_eq!(route.access.allows(Some(role)), role == Role::Analyst, "{}", route.path);
            }
        }
        if route.path.starts_with("/accounts") || route.path == "/audit" || route.path == "/api/v1/audit" {
            for role in ROLES {
                assert_eq!(route.access.allows(Some(role)), role == Role::Administrator, "{}", route.path);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_whom_it_names_and_nobody_else() {
    let house = House::new("matrix").await;
    let patient = house.patient().await.as_str().to_string();
    let mut asked = 0;
    for route in routes() {
        let path = address(&route, &patient);
        let method = route.method.as_str();
        let api = path.starts_with("/api/");
        if route.access == Access::Caller {
            // The house knows no client: no session of anybody opens the door of a program.
            for token in [None, Some(&house.session(Role::Specialist).await)] {
                let request = ask(method, &path, token).header("content-type", "application/json");
                let answer = house.send(request.body(Body::from("{}")).expect("a request")).await;
                assert_eq!(answer.status, if method == "GET" { 200 } else { 401 }, "{method} {path}");
            }
            continue;
        }
        let fhir = path.starts_with("/fhir");
        let sent = |token: Option<&nw_store::Token>| {
            let request = ask(method, &path, token).header("content-type", "application/fhir+json");
            request.body(Body::from("{}")).expect("a request")
        };
        let nobody = match method {
            _ if fhir => house.send(sent(None)).await,
            "GET" => house.send(ask("GET", &path, None).body(Body::empty()).expect("a request")).await,
            _ => house.send(form(&path, None, &[])).await,
        };
        if route.access == Access::Anyone {
            // The sign-in itself refuses who is not known, in words of its own.
            let refused = nobody.status == 401 && !path.ends_with("/sign-in");
            assert!(!refused && nobody.status != 403, "{method} {path} is open and gave {}", nobody.status);
        } else if fhir {
            assert_eq!(nobody.status, 401, "{method} {path}");
            assert_eq!(nobody.json()["resourceType"], "OperationOutcome", "{method} {path}");
        } else if method == "GET" && !api {
            assert!(
                nobody.header("location").starts_with("/sign-in"),
                "{method} {path} gave {}",
                nobody.status
            );
        } else {
            assert_eq!(nobody.status, 401, "{method} {path}");
        }
        for role in ROLES {
            let token = house.session(role).await;
            let allowed = route.access.allows(Some(role));
            let answer = match method {
                _ if fhir => house.send(sent(Some(&token))).await,
                "GET" => house.get(&token, &path).await,
                _ if api => house.json(&token, &path, &[("if-match", "\"0\"")], &serde_json::json!({})).await,
                _ => house.post(&token, &path, &[("role", role.word()), ("do", "nothing")]).await,
            };
            asked += 1;
            assert_eq!(
                answer.status == 403,
                !allowed,
                "{method} {path} as {role} gave {}: {}",
                answer.status,
                answer.body
            );
            assert!(answer.status < 500, "{method} {path} as {role} gave {}", answer.status);
            if allowed && method == "GET" {
                // A search says whose, an export says how it is fetched.
                let good = matches!(answer.status, 200 | 303 | 404) || fhir && answer.status == 400;
                assert!(good, "{method} {path} as {role} gave {}: {}", answer.status, answer.body);
            }
            assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        }
    }
    assert!(asked > 250, "only {asked} requests were made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_its_mark_or_from_another_site_changes_nothing() {
    let house = House::new("forged").await;
    let patient = house.patient().await.as_str().to_string();
    let before = house.revision().await;
    for route in routes().iter().filter(|r| r.method == "POST" && r.access != Access::Caller) {
        // A search changes nothing.
        if route.path.ends_with("/_search") {
            continue;
        }
        let path = address(route, &patient);
        let role = ROLES.into_iter().find(|r| route.access.allows(Some(*r))).expect("somebody may");
        let token = house.session(role).await;
        if route.access != Access::Anyone {
            for mark in ["", "0123456789abcdef"] {
                let answer =
                    house.send(form(&path, Some(&token), &[("csrf", mark), ("role", role.word())])).await;
                let expected = match path.split('/').nth(1) {
                    Some("api") => 422,
                    Some("fhir") => 415,
                    _ => 403,
                };
                assert_eq!(answer.status, expected, "{path} without its mark");
            }
        }
        let mark = token.derived("form");
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://elsewhere.example")] {
            let mut request = form(&path, Some(&token), &[("csrf", &mark), ("role", role.word())]);
            request.headers_mut().insert(name, value.parse().expect("a header"));
            let answer = house.send(request).await;
            assert_eq!(answer.status, 403, "{path} from another site ({name})");
        }
    }
    assert_eq!(house.revision().await, before);
}
