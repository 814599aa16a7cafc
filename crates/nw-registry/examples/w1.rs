//! Workload W1 as `bench/batch.py` has it, for a stopwatch or a profiler, from the top of the project:
//!
//! - `w1 read FILE` reads a Parquet file and does nothing with it: the time that no classification can be faster than.
//! - `w1 memory FILE [ROUNDS]` classifies the rows of a file that already are in memory, on one thread.

// A measurement stands at the edge: it reads a folder, looks at the clock and prints.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use nw_guideline::SourceSet;
use nw_registry::batch::{Asked, ColumnMapping, InMemory, Mapping, Wanted};
use nw_registry::table::UNIT;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

/// As the program and the Python package have it.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

const INVASION: &[&str] = &["limited", "duodenum", "bile-duct", "adjacent-organ", "large-vessel"];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["read", file] => {
            let rows: usize =
                reader(file).map(|batch| batch.expect("a measurement by hand").num_rows()).sum();
            println!("{rows}");
        }
        ["memory", file] => memory(file, 10),
        ["memory", file, rounds] => memory(file, rounds.parse().expect("a measurement by hand")),
        _ => eprintln!("w1 read FILE | w1 memory FILE [ROUNDS]"),
    }
}

fn reader(file: &str) -> ParquetRecordBatchReader {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(file).expect("a measurement by hand"))
        .expect("a measurement by hand");
    builder.with_batch_size(UNIT).build().expect("a measurement by hand")
}

fn memory(file: &str, rounds: usize) {
    let mut files = Vec::new();
    walk(Path::new("bench/w1"), Path::new("bench/w1"), &mut files);
    files.sort();
    let draft = nw_guideline::compile_with(&SourceSet::new(files), "", "", false);
    let batches: Vec<RecordBatch> = reader(file).map(|batch| batch.expect("a measurement by hand")).collect();
    let batch = concat_batches(&batches[0].schema(), &batches).expect("a measurement by hand");
    let column = |from: &str, fact: &str, values: &[&str]| ColumnMapping {
        from: from.into(),
        fact: fact.into(),
        values: values.iter().enumerate().map(|(i, v)| (i.to_string(), (*v).to_string())).collect(),
        ..ColumnMapping::default()
    };
    let mapping = Mapping {
        column: vec![
            column("ki67", "tumour.ki67", &[]),
            column("mitoses", "tumour.mitoses", &[]),
            column("diff", "tumour.differentiation", &["well", "poor"]),
            column("size_mm", "tumour.size", &[]),
            column("invasion", "tumour.invasion", INVASION),
            column("nodes_pos", "nodes.regional.positive", &[]),
            column("met_liver", "metastasis.liver", &[]),
            column("met_extra", "metastasis.extrahepatic", &[]),
        ],
        ..Mapping::default()
    };
    let columns = Wanted::of(["value"]).expect("a measurement by hand");
    let asked = Asked { mapping: Some(mapping), columns, dictionary: true, ..Asked::default() };
    let mut fastest = f64::INFINITY;
    for round in 0..rounds {
        let begun = Instant::now();
        let rows = InMemory::new(draft.guideline(), batch.schema(), &asked).expect("a measurement by hand");
        let whole = rows.whole(std::iter::once(Ok(batch.clone())), 1, UNIT).expect("a measurement by hand");
        let seconds = begun.elapsed().as_secs_f64();
        fastest = fastest.min(seconds);
        let speed = batch.num_rows() as f64 / seconds / 1e6;
        println!("{round}: {speed:.1} million rows a second, {} rejected", whole.rejects.len());
    }
    println!("fastest: {:.1} million rows a second", batch.num_rows() as f64 / fastest / 1e6);
}

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
