//! What surrounds a finding: denied, doubted, asked, planned, or of another time.

use std::ops::Range;

use crate::grammar::Lazy;
use crate::required::Present;
use crate::search::Search;

/// In which light a text says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    /// It denies it.
    Denied,
    /// It suspects it, or does not exclude it.
    Doubted,
    /// It asks about it, or speaks of a case that may be.
    Asked,
    /// It speaks of what will be.
    Planned,
    /// It speaks of what was.
    Past,
    /// It speaks of somebody else, or of another tumour.
    Other,
}

/// Words that change the light of what stands near them.
pub(crate) struct Cue {
    pub light: Light,
    pub words: Lazy,
    /// Whether they count only where no letter or digit parts them from the finding.
    pub adjacent: bool,
}

/// A cue in a sentence.
struct Place {
    light: Light,
    at: Range<usize>,
    adjacent: bool,
}

impl Place {
    /// Whether it reaches over these words.
    fn reaches(&self, between: &str) -> bool {
        !self.adjacent || !between.contains(|c: char| c.is_ascii_alphanumeric())
    }
}

/// All words that change the light of what stands near them.
#[derive(Default)]
pub(crate) struct Cues {
    /// Before a finding, up to what ends its reach.
    pub before: Vec<Cue>,
    /// After it, in the same clause.
    pub after: Vec<Cue>,
    /// What ends the reach of a cue.
    pub ends: Option<Search>,
    /// What ends the reach of a cue that stands after a finding.
    pub clause: Option<Search>,
    /// What looks like a cue and is none.
    pub none: Option<Lazy>,
}

/// How far a cue reaches, in bytes.
const REACH: usize = 160;

/// The cues of one sentence, found once for all that is found in it.
pub(crate) struct Lit {
    before: Vec<Place>,
    after: Vec<Place>,
}

impl Cues {
    /// The cues of a sentence, but for what only looks like one.
    pub(crate) fn lit(&self, present: &Present, sentence: &str) -> Lit {
        let masks: Vec<Range<usize>> =
            self.none.iter().filter_map(|n| n.among(present)).flat_map(|n| n.find_iter(sentence)).collect();
        let hidden = |r: &Range<usize>| masks.iter().any(|m| m.start < r.end && r.start < m.end);
        let all = |cues: &[Cue]| {
            let mut found = Vec::new();
            for (cue, words) in cues.iter().filter_map(|cue| Some((cue, cue.words.among(present)?))) {
                let (light, adjacent) = (cue.light, cue.adjacent);
                let places = words.find_iter(sentence).filter(|r| !hidden(r));
                found.extend(places.map(|at| Place { light, at, adjacent }));
            }
            found
        };
        Lit { before: all(&self.before), after: all(&self.after) }
    }

    /// The lights that fall on a span of a sentence, but for those that `stays` does not let stand by their cue.
    pub(crate) fn lights(
        &self,
        sentence: &str,
        lit: &Lit,
        span: &Range<usize>,
        stays: impl Fn(Light, &str) -> bool,
    ) -> Vec<Light> {
        let ends =
            |by: &Option<Search>, between: &str| by.as_ref().is_some_and(|search| search.is_match(between));
        let before = lit.before.iter().filter(|cue| {
            cue.at.end <= span.start && {
                let between = &sentence[cue.at.end..span.start];
                cue.reaches(between)
                    && between.len() <= REACH
                    && !leaves_brackets(between)
                    && !ends(&self.ends, between)
            }
        });
        let after = lit.after.iter().filter(|cue| {
            span.end <= cue.at.start && {
                let between = &sentence[span.end..cue.at.start];
                cue.reaches(between) && between.len() <= REACH / 2 && !ends(&self.clause, between)
            }
        });
        let found: Vec<&Place> = before.chain(after).collect();
        // The longest words say what is meant: `niet uitgesloten` doubts, though `uitgesloten` alone denies.
        let within = |cue: &Place| {
            let (light, r) = (cue.light, &cue.at);
            found.iter().any(|o| {
                o.light != light && o.at.start <= r.start && r.end <= o.at.end && o.at.len() > r.len()
            })
        };
        let mut lights: Vec<Light> = found
            .iter()
            .filter(|f| !within(f) && stays(f.light, &sentence[f.at.clone()]))
            .map(|f| f.light)
            .collect();
        lights.sort_unstable();
        lights.dedup();
        lights
    }
}

/// Whether brackets that opened before these words close in them: `(vader CRC) ileum` says nothing of the ileum's owner.
fn leaves_brackets(between: &str) -> bool {
    let mut depth = 0i32;
    between.bytes().any(|byte| {
        depth += i32::from(byte == b'(') - i32::from(byte == b')');
        depth < 0
    })
}

/// Where the clause begins in which a place lies: after the last comma, semicolon or bracket before it. A decimal comma
/// is none.
pub(crate) fn clause_start(said: &str, at: usize) -> usize {
    let bytes = said.as_bytes();
    let decimal =
        |i: usize| i > 0 && bytes[i - 1].is_ascii_digit() && bytes.get(i + 1).is_some_and(u8::is_ascii_digit);
    (0..at).rev().find(|i| matches!(bytes[*i], b',' | b';' | b'(') && !decimal(*i)).map_or(0, |i| i + 1)
}

/// Whether a place lies in a clause that asks, within a sentence that goes on: `laesie 23 mm (NET?), geen klieren`. A
/// bare mark asks of the clause before it (`ileum (?)`), and one before a word of what follows (`laesie ?metastase`).
pub(crate) fn asked_within(said: &str, span: &Range<usize>, answered: impl Fn(&str) -> bool) -> bool {
    said.match_indices('?').any(|(at, _)| {
        let rest = &said[at + 1..];
        let parted = said[..at].ends_with(|c: char| c.is_whitespace() || matches!(c, '(' | ',' | '/'));
        if parted && rest.starts_with(char::is_alphanumeric) {
            let end = at + 1 + rest.find([',', ';', ')', '.']).unwrap_or(rest.len());
            return span.start < end && at < span.end;
        }
        if rest.is_empty() || rest.starts_with(char::is_alphanumeric) || answered(rest) {
            return false;
        }
        let mut begin = clause_start(said, at);
        if said[begin..at].trim().is_empty() && begin > 0 {
            begin = clause_start(said, begin - 1);
        }
        span.start < at && begin < span.end
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(said: &str, words: &str) -> bool {
        let at = said.find(words).map_or(0..0, |at| at..at + words.len());
        asked_within(said, &at, |rest| rest.starts_with(" geen"))
    }

    #[test]
    fn a_question_within_a_sentence_asks_only_of_its_clause() {
        let said = "laesie 23 mm (NET?), verdachte klieren?, geen levermetastasen.";
        assert!(asked(said, "NET") && asked(said, "verdachte klieren"));
        assert!(!asked(said, "23 mm") && !asked(said, "levermetastasen"));
        assert!(asked("NET ileum (?), 12 mm", "ileum"));
        assert!(!asked("NET ileum (?), 12 mm", "12 mm"));
        assert!(asked("laesie 12 mm, ?metastase", "metastase"));
        assert!(!asked("pati?nt met levermetastasen", "levermetastasen"));
        assert!(!asked("Levermetastasen? geen", "Levermetastasen"));
    }
}
