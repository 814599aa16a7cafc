//! From resources to facts.
//!
//! Road: bytes → trees → resources with their addresses (`gather`) → whose record it is (`patient`) → which cancer is the
//! neuroendocrine one (`tumours`) → the rules, resource by resource (`apply`) → facts and notes.

mod answers;
mod apply;
mod consent;
mod element;
mod gather;
mod tumour;

use nw_facts::{Date, FactIdx, FactSet, Observation, Text, Vocabulary};

use crate::json::{Json, JsonFault, Limits};
use crate::mapping::Mapping;
use crate::note::{Issue, Note, NoteCode, Notes, Severity};
use gather::Found;

pub use consent::Research;
pub(crate) use element::{choice as import_choice, plain_number};

/// What one input gave.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// The facts, each with its day, the day it became known, and the element it came from as origin.
    pub facts: FactSet,
    /// For each fact in order, the resource that said it first: `Bundle.entry[3].resource`.
    pub places: Vec<String>,
    /// What the patient says of the use for research and registries, when it is said.
    pub research: Option<Research>,
    /// Every element that did not become a fact, counted.
    pub notes: Vec<Note>,
    /// What is wrong with the input as a whole; with a fatal one there are no facts.
    pub issues: Vec<Issue>,
    /// How many resources were looked at.
    pub resources: usize,
}

impl Import {
    /// Whether nothing could be taken at all.
    pub fn refused(&self) -> bool {
        self.issues.iter().any(|i| i.severity == Severity::Fatal)
    }

    /// The faults of the input and the counted notes as an OperationOutcome.
    pub fn outcome(&self, language: nw_facts::Language) -> Json {
        let issue = |severity: &str, code: &str, text: String, place: Option<&str>| {
            crate::json::map([
                ("severity", Some(severity.into())),
                ("code", Some(code.into())),
                ("diagnostics", Some(text.into())),
                ("expression", place.map(|p| Json::List(vec![p.into()]))),
            ])
        };
        let mut issues: Vec<Json> = self
            .issues
            .iter()
            .map(|i| issue(i.severity.id(), i.code, i.text.get(language).to_string(), i.place.as_deref()))
            .collect();
        for note in &self.notes {
            let detail = if note.detail.is_empty() { String::new() } else { format!(" ({})", note.detail) };
            let text =
                format!("{}: {}{detail} × {}", note.element, note.code.told().get(language), note.count);
            issues.push(issue("information", "informational", text, Some(&note.first)));
        }
        if issues.is_empty() {
            issues.push(issue("information", "informational", "ok".to_string(), None));
        }
        crate::json::map([
            ("resourceType", Some("OperationOutcome".into())),
            ("issue", Some(Json::List(issues))),
        ])
    }
}

/// Reads a bundle or a single resource.
///
/// Never panics and never fails: what is wrong is an [`Issue`], what is not understood a [`Note`].
pub fn import(json: &[u8], map: &Mapping, vocabulary: &Vocabulary) -> Import {
    match Json::read(json, Limits::default()) {
        Ok(tree) => import_tree(std::slice::from_ref(&tree), map, vocabulary),
        Err(fault) => Import { issues: vec![unread(fault, json)], ..Import::default() },
    }
}

/// Reads resources and bundles that a neighbour has parsed, such as the prefetch of a hook, as one record.
///
/// A value that is deeper than is taken is an issue of its own; the others are read.
pub fn import_resources(
    resources: impl IntoIterator<Item = serde_json::Value>,
    map: &Mapping,
    vocabulary: &Vocabulary,
) -> Import {
    let mut trees = Vec::new();
    let mut issues = Vec::new();
    for value in resources {
        match Json::from_value(&value, Limits::default()) {
            Some(tree) => trees.push(tree),
            None => issues.push(unread(JsonFault::TooDeep(0), b"")),
        }
    }
    let mut import = import_tree(&trees, map, vocabulary);
    import.issues.extend(issues);
    import
}

/// Reads resources and bundles together, as one record of one patient.
pub fn import_tree(trees: &[Json], map: &Mapping, vocabulary: &Vocabulary) -> Import {
    let mut notes = Notes::default();
    let mut issues = Vec::new();
    let found = gather::gather(trees, &mut notes, &mut issues);
    let resources = found.len();
    if !gather::one_patient(&found, map, &mut issues) {
        return Import { notes: notes.finish(), issues, resources, ..Import::default() };
    }
    let index = gather::index(&found);
    let tumours = tumour::tumours(&found, &index, map);
    let mut session = Session {
        map,
        vocabulary,
        found: &found,
        index: &index,
        tumours: &tumours,
        notes,
        issues,
        taken: Vec::new(),
        said: Vec::new(),
    };
    for at in 0..found.len() {
        session.resource(at);
    }
    session.finish()
}

fn unread(fault: JsonFault, text: &[u8]) -> Issue {
    let place = fault.place(text).map(|(line, column)| format!("line {line}, column {column}"));
    let (code, en, nl) = match fault {
        JsonFault::TooLarge => (
            "too-costly",
            "the input is larger than 64 MiB; send one patient at a time",
            "de invoer is groter dan 64 MiB; stuur één patiënt tegelijk",
        ),
        JsonFault::TooDeep(_) => (
            "too-costly",
            "the input nests deeper than 64 levels; no FHIR resource does",
            "de invoer is dieper genest dan 64 niveaus; geen FHIR-resource doet dat",
        ),
        JsonFault::TooMany(_) => (
            "too-costly",
            "the input holds more than 4 million values; send one patient at a time",
            "de invoer bevat meer dan 4 miljoen waarden; stuur één patiënt tegelijk",
        ),
        JsonFault::Broken(_) => (
            "structure",
            "the input is not JSON from here on; expected one FHIR R4 resource in JSON (UTF-8)",
            "de invoer is vanaf hier geen JSON; verwacht: één FHIR R4-resource in JSON (UTF-8)",
        ),
        JsonFault::Twice(_) => (
            "structure",
            "the same member stands twice in one object; two readers could see two patients",
            "hetzelfde veld staat twee keer in één object; twee lezers zouden twee patiënten kunnen zien",
        ),
    };
    Issue { severity: Severity::Fatal, code, text: Text::new(en, nl), place }
}

/// A fact as a rule gave it, before what yields to others is left out.
pub(super) struct Taken {
    rule: String,
    yields_to: Option<String>,
    latest: bool,
    element: String,
    place: String,
    observation: Observation,
}

/// One import under way.
pub(super) struct Session<'a> {
    map: &'a Mapping,
    vocabulary: &'a Vocabulary,
    found: &'a [Found<'a>],
    index: &'a gather::Index,
    tumours: &'a tumour::Tumours,
    notes: Notes,
    issues: Vec<Issue>,
    taken: Vec<Taken>,
    said: Vec<Research>,
}

impl Session<'_> {
    /// What yields to another rule, what is earlier than the present and what is said twice is left out.
    fn finish(mut self) -> Import {
        let rules: std::collections::BTreeSet<String> = self.taken.iter().map(|t| t.rule.clone()).collect();
        let mut last: std::collections::HashMap<FactIdx, Option<Date>> = std::collections::HashMap::new();
        for taken in self.taken.iter().filter(|t| t.latest) {
            let day = last.entry(taken.observation.fact).or_default();
            *day = (*day).max(taken.observation.date);
        }
        let (mut facts, mut places) = (FactSet::new(), Vec::new());
        let mut kept: Vec<Observation> = Vec::new();
        for taken in self.taken {
            let yields = taken.yields_to.as_ref().is_some_and(|to| rules.contains(to));
            let earlier = taken.latest
                && last.get(&taken.observation.fact).is_some_and(|day| *day != taken.observation.date);
            if yields || earlier {
                let detail = &self.vocabulary.fact(taken.observation.fact).id;
                self.notes.add(NoteCode::Earlier, &taken.element, detail, &taken.place);
                continue;
            }
            let same = |o: &Observation| {
                o.fact == taken.observation.fact
                    && o.evidence == taken.observation.evidence
                    && o.date == taken.observation.date
                    && o.via == taken.observation.via
            };
            if !kept.iter().any(same) {
                kept.push(taken.observation.clone());
                facts.add(taken.observation);
                places.push(taken.place);
            }
        }
        let research = consent::last(std::mem::take(&mut self.said), &mut self.notes);
        let (notes, resources) = (self.notes.finish(), self.found.len());
        Import { facts, places, research, notes, issues: self.issues, resources }
    }
}
