//! The public holidays of the Netherlands. Which of them close a centre is a setting.

use nw_facts::{Date, Text};

/// A public holiday of one year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// Stable id, as in settings.
    pub id: &'static str,
    /// When it is.
    pub date: Date,
    /// What it is called.
    pub name: Text,
}

/// Ids and names, with the days after Easter Sunday or the month and day.
const DAYS: &[(&str, When, &str, &str)] = &[
    ("new-year", When::Fixed(1, 1), "New Year's Day", "Nieuwjaarsdag"),
    ("good-friday", When::Easter(-2), "Good Friday", "Goede Vrijdag"),
    ("easter", When::Easter(0), "Easter Sunday", "Eerste Paasdag"),
    ("easter-monday", When::Easter(1), "Easter Monday", "Tweede Paasdag"),
    ("kings-day", When::King, "King's Day", "Koningsdag"),
    ("liberation-day", When::Fixed(5, 5), "Liberation Day", "Bevrijdingsdag"),
    ("ascension", When::Easter(39), "Ascension Day", "Hemelvaartsdag"),
    ("whit-sunday", When::Easter(49), "Whit Sunday", "Eerste Pinksterdag"),
    ("whit-monday", When::Easter(50), "Whit Monday", "Tweede Pinksterdag"),
    ("christmas", When::Fixed(12, 25), "Christmas Day", "Eerste Kerstdag"),
    ("boxing-day", When::Fixed(12, 26), "Boxing Day", "Tweede Kerstdag"),
];

#[derive(Clone, Copy)]
enum When {
    Fixed(i8, i8),
    Easter(i64),
    /// 27 April; on a Sunday the day before.
    King,
}

/// Every id that settings may name.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> + Clone {
    DAYS.iter().map(|(id, ..)| *id)
}

/// The public holidays of a year in the order of the list; empty outside the years for which Easter is defined.
pub fn holidays(year: i16) -> Vec<Holiday> {
    let Ok(easter) = computus::gregorian(i32::from(year)) else { return Vec::new() };
    let day = |month: i8, day: i8| Date::new(year, month, day).ok();
    let easter = day(easter.month as i8, easter.day as i8);
    let on = |when: When| match when {
        When::Fixed(month, of_month) => day(month, of_month),
        When::Easter(after) => easter?.checked_add(jiff::Span::new().days(after)).ok(),
        When::King => {
            let king = day(4, 27)?;
            if king.weekday() == jiff::civil::Weekday::Sunday { king.yesterday().ok() } else { Some(king) }
        }
    };
    let all = DAYS
        .iter()
        .filter_map(|(id, when, en, nl)| Some(Holiday { id, date: on(*when)?, name: Text::new(*en, *nl) }));
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(year: i16) -> Vec<String> {
        holidays(year).iter().map(|h| format!("{} {}", h.date, h.id)).collect()
    }

    #[test]
    fn the_holidays_of_two_years() {
        assert_eq!(
            of(2026),
            [
                "2026-01-01 new-year",
                "2026-04-03 good-friday",
                "2026-04-05 easter",
                "2026-04-06 easter-monday",
                "2026-04-27 kings-day",
                "2026-05-05 liberation-day",
                "2026-05-14 ascension",
                "2026-05-24 whit-sunday",
                "2026-05-25 whit-monday",
                "2026-12-25 christmas",
                "2026-12-26 boxing-day",
            ]
        );
        // 27 April 2025 was a Sunday; Easter 2027 is in March.
        assert!(of(2025).contains(&"2025-04-26 kings-day".to_string()));
        assert!(of(2027).contains(&"2027-03-28 easter".to_string()));
        assert!(of(2027).contains(&"2027-05-06 ascension".to_string()));
    }
}
