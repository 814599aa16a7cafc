//! A cohort model as it is written: columns in the order in which they are drawn, each with its figures and their source.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A whole model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Model {
    /// Stable id.
    pub id: String,
    /// Version of the figures; every file that is made names it.
    pub version: String,
    /// What it is for.
    pub en: String,
    /// The same in Dutch.
    pub nl: String,
    /// Columns in the order in which they are drawn.
    pub column: Vec<ColumnText>,
    /// Errors that belong in a real registry.
    #[serde(default)]
    pub dirt: Vec<DirtText>,
    /// Figures that a cohort must come near.
    #[serde(default)]
    pub target: Vec<Target>,
}

/// One column.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ColumnText {
    /// The id of a fact, or a name of its own.
    pub name: String,
    /// Drawn on the way, and not written.
    #[serde(default)]
    pub hidden: bool,
    /// Decimals of a number.
    #[serde(default)]
    pub digits: u32,
    /// The first that holds is drawn; none leaves nothing.
    pub draw: Vec<DrawText>,
    /// How often it is not on record; the first that holds.
    #[serde(default)]
    pub missing: Vec<MissingText>,
}

/// Which values of an earlier column.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Wanted {
    /// This value.
    One(String),
    /// One of these.
    Several(Vec<String>),
    /// A number in this range.
    Range(Range),
}

/// A range of numbers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// At least.
    pub from: Option<f64>,
    /// More than.
    pub above: Option<f64>,
    /// At most.
    pub to: Option<f64>,
    /// Less than.
    pub below: Option<f64>,
}

/// A condition on earlier columns: all hold.
pub type When = BTreeMap<String, Wanted>;

/// One way to draw a value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DrawText {
    /// For whom.
    #[serde(default)]
    pub when: When,
    /// Words by weight.
    pub weights: Option<BTreeMap<String, f64>>,
    /// This word.
    pub word: Option<String>,
    /// A number from a bell curve.
    pub normal: Option<Bell>,
    /// A number whose logarithm comes from a bell curve.
    pub log_normal: Option<LogBell>,
    /// A day between two days, more often late than early by this factor.
    pub day: Option<DaySpan>,
    /// A day some days after another column's.
    pub days_after: Option<DaysAfter>,
    /// Years to death.
    pub survival: Option<Survival>,
    /// Years from another column's day to this day.
    pub years_until: Option<YearsUntil>,
    /// The smaller of these columns.
    pub least: Option<Vec<String>>,
    /// `then` when the first column is not above the second, else `otherwise`.
    pub not_above: Option<NotAbove>,
    /// Another column's value.
    pub copy: Option<String>,
    /// Nothing.
    #[serde(default)]
    pub nothing: bool,
    /// Where the figure comes from: a source key, or words.
    pub source: Option<String>,
    /// How well it is supported: V, GK or DR.
    pub mark: Option<String>,
}

/// Middle and spread, cut off at two ends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bell {
    /// Mean before cutting.
    pub mean: f64,
    /// Standard deviation before cutting.
    pub sd: f64,
    /// Lowest.
    pub min: f64,
    /// Highest.
    pub max: f64,
}

/// Middle and spread of the logarithm, cut off at two ends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogBell {
    /// Median before cutting.
    pub median: f64,
    /// Standard deviation of the logarithm before cutting.
    pub sigma: f64,
    /// Lowest.
    pub min: f64,
    /// Highest.
    pub max: f64,
    /// Rounded to a whole number, whatever decimals the column has.
    #[serde(default)]
    pub whole: bool,
}

/// Days from one to another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaySpan {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// How much more often the last day occurs than the first.
    pub rising: f64,
}

/// Days after another column's day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaysAfter {
    /// The column with the day.
    pub column: String,
    /// Median of the days.
    pub median: f64,
    /// Standard deviation of their logarithm.
    pub sigma: f64,
    /// Fewest.
    pub min: f64,
    /// Most.
    pub max: f64,
}

/// Death of the disease by a Weibull curve (shape 1 is a constant hazard), and of other causes by age.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survival {
    /// Shape of the curve.
    pub shape: f64,
    /// Its scale in years.
    pub scale: f64,
    /// The column with the age at the beginning, when deaths of other causes come on top.
    pub age: Option<String>,
    /// Hazard of other causes a year at the age of 65.
    #[serde(default)]
    pub other: f64,
    /// Years of age in which that hazard doubles.
    #[serde(default = "eight")]
    pub doubles: f64,
}

fn eight() -> f64 {
    8.0
}

/// Years to a day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearsUntil {
    /// The column with the first day.
    pub column: String,
    /// The last day.
    pub day: String,
}

/// A comparison of two columns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotAbove {
    /// This column.
    pub column: String,
    /// Is not above this one.
    pub other: String,
    /// Then this word.
    pub then: String,
    /// Otherwise this word.
    pub otherwise: String,
}

/// How often a value is not on record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissingText {
    /// For whom; also by the value itself.
    #[serde(default)]
    pub when: When,
    /// Percent.
    pub percent: f64,
}

/// One kind of error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DirtText {
    /// Its name.
    pub name: String,
    /// Percent of rows.
    pub percent: f64,
    /// The column it happens to; none when the whole row is written twice.
    pub column: Option<String>,
    /// The number is multiplied by this: another unit.
    pub times: Option<f64>,
    /// This word stands there instead.
    pub word: Option<String>,
    /// Nothing stands there, when it was this word (any value when empty).
    pub blank: Option<String>,
    /// The day lies this many days earlier.
    pub days_earlier: Option<i32>,
    /// The row before is written again.
    #[serde(default)]
    pub again: bool,
}

/// A figure that a cohort must come near.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Among whom.
    #[serde(default)]
    pub among: When,
    /// Percent of them who are so.
    pub share: Option<Share>,
    /// The middle value of a column.
    pub median: Option<Middle>,
    /// The mean value of a column.
    pub mean: Option<Middle>,
    /// Percent who live longer than this.
    pub alive: Option<Alive>,
    /// The row of the guideline that states the figure.
    pub row: Option<String>,
    /// Where the figure comes from.
    pub source: String,
}

/// A share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Who is so.
    pub of: When,
    /// Percent.
    pub percent: f64,
    /// Percent points that it may differ by, chance aside.
    pub within: f64,
}

/// A middle.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Middle {
    /// Of which column.
    pub column: String,
    /// The value.
    pub value: f64,
    /// What it may differ by.
    pub within: f64,
}

/// Who lives longer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alive {
    /// The column with the years.
    pub column: String,
    /// After these years.
    pub years: f64,
    /// Percent alive.
    pub percent: f64,
    /// Percent points that it may differ by, chance aside.
    pub within: f64,
}
