//! Registries end to end: drawn, mapped, answered, compared with the engine row by row.

// A helper of a test may fail the test.
#![allow(clippy::unwrap_used)]

mod agreement;
mod cohort;
mod figures;
mod memory;
mod plain;
mod straight;
mod tables;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nw_guideline::{CompiledGuideline, SourceSet, compile_with};
use nw_registry::batch::{Request, Wanted};
use nw_registry::synth::Model;

fn knowledge() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge")
}

/// The shipped guideline.
fn guideline() -> &'static CompiledGuideline {
    static ONCE: OnceLock<CompiledGuideline> = OnceLock::new();
    ONCE.get_or_init(|| compile_with(&SourceSet::new(texts()), "", "", false).admit().ok().unwrap())
}

/// The texts of the shipped guideline.
fn texts() -> Vec<(String, String)> {
    fn walk(root: &Path, dir: &Path, files: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, files);
            } else if let (Ok(text), Ok(name)) = (std::fs::read_to_string(&path), path.strip_prefix(root)) {
                files.push((name.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    let root = knowledge();
    let mut files = Vec::new();
    for folder in ["vocabulary", "sources", "source-map", "guidelines"] {
        walk(&root, &root.join(folder), &mut files);
    }
    for file in ["sources.toml", "confirmations.toml"] {
        files.extend(std::fs::read_to_string(root.join(file)).ok().map(|text| (file.to_string(), text)));
    }
    files.sort();
    files
}

fn model() -> Model {
    toml::from_str(&std::fs::read_to_string(knowledge().join("cohorts/gep-net.toml")).unwrap()).unwrap()
}

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("registry-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What is asked of a run, in the plainest way.
fn request(folder: &Path, input: &str, output: &str) -> Request {
    Request {
        input: folder.join(input),
        output: folder.join(output),
        mapping: None,
        only: None,
        reject: folder.join("rejects.csv"),
        threads: 2,
        unit: 1000,
        options: nw_engine::Options::default(),
        language: nw_facts::Language::En,
        dutch: str::to_string,
        as_of: None,
        columns: Wanted::default(),
    }
}

/// Conclusions by the beginning of their ids.
fn only(starts: &[&str]) -> Option<Vec<nw_facts::ConclusionIdx>> {
    let guideline = guideline();
    let id = |c: nw_facts::ConclusionIdx| guideline.vocabulary.conclusion(c).id.as_str();
    let all = guideline.conclusions.iter().map(|c| c.idx);
    Some(all.filter(|c| starts.iter().any(|start| id(*c).starts_with(start))).collect())
}
