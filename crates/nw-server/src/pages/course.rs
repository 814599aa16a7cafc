//! What follows a decision: whether it was done, tasks, contact moments; for one patient.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use nw_facts::Language;
use nw_store::{
    AsOf, Contact, ContactKind, Entry, EntryId, Execution, ExecutionState, PatientId, PatientPage, Task,
    TaskKind, TaskState, Version,
};

use super::meeting_papers::{Told, told};
use super::meetings::{moment, moment_field, read_moment};
use super::present::reasons;
use super::{Frame, html, own_place, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path};
use crate::words::{Word, say};

/// Complaints that a contact moment may signal: facts of the vocabulary whose ids begin like this.
const SIGNALS: &str = "symptoms.";

pub(crate) fn execution_state(language: Language, state: ExecutionState) -> &'static str {
    let word = match state {
        ExecutionState::Planned => Word::ExecPlanned,
        ExecutionState::Done => Word::ExecDone,
        ExecutionState::Partly => Word::ExecPartly,
        ExecutionState::NotDone => Word::ExecNotDone,
    };
    say(language, word)
}

pub(crate) fn task_state(language: Language, state: TaskState) -> &'static str {
    let word = match state {
        TaskState::Open => Word::TaskOpen,
        TaskState::Asked => Word::TaskAsked,
        TaskState::Done => Word::TaskDone,
        TaskState::Cancelled => Word::TaskCancelled,
    };
    say(language, word)
}

pub(crate) fn contact_kind(language: Language, kind: ContactKind) -> &'static str {
    let word = match kind {
        ContactKind::Phone => Word::ByPhone,
        ContactKind::Visit => Word::ByVisit,
        ContactKind::Video => Word::ByVideo,
        ContactKind::Message => Word::ByMessage,
    };
    say(language, word)
}

/// Complaints by id and name.
fn signals(app: &App, language: Language) -> Vec<(String, String)> {
    let facts = app.guideline.vocabulary.facts().iter().filter(|f| f.id.starts_with(SIGNALS));
    facts.map(|f| (f.id.clone(), f.label.get(language).to_string())).collect()
}

/// A contact moment as the page shows it.
pub(crate) struct Spoken {
    pub contact: Entry<Contact>,
    pub at: String,
    pub how: &'static str,
    pub signals: Vec<String>,
}

/// Makes a contact moment readable.
pub(crate) fn spoken(app: &App, contact: &Entry<Contact>, language: Language) -> Spoken {
    let names = signals(app, language);
    let name =
        |id: &String| names.iter().find(|(i, _)| i == id).map_or_else(|| id.clone(), |(_, n)| n.clone());
    Spoken {
        at: moment(language, contact.body.at),
        how: contact_kind(language, contact.body.kind),
        signals: contact.body.signals.iter().map(name).collect(),
        contact: contact.clone(),
    }
}

/// A decision with what came of it.
struct Loop {
    told: Told,
    executions: Vec<(&'static str, Entry<Execution>)>,
}

#[derive(Template)]
#[template(path = "course.html")]
struct Page {
    frame: Frame,
    mark: String,
    id: String,
    record: PatientPage,
    loops: Vec<Loop>,
    open: Vec<Entry<Task>>,
    finished: Vec<(&'static str, Entry<Task>)>,
    contacts: Vec<Spoken>,
    signals: Vec<(String, String)>,
    reasons: Vec<(String, String)>,
    now: String,
    today: String,
    planning: bool,
}

pub(crate) fn is_open(task: &Task) -> bool {
    matches!(task.state, TaskState::Open | TaskState::Asked)
}

/// The page.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    let record = app.store.patient_page(&gate.about(&patient), &patient, AsOf::now()).await?;
    let language = gate.language;
    let loops = record.decisions.iter().rev().map(|d| Loop {
        told: told(&app, d, language),
        executions: record
            .executions
            .iter()
            .filter(|e| e.body.decision == d.id)
            .map(|e| (execution_state(language, e.body.state), e.clone()))
            .collect(),
    });
    let done = record.tasks.iter().filter(|t| !is_open(&t.body));
    let title = format!("{}: {}", record.patient.identity.name, say(language, Word::Course));
    html(&Page {
        frame: Frame::of(&app, &gate, title),
        mark: gate.mark(),
        id: patient.as_str().to_string(),
        loops: loops.collect(),
        open: record.tasks.iter().filter(|t| is_open(&t.body)).cloned().collect(),
        finished: done.map(|t| (task_state(language, t.body.state), t.clone())).collect(),
        contacts: record.contacts.iter().rev().map(|c| spoken(&app, c, language)).collect(),
        signals: signals(&app, language),
        reasons: reasons(&app, language),
        now: moment_field(app.now()),
        today: app.today().to_string(),
        planning: crate::routes::may(gate.role(), "/patients/{patient}/contacts"),
        record,
    })
}

/// Where the form came from, or this patient's page.
fn back(fields: &Fields, patient: &PatientId) -> Response {
    match fields.filled("next") {
        Some(next) => to(own_place(&next)),
        None => to(&format!("/patients/{}/course", patient.as_str())),
    }
}

/// Says what came of a decision. What is done, or not done for a reason, closes the task that waited for it.
pub(crate) async fn executed(
    State(app): State<App>,
    gate: Gate,
    Path((patient, decision)): Path<(PatientId, EntryId)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let context = gate.about(&patient);
    let record = app.store.patient_page(&context, &patient, AsOf::now()).await?;
    if !record.decisions.iter().any(|d| d.id == decision) {
        return Err(Problem::NotFound);
    }
    let state = match fields.one("state") {
        "planned" => ExecutionState::Planned,
        "done" => ExecutionState::Done,
        "partly" => ExecutionState::Partly,
        "not-done" => ExecutionState::NotDone,
        _ => return Err(Problem::asks("state", Word::ChooseFromForm)),
    };
    let execution = Execution {
        decision: decision.clone(),
        state,
        on: fields.date("on")?,
        reason: fields.filled("reason"),
        note: fields.one("note").to_string(),
    };
    app.store.add(&context, &patient, &execution).await?;
    let waiting = record.tasks.iter().filter(|t| {
        t.body.kind == TaskKind::Decision && t.body.parent.as_ref() == Some(&decision) && is_open(&t.body)
    });
    if matches!(state, ExecutionState::Done | ExecutionState::NotDone) {
        for task in waiting {
            let mut closed = task.body.clone();
            closed.state = if state == ExecutionState::Done { TaskState::Done } else { TaskState::Cancelled };
            closed.done_on = execution.on.or(Some(app.today()));
            closed.outcome.clone_from(&execution.note);
            let mut beside = context.clone();
            beside.key = None;
            app.store.amend(&beside, &task.id, task.version, &closed).await?;
        }
    }
    Ok(back(&fields, &patient))
}

/// Makes a task.
pub(crate) async fn add_task(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let kind = match fields.one("kind") {
        "follow-up" => TaskKind::FollowUp,
        "contact" => TaskKind::Contact,
        _ => TaskKind::Other,
    };
    let mut task = Task::new(kind, fields.one("title"));
    task.due = fields.date("due")?;
    if fields.one("mine") == "yes" {
        task.assignee = Some(gate.session.account.id.clone());
    }
    app.store.add(&gate.about(&patient), &patient, &task).await?;
    Ok(back(&fields, &patient))
}

/// Takes a task, finishes it, or says that it is not needed.
pub(crate) async fn change_task(
    State(app): State<App>,
    gate: Gate,
    Path((patient, task)): Path<(PatientId, EntryId)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let context = gate.about(&patient);
    let found = app.store.entry::<Task>(&context, &task).await?;
    if found.patient.as_ref() != Some(&patient) {
        return Err(Problem::NotFound);
    }
    let mut changed = found.body;
    match fields.one("do") {
        "take" => changed.assignee = Some(gate.session.account.id.clone()),
        "done" | "cancel" => {
            let done = fields.one("do") == "done";
            changed.state = if done { TaskState::Done } else { TaskState::Cancelled };
            changed.done_on = Some(fields.date("done-on")?.unwrap_or_else(|| app.today()));
            changed.outcome = fields.one("outcome").to_string();
        }
        _ => return Err(Problem::asks("do", Word::ChooseFromForm)),
    }
    let version = Version(fields.parsed("version", Word::ReloadPage)?);
    app.store.amend(&context, &task, version, &changed).await?;
    Ok(back(&fields, &patient))
}

/// Keeps a contact moment.
pub(crate) async fn add_contact(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let kind = match fields.one("kind") {
        "visit" => ContactKind::Visit,
        "video" => ContactKind::Video,
        "message" => ContactKind::Message,
        _ => ContactKind::Phone,
    };
    let known = signals(&app, gate.language);
    let contact = Contact {
        at: read_moment(&fields, "at")?,
        kind,
        with: fields.one("with").to_string(),
        note: fields.one("note").to_string(),
        signals: fields.all("signal").into_iter().filter(|s| known.iter().any(|(id, _)| id == s)).collect(),
        next: fields.date("next-contact")?,
    };
    let context = gate.about(&patient);
    app.store.add(&context, &patient, &contact).await?;
    if contact.next.is_some() {
        // The next contact stands on the board until it was.
        let title = format!("{}: {}", say(gate.language, Word::NextContact), contact.with);
        let mut task = Task::new(TaskKind::Contact, title);
        task.due = contact.next;
        task.assignee = Some(gate.session.account.id.clone());
        let mut beside = context;
        beside.key = None;
        app.store.add(&beside, &patient, &task).await?;
    }
    Ok(back(&fields, &patient))
}
