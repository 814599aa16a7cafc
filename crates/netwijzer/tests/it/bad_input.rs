//! Bad input: a clear message with file, line, offending text and nearest spelling, and the rest of the run is done.

use std::fs;

use crate::{DEMO, folder, run, run_with, write};

/// File name, bytes, line, code, and words that the message must hold.
type Wrong<'w> = (&'w str, &'w [u8], usize, &'w str, &'w [&'w str]);

const WRONG: &[Wrong<'_>] = &[
    (
        "wrong-unit.yaml",
        b"facts:\n  primary.site: ileum\n  tumour.size: 14 kg\n",
        3,
        "wrong-unit",
        &["`kg`", "`tumour.size`", "`mm`"],
    ),
    (
        "unknown-unit.yaml",
        b"facts:\n  tumour.size: 14 mmm\n",
        2,
        "unknown-unit",
        &["`mmm`", "did you mean `mm`?"],
    ),
    (
        "unknown-id.yaml",
        b"facts:\n  tumour.kl67: 4 %\n",
        2,
        "unknown-fact",
        &["`tumour.kl67`", "did you mean `tumour.ki67`?"],
    ),
    (
        "short-id.yaml",
        b"facts:\n  ki76: 4 %\n",
        2,
        "unknown-fact",
        &["`ki76`", "did you mean `tumour.ki67`?"],
    ),
    (
        "conclusion.yaml",
        b"facts:\n  tumour.grade: G2\n",
        2,
        "unknown-fact",
        &["`tumour.grade`", "conclusion", "reported"],
    ),
    (
        "misspelt.yaml",
        b"facts:\n  primary.site: illeum\n",
        2,
        "unknown-value",
        &["`illeum`", "did you mean `ileum`?"],
    ),
    (
        "too-much.yaml",
        b"facts:\n  tumour.ki67: 101 %\n",
        2,
        "impossible-number",
        &["`101 %`", "between 0 and 100"],
    ),
    (
        "negative.yaml",
        b"facts:\n  tumour.size: -1 mm\n",
        2,
        "impossible-number",
        &["`-1 mm`", "between 0 and"],
    ),
    ("ambiguous.yaml", b"facts:\n  tumour.size: 1,400 mm\n", 2, "ambiguous-number", &["`1,400 mm`"]),
    ("no-number.yaml", b"facts:\n  tumour.ki67: high\n", 2, "bad-number", &["`high`", "`tumour.ki67`"]),
    ("backwards.yaml", b"facts:\n  tumour.ki67: 20-3 %\n", 2, "empty-range", &["`20-3 %`"]),
    ("two-units.yaml", b"facts:\n  tumour.size: 3 mm-2 cm\n", 2, "mixed-units", &["`3 mm-2 cm`"]),
    ("fraction.yaml", b"facts:\n  nodes.regional.positive: 1.5\n", 2, "not-whole", &["`1.5`"]),
    (
        "yes-no.yaml",
        b"facts:\n  metastasis.distant: perhaps\n",
        2,
        "unknown-value",
        &["`perhaps`", "`yes`, `no`"],
    ),
    (
        "truncated.yaml",
        b"case: x\nfacts:\n  tumour.ki67: {value: 4 %, date: 2026\n",
        3,
        "bad-yaml",
        &["2026", "complete"],
    ),
    (
        "truncated.json",
        b"{\"case\": \"x\",\n \"facts\": {\"tumour.ki67\": \"4 ",
        2,
        "bad-json",
        &["tumour.ki67", "complete"],
    ),
    ("tab.yaml", b"facts:\n\ttumour.ki67: 4 %\n", 2, "bad-yaml", &["tumour.ki67"]),
    (
        "duplicate.yaml",
        b"facts:\n  tumour.ki67: 4 %\n  tumour.size: 3 mm\n  tumour.ki67: 5 %\n",
        4,
        "duplicate-key",
        &["`tumour.ki67`", "line 2"],
    ),
    (
        "duplicate.json",
        b"{\"facts\": {\n\"tumour.ki67\": 4,\n\"tumour.ki67\": 5}}",
        3,
        "duplicate-key",
        &["`tumour.ki67`", "line 2"],
    ),
    ("empty.yaml", b"", 1, "empty-file", &["facts"]),
    ("blank.json", b"\n \n", 1, "empty-file", &["facts"]),
    ("comment.yaml", b"# nothing yet\n", 1, "empty-file", &["facts"]),
    ("text.yaml", b"Ki-67 4 %, ileum\n", 1, "not-a-case", &["`Ki-67 4 %, ileum`", "`facts`"]),
    ("list.yaml", b"- case: a\n  facts: {}\n", 1, "not-a-case", &["`- case: a`"]),
    ("list.json", b"[{\"facts\": {}}]", 1, "not-a-case", &["JSON Lines"]),
    ("number.json", b"{} 5", 1, "not-a-case", &["`5`"]),
    ("no-facts.yaml", b"case: x\n", 1, "missing-facts", &["`facts`"]),
    (
        "key.yaml",
        b"case: x\nfact:\n  tumour.ki67: 4 %\nfacts: {}\n",
        2,
        "unknown-key",
        &["`fact`", "did you mean `facts`?"],
    ),
    (
        "as_of.yaml",
        b"case: x\nasOf: 2026-01-01\nfacts: {}\n",
        2,
        "unknown-key",
        &["`asOf`", "did you mean `as-of`?"],
    ),
    (
        "outside.yaml",
        b"case: x\ntumour.ki67: 4 %\nfacts: {}\n",
        2,
        "unknown-key",
        &["`tumour.ki67`", "below `facts`"],
    ),
    ("date.yaml", b"as-of: 03/04/2026\nfacts: {}\n", 1, "bad-date", &["`03/04/2026`", "YYYY-MM-DD"]),
    ("no-such-day.yaml", b"as-of: 2026-02-30\nfacts: {}\n", 1, "bad-date", &["`2026-02-30`"]),
    ("fact-list.yaml", b"facts:\n  - tumour.ki67\n", 2, "wrong-kind", &["`facts`", "a list"]),
    (
        "no-value.yaml",
        b"facts:\n  tumour.ki67: {date: 2026-01-01}\n",
        2,
        "missing-value",
        &["`tumour.ki67`", "value"],
    ),
    (
        "fact-key.yaml",
        b"facts:\n  tumour.ki67: {value: 4, orgin: lab}\n",
        2,
        "unknown-key",
        &["`orgin`", "did you mean `origin`?"],
    ),
    ("nothing.yaml", b"facts:\n  primary.site: []\n", 2, "empty-list", &["`primary.site`"]),
    ("state.yaml", b"facts:\n  primary.site: [ileum, unknown]\n", 2, "state-in-list", &["`unknown`"]),
    (
        "denominator.yaml",
        b"facts:\n  tumour.mitoses: [3 /10HPF, 4 /10HPF]\n",
        2,
        "unit-in-list",
        &["`3 /10HPF`"],
    ),
    ("nested.yaml", b"facts:\n  primary.site: [[ileum]]\n", 2, "wrong-kind", &["`primary.site`"]),
    ("comma.yaml", b"facts:\n  tumour.size: [1,4 cm, 1,6 cm]\n", 2, "comma-in-list", &["`1,4 cm`", "quotes"]),
    ("tag.yaml", b"facts:\n  tumour.ki67: !percent 4\n", 2, "yaml-tag", &["`!percent`"]),
    ("key-list.yaml", b"facts:\n  ? [a, b]\n  : 4\n", 2, "bad-key", &["id of a fact"]),
    ("alias.yaml", b"facts: &a\n  tumour.ki67: *a\n", 2, "bad-yaml", &["anchor"]),
    ("latin-1.yaml", b"facts:\n  primary.site: ileum\n# na\xefef\n", 3, "not-utf-8", &["UTF-8", "Latin-1"]),
    ("junk.yaml", b"\x7fELF\x02\x01\x01\0\0\0\xff\xfe", 1, "not-text", &["not a text file"]),
    ("utf-16.yaml", b"\xff\xfef\0a\0c\0t\0s\0:\0", 1, "not-text", &["UTF-16"]),
    ("end.yaml", b"facts:\n  tumour.ki67: 4 % # \x1b[31m\n", 2, "not-text", &["UTF-8"]),
];

#[test]
fn every_fault_says_where_what_and_how_to_mend_it() {
    let at = folder("bad-input");
    let good = write(&at, "zz-good.yaml", DEMO);
    let mut args = vec!["assess".to_string(), "--format=json".to_string()];
    args.extend(WRONG.iter().map(|(name, bytes, ..)| write(&at, name, bytes)));
    args.push(good);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    for language in ["en", "nl"] {
        let mut args = args.clone();
        args.extend(["--lang", language]);
        let ran = run(&args);
        assert_eq!(ran.code, 2);
        // Only the good case came through, and it did come through.
        let cases = ran.json();
        let names: Vec<&str> =
            cases.iter().map(|c| c["case"].as_str().unwrap()).filter(|c| *c != "number").collect();
        assert_eq!(names, ["demo-ileum"], "{language}");
        for (name, _, line, code, words) in WRONG {
            let place = format!("{name}:{line}: {code}: ");
            let at = ran.err.find(&place).unwrap_or_else(|| {
                let near: Vec<&str> = ran.err.lines().filter(|l| l.contains(&format!("/{name}:"))).collect();
                panic!("{language}: expected {place} but found {near:?}")
            });
            let told: String = ran.err[at..].lines().take(2).collect::<Vec<_>>().join("\n");
            if language == "en" {
                for word in *words {
                    assert!(told.contains(word), "{name} lacks {word}: {told}");
                }
            } else {
                assert!(
                    !["expected", "did you mean", "write "].iter().any(|w| told.contains(w)),
                    "{name} is English: {told}"
                );
            }
        }
    }
}

#[test]
fn bombs_are_refused_quickly() {
    let at = folder("bombs");
    let mut laughs = String::from("facts:\n  a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (from, to) in
        ["a", "b", "c", "d", "e", "f", "g", "h"].iter().zip(["b", "c", "d", "e", "f", "g", "h", "i"])
    {
        let nine = vec![format!("*{from}"); 9].join(", ");
        laughs.push_str(&format!("  {to}: &{to} [{nine}]\n"));
    }
    let deep = format!("facts: {}", "[".repeat(100_000));
    let deep_blocks: String = (0..3000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    let deep_json = format!("{{\"facts\": {}", "[".repeat(100_000));
    let many: String =
        std::iter::once("facts:\n".to_string()).chain((0..60_000).map(|i| format!("  a{i}: 1\n"))).collect();
    let large = format!("facts:\n  primary.site: ileum\n# {}\n", "x".repeat(20 << 20));
    let long = format!(
        "{{\"case\": \"long\", \"facts\": {{}}, \"x\": \"{}\"}}\n{{\"case\": \"after\", \"facts\": {{}}}}\n",
        "x".repeat(3 << 20)
    );
    let files = [
        ("laughs.yaml", laughs.as_bytes(), "too-many-values"),
        ("deep.yaml", deep.as_bytes(), "too-deep"),
        ("blocks.yaml", deep_blocks.as_bytes(), "too-deep"),
        ("deep.json", deep_json.as_bytes(), "bad-json"),
        ("many.yaml", many.as_bytes(), "too-many-values"),
        ("large.yaml", large.as_bytes(), "too-large"),
        ("long.jsonl", long.as_bytes(), "line-too-long"),
    ];
    let mut args = vec!["assess".to_string(), "--format".into(), "json".into()];
    args.extend(files.iter().map(|(name, bytes, _)| write(&at, name, bytes)));
    let ran = run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ran.code, 2);
    for (name, _, code) in files {
        assert!(ran.err.lines().any(|l| l.contains(name) && l.contains(code)), "{name}: {}", ran.err);
    }
    let names: Vec<String> = ran.json().iter().map(|c| c["case"].as_str().unwrap().to_string()).collect();
    assert_eq!(names, ["after"]);
    fs::remove_dir_all(&at).unwrap();
}

#[test]
fn a_fault_costs_only_its_own_document() {
    let text = "case: one\nfacts: {tumour.ki67: 4 %}\n---\ncase: two\nfacts: {tumour.ki67: [}\n---\ncase: three\nfacts: {tumour.ki67: 300 %}\n---\n# four\ncase: four\nfacts: {}\n...\n";
    let ran = run_with(&["assess", "-", "--format", "json"], text.as_bytes(), &[]);
    assert_eq!(ran.code, 2);
    let names: Vec<String> = ran.json().iter().map(|c| c["case"].as_str().unwrap().to_string()).collect();
    assert_eq!(names, ["one", "four"]);
    assert!(ran.err.contains("-:5: bad-yaml") && ran.err.contains("-:8: impossible-number"), "{}", ran.err);
    // JSON Lines, with a broken line between two good ones.
    let lines = "{\"case\":\"a\",\"facts\":{}}\n{\"case\":\"b\",\"facts\":{\n{\"case\":\"c\",\"facts\":{\"tumour.ki67\":\"x\"}}\n{\"case\":\"d\",\"facts\":{}}";
    let ran = run_with(&["assess", "-", "--format", "json"], lines.as_bytes(), &[]);
    let names: Vec<String> = ran.json().iter().map(|c| c["case"].as_str().unwrap().to_string()).collect();
    assert_eq!(names, ["a", "d"]);
    assert!(ran.err.contains("-:2: bad-json") && ran.err.contains("-:3: bad-number"), "{}", ran.err);
}

#[test]
fn byte_order_marks_and_line_ends_do_not_matter() {
    let at = folder("line-ends");
    let plain = run(&["assess", "--format", "json", &write(&at, "demo.yaml", DEMO)]);
    let windows = format!("\u{feff}{}", DEMO.replace('\n', "\r\n"));
    let crlf = run(&["assess", "--format", "json", &write(&at, "demo.yaml", windows)]);
    assert_eq!((crlf.code, crlf.err.as_str()), (0, ""));
    assert_eq!(plain.out, crlf.out);
    let json = "\u{feff}{\"case\": \"x\",\r\n \"facts\": {}}\r\n";
    assert_eq!(run_with(&["assess", "-"], json.as_bytes(), &[]).code, 0);
    // A fault after Windows line ends still has the right line.
    let ran = run_with(&["assess", "-"], b"facts:\r\n  tumour.ki67: 101 %\r\n", &[]);
    assert!(ran.err.contains("-:2: impossible-number"), "{}", ran.err);
}

#[test]
fn a_faulty_case_is_not_assessed_and_tells_all_its_faults() {
    let text = "case: x\nfacts:\n  tumour.ki67: 101 %\n  tumour.size: 3 kg\n  primary.site: ileum\n";
    let ran = run_with(&["assess", "-"], text.as_bytes(), &[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("-:3:") && ran.err.contains("-:4:"), "{}", ran.err);
}

#[test]
fn missing_files_and_folders_are_told() {
    let at = folder("missing");
    let good = write(&at, "demo.yaml", DEMO);
    let ran = run(&["assess", at.join("demo.yml").to_str().unwrap(), &good, "--format", "json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no-such-file") && ran.err.contains("did you mean `demo.yaml`?"), "{}", ran.err);
    assert_eq!(ran.json().len(), 1);
    fs::create_dir(at.join("empty")).unwrap();
    let ran = run(&["assess", at.join("empty").to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no-cases"), "{}", ran.err);
}

#[test]
fn no_value_of_a_patient_is_told_without_need() {
    // A canary in a good fact must not appear when another fact is faulty.
    let text =
        "case: x\nfacts:\n  tumour.ki67: {value: 17.23 %, origin: canary-origin}\n  tumour.size: 3 kg\n";
    let ran = run_with(&["assess", "-"], text.as_bytes(), &[("RUST_BACKTRACE", "1"), ("RUST_LOG", "trace")]);
    assert!(!ran.err.contains("17.23") && !ran.err.contains("canary"), "{}", ran.err);
}

#[test]
fn usage_errors_end_with_two_in_both_languages() {
    for (args, english, dutch) in [
        (vec!["asses"], "did you mean `assess`?", "bedoelde u `assess`?"),
        (vec!["assess"], "missing: `<PATH>...`", "er ontbreekt: `<PAD>...`"),
        (
            vec!["assess", "-", "--as-of", "10-03-2026"],
            "`10-03-2026` is not a date",
            "`10-03-2026` is geen datum",
        ),
        (vec!["assess", "-", "--formt", "json"], "did you mean `--format`?", "bedoelde u `--format`?"),
        (vec!["assess", "-", "--format", "xml"], "expected text, json", "verwacht: text, json"),
        (vec!["explain", "-", "tumour.grad"], "did you mean `tumour.grade`?", "bedoelde u `tumour.grade`?"),
        (vec!["check", "--watch"], "needs a folder", "heeft een map nodig"),
        (vec!["man", "asess"], "did you mean `assess`?", "bedoelde u `assess`?"),
    ] {
        let ran = run(&args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(english), "{args:?}: {}", ran.err);
        let ran = run_with(&args, b"", &[("LANG", "nl_NL.UTF-8")]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(dutch), "{args:?}: {}", ran.err);
    }
}
