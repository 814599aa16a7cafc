//! The vocabulary and the mapping that ship.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use nw_facts::{Evidence, FactSet, Vocabulary};
use nw_fhir::Mapping;
use nw_guideline::{CompiledGuideline, SourceSet, compile_with};

fn below(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(root, &path, files);
        } else if path.extension().is_some_and(|e| e == "md" || e == "toml") {
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            files.push((name, fs::read_to_string(&path).expect("a text")));
        }
    }
}

/// The vocabulary as a guideline without tables.
pub fn empty() -> &'static CompiledGuideline {
    static EMPTY: OnceLock<CompiledGuideline> = OnceLock::new();
    EMPTY.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
        let mut files = Vec::new();
        for part in ["vocabulary", "sources"] {
            below(&root, &root.join(part), &mut files);
        }
        let manifest = "guidelines/gep-net/guideline.toml";
        files.push((manifest.to_string(), fs::read_to_string(root.join(manifest)).expect("a manifest")));
        compile_with(&SourceSet::new(files), "", "", false).guideline().clone()
    })
}

pub fn shipped() -> &'static (Vocabulary, Mapping) {
    static SHIPPED: OnceLock<(Vocabulary, Mapping)> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let vocabulary = empty().vocabulary.clone();
        let mapping = Mapping::shipped(&vocabulary).unwrap_or_else(|faults| {
            let lines: Vec<String> = faults.iter().map(|f| format!("{}: {}", f.file, f.text)).collect();
            panic!("the mapping has faults:\n{}", lines.join("\n"));
        });
        (vocabulary, mapping)
    })
}

/// Every statement as `fact = value @ day, known day`, in order.
pub fn told(facts: &FactSet) -> Vec<String> {
    let (vocabulary, _) = shipped();
    let mut lines: Vec<String> = facts
        .observations()
        .iter()
        .map(|o| {
            let def = vocabulary.fact(o.fact);
            let value = match &o.evidence {
                Evidence::Unknown => "unknown".to_string(),
                Evidence::NotDone => "not-done".to_string(),
                Evidence::NotApplicable => "not-applicable".to_string(),
                Evidence::Choices(_) | Evidence::Numbers(_) => o.text.clone(),
            };
            let day = o.date.map_or(String::new(), |d| format!(" @ {d}"));
            let known = o.known.map_or(String::new(), |d| format!(" known {d}"));
            format!("{} = {value}{day}{known}", def.id)
        })
        .collect();
    lines.sort();
    lines
}
