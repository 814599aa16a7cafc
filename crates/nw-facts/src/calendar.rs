//! Days as numbers, so that dates are cut, compared and subtracted like any quantity.

use crate::{Date, Decimal, Interval};

/// Day 0 of the count. Everything a patient's record holds lies after it.
const EPOCH: Date = jiff::civil::date(1800, 1, 1);

/// The number of a day.
pub fn day_number(date: Date) -> Decimal {
    let days = date.since(EPOCH).map_or(0, |span| span.get_days());
    Decimal::from(days)
}

/// The day of a number; fractions are cut off. `None` outside the calendar.
pub fn day_of(number: Decimal) -> Option<Date> {
    let days = i64::try_from(number.trunc()).ok()?;
    let days = jiff::Span::new().try_days(days).ok()?;
    EPOCH.checked_add(days).ok()
}

/// Whole months from one day to another, as a calendar counts them; negative when the second day is earlier.
pub fn whole_months(from: Date, to: Date) -> i64 {
    let span = from.until((jiff::Unit::Month, to));
    span.map_or(0, |s| i64::from(s.get_months()))
}

/// Months from one day to another: whole ones as a calendar counts them, and the started one by its days, to a
/// millionth. Negative when the second day is earlier.
pub fn months_between(from: Date, to: Date) -> Decimal {
    if to < from {
        return -months_between(to, from);
    }
    let whole = whole_months(from, to);
    let (Some(start), Some(end)) = (months_later(from, whole), months_later(from, whole + 1)) else {
        return Decimal::from(whole);
    };
    let (passed, length) = (day_number(to) - day_number(start), day_number(end) - day_number(start));
    let started = passed.checked_div(length).unwrap_or_default().round_dp(6);
    Decimal::from(whole) + started
}

/// The day this many months later; at the end of a short month its last day.
pub fn months_later(date: Date, months: i64) -> Option<Date> {
    date.checked_add(jiff::Span::new().try_months(months).ok()?).ok()
}

/// `2026-03-10`, `2026-03` (some day of that month) or `2026` (some day of that year) as day numbers.
///
/// `15-03-2026` and `15/03/2026` are read because there is no month 15; `03/04/2026` means two days and is refused.
pub fn read_days(text: &str) -> Option<Interval> {
    let parts: Vec<&str> = text.trim().split(['-', '/', '.']).collect();
    let iso = !text.contains(['/', '.']);
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    let (first, last) = match parts.as_slice() {
        [year] if digits(year, 4) => {
            let year = year.parse().ok()?;
            (Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?)
        }
        [year, month] if iso && digits(year, 4) && digits(month, 2) => {
            let first = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
            (first, first.last_of_month())
        }
        [year, month, day] if iso && digits(year, 4) && digits(month, 2) && digits(day, 2) => {
            let day = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
            (day, day)
        }
        [one, other, year]
            if [1, 2].contains(&one.len()) && [1, 2].contains(&other.len()) && digits(year, 4) =>
        {
            let (one, other, year) = (one.parse().ok()?, other.parse().ok()?, year.parse().ok()?);
            let day_first = Date::new(year, other, one).ok();
            let month_first = Date::new(year, one, other).ok();
            let day = match (day_first, month_first) {
                (Some(a), Some(b)) if a != b => return None,
                (Some(day), _) | (None, Some(day)) => day,
                (None, None) => return None,
            };
            (day, day)
        }
        _ => return None,
    };
    Some(Interval::closed(day_number(first), day_number(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_keeps_its_number() {
        for text in ["1900-01-01", "1955-02-28", "2024-02-29", "2026-11-22"] {
            let date: Date = text.parse().expect("a date");
            assert_eq!(day_of(day_number(date)), Some(date));
        }
        let days = |text: &str| read_days(text).expect("days");
        assert_eq!(
            days("2026-03-10").low.expect("closed").at,
            day_number("2026-03-10".parse().expect("date"))
        );
        let march = days("2026-03");
        assert_eq!(march.high.expect("closed").at - march.low.expect("closed").at, Decimal::from(30));
        assert_eq!(days("15-03-2026"), days("2026-03-15"));
        assert_eq!(days("15/3/2026"), days("2026-03-15"));
        assert_eq!(days("3.3.2026"), days("2026-03-03"));
        for two_ways_or_none in
            ["03/04/2026", "03-04-2026", "31-02-2026", "15-13-2026", "2026/03/15", "2026.03", "-1-3-2026"]
        {
            assert!(read_days(two_ways_or_none).is_none(), "{two_ways_or_none}");
        }
        assert!(read_days("2026-13").is_none());
        assert!(read_days("2026-3-1").is_none());
    }

    #[test]
    fn months_end_with_the_month() {
        let date = |text: &str| -> Date { text.parse().expect("a date") };
        assert_eq!(whole_months(date("2026-01-15"), date("2026-07-14")), 5);
        assert_eq!(whole_months(date("2026-01-15"), date("2026-07-15")), 6);
        assert_eq!(whole_months(date("2026-07-15"), date("2026-01-15")), -6);
        assert_eq!(months_between(date("2026-01-15"), date("2026-07-15")), Decimal::from(6));
        assert_eq!(months_between(date("2026-04-01"), date("2026-04-16")), Decimal::new(5, 1));
        assert_eq!(months_between(date("2026-04-16"), date("2026-04-01")), Decimal::new(-5, 1));
        assert_eq!(months_later(date("2026-01-31"), 1), Some(date("2026-02-28")));
    }
}
