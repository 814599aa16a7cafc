//! `leaflet`: names that are no names, cases that are no cases, and documents where they belong.

use std::fs;

use super::{folder, run, run_with};

const CONFLICT: &str = "case: clash\nas-of: 2026-03-10\nfacts:\n  tumour.differentiation: poor\n  tumour.cell-type: small\n  tumour.ki67: 5 %\n  tumour.mitoses: 1 /2mm2\n  primary.site: ileum\n";
const PLAIN: &str =
    "case: plain\nas-of: 2026-03-10\nfacts:\n  primary.site: ileum\n  tumour.differentiation: well\n";

#[test]
fn a_name_that_is_none_is_answered_with_the_nearest() {
    let ran = run_with(&["leaflet", "-", "--document", "persoal", "--lang", "en"], PLAIN.as_bytes(), &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `personal`?"), "{}", ran.err);
    let ran = run(&["leaflet", "--topic", "medicin", "--lang", "nl"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("bedoelde u `medicine`?"), "{}", ran.err);
    let ran = run(&["leaflet", "--topic", "medicine/prtr", "--lang", "en"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `prrt`?"), "{}", ran.err);
    let ran = run_with(&["assess", "-", "--format", "pdf", "--lang", "en"], PLAIN.as_bytes(), &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("pdf is for documents"), "{}", ran.err);
}

#[test]
fn contradicting_facts_make_a_leaflet_that_says_so() {
    let ran = run_with(&["leaflet", "-", "--format", "json", "--lang", "en"], CONFLICT.as_bytes(), &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let said = ran.json();
    assert_eq!(said[0]["conflict"], true);
    assert_eq!(said[0]["date"], "2026-03-10");
    assert!(ran.out.contains("contradict each other"), "{}", ran.out);
}

#[test]
fn a_bad_case_does_not_stop_the_others() {
    let text = format!(
        "{PLAIN}---\ncase: bad\nfacts:\n  tumour.ki67: 4 mm\n---\n{}",
        PLAIN.replace("plain", "last")
    );
    let ran = run_with(&["leaflet", "-", "--format", "json", "--lang", "nl"], text.as_bytes(), &[]);
    assert_eq!(ran.code, 2);
    let cases: Vec<String> = ran.json().iter().map(|l| l["case"].as_str().unwrap().to_string()).collect();
    assert_eq!(cases, ["plain", "last"]);
}

#[test]
fn every_case_gets_a_file_of_its_own() {
    let folder = folder("leaflets");
    let bad = "case: bad\nfacts:\n  tumour.ki67: 4 mm\n";
    let text = format!("{PLAIN}---\n{bad}---\n{PLAIN}");
    let out = folder.to_str().unwrap();
    let args = ["leaflet", "-", "--format", "pdf", "--document", "questions", "--lang", "nl", "--out", out];
    let ran = run_with(&args, text.as_bytes(), &[]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let names = ["plain-questions-nl.pdf", "plain-questions-nl-2.pdf"];
    let told: Vec<usize> = names.iter().map(|name| ran.out.find(name).unwrap_or(usize::MAX)).collect();
    assert!(told.is_sorted() && told[1] < usize::MAX, "{}", ran.out);
    for name in names {
        assert!(fs::read(folder.join(name)).unwrap().starts_with(b"%PDF"), "{name}");
    }
}

#[test]
fn both_languages_choose_the_same() {
    let chosen = |language: &str| {
        let ran = run_with(&["leaflet", "-", "--format", "json", "--lang", language], PLAIN.as_bytes(), &[]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let line = ran.json().remove(0);
        let topics = line["topics"].as_array().unwrap().clone();
        topics
            .iter()
            .map(|t| (t["conclusion"].clone(), t["value"].clone(), t["basis"].clone()))
            .collect::<Vec<_>>()
    };
    let (english, dutch) = (chosen("en"), chosen("nl"));
    assert!(english.len() > 10);
    assert_eq!(english, dutch);
}

#[test]
fn what_two_parts_say_alike_is_told_once() {
    let heads = |case: &str| {
        let ran = run_with(&["leaflet", "-", "--format", "html", "--lang", "nl"], case.as_bytes(), &[]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        [">Een second opinion</h", ">Kenniscentra</h"].map(|head| ran.out.matches(head).count())
    };
    assert_eq!(heads(PLAIN), [1, 1]);
    // Somebody of whom no disease is known yet reads what is told to everybody.
    assert_eq!(heads("case: open\nas-of: 2026-03-10\nfacts:\n  primary.site: ileum\n"), [1, 1]);
}

#[test]
fn what_a_topic_rests_on_is_named_by_number_and_stands_once() {
    let ran = run_with(&["leaflet", "-", "--format", "html", "--lang", "nl"], PLAIN.as_bytes(), &[]);
    assert!(
        ran.out.contains("Dit geldt als punt ") && ran.out.contains("Waar wij van uitgingen"),
        "{}",
        ran.out
    );
    assert_eq!(ran.out.matches(">Waar wij van uitgingen</h2>").count(), 1);
}

#[test]
fn the_decision_aid_names_what_is_still_open() {
    let small = "case: small\nas-of: 2026-03-10\nfacts:\n  primary.site: pancreas\n  tumour.size: 12 mm\n  \
        tumour.differentiation: well\n  tumour.ki67: 1 %\n  metastasis.distant: no\n  nodes.suspect: no\n  \
        resection.status: none\n";
    let aid = |case: &str| {
        let args = ["leaflet", "-", "--document", "decision-aid", "--lang", "en"];
        run_with(&args, case.as_bytes(), &[]).out
    };
    // A few open ones stand among the others, and say that they are open.
    let said = aid(small);
    let removal =
        said.find("Taking only the small tumour out of the pancreas").expect("the option is laid out");
    assert!(said[removal..].contains("It is not known yet whether this fits you."), "{said}");
    assert!(said.contains("Of some treatments it is not known yet whether they fit you."), "{said}");
    // Of a record with next to nothing in it nearly all would be open: no names.
    let said = aid("case: bare\nas-of: 2026-03-10\nfacts:\n  primary.site: pancreas\n");
    assert!(said.contains("For some other treatments it is not yet known"), "{said}");
}
