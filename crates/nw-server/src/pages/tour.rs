//! The guided tour: a panel above the pages that says what to look at, and leads from one place to the next.

use axum::extract::State;
use axum::response::Response;
use nw_facts::Language;
use nw_store::{AsOf, MeetingState, PatientFilter, PatientId};

use super::patients::coming;
use super::to;
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Path;
use crate::words::{Word, say};

/// What the steps say. The first one stands on the page for signing in.
const STEPS: [Word; 10] = [
    Word::Tour1,
    Word::Tour2,
    Word::Tour3,
    Word::Tour4,
    Word::Tour5,
    Word::Tour6,
    Word::Tour7,
    Word::Tour8,
    Word::Tour9,
    Word::Tour10,
];
/// The first step behind the sign-in.
const FIRST: u8 = 2;

/// The panel of one step.
pub(crate) struct Panel {
    pub step: u8,
    pub steps: usize,
    pub text: &'static str,
    /// Where this step is, and the ones before and after it.
    pub here: String,
    pub back: Option<String>,
    pub next: Option<String>,
}

/// The panel of a step; nothing when there is no such step.
pub(crate) fn panel(step: u8, language: Language) -> Option<Panel> {
    let text = STEPS.get(usize::from(step).checked_sub(1)?)?;
    let last = STEPS.len();
    Some(Panel {
        step,
        steps: last,
        text: say(language, *text),
        here: format!("/tour/{step}"),
        back: (step > FIRST).then(|| format!("/tour/{}", step - 1)),
        next: (step >= FIRST && usize::from(step) < last).then(|| format!("/tour/{}", step + 1)),
    })
}

/// Goes to a step; `end` ends the tour.
pub(crate) async fn go(
    State(app): State<App>,
    gate: Gate,
    Path(step): Path<String>,
) -> Result<Response, Problem> {
    let number = match step.as_str() {
        "end" => None,
        _ => Some(
            step.parse::<u8>()
                .ok()
                .filter(|s| panel(*s, gate.language).is_some())
                .ok_or(Problem::NotFound)?,
        ),
    };
    let number = number.map(|n| n.max(FIRST));
    let mut remembered = gate.remembered();
    remembered.tour = number;
    let note = serde_json::to_string(&remembered).map_err(|_| Problem::Fault)?;
    app.store.change_session(&gate.context(), &gate.token, gate.role(), &note).await?;
    match number {
        None => Ok(to("/patients")),
        Some(number) => Ok(to(&format!("{}#tour", place(&app, &gate, number).await?))),
    }
}

/// Where a step is, in this record; where it has nothing to show, the page from which one gets there.
async fn place(app: &App, gate: &Gate, step: u8) -> Result<String, Problem> {
    match step {
        3..=6 => {
            let Some(patient) = example(app, gate).await? else { return Ok("/patients".to_string()) };
            let recording = crate::routes::may(gate.role(), "/patients/{patient}/facts");
            let rest = match step {
                4 if recording => "/facts",
                5 => "/why/tumour.grade",
                6 => "/timeline",
                _ => "",
            };
            Ok(format!("/patients/{}{rest}", patient.as_str()))
        }
        7 | 8 => {
            let meetings = app.store.meetings(&gate.context(), None, None).await?;
            let Some(meeting) = coming(&meetings, app.now()) else { return Ok("/meetings".to_string()) };
            let agenda = app.store.agenda(&gate.context(), &meeting.id).await?;
            let rest = if step == 8 && !agenda.lines.is_empty() { "/present/1" } else { "" };
            Ok(format!("/meetings/{}{rest}", meeting.id.as_str()))
        }
        9 => {
            let meetings = app.store.meetings(&gate.context(), None, None).await?;
            for meeting in meetings.iter().rev().filter(|m| m.body.state == MeetingState::Closed).take(3) {
                let agenda = app.store.agenda(&gate.context(), &meeting.id).await?;
                let decided =
                    agenda.lines.iter().find_map(|l| Some((&l.patient.id, &l.decisions.first()?.id)));
                if let Some((patient, decision)) = decided {
                    return Ok(format!(
                        "/patients/{}/decisions/{}/letter",
                        patient.as_str(),
                        decision.as_str()
                    ));
                }
            }
            Ok("/meetings".to_string())
        }
        10 => Ok("/follow-up".to_string()),
        _ => Ok("/patients".to_string()),
    }
}

/// How many patients are looked at for an example.
const LOOKED_AT: u32 = 200;

/// A patient whose course is worth seeing: the invented one of whom most is recorded last, or else the first of the list.
async fn example(app: &App, gate: &Gate) -> Result<Option<PatientId>, Problem> {
    let filter = PatientFilter { most: Some(LOOKED_AT), ..PatientFilter::default() };
    let list = app.store.patients(&gate.context(), &filter).await?;
    let invented = list.lines.iter().filter(|l| l.patient.identity.synthetic);
    // The examples are numbered; the last ones tell a course of years.
    let mut some: Vec<_> = invented.collect();
    some.sort_by(|a, b| b.patient.identity.number.cmp(&a.patient.identity.number));
    let mut best: Option<(usize, PatientId)> = None;
    for line in some.iter().take(4) {
        let id = &line.patient.id;
        let facts = app.store.facts_as_of(&gate.about(id), id, AsOf::now()).await?;
        let dated = facts.iter().filter(|f| f.true_on.is_some()).count();
        if best.as_ref().is_none_or(|(most, _)| dated > *most) {
            best = Some((dated, id.clone()));
        }
    }
    Ok(best.map(|(_, id)| id).or_else(|| list.lines.first().map(|l| l.patient.id.clone())))
}
