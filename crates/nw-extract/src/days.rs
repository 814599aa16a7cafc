//! Which days and years a report names, and which of them is its own.

use std::ops::Range;

use jiff::civil::{Date, date};

use crate::context::Light;
use crate::grammar::Grammar;
use crate::layout::Sentence;

/// A year with its month, where one stands before it.
pub(crate) type Month = (i16, Option<i8>);

/// How far before a day the words are looked for that make it one of birth, in bytes.
const BORN: usize = 48;

impl Grammar {
    /// The day of the report: the latest day named outside sections that speak of the past, else the latest in the text.
    pub(crate) fn report_date(&self, days: &[Vec<Date>], sentences: &[Sentence]) -> Option<Date> {
        let past = |s: &Sentence| self.light_of(s) == Some(Light::Past);
        let now = days.iter().zip(sentences).filter(|(_, s)| !past(s)).flat_map(|(days, _)| days).max();
        now.or_else(|| days.iter().flatten().max()).copied()
    }

    /// The latest of several years that a report without a day of its own names outside of what it plans, with the latest
    /// month of it. Where it names one year alone, nothing says that it was written in that year.
    pub(crate) fn latest_year(&self, text: &str, sentences: &[Sentence]) -> Option<Month> {
        let year = self.layout.year.as_ref()?;
        let (mut first, mut last) = ((i16::MAX, None), (i16::MIN, None));
        for sentence in sentences.iter().filter(|s| self.light_of(s) != Some(Light::Planned)) {
            let begin = sentence.span.start;
            let said = &text[sentence.span.clone()];
            if !has_year(said) {
                continue;
            }
            for found in year.captures_iter(said).filter(|found| found.name("no").is_none()) {
                let Some(year) = found.name("y").map(|y| y.range()) else { continue };
                if self.is_birth(text, begin + year.start) {
                    continue;
                }
                if let Ok(named) = said[year.clone()].parse::<i16>() {
                    let named = (named, self.month_before(&said[..year.start]));
                    (first, last) = (first.min(named), last.max(named));
                }
            }
        }
        (first.0 < last.0).then_some(last)
    }

    /// The days that a part of a text names, in its order. A day of birth is none of them.
    pub(crate) fn days_in(&self, text: &str, part: &Range<usize>) -> Vec<Date> {
        let said = &text[part.clone()];
        if !has_year(said) {
            return Vec::new();
        }
        let mut days: Vec<(usize, Date)> = Vec::new();
        for pattern in &self.dates {
            for found in pattern.captures_iter(said) {
                let group = |name| found.name(name).map(|m| &said[m.range()]);
                let number = |name| group(name).and_then(|m| m.parse::<i16>().ok());
                let month = match group("name") {
                    Some(name) => self.months.get(&name.to_lowercase()).copied(),
                    None => number("m").and_then(|m| i8::try_from(m).ok()),
                };
                let day = number("d").and_then(|d| i8::try_from(d).ok());
                let (Some(year), Some(month), Some(day)) = (number("y"), month, day) else { continue };
                if let (Ok(day), Some(whole)) = (Date::new(year, month, day), found.get(0))
                    && day >= date(1900, 1, 1)
                    && !self.is_birth(text, part.start + whole.start())
                {
                    days.push((whole.start(), day));
                }
            }
        }
        days.sort_unstable();
        days.into_iter().map(|(_, day)| day).collect()
    }

    /// The day that heads a column of a table, or the month or year, beside two words at most.
    pub(crate) fn column_day(&self, cell: &str) -> Option<(i16, i8, i8)> {
        const MOST: usize = 30;
        const WORDS: usize = 2;
        let words = cell.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1).count();
        if cell.len() > MOST || words > WORDS {
            return None;
        }
        if let Some(day) = self.days_in(cell, &(0..cell.len())).first() {
            return Some((day.year(), day.month(), day.day()));
        }
        let found = self.layout.year.as_ref()?.captures(cell).filter(|found| found.name("no").is_none())?;
        let year = found.name("y")?.range();
        let month = self.month_before(&cell[..year.start]);
        cell[year].parse().ok().map(|year| (year, month.unwrap_or(0), 0))
    }

    /// Whether the words right before a day or a year make it that of a birth.
    fn is_birth(&self, text: &str, at: usize) -> bool {
        let before = text.get(at.saturating_sub(BORN)..at);
        self.layout.born.as_ref().zip(before).is_some_and(|(born, before)| born.is_match(before))
    }

    /// The month that stands right before a year: `jan 2026`, `01-2026`.
    fn month_before(&self, words: &str) -> Option<i8> {
        if let Some(head) = words.strip_suffix(['-', '/']) {
            let digits = head.len() - head.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            return head[head.len() - digits..].parse().ok().filter(|month| (1..=12).contains(month));
        }
        let head = words.trim_end_matches([' ', '.', ',']);
        let letters = head.len() - head.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len();
        self.months.get(&head[head.len() - letters..].to_ascii_lowercase()).copied()
    }

    /// Whether a year in the words before a finding makes it past: only when the report is of a later one, or of a later
    /// month of it where both name theirs.
    pub(crate) fn is_past(&self, said: &str, span: &Range<usize>, today: Option<Month>) -> bool {
        let mut end = span.start;
        let mut last = None;
        for word in said[..span.start].rsplit(|c: char| !c.is_ascii_digit()) {
            let begin = end - word.len();
            let year = || word.parse::<i16>().ok().filter(|year| (1900..2200).contains(year));
            if word.len() == 4
                && let Some(year) = year()
            {
                last = Some((year, begin));
                break;
            }
            end = begin.saturating_sub(1);
        }
        let (Some((year, begin)), Some((this_year, this_month))) = (last, today) else { return true };
        let earlier_month =
            || self.month_before(&said[..begin]).zip(this_month).is_some_and(|(month, this)| month < this);
        year < this_year || year == this_year && earlier_month()
    }

    fn light_of(&self, sentence: &Sentence) -> Option<Light> {
        sentence.section.and_then(|s| self.sections[s].light)
    }
}

/// Whether the words name a year.
pub(crate) fn has_year(words: &str) -> bool {
    words.split(|c: char| !c.is_ascii_digit()).any(|w| w.len() == 4)
}
