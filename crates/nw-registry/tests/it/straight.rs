//! Columns of numbers are read without texts; what comes out is what the texts of those numbers give.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

use arrow_array::{
    Array as _, ArrayRef, BooleanArray, Float32Array, Float64Array, Int16Array, RecordBatch, StringArray,
    UInt8Array,
};
use nw_registry::batch::{Asked, ColumnMapping, InMemory, Mapping, Wanted, count, run};
use nw_registry::synth::{Cohort, Missing};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{folder, guideline, model, only, request};

const STARTS: [&str; 3] = ["tumour.grade", "tnm.uicc8.t", "tnm.uicc8.stage"];
const ROWS: usize = 3000;

/// The same numbers in every run.
fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

fn column(from: &str, fact: &str) -> ColumnMapping {
    ColumnMapping { from: from.into(), fact: fact.into(), ..ColumnMapping::default() }
}

fn mapping() -> Mapping {
    let mut size = column("size_cm", "tumour.size");
    (size.unit, size.missing) = (Some("cm".into()), vec!["99".into()]);
    let mut well = column("well", "tumour.differentiation");
    well.values =
        BTreeMap::from([("1".into(), "well".into()), ("2".into(), "poor".into())]).into_iter().collect();
    let columns = [
        column("site", "primary.site"),
        column("ki67", "tumour.ki67"),
        size,
        column("nodes", "nodes.regional.positive"),
        column("liver", "metastasis.liver"),
        well,
    ];
    Mapping { column: columns.into(), ..Mapping::default() }
}

/// Numbers on, beside and far from every threshold, nothing, no number, and what cannot be.
fn table() -> RecordBatch {
    let mut next = numbers(5);
    let sites = ["ileum", "pancreas", "rectum", "stomach", "lung", "appendix"];
    let site: StringArray =
        (0..ROWS).map(|_| Some(sites[next(6) as usize]).filter(|_| next(20) > 0)).collect();
    let ki67: Float32Array = (0..ROWS)
        .map(|_| match next(24) {
            0 => None,
            1 => Some(f32::NAN),
            2 => Some(130.0),
            3 => Some(-0.5),
            4 => Some(f32::INFINITY),
            5..12 => Some([2.9, 3.0, 3.000_000_2, 2.999_999_8, 20.0, 20.1, 55.0][next(7) as usize]),
            _ => Some(next(1000) as f32 / 10.0),
        })
        .collect();
    let size: Float64Array = (0..ROWS)
        .map(|_| match next(12) {
            0 => None,
            1 => Some(99.0),
            2..5 => Some([1.0, 2.0, 2.000_000_000_000_000_4, 4.0, 3.999_999_999_999_999_6][next(5) as usize]),
            _ => Some(next(900) as f64 / 100.0),
        })
        .collect();
    let nodes: Int16Array = (0..ROWS)
        .map(|_| match next(10) {
            0 => None,
            1 => Some(-1),
            _ => Some(next(15) as i16),
        })
        .collect();
    let liver: BooleanArray = (0..ROWS).map(|_| Some(next(4) == 0).filter(|_| next(5) > 0)).collect();
    let well: UInt8Array = (0..ROWS).map(|_| Some(next(60).min(2) as u8).filter(|_| next(9) > 0)).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("site", Arc::new(site) as ArrayRef, true),
        ("ki67", Arc::new(ki67), true),
        ("size_cm", Arc::new(size), true),
        ("nodes", Arc::new(nodes), true),
        ("liver", Arc::new(liver), true),
        ("well", Arc::new(well), true),
    ])
    .unwrap()
}

/// The same table in the words of a person.
fn in_words(table: &RecordBatch) -> RecordBatch {
    let words = |array: &ArrayRef| -> ArrayRef {
        let any = array.as_any();
        let texts: Vec<Option<String>> = (0..array.len())
            .map(|row| {
                if array.is_null(row) {
                    return None;
                }
                if let Some(a) = any.downcast_ref::<Float32Array>() {
                    return a.value(row).is_finite().then(|| a.value(row).to_string());
                }
                if let Some(a) = any.downcast_ref::<Float64Array>() {
                    return Some(a.value(row).to_string());
                }
                if let Some(a) = any.downcast_ref::<Int16Array>() {
                    return Some(a.value(row).to_string());
                }
                if let Some(a) = any.downcast_ref::<UInt8Array>() {
                    return Some(a.value(row).to_string());
                }
                if let Some(a) = any.downcast_ref::<BooleanArray>() {
                    return Some(if a.value(row) { "yes" } else { "no" }.to_string());
                }
                any.downcast_ref::<StringArray>().map(|a| a.value(row).to_string())
            })
            .collect();
        Arc::new(StringArray::from(texts))
    };
    let names = table.schema();
    let columns = table.columns().iter().zip(names.fields()).map(|(a, f)| (f.name(), words(a), true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// Every answer, and every reject, as texts.
fn answers(table: &RecordBatch, columns: Wanted) -> (Vec<Vec<String>>, Vec<(u64, String)>) {
    let asked = Asked { mapping: Some(mapping()), only: only(&STARTS), columns, ..Asked::default() };
    let rows = InMemory::new(guideline(), table.schema(), &asked).unwrap();
    let whole = rows.whole(std::iter::once(Ok(table.clone())), 1, 1700).unwrap();
    let names = ["value", "status", "possible", "because"];
    let mut texts = vec![Vec::new(); STARTS.len() * names.len()];
    for part in &whole.tables {
        for (at, texts) in texts.iter_mut().enumerate() {
            let end = if at % 4 == 0 { String::new() } else { format!(":{}", names[at % 4]) };
            let name = format!("{}{end}", STARTS[at / 4]);
            let column = part.column_by_name(&name).unwrap().as_any().downcast_ref::<StringArray>().unwrap();
            texts.extend(column.iter().map(|t| t.unwrap_or_default().to_string()));
        }
    }
    (texts, whole.rejects.into_iter().map(|r| (r.row, r.column)).collect())
}

#[test]
fn numbers_say_what_their_texts_say() {
    let table = table();
    let plain = Wanted::of(["value", "status", "possible", "because"]).unwrap();
    let (quick, rejects) = answers(&table, plain);
    assert!(rejects.len() > 300 && rejects.len() < 1500, "{} rows cannot be read", rejects.len());
    // With conventions, rows are answered class by class and by the engine.
    for (table, columns) in [(table.clone(), Wanted::default()), (in_words(&table), plain)] {
        let (slow, same_rejects) = answers(&table, columns);
        assert_eq!(rejects, same_rejects);
        for (at, (quick, slow)) in quick.iter().zip(&slow).enumerate() {
            assert_eq!(quick.len(), slow.len());
            let row = quick.iter().zip(slow).position(|(a, b)| a != b);
            assert_eq!(row, None, "{} differs: {:?}", STARTS[at / 4], row.map(|r| (&quick[r], &slow[r])));
        }
    }
}

#[test]
fn counts_are_those_of_the_rows() {
    let folder = folder("counts");
    let cohort = Cohort::new(&model(), 11, 2500, Missing::Realistic).unwrap();
    cohort.write(&folder.join("in.parquet"), 1, &mut |_| {}).unwrap();
    let mut asked = request(&folder, "in.parquet", "out.parquet");
    (asked.only, asked.unit, asked.threads) = (only(&STARTS), 1100, 2);
    for columns in [Wanted::of(["value", "status", "possible"]).unwrap(), Wanted::default()] {
        asked.columns = columns;
        let counted = count(guideline(), &asked, &|_| {}).unwrap();
        let summary = run(guideline(), &asked, &|_| {}).unwrap();
        assert_eq!((counted.summary.rows, counted.summary.answered), (summary.rows, summary.answered));
        let rows = crate::agreement::table(&folder.join("out.parquet"));
        let rows: BTreeMap<_, _> = rows.into_iter().collect();
        let mut expected: BTreeMap<(String, String, String), u64> = BTreeMap::new();
        for start in STARTS {
            let (status, possible) = (&rows[&format!("{start}:status")], &rows[&format!("{start}:possible")]);
            for (status, possible) in status.iter().zip(possible) {
                *expected.entry((start.to_string(), status.clone(), possible.clone())).or_default() += 1;
            }
        }
        let mut found: BTreeMap<(String, String, String), u64> = BTreeMap::new();
        for c in &counted.counts {
            *found.entry((c.conclusion.clone(), c.status.clone(), c.possible.clone())).or_default() += c.rows;
        }
        assert_eq!(found, expected);
    }
}

#[test]
fn a_grade_is_not_lost_to_a_column_that_does_not_matter_to_it() {
    let folder = folder("matters");
    let site: StringArray = ["ileum", "ileum"].map(Some).into_iter().collect();
    let ki67 = Float32Array::from(vec![1.0, 1.0]);
    let lipase: StringArray = ["3 mg", "nonsense"].map(Some).into_iter().collect();
    let table = RecordBatch::try_from_iter([
        ("primary.site", Arc::new(site) as ArrayRef),
        ("tumour.ki67", Arc::new(ki67)),
        ("diagnosis.date", Arc::new(lipase)),
    ])
    .unwrap();
    let path = folder.join("in.parquet");
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), table.schema(), None).unwrap();
    writer.write(&table).unwrap();
    writer.close().unwrap();
    let mut asked = request(&folder, "in.parquet", "out.parquet");
    asked.only = only(&["tumour.grade"]);
    assert_eq!(run(guideline(), &asked, &|_| {}).unwrap().rejected, 0);
    let kept = ParquetRecordBatchReaderBuilder::try_new(File::open(folder.join("out.parquet")).unwrap());
    assert_eq!(kept.unwrap().metadata().file_metadata().num_rows(), 2);
}
