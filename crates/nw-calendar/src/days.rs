//! Days as whole numbers, so that rules between them are differences.

use nw_facts::Date;

/// Day 0; any will do, as only differences count.
const EPOCH: Date = jiff::civil::date(2000, 1, 1);

/// The number of a day.
pub(crate) fn number(date: Date) -> i32 {
    date.since(EPOCH).map_or(0, |span| span.get_days())
}

/// The day of a number. Every number here came from a day and a few years at most.
pub(crate) fn date(number: i32) -> Date {
    let span = jiff::Span::new().try_days(i64::from(number)).unwrap_or_default();
    EPOCH.checked_add(span).unwrap_or(EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_keeps_its_number() {
        for text in ["1955-02-28", "2024-02-29", "2026-11-22", "2099-12-31"] {
            let day: Date = text.parse().expect("a day");
            assert_eq!(date(number(day)), day);
        }
        assert_eq!(number(jiff::civil::date(2000, 3, 1)), 60);
    }
}
