//! What a patient says of research and registries, as a Consent.

use nw_facts::Date;

use crate::export::Entries;
use crate::json::{Json, map};
use crate::own::concept;

const SCOPE: &str = "http://terminology.hl7.org/CodeSystem/consentscope";
const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/consentcategorycodes";
const ACT: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

/// The members of a Consent, without its id: whether the patient objects to the use of the data for research and
/// registries, and since when.
pub fn consent(patient: &str, objects: bool, on: Option<Date>) -> Vec<(String, Json)> {
    let kind = if objects { "deny" } else { "permit" };
    let tree = map([
        ("status", Some("active".into())),
        ("scope", Some(concept(SCOPE, "research", Some("Research")))),
        (
            "category",
            Some(Json::List(vec![concept(CATEGORY, "research", Some("Research Information Access"))])),
        ),
        ("patient", Some(map([("reference", Some(patient.into()))]))),
        ("dateTime", on.map(|day| day.to_string().into())),
        // Without an objection the data may be used; with one they may not.
        ("policyRule", Some(concept(ACT, "OPTOUT", Some("opt-out")))),
        ("provision", Some(map([("type", Some(kind.into()))]))),
    ]);
    match tree {
        Json::Map(members) => members,
        _ => Vec::new(),
    }
}

/// The bundle of a record with what the patient says of research and registries.
pub fn with_consent(bundle: Json, objects: bool) -> Json {
    let mut entries = Entries::new();
    entries.add("Consent", "research", consent("Patient/patient", objects, None));
    match bundle {
        Json::Map(mut members) => {
            if let Some((_, Json::List(list))) = members.iter_mut().find(|(key, _)| key == "entry") {
                list.extend(entries.list());
            }
            Json::Map(members)
        }
        other => other,
    }
}
