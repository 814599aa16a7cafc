//! The batch says of every row what the engine says of that patient alone.

use std::collections::BTreeMap;
use std::path::Path;

use arrow_array::cast::AsArray as _;
use nw_engine::{Detail, Drawn, Engine, Options, Outcome};
use nw_facts::{FactSet, Observation, read};
use nw_guideline::CompiledGuideline;
use nw_registry::batch::{Request, Wanted, run};
use nw_registry::synth::{Cohort, Missing};
use nw_registry::table::Reader;

use crate::{folder, guideline, model, only, request};

/// Every text of a table, by column; read with the library's own reader.
pub(crate) fn table(path: &Path) -> BTreeMap<String, Vec<String>> {
    let mut reader = Reader::open(path).unwrap();
    let names = reader.names().to_vec();
    let mut all: BTreeMap<String, Vec<String>> = names.iter().map(|n| (n.clone(), Vec::new())).collect();
    while let Some(unit) = reader.unit().unwrap() {
        for (name, array) in names.iter().zip(&unit.columns) {
            let column = all.get_mut(name).unwrap();
            if let Some(words) = array.as_string_opt::<i32>() {
                column.extend(words.iter().map(|w| w.unwrap_or_default().to_string()));
            } else {
                let numbers = array.as_primitive::<arrow_array::types::Int64Type>();
                column.extend(numbers.iter().map(|n| n.map_or_else(String::new, |n| n.to_string())));
            }
        }
    }
    all
}

/// What the batch writes of a conclusion, worked out a second time.
fn expected(guideline: &CompiledGuideline, drawn: &Drawn) -> [String; 6] {
    let values = &guideline.vocabulary.conclusion(drawn.conclusion).values;
    let name = |at: usize| values.get(at).map_or("not-applicable", |v| v.id.as_str());
    let names =
        |set: u64| (0..=values.len()).filter(|i| set >> i & 1 == 1).map(name).collect::<Vec<_>>().join("|");
    let set = drawn.outcome.possible(values.len());
    let (value, status) = match &drawn.outcome {
        Outcome::Concluded(value) => (name(*value).to_string(), "concluded"),
        Outcome::Undetermined(_) => (String::new(), "undetermined"),
        Outcome::NotApplicable => (String::new(), "not-applicable"),
        Outcome::Conflict(_) => (String::new(), "conflict"),
        Outcome::Collected { certain, open: 0 } => (names(*certain), "concluded"),
        Outcome::Collected { certain, .. } => (names(*certain), "undetermined"),
    };
    let by = drawn.convention.as_ref();
    let conventional = by.map_or_else(String::new, |c| match &c.outcome {
        Outcome::Collected { certain, .. } => names(*certain),
        outcome => names(outcome.possible(values.len())),
    });
    let conventions = by.map_or_else(String::new, |c| {
        c.conventions.iter().map(|i| guideline.conventions[*i].id.as_str()).collect::<Vec<_>>().join(" ")
    });
    let because = drawn.reason.as_ref().map_or_else(String::new, |reason| {
        if reason.outside {
            return "outside".to_string();
        }
        let own = reason.steps.iter().filter(|s| guideline.tables[s.table].conclusion == drawn.conclusion);
        let row = |s: &nw_engine::Step| {
            format!("{}#{}", guideline.tables[s.table].id, guideline.tables[s.table].rows[s.row].id)
        };
        own.map(row).collect::<Vec<_>>().join(" ")
    });
    [value, status.to_string(), names(set), conventional, conventions, because]
}

/// Without conventions and reasons nearly every row takes the quick road; the engine is asked about each all the same.
#[test]
fn exact_sets_of_every_conclusion_of_rows_with_gaps() {
    agree_on("sets", (200, 5), Missing::Realistic, &[], None, &["value", "status", "possible"]);
}

#[test]
fn sets_and_deciding_rows_of_the_classification() {
    let columns = ["value", "status", "possible", "because"];
    agree_on("deciding", (1500, 5), Missing::Realistic, &["tumour.", "tnm.", "option."], None, &columns);
}

/// Draws a cohort, runs it, and asks the engine about every `step`th row as a patient of its own.
fn agree(name: &str, rows: u64, step: usize, missing: Missing, starts: &[&str], as_of: Option<&str>) {
    agree_on(name, (rows, step), missing, starts, as_of, &Wanted::NAMES);
}

/// The same in some of the columns.
fn agree_on(
    name: &str,
    (rows, step): (u64, usize),
    missing: Missing,
    starts: &[&str],
    as_of: Option<&str>,
    columns: &[&str],
) {
    let folder = folder(name);
    let cohort = Cohort::new(&model(), 11, rows, missing).unwrap();
    cohort.write(&folder.join("in.csv"), 2, &mut |_| {}).unwrap();
    let mut asked = request(&folder, "in.csv", "out.parquet");
    asked.only = if starts.is_empty() { None } else { only(starts) };
    asked.as_of = as_of.map(|d| d.parse().unwrap());
    asked.columns = Wanted::of(columns.iter().copied()).unwrap();
    same_as_alone(&folder, &asked, (rows, step), columns);
}

/// Runs a table, and asks the engine about every `step`th of its rows.
fn same_as_alone(folder: &Path, asked: &Request, (rows, step): (u64, usize), columns: &[&str]) {
    let guideline = guideline();
    let summary = run(guideline, asked, &|_| {}).unwrap();
    assert_eq!((summary.rows, summary.rejected), (rows, 0));
    let (given, found) = (table(&folder.join("in.csv")), table(&folder.join("out.parquet")));
    let mut engine = Engine::new(guideline);
    let options = Options { detail: Detail::Reasons, only: asked.only.clone(), ..Options::default() };
    let mut wrong: Vec<String> = Vec::new();
    let mut compared = 0;
    for row in (0..rows as usize).step_by(step) {
        let mut facts = FactSet::new();
        for (column, texts) in &given {
            let Some(fact) = guideline.vocabulary.find_fact(column) else { continue };
            if texts[row].is_empty() {
                continue;
            }
            for (idx, evidence) in read(&guideline.vocabulary, fact, &texts[row]).unwrap() {
                let text = texts[row].clone();
                let via = (idx != fact).then_some(fact);
                let observation =
                    Observation { fact: idx, evidence, text, date: None, known: None, origin: None, via };
                facts.add(observation.dated_by_itself(guideline.vocabulary.fact(idx)));
            }
        }
        let facts = facts.on(asked.as_of).seen(nw_facts::Seen { as_of: asked.as_of, known_by: None });
        for drawn in engine.conclude(&facts, &options).drawn {
            let id = &guideline.vocabulary.conclusion(drawn.conclusion).id;
            let aspects = ["", ":status", ":possible", ":conventional", ":convention", ":because"];
            let mut meant = expected(guideline, &drawn);
            for (text, name) in meant.iter_mut().zip(Wanted::NAMES) {
                if !columns.contains(&name) {
                    text.clear();
                }
            }
            let none = String::new();
            let said = aspects.map(|aspect| {
                found.get(&format!("{id}{aspect}")).map_or(&none, |column| &column[row]).clone()
            });
            compared += 1;
            if said != meant && wrong.len() < 20 {
                wrong.push(format!("row {}: {id}: {said:?} is not {meant:?}", row + 1));
            }
        }
    }
    assert!(compared > 0);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Of most of these rows nobody knows where the tumour began, and there are so many that they get diagrams of their own.
#[test]
fn rows_of_which_the_site_is_not_known() {
    let folder = folder("no-site");
    let cohort = Cohort::new(&model(), 11, 900, Missing::Realistic).unwrap();
    cohort.write(&folder.join("whole.csv"), 2, &mut |_| {}).unwrap();
    let mut reader = csv::Reader::from_path(folder.join("whole.csv")).unwrap();
    let head = reader.headers().unwrap().clone();
    let site = head.iter().position(|name| name == "primary.site").unwrap();
    let mut writer = csv::Writer::from_path(folder.join("in.csv")).unwrap();
    writer.write_record(&head).unwrap();
    for (row, record) in reader.records().enumerate() {
        let record = record.unwrap();
        let cells = record.iter().enumerate().map(|(at, text)| match at == site {
            true if row % 5 == 0 => "[ileum, pancreas]",
            true if row % 7 != 0 => "",
            _ => text,
        });
        writer.write_record(cells).unwrap();
    }
    writer.flush().unwrap();
    let mut asked = request(&folder, "in.csv", "out.parquet");
    asked.only = only(&["tumour.", "tnm.", "option."]);
    let columns = ["value", "status", "possible", "because"];
    asked.columns = Wanted::of(columns).unwrap();
    same_as_alone(&folder, &asked, (900, 6), &columns);
}

/// What a column reports keeps facts from being presumed that no column, or another one, speaks of.
#[test]
fn rows_whose_reports_speak_against_what_is_presumed() {
    let mut rows = Vec::new();
    for site in ["oesophagus", "colon", "ileum", "skin", ""] {
        for edition in ["uicc8", "uicc7", ""] {
            for t in ["Tis", "T0", "T1", ""] {
                for n in ["N1c", "N1", ""] {
                    for (stage, in_situ) in [("0", ""), ("III", ""), ("", ""), ("", "no"), ("", "yes")] {
                        let differentiation = if site == "ileum" { "well" } else { "poor" };
                        rows.push(format!(
                            "{site},{differentiation},small,{edition},{t},{n},{stage},{in_situ}"
                        ));
                    }
                }
            }
        }
    }
    let head = "primary.site,tumour.differentiation,tumour.cell-type,reported.tnm.edition,reported.t,reported.n,reported.stage";
    let wide = format!("{head},carcinoma.in-situ\n{}\n", rows.join("\n"));
    let short: Vec<&str> = rows.iter().filter_map(|row| row.rsplit_once(',').map(|(left, _)| left)).collect();
    let narrow = format!("{head}\n{}\n", short.join("\n"));
    for (name, text) in [("presumed-and-mapped", wide), ("presumed-alone", narrow)] {
        let folder = folder(name);
        std::fs::write(folder.join("in.csv"), text).unwrap();
        for columns in [&["value", "status", "possible"][..], &Wanted::NAMES] {
            let mut asked = request(&folder, "in.csv", "out.parquet");
            asked.only = only(&["tumour.", "tnm.", "note.reported", "primary."]);
            asked.columns = Wanted::of(columns.iter().copied()).unwrap();
            same_as_alone(&folder, &asked, (rows.len() as u64, 1), columns);
        }
    }
}

#[test]
fn classification_of_thousands_of_rows_with_gaps() {
    agree("classification", 2000, 1, Missing::Realistic, &["tumour.", "tnm."], None);
}

#[test]
fn every_conclusion_of_rows_with_gaps() {
    agree("everything", 40, 1, Missing::Realistic, &[], None);
}

#[test]
fn every_conclusion_of_complete_rows_on_a_day() {
    agree("dated", 30, 1, Missing::None, &[], Some("2026-01-01"));
}

#[test]
fn indicators_and_treatments_of_rows_with_gaps() {
    agree(
        "indicators",
        150,
        3,
        Missing::Realistic,
        &["indicator.", "therapy.", "regimen.", "function."],
        None,
    );
}
