//! The demo cases of the knowledge folder, each as a clinician would expect it.
//!
//! `examples-expected.json` holds the main conclusions of every case, reviewed by hand against the clinical dossier; run with
//! `NW_BLESS=1` to write it anew, and then read the difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::{knowledge, run};

/// What is recorded of one conclusion: its status with its value, set or conventional value.
fn told(conclusion: &Value) -> Value {
    let mut told = match conclusion["status"].as_str().unwrap() {
        "concluded" => conclusion["value"].clone(),
        "undetermined" if conclusion["value"].is_array() => {
            json!({"certain": conclusion["value"], "possible": conclusion["possible"]})
        }
        "undetermined" => json!({"possible": conclusion["possible"]}),
        status => json!(status),
    };
    if conclusion["convention"].is_object() {
        told["convention"] = conclusion["convention"]["value"].clone();
    }
    told
}

#[test]
fn every_example_comes_out_as_reviewed() {
    let folder = Path::new(&knowledge()).join("examples");
    let expected_at = Path::new(&knowledge()).join("examples-expected.json");
    let ran = run(&["assess", "--format", "json", folder.to_str().unwrap()]);
    assert!(ran.code <= 1, "{}", ran.err);
    assert_eq!(ran.err, "");
    let cases = ran.json();
    assert!(cases.len() >= 36, "only {} examples", cases.len());
    let mut found: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for case in &cases {
        let conclusions = case["conclusions"].as_array().unwrap();
        // What does not apply is left out, or every case would list all organs.
        let lines = conclusions.iter().filter(|c| c["status"] != "not-applicable");
        let mut lines: BTreeMap<String, Value> =
            lines.map(|c| (c["id"].as_str().unwrap().to_string(), told(c))).collect();
        let notes: Vec<&Value> = case["notes"].as_array().unwrap().iter().map(|n| &n["code"]).collect();
        lines.insert("notes".to_string(), json!(notes));
        let again = found.insert(case["case"].as_str().unwrap().to_string(), lines);
        assert!(again.is_none(), "two examples are called {}", case["case"]);
    }
    if std::env::var_os("NW_BLESS").is_some() {
        fs::write(&expected_at, format!("{}\n", serde_json::to_string_pretty(&found).unwrap())).unwrap();
        return;
    }
    let expected: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_str(&fs::read_to_string(&expected_at).unwrap()).unwrap();
    for (case, lines) in &expected {
        let now = found.get(case).unwrap_or_else(|| panic!("the example {case} is gone"));
        for (id, value) in lines {
            assert_eq!(now.get(id), Some(value), "{case}: {id}");
        }
        assert_eq!(now.len(), lines.len(), "{case} has other conclusions");
    }
    assert_eq!(expected.len(), found.len());
}

#[test]
fn every_example_can_be_read_in_both_languages() {
    let folder = Path::new(&knowledge()).join("examples");
    for language in ["nl", "en"] {
        let ran = run(&["assess", "--lang", language, folder.to_str().unwrap()]);
        assert!(ran.code <= 1, "{}", ran.err);
        assert!(ran.out.len() > 10_000);
    }
}

#[test]
fn nothing_is_called_overdue_that_may_not_be_needed() {
    let folder = Path::new(&knowledge()).join("examples");
    let cases = run(&["assess", "--format", "json", folder.to_str().unwrap()]).json();
    let (mut overdue, mut perhaps) = (0, 0);
    for case in &cases {
        let drawn = |id: &Value| case["conclusions"].as_array().unwrap().iter().find(|c| c["id"] == *id);
        for item in case["due"].as_array().unwrap() {
            let certain = item["certain"] == true;
            perhaps += usize::from(!certain && item["status"] == "due");
            // What practice does not repeat is told with the conclusion, not among what is to be done again.
            let usual = drawn(&item["every"]).map(|c| &c["convention"]["value"]);
            assert!(usual.is_none_or(|usual| *usual != "none"), "{}: {}", case["case"], item["id"]);
            if item["status"] == "overdue" {
                overdue += 1;
                let usual = drawn(&item["every"]).is_some_and(|c| c["convention"].is_object());
                assert!(certain || usual, "{}: {}", case["case"], item["id"]);
            }
        }
    }
    assert!(overdue > 0 && perhaps > 0, "the examples have both: {overdue} {perhaps}");
}
