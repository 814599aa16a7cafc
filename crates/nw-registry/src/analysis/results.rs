//! What an analysis finds, as values that are shown to people and written for programs. A count that is `None` is hidden.

use nw_facts::Text;
use serde::Serialize;

use super::definition::text;
use crate::report::Edition;

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// English.
    pub en: String,
    /// Dutch.
    pub nl: String,
}

impl From<&Text> for Lines {
    fn from(text: &Text) -> Lines {
        Lines { en: text.en.clone(), nl: text.nl.clone() }
    }
}

impl Lines {
    pub(super) fn get(&self, language: nw_facts::Language) -> &str {
        if language == nw_facts::Language::Nl { &self.nl } else { &self.en }
    }

    pub(super) fn of(en: &str, nl: &str) -> Lines {
        Lines::from(&text(en, nl))
    }
}

/// Everything that a report shows. A count that is `null` is hidden.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Analysis {
    /// The definition: id and version.
    pub definition: [String; 2],
    /// Its title.
    pub title: Lines,
    /// The guideline.
    #[serde(serialize_with = "edition")]
    pub guideline: Edition,
    /// What every output says.
    pub notice: Lines,
    /// Rows read.
    pub rows: u64,
    /// Rows analysed.
    pub analysed: u64,
    /// Rows that cannot be read.
    pub rejected: u64,
    /// A count below this is hidden.
    pub smallest: u64,
    /// Confidence of every interval.
    pub confidence: f64,
    /// New patients by year.
    pub years: Vec<(String, Option<u64>)>,
    /// How the group is made up.
    pub mix: Vec<Mixed>,
    /// Quality indicators.
    pub indicators: Vec<Indicated>,
    /// Survival.
    pub survival: Vec<Timed>,
    /// Two ways side by side.
    pub comparisons: Vec<Compared>,
    /// Facts that contradict each other.
    pub contradictions: Vec<Clashing>,
    /// Rows with any contradiction.
    pub contradicting: Option<u64>,
}

fn edition<S: serde::Serializer>(of: &Edition, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeMap as _;
    let mut map = serializer.serialize_map(Some(5))?;
    map.serialize_entry("id", &of.id)?;
    map.serialize_entry("edition", &of.edition)?;
    map.serialize_entry("digest", &of.digest)?;
    map.serialize_entry("unconfirmedRows", &of.unconfirmed)?;
    map.serialize_entry("rows", &of.rows)?;
    map.end()
}

/// How a group is made up in one respect.
#[derive(Clone, Debug, Serialize)]
pub struct Mixed {
    /// The fact or conclusion.
    pub of: String,
    /// Its name.
    pub label: Lines,
    /// Levels with their counts; the last is "not known".
    pub levels: Vec<(Lines, Option<u64>)>,
    /// Rows that count by a convention.
    pub conventional: Option<u64>,
}

/// A share with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Shared {
    /// The share.
    pub share: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One indicator.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Indicated {
    /// The name of the indicator.
    pub id: String,
    /// What it is about.
    pub label: Lines,
    /// Everybody.
    pub all: Centre,
    /// By centre.
    pub centres: Vec<Centre>,
    /// Rows of which it is open whether they count.
    pub open: Option<u64>,
    /// Rows whose place rests on a convention.
    pub conventional: Option<u64>,
}

/// One centre, or all.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Centre {
    /// Its name; empty for all.
    pub name: String,
    /// Patients who count.
    pub denominator: Option<u64>,
    /// Who meets it.
    pub met: Option<u64>,
    /// Who does not.
    pub not_met: Option<u64>,
    /// Of whom it is unknown.
    pub unknown: Option<u64>,
    /// The share among those of whom it is known.
    pub share: Option<Shared>,
    /// The share if nobody unknown met it, and if all of them did.
    pub bounds: Option<(f64, f64)>,
    /// Outside the limits of chance: 0 inside, 1 outside 95 %, 2 outside 99.8 %.
    pub outside: Option<u8>,
}

/// Time to one event.
#[derive(Clone, Debug, Serialize)]
pub struct Timed {
    /// Stable id.
    pub id: String,
    /// Its title.
    pub title: Lines,
    /// Where drawings end.
    pub until: f64,
    /// Unit of time.
    pub unit: String,
    /// Everybody, then each way of making groups.
    pub blocks: Vec<Block>,
    /// The regression, when one was asked for.
    pub regression: Option<Regression>,
}

/// Curves that stand in one drawing.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// What makes the groups; empty for everybody.
    pub by: String,
    /// Its name.
    pub label: Lines,
    /// The curves.
    pub curves: Vec<Curved>,
    /// Times at which numbers at risk are told.
    pub marks: Vec<f64>,
    /// Whether the groups differ.
    pub log_rank: Option<Test>,
    /// People without a group, or in a group too small to show.
    pub left_out: Option<u64>,
}

/// A test.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Test {
    /// The statistic, chi-squared.
    pub statistic: f64,
    /// Degrees of freedom.
    pub degrees: usize,
    /// The chance.
    pub p: f64,
}

/// One curve.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Curved {
    /// The group.
    pub name: Lines,
    /// People.
    pub people: Option<u64>,
    /// Events.
    pub events: Option<u64>,
    /// The curve, up to where fewer than the smallest number are at risk.
    pub points: Vec<Point>,
    /// Where it ends.
    pub end: f64,
    /// Numbers at risk at the marks.
    pub at_risk: Vec<Option<u64>>,
    /// Shares at the marks, with their bands.
    pub at_marks: Vec<Option<Shared>>,
    /// The median with its interval.
    pub median: Option<(f64, Option<f64>, Option<f64>)>,
}

/// A step of a curve.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Point {
    /// When.
    pub time: f64,
    /// Share without the event.
    pub survival: f64,
    /// Band.
    pub band: Option<(f64, f64)>,
}

/// A regression.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Regression {
    /// People with everything known.
    pub people: Option<u64>,
    /// Events among them.
    pub events: Option<u64>,
    /// People left out.
    pub left_out: Option<u64>,
    /// Why there is none.
    pub refused: Option<Lines>,
    /// One line for each covariate or level.
    pub effects: Vec<Effect>,
    /// Log-likelihood without and with the covariates.
    pub likelihood: Option<(f64, f64)>,
    /// The likelihood-ratio test.
    pub ratio: Option<Test>,
    /// Concordance.
    pub concordance: Option<f64>,
}

/// One line of a regression.
#[derive(Clone, Debug, Serialize)]
pub struct Effect {
    /// What is compared with what.
    pub name: Lines,
    /// Coefficient, hazard ratio, standard error, z, p.
    pub coefficient: f64,
    /// Hazard ratio.
    pub ratio: f64,
    /// Standard error of the coefficient.
    pub error: f64,
    /// Coefficient by standard error.
    pub z: f64,
    /// Two-sided.
    pub p: f64,
    /// Interval of the hazard ratio.
    pub interval: (f64, f64),
}

/// Two ways side by side.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// Stable id.
    pub id: String,
    /// Its title.
    pub title: Lines,
    /// Names of the two ways.
    pub ways: [Lines; 2],
    /// Levels of the first way; the last is "open".
    pub first: Vec<Lines>,
    /// Levels of the second way; the last is "open".
    pub second: Vec<Lines>,
    /// Counts, by first and second.
    pub counts: Vec<Vec<Option<u64>>>,
    /// Pairs that do not go together.
    pub apart: Vec<Vec<bool>>,
    /// How many agree, do not go together, and are open.
    pub agree: Option<u64>,
    /// Discordant.
    pub discordant: Option<u64>,
    /// One of the two is open.
    pub open: Option<u64>,
}

/// Facts that contradict each other.
#[derive(Clone, Debug, Serialize)]
pub struct Clashing {
    /// The facts.
    pub facts: Vec<Lines>,
    /// The rules and reports that say so.
    pub because: Vec<Lines>,
    /// Rows.
    pub rows: Option<u64>,
}
