//! Invented cohorts come near their figures, and are the same wherever they are drawn.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array as _, RecordBatch};
use nw_guideline::Output;
use nw_registry::synth::{Cohort, Missing, When};
use sha2::{Digest as _, Sha256};

use crate::{folder, guideline, model};

/// A column as texts, or as numbers.
enum Column {
    Words(Vec<Option<String>>),
    Numbers(Vec<Option<f64>>),
}

struct Drawn {
    names: Vec<String>,
    columns: Vec<Column>,
    rows: usize,
}

impl Drawn {
    fn new(rows: u64, missing: Missing) -> Drawn {
        let cohort = Cohort::revealed(&model(), 20_260_110, rows, missing).unwrap();
        let names: Vec<String> = cohort.schema().fields().iter().map(|f| f.name().clone()).collect();
        let mut columns: Vec<Column> = Vec::new();
        for block in 0..cohort.blocks() {
            add(&mut columns, &cohort.block(block).unwrap());
        }
        Drawn { names, columns, rows: rows as usize }
    }

    fn column(&self, name: &str) -> &Column {
        &self.columns[self.names.iter().position(|n| n == name).unwrap()]
    }

    fn numbers(&self, name: &str) -> &[Option<f64>] {
        match self.column(name) {
            Column::Numbers(numbers) => numbers,
            Column::Words(_) => panic!("{name} has words"),
        }
    }

    fn holds(&self, when: &When, row: usize) -> bool {
        use nw_registry::synth::Wanted;
        when.iter().all(|(name, wanted)| match (self.column(name), wanted) {
            (Column::Words(words), Wanted::One(word)) => words[row].as_deref() == Some(word),
            (Column::Words(words), Wanted::Several(list)) => {
                words[row].as_ref().is_some_and(|w| list.contains(w))
            }
            _ => panic!("{name}: targets look at words"),
        })
    }
}

fn add(columns: &mut Vec<Column>, batch: &RecordBatch) {
    for (at, array) in batch.columns().iter().enumerate() {
        let next = if let Some(words) = array.as_any_dictionary_opt() {
            let values = words.values().as_string::<i32>();
            let keys = words.normalized_keys();
            let of = |row: usize| (!words.keys().is_null(row)).then(|| values.value(keys[row]).to_string());
            Column::Words((0..array.len()).map(of).collect())
        } else if let Some(numbers) = array.as_primitive_opt::<Float64Type>() {
            Column::Numbers(numbers.iter().collect())
        } else if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
            Column::Numbers(numbers.iter().map(|n| n.map(|n| n as f64)).collect())
        } else {
            Column::Numbers(vec![None; array.len()])
        };
        match (columns.get_mut(at), next) {
            (None, next) => columns.push(next),
            (Some(Column::Words(all)), Column::Words(more)) => all.extend(more),
            (Some(Column::Numbers(all)), Column::Numbers(more)) => all.extend(more),
            _ => panic!("a column keeps its kind"),
        }
    }
}

#[test]
fn a_cohort_comes_near_its_figures() {
    let drawn = Drawn::new(60_000, Missing::None);
    let mut wrong = Vec::new();
    for target in &model().target {
        let rows: Vec<usize> = (0..drawn.rows).filter(|row| drawn.holds(&target.among, *row)).collect();
        let n = rows.len() as f64;
        assert!(n > 200.0, "{}: {n} rows say too little", target.name);
        // Three standard errors of chance on top of what the figure itself may be off.
        let percent = |hits: usize, percent: f64, within: f64| {
            let found = 100.0 * hits as f64 / n;
            let chance = 300.0 * (percent / 100.0 * (1.0 - percent / 100.0) / n).sqrt();
            ((found - percent).abs() > within + chance).then(|| format!("{found:.2} % is not {percent} %"))
        };
        let fault = if let Some(share) = &target.share {
            percent(
                rows.iter().filter(|row| drawn.holds(&share.of, **row)).count(),
                share.percent,
                share.within,
            )
        } else if let Some(alive) = &target.alive {
            let years = drawn.numbers(&alive.column);
            let hits = rows.iter().filter(|row| years[**row].is_some_and(|y| y > alive.years)).count();
            percent(hits, alive.percent, alive.within)
        } else if let Some(middle) = target.median.as_ref().or(target.mean.as_ref()) {
            let mut values: Vec<f64> =
                rows.iter().filter_map(|row| drawn.numbers(&middle.column)[*row]).collect();
            values.sort_by(f64::total_cmp);
            let found = if target.median.is_some() {
                values[values.len() / 2]
            } else {
                values.iter().sum::<f64>() / values.len() as f64
            };
            ((found - middle.value).abs() > middle.within).then(|| format!("{found} is not {}", middle.value))
        } else {
            panic!("{}: a target without a figure", target.name)
        };
        wrong.extend(fault.map(|fault| format!("{}: {fault}", target.name)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Chapter 87 states the figures; whoever edits one of the two must edit the other.
#[test]
fn targets_are_the_figures_of_the_guideline() {
    let guideline = guideline();
    let mut checked = 0;
    for target in &model().target {
        let Some(name) = &target.row else { continue };
        let (table, row) = name.split_once('#').unwrap();
        let table =
            guideline.tables.iter().find(|t| t.id == table).unwrap_or_else(|| panic!("no table for {name}"));
        let row = table.rows.iter().find(|r| r.id == row).unwrap_or_else(|| panic!("no row {name}"));
        let Output::Value(value) = row.output else { panic!("{name} gives nothing") };
        let stated: f64 = guideline.vocabulary.conclusion(table.conclusion).values[value].id.parse().unwrap();
        let figure = target.share.as_ref().map(|s| s.percent).or(target.median.as_ref().map(|m| m.value));
        assert_eq!(figure, Some(stated), "{name}");
        checked += 1;
    }
    assert!(checked >= 20, "{checked} targets name their row");
}

#[test]
fn errors_and_gaps_are_as_stated() {
    let drawn = Drawn::new(20_000, Missing::Realistic);
    let filled = |name: &str| match drawn.column(name) {
        Column::Words(words) => words.iter().flatten().count() as f64,
        Column::Numbers(numbers) => numbers.iter().flatten().count() as f64,
    };
    let rows = drawn.rows as f64;
    let grade = 100.0 - 100.0 * filled("reported.grade") / rows;
    assert!((25.0..40.0).contains(&grade), "{grade} % of grades are missing");
    let cases = drawn.numbers("case");
    let twice = cases.windows(2).filter(|pair| pair[0] == pair[1]).count() as f64;
    assert!(twice / rows > 0.025, "{twice} rows stand there twice");
    let sizes: Vec<f64> = drawn.numbers("tumour.size").iter().flatten().copied().collect();
    let small = sizes.iter().filter(|size| size.fract() != 0.0).count() as f64 / sizes.len() as f64;
    assert!((0.015..0.04).contains(&small), "{small} of the sizes were written in centimetres");
    let whole = Drawn::new(4096, Missing::None);
    let Column::Words(words) = whole.column("tumour.differentiation") else { panic!("words") };
    assert!(words.iter().all(Option::is_some), "nothing is missing when nothing is to be");
}

#[test]
fn the_same_start_number_draws_the_same_cohort() {
    let folder = folder("same");
    let write = |name: &str, threads: usize, seed: u64| {
        let cohort = Cohort::new(&model(), seed, 9000, Missing::Realistic).unwrap();
        cohort.write(&folder.join(name), threads, &mut |_| {}).unwrap();
        data_encoding::HEXLOWER.encode(&Sha256::digest(std::fs::read(folder.join(name)).unwrap()))
    };
    let one = write("one.csv", 1, 7);
    assert_eq!(one, write("two.csv", 3, 7));
    assert_ne!(one, write("other.csv", 1, 8));
    assert_eq!(write("one.parquet", 1, 7), write("two.parquet", 2, 7));
    let text = std::fs::read_to_string(folder.join("one.csv")).unwrap();
    assert!(
        text.lines().nth(1).unwrap().contains("true; gep-net 2026.1; seed 7"),
        "every row says that it is invented"
    );
}
