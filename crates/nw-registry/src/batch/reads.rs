//! What each conclusion reads of a table: the columns that can make a difference to it, and no others.
//!
//! Two rows that agree in these columns (in the cells that their values fall in, and in what is on record at all) get the
//! same answer, so that the engine has to answer once. The argument: worlds are a product over facts that no rule, no
//! report and no derivation ties together; a conclusion looks at the factors that hold its own facts, and so do the
//! conventions that may decide it. Everything tied to them, in any number of steps, is taken in. What a tie would only
//! say of other facts cannot change the answer.

use super::live::Tie;
use nw_diagram::support;
use nw_engine::Knowledge;
use nw_facts::{FactIdx, FactSet};
use nw_guideline::{Arithmetic, CompiledGuideline, Derivation, Effect, Epistemic, HitPolicy, Subject};

/// A set of facts, by position.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Facts(Vec<u64>);

impl Facts {
    pub(crate) fn none(count: usize) -> Facts {
        Facts(vec![0; count.div_ceil(64)])
    }

    pub(crate) fn of(count: usize, facts: impl IntoIterator<Item = FactIdx>) -> Facts {
        let mut set = Facts::none(count);
        facts.into_iter().for_each(|f| set.insert(f));
        set
    }

    pub(crate) fn insert(&mut self, fact: FactIdx) {
        self.0[usize::from(fact.0) / 64] |= 1 << (fact.0 % 64);
    }

    pub(crate) fn has(&self, fact: FactIdx) -> bool {
        self.0[usize::from(fact.0) / 64] >> (fact.0 % 64) & 1 == 1
    }

    pub(crate) fn meets(&self, other: &Facts) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// Takes the other in; tells whether something was new.
    pub(crate) fn add(&mut self, other: &Facts) -> bool {
        let mut new = false;
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            new |= b & !*a != 0;
            *a |= b;
        }
        new
    }

    pub(crate) fn keep(&mut self, other: &Facts) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
    }
}

/// What ties facts together under one mapping.
pub(crate) struct Ties<'g> {
    guideline: &'g CompiledGuideline,
    count: usize,
    /// Each rule and each report that can be broken at all with these columns.
    pub ties: Vec<Tie>,
    conventions: Vec<Custom>,
    /// Everything that some convention narrows.
    pub touched: Facts,
}

/// What a conclusion reads.
pub(crate) struct Reads {
    /// Its own facts, and those of the conventions that may decide it.
    pub own: Facts,
    /// The same with everything that could ever be tied to them.
    pub all: Facts,
    /// What conventions carry into derived facts, so that its exact value counts.
    pub carried: Facts,
}

struct Custom {
    /// Facts that it narrows, and what is derived from them.
    touches: Facts,
    /// Facts that its condition looks at.
    looks: Facts,
}

impl<'g> Ties<'g> {
    /// For a table whose columns speak of these facts.
    pub(crate) fn new(guideline: &'g CompiledGuideline, mapped: &Facts) -> Ties<'g> {
        let count = guideline.vocabulary.facts().len();
        let conventions: Vec<Custom> = guideline
            .conventions
            .iter()
            .map(|c| Custom { touches: touches(guideline, &c.effect), looks: looks(guideline, &c.when) })
            .collect();
        // A fact that no column speaks of, no convention touches and nothing lifts keeps what is presumed of everybody.
        let blank = Knowledge::new(guideline, &FactSet::new(), &[], &[]);
        let mut touched = Facts::none(count);
        for custom in &conventions {
            touched.add(&custom.touches);
        }
        let mut may = mapped.clone();
        may.add(&touched);
        lifted(guideline, mapped).for_each(|(presumed, _)| may.insert(presumed));
        for derivation in &guideline.derivations {
            may.insert(derivation.target);
        }
        let masks: Vec<u64> = (0..guideline.space.len() as u16)
            .map(|var| {
                let fact = guideline.space.domain(var).fact;
                if may.has(fact) { guideline.space.full(var) } else { blank.masks[usize::from(var)] }
            })
            .collect();
        let mut ties: Vec<Tie> = Vec::new();
        let mut kept: Vec<(nw_diagram::NodeId, Option<u16>)> =
            guideline.rules.iter().map(|r| (r.kept, None)).collect();
        let reports = guideline.agreements.iter().filter(|a| mapped.has(a.reported));
        kept.extend(reports.map(|a| (a.kept, guideline.space.var(a.reported))));
        for (root, reported) in kept {
            if let Some(vars) = breakable(guideline, root, &masks) {
                let facts = vars.into_iter().chain(reported).map(|v| guideline.space.domain(v).fact);
                ties.push(Tie { root, reported, facts: Facts::of(count, facts) });
            }
        }
        Ties { guideline, count, ties, conventions, touched }
    }

    /// Everything that can make a difference to a conclusion, by its position.
    pub(crate) fn of(&self, at: usize) -> Reads {
        let conclusion = &self.guideline.conclusions[at];
        let space = &self.guideline.space;
        let mut all = Facts::of(self.count, conclusion.support.iter().map(|v| space.domain(*v).fact));
        let rows: Vec<nw_diagram::NodeId> = if conclusion.policy == HitPolicy::Collect {
            conclusion.roots.row_holds.clone()
        } else {
            vec![conclusion.roots.row]
        };
        for root in rows {
            support(&self.guideline.store, root).into_iter().for_each(|v| all.insert(space.domain(v).fact));
        }
        let mut own = all.clone();
        let mut used = vec![false; self.conventions.len()];
        let mut tied = vec![false; self.ties.len()];
        loop {
            let mut grew = false;
            for (tie, done) in self.ties.iter().zip(&mut tied) {
                if !*done && tie.facts.meets(&all) {
                    *done = true;
                    grew |= all.add(&tie.facts);
                }
            }
            for (i, custom) in self.conventions.iter().enumerate() {
                let convention = &self.guideline.conventions[i];
                let answers =
                    matches!(convention.effect, Effect::Answer(target, _) if target == conclusion.idx);
                let assumes = convention.applies_to.contains(&conclusion.idx) && custom.touches.meets(&all);
                if !used[i] && (answers || assumes) {
                    used[i] = true;
                    grew |= all.add(&custom.touches);
                    grew |= all.add(&custom.looks);
                    own.add(&custom.touches);
                    own.add(&custom.looks);
                }
            }
            if !grew {
                break;
            }
        }
        let mut carried = Facts::none(self.count);
        for (i, _) in used.iter().enumerate().filter(|(_, used)| **used) {
            if let Effect::Assume(assumptions) = &self.guideline.conventions[i].effect {
                let of = |d: &&Derivation| read_by(d).any(|f| assumptions.iter().any(|a| a.fact == f));
                for derivation in self.guideline.derivations.iter().filter(of) {
                    read_by(derivation).chain([derivation.target]).for_each(|f| carried.insert(f));
                }
            }
        }
        Reads { own, all, carried }
    }
}

/// The variables that a rule still looks at under these masks, when some world breaks it.
fn breakable(guideline: &CompiledGuideline, root: nw_diagram::NodeId, masks: &[u64]) -> Option<Vec<u16>> {
    use nw_diagram::Diagrams as _;
    let store = &guideline.store;
    let (mut vars, mut seen, mut stack) = (Vec::new(), rustc_hash::FxHashSet::default(), vec![root]);
    let mut breaks = false;
    while let Some(node) = stack.pop() {
        if node.is_terminal() {
            breaks |= node == nw_diagram::FALSE;
            continue;
        }
        if !seen.insert(node) {
            continue;
        }
        let var = store.var(node);
        let mask = masks[usize::from(var)];
        if mask.count_ones() > 1 {
            vars.push(var);
        }
        let children = store.children(node).iter().enumerate();
        stack.extend(children.filter(|(cell, _)| mask >> cell & 1 == 1).map(|(_, child)| *child));
    }
    vars.sort_unstable();
    vars.dedup();
    breaks.then_some(vars)
}

fn read_by(derivation: &Derivation) -> impl Iterator<Item = FactIdx> {
    let mut facts = derivation.inputs.clone();
    derivation.when.iter().for_each(|when| {
        when.tests(&mut |cells| {
            if let Subject::Fact(fact) = cells.subject {
                facts.push(fact);
            }
        });
    });
    facts.into_iter()
}

fn reads_any(derivation: &Derivation, facts: &Facts) -> bool {
    read_by(derivation).any(|f| facts.has(f))
}

fn touches(guideline: &CompiledGuideline, effect: &Effect) -> Facts {
    let count = guideline.vocabulary.facts().len();
    let mut all = Facts::none(count);
    let Effect::Assume(assumptions) = effect else { return all };
    assumptions.iter().for_each(|a| all.insert(a.fact));
    loop {
        let derived = guideline.derivations.iter().filter(|d| reads_any(d, &all)).map(|d| d.target);
        let derived = Facts::of(count, derived.collect::<Vec<_>>());
        if !all.add(&derived) {
            return all;
        }
    }
}

fn looks(guideline: &CompiledGuideline, when: &Epistemic) -> Facts {
    fn go(guideline: &CompiledGuideline, when: &Epistemic, all: &mut Facts) {
        let space = &guideline.space;
        match when {
            Epistemic::And(list) | Epistemic::Or(list) => list.iter().for_each(|e| go(guideline, e, all)),
            Epistemic::Not(inner) => go(guideline, inner, all),
            Epistemic::Missing(Subject::Fact(f))
            | Epistemic::Known(Subject::Fact(f))
            | Epistemic::NotDone(f) => {
                all.insert(*f);
            }
            Epistemic::Missing(Subject::Conclusion(c)) | Epistemic::Known(Subject::Conclusion(c)) => {
                let its = guideline.conclusion(*c).into_iter().flat_map(|c| &c.support);
                its.for_each(|v| all.insert(space.domain(*v).fact));
            }
            Epistemic::Certain(_, node) => {
                support(&guideline.store, *node).into_iter().for_each(|v| all.insert(space.domain(v).fact));
            }
        }
    }
    let mut all = Facts::none(guideline.vocabulary.facts().len());
    go(guideline, when, &mut all);
    all
}

/// Presumed facts that a column can keep from being presumed, each with the fact that the column speaks of.
fn lifted(guideline: &CompiledGuideline, mapped: &Facts) -> impl Iterator<Item = (FactIdx, FactIdx)> {
    let lifts = guideline.vocabulary.lifts().into_iter();
    lifts.map(|(presumed, by, _)| (presumed, by)).filter(|(_, by)| mapped.has(*by))
}

/// Facts that derivations tie together, given what the columns speak of; and presumed facts with what lifts them, since
/// what is known of those follows from other columns, too.
pub(crate) struct Derived {
    /// Everything read or given by the derivations of one group.
    pub all: Facts,
    /// What is given.
    pub targets: Vec<FactIdx>,
}

/// The groups of derivations that can say something about a row, and of presumed facts.
///
/// Without a day of assessment, a formula that counts up to that day gives nothing.
pub(crate) fn derived(guideline: &CompiledGuideline, mapped: &Facts, dated: bool) -> Vec<Derived> {
    let count = guideline.vocabulary.facts().len();
    let mut may = mapped.clone();
    lifted(guideline, mapped).for_each(|(presumed, _)| may.insert(presumed));
    let speaks = |d: &&Derivation| dated || !counts_to_the_day(&d.formula);
    // A derivation may feed another.
    loop {
        let of = guideline.derivations.iter().filter(speaks).filter(|d| d.inputs.iter().any(|f| may.has(*f)));
        let targets = Facts::of(count, of.map(|d| d.target).collect::<Vec<_>>());
        if !may.add(&targets) {
            break;
        }
    }
    let mut groups: Vec<Derived> = Vec::new();
    let of = guideline.derivations.iter().filter(speaks);
    let of = of.filter(|d| d.inputs.iter().any(|f| may.has(*f))).map(|derivation| Derived {
        all: Facts::of(count, read_by(derivation).chain([derivation.target])),
        targets: vec![derivation.target],
    });
    let presumed = lifted(guideline, mapped)
        .map(|(presumed, by)| Derived { all: Facts::of(count, [presumed, by]), targets: vec![presumed] });
    for mut next in of.chain(presumed) {
        // Facts that nobody speaks of tie nothing.
        next.all.keep(&may);
        groups.retain(|group| {
            let meets = group.all.meets(&next.all);
            if meets {
                next.all.add(&group.all);
                next.targets.extend(&group.targets);
            }
            !meets
        });
        groups.push(next);
    }
    for group in &mut groups {
        group.targets.sort_unstable();
        group.targets.dedup();
    }
    groups
}

fn counts_to_the_day(formula: &Arithmetic) -> bool {
    match formula {
        Arithmetic::AsOf => true,
        Arithmetic::Constant(_) | Arithmetic::Pi | Arithmetic::Fact(_) => false,
        Arithmetic::Binary(_, a, b)
        | Arithmetic::Months(a, b)
        | Arithmetic::Power(a, b)
        | Arithmetic::Least(a, b)
        | Arithmetic::Greatest(a, b) => counts_to_the_day(a) || counts_to_the_day(b),
        Arithmetic::Square(a) | Arithmetic::Ln(a) | Arithmetic::Exp(a) | Arithmetic::Floor(a) => {
            counts_to_the_day(a)
        }
        Arithmetic::Series(series) => {
            series.since.iter().chain(&series.until).any(|(bound, _)| counts_to_the_day(bound))
        }
    }
}
