//! A transaction: read whole, refused whole when anything in it cannot come in, and written as one revision.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use nw_facts::{Observation, Vocabulary};
use nw_fhir::{Json, Research, Severity, import_tree};
use nw_store::{
    Changes, Entry, FactRecordId, Identity, NewFact, Objection, Origin, OriginKind, PatientFilter, PatientId,
    Reason, Revision, Stance, Version, Whom,
};

use super::compartment::Compartment;
use super::outcome::{Fail, issue};
use super::read::record;
use super::{Asking, ids, person};
use crate::error::Problem;
use crate::pages::cases::prepare;
use crate::routes::{PLANNING, RECORDING};

/// What one entry asks for.
struct Step<'t> {
    method: &'t str,
    /// `Observation/1`, `Patient?identifier=…`.
    url: &'t str,
    resource: Option<&'t Json>,
    if_none_exist: Option<&'t str>,
    if_match: Option<&'t str>,
}

impl Step<'_> {
    fn kind(&self) -> &str {
        self.url.split(['/', '?']).next().unwrap_or_default()
    }

    fn id(&self) -> Option<&str> {
        self.url.split('?').next()?.split_once('/').map(|(_, id)| id)
    }
}

/// What came of one entry.
pub(super) struct Done {
    pub(super) status: StatusCode,
    /// `Observation/1`, when there is one to go to.
    pub(super) place: Option<String>,
    pub(super) notes: Vec<Json>,
}

/// Whose record a transaction is about.
enum Whose {
    /// It begins with this transaction.
    New(Identity),
    /// It is there; the identity changes when one was sent.
    Known(PatientId, Option<Identity>),
}

pub(super) fn at(number: usize) -> String {
    format!("Bundle.entry[{number}]")
}

/// The entries of a Bundle.
fn steps<'t>(bundle: &'t Json, base: &str) -> Result<Vec<Step<'t>>, Fail> {
    let entries = bundle.items_at("entry");
    let read = |(number, entry): (usize, &'t Json)| {
        let request = entry.get("request");
        let text = |key: &str| request.and_then(|r| r.text_at(key));
        let (Some(method), Some(url)) = (text("method"), text("url")) else {
            let text = "each entry needs `request` with `method` and `url`";
            return Err(Fail::refused("required", text, &format!("{}.request", at(number))));
        };
        // An address may be written in full; an absolute one of another server is nobody's here.
        let url = url.strip_prefix(base).unwrap_or(url).trim_start_matches('/');
        let step = Step {
            method,
            url,
            resource: entry.get("resource"),
            if_none_exist: text("ifNoneExist"),
            if_match: text("ifMatch"),
        };
        let sends = matches!(method, "POST" | "PUT");
        let kind = step.resource.and_then(|r| r.text_at("resourceType"));
        if sends && kind != Some(step.kind()) {
            let text = "the resource is not of the kind that `request.url` names";
            return Err(Fail::refused("invalid", text, &format!("{}.request.url", at(number))));
        }
        Ok(step)
    };
    entries.iter().enumerate().map(read).collect()
}

/// The patient that a search names: `identifier=urn:x|1`.
async fn named(asking: &Asking, query: &str) -> Result<Option<PatientId>, Fail> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query.trim_start_matches('?')).unwrap_or_default();
    let [(name, value)] = pairs.as_slice() else {
        return Err(Fail::bad(
            "not-supported",
            "a Patient is looked up by identifier alone: identifier=system|value",
        ));
    };
    let (system, value) = value.split_once('|').unwrap_or(("", value));
    if name != "identifier" || value.trim().is_empty() {
        return Err(Fail::bad(
            "not-supported",
            "a Patient is looked up by identifier alone: identifier=system|value",
        ));
    }
    if !(system.is_empty() || system == person::NUMBER) {
        // The record keeps one number without its system: what another system numbers is not looked up by it.
        let text = format!("numbers of the record have the system {}; look up by it", person::NUMBER);
        return Err(Fail::bad("not-supported", text));
    }
    let mut filter = PatientFilter { text: value.to_string(), most: Some(200), ..PatientFilter::default() };
    let mut found = Vec::new();
    loop {
        let list = asking.app.store.patients(&asking.gate.context(), &filter).await?;
        let same = |l: &&nw_store::WorklistLine| l.patient.identity.number.as_deref() == Some(value);
        found.extend(list.lines.iter().filter(same).map(|l| l.patient.id.clone()));
        match list.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        _ => Err(Fail::new(
            StatusCode::PRECONDITION_FAILED,
            "multiple-matches",
            "more than one Patient has this identifier",
        )),
    }
}

/// Whose record the entries speak of.
async fn whose(asking: &Asking, steps: &[Step<'_>]) -> Result<Whose, Fail> {
    let people: Vec<(usize, &Step<'_>)> =
        steps.iter().enumerate().filter(|(_, s)| s.kind() == "Patient").collect();
    let synthetic = asking.app.settings.demo;
    let (number, step) = match people.as_slice() {
        [] => return Ok(Whose::Known(subject(asking, steps).await?, None)),
        [one] => *one,
        [_, (second, _), ..] => {
            let text = "a transaction speaks of one patient; send each in its own";
            return Err(Fail::refused("business-rule", text, &at(*second)));
        }
    };
    let place = format!("{}.resource", at(number));
    let said = |before: Option<&Identity>| {
        let none = || Fail::refused("required", "the resource is missing", &place);
        person::identity(step.resource.ok_or_else(none)?, before, synthetic, &place)
    };
    let known = match (step.method, step.id(), step.url.split_once('?')) {
        ("POST", ..) => match step.if_none_exist {
            None => None,
            // What is there stays as it is.
            Some(query) => match named(asking, query).await? {
                Some(id) => return Ok(Whose::Known(id, None)),
                None => None,
            },
        },
        ("PUT", Some(id), _) => Some(id.parse().map_err(|_| unknown_patient(id))?),
        ("PUT", None, Some((_, query))) => named(asking, query).await?,
        _ => return Err(Fail::method(KEEPS)),
    };
    match known {
        None => Ok(Whose::New(said(None)?)),
        Some(id) => {
            let now = asking.app.store.patient(&asking.gate.about(&id), &id).await?;
            if let Some(wanted) = step.if_match
                && version(wanted) != Some(now.revision)
            {
                return Err(changed(now.revision));
            }
            let identity = said(Some(&now.identity))?;
            let identity = Some(identity).filter(|i| *i != now.identity);
            Ok(Whose::Known(id, identity))
        }
    }
}

const KEEPS: &str = "a record is kept as long as the law asks and is not deleted from here: \
                     blocking and erasing stand with whoever runs the workbench";

fn changed(newer: Revision) -> Fail {
    let text = format!("the record changed since it was read: it is at version {newer}; read it again");
    Fail::new(StatusCode::PRECONDITION_FAILED, "conflict", text)
}

fn unknown_patient(_id: &str) -> Fail {
    Fail::method(
        "ids are given by this server: POST the Patient, with If-None-Exist to find one that is there",
    )
}

/// `W/"3"`.
fn version(tag: &str) -> Option<Revision> {
    let number = tag.trim().trim_start_matches("W/").trim_matches('"');
    number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok().map(Revision))?
}

/// The patient that everything refers to.
async fn subject(asking: &Asking, steps: &[Step<'_>]) -> Result<PatientId, Fail> {
    let mut found: Option<PatientId> = None;
    for (number, step) in steps.iter().enumerate() {
        let own = step.id().and_then(ids::patient_of).filter(|_| step.resource.is_none());
        let reference = step
            .resource
            .and_then(|r| ["subject", "patient"].iter().find_map(|key| r.get(key)?.text_at("reference")));
        let this = match (own, reference) {
            (Some(own), _) => own,
            (None, Some(text)) => {
                let text = text.strip_prefix(asking.base.as_str()).unwrap_or(text).trim_start_matches('/');
                let none = || {
                    let text = "this is no Patient of this server; write Patient/{id}, Patient?identifier=, or send the Patient along";
                    Fail::refused("not-found", text, &format!("{}.resource.subject", at(number)))
                };
                match text.split_once('?') {
                    Some(("Patient", query)) => named(asking, query).await?.ok_or_else(none)?,
                    _ => text.strip_prefix("Patient/").and_then(|id| id.parse().ok()).ok_or_else(none)?,
                }
            }
            (None, None) if step.resource.is_none() => {
                return Err(Fail::not_found("no resource has this id; a search gives the ids there are"));
            }
            (None, None) => continue,
        };
        if found.as_ref().is_some_and(|f| *f != this) {
            let text = "a transaction speaks of one patient; nothing was taken; send each in its own";
            return Err(Fail::refused("business-rule", text, &at(number)));
        }
        found = Some(this);
    }
    found.ok_or_else(|| {
        Fail::refused(
            "required",
            "nothing says whose this is: send the Patient, or a `subject`",
            "Bundle.entry",
        )
    })
}

/// A fact as the record writes it.
fn written(vocabulary: &Vocabulary, observation: &Observation) -> Option<(String, String)> {
    let readable = |fact, text: &str| nw_facts::read(vocabulary, fact, text).is_ok();
    // What was written as another fact is recorded as it was written.
    if let Some(via) = observation.via
        && readable(via, &observation.text)
    {
        return Some((vocabulary.fact(via).id.clone(), observation.text.trim().to_string()));
    }
    let def = vocabulary.fact(observation.fact);
    let text = match observation.evidence.ids(def) {
        Some(ids) => ids.join("; "),
        None => observation.text.trim().to_string(),
    };
    let good = !text.is_empty() && !text.chars().any(char::is_control) && readable(observation.fact, &text);
    good.then(|| (def.id.clone(), text))
}

/// The number of the entry in a place: `Bundle.entry[3].resource`.
fn entry_of(place: &str) -> usize {
    let number = place.strip_prefix("Bundle.entry[").and_then(|rest| rest.split(']').next());
    number.and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// What is to be recorded, with the entry each fact came from.
struct Intake {
    facts: Vec<(usize, NewFact)>,
    notes: BTreeMap<usize, Vec<Json>>,
    /// What the patient says of research and registries, with its entry.
    research: Option<(usize, Research)>,
}

fn intake(asking: &Asking, bundle: &Json) -> Result<Intake, Fail> {
    let (vocabulary, language) = (&asking.app.guideline.vocabulary, asking.gate.language);
    let found = import_tree(std::slice::from_ref(bundle), &asking.desk()?.mapping, vocabulary);
    let told: Vec<Json> = found
        .issues
        .iter()
        .map(|i| issue(i.severity.id(), i.code, i.text.get(language), i.place.as_deref()))
        .collect();
    if found.issues.iter().any(|i| i.severity != Severity::Warning) {
        return Err(Fail::with(StatusCode::UNPROCESSABLE_ENTITY, told));
    }
    let mut notes: BTreeMap<usize, Vec<Json>> = BTreeMap::new();
    for (issue, told) in found.issues.iter().zip(told) {
        notes.entry(entry_of(issue.place.as_deref().unwrap_or_default())).or_default().push(told);
    }
    for note in &found.notes {
        let detail = if note.detail.is_empty() { String::new() } else { format!(" ({})", note.detail) };
        let text = format!("{}: {}{detail} × {}", note.element, note.code.told().get(language), note.count);
        let told = issue("information", "informational", &text, Some(&note.first));
        notes.entry(entry_of(&note.first)).or_default().push(told);
    }
    let mut facts: Vec<(usize, NewFact)> = Vec::new();
    for (observation, place) in found.facts.observations().iter().zip(&found.places) {
        let entry = entry_of(place);
        let Some((fact, value)) = written(vocabulary, observation) else {
            let id = &vocabulary.fact(observation.fact).id;
            let text = format!("{id}: read, and not to be written as one value of the record; left out");
            notes.entry(entry).or_default().push(issue("warning", "value", &text, Some(place)));
            continue;
        };
        let label: String = observation
            .origin
            .clone()
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control())
            .take(1000)
            .collect();
        let origin = Origin { kind: OriginKind::Import, label, document: None, span: None };
        let mut new = NewFact::new(fact, value, origin);
        (new.true_on, new.known_on) = (observation.date, observation.known);
        let same = |(_, f): &(usize, NewFact)| {
            (&f.fact, &f.value, f.true_on) == (&new.fact, &new.value, new.true_on)
        };
        if !facts.iter().any(same) {
            facts.push((entry, new));
        }
    }
    let research = found.research.map(|research| (entry_of(&research.place), research));
    Ok(Intake { facts, notes, research })
}

/// Reads a transaction, and writes what it says: all of it or nothing.
pub(super) async fn apply(
    asking: &Asking,
    bundle: &Json,
    reason: &Reason,
) -> Result<(Vec<Done>, Option<Arc<Compartment>>), Fail> {
    let steps = steps(bundle, &asking.base)?;
    if steps.is_empty() {
        return Err(Fail::refused("required", "there is no entry in it", "Bundle.entry"));
    }
    for (number, step) in steps.iter().enumerate() {
        let place = format!("{}.request", at(number));
        match (step.method, step.kind()) {
            ("POST", _) | ("PUT", "Patient" | "Observation" | "Consent") | ("DELETE", "Observation") => {}
            ("DELETE", "Consent") => {
                let text = "an objection is not deleted: a Consent that permits takes it back";
                return Err(Fail::refused("not-supported", text, &place));
            }
            ("DELETE", _) => return Err(Fail::refused("not-supported", KEEPS, &place)),
            ("PUT", _) => {
                let text = "what was recorded is corrected with PUT on its Observation; everything else comes in with POST";
                return Err(Fail::refused("not-supported", text, &place));
            }
            _ => {
                return Err(Fail::refused(
                    "not-supported",
                    "a transaction takes POST, PUT and DELETE; reading stands in a batch",
                    &place,
                ));
            }
        }
    }
    let whose = whose(asking, &steps).await?;
    let role = asking.gate.role();
    let begins = !matches!(whose, Whose::Known(_, None));
    if begins && !PLANNING.allows(Some(role)) {
        return Err(Problem::Forbidden.into());
    }
    let Intake { mut facts, mut notes, research } = intake(asking, bundle)?;
    // Those who begin records and do not record facts send who it is, and no more.
    if !RECORDING.allows(Some(role)) && steps.iter().all(|s| s.kind() == "Patient") {
        for (entry, fact) in facts.drain(..) {
            let text = format!("{}: this role records no facts; left out", fact.fact);
            notes.entry(entry).or_default().push(issue("warning", "forbidden", &text, None));
        }
    }
    if matches!(whose, Whose::Known(..)) {
        // A Patient that was found is not the one that was sent: it stays as it is.
        facts.retain(|(entry, _)| (steps[*entry].kind(), steps[*entry].method) != ("Patient", "POST"));
    }
    let now = match &whose {
        Whose::New(_) => None,
        Whose::Known(id, _) => Some(record(asking, id).await?),
    };
    let mut retract: Vec<FactRecordId> = Vec::new();
    let mut places: BTreeMap<usize, String> = BTreeMap::new();
    for (number, step) in
        steps.iter().enumerate().filter(|(_, s)| s.kind() == "Observation" && s.method != "POST")
    {
        let (id, earlier) = held(now.as_deref(), step, number)?;
        places.insert(number, format!("Observation/{id}"));
        if step.method == "DELETE" {
            retract.push(earlier.id.clone());
            continue;
        }
        // The same again changes nothing; another value takes the place of the first.
        let mine = |(entry, f): &&mut (usize, NewFact)| *entry == number && f.fact == earlier.fact;
        match facts.iter_mut().find(mine) {
            Some((_, new)) => new.supersedes = Some(earlier.id.clone()),
            None => {
                let mut issues = vec![issue(
                    "error",
                    "business-rule",
                    &format!(
                        "this gives no value of {}, which the Observation is about; nothing was taken",
                        earlier.fact
                    ),
                    Some(&format!("{}.resource", at(number))),
                )];
                issues.extend(notes.remove(&number).unwrap_or_default());
                return Err(Fail::with(StatusCode::UNPROCESSABLE_ENTITY, issues));
            }
        }
    }
    let mut held_already: BTreeMap<usize, String> = BTreeMap::new();
    if let Some(now) = &now {
        facts.retain(|(entry, new)| {
            let same = now.stated.iter().find(|s| {
                (&s.now.fact, &s.now.value, s.now.true_on) == (&new.fact, &new.value, new.true_on)
                    && !retract.contains(&s.now.id)
            });
            if let Some(same) = same {
                held_already.entry(*entry).or_insert_with(|| format!("Observation/{}", same.id));
            }
            same.is_none()
        });
    }
    let says = match &research {
        Some((entry, research)) => said(asking, now.as_deref(), &steps[*entry], research)?,
        None => None,
    };
    if research.is_some() && !PLANNING.allows(Some(role)) {
        return Err(Problem::Forbidden.into());
    }
    let one =
        research.is_none() && steps.len() == 1 && steps[0].kind() != "Patient" && steps[0].method == "POST";
    if one && facts.is_empty() && held_already.is_empty() {
        let mut issues =
            vec![issue("error", "business-rule", "no rule reads a fact from this; nothing was taken", None)];
        issues.extend(notes.remove(&0).unwrap_or_default());
        return Err(Fail::with(StatusCode::UNPROCESSABLE_ENTITY, issues));
    }
    let writes = !facts.is_empty() || !retract.is_empty();
    if writes && !RECORDING.allows(Some(role)) {
        return Err(Problem::Forbidden.into());
    }
    // Everything was judged: from here on the record is written.
    let began = matches!(whose, Whose::New(_));
    let base = now.as_ref().map(|n| n.patient.revision).unwrap_or_default();
    let whom = match whose {
        Whose::New(identity) => Whom::New(identity),
        Whose::Known(patient, identity) => Whom::Known { patient, base, identity },
    };
    let mut recorded: Vec<(usize, FactRecordId)> = Vec::new();
    let id = match whom {
        Whom::Known { patient, identity: None, .. } if !writes && says.is_none() => patient,
        whom => {
            let changes = Changes {
                facts: facts.iter().map(|(_, f)| f.clone()).collect(),
                reason: (!retract.is_empty()).then(|| reason.clone()),
                retract,
            };
            let context = match &whom {
                Whom::New(_) => asking.gate.context(),
                Whom::Known { patient, .. } => asking.gate.about(patient),
            };
            let done = asking.app.store.transact(&context, &whom, &changes, says.as_ref()).await?;
            recorded = facts.iter().map(|(entry, _)| *entry).zip(done.recorded.facts).collect();
            if writes {
                prepare(&asking.app, &done.patient, asking.gate.language);
            }
            done.patient
        }
    };
    let after = record(asking, &id).await?;
    let done = steps.iter().enumerate().map(|(number, step)| {
        let new = recorded.iter().find(|(entry, _)| *entry == number).and_then(|(_, fact)| {
            after.stated.iter().find(|s| s.now.id == *fact).map(|s| format!("Observation/{}", s.id))
        });
        let (status, place) = match (step.method, step.kind()) {
            ("DELETE", _) => (StatusCode::NO_CONTENT, None),
            (_, "Patient") => {
                let status = if began { StatusCode::CREATED } else { StatusCode::OK };
                (status, Some(format!("Patient/{}", id.as_str())))
            }
            (method, "Consent") => {
                let place = after.held.iter().find(|h| h.kind == "Consent");
                let place = place.filter(|_| research.as_ref().is_some_and(|(entry, _)| *entry == number));
                let first = now.as_ref().is_none_or(|n| n.objections.is_empty());
                let new = method == "POST" && first && place.is_some();
                let status = if new { StatusCode::CREATED } else { StatusCode::OK };
                (status, place.map(|h| format!("Consent/{}", h.id)))
            }
            (_, "QuestionnaireResponse") => {
                let status = if new.is_some() { StatusCode::CREATED } else { StatusCode::OK };
                // The answers of a patient stand together.
                let all = after.held.iter().find(|h| h.kind == "QuestionnaireResponse");
                let any = new.is_some() || held_already.contains_key(&number);
                (status, all.filter(|_| any).map(|h| format!("QuestionnaireResponse/{}", h.id)))
            }
            ("PUT", _) => (StatusCode::OK, places.get(&number).cloned()),
            _ => match new {
                Some(place) => (StatusCode::CREATED, Some(place)),
                None => (StatusCode::OK, held_already.get(&number).cloned()),
            },
        };
        let mut notes = notes.remove(&number).unwrap_or_default();
        let taken = facts.iter().filter(|(entry, _)| *entry == number).count();
        let of_research = research.as_ref().filter(|(entry, _)| *entry == number);
        let text = match (of_research, &says) {
            (Some((_, research)), Some(_)) if research.objects => {
                "the objection to research and registries was recorded; nothing of this patient is used for them"
                    .to_string()
            }
            (Some(_), Some(_)) => "recorded: no objection to research and registries".to_string(),
            (Some(_), None) => "the record holds this already".to_string(),
            (None, _) if held_already.contains_key(&number) && taken == 0 => {
                "the record holds this already".to_string()
            }
            (None, _) => format!("facts taken: {taken}"),
        };
        notes.insert(0, issue("information", "informational", &text, None));
        Done { status, place, notes }
    });
    let done: Vec<Done> = done.collect();
    Ok((done, Some(after)))
}

/// What is to be recorded of research and registries, on top of what was seen; nothing when the record says so already.
fn said(
    asking: &Asking,
    now: Option<&Compartment>,
    step: &Step<'_>,
    research: &Research,
) -> Result<Option<(Version, Objection)>, Fail> {
    let held = now.map(|n| n.objections.as_slice()).unwrap_or_default();
    let seen = nw_store::said(held);
    if step.method == "PUT" {
        let there = now.and_then(|n| n.held.iter().find(|h| h.kind == "Consent")).map(|h| h.id.as_str());
        if there != step.id() {
            let text = "no Consent has this id; ids are given by this server, POST makes the one there is";
            return Err(Fail::not_found(text));
        }
        if let Some(wanted) = step.if_match
            && version(wanted).map(|v| v.0) != Some(seen.0)
        {
            let text =
                format!("this Consent changed since it was read: it is at version {seen}; read it again");
            return Err(Fail::new(StatusCode::PRECONDITION_FAILED, "conflict", text));
        }
    }
    let stance = if research.objects { Stance::Objects } else { Stance::Agrees };
    let said_on = research.on.unwrap_or_else(|| asking.app.today());
    // Sent again it is no news; without a day it is when it says the same.
    let same = |e: &Entry<Objection>| {
        e.body.stance == stance && (research.on.is_none() || e.body.said_on == said_on)
    };
    if !held.is_empty() && held.iter().all(same) {
        return Ok(None);
    }
    Ok(Some((seen, Objection { stance, said_on, told: "FHIR Consent".to_string() })))
}

/// The fact behind an Observation that is to be changed.
fn held<'c>(
    now: Option<&'c Compartment>,
    step: &Step<'_>,
    number: usize,
) -> Result<(String, &'c nw_store::Fact), Fail> {
    let place = format!("{}.request.url", at(number));
    let id = step.id().unwrap_or_default();
    let now = now.ok_or_else(|| {
        Fail::refused("not-found", "this Observation is not of a record that begins", &place)
    })?;
    if now.gone.iter().any(|g| g == id) {
        return Err(Fail::new(
            StatusCode::GONE,
            "deleted",
            "this was recorded in error and taken back before",
        ));
    }
    // A fact that was read into several is changed as one, by the id of the first.
    if let Some(stated) = now.stated.iter().find(|s| s.id == id) {
        let current =
            now.held.iter().find(|h| h.id == id).and_then(|h| h.tree.at(&["meta", "versionId"])?.text());
        if let (Some(wanted), Some(current)) = (step.if_match, current)
            && version(wanted).map(|v| v.to_string()).as_deref() != Some(current)
        {
            let text = format!(
                "this Observation changed since it was read: it is at version {current}; read it again"
            );
            return Err(Fail::new(StatusCode::PRECONDITION_FAILED, "conflict", text));
        }
        return Ok((id.to_string(), &stated.now));
    }
    if now.held.iter().any(|h| h.kind == "Observation" && h.id == id) {
        return Err(Fail::method(
            "this Observation follows from facts; it changes when they do, and cannot be written or deleted itself",
        ));
    }
    Err(Fail::not_found("no Observation has this id; ids are given by this server, POST makes a new one"))
}
