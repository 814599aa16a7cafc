//! What the tumour board writes and asks: three kinds of papers, four forms, two languages, in the name of a hospital.

use std::fs;

use crate::{knowledge, run};

fn example(name: &str) -> String {
    format!("{}/examples/{name}.yaml", knowledge())
}

fn settings() -> String {
    format!("{}/../docs/hospital.example.toml", knowledge())
}

#[test]
fn each_kind_says_what_it_is_for_in_both_languages() {
    let case = example("01-ileum-demo");
    for (kind, nl, en) in [
        ("mdt", "Het besluit, in te vullen door het overleg", "The decision, to be written by the meeting"),
        ("summary", "Wat ontbreekt, en wie het heeft", "Missing, and who has it"),
        ("requests", "Beslist", "Settles"),
    ] {
        for (language, words) in [("nl", nl), ("en", en)] {
            let ran = run(&["letter", &case, "--kind", kind, "--lang", language, "--settings", &settings()]);
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{kind} {language}");
            assert!(ran.out.contains(words), "{kind} {language}: {}", ran.out);
            assert!(ran.out.contains("Voorbeeldziekenhuis"), "{kind} {language}: {}", ran.out);
            let device =
                if language == "nl" { "Geen gecertificeerd medisch" } else { "Not a certified medical" };
            assert!(
                ran.out.contains(device) && ran.out.contains("sha256:"),
                "{kind} {language}: {}",
                ran.out
            );
        }
    }
}

#[test]
fn forms_are_a_page_a_pdf_and_json() {
    let (case, folder) = (example("02-ileum-complete"), crate::folder("letters"));
    let html = run(&["letter", &case, "--format", "html", "--lang", "nl"]);
    assert!(html.code == 0 && html.out.starts_with("<!doctype html>\n<html lang=\"nl\">"), "{}", html.err);
    let json = run(&["letter", &case, "--kind", "summary", "--format", "json"]).json();
    assert_eq!(json[0]["kind"], "summary");
    assert!(json[0]["paper"]["blocks"].as_array().is_some_and(|b| b.len() > 4));
    let out = folder.to_str().unwrap();
    let pdf = run(&["letter", &case, "--kind", "summary", "--format", "pdf", "--out", out, "--large-print"]);
    assert_eq!(pdf.code, 0, "{}", pdf.err);
    let made: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(fs::read(&made[0]).unwrap().starts_with(b"%PDF-"));
    let two = run(&["letter", &case, &example("01-ileum-demo"), "--format", "html"]);
    assert!(two.code == 2 && two.err.contains("--out"), "{}", two.err);
    let other = run(&["assess", &case, "--format", "html"]);
    assert!(other.code == 2, "only papers are pages: {}", other.out);
}

#[test]
fn a_contradiction_is_told_and_ends_with_one() {
    let ran = run(&["letter", &example("32-conflict-poor-low-ki67"), "--kind", "summary", "--lang", "en"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("These facts cannot be true together"), "{}", ran.out);
}

#[test]
fn settings_that_are_wrong_are_told_with_file_and_line() {
    let folder = crate::folder("settings");
    let file = folder.join("hospital.toml");
    fs::write(&file, "name = \"A\"\nlogo = \"logo.gif\"\nphon = \"012\"\n").unwrap();
    fs::write(folder.join("logo.gif"), b"GIF89a").unwrap();
    let path = file.to_str().unwrap();
    let ran = run(&["letter", &example("01-ileum-demo"), "--settings", path, "--lang", "nl"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("hospital.toml:2: logo: `logo.gif` kan het logo niet zijn: het is een GIF"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("hospital.toml:3: unknown-setting") && ran.err.contains("`phone`"),
        "{}",
        ran.err
    );
    let none = run(&["letter", &example("01-ileum-demo"), "--settings", "no-such.toml"]);
    assert!(none.code == 3 && none.err.contains("no-such.toml"), "{}", none.err);
}
