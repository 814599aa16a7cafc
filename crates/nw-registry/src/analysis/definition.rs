//! What a registry is analysed for, as it is written in `knowledge/registry`.

use nw_facts::{FactIdx, Text, Vocabulary, nearest};
use serde::Deserialize;

use crate::fault::Fault;

/// A whole definition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Stable id.
    pub id: String,
    /// Its version; every report names it.
    pub version: String,
    /// Its title.
    pub en: String,
    /// The same in Dutch.
    pub nl: String,
    /// A count below this is not shown.
    pub smallest: u64,
    /// Confidence of every interval.
    pub confidence: f64,
    /// The column that names the centre.
    pub centre: Option<String>,
    /// The fact with the day that counts for the year.
    pub date: Option<String>,
    /// Which conclusions are quality indicators.
    pub indicators: Option<Indicators>,
    /// Tables of how the group is made up.
    #[serde(default)]
    pub mix: Vec<Variable>,
    /// Times to an event.
    #[serde(default)]
    pub survival: Vec<Survival>,
    /// Two ways to the same thing, side by side.
    #[serde(default)]
    pub comparison: Vec<Comparison>,
}

/// Which conclusions are quality indicators; `*` stands for the name of the indicator.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicators {
    /// Who counts.
    pub denominator: String,
    /// Who meets it.
    pub numerator: String,
    /// The value for "yes".
    pub yes: String,
    /// The value for "no".
    pub no: String,
}

/// One thing that patients differ in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// A fact or a conclusion.
    pub of: String,
    /// Where a number is cut into classes; each number begins a class.
    #[serde(default)]
    pub cuts: Vec<f64>,
}

/// Time to one event.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survival {
    /// Stable id.
    pub id: String,
    /// Its title.
    pub en: String,
    /// The same in Dutch.
    pub nl: String,
    /// The fact with the time.
    pub time: String,
    /// The fact that tells whether the event came.
    pub event: String,
    /// Its value when it did.
    pub occurred: String,
    /// Where drawings end.
    pub until: f64,
    /// Times at which numbers at risk are told.
    pub marks: Vec<f64>,
    /// Facts or conclusions by which groups are compared, each by itself.
    #[serde(default)]
    pub strata: Vec<String>,
    /// What stands together in the regression.
    #[serde(default)]
    pub covariate: Vec<Covariate>,
}

/// One covariate of a regression.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covariate {
    /// A fact or a conclusion.
    pub of: String,
    /// Of a number: the ratio is told for so many more.
    pub per: Option<f64>,
    /// Of values: the one with which the others are compared.
    pub reference: Option<String>,
}

/// Two ways to the same thing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Stable id.
    pub id: String,
    /// Its title.
    pub en: String,
    /// The same in Dutch.
    pub nl: String,
    /// Facts that must be on record; `a|b` asks for one of them.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Facts that must have a value.
    #[serde(default, rename = "where")]
    pub only: std::collections::BTreeMap<String, String>,
    /// Pairs that do not go together; without any, a reported fact is held against its conclusion as the guideline
    /// says, and other pairs go together when both have one name.
    #[serde(default)]
    pub apart: Vec<[String; 2]>,
    /// One way.
    pub first: Way,
    /// The other way.
    pub second: Way,
}

/// One way to a value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// A fact or a conclusion.
    pub of: String,
    /// Facts that are taken as unknown; `*` at the end stands for all that begin so.
    #[serde(default)]
    pub without: Vec<String>,
    /// Its name.
    pub en: String,
    /// The same in Dutch.
    pub nl: String,
}

impl Definition {
    /// Reads a definition.
    ///
    /// # Errors
    /// What is wrong with it, with line and column.
    pub fn parse(text: &str) -> Result<Definition, String> {
        let read: Definition = toml::from_str(text).map_err(|e| e.to_string().trim_end().to_string())?;
        if !(0.5..1.0).contains(&read.confidence) {
            return Err(format!("`confidence` is {}; expected a share such as 0.95", read.confidence));
        }
        let rising = |numbers: &[f64]| numbers.windows(2).all(|w| w[0] < w[1]);
        if let Some(mix) = read.mix.iter().find(|m| !rising(&m.cuts)) {
            return Err(format!("the cuts of `{}` do not rise", mix.of));
        }
        if let Some(survival) = read.survival.iter().find(|s| !rising(&s.marks)) {
            return Err(format!("the marks of `{}` do not rise", survival.id));
        }
        Ok(read)
    }
}

/// A name that no fact and no conclusion has.
pub(super) fn unknown(vocabulary: &Vocabulary, name: &str) -> Fault {
    let ids = vocabulary.fact_ids().chain(vocabulary.conclusions().iter().map(|c| c.id.as_str()));
    let near = nearest(name, ids).unwrap_or_default();
    Fault::request(
        format!(
            "the analysis names `{name}`, which is neither a fact nor a conclusion; did you mean `{near}`?"
        ),
        format!("de analyse noemt `{name}`, wat geen gegeven en geen conclusie is; bedoelde u `{near}`?"),
    )
}

/// A fact by its id.
pub(super) fn fact(vocabulary: &Vocabulary, name: &str) -> Result<FactIdx, Fault> {
    vocabulary.find_fact(name).ok_or_else(|| unknown(vocabulary, name))
}

/// Facts by name, or by the beginning of their names.
pub(super) fn facts(vocabulary: &Vocabulary, names: &[String]) -> Result<Vec<FactIdx>, Fault> {
    let mut all = Vec::new();
    for name in names {
        match name.strip_suffix('*') {
            None => all.push(fact(vocabulary, name)?),
            Some(start) => {
                let of = vocabulary.facts().iter().enumerate().filter(|(_, f)| f.id.starts_with(start));
                all.extend(of.map(|(at, _)| FactIdx(at as u16)));
            }
        }
    }
    Ok(all)
}

pub(super) fn text(en: &str, nl: &str) -> Text {
    Text::new(en, nl)
}
