//! The resources of an input with their addresses, and whose record it is.

use std::collections::{BTreeSet, HashMap};

use nw_facts::Text;

use crate::json::Json;
use crate::mapping::Mapping;
use crate::note::{Issue, NoteCode, Notes, Severity};

/// One resource.
pub(crate) struct Found<'t> {
    pub tree: &'t Json,
    pub kind: &'t str,
    /// Where it stands: `Bundle.entry[3].resource`.
    pub place: String,
    /// Every address it is known under: `Observation/1`, `urn:uuid:…`.
    pub addresses: Vec<String>,
}

/// Addresses to positions.
pub(crate) type Index = HashMap<String, usize>;

/// All resources of the trees, bundles opened; what a bundle deletes is no statement.
pub(crate) fn gather<'t>(trees: &'t [Json], notes: &mut Notes, issues: &mut Vec<Issue>) -> Vec<Found<'t>> {
    let mut found = Vec::new();
    for tree in trees {
        one(tree, None, String::new(), notes, issues, &mut found);
    }
    found
}

fn one<'t>(
    tree: &'t Json,
    full: Option<&str>,
    place: String,
    notes: &mut Notes,
    issues: &mut Vec<Issue>,
    found: &mut Vec<Found<'t>>,
) {
    let Some(kind) = tree.text_at("resourceType").filter(|k| is_name(k)) else {
        issues.push(Issue {
            severity: Severity::Error,
            code: "structure",
            text: Text::new(
                "no `resourceType`; expected a resource of FHIR R4",
                "geen `resourceType`; verwacht: een resource van FHIR R4",
            ),
            place: Some(if place.is_empty() { "$this".to_string() } else { place }),
        });
        return;
    };
    let here = if place.is_empty() { kind.to_string() } else { place };
    // Bundles within bundles end where the depth of the text ends.
    match kind {
        "Bundle" => {
            for (i, entry) in tree.items_at("entry").iter().enumerate() {
                let place = format!("{here}.entry[{i}].resource");
                if entry.at(&["request", "method"]).and_then(Json::text) == Some("DELETE") {
                    notes.add(NoteCode::Status, "Bundle.entry.request", "DELETE", &place);
                    continue;
                }
                match entry.get("resource") {
                    Some(resource) => {
                        one(resource, entry.text_at("fullUrl"), place, notes, issues, found);
                    }
                    None => notes.add(NoteCode::Element, "Bundle.entry", "", &place),
                }
            }
        }
        "Parameters" => {
            for (i, parameter) in tree.items_at("parameter").iter().enumerate() {
                let place = format!("{here}.parameter[{i}].resource");
                match parameter.get("resource") {
                    Some(resource) => one(resource, None, place, notes, issues, found),
                    None => notes.add(NoteCode::Element, "Parameters.parameter", "", &place),
                }
            }
        }
        _ => {
            let mut addresses = Vec::new();
            if let Some(id) = tree.text_at("id") {
                addresses.push(format!("{kind}/{id}"));
            }
            addresses.extend(full.map(address));
            found.push(Found { tree, kind, place: here, addresses });
        }
    }
}

/// A name of a resource: letters alone, so that it may stand in a message.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 40 && text.bytes().all(|b| b.is_ascii_alphabetic())
}

/// A reference as an address: versions and servers left out.
pub(crate) fn address(reference: &str) -> String {
    if reference.starts_with("urn:") || reference.starts_with('#') {
        return reference.to_string();
    }
    let bare = reference.split("/_history/").next().unwrap_or(reference);
    let mut parts = bare.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(id), Some(kind)) => format!("{kind}/{id}"),
        _ => bare.to_string(),
    }
}

pub(crate) fn index(found: &[Found<'_>]) -> Index {
    let mut index = Index::new();
    for (at, resource) in found.iter().enumerate() {
        for address in &resource.addresses {
            index.entry(address.clone()).or_insert(at);
        }
    }
    index
}

/// Whether all resources speak of one patient; otherwise nothing may be taken, since it cannot be told apart safely.
pub(crate) fn one_patient(found: &[Found<'_>], map: &Mapping, issues: &mut Vec<Issue>) -> bool {
    let index = index(found);
    // A patient known under an address of the server and one of the bundle is one patient.
    let whole = |reference: &str| {
        let address = address(reference);
        index.get(&address).map_or(address, |at| format!("#{at}"))
    };
    let mut patients: BTreeSet<String> = BTreeSet::new();
    for (at, resource) in found.iter().enumerate() {
        if resource.kind == "Patient" {
            patients.insert(format!("#{at}"));
        }
        let Some(described) = map.resource(resource.kind) else { continue };
        for subject in &described.subject {
            if let Some(reference) = resource.tree.get(subject).and_then(|s| s.text_at("reference")) {
                let points_to = index.get(&address(reference)).map(|at| found[*at].kind);
                if points_to.is_none_or(|kind| kind == "Patient") && !reference.starts_with('#') {
                    patients.insert(whole(reference));
                }
            }
        }
    }
    // Two resources with one id are one patient, told twice.
    let same: BTreeSet<&str> = found
        .iter()
        .filter(|f| f.kind == "Patient")
        .flat_map(|f| f.addresses.first().map(String::as_str))
        .collect();
    let told_twice = patients.iter().all(|p| p.starts_with('#'))
        && same.len() == 1
        && found.iter().filter(|f| f.kind == "Patient").all(|f| !f.addresses.is_empty());
    if patients.len() > 1 && !told_twice {
        issues.push(Issue {
            severity: Severity::Fatal,
            code: "business-rule",
            text: Text::new(
                format!(
                    "the input speaks of {} patients; nothing was taken; send one patient at a time",
                    patients.len()
                ),
                format!(
                    "de invoer gaat over {} patiënten; niets is overgenomen; stuur één patiënt tegelijk",
                    patients.len()
                ),
            ),
            place: None,
        });
        return false;
    }
    true
}
