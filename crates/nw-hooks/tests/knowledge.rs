//! The files that ship, held to the guideline that ships; and files with one fault.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use nw_guideline::{CompiledGuideline, SourceSet, compile_with};
use nw_hooks::{Hooks, SHIPPED};

fn below(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the knowledge is part of the repository") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            below(root, &path, files);
        } else if path.extension().is_some_and(|e| e == "md" || e == "toml") {
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            files.push((name, fs::read_to_string(&path).expect("a text")));
        }
    }
}

fn guideline() -> &'static CompiledGuideline {
    static ONE: OnceLock<CompiledGuideline> = OnceLock::new();
    ONE.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
        let mut files = Vec::new();
        for part in ["vocabulary", "sources", "guidelines", "leaflets"] {
            below(&root, &root.join(part), &mut files);
        }
        let draft = compile_with(&SourceSet::new(files), "", "", false);
        draft.admit().unwrap_or_else(|_| panic!("the shipped guideline has errors"))
    })
}

#[test]
fn the_shipped_files_are_held_to_the_guideline() {
    let hooks = Hooks::read(SHIPPED, guideline());
    let hooks = hooks.unwrap_or_else(|faults| panic!("the shipped files have faults: {faults:#?}"));
    assert_eq!(hooks.services.len(), 3);
    for (name, _) in SHIPPED {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge").join(name);
        assert!(path.is_file(), "{name}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge/hooks");
    let count = fs::read_dir(folder).expect("the folder is there").count();
    assert_eq!(count, SHIPPED.len(), "a file of the folder is not shipped");
}

/// The shipped files with one edit, and what is said of it.
fn faults(from: &str, to: &str) -> Vec<String> {
    let edited: Vec<(&str, String)> = SHIPPED.iter().map(|(n, t)| (*n, t.replacen(from, to, 1))).collect();
    let changed = edited.iter().zip(SHIPPED).filter(|((_, new), (_, old))| new != old).count();
    assert!(changed > 0, "`{from}` stands in no file");
    let files: Vec<(&str, &str)> = edited.iter().map(|(n, t)| (*n, t.as_str())).collect();
    Hooks::read(&files, guideline()).err().unwrap_or_default().into_iter().map(|f| f.text.en).collect()
}

#[test]
fn a_template_that_names_something_else_is_refused() {
    let said =
        faults("Condition?patient={{context.patientId}}", "Condition?encounter={{context.encounterId}}");
    assert!(said.iter().any(|t| t.contains("template")), "{said:?}");
}

#[test]
fn files_with_one_fault_are_refused_with_what_was_meant() {
    let long = format!("en = \"{}\"", "x".repeat(140));
    for (from, to, expected) in [
        ("conclusion = \"dpyd.advice\"", "conclusion = \"dpyd.advise\"", "did you mean `dpyd.advice`?"),
        ("values = [\"test-first\"]", "values = [\"test-frist\"]", "did you mean `test-first`?"),
        ("orders = [\"ppi-stop\"]", "orders = [\"ppi-halt\"]", "there is no order"),
        ("fact = \"therapy.captem\"", "fact = \"therapy.captm\"", "did you mean `therapy.captem`?"),
        ("value = \"planned\"", "value = \"foreseen\"", "order `capecitabine`"),
        ("keep = [\"current\"]", "keep = [\"seldom\"]", "`keep`"),
        ("\"atc:L01BC06\"", "\"act:L01BC06\"", "system:code"),
        (
            "en = \"No DPYD result is known here: no capecitabine or 5-FU before the result\"",
            &long,
            "under 140",
        ),
        ("reasons = [\"not-this-patient\"]", "reasons = [\"no-reason\"]", "there is no reason"),
        ("hook = \"patient-view\"", "hook = \"patient-vieuw\"", "did you mean `patient-view`?"),
        ("needed = [\"patient\"]", "needed = [\"pacient\"]", "did you mean `patient`?"),
        ("act = \"start\"", "act = \"begin\"", "`start` or `stop`"),
        ("indicator = \"critical\"", "indicator = \"hard-stop\"", "critical"),
        ("known = [\"primary.site\"", "known = [\"primary.sit\"", "did you mean `primary.site`?"),
        ("create = '{", "create = '[", "no FHIR resource"),
        ("withdraw = true", "withdraw = false", "either"),
    ] {
        let said = faults(from, to);
        assert!(said.iter().any(|t| t.contains(expected)), "{from}: {said:?}");
    }
}
