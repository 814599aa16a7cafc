//! `extract`: reports in and proposals out, with what cannot be read told and the others done.

use super::{folder, run, run_with, write};

const PATHOLOGY: &str = "Pathologie 12-03-2025\nConclusie: goed gedifferentieerde neuro-endocriene tumor van het ileum, Ki-67 4 %.\nGeen vaso-invasie.\n";
const IMAGING: &str = "CT abdomen 14-03-2025\nPrimaire tumor in het ileum van 18 mm.\n";

/// What a line of JSON proposes for a fact.
fn proposed<'j>(line: &'j serde_json::Value, fact: &str) -> Vec<&'j serde_json::Value> {
    let found = line["facts"].as_array().into_iter().flatten();
    found.filter(|f| f["fact"] == fact).map(|f| &f["value"]).collect()
}

#[test]
fn a_folder_is_its_reports_in_the_order_of_their_names() {
    let folder = folder("reports");
    write(&folder, "b.txt", IMAGING);
    write(&folder, "a/pathology.TXT", PATHOLOGY);
    write(&folder, "scan.pdf", b"%PDF-1.4");
    let ran = run(&["extract", folder.to_str().unwrap(), "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines = ran.json();
    assert_eq!(lines.len(), 2, "{}", ran.out);
    assert_eq!(proposed(&lines[0], "tumour.ki67"), ["4 %"], "{}", ran.out);
    assert_eq!(proposed(&lines[1], "tumour.size"), ["18 mm"], "{}", ran.out);
}

#[test]
fn what_cannot_be_read_is_told_and_the_others_are_done() {
    let folder = folder("reports-bad");
    let good = write(&folder, "good.txt", PATHOLOGY);
    let binary = write(&folder, "binary.txt", [0xff, 0xfe, 0x00, 0x80]);
    let empty = folder.join("empty");
    std::fs::create_dir(&empty).unwrap();
    let gone = folder.join("gone.txt");
    let paths = [&binary, gone.to_str().unwrap(), empty.to_str().unwrap(), &good];
    let mut args = vec!["extract", "--format", "json", "--lang", "en"];
    args.extend(paths);
    let ran = run(&args);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(ran.json().len(), 1, "{}", ran.out);
    for said in ["is not text in UTF-8", "gone.txt", "holds no reports", ".txt"] {
        assert!(ran.err.contains(said), "`{said}`: {}", ran.err);
    }
    let dutch = run(&["extract", "--lang", "nl", empty.to_str().unwrap()]);
    assert_eq!(dutch.code, 2);
    assert!(dutch.err.contains("bevat geen verslagen"), "{}", dutch.err);
}

#[test]
fn what_is_proposed_can_be_assessed() {
    let case = run_with(&["extract", "-", "--case"], PATHOLOGY.as_bytes(), &[]);
    assert_eq!(case.code, 0, "{}", case.err);
    let answer =
        run_with(&["assess", "-", "--format", "json", "--only", "tumour.grade"], case.out.as_bytes(), &[]);
    assert_eq!(answer.code, 0, "{}\n{}", case.out, answer.err);
    let grade = &answer.json()[0]["conclusions"][0];
    // Nobody counted mitoses in this report.
    assert_eq!(grade["possible"], serde_json::json!(["G2", "G3"]), "{}", answer.out);
}

#[test]
fn a_report_that_says_two_things_is_a_finding_of_its_own() {
    let text = "Conclusie: neuro-endocriene tumor van het ileum, Ki-67 4 %.\nAanvulling: Ki-67 25 %.\n";
    let ran = run_with(&["extract", "-", "--lang", "nl"], text.as_bytes(), &[]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("4 %") && ran.out.contains("25 %"), "{}", ran.out);
}
