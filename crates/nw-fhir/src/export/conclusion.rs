//! Conclusions as Observations, joined in one ClinicalImpression, with the Provenance of all of it.

use nw_engine::{Drawn, Outcome};
use nw_facts::{ConclusionDef, FactIdx};

use super::{Entries, Record, instant, member, one, plain_id, reference, words};
use crate::json::{Json, map};
use crate::own::{self, CONCLUSION_SYSTEM, ONE_OF};

/// Why a conclusion is as it is, in words: the deciding row with its sources.
fn reason(record: &Record<'_>, drawn: &Drawn) -> Option<String> {
    let step = drawn.reason.as_ref()?.steps.first()?;
    let table = record.guideline.tables.get(step.table)?;
    let row = table.rows.get(step.row)?;
    let sources: Vec<String> = row.sources.iter().map(|c| format!("@{}#{}", c.key, c.locator)).collect();
    Some(
        format!("{} {}: {} {}", table.id, row.id, row.text.get(record.language), sources.join(" "))
            .trim()
            .to_string(),
    )
}

fn value(def: &ConclusionDef, at: usize, record: &Record<'_>) -> Json {
    let system = format!("urn:netwijzer:value:{}", def.id);
    match def.values.get(at) {
        Some(v) => own::concept(&system, &v.id, Some(v.label.get(record.language))),
        None => own::concept(&system, "not-applicable", None),
    }
}

pub(super) fn conclusions(
    record: &Record<'_>,
    patient: &str,
    stated: &[(FactIdx, String)],
    entries: &mut Entries,
) {
    let guideline = record.guideline;
    let edition = format!("{} {} {}", guideline.manifest.id, guideline.manifest.edition, guideline.digest);
    let absent = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
    let mut findings = Vec::new();
    for drawn in &record.conclusions.drawn {
        let def = guideline.vocabulary.conclusion(drawn.conclusion);
        if def.hidden || drawn.outcome == Outcome::NotApplicable {
            continue;
        }
        let mask = |set: u64| (0..def.values.len()).filter(move |v| set >> v & 1 == 1);
        let mut several: Vec<Json> = Vec::new();
        let possible = |set: u64| {
            mask(set)
                .map(|v| {
                    map([
                        ("url", Some(ONE_OF.into())),
                        ("valueString", Some(def.values[v].id.as_str().into())),
                    ])
                })
                .collect::<Vec<_>>()
        };
        let mut components = Vec::new();
        let (status, said) = match &drawn.outcome {
            Outcome::Concluded(at) => ("final", member("valueCodeableConcept", value(def, *at, record))),
            Outcome::Undetermined(set) => {
                several = possible(*set);
                ("preliminary", member("dataAbsentReason", own::concept(absent, "unknown", None)))
            }
            Outcome::Conflict(_) => {
                ("preliminary", member("dataAbsentReason", own::concept(absent, "error", None)))
            }
            Outcome::Collected { certain: 0, open: 0 } => continue,
            Outcome::Collected { certain, open } => {
                components.extend(mask(*certain).map(|v| {
                    map([
                        ("code", Some(own::concept(CONCLUSION_SYSTEM, &def.id, None))),
                        ("valueCodeableConcept", Some(value(def, v, record))),
                    ])
                }));
                several = possible(*open);
                let status = if *open == 0 { "final" } else { "preliminary" };
                if components.is_empty() {
                    (status, member("dataAbsentReason", own::concept(absent, "unknown", None)))
                } else {
                    (status, member("component", Json::List(components)))
                }
            }
            Outcome::NotApplicable => continue,
        };
        let mut members = Vec::new();
        if !several.is_empty() {
            members.push(member("extension", Json::List(several)));
        }
        members.push(member("status", status));
        members.push(member(
            "code",
            own::concept(CONCLUSION_SYSTEM, &def.id, Some(def.label.get(record.language))),
        ));
        members.push(member("subject", reference(patient)));
        members.push(member("effectiveDateTime", record.on.to_string()));
        members.push(member("issued", instant(record.on)));
        members.push(member("performer", one(reference("Device/netwijzer"))));
        let (key, said) = said;
        let is_component = key == "component";
        if !is_component {
            members.push((key.clone(), said.clone()));
        }
        let confirmed = if drawn.confirmed { "" } else { unconfirmed(record) };
        let note = [reason(record, drawn).unwrap_or_default(), confirmed.to_string()];
        let note: Vec<Json> =
            note.into_iter().filter(|t| !t.is_empty()).map(|t| map([("text", Some(t.into()))])).collect();
        if !note.is_empty() {
            members.push(member("note", Json::List(note)));
        }
        members.push(member("method", words(&edition)));
        let rests: Vec<Json> = stated
            .iter()
            .filter(|(fact, _)| drawn.sufficient.contains(fact))
            .map(|(_, address)| reference(address))
            .collect();
        if !rests.is_empty() {
            members.push(member("derivedFrom", Json::List(rests)));
        }
        if is_component {
            members.push((key, said));
        }
        findings.push(entries.add("Observation", &plain_id(&format!("conclusion-{}", def.id)), members));
    }
    device(record, entries);
    impression(record, patient, &findings, &edition, entries);
}

fn unconfirmed(record: &Record<'_>) -> &'static str {
    match record.language {
        nw_facts::Language::Nl => "Rust op regels die geen clinicus heeft bevestigd.",
        nw_facts::Language::En => "Rests on rules that no clinician has confirmed.",
    }
}

fn device(record: &Record<'_>, entries: &mut Entries) {
    entries.add(
        "Device",
        "netwijzer",
        vec![
            member(
                "deviceName",
                one(map([("name", Some("netwijzer".into())), ("type", Some("user-friendly-name".into()))])),
            ),
            member(
                "version",
                one(map([(
                    "value",
                    Some(format!("{} {}", record.guideline.manifest.edition, record.guideline.digest).into()),
                )])),
            ),
            member("note", one(map([("text", Some(record.disclaimer.into()))]))),
        ],
    );
}

fn impression(record: &Record<'_>, patient: &str, findings: &[String], edition: &str, entries: &mut Entries) {
    let items: Vec<Json> = findings.iter().map(|f| map([("itemReference", Some(reference(f)))])).collect();
    let mut members = vec![
        member("status", "completed"),
        member("description", record.guideline.manifest.title.get(record.language)),
        member("subject", reference(patient)),
        member("date", record.on.to_string()),
        member(
            "protocol",
            one(format!(
                "urn:netwijzer:{}:{}",
                record.guideline.manifest.id, record.guideline.manifest.edition
            )
            .into()),
        ),
        member("summary", format!("{edition}. {}", record.disclaimer)),
    ];
    if !items.is_empty() {
        members.push(member("finding", Json::List(items)));
    }
    let impression = entries.add("ClinicalImpression", "assessment", members);
    let mut targets = vec![reference(&impression)];
    targets.extend(findings.iter().map(|f| reference(f)));
    entries.add(
        "Provenance",
        "assessment",
        vec![
            member("target", Json::List(targets)),
            member("recorded", instant(record.on)),
            member(
                "policy",
                one(format!(
                    "urn:netwijzer:{}:{}",
                    record.guideline.manifest.id, record.guideline.manifest.edition
                )
                .into()),
            ),
            member("agent", one(map([("who", Some(reference("Device/netwijzer")))]))),
            member(
                "entity",
                one(map([
                    ("role", Some("source".into())),
                    ("what", Some(map([("display", Some(edition.into()))]))),
                ])),
            ),
        ],
    );
}
