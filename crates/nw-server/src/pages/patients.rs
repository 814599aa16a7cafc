//! The worklist, and the beginning of a record.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use nw_facts::{Date, Language};
use nw_store::{
    AsOf, Entry, EntryId, Identity, Meeting, MeetingState, Patient, PatientFilter, PatientId, WorklistLine,
};
use serde::Deserialize;

use super::brief::{Brief, brief, known};
use super::{Frame, html};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Query;
use crate::words::{Word, day, say};

/// What is searched for.
#[derive(Deserialize, Default)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
    /// `due`, `overdue`, `meeting`, `missing`; everybody when it is empty.
    #[serde(default)]
    show: String,
    /// The id of a value of the primary site.
    #[serde(default)]
    site: String,
    #[serde(default)]
    after: String,
}

/// What a list can be narrowed to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    All,
    Due,
    Overdue,
    Meeting,
    Missing,
}

const SHOWN: [(Show, &str, Word); 5] = [
    (Show::All, "", Word::ShowAll),
    (Show::Overdue, "overdue", Word::ShowOverdue),
    (Show::Due, "due", Word::ShowDue),
    (Show::Meeting, "meeting", Word::ShowMeeting),
    (Show::Missing, "missing", Word::ShowMissing),
];

/// A link that narrows the list.
struct Choice {
    word: &'static str,
    label: &'static str,
    here: bool,
}

/// A patient in the list.
struct Line {
    patient: Patient,
    who: String,
    brief: Arc<Brief>,
    meeting: Option<(String, String)>,
    tasks: i64,
    /// What is to be done first: what, when, and how the day is meant when it is past.
    first: Option<(String, String, Option<Word>)>,
    /// How much more is due.
    more: usize,
}

#[derive(Template)]
#[template(path = "patients.html")]
struct ListPage {
    frame: Frame,
    q: String,
    show: &'static str,
    site: String,
    choices: Vec<Choice>,
    sites: Vec<(String, String)>,
    lines: Vec<Line>,
    next: Option<String>,
    /// The meeting to come, when there is one.
    meeting: Option<(String, String)>,
    may_add: bool,
    /// The list shows less than everybody.
    narrowed: bool,
    /// Some patients are still being worked out.
    unknown: bool,
}

/// How many patients a page of the list shows.
const SHOWN_AT_ONCE: usize = 50;
/// How many patients are looked through in one question to the record.
const READ_AT_ONCE: u32 = 200;
/// How long a list waits for what is not worked out yet.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(1500);
/// How many patients are assessed at once.
const AT_ONCE: usize = 8;
/// The fact that says where a tumour began.
pub(crate) const SITE: &str = "primary.site";
/// The fact that says the sex as the guideline means it.
pub(crate) const SEX: &str = "patient.sex";

/// The sex as registered, in words of the page when it is one the vocabulary knows.
pub(crate) fn sex(app: &App, identity: &Identity, language: Language) -> Option<String> {
    let registered = identity.sex.as_ref()?;
    let vocabulary = &app.guideline.vocabulary;
    let known = vocabulary.find_fact(SEX).map(|idx| vocabulary.fact(idx)).and_then(|def| {
        let choice = def.choice(registered)?;
        Some(def.choices[choice].label.get(language).to_string())
    });
    Some(known.unwrap_or_else(|| registered.clone()))
}

/// How old somebody is today.
pub(crate) fn age(born: Date, today: Date) -> i16 {
    let had = (today.month(), today.day()) >= (born.month(), born.day());
    today.year() - born.year() - i16::from(!had)
}

/// Sex, age and number on one line.
fn who(app: &App, identity: &Identity, language: Language) -> String {
    let age = identity.born.map(|born| format!("{} {}", age(born, app.today()), say(language, Word::Years)));
    let parts = [sex(app, identity, language), age, identity.number.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The worklist.
pub(crate) async fn list(
    State(app): State<App>,
    gate: Gate,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let language = gate.language;
    let (show, show_word, _) =
        SHOWN.into_iter().find(|(_, word, _)| *word == search.show).ok_or(Problem::NotFound)?;
    let sites = sites(&app, language);
    if !search.site.is_empty() && !sites.iter().any(|(id, _)| *id == search.site) {
        return Err(Problem::NotFound);
    }
    let meetings = app.store.meetings(&gate.context(), None, None).await?;
    let coming = coming(&meetings, app.now());
    let filter = PatientFilter {
        text: search.q.clone(),
        meeting: if show == Show::Meeting { coming.map(|m| m.id.clone()) } else { None },
        after: search.after.parse().ok(),
        ..PatientFilter::default()
    };
    let nobody = show == Show::Meeting && coming.is_none();
    let wanted = Wanted { show, site: &search.site, today: app.today() };
    let (found, next, unknown) =
        if nobody { (Vec::new(), None, false) } else { matching(&app, &gate, filter, &wanted).await? };
    let lines = found.into_iter().map(|(line, brief)| one(&app, line, brief, &meetings, language)).collect();
    let choice = |(of, word, label): (Show, &'static str, Word)| Choice {
        word,
        label: say(language, label),
        here: of == show,
    };
    html(&ListPage {
        frame: Frame::of(&app, &gate, say(language, Word::Patients)),
        narrowed: !(search.q.is_empty() && search.site.is_empty() && show_word.is_empty()),
        q: search.q,
        show: show_word,
        site: search.site,
        choices: SHOWN.into_iter().map(choice).collect(),
        sites,
        lines,
        next: next.map(|n| n.as_str().to_string()),
        meeting: coming.map(|m| (m.id.as_str().to_string(), day(language, held_on(m)))),
        may_add: crate::routes::may(gate.role(), "/patients"),
        unknown,
    })
}

/// Values of the primary site with their names, by name.
fn sites(app: &App, language: Language) -> Vec<(String, String)> {
    let vocabulary = &app.guideline.vocabulary;
    let Some(site) = vocabulary.find_fact(SITE) else { return Vec::new() };
    let choices = &vocabulary.fact(site).choices;
    let mut all: Vec<_> = choices.iter().map(|c| (c.id.clone(), c.label.get(language).to_string())).collect();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all
}

/// The day of a meeting, where the program runs.
pub(crate) fn held_on(meeting: &Entry<Meeting>) -> Date {
    meeting.body.starts_at.to_zoned(jiff::tz::TimeZone::system()).date()
}

/// The meeting to come.
pub(crate) fn coming(meetings: &[Entry<Meeting>], now: jiff::Timestamp) -> Option<&Entry<Meeting>> {
    // A meeting of today that has begun is still the one to come.
    let since = now.checked_sub(jiff::SignedDuration::from_hours(12)).unwrap_or(now);
    let ahead = |m: &&Entry<Meeting>| {
        matches!(m.body.state, MeetingState::Planned | MeetingState::Running) && m.body.starts_at >= since
    };
    meetings.iter().filter(ahead).min_by_key(|m| m.body.starts_at)
}

/// What is wanted beside what the record itself can tell.
struct Wanted<'w> {
    show: Show,
    site: &'w str,
    today: Date,
}

impl Wanted<'_> {
    fn narrow(&self) -> bool {
        !self.site.is_empty() || !matches!(self.show, Show::All | Show::Meeting)
    }

    fn holds(&self, line: &WorklistLine, brief: &Brief) -> bool {
        let shown = match self.show {
            Show::All | Show::Meeting => true,
            Show::Due => brief.is_due() || line.next_due.is_some_and(|d| d <= self.today),
            Show::Overdue => brief.is_overdue() || line.next_due.is_some_and(|d| d < self.today),
            Show::Missing => !brief.missing.is_empty(),
        };
        shown && (self.site.is_empty() || brief.site.as_deref() == Some(self.site))
    }
}

type Found = (Vec<(WorklistLine, Arc<Brief>)>, Option<PatientId>, bool);

/// One page of those who are wanted, the last of it when there are more, and whether some are not worked out yet.
async fn matching(
    app: &App,
    gate: &Gate,
    mut filter: PatientFilter,
    wanted: &Wanted<'_>,
) -> Result<Found, Problem> {
    let (mut found, mut unknown) = (Vec::new(), false);
    let page = u32::try_from(SHOWN_AT_ONCE).unwrap_or(READ_AT_ONCE);
    filter.most = Some(if wanted.narrow() { READ_AT_ONCE } else { page });
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let list = app.store.patients(&gate.context(), &filter).await?;
        for some in list.lines.chunks(AT_ONCE) {
            let asked = some.iter().map(|line| async move {
                let id = &line.patient.id;
                let work = brief(app, &line.patient, gate.language, move || async move {
                    app.store.facts_as_of(&gate.about(id), id, AsOf::now()).await
                });
                // Nobody waits long for a list: what is not known yet is said.
                match known(app, &line.patient, gate.language) {
                    Some(brief) => Ok(brief),
                    None if tokio::time::Instant::now() >= until => Ok(Arc::new(Brief::waiting())),
                    None => match tokio::time::timeout_at(until, work).await {
                        Ok(brief) => brief,
                        Err(_) => Ok(Arc::new(Brief::waiting())),
                    },
                }
            });
            let briefs = futures_util::future::try_join_all(asked).await?;
            for (line, brief) in some.iter().zip(briefs) {
                unknown |= brief.pending;
                if (brief.pending && wanted.narrow()) || !wanted.holds(line, &brief) {
                    continue;
                }
                if found.len() == SHOWN_AT_ONCE {
                    let last = found.last().map(|(l, _): &(WorklistLine, _)| l.patient.id.clone());
                    return Ok((found, last, unknown));
                }
                found.push((line.clone(), brief));
            }
        }
        match list.next {
            Some(next) if wanted.narrow() => filter.after = Some(next),
            next => return Ok((found, next, unknown)),
        }
    }
}

/// A line as the page shows it.
fn one(
    app: &App,
    line: WorklistLine,
    brief: Arc<Brief>,
    meetings: &[Entry<Meeting>],
    language: Language,
) -> Line {
    let today = app.today();
    let listed = |id: &EntryId| meetings.iter().find(|m| m.id == *id);
    let meeting = line.meeting.as_ref().and_then(listed);
    let task = line.next_due.map(|d| (say(language, Word::Task).to_string(), d, d < today, false));
    let due = brief
        .due
        .first()
        .and_then(|d| Some((d.title.clone(), d.day.parse::<Date>().ok()?, d.overdue, d.now)));
    let first = task.into_iter().chain(due).min_by_key(|(_, on, late, _)| (!late, *on));
    let meant = |late, now| match (late, now) {
        (true, _) => Some(Word::Overdue),
        (false, true) => Some(Word::DueSince),
        (false, false) => None,
    };
    let all = brief.due.len() + usize::try_from(line.open_tasks).unwrap_or_default();
    Line {
        who: who(app, &line.patient.identity, language),
        meeting: meeting.map(|m| (m.id.as_str().to_string(), day(language, held_on(m)))),
        tasks: line.open_tasks,
        more: all.saturating_sub(usize::from(first.is_some())),
        first: first.map(|(title, on, late, now)| (title, day(language, on), meant(late, now))),
        patient: line.patient,
        brief,
    }
}
