//! The figures as a table for the terminal and as the section of `docs/benchmarks.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::case::{Case, Differentiation, Invasion};
use crate::engine::{Absence, Engine, GradeAnswer};
use crate::measure::Figures;
use crate::reference;

const BEGIN: &str = "<!-- bench:w1 -->";
const END: &str = "<!-- /bench:w1 -->";

/// How many cases are asked without their Ki-67: more would show the same and take minutes.
const SILENT_CASES: usize = 10_000;

/// The patient of the missing-Ki-67 question: well differentiated, one mitosis per 2 mm², all else known.
const EXAMPLE: Case = Case {
    ki67_tenths: 0,
    mitoses_tenths: 10,
    differentiation: Differentiation::Well,
    size_tenths_mm: 150,
    invasion: Invasion::Limited,
    nodes_positive: 0,
    liver: false,
    extrahepatic: false,
};

/// What one engine says when Ki-67 is missing.
#[derive(Debug)]
pub struct Silence {
    /// The answer for [`EXAMPLE`], for both ways of not giving the value.
    example: String,
    /// Cases in which more than one grade is possible.
    open: usize,
    /// Of these, the engine is certain of one grade.
    certain: usize,
    /// Of these, the engine answers exactly the possible grades.
    exact: usize,
}

/// Asks one engine for the grade of every case without its Ki-67, or of the first ten thousand.
pub fn silence(engine: &mut dyn Engine, cases: &[Case]) -> Silence {
    let omitted = engine.missing_ki67(&EXAMPLE, Absence::Omitted);
    let null = engine.missing_ki67(&EXAMPLE, Absence::Null);
    let example = if omitted.kind() == null.kind() {
        omitted.kind()
    } else {
        format!("{}, as null {}", omitted.kind(), null.kind())
    };
    let mut silence = Silence { example, open: 0, certain: 0, exact: 0 };
    for case in cases.iter().take(SILENT_CASES) {
        let possible = reference::grades_without_ki67(case);
        if possible.len() > 1 {
            let answer = engine.missing_ki67(case, Absence::Omitted);
            silence.open += 1;
            silence.certain += usize::from(answer.is_certain());
            silence.exact += usize::from(answer == GradeAnswer::Grades(possible));
        }
    }
    silence
}

/// One engine with everything that was found out about it.
pub struct Line {
    /// Its name.
    pub name: String,
    /// Its package, if it is one.
    pub package: Option<&'static str>,
    /// Its speed.
    pub figures: Figures,
    /// Its answers without Ki-67.
    pub silence: Silence,
}

/// The table with absolute times, for the terminal only: they hold for this machine and this minute.
pub fn absolute(lines: &[Line]) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{:<34} {:>12} {:>12} {:>14} {:>12} {:>7}",
        "engine", "one case", "in a loop", "cases/s", "input alone", "spread"
    );
    for line in lines {
        let figures = &line.figures;
        let _ = writeln!(
            text,
            "{:<34} {:>9.0} ns {:>9.1} ns {:>14.0} {:>9.1} ns {:>6.2}x",
            line.name,
            figures.single_ns,
            figures.loop_ns,
            1e9 / figures.loop_ns,
            figures.hand_over_ns,
            figures.spread
        );
    }
    text
}

/// The section for the document: ratios only.
///
/// # Errors
/// When the lock file cannot be read.
pub fn section(lines: &[Line], origin: &str, rounds: usize, build_times: &Path) -> Result<String> {
    let versions = locked_versions()?;
    let builds = read_build_times(build_times)?;
    let base = lines.first().context("no engine was measured")?;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "Cases: {origin}. Every engine gives the same five outcomes for every case; the run stops otherwise.\n\
         Target: `{}`, target CPU {}, {}, `opt-level = 3`, one thread. \
         Medians of {rounds} interleaved rounds of processor time.",
        env!("NW_BENCH_TARGET"),
        env!("NW_BENCH_TARGET_CPU"),
        env!("NW_BENCH_RUSTC"),
    );
    let _ = writeln!(text, "Times are multiples of **{}**; larger is slower.\n", base.name);
    text.push_str(
        "| Engine | Version | One case | In a loop | The same, input built beforehand | Building (CPU s, crates) |\n\
         |---|---|---:|---:|---:|---:|\n",
    );
    for line in lines {
        let version = match line.package {
            None => "–".to_owned(),
            Some(package) => versions.get(package).cloned().unwrap_or_else(|| "–".to_owned()),
        };
        let built = match line.package.and_then(|package| builds.get(package)) {
            None => "–".to_owned(),
            Some((Some(seconds), crates)) => format!("{seconds:.0} ({crates})"),
            Some((None, crates)) => format!("not measured ({crates})"),
        };
        let evaluation = |figures: &Figures| (figures.loop_ns - figures.hand_over_ns).max(0.0);
        let _ = writeln!(
            text,
            "| {} | {version} | {} | {} | {} | {built} |",
            line.name,
            ratio(line.figures.single_ns, base.figures.single_ns),
            ratio(line.figures.loop_ns, base.figures.loop_ns),
            ratio(evaluation(&line.figures), evaluation(&base.figures)),
        );
    }
    text.push_str(
        "\nWhat does the engine say when the Ki-67 index is not given? Example: well differentiated, one mitosis \
         per 2 mm², so G1, G2 and G3 are all possible.\n\n\
         | Engine | Answer for the example | Certain of one grade though several are possible | \
         Exactly the possible grades |\n|---|---|---:|---:|\n",
    );
    for Line { name, silence, .. } in lines {
        let share = |part: usize| format!("{part} of {}", silence.open);
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} |",
            silence.example,
            share(silence.certain),
            share(silence.exact)
        );
    }
    Ok(text)
}

/// Puts the section between its markers and leaves the rest of the document alone.
///
/// # Errors
/// When the document cannot be read or written, or has no markers.
pub fn write(path: &Path, section: &str) -> Result<()> {
    let document = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let Some(document) = replaced(&document, section) else {
        bail!("`{}` has no lines `{BEGIN}` and `{END}`: add both where the figures belong", path.display());
    };
    fs::write(path, document).with_context(|| format!("cannot write `{}`", path.display()))
}

fn replaced(document: &str, section: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", section.trim_end()))
}

/// A multiple with two significant digits, more for large ones.
fn ratio(value: f64, base: f64) -> String {
    let multiple = value / base;
    if !multiple.is_finite() {
        "–".to_owned()
    } else if multiple < 0.095 {
        format!("{multiple:.2}")
    } else if multiple < 9.95 {
        format!("{multiple:.1}")
    } else {
        format!("{multiple:.0}")
    }
}

/// The versions that were compiled in, from the lock file.
fn locked_versions() -> Result<BTreeMap<String, String>> {
    let lock: toml::Table = include_str!("../Cargo.lock").parse().context("Cargo.lock is unreadable")?;
    let packages =
        lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock lists no package")?;
    let text = |package: &toml::Value, key: &str| Some(package.get(key)?.as_str()?.to_owned());
    Ok(packages
        .iter()
        .filter_map(|package| Some((text(package, "name")?, text(package, "version")?)))
        .collect())
}

/// Processor seconds, if measured, and number of crates per package, as `build_times.py` wrote them.
///
/// Empty if it never ran.
fn read_build_times(path: &Path) -> Result<BTreeMap<String, (Option<f64>, usize)>> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let mut reader =
        csv::Reader::from_path(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut times = BTreeMap::new();
    for record in reader.deserialize() {
        let (package, seconds, crates): (String, Option<f64>, usize) = record.with_context(|| {
            format!("`{}` is unreadable, expected package,seconds,crates", path.display())
        })?;
        times.insert(package, (seconds, crates));
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_replaces_what_was_between_the_markers_and_nothing_else() {
        let document = format!("intro\n{BEGIN}\nold\n{END}\nend\n");
        let expected = format!("intro\n{BEGIN}\nnew\n{END}\nend\n");
        assert_eq!(replaced(&document, "new\n").unwrap(), expected);
        assert_eq!(replaced("no markers", "new"), None);
    }

    #[test]
    fn multiples_are_short() {
        assert_eq!(
            [ratio(1.0, 1.0), ratio(5.06, 2.0), ratio(1234.5, 10.0), ratio(0.5, 10.0)],
            ["1.0", "2.5", "123", "0.05"]
        );
        assert_eq!(ratio(1.0, 0.0), "–");
    }
}
