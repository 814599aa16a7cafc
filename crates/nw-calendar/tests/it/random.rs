//! Random patients and random moves: no calendar ever breaks a hard rule, and every change is explained.

use nw_calendar::{Move, State, broken, plan, shift, to_json};
use nw_facts::{Date, Text};
use proptest::prelude::*;

use crate::{day, request, shipped};

fn after(from: Date, days: i64) -> Date {
    from.saturating_add(jiff::Span::new().days(days))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn moves_never_break_a_rule_and_are_explained(
        sets in prop::sample::subsequence(vec!["ssa", "prrt", "follow-up", "captem", "platinum-etoposide", "folfox"], 1..4),
        start in 0..400_i64,
        injections in prop::collection::vec(20..40_i64, 0..5),
        due in prop::collection::vec((prop::sample::select(vec!["imaging", "clinic", "laboratory", "echo", "sstr-pet", "ssa-laboratory"]), -60..120_i64), 0..5),
        moves in prop::collection::vec((any::<prop::sample::Index>(), -20..21_i64), 1..6),
    ) {
        let shipped = shipped();
        let house = &shipped.schedules.house;
        let today = after(day("2026-01-01"), start);
        let mut given = Vec::new();
        let mut last = today;
        for gap in injections {
            last = after(last, -gap);
            given.insert(0, last.to_string());
        }
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let dues: Vec<(&str, String)> = due.iter().map(|(item, days)| (*item, after(today, *days).to_string())).collect();
        let dues: Vec<(&str, &str, i64)> = dues.iter().map(|(item, on)| (*item, on.as_str(), 3)).collect();
        let asked = request(&today.to_string(), &sets, &[("ssa.injection.date", &given)], &dues);
        let mut calendar = plan(&shipped.schedules, &asked, house, None).expect("the shipped schedules fit together");
        prop_assert_eq!(broken(&shipped.schedules, &asked, house, &calendar), vec![]);
        for (which, days) in moves {
            let planned: Vec<_> = calendar.entries.iter().filter(|e| e.state == State::Planned).collect();
            if planned.is_empty() {
                break;
            }
            let entry = planned[which.index(planned.len())];
            let one = Move { id: entry.id.clone(), to: after(entry.date, days) };
            match shift(&shipped.schedules, &asked, house, Some(&calendar), std::slice::from_ref(&one)) {
                Err(refused) => {
                    prop_assert!(!refused.because.en.is_empty() && !refused.because.nl.is_empty());
                    prop_assert!(!refused.rules.is_empty(), "{}", refused.because.en);
                    // A day that is refused for a rule is not the nearest possible one, and that one is accepted.
                    if let Some(nearest) = refused.nearest {
                        let other = Move { id: one.id.clone(), to: nearest };
                        prop_assert!(shift(&shipped.schedules, &asked, house, Some(&calendar), &[other]).is_ok());
                    }
                }
                Ok(next) => {
                    prop_assert_eq!(broken(&shipped.schedules, &asked, house, &next), vec![]);
                    prop_assert_eq!(next.entry(&one.id).map(|e| e.date), Some(one.to));
                    for entry in &next.entries {
                        let was = calendar.entry(&entry.id).map(|e| (e.date, e.state == State::Cancelled));
                        if was != Some((entry.date, entry.state == State::Cancelled)) {
                            let told = next.shifts.iter().find(|s| s.id == entry.id);
                            prop_assert!(told.is_some_and(|s| !s.because.en.is_empty() && !s.because.nl.is_empty()), "{}", entry.id);
                        }
                    }
                    let again = shift(&shipped.schedules, &asked, house, Some(&calendar), &[one]).expect("the same");
                    prop_assert_eq!(to_json(&again, "", &Text::default()), to_json(&next, "", &Text::default()));
                    calendar = next;
                }
            }
        }
    }
}
