//! Figures for the analyst: counts without names, small ones hidden, and every reading in the log.

use data_encoding::BASE64;
use nw_server::demo::Invented;
use nw_store::Role;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::house::House;

/// Twelve patients: seven of the ileum, three of the pancreas, two of the rectum.
fn invented() -> Vec<Invented> {
    let fact = |id: &str, value: &str| (id.to_string(), value.to_string(), None, None);
    let site = |at: usize| ["ileum", "pancreas", "rectum"][usize::from(at >= 7) + usize::from(at >= 10)];
    (0..12)
        .map(|at| Invented {
            name: format!("Zeldzaam Kanariegeel {at}"),
            born: None,
            number: format!("K4N4R13-{at}"),
            facts: vec![
                fact("primary.site", site(at)),
                fact("tumour.differentiation", "well"),
                fact("tumour.ki67", if at % 2 == 0 { "1 %" } else { "8 %" }),
                fact("tumour.mitoses", "1 /2mm2"),
            ],
        })
        .collect()
}

/// Every number below some key that counts somebody.
fn counts(value: &Value, found: &mut Vec<u64>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let counted = ["denominator", "met", "notMet", "unknown", "open", "conventional", "people"];
                if counted.contains(&key.as_str()) {
                    found.extend(inner.as_u64());
                }
                if key == "levels" || key == "years" {
                    let all = inner.as_array().into_iter().flatten();
                    found.extend(all.filter_map(|pair| pair[1].as_u64()));
                }
                counts(inner, found);
            }
        }
        Value::Array(all) => all.iter().for_each(|inner| counts(inner, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_analyst_sees_counts_and_nobody() {
    let house = House::with("figures", &invented()).await;
    let analyst = house.session(Role::Analyst).await;
    assert_eq!(house.get(&analyst, "/").await.header("location"), "/figures");
    let page = house.get(&analyst, "/figures").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("<iframe class=\"paper wide\" src=\"/figures/report.html\""));
    assert!(page.header("content-security-policy").contains("frame-src 'self'"));

    let report = house.get(&analyst, "/figures/report.html").await;
    assert_eq!(report.status, 200, "{}", report.body);
    for words in ["geen gecertificeerd medisch hulpmiddel", "sha256:", "12 rijen, 12 geanalyseerd"] {
        assert!(report.body.contains(words), "`{words}` is missing");
    }
    let style =
        report.body.split("<style>").nth(1).and_then(|s| s.split("</style>").next()).expect("a style");
    let digest = BASE64.encode(&Sha256::digest(style.as_bytes()));
    assert!(report.header("content-security-policy").contains(&format!("'sha256-{digest}'")));

    let told = house.get(&analyst, "/figures/report.json").await;
    for body in [&page.body, &report.body, &told.body] {
        assert!(!body.contains("Kanariegeel") && !body.contains("K4N4R13"), "somebody is named");
    }
    let json = told.json();
    assert_eq!((&json["rows"], &json["smallest"]), (&Value::from(12), &Value::from(5)));
    let mut found = Vec::new();
    counts(&json, &mut found);
    assert!(found.iter().all(|n| *n == 0 || *n >= 5), "{found:?}");
    let sites = json["mix"].as_array().expect("a list").iter().find(|m| m["of"] == "primary.site");
    let sites = sites.expect("the sites are counted")["levels"].as_array().expect("levels").clone();
    let of = |en: &str| sites.iter().find(|l| l[0]["en"] == en).unwrap_or_else(|| panic!("{en}: {sites:?}"));
    assert_eq!(of("pancreas")[1], Value::Null, "three are few");
    assert!(sites.iter().any(|l| l[1] == 7), "seven are shown: {sites:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_follow_the_record_and_stand_in_the_log() {
    let house = House::with("figures-log", &invented()).await;
    let analyst = house.session(Role::Analyst).await;
    let ileum = |json: &Value| {
        let all = json["mix"].as_array().into_iter().flatten().find(|m| m["of"] == "tumour.grade").cloned();
        all.expect("grades are counted")["levels"].clone()
    };
    let before = house.get(&analyst, "/figures/report.json").await.json();
    assert_eq!(house.get(&analyst, "/figures/report.json").await.json(), before);
    // One of grade 1 turns out to be of grade 2.
    let specialist = house.session(Role::Specialist).await;
    let (patient, revision) = (house.patient().await, house.revision().await);
    let facts = serde_json::json!({"facts": [{"fact": "tumour.ki67", "value": "8 %", "origin": "revisie"}]});
    let path = format!("/api/v1/patients/{}/facts", patient.as_str());
    let head = format!("\"{revision}\"");
    let sent = house.json(&specialist, &path, &[("if-match", &head)], &facts).await;
    assert!(sent.status < 300, "{}: {}", sent.status, sent.body);
    let after = house.get(&analyst, "/figures/report.json").await.json();
    assert_ne!(ileum(&after), ileum(&before), "the figures are those of yesterday");

    let admin = house.session(Role::Administrator).await;
    let log = house.get(&admin, "/api/v1/audit").await;
    assert_eq!(log.status, 200, "{}", log.body);
    let reads = log.body.matches("\"quality\"").count();
    assert!(reads >= 12, "{reads} readings for quality: {}", log.body);
}
