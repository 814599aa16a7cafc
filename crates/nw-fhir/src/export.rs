//! From facts and conclusions to resources.
//!
//! Every statement of the record is one Observation in our own code system, so that an import gives back what was
//! known; where the mapping knows a code of others, it stands beside ours. Conclusions are Observations of a system of
//! their own, with what they rest on; what is due is a Task below a CarePlan.

mod conclusion;
mod due;
mod facts;
mod plan;
mod questionnaire;

use nw_engine::Conclusions;
use nw_facts::{Date, FactSet, Language};
use nw_guideline::CompiledGuideline;

use crate::json::{Json, map};
use crate::mapping::Mapping;

pub use plan::plan;
pub use questionnaire::{questionnaire, questionnaire_with};

/// Whose profiles the resources name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// FHIR R4 alone.
    Plain,
    /// mCODE 4.0.
    Mcode,
    /// nl-core, zib release 2020.
    NlCore,
}

impl Profile {
    /// The word under which the mapping lists it.
    pub fn id(self) -> &'static str {
        match self {
            Profile::Plain => "plain",
            Profile::Mcode => "mcode",
            Profile::NlCore => "nl-core",
        }
    }
}

/// One assessed patient.
pub struct Record<'a> {
    /// The guideline that drew the conclusions.
    pub guideline: &'a CompiledGuideline,
    /// The pseudonym; never a name or a number of a citizen.
    pub pseudonym: &'a str,
    /// What was stated.
    pub facts: &'a FactSet,
    /// What follows.
    pub conclusions: &'a Conclusions,
    /// The day of the assessment.
    pub on: Date,
    /// The language of displays.
    pub language: Language,
    /// What every page says: not a certified device.
    pub disclaimer: &'a str,
}

/// The resources of a bundle as they are made.
pub(crate) struct Entries {
    entries: Vec<Json>,
}

impl Entries {
    pub(crate) fn new() -> Self {
        Entries { entries: Vec::new() }
    }

    /// Adds a resource under an address of its own.
    pub(crate) fn add(&mut self, kind: &str, id: &str, mut members: Vec<(String, Json)>) -> String {
        let mut resource =
            vec![("resourceType".to_string(), Json::from(kind)), ("id".to_string(), Json::from(id))];
        resource.append(&mut members);
        let address = format!("{kind}/{id}");
        self.entries.push(map([
            ("fullUrl", Some(format!("https://netwijzer.example/fhir/{address}").into())),
            ("resource", Some(Json::Map(resource))),
        ]));
        address
    }

    /// The entries as they are.
    pub(crate) fn list(self) -> Vec<Json> {
        self.entries
    }

    /// The bundle, a collection.
    pub(crate) fn bundle(self, id: &str, tag: Option<Json>, on: Date) -> Json {
        let meta = tag.map(|t| map([("tag", Some(Json::List(vec![t])))]));
        map([
            ("resourceType", Some("Bundle".into())),
            ("id", Some(id.into())),
            ("meta", meta),
            ("type", Some("collection".into())),
            ("timestamp", Some(instant(on).into())),
            ("entry", Some(Json::List(self.entries))),
        ])
    }
}

/// Midnight of a day, where FHIR wants an instant.
pub(crate) fn instant(day: Date) -> String {
    format!("{day}T00:00:00Z")
}

/// A reference within the bundle.
pub(crate) fn reference(address: &str) -> Json {
    map([("reference", Some(address.into()))])
}

/// A member of a resource.
pub(crate) fn member(key: &str, value: impl Into<Json>) -> (String, Json) {
    (key.to_string(), value.into())
}

/// A list of one.
pub(crate) fn one(value: Json) -> Json {
    Json::List(vec![value])
}

/// A concept in words.
pub(crate) fn words(text: &str) -> Json {
    map([("text", Some(text.into()))])
}

/// Text that may stand in an id: letters, digits, dashes and dots, at most 64.
pub(crate) fn plain_id(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '-' })
        .collect();
    clean.chars().take(64).collect()
}

/// The whole record of a patient as a bundle.
pub fn export(record: &Record<'_>, mapping: &Mapping, profile: Profile) -> Json {
    let mut entries = Entries::new();
    let patient = facts::patient(record, mapping, profile, &mut entries);
    let cancer = facts::cancer(record, mapping, profile, &patient, &mut entries);
    let stated = facts::statements(record, mapping, profile, &patient, cancer.as_deref(), &mut entries);
    facts::medication(record, mapping, &patient, &mut entries);
    conclusion::conclusions(record, &patient, &stated, &mut entries);
    due::due(record, &patient, &mut entries);
    entries.bundle(&plain_id(record.pseudonym), None, record.on)
}
