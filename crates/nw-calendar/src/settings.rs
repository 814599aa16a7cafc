//! The settings of a centre: when it is closed, how far ahead it plans, and where its own days differ.
//!
//! What is usual stands in the knowledge ([`usual`]); a centre replaces of it what it names in the table `[calendar]` of
//! its settings file ([`settings`]). Its closed days stand in that file once, for everything that asks for them.

use std::collections::BTreeSet;

use jiff::civil::Weekday;
use nw_facts::{Date, Text, nearest};
use nw_leaflet::House;
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
    pub closed: Vec<(Date, Text)>,
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
    /// Only to say where closed days stand.
    #[serde(default)]
    closed: Option<toml::Spanned<toml::Value>>,
    #[serde(default)]
    organiser: Option<Organiser>,
    #[serde(default)]
    local: Vec<LocalFile>,
}

/// The settings of a hospital, of which the calendar reads its own table.
#[derive(Deserialize)]
struct Whole {
    #[serde(default)]
    calendar: Option<File>,
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

/// Reads the settings of a hospital: its table `[calendar]` over what is usual, where what it does not name stays, and the
/// closed days of the house.
///
/// `events` are the kinds of appointments that a centre may plan differently.
///
/// # Errors
/// Every slip found, with its line.
pub fn settings<'e>(
    text: &str,
    house: &House,
    usual: &Settings,
    events: impl Iterator<Item = &'e str> + Clone,
) -> Result<Settings, Vec<SettingsFault>> {
    let whole: Whole = parsed(text)?;
    let mut made = match whole.calendar {
        Some(file) => read(text, file, usual, events)?,
        None => usual.clone(),
    };
    for closed in &house.closed {
        let days = number(closed.from)..=number(closed.to);
        made.closed.extend(days.map(|day| (date(day), closed.why.clone())));
    }
    Ok(made)
}

/// Reads what is usual in a centre that has no settings of its own.
///
/// # Errors
/// Every slip found, with its line.
pub(crate) fn usual<'e>(
    text: &str,
    events: impl Iterator<Item = &'e str> + Clone,
) -> Result<Settings, Vec<SettingsFault>> {
    read(text, parsed(text)?, &Settings::default(), events)
}

fn line(text: &str, at: usize) -> usize {
    text[..at.min(text.len())].matches('\n').count() + 1
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Vec<SettingsFault>> {
    toml::from_str(text).map_err(|e| {
        let message = e.message();
        let line = line(text, e.span().map_or(0, |s| s.start));
        vec![SettingsFault { line, message: Text::new(message, format!("niet te lezen: {message}")) }]
    })
}

fn read<'e>(
    text: &str,
    file: File,
    usual: &Settings,
    events: impl Iterator<Item = &'e str> + Clone,
) -> Result<Settings, Vec<SettingsFault>> {
    let mut faults = Vec::new();
    let mut fault = |at: usize, en: String, nl: String| {
        faults.push(SettingsFault { line: line(text, at), message: Text::new(en, nl) });
    };
    let mut made = usual.clone();
    if let Some(closed) = &file.closed {
        fault(
            closed.span().start,
            "closed days stand once, at the top of the settings of the hospital and above `[calendar]`: \
             `closed = [2026-12-24, { from = 2026-12-28, to = 2026-12-31 }]`"
                .to_string(),
            "gesloten dagen staan één keer, bovenaan in de instellingen van het ziekenhuis en boven `[calendar]`: \
             `closed = [2026-12-24, { from = 2026-12-28, to = 2026-12-31 }]`"
                .to_string(),
        );
    }
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
    faults.sort_by_key(|f| f.line);
    if faults.is_empty() { Ok(made) } else { Err(faults) }
}

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
            let none = reason.is_empty();
            return Some(if none { Text::new("a closed day", "een gesloten dag") } else { reason.clone() });
        }
        let mut today = holidays(day.year()).into_iter().filter(|h| h.date == day);
        if let Some(holiday) = today.find(|h| self.holidays.contains(h.id)) {
            return Some(holiday.name);
        }
        self.closed_weekdays.contains(&day.weekday()).then(|| crate::words::weekday(day.weekday()))
    }
}
