//! From what a person wrote to [`Evidence`].
//!
//! Tolerant of language, decimal comma, units and ranges; strict about everything that would need a guess.

use crate::number::{NumberFault, parse_number};
use crate::vocabulary::fold_word;
use crate::{
    Decimal, Evidence, FactDef, FactIdx, Interval, Kind, Text, Unit, UnitFault, Vocabulary, YES_NO, in_dutch,
    nearest,
};

/// Why a written value was refused, with what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Stable code, also the exit path of importers.
    pub code: &'static str,
    /// What is wrong, the offending text in backticks.
    pub message: String,
    /// What was expected and what to do.
    pub help: String,
}

impl Fault {
    /// Message and help in both languages.
    pub fn both(self) -> (Text, Text) {
        let both = |text: String| Text { nl: in_dutch(&text), en: text };
        (both(self.message), both(self.help))
    }
}

fn fault(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Fault {
    Fault { code, message: message.into(), help: help.into() }
}

const UNKNOWN: &[&str] = &["unknown", "onbekend", "?", "unk", "null", "~", "nietbekend"];
const NOT_DONE: &[&str] =
    &["notdone", "nietgedaan", "nietverricht", "nietuitgevoerd", "notexamined", "nietbepaald"];
const NOT_APPLICABLE: &[&str] = &["notapplicable", "nietvantoepassing", "nvt", "n/a"];
const NONE: &[&str] = &["none", "geen", "nil", "absent", "afwezig"];
const YES: &[&str] = &["yes", "ja", "true", "present", "aanwezig", "positive", "positief", "pos", "+"];
const NO: &[&str] =
    &["no", "nee", "false", "absent", "afwezig", "negative", "negatief", "neg", "none", "geen", "-"];

/// Words before a number, with the comparison they mean (circa is `~`).
const COMPARISONS: &[(&str, &str)] = &[
    ("<=", "<="),
    ("=<", "<="),
    ("≤", "<="),
    (">=", ">="),
    ("=>", ">="),
    ("≥", ">="),
    ("<", "<"),
    (">", ">"),
    ("=", "="),
    ("at least ", ">="),
    ("minstens ", ">="),
    ("ten minste ", ">="),
    ("tenminste ", ">="),
    ("minimaal ", ">="),
    ("at most ", "<="),
    ("maximaal ", "<="),
    ("hoogstens ", "<="),
    ("up to ", "<="),
    ("less than ", "<"),
    ("under ", "<"),
    ("below ", "<"),
    ("minder dan ", "<"),
    ("kleiner dan ", "<"),
    ("more than ", ">"),
    ("over ", ">"),
    ("above ", ">"),
    ("meer dan ", ">"),
    ("groter dan ", ">"),
    ("circa ", "~"),
    ("ca. ", "~"),
    ("ca ", "~"),
    ("c. ", "~"),
    ("about ", "~"),
    ("approximately ", "~"),
    ("ongeveer ", "~"),
    ("+/- ", "~"),
    ("± ", "~"),
    ("~", "~"),
];

/// Reads one written value of one fact.
///
/// Returns the facts it says something about: usually the fact itself; with a foreign denominator
/// (`3 /10HPF`) the facts that the vocabulary reads it into.
///
/// # Units
/// Any unit of the fact's dimension, or one that the vocabulary adds; no unit means the base unit, unless the
/// vocabulary says that a bare number has an unknown denominator.
///
/// # Errors
/// A [`Fault`] naming the text, what was expected and the nearest spelling. Nothing is ever guessed.
pub fn read(vocabulary: &Vocabulary, idx: FactIdx, text: &str) -> Result<Vec<(FactIdx, Evidence)>, Fault> {
    let fact = vocabulary.fact(idx);
    let text = text.trim();
    if text.len() > 400 {
        return Err(fault(
            "value-too-long",
            format!("the value of `{}` is {} characters long", fact.id, text.len()),
            "write one value; put free text in a report",
        ));
    }
    let word = fold_word(text);
    let is_choice_word = matches!(fact.kind, Kind::Choice) && fact.choice(text).is_some();
    if !is_choice_word {
        if text.is_empty() || UNKNOWN.contains(&word.as_str()) || text == "?" || text == "~" {
            return Ok(vec![(idx, Evidence::Unknown)]);
        }
        if NOT_DONE.contains(&word.as_str()) {
            return Ok(vec![(idx, Evidence::NotDone)]);
        }
        if NOT_APPLICABLE.contains(&word.as_str()) {
            return Ok(vec![(idx, Evidence::NotApplicable)]);
        }
    }
    // `ampulla of Vater` is one value, though `of` also separates alternatives in Dutch.
    let alternatives = if is_choice_word { vec![text.to_string()] } else { alternatives(text) };
    // `3 of 18` is "three out of eighteen" in English and "three or eighteen" in Dutch.
    let parts_are_read = fact.readings.iter().any(|r| r.part);
    if parts_are_read && alternatives.len() > 1 && text.contains(" of ") && !text.contains(" or ") {
        return Err(fault(
            "ambiguous-number",
            format!("`{text}` can mean a part of a whole, or two possible numbers"),
            format!("write `{}`, or `{}`", alternatives.join("/"), alternatives.join(" or ")),
        ));
    }
    match fact.kind {
        Kind::Choice | Kind::YesNo => {
            let mut choices = Vec::new();
            for part in &alternatives {
                let at = read_choice(fact, part)?;
                if !choices.contains(&at) {
                    choices.push(at);
                }
            }
            choices.sort_unstable();
            Ok(vec![(idx, Evidence::Choices(choices))])
        }
        Kind::Quantity | Kind::Count => read_numbers(vocabulary, idx, &alternatives),
        Kind::Date => {
            let days = alternatives.iter().map(|part| read_date(fact, part)).collect::<Result<_, _>>()?;
            Ok(vec![(idx, Evidence::Numbers(days))])
        }
    }
}

/// Reads what a case in a chapter gives: `12 mm @ 2025-01-10 then 15 mm @ 2026-01-12` for a fact that is measured
/// again, and one value (with or without its day) for every fact.
///
/// # Errors
/// As [`read`]; also when the day is not one.
pub fn read_dated(
    vocabulary: &Vocabulary,
    idx: FactIdx,
    text: &str,
) -> Result<Vec<(FactIdx, Evidence, Option<crate::Date>)>, Fault> {
    let mut all = Vec::new();
    for part in text.split(" then ") {
        let (value, day) = match part.split_once(" @ ") {
            Some((value, day)) => {
                let read: Option<crate::Date> = day.trim().parse().ok().filter(|_| day.trim().len() == 10);
                let Some(read) = read else {
                    let day = day.trim();
                    return Err(fault(
                        "bad-date",
                        format!("`{day}` is not a day"),
                        "write the day as `2026-03-10`",
                    ));
                };
                (value, Some(read))
            }
            None => (part, None),
        };
        all.extend(read(vocabulary, idx, value)?.into_iter().map(|(fact, evidence)| (fact, evidence, day)));
    }
    Ok(all)
}

fn read_date(fact: &FactDef, text: &str) -> Result<Interval, Fault> {
    let refused = || {
        fault(
            "bad-date",
            format!("`{text}` is not a date of `{}`", fact.id),
            "write the day as `2026-03-10`; `2026-03` and `2026` mean some day in them",
        )
    };
    let lower = text.trim().to_lowercase();
    let compared = COMPARISONS.iter().find_map(|(word, sign)| Some((*sign, lower.strip_prefix(word)?)));
    let days = if let Some((sign, rest)) = compared {
        let days = crate::read_days(rest.trim()).ok_or_else(refused)?;
        let (low, high) = (days.low.ok_or_else(refused)?.at, days.high.ok_or_else(refused)?.at);
        match sign {
            "<" => Interval::below(low, false),
            "<=" => Interval::below(high, true),
            ">" => Interval::above(high, false),
            ">=" => Interval::above(low, true),
            "=" => days,
            _ => return Err(refused()),
        }
    } else {
        let ends = ["..=", "..", " t/m ", " tot en met ", " to "].iter().find_map(|w| lower.split_once(w));
        match ends {
            Some((from, to)) => {
                let from = crate::read_days(from.trim()).ok_or_else(refused)?;
                let to = crate::read_days(to.trim()).ok_or_else(refused)?;
                Interval { low: from.low, high: to.high }
            }
            None => crate::read_days(&lower).ok_or_else(refused)?,
        }
    };
    let days = days.whole();
    let possible = days.intersect(&Interval::closed(fact.min, fact.max));
    if possible.is_empty() { Err(out_of_range(fact, text)) } else { Ok(possible) }
}

/// `[G1, G2]`, `G1 or G2`, `G1 of G2` are alternatives; everything else is one value.
fn alternatives(text: &str) -> Vec<String> {
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let inner = inner.or_else(|| text.strip_prefix('{').and_then(|t| t.strip_suffix('}')));
    match inner {
        Some(list) => {
            // A decimal comma inside a list would be cut; a comma followed by a space or a letter separates.
            list.split([';'])
                .flat_map(split_list)
                .map(|t| t.trim().trim_matches(['"', '\'']).to_string())
                .filter(|t| !t.is_empty())
                .collect()
        }
        None => {
            let mut parts = vec![text.to_string()];
            for word in [" or ", " of ", " | "] {
                if text.contains(word) {
                    parts = text.split(word).map(|t| t.trim().to_string()).collect();
                }
            }
            parts
        }
    }
}

fn split_list(list: &str) -> Vec<&str> {
    let bytes = list.as_bytes();
    let mut parts = Vec::new();
    let mut start = 0;
    for (i, b) in bytes.iter().enumerate() {
        if *b == b',' {
            let digit_before = i > 0 && bytes[i - 1].is_ascii_digit();
            let digit_after = bytes.get(i + 1).is_some_and(|c| c.is_ascii_digit());
            if !(digit_before && digit_after) {
                parts.push(&list[start..i]);
                start = i + 1;
            }
        }
    }
    parts.push(&list[start..]);
    parts
}

/// What a word says of a fact that is yes or no, by position.
pub(crate) fn yes_or_no(text: &str) -> Option<usize> {
    let (word, raw) = (fold_word(text), text.trim());
    let says = |words: &[&str], sign| words.contains(&word.as_str()) || raw == sign;
    if says(YES, "+") { Some(1) } else { says(NO, "-").then_some(0) }
}

fn read_choice(fact: &FactDef, text: &str) -> Result<usize, Fault> {
    if fact.kind == Kind::YesNo {
        return yes_or_no(text).ok_or_else(|| {
            fault(
                "unknown-value",
                format!("`{text}` is not a value of `{}`", fact.id),
                format!(
                    "write `yes`, `no`, `unknown` or `not-done`{}",
                    did_you_mean(text, YES_NO.iter().copied())
                ),
            )
        });
    }
    fact.choice(text).ok_or_else(|| {
        let ids: Vec<&str> = fact.choices.iter().map(|c| c.id.as_str()).collect();
        let words = fact.choices.iter().flat_map(|c| {
            std::iter::once(c.id.as_str())
                .chain(c.aliases.iter().map(String::as_str))
                .chain([c.label.en.as_str(), c.label.nl.as_str()])
        });
        fault(
            "unknown-value",
            format!("`{text}` is not a value of `{}`", fact.id),
            format!("expected one of {}{}", list_words(&ids), did_you_mean(text, words)),
        )
    })
}

fn list_words(words: &[&str]) -> String {
    words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
}

fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// A number or range as written, with the unit text that followed it.
struct Written {
    interval: Interval,
    unit: String,
    about: bool,
}

fn read_numbers(
    vocabulary: &Vocabulary,
    idx: FactIdx,
    parts: &[String],
) -> Result<Vec<(FactIdx, Evidence)>, Fault> {
    let fact = vocabulary.fact(idx);
    let mut intervals = Vec::new();
    for part in parts {
        let written = read_written(fact, part)?;
        let reading = fact.readings.iter().find_map(|r| Some((r, number_in_unit(&r.unit, &written.unit)?)));
        if let Some((reading, number)) = reading {
            if parts.len() > 1 {
                return Err(fault(
                    "unit-in-list",
                    format!("`{part}` needs another denominator and cannot stand in a list"),
                    "write the count and the area as facts of their own",
                ));
            }
            return read_through(vocabulary, idx, reading, (part, &written, number));
        }
        intervals.push(in_base_units(fact, part, &written)?);
    }
    Ok(vec![(idx, Evidence::Numbers(intervals))])
}

/// Whether a unit is the expected one, and the number that stands where the expected one has `{n}`.
#[allow(clippy::option_option)]
fn number_in_unit(expected: &str, given: &str) -> Option<Option<Decimal>> {
    let fold = |t: &str| t.to_lowercase().replace([' ', '.'], "").replace("per", "/").replace("hpfs", "hpf");
    let (expected, given) = (fold(expected), fold(given));
    let Some((before, after)) = expected.split_once("{n}") else {
        return (expected == given).then_some(None);
    };
    let number = given.strip_prefix(before)?.strip_suffix(after)?;
    let digits = (1..=6).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| parse_number(number).ok())?.map(Some)
}

fn read_through(
    vocabulary: &Vocabulary,
    from: FactIdx,
    reading: &crate::Reading,
    (text, written, number): (&str, &Written, Option<Decimal>),
) -> Result<Vec<(FactIdx, Evidence)>, Fault> {
    let mut read_into = Vec::new();
    let low = written.interval.low.map(|b| b.at);
    if let Some(whole) = number.filter(|n| reading.part && low.is_some_and(|low| low > *n)) {
        return Err(fault(
            "part-of-less",
            format!("`{text}` is more than there were: {whole}"),
            "write the part first, then the whole, for example `3/18`",
        ));
    }
    for (target, what) in &reading.gives {
        let Some(to) = vocabulary.find_fact(target) else {
            return Err(fault(
                "unknown-fact",
                format!(
                    "the vocabulary reads `{}` into `{target}`, which does not exist",
                    vocabulary.fact(from).id
                ),
                "mend the vocabulary",
            ));
        };
        let interval = if what == "value" {
            let bare = Written { interval: written.interval, unit: String::new(), about: written.about };
            in_base_units(vocabulary.fact(to), text, &bare)?
        } else if what == "n" {
            let whole = Interval::exactly(number.unwrap_or_default());
            let whole = Written { interval: whole, unit: String::new(), about: false };
            in_base_units(vocabulary.fact(to), text, &whole)?
        } else {
            Interval::exactly(parse_number(what).map_err(|_| {
                fault("bad-number", format!("`{what}` is not a number"), "mend the vocabulary")
            })?)
        };
        read_into.push((to, Evidence::Numbers(vec![interval])));
    }
    Ok(read_into)
}

fn in_base_units(fact: &FactDef, text: &str, written: &Written) -> Result<Interval, Fault> {
    let factor = if written.unit.is_empty() {
        Decimal::ONE
    } else {
        Unit::factor_to(&written.unit, fact).map_err(|why| unit_fault(fact, &written.unit, why))?
    };
    let far = Decimal::from(1_000_000_000_000i64);
    let too_far = |b: Option<crate::Bound>| b.is_some_and(|b| b.at.abs() > far);
    if too_far(written.interval.low) || too_far(written.interval.high) {
        return Err(out_of_range(fact, text));
    }
    let mut interval = written.interval.scaled(factor);
    if written.about {
        let Some(share) = fact.approximate else {
            return Err(fault(
                "about-what",
                format!("`{text}` says about, without saying how far"),
                "write a range, for example `3-5`",
            ));
        };
        let middle = interval.single().unwrap_or_default();
        // `ca. 90 %` reaches to 100 and no further; a middle that cannot be stays out of range.
        let reach = Interval::closed(middle - middle * share, middle + middle * share);
        let possible = Interval::closed(fact.min, fact.max);
        interval = if possible.contains(middle) { reach.intersect(&possible) } else { reach };
    }
    if fact.kind == Kind::Count {
        if let Some(value) = interval.single()
            && value != value.trunc()
        {
            return Err(fault(
                "not-whole",
                format!("`{text}` is not a whole number, and `{}` is a count", fact.id),
                "write a whole number or a range",
            ));
        }
        interval = interval.whole();
    }
    let possible = Interval::closed(fact.min, fact.max);
    let beyond = |b: Option<crate::Bound>| b.is_some_and(|b| !possible.contains(b.at));
    if interval.is_empty()
        || interval.intersect(&possible).is_empty()
        || beyond(written.interval.low.and(interval.low))
        || beyond(written.interval.high.and(interval.high))
    {
        if interval.low.zip(interval.high).is_some_and(|(l, h)| l.at > h.at) {
            return Err(fault(
                "empty-range",
                format!("the range `{text}` ends before it begins"),
                "write the smaller number first",
            ));
        }
        return Err(out_of_range(fact, text));
    }
    Ok(interval.intersect(&possible))
}

fn out_of_range(fact: &FactDef, text: &str) -> Fault {
    let unit = fact.unit.as_deref().unwrap_or("");
    fault(
        "impossible-number",
        format!("`{text}` cannot be a value of `{}`", fact.id),
        format!(
            "it lies between {} and {} {unit}",
            fact.written(fact.min, false),
            fact.written(fact.max, false)
        )
        .trim_end()
        .to_string(),
    )
}

fn unit_fault(fact: &FactDef, unit: &str, why: UnitFault) -> Fault {
    let base = fact.unit.as_deref().unwrap_or("no unit");
    let others: Vec<&str> = fact.units.iter().map(|(u, _)| u.as_str()).collect();
    let expected =
        if others.is_empty() { format!("`{base}`") } else { format!("`{base}` or {}", list_words(&others)) };
    match why {
        UnitFault::Unknown => {
            let near = did_you_mean(unit, Unit::symbols());
            fault(
                "unknown-unit",
                format!("`{unit}` is not a unit we know"),
                format!("`{}` is written in {expected}{near}", fact.id),
            )
        }
        UnitFault::WrongDimension => fault(
            "wrong-unit",
            format!("`{unit}` does not measure `{}`", fact.id),
            format!("write it in {expected}"),
        ),
    }
}

fn read_written(fact: &FactDef, text: &str) -> Result<Written, Fault> {
    let largest = fact.largest.then(|| largest_of(text)).flatten();
    let trimmed = largest.as_deref().unwrap_or(text).trim();
    let lower = trimmed.to_lowercase();
    if NONE.contains(&fold_word(trimmed).as_str()) || ["no mitoses", "geen mitosen"].contains(&lower.as_str())
    {
        return Ok(Written {
            interval: Interval::exactly(Decimal::ZERO),
            unit: fact.unit.clone().unwrap_or_default(),
            about: false,
        });
    }
    for (prefix, comparison) in COMPARISONS {
        if let Some(rest) = lower.strip_prefix(prefix) {
            // Prefixes are ASCII or keep their length in lower case, so the tail can be cut from the original.
            let rest = trimmed.get(trimmed.len() - rest.len()..).unwrap_or(rest);
            let (number, unit) = number_and_unit(fact, rest.trim(), text)?;
            let interval = match *comparison {
                "<" => Interval::below(number, false),
                "<=" => Interval::below(number, true),
                ">" => Interval::above(number, false),
                ">=" => Interval::above(number, true),
                _ => Interval::exactly(number),
            };
            return Ok(Written { interval, unit, about: *comparison == "~" });
        }
    }
    if let Some((low, high)) = split_range(trimmed) {
        let (high_number, unit) = number_and_unit(fact, high, text)?;
        let (low_number, low_unit) = number_and_unit(fact, low, text)?;
        if !low_unit.is_empty() && low_unit != unit {
            return Err(fault(
                "mixed-units",
                format!("`{text}` has two units"),
                "write both ends in one unit",
            ));
        }
        return Ok(Written { interval: Interval::closed(low_number, high_number), unit, about: false });
    }
    let (number, unit) = number_and_unit(fact, trimmed, text)?;
    Ok(Written { interval: Interval::exactly(number), unit, about: false })
}

/// `1.5 x 2 cm` as `2 cm`: the largest of two or three dimensions, when they have one unit.
fn largest_of(text: &str) -> Option<String> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let (before, dimensions) = text.split_at(start);
    let parts: Vec<&str> = dimensions.split(['x', 'X', '×', '*']).map(str::trim).collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let mut sizes = Vec::new();
    for part in &parts {
        let end =
            part.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '½'))).unwrap_or(part.len());
        let (number, unit) = part.split_at(end);
        sizes.push((parse_number(number).ok()?, number, unit.trim()));
    }
    let unit = sizes.last()?.2;
    let one_unit = sizes.iter().all(|(_, _, u)| u.is_empty() || *u == unit);
    let (_, number, _) = sizes.iter().max_by_key(|(size, _, _)| *size)?;
    one_unit.then(|| format!("{before}{number} {unit}"))
}

/// Splits `3-20 %`, `3 – 20`, `3..20`, `3 tot 20`, `between 3 and 20`; a leading minus sign is not a range.
fn split_range(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix("between ").or_else(|| text.strip_prefix("tussen ")).unwrap_or(text);
    for word in ["..=", "..", " t/m ", " tot en met ", " tot ", " to ", " and ", " en ", "–", "—", "−"]
    {
        if let Some((low, high)) = text.split_once(word) {
            return Some((low.trim(), high.trim()));
        }
    }
    let dash = text.char_indices().skip(1).find(|(_, c)| *c == '-').map(|(i, _)| i)?;
    let (low, high) = (&text[..dash], &text[dash + 1..]);
    let starts_with_digit = high.trim_start().starts_with(|c: char| c.is_ascii_digit());
    (starts_with_digit && low.contains(|c: char| c.is_ascii_digit())).then(|| (low.trim(), high.trim()))
}

fn number_and_unit(fact: &FactDef, text: &str, whole: &str) -> Result<(Decimal, String), Fault> {
    let end = text
        .char_indices()
        .find(|(i, c)| {
            !(c.is_ascii_digit() || matches!(c, '.' | ',' | '½') || *i == 0 && matches!(c, '-' | '+'))
        })
        .map_or(text.len(), |(i, _)| i);
    let (number, unit) = text.split_at(end);
    let number = number.trim_end_matches(['.', ',']);
    let value = parse_number(number).map_err(|why| match why {
        NumberFault::Ambiguous => fault(
            "ambiguous-number",
            format!("`{whole}` can mean {} or {}", number.replace(',', "."), number.replace(',', "")),
            "write it with a point, or without a separator",
        ),
        NumberFault::TooLong => fault(
            "bad-number",
            format!("`{whole}` has more digits than can be kept exactly"),
            "write at most 28 digits",
        ),
        NumberFault::NotANumber => fault(
            "bad-number",
            format!("`{whole}` is not a value of `{}`", fact.id),
            format!(
                "expected a number{}, a range, `unknown` or `not-done`",
                fact.unit.as_deref().map_or(String::new(), |u| format!(" in {u}"))
            ),
        ),
    })?;
    Ok((value, unit.trim().to_string()))
}
