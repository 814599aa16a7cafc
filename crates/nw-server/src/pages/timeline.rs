//! One patient's course on a time axis: treatments, what happened, markers and lesions; drawn, and as a table.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Span;
use nw_engine::{Detail, Options, Outcome};
use nw_facts::{ConclusionIdx, Date, Evidence, FactDef, FactIdx, FactSet, Interval, Language, Seen};
use nw_store::{AsOf, Entry, Fact, Meeting, PatientId, PatientPage, fact_set};
use serde::Deserialize;

use super::course::contact_kind;
use super::patients::held_on;
use super::{Frame, html};
use crate::access::Gate;
use crate::app::App;
use crate::chart::Drawing;
use crate::chart::axis::days;
use crate::chart::timeline::{Bar, Course, Kind, Lane, Mark, Panel, Point, Row, draw};
use crate::error::Problem;
use crate::form::{Path, Query};
use crate::reason::{capital, pretty};
use crate::said::{self, dated};
use crate::views::{EventKind, Views};
use crate::words::{Word, day, month, say};

/// What part of the time is shown.
#[derive(Deserialize, Default)]
pub(crate) struct Shown {
    /// `6m`, `1y`, `2y`, `5y`, `all`: so long, up to the last day.
    #[serde(default)]
    span: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

const SPANS: [(&str, i32, Word); 5] = [
    ("6m", 6, Word::ZoomHalf),
    ("1y", 12, Word::ZoomOne),
    ("2y", 24, Word::ZoomTwo),
    ("5y", 60, Word::ZoomFive),
    ("all", 0, Word::ZoomAll),
];
/// The shortest time that is drawn.
const SHORTEST_DAYS: i32 = 28;
/// The longest: a life.
const LONGEST_DAYS: i32 = 130 * 366;

/// A line of the table.
struct Line {
    on: Date,
    day: String,
    what: String,
    value: String,
    origin: String,
}

/// A link to another part of the time.
struct Link {
    rel: &'static str,
    label: &'static str,
    sign: &'static str,
    from: Date,
    to: Date,
}

#[derive(Template)]
#[template(path = "timeline.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    drawing: Option<Drawing>,
    spans: Vec<(&'static str, &'static str, bool)>,
    links: Vec<Link>,
    shown: String,
    lines: Vec<Line>,
    undated: Vec<(String, String)>,
}

/// The page.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    let (language, today) = (gate.language, app.today());
    let record = app.store.patient_page(&gate.about(&patient), &patient, AsOf::now()).await?;
    let meetings = app.store.meetings(&gate.context(), None, None).await?;
    let (facts, _) = fact_set(&app.guideline.vocabulary, &record.facts, Some(today));
    let reader = Reader { app: &app, language, facts: &facts, record: &record };
    let rows = reader.rows(&meetings);
    let lanes = reader.lanes();
    let panels = reader.panels().await?;
    let days: Vec<Date> = all_days(&rows, &lanes, &panels).collect();
    let (from, to, span) = window(&shown, &days, today)?;
    let title = format!("{}: {}", record.patient.identity.name, say(language, Word::Timeline));
    let course = Course {
        from,
        to,
        today,
        title: title.clone(),
        description: say(language, Word::TimelineDescription).to_string(),
        today_word: say(language, Word::Today),
        rows,
        lanes,
        panels,
    };
    let lines = table(&course, language);
    let comma = language == Language::Nl;
    let drawing = (!days.is_empty()).then(|| draw(&course, |m| month(language, m), comma));
    html(&Page {
        frame: Frame::of(&app, &gate, title),
        id: patient.as_str().to_string(),
        name: record.patient.identity.name.clone(),
        drawing,
        spans: SPANS
            .into_iter()
            .map(|(word, _, label)| (word, say(language, label), span == Some(word)))
            .collect(),
        links: links(from, to, language),
        shown: format!("{} – {}", day(language, from), day(language, to)),
        lines,
        undated: reader.undated(),
    })
}

fn all_days<'d>(rows: &'d [Row], lanes: &'d [Lane], panels: &'d [Panel]) -> impl Iterator<Item = Date> + 'd {
    let marks = rows.iter().flat_map(|r| r.marks.iter().map(|m| m.day));
    let bars = lanes.iter().flat_map(|l| l.bars.iter().flat_map(|b| [Some(b.from), b.to]).flatten());
    let ticks = lanes.iter().flat_map(|l| l.days.iter().map(|m| m.day));
    let points = panels.iter().flat_map(|p| p.points.iter().map(|p| p.day));
    marks.chain(bars).chain(ticks).chain(points)
}

fn moved(day: Date, months: i32) -> Date {
    day.checked_add(Span::new().months(months)).unwrap_or(day)
}

fn later(day: Date, by: i32) -> Date {
    day.checked_add(Span::new().days(by)).unwrap_or(day)
}

/// The days to draw, and the span that was asked for.
fn window(
    shown: &Shown,
    days_of: &[Date],
    today: Date,
) -> Result<(Date, Date, Option<&'static str>), Problem> {
    let help = |field: &'static str| Problem::asks(field, Word::WriteDate);
    if !shown.from.is_empty() || !shown.to.is_empty() {
        let from: Date = shown.from.parse().map_err(|_| help("from"))?;
        let to: Date = shown.to.parse().map_err(|_| help("to"))?;
        if !(SHORTEST_DAYS..=LONGEST_DAYS).contains(&days(from, to)) {
            return Err(Problem::asks("to", Word::WriteSpan));
        }
        return Ok((from, to, None));
    }
    let first = days_of.iter().min().copied().unwrap_or(today).min(today);
    let last = days_of.iter().max().copied().unwrap_or(today).max(today);
    let asked = if shown.span.is_empty() { "all" } else { shown.span.as_str() };
    let (word, months, _) = SPANS.into_iter().find(|(w, ..)| *w == asked).ok_or(Problem::NotFound)?;
    // A little room at both ends, so that the first and the last mark are whole.
    let room = |from: Date, to: Date| (days(from, to) / 40).max(5);
    let from = if months == 0 { first } else { moved(last, -months) };
    let room = room(from, last);
    let from = if months == 0 { later(from, -room) } else { from };
    let to = later(last, room);
    Ok((if days(from, to) < SHORTEST_DAYS { later(to, -SHORTEST_DAYS * 3) } else { from }, to, Some(word)))
}

/// Closer, further away, back and on.
fn links(from: Date, to: Date, language: Language) -> Vec<Link> {
    let long = days(from, to);
    let link = |rel, label, sign, from, to| Link { rel, label: say(language, label), sign, from, to };
    let mut links =
        vec![link("earlier", Word::EarlierDays, "←", later(from, -long / 2), later(to, -long / 2))];
    if long / 2 >= SHORTEST_DAYS {
        links.push(link("in", Word::ZoomIn, "+", later(from, long / 4), later(to, -long / 4)));
    }
    if long * 2 <= LONGEST_DAYS {
        links.push(link("out", Word::ZoomOut, "−", later(from, -long / 2), later(to, long / 2)));
    }
    links.push(link("later", Word::LaterDays, "→", later(from, long / 2), later(to, long / 2)));
    links
}

/// The only number that a range allows, as a position on an axis; a range open to one side stands at its end.
fn number(ranges: &[Interval]) -> Option<f64> {
    let [range] = ranges else { return None };
    let (low, high) = (range.low.map(|b| b.at), range.high.map(|b| b.at));
    let at = match (low, high) {
        (Some(low), Some(high)) => (low + high) / nw_facts::Decimal::from(2),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return None,
    };
    // The drawing needs a position, no exact number; what is exact stands beside it as text.
    at.to_string().parse().ok()
}

struct Reader<'r> {
    app: &'r App,
    language: Language,
    facts: &'r FactSet,
    record: &'r PatientPage,
}

impl Reader<'_> {
    fn def(&self, id: &str) -> Option<(FactIdx, &FactDef)> {
        let vocabulary = &self.app.guideline.vocabulary;
        let idx = vocabulary.find_fact(id)?;
        Some((idx, vocabulary.fact(idx)))
    }

    /// Statements about a fact in the order of their days.
    fn dated(&self, id: &str) -> Vec<(Date, &Fact)> {
        let mut all: Vec<(Date, &Fact)> =
            self.record.facts.iter().filter(|f| f.fact == id).filter_map(|f| Some((dated(f)?, f))).collect();
        all.sort_by_key(|(on, _)| *on);
        all
    }

    fn named(&self, id: &str) -> String {
        self.def(id).map_or_else(|| id.to_string(), |(_, def)| capital(def.label.get(self.language)))
    }

    fn titled(&self, on: Date, text: &str, origin: &str) -> String {
        let origin = if origin.is_empty() { String::new() } else { format!(" ({origin})") };
        format!("{}: {text}{origin}", day(self.language, on))
    }

    fn mark(&self, on: Date, text: &str, origin: &str) -> Mark {
        Mark {
            day: on,
            text: text.to_string(),
            origin: origin.to_string(),
            title: self.titled(on, text, origin),
        }
    }

    fn rows(&self, meetings: &[Entry<Meeting>]) -> Vec<Row> {
        let language = self.language;
        let of_facts = |kind: EventKind| {
            let events = Views::shipped().event.iter().filter(|e| e.kind == kind);
            let marks = events.flat_map(|e| {
                let all = self.dated(&e.fact).into_iter();
                all.map(|(on, fact)| self.mark(on, &capital(e.name(language)), &fact.origin.label))
            });
            marks.collect::<Vec<_>>()
        };
        let decisions = self.record.decisions.iter().map(|d| self.mark(d.body.decided_on, &d.body.text, ""));
        let held = self.record.agenda.iter().filter_map(|item| {
            let meeting = meetings.iter().find(|m| m.id == item.body.meeting)?;
            let text = format!("{}. {}", meeting.body.title, item.body.question);
            Some(self.mark(held_on(meeting), &text, ""))
        });
        let contacts = self.record.contacts.iter().map(|c| {
            let on = c.body.at.to_zoned(jiff::tz::TimeZone::system()).date();
            self.mark(on, &format!("{}, {}", contact_kind(language, c.body.kind), c.body.with), "")
        });
        let handed = self.record.handovers.iter().map(|h| {
            let on = h.recorded_at.to_zoned(jiff::tz::TimeZone::system()).date();
            self.mark(on, &format!("{}: {}", say(language, Word::HandedOver), h.body.title), "")
        });
        let row = |kind, name, mut marks: Vec<Mark>| {
            marks.sort();
            Row { name: say(language, name).to_string(), kind, marks }
        };
        let rows = [
            row(Kind::Course, Word::RowCourse, of_facts(EventKind::Course)),
            row(Kind::Imaging, Word::RowImaging, of_facts(EventKind::Imaging)),
            row(Kind::Procedure, Word::RowProcedure, of_facts(EventKind::Procedure)),
            row(Kind::Meeting, Word::RowMeetings, held.collect()),
            row(Kind::Decision, Word::RowDecisions, decisions.collect()),
            row(Kind::Contact, Word::RowContacts, contacts.collect()),
            row(Kind::Contact, Word::Information, handed.collect()),
        ];
        rows.into_iter().filter(|r| !r.marks.is_empty()).collect()
    }

    fn lanes(&self) -> Vec<Lane> {
        let language = self.language;
        let lane = |t: &crate::views::Treatment| {
            let (_, def) = self.def(&t.fact)?;
            let name = self.named(&t.fact);
            let mut bars: Vec<Bar> = Vec::new();
            let mut running = false;
            for (on, fact) in self.dated(&t.fact) {
                let Some(choice) = def.choice(&fact.value).map(|c| &def.choices[c]) else { continue };
                let title =
                    self.titled(on, &format!("{name}: {}", choice.label.get(language)), &fact.origin.label);
                let origin = fact.origin.label.clone();
                let given = t.given.contains(&choice.id);
                // What follows ends what went on, and what was only planned.
                if let Some(last) = bars.last_mut().filter(|b| b.to.is_none() && !(given && running)) {
                    last.to = Some(on);
                    let end = format!("; {} {}", say(language, Word::Ends), day(language, on));
                    last.title.push_str(if last.planned { "" } else { &end });
                }
                if given && !running {
                    bars.push(Bar { from: on, to: None, planned: false, origin, title });
                } else if t.planned.contains(&choice.id) {
                    bars.push(Bar { from: on, to: None, planned: true, origin, title });
                }
                running = given;
            }
            if let Some(on) = bars.last_mut().filter(|b| b.to.is_none() && !b.planned) {
                on.title.push_str(&format!("; {}", say(language, Word::GoesOn)));
            }
            let ticks = t.days.iter().flat_map(|d| {
                let all = self.dated(&d.fact).into_iter();
                all.map(|(on, fact)| self.mark(on, &capital(d.name(language)), &fact.origin.label))
            });
            let lane = Lane { name, bars, days: ticks.collect() };
            (!lane.bars.is_empty() || !lane.days.is_empty()).then_some(lane)
        };
        Views::shipped().treatment.iter().filter_map(lane).collect()
    }

    /// Numbers of one fact that have a day and a place on an axis.
    fn points(&self, id: &str) -> Vec<Point> {
        let Some((idx, _)) = self.def(id) else { return Vec::new() };
        let vocabulary = &self.app.guideline.vocabulary;
        let name = self.named(id);
        let one = |(on, fact): (Date, &Fact)| {
            let read = nw_facts::read(vocabulary, idx, &fact.value).ok()?;
            let evidence = read.into_iter().find(|(target, _)| *target == idx)?.1;
            let Evidence::Numbers(ranges) = evidence else { return None };
            let text = said::value(vocabulary, fact, self.language);
            Some(Point {
                day: on,
                number: number(&ranges)?,
                title: self.titled(on, &format!("{name} {text}"), &fact.origin.label),
                origin: fact.origin.label.clone(),
                text,
                badge: None,
            })
        };
        self.dated(id).into_iter().filter_map(one).collect()
    }

    /// The upper limit that the record holds, with its text.
    fn limit(&self, id: &str) -> Option<(f64, String)> {
        let (idx, _) = self.def(id)?;
        let held = self.facts.about(idx).last()?;
        let Evidence::Numbers(ranges) = &held.evidence else { return None };
        let text = said::evidence_text(self.def(id)?.1, &held.evidence, &held.text, self.language);
        Some((number(ranges)?, format!("{} {text}", say(self.language, Word::UpperLimit))))
    }

    async fn panels(&self) -> Result<Vec<Panel>, Problem> {
        let (views, language) = (Views::shipped(), self.language);
        let unit = |id: &str| {
            let unit = self.def(id).and_then(|(_, def)| def.unit.as_deref());
            unit.map(pretty).unwrap_or_default()
        };
        let mut panels = Vec::new();
        for lesion in &views.lesion {
            let mut points = self.points(&lesion.fact);
            if points.is_empty() {
                continue;
            }
            let said = match &lesion.response {
                Some(response) => self.responses(response, &points).await?,
                None => Vec::new(),
            };
            for (point, said) in points.iter_mut().zip(said) {
                if let Some((code, label)) = said {
                    point.title.push_str(&format!(" – {label}"));
                    point.badge = Some(code);
                }
            }
            let (name, unit) = (self.named(&lesion.fact), unit(&lesion.fact));
            panels.push(Panel { name, unit, log: false, limit: None, points });
        }
        for marker in &views.marker {
            let points = self.points(&marker.fact);
            if points.is_empty() {
                continue;
            }
            let unit = format!("{} · {}", unit(&marker.fact), say(language, Word::LogAxis));
            let limit = marker.limit.as_ref().and_then(|l| self.limit(l));
            panels.push(Panel { name: self.named(&marker.fact), unit, log: true, limit, points });
        }
        Ok(panels)
    }

    /// What a conclusion said on the day of each number: its code and its name.
    async fn responses(&self, id: &str, points: &[Point]) -> Result<Vec<Option<(String, String)>>, Problem> {
        let vocabulary = &self.app.guideline.vocabulary;
        let Some(conclusion) = vocabulary.find_conclusion(id) else { return Ok(Vec::new()) };
        let days: Vec<Date> = points.iter().map(|p| p.day).collect();
        let facts = self.facts.clone();
        let work = move |engine: &mut nw_engine::Engine<'static>| {
            days.iter().map(|on| on_day(engine, &facts, conclusion, *on)).collect::<Vec<_>>()
        };
        let found = self.app.desk.with(work).await.ok_or(Problem::Fault)?;
        let def = vocabulary.conclusion(conclusion);
        let said = |value: usize| {
            let value = def.values.get(value)?;
            Some((value.id.clone(), value.label.get(self.language).to_string()))
        };
        Ok(found.into_iter().map(|v| v.and_then(said)).collect())
    }

    /// Treatments and numbers that would be drawn if they had a day.
    fn undated(&self) -> Vec<(String, String)> {
        let views = Views::shipped();
        let treatments = views.treatment.iter().map(|t| &t.fact);
        let numbers = views.lesion.iter().map(|l| &l.fact).chain(views.marker.iter().map(|m| &m.fact));
        let vocabulary = &self.app.guideline.vocabulary;
        let without = |id: &String| {
            let facts = self.record.facts.iter().filter(move |f| f.fact == *id && dated(f).is_none());
            facts.map(|f| (self.named(id), said::value(vocabulary, f, self.language))).collect::<Vec<_>>()
        };
        treatments.chain(numbers).flat_map(without).collect()
    }
}

/// What a conclusion said on a day, with what was true by then.
fn on_day(
    engine: &mut nw_engine::Engine<'static>,
    facts: &FactSet,
    conclusion: ConclusionIdx,
    on: Date,
) -> Option<usize> {
    let then = facts.seen(Seen { as_of: Some(on), known_by: None });
    let options = Options { detail: Detail::Sets, only: Some(vec![conclusion]), ..Options::default() };
    match engine.conclude(&then, &options).get(conclusion)?.outcome {
        Outcome::Concluded(value) => Some(value),
        _ => None,
    }
}

/// Everything that is drawn, as a table, the latest first.
fn table(course: &Course, language: Language) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |on: Date, what: &str, value: &str, origin: &str| {
        if course.from <= on && on <= course.to {
            lines.push(Line {
                on,
                day: day(language, on),
                what: what.to_string(),
                value: value.to_string(),
                origin: origin.to_string(),
            });
        }
    };
    for row in &course.rows {
        row.marks.iter().for_each(|m| add(m.day, &row.name, &m.text, &m.origin));
    }
    for lane in &course.lanes {
        for bar in &lane.bars {
            let begins = if bar.planned { Word::StatePlanned } else { Word::Begins };
            add(bar.from, &lane.name, say(language, begins), &bar.origin);
            if let Some(to) = bar.to.filter(|_| !bar.planned) {
                add(to, &lane.name, say(language, Word::Ends), "");
            }
        }
        lane.days.iter().for_each(|m| add(m.day, &lane.name, &m.text, &m.origin));
    }
    for panel in &course.panels {
        for point in &panel.points {
            let badge = point.badge.as_ref().map_or_else(String::new, |b| format!(" – {b}"));
            add(point.day, &panel.name, &format!("{}{badge}", point.text), &point.origin);
        }
    }
    lines.sort_by(|a, b| b.on.cmp(&a.on).then_with(|| a.what.cmp(&b.what)));
    lines
}
