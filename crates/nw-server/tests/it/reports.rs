//! A pasted report: read beside the record, taken by a person, linked to its words; nothing else gets in.

use nw_store::Role;
use serde_json::json;

use crate::house::{Answer, House};

/// A report that says things, denies one, doubts one, and contradicts the record of the house (Ki-67 4 %).
const REPORT: &str = "Pathologieverslag 12-03-2026.\n\nGoed gedifferentieerde neuro-endocriene tumor van het ileum, \
grootste diameter 2,1 cm. Ki-67: 12%. 3 mitosen per 2 mm2.\nGeen levermetastasen. Verdacht voor peritoneale \
metastasen.\n<script>alert('x')</script> <img src=x onerror=alert(1)>";

fn reading(answer: &Answer) -> serde_json::Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn find<'r>(list: &'r serde_json::Value, fact: &str) -> &'r serde_json::Value {
    let found = list.as_array().expect("a list").iter().find(|i| i["fact"] == fact);
    found.unwrap_or_else(|| panic!("`{fact}` is not in {list}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_a_report_stores_nothing_and_shows_where_it_stands_to_the_record() {
    let house = House::new("report-read").await;
    let token = house.session(Role::Nurse).await;
    let patient = house.patient().await.as_str().to_string();
    let before = house.revision().await;
    let place = format!("/api/v1/patients/{patient}/reports/read");
    let read = reading(&house.json(&token, &place, &[], &json!({"text": REPORT})).await);
    let ki67 = find(&read["proposed"], "tumour.ki67");
    assert_eq!(ki67["standing"], "contradicts");
    assert_eq!(ki67["record"][0]["contradicts"], true);
    let span: Vec<usize> = serde_json::from_value(ki67["span"].clone()).expect("two numbers");
    assert!(REPORT[span[0]..span[1]].contains("12"), "the span points at the words");
    assert_eq!(find(&read["proposed"], "primary.site")["standing"], "same");
    assert_eq!(find(&read["proposed"], "metastasis.liver")["value"], "no", "what is denied is a no");
    let held = find(&read["held"], "metastasis.peritoneum");
    assert!(held["held"].as_array().is_some_and(|h| h.contains(&json!("doubted"))), "{held}");
    assert!(read["disclaimer"].as_str().is_some_and(|d| !d.is_empty()));
    assert_eq!(house.revision().await, before, "nothing is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_what_is_ticked_and_each_fact_keeps_its_words() {
    let house = House::new("report-take").await;
    let token = house.session(Role::Specialist).await;
    let patient = house.patient().await.as_str().to_string();
    let before = house.revision().await;
    let place = format!("/patients/{patient}/reports");
    let text = REPORT.replace('\n', "\r\n");
    let form = [("kind", "pathology-report"), ("title", "PA <b>T26</b>"), ("dated", ""), ("text", &text)];
    let page = house.post(&token, &place, &[&form[..], &[("do", "read")]].concat()).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"), "the text is escaped");
    assert!(page.body.contains("&lt;script&gt;") || page.body.contains("&#60;script&#62;"), "and shown");
    assert!(page.body.contains("<strong>3 /2 mm²</strong>"), "units are printed as people write them");
    assert!(page.body.contains("<mark class=\"proposed\">") && page.body.contains("<mark class=\"held\">"));
    assert_eq!(house.revision().await, before);
    // All that contradicts nothing: the contradicting Ki-67 stays out, and so does what the record has.
    let revision = before.to_string();
    let all = [&form[..], &[("do", "all"), ("revision", &revision)]].concat();
    let done = house.post(&token, &place, &all).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let report = done.header("location").to_string();
    let facts = house.get(&token, &format!("/api/v1/patients/{patient}/facts")).await.json();
    let facts = facts["facts"].as_array().expect("facts").clone();
    let of = |fact: &str| facts.iter().filter(|f| f["fact"] == fact).collect::<Vec<_>>();
    assert_eq!(of("tumour.ki67").len(), 1, "what contradicts is not taken with all");
    assert_eq!(of("primary.site").len(), 1, "what the record has is not taken again");
    let liver = of("metastasis.liver")[0];
    assert_eq!((liver["value"].as_str(), liver["origin"].as_str()), (Some("no"), Some("PA <b>T26</b>")));
    assert_eq!(liver["trueOn"], "2026-03-12", "the day of the report");
    assert!(of("metastasis.peritoneum").is_empty(), "what is doubted is not taken");
    let document = liver["document"].as_str().expect("the report");
    assert!(report.ends_with(document));
    let kept = reading(&house.get(&token, &format!("/api/v1{report}")).await);
    let span: Vec<usize> = serde_json::from_value(liver["span"].clone()).expect("two numbers");
    let words = &kept["text"].as_str().expect("the text")[span[0]..span[1]];
    assert!(words.to_lowercase().contains("levermetastasen"), "{words}");
    assert_eq!(find(&kept["proposed"], "metastasis.liver")["taken"], true);
    // The page of the report shows the words; the patient's page links to them.
    let page = house.get(&token, &report).await;
    assert!(page.status == 200 && !page.body.contains("<script>alert"), "{}", page.status);
    let patient_page = house.get(&token, &format!("/patients/{patient}")).await.body;
    assert!(patient_page.contains(&format!("/patients/{patient}/reports/{document}#metastasis.liver@")));
    assert!(!patient_page.contains("<b>T26</b>"));
    // One more, in the place of what the record holds.
    let ki67 = find(&kept["proposed"], "tumour.ki67");
    let (key, old) = (ki67["key"].as_str().expect("a key"), ki67["record"][0]["id"].as_str().expect("an id"));
    let revision = house.revision().await.to_string();
    let (one, instead) = (format!("one:{key}"), format!("instead:{key}"));
    let more = [("do", one.as_str()), (instead.as_str(), old), ("revision", &revision)];
    assert_eq!(house.post(&token, &report, &more).await.status, 303);
    let facts = house.get(&token, &format!("/api/v1/patients/{patient}/facts")).await.json();
    let facts = facts["facts"].as_array().expect("facts").clone();
    let ki67: Vec<_> = facts.iter().filter(|f| f["fact"] == "tumour.ki67").collect();
    assert_eq!(ki67.len(), 1, "the earlier one is superseded");
    assert_eq!((ki67[0]["value"].as_str(), ki67[0]["document"].as_str()), (Some("12 %"), Some(document)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_gets_in_that_the_report_does_not_propose() {
    let house = House::new("report-forged").await;
    let token = house.session(Role::Specialist).await;
    let patient = house.patient().await.as_str().to_string();
    let before = house.revision().await;
    let place = format!("/api/v1/patients/{patient}/reports");
    let tag = format!("\"{before}\"");
    let head = [("if-match", tag.as_str())];
    let read = reading(&house.json(&token, &format!("{place}/read"), &[], &json!({"text": REPORT})).await);
    let held = find(&read["held"], "metastasis.peritoneum")["key"].as_str().expect("a key").to_string();
    let good = find(&read["proposed"], "metastasis.liver")["key"].as_str().expect("a key").to_string();
    for (what, body) in [
        ("another value", json!({"text": REPORT, "take": [{"key": "tumour.grade@0-4"}]})),
        ("what is doubted", json!({"text": REPORT, "take": [{"key": held}]})),
        ("another text", json!({"text": "Geen.", "take": [{"key": good}]})),
        ("nothing", json!({"text": REPORT, "take": []})),
        ("no text", json!({"text": " ", "take": [{"key": good}]})),
        ("a strange kind", json!({"text": REPORT, "kind": "poem", "take": [{"key": good}]})),
        ("control characters", json!({"text": "Geen\u{0}levermetastasen.", "take": [{"key": good}]})),
        (
            "a replacement of something else",
            json!({"text": REPORT, "take": [{"key": good,
            "instead": "00000000-0000-0000-0000-000000000000"}]}),
        ),
    ] {
        let answer = house.json(&token, &place, &head, &body).await;
        assert_eq!(answer.status, 422, "{what}: {}", answer.body);
        assert!(!answer.body.contains("levermetastasen"), "no words of the report in an error");
    }
    let long = json!({"text": "Geen levermetastasen. ".repeat(20_000), "take": [{"key": good}]});
    assert_eq!(house.json(&token, &place, &head, &long).await.status, 422, "too long");
    let stale = json!({"text": REPORT, "take": [{"key": good}]});
    let answer = house.json(&token, &place, &[("if-match", "\"99\"")], &stale).await;
    assert_eq!(answer.status, 409);
    assert_eq!(house.revision().await, before);
    let page = house.get(&token, &format!("/patients/{patient}")).await;
    assert!(!page.body.contains("/reports/"), "no report was kept either");
    // The same words of another patient are another patient's.
    let made = house.json(&token, "/api/v1/patients", &[], &json!({"name": "Ander"})).await.json();
    let other = made["id"].as_str().expect("an id");
    let done = house.json(&token, &place, &head, &stale).await;
    assert_eq!(done.status, 201, "{}", done.body);
    let document = done.json()["document"].as_str().expect("an id").to_string();
    let foreign = house.get(&token, &format!("/api/v1/patients/{other}/reports/{document}")).await;
    assert_eq!(foreign.status, 404);
}
