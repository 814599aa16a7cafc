//! What a meeting needs to know of one patient: the tumour in one line, what is missing, options with their points,
//! and the advice as it will lie beside the decision. Kept for as long as the record and the day stay the same.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Mutex};

use nw_engine::{Conclusions, Options, Outcome};
use nw_facts::{Date, Language};
use nw_guideline::{CompiledGuideline, Output};
use nw_store::{Advice, AsOf, Fact, Patient, PatientId, Revision, fact_set};
use serde_json::{Value, json};

use super::brief::Brief;
use super::patient::site_of;
use crate::app::{App, own};
use crate::error::Problem;
use crate::words::{Word, say};
use nw_render::view::{Answer, Ask, View, view};

/// One thing that speaks for or against an option.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// The sentence of its row.
    pub text: String,
    /// It may hold: that depends on what is unknown.
    pub perhaps: bool,
}

/// What speaks for, against, and what is to be weighed, of one option.
#[derive(Clone, Debug, Default)]
pub(crate) struct Points {
    pub pro: Vec<Point>,
    pub con: Vec<Point>,
    pub neutral: Vec<Point>,
}

/// One case, assessed, in one language.
pub(crate) struct Case {
    pub view: Arc<View>,
    /// How many facts of the record the vocabulary of the day cannot read.
    pub unreadable: usize,
    /// The tumour in one line.
    pub tumour: String,
    pub points: BTreeMap<String, Points>,
    /// The advice as JSON, in no language and in both: what was shown.
    pub advice: String,
}

impl Case {
    /// Open questions that settle something, the most useful first.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &Ask> {
        self.view.missing()
    }

    /// What is missing, by who has the answer.
    pub(crate) fn by_holder(&self) -> Vec<(String, Vec<&Ask>)> {
        let mut holders: Vec<(String, Vec<&Ask>)> = Vec::new();
        for ask in self.missing() {
            match holders.iter_mut().find(|(name, _)| *name == ask.holder) {
                Some((_, asks)) => asks.push(ask),
                None => holders.push((ask.holder.clone(), vec![ask])),
            }
        }
        holders
    }

    /// What speaks for and against an option.
    pub(crate) fn points_of(&self, option: &str) -> Points {
        self.points.get(option).cloned().unwrap_or_default()
    }

    /// A conclusion, by id.
    pub(crate) fn answer(&self, id: &str) -> Option<&Answer> {
        self.view.answer(id)
    }
}

/// How many cases are kept: the agendas of some meetings, and the patients that people have on their screens. Each takes
/// about a megabyte.
const KEPT_CASES: usize = 256;

pub(crate) type Key = (PatientId, &'static str);

pub(crate) struct Kept<T> {
    revision: Revision,
    today: Date,
    what: Arc<T>,
}

/// At most so many different patients are worked out at a time, far more than there are processors.
const GATES: usize = 64;

/// What was worked out before and still holds.
pub(crate) struct Cache {
    /// Who asks for a case that somebody else is having worked out waits for it, instead of asking for it once more.
    gates: [tokio::sync::Mutex<()>; GATES],
    cases: Mutex<HashMap<Key, Kept<Case>>>,
    pub(crate) briefs: Mutex<HashMap<Key, Kept<Brief>>>,
}

impl Default for Cache {
    fn default() -> Self {
        Cache {
            gates: std::array::from_fn(|_| tokio::sync::Mutex::new(())),
            cases: Mutex::default(),
            briefs: Mutex::default(),
        }
    }
}

impl Cache {
    fn gate(&self, key: &Key) -> &tokio::sync::Mutex<()> {
        let mut hasher = std::hash::DefaultHasher::new();
        key.hash(&mut hasher);
        &self.gates[usize::try_from(hasher.finish() % GATES as u64).unwrap_or(0)]
    }
}

pub(crate) fn look<T>(
    map: &Mutex<HashMap<Key, Kept<T>>>,
    key: &Key,
    now: (Revision, Date),
) -> Option<Arc<T>> {
    let map = map.lock().ok()?;
    map.get(key).filter(|k| (k.revision, k.today) == now).map(|k| Arc::clone(&k.what))
}

pub(crate) fn keep<T>(
    map: &Mutex<HashMap<Key, Kept<T>>>,
    most: usize,
    key: Key,
    now: (Revision, Date),
    what: &Arc<T>,
) {
    if let Ok(mut map) = map.lock() {
        if map.len() >= most && !map.contains_key(&key) {
            // Whichever goes is worked out again when somebody asks.
            if let Some(old) = map.keys().next().cloned() {
                map.remove(&old);
            }
        }
        map.insert(key, Kept { revision: now.0, today: now.1, what: Arc::clone(what) });
    }
}

pub(crate) fn word(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Nl => "nl",
    }
}

/// A case as it stands now.
///
/// # Errors
/// The engine failed.
pub(crate) async fn case(
    app: &App,
    patient: &Patient,
    facts: &[Fact],
    language: Language,
) -> Result<Arc<Case>, Problem> {
    let now = (patient.revision, app.today());
    let key = (patient.id.clone(), word(language));
    if let Some(case) = look(&app.cache.cases, &key, now) {
        return Ok(case);
    }
    let _alone = app.cache.gate(&key).lock().await;
    if let Some(case) = look(&app.cache.cases, &key, now) {
        return Ok(case);
    }
    let guideline = app.guideline;
    let (set, unreadable) = fact_set(&guideline.vocabulary, facts, Some(now.1));
    let unreadable = unreadable.len();
    let places = [Language::En, Language::Nl].map(|language| site_of(app, facts, language));
    let (app_of, id) = (app.clone(), patient.id.clone());
    let work = move |engine: &mut nw_engine::Engine<'static>| {
        let drawn = engine.conclude(&set, &Options::default());
        let site = |at: usize| places[at].as_ref().map(|(_, label)| label.clone());
        let (case, views) = made(guideline, &drawn, language, &(site(0), site(1)));
        // What lists show follows from the same conclusions: whoever comes to a list next finds it there.
        super::brief::keep_both(&app_of, &id, now, &views, &places);
        Case { unreadable, ..case }
    };
    let case = Arc::new(app.desk.with(work).await.ok_or(Problem::Fault)?);
    keep(&app.cache.cases, KEPT_CASES, key, now, &case);
    Ok(case)
}

fn made(
    guideline: &CompiledGuideline,
    drawn: &Conclusions,
    language: Language,
    sites: &(Option<String>, Option<String>),
) -> (Case, [Arc<View>; 2]) {
    let other = match language {
        Language::En => Language::Nl,
        Language::Nl => Language::En,
    };
    let (own, second) = (view(guideline, drawn, language), view(guideline, drawn, other));
    let site_in = |l: Language| if l == Language::En { sites.0.as_deref() } else { sites.1.as_deref() };
    let tumour = own.tumour(site_in(language), language);
    let (en, nl) = match language {
        Language::En => (&own, &second),
        Language::Nl => (&second, &own),
    };
    let advice = shown(guideline, drawn, (en, sites.0.as_deref()), (nl, sites.1.as_deref()));
    let points = points(guideline, drawn, language);
    let (own, second) = (Arc::new(own), Arc::new(second));
    let views = match language {
        Language::En => [Arc::clone(&own), second],
        Language::Nl => [second, Arc::clone(&own)],
    };
    (Case { points, tumour, advice, view: own, unreadable: 0 }, views)
}

/// Has a case worked out that was just changed, so that whoever looks at it next need not wait for the engine.
pub(crate) fn prepare(app: &App, patient: &PatientId, language: Language) {
    let (app, patient) = (app.clone(), patient.clone());
    tokio::spawn(async move {
        // A record that cannot be read now is said to whoever opens it.
        if let Ok(record) = app.store.patient_page(&own(&app), &patient, AsOf::now()).await {
            drop(case(&app, &record.patient, &record.facts, language).await);
        }
    });
}

/// The points of all options: conclusions named after an option, whose rows say on which side they stand.
fn points(
    guideline: &CompiledGuideline,
    drawn: &Conclusions,
    language: Language,
) -> BTreeMap<String, Points> {
    let vocabulary = &guideline.vocabulary;
    let side = vocabulary.annotations().iter().position(|a| a.id == "side");
    let mut all = BTreeMap::new();
    for one in &drawn.drawn {
        let def = vocabulary.conclusion(one.conclusion);
        let Some(option) = def.id.strip_suffix(".points") else { continue };
        let Outcome::Collected { certain, open } = &one.outcome else { continue };
        let mut points = Points::default();
        let rows = guideline.tables.iter().filter(|t| t.conclusion == one.conclusion).flat_map(|t| &t.rows);
        for row in rows {
            let Output::Value(value) = row.output else { continue };
            let (sure, perhaps) = (certain >> value & 1 == 1, open >> value & 1 == 1);
            let text = row.text.get(language).to_string();
            if !(sure || perhaps) || text.is_empty() {
                continue;
            }
            let said =
                row.annotations.iter().find(|(a, _)| Some(*a) == side).and_then(|(a, v)| {
                    vocabulary.annotations().get(*a)?.values.get(*v).map(|v| v.id.as_str())
                });
            let list = match said {
                Some("for") => &mut points.pro,
                Some("against") => &mut points.con,
                _ => &mut points.neutral,
            };
            list.push(Point { text, perhaps: !sure });
        }
        all.insert(option.to_string(), points);
    }
    all
}

/// The advice as it was shown: the conclusions by id with the rows they rest on, the questions that were open,
/// and in both languages what a letter quotes later.
fn shown(
    guideline: &CompiledGuideline,
    drawn: &Conclusions,
    en: (&View, Option<&str>),
    nl: (&View, Option<&str>),
) -> String {
    let vocabulary = &guideline.vocabulary;
    let conclusions: Vec<Value> = en
        .0
        .groups
        .iter()
        .flat_map(|g| &g.answers)
        .map(|a| {
            let found = vocabulary.find_conclusion(&a.id).and_then(|c| drawn.get(c));
            let steps = found.and_then(|d| d.reason.as_ref()).map(|r| r.steps.as_slice()).unwrap_or_default();
            let rows: Vec<Value> = steps
                .iter()
                .filter(|s| found.is_some_and(|d| guideline.tables[s.table].conclusion == d.conclusion))
                .map(|s| {
                    let table = &guideline.tables[s.table];
                    json!({"table": table.id, "row": table.rows[s.row].id})
                })
                .collect();
            json!({"id": a.id, "status": a.status, "values": a.ids, "rows": rows, "confirmed": a.confirmed})
        })
        .collect();
    let questions: Vec<&str> = en.0.asks.iter().map(|a| a.fact.as_str()).collect();
    let options: Vec<Value> =
        en.0.options()
            .map(|a| {
                let dutch = nl.0.answer(&a.id);
                json!({
                    "id": a.id,
                    "status": a.status,
                    "state": a.state(),
                    "label": {"en": a.label, "nl": dutch.map(|d| d.label.as_str())},
                    "said": {"en": said(a, Language::En), "nl": dutch.map(|d| said(d, Language::Nl))},
                })
            })
            .collect();
    json!({
        "tumour": {"en": en.0.tumour(en.1, Language::En), "nl": nl.0.tumour(nl.1, Language::Nl)},
        "conclusions": conclusions,
        "questions": questions,
        "options": options,
    })
    .to_string()
}

/// What the guideline says of an option; of one that is not determined, that these are possibilities. A letter has no use
/// for a long row of them.
fn said(option: &Answer, language: Language) -> String {
    match (option.open(), option.values.len()) {
        (false, _) => option.line(),
        (true, ..3) => format!("{} {}", say(language, Word::OneOf), option.line()),
        (true, _) => say(language, Word::OptionNotDetermined).to_string(),
    }
}

/// The advice of a case, to be kept with a decision.
pub(crate) fn advice(app: &App, patient: &Patient, case: &Case) -> Advice {
    Advice {
        guideline: app.guideline.manifest.id.clone(),
        edition: app.guideline.manifest.edition.clone(),
        digest: app.guideline.digest.clone(),
        as_of: Some(app.today()),
        known_at: patient.changed_at,
        revision: patient.revision,
        without_conventions: Vec::new(),
        conclusions: case.advice.clone(),
    }
}

/// What a kept advice says in a language: the tumour, and the label and status of an option.
pub(crate) struct Quoted(Value, &'static str);

impl Quoted {
    pub(crate) fn of(advice: Option<&Advice>, language: Language) -> Quoted {
        let read = advice.and_then(|a| serde_json::from_str(&a.conclusions).ok());
        Quoted(read.unwrap_or(Value::Null), word(language))
    }

    pub(crate) fn tumour(&self) -> String {
        self.0["tumour"][self.1].as_str().unwrap_or_default().to_string()
    }

    /// Label and status; an option that the guideline does not list stands as it was written.
    pub(crate) fn option(&self, id: &str) -> (String, String) {
        let found = self.0["options"].as_array().and_then(|all| all.iter().find(|o| o["id"] == id));
        let text =
            |field: &str| found.and_then(|o| o[field][self.1].as_str()).unwrap_or_default().to_string();
        let label = text("label");
        (if label.is_empty() { id.to_string() } else { label }, text("said"))
    }
}
