//! The settings of a centre: when it is closed, how far ahead it plans, and where its own days differ.

use std::collections::BTreeSet;

use jiff::civil::Weekday;
use nw_facts::{Date, Text, nearest};
use serde::Deserialize;

use crate::days::{date, number};
use crate::holidays::{holidays, ids};

/// Who sends invitations.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organiser {
    /// Name.
    pub name: String,
    /// Address for `mailto:`.
    pub email: String,
}

/// A window of a schedule as a centre has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    pub event: String,
    pub earliest: Option<i32>,
    pub from: Option<i32>,
    pub wanted: i32,
    pub to: Option<i32>,
    pub latest: Option<i32>,
    pub days: Option<i32>,
}

/// When a centre is open, and what it does differently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Days of the week on which it is closed.
    pub closed_weekdays: Vec<Weekday>,
    /// Public holidays on which it is closed, by id.
    pub holidays: BTreeSet<String>,
    /// Further closed days, each with a reason that may be empty.
    pub closed: Vec<(Date, String)>,
    /// How many days are planned ahead.
    pub ahead: i32,
    /// How many days of what was done are shown.
    pub back: i32,
    /// Who sends invitations.
    pub organiser: Option<Organiser>,
    pub(crate) local: Vec<Local>,
}

/// A slip in a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFault {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    closed_weekdays: Option<Vec<toml::Spanned<String>>>,
    #[serde(default)]
    holidays: Option<Vec<toml::Spanned<String>>>,
    #[serde(default)]
    ahead: Option<toml::Spanned<i32>>,
    #[serde(default)]
    back: Option<toml::Spanned<i32>>,
    #[serde(default)]
    closed: Vec<Closed>,
    #[serde(default)]
    organiser: Option<Organiser>,
    #[serde(default)]
    local: Vec<LocalFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    from: toml::Spanned<String>,
    #[serde(default)]
    to: Option<toml::Spanned<String>>,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LocalFile {
    event: toml::Spanned<String>,
    wanted: i32,
    #[serde(default)]
    earliest: Option<i32>,
    #[serde(default)]
    from: Option<i32>,
    #[serde(default)]
    to: Option<i32>,
    #[serde(default)]
    latest: Option<i32>,
    #[serde(default)]
    days: Option<i32>,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// Reads a settings file over the settings of the house: what it does not name stays.
///
/// `events` are the kinds of appointments that a centre may plan differently.
///
/// # Errors
/// Every slip found, with its line.
pub fn settings<'e>(
    text: &str,
    house: &Settings,
    events: impl Iterator<Item = &'e str> + Clone,
) -> Result<Settings, Vec<SettingsFault>> {
    let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
    let file: File = toml::from_str(text).map_err(|e| {
        let message = e.message();
        vec![SettingsFault {
            line: line(e.span().map_or(0, |s| s.start)),
            message: Text::new(message, format!("niet te lezen: {message}")),
        }]
    })?;
    let mut faults = Vec::new();
    let mut fault = |at: usize, en: String, nl: String| {
        faults.push(SettingsFault { line: line(at), message: Text::new(en, nl) });
    };
    let mut made = house.clone();
    if let Some(days) = &file.closed_weekdays {
        made.closed_weekdays.clear();
        for day in days {
            match WEEKDAYS.iter().find(|(id, _)| id == day.get_ref()) {
                Some((_, weekday)) => made.closed_weekdays.push(*weekday),
                None => unknown(day, WEEKDAYS.iter().map(|(id, _)| *id), &mut fault),
            }
        }
    }
    if let Some(names) = &file.holidays {
        made.holidays.clear();
        for name in names {
            if ids().any(|id| id == name.get_ref()) {
                made.holidays.insert(name.get_ref().clone());
            } else {
                unknown(name, ids(), &mut fault);
            }
        }
    }
    for closed in &file.closed {
        let last = closed.to.as_ref().unwrap_or(&closed.from);
        let mut day = |text: &toml::Spanned<String>| {
            let day = text.get_ref().parse::<Date>().ok();
            if day.is_none() {
                let shown = text.get_ref();
                fault(
                    text.span().start,
                    format!("`{shown}` is not a day; write it as 2026-03-10"),
                    format!("`{shown}` is geen dag; schrijf hem als 2026-03-10"),
                );
            }
            day
        };
        let Some(first) = day(&closed.from) else { continue };
        let Some(until) = closed.to.as_ref().map_or(Some(first), day) else { continue };
        if until < first || number(until) - number(first) > LONGEST_CLOSING {
            let at = last.span().start;
            fault(
                at,
                format!("from {first} to {until} is no closing of one year at most"),
                format!("van {first} tot en met {until} is geen sluiting van hoogstens een jaar"),
            );
            continue;
        }
        made.closed.extend((number(first)..=number(until)).map(|d| (date(d), closed.reason.clone())));
    }
    for (given, kept) in [(&file.ahead, &mut made.ahead), (&file.back, &mut made.back)] {
        let Some(days) = given else { continue };
        if (0..=LONGEST_AHEAD).contains(days.get_ref()) {
            *kept = *days.get_ref();
        } else {
            fault(
                days.span().start,
                format!("`{}` is not between 0 and {LONGEST_AHEAD} days", days.get_ref()),
                format!("`{}` ligt niet tussen 0 en {LONGEST_AHEAD} dagen", days.get_ref()),
            );
        }
    }
    made.organiser = file.organiser.or(made.organiser);
    for local in file.local {
        if !events.clone().any(|id| id == local.event.get_ref()) {
            unknown(&local.event, events.clone(), &mut fault);
        }
        let bounds = [local.earliest, local.from, Some(local.wanted), local.to, local.latest];
        let known: Vec<i32> = bounds.into_iter().flatten().collect();
        if !known.is_sorted() || local.days.is_some_and(|d| d < 1) {
            fault(
                local.event.span().start,
                "a window rises from `earliest` over `from`, `wanted` and `to` to `latest`".to_string(),
                "een venster loopt op van `earliest` via `from`, `wanted` en `to` naar `latest`".to_string(),
            );
        }
        made.local.push(Local {
            event: local.event.into_inner(),
            earliest: local.earliest,
            from: local.from,
            wanted: local.wanted,
            to: local.to,
            latest: local.latest,
            days: local.days,
        });
    }
    if faults.is_empty() { Ok(made) } else { Err(faults) }
}

/// A closing is entered by its first and last day; more than a year is a slip of the pen.
const LONGEST_CLOSING: i32 = 366;
/// Nobody plans further ahead.
const LONGEST_AHEAD: i32 = 1100;

fn unknown<'n>(
    name: &toml::Spanned<String>,
    known: impl Iterator<Item = &'n str> + Clone,
    fault: &mut impl FnMut(usize, String, String),
) {
    let shown = name.get_ref();
    let near = nearest(shown, known.clone());
    let all: Vec<&str> = known.collect();
    let (en, nl) = match near {
        Some(near) => (format!("did you mean `{near}`?"), format!("bedoelde u `{near}`?")),
        None => (format!("expected one of {}", all.join(", ")), format!("kies uit {}", all.join(", "))),
    };
    fault(name.span().start, format!("`{shown}` is not known; {en}"), format!("`{shown}` is onbekend; {nl}"));
}

impl Settings {
    /// For each day of a range whether it is closed.
    pub(crate) fn closed_days(&self, first: i32, last: i32) -> Vec<bool> {
        let closed = |n: i32| self.closed_weekdays.contains(&date(n).weekday());
        let mut days: Vec<bool> = (first..=last).map(closed).collect();
        let mut close = |day: Date| {
            let at = usize::try_from(number(day) - first).ok();
            if let Some(closed) = at.and_then(|at| days.get_mut(at)) {
                *closed = true;
            }
        };
        for year in date(first).year()..=date(last).year() {
            holidays(year).iter().filter(|h| self.holidays.contains(h.id)).for_each(|h| close(h.date));
        }
        self.closed.iter().for_each(|(day, _)| close(*day));
        days
    }

    /// Why a day is closed; nothing when it is open.
    pub fn closed_because(&self, day: Date) -> Option<Text> {
        if let Some((_, reason)) = self.closed.iter().find(|(closed, _)| *closed == day) {
            let reason = if reason.is_empty() {
                Text::new("a closed day", "een gesloten dag")
            } else {
                Text::new(reason, reason)
            };
            return Some(reason);
        }
        let mut today = holidays(day.year()).into_iter().filter(|h| h.date == day);
        if let Some(holiday) = today.find(|h| self.holidays.contains(h.id)) {
            return Some(holiday.name);
        }
        self.closed_weekdays.contains(&day.weekday()).then(|| crate::words::weekday(day.weekday()))
    }
}
