//! Our figures are those of Python's lifelines, to six digits; `fixtures/make.py` says how they were made.

// A helper of a test may fail the test.
#![allow(clippy::unwrap_used)]

use nw_statistics::cox::{Model, cox};
use nw_statistics::proportion::chance;
use nw_statistics::survival::{Curve, Seen, log_rank};

const PEOPLE: &str = include_str!("fixtures/people.csv");
const EXPECTED: &str = include_str!("fixtures/expected.csv");

/// Columns of the invented people, by name.
fn column(name: &str) -> Vec<f64> {
    let at = PEOPLE.lines().next().unwrap().split(',').position(|n| n == name).unwrap();
    PEOPLE.lines().skip(1).map(|line| line.split(',').nth(at).unwrap().parse().unwrap()).collect()
}

fn people() -> Vec<Seen> {
    column("time").into_iter().zip(column("event")).map(|(time, e)| Seen { time, event: e == 1.0 }).collect()
}

fn group(wanted: f64) -> Vec<Seen> {
    let in_group = column("group").into_iter().zip(people());
    in_group.filter(|(group, _)| *group == wanted).map(|(_, seen)| seen).collect()
}

/// The numbers of every line with this name.
fn expected(name: &str) -> Vec<Vec<f64>> {
    let of = EXPECTED.lines().filter_map(|line| line.split_once(','));
    let of = of.filter(|(n, _)| *n == name);
    of.map(|(_, numbers)| numbers.split(',').map(|n| n.parse().unwrap()).collect()).collect()
}

fn close(what: &str, found: f64, expected: f64) {
    let near = (found - expected).abs() <= 1e-6 * expected.abs().max(1e-3);
    assert!(near || found == expected, "{what}: {found} is not {expected}");
}

#[test]
fn curves_and_bands() {
    let mut compared = 0;
    for (name, people) in [("0", group(0.0)), ("1", group(1.0)), ("2", group(2.0)), ("all", people())] {
        let curve = Curve::of(&people, 0.95);
        let told = expected(&format!("km {name}"));
        for (step, row) in curve.steps.iter().zip(&told) {
            let what = format!("group {name} at {}", step.time);
            let band = step.band.unwrap();
            let found = [
                step.time,
                step.at_risk as f64,
                step.events as f64,
                step.censored as f64,
                step.survival,
                band.0,
                band.1,
            ];
            found.iter().zip(row).for_each(|(found, expected)| close(&what, *found, *expected));
            compared += 1;
        }
        let positive = curve.steps.iter().filter(|s| s.survival > 0.0).count();
        assert_eq!(positive, told.len());
        let median = curve.median().map_or(f64::INFINITY, |m| m.time);
        close(&format!("median of {name}"), median, expected(&format!("median {name}"))[0][0]);
    }
    assert!(compared > 120, "{compared}");
}

#[test]
fn log_rank_tests() {
    for (name, groups) in [
        ("log-rank", vec![group(0.0), group(1.0), group(2.0)]),
        ("log-rank two", vec![group(0.0), group(1.0)]),
    ] {
        let found = log_rank(&groups).unwrap();
        let told = &expected(name)[0];
        close(name, found.statistic, told[0]);
        assert_eq!(found.degrees as f64, told[1]);
        close(name, found.p, told[2]);
        let (seen, expected): (f64, f64) = (found.observed.iter().sum(), found.expected.iter().sum());
        close("as many are expected as were seen", seen, expected);
    }
}

#[test]
fn proportional_hazards() {
    for (name, columns) in [("one", vec!["age"]), ("full", vec!["age", "g2", "g3", "marker", "group"])] {
        let values: Vec<Vec<f64>> = columns.iter().map(|c| column(c)).collect();
        let rows: Vec<Vec<f64>> =
            (0..values[0].len()).map(|i| values.iter().map(|v| v[i]).collect()).collect();
        let Model { effects, likelihood_without, likelihood, ratio, concordance, .. } =
            cox(&people(), &rows, 0.95).unwrap();
        for (column, effect) in columns.iter().zip(&effects) {
            let told = &expected(&format!("cox {name} {column}"))[0];
            let found = [
                effect.coefficient,
                effect.ratio,
                effect.error,
                effect.z,
                effect.p,
                effect.interval.0,
                effect.interval.1,
            ];
            for (found, expected) in found.iter().zip(told) {
                close(&format!("{name}, {column}"), *found, *expected);
            }
        }
        let told = &expected(&format!("cox {name}"))[0];
        let found = [likelihood_without, likelihood, ratio.0, ratio.1 as f64, ratio.2, concordance.unwrap()];
        found.iter().zip(told).for_each(|(found, expected)| close(name, *found, *expected));
    }
}

#[test]
fn limits_of_chance() {
    let told = expected("funnel");
    assert_eq!(told.len(), 10);
    for row in told {
        let (low, high) = chance(row[0], row[1] as u64, row[2]).unwrap();
        close("low", low, row[3]);
        close("high", high, row[4]);
    }
}

/// The same figures from the lifelines on this machine, where there is one.
#[test]
fn the_figures_can_be_made_again() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("lifelines");
    std::fs::create_dir_all(&folder).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/make.py");
    let python = std::env::var("NETWIJZER_PYTHON").unwrap_or_else(|_| "python3".to_string());
    let there = std::process::Command::new(&python).args(["-c", "import lifelines"]).output();
    if !there.is_ok_and(|o| o.status.success()) {
        eprintln!("lifelines is not installed here: only the figures in the repository were compared");
        return;
    }
    let made = std::process::Command::new(&python).arg(script).current_dir(&folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(std::fs::read_to_string(folder.join("people.csv")).unwrap(), PEOPLE);
    let numbers = |text: &str| -> Vec<(String, Vec<f64>)> {
        let lines = text.lines().filter_map(|line| line.split_once(','));
        lines.map(|(n, v)| (n.to_string(), v.split(',').map(|x| x.parse().unwrap()).collect())).collect()
    };
    let again = std::fs::read_to_string(folder.join("expected.csv")).unwrap();
    for ((name, found), (told, expected)) in numbers(&again).iter().zip(&numbers(EXPECTED)) {
        assert_eq!(name, told);
        found.iter().zip(expected).for_each(|(found, expected)| close(name, *found, *expected));
    }
}
