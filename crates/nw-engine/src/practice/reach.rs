//! What conventions look at, what they may change, and so which of them bear on each other.

use std::rc::Rc;

use nw_facts::{Evidence, FactIdx};
use nw_guideline::{CompiledGuideline, Effect, Epistemic, Subject};

use super::Practice;
use crate::frame::Vars;

/// What an assumption leaves of each variable, when no derived fact carries it further.
pub(super) fn narrows(guideline: &CompiledGuideline, effect: &Effect) -> Option<Vec<(u16, u64)>> {
    let Effect::Assume(assumptions) = effect else { return None };
    let mut list = Vec::new();
    for assumption in assumptions {
        let fact = assumption.fact;
        if guideline.derivations.iter().any(|d| d.target == fact || reads(d, fact)) {
            return None;
        }
        if let Some(var) = guideline.space.var(fact) {
            // Choices, "not done" included, are cells in the same order.
            let mask = if assumption.ranges.is_empty() {
                assumption.choices
            } else {
                guideline.space.mask(var, &Evidence::Numbers(assumption.ranges.clone()))
            };
            list.push((var, mask));
        }
    }
    Some(list)
}

/// The variables of which a condition must be certain; `None` when it is only about what was recorded.
pub(super) fn looks_at(guideline: &CompiledGuideline, when: &Epistemic) -> Option<Vars> {
    fn go(guideline: &CompiledGuideline, when: &Epistemic, vars: &mut Vec<u16>, any: &mut bool) {
        match when {
            Epistemic::And(all) | Epistemic::Or(all) => {
                all.iter().for_each(|e| go(guideline, e, vars, any));
            }
            Epistemic::Not(inner) => go(guideline, inner, vars, any),
            Epistemic::Missing(Subject::Conclusion(c)) | Epistemic::Known(Subject::Conclusion(c)) => {
                *any = true;
                vars.extend(guideline.conclusion(*c).iter().flat_map(|c| &c.support));
            }
            Epistemic::Certain(_, node) => {
                *any = true;
                vars.extend(nw_diagram::support(&guideline.store, *node));
            }
            Epistemic::Missing(Subject::Fact(_)) | Epistemic::Known(Subject::Fact(_)) => {}
            Epistemic::NotDone(_) => {}
        }
    }
    let (mut vars, mut any) = (Vec::new(), false);
    go(guideline, when, &mut vars, &mut any);
    any.then(|| Vars::of(vars, guideline.space.len()))
}

/// Whether a derived fact is computed from a fact, or computed only for patients of whom the fact tells.
pub(super) fn reads(derivation: &nw_guideline::Derivation, fact: FactIdx) -> bool {
    let mut found = derivation.inputs.contains(&fact);
    let tests = |cells: &nw_guideline::Cells| cells.subject == Subject::Fact(fact);
    derivation.when.iter().for_each(|when| when.tests(&mut |cells| found |= tests(cells)));
    found
}

/// The variables whose masks an assumption may change: its own, and those derived from it.
pub(super) fn touches(guideline: &CompiledGuideline, effect: &Effect) -> Vars {
    let Effect::Assume(assumptions) = effect else { return Vars::of([], guideline.space.len()) };
    let mut facts: Vec<FactIdx> = assumptions.iter().map(|a| a.fact).collect();
    let mut looked = 0;
    while looked < facts.len() {
        let fact = facts[looked];
        for derivation in guideline.derivations.iter().filter(|d| reads(d, fact)) {
            if !facts.contains(&derivation.target) {
                facts.push(derivation.target);
            }
        }
        looked += 1;
    }
    Vars::of(facts.iter().filter_map(|f| guideline.space.var(*f)), guideline.space.len())
}

impl Practice<'_, '_> {
    /// The conventions that change something about these variables or about what is tied to them; `directly` those that
    /// touch one of them.
    ///
    /// Worlds are a product of groups of tied variables: what is assumed of other groups changes nothing here.
    fn changing(&self, vars: &Vars, directly: &Vars) -> Vars {
        if !self.product {
            return Vars::of(0..self.customs.touches.len() as u16, self.customs.touches.len());
        }
        let mut all = directly.clone();
        let frame = self.frame.borrow();
        let met = frame.groups().zip(&self.on_group).filter(|(group, _)| group.meets(vars));
        met.for_each(|(_, conventions)| all.add(conventions));
        all
    }

    /// The conventions that bear on a conclusion.
    pub(super) fn bearing(&self, at: usize) -> Vars {
        self.changing(&self.customs.support[at], &self.customs.bearing[at])
    }

    /// The conventions that bear on the condition of one.
    pub(super) fn on_condition(&mut self, convention: usize) -> Rc<Vars> {
        if let Some(known) = &self.on_condition[convention] {
            return Rc::clone(known);
        }
        let looks = self.customs.certain[convention].as_ref();
        let found = looks.map(|vars| self.changing(vars, &self.customs.before[convention]));
        let found = Rc::new(found.unwrap_or_default());
        self.on_condition[convention] = Some(Rc::clone(&found));
        found
    }

    /// The conventions that bear on what one touches.
    pub(super) fn on_touched(&mut self, convention: usize) -> Rc<Vars> {
        if let Some(known) = &self.on_touched[convention] {
            return Rc::clone(known);
        }
        let (touches, beside) = (&self.customs.touches[convention], &self.customs.beside[convention]);
        let found = Rc::new(self.changing(touches, beside));
        self.on_touched[convention] = Some(Rc::clone(&found));
        found
    }

    /// The conventions of which the condition may change when this one is used.
    pub(super) fn looking_at(&mut self, convention: usize) -> Rc<Vars> {
        if self.looking.is_empty() {
            let count = self.customs.touches.len();
            let mut looking = vec![Vars::of([], count); count];
            for at in (0..count).filter(|at| self.customs.certain[*at].is_some()) {
                self.on_condition(at).iter().for_each(|bears| looking[usize::from(bears)].insert(at as u16));
            }
            self.looking = looking.into_iter().map(Rc::new).collect();
        }
        Rc::clone(&self.looking[convention])
    }
}
