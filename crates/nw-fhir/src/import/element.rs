//! Elements of a resource: codes, extensions, values of several types, days.

use nw_facts::{Date, Decimal};

use crate::json::Json;
use crate::mapping::Mapping;

/// The codes of a concept, a coding or a list of them, as `system:code`; codes of systems that are not known are left.
pub(crate) fn codings(concept: &Json, map: &Mapping) -> Vec<String> {
    let mut codes = Vec::new();
    for item in concept.items() {
        let codings =
            if item.get("coding").is_some() { item.items_at("coding") } else { std::slice::from_ref(item) };
        for coding in codings {
            if let (Some(system), Some(code)) = (coding.text_at("system"), coding.text_at("code"))
                && let Some(key) = map.key(system, code)
                && !codes.contains(&key)
            {
                codes.push(key);
            }
        }
    }
    codes
}

/// The values of extensions with an address, of the resource or of an element.
pub(crate) fn extensions<'t>(tree: &'t Json, url: &str) -> impl Iterator<Item = &'t Json> {
    tree.items_at("extension")
        .iter()
        .filter(move |e| e.text_at("url") == Some(url))
        .filter_map(|e| e.members().iter().find(|(key, _)| key.starts_with("value")).map(|(_, value)| value))
}

/// The member of an element that may have several types: `value` finds `valueQuantity`.
pub(crate) fn choice<'t>(tree: &'t Json, stem: &str) -> Option<(&'t str, &'t Json)> {
    tree.members().iter().find_map(|(key, value)| {
        let kind = key.strip_prefix(stem)?;
        (kind.is_empty() || kind.starts_with(|c: char| c.is_ascii_uppercase())).then_some((kind, value))
    })
}

/// The values below a path of members, through lists.
pub(crate) fn below<'t>(tree: &'t Json, path: &str) -> Vec<&'t Json> {
    let mut here = vec![tree];
    for part in path.split('.') {
        here = here.into_iter().flat_map(|j| j.items_at(part).iter()).collect();
    }
    here
}

/// A number of JSON as decimals are written, every digit kept; nothing for one that no exact decimal holds.
pub(crate) fn plain_number(lexical: &str) -> Option<String> {
    if lexical.contains(['e', 'E']) {
        Decimal::from_scientific(lexical).ok().map(|d| d.to_string())
    } else {
        Some(lexical.to_string())
    }
}

/// A day with what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub date: Date,
    /// Whether the sender knew the day, or only the month or the year.
    pub whole: bool,
}

/// The day of a date, dateTime or instant; of a period its end, or its beginning when it has none.
pub(crate) fn day(value: &Json, beginning: bool) -> Option<Day> {
    let text = match value {
        Json::Text(text) => text,
        Json::Map(_) => {
            let ends = if beginning { ["start", "end"] } else { ["end", "start"] };
            ends.iter().find_map(|e| value.text_at(e))?
        }
        _ => return None,
    };
    let head = text.split('T').next().unwrap_or(text);
    let digits = |s: &str| {
        s.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() })
    };
    if !digits(head) {
        return None;
    }
    let (full, whole) = match head.len() {
        10 => (head.to_string(), true),
        7 => (format!("{head}-01"), false),
        4 => (format!("{head}-01-01"), false),
        _ => return None,
    };
    full.parse().ok().map(|date| Day { date, whole })
}

/// The day as the sender knew it: a month stays a month.
pub(crate) fn day_text(value: &Json, date: Date) -> String {
    match value.text().map(|t| t.split('T').next().unwrap_or(t)) {
        Some(text) if text.len() < 10 => text.to_string(),
        _ => date.to_string(),
    }
}

/// A code or address as a note may show it: short, and without anything that could be a person's words.
pub(crate) fn shown(text: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '/' | '-' | '_' | '*' | '+' | '(' | ')')
    };
    if text.len() <= 120 && text.chars().all(plain) { text.to_string() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_far_as_they_are_known() {
        let check = |text: &str, expect: Option<(&str, bool)>| {
            let found = day(&Json::from(text), false).map(|d| (d.date.to_string(), d.whole));
            assert_eq!(found, expect.map(|(d, w)| (d.to_string(), w)), "{text}");
        };
        check("2024-03-02", Some(("2024-03-02", true)));
        check("2024-03-02T23:30:00+02:00", Some(("2024-03-02", true)));
        check("2024-03", Some(("2024-03-01", false)));
        check("2024", Some(("2024-01-01", false)));
        check("03/02/2024", None);
        check("2024-13-02", None);
        check("é024-03-02", None);
    }

    #[test]
    fn exponents_become_digits() {
        assert_eq!(plain_number("1.0e-2").as_deref(), Some("0.010"));
        assert_eq!(plain_number("1.10").as_deref(), Some("1.10"));
        assert_eq!(plain_number("1e400"), None);
    }
}
