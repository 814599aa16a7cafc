//! Whether the schedules can be kept: each alone, and two that a rule ties together, from any day of the week.

use std::collections::BTreeMap;

use nw_facts::{Date, Text, said};
use nw_guideline::{Diagnostic, DiagnosticCode};

use crate::plan::solvable;
use crate::schedule::{Schedules, Timing};
use crate::wish::{DueWish, Request, Wish};

/// A week in which nothing is special, and one with Christmas and New Year in it.
const STARTS: [Date; 2] = [jiff::civil::date(2026, 3, 2), jiff::civil::date(2026, 12, 14)];

/// Schedules whose hard rules leave no calendar for a patient about whom nothing is recorded.
pub fn check(schedules: &Schedules) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut sets: Vec<Vec<&str>> = schedules.list.iter().map(|s| vec![s.id.as_str()]).collect();
    // Two schedules meet only in a rule between them.
    for rule in schedules.rules.iter().filter(|r| r.hard) {
        let of = |event: &str| schedules.event(event).map(|(schedule, _)| schedule.id.as_str());
        if let (Some(one), Some(other)) = (of(&rule.event), of(&rule.other))
            && one != other
            && !sets.contains(&vec![one, other])
        {
            sets.push(vec![one, other]);
        }
    }
    let mut bad: Vec<Vec<&str>> = Vec::new();
    for set in sets {
        if bad.iter().any(|known| known.iter().all(|id| set.contains(id))) {
            continue;
        }
        let days = (0..7).map(|day| jiff::Span::new().days(day));
        let starts = STARTS.iter().flat_map(|start| days.clone().map(|day| start.saturating_add(day)));
        let refused = starts
            .map(|from| solvable(schedules, &request(schedules, &set, from), &schedules.house))
            .find_map(Result::err);
        if let Some(refused) = refused {
            let at =
                set.first().and_then(|id| schedules.find(id)).map(|s| s.spot.clone()).unwrap_or_default();
            let with = Text::new(set.join("` with `"), set.join("` met `"));
            found.push(Diagnostic::new(
                DiagnosticCode::ImpossibleSchedule,
                &at,
                said!("`{with}` leaves no calendar", "`{with}` laat geen kalender over"; with),
                refused.because,
            ));
            bad.push(set);
        }
    }
    found
}

/// A patient of whom nothing is recorded, for whom some schedules hold from a day on and everything is due.
fn request(schedules: &Schedules, set: &[&str], from: Date) -> Request {
    let mut dues = Vec::new();
    for schedule in schedules.list.iter().filter(|s| set.contains(&s.id.as_str())) {
        for event in &schedule.events {
            if let Timing::Due(item, _) = &event.timing {
                dues.push(DueWish { item: item.clone(), day: from, months: Some(3) });
            }
        }
    }
    Request {
        key: String::new(),
        today: from,
        from,
        wishes: set
            .iter()
            .map(|id| Wish { schedule: (*id).to_string(), from, left_out: Vec::new() })
            .collect(),
        dues,
        records: BTreeMap::new(),
        intervals: BTreeMap::new(),
        held: Vec::new(),
        open: Vec::new(),
        asked: Vec::new(),
        guideline: Default::default(),
    }
}
