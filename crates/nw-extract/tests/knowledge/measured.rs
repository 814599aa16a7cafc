//! How much of what letters state is found, and how much of what is proposed is wrong.
//!
//! Each folder below `tests/letters` holds letters with what they state beside them: a line `fact = value` must be
//! proposed, a line `? fact = value` may be, and any other value of a measured fact is wrong. A value that says less than
//! the letter (one or more nodes, where the letter counts four) is missed.
//!
//! `LETTERS=development cargo test -p nw-extract measured -- --nocapture` names each wrong and missed value of a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nw_facts::{Evidence, FactIdx};

use super::{extract, shipped};

/// What is counted, with the facts that say it.
const ITEMS: [(&str, &[&str]); 10] = [
    ("site", &["primary.site"]),
    ("size", &["tumour.size"]),
    ("invasion", &["tumour.invasion"]),
    ("nodes", &["nodes.regional.positive", "nodes.suspect", "nodes.mesenteric.mass"]),
    (
        "metastases",
        &[
            "metastasis.liver",
            "metastasis.bone",
            "metastasis.brain",
            "metastasis.peritoneum",
            "metastasis.extrahepatic",
            "metastasis.distant",
            "liver.largest",
        ],
    ),
    ("Ki-67", &["tumour.ki67"]),
    ("mitoses", &["tumour.mitoses"]),
    ("differentiation", &["tumour.differentiation"]),
    ("grade", &["reported.grade"]),
    ("TNM", &["reported.t", "reported.n", "reported.m"]),
];

/// What was counted of one item.
#[derive(Clone, Copy, Default)]
struct Count {
    right: usize,
    wrong: usize,
    missed: usize,
}

impl Count {
    fn add(&mut self, other: Count) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }

    fn precision(self) -> f64 {
        ratio(self.right, self.right + self.wrong)
    }

    fn recall(self) -> f64 {
        ratio(self.right, self.right + self.missed)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole).unwrap())
}

type Meaning = Vec<(FactIdx, Evidence)>;

/// What a letter states: the fact, its value as written, what it means, and whether it must be proposed.
struct Stated {
    fact: String,
    value: String,
    meaning: Meaning,
    must: bool,
}

fn stated(path: &Path) -> Vec<Stated> {
    let (vocabulary, _) = shipped();
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| {
            let (must, rest) = line.strip_prefix("? ").map_or((true, line), |rest| (false, rest));
            let place = || format!("{}: {line}", path.display());
            let (fact, value) = rest.split_once(" = ").unwrap_or_else(|| panic!("{}", place()));
            assert!(ITEMS.iter().any(|(_, facts)| facts.contains(&fact)), "{}: is not measured", place());
            let meaning = nw_facts::read(vocabulary, vocabulary.find_fact(fact).unwrap(), value);
            let meaning = meaning.unwrap_or_else(|fault| panic!("{}: {}", place(), fault.message));
            Stated { fact: fact.to_string(), value: value.to_string(), meaning, must }
        })
        .collect()
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/letters");
    let mut found: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

fn letters(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|e| e == "txt"));
    found.sort();
    found
}

/// What one letter adds to each item, with a line for each wrong and missed value.
fn measure(path: &Path) -> ([Count; 10], Vec<String>) {
    let (vocabulary, _) = shipped();
    let text = fs::read_to_string(path).unwrap();
    let stated = stated(&path.with_extension("expected"));
    let report = extract(&text);
    let mut proposed: BTreeMap<&str, (&str, &Meaning, &str)> = BTreeMap::new();
    for finding in report.proposals() {
        let fact = vocabulary.fact(finding.fact).id.as_str();
        proposed.insert(fact, (&finding.value, &finding.evidence, &finding.pattern));
    }
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let (mut counts, mut lines) = ([Count::default(); 10], Vec::new());
    for (count, (_, facts)) in counts.iter_mut().zip(ITEMS) {
        for fact in facts {
            let of_fact: Vec<&Stated> = stated.iter().filter(|s| s.fact == *fact).collect();
            let found = proposed.get(fact);
            let meant = found.and_then(|(_, m, _)| of_fact.iter().find(|s| s.meaning == **m));
            match (found, meant) {
                (Some(_), Some(_)) => count.right += usize::from(of_fact.iter().any(|s| s.must)),
                // What says less than the letter is missed, not wrong.
                (Some((_, meaning, _)), None)
                    if of_fact.iter().any(|s| {
                        let fact = vocabulary.find_fact(fact).unwrap();
                        !nw_extract::contradicts(vocabulary, fact, &s.meaning, meaning)
                    }) => {}
                (Some((value, _, pattern)), None) => {
                    count.wrong += 1;
                    lines.push(format!("{name}: wrong: {fact} = {value} ({pattern})"));
                }
                (None, _) => {}
            }
            if let (Some(must), None) = (of_fact.iter().find(|s| s.must), meant) {
                count.missed += 1;
                let held = report.findings.iter().filter(|f| vocabulary.fact(f.fact).id == *fact);
                let held: Vec<_> = held.map(|f| (&f.value, &f.held, &f.pattern)).collect();
                lines.push(format!("{name}: missed: {fact} = {}; held {held:?}", must.value));
            }
        }
    }
    (counts, lines)
}

#[test]
fn letters_are_measured_for_what_they_state() {
    let shown = std::env::var("LETTERS").unwrap_or_default();
    let mut short = Vec::new();
    for folder in folders() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let letters = letters(&folder);
        assert!(letters.len() > 5, "{name} holds letters");
        let mut items = [Count::default(); 10];
        for letter in &letters {
            let (counts, lines) = measure(letter);
            items.iter_mut().zip(counts).for_each(|(item, count)| item.add(count));
            if shown == name {
                lines.iter().for_each(|line| println!("  {line}"));
            }
            if name == "development" {
                short.extend(lines.into_iter().filter(|line| line.contains(": wrong: ")));
            }
        }
        println!("{name}: {} letters", letters.len());
        let mut total = Count::default();
        for ((item, _), count) in ITEMS.iter().zip(items) {
            print(item, count);
            total.add(count);
        }
        print("all", total);
        if total.precision() < LEAST_PRECISION || total.recall() < LEAST_RECALL {
            short.push(format!(
                "{name}: precision {:.3}, recall {:.3}; at least {LEAST_PRECISION} and {LEAST_RECALL}",
                total.precision(),
                total.recall()
            ));
        }
    }
    assert!(short.is_empty(), "{}", short.join("\n"));
}

/// What the letters of every folder must reach.
const LEAST_PRECISION: f64 = 0.98;
const LEAST_RECALL: f64 = 0.9;

fn print(item: &str, count: Count) {
    println!(
        "  {item:16} right {:3}  wrong {:2}  missed {:2}  precision {:.3}  recall {:.3}",
        count.right,
        count.wrong,
        count.missed,
        count.precision(),
        count.recall()
    );
}
