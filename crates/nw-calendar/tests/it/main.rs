//! The shipped schedules, planned and moved about.

#![allow(clippy::disallowed_methods, reason = "tests are an edge: they read the knowledge from disk")]

mod course;
mod house;
mod random;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nw_calendar::{DueWish, Request, Schedules, Wish, read};
use nw_facts::{Date, FactIdx};
use nw_guideline::{CompiledGuideline, Diagnostic, SourceSet, compile_with};

/// The shipped guideline with its schedules, and what was found wrong with them.
pub struct Shipped {
    pub sources: SourceSet,
    pub guideline: CompiledGuideline,
    pub schedules: Schedules,
    pub found: Vec<Diagnostic>,
}

/// Read once for all tests.
pub fn shipped() -> &'static Shipped {
    static SHIPPED: OnceLock<Shipped> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
        let mut files = Vec::new();
        for part in ["vocabulary", "sources", "guidelines", "calendar"] {
            collect(&root, &root.join(part), &mut files);
        }
        let sources = SourceSet::new(files);
        let draft = compile_with(&sources, "", "", false);
        let errors: Vec<String> = draft.diagnostics().iter().map(|d| d.message.en.clone()).collect();
        let guideline = draft.admit().unwrap_or_else(|_| panic!("the guideline has errors: {errors:?}"));
        let (schedules, found) = read(&sources, &guideline);
        Shipped { sources, guideline, schedules, found }
    })
}

fn collect(root: &Path, path: &Path, files: &mut Vec<(String, String)>) {
    let mut inner: Vec<PathBuf> =
        std::fs::read_dir(path).expect("a folder").flatten().map(|e| e.path()).collect();
    inner.sort();
    for path in inner {
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|e| e == "toml" || e == "md") {
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            files.push((name, std::fs::read_to_string(&path).expect("text")));
        }
    }
}

pub fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

pub fn fact(id: &str) -> FactIdx {
    shipped().guideline.vocabulary.find_fact(id).expect("a fact")
}

/// A patient for whom some schedules hold.
pub fn request(
    today: &str,
    schedules: &[&str],
    records: &[(&str, &[&str])],
    dues: &[(&str, &str, i64)],
) -> Request {
    let days = |list: &[&str]| list.iter().map(|d| day(d)).collect::<Vec<Date>>();
    Request {
        key: "test".to_string(),
        today: day(today),
        from: day(today),
        wishes: schedules
            .iter()
            .map(|id| Wish { schedule: (*id).to_string(), from: day(today), left_out: Vec::new() })
            .collect(),
        dues: dues
            .iter()
            .map(|(item, on, months)| DueWish {
                item: (*item).to_string(),
                day: day(on),
                months: Some(*months),
            })
            .collect(),
        records: records.iter().map(|(id, list)| (fact(id), days(list))).collect(),
        intervals: BTreeMap::new(),
        held: Vec::new(),
        open: Vec::new(),
        asked: Vec::new(),
        guideline: ("gep-net".to_string(), "2026.1".to_string(), "sha256:0".to_string()),
    }
}
