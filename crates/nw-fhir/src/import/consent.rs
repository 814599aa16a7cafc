//! What a patient says of research and registries: no fact, and nobody may overlook it.
//!
//! An objection is taken wider than it was said, never narrower; leave is taken only when nothing narrows it.

use std::collections::HashSet;

use nw_facts::Date;

use super::Session;
use super::apply::id_of;
use super::element::{below, shown};
use crate::json::Json;
use crate::note::{NoteCode, Notes};

/// What a patient says of the use for research and registries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Research {
    /// Whether the patient objects to it.
    pub objects: bool,
    /// The day on which it was said.
    pub on: Option<Date>,
    /// The resource that says it: `Bundle.entry[3].resource`.
    pub place: String,
}

impl<'a> Session<'a> {
    /// Reads a Consent about research; `refused` when its status says that the patient did not give it.
    pub(super) fn consent(
        &mut self,
        tree: &'a Json,
        place: &str,
        refused: bool,
        on: Option<Date>,
        seen: &mut HashSet<usize>,
    ) {
        let provision = tree.get("provision");
        if let Some(provision) = provision {
            seen.insert(id_of(provision));
        }
        if below(tree, "scope.coding.code").is_empty() {
            return self.notes.add(NoteCode::Uncoded, "Consent.scope", "", place);
        }
        let objects = match provision.and_then(|p| p.text_at("type")) {
            _ if refused => true,
            Some("deny") => true,
            Some("permit") => false,
            other => {
                let detail = shown(other.unwrap_or_default());
                return self.notes.add(NoteCode::Value, "Consent.provision.type", &detail, place);
            }
        };
        // Somebody, some time or some data: an objection holds for all of it, leave for none of it.
        let narrowed = provision.map(Json::members).unwrap_or_default();
        let mut whole = true;
        for (key, _) in narrowed.iter().filter(|(key, _)| !matches!(key.as_str(), "id" | "type")) {
            whole = false;
            self.notes.add(NoteCode::Element, &format!("Consent.provision.{}", shown(key)), "", place);
        }
        if objects || whole {
            self.said.push(Research { objects, on, place: place.to_string() });
        } else {
            self.notes.add(NoteCode::Value, "Consent.provision", "", place);
        }
    }
}

/// What holds of all that was said: the last; where a day is missing or the same, the objection.
pub(super) fn last(mut said: Vec<Research>, notes: &mut Notes) -> Option<Research> {
    let dated = said.iter().all(|s| s.on.is_some());
    said.sort_by_key(|s| (if dated { s.on } else { None }, s.objects));
    let last = said.pop()?;
    for earlier in said.iter().filter(|s| s.objects != last.objects) {
        notes.add(NoteCode::Earlier, "Consent", "", &earlier.place);
    }
    Some(last)
}
