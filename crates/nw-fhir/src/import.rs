//! From resources to facts.

use nw_facts::{FactSet, Text, Vocabulary};

use crate::json::{Json, Limits};
use crate::mapping::Mapping;
use crate::note::{Issue, Note, NoteCode, Notes, Severity};

/// What one input gave.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// The facts, each with its day, the day it became known, and the element it came from as origin.
    pub facts: FactSet,
    /// Every element that did not become a fact, counted.
    pub notes: Vec<Note>,
    /// What is wrong with the input as a whole; with a fatal one there are no facts.
    pub issues: Vec<Issue>,
    /// How many resources were looked at.
    pub resources: usize,
}

/// Reads a bundle or a single resource.
///
/// Never panics and never fails: what is wrong is an [`Issue`], what is not understood a [`Note`].
pub fn import(json: &[u8], map: &Mapping, vocabulary: &Vocabulary) -> Import {
    match Json::read(json, Limits::default()) {
        Ok(tree) => import_tree(std::slice::from_ref(&tree), map, vocabulary),
        Err(_) => Import {
            issues: vec![Issue {
                severity: Severity::Fatal,
                code: "structure",
                text: Text::new("not JSON", "geen JSON"),
                place: None,
            }],
            ..Import::default()
        },
    }
}

/// Reads resources and bundles that a neighbour has parsed, such as the prefetch of a hook, as one record.
pub fn import_resources(
    resources: impl IntoIterator<Item = serde_json::Value>,
    map: &Mapping,
    vocabulary: &Vocabulary,
) -> Import {
    let trees: Vec<Json> =
        resources.into_iter().filter_map(|v| Json::from_value(&v, Limits::default())).collect();
    import_tree(&trees, map, vocabulary)
}

/// Reads resources and bundles together, as one record of one patient.
pub fn import_tree(trees: &[Json], _map: &Mapping, _vocabulary: &Vocabulary) -> Import {
    let mut notes = Notes::default();
    for tree in trees {
        notes.add(NoteCode::Resource, tree.text_at("resourceType").unwrap_or("?"), "", "");
    }
    Import { notes: notes.finish(), resources: trees.len(), ..Import::default() }
}
