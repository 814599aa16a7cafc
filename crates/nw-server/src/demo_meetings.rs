//! Meetings, decisions, tasks and contact moments of the demonstration. All of it is invented.

use jiff::Span;
use nw_facts::{Date, Language};
use nw_store::{
    Account, AgendaItem, AgendaState, Attendee, Contact, ContactKind, Context, Entry, Execution,
    ExecutionState, Meeting, MeetingState, PatientId, Role, StoreError, Task, TaskKind,
};

use crate::app::{App, own};
use crate::pages::cases::case;
use crate::pages::present::{Taken, take};
use crate::words::{Word, say};

/// The patients of the meeting that was held, by their place in the list, with question, decision and reason.
const HELD: &[(usize, &str, &str, &str)] = &[
    (
        1,
        "Welke behandeling na de volledige stadiëring?",
        "Bespreken met de patiënt in het spreekuur van deze week, daarna terug naar het overleg met haar voorkeur.",
        "Alle gegevens zijn bekend; de voorkeur van de patiënt nog niet.",
    ),
    (
        17,
        "Operatie of niet?",
        "Verwijzing naar het expertisecentrum voor beoordeling van de operatie.",
        "De klachten staan vast; de plaats van de tumor moet nog preciezer worden bepaald.",
    ),
];

/// The patients of the meeting to come, with the question.
const PLANNED: &[(usize, &str)] = &[
    (0, "Nieuwe patiënt: welke stappen eerst?"),
    (18, "Levermetastasen: welke behandeling?"),
    (3, "Veel aangedane klieren: is de stadiëring compleet?"),
    (14, "Welke behandeling, en hoe snel?"),
    (24, "Endoscopisch verwijderen of volgen?"),
    (31, "Patholoog en beeldvorming spreken elkaar tegen: opnieuw beoordelen?"),
];

fn day(app: &App, days: i32) -> Date {
    app.today().checked_add(Span::new().days(days)).unwrap_or_else(|_| app.today())
}

fn hour(app: &App, days: i32) -> jiff::Timestamp {
    let zone = jiff::tz::TimeZone::system();
    day(app, days).at(16, 0, 0, 0).to_zoned(zone).map_or(app.now(), |z| z.timestamp())
}

/// Fills meetings and what follows from them.
///
/// # Errors
/// The record refuses.
pub(crate) async fn fill(app: &App, patients: &[PatientId]) -> Result<(), StoreError> {
    let context = own(app);
    let accounts = app.store.accounts(&context).await?;
    let held = meeting(app, &context, &accounts, -7, "NET-overleg").await?;
    for (position, (at, question, text, rationale)) in HELD.iter().enumerate() {
        let Some(patient) = patients.get(*at) else { continue };
        item(app, &context, &held, patient, position, question).await?;
        decide(app, &context, &held, patient, text, rationale).await?;
    }
    let mut closed = held.body.clone();
    closed.state = MeetingState::Closed;
    for attendee in &mut closed.attendees {
        attendee.present = true;
    }
    app.store.amend(&context, &held.id, held.version, &closed).await?;
    let next = meeting(app, &context, &accounts, 7, "NET-overleg").await?;
    for (position, (at, question)) in PLANNED.iter().enumerate() {
        if let Some(patient) = patients.get(*at) {
            item(app, &context, &next, patient, position, question).await?;
        }
    }
    care(app, &context, &accounts, patients).await
}

async fn meeting(
    app: &App,
    context: &Context,
    accounts: &[Account],
    days: i32,
    title: &str,
) -> Result<Entry<Meeting>, StoreError> {
    let attendees = accounts.iter().filter_map(|a| {
        let role = match a.roles.first()? {
            Role::Specialist => "chair",
            Role::Nurse => "nurse",
            Role::Coordinator => "other",
            Role::Pathologist => "pathologist",
            Role::Radiologist => "radiologist",
            _ => return None,
        };
        Some(Attendee {
            account: Some(a.id.clone()),
            name: a.name.clone(),
            role: role.to_string(),
            present: false,
        })
    });
    let meeting = Meeting {
        title: title.to_string(),
        starts_at: hour(app, days),
        place: "Bespreekkamer 3".to_string(),
        state: MeetingState::Planned,
        attendees: attendees.collect(),
        minutes: String::new(),
    };
    app.store.add_meeting(context, &meeting).await
}

async fn item(
    app: &App,
    context: &Context,
    meeting: &Entry<Meeting>,
    patient: &PatientId,
    position: usize,
    question: &str,
) -> Result<(), StoreError> {
    let item = AgendaItem {
        meeting: meeting.id.clone(),
        position: u32::try_from(position + 1).unwrap_or(u32::MAX),
        question: question.to_string(),
        state: AgendaState::Listed,
        triage: None,
        proof: None,
        presenter: "Dr. Vera Specialist".to_string(),
        minutes: String::new(),
    };
    app.store.add(context, patient, &item).await?;
    Ok(())
}

async fn decide(
    app: &App,
    context: &Context,
    meeting: &Entry<Meeting>,
    patient: &PatientId,
    text: &str,
    rationale: &str,
) -> Result<(), StoreError> {
    let agenda = app.store.agenda(context, &meeting.id).await?;
    let Some(line) = agenda.lines.iter().find(|l| l.patient.id == *patient) else { return Ok(()) };
    let case = case(app, &line.patient, &line.facts, Language::Nl).await.map_err(|_| StoreError::Fault)?;
    // What the guideline lists for this patient was considered; the decision chooses among none of it yet.
    let listed = case.view.options().filter(|a| a.status == "concluded").take(4).map(|a| a.id.clone());
    let taken = Taken {
        considered: listed.collect(),
        chosen: Vec::new(),
        text: text.to_string(),
        rationale: rationale.to_string(),
        departure: None,
        on: day(app, -7),
        by: Some(day(app, 3)),
    };
    let task = say(Language::Nl, Word::CarryOut);
    take(app, context, (line, &case), line.patient.revision, &taken, task).await?;
    Ok(())
}

/// Tasks, contact moments, and a first word on what came of a decision.
async fn care(
    app: &App,
    context: &Context,
    accounts: &[Account],
    patients: &[PatientId],
) -> Result<(), StoreError> {
    let nurse = accounts.iter().find(|a| a.roles.contains(&Role::Nurse)).map(|a| a.id.clone());
    let tasks = [
        (0, "Bellen: uitleg over het overleg van volgende week", 2),
        (2, "Uitslag bloedonderzoek opvragen", -3),
        (5, "Afspraak met de diëtist regelen", 9),
        (17, "Nabellen na het overleg", 1),
    ];
    for (at, title, due) in tasks {
        let Some(patient) = patients.get(at) else { continue };
        let mut task = Task::new(TaskKind::Contact, title);
        task.due = Some(day(app, due));
        task.assignee.clone_from(&nurse);
        app.store.add(context, patient, &task).await?;
    }
    let contacts = [
        (1, ContactKind::Phone, "Besluit van het overleg besproken; wil er thuis over nadenken.", 5),
        (17, ContactKind::Visit, "Uitleg gegeven over de volgende stap; partner was erbij.", 12),
    ];
    for (at, kind, note, next) in contacts {
        let Some(patient) = patients.get(at) else { continue };
        let contact = Contact {
            at: app.now(),
            kind,
            with: say(Language::Nl, Word::ThePatient).to_string(),
            note: note.to_string(),
            signals: Vec::new(),
            next: Some(day(app, next)),
        };
        app.store.add(context, patient, &contact).await?;
    }
    if let Some(patient) = patients.get(HELD[1].0) {
        let record = app.store.patient_page(context, patient, nw_store::AsOf::now()).await?;
        if let Some(decision) = record.decisions.first() {
            let planned = Execution {
                decision: decision.id.clone(),
                state: ExecutionState::Planned,
                on: Some(day(app, 6)),
                reason: None,
                note: String::new(),
            };
            app.store.add(context, patient, &planned).await?;
        }
    }
    Ok(())
}
