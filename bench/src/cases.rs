//! Where the cases come from: the file that `w1.py` writes, or a stand-in of the same distribution.

use std::path::Path;

use anyhow::{Context, Result, bail};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use crate::case::{Case, Differentiation, Invasion, Outcome};
use crate::reference;

/// The seed of the published generator; the stand-in draws other numbers from it.
const SEED: u64 = 20_261_121;

/// The columns of a case file, in order.
const COLUMNS: [&str; 13] = [
    "ki67",
    "mitoses",
    "diff",
    "size_mm",
    "invasion",
    "nodes_pos",
    "met_liver",
    "met_extra",
    "grade",
    "t",
    "n",
    "m",
    "stage",
];

/// Cases with their reference outcomes.
pub struct Cases {
    /// The cases.
    pub cases: Vec<Case>,
    /// What [`reference::classify`] says of each.
    pub expected: Vec<Outcome>,
    /// How the cases came about and what they were checked against, for the report.
    pub origin: String,
}

/// Reads a case file and checks the reference function against its outcome columns and the published figures.
///
/// # Errors
/// When the file cannot be read, a cell is not of the workload, or the reference function disagrees.
pub fn read(path: &Path) -> Result<Cases> {
    let mut reader = csv::Reader::from_path(path)
        .with_context(|| format!("cannot read the cases in `{}`", path.display()))?;
    let header = reader.headers()?;
    if !header.iter().eq(COLUMNS) {
        bail!(
            "`{}` has the columns `{}`, expected `{}`: write it with w1.py",
            path.display(),
            header.iter().collect::<Vec<_>>().join(","),
            COLUMNS.join(",")
        );
    }
    let mut cases = Vec::new();
    let mut expected = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let place = || format!("`{}`, case {}", path.display(), cases.len() + 1);
        let (case, written) = parse(&record).with_context(place)?;
        let computed = reference::classify(&case);
        if computed != written {
            bail!("{}: the reference function says {computed}, the file says {written}", place());
        }
        cases.push(case);
        expected.push(computed);
    }
    let digest = reference::digest(&expected);
    let checked = match reference::published_digest(cases.len()) {
        Some(published) if published == digest => format!("SHA-256 `{digest}` as published"),
        Some(published) => {
            bail!("the outcomes of `{}` hash to `{digest}`, expected `{published}`", path.display())
        }
        None => format!("SHA-256 `{digest}`, none is published for this size"),
    };
    if let Some(miss) = reference::missed_count(&expected) {
        bail!("`{}` misses a published count: {miss}", path.display());
    }
    let origin = format!("{} cases of the NumPy generator, outcomes {checked}", cases.len());
    Ok(Cases { cases, expected, origin })
}

/// Draws cases of the same distribution without NumPy.
///
/// They are other cases than the published ones, so no digest can vouch for them; the ratios hardly differ.
pub fn draw(rows: usize) -> Result<Cases> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let ki67 = Normal::<f64>::new(1.3, 1.2)?;
    let mitoses = Normal::<f64>::new(0.3, 1.2)?;
    let size = Normal::<f64>::new(3.1, 0.7)?;
    let cases: Vec<Case> = (0..rows)
        .map(|_| Case {
            ki67_tenths: boundary_or(&mut rng, &[20, 29, 30, 31, 199, 200, 201], |rng| {
                (ki67.sample(rng).exp() * 10.0).round().min(1000.0)
            }),
            mitoses_tenths: boundary_or(&mut rng, &[19, 20, 21, 199, 200, 201], |rng| {
                mitoses.sample(rng).exp().round().min(100.0) * 10.0
            }),
            differentiation: Differentiation::ALL[usize::from(rng.random_bool(0.08))],
            size_tenths_mm: boundary_or(&mut rng, &[199, 200, 201, 399, 400, 401], |rng| {
                size.sample(rng).exp().round().clamp(1.0, 200.0) * 10.0
            }),
            invasion: match rng.random_range(0..100_u8) {
                0..70 => Invasion::Limited,
                70..78 => Invasion::Duodenum,
                78..84 => Invasion::BileDuct,
                84..94 => Invasion::AdjacentOrgan,
                _ => Invasion::LargeVessel,
            },
            nodes_positive: if rng.random_bool(0.6) { 0 } else { rng.random_range(1..16) },
            liver: rng.random_bool(0.22),
            extrahepatic: rng.random_bool(0.08),
        })
        .collect();
    let expected = cases.iter().map(reference::classify).collect();
    let origin = format!(
        "{rows} cases of the stand-in generator: same distribution as the published one, other cases, no digest"
    );
    Ok(Cases { cases, expected, origin })
}

/// One value in ten comes from the boundaries, where a wrong comparison shows.
fn boundary_or(rng: &mut ChaCha8Rng, boundaries: &[u16], usual: impl Fn(&mut ChaCha8Rng) -> f64) -> u16 {
    if rng.random_bool(0.1) {
        boundaries[rng.random_range(0..boundaries.len())]
    } else {
        // All usual values lie between 0 and 2000, so the cast is exact.
        usual(rng) as u16
    }
}

fn parse(record: &csv::StringRecord) -> Result<(Case, Outcome)> {
    let cell = |column: usize| record.get(column).unwrap_or_default();
    let unreadable = |column: usize, wanted: &str| {
        format!("`{}` in column {} is unreadable, expected {wanted}", cell(column), COLUMNS[column])
    };
    let count =
        |column: usize| cell(column).parse::<u16>().with_context(|| unreadable(column, "a whole number"));
    let tenths = |column: usize| -> Result<u16> {
        let (whole, tenth) =
            cell(column).split_once('.').with_context(|| unreadable(column, "a number with one decimal"))?;
        let digits = format!("{whole}{tenth}");
        if tenth.len() != 1 {
            bail!(unreadable(column, "a number with one decimal"));
        }
        digits.parse().with_context(|| unreadable(column, "a number with one decimal"))
    };
    let yes = |column: usize| match cell(column) {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => bail!(unreadable(column, "0 or 1")),
    };
    let case = Case {
        ki67_tenths: tenths(0)?,
        mitoses_tenths: tenths(1)?,
        differentiation: Differentiation::ALL[usize::from(yes(2)?)],
        size_tenths_mm: tenths(3)?,
        invasion: *Invasion::ALL
            .get(usize::from(count(4)?))
            .with_context(|| unreadable(4, "a code from 0 to 4"))?,
        nodes_positive: count(5)?,
        liver: yes(6)?,
        extrahepatic: yes(7)?,
    };
    let mut outcome = Outcome([0; 5]);
    for (position, code) in outcome.0.iter_mut().enumerate() {
        let column = 8 + position;
        *code = cell(column).parse().with_context(|| unreadable(column, "an outcome code"))?;
    }
    Ok((case, outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_exactly() {
        let line = csv::StringRecord::from(vec![
            "20.1", "1.9", "0", "40.0", "2", "3", "1", "0", "2", "2", "1", "1", "3",
        ]);
        let (case, outcome) = parse(&line).unwrap();
        assert_eq!((case.ki67_tenths, case.mitoses_tenths, case.size_tenths_mm), (201, 19, 400));
        assert_eq!(case.invasion, Invasion::BileDuct);
        assert_eq!(reference::classify(&case), outcome);
    }

    #[test]
    fn the_stand_in_has_the_shares_of_the_published_cases() {
        let drawn = draw(100_000).unwrap();
        let share = |code| {
            let hits = drawn.expected.iter().filter(|outcome| outcome.0[0] == code).count();
            hits as f64 / drawn.expected.len() as f64
        };
        for (code, published) in [(0, 0.1895), (1, 0.6294), (2, 0.1010), (3, 0.0800)] {
            assert!(
                (share(code) - published).abs() < 0.005,
                "grade code {code}: {} for {published}",
                share(code)
            );
        }
    }
}
