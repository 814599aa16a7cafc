//! What a number belongs to: of the things that a sentence names, the one that stands nearest.
//!
//! `Tumor van 14 mm, 3 mm van het snijvlak, klier van 9 mm`: three lengths, of which one is the size of the tumour.

use std::ops::Range;

use crate::grammar::Lazy;
use crate::required::Present;
use crate::search::Search;

/// A thing of which reports give numbers.
pub(crate) struct Owner {
    pub id: String,
    /// Its names.
    pub words: Lazy,
    /// What may stand between a number and a name behind it: `14 mm grote`, `3 mm van het`.
    pub behind: Option<Search>,
    /// It owns only what stands before it.
    pub only_behind: bool,
    /// The owners for which it stands where one of them is named right before it: `in de lever een haard`.
    pub stands_for: Vec<usize>,
}

/// How far before a number its owner may stand, in bytes.
const REACH: usize = 140;

/// Where a sentence names an owner, with its place among the owners.
pub(crate) type Named = Vec<(Range<usize>, usize)>;

/// The names in a sentence; of two that overlap, the longer.
pub(crate) fn named(owners: &[Owner], present: &Present, said: &str) -> Named {
    let mut all: Named = Vec::new();
    for (at, owner) in owners.iter().enumerate() {
        let words = owner.words.among(present);
        all.extend(words.into_iter().flat_map(|w| w.find_iter(said)).map(|range| (range, at)));
    }
    let beaten = |one: &Range<usize>| {
        all.iter().any(|(other, _)| other.start < one.end && one.start < other.end && other.len() > one.len())
    };
    let mut kept: Named = all.iter().filter(|(range, _)| !beaten(range)).cloned().collect();
    kept.sort_by_key(|(range, _)| range.start);
    for at in 1..kept.len() {
        let before = kept[at - 1].1;
        if owners[kept[at].1].stands_for.contains(&before) {
            kept[at].1 = before;
        }
    }
    kept
}

/// The owner of a number: the name right behind it where there is one, else the last before it.
pub(crate) fn owner_of(owners: &[Owner], named: &Named, said: &str, number: &Range<usize>) -> Option<usize> {
    let behind = named.iter().filter(|(range, at)| {
        let between = said.get(number.end..range.start);
        between.is_some_and(|b| owners[*at].behind.as_ref().is_some_and(|s| s.is_match(b)))
    });
    let before = named.iter().filter(|(range, at)| {
        range.end <= number.start && number.start - range.end <= REACH && !owners[*at].only_behind
    });
    behind
        .min_by_key(|(range, _)| range.start)
        .or_else(|| before.max_by_key(|(range, _)| range.end))
        .map(|(_, at)| *at)
}
