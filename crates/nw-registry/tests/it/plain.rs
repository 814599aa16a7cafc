//! On a small guideline the batch gives the sets that enumeration of every world gives.

use std::fmt::Write as _;
use std::path::Path;

use nw_engine::plain::Plain;
use nw_engine::{Knowledge, Worlds as _};
use nw_facts::{FactSet, Observation, read};
use nw_guideline::{SourceSet, compile};
use nw_registry::batch::run;

use crate::agreement::table;
use crate::{folder, request};

struct Dice(u64);

impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.next(texts.len() as u64) as usize]
    }
}

const COLUMNS: [(&str, &[&str]); 8] = [
    ("tumour.ki67", &["", "1", "2.9", "3", "<2", "2-5", "20", "20.1", "> 20", "unknown", "[1, 25]"]),
    ("tumour.mitoses", &["", "0", "1.9", "2", "20", "20.1", "<= 2", "1-30", "not-done"]),
    ("tumour.differentiation", &["", "well", "poor", "well", "[well, poor]"]),
    ("tumour.size", &["", "8", "20", "2,01 cm", "20.1", "40", "41", "15-45", "unknown"]),
    ("tumour.invasion", &["", "limited", "duodenum", "bile-duct", "large-vessel", "[limited, duodenum]"]),
    ("nodes.regional.positive", &["", "0", "1", "3", "0-2", ">= 1"]),
    ("metastasis.liver", &["", "no", "yes", "ja", "nee"]),
    ("metastasis.extrahepatic", &["", "no", "yes"]),
];

#[test]
fn sets_are_those_of_enumeration() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/w1");
    let mut files = Vec::new();
    for name in
        ["vocabulary/w1.toml", "guidelines/w1/guideline.toml", "guidelines/w1/10-w1.md", "sources.toml"]
    {
        files.extend(std::fs::read_to_string(root.join(name)).ok().map(|text| (name.to_string(), text)));
    }
    let draft = compile(&SourceSet::new(files), "", "");
    let guideline = draft.guideline();
    assert_eq!(guideline.conclusions.len(), 5);
    let (mut dice, rows) = (Dice(20_261_121), 3000);
    let mut csv = COLUMNS.map(|(name, _)| name).join(",");
    csv.push('\n');
    let mut given: Vec<[&str; 8]> = Vec::new();
    for _ in 0..rows {
        let row = COLUMNS.map(|(_, texts)| dice.of(texts));
        let _ = writeln!(csv, "{}", row.map(|text| format!("\"{text}\"")).join(","));
        given.push(row);
    }
    let folder = folder("plain");
    std::fs::write(folder.join("in.csv"), csv).unwrap();
    let summary = run(guideline, &request(&folder, "in.csv", "out.csv"), &|_| {}).unwrap();
    assert_eq!(summary.answered, rows);
    let out = table(&folder.join("out.csv"));
    let mut plain = Plain::new(guideline);
    for (at, row) in given.iter().enumerate() {
        let mut facts = FactSet::new();
        for ((column, _), text) in COLUMNS.iter().zip(row).filter(|(_, text)| !text.is_empty()) {
            let fact = guideline.vocabulary.find_fact(column).unwrap();
            for (idx, evidence) in read(&guideline.vocabulary, fact, text).unwrap() {
                let text = (*text).to_string();
                facts.add(Observation {
                    fact: idx,
                    evidence,
                    text,
                    date: None,
                    known: None,
                    origin: None,
                    via: None,
                });
            }
        }
        let knowledge = Knowledge::new(guideline, &facts, &[], &[]);
        for (position, conclusion) in guideline.conclusions.iter().enumerate() {
            let set = plain.outcomes(position, &knowledge.masks, &[]);
            let def = guideline.vocabulary.conclusion(conclusion.idx);
            let names: Vec<&str> = (0..def.values.len())
                .filter(|i| set >> i & 1 == 1)
                .map(|i| def.values[i].id.as_str())
                .collect();
            assert_eq!(out[&format!("{}:possible", def.id)][at], names.join("|"), "row {}: {row:?}", at + 1);
        }
    }
}
