//! The calendar of a patient: planned by the schedules that hold, moved, refused with the rule, saved as a new version.
//!
//! What is saved is worked out here once more from the record and the moves, and looked at rule by rule before it is
//! written: a form cannot bring a calendar, only wishes.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use nw_calendar::{
    Calendar, Method, Move, Refused, Request, Schedules, Settings, State as Standing, Timing, asked, broken,
    from_json, ics, months, paper, plan, shift, to_json, wishes,
};
use nw_engine::Options;
use nw_facts::{Date, Language, Text};
use nw_leaflet::Print;
use nw_store::{AsOf, Context, EntryId, PatientId, PatientPage, Revision, SavedCalendar, Version, fact_set};
use serde::Deserialize;

use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path, Query};
use crate::leaflets::print_of;
use crate::words::{Word, both, day, say};

/// How the page is looked at.
#[derive(Deserialize, Default)]
pub(crate) struct Look {
    /// `months` for sheets, otherwise the list.
    #[serde(default)]
    view: String,
}

/// An appointment as the page shows it.
struct Line {
    id: String,
    on: String,
    day: String,
    last: Option<String>,
    title: String,
    tell: String,
    who: String,
    notes: Vec<String>,
    planned: bool,
    by_hand: bool,
    mark: String,
}

/// A day of a month sheet.
struct Cell {
    number: i8,
    on: String,
    closed: Option<String>,
    entries: Vec<(String, String, bool)>,
}

/// A month sheet.
struct Sheet {
    id: String,
    title: String,
    weekdays: Vec<String>,
    weeks: Vec<Vec<Option<Cell>>>,
}

/// What is proposed in the place of what is saved.
struct Proposal {
    shifts: Vec<String>,
    moves: Vec<(String, String)>,
    plans: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "calendar.html")]
struct Page {
    frame: Frame,
    mark: String,
    id: String,
    name: String,
    as_months: bool,
    saved: Option<String>,
    version: i64,
    entry: String,
    revision: i64,
    lines: Vec<Line>,
    sheets: Vec<Sheet>,
    proposal: Option<Proposal>,
    refused: Option<String>,
    held: Vec<(String, String, String)>,
    open: Vec<(String, String)>,
    schedules: Vec<(String, String)>,
    today: String,
    planning: bool,
}

/// The calendar that was saved last.
struct Saved {
    id: EntryId,
    version: Version,
    by: String,
    at: Date,
    calendar: Calendar,
}

/// What somebody asks for beside what holds.
#[derive(Default)]
struct Wanted {
    moves: Vec<Move>,
    plans: Vec<(String, Date)>,
}

/// Everything that a page of the calendar rests on.
struct Desk {
    record: PatientPage,
    saved: Option<Saved>,
    request: Request,
    outcome: Result<Calendar, Refused>,
}

fn loaded(app: &App) -> Result<&(Schedules, Settings), Problem> {
    app.calendar.get().ok_or(Problem::NotFound)
}

/// The saved calendar, and what the schedules and wishes make of it today.
async fn worked_out(app: &App, gate: &Gate, patient: &PatientId, wanted: &Wanted) -> Result<Desk, Problem> {
    let record = app.store.patient_page(&gate.about(patient), patient, AsOf::now()).await?;
    laid_out(app, record, wanted).await
}

/// The same from a record that was read.
async fn laid_out(app: &App, record: PatientPage, wanted: &Wanted) -> Result<Desk, Problem> {
    let (schedules, settings) = loaded(app)?;
    let saved = match record.calendars.first() {
        None => None,
        Some(entry) => {
            let (calendar, _) = from_json(&entry.body.calendar).map_err(|_| {
                tracing::error!("a saved calendar cannot be read");
                Problem::Fault
            })?;
            Some(Saved {
                id: entry.id.clone(),
                version: entry.version,
                by: entry.recorded_name.clone(),
                at: entry.recorded_at.to_zoned(jiff::tz::TimeZone::system()).date(),
                calendar,
            })
        }
    };
    let today = app.today();
    let guideline = app.guideline;
    let (facts, _) = fact_set(&guideline.vocabulary, &record.facts, Some(today));
    let options = Options { only: Some(asked(schedules, guideline)), ..Options::default() };
    let set = facts.clone();
    let drawn = app.desk.with(move |engine| engine.conclude(&set, &options)).await.ok_or(Problem::Fault)?;
    let mut by_name = wanted.plans.clone();
    if let Some(saved) = &saved {
        by_name.extend(
            saved.calendar.asked.iter().filter(|(id, _)| !wanted.plans.iter().any(|(p, _)| p == id)).cloned(),
        );
    }
    let key = record.patient.id.as_str().to_string();
    let request = wishes(schedules, guideline, (&facts, &drawn), (today, today), &by_name, &key);
    let before = saved.as_ref().map(|s| &s.calendar);
    let outcome = match (before, wanted.moves.is_empty()) {
        (None, false) => plan(schedules, &request, settings, None)
            .and_then(|first| shift(schedules, &request, settings, Some(&first), &wanted.moves)),
        (before, _) => shift(schedules, &request, settings, before, &wanted.moves),
    };
    Ok(Desk { record, saved, request, outcome })
}

/// The page.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    Query(look): Query<Look>,
) -> Result<Response, Problem> {
    let wanted = Wanted::default();
    let desk = worked_out(&app, &gate, &patient, &wanted).await?;
    shown(&app, &gate, &patient, &desk, &wanted, look.view == "months")
}

/// What follows from a move, or from a schedule that is asked for; nothing is saved.
pub(crate) async fn attempt(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let wanted = wanted(&app, &fields)?;
    let desk = worked_out(&app, &gate, &patient, &wanted).await?;
    shown(&app, &gate, &patient, &desk, &wanted, fields.one("view") == "months")
}

/// Saves what was proposed, as it follows from the record now.
pub(crate) async fn save(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let wanted = wanted(&app, &fields)?;
    let revision = Revision(fields.parsed("revision", Word::ReloadPage)?);
    let version: i64 = fields.parsed("version", Word::ReloadPage)?;
    let entry = fields.filled("entry").map(|id| id.parse::<EntryId>()).transpose()?;
    let earlier = entry.map(|id| (id, Version(version)));
    let desk = worked_out(&app, &gate, &patient, &wanted).await?;
    let calendar = match &desk.outcome {
        Ok(calendar) => calendar,
        Err(_) => return shown(&app, &gate, &patient, &desk, &wanted, false),
    };
    let (schedules, settings) = loaded(&app)?;
    if !broken(schedules, &desk.request, settings, calendar).is_empty() {
        tracing::error!("a calendar that breaks a rule was not saved");
        return Err(Problem::Fault);
    }
    let note = both(Word::NotADevice);
    let text = to_json(calendar, "", &note);
    let saved = SavedCalendar { calendar: text, from: calendar.from };
    app.store.save_calendar(&gate.about(&patient), &patient, revision, earlier, &saved).await?;
    Ok(to(&format!("/patients/{}/calendar", patient.as_str())))
}

/// Saves the first calendar of a patient whose treatment has one, for the demonstration; whether there was one to save.
pub(crate) async fn save_first(app: &App, context: &Context, patient: &PatientId) -> Result<bool, Problem> {
    let (schedules, settings) = loaded(app)?;
    let record = app.store.patient_page(context, patient, AsOf::now()).await?;
    let desk = laid_out(app, record, &Wanted::default()).await?;
    let Ok(calendar) = &desk.outcome else { return Ok(false) };
    // Who only has check-ups keeps a proposal, so that both can be seen.
    let comes_back =
        |s: &nw_calendar::Schedule| s.events.iter().any(|e| matches!(e.timing, Timing::Every(_)));
    let treated = desk.request.held.iter().any(|h| schedules.find(&h.schedule).is_some_and(comes_back));
    let planned = calendar.entries.iter().any(|e| e.state == Standing::Planned);
    if desk.saved.is_some() || !treated || !planned {
        return Ok(false);
    }
    if !broken(schedules, &desk.request, settings, calendar).is_empty() {
        tracing::error!("a calendar that breaks a rule was not saved");
        return Err(Problem::Fault);
    }
    let text = to_json(calendar, "", &both(Word::NotADevice));
    let saved = SavedCalendar { calendar: text, from: calendar.from };
    app.store.save_calendar(context, patient, desk.record.patient.revision, None, &saved).await?;
    Ok(true)
}

/// Moves and schedules of a form: `move:EVENT` with a day, `plan:SCHEDULE` with a day, and one of each by name.
fn wanted(app: &App, fields: &Fields) -> Result<Wanted, Problem> {
    let (schedules, _) = loaded(app)?;
    let mut wanted = Wanted::default();
    let read =
        |field: &str, text: &str| text.parse::<Date>().map_err(|_| Problem::asks(field, Word::WriteDate));
    for (id, to) in fields.with("move:") {
        if !to.is_empty() {
            wanted.moves.push(Move { id: id.to_string(), to: read(id, to)? });
        }
    }
    let named = fields.filled("schedule").zip(fields.filled("from"));
    let plans = fields.with("plan:").map(|(id, from)| (id.to_string(), from.to_string())).chain(named);
    for (id, from) in plans {
        if schedules.find(&id).is_none() {
            return Err(Problem::asks("schedule", Word::ChooseFromForm));
        }
        let from = read("from", &from)?;
        wanted.plans.push((id, from));
    }
    Ok(wanted)
}

fn shown(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
    desk: &Desk,
    wanted: &Wanted,
    as_months: bool,
) -> Result<Response, Problem> {
    let language = gate.language;
    let (schedules, settings) = loaded(app)?;
    let name = desk.record.patient.identity.name.clone();
    let saved = desk.saved.as_ref();
    let fresh = desk.outcome.as_ref().ok();
    let changes = fresh.is_some_and(|f| saved.is_none_or(|s| !s.calendar.entries.iter().eq(&f.entries)));
    let calendar = fresh.or(saved.map(|s| &s.calendar));
    let proposal = fresh.filter(|_| changes).map(|fresh| Proposal {
        shifts: fresh.shifts.iter().map(|s| s.because.get(language).to_string()).collect(),
        moves: wanted.moves.iter().map(|m| (m.id.clone(), m.to.to_string())).collect(),
        plans: wanted.plans.iter().map(|(id, from)| (id.clone(), from.to_string())).collect(),
    });
    let refused = desk.outcome.as_ref().err().map(|r| r.because.get(language).to_string());
    let page = Page {
        mark: gate.mark(),
        id: patient.as_str().to_string(),
        as_months,
        saved: saved.map(|s| format!("{} · {}", day(language, s.at), s.by)),
        version: saved.map_or(0, |s| s.version.0),
        entry: saved.map_or(String::new(), |s| s.id.as_str().to_string()),
        revision: desk.record.patient.revision.0,
        lines: calendar.map(|c| lines(app, c, language)).unwrap_or_default(),
        sheets: calendar.filter(|_| as_months).map(|c| sheets(c, settings, language)).unwrap_or_default(),
        proposal,
        held: desk
            .request
            .held
            .iter()
            .map(|h| {
                let said = |t: &Text| t.get(language).to_string();
                (said(&h.title), said(&h.because), resting(app, &h.mark, &h.sources, language))
            })
            .collect(),
        open: desk
            .request
            .open
            .iter()
            .map(|o| (o.title.get(language).to_string(), o.because.get(language).to_string()))
            .collect(),
        schedules: schedules
            .list
            .iter()
            .filter(|s| !desk.request.wishes.iter().any(|w| w.schedule == s.id))
            .map(|s| (s.id.clone(), s.title.get(language).to_string()))
            .collect(),
        today: app.today().to_string(),
        planning: crate::routes::may(gate.role(), "/patients/{patient}/calendar"),
        frame: Frame::of(app, gate, format!("{name}: {}", say(language, Word::Calendar))),
        name,
        refused,
    };
    let status = if page.refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut response = html(&page)?;
    *response.status_mut() = status;
    Ok(response)
}

/// What a schedule rests on, in words: its sources by title, and how sure they are.
fn resting(app: &App, mark: &str, sources: &[String], language: Language) -> String {
    let title = |key: &String| {
        let source = app.guideline.sources.iter().find(|s| s.key == *key);
        source.map_or_else(|| key.clone(), |s| s.title.get(language).to_string())
    };
    let titles: Vec<String> = sources.iter().map(title).collect();
    let word = match mark {
        "V" => Word::MarkVerified,
        "GK" => Word::MarkGeneral,
        _ => Word::MarkDesign,
    };
    format!("{} · {}", titles.join("; "), say(language, word))
}

fn lines(app: &App, calendar: &Calendar, language: Language) -> Vec<Line> {
    let shown = calendar.entries.iter().filter(|e| e.state != Standing::Cancelled);
    let line = |e: &nw_calendar::Entry| {
        let last =
            jiff::Span::new().try_days(i64::from(e.days) - 1).ok().and_then(|s| e.date.checked_add(s).ok());
        Line {
            id: e.id.clone(),
            on: e.date.to_string(),
            day: day(language, e.date),
            last: last.filter(|l| *l != e.date).map(|l| day(language, l)),
            title: e.title.get(language).to_string(),
            tell: e.tell.get(language).to_string(),
            who: crate::words::holder(language, e.who).to_string(),
            notes: e.notes().map(|n| n.get(language).to_string()).collect(),
            planned: e.state == Standing::Planned,
            by_hand: e.by_hand,
            mark: resting(app, &e.mark, &e.sources, language),
        }
    };
    shown.map(line).collect()
}

fn sheets(calendar: &Calendar, settings: &Settings, language: Language) -> Vec<Sheet> {
    let cell = |d: nw_calendar::MonthDay| Cell {
        number: d.date.day(),
        on: d.date.to_string(),
        closed: d.closed.map(|c| c.get(language).to_string()),
        entries: d
            .entries
            .into_iter()
            .map(|e| (e.id, e.title.get(language).to_string(), e.goes_on || e.done))
            .collect(),
    };
    let sheet = |m: nw_calendar::Month| Sheet {
        id: format!("m{}-{}", m.first.year(), m.first.month()),
        title: m.title.get(language).to_string(),
        weekdays: m.weekdays.iter().map(|d| d.get(language).to_string()).collect(),
        weeks: m.weeks.into_iter().map(|w| w.into_iter().map(|d| d.map(cell)).collect()).collect(),
    };
    months(calendar, settings).into_iter().map(sheet).collect()
}

async fn last_saved(app: &App, gate: &Gate, patient: &PatientId) -> Result<(PatientPage, Calendar), Problem> {
    let record = app.store.patient_page(&gate.about(patient), patient, AsOf::now()).await?;
    let text = record.calendars.first().map(|e| e.body.calendar.clone()).ok_or(Problem::NotFound)?;
    let (calendar, _) = from_json(&text).map_err(|_| Problem::Fault)?;
    Ok((record, calendar))
}

/// The language in which the patient reads; that of the page when nobody said.
fn reads(record: &PatientPage, gate: &Gate) -> Language {
    match record.patient.identity.language.as_deref() {
        Some("nl") => Language::Nl,
        Some("en") => Language::En,
        _ => gate.language,
    }
}

/// The saved calendar for an agenda. The name of the file tells nothing of a patient.
pub(crate) async fn agenda(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    let (_, settings) = loaded(&app)?;
    let (record, calendar) = last_saved(&app, &gate, &patient).await?;
    let language = reads(&record, &gate);
    let (id, edition, _) = &calendar.guideline;
    let note = format!("{id} {edition}. {}", say(language, Word::NotADevice));
    let file =
        ics(&calendar, settings, Method::Publish, (say(language, Word::YourCalendar), &note), language);
    let kind = (header::CONTENT_TYPE, "text/calendar; charset=utf-8");
    let name = (header::CONTENT_DISPOSITION, "attachment; filename=\"calendar.ics\"");
    Ok(([kind, name], file).into_response())
}

/// How large the letters on paper are.
#[derive(Deserialize, Default)]
pub(crate) struct Size {
    /// `large`, otherwise the usual ones.
    #[serde(default)]
    print: String,
}

/// The saved calendar on paper, in the language of the patient.
pub(crate) async fn printed(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    Query(size): Query<Size>,
) -> Result<Response, Problem> {
    let print = match size.print.as_str() {
        "" => Print::Normal,
        word => print_of(word).ok_or_else(|| Problem::bad("print", "normal, large"))?,
    };
    let (_, settings) = loaded(&app)?;
    let (record, calendar) = last_saved(&app, &gate, &patient).await?;
    let language = reads(&record, &gate);
    let frame = Frame::plain(&app, language, "");
    let mut footer = nw_render::letter::footer(app.guideline, language, frame.demo);
    footer.push(say(language, Word::CalendarUnconfirmed).to_string());
    let author =
        if frame.organisation.is_empty() { "netwijzer".to_string() } else { frame.organisation.clone() };
    let title = format!("{}: {}", say(language, Word::YourCalendar), record.patient.identity.name);
    super::papers::sent(
        &app,
        paper(&calendar, settings, (&title, &author), footer, (language, print)),
        "calendar",
    )
    .await
}
