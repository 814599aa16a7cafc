//! Invented cohorts and whole tables, as their users run them.

use std::fs;

use crate::{folder, run};

#[test]
fn a_cohort_is_drawn_and_answered() {
    let folder = folder("registry-run");
    let path = |name: &str| folder.join(name).display().to_string();
    let drawn = run(&["synth", "-n", "60", "--seed", "7", "--out", &path("cohort.csv"), "--lang", "nl"]);
    assert_eq!(drawn.code, 0, "{}", drawn.err);
    assert!(
        drawn.out.contains("60 verzonnen patiënten") && drawn.out.contains("startgetal 7"),
        "{}",
        drawn.out
    );
    let (input, output) = (path("cohort.csv"), path("out.csv"));
    let done = run(&["batch", &input, "--out", &output, "--only", "tumour.grade", "--lang", "nl"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.out.contains("60 van 60 rijen") && done.out.contains("geen gecertificeerd medisch hulpmiddel"),
        "{}",
        done.out
    );
    let text = fs::read_to_string(folder.join("out.csv")).unwrap();
    assert!(text.lines().next().unwrap().ends_with(
        "tumour.grade,tumour.grade:status,tumour.grade:possible,tumour.grade:conventional,tumour.grade:convention,tumour.grade:because"
    ));
    assert_eq!(text.lines().count(), 61);
    let about = fs::read_to_string(folder.join("out.csv.about.json")).unwrap();
    let about: serde_json::Value = serde_json::from_str(&about).unwrap();
    assert!(about["netwijzer.digest"].as_str().unwrap().starts_with("sha256:"), "{about}");
    assert_eq!(about["run"]["answered"], 60);
}

#[test]
fn answers_are_counted() {
    let folder = folder("registry-count");
    let path = |name: &str| folder.join(name).display().to_string();
    let rows = "primary.site,tumour.differentiation,tumour.ki67\n";
    let rows = format!("{rows}ileum,well,1\nileum,well,1\nileum,well,\nileum,well,55\nileum,well,x\n");
    fs::write(folder.join("in.csv"), rows).unwrap();
    let (input, reject) = (path("in.csv"), path("rejects.csv"));
    let asked = ["batch", &input, "--count", "--only", "tumour.grade", "--reject", &reject];
    let dutch = run(&[&asked[..], &["--lang", "nl"]].concat());
    assert_eq!(dutch.code, 1, "{}{}", dutch.out, dutch.err);
    let lines: Vec<&str> = dutch.out.lines().collect();
    assert_eq!(lines[0], "Graad · tumour.grade");
    assert!(lines[1].contains("3   75,0 %  Nog open: ") && lines[1].contains(" of G3"), "{}", dutch.out);
    assert!(lines[2].ends_with("1   25,0 %  G3"), "{}", dutch.out);
    assert!(dutch.out.contains("1 rijen waren niet te lezen") && dutch.out.contains("medisch hulpmiddel"));
    assert!(fs::read_to_string(folder.join("rejects.csv")).unwrap().contains("5,tumour.ki67,x,"));
    let json = run(&[&asked[..], &["--format", "json"]].concat());
    let mut counts: Vec<serde_json::Value> =
        json.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let about = counts.pop().unwrap();
    assert!(about["netwijzer.digest"].as_str().unwrap().starts_with("sha256:"), "{about}");
    assert_eq!((&about["run"]["rows"], &about["run"]["rejected"]), (&5.into(), &1.into()));
    assert_eq!(counts.iter().map(|c| c["rows"].as_u64().unwrap()).sum::<u64>(), 4);
    let written = run(&[&asked[..], &["--out", &path("counts.csv"), "--lang", "en"]].concat());
    assert!(written.out.contains("4 of 5 rows counted for 1 conclusions"), "{}", written.out);
    let text = fs::read_to_string(folder.join("counts.csv")).unwrap();
    assert!(
        text.starts_with("conclusion,value,status,possible,")
            && text.contains("tumour.grade,G3,concluded,G3,")
    );
}

#[test]
fn a_whole_guideline_leaves_out_what_practice_says_unless_asked() {
    let folder = folder("registry-whole");
    let path = |name: &str| folder.join(name).display().to_string();
    fs::write(folder.join("in.csv"), "primary.site,tumour.ki67\nileum,2\nrectum,\n").unwrap();
    let (input, output) = (path("in.csv"), path("out.csv"));
    let done = run(&["batch", &input, "--out", &output, "--lang", "nl"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("Wat de praktijk naast de verzamelingen zegt"), "{}", done.out);
    let head = |text: &str| text.lines().next().unwrap().to_string();
    let text = head(&fs::read_to_string(folder.join("out.csv")).unwrap());
    assert!(text.contains("tumour.grade:because") && !text.contains("tumour.grade:conventional"), "{text}");
    let done = run(&["batch", &input, "--out", &output, "--columns", "conventional", "--lang", "nl"]);
    assert!(!done.out.contains("Wat de praktijk"), "{}", done.out);
    assert!(head(&fs::read_to_string(folder.join("out.csv")).unwrap()).contains("tumour.grade:conventional"));
}

#[test]
fn bad_rows_are_told_and_the_rest_is_done() {
    let folder = folder("registry-bad");
    let path = |name: &str| folder.join(name).display().to_string();
    fs::write(folder.join("in.csv"), "primary.site,tumour.ki67\nileum,2\nilium,2\nrectum,4 mm\n").unwrap();
    let (input, output) = (path("in.csv"), path("out.jsonl"));
    let done = run(&["batch", &input, "--out", &output, "--only", "tumour.grade", "--lang", "nl"]);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    let rejects = fs::read_to_string(folder.join("out.jsonl.rejects.csv")).unwrap();
    let lines: Vec<&str> = rejects.lines().collect();
    assert_eq!(lines.len(), 3, "{rejects}");
    assert!(lines[1].starts_with("2,primary.site,ilium,") && lines[1].contains("ileum"), "{rejects}");
    assert!(lines[1].contains("is geen waarde van"), "the reject file speaks Dutch: {rejects}");
    assert!(lines[2].starts_with("3,tumour.ki67,4 mm,"), "{rejects}");
    assert_eq!(fs::read_to_string(folder.join("out.jsonl")).unwrap().lines().count(), 1);
}

#[test]
fn what_cannot_be_done_says_why() {
    let folder = folder("registry-refused");
    let path = |name: &str| folder.join(name).display().to_string();
    fs::write(folder.join("in.csv"), "a,b\n1,2\n").unwrap();
    let refused = run(&["batch", &path("in.csv"), "--out", &path("out.csv"), "--lang", "en"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("--suggest-mapping"), "{}", refused.err);
    let refused = run(&["batch", &path("in.csv"), "--out", &path("out.xlsx"), "--lang", "nl"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("`.parquet`, `.csv` of `.jsonl`"), "{}", refused.err);
    let refused = run(&["batch", &path("missing.csv"), "--out", &path("out.csv"), "--lang", "en"]);
    assert_eq!(refused.code, 3, "{}", refused.err);
    let suggested = run(&["batch", "--suggest-mapping", &path("in.csv"), "--lang", "en"]);
    assert!(suggested.out.contains("No fact was found for: a, b"), "{}", suggested.out);
}
