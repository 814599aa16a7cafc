//! FHIR on the command line: answers become a case, and who objects to research is not delivered.

use std::fs;

use serde_json::{Value, json};

use crate::{folder, run, run_with, write};

#[test]
fn answers_become_a_case_and_come_back_as_answers() {
    let at = folder("fhir-answers");
    let form = run(&["fhir", "questionnaire", "--format", "json"]);
    assert_eq!(form.code, 0, "{}", form.err);
    let form: Value = serde_json::from_str(&form.out).unwrap();
    let item = |link: &str, answer: Value| json!({"linkId": link, "answer": [answer]});
    let absent = |code: &str| json!({"valueCoding": {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": code}});
    let sent = json!({"resourceType": "QuestionnaireResponse", "questionnaire": form["url"], "status": "completed",
    "authored": "2026-03-02", "item": [
        item("primary.site", json!({"valueCoding": {"system": "urn:netwijzer:value:primary.site", "code": "ileum"}})),
        item("tumour.ki67", json!({"valueQuantity": {"value": 4, "code": "%"}})),
        item("tumour.mitoses/absent", absent("not-performed")),
        item("tumour.size/absent", absent("unknown")),
        item("tumour.nothing", json!({"valueString": "geheim"})),
    ]});
    let sent = write(&at, "answers.json", sent.to_string());
    let (case, out) = (at.join("case.yaml"), at.join("case.yaml").display().to_string());
    let read = run(&["fhir", "import", &sent, "--case", &out, "--format", "json"]);
    assert_eq!(read.code, 0, "{}", read.err);
    let read: Value = serde_json::from_str(&read.out).unwrap();
    let values: Vec<_> = read["facts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["fact"].as_str().unwrap(), f["value"].as_str().unwrap()))
        .collect();
    let expected = [
        ("primary.site", "ileum"),
        ("tumour.ki67", "4 %"),
        ("tumour.mitoses", "not-done"),
        ("tumour.size", "unknown"),
    ];
    assert_eq!(values, expected);
    assert_eq!(read["notes"][0]["code"], "question-not-known");
    assert!(!read.to_string().contains("geheim"));
    // The case is one, and its answers are the same again.
    let assessed = run(&["assess", &out, "--only", "tumour.grade", "--format", "json"]);
    assert_eq!(assessed.code, 0, "{}", assessed.err);
    let again = run(&["fhir", "questionnaire", &out, "--format", "json", "--as-of", "2026-03-10"]);
    let again = run_with(&["fhir", "import", "-", "--format", "json"], again.out.as_bytes(), &[]);
    assert_eq!(again.json()[0]["facts"], read["facts"], "{}", fs::read_to_string(case).unwrap());
}

#[test]
fn who_objects_to_research_is_not_delivered_and_taken_back() {
    let at = folder("fhir-research");
    let bundle = |kind: &str| {
        json!({"resourceType": "Bundle", "type": "collection", "entry": [
            {"resource": {"resourceType": "Consent", "status": "active", "dateTime": "2026-03-02",
                "scope": {"coding": [{"code": "research"}]}, "provision": {"type": kind}}},
            {"resource": {"resourceType": "Observation", "status": "final",
                "code": {"coding": [{"system": "urn:netwijzer:fact", "code": "primary.site"}]},
                "valueCodeableConcept": {"coding": [{"system": "urn:netwijzer:value:primary.site", "code": "ileum"}]}}},
        ]})
    };
    let cases = at.join("cases");
    fs::create_dir_all(&cases).unwrap();
    for (name, kind, words) in [
        ("a", "deny", "Heeft bezwaar tegen onderzoek en registraties (2026-03-02)"),
        ("b", "permit", "Heeft geen bezwaar"),
    ] {
        let sent = write(&at, name, bundle(kind).to_string());
        let out = cases.join(format!("{name}.yaml")).display().to_string();
        let read = run(&["fhir", "import", &sent, "--case", &out, "--lang", "nl"]);
        assert!(read.code == 0 && read.out.contains(words), "{}{}", read.out, read.err);
        assert_eq!(read.err.contains("bezwaar"), name == "a", "an objection is said aloud: {}", read.err);
        // And it goes out again.
        let sent = run(&["fhir", "export", &out]);
        let back = run_with(&["fhir", "import", "-", "--format", "json"], sent.out.as_bytes(), &[]);
        let stance = if name == "a" { "objects" } else { "agrees" };
        assert_eq!(back.json()[0]["research"]["stance"], stance, "{}", back.out);
    }
    let (from, to, key) = (cases.display().to_string(), at.join("out"), at.join("key").display().to_string());
    let out = to.display().to_string();
    let done = run(&["deliver", "enets", &from, "--key", &key, "--out", &out, "--lang", "nl"]);
    assert!(
        done.code == 0 && done.out.contains("1 geleverd, 1 weggelaten, 1 teruggetrokken"),
        "{}{}",
        done.out,
        done.err
    );
    let table = fs::read_to_string(to.join("enets.csv")).unwrap();
    assert_eq!(table.lines().filter(|l| l.contains(",withdrawn")).count(), 1, "{table}");
    assert_eq!(
        table.lines().filter(|l| l.contains(",patient,") && l.contains("ileum")).count(),
        1,
        "{table}"
    );
    // A bundle for the registry of one who objects takes back as well.
    let one = run(&["fhir", "export", &cases.join("a.yaml").display().to_string(), "--profile", "nkr"]);
    assert!(
        one.code == 0 && one.out.contains("\"active\":false") && !one.out.contains("ileum"),
        "{}",
        one.out
    );
    let slip = run_with(&["assess", "-"], b"research: object\nfacts: {}\n", &[]);
    assert!(
        slip.code == 2 && slip.err.contains("bad-research") && slip.err.contains("`research: objects`"),
        "{}",
        slip.err
    );
}
