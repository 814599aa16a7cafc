//! From observations to what each fact may still be.

use nw_facts::{Bound, Evidence, FactIdx, FactSet, Interval};
use nw_guideline::{Arithmetic, Assumption, Cell, CompiledGuideline, Logic, Subject};

use crate::arithmetic::{self, Known, Statement};
use crate::conclude::Contradiction;

/// How a fact stands in the record. Unknown, not done and not applicable are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Recorded {
    /// Not mentioned.
    #[default]
    Nothing,
    /// Mentioned as unknown.
    Unknown,
    /// Mentioned as not done.
    NotDone,
    /// Mentioned as not applicable.
    NotApplicable,
    /// A value, range or list.
    Value,
    /// Not mentioned, and taken as its presumed value.
    Presumed,
    /// Not mentioned, and computed from other facts.
    Derived,
}

/// What one fact may be.
#[derive(Clone, Debug)]
enum May {
    Anything,
    Numbers(Vec<Interval>),
    Choices(u64),
}

/// One patient's knowledge as a product of masks.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// One mask for each variable of the space.
    pub masks: Vec<u64>,
    /// How each fact stands in the record, by fact position.
    pub recorded: Vec<Recorded>,
    /// Facts whose own observations contradict each other or a derivation.
    pub contradictions: Vec<Contradiction>,
    /// Computed facts of which an input is not known: a range that nobody stated.
    partly: Vec<FactIdx>,
    /// For each fact its place in `said`; most facts of most patients have none.
    place: Vec<u16>,
    said: Vec<May>,
    /// Facts about which something changed since the masks were cut.
    touched: Vec<FactIdx>,
}

/// A fact that may be anything.
const NOWHERE: u16 = u16::MAX;

/// Where every patient begins: nothing recorded, and what may be presumed of everybody.
///
/// It is worked out once for a guideline; a patient then costs what is recorded of them, not all that could be.
pub struct Blank<'g> {
    guideline: &'g CompiledGuideline,
    knowledge: Knowledge,
    /// For each fact whether a derivation reads it, or gives it.
    derives: Vec<bool>,
    /// What keeps facts from being presumed: (presumed, other, values of that one).
    lifts: Vec<(FactIdx, FactIdx, u64)>,
}

impl<'g> Blank<'g> {
    /// The beginning under one guideline.
    pub fn new(guideline: &'g CompiledGuideline) -> Blank<'g> {
        let count = guideline.vocabulary.facts().len();
        let mut knowledge = Knowledge {
            masks: (0..guideline.space.len() as u16).map(|var| guideline.space.full(var)).collect(),
            recorded: vec![Recorded::Nothing; count],
            contradictions: Vec::new(),
            partly: Vec::new(),
            place: vec![NOWHERE; count],
            said: Vec::new(),
            touched: Vec::new(),
        };
        for (i, fact) in guideline.vocabulary.facts().iter().enumerate() {
            if let Some(choice) = fact.presumed.as_ref().and_then(|presumed| fact.choice(presumed)) {
                knowledge.recorded[i] = Recorded::Presumed;
                knowledge.says(FactIdx(i as u16), May::Choices(1 << choice));
            }
        }
        knowledge.cut(guideline);
        let mut derives = vec![false; count];
        for derivation in &guideline.derivations {
            derives[derivation.target.0 as usize] = true;
            derivation.inputs.iter().for_each(|f| derives[f.0 as usize] = true);
            derivation.when.iter().for_each(|when| {
                when.tests(&mut |cells| {
                    if let Subject::Fact(fact) = cells.subject {
                        derives[fact.0 as usize] = true;
                    }
                });
            });
        }
        Blank { guideline, knowledge, derives, lifts: guideline.vocabulary.lifts() }
    }

    /// The guideline.
    pub fn guideline(&self) -> &'g CompiledGuideline {
        self.guideline
    }

    /// Reads the facts; contradictions inside one fact are noted and the fact is taken as unknown.
    pub fn know(&self, facts: &FactSet, aside: &[FactIdx], assumed: &[Assumption]) -> Knowledge {
        let guideline = self.guideline;
        let mut knowledge = self.knowledge.clone();
        for fact in aside {
            knowledge.forget(*fact);
        }
        let series = |fact: FactIdx| guideline.vocabulary.fact(fact).series;
        let mut again: Vec<FactIdx> = Vec::new();
        for observation in facts.observations().iter().filter(|o| !aside.contains(&o.fact)) {
            if series(observation.fact) {
                again.push(observation.fact);
            } else {
                knowledge.observe(guideline, observation.fact, &observation.evidence);
            }
        }
        again.sort_unstable();
        again.dedup();
        for fact in again {
            for observation in facts.present(fact) {
                knowledge.observe(guideline, fact, &observation.evidence);
            }
        }
        // Decided on what is recorded alone, before anything is assumed.
        for (presumed, by, values) in &self.lifts {
            if knowledge.recorded[presumed.0 as usize] == Recorded::Presumed
                && knowledge.recorded[by.0 as usize] == Recorded::Value
                && matches!(knowledge.may(*by), May::Choices(may) if may & values != 0)
            {
                knowledge.forget(*presumed);
            }
        }
        for assumption in assumed.iter().filter(|a| !aside.contains(&a.fact)) {
            knowledge.assume(assumption);
        }
        self.settle(&mut knowledge, facts, aside);
        knowledge
    }

    /// The same knowledge with more assumed, none of it about facts that are presumed.
    ///
    /// Assumptions and derivations only narrow, so it does not matter that derivations were worked out before.
    pub fn know_more(
        &self,
        base: &Knowledge,
        facts: &FactSet,
        aside: &[FactIdx],
        assumed: &[Assumption],
    ) -> Knowledge {
        let mut knowledge = base.clone();
        for assumption in assumed.iter().filter(|a| !aside.contains(&a.fact)) {
            knowledge.assume(assumption);
        }
        self.settle(&mut knowledge, facts, aside);
        knowledge
    }

    /// Derives what follows and cuts what changed into cells.
    fn settle(&self, knowledge: &mut Knowledge, facts: &FactSet, aside: &[FactIdx]) {
        if knowledge.touched.iter().any(|f| self.derives[f.0 as usize]) {
            knowledge.derive(self.guideline, facts, aside);
        }
        knowledge.cut(self.guideline);
    }
}

impl Knowledge {
    /// Reads the facts once; who reads many patients keeps a [`Blank`].
    pub fn new(
        guideline: &CompiledGuideline,
        facts: &FactSet,
        aside: &[FactIdx],
        assumed: &[Assumption],
    ) -> Knowledge {
        Blank::new(guideline).know(facts, aside, assumed)
    }

    fn may(&self, fact: FactIdx) -> &May {
        self.said.get(usize::from(self.place[fact.0 as usize])).unwrap_or(&May::Anything)
    }

    fn touch(&mut self, fact: FactIdx) {
        if self.touched.last() != Some(&fact) {
            self.touched.push(fact);
        }
    }

    fn says(&mut self, fact: FactIdx, may: May) {
        self.touch(fact);
        let place = &mut self.place[fact.0 as usize];
        match self.said.get_mut(usize::from(*place)) {
            Some(said) => *said = may,
            None => {
                *place = self.said.len() as u16;
                self.said.push(may);
            }
        }
    }

    fn forget(&mut self, fact: FactIdx) {
        self.recorded[fact.0 as usize] = Recorded::Nothing;
        self.says(fact, May::Anything);
    }

    fn assume(&mut self, assumption: &Assumption) {
        if self.recorded[assumption.fact.0 as usize] == Recorded::Presumed {
            self.forget(assumption.fact);
        }
        self.recorded[assumption.fact.0 as usize] = Recorded::Value;
        let evidence = if assumption.ranges.is_empty() {
            let choices = (0..64).filter(|i| assumption.choices >> i & 1 == 1).collect();
            Evidence::Choices(choices)
        } else {
            Evidence::Numbers(assumption.ranges.clone())
        };
        if !self.narrow(assumption.fact, &evidence) {
            let facts = vec![assumption.fact];
            self.contradictions.push(Contradiction { facts, rules: Vec::new(), agreements: Vec::new() });
        }
    }

    fn observe(&mut self, guideline: &CompiledGuideline, fact: FactIdx, evidence: &Evidence) {
        let at = fact.0 as usize;
        if self.recorded[at] == Recorded::Presumed {
            self.forget(fact);
        }
        self.touch(fact);
        let state_fact = guideline.vocabulary.fact(fact).not_done_is_state;
        let recorded = match evidence {
            Evidence::Numbers(_) | Evidence::Choices(_) => Recorded::Value,
            Evidence::NotDone => Recorded::NotDone,
            Evidence::NotApplicable => Recorded::NotApplicable,
            Evidence::Unknown => Recorded::Unknown,
        };
        // A value beside "unknown" is a value; "not done" beside a value of a fact that has that state contradicts it.
        let before = self.recorded[at];
        let clash = state_fact
            && (before == Recorded::NotDone && recorded == Recorded::Value
                || before == Recorded::Value && recorded == Recorded::NotDone);
        if before != Recorded::Value {
            self.recorded[at] =
                if before == Recorded::NotDone && recorded == Recorded::Unknown { before } else { recorded };
        }
        if clash || !self.narrow(fact, evidence) {
            self.contradictions.push(Contradiction {
                facts: vec![fact],
                rules: Vec::new(),
                agreements: Vec::new(),
            });
            self.says(fact, May::Anything);
            self.recorded[at] = Recorded::Unknown;
        }
    }

    /// Intersects; false when nothing is left.
    fn narrow(&mut self, fact: FactIdx, evidence: &Evidence) -> bool {
        match evidence {
            Evidence::Numbers(ranges) => {
                let next: Vec<Interval> = match self.may(fact) {
                    May::Numbers(known) => known
                        .iter()
                        .flat_map(|k| ranges.iter().map(move |r| k.intersect(r)))
                        .filter(|r| !r.is_empty())
                        .collect(),
                    _ => ranges.clone(),
                };
                let left = !next.is_empty();
                self.says(fact, May::Numbers(next));
                left
            }
            Evidence::Choices(choices) => {
                let mask = choices.iter().fold(0u64, |m, c| m | 1 << c);
                let next = match self.may(fact) {
                    May::Choices(known) => known & mask,
                    _ => mask,
                };
                self.says(fact, May::Choices(next));
                next != 0
            }
            _ => true,
        }
    }

    fn derive(&mut self, guideline: &CompiledGuideline, facts: &FactSet, aside: &[FactIdx]) {
        // A derivation may feed another; as many passes as derivations reach every chain.
        for _ in 0..guideline.derivations.len() {
            let mut changed = false;
            for derivation in &guideline.derivations {
                changed |= self.derive_one(guideline, facts, derivation, aside);
            }
            if !changed {
                break;
            }
        }
        self.tell_partly(guideline, facts);
    }

    /// Finds the computed facts that are not known: an input is missing, and the range is not one value all the same.
    fn tell_partly(&mut self, guideline: &CompiledGuideline, facts: &FactSet) {
        let computed = |i: &usize| self.recorded[*i] == Recorded::Derived;
        self.partly = (0..self.recorded.len()).filter(computed).map(|i| FactIdx(i as u16)).collect();
        loop {
            let whole = |knowledge: &Knowledge, fact: FactIdx| {
                knowledge.exact(fact)
                    || guideline.derivations.iter().filter(|d| d.target == fact).any(|d| {
                        d.inputs.iter().all(|input| !knowledge.missing(*input))
                            && d.when.as_ref().is_none_or(|when| knowledge.certain(guideline, when, true))
                            && knowledge.computed(guideline, facts, &d.formula).is_some()
                    })
            };
            let left: Vec<FactIdx> = self.partly.iter().copied().filter(|f| !whole(self, *f)).collect();
            let done = left.len() == self.partly.len();
            self.partly = left;
            if done {
                return;
            }
        }
    }

    fn derive_one(
        &mut self,
        guideline: &CompiledGuideline,
        facts: &FactSet,
        derivation: &nw_guideline::Derivation,
        aside: &[FactIdx],
    ) -> bool {
        let inputs = &derivation.inputs;
        let recorded =
            |f: &FactIdx| matches!(self.recorded[f.0 as usize], Recorded::Value | Recorded::Derived);
        // With nothing recorded the range would only repeat what can exist at all.
        if !inputs.iter().any(recorded) || aside.contains(&derivation.target) {
            return false;
        }
        if derivation.when.as_ref().is_some_and(|when| !self.certain(guideline, when, true)) {
            return false;
        }
        let Some(range) = self.computed(guideline, facts, &derivation.formula) else { return false };
        let at = derivation.target.0 as usize;
        let def = guideline.vocabulary.fact(derivation.target);
        let range = range.intersect(&Interval::closed(def.min, def.max));
        let before = match self.may(derivation.target) {
            May::Numbers(known) => known.clone(),
            _ => vec![Interval::closed(def.min, def.max)],
        };
        let next: Vec<Interval> =
            before.iter().map(|k| k.intersect(&range)).filter(|r| !r.is_empty()).collect();
        if next == before {
            return false;
        }
        if next.is_empty() {
            let mut facts: Vec<FactIdx> = inputs.iter().copied().filter(recorded).collect();
            facts.push(derivation.target);
            facts.sort_unstable();
            facts.dedup();
            if !self.contradictions.iter().any(|c| c.facts == facts) {
                self.contradictions.push(Contradiction { facts, rules: Vec::new(), agreements: Vec::new() });
            }
            return false;
        }
        self.says(derivation.target, May::Numbers(next));
        if self.recorded[at] != Recorded::Value {
            self.recorded[at] = Recorded::Derived;
        }
        true
    }

    /// The range of a formula with what is known.
    pub(crate) fn computed(
        &self,
        guideline: &CompiledGuideline,
        facts: &FactSet,
        formula: &Arithmetic,
    ) -> Option<Interval> {
        let of = |f: FactIdx| {
            let def = guideline.vocabulary.fact(f);
            let possible = Interval::closed(def.min, def.max);
            match self.may(f) {
                May::Numbers(ranges) => hull(ranges).intersect(&possible),
                _ => possible,
            }
        };
        let statements = |f: FactIdx| {
            let numbers = facts.about(f).filter_map(|o| match &o.evidence {
                Evidence::Numbers(ranges) => Some(Statement { day: o.date, range: hull(ranges) }),
                _ => None,
            });
            numbers.collect()
        };
        let known = Known { of: &of, statements: &statements, as_of: facts.as_of() };
        arithmetic::range(formula, &known)
    }

    /// Whether a condition on facts holds (or, when not `wanted`, fails) whatever the open facts are.
    fn certain(&self, guideline: &CompiledGuideline, logic: &Logic, wanted: bool) -> bool {
        match logic {
            Logic::And(all) if wanted => all.iter().all(|l| self.certain(guideline, l, true)),
            Logic::And(all) => all.iter().any(|l| self.certain(guideline, l, false)),
            Logic::Or(all) if wanted => all.iter().any(|l| self.certain(guideline, l, true)),
            Logic::Or(all) => all.iter().all(|l| self.certain(guideline, l, false)),
            Logic::Not(inner) => self.certain(guideline, inner, !wanted),
            Logic::Is(cells) => {
                let Subject::Fact(fact) = cells.subject else { return false };
                let Some(var) = guideline.space.var(fact) else { return false };
                let mask = self.mask(guideline, var);
                if wanted { mask & !cells.mask == 0 } else { mask & cells.mask == 0 }
            }
        }
    }

    fn cut(&mut self, guideline: &CompiledGuideline) {
        for fact in std::mem::take(&mut self.touched) {
            if let Some(var) = guideline.space.var(fact) {
                self.masks[usize::from(var)] = self.mask(guideline, var);
            }
        }
    }

    /// The cells that a fact may be in.
    fn mask(&self, guideline: &CompiledGuideline, var: u16) -> u64 {
        let space = &guideline.space;
        let fact = space.domain(var).fact;
        let mask = match self.may(fact) {
            May::Anything if self.recorded[fact.0 as usize] == Recorded::NotDone => {
                space.mask(var, &Evidence::NotDone)
            }
            May::Anything => space.full(var),
            May::Numbers(ranges) => number_mask(space, var, ranges),
            // Choices are the first cells, in the same order.
            May::Choices(mask) => *mask,
        };
        if mask == 0 { space.full(var) } else { mask }
    }

    /// Whether nothing is recorded that says what the fact is, and it cannot be computed from what is known either.
    pub fn missing(&self, fact: FactIdx) -> bool {
        match self.recorded[fact.0 as usize] {
            Recorded::Nothing | Recorded::Unknown | Recorded::NotDone | Recorded::NotApplicable => true,
            Recorded::Derived => self.partly.contains(&fact),
            Recorded::Value | Recorded::Presumed => false,
        }
    }

    /// Whether the fact has one value, not only a range.
    pub fn exact(&self, fact: FactIdx) -> bool {
        match self.may(fact) {
            May::Anything => false,
            May::Numbers(ranges) => ranges.len() == 1 && ranges[0].single().is_some(),
            May::Choices(mask) => mask.count_ones() == 1,
        }
    }

    /// What a numeric fact may be.
    pub fn ranges(&self, fact: FactIdx) -> Option<&[Interval]> {
        match self.may(fact) {
            May::Numbers(ranges) => Some(ranges),
            _ => None,
        }
    }
}

/// The cells that share a number with one of the ranges. Cells stand in rising order, so each range meets a run of them.
fn number_mask(space: &nw_guideline::Space, var: u16, ranges: &[Interval]) -> u64 {
    let cells = &space.domain(var).cells;
    let before = |a: Option<Bound>, b: Option<Bound>| match (a, b) {
        (Some(a), Some(b)) => a.at < b.at || a.at == b.at && !(a.closed && b.closed),
        _ => false,
    };
    let mut mask = 0;
    for range in ranges {
        let below = |cell: &Cell| matches!(cell, Cell::Numbers(cell) if before(cell.high, range.low));
        let from = cells.partition_point(below);
        for (i, cell) in cells.iter().enumerate().skip(from) {
            match cell {
                Cell::Numbers(cell) if !before(range.high, cell.low) => {
                    mask |= u64::from(!range.intersect(cell).is_empty()) << i;
                }
                _ => break,
            }
        }
    }
    mask
}

fn hull(ranges: &[Interval]) -> Interval {
    let mut all = ranges.iter();
    let Some(mut whole) = all.next().copied() else { return Interval::default() };
    for range in all {
        let lower = |a: Option<nw_facts::Bound>, b: Option<nw_facts::Bound>| match (a, b) {
            (Some(a), Some(b)) => Some(if b.at < a.at || b.at == a.at && b.closed { b } else { a }),
            _ => None,
        };
        let upper = |a: Option<nw_facts::Bound>, b: Option<nw_facts::Bound>| match (a, b) {
            (Some(a), Some(b)) => Some(if b.at > a.at || b.at == a.at && b.closed { b } else { a }),
            _ => None,
        };
        whole = Interval { low: lower(whole.low, range.low), high: upper(whole.high, range.high) };
    }
    whole
}
