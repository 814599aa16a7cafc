//! A table in memory gets the answers that a run over its file writes.

use std::fs::File;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use arrow_array::{Array as _, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use nw_registry::batch::{Asked, InMemory, Mapping, run};
use nw_registry::synth::{Cohort, Missing};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::agreement::table;
use crate::{folder, guideline, model, only, request};

const STARTS: [&str; 2] = ["tumour.grade", "tumour.entity"];

fn asked() -> Asked {
    Asked { only: only(&STARTS), ..Asked::default() }
}

/// The texts of a column of answers.
fn words(table: &RecordBatch, name: &str) -> Vec<String> {
    let array = table.column_by_name(name).unwrap();
    if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
        return numbers.iter().map(|n| n.map_or_else(String::new, |n| n.to_string())).collect();
    }
    if let Some(coded) = array.as_any_dictionary_opt() {
        let texts = coded.values().as_string::<i32>();
        if texts.is_empty() {
            return vec![String::new(); coded.keys().len()];
        }
        let keys = coded.normalized_keys();
        let of = |(row, key): (usize, usize)| match coded.keys().is_null(row) {
            true => String::new(),
            false => texts.value(key).to_string(),
        };
        return keys.into_iter().enumerate().map(of).collect();
    }
    array.as_string::<i32>().iter().map(|w| w.unwrap_or_default().to_string()).collect()
}

#[test]
fn memory_says_what_a_file_says() {
    let folder = folder("memory");
    let cohort = Cohort::new(&model(), 3, 1500, Missing::Realistic).unwrap();
    cohort.write(&folder.join("in.parquet"), 1, &mut |_| {}).unwrap();
    let mut wanted = request(&folder, "in.parquet", "out.parquet");
    wanted.only = only(&STARTS);
    let summary = run(guideline(), &wanted, &|_| {}).unwrap();
    let file = table(&folder.join("out.parquet"));

    let open = || {
        let file = File::open(folder.join("in.parquet")).unwrap();
        ParquetRecordBatchReaderBuilder::try_new(file).unwrap().with_batch_size(170).build().unwrap()
    };
    for (dictionary, threads, unit) in [(false, 1, 65_536), (true, 3, 100), (false, 2, 170)] {
        let batches = open();
        let rows = InMemory::new(
            guideline(),
            arrow_array::RecordBatchReader::schema(&batches),
            &Asked { dictionary, ..asked() },
        )
        .unwrap();
        let whole = rows.whole(batches, threads, unit).unwrap();
        assert_eq!(whole.rows, summary.rows);
        let answered: usize = whole.tables.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(answered as u64, summary.answered);
        let rejected: std::collections::BTreeSet<u64> = whole.rejects.iter().map(|r| r.row).collect();
        assert_eq!(rejected.len() as u64, summary.rejected);
        assert!(whole.rejects.is_sorted_by_key(|r| r.row));
        for (name, expected) in &file {
            let found: Vec<String> = whole.tables.iter().flat_map(|t| words(t, name)).collect();
            assert_eq!(found, *expected, "{name}");
        }
        let about = rows.schema();
        assert_eq!(about.metadata().get("netwijzer.digest"), Some(&guideline().digest));
        assert!(about.metadata().get("netwijzer.notice").is_some_and(|n| n.contains("not a certified")));
    }
}

fn sites(values: &[&str]) -> RecordBatch {
    let schema = Schema::new(vec![Field::new("site", DataType::Utf8, true)]);
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(StringArray::from(values.to_vec()))]).unwrap()
}

#[test]
fn rows_count_on_from_batch_to_batch() {
    let mapping = "[[column]]\nfrom = \"site\"\nfact = \"primary.site\"\n";
    let asked = Asked { mapping: Some(Mapping::parse(mapping).unwrap()), ..asked() };
    let (first, second) = (sites(&["ileum", "nowhere"]), sites(&["pancreas", "nobody"]));
    let rows = InMemory::new(guideline(), first.schema(), &asked).unwrap();
    let whole = rows.whole([Ok(first), Ok(second.clone())].into_iter(), 2, 1).unwrap();
    let numbers: Vec<String> = whole.tables.iter().flat_map(|t| words(t, "row")).collect();
    assert_eq!(numbers, ["1", "3"]);
    let rejects: Vec<(u64, &str)> = whole.rejects.iter().map(|r| (r.row, r.text.as_str())).collect();
    assert_eq!(rejects, [(2, "nowhere"), (4, "nobody")]);
    let later = rows.answer(40, &second).unwrap();
    assert_eq!((words(&later.table, "row"), later.rejects[0].row), (vec!["41".to_string()], 42));
}

#[test]
fn what_does_not_fit_is_told() {
    let told = |batch: &RecordBatch, asked: &Asked| match InMemory::new(guideline(), batch.schema(), asked) {
        Ok(_) => String::new(),
        Err(fault) => fault.to_string(),
    };
    let schema = Schema::new(vec![Field::new("quux", DataType::Utf8, true)]);
    let strange = RecordBatch::new_empty(Arc::new(schema));
    assert!(told(&strange, &asked()).contains("no column of the table is named after a fact"));
    let batch = sites(&["ileum"]);
    let mapping = "[[column]]\nfrom = \"sit\"\nfact = \"primary.site\"\n";
    let asked = Asked { mapping: Some(Mapping::parse(mapping).unwrap()), ..asked() };
    assert!(told(&batch, &asked).contains("did you mean `site`?"));
    let mapping = "[[column]]\nfrom = \"site\"\nfact = \"primary.site\"\n";
    let asked = Asked { mapping: Some(Mapping::parse(mapping).unwrap()), ..asked };
    let rows = InMemory::new(guideline(), batch.schema(), &asked).unwrap();
    let other = RecordBatch::new_empty(Arc::new(Schema::empty()));
    assert!(rows.answer(0, &other).unwrap_err().to_string().contains("other columns than the first"));
    // What the other side says when its batches stop is heard, and nothing half done comes out.
    let stops = [Ok(batch), Err(ArrowError::ExternalError("the line is dead".into()))];
    let fault = rows.whole(stops.into_iter(), 2, 10).unwrap_err();
    assert!(fault.to_string().contains("the line is dead"), "{fault}");
}
