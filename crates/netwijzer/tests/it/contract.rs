//! What outsiders rely on: JSON, exit codes, order, dates, conventions.

use crate::{DEMO, folder, knowledge, run, run_with, write};
use serde_json::{Value, json};

fn conclusion<'v>(case: &'v Value, id: &str) -> &'v Value {
    case["conclusions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["id"] == id)
        .unwrap_or_else(|| panic!("no {id}"))
}

#[test]
fn the_demo_case_keeps_its_contract() {
    let at = folder("demo");
    let ran = run(&["assess", "--format", "json", &write(&at, "demo.yaml", DEMO)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let cases = ran.json();
    assert_eq!(cases.len(), 1);
    let case = &cases[0];
    assert_eq!(case["case"], "demo-ileum");
    assert_eq!(case["asOf"], "2026-03-10");
    assert_eq!(case["guideline"]["id"], "gep-net");
    assert!(case["guideline"]["digest"].as_str().unwrap().starts_with("sha256:"));
    assert!(case["disclaimer"].as_str().unwrap().contains("not a certified medical device"));

    let grade = conclusion(case, "tumour.grade");
    assert_eq!(grade["status"], "concluded");
    assert_eq!(grade["value"], "G2");
    assert_eq!(grade["possible"], json!(["G2"]));
    assert_eq!(grade["convention"], Value::Null);
    assert_eq!(grade["confirmed"], false);
    assert_eq!(grade["settle"], json!([]));
    let because = &grade["because"][0];
    assert_eq!(because["table"], "tumour.grade/digestive");
    assert!(because["row"].is_string());
    assert_eq!(
        because["facts"][0],
        json!({"id": "tumour.ki67", "value": "4 %", "origin": null, "date": null})
    );
    assert!(!because["sources"].as_array().unwrap().is_empty());
    assert!(grade["sufficient"].as_array().unwrap().contains(&json!("tumour.ki67")));

    // The depth is not known, so T is a set, with a conventional value beside it and the fact that settles it.
    let t = conclusion(case, "tnm.uicc8.t");
    assert_eq!(t["status"], "undetermined");
    assert_eq!(t["value"], Value::Null);
    assert_eq!(t["possible"], json!(["T2", "T3", "T4"]));
    assert_eq!(t["settle"], json!([["tumour.invasion"]]));
    let n = conclusion(case, "tnm.uicc8.n");
    assert_eq!(n["convention"]["value"], "N1");
    assert!(!n["convention"]["names"].as_array().unwrap().is_empty());

    let gastric = conclusion(case, "gastric.type");
    assert_eq!(gastric["status"], "not-applicable");
    assert_eq!(gastric["possible"], json!(["not-applicable"]));
    assert!(gastric["because"][0]["text"]["nl"].is_string());

    let question = &case["questions"][0];
    assert!(question["settles"].as_array().unwrap().iter().any(|c| c.as_str().unwrap().starts_with("tnm.")));
    assert!(question["holder"].is_string() && question["question"]["nl"].is_string());
    // Notes are notes, not conclusions, and hidden steps stay hidden.
    assert!(
        case["conclusions"]
            .as_array()
            .unwrap()
            .iter()
            .all(|c| !c["id"].as_str().unwrap().starts_with("note."))
    );
    assert!(case["conclusions"].as_array().unwrap().iter().all(|c| c["id"] != "grading.scheme"));
    assert!(
        case["notes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|n| n["code"] == "read-as" && n["text"].as_str().unwrap().contains("14 mm"))
    );
}

#[test]
fn hidden_steps_are_shown_on_request() {
    let ran = run_with(&["assess", "-", "--format", "json", "--all"], DEMO.as_bytes(), &[]);
    assert_eq!(conclusion(&ran.json()[0], "grading.scheme")["value"], "digestive");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let once = run_with(&["assess", "-", "--format", "json"], DEMO.as_bytes(), &[]);
    let twice = run_with(&["assess", "-", "--format", "json"], DEMO.as_bytes(), &[]);
    assert_eq!(once.out, twice.out);
}

#[test]
fn a_conflict_is_shown_and_ends_with_one() {
    let text = "facts:\n  primary.site: pancreas\n  tumour.differentiation: poor\n  tumour.ki67: 15 %\n  tumour.mitoses: 10 /2mm2\n";
    let ran = run_with(&["assess", "-", "--format", "json"], text.as_bytes(), &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let case = &ran.json()[0];
    let grade = conclusion(case, "tumour.grade");
    assert_eq!(grade["status"], "conflict");
    assert_eq!(grade["possible"], json!([]));
    assert!(grade["conflict"].as_array().unwrap().contains(&json!("tumour.ki67")));
    let contradiction = &case["contradictions"][0];
    assert!(contradiction["rule"].is_string() && !contradiction["text"].as_str().unwrap().is_empty());
    let ran = run_with(&["assess", "-"], text.as_bytes(), &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("Facts that contradict each other") && ran.out.contains("15 %"), "{}", ran.out);
}

#[test]
fn order_is_kept_over_files_folders_and_documents() {
    let at = folder("order");
    let case = |id: &str| format!("case: {id}\nfacts: {{primary.site: ileum}}\n");
    write(&at, "dir/b.yaml", format!("{}---\n{}", case("b1"), case("b2")));
    write(&at, "dir/a.json", r#"{"case": "a", "facts": {"tumour.ki67": "4 %"}}"#);
    write(&at, "dir/sub/c.yml", case("c"));
    write(
        &at,
        "dir/d.jsonl",
        "{\"case\":\"d1\",\"facts\":{}}\n\n{\"case\":\"d2\",\"facts\":{\"tumour.ki67\":4}}\n",
    );
    write(&at, "dir/readme.txt", "not a case");
    let last = write(&at, "z.yaml", case("z"));
    let dir = at.join("dir").to_str().unwrap().to_string();
    let ran = run_with(&["assess", "--format=json", &last, &dir, "-"], case("stdin").as_bytes(), &[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let names: Vec<String> = ran.json().iter().map(|c| c["case"].as_str().unwrap().to_string()).collect();
    assert_eq!(names, ["z", "a", "b1", "b2", "d1", "d2", "c", "stdin"]);
}

#[test]
fn values_keep_the_text_that_was_written() {
    let yaml = "facts:\n  primary.site: ileum\n  tumour.ki67: 1.10\n  tumour.mitoses: 0 /2mm2\n  metastasis.distant: no\n";
    let json = r#"{"facts": {"primary.site": "ileum", "tumour.ki67": 1.10, "tumour.mitoses": "0 /2mm2", "metastasis.distant": false}}"#;
    let pretty = "{\n  \"facts\": {\n    \"primary.site\": \"ileum\",\n    \"tumour.ki67\": 1.10,\n    \"tumour.mitoses\": \"0 /2mm2\",\n    \"metastasis.distant\": false\n  }\n}\n";
    for text in [yaml, json, pretty] {
        let ran = run_with(&["assess", "-", "--format", "json"], text.as_bytes(), &[]);
        assert_eq!(ran.code, 0, "{text}: {}", ran.err);
        let case = &ran.json()[0];
        let grade = conclusion(case, "tumour.grade");
        assert_eq!(grade["value"], "G1");
        assert_eq!(grade["because"][0]["facts"][0]["value"], "1.10");
        assert_eq!(conclusion(case, "tnm.uicc8.m")["value"], "M0");
    }
}

#[test]
fn alternatives_ranges_states_and_observations_are_understood() {
    let text = "\
case: many
as-of: 2026-03-10
facts:
  primary.site: [ileum, jejunum]
  tumour.differentiation: goed gedifferentieerd
  tumour.ki67:
    - {value: 2-5 %, date: 2026-02-01, origin: biopsy}
    - {value: 4 %, date: 2026-03-01, origin: resection, text: \"Ki-67 4%\"}
    - {value: 30 %, date: 2026-05-01, origin: later}
  tumour.mitoses: [\"1,2 /2mm2\", 1.4 /2mm2]
  tumour.size: not-done
  metastasis.distant:
";
    let ran = run_with(
        &["assess", "-", "--format", "json"],
        text.replace("goed gedifferentieerd", "well").as_bytes(),
        &[],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let case = &ran.json()[0];
    let grade = conclusion(case, "tumour.grade");
    assert_eq!(grade["value"], "G2");
    let origins: Vec<&str> = grade["because"][0]["facts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|f| f["origin"].as_str())
        .collect();
    assert_eq!(origins, ["biopsy", "resection: “Ki-67 4%”"]);
    assert!(case["notes"].as_array().unwrap().iter().any(|n| n["code"] == "later-than-as-of"));
    // As of a later day the two results contradict each other.
    let ran = run_with(
        &["assess", "-", "--as-of", "2026-06-01"],
        text.replace("goed gedifferentieerd", "well").as_bytes(),
        &[],
    );
    assert_eq!(ran.code, 1);
}

#[test]
fn what_was_known_then_can_be_replayed() {
    let text = "facts:\n  primary.site: ileum\n  tumour.mitoses: 0 /2mm2\n  tumour.ki67: {value: 4 %, date: 2026-01-05, known: 2026-01-20}\n";
    let grade = |options: &[&str]| {
        let mut args = vec!["assess", "-", "--format", "json"];
        args.extend(options);
        let ran = run_with(&args, text.as_bytes(), &[]);
        conclusion(&ran.json()[0], "tumour.grade")["status"].as_str().unwrap().to_string()
    };
    assert_eq!(grade(&[]), "concluded");
    assert_eq!(grade(&["--known-by", "2026-01-10"]), "undetermined");
    assert_eq!(grade(&["--known-by", "2026-01-20"]), "concluded");
    assert_eq!(grade(&["--as-of", "2026-01-01"]), "undetermined");
}

#[test]
fn conventions_can_be_switched_off() {
    let text = "facts:\n  primary.site: ileum\n  tumour.differentiation: well\n  tumour.ki67: 1 %\n";
    let convention = |options: &[&str]| {
        let mut args = vec!["assess", "-", "--format", "json"];
        args.extend(options);
        let ran = run_with(&args, text.as_bytes(), &[]);
        conclusion(&ran.json()[0], "tumour.grade")["convention"].clone()
    };
    let on = convention(&[]);
    assert_eq!(on["value"], "G1");
    let name = on["names"][0].as_str().unwrap().to_string();
    assert_eq!(convention(&["--without-convention", &name]), Value::Null);
    assert_eq!(convention(&["--no-conventions"]), Value::Null);
    let ran = run_with(&["assess", "-", "--without-convention", &format!("{name}x")], text.as_bytes(), &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains(&format!("did you mean `{name}`?")), "{}", ran.err);
}

#[test]
fn a_knowledge_folder_can_be_used_instead() {
    let folder_given = knowledge();
    let inside = run_with(&["assess", "-", "--format", "json"], DEMO.as_bytes(), &[]);
    let given =
        run_with(&["assess", "-", "--format", "json", "--guideline", &folder_given], DEMO.as_bytes(), &[]);
    assert_eq!(inside.out, given.out, "{}", given.err);
}

#[test]
fn knowledge_with_errors_is_refused() {
    let at = folder("broken-knowledge");
    write(&at, "vocabulary/a.toml", "[[fact]]\nid = \"x\"\n");
    write(
        &at,
        "guidelines/g/guideline.toml",
        "id = \"g\"\nedition = \"1\"\nen = \"G\"\nnl = \"G\"\nchapters = []\n",
    );
    let ran = run_with(&["assess", "-", "--guideline", at.to_str().unwrap()], DEMO.as_bytes(), &[]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("error[bad-toml]") && ran.err.contains("not used for patients"), "{}", ran.err);
    let ran = run(&["check", "--format", "json", "--guideline", at.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    let first = &ran.json()[0];
    assert_eq!(first["level"], "error");
    assert_eq!(first["file"], "vocabulary/a.toml");
    assert_eq!(first["line"], 1);
    let told = json!({"en": "`type` is missing", "nl": "`type` ontbreekt"});
    assert!(ran.json().iter().any(|finding| finding["message"] == told), "{}", ran.out);
    for (language, message, help) in
        [("en", "`type` is missing", "add `type = "), ("nl", "`type` ontbreekt", "voeg `type = ")]
    {
        let ran = run(&["check", "--lang", language, "--guideline", at.to_str().unwrap()]);
        assert!(ran.out.contains(message) && ran.out.contains(help), "{}", ran.out);
    }
    let ran = run(&["assess", "-", "--guideline", at.join("nowhere").to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}

/// Two conventions about one unknown fact, of which both hold for a tumour that is well differentiated and large.
const CLASHING: [(&str, &str); 4] = [
    (
        "vocabulary/a.toml",
        r#"
[[fact]]
id = "speed"
type = "yes-no"
holder = "clinic"
en = "Fast"
nl = "Snel"
question = { en = "Is it fast?", nl = "Is hij snel?" }
[[fact]]
id = "well"
type = "yes-no"
holder = "clinic"
en = "Well differentiated"
nl = "Goed gedifferentieerd"
question = { en = "Is it?", nl = "Is hij dat?" }
[[fact]]
id = "large"
type = "yes-no"
holder = "clinic"
en = "Large"
nl = "Groot"
question = { en = "Is it?", nl = "Is hij dat?" }
[[conclusion]]
id = "pace"
type = "yes-no"
en = "Pace"
nl = "Tempo"
"#,
    ),
    ("sources.toml", "[[source]]\nkey = \"s\"\ntitle = \"S\"\n"),
    (
        "guidelines/g/guideline.toml",
        "id = \"g\"\nedition = \"1\"\nvalid-from = \"2026-01-01\"\nen = \"G\"\nnl = \"G\"\nchapters = [\"g.md\"]\n",
    ),
    (
        "guidelines/g/g.md",
        r#"---
id: g
en: G
nl: G
---

# G

## Conventions / Conventies

> **Convention** well-is-slow: a well differentiated tumour is taken to be slow
> nl: een goed gedifferentieerde tumor geldt als langzaam
> when missing speed and well = yes
> assume speed = no
> for pace
> source: s

> **Convention** large-is-fast: a large tumour is taken to be fast
> nl: een grote tumor geldt als snel
> when missing speed and large = yes
> assume speed = yes
> for pace
> source: s

### Table pace
- kind: unique
- en: Pace
- nl: Tempo
- source: s
- mark: GK

| row | speed | pace |
|-----|-------|------|
| a   | yes   | yes  |
| b   | no    | no   |
"#,
    ),
];

#[test]
fn conventions_that_contradict_each_other_are_named() {
    let at = folder("clashing-knowledge");
    CLASHING.iter().for_each(|(name, text)| {
        write(&at, name, text);
    });
    let at = at.to_str().unwrap();
    let case = b"case: a\nfacts:\n  well: yes\n  large: yes\n";
    let ran = run_with(&["assess", "-", "--format", "json", "--guideline", at], case, &[]);
    let answer = &ran.json()[0];
    let clash = &answer["conventionClashes"][0];
    assert_eq!(clash["convention"]["id"], "large-is-fast", "{}", ran.err);
    assert_eq!(clash["against"][0]["title"]["nl"], "een goed gedifferentieerde tumor geldt als langzaam");
    assert_eq!(clash["conclusions"], serde_json::json!(["pace"]));
    assert_eq!(answer["conclusions"][0]["convention"]["value"], "no");
    for (language, heading, joint) in [
        ("en", "Conventions that contradict each other", "gives way to"),
        ("nl", "Afspraken die elkaar tegenspreken", "wijkt voor"),
    ] {
        let ran = run_with(&["assess", "-", "--lang", language, "--guideline", at], case, &[]);
        let text = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = text.find(heading).map(|at| &text[at..]).unwrap_or_default();
        assert!(found.contains("[large-is-fast]") && found.contains(joint), "{}", ran.out);
        assert!(found.contains("[well-is-slow]"), "{}", ran.out);
    }
    let alone = run_with(&["assess", "-", "--guideline", at], b"case: a\nfacts:\n  well: yes\n", &[]);
    assert!(!alone.out.contains("contradict") && !alone.out.contains("tegenspreken"), "{}", alone.out);
}

#[test]
fn the_shipped_knowledge_is_proved() {
    let ran = run(&["check", "--format", "json"]);
    let errors: Vec<_> = ran.json().into_iter().filter(|d| d["level"] == "error").collect();
    assert_eq!((ran.code, errors), (0, vec![]));
}

#[test]
fn the_dictionary_lists_every_id_with_both_languages() {
    let ran = run(&["facts", "--format", "json"]);
    assert_eq!(ran.code, 0);
    let entries = ran.json();
    let find = |id: &str| entries.iter().find(|e| e["id"] == id).unwrap_or_else(|| panic!("no {id}")).clone();
    for id in [
        "primary.site",
        "tumour.differentiation",
        "tumour.ki67",
        "tumour.mitoses",
        "tumour.size",
        "tumour.invasion",
        "nodes.regional.positive",
        "metastasis.liver",
        "metastasis.extrahepatic",
        "reported.grade",
        "reported.t",
        "reported.n",
        "reported.m",
        "reported.stage",
        "reported.tnm.edition",
    ] {
        let fact = find(id);
        assert_eq!(fact["kind"], "fact");
        assert!(fact["label"]["nl"].is_string() && fact["question"]["en"].is_string(), "{id}");
    }
    for id in [
        "tumour.entity",
        "tumour.grade",
        "tnm.uicc8.t",
        "tnm.ajcc8.n",
        "tnm.ajcc9.stage",
        "gastric.type",
        "function.syndrome",
    ] {
        assert_eq!(find(id)["kind"], "conclusion", "{id}");
    }
    assert_eq!(find("tumour.ki67")["unit"], "%");
    let ran = run(&["facts", "ki67", "--lang", "nl"]);
    assert!(ran.out.contains("tumour.ki67") && ran.out.contains("Ki-67-index"), "{}", ran.out);
    assert_eq!(run(&["facts", "zzzz"]).code, 2);
}

#[test]
fn a_word_that_names_no_fact_may_be_a_value_of_one() {
    let found = run(&["facts", "mesorectum", "--lang", "en"]);
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(found.out.contains("tumour.invasion"), "{}", found.out);
    let nothing = run(&["facts", "no-such-word", "--lang", "en"]);
    assert_eq!(nothing.code, 2, "{}", nothing.out);
}
