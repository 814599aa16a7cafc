//! One patient's facts with their dates and origin.

use std::fmt;

use crate::{Date, FactIdx, Interval};

/// What is asserted about one fact.
#[derive(Clone, PartialEq, Eq)]
pub enum Evidence {
    /// The number lies in one of these ranges (one exact number is a range too).
    Numbers(Vec<Interval>),
    /// One of these choices, by position.
    Choices(Vec<usize>),
    /// Nobody measured it.
    NotDone,
    /// Asked, and nobody knows; also written when a fact must not be presumed.
    Unknown,
    /// The question does not arise for this patient.
    NotApplicable,
}

impl Evidence {
    /// The ids of what is said, as the record and case files write them; nothing for numbers, whose text says it.
    pub fn ids<'d>(&self, def: &'d crate::FactDef) -> Option<Vec<&'d str>> {
        match self {
            Evidence::Unknown => Some(vec!["unknown"]),
            Evidence::NotDone => Some(vec!["not-done"]),
            Evidence::NotApplicable => Some(vec!["not-applicable"]),
            Evidence::Choices(choices) => Some(choices.iter().map(|at| def.choice_id(*at)).collect()),
            Evidence::Numbers(_) => None,
        }
    }
}

/// A statement about one fact, true on one date and known from another.
#[derive(Clone, PartialEq, Eq)]
pub struct Observation {
    /// The fact.
    pub fact: FactIdx,
    /// What is said of it.
    pub evidence: Evidence,
    /// As written, for display beside the reading.
    pub text: String,
    /// When it was true.
    pub date: Option<Date>,
    /// When it became known.
    pub known: Option<Date>,
    /// Where it comes from (a report, a form, a registry).
    pub origin: Option<String>,
    /// The fact that was written, when another fact's text was read into this one.
    pub via: Option<FactIdx>,
}

impl Observation {
    /// A day that is measured again says itself when it was: `imaging.date: 2026-03-10` is true on that day.
    #[must_use]
    pub fn dated_by_itself(mut self, def: &crate::FactDef) -> Self {
        if def.series
            && def.kind == crate::Kind::Date
            && self.date.is_none()
            && let Evidence::Numbers(days) = &self.evidence
            && let [day] = days.as_slice()
        {
            // A month without a day counts from its first day on.
            self.date = day.low.and_then(|b| crate::day_of(b.at));
        }
        self
    }
}

// A patient's values must not reach logs through `{:?}`.
impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Evidence(redacted)")
    }
}

impl fmt::Debug for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observation(fact {}, redacted)", self.fact.0)
    }
}

/// Which observations count: what was true then, and what was known then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Leave out what was true only later.
    pub as_of: Option<Date>,
    /// Leave out what became known only later.
    pub known_by: Option<Date>,
}

/// All facts of one patient, as of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactSet {
    observations: Vec<Observation>,
    /// For each observation the next one about the same fact, plus one; 0 after the last.
    next: Vec<u32>,
    /// The first and last observation about each fact, in the order of the facts.
    ends: Vec<(FactIdx, u32, u32)>,
    as_of: Option<Date>,
}

impl FactSet {
    /// No facts at all.
    pub fn new() -> Self {
        FactSet::default()
    }

    /// The same facts on a day: what is counted in time is counted up to it.
    #[must_use]
    pub fn on(mut self, as_of: Option<Date>) -> Self {
        self.as_of = as_of;
        self
    }

    /// The day of the assessment, when one was named.
    pub fn as_of(&self) -> Option<Date> {
        self.as_of
    }

    /// What is said of a fact that is measured again at its last time: statements of the last day, and those without
    /// a day, which speak of the present. Statements that give no value do not count as a time.
    pub fn present(&self, fact: FactIdx) -> Vec<&Observation> {
        let gives = |o: &&Observation| matches!(o.evidence, Evidence::Numbers(_) | Evidence::Choices(_));
        let mut all: Vec<&Observation> = self.about(fact).filter(gives).collect();
        if all.is_empty() {
            return self.about(fact).collect();
        }
        let day = |o: &Observation| o.date.or(self.as_of);
        let last = if all.iter().any(|o| day(o).is_none()) { None } else { all.iter().map(|o| day(o)).max() };
        match last {
            Some(last) => all.retain(|o| day(o) == last),
            None => all.retain(|o| day(o).is_none()),
        }
        all
    }

    /// Adds a statement; nothing is ever replaced, contradictions stay visible.
    pub fn add(&mut self, observation: Observation) {
        let at = self.observations.len() as u32;
        match self.ends.binary_search_by_key(&observation.fact, |(fact, _, _)| *fact) {
            Ok(found) => {
                let last = std::mem::replace(&mut self.ends[found].2, at);
                self.next[last as usize] = at + 1;
            }
            Err(place) => self.ends.insert(place, (observation.fact, at, at)),
        }
        self.next.push(0);
        self.observations.push(observation);
    }

    /// All statements in the order given.
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// Statements about one fact, in the order given.
    pub fn about(&self, fact: FactIdx) -> impl Iterator<Item = &Observation> {
        let found = self.ends.binary_search_by_key(&fact, |(fact, _, _)| *fact).ok();
        let first = found.map(|found| self.ends[found].1 as usize);
        let following = |at: &usize| (self.next[*at] as usize).checked_sub(1);
        std::iter::successors(first, following).map(|at| &self.observations[at])
    }

    fn of<'o>(observations: impl Iterator<Item = &'o Observation>, as_of: Option<Date>) -> FactSet {
        let mut facts = FactSet::new().on(as_of);
        observations.for_each(|o| facts.add(o.clone()));
        facts
    }

    /// The facts as they stood: later truths and later knowledge left out.
    pub fn seen(&self, seen: Seen) -> FactSet {
        let counts = |o: &&Observation| {
            let true_then = match (o.date, seen.as_of) {
                (Some(date), Some(as_of)) => date <= as_of,
                _ => true,
            };
            let known_then = match (o.known.or(o.date), seen.known_by) {
                (Some(date), Some(by)) => date <= by,
                _ => true,
            };
            true_then && known_then
        };
        FactSet::of(self.observations.iter().filter(counts), seen.as_of.or(self.as_of))
    }

    /// The same facts without one of them (and without what was read from it).
    pub fn without(&self, fact: FactIdx) -> FactSet {
        let kept = self.observations.iter().filter(|o| o.fact != fact && o.via != Some(fact));
        FactSet::of(kept, self.as_of)
    }
}
