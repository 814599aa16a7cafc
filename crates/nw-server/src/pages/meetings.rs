//! Meetings: the list, one meeting with its agenda, who attends.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use jiff::tz::TimeZone;
use nw_facts::Language;
use nw_store::{
    Agenda, AgendaItem, AgendaLine, AgendaState, Attendee, Entry, EntryId, Meeting, MeetingState, Patient,
    PatientFilter, PatientId, StoreError, Triage, Version,
};
use serde::Deserialize;

use super::cases::{Case, case};
use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path, Query};
use crate::words::{Word, say};

/// A moment as people here write it.
pub(crate) fn moment(language: Language, at: jiff::Timestamp) -> String {
    let at = at.to_zoned(TimeZone::system());
    format!("{}, {}", crate::words::day(language, at.date()), at.strftime("%H:%M"))
}

/// A moment as a field of a form holds it.
pub(crate) fn moment_field(at: jiff::Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// A moment that a form holds.
///
/// # Errors
/// It is none.
pub(crate) fn read_moment(fields: &Fields, name: &str) -> Result<jiff::Timestamp, Problem> {
    let help = || Problem::asks(name, Word::WriteMoment);
    let read: jiff::civil::DateTime = fields.one(name).parse().map_err(|_| help())?;
    read.to_zoned(TimeZone::system()).map(|z| z.timestamp()).map_err(|_| help())
}

pub(crate) fn meeting_state(language: Language, state: MeetingState) -> &'static str {
    let word = match state {
        MeetingState::Planned => Word::StatePlanned,
        MeetingState::Running => Word::StateRunning,
        MeetingState::Closed => Word::StateClosed,
        MeetingState::Cancelled => Word::StateCancelled,
    };
    say(language, word)
}

pub(crate) fn item_state(language: Language, state: AgendaState) -> &'static str {
    let word = match state {
        AgendaState::Listed => Word::ItemListed,
        AgendaState::Discussed => Word::ItemDiscussed,
        AgendaState::Deferred => Word::ItemDeferred,
        AgendaState::Withdrawn => Word::ItemWithdrawn,
    };
    say(language, word)
}

/// What the guideline says of standard or complex, and what the agenda holds.
pub(crate) const TRIAGE: &str = "mdt.triage";
/// Why a case is complex.
const COMPLEXITY: &str = "mdt.complexity";
/// What is missing for the meeting.
const MISSING: &str = "mdt.missing";
/// Facts that say which roles of a meeting were there begin like this; their labels name the roles.
const PRESENT: &str = "mdt.present.";

/// One meeting in the list.
struct ListLine {
    id: String,
    title: String,
    at: String,
    place: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "meetings.html")]
struct ListPage {
    frame: Frame,
    mark: String,
    planned: Vec<ListLine>,
    past: Vec<ListLine>,
    at: String,
}

/// The list.
pub(crate) async fn list(State(app): State<App>, gate: Gate) -> Result<Response, Problem> {
    let all = app.store.meetings(&gate.context(), None, None).await?;
    let language = gate.language;
    let line = |m: &Entry<Meeting>| ListLine {
        id: m.id.as_str().to_string(),
        title: m.body.title.clone(),
        at: moment(language, m.body.starts_at),
        place: m.body.place.clone(),
        state: meeting_state(language, m.body.state),
    };
    let ahead = |m: &&Entry<Meeting>| matches!(m.body.state, MeetingState::Planned | MeetingState::Running);
    let planned = all.iter().filter(ahead).map(line).collect();
    let past = all.iter().rev().filter(|m| !ahead(m)).map(line).collect();
    let frame = Frame::of(&app, &gate, say(language, Word::Meetings));
    let day = app.today().checked_add(jiff::Span::new().days(7)).unwrap_or(app.today());
    html(&ListPage { frame, mark: gate.mark(), planned, past, at: format!("{day}T16:00") })
}

/// Plans a meeting.
pub(crate) async fn add(State(app): State<App>, gate: Gate, body: Bytes) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let meeting = Meeting {
        title: fields.one("title").to_string(),
        starts_at: read_moment(&fields, "starts-at")?,
        place: fields.one("place").to_string(),
        state: MeetingState::Planned,
        attendees: Vec::new(),
        minutes: String::new(),
    };
    let made = app.store.add_meeting(&gate.context(), &meeting).await?;
    Ok(to(&format!("/meetings/{}", made.id.as_str())))
}

/// One case of the agenda, as the page shows it.
pub(crate) struct Line {
    pub number: usize,
    pub item: Entry<AgendaItem>,
    pub patient: Patient,
    pub state: &'static str,
    pub case: Arc<Case>,
    pub decided: Vec<(String, String)>,
    /// What the guideline says of standard or complex: a word, because of, and what would settle it.
    pub triage: String,
    pub proof: Vec<String>,
    pub unknown: Vec<String>,
    /// What must be there for every case and is not.
    pub required: Vec<String>,
}

impl Line {
    /// The word for the triage that the agenda holds; empty when it follows the guideline.
    pub(crate) fn chosen(&self) -> &'static str {
        match self.item.body.triage {
            Some(Triage::Standard) => "standard",
            Some(Triage::Complex) => "complex",
            None => "",
        }
    }

    pub(crate) fn listed(&self) -> bool {
        self.item.body.state == AgendaState::Listed
    }

    pub(crate) fn away(&self) -> bool {
        matches!(self.item.body.state, AgendaState::Withdrawn | AgendaState::Deferred)
    }
}

/// The lines of an agenda, assessed.
///
/// # Errors
/// The engine failed.
pub(crate) async fn lines(app: &App, agenda: &Agenda, language: Language) -> Result<Vec<Line>, Problem> {
    let cases = agenda.lines.iter().map(|l| case(app, &l.patient, &l.facts, language));
    let cases = futures_util::future::try_join_all(cases).await?;
    let mut lines = Vec::with_capacity(cases.len());
    let mut number = 0;
    for (line, case) in agenda.lines.iter().zip(cases) {
        let line = one_line(line, case, language);
        if !line.away() {
            number += 1;
        }
        lines.push(Line { number, ..line });
    }
    // Cases that were taken off stand below.
    lines.sort_by_key(Line::away);
    Ok(lines)
}

fn one_line(line: &AgendaLine, case: Arc<Case>, language: Language) -> Line {
    let triage = case.answer(TRIAGE);
    let complexity = case.answer(COMPLEXITY);
    let because = |a: Option<&nw_render::view::Answer>| a.map(|a| a.because.clone()).unwrap_or_default();
    let mut proof = because(triage);
    proof.extend(because(complexity));
    proof.dedup();
    let said = match triage {
        Some(a) if a.status == "concluded" => a.line(),
        _ => say(language, Word::NotDetermined).to_string(),
    };
    Line {
        number: 0,
        item: line.item.clone(),
        patient: line.patient.clone(),
        state: item_state(language, line.item.body.state),
        decided: line.decisions.iter().map(|d| (d.id.as_str().to_string(), d.body.text.clone())).collect(),
        triage: said,
        unknown: triage.map(|a| a.settle.clone()).unwrap_or_default(),
        required: because(case.answer(MISSING)),
        proof,
        case,
    }
}

/// The proof of the triage as the agenda keeps it.
pub(crate) fn proof(app: &App, case: &Case) -> Option<String> {
    let one = |id: &str| {
        case.answer(id).map(
            |a| serde_json::json!({"id": a.id, "status": a.status, "values": a.ids, "because": a.because}),
        )
    };
    let manifest = &app.guideline.manifest;
    let said: Vec<serde_json::Value> = [TRIAGE, COMPLEXITY].into_iter().filter_map(one).collect();
    let edition = [&manifest.id, &manifest.edition, &app.guideline.digest];
    (!said.is_empty()).then(|| serde_json::json!({"guideline": edition, "conclusions": said}).to_string())
}

/// The role of somebody whose role has no name.
pub(crate) const OTHER: &str = "other";

/// Roles of a meeting: a word and a name.
fn roles(app: &App, language: Language) -> Vec<(String, String)> {
    let named = app.guideline.vocabulary.facts().iter().filter_map(|f| {
        let word = f.id.strip_prefix(PRESENT)?;
        let label = f.label.get(language);
        Some((word.to_string(), label.split_once(": ").map_or(label, |(_, role)| role).to_string()))
    });
    let chair = ("chair".to_string(), say(language, Word::Chair).to_string());
    let other = (OTHER.to_string(), say(language, Word::OtherRole).to_string());
    std::iter::once(chair).chain(named).chain([other]).collect()
}

/// The name of a role of a meeting.
pub(crate) fn role_name(app: &App, language: Language, word: &str) -> String {
    let found = roles(app, language).into_iter().find(|(w, _)| w == word);
    found.map_or_else(|| word.to_string(), |(_, name)| name)
}

/// What is searched for.
#[derive(Deserialize, Default)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "meeting.html")]
struct MeetingPage {
    frame: Frame,
    mark: String,
    id: String,
    meeting: Entry<Meeting>,
    state: &'static str,
    at: String,
    at_field: String,
    lines: Vec<Line>,
    roles: Vec<(String, String)>,
    q: String,
    found: Vec<(String, String)>,
    closed: bool,
}

/// One meeting.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(meeting): Path<EntryId>,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let agenda = app.store.agenda(&gate.context(), &meeting).await?;
    let language = gate.language;
    let lines = lines(&app, &agenda, language).await?;
    let mut found = Vec::new();
    if !search.q.trim().is_empty() {
        let filter = PatientFilter { text: search.q.clone(), most: Some(20), ..PatientFilter::default() };
        let list = app.store.patients(&gate.context(), &filter).await?;
        for line in list.lines.iter().filter(|l| !lines.iter().any(|on| on.patient.id == l.patient.id)) {
            let identity = &line.patient.identity;
            let born = identity.born.map(|b| crate::words::day(language, b));
            let parts = [Some(identity.name.as_str()), identity.number.as_deref(), born.as_deref()];
            let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
            found.push((line.patient.id.as_str().to_string(), name));
        }
    }
    let frame = Frame::of(&app, &gate, agenda.meeting.body.title.clone());
    let body = &agenda.meeting.body;
    html(&MeetingPage {
        mark: gate.mark(),
        id: meeting.as_str().to_string(),
        state: meeting_state(language, body.state),
        at: moment(language, body.starts_at),
        at_field: moment_field(body.starts_at),
        closed: body.state == MeetingState::Closed,
        roles: roles(&app, language),
        q: search.q,
        meeting: agenda.meeting,
        frame,
        lines,
        found,
    })
}

fn version(fields: &Fields) -> Result<Version, Problem> {
    Ok(Version(fields.parsed("version", Word::ReloadPage)?))
}

/// Changes what is said of a meeting; closes it, or opens it again.
pub(crate) async fn change(
    State(app): State<App>,
    gate: Gate,
    Path(meeting): Path<EntryId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let context = gate.context();
    let mut changed: Meeting = app.store.entry::<Meeting>(&context, &meeting).await?.body;
    let mut place = "";
    match fields.one("do") {
        "close" => {
            changed.state = MeetingState::Closed;
            place = "/minutes";
        }
        "open" => changed.state = MeetingState::Running,
        _ => {
            changed.title = fields.one("title").to_string();
            changed.place = fields.one("place").to_string();
            changed.starts_at = read_moment(&fields, "starts-at")?;
            changed.minutes = fields.one("minutes").to_string();
        }
    }
    app.store.amend(&context, &meeting, version(&fields)?, &changed).await?;
    Ok(to(&format!("/meetings/{}{place}", meeting.as_str())))
}

/// Puts a patient on the agenda.
pub(crate) async fn add_case(
    State(app): State<App>,
    gate: Gate,
    Path(meeting): Path<EntryId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let patient: PatientId = fields.one("patient").parse()?;
    let agenda = app.store.agenda(&gate.context(), &meeting).await?;
    open(&agenda.meeting)?;
    let last = agenda.lines.iter().map(|l| l.item.body.position).max().unwrap_or(0);
    if !agenda.lines.iter().any(|l| l.patient.id == patient) {
        let item = AgendaItem {
            meeting: meeting.clone(),
            position: last + 1,
            question: fields.one("question").to_string(),
            state: AgendaState::Listed,
            triage: None,
            proof: None,
            presenter: gate.session.account.name.clone(),
            minutes: String::new(),
        };
        app.store.add(&gate.about(&patient), &patient, &item).await?;
    }
    Ok(to(&format!("/meetings/{}#agenda", meeting.as_str())))
}

/// A closed meeting is changed only after it was opened again.
pub(crate) fn open(meeting: &Entry<Meeting>) -> Result<(), Problem> {
    match meeting.body.state {
        MeetingState::Closed => Err(Problem::Store(StoreError::NotCurrent)),
        _ => Ok(()),
    }
}

/// Changes a case on the agenda: question, presenter, order, how much time it needs; takes it off or puts it back.
pub(crate) async fn change_case(
    State(app): State<App>,
    gate: Gate,
    Path((meeting, item)): Path<(EntryId, EntryId)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let agenda = app.store.agenda(&gate.context(), &meeting).await?;
    open(&agenda.meeting)?;
    let line = agenda.lines.iter().find(|l| l.item.id == item).ok_or(Problem::NotFound)?;
    let mut changed = line.item.body.clone();
    match fields.one("do") {
        "withdraw" => changed.state = AgendaState::Withdrawn,
        "defer" => changed.state = AgendaState::Deferred,
        "list" => changed.state = AgendaState::Listed,
        _ => {
            changed.question = fields.one("question").to_string();
            changed.presenter = fields.one("presenter").to_string();
            changed.position = fields.parsed("position", Word::WriteWhole)?;
            changed.triage = match fields.one("triage") {
                "standard" => Some(Triage::Standard),
                "complex" => Some(Triage::Complex),
                _ => None,
            };
            let case = case(&app, &line.patient, &line.facts, gate.language).await?;
            changed.proof = proof(&app, &case);
        }
    }
    app.store.amend(&gate.about(&line.patient.id), &item, version(&fields)?, &changed).await?;
    Ok(to(&format!("/meetings/{}#agenda", meeting.as_str())))
}

/// Who is invited and who came.
pub(crate) async fn attendees(
    State(app): State<App>,
    gate: Gate,
    Path(meeting): Path<EntryId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let context = gate.context();
    let found = app.store.entry::<Meeting>(&context, &meeting).await?;
    open(&found)?;
    let mut changed = found.body;
    let mut attendees = Vec::new();
    for (number, name) in fields.with("name-").filter(|(_, name)| !name.is_empty()) {
        let account = changed.attendees.iter().find(|a| a.name == name).and_then(|a| a.account.clone());
        attendees.push(Attendee {
            account,
            name: name.to_string(),
            role: fields.one(&format!("role-{number}")).to_string(),
            present: fields.one(&format!("present-{number}")) == "yes",
        });
    }
    changed.attendees = attendees;
    app.store.amend(&context, &meeting, version(&fields)?, &changed).await?;
    Ok(to(&format!("/meetings/{}#attendees", meeting.as_str())))
}
