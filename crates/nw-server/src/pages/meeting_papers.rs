//! What a meeting puts on paper: what is asked of whom, minutes, and the letter with a decision.

use std::collections::BTreeSet;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use nw_facts::Language;
use nw_store::{
    AsOf, Attendee, Decision, Entry, EntryId, Meeting, Patient, PatientId, Task, TaskFilter, TaskKind,
    TaskState,
};

use super::cases::Quoted;
use super::meetings::{Line, OTHER, item_state, lines, meeting_state, moment, open, role_name};
use super::present::reasons;
use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path};
use crate::words::{Word, say};

/// One question about one patient.
pub(crate) struct Request {
    pub(crate) patient: Patient,
    fact: String,
    pub(crate) question: String,
    pub(crate) settles: String,
    asked: bool,
}

#[derive(Template)]
#[template(path = "meeting-requests.html")]
struct RequestsPage {
    frame: Frame,
    mark: String,
    id: String,
    meeting: Entry<Meeting>,
    at: String,
    /// Holder as word and name, with what is asked.
    holders: Vec<(&'static str, String, Vec<Request>)>,
}

pub(crate) type Holders = Vec<(&'static str, String, Vec<Request>)>;

/// A meeting with what is asked of whom for its cases.
///
/// # Errors
/// The record refuses, or the engine failed.
pub(crate) async fn asked(
    app: &App,
    gate: &Gate,
    meeting: &EntryId,
) -> Result<(Entry<Meeting>, Holders), Problem> {
    let agenda = app.store.agenda(&gate.context(), meeting).await?;
    let lines = lines(app, &agenda, gate.language).await?;
    let filter = TaskFilter {
        states: vec![TaskState::Open, TaskState::Asked, TaskState::Done],
        parent: Some(meeting.clone()),
        most: Some(1000),
        ..TaskFilter::default()
    };
    let tasks = app.store.tasks(&gate.context(), &filter).await?;
    let made: BTreeSet<(&PatientId, &str)> =
        tasks.iter().filter_map(|t| Some((&t.patient.id, t.task.body.fact.as_deref()?))).collect();
    let mut holders: Holders = Vec::new();
    for line in lines.iter().filter(|l| l.listed()) {
        for ask in line.case.missing() {
            let request = Request {
                patient: line.patient.clone(),
                fact: ask.fact.clone(),
                question: ask.question.clone(),
                settles: ask.settles.iter().take(3).cloned().collect::<Vec<_>>().join("; "),
                asked: made.contains(&(&line.patient.id, ask.fact.as_str())),
            };
            match holders.iter_mut().find(|(word, _, _)| *word == ask.holder_id) {
                Some((_, _, requests)) => requests.push(request),
                None => holders.push((ask.holder_id, ask.holder.clone(), vec![request])),
            }
        }
    }
    Ok((agenda.meeting, holders))
}

/// What is asked of whom.
pub(crate) async fn requests(
    State(app): State<App>,
    gate: Gate,
    Path(meeting): Path<EntryId>,
) -> Result<Response, Problem> {
    let (found, holders) = asked(&app, &gate, &meeting).await?;
    let title = format!("{}: {}", say(gate.language, Word::RequestList), found.body.title);
    html(&RequestsPage {
        frame: Frame::of(&app, &gate, title),
        mark: gate.mark(),
        id: meeting.as_str().to_string(),
        at: moment(gate.language, found.body.starts_at),
        meeting: found,
        holders,
    })
}

/// Makes a task of each request of one holder, or of all; what was asked before is not asked twice.
pub(crate) async fn ask(
    State(app): State<App>,
    gate: Gate,
    Path(meeting): Path<EntryId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let (found, holders) = asked(&app, &gate, &meeting).await?;
    open(&found)?;
    let day = found.body.starts_at.to_zoned(jiff::tz::TimeZone::system()).date();
    let wanted = fields.one("holder");
    for (word, _, requests) in holders.iter().filter(|(w, _, _)| wanted.is_empty() || *w == wanted) {
        for request in requests.iter().filter(|r| !r.asked) {
            let mut task = Task::new(TaskKind::Request, request.question.clone());
            task.fact = Some(request.fact.clone());
            task.holder = Some((*word).to_string());
            task.due = Some(day);
            task.state = TaskState::Asked;
            task.parent = Some(meeting.clone());
            let mut context = gate.about(&request.patient.id);
            context.key = None;
            app.store.add(&context, &request.patient.id, &task).await?;
        }
    }
    Ok(to(&format!("/meetings/{}/requests", meeting.as_str())))
}

/// A decision as a paper shows it, with the advice of its day.
pub(crate) struct Told {
    pub id: String,
    pub decision: Entry<Decision>,
    pub tumour: String,
    /// Options: label, what the guideline said, chosen.
    pub options: Vec<(String, String, bool)>,
    pub departure: Option<(String, String)>,
    pub advice: String,
}

/// Makes a decision readable.
pub(crate) fn told(app: &App, decision: &Entry<Decision>, language: Language) -> Told {
    let body = &decision.body;
    let quoted = Quoted::of(body.advice.as_ref(), language);
    let options = body
        .considered
        .iter()
        .map(|c| {
            let (label, said) = quoted.option(&c.option);
            (label, said, body.chosen.contains(&c.option))
        })
        .collect();
    let departure = body.departure.as_ref().map(|d| {
        let name = reasons(app, language).into_iter().find(|(w, _)| *w == d.code).map(|(_, n)| n);
        (name.unwrap_or_else(|| d.code.clone()), d.explanation.clone())
    });
    let advice = body.advice.as_ref().map_or_else(String::new, |a| {
        let digest: String = a.digest.chars().take(19).collect();
        format!("{} {} · {digest}", a.guideline, a.edition)
    });
    Told {
        id: decision.id.as_str().to_string(),
        decision: decision.clone(),
        tumour: quoted.tumour(),
        options,
        departure,
        advice,
    }
}

#[derive(Template)]
#[template(path = "meeting-minutes.html")]
pub(crate) struct MinutesPage {
    pub(crate) frame: Frame,
    mark: String,
    id: String,
    pub(crate) meeting: Entry<Meeting>,
    pub(crate) at: String,
    pub(crate) state: &'static str,
    pub(crate) attendees: Vec<(Attendee, String)>,
    pub(crate) cases: Vec<(Patient, String, &'static str, Vec<Told>)>,
    closed: bool,
}

/// The minutes.
pub(crate) async fn minutes(
    State(app): State<App>,
    gate: Gate,
    Path(meeting): Path<EntryId>,
) -> Result<Response, Problem> {
    html(&minutes_of(&app, &gate, &meeting).await?)
}

impl MinutesPage {
    /// Somebody noted who was there; otherwise nobody counts as absent.
    pub(crate) fn noted(&self) -> bool {
        self.attendees.iter().any(|(a, _)| a.present)
    }
}

/// The role in which somebody was there; a paper says nothing of one that has no name.
fn role_of(app: &App, language: Language, attendee: &Attendee) -> String {
    match attendee.role.as_str() {
        OTHER => String::new(),
        word => role_name(app, language, word),
    }
}

/// The minutes of a meeting, as the page and the PDF tell them.
///
/// # Errors
/// The record refuses.
pub(crate) async fn minutes_of(app: &App, gate: &Gate, meeting: &EntryId) -> Result<MinutesPage, Problem> {
    let agenda = app.store.agenda(&gate.context(), meeting).await?;
    let language = gate.language;
    let cases = agenda.lines.iter().map(|l| {
        let decided = l.decisions.iter().map(|d| told(app, d, language)).collect();
        let body = &l.item.body;
        (l.patient.clone(), body.question.clone(), item_state(language, body.state), decided)
    });
    let body = &agenda.meeting.body;
    let named = |a: &Attendee| (a.clone(), role_of(app, language, a));
    let title = format!("{}: {}", say(language, Word::Minutes), body.title);
    Ok(MinutesPage {
        frame: Frame::of(app, gate, title),
        mark: gate.mark(),
        id: meeting.as_str().to_string(),
        at: moment(language, body.starts_at),
        state: meeting_state(language, body.state),
        attendees: body.attendees.iter().map(named).collect(),
        cases: cases.collect(),
        closed: body.state == nw_store::MeetingState::Closed,
        meeting: agenda.meeting,
    })
}

#[derive(Template)]
#[template(path = "letter.html")]
pub(crate) struct LetterPage {
    pub(crate) frame: Frame,
    pub(crate) patient: Patient,
    pub(crate) told: Told,
    meeting: Option<Entry<Meeting>>,
    pub(crate) attendees: Vec<String>,
}

/// The letter with a decision to the general practitioner and the referrer.
pub(crate) async fn letter(
    State(app): State<App>,
    gate: Gate,
    Path((patient, decision)): Path<(PatientId, EntryId)>,
) -> Result<Response, Problem> {
    html(&letter_of(&app, &gate, &patient, &decision).await?)
}

/// The letter with a decision, as the page and the PDF tell it.
///
/// # Errors
/// The record refuses; this patient has no such decision.
pub(crate) async fn letter_of(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
    decision: &EntryId,
) -> Result<LetterPage, Problem> {
    let context = gate.about(patient);
    let record = app.store.patient_page(&context, patient, AsOf::now()).await?;
    // The decision is looked for in this patient's record, so that no letter shows somebody else's.
    let found = record.decisions.iter().find(|d| d.id == *decision).ok_or(Problem::NotFound)?;
    let told = told(app, found, gate.language);
    let meeting = match &found.body.meeting {
        Some(meeting) => Some(app.store.entry::<Meeting>(&context, meeting).await?),
        None => None,
    };
    let present = meeting.iter().flat_map(|m| &m.body.attendees).filter(|a| a.present);
    let attendees = present
        .map(|a| match role_of(app, gate.language, a) {
            role if role.is_empty() => a.name.clone(),
            role => format!("{} ({role})", a.name),
        })
        .collect();
    let title = format!("{}: {}", say(gate.language, Word::Letter), record.patient.identity.name);
    let frame = Frame::of(app, gate, title);
    Ok(LetterPage { frame, patient: record.patient, told, meeting, attendees })
}

/// Whether a line has nothing that is asked of anybody.
impl Line {
    pub(crate) fn complete(&self) -> bool {
        self.required.is_empty() && self.case.missing().next().is_none()
    }
}
