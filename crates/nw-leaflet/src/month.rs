//! A month as weeks of seven days, numbered as ISO 8601 does.

use jiff::civil::{Date, Weekday};
use nw_facts::Language;
use serde::Serialize;

use crate::paper::{Day, Stands};
use crate::words;

/// One week of a sheet; days of other months are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Week {
    /// Its number in the year.
    pub number: i8,
    /// Monday to Sunday.
    pub days: [Option<Day>; 7],
}

/// A month as a sheet shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// `March 2026`.
    pub title: String,
    /// Names of the days, Monday first.
    pub weekdays: [&'static str; 7],
    pub weeks: Vec<Week>,
    /// What the signs on it mean; only those that it has.
    pub legend: Vec<Sign>,
}

/// A sign of the legend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Sign {
    /// How it is drawn: `planned`, `goes-on`, `done` or `closed`.
    pub kind: &'static str,
    /// The sign before an entry; empty when it is a shade of the day.
    pub sign: &'static str,
    /// What it means.
    pub text: &'static str,
}

/// Lays out a month. A month that is none has no weeks; days that the month does not have are left out.
pub(crate) fn sheet(language: Language, year: i16, month: i8, days: &[Day]) -> Sheet {
    let title = format!("{} {year}", words::month(language, month));
    let mut weeks: Vec<Week> = Vec::new();
    let mut next = Date::new(year, month, 1).ok();
    while let Some(day) = next {
        let at = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        if weeks.is_empty() || day.weekday() == Weekday::Monday {
            weeks.push(Week { number: day.iso_week_date().week(), days: Default::default() });
        }
        let mut held = Day { day: day.day(), ..Day::default() };
        for said in days.iter().filter(|d| d.day == day.day()) {
            held.entries.extend(said.entries.iter().cloned());
            held.closed = held.closed.or_else(|| said.closed.clone());
        }
        if let Some(week) = weeks.last_mut() {
            week.days[at] = Some(held);
        }
        next = day.tomorrow().ok().filter(|d| d.month() == month);
    }
    let legend = legend(language, &weeks);
    Sheet { title, weekdays: words::weekdays(language), weeks, legend }
}

fn legend(language: Language, weeks: &[Week]) -> Vec<Sign> {
    let shown = || weeks.iter().flat_map(|w| w.days.iter().flatten());
    let stands = |wanted: Stands| shown().flat_map(|d| &d.entries).any(|e| e.stands == wanted);
    let closed = shown().any(|d| d.closed.is_some());
    let all = [
        ("planned", Some(Stands::Planned), stands(Stands::Planned), words::PLANNED),
        ("goes-on", Some(Stands::GoesOn), stands(Stands::GoesOn), words::GOES_ON),
        ("done", Some(Stands::Done), stands(Stands::Done), words::DONE),
        ("closed", None, closed, words::CLOSED_DAY),
    ];
    let sign = |s: Option<Stands>| s.and_then(Stands::sign).unwrap_or_default();
    let there = all.into_iter().filter(|(_, _, there, _)| *there);
    there.map(|(kind, s, _, text)| Sign { kind, sign: sign(s), text: words::say(language, text) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::DayEntry;

    fn numbers(year: i16, month: i8) -> Vec<i8> {
        sheet(Language::Nl, year, month, &[]).weeks.iter().map(|w| w.number).collect()
    }

    #[test]
    fn weeks_bear_the_numbers_of_iso_8601() {
        // The first days of 2027 belong to week 53 of 2026, those of 2024 to week 1, and the last of 2024 to week 1 of 2025.
        assert_eq!(numbers(2027, 1), [53, 1, 2, 3, 4]);
        assert_eq!(numbers(2024, 1), [1, 2, 3, 4, 5]);
        assert_eq!(numbers(2024, 12), [48, 49, 50, 51, 52, 1]);
        assert_eq!(numbers(2021, 2), [5, 6, 7, 8]);
    }

    #[test]
    fn every_day_stands_once_under_its_weekday() {
        let said = [
            Day { day: 31, entries: vec!["a".into()], closed: None },
            Day { day: 31, entries: vec!["b".into()], closed: Some("c".into()) },
            Day { day: 32, ..Day::default() },
        ];
        let sheet = sheet(Language::En, 2026, 3, &said);
        assert_eq!((sheet.title.as_str(), sheet.weekdays[6]), ("March 2026", "Sunday"));
        let days: Vec<i8> = sheet.weeks.iter().flat_map(|w| w.days.iter().flatten()).map(|d| d.day).collect();
        assert_eq!(days, (1..=31).collect::<Vec<i8>>());
        assert_eq!(sheet.weeks[0].days[6].as_ref().map(|d| d.day), Some(1), "1 March 2026 is a Sunday");
        let last = sheet.weeks[5].days[1].as_ref().expect("31 March 2026 is a Tuesday");
        assert_eq!((last.entries.len(), last.closed.as_deref()), (2, Some("c")));
    }

    #[test]
    fn a_legend_names_the_signs_that_a_month_has_and_no_others() {
        let entry = |stands| DayEntry { text: "a".into(), stands };
        let kinds = |days: &[Day]| -> Vec<&str> {
            sheet(Language::Nl, 2026, 3, days).legend.iter().map(|s| s.kind).collect()
        };
        assert!(kinds(&[]).is_empty());
        let done = Day { day: 2, entries: vec![entry(Stands::Done)], closed: None };
        assert_eq!(kinds(std::slice::from_ref(&done)), ["done"]);
        let busy = Day {
            day: 3,
            entries: vec![entry(Stands::GoesOn), entry(Stands::Planned)],
            closed: Some(String::new()),
        };
        assert_eq!(kinds(&[done, busy]), ["planned", "goes-on", "done", "closed"]);
    }

    #[test]
    fn a_month_that_is_none_has_no_weeks() {
        assert!(numbers(2026, 13).is_empty() && numbers(2026, 0).is_empty());
    }
}
