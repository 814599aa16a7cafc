//! The cases of `tests/import.json`: resources, and the facts, notes and issues they give, all complete; and
//! what they say of research.

use nw_facts::Language;
use nw_fhir::{Json, Limits, import, import_tree};

use super::shipped::{shipped, told};

fn texts(case: &Json, key: &str) -> Vec<String> {
    let mut all: Vec<String> =
        case.items_at(key).iter().filter_map(|j| j.text().map(str::to_string)).collect();
    all.sort();
    all
}

#[test]
fn each_case_gives_what_it_says_and_nothing_else() {
    let (vocabulary, mapping) = shipped();
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import.json")).expect("the cases");
    let cases = Json::read(&file, Limits::default()).expect("the cases are JSON");
    let mut wrong = Vec::new();
    assert!(cases.items().len() > 30, "cases went missing");
    for case in cases.items() {
        let found = import_tree(case.items_at("resources"), mapping, vocabulary);
        let mut notes: Vec<String> = found
            .notes
            .iter()
            .map(|n| {
                let count = if n.count == 1 { String::new() } else { format!(" × {}", n.count) };
                format!("{} {} {}", n.code.id(), n.element, n.detail).trim_end().to_string() + &count
            })
            .collect();
        notes.sort();
        let issues: Vec<String> =
            found.issues.iter().map(|i| format!("{} {}", i.severity.id(), i.code)).collect();
        let research = found.research.as_ref().map(|r| {
            let day = r.on.map_or(String::new(), |d| format!(" {d}"));
            format!("{}{day}", if r.objects { "objects" } else { "agrees" })
        });
        let found = (told(&found.facts), research, notes, issues);
        let said = case.text_at("research").map(str::to_string);
        let expected = (texts(case, "facts"), said, texts(case, "notes"), texts(case, "issues"));
        if found != expected {
            let name = case.text_at("case").unwrap_or("?");
            wrong.push(format!("{name}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_json_is_an_issue_with_its_place() {
    let (vocabulary, mapping) = shipped();
    for (text, code, place) in [
        ("{\"resourceType\":", "structure", Some("line 1, column 17")),
        ("\n{\"a\":1,\"a\":2}", "structure", Some("line 2, column 8")),
        (&"[".repeat(10_000), "too-costly", Some("line 1, column 66")),
    ] {
        let found = import(text.as_bytes(), mapping, vocabulary);
        assert!(found.refused());
        assert_eq!(found.issues[0].code, code);
        assert_eq!(found.issues[0].place.as_deref(), place);
        let outcome = found.outcome(Language::Nl);
        assert_eq!(outcome.text_at("resourceType"), Some("OperationOutcome"));
    }
}

#[test]
fn a_circle_of_references_ends() {
    let (vocabulary, mapping) = shipped();
    let text = r#"{"resourceType":"Bundle","type":"collection","entry":[
      {"fullUrl":"urn:uuid:a","resource":{"resourceType":"Medication","ingredient":[{"itemReference":{"reference":"urn:uuid:b"}}]}},
      {"fullUrl":"urn:uuid:b","resource":{"resourceType":"Medication","ingredient":[{"itemReference":{"reference":"urn:uuid:a"}}]}},
      {"fullUrl":"urn:uuid:c","resource":{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"9811-1"}]},"focus":[{"reference":"urn:uuid:c"}],"hasMember":[{"reference":"urn:uuid:c"}]}},
      {"resource":{"resourceType":"MedicationStatement","status":"active","medicationReference":{"reference":"urn:uuid:a"}}}]}"#;
    let found = import(text.as_bytes(), mapping, vocabulary);
    assert_eq!(found.resources, 4);
    assert!(found.facts.observations().is_empty());
}

#[test]
fn what_is_said_of_research_comes_back() {
    let (vocabulary, mapping) = shipped();
    let on = "2026-03-02".parse().ok();
    for (objects, on) in [(true, on), (false, on), (true, None), (false, None)] {
        let mut members = vec![("resourceType".to_string(), Json::from("Consent"))];
        members.extend(nw_fhir::consent("Patient/1", objects, on));
        let found = import_tree(&[Json::Map(members)], mapping, vocabulary);
        let research = found.research.expect("something is said");
        assert_eq!((research.objects, research.on), (objects, on));
        assert!(found.notes.is_empty() && found.issues.is_empty(), "{:?}", found.notes);
    }
}

#[test]
fn a_number_keeps_every_digit() {
    let (vocabulary, mapping) = shipped();
    let text = r#"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"9811-1"}]},
      "valueQuantity":{"value":101.1000000000000000001,"system":"http://unitsofmeasure.org","code":"ug/L"}}"#;
    let found = import(text.as_bytes(), mapping, vocabulary);
    assert_eq!(found.facts.observations()[0].text, "101.1000000000000000001 ug/L");
}
