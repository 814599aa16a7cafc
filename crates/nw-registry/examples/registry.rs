//! Whole registries, measured: `synth`, then `batch` with the shipped guideline.
//!
//! `cargo run --release -p nw-registry --example registry -- knowledge 1000000` prints what each step took.

// A measurement stands at the edge: it reads a folder, looks at the clock and prints.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::unwrap_used)]

use std::path::Path;
use std::time::Instant;

use nw_guideline::SourceSet;
use nw_registry::batch::{Request, Wanted, run};
use nw_registry::synth::{Cohort, Missing, Model};

/// As the program has it.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut args = std::env::args().skip(1);
    let root = args.next().unwrap_or_else(|| "knowledge".to_string());
    let rows: u64 = args.next().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let only = args.next();
    let threads: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(2);
    let columns = args
        .next()
        .filter(|c| !c.is_empty())
        .map_or_else(Wanted::default, |names| Wanted::of(names.split(',')).expect("names of columns"));
    let folder = std::env::temp_dir().join("netwijzer-registry");
    std::fs::create_dir_all(&folder).expect("a measurement by hand");
    let sources = load(Path::new(&root));
    let draft = nw_guideline::compile_with(&sources, "", "", false);
    let guideline = draft.guideline();
    let model = std::fs::read_to_string(Path::new(&root).join("cohorts/gep-net.toml"))
        .expect("a measurement by hand");
    let model: Model = toml::from_str(&model).expect("a measurement by hand");
    let input = folder.join("cohort.parquet");
    let begun = Instant::now();
    Cohort::new(&model, 1, rows, Missing::Realistic)
        .expect("a measurement by hand")
        .write(&input, threads, &mut |_| {})
        .expect("a measurement by hand");
    println!("synth: {:?}", begun.elapsed());
    let only = only.filter(|o| !o.is_empty()).map(|only| {
        let named = |id: &str| {
            only.split(',').any(|o| o.strip_suffix('*').map_or(o == id, |start| id.starts_with(start)))
        };
        guideline
            .conclusions
            .iter()
            .map(|c| c.idx)
            .filter(|c| named(&guideline.vocabulary.conclusion(*c).id))
            .collect()
    });
    let begun = Instant::now();
    let request = Request {
        input,
        output: folder.join("out.parquet"),
        mapping: None,
        only,
        reject: folder.join("rejects.csv"),
        threads,
        unit: nw_registry::table::UNIT,
        options: nw_engine::Options::default(),
        language: nw_facts::Language::En,
        dutch: str::to_string,
        as_of: None,
        columns,
    };
    let summary = run(guideline, &request, &|_| {}).expect("a measurement by hand");
    println!("batch: {:?}: {summary:?}", begun.elapsed());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default());
}

fn load(root: &Path) -> SourceSet {
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
    let mut files = Vec::new();
    for folder in ["vocabulary", "sources", "guidelines"] {
        walk(root, &root.join(folder), &mut files);
    }
    SourceSet::new(files)
}
