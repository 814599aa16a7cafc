//! The board of what is due, for all patients: what the guideline asks for, tasks, decisions to carry out, contacts.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Span;
use nw_facts::Date;
use nw_store::{AsOf, Entry, Patient, PatientFilter, Role, Task, TaskFilter, TaskKind, TaskLine};
use serde::Deserialize;

use super::brief::brief;
use super::course::{Spoken, spoken, task_state};
use super::present::reasons;
use super::{Frame, html};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Query;
use crate::words::{Word, day, say};

/// What is shown.
#[derive(Deserialize, Default)]
pub(crate) struct Filter {
    /// Whose: an account, `me`, `nobody`, or everybody's.
    #[serde(default)]
    who: String,
    /// A day of the week that is shown; everything when it is empty.
    #[serde(default)]
    week: String,
}

/// A task on the board.
struct Item {
    patient: Patient,
    task: Entry<Task>,
    state: &'static str,
    assignee: String,
    mine: bool,
    late: bool,
}

/// What the guideline asks for.
struct Due {
    patient: Patient,
    title: String,
    /// As forms have it.
    day: String,
    /// As people read it.
    shown: String,
    late: bool,
    /// Its time has come, and is not over.
    since: bool,
    /// Somebody made a task of it that is still open.
    made: bool,
}

#[derive(Template)]
#[template(path = "follow-up.html")]
struct Page {
    frame: Frame,
    mark: String,
    who: String,
    week: String,
    weeks: Vec<(String, String)>,
    people: Vec<(String, String)>,
    loops: Vec<Item>,
    tasks: Vec<Item>,
    due: Vec<Due>,
    contacts: Vec<(Patient, Spoken)>,
    reasons: Vec<(String, String)>,
    planning: bool,
    here: String,
    today: String,
}

/// How many patients are read at once.
const AT_ONCE: usize = 8;
/// Weeks to choose from, this one first.
const WEEKS: i32 = 8;
/// How many days of contact moments are shown.
const CONTACT_DAYS: i64 = 14;

fn monday(day: Date) -> Date {
    let back = i32::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(Span::new().days(back)).unwrap_or(day)
}

fn after(day: Date, days: i32) -> Date {
    day.checked_add(Span::new().days(days)).unwrap_or(day)
}

/// The page.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let (language, today, context) = (gate.language, app.today(), gate.context());
    let first = filter.week.parse::<Date>().ok().map(monday);
    // What is overdue stands in this week, too: it is still to be done.
    let this_week = first == Some(monday(today));
    let shown = |day: Option<Date>| match (first, day) {
        (None, _) => true,
        (Some(_), None) => this_week,
        (Some(first), Some(day)) => (day >= first && day <= after(first, 6)) || (this_week && day < first),
    };
    let all = app.store.tasks(&context, &TaskFilter { most: Some(1000), ..TaskFilter::default() }).await?;
    let accounts = app.store.accounts(&context).await?;
    let me = &gate.session.account.id;
    let whose = |line: &&TaskLine| match filter.who.as_str() {
        "" => true,
        "me" => line.task.body.assignee.as_ref() == Some(me),
        "nobody" => line.task.body.assignee.is_none(),
        who => line.task.body.assignee.as_ref().is_some_and(|a| a.as_str() == who),
    };
    let wanted = |line: &&TaskLine| whose(line) && shown(line.task.body.due);
    let item = |line: &TaskLine| {
        let assignee = line.task.body.assignee.as_ref();
        let name = accounts.iter().find(|a| Some(&a.id) == assignee).map(|a| a.name.clone());
        Item {
            patient: line.patient.clone(),
            state: task_state(language, line.task.body.state),
            assignee: name.unwrap_or_default(),
            mine: assignee == Some(me),
            late: line.task.body.due.is_some_and(|d| d < today),
            task: line.task.clone(),
        }
    };
    let of_decision = |line: &&TaskLine| line.task.body.kind == TaskKind::Decision;
    let loops = all.iter().filter(wanted).filter(of_decision).map(item).collect();
    let tasks = all.iter().filter(wanted).filter(|l| !of_decision(l)).map(item).collect();
    let mut due = if filter.who.is_empty() { due_of_all(&app, &gate).await? } else { Vec::new() };
    due.retain(|d| shown(d.day.parse().ok()));
    for d in &mut due {
        d.made = all.iter().any(|t| t.patient.id == d.patient.id && t.task.body.title == d.title);
    }
    due.sort_by(|a, b| (!a.late, &a.day).cmp(&(!b.late, &b.day)));
    let since = jiff::SignedDuration::from_hours(24 * CONTACT_DAYS);
    let from = app.now().checked_sub(since).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let contacts = app.store.contacts(&context, from, app.now()).await?;
    let contacts = contacts.iter().map(|l| (l.patient.clone(), spoken(&app, &l.contact, language))).collect();
    let week = |n: i32| {
        let first = after(monday(today), 7 * n);
        (first.to_string(), format!("{} {}", say(language, Word::WeekOf), day(language, first)))
    };
    let planner = |a: &&nw_store::Account| {
        a.roles.iter().any(|r| matches!(r, Role::Nurse | Role::Coordinator | Role::Specialist))
    };
    let people = accounts.iter().filter(planner).map(|a| (a.id.as_str().to_string(), a.name.clone()));
    html(&Page {
        frame: Frame::of(&app, &gate, say(language, Word::FollowUp)),
        mark: gate.mark(),
        who: filter.who.clone(),
        week: first.map(|f| f.to_string()).unwrap_or_default(),
        weeks: (-1..WEEKS).map(week).collect(),
        people: people.collect(),
        loops,
        tasks,
        due,
        contacts,
        reasons: reasons(&app, language),
        planning: crate::routes::may(gate.role(), "/patients/{patient}/tasks"),
        here: gate.path.clone(),
        today: today.to_string(),
    })
}

/// What the guideline asks for, of every patient. A record that did not change since is not assessed again.
async fn due_of_all(app: &App, gate: &Gate) -> Result<Vec<Due>, Problem> {
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let filter = PatientFilter { after: next, most: Some(200), ..PatientFilter::default() };
        let list = app.store.patients(&gate.context(), &filter).await?;
        for some in list.lines.chunks(AT_ONCE) {
            let asked = some.iter().map(|line| {
                let id = &line.patient.id;
                brief(app, &line.patient, gate.language, move || async move {
                    app.store.facts_as_of(&gate.about(id), id, AsOf::now()).await
                })
            });
            let found = futures_util::future::try_join_all(asked).await?;
            for (line, brief) in some.iter().zip(found) {
                all.extend(brief.due.iter().map(|d| Due {
                    patient: line.patient.clone(),
                    title: d.title.clone(),
                    day: d.day.clone(),
                    shown: d.day.parse().map_or_else(|_| d.day.clone(), |on| day(gate.language, on)),
                    late: d.overdue,
                    since: d.now && !d.overdue,
                    made: false,
                }));
            }
        }
        next = list.next;
        if next.is_none() {
            return Ok(all);
        }
    }
}
