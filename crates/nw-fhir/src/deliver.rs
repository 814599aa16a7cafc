//! What a registry gets of a record: columns that the knowledge names, days cut to month or year, a pseudonym, and no
//! free text. The citizen service number has no way in: nothing is copied from the record but values of the dictionary.

use nw_engine::Outcome;
use nw_facts::{ConclusionIdx, Evidence, FactIdx, Kind, Text, Vocabulary};
use serde::Deserialize;

use crate::export::{Entries, Record, member, one, reference};
use crate::json::{Json, map};
use crate::mapping::{Mapping, MappingFault};
use crate::own;

/// The deliveries that ship with the program, as (name, text).
pub const DELIVERIES: &[(&str, &str)] = &[
    ("fhir/delivery-nkr.toml", include_str!("../../../knowledge/fhir/delivery-nkr.toml")),
    ("fhir/delivery-enets.toml", include_str!("../../../knowledge/fhir/delivery-enets.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    id: String,
    form: String,
    en: String,
    nl: String,
    #[serde(default)]
    tag_system: Option<String>,
    #[serde(default)]
    tag: Option<String>,
    #[serde(default)]
    withdrawal_tag: Option<String>,
    column: Vec<ColumnFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ColumnFile {
    name: String,
    #[serde(default)]
    fact: Option<String>,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default)]
    cut: Option<String>,
}

/// Where the value of a column comes from.
#[derive(Clone, Copy, Debug)]
enum From {
    Fact(FactIdx),
    Conclusion(ConclusionIdx),
}

/// How much of a day is told: four characters for the year, seven for the month.
#[derive(Clone, Debug)]
struct Column {
    name: String,
    from: From,
    cut: Option<usize>,
}

/// One kind of delivery.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// One bundle for each patient; otherwise one row of a table.
    pub bundles: bool,
    tag: Option<(String, String)>,
    withdrawal: Option<(String, String)>,
    columns: Vec<Column>,
}

impl Delivery {
    /// Reads what a delivery holds.
    ///
    /// # Errors
    /// A fact or conclusion that does not exist, a date that is not cut, a form nobody knows.
    pub fn read(name: &str, text: &str, vocabulary: &Vocabulary) -> Result<Delivery, Vec<MappingFault>> {
        let fault = |text: String| MappingFault { file: name.to_string(), text };
        let file: File = toml::from_str(text).map_err(|e| vec![fault(e.to_string().replace('\n', " "))])?;
        let mut faults = Vec::new();
        let mut columns = Vec::new();
        for column in file.column {
            let from = match (&column.fact, &column.conclusion) {
                (Some(id), None) => vocabulary.find_fact(id).map(From::Fact),
                (None, Some(id)) => vocabulary.find_conclusion(id).map(From::Conclusion),
                _ => None,
            };
            let Some(from) = from else {
                faults.push(fault(format!(
                    "column `{}` names no fact and no conclusion of the vocabulary; write one of `fact` and `conclusion`",
                    column.name
                )));
                continue;
            };
            let cut = match column.cut.as_deref() {
                None => None,
                Some("year") => Some(4),
                Some("month") => Some(7),
                Some(other) => {
                    faults
                        .push(fault(format!("column `{}`: `{other}` is not `year` or `month`", column.name)));
                    None
                }
            };
            let dated = matches!(from, From::Fact(f) if vocabulary.fact(f).kind == Kind::Date);
            if dated && cut.is_none() {
                faults.push(fault(format!(
                    "column `{}` would tell a day; write `cut = \"month\"` or `cut = \"year\"`",
                    column.name
                )));
            }
            columns.push(Column { name: column.name, from, cut });
        }
        if !matches!(file.form.as_str(), "bundle" | "table") {
            faults.push(fault(format!("`{}` is no form; write `bundle` or `table`", file.form)));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let pair = |code: Option<String>| file.tag_system.clone().zip(code);
        Ok(Delivery {
            id: file.id,
            title: Text::new(file.en, file.nl),
            bundles: file.form == "bundle",
            tag: pair(file.tag),
            withdrawal: pair(file.withdrawal_tag),
            columns,
        })
    }

    /// The heads of the table.
    pub fn heads(&self) -> Vec<&str> {
        ["pseudonym", "entry"].into_iter().chain(self.columns.iter().map(|c| c.name.as_str())).collect()
    }

    /// The values of a record, in the order of the columns; what is missing says why.
    pub fn row(&self, record: &Record<'_>) -> Vec<String> {
        self.columns.iter().map(|c| cell(c, record)).collect()
    }

    /// The row of a patient who took part back.
    pub fn withdrawn(&self) -> Vec<String> {
        self.columns.iter().map(|_| String::new()).collect()
    }

    /// The bundle of a record.
    pub fn bundle(&self, record: &Record<'_>, mapping: &Mapping) -> Json {
        let mut entries = Entries::new();
        let values = self.row(record);
        let by_name =
            |name: &str| self.columns.iter().position(|c| c.name == name).map(|at| values[at].clone());
        let patient = entries.add("Patient", "patient", self.patient(record.pseudonym, true, &by_name));
        let told = |name: &str| by_name(name).filter(|v| !is_missing(v));
        let mut condition = vec![
            member(
                "clinicalStatus",
                own::concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", None),
            ),
            member(
                "category",
                one(own::concept(
                    "http://terminology.hl7.org/CodeSystem/condition-category",
                    "encounter-diagnosis",
                    None,
                )),
            ),
        ];
        let code =
            told("site").and_then(|site| mapping.condition(&site).pop()).and_then(|k| mapping.coding(&k));
        condition.push(member(
            "code",
            code.map_or_else(
                || map([("text", Some("neuroendocrine neoplasm, primary site not recorded".into()))]),
                |c| map([("coding", Some(one(c)))]),
            ),
        ));
        condition.push(member("subject", reference(&patient)));
        if let Some(month) = told("diagnosis-month") {
            condition.push(member("recordedDate", month));
        }
        let stage: Vec<String> = ["t", "n", "m"].iter().filter_map(|name| told(name)).collect();
        if stage.len() == 3 {
            condition
                .push(member("stage", one(map([("summary", Some(crate::export::words(&stage.join(" "))))]))));
        }
        let condition = entries.add("Condition", "tumour", condition);
        for (column, value) in self.columns.iter().zip(&values) {
            let system = format!("urn:netwijzer:delivery:{}", self.id);
            let mut members = vec![
                member("status", "final"),
                member("code", own::concept(&system, &column.name, None)),
                member("subject", reference(&patient)),
                member("focus", one(reference(&condition))),
            ];
            if is_missing(value) {
                let reason = match value.as_str() {
                    "not-done" => "not-performed",
                    "not-applicable" => "not-applicable",
                    _ => "unknown",
                };
                let absent = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
                members.push(member("dataAbsentReason", own::concept(absent, reason, None)));
            } else {
                members.push(member("valueString", value.as_str()));
            }
            entries.add("Observation", &format!("item-{}", column.name), members);
        }
        entries.bundle(record.pseudonym, self.tag.as_ref().map(tag), record.on)
    }

    /// The entry that takes a patient back: the pseudonym, no longer active, and nothing else.
    pub fn withdrawal(&self, pseudonym: &str, on: nw_facts::Date) -> Json {
        let mut entries = Entries::new();
        entries.add("Patient", "patient", self.patient(pseudonym, false, &|_| None));
        entries.bundle(pseudonym, self.withdrawal.as_ref().or(self.tag.as_ref()).map(tag), on)
    }

    fn patient(
        &self,
        pseudonym: &str,
        active: bool,
        by_name: &dyn Fn(&str) -> Option<String>,
    ) -> Vec<(String, Json)> {
        let mut members = vec![
            member(
                "identifier",
                one(map([
                    ("type", Some(own::concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", None))),
                    ("system", Some("urn:netwijzer:pseudonym".into())),
                    ("value", Some(pseudonym.into())),
                ])),
            ),
            member("active", active),
        ];
        let told = |name: &str| by_name(name).filter(|v| !is_missing(v));
        if let Some(sex) = told("sex") {
            members.push(member("gender", sex));
        }
        if let Some(year) = told("birth-year") {
            members.push(member("birthDate", year));
        }
        if let Some(month) = told("death-month") {
            members.push(member("deceasedDateTime", month));
        }
        members
    }
}

fn tag((system, code): &(String, String)) -> Json {
    map([("system", Some(system.as_str().into())), ("code", Some(code.as_str().into()))])
}

const MISSING: [&str; 6] = ["", "unknown", "not-done", "not-applicable", "not-recorded", "conflict"];

fn is_missing(value: &str) -> bool {
    MISSING.contains(&value) || value.starts_with("open")
}

fn cell(column: &Column, record: &Record<'_>) -> String {
    let vocabulary = &record.guideline.vocabulary;
    match column.from {
        From::Conclusion(idx) => {
            let def = vocabulary.conclusion(idx);
            let ids = |set: u64| -> String {
                let ids: Vec<&str> = (0..def.values.len())
                    .filter(|v| set >> v & 1 == 1)
                    .map(|v| def.values[v].id.as_str())
                    .collect();
                ids.join("|")
            };
            match record.conclusions.get(idx).map(|d| &d.outcome) {
                None => "not-recorded".to_string(),
                Some(Outcome::Concluded(value)) => {
                    def.values.get(*value).map_or_else(|| "not-applicable".to_string(), |v| v.id.clone())
                }
                Some(Outcome::Undetermined(set)) => format!("open:{}", ids(*set)),
                Some(Outcome::NotApplicable) => "not-applicable".to_string(),
                Some(Outcome::Conflict(_)) => "conflict".to_string(),
                Some(Outcome::Collected { certain, .. }) => ids(*certain),
            }
        }
        From::Fact(idx) => {
            let def = vocabulary.fact(idx);
            let present = record.facts.present(idx);
            let Some(last) = present.last() else { return "not-recorded".to_string() };
            let same = present.iter().all(|o| o.evidence == last.evidence);
            if !same {
                return "conflict".to_string();
            }
            match &last.evidence {
                Evidence::Unknown => "unknown".to_string(),
                Evidence::NotDone => "not-done".to_string(),
                Evidence::NotApplicable => "not-applicable".to_string(),
                Evidence::Choices(choices) => match choices.as_slice() {
                    [at] => def.choice_id(*at).to_string(),
                    more => {
                        format!(
                            "open:{}",
                            more.iter().map(|at| def.choice_id(*at)).collect::<Vec<_>>().join("|")
                        )
                    }
                },
                Evidence::Numbers(ranges) => match (ranges.as_slice(), column.cut) {
                    ([range], Some(cut)) => {
                        // A month or a year may be a range of days; it is told when it lies within one.
                        let ends = [range.low, range.high].map(|b| b.map(|b| def.written(b.at, false)));
                        match ends {
                            [Some(low), Some(high)] if low.get(..cut) == high.get(..cut) => {
                                low.get(..cut).unwrap_or_default().to_string()
                            }
                            _ => "unknown".to_string(),
                        }
                    }
                    ([range], None) => match range.single() {
                        Some(number) => {
                            let unit = def.unit.as_deref().map_or(String::new(), |u| format!(" {u}"));
                            format!("{}{unit}", def.written(number, false))
                        }
                        None => format!("open:{}", last.text),
                    },
                    _ => "open".to_string(),
                },
            }
        }
    }
}

/// Where a text holds a number that could be a citizen service number (BSN), if anywhere: eight or nine digits on their
/// own that pass the test of eleven, or the address of the system itself.
pub fn citizen_number(text: &str) -> Option<usize> {
    if let Some(at) = text.to_ascii_lowercase().find("namingsystem/bsn") {
        return Some(at);
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = at + bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let alone = |b: Option<&u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'.');
        let apart = alone(at.checked_sub(1).and_then(|i| bytes.get(i))) && alone(bytes.get(end));
        if apart && (end - at == 8 || end - at == 9) && eleven(&bytes[at..end]) {
            return Some(at);
        }
        at = end;
    }
    None
}

/// The test of eleven of the citizen service number.
fn eleven(digits: &[u8]) -> bool {
    let weights: &[i64] =
        if digits.len() == 9 { &[9, 8, 7, 6, 5, 4, 3, 2, -1] } else { &[8, 7, 6, 5, 4, 3, 2, -1] };
    let sum: i64 = digits.iter().zip(weights).map(|(d, w)| i64::from(d - b'0') * w).sum();
    sum % 11 == 0 && digits.iter().any(|d| *d != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citizen_number_is_seen() {
        for (text, expect) in [
            ("\"value\":\"999999011\"", Some(9)),
            ("\"value\":\"999999012\"", None),
            ("sha256:a999999011b", None),
            ("1.999999011", None),
            ("http://fhir.nl/fhir/NamingSystem/bsn", Some(20)),
            ("2026-03-10", None),
        ] {
            assert_eq!(citizen_number(text), expect, "{text}");
        }
    }
}
