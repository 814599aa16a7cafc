//! Figures of the whole record for the analyst: counts without names, with small ones hidden.
//!
//! What is counted is the definition of the registry, the same as for `analyse`; patients are read one by one, each
//! reading stands in the access log, and nothing but counts leaves this module.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use askama::Template;
use axum::extract::State;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use nw_engine::Options;
use nw_facts::Date;
use nw_registry::analysis::{Analysis, Definition, Patients, html as report, style};
use nw_store::{AsOf, PatientFilter, PatientId, Revision, fact_set};

use super::information::policy_of;
use super::{Frame, html};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::words::{Word, say};

/// Who was counted, at which revision, on which day.
type Seen = (Date, Vec<(PatientId, Revision)>);

/// What is counted, and the figures that were made last.
pub(crate) struct Counting {
    definition: Definition,
    kept: Mutex<Option<(Seen, Arc<Analysis>)>>,
}

impl Counting {
    pub(crate) fn new(definition: Definition) -> Counting {
        Counting { definition, kept: Mutex::default() }
    }
}

/// How many patients an engine takes in hand at once; then others have their turn.
const AT_ONCE: usize = 8;

#[derive(Template)]
#[template(path = "figures.html")]
struct Page {
    frame: Frame,
    smallest: u64,
}

/// The page, with the report inside.
pub(crate) async fn page(State(app): State<App>, gate: Gate) -> Result<Response, Problem> {
    let counting = app.counting.get().ok_or(Problem::NotFound)?;
    let frame = Frame::of(&app, &gate, say(gate.language, Word::Figures));
    let mut response = html(&Page { frame, smallest: counting.definition.smallest })?;
    // The report is shown inside the page; both are ours.
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; \
                  connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    Ok(response)
}

/// The report as a page of its own: it brings its style along, and nothing else may do anything.
pub(crate) async fn as_html(State(app): State<App>, gate: Gate) -> Result<Response, Problem> {
    static POLICY: LazyLock<String> = LazyLock::new(|| policy_of(&style()));
    let analysis = figures(&app, &gate).await?;
    let text = report(&analysis, say(gate.language, Word::TheRecord), gate.language);
    let head: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(&POLICY)),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
    ];
    Ok((head, text).into_response())
}

/// The same for programs.
pub(crate) async fn as_json(State(app): State<App>, gate: Gate) -> Result<Response, Problem> {
    let analysis = figures(&app, &gate).await?;
    let text = serde_json::to_string_pretty(&*analysis).map_err(|_| Problem::Fault)?;
    let head = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"figures.json\""),
    ];
    Ok((head, text).into_response())
}

/// The figures; made again only when somebody's record changed, or on another day.
async fn figures(app: &App, gate: &Gate) -> Result<Arc<Analysis>, Problem> {
    let counting = app.counting.get().ok_or(Problem::NotFound)?;
    let today = app.today();
    let mut everybody: Vec<(PatientId, Revision)> = Vec::new();
    let mut next = None;
    loop {
        let filter = PatientFilter { after: next, most: Some(200), ..PatientFilter::default() };
        let list = app.store.patients(&gate.context(), &filter).await?;
        everybody.extend(list.lines.iter().map(|l| (l.patient.id.clone(), l.patient.revision)));
        next = list.next;
        if next.is_none() {
            break;
        }
    }
    let seen = (today, everybody);
    let kept = || counting.kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, analysis)) = &*kept()
        && *of == seen
    {
        return Ok(Arc::clone(analysis));
    }
    let mut patients =
        Patients::new(app.guideline, &counting.definition, &Options::default()).map_err(|fault| {
            tracing::error!(%fault, "the definition of the figures does not fit the guideline");
            Problem::Fault
        })?;
    for some in seen.1.chunks(AT_ONCE) {
        let mut sets = Vec::with_capacity(some.len());
        for (id, _) in some {
            let facts = match app.store.facts_as_of(&gate.about(id), id, AsOf::now()).await {
                Ok(facts) => facts,
                Err(error) if error.left_the_list() => continue,
                Err(error) => return Err(error.into()),
            };
            let (set, unreadable) = fact_set(&app.guideline.vocabulary, &facts, Some(today));
            if unreadable.is_empty() {
                sets.push(set);
            } else {
                patients.reject();
            }
        }
        let work = move |engine: &mut nw_engine::Engine<'static>| {
            sets.iter().for_each(|set| patients.add(engine, set));
            patients
        };
        patients = app.desk.with(work).await.ok_or(Problem::Fault)?;
    }
    let analysis = patients.analysis(None).map_err(|fault| {
        tracing::error!(%fault, "the figures cannot be made");
        Problem::Fault
    })?;
    let analysis = Arc::new(analysis);
    *kept() = Some((seen, Arc::clone(&analysis)));
    Ok(analysis)
}
