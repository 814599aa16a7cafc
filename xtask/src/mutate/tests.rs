//! The attack itself is tested on a guideline of one table, where every slip can be judged by hand.

use super::*;

const VOCABULARY: &str = r#"
[[fact]]
id = "size"
type = "quantity"
unit = "mm"
min = "0"
max = "500"
holder = "pathology"
en = "Size"
nl = "Grootte"
question = { en = "How large?", nl = "Hoe groot?" }

[[conclusion]]
id = "class"
en = "Class"
nl = "Klasse"
outside = { en = "always applies", nl = "geldt altijd" }
[[conclusion.value]]
id = "small"
en = "small"
nl = "klein"
[[conclusion.value]]
id = "large"
en = "large"
nl = "groot"
"#;

const MANIFEST: &str = r#"
id = "mini"
edition = "1"
valid-from = "2026-01-01"
status = "unconfirmed"
en = "Mini"
nl = "Mini"
chapters = ["10-class.md"]
"#;

const SOURCES: &str = r#"
[[source]]
key = "book"
title = "A book"
publisher = "A publisher"
year = "2026"
kind = "reference"
read = "all of it"
"#;

fn chapter(kind: &str, rows: &str, cases: &str) -> String {
    format!(
        "---\nid: class\nen: Class\nnl: Klasse\n---\n\n## Class / Klasse\nBy size.\n\n> **nl** Naar grootte.\n\n### Table class\n- kind: {kind}\n- en: By size\n- nl: Naar grootte\n- mark: GK\n- source: book\n\n| row | size | class |\n|-----|------|-------|\n{rows}\n### Cases sizes\n\n| case | size | → class |\n|------|------|---------|\n{cases}\n"
    )
}

fn mini(kind: &str, rows: &str, cases: &str) -> (SourceSet, CompiledGuideline, Known) {
    let sources = SourceSet::new(vec![
        ("vocabulary/v.toml".into(), VOCABULARY.into()),
        ("sources.toml".into(), SOURCES.into()),
        ("guidelines/mini/guideline.toml".into(), MANIFEST.into()),
        ("guidelines/mini/10-class.md".into(), chapter(kind, rows, cases)),
    ]);
    let (base, known) = baseline(compile(&sources, "", ""));
    assert!(known.is_empty(), "{known:?}");
    (sources, base, known)
}

fn fates(kind: &str, rows: &str, cases: &str) -> Vec<(String, Fate)> {
    let (sources, base, known) = mini(kind, rows, cases);
    let settings =
        Settings { count: 1000, seed: 1, only: String::new(), knowledge: None, threads: 1, goal: 99.0 };
    let mutations = choose(&sources, &base, &settings);
    let fates = try_all(&sources, &base, &known, &mutations, 2);
    mutations.iter().map(|m| format!("{}: {} → {}", m.slip.name(), m.before, m.after)).zip(fates).collect()
}

const TWO_ROWS: &str = "| a | <= 20 mm | small |\n| b | > 20 mm | large |\n";

#[test]
fn a_unique_table_with_cases_lets_nothing_through() {
    let all = fates(
        "unique",
        TWO_ROWS,
        "| low | 20 | small |\n| high | 21 | large |\n| open | | {small, large} |\n",
    );
    assert!(all.len() > 15, "{all:?}");
    assert!(all.iter().all(|(_, f)| matches!(f, Fate::Proof(_) | Fate::Case)), "{all:?}");
}

#[test]
fn a_first_table_without_cases_at_its_threshold_lets_slips_through() {
    let rows = "| a | <= 20 mm | small |\n| b | any | large |\n";
    let all = fates("first", rows, "| low | 5 | small |\n| high | 100 | large |\n");
    let survived = |what: &str| all.iter().any(|(m, f)| m == what && *f == Fate::Survived);
    assert!(survived("threshold moved: <= 20 mm → <= 21 mm"), "{all:?}");
    assert!(survived("end flipped: <= 20 mm → < 20 mm"), "{all:?}");
    assert!(!survived("other output: small → large"), "{all:?}");
}

#[test]
fn a_slip_that_changes_nothing_is_equivalent() {
    // In a `first` table the lower bound of the second row repeats what the first row leaves.
    let rows = "| a | <= 20 mm | small |\n| b | > 20 mm | large |\n";
    let all = fates("first", rows, "| at | 20 | small |\n| past | 20,5 | large |\n| high | 21 | large |\n");
    let fate = |what: &str| all.iter().find(|(m, _)| m == what).map(|(_, f)| f.clone());
    assert_eq!(fate("end flipped: > 20 mm → >= 20 mm"), Some(Fate::Equivalent));
    assert_eq!(fate("threshold moved: > 20 mm → > 19 mm"), Some(Fate::Equivalent));
    assert_eq!(fate("widened to any: > 20 mm → any"), Some(Fate::Equivalent));
    assert_eq!(fate("threshold moved: <= 20 mm → <= 21 mm"), Some(Fate::Case));
}

#[test]
fn another_reason_for_the_same_answer_is_told_apart() {
    let rows = "| a | <= 10 mm | small |\n| b | <= 20 mm | small |\n| c | any | large |\n";
    let all = fates("first", rows, "| low | 10 | small |\n| middle | 20 | small |\n| high | 21 | large |\n");
    let gone = all.iter().find(|(m, _)| m.starts_with("row deleted: | a |")).map(|(_, f)| f.clone());
    assert_eq!(gone, Some(Fate::OtherReason));
}

#[test]
fn the_same_seed_makes_the_same_slips() {
    let (sources, base, _) = mini("unique", TWO_ROWS, "| low | 20 | small |\n");
    let settings =
        Settings { count: 8, seed: 7, only: String::new(), knowledge: None, threads: 1, goal: 99.0 };
    assert_eq!(choose(&sources, &base, &settings), choose(&sources, &base, &settings));
    let other = Settings { seed: 8, ..settings.clone() };
    assert_ne!(choose(&sources, &base, &settings), choose(&sources, &base, &other));
    let nothing = Settings { only: "no such table".into(), ..settings };
    assert!(choose(&sources, &base, &nothing).is_empty());
}
