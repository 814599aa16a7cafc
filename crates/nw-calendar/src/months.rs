//! Month sheets: a calendar as weeks of seven days, in no form yet.

use nw_facts::{Date, Text};
use nw_leaflet::Stands;

use crate::calendar::{Calendar, Entry, State};
use crate::days::{date, number};
use crate::settings::Settings;
use crate::words::{month, weekday};

/// A day of a month sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthDay {
    /// The day.
    pub date: Date,
    /// Why the centre is closed on it, when that is no day of every week.
    pub closed: Option<Text>,
    /// What stands on it.
    pub entries: Vec<OnDay>,
}

/// An appointment on one of its days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnDay {
    /// Its id.
    pub id: String,
    /// What it is.
    pub title: Text,
    /// It only goes on from an earlier day.
    pub goes_on: bool,
    /// It has been done.
    pub done: bool,
}

impl OnDay {
    /// How it stands on a sheet of paper.
    pub(crate) fn stands(&self) -> Stands {
        match (self.done, self.goes_on) {
            (true, _) => Stands::Done,
            (false, true) => Stands::GoesOn,
            (false, false) => Stands::Planned,
        }
    }
}

/// One month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    /// Its first day.
    pub first: Date,
    /// Month and year.
    pub title: Text,
    /// Monday to Sunday.
    pub weekdays: Vec<Text>,
    /// Seven days each; nothing for days of other months.
    pub weeks: Vec<Vec<Option<MonthDay>>>,
}

/// The months from the first to the last appointment that is not cancelled.
pub fn months(calendar: &Calendar, settings: &Settings) -> Vec<Month> {
    let shown: Vec<&Entry> = calendar.entries.iter().filter(|e| e.state != State::Cancelled).collect();
    let planned = || shown.iter().filter(|e| e.state == State::Planned);
    let Some(begin) = planned().map(|e| e.date).min() else { return Vec::new() };
    let end = planned().map(|e| number(e.date) + e.days - 1).max().unwrap_or_default();
    let mut all = Vec::new();
    let mut first = begin.first_of_month();
    while number(first) <= end {
        all.push(sheet(first, &shown, settings));
        let Ok(next) = first.checked_add(jiff::Span::new().months(1)) else { break };
        first = next;
    }
    all
}

fn sheet(first: Date, shown: &[&Entry], settings: &Settings) -> Month {
    let name = month(first.month());
    let title = Text::new(format!("{} {}", name.en, first.year()), format!("{} {}", name.nl, first.year()));
    let blank = i32::from(first.weekday().to_monday_zero_offset());
    let last = number(first.last_of_month());
    let mut weeks = Vec::new();
    let mut day = number(first) - blank;
    while day <= last {
        let week = (day..day + 7).map(|n| {
            let on = date(n);
            (on.month() == first.month()).then(|| on_day(on, shown, settings))
        });
        weeks.push(week.collect());
        day += 7;
    }
    let monday = number(first) - blank;
    let weekdays = (monday..monday + 7).map(|n| weekday(date(n).weekday())).collect();
    Month { first, title, weekdays, weeks }
}

fn on_day(day: Date, shown: &[&Entry], settings: &Settings) -> MonthDay {
    let at = number(day);
    let here = |e: &&&Entry| (number(e.date)..number(e.date) + e.days).contains(&at);
    let on_day = |e: &&Entry| OnDay {
        id: e.id.clone(),
        title: e.title.clone(),
        goes_on: e.date != day,
        done: e.state == State::Done,
    };
    let entries = shown.iter().filter(here).map(on_day).collect();
    let weekly = settings.closed_weekdays.contains(&day.weekday());
    let closed = settings.closed_because(day).filter(|why| !weekly || *why != weekday(day.weekday()));
    MonthDay { date: day, closed, entries }
}
