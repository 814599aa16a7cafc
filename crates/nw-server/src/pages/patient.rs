//! One patient on one screen: who, the tumour in one line, what is open and who knows, options, what is due.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use nw_facts::{Date, FactSet, Language};
use nw_store::{AgendaState, AsOf, Fact, PatientId, PatientPage, fact_set};

use super::cases::{Case, case};
use super::course::is_open;
use super::patients::{SITE, age, coming, held_on, sex};
use super::{Frame, html};
use crate::access::Gate;
use crate::app::App;
use crate::chart::{Drawing, sketch};
use crate::error::Problem;
use crate::form::Path;
use crate::reason::capital;
use crate::said::{self, Row};
use crate::views::Views;
use crate::words::{Word, day, say};
use nw_render::view::{Answer, HEADLINE, View};

/// Those of them that stand together as one.
const TNM: &str = "tnm.uicc8.";
const STAGE: &str = "tnm.uicc8.stage";

/// How many questions fit on the first screen.
const FIRST_QUESTIONS: usize = 5;
/// How many things that are due fit on the first screen.
const FIRST_DUE: usize = 6;

/// Options that the guideline says the same of.
struct Group {
    label: String,
    state: String,
    /// Folded: nobody acts on these.
    folded: bool,
    options: Vec<Choice>,
}

struct Choice {
    id: String,
    label: String,
    because: Option<String>,
    by_convention: bool,
    /// What would settle it.
    settle: Vec<String>,
}

/// Something to be done.
struct ToDo {
    title: String,
    on: Option<Date>,
    day: String,
    late: bool,
    /// Its time has come by the guideline, and is not over.
    since: bool,
}

/// A heading with conclusions that have a value, and how many have none yet.
struct Said {
    label: String,
    answers: Vec<Answer>,
    open: usize,
}

#[derive(Template)]
#[template(path = "patient.html")]
struct Page {
    frame: Frame,
    id: String,
    record: PatientPage,
    who: Vec<String>,
    site: Option<String>,
    headline: Vec<Answer>,
    tnm: Vec<(&'static str, Answer)>,
    /// A convention stands beside one of them: that takes room.
    tnm_wide: bool,
    beside: Vec<(String, String)>,
    case: Arc<Case>,
    first_questions: usize,
    options: Vec<Group>,
    /// No option has a status that anybody can act on.
    nothing_listed: bool,
    todo: Vec<ToDo>,
    first_due: usize,
    meeting: Option<(String, String, String)>,
    /// The meeting to come, for who may put the patient on its agenda.
    coming: Option<(String, String)>,
    decision: Option<(String, String, String)>,
    said: Vec<Said>,
    facts: Vec<Row>,
    unreadable: usize,
    sketch: Drawing,
    sketched: Vec<(&'static str, String)>,
    may_record: bool,
    may_inform: bool,
    /// Something was said of research and registries: whether the patient objects.
    stance: Option<bool>,
}

/// The page.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    let (language, today) = (gate.language, app.today());
    // Each of these readings is written down before it is answered: together they wait for the disk once.
    let (about, context) = (gate.about(&patient), gate.context());
    let (record, meetings, accounts) = tokio::join!(
        app.store.patient_page(&about, &patient, AsOf::now()),
        app.store.meetings(&context, None, None),
        app.store.accounts(&context),
    );
    let (record, meetings, accounts) = (record?, meetings?, accounts?);
    let case = case(&app, &record.patient, &record.facts, language).await?;
    let vocabulary = &app.guideline.vocabulary;
    let (set, unreadable) = fact_set(vocabulary, &record.facts, Some(today));
    let view = &case.view;
    let applies = |id: &&str| view.answer(id).filter(|a| a.status != "not-applicable").cloned();
    let together = |id: &&&str| id.starts_with(TNM) && **id != STAGE;
    let headline = HEADLINE.iter().filter(|id| !together(id)).filter_map(applies).collect();
    let tnm = HEADLINE.iter().filter(together);
    let letters = ["T", "N", "M"].into_iter();
    let tnm: Vec<_> = tnm.zip(letters).filter_map(|(id, letter)| Some((letter, applies(id)?))).collect();
    let identity = &record.patient.identity;
    let born =
        identity.born.map(|born| format!("{} ({})", day(language, born), years(born, today, language)));
    let who = [sex(&app, identity, language), born, identity.number.clone()].into_iter().flatten().collect();
    let listed = |state: AgendaState| state == AgendaState::Listed;
    let meeting = record
        .agenda
        .iter()
        .filter(|item| listed(item.body.state))
        .filter_map(|item| Some((meetings.iter().find(|m| m.id == item.body.meeting)?, item)))
        .filter(|(m, _)| held_on(m) >= today)
        .min_by_key(|(m, _)| m.body.starts_at)
        .map(|(m, item)| (m.id.as_str().to_string(), day(language, held_on(m)), item.body.question.clone()));
    let decision = record.decisions.iter().max_by_key(|d| d.body.decided_on);
    let decision =
        decision.map(|d| (d.id.as_str().to_string(), day(language, d.body.decided_on), d.body.text.clone()));
    let (sketch, sketched) = sketched(&app, &set, language);
    let options = grouped(&app, view, language);
    html(&Page {
        frame: Frame::of(&app, &gate, identity.name.clone()),
        id: patient.as_str().to_string(),
        who,
        site: site_of(&app, &record.facts, language).map(|(_, label)| label),
        headline,
        tnm_wide: tnm.iter().any(|(_, a)| a.convention.is_some()),
        tnm,
        beside: beside(&app, &record.facts, language),
        first_questions: FIRST_QUESTIONS,
        nothing_listed: options.iter().all(|g| g.folded),
        options,
        todo: todo(view, &record, today, language),
        first_due: FIRST_DUE,
        coming: coming(&meetings, app.now())
            .filter(|_| meeting.is_none() && crate::routes::may(gate.role(), "/meetings/{meeting}/agenda"))
            .map(|m| (m.id.as_str().to_string(), day(language, held_on(m)))),
        meeting,
        decision,
        said: concluded(view),
        facts: said::rows(vocabulary, &record.facts, &accounts, language),
        unreadable: unreadable.len(),
        sketch,
        sketched,
        may_record: crate::routes::may(gate.role(), "/patients/{patient}/facts"),
        may_inform: crate::routes::may(gate.role(), "/patients/{patient}/information"),
        stance: super::objection::stance(&record.objections),
        record,
        case,
    })
}

fn years(born: Date, today: Date, language: Language) -> String {
    format!("{} {}", age(born, today), say(language, Word::Years))
}

/// Facts that stand beside the conclusions in the line about the tumour.
fn beside(app: &App, facts: &[Fact], language: Language) -> Vec<(String, String)> {
    let vocabulary = &app.guideline.vocabulary;
    let one = |id: &String| {
        let def = vocabulary.fact(vocabulary.find_fact(id)?);
        let fact = facts.iter().rev().find(|f| f.fact == *id)?;
        Some((capital(def.label.get(language)), said::value(vocabulary, fact, language)))
    };
    Views::shipped().tumour.facts.iter().filter_map(one).collect()
}

/// Options by what the guideline says of them, the most open first; within a group in the order of the guideline.
fn grouped(app: &App, view: &View, language: Language) -> Vec<Group> {
    let mut open = Vec::new();
    let mut groups: Vec<(Option<usize>, Group)> = Vec::new();
    for answer in view.options() {
        let choice = |because: Option<String>, by_convention| Choice {
            id: answer.id.clone(),
            label: answer.label.clone(),
            because,
            by_convention,
            settle: answer.settle_briefly(),
        };
        let (label, by_convention) = match (answer.status, &answer.convention) {
            ("concluded", _) => (answer.line(), false),
            ("undetermined", Some((said, _))) if *said != say(language, Word::NotApplicable) => {
                (said.clone(), true)
            }
            _ => {
                open.push(choice(None, false));
                continue;
            }
        };
        let vocabulary = &app.guideline.vocabulary;
        let def = vocabulary.find_conclusion(&answer.id).map(|c| vocabulary.conclusion(c));
        let rank = def.and_then(|d| d.values.iter().position(|v| v.label.get(language) == label));
        let state = def.zip(rank).map_or_else(String::new, |(d, r)| d.values[r].id.clone());
        let because = answer.because.first().cloned().filter(|_| !by_convention);
        match groups.iter_mut().find(|(_, g)| g.state == state) {
            Some((_, group)) => group.options.push(choice(because, by_convention)),
            None => groups.push((
                rank,
                Group {
                    label: capital(&label),
                    // The lowest status of the set: nobody chooses among these.
                    folded: rank == Some(0),
                    state,
                    options: vec![choice(because, by_convention)],
                },
            )),
        }
    }
    groups.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    let mut groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
    if !open.is_empty() {
        let label = say(language, Word::OptionsOpen).to_string();
        let at = groups.iter().position(|g| g.folded).unwrap_or(groups.len());
        groups.insert(at, Group { label, state: "open".to_string(), folded: true, options: open });
    }
    groups
}

/// What is due by the guideline, and the tasks; the late ones first.
fn todo(view: &View, record: &PatientPage, today: Date, language: Language) -> Vec<ToDo> {
    let due = view.due.iter().map(|d| (d.title.clone(), d.day.parse::<Date>().ok(), d.overdue, d.now));
    let tasks = record.tasks.iter().filter(|t| is_open(&t.body));
    let tasks =
        tasks.map(|t| (t.body.title.clone(), t.body.due, t.body.due.is_some_and(|d| d < today), false));
    let mut all: Vec<ToDo> = tasks
        .chain(due)
        .map(|(title, on, late, now)| ToDo {
            title,
            on,
            day: on.map(|on| day(language, on)).unwrap_or_default(),
            late,
            since: now && !late,
        })
        .collect();
    all.sort_by_key(|t| (!t.late, t.on.unwrap_or(Date::MAX)));
    all
}

/// Conclusions that have a value, by heading; the reasons stand on the page of reasons.
fn concluded(view: &View) -> Vec<Said> {
    let has = |a: &&Answer| {
        a.status == "conflict"
            || a.status == "concluded"
            || (a.status == "undetermined" && (a.convention.is_some() || !a.maybe.is_empty()))
    };
    let one = |group: &nw_render::view::Group| Said {
        label: group.label.clone(),
        open: group.answers.iter().filter(|a| a.open()).count(),
        answers: group.answers.iter().filter(has).filter(|a| a.set != "option-status").cloned().collect(),
    };
    view.groups.iter().filter(|g| !g.detail).map(one).filter(|s| !s.answers.is_empty()).collect()
}

/// The drawing of the body, and the same in words.
pub(crate) fn sketched(
    app: &App,
    facts: &FactSet,
    language: Language,
) -> (Drawing, Vec<(&'static str, String)>) {
    let views = Views::shipped();
    let spread = views.spread(&app.guideline.vocabulary, facts);
    let named = |places: &[String]| places.iter().map(|p| views.place(p, language)).collect::<Vec<_>>();
    let mut words = Vec::new();
    if !spread.origin.is_empty() {
        words.push((say(language, Word::SketchOrigin), named(&spread.origin).join(", ")));
    }
    let mut went = named(&spread.spread);
    went.extend(
        spread
            .elsewhere
            .iter()
            .map(|(en, nl)| if language == Language::En { en.clone() } else { nl.clone() }),
    );
    if !went.is_empty() {
        words.push((say(language, Word::SketchSpread), went.join(", ")));
    }
    let marked = |origin: bool, list: &[String]| {
        list.iter()
            .map(|place| sketch::Marked { place: place.clone(), name: views.place(place, language), origin })
            .collect::<Vec<_>>()
    };
    let mut all = marked(true, &spread.origin);
    // A tumour that began where it also spread is named once.
    all.extend(marked(false, &spread.spread).into_iter().filter(|m| !spread.origin.contains(&m.place)));
    let said: Vec<String> = words.iter().map(|(what, places)| format!("{what} {places}")).collect();
    let title = match said.is_empty() {
        true => say(language, Word::SketchNothing).to_string(),
        false => capital(&said.join("; ")),
    };
    (sketch::draw(&all, &title), words)
}

/// Where the tumour lies, as recorded last: the id of the value, and its name.
pub(crate) fn site_of(app: &App, facts: &[Fact], language: Language) -> Option<(String, String)> {
    let vocabulary = &app.guideline.vocabulary;
    let fact = facts.iter().rev().find(|f| f.fact == SITE)?;
    let def = vocabulary.fact(vocabulary.find_fact(SITE)?);
    match def.choice(&fact.value) {
        Some(at) => Some((def.choices[at].id.clone(), def.choices[at].label.get(language).to_string())),
        None => Some((fact.value.clone(), fact.value.clone())),
    }
}

/// The record of a patient as it stands, with what the guideline says of it.
pub(crate) async fn assessed(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
) -> Result<(PatientPage, Arc<View>, usize), Problem> {
    let record = app.store.patient_page(&gate.about(patient), patient, AsOf::now()).await?;
    // Drawing conclusions takes longer than reading the record: it is done once for each revision.
    let case = case(app, &record.patient, &record.facts, gate.language).await?;
    Ok((record, Arc::clone(&case.view), case.unreadable))
}
