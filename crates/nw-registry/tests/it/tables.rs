//! Tables as people have them: mapped, broken, taken up again, in every format.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nw_registry::Fault;
use nw_registry::batch::{Mapping, run, suggest};
use nw_registry::synth::{Cohort, Missing};

use crate::agreement::table;
use crate::{folder, guideline, model, only, request};

const REGISTRY: &str = "\
nr,site_code,morph,mib1,size_cm,datum,zh
1,C17.2,8249/3,\"2,5\",1.4,03-02-2021,A
2,C25.0,8013/3,80,3,11-05-2020,B
3,C25.1,8240/3,999,twee,01-01-2020,A
4,C20.9,8240/3,<1,0.6,31-12-2019,C
5,C99.9,8240/3,1,1,30-02-2020,C
";

const MAPPING: &str = r#"
keep = ["nr", "zh"]
missing = ["NA"]

[[column]]
from = "site_code"
fact = "primary.site"
codes = "icd-o"

[[column]]
from = "morph"
fact = "tumour.differentiation"
values = { "8240/3" = "well", "8249/3" = "well", "8013/3" = "poor" }

[[column]]
from = "morph"
fact = "tumour.cell-type"
codes = "icd-o"
ignore-others = true

[[column]]
from = "mib1"
fact = "tumour.ki67"
missing = ["999"]

[[column]]
from = "size_cm"
fact = "tumour.size"
unit = "cm"

[[column]]
from = "datum"
fact = "diagnosis.date"
date = "%d-%m-%Y"
"#;

#[test]
fn a_registry_is_read_through_its_mapping() {
    let folder = folder("mapping");
    fs::write(folder.join("in.csv"), REGISTRY).unwrap();
    let mut asked = request(&folder, "in.csv", "out.csv");
    asked.mapping = Some(Mapping::parse(MAPPING).unwrap());
    asked.only = only(&["tumour.grade", "tumour.entity"]);
    let summary = run(guideline(), &asked, &|_| {}).unwrap();
    assert_eq!((summary.rows, summary.answered, summary.rejected), (5, 3, 2));
    let out = table(&folder.join("out.csv"));
    assert_eq!(out["row"], ["1", "2", "4"]);
    assert_eq!(out["zh"], ["A", "B", "C"]);
    assert_eq!(out["tumour.entity"], ["net", "nec-large-cell", "net"]);
    assert_eq!(out["tumour.grade:status"], ["undetermined", "not-applicable", "undetermined"]);
    assert_eq!(out["tumour.grade:possible"], ["G1|G2|G3", "not-applicable", "G1|G2|G3"]);
    assert_eq!(out["tumour.grade:conventional"], ["G1", "", "G1"]);
    let rejects = table(&folder.join("rejects.csv"));
    // The date of diagnosis makes no difference to these conclusions, so nobody minds that it is no date.
    assert_eq!(rejects["row"], ["3", "5"]);
    assert_eq!(rejects["column"], ["size_cm", "site_code"]);
    assert_eq!(rejects["text"], ["twee", "C99.9"]);
    assert!(
        rejects["message"]
            .iter()
            .zip(&rejects["text"])
            .all(|(message, text)| message.contains(text.as_str()))
    );
    assert!(rejects["expected"].iter().all(|e| !e.is_empty()));
}

#[test]
fn a_date_that_matters_must_be_one() {
    let folder = folder("dates");
    fs::write(folder.join("in.csv"), REGISTRY).unwrap();
    let mut asked = request(&folder, "in.csv", "out.csv");
    asked.mapping = Some(Mapping::parse(MAPPING).unwrap());
    asked.columns = nw_registry::batch::Wanted::of(["value"]).unwrap();
    let summary = run(guideline(), &asked, &|_| {}).unwrap();
    assert_eq!((summary.rows, summary.answered, summary.rejected), (5, 3, 2));
    let rejects = table(&folder.join("rejects.csv"));
    assert_eq!(rejects["row"], ["3", "5", "5"]);
    assert_eq!(rejects["column"], ["size_cm", "site_code", "datum"]);
    assert_eq!(rejects["text"], ["twee", "C99.9", "30-02-2020"]);
}

#[test]
fn a_mapping_that_does_not_fit_says_what_is_near() {
    let folder = folder("misfit");
    fs::write(folder.join("in.csv"), REGISTRY).unwrap();
    let refused = |mapping: &str| {
        let mut asked = request(&folder, "in.csv", "out.csv");
        asked.mapping = Some(Mapping::parse(mapping).unwrap());
        match run(guideline(), &asked, &|_| {}) {
            Err(fault @ Fault::Request(_)) => fault.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let message = refused("[[column]]\nfrom = \"site_kode\"\nfact = \"primary.site\"");
    assert!(message.contains("`site_kode`") && message.contains("`site_code`"), "{message}");
    let message = refused("[[column]]\nfrom = \"site_code\"\nfact = \"primary.sit\"");
    assert!(message.contains("`primary.sit`") && message.contains("`primary.site`"), "{message}");
    let unknown = Mapping::parse("colum = 3").unwrap_err();
    assert!(unknown.contains("colum"), "{unknown}");
}

#[test]
fn lines_that_are_no_rows_are_rejected_and_the_rest_is_done() {
    let folder = folder("broken");
    fs::write(folder.join("in.csv"), "primary.site,tumour.ki67\nileum,2\nileum\npancreas,3,4\nrectum,1\n")
        .unwrap();
    let mut asked = request(&folder, "in.csv", "out.jsonl");
    asked.only = only(&["tumour.grade"]);
    let summary = run(guideline(), &asked, &|_| {}).unwrap();
    assert_eq!((summary.answered, summary.rejected), (2, 2));
    assert_eq!(table(&folder.join("rejects.csv"))["row"], ["2", "3"]);
    let lines =
        "{\"primary.site\":\"ileum\",\"tumour.ki67\":2.50}\n{\"primary.site\":\n{\"tumour.ki67\":null}\n";
    fs::write(folder.join("in.jsonl"), lines).unwrap();
    let mut asked = request(&folder, "in.jsonl", "out.csv");
    asked.only = only(&["tumour.grade"]);
    let summary = run(guideline(), &asked, &|_| {}).unwrap();
    assert_eq!((summary.answered, summary.rejected), (2, 1));
}

#[test]
fn all_formats_say_the_same() {
    let folder = folder("formats");
    let cohort = Cohort::new(&model(), 3, 300, Missing::Realistic).unwrap();
    let mut tables = Vec::new();
    for (input, output) in
        [("in.parquet", "a.parquet"), ("in.csv", "b.csv"), ("in.jsonl", "c.jsonl"), ("in.csv", "d.parquet")]
    {
        cohort.write(&folder.join(input), 1, &mut |_| {}).unwrap();
        let mut asked = request(&folder, input, output);
        asked.unit = 128;
        asked.only = only(&["tumour.", "indicator.ki67"]);
        run(guideline(), &asked, &|_| {}).unwrap();
        let mut table = table(&folder.join(output));
        // A column that is empty in every row has no name in JSON Lines.
        table.retain(|_, texts| texts.iter().any(|t| !t.is_empty()));
        tables.push(table);
    }
    for other in &tables[1..] {
        assert_eq!(tables[0].keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        assert!(tables[0] == *other, "the same rows say the same in every format");
    }
}

#[test]
fn a_run_that_was_stopped_is_taken_up_and_ends_in_the_same_bytes() {
    let folder = folder("resume");
    let cohort = Cohort::new(&model(), 5, 2500, Missing::Realistic).unwrap();
    cohort.write(&folder.join("in.parquet"), 2, &mut |_| {}).unwrap();
    let ask = |output: &str, threads: usize| {
        let mut asked = request(&folder, "in.parquet", output);
        asked.unit = 500;
        asked.threads = threads;
        asked.only = only(&["therapy.", "regimen.", "indicator.ki67"]);
        asked
    };
    run(guideline(), &ask("whole.parquet", 2), &|_| {}).unwrap();
    let stopped = ask("stopped.parquet", 1);
    let calls = std::sync::atomic::AtomicU32::new(0);
    let fall = |_| {
        let before = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        assert!(before < 2, "as if the machine had stopped here");
    };
    assert!(catch_unwind(AssertUnwindSafe(|| run(guideline(), &stopped, &fall))).is_err());
    assert!(!folder.join("stopped.parquet").exists(), "nothing half done has the name of the output");
    let summary = run(guideline(), &stopped, &|_| {}).unwrap();
    assert!(summary.taken_up >= 1000, "{summary:?}");
    assert_eq!(summary.rows, 2500);
    let bytes = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(
        bytes("whole.parquet") == bytes("stopped.parquet"),
        "the same bytes, however often it was stopped"
    );
    assert!(!folder.join("stopped.parquet.parts").exists());
}

#[test]
fn another_run_does_not_take_up_what_is_not_its_own() {
    let folder = folder("other-run");
    let cohort = Cohort::new(&model(), 5, 900, Missing::Realistic).unwrap();
    cohort.write(&folder.join("in.csv"), 1, &mut |_| {}).unwrap();
    let mut asked = request(&folder, "in.csv", "out.csv");
    (asked.unit, asked.threads, asked.only) = (300, 1, only(&["therapy."]));
    let fall = |_| panic!("as if the machine had stopped here");
    assert!(catch_unwind(AssertUnwindSafe(|| run(guideline(), &asked, &fall))).is_err());
    asked.only = only(&["regimen."]);
    let summary = run(guideline(), &asked, &|_| {}).unwrap();
    assert_eq!(summary.taken_up, 0);
    assert!(table(&folder.join("out.csv")).keys().any(|name| name.starts_with("regimen.")));
}

#[test]
fn a_mapping_is_suggested_and_works() {
    let folder = folder("suggest");
    fs::write(folder.join("in.csv"), REGISTRY).unwrap();
    let found = suggest(&guideline().vocabulary, &folder.join("in.csv")).unwrap();
    let text = found.to_toml();
    let back = Mapping::parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let of = |from: &str| back.column.iter().filter(|c| c.from == from).collect::<Vec<_>>();
    assert_eq!(of("mib1")[0].fact, "tumour.ki67", "{text}");
    assert_eq!(of("mib1")[0].missing, ["999"], "{text}");
    assert_eq!(of("size_cm")[0].fact, "tumour.size", "{text}");
    assert_eq!(of("size_cm")[0].unit.as_deref(), Some("cm"), "{text}");
    let site = of("site_code");
    assert!(site.iter().any(|c| c.fact == "primary.site" && c.codes.as_deref() == Some("icd-o")), "{text}");
    assert!(of("morph").iter().any(|c| c.fact == "tumour.cell-type"), "{text}");
    let mut asked = request(&folder, "in.csv", "out.csv");
    (asked.mapping, asked.only) = (Some(back), only(&["tumour.entity"]));
    assert_eq!(run(guideline(), &asked, &|_| {}).unwrap().rows, 5);
}
