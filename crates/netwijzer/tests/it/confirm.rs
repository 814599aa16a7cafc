//! `confirm`: rows are shown, recorded, go stale by an edit, and can be withdrawn.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::{folder, run, run_with, write};

const SOURCES: &str = "[[source]]\nkey = \"book\"\ntitle = \"An invented book\"\nkind = \"reference\"\n\
    [[source]]\nkey = \"other\"\ntitle = \"Another\"\nkind = \"reference\"\n";

const CHAPTER: &str = "---\nid: size\nen: Size\nnl: Grootte\n---\n\n# Size\n\n\
    ### Table size.class\n- kind: first\n- en: Class by size\n- nl: Klasse naar grootte\n- mark: GK\n- source: book#p1\n\n\
    | row | tumour.size | size.class | en | nl | source |\n|---|---|---|---|---|---|\n\
    | a | < 20 mm | small | Small. | Klein. | |\n\
    | b | < 40 mm | large | Large. | Groot. | other |\n\
    | c | any | large | Huge. | Reusachtig. | |\n\n\
    ### Cases all\n\n| case | tumour.size | → size.class |\n|---|---|---|\n\
    | s | 10 mm | small |\n| l | 30 mm | large |\n| h | 50 mm | large |\n| o | | {small, large} |\n";

fn guideline(name: &str) -> String {
    let at = folder(name);
    write(&at, "sources.toml", SOURCES);
    write(
        &at,
        "vocabulary/a.toml",
        "[[fact]]\nid = \"tumour.size\"\ntype = \"quantity\"\nunit = \"mm\"\nmin = \"0\"\nmax = \"500\"\nholder = \"pathology\"\n\
         en = \"Size\"\nnl = \"Grootte\"\nquestion = { en = \"How large?\", nl = \"Hoe groot?\" }\n\
         [[conclusion]]\nid = \"size.class\"\nen = \"Size class\"\nnl = \"Grootteklasse\"\n\
         outside = { en = \"none\", nl = \"geen\" }\n\
         [[conclusion.value]]\nid = \"small\"\nen = \"small tumour\"\nnl = \"kleine tumor\"\n\
         [[conclusion.value]]\nid = \"large\"\nen = \"large tumour\"\nnl = \"grote tumor\"\n",
    );
    write(
        &at,
        "guidelines/g/guideline.toml",
        "id = \"g\"\nedition = \"1\"\nvalid-from = \"2026-01-01\"\nen = \"G\"\nnl = \"G\"\nchapters = [\"10-size.md\"]\n",
    );
    write(&at, "guidelines/g/10-size.md", CHAPTER);
    at.to_string_lossy().into_owned()
}

fn edit(at: &str, file: &str, from: &str, to: &str) {
    let path = Path::new(at).join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "`{from}` stands once");
    fs::write(path, text.replace(from, to)).unwrap();
}

const BY: [&str; 6] = ["--by", "A. \"Ann\" Person", "--role", "endocrinologist", "--as-of", "2026-03-10"];

fn statuses(at: &str) -> Vec<Value> {
    let ran = run(&["confirm", "--list", "--format", "json", "--guideline", at]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.json().iter().map(|l| json!([l["row"], l["status"], l["edited"]])).collect()
}

fn findings(at: &str) -> Vec<(String, String)> {
    let ran = run(&["check", "--format", "json", "--guideline", at]);
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    ran.json().iter().map(|l| (text(&l["code"]), text(&l["message"]["en"]))).collect()
}

#[test]
fn a_confirmation_is_shown_kept_and_lost_by_an_edit() {
    let at = guideline("confirm");
    assert_eq!(findings(&at), []);
    let mut words = vec!["confirm", "size.class", "a", "c", "--yes", "--lang", "en", "--guideline", &at];
    words.extend(BY);
    let ran = run(&words);
    assert_eq!(ran.code, 0, "{}", ran.err);
    // Shown in full before it is written: condition, answer, both sentences, source and mark.
    for shown in
        ["Class by size", "Size: < 20 mm", "small tumour", "Klein.", "Small.", "An invented book", "general"]
    {
        assert!(ran.out.contains(shown), "`{shown}` is missing in {}", ran.out);
    }
    assert!(!ran.out.contains("Large."), "row b was not asked: {}", ran.out);
    assert_eq!(
        statuses(&at),
        [json!(["a", "confirmed", []]), json!(["b", "unconfirmed", []]), json!(["c", "confirmed", []])]
    );
    assert_eq!(findings(&at), []);

    // White space, the title and prose are not what was confirmed.
    edit(&at, "guidelines/g/10-size.md", "| a | < 20 mm | small |", "| a   |   < 20   mm | small |");
    edit(&at, "guidelines/g/10-size.md", "Class by size", "Class");
    assert_eq!(findings(&at), []);

    // The row above decides first, so editing it edits whom row c is about; row a stays.
    edit(&at, "guidelines/g/10-size.md", "| b | < 40 mm |", "| b | < 45 mm |");
    assert_eq!(statuses(&at)[0], json!(["a", "confirmed", []]));
    assert_eq!(statuses(&at)[2], json!(["c", "edited", ["row"]]));
    let found = findings(&at);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "stale-confirmation");
    assert!(found[0].1.contains("A. \"Ann\" Person") && found[0].1.contains("size.class#c"), "{found:?}");

    // A source that is edited flags every row that rests on it, and only those.
    edit(&at, "sources.toml", "An invented book", "An invented book, second edition");
    assert_eq!(statuses(&at)[0], json!(["a", "edited", ["source:book"]]));
    assert_eq!(statuses(&at)[2], json!(["c", "edited", ["row", "source:book"]]));
    assert_eq!(findings(&at).len(), 2);
    let ran = run(&["confirm", "--list", "--lang", "nl", "--guideline", &at]);
    assert!(ran.out.contains("bron `book` is sindsdien gewijzigd"), "{}", ran.out);

    // Confirming again mends it.
    let mut words = vec!["confirm", "size.class#a", "-y", "--guideline", &at];
    words.extend(BY);
    assert_eq!(run(&words).code, 0);
    assert_eq!(statuses(&at)[0], json!(["a", "confirmed", []]));

    let ran = run(&["confirm", "size.class", "c", "--withdraw", "--yes", "--guideline", &at]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(statuses(&at)[2], json!(["c", "unconfirmed", []]));
}

#[test]
fn answers_say_who_confirmed_their_rows() {
    let at = guideline("confirm-answers");
    let case = write(Path::new(&at), "case.yaml", "case: x\nfacts:\n  tumour.size: 10 mm\n");
    let assess = |command: &[&str]| {
        let ran = run(&[command, &["--format", "json", "--lang", "en", "--guideline", &at]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.json().remove(0)
    };
    let before = assess(&["assess", &case]);
    assert_eq!(before["conclusions"][0]["confirmed"], false);
    assert_eq!(before["conclusions"][0]["because"][0]["confirmed"], false);
    let mut words = vec!["confirm", "--all-of", "size", "-y", "--remark", "as taught", "--guideline", &at];
    words.extend(BY);
    assert_eq!(run(&words).code, 0);
    let after = assess(&["assess", &case]);
    assert_eq!(after["conclusions"][0]["confirmed"], true);
    assert_eq!(after["conclusions"][0]["because"][0]["confirmed"], true);
    assert_eq!(
        after["conclusions"][0]["because"][0]["confirmation"],
        json!({"by": "A. \"Ann\" Person", "role": "endocrinologist", "date": "2026-03-10"})
    );
    assert_ne!(before["guideline"]["digest"], after["guideline"]["digest"]);
    let explained = run(&["explain", &case, "size.class", "--lang", "nl", "--guideline", &at]);
    let text = explained.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("bevestigd door A. \"Ann\" Person, endocrinologist, op 10 maart 2026"),
        "{}",
        explained.out
    );
    edit(&at, "guidelines/g/10-size.md", "| Small. |", "| Tiny. |");
    let stale = assess(&["assess", &case]);
    assert_eq!(stale["conclusions"][0]["confirmed"], false);
    assert_eq!(stale["conclusions"][0]["because"][0]["confirmation"]["edited"], json!(["row"]));
}

#[test]
fn nothing_is_written_without_an_answer_a_name_or_a_row() {
    let at = guideline("confirm-refused");
    let file = Path::new(&at).join("confirmations.toml");
    let with = |more: &[&str], input: &str| {
        let mut words = vec!["confirm", "--lang", "en", "--guideline", &at];
        words.extend(more);
        let ran = run_with(&words, input.as_bytes(), &[]);
        assert!(!file.exists(), "{words:?} wrote {}", ran.out);
        ran
    };
    let named = |more: &[&'static str]| [more, &BY].concat();
    assert_eq!(with(&named(&["size.class"]), "n\n").code, 0);
    assert_eq!(with(&named(&["size.class"]), "").code, 2);
    let ran = with(&["size.class", "--by", "A", "--role", " ", "--yes"], "");
    assert!(ran.code == 2 && ran.err.contains("--role"), "{}", ran.err);
    let ran = with(&named(&["size.clas", "--yes"]), "");
    assert!(ran.code == 2 && ran.err.contains("did you mean `size.class`"), "{}", ran.err);
    let ran = with(&named(&["size.class", "x", "--yes"]), "");
    assert!(ran.code == 2 && ran.err.contains("`x`"), "{}", ran.err);
    let ran = with(&["size.class", "--withdraw", "--yes"], "");
    assert_eq!(ran.code, 2, "{}", ran.out);
    let mut words = vec!["confirm", "tumour.grade", "--yes"];
    words.extend(BY);
    let ran = run(&words);
    assert!(ran.code == 2 && ran.err.contains("--guideline"), "{}", ran.err);
    let ran =
        run_with(&[&["confirm", "size.class", "a", "--guideline", &at][..], &BY].concat(), b"yes\n", &[]);
    assert!(ran.code == 0 && file.exists(), "{}", ran.err);
}

#[test]
fn a_confirmation_of_a_row_that_is_gone_is_told_and_can_be_withdrawn() {
    let at = guideline("confirm-lost");
    write(
        Path::new(&at),
        "confirmations.toml",
        "[[confirmation]]\ntable = \"size.class\"\nrow = \"z\"\ndigest = \"sha256:0\"\nsources = {}\n\
         by = \"A. Person\"\nrole = \"surgeon\"\ndate = \"2026-01-01\"\n",
    );
    let found = findings(&at);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "lost-confirmation");
    assert_eq!(statuses(&at).last(), Some(&json!(["z", "lost", null])));
    assert_eq!(run(&["confirm", "size.class#z", "--withdraw", "-y", "--guideline", &at]).code, 0);
    assert_eq!(findings(&at), []);
}

/// Whether or not anybody confirmed them: what was edited, and what rests on an edited source.
#[test]
fn diff_names_edited_rows_and_what_rests_on_an_edited_source() {
    let (a, b) = (guideline("confirm-diff-a"), guideline("confirm-diff-b"));
    let same = run(&["diff", &a, &b, "--format", "json"]);
    assert_eq!(same.json()[0]["edited"], json!({"rows": [], "rowsNew": [], "rowsLost": [], "sources": []}));
    edit(&b, "guidelines/g/10-size.md", "| Large. |", "| Rather large. |");
    edit(&b, "sources.toml", "Another", "Another, revised");
    let ran = run(&["diff", &a, &b, "--format", "json"]);
    assert_eq!(ran.code, 0, "no patient gets another answer: {}", ran.out);
    assert_eq!(
        ran.json()[0]["edited"],
        json!({
            "rows": ["size.class#b"], "rowsNew": [], "rowsLost": [],
            "sources": [{"source": "other", "rows": ["size.class#b"]}],
        })
    );
    let text = run(&["diff", &a, &b, "--lang", "nl"]).out;
    assert!(text.contains("Gewijzigde rijen (1)") && text.contains("other"), "{text}");
}

#[test]
fn a_guideline_beside_another_answers_too_under_its_own_name() {
    let at = guideline("beside");
    let case = folder("beside-case");
    let small = write(&case, "one.yaml", "case: one\nfacts: {tumour.size: 12 mm}\n");
    let both = ["--format", "json", "--beside", "shipped", "--only", "size.class", "--guideline", &at];
    let ran = run(&[&["assess", &small], &both[..]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let answers = ran.json();
    let names: Vec<&Value> = answers.iter().map(|a| &a["guideline"]["id"]).collect();
    assert_eq!(names, ["g", "gep-net"]);
    assert_eq!(answers[0]["conclusions"][0]["value"], "small");
    // A guideline that knows nothing of what is asked says so by saying nothing.
    assert_eq!(answers[1]["conclusions"], json!([]));

    // The second guideline does not know all facts of the case: that is said, and the first answer stands.
    let demo = write(&case, "demo.yaml", crate::DEMO);
    let ran = run(&["assess", &demo, "--format", "json", "--lang", "en", "--beside", &at]);
    assert_eq!((ran.code, ran.json().len()), (2, 1));
    assert!(ran.err.contains("primary.site"), "{}", ran.err);

    let ran = run(&["assess", &small, "--beside", "/nowhere/at/all"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("/nowhere/at/all"), "{}", ran.err);
}
