//! From the words of a report to a value as it would be typed.

use nw_facts::{Decimal, parse_number};

use crate::search::Search;

/// Words of reports with what they mean in a typed value: `lager dan` is `<`, `à` is `-`.
pub(crate) struct Rewrites {
    pub all: Vec<(Search, String)>,
    /// Any of them: most values need none.
    pub any: Option<Search>,
}

impl Rewrites {
    /// The value as it would be typed.
    pub(crate) fn typed(&self, said: &str) -> String {
        if said.bytes().all(|b| b.is_ascii_digit()) {
            return said.to_string();
        }
        let mut value = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let needed = self.any.as_ref().is_none_or(|any| any.is_match(&value));
        for (from, to) in self.all.iter().filter(|_| needed) {
            if from.is_match(&value) {
                value = from.replaced(&value, to);
            }
        }
        let spaced = value.replace('<', "< ").replace('>', "> ").replace("< =", "<=").replace("> =", ">=");
        let joined = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
        joined.trim_end_matches(['.', ',', ';']).to_string()
    }
}

/// The largest of several numbers: `2,1 x 1,5 x 1` is `2,1`. What holds no number comes back as it is.
pub(crate) fn largest(said: &str) -> String {
    let mut best: Option<(Decimal, &str)> = None;
    for part in said.split(|c: char| !(c.is_ascii_digit() || c == ',' || c == '.')) {
        let part = part.trim_matches([',', '.']);
        let Ok(number) = parse_number(part) else { continue };
        if best.is_none_or(|(most, _)| number > most) {
            best = Some((number, part));
        }
    }
    best.map_or_else(|| said.to_string(), |(_, text)| text.to_string())
}
