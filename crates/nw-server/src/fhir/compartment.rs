//! Everything of one patient as resources: the facts, what follows from them, what is due, and who the patient is.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use nw_engine::{Detail, Options};
use nw_facts::{Date, FactSet, Language};
use nw_fhir::{Json, Mapping, Profile, Record, map};
use nw_store::{
    AsOf, Context, Entry, Fact, FactRecordId, Objection, PastFact, Patient, PatientId, PatientPage, Revision,
    Task, TaskState, fact_set,
};

use super::outcome::Fail;
use super::{ids, person};
use crate::app::App;
use crate::error::Problem;
use crate::words::{Word, say};

/// One resource.
pub(crate) struct Held {
    pub kind: String,
    pub id: String,
    /// When it last changed.
    pub updated: Timestamp,
    pub tree: Json,
}

/// One fact of the record behind an Observation.
pub(crate) struct Stated {
    /// The fact that holds now.
    pub now: Fact,
    /// The first part of the id of its Observations.
    pub id: String,
}

/// A patient's resources.
pub(crate) struct Compartment {
    pub patient: Patient,
    pub held: Vec<Held>,
    pub stated: Vec<Stated>,
    /// What the patient says of research and registries.
    pub objections: Vec<Entry<Objection>>,
    /// Ids of Observations whose fact was taken back.
    pub gone: Vec<String>,
    today: Date,
}

/// Compartments that were drawn before and still hold.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Kept>);

type Key = (PatientId, &'static str);

#[derive(Default)]
struct Kept {
    drawn: HashMap<Key, Arc<Compartment>>,
    /// In the order in which they came.
    order: VecDeque<Key>,
}

/// The last part of the id of what a patient says of research.
pub(crate) const RESEARCH: &str = "research";

/// How many are kept: a program asks for a patient's resources kind by kind, and each patient takes a megabyte or two.
const KEPT: usize = 32;

impl Cache {
    fn look(&self, key: &Key, patient: &Patient, today: Date) -> Option<Arc<Compartment>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |c: &&Arc<Compartment>| {
            (c.patient.revision, c.patient.changed_at, c.today)
                == (patient.revision, patient.changed_at, today)
        };
        kept.drawn.get(key).filter(same).map(Arc::clone)
    }

    fn keep(&self, key: Key, what: &Arc<Compartment>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.drawn.insert(key.clone(), Arc::clone(what)).is_none() {
            kept.order.push_back(key);
        }
        while kept.order.len() > KEPT {
            if let Some(oldest) = kept.order.pop_front() {
                kept.drawn.remove(&oldest);
            }
        }
    }
}

/// Which first fact a fact goes back to, and how often it was corrected: an Observation keeps its id.
pub(super) struct Chains {
    root: HashMap<FactRecordId, (FactRecordId, usize)>,
    gone: Vec<FactRecordId>,
}

impl Chains {
    /// From the history in the order of recording.
    pub(super) fn of(past: &[PastFact]) -> Chains {
        let mut root: HashMap<FactRecordId, (FactRecordId, usize)> = HashMap::new();
        let mut gone = Vec::new();
        for line in past {
            let (id, before) = (&line.fact.id, line.fact.supersedes.as_ref());
            let from = before.and_then(|b| root.get(b)).map(|(root, depth)| (root.clone(), depth + 1));
            let (first, depth) = from.unwrap_or_else(|| (id.clone(), 1));
            if line.retracted.is_some() {
                gone.push(first.clone());
            }
            root.insert(id.clone(), (first, depth));
        }
        Chains { root, gone }
    }

    pub(super) fn first(&self, id: &FactRecordId) -> (FactRecordId, usize) {
        self.root.get(id).cloned().unwrap_or_else(|| (id.clone(), 1))
    }
}

fn word(language: Language) -> &'static str {
    if language == Language::Nl { "nl" } else { "en" }
}

pub(super) fn observation(patient: &PatientId, first: &FactRecordId) -> String {
    ids::of_patient(patient, &ids::packed(first.as_str()).unwrap_or_default())
}

/// The resources of a patient, with the look at the record in the audit log.
///
/// # Errors
/// Why the record cannot be read.
pub(crate) async fn open(
    app: &App,
    desk: &super::Desk,
    context: &Context,
    id: &PatientId,
    language: Language,
) -> Result<Arc<Compartment>, Fail> {
    let page = app.store.patient_page(context, id, AsOf::now()).await?;
    let today = app.today();
    let key = (id.clone(), word(language));
    if let Some(kept) = desk.cache.look(&key, &page.patient, today) {
        return Ok(kept);
    }
    let past = app.store.fact_history(context, id).await?;
    let drawn = Arc::new(drawn(app, &desk.mapping, page, &past, (today, language), Profile::Plain).await?);
    desk.cache.keep(key, &drawn);
    Ok(drawn)
}

/// The resources of a patient in the profiles of somebody, not kept.
///
/// # Errors
/// Why the record cannot be read.
pub(crate) async fn profiled(
    app: &App,
    desk: &super::Desk,
    context: &Context,
    id: &PatientId,
    language: Language,
    profile: Profile,
) -> Result<Compartment, Fail> {
    let page = app.store.patient_page(context, id, AsOf::now()).await?;
    let past = app.store.fact_history(context, id).await?;
    drawn(app, &desk.mapping, page, &past, (app.today(), language), profile).await
}

/// Each fact as the engine reads it, with the fact of the record that it comes from.
pub(super) fn read(app: &App, facts: &[Fact], today: Date) -> (FactSet, Vec<usize>) {
    let (mut set, mut from) = (FactSet::new().on(Some(today)), Vec::new());
    for (at, fact) in facts.iter().enumerate() {
        let (one, _) = fact_set(&app.guideline.vocabulary, std::slice::from_ref(fact), Some(today));
        for observation in one.observations() {
            set.add(observation.clone());
            from.push(at);
        }
    }
    (set, from)
}

async fn drawn(
    app: &App,
    mapping: &Arc<Mapping>,
    page: PatientPage,
    past: &[PastFact],
    (today, language): (Date, Language),
    profile: Profile,
) -> Result<Compartment, Fail> {
    let chains = Chains::of(past);
    let (set, from) = read(app, &page.facts, today);
    let patient = page.patient.clone();
    let trees = exported(
        app,
        mapping,
        patient.id.as_str().to_string(),
        set,
        (today, language),
        profile,
        Options::default(),
    )
    .await?;
    let mut stated = Vec::new();
    let mut versions = Vec::new();
    for fact in &page.facts {
        let (first, depth) = chains.first(&fact.id);
        stated.push(Stated { now: fact.clone(), id: observation(&patient.id, &first) });
        versions.push(depth);
    }
    // The first reading of a fact has its id, the others are numbered.
    let mut names: HashMap<String, (String, usize)> = HashMap::new();
    let mut numbered: HashMap<usize, usize> = HashMap::new();
    for (at, fact) in from.iter().enumerate() {
        let number = numbered.entry(*fact).and_modify(|n| *n += 1).or_insert(1);
        let id = stated[*fact].id.clone();
        let id = if *number == 1 { id } else { format!("{id}-{number}") };
        names.insert(format!("Observation/fact-{at}"), (id, *fact));
    }
    let mut new: HashMap<String, String> = HashMap::new();
    for tree in &trees {
        let address = address(tree);
        let kind = tree.text_at("resourceType").unwrap_or_default();
        let id = match (kind, names.get(&address)) {
            ("Device", _) => continue,
            ("Patient", _) => patient.id.as_str().to_string(),
            (_, Some((id, _))) => id.clone(),
            _ => ids::of_patient(&patient.id, tree.text_at("id").unwrap_or_default()),
        };
        new.insert(address, format!("{kind}/{id}"));
    }
    let mut held = Vec::new();
    for mut tree in trees {
        let old = address(&tree);
        let Some(address) = new.get(&old) else { continue };
        let (kind, id) = address.split_once('/').unwrap_or_default();
        let (kind, id) = (kind.to_string(), id.to_string());
        renamed(&mut tree, &new);
        let fact = names.get(&old).map(|(_, fact)| *fact);
        let updated = fact.map_or(patient.changed_at, |f| page.facts[f].recorded_at);
        let version = fact.map_or(patient.revision, |f| Revision(versions[f] as i64));
        let mut members = if kind == "Patient" { person::shown(&patient, &tree) } else { Vec::new() };
        if kind == "QuestionnaireResponse" {
            let subject = map([("reference", Some(format!("Patient/{}", patient.id.as_str()).into()))]);
            members.push(("subject".to_string(), subject));
        }
        let tree = framed(&tree, &kind, &id, (version.0, updated), person::label(&patient), members);
        held.push(Held { kind, id, updated, tree });
    }
    for task in &page.tasks {
        let id = ids::of_patient(&patient.id, &ids::packed(task.id.as_str()).unwrap_or_default());
        let tree = Json::Map(asked(&patient.id, &task.body, task.recorded_at));
        let meta = (task.version.0, task.recorded_at);
        let tree = framed(&tree, "Task", &id, meta, person::label(&patient), Vec::new());
        held.push(Held { kind: "Task".to_string(), id, updated: task.recorded_at, tree });
    }
    let gone = chains.gone.iter().map(|first| observation(&patient.id, first)).collect();
    held.extend(research(&patient, &page.objections));
    Ok(Compartment { patient, held, stated, objections: page.objections, gone, today })
}

/// What the patient says of research and registries: one Consent, when anything was said.
fn research(patient: &Patient, said: &[Entry<Objection>]) -> Option<Held> {
    let last = said.iter().max_by_key(|entry| entry.recorded_at)?;
    let whom = format!("Patient/{}", patient.id.as_str());
    let tree = Json::Map(nw_fhir::consent(&whom, nw_store::objects(said), Some(last.body.said_on)));
    let (id, updated) = (ids::of_patient(&patient.id, RESEARCH), last.recorded_at);
    let version = nw_store::said(said).0;
    let tree = framed(&tree, "Consent", &id, (version, updated), person::label(patient), Vec::new());
    Some(Held { kind: "Consent".to_string(), id, updated, tree })
}

/// The resources that a set of facts gives, under the names of their bundle; its answers to questionnaires, too, when
/// everything is worked out.
///
/// # Errors
/// The engine failed.
pub(crate) async fn exported(
    app: &App,
    mapping: &Arc<Mapping>,
    pseudonym: String,
    set: FactSet,
    (today, language): (Date, Language),
    profile: Profile,
    options: Options,
) -> Result<Vec<Json>, Fail> {
    let (guideline, mapping) = (app.guideline, Arc::clone(mapping));
    let work = move |engine: &mut nw_engine::Engine<'static>| {
        let conclusions = engine.conclude(&set, &options);
        let record = Record {
            guideline,
            pseudonym: &pseudonym,
            facts: &set,
            conclusions: &conclusions,
            on: today,
            language,
            disclaimer: say(language, Word::NotADevice),
        };
        let mut all = resources(nw_fhir::export(&record, &mapping, profile));
        if options.detail == Detail::Full {
            let answers = resources(nw_fhir::questionnaire_with(&record, &mapping));
            all.extend(
                answers.into_iter().filter(|r| r.text_at("resourceType") == Some("QuestionnaireResponse")),
            );
        }
        all
    };
    app.desk.with(work).await.ok_or_else(|| Problem::Fault.into())
}

/// The resources of a bundle.
pub(crate) fn resources(bundle: Json) -> Vec<Json> {
    let Json::Map(members) = bundle else { return Vec::new() };
    let entries = members.into_iter().find(|(key, _)| key == "entry").map(|(_, entries)| entries);
    let Some(Json::List(entries)) = entries else { return Vec::new() };
    let of = |entry: Json| match entry {
        Json::Map(members) => members.into_iter().find(|(key, _)| key == "resource").map(|(_, r)| r),
        _ => None,
    };
    entries.into_iter().filter_map(of).collect()
}

/// `Observation/fact-3`.
fn address(tree: &Json) -> String {
    let text = |key: &str| tree.text_at(key).unwrap_or_default();
    format!("{}/{}", text("resourceType"), text("id"))
}

/// Puts new addresses in the place of old ones, wherever a reference stands.
pub(crate) fn renamed(tree: &mut Json, new: &HashMap<String, String>) {
    match tree {
        Json::List(items) => items.iter_mut().for_each(|item| renamed(item, new)),
        Json::Map(members) => {
            for (key, value) in members {
                match value {
                    Json::Text(text) if key == "reference" => {
                        if let Some(address) = new.get(text.as_str()) {
                            text.clone_from(address);
                        }
                    }
                    value => renamed(value, new),
                }
            }
        }
        _ => {}
    }
}

/// A resource with its id, its version and the day of its last change; `members` go before its own of the same name.
pub(crate) fn framed(
    tree: &Json,
    kind: &str,
    id: &str,
    (version, updated): (i64, Timestamp),
    label: Option<Json>,
    members: Vec<(String, Json)>,
) -> Json {
    let mut meta: Vec<(String, Json)> = vec![
        ("versionId".to_string(), version.to_string().into()),
        ("lastUpdated".to_string(), moment(updated).into()),
    ];
    // A patient of the record restates nothing: it is the patient.
    let kept = tree.get("meta").map(Json::members).unwrap_or_default();
    let kept = kept.iter().filter(|(key, _)| kind != "Patient" || key != "tag");
    meta.extend(kept.cloned());
    if let Some(label) = label {
        meta.push(("security".to_string(), label));
    }
    let mut all: Vec<(String, Json)> = vec![
        ("resourceType".to_string(), kind.into()),
        ("id".to_string(), id.into()),
        ("meta".to_string(), Json::Map(meta)),
    ];
    let rest = tree.members().iter().filter(|(key, _)| {
        !matches!(key.as_str(), "resourceType" | "id" | "meta")
            && (kind != "Patient" || members.is_empty())
            && !members.iter().any(|(m, _)| m == key)
    });
    let rest: Vec<(String, Json)> = rest.cloned().collect();
    all.extend(members.iter().cloned());
    all.extend(rest);
    Json::Map(all)
}

/// A moment as FHIR writes an instant: to the millisecond, so that one that is read twice is the same.
pub(crate) fn moment(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// A task that people gave each other.
fn asked(patient: &PatientId, task: &Task, at: Timestamp) -> Vec<(String, Json)> {
    let status = match task.state {
        TaskState::Open | TaskState::Asked => "requested",
        TaskState::Done => "completed",
        TaskState::Cancelled => "cancelled",
    };
    let code = map([("system", Some("urn:netwijzer:task".into())), ("code", Some(task.kind.word().into()))]);
    let until = task.due.map(|d| map([("period", Some(map([("end", Some(d.to_string().into()))])))]));
    let Json::Map(members) = map([
        ("status", Some(status.into())),
        ("intent", Some("order".into())),
        ("code", Some(map([("coding", Some(Json::List(vec![code])))]))),
        ("description", Some(task.title.as_str().into())),
        ("for", Some(map([("reference", Some(format!("Patient/{}", patient.as_str()).into()))]))),
        ("authoredOn", Some(moment(at).into())),
        ("restriction", until),
    ]) else {
        return Vec::new();
    };
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_get_new_addresses_and_other_texts_stay() {
        let mut tree = map([
            ("subject", Some(map([("reference", Some("Patient/patient".into()))]))),
            ("note", Some(Json::List(vec![map([("text", Some("Patient/patient".into()))])]))),
            ("focus", Some(Json::List(vec![map([("reference", Some("Condition/none".into()))])]))),
        ]);
        renamed(&mut tree, &HashMap::from([("Patient/patient".to_string(), "Patient/1".to_string())]));
        assert_eq!(
            tree.write(),
            r#"{"subject":{"reference":"Patient/1"},"note":[{"text":"Patient/patient"}],"focus":[{"reference":"Condition/none"}]}"#
        );
    }

    #[test]
    fn an_instant_has_milliseconds() {
        let at: Timestamp = "2026-06-10T14:00:00.123456Z".parse().expect("a moment");
        assert_eq!(moment(at), "2026-06-10T14:00:00.123Z");
    }
}
