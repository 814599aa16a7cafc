//! What a text must hold for a pattern to be there: sets of words, of each of which one word stands in the text.
//!
//! Most patterns stand in few sentences, and an automaton that is seldom used is slow. So the words are looked for once for
//! all patterns, and a pattern is tried only where none of its sets is missing. A set may be too wide, never too narrow.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Words in small letters, of which a text must hold one.
pub(crate) type Words = BTreeSet<Vec<u8>>;

/// A shorter word stands nearly everywhere.
const SHORTEST: usize = 2;
/// So many words are still told apart when what follows is added to each of them.
const JOINED: usize = 24;
/// So many words are still worth looking for.
const MOST: usize = 400;
/// A class of more letters than this is any letter.
const LETTERS: usize = 4;

/// Begins what stands for a part in the pattern around it; no pattern holds this letter itself.
const STAND_IN: u8 = 0;
/// What stands for a part ends with so many digits.
const DIGITS: usize = 4;

/// What stands for the n-th known part in a pattern around it.
pub(crate) fn stand_in(n: usize) -> String {
    format!("{}{n:0DIGITS$}", char::from(STAND_IN))
}

/// Whether a text that holds one word of the first set always holds one of the second.
fn says_as_much(one: &Words, other: &Words) -> bool {
    one.iter().all(|word| other.iter().any(|part| word.windows(part.len()).any(|w| w == part)))
}

/// What is sure of a part of a pattern.
#[derive(Clone, Default)]
pub(crate) struct Part {
    /// All that it can be, where that is few.
    exact: Option<Words>,
    /// Else what stands in each of its matches.
    sure: Vec<Words>,
}

impl Part {
    /// What is sure of a pattern in which known parts are stood in for; nothing where it is no pattern.
    pub(crate) fn read(pattern: &str, known: &[Part]) -> Part {
        let parsed = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
        parsed.map(|hir| Part::of(&hir, known)).unwrap_or_default()
    }

    fn of(hir: &Hir, known: &[Part]) -> Part {
        let of = |hir: &Hir| Part::of(hir, known);
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Part::exactly([Vec::new()]),
            HirKind::Literal(literal) if literal.0.iter().any(u8::is_ascii_whitespace) => Part::default(),
            HirKind::Literal(literal) if literal.0.contains(&STAND_IN) => {
                let (first, rest) =
                    literal.0.split_at(literal.0.iter().position(|b| *b == STAND_IN).unwrap_or(0));
                let parts = rest.split(|b| *b == STAND_IN).skip(1).flat_map(|part| {
                    let (digits, letters) = part.split_at(part.len().min(DIGITS));
                    let at = std::str::from_utf8(digits).ok().and_then(|d| d.parse::<usize>().ok());
                    let part = at.and_then(|at| known.get(at)).cloned().unwrap_or_default();
                    [part, Part::exactly([letters.to_ascii_lowercase()])]
                });
                let first = Part::exactly([first.to_ascii_lowercase()]);
                Part::in_a_row(std::iter::once(first).chain(parts))
            }
            HirKind::Literal(literal) => Part::exactly([literal.0.to_ascii_lowercase()]),
            HirKind::Class(class) => letters(class).map_or_else(Part::default, Part::exactly),
            HirKind::Capture(capture) => of(&capture.sub),
            HirKind::Repetition(again) if again.min == 0 => {
                let part = if again.max == Some(1) { of(&again.sub) } else { Part::default() };
                let with_nothing = |mut words: Words| {
                    words.insert(Vec::new());
                    words
                };
                Part { exact: part.exact.map(with_nothing), sure: Vec::new() }
            }
            HirKind::Repetition(again) if again.min == 1 && again.max == Some(1) => of(&again.sub),
            HirKind::Repetition(again) => Part { exact: None, sure: of(&again.sub).needs() },
            HirKind::Concat(parts) => Part::in_a_row(parts.iter().map(of)),
            HirKind::Alternation(parts) => Part::one_of(parts.iter().map(of).collect()),
        }
    }

    fn exactly(words: impl IntoIterator<Item = Vec<u8>>) -> Part {
        Part { exact: Some(words.into_iter().collect()), sure: Vec::new() }
    }

    fn in_a_row(parts: impl Iterator<Item = Part>) -> Part {
        let nothing = || Words::from([Vec::new()]);
        let (mut joined, mut sure, mut whole) = (nothing(), Vec::new(), true);
        for part in parts {
            match part.exact {
                Some(words) if joined.len() * words.len() <= JOINED.max(joined.len()).max(words.len()) => {
                    let pairs = joined.iter().flat_map(|a| words.iter().map(move |b| [&a[..], b].concat()));
                    joined = pairs.collect();
                }
                other => {
                    whole = false;
                    sure.extend(worth_looking_for(std::mem::replace(&mut joined, nothing())));
                    match other {
                        Some(words) => joined = words,
                        None => sure.extend(part.sure),
                    }
                }
            }
        }
        if whole {
            return Part { exact: Some(joined), sure: Vec::new() };
        }
        sure.extend(worth_looking_for(joined));
        Part { exact: None, sure }
    }

    fn one_of(parts: Vec<Part>) -> Part {
        let all: usize = parts.iter().filter_map(|p| p.exact.as_ref()).map(BTreeSet::len).sum();
        if all <= MOST && parts.iter().all(|p| p.exact.is_some()) {
            return Part::exactly(parts.into_iter().filter_map(|p| p.exact).flatten());
        }
        let mut either = Words::new();
        for part in parts {
            let best = part.needs().into_iter().max_by_key(|set| {
                (set.iter().map(Vec::len).min().unwrap_or(0).min(5), std::cmp::Reverse(set.len()))
            });
            let Some(best) = best else { return Part::default() };
            either.extend(best);
        }
        Part { exact: None, sure: Vec::from_iter(worth_looking_for(either)) }
    }

    /// The sets of words that a match needs.
    pub(crate) fn needs(self) -> Vec<Words> {
        let mut sets: Vec<Words> = match self.exact {
            Some(words) => worth_looking_for(words).into_iter().collect(),
            None => self.sure,
        };
        sets.sort_by_key(BTreeSet::len);
        let mut kept: Vec<Words> = Vec::new();
        for set in sets {
            if !kept.iter().any(|other| says_as_much(other, &set)) {
                kept.push(set);
            }
        }
        kept
    }
}

/// The letters of a class in small, where they are few and none is white space: a line that is broken has other white space.
fn letters(class: &Class) -> Option<Vec<Vec<u8>>> {
    let Class::Bytes(class) = class else { return None };
    let mut all = BTreeSet::new();
    for range in class.ranges() {
        if range.len() > 2 * LETTERS {
            return None;
        }
        all.extend((range.start()..=range.end()).map(|byte| byte.to_ascii_lowercase()));
    }
    let few = all.len() <= LETTERS && !all.iter().any(u8::is_ascii_whitespace);
    few.then(|| all.into_iter().map(|byte| vec![byte]).collect())
}

fn worth_looking_for(words: Words) -> Option<Words> {
    (words.len() <= MOST && words.iter().all(|w| w.len() >= SHORTEST)).then_some(words)
}

/// Sets of words, each once, while patterns are read.
#[derive(Default)]
pub(crate) struct Sets(BTreeMap<Words, usize>);

impl Sets {
    /// The place of a set.
    pub(crate) fn place(&mut self, set: Words) -> usize {
        let next = self.0.len();
        *self.0.entry(set).or_insert(next)
    }

    /// Finds the words of all sets at once.
    ///
    /// # Errors
    /// Words that are too many for one automaton.
    pub(crate) fn finder(self) -> Result<Finder, BuildError> {
        let mut words: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        let sets = self.0.len();
        for (set, at) in self.0 {
            for word in set {
                words.entry(word).or_default().push(at);
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(words.keys())?;
        Ok(Finder { automaton: Some(automaton), tells: words.into_values().collect(), sets })
    }
}

/// Finds the words of sets.
#[derive(Default)]
pub(crate) struct Finder {
    /// Nothing where there are no words.
    automaton: Option<AhoCorasick>,
    /// The sets of each word.
    tells: Vec<Vec<usize>>,
    sets: usize,
}

/// The sets of which a text holds a word.
#[derive(Debug)]
pub(crate) struct Present(Vec<u64>);

impl Present {
    /// Whether the text holds a word of each of these sets.
    pub(crate) fn all(&self, sets: &[usize]) -> bool {
        sets.iter().all(|set| self.0[set / 64] >> (set % 64) & 1 == 1)
    }

    fn add(&mut self, set: usize) {
        self.0[set / 64] |= 1 << (set % 64);
    }
}

impl Finder {
    fn nothing(&self) -> Present {
        Present(vec![0; self.sets.div_ceil(64)])
    }

    /// What each of some parts of a text holds, which follow each other, and what they hold together. What begins in a part
    /// and ends in the next counts for the first.
    pub(crate) fn present<'s>(
        &self,
        text: &str,
        parts: impl Iterator<Item = &'s std::ops::Range<usize>> + Clone,
    ) -> (Vec<Present>, Present) {
        let ends: Vec<usize> = parts.map(|part| part.end).collect();
        let mut present: Vec<Present> = ends.iter().map(|_| self.nothing()).collect();
        let mut whole = self.nothing();
        // The part in which a word was last seen, counted from 1: what was seen there is known.
        let mut seen = vec![0_u32; self.tells.len()];
        let mut at = 0;
        for found in self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(text)) {
            // A word may begin before one that ended before it.
            while at > 0 && found.start() < ends[at - 1] {
                at -= 1;
            }
            while at + 1 < ends.len() && ends[at] <= found.start() {
                at += 1;
            }
            let word = found.pattern().as_usize();
            let part = at as u32 + 1;
            if present.is_empty() || seen[word] == part {
                continue;
            }
            seen[word] = part;
            for set in &self.tells[word] {
                present[at].add(*set);
                whole.add(*set);
            }
        }
        (present, whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(pattern: &str) -> Vec<Vec<String>> {
        let sets = Part::read(pattern, &[]).needs().into_iter();
        sets.map(|set| set.into_iter().map(|w| String::from_utf8(w).expect("letters")).collect()).collect()
    }

    #[test]
    fn a_pattern_needs_the_words_that_each_of_its_matches_holds() {
        assert_eq!(needs(r"(?i)\bLever\b[^.]{0,30}metas\w+"), [["lever"], ["metas"]]);
        assert_eq!(needs("(?i)graad|grade"), [["graad", "grade"]]);
        assert_eq!(needs(r"(?i)gr[ae]y\s+(?:zone|area)"), [["gray", "grey"], ["area", "zone"]]);
        assert_eq!(needs(r"(?i)(?:kop van )?het\s+pancreas"), [["het"], ["pancreas"]]);
    }

    #[test]
    fn what_may_be_left_out_or_is_any_letter_is_not_needed() {
        assert!(needs(r"(?i)(?:tumor)?\s*\d+").is_empty());
        assert!(needs("(?i)tumor|x").is_empty(), "a letter stands nearly everywhere");
        assert_eq!(needs(r"(?i)(?:tumou?r|\w+)\s+van"), [["van"]], "one of the words may be any");
        assert!(needs("(unfinished").is_empty());
    }

    #[test]
    fn a_known_part_stands_for_its_words_between_those_around_it() {
        let known = [Part::read("(?i)mm|cm", &[]), Part::read(r"(?i)\w+", &[])];
        let around = format!(r"(?i)maat[^.]*5{}9\s(?:{})", stand_in(0), stand_in(1));
        let words = |set: Words| {
            set.into_iter().map(|w| String::from_utf8_lossy(&w).into_owned()).collect::<Vec<_>>()
        };
        let sets: Vec<Vec<String>> = Part::read(&around, &known).needs().into_iter().map(words).collect();
        assert_eq!(sets, [vec!["maat"], vec!["5cm9", "5mm9"]]);
    }

    #[test]
    fn words_are_found_in_the_part_in_which_they_begin() {
        let mut sets = Sets::default();
        let set = |word: &str| Words::from([word.as_bytes().to_vec()]);
        let (liver, node, bone) =
            (sets.place(set("lever")), sets.place(set("klier")), sets.place(set("bot")));
        let finder = sets.finder().expect("words");
        let text = "LEVER vrij. Klier 3 mm.";
        let (parts, whole) = finder.present(text, [0..11, 12..23].iter());
        assert!(parts[0].all(&[liver]) && !parts[0].all(&[node]));
        assert!(parts[1].all(&[node]) && !parts[1].all(&[liver]));
        assert!(whole.all(&[liver, node]) && !whole.all(&[bone]));
    }
}
