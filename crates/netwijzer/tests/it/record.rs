//! `backup`, `restore`, `verify-audit`: a record goes out, comes back, and tells when it was altered.

use std::path::Path;

use crate::{folder, run};

/// A small record as an earlier version wrote it.
fn fixture() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../nw-store/tests/fixtures/record-1.jsonl");
    path.to_string_lossy().into_owned()
}

#[test]
fn a_record_goes_out_and_comes_back() {
    let here = folder("record");
    let place = |name: &str| here.join(name).to_string_lossy().into_owned();
    let (one, two) = (format!("sqlite:{}", place("one.db")), format!("sqlite:{}", place("two.db")));
    let ran = run(&["restore", "--database", &one, &fixture()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("Restored from") && ran.out.contains("End of the audit log"), "{}", ran.out);
    let ran = run(&["verify-audit", "--database", &one, "--lang", "nl"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("Het logboek klopt") && ran.out.contains("geen ontbreekt"), "{}", ran.out);
    let ran = run(&["backup", "--database", &one, &place("backup.jsonl"), "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let anchor = ran.json_whole()["anchor"].as_str().unwrap().to_string();
    let ran = run(&["restore", "--database", &two, &place("backup.jsonl")]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = run(&["verify-audit", "--database", &two, "--anchor", &anchor, "--format", "json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(ran.json_whole()["holds"], true);
    // Not over what is there, not to a file that is there, not from what is not there.
    let twice = run(&["restore", "--database", &two, &place("backup.jsonl")]);
    assert_eq!(twice.code, 2);
    assert!(twice.err.contains("not empty"), "{}", twice.err);
    let twice = run(&["backup", "--database", &one, &place("backup.jsonl"), "--lang", "nl"]);
    assert_eq!(twice.code, 2);
    assert!(twice.err.contains("bestaat al"), "{}", twice.err);
    for command in
        [&["verify-audit", "--database", "nowhere.db"][..], &["backup", "--database", "nowhere.db", "x"]]
    {
        let ran = run(command);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(!Path::new("nowhere.db").exists() && !Path::new("x").exists());
    }
    assert_eq!(run(&["verify-audit", "--database", "mysql://x"]).code, 2);
    let bad = run(&["verify-audit", "--database", &one, "--anchor", "12"]);
    assert_eq!(bad.code, 2);
    assert!(bad.err.contains("`anchor`"), "{}", bad.err);
}

#[test]
fn one_byte_of_the_file_is_found() {
    let here = folder("record-byte");
    let path = here.join("record.db");
    let database = format!("sqlite:{}", path.to_string_lossy());
    assert_eq!(run(&["restore", "--database", &database, &fixture()]).code, 0);
    let mut bytes = std::fs::read(&path).unwrap();
    // The organisation of whoever acted stands in every entry.
    let place = bytes.windows(10).position(|w| w == b"NET centre").unwrap();
    bytes[place] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let ran = run(&["verify-audit", "--database", &database]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains(": altered") && ran.out.contains("does not hold"), "{}", ran.out);
    let ran = run(&["verify-audit", "--database", &database, "--format", "json"]);
    let findings = ran.json_whole()["findings"].clone();
    assert_eq!(findings.as_array().map(Vec::len), Some(1), "{findings}");
    assert_eq!(findings[0]["kind"], "altered");
    // A key that nobody used before does not fit either.
    let key = here.join("key");
    std::fs::write(&key, "0123456789abcdef0123456789abcdef\n").unwrap();
    let ran = run(&[
        "verify-audit",
        "--database",
        &database,
        "--audit-key",
        &key.to_string_lossy(),
        "--lang",
        "nl",
    ]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("zegel"), "{}", ran.out);
}
