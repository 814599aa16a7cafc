//! The record as far as it can be true: knowledge that allows a world, and what had to be set aside for that.

use nw_diagram::FALSE;
use nw_facts::{FactIdx, FactSet};
use nw_guideline::CompiledGuideline;

use crate::columns::Possible;
use crate::conclude::Contradiction;
use crate::knowledge::{Blank, Knowledge, Recorded};

/// Knowledge that allows a world, with what had to be set aside for that.
pub(crate) struct Ground {
    pub knowledge: Knowledge,
    pub agreements: Vec<usize>,
    pub contradictions: Vec<Contradiction>,
    pub aside: Vec<FactIdx>,
}

/// Agreements whose report is on record and narrows something: a report that agrees with every value is no evidence.
pub(crate) fn active(guideline: &CompiledGuideline, masks: &[u64]) -> Vec<usize> {
    let narrows = |at: &usize| {
        let agreement = &guideline.agreements[*at];
        let values = guideline.vocabulary.conclusion(agreement.conclusion).values.len();
        let everything = (1u64 << (values + 1)) - 1;
        guideline.space.var(agreement.reported).is_some_and(|var| {
            let mask = masks[var as usize];
            let says_something =
                |(choice, agrees): (usize, &u64)| mask >> choice & 1 == 1 && *agrees != everything;
            mask != guideline.space.full(var) && agreement.agrees.iter().enumerate().any(says_something)
        })
    };
    (0..guideline.agreements.len()).filter(narrows).collect()
}

/// Which worlds there are.
pub(crate) trait Worldly {
    /// Whether masks allow a world with these agreements kept.
    fn any(&mut self, masks: &[u64], kept: &[usize]) -> bool;

    /// Whether that may depend on what is known of a variable.
    fn reads(&self, _var: u16) -> bool {
        true
    }
}

/// Worlds that somebody else knows.
pub(crate) struct Told<F>(F);

/// Whoever says whether masks allow a world.
pub(crate) fn told<F: FnMut(&[u64], &[usize]) -> bool>(any: F) -> Told<F> {
    Told(any)
}

impl<F: FnMut(&[u64], &[usize]) -> bool> Worldly for Told<F> {
    fn any(&mut self, masks: &[u64], kept: &[usize]) -> bool {
        (self.0)(masks, kept)
    }
}

/// The diagram of a table knows the reports that rows may hold.
impl Worldly for Possible {
    fn any(&mut self, masks: &[u64], _kept: &[usize]) -> bool {
        Possible::any(self, masks)
    }

    fn reads(&self, var: u16) -> bool {
        Possible::reads(self, var)
    }
}

/// What of the record can be true together; which worlds there are is asked again and again until that is found.
pub(crate) fn ground(blank: &Blank<'_>, facts: &FactSet, worlds: &mut dyn Worldly) -> Ground {
    let guideline = blank.guideline();
    let mut contradictions = Vec::new();
    let mut aside: Vec<FactIdx> = Vec::new();
    loop {
        let knowledge = blank.know(facts, &aside, &[]);
        let before = contradictions.len();
        for contradiction in &knowledge.contradictions {
            if !contradictions.contains(contradiction) {
                contradictions.push(contradiction.clone());
                // A fact against itself is already taken as unknown; a derivation is set aside with its inputs.
                aside.extend(
                    contradiction.facts.iter().filter(|f| !aside.contains(f)).copied().collect::<Vec<_>>(),
                );
            }
        }
        // The knowledge still holds what was just set aside: a derived value against a recorded one.
        if contradictions.len() > before && contradictions.len() <= 32 {
            continue;
        }
        let agreements = active(guideline, &knowledge.masks);
        if worlds.any(&knowledge.masks, &agreements) || contradictions.len() > 32 {
            return Ground { knowledge, agreements, contradictions, aside };
        }
        let found = contradiction(guideline, &knowledge, &agreements, worlds);
        aside.extend(&found.facts);
        aside.sort_unstable();
        aside.dedup();
        contradictions.push(found);
    }
}

/// The facts that contradict each other, context left out.
///
/// A minimal contradictory set is found first. If one of its facts could be dropped and another minimal set would
/// remain, that set is blamed too: which of them is wrong is not ours to choose.
fn contradiction(
    guideline: &CompiledGuideline,
    knowledge: &Knowledge,
    agreements: &[usize],
    worlds: &mut dyn Worldly,
) -> Contradiction {
    let space = &guideline.space;
    let mut all = minimal_set(guideline, knowledge.masks.clone(), agreements, worlds);
    let mut looked = 0;
    while looked < all.len() {
        let var = all[looked];
        looked += 1;
        let mut masks = knowledge.masks.clone();
        masks[var as usize] = space.full(var);
        let still = still_active(guideline, agreements, &masks);
        if !worlds.any(&masks, &still) {
            for other in minimal_set(guideline, masks, &still, worlds) {
                if !all.contains(&other) {
                    all.push(other);
                }
            }
        }
    }
    let mut masks: Vec<u64> = (0..space.len() as u16).map(|v| space.full(v)).collect();
    for var in &all {
        masks[*var as usize] = knowledge.masks[*var as usize];
    }
    let still = still_active(guideline, agreements, &masks);
    let rules = broken_rules(guideline, &masks);
    let all: Vec<FactIdx> = all.iter().map(|v| space.domain(*v).fact).collect();
    let context = |fact: &FactIdx| {
        let guards = |r: &nw_guideline::Rule| r.guard.contains(fact);
        let presumed = knowledge.recorded[fact.0 as usize] == Recorded::Presumed;
        let in_rule = rules.iter().any(|r| guards(&guideline.rules[*r]));
        presumed || in_rule || still.iter().any(|a| guideline.agreements[*a].guard.contains(fact))
    };
    let mut facts: Vec<FactIdx> = all.iter().copied().filter(|f| !context(f)).collect();
    if facts.is_empty() {
        facts = all;
    }
    facts.sort_unstable();
    Contradiction { facts, rules, agreements: still }
}

fn still_active(guideline: &CompiledGuideline, agreements: &[usize], masks: &[u64]) -> Vec<usize> {
    let now = active(guideline, masks);
    agreements.iter().copied().filter(|a| now.contains(a)).collect()
}

/// Variables of which none can be freed without a world appearing. `masks` allow no world.
fn minimal_set(
    guideline: &CompiledGuideline,
    mut masks: Vec<u64>,
    agreements: &[usize],
    worlds: &mut dyn Worldly,
) -> Vec<u16> {
    let space = &guideline.space;
    let narrowed: Vec<u16> = (0..space.len() as u16)
        .filter(|v| masks[*v as usize] != space.full(*v) && worlds.reads(*v))
        .collect();
    // Guards are freed last, so that a contradiction without them is preferred.
    let is_guard = |var: u16| guideline.rules.iter().any(|r| r.guard.contains(&space.domain(var).fact));
    let mut order: Vec<u16> = narrowed.iter().copied().filter(|v| !is_guard(*v)).rev().collect();
    order.extend(narrowed.iter().copied().filter(|v| is_guard(*v)));
    // Freeing one after the other finds the same as freeing several at once: a world that appears does not go away when
    // more is freed. So ever more are freed together, and fewer where a world appears.
    let mut minimal = Vec::new();
    let (mut at, mut together) = (0, 1);
    while at < order.len() {
        let now = &order[at..(at + together).min(order.len())];
        let kept: Vec<u64> = now.iter().map(|var| masks[usize::from(*var)]).collect();
        now.iter().for_each(|var| masks[usize::from(*var)] = space.full(*var));
        let still = still_active(guideline, agreements, &masks);
        if !worlds.any(&masks, &still) {
            at += now.len();
            together *= 2;
            continue;
        }
        now.iter().zip(kept).for_each(|(var, kept)| masks[usize::from(*var)] = kept);
        if let [only] = now {
            minimal.push(*only);
            at += 1;
        }
        together = now.len().div_ceil(2);
    }
    minimal
}

/// Rules that no allowed world keeps. Each is looked at alone; rules that break only together are not listed.
fn broken_rules(guideline: &CompiledGuideline, masks: &[u64]) -> Vec<usize> {
    let mut scratch = nw_diagram::Scratch::default();
    let mut broken = Vec::new();
    for (i, rule) in guideline.rules.iter().enumerate() {
        let mut kept = false;
        nw_diagram::reach(&guideline.store, rule.kept, masks, &mut scratch, |t| kept |= t == 1);
        if !kept && rule.kept != FALSE {
            broken.push(i);
        }
    }
    broken
}
