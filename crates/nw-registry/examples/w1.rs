#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::unwrap_used, missing_docs)]
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::{ArrayRef, BooleanArray, Float32Array, Int16Array, RecordBatch, UInt8Array};
use nw_guideline::SourceSet;
use nw_registry::batch::{Asked, ColumnMapping, InMemory, Mapping, Wanted};

fn main() {
    let n: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let p: f64 = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(0.0);
    let mut files = Vec::new();
    walk(Path::new("bench/w1"), Path::new("bench/w1"), &mut files);
    files.sort();
    let draft = nw_guideline::compile_with(&SourceSet::new(files), "", "", false);
    let guideline = draft.guideline();
    let mut seed = 1u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let x = seed ^ (seed >> 33);
        (x.wrapping_mul(0xff51afd7ed558ccd) >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut null = { let mut r = { let mut s = 99u64; move || { s = s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); (s >> 33) as f64 / (1u64 << 31) as f64 } }; move || r() < p };
    let ki: Float32Array = (0..n).map(|_| { let v = ((random() * 400.0).round() / 10.0) as f32; (!null()).then_some(v) }).collect();
    let mi: Float32Array = (0..n).map(|_| { let v = (random() * 30.0).round() as f32; (!null()).then_some(v) }).collect();
    let diff: UInt8Array = (0..n).map(|_| { let v = u8::from(random() < 0.08); (!null()).then_some(v) }).collect();
    let size: Float32Array = (0..n).map(|_| { let v = (random() * 80.0).round() as f32; (!null()).then_some(v) }).collect();
    let inv: UInt8Array = (0..n).map(|_| { let v = (random() * 5.0) as u8; (!null()).then_some(v) }).collect();
    let nodes: Int16Array = (0..n).map(|_| { let v = if random() < 0.6 { 0 } else { 1 + (random() * 15.0) as i16 }; (!null()).then_some(v) }).collect();
    let liver: BooleanArray = (0..n).map(|_| { let v = random() < 0.22; (!null()).then_some(v) }).collect();
    let extra: BooleanArray = (0..n).map(|_| { let v = random() < 0.08; (!null()).then_some(v) }).collect();
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("ki67", Arc::new(ki) as ArrayRef, true), ("mitoses", Arc::new(mi), true), ("diff", Arc::new(diff), true), ("size_mm", Arc::new(size), true),
        ("invasion", Arc::new(inv), true), ("nodes_pos", Arc::new(nodes), true), ("met_liver", Arc::new(liver), true), ("met_extra", Arc::new(extra), true)]).unwrap();
    let column = |from: &str, fact: &str, values: &[&str]| ColumnMapping {
        from: from.into(), fact: fact.into(),
        values: values.iter().enumerate().map(|(i, v)| (i.to_string(), (*v).to_string())).collect(),
        ..ColumnMapping::default()
    };
    let mapping = Mapping { column: vec![
        column("ki67", "tumour.ki67", &[]), column("mitoses", "tumour.mitoses", &[]), column("diff", "tumour.differentiation", &["well", "poor"]),
        column("size_mm", "tumour.size", &[]), column("invasion", "tumour.invasion", &["limited", "duodenum", "bile-duct", "adjacent-organ", "large-vessel"]),
        column("nodes_pos", "nodes.regional.positive", &[]), column("met_liver", "metastasis.liver", &[]), column("met_extra", "metastasis.extrahepatic", &[]) ], ..Mapping::default() };
    let asked = Asked { mapping: Some(mapping), columns: Wanted::of(["value"]).unwrap(), dictionary: true, ..Asked::default() };
    let memory = InMemory::new(guideline, batch.schema(), &asked).unwrap();
    if std::env::args().nth(5).as_deref() == Some("count") {
        let path = std::path::PathBuf::from("/tmp/netwijzer-registry/w1.parquet");
        let file = std::fs::File::create(&path).unwrap();
        let mut w = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        w.write(&batch).unwrap();
        w.close().unwrap();
        let threads: usize = std::env::args().nth(4).and_then(|n| n.parse().ok()).unwrap_or(1);
        for _ in 0..4 {
            let begun = Instant::now();
            let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&path).unwrap()).unwrap().with_batch_size(65536).build().unwrap();
            let rows: usize = reader.map(|b| b.unwrap().num_rows()).sum();
            println!("bare read {:?} {rows}", begun.elapsed());
            let request = nw_registry::batch::Request { input: path.clone(), output: path.with_extension("csv"), mapping: asked.mapping.clone(), only: None, reject: path.with_extension("rejects"), threads, unit: 65536, options: nw_engine::Options::default(), language: nw_facts::Language::En, dutch: str::to_string, as_of: None, columns: Wanted::of(["value","status","possible"]).unwrap() };
            let begun = Instant::now();
            let counted = nw_registry::batch::count(guideline, &request, &|_| {}).unwrap();
            println!("count {:?} {:?}", begun.elapsed(), counted.counts.len());
        }
        return;
    }
    let unit: usize = std::env::args().nth(3).and_then(|n| n.parse().ok()).unwrap_or(65536);
    for _ in 0..std::env::args().nth(4).and_then(|n| n.parse().ok()).unwrap_or(5) {
        let begun = Instant::now();
        let whole = memory.whole(std::iter::once(Ok(batch.clone())), 1, unit).unwrap();
        let t = begun.elapsed();
        println!("{:?} {:.1} M rows/s, {} rejects, {} tables", t, n as f64 / t.as_secs_f64() / 1e6, whole.rejects.len(), whole.tables.len());
    }
}

fn walk(root: &Path, dir: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { walk(root, &path, files); }
        else if let (Ok(text), Ok(name)) = (std::fs::read_to_string(&path), path.strip_prefix(root)) {
            files.push((name.to_string_lossy().replace('\\', "/"), text));
        }
    }
}
