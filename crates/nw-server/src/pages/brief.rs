//! What lists show of one patient: the tumour in a few words, what is missing and who has it, what is due. Kept for as long
//! as record and day stay the same, and worked out in the background when the program starts.

use std::sync::Arc;

use nw_engine::Options;
use nw_facts::Language;
use nw_store::{AsOf, Fact, Patient, PatientFilter, PatientId, Revision, fact_set};

use super::cases::{keep, look, word};
use crate::app::{App, own};
use crate::error::Problem;
use nw_render::view::{Answer, DueLine, View, view};

/// A patient in a list.
#[derive(Default)]
pub(crate) struct Brief {
    /// The id of the value that says where the tumour began.
    pub site: Option<String>,
    pub tumour: Vec<Part>,
    /// What is missing for its grade, its stage or its kind.
    pub missing: Vec<String>,
    /// Who has what is missing, and how much of it; who has most comes first.
    pub holders: Vec<(String, usize)>,
    /// What is due, the first to be done first.
    pub due: Vec<DueLine>,
    /// The record contradicts itself.
    pub contradictory: bool,
    /// It is still being worked out.
    pub pending: bool,
}

/// A few words about a tumour.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub text: String,
    /// A convention says so; the set is larger.
    pub by_convention: bool,
}

/// How many patients' briefs are kept, in each language.
const KEPT: usize = 4000;
/// The conclusions that follow the site: one that is open gives way to the next of its line.
const SAID: &[&[&str]] = &[&["tumour.grade", "tumour.entity"], &["tnm.uicc8.stage"]];

/// What is known without asking anybody.
pub(crate) fn known(app: &App, patient: &Patient, language: Language) -> Option<Arc<Brief>> {
    let key = (patient.id.clone(), word(language));
    look(&app.cache.briefs, &key, (patient.revision, app.today()))
}

/// What a list shows of a patient; the facts are asked for only when it is not known yet.
///
/// # Errors
/// The record refuses, or the engine failed.
pub(crate) async fn brief<F>(
    app: &App,
    patient: &Patient,
    language: Language,
    facts: impl FnOnce() -> F,
) -> Result<Arc<Brief>, Problem>
where
    F: Future<Output = Result<Vec<Fact>, nw_store::StoreError>>,
{
    worked_out(app, patient, language, true, facts).await
}

async fn worked_out<F>(
    app: &App,
    patient: &Patient,
    language: Language,
    somebody_waits: bool,
    facts: impl FnOnce() -> F,
) -> Result<Arc<Brief>, Problem>
where
    F: Future<Output = Result<Vec<Fact>, nw_store::StoreError>>,
{
    let now = (patient.revision, app.today());
    let key = (patient.id.clone(), word(language));
    if let Some(brief) = look(&app.cache.briefs, &key, now) {
        return Ok(brief);
    }
    let facts = facts().await?;
    let guideline = app.guideline;
    let (set, _) = fact_set(&guideline.vocabulary, &facts, Some(now.1));
    let site = |language| super::patient::site_of(app, &facts, language);
    let sites = [site(Language::En), site(Language::Nl)];
    let (app_of, id) = (app.clone(), patient.id.clone());
    let work = move |engine: &mut nw_engine::Engine<'static>| {
        let drawn = engine.conclude(&set, &Options::default());
        let views = [Language::En, Language::Nl].map(|language| Arc::new(view(guideline, &drawn, language)));
        // Kept here: what was begun is of use to the next one, also when nobody waits for it any more.
        keep_both(&app_of, &id, now, &views, &sites)
    };
    let drawn = if somebody_waits { app.desk.with(work).await } else { app.desk.later(work).await };
    let [en, nl] = drawn.ok_or(Problem::Fault)?;
    Ok(if language == Language::En { en } else { nl })
}

type Site = Option<(String, String)>;

/// Keeps what lists show of a patient, in English and in Dutch.
pub(crate) fn keep_both(
    app: &App,
    patient: &PatientId,
    now: (Revision, nw_facts::Date),
    views: &[Arc<View>; 2],
    sites: &[Site; 2],
) -> [Arc<Brief>; 2] {
    let of = |view: &View, language| {
        let brief = Arc::new(made(view, sites, language));
        keep(&app.cache.briefs, 2 * KEPT, (patient.clone(), word(language)), now, &brief);
        brief
    };
    [of(&views[0], Language::En), of(&views[1], Language::Nl)]
}

fn made(view: &View, sites: &[Site; 2], language: Language) -> Brief {
    let site = if language == Language::En { &sites[0] } else { &sites[1] };
    let mut holders: Vec<(String, usize)> = Vec::new();
    for (_, holder) in &view.lacking {
        match holders.iter_mut().find(|(name, _)| name == holder) {
            Some((_, n)) => *n += 1,
            None => holders.push((holder.clone(), 1)),
        }
    }
    holders.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let mut due = view.due.clone();
    due.sort_by(|a, b| (!a.overdue, &a.day).cmp(&(!b.overdue, &b.day)));
    Brief {
        site: site.as_ref().map(|(id, _)| id.clone()),
        tumour: tumour(view, site.as_ref().map(|(_, label)| label.as_str())),
        missing: view.lacking.iter().map(|(fact, _)| fact.clone()).collect(),
        holders,
        due,
        contradictory: !view.contradictions.is_empty(),
        pending: false,
    }
}

/// Site, grade or kind, and stage.
fn tumour(view: &View, site: Option<&str>) -> Vec<Part> {
    let mut parts: Vec<Part> =
        site.into_iter().map(|s| Part { text: s.to_string(), by_convention: false }).collect();
    let said = |answer: &Answer| match (answer.status, &answer.convention) {
        ("concluded", _) => Some(Part { text: answer.line(), by_convention: false }),
        ("undetermined", Some((value, _))) => Some(Part { text: value.clone(), by_convention: true }),
        _ => None,
    };
    for ids in SAID {
        parts.extend(ids.iter().filter_map(|id| view.answer(id)).find_map(said));
    }
    parts
}

impl Brief {
    /// What stands in its place until it is known.
    pub(crate) fn waiting() -> Brief {
        Brief { pending: true, ..Brief::default() }
    }

    pub(crate) fn is_due(&self) -> bool {
        self.due.iter().any(|d| d.now)
    }

    pub(crate) fn is_overdue(&self) -> bool {
        self.due.iter().any(|d| d.overdue)
    }
}

/// Works out the briefs of all patients, so that nobody waits for the first list.
pub(crate) async fn warm(app: App) {
    let mut next = None;
    loop {
        let filter = PatientFilter { after: next, most: Some(200), ..PatientFilter::default() };
        let Ok(list) = app.store.patients(&own(&app), &filter).await else { return };
        // One after the other: an engine stays free for whoever is at work.
        for line in &list.lines {
            let (id, context) = (&line.patient.id, own(&app));
            let facts = || async { app.store.facts_as_of(&context, id, AsOf::now()).await };
            // A record that cannot be read now is said to whoever opens it.
            drop(worked_out(&app, &line.patient, Language::Nl, false, facts).await);
        }
        next = list.next;
        if next.is_none() {
            return;
        }
    }
}
