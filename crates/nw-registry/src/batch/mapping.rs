//! Which column speaks of which fact, and how its texts are to be read.

use std::collections::BTreeMap;

use nw_facts::{Evidence, FactDef, FactIdx, Kind, Text, Vocabulary, nearest, read};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// How the columns of a table are read; a file that a person writes or checks.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mapping {
    /// The day on which every row is assessed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// Columns that are carried over as they are: a number of the record, a centre.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Texts that mean "nothing filled in" in every column.
    #[serde(default)]
    pub missing: Vec<String>,
    /// The columns that speak of facts.
    #[serde(default)]
    pub column: Vec<ColumnMapping>,
}

/// How one column speaks of one fact. A column may speak of several facts, and has then several entries.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ColumnMapping {
    /// The column's name in the table.
    pub from: String,
    /// The fact's id.
    pub fact: String,
    /// The unit of bare numbers, when it is not that of the fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Code system of the texts (`icd-o`): looked up among the code bindings of the fact's values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codes: Option<String>,
    /// How a date is written, as in `%d-%m-%Y`, when it is not year-month-day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Texts that mean "nothing filled in".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Texts that mean "asked, and nobody knows".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// Texts that mean "not done".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_done: Vec<String>,
    /// Texts with what they mean, as in a case file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// Texts that mean nothing here say nothing of this fact, and are no error.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignore_others: bool,
}

/// A mapping whose names were found.
#[derive(Clone, Debug)]
pub(crate) struct Mapped {
    /// Columns of the table that speak of facts.
    pub columns: Vec<MappedColumn>,
    /// Columns that are carried over, by position in the table.
    pub keep: Vec<usize>,
    pub as_of: Option<nw_facts::Date>,
    /// Columns that nobody reads.
    pub unread: Vec<String>,
}

/// A column of the table with one fact that it speaks of.
#[derive(Clone, Debug)]
pub(crate) struct MappedColumn {
    /// Position in the table.
    pub source: usize,
    pub name: String,
    pub fact: FactIdx,
    how: ColumnMapping,
    missing: Vec<String>,
}

/// Why a text cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Unreadable {
    pub message: Text,
    pub expected: Text,
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// What is wrong with it, with line and column.
    pub fn parse(text: &str) -> Result<Mapping, String> {
        toml::from_str(text).map_err(|e| e.to_string().trim_end().to_string())
    }

    /// The mapping that columns named after facts need: none.
    pub fn by_name(vocabulary: &Vocabulary, names: &[String]) -> Mapping {
        let (facts, keep): (Vec<&String>, Vec<&String>) =
            names.iter().partition(|n| vocabulary.find_fact(n).is_some());
        let column = facts.into_iter().map(|name| ColumnMapping {
            from: name.clone(),
            fact: name.clone(),
            ..ColumnMapping::default()
        });
        Mapping { column: column.collect(), keep: keep.into_iter().cloned().collect(), ..Mapping::default() }
    }

    /// Finds columns and facts.
    pub(crate) fn find(&self, vocabulary: &Vocabulary, names: &[String]) -> Result<Mapped, Fault> {
        let position = |name: &String| {
            names.iter().position(|n| n == name).ok_or_else(|| {
                let near = nearest(name, names.iter().map(String::as_str));
                let (en, nl) = did_you_mean(near);
                Fault::request(
                    format!("the mapping names a column `{name}` that the table does not have{en}"),
                    format!("de koppeling noemt een kolom `{name}` die de tabel niet heeft{nl}"),
                )
            })
        };
        let mut columns = Vec::new();
        for how in &self.column {
            let fact = vocabulary.find_fact(&how.fact).ok_or_else(|| {
                let (en, nl) = did_you_mean(nearest(&how.fact, vocabulary.fact_ids()));
                Fault::request(
                    format!("the mapping names a fact `{}` that does not exist{en}", how.fact),
                    format!("de koppeling noemt een gegeven `{}` dat niet bestaat{nl}", how.fact),
                )
            })?;
            let missing = self.missing.iter().chain(&how.missing).map(|t| t.trim().to_string());
            columns.push(MappedColumn {
                source: position(&how.from)?,
                name: how.from.clone(),
                fact,
                how: how.clone(),
                missing: missing.collect(),
            });
        }
        let keep = self.keep.iter().map(position).collect::<Result<Vec<_>, _>>()?;
        let as_of = match &self.as_of {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| {
                Fault::request(
                    format!("`as-of` in the mapping: `{text}` is not a day like `2026-03-10`"),
                    format!("`as-of` in de koppeling: `{text}` is geen dag als `2026-03-10`"),
                )
            })?),
        };
        let read = |at: &usize| columns.iter().any(|c: &MappedColumn| c.source == *at) || keep.contains(at);
        let unread = (0..names.len()).filter(|at| !read(at)).map(|at| names[at].clone()).collect();
        Ok(Mapped { columns, keep, as_of, unread })
    }
}

fn did_you_mean(near: Option<&str>) -> (String, String) {
    near.map_or_else(Default::default, |near| {
        (format!("; did you mean `{near}`?"), format!("; bedoelde u `{near}`?"))
    })
}

impl MappedColumn {
    /// The unit of bare numbers, when the mapping names one.
    pub(crate) fn unit(&self) -> Option<&str> {
        self.how.unit.as_deref()
    }

    /// Every text that the mapping gives a meaning of its own.
    pub(crate) fn special(&self) -> impl Iterator<Item = &str> {
        let how = &self.how;
        let texts = how.values.keys().chain(&how.unknown).chain(&how.not_done).chain(&self.missing);
        texts.map(String::as_str)
    }

    /// Every fact that the column may speak of: its own, and those that a foreign denominator is read into.
    pub(crate) fn facts(&self, vocabulary: &Vocabulary) -> Vec<FactIdx> {
        let mut all = vec![self.fact];
        let readings = vocabulary.fact(self.fact).readings.iter().flat_map(|r| &r.gives);
        all.extend(readings.filter_map(|(target, _)| vocabulary.find_fact(target)));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What a text says; nothing when it means "nothing filled in".
    ///
    /// # Errors
    /// The text means nothing.
    pub(crate) fn read(
        &self,
        vocabulary: &Vocabulary,
        text: &str,
    ) -> Result<Vec<(FactIdx, Evidence)>, Unreadable> {
        let text = text.trim();
        let is = |list: &[String]| list.iter().any(|t| t.trim() == text);
        if text.is_empty() || is(&self.missing) {
            return Ok(Vec::new());
        }
        if is(&self.how.unknown) {
            return Ok(vec![(self.fact, Evidence::Unknown)]);
        }
        if is(&self.how.not_done) {
            return Ok(vec![(self.fact, Evidence::NotDone)]);
        }
        let def = vocabulary.fact(self.fact);
        let meant = self.meant(def, text)?;
        match read(vocabulary, self.fact, &meant) {
            Ok(read) => Ok(read),
            Err(_) if self.how.ignore_others => Ok(Vec::new()),
            // The kernel speaks English; whoever shows it knows the Dutch for it.
            Err(fault) => Err(Unreadable {
                message: Text::new(fault.message, String::new()),
                expected: Text::new(fault.help, String::new()),
            }),
        }
    }

    /// The text as it would stand in a case file.
    fn meant(&self, def: &FactDef, text: &str) -> Result<String, Unreadable> {
        if let Some(meaning) = self.how.values.get(text) {
            return Ok(meaning.clone());
        }
        if let Some(system) = &self.how.codes {
            let bound = format!("{system}:{text}");
            let of = |c: &nw_facts::Choice| c.aliases.iter().any(|a| a.eq_ignore_ascii_case(&bound));
            if let Some(choice) = def.choices.iter().find(|c| of(c)) {
                return Ok(choice.id.clone());
            }
        }
        if def.kind == Kind::Date
            && let Some(format) = &self.how.date
        {
            let day = nw_facts::Date::strptime(format, text).map_err(|_| Unreadable {
                message: Text::new(
                    format!("`{text}` is not a date of `{}`", def.id),
                    format!("`{text}` is geen datum van `{}`", def.id),
                ),
                expected: Text::new(
                    format!("a date written as `{format}`, as the mapping says"),
                    format!("een datum geschreven als `{format}`, zoals de koppeling zegt"),
                ),
            })?;
            return Ok(day.to_string());
        }
        match &self.how.unit {
            Some(unit) if text.ends_with(|c: char| c.is_ascii_digit()) => Ok(format!("{text} {unit}")),
            _ => Ok(text.to_string()),
        }
    }
}
