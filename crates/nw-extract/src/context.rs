//! What surrounds a finding: denied, doubted, asked, planned, or of another time.

use std::ops::Range;

use regex::Regex;

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
pub(crate) struct Cues {
    /// Before a finding, up to what ends its reach.
    pub before: Vec<(Light, Regex)>,
    /// After it, in the same clause.
    pub after: Vec<(Light, Regex)>,
    /// What ends the reach of a cue.
    pub ends: Option<Regex>,
    /// What ends the reach of a cue that stands after a finding.
    pub clause: Option<Regex>,
    /// What looks like a cue and is none.
    pub none: Option<Regex>,
}

/// How far a cue reaches, in bytes.
const REACH: usize = 160;

impl Cues {
    /// The lights that fall on a span of a sentence, but for those that `stays` does not let stand by their cue.
    pub(crate) fn lights(
        &self,
        sentence: &str,
        span: &Range<usize>,
        stays: impl Fn(Light, &str) -> bool,
    ) -> Vec<Light> {
        let masks = self.masked(sentence);
        let hidden = |r: &Range<usize>| masks.iter().any(|m| m.start < r.end && r.start < m.end);
        let mut found: Vec<(Light, Range<usize>)> = Vec::new();
        for (light, cue) in &self.before {
            let near = cue.find_iter(&sentence[..span.start]).map(|m| m.range()).filter(|m| {
                let between = &sentence[m.end..span.start];
                between.len() <= REACH
                    && !hidden(m)
                    && !leaves_brackets(between)
                    && !self.ends.as_ref().is_some_and(|e| e.is_match(between))
            });
            found.extend(near.map(|m| (*light, m)));
        }
        for (light, cue) in &self.after {
            let near = cue.find_iter(&sentence[span.end..]).filter_map(|m| {
                let between = &sentence[span.end..span.end + m.start()];
                let range = span.end + m.start()..span.end + m.end();
                let reaches = between.len() <= REACH / 2
                    && !hidden(&range)
                    && !self.clause.as_ref().is_some_and(|e| e.is_match(between));
                reaches.then_some(range)
            });
            found.extend(near.map(|m| (*light, m)));
        }
        // The longest words say what is meant: `niet uitgesloten` doubts, though `uitgesloten` alone denies.
        let within = |(light, r): &(Light, Range<usize>)| {
            found
                .iter()
                .any(|(other, o)| other != light && o.start <= r.start && r.end <= o.end && o.len() > r.len())
        };
        let mut lights: Vec<Light> = found
            .iter()
            .filter(|f| !within(f) && stays(f.0, &sentence[f.1.clone()]))
            .map(|(l, _)| *l)
            .collect();
        lights.sort_unstable();
        lights.dedup();
        lights
    }

    fn masked(&self, sentence: &str) -> Vec<Range<usize>> {
        self.none.as_ref().map_or_else(Vec::new, |none| none.find_iter(sentence).map(|m| m.range()).collect())
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
