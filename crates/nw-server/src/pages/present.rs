//! One case on the screen of the meeting, and the form that takes the decision.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nw_facts::Language;
use nw_store::{
    AgendaLine, CaseDecision, Considered, Context, Decision, Departure, Entry, EntryId, Meeting,
    MeetingState, Revision, StoreError, Task, TaskKind, fact_set,
};

use super::cases::{Case, Points, advice, case};
use super::meetings::{Line, lines, open, proof};
use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::chart::Drawing;
use crate::error::Problem;
use crate::form::{Fields, Path};
use crate::words::{Word, say};

/// The fact whose values are the coded reasons to depart from the guideline.
const REASONS: &str = "mdt.deviation.reason";
/// The value of that fact that gives no reason.
const NO_REASON: &str = "none";
/// The status of an option from which a choice of it departs.
const ADVISED_AGAINST: &str = "advised-against";

/// The coded reasons to depart: a word and a name.
pub(crate) fn reasons(app: &App, language: Language) -> Vec<(String, String)> {
    let vocabulary = &app.guideline.vocabulary;
    let Some(fact) = vocabulary.find_fact(REASONS) else { return Vec::new() };
    let all = vocabulary.fact(fact).choices.iter().filter(|c| c.id != NO_REASON);
    all.map(|c| (c.id.clone(), c.label.get(language).to_string())).collect()
}

/// An option on the screen.
struct Shown {
    id: String,
    label: String,
    state: String,
    said: String,
    /// What practice says, and by which conventions, where the facts alone leave it open.
    usual: Option<(String, String)>,
    open: bool,
    because: Vec<String>,
    settle: Vec<String>,
    points: Points,
    considered: bool,
    chosen: bool,
}

/// What was typed, when the page is shown again.
#[derive(Default)]
struct Typed {
    other: String,
    text: String,
    rationale: String,
    reason: String,
    explanation: String,
    by: String,
}

#[derive(Template)]
#[template(path = "meeting-present.html")]
struct Page {
    frame: Frame,
    mark: String,
    meeting: Entry<Meeting>,
    line: Line,
    count: usize,
    options: Vec<Shown>,
    reasons: Vec<(String, String)>,
    typed: Typed,
    message: Option<String>,
    may_decide: bool,
    sketch: Drawing,
    sketched: Vec<(&'static str, String)>,
}

impl Page {
    fn case(&self) -> &Case {
        &self.line.case
    }

    fn with_state(&self, open: bool) -> impl Iterator<Item = (usize, &Shown)> {
        self.options.iter().enumerate().filter(move |(_, o)| o.open == open)
    }
}

/// The page.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path((meeting, number)): Path<(EntryId, usize)>,
) -> Result<Response, Problem> {
    shown(&app, &gate, &meeting, number, None).await
}

async fn shown(
    app: &App,
    gate: &Gate,
    meeting: &EntryId,
    number: usize,
    refused: Option<(&Fields, String, StatusCode)>,
) -> Result<Response, Problem> {
    let agenda = app.store.agenda(&gate.context(), meeting).await?;
    let all = lines(app, &agenda, gate.language).await?;
    let count = all.iter().filter(|l| !l.away()).count();
    let line = all.into_iter().find(|l| l.number == number && !l.away()).ok_or(Problem::NotFound)?;
    let (considered, chosen, mut typed, mut message, mut status) =
        (Vec::new(), Vec::new(), Typed::default(), None, StatusCode::OK);
    let (mut considered, mut chosen): (Vec<String>, Vec<String>) = (considered, chosen);
    if let Some((fields, why, code)) = refused {
        considered = fields.all("considered");
        chosen = fields.all("chosen");
        let one = |name: &str| fields.one(name).to_string();
        typed = Typed {
            other: one("other"),
            text: one("text"),
            rationale: one("rationale"),
            reason: one("reason"),
            explanation: one("explanation"),
            by: one("by"),
        };
        message = Some(why);
        status = code;
    }
    let facts = agenda.lines.iter().find(|l| l.item.id == line.item.id).map(|l| l.facts.as_slice());
    let (facts, _) = fact_set(&app.guideline.vocabulary, facts.unwrap_or_default(), Some(app.today()));
    let (sketch, sketched) = super::patient::sketched(app, &facts, gate.language);
    let options = line
        .case
        .view
        .options()
        .map(|a| {
            let none = say(gate.language, Word::NotApplicable);
            let usual = a.convention.as_ref().filter(|(said, _)| a.open() && said != none);
            (a, usual.map(|(said, names)| (said.clone(), names.join("; "))))
        })
        .map(|(a, usual)| Shown {
            id: a.id.clone(),
            label: a.label.clone(),
            state: match &usual {
                _ if a.status == "concluded" => a.state().to_string(),
                Some(_) => a.convention_state.clone(),
                None => a.status.to_string(),
            },
            said: a.line(),
            open: a.status != "concluded" && usual.is_none(),
            usual,
            because: a.because.clone(),
            settle: a.settle_briefly(),
            points: line.case.points_of(&a.id),
            considered: considered.contains(&a.id),
            chosen: chosen.contains(&a.id),
        })
        .collect();
    let name = &line.patient.identity.name;
    let frame = Frame::of(app, gate, format!("{} {number}: {name}", say(gate.language, Word::CaseOf)));
    let may_decide = crate::routes::may(gate.role(), "/meetings/{meeting}/present/{number}")
        && agenda.meeting.body.state != MeetingState::Closed;
    let page = Page {
        frame,
        mark: gate.mark(),
        meeting: agenda.meeting,
        count,
        options,
        reasons: reasons(app, gate.language),
        typed,
        message,
        may_decide,
        line,
        sketch,
        sketched,
    };
    let mut response = html(&page)?;
    *response.status_mut() = status;
    Ok(response)
}

/// Whether a choice of this option departs from the guideline, and its status.
fn departs(case: &Case, option: &str) -> (Option<String>, bool) {
    match case.answer(option) {
        Some(a) if a.status == "concluded" => (Some(a.state().to_string()), a.state() == ADVISED_AGAINST),
        // What is not determined yet is no departure: the guideline neither lists nor refuses it.
        Some(a) if a.status == "undetermined" => (Some(a.status.to_string()), false),
        Some(a) => (Some(a.status.to_string()), true),
        None => (None, true),
    }
}

/// What the meeting decides, and what follows from it in the record.
pub(crate) struct Taken {
    pub considered: Vec<String>,
    pub chosen: Vec<String>,
    pub text: String,
    pub rationale: String,
    pub departure: Option<Departure>,
    /// The day of the decision.
    pub on: nw_facts::Date,
    /// By when it is to be carried out.
    pub by: Option<nw_facts::Date>,
}

/// Takes the decision: with the advice as given, the item marked as discussed, and a task until it is carried out. It is one write.
///
/// # Errors
/// The record changed since `base`, or refuses.
pub(crate) async fn take(
    app: &App,
    context: &Context,
    (line, case): (&AgendaLine, &Arc<Case>),
    base: Revision,
    taken: &Taken,
    task: &str,
) -> Result<Entry<Decision>, StoreError> {
    let patient = &line.patient;
    let considered = |option: &String| Considered {
        option: option.clone(),
        status: departs(case, option).0,
        remark: String::new(),
    };
    let decision = Decision {
        meeting: Some(line.item.body.meeting.clone()),
        agenda_item: Some(line.item.id.clone()),
        decided_on: taken.on,
        advice: Some(advice(app, patient, case)),
        considered: taken.considered.iter().map(considered).collect(),
        chosen: taken.chosen.clone(),
        text: taken.text.clone(),
        rationale: taken.rationale.clone(),
        departure: taken.departure.clone(),
    };
    let first: String = taken.text.lines().next().unwrap_or_default().chars().take(200).collect();
    let mut open = Task::new(TaskKind::Decision, format!("{task}: {first}"));
    open.due = taken.by;
    let taken = CaseDecision { decision, proof: proof(app, case), task: open };
    Ok(app.store.decide_case(context, &patient.id, base, &taken).await?.decision)
}

/// Takes the decision that the form holds.
pub(crate) async fn decide(
    State(app): State<App>,
    gate: Gate,
    Path((meeting, number)): Path<(EntryId, usize)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let language = gate.language;
    let agenda = app.store.agenda(&gate.context(), &meeting).await?;
    open(&agenda.meeting)?;
    let item: EntryId = fields.one("item").parse()?;
    let line = agenda.lines.iter().find(|l| l.item.id == item).ok_or(Problem::NotFound)?;
    let case = case(&app, &line.patient, &line.facts, language).await?;
    let base = Revision(fields.parsed("revision", Word::ReloadPage)?);
    let other = fields.filled("other");
    let mut chosen = fields.all("chosen");
    chosen.extend(other);
    let mut considered = fields.all("considered");
    considered.extend(chosen.iter().filter(|c| !fields.all("considered").contains(c)).cloned());
    let again =
        |word, code| shown(&app, &gate, &meeting, number, Some((&fields, say(language, word).into(), code)));
    let reason = fields.filled("reason").filter(|r| reasons(&app, language).iter().any(|(w, _)| w == r));
    if fields.one("text").is_empty() {
        return again(Word::DecisionMissing, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    if reason.is_none() && chosen.iter().any(|c| departs(&case, c).1) {
        return again(Word::DepartureMissing, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let taken = Taken {
        considered,
        chosen,
        text: fields.one("text").to_string(),
        rationale: fields.one("rationale").to_string(),
        departure: reason.map(|code| Departure { code, explanation: fields.one("explanation").to_string() }),
        on: app.today(),
        by: fields.date("by")?,
    };
    let context = gate.about(&line.patient.id);
    match take(&app, &context, (line, &case), base, &taken, say(language, Word::CarryOut)).await {
        Ok(_) => Ok(to(&format!("/meetings/{}/present/{number}#decided", meeting.as_str()))),
        Err(StoreError::Stale { .. }) => again(Word::StaleDecision, StatusCode::CONFLICT).await,
        Err(error) => Err(error.into()),
    }
}
