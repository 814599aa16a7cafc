//! Who changes, and a registry in figures: from a table to what is written.

use std::fs;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use nw_engine::{Fate, Impact};
use nw_facts::Language;
use nw_guideline::{SourceSet, compile_with};
use nw_registry::analysis::{self, Definition};
use nw_registry::impact::{self, Lists, Source, Told};
use nw_registry::synth::{Cohort, Missing};
use nw_registry::table::{Reader, Writer};

use crate::{folder, guideline, knowledge, model, texts};

#[test]
fn a_moved_threshold_changes_those_it_concerns() {
    let moved = texts().into_iter().map(|(path, text)| {
        if !path.ends_with("15-grade.md") {
            return (path, text);
        }
        let start = text.find("### Table tumour.grade / digestive").unwrap();
        let end = text.find("### Table tumour.grade / none").unwrap();
        let table = text[start..end].replace("< 3 %", "< 5 %").replace("[3..20] %", "[5..20] %");
        (path, format!("{}{table}{}", &text[..start], &text[end..]))
    });
    // The promises of the chapter no longer hold, which is no matter here.
    let to = compile_with(&SourceSet::new(moved.collect()), "", "", false).guideline().clone();
    let impact = Impact::new(guideline(), &to, &|id| id == "tumour.grade", 3);
    let folder = folder("impact");
    fs::write(
        folder.join("in.csv"),
        "record,primary.site,tumour.differentiation,tumour.ki67,tumour.mitoses\n\
         r1,ileum,well,4 %,1 /2mm2\nr2,ileum,well,4 %,\nr3,ileum,well,10 %,1 /2mm2\nr4,ileum,well,,1 /2mm2\n\
         r5,ileum,well,4 parts,1 /2mm2\nr6,ileum,well,2-4 %,1 /2mm2\n",
    )
    .unwrap();
    let request = impact::Request {
        mapping: None,
        record: Some("record".to_string()),
        lists: Lists::File(folder.join("lists.csv")),
        threads: 2,
        unit: 2,
        as_of: None,
        shown: 10,
    };
    let source = || Source::file(&folder.join("in.csv")).unwrap();
    let findings = impact::run(&impact, source(), &request, &|_| {}).unwrap();
    assert_eq!((findings.rows, findings.judged, findings.rejected), (6, 5, 1));
    let counted = &findings.conclusions[0];
    let fates = [Fate::Must, Fate::May, Fate::Cannot].map(|f| counted.of(f));
    assert_eq!(fates, [1, 3, 1]);
    let lists = fs::read_to_string(folder.join("lists.csv")).unwrap();
    let told: Vec<String> =
        lists.lines().skip(1).map(|l| l.split(',').take(7).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(told[0], "1 r1 tumour.grade must G2 G1 G2>G1");
    assert!(told[1].starts_with("2 r2 tumour.grade may G2|G3 G1|G2|G3"), "{lists}");
    assert!(lists.lines().nth(2).unwrap().contains(",tumour.mitoses,"), "mitoses decide: {lists}");
    assert!(lists.lines().nth(4).unwrap().starts_with("6,r6,") && lists.contains(",tumour.ki67,"), "{lists}");
    // The same rows in memory: equal counts, equal lists.
    let mut reader = Reader::open(&folder.join("in.csv")).unwrap();
    let unit = reader.unit().unwrap().unwrap();
    let fields: Vec<Field> = reader.names().iter().map(|n| Field::new(n, DataType::Utf8, true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let rows = RecordBatch::try_new(Arc::clone(&schema), unit.columns).unwrap();
    let batches = [rows.slice(0, 1), rows.slice(1, 0), rows.slice(1, 5)].map(Ok);
    let table = Source::table(schema, Box::new(batches.into_iter()));
    let kept = impact::Request { lists: Lists::Kept, ..request.clone() };
    let in_memory = impact::run(&impact, table, &kept, &|_| {}).unwrap();
    assert_eq!(in_memory.people, findings.people);
    assert_eq!(in_memory.conclusions[0].fates, counted.fates);
    assert_eq!(in_memory.rejects.len(), 1);
    let mut writer = Writer::create(&folder.join("kept.csv"), &in_memory.lists[0].schema()).unwrap();
    in_memory.lists.iter().for_each(|part| writer.write(part).unwrap());
    writer.finish().unwrap();
    assert_eq!(fs::read_to_string(folder.join("kept.csv")).unwrap(), lists);
    let told = Told { names: ["a", "b"], input: "in.csv" };
    for (language, words) in
        [(Language::En, "not a certified medical device"), (Language::Nl, "geen gecertificeerd")]
    {
        let page = impact::html(&impact, &findings, &told, language);
        assert!(
            page.contains(words) && page.contains(&guideline().digest) && page.contains("<title"),
            "{words}"
        );
        assert!(!page.contains("4 parts"), "the text of a patient stays in the table");
    }
}

#[test]
fn figures_hide_small_counts() {
    let folder = folder("analysis");
    let cohort = Cohort::new(&model(), 3, 150, Missing::Realistic).unwrap();
    cohort.write(&folder.join("in.csv"), 2, &mut |_| {}).unwrap();
    let text = fs::read_to_string(knowledge().join("registry/gep-net.toml")).unwrap();
    let mut definition = Definition::parse(&text).unwrap();
    definition.indicators.as_mut().unwrap().denominator = "indicator.m*.denominator".to_string();
    definition.indicators.as_mut().unwrap().numerator = "indicator.m*.numerator".to_string();
    let request = analysis::Request {
        input: folder.join("in.csv"),
        work: folder.join("work.parquet"),
        mapping: None,
        threads: 2,
        options: nw_engine::Options::default(),
        as_of: None,
        smallest: None,
    };
    let found = analysis::analyse(guideline(), &definition, &request, &|_| {}).unwrap();
    assert_eq!((found.rows, found.analysed, found.smallest), (150, 150, 5));
    assert!(!folder.join("work.parquet").exists(), "what was written on the way is gone");
    let mut counts: Vec<Option<u64>> = found.mix.iter().flat_map(|m| m.levels.iter().map(|l| l.1)).collect();
    for indicator in &found.indicators {
        let centres = indicator.centres.iter().chain([&indicator.all]);
        counts.extend(centres.flat_map(|c| [c.met, c.not_met, c.unknown, c.denominator]));
    }
    counts.extend(found.comparisons.iter().flat_map(|c| c.counts.iter().flatten().copied()));
    let curves = || found.survival.iter().flat_map(|s| &s.blocks).flat_map(|b| &b.curves);
    counts.extend(curves().flat_map(|c| c.at_risk.iter().copied().chain([c.people, c.events])));
    assert!(counts.iter().flatten().all(|c| *c == 0 || *c >= 5), "{counts:?}");
    assert!(counts.iter().any(Option::is_none) && counts.iter().flatten().any(|c| *c > 20));
    assert!(found.indicators.len() >= 3 && curves().count() > 3 && found.comparisons.len() == 4);
    let page = analysis::html(&found, "in.csv", Language::Nl);
    assert!(page.contains("Kaplan-Meier") && page.contains(&found.guideline.digest));
    assert!(Definition::parse("id = 3").is_err());
}
