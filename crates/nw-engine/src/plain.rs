//! The plain engine: enumerates worlds over the guideline's own cells. Slow and obviously right.
//!
//! It reads the tables as a person would, row by row, and never looks at a diagram.

use std::cell::RefCell;
use std::collections::BTreeSet;

use nw_facts::ConclusionIdx;
use nw_guideline::{Agreement, Cells, CompiledGuideline, HitPolicy, Logic, Output, Subject};

use crate::worlds::Worlds;

/// One world: a cell for each variable.
type World = [u8];

/// More worlds than this are not enumerated.
const MOST_WORLDS: u128 = 4_000_000;

/// Worlds by enumeration.
pub struct Plain<'g> {
    guideline: &'g CompiledGuideline,
    /// Variables each conclusion depends on, by vocabulary position; worked out once, on first use.
    vars_of: RefCell<Vec<Option<BTreeSet<u16>>>>,
    /// Variables of each rule.
    rule_vars: Vec<BTreeSet<u16>>,
}

impl<'g> Plain<'g> {
    /// Ready to enumerate.
    pub fn new(guideline: &'g CompiledGuideline) -> Self {
        let count = guideline.vocabulary.conclusions().len();
        let mut plain = Plain { guideline, vars_of: RefCell::new(vec![None; count]), rule_vars: Vec::new() };
        plain.rule_vars = guideline.rules.iter().map(|r| plain.logic_vars(&r.when)).collect();
        plain
    }

    /// How many worlds [`Worlds::outcomes`] would enumerate.
    pub fn count(&self, conclusion: Option<usize>, masks: &[u64], agreements: &[usize]) -> u128 {
        let seed = conclusion.map(|at| self.conclusion_vars(self.guideline.conclusions[at].idx));
        let vars = self.relevant(seed, masks, agreements);
        let cells = vars.iter().map(|v| u128::from(masks[*v as usize].count_ones()));
        cells.fold(1, u128::saturating_mul)
    }

    /// Open variables that matter: the conclusion's own, and those of every rule linked to them through open variables.
    ///
    /// Rules over other open variables factor out of the product of worlds: they can only make it empty as a whole,
    /// which [`Worlds::any`] decides.
    fn relevant(&self, seed: Option<BTreeSet<u16>>, masks: &[u64], agreements: &[usize]) -> Vec<u16> {
        let open = |v: &u16| masks[*v as usize].count_ones() != 1;
        let mut constraints: Vec<BTreeSet<u16>> = self.rule_vars.clone();
        for at in agreements {
            constraints.push(self.agreement_vars(&self.guideline.agreements[*at]));
        }
        let mut vars: BTreeSet<u16> = seed.unwrap_or_else(|| constraints.iter().flatten().copied().collect());
        vars.retain(open);
        loop {
            let before = vars.len();
            for constraint in &constraints {
                let its_open: Vec<u16> = constraint.iter().copied().filter(open).collect();
                if its_open.iter().any(|v| vars.contains(v)) {
                    vars.extend(its_open);
                }
            }
            if vars.len() == before {
                return vars.into_iter().collect();
            }
        }
    }

    fn agreement_vars(&self, agreement: &Agreement) -> BTreeSet<u16> {
        let mut vars = self.logic_vars(&agreement.when);
        vars.extend(self.guideline.space.var(agreement.reported));
        vars.extend(self.conclusion_vars(agreement.conclusion));
        vars
    }

    fn logic_vars(&self, logic: &Logic) -> BTreeSet<u16> {
        let mut vars = BTreeSet::new();
        logic.tests(&mut |cells| self.cells_vars(cells, &mut vars));
        vars
    }

    fn cells_vars(&self, cells: &Cells, vars: &mut BTreeSet<u16>) {
        match cells.subject {
            Subject::Fact(fact) => vars.extend(self.guideline.space.var(fact)),
            Subject::Conclusion(conclusion) => vars.extend(self.conclusion_vars(conclusion)),
        }
    }

    fn conclusion_vars(&self, idx: ConclusionIdx) -> BTreeSet<u16> {
        if let Some(known) = &self.vars_of.borrow()[idx.0 as usize] {
            return known.clone();
        }
        let vars = self.find_conclusion_vars(idx);
        self.vars_of.borrow_mut()[idx.0 as usize] = Some(vars.clone());
        vars
    }

    fn find_conclusion_vars(&self, idx: ConclusionIdx) -> BTreeSet<u16> {
        let mut vars = BTreeSet::new();
        let Some(conclusion) = self.guideline.conclusion(idx) else { return vars };
        for table in &conclusion.tables {
            let table = &self.guideline.tables[*table];
            vars.extend(self.logic_vars(&table.domain));
            for cells in table.rows.iter().flat_map(|r| &r.cells).filter(|c| !c.any) {
                self.cells_vars(cells, &mut vars);
            }
        }
        vars
    }

    /// Calls `visit` for every world the knowledge allows; it returns false to stop.
    ///
    /// Enumerated are the open variables of the seed and whatever rules link to them; without a seed, of all rules.
    fn each(
        &self,
        seed: Option<BTreeSet<u16>>,
        masks: &[u64],
        agreements: &[usize],
        visit: &mut dyn FnMut(&World) -> bool,
    ) {
        let all = seed.is_none();
        let vars = self.relevant(seed, masks, agreements);
        let cells = vars.iter().map(|v| u128::from(masks[*v as usize].count_ones()));
        let count = cells.fold(1, u128::saturating_mul);
        assert!(count <= MOST_WORLDS, "too many worlds to enumerate; ask `count` first");
        // A rule or agreement over other open variables says nothing about this enumeration.
        let concerns = |its: &BTreeSet<u16>| {
            all || its.iter().all(|v| masks[*v as usize].count_ones() == 1 || vars.contains(v))
        };
        let rules: Vec<usize> =
            (0..self.guideline.rules.len()).filter(|r| concerns(&self.rule_vars[*r])).collect();
        let linked = |at: &usize| concerns(&self.agreement_vars(&self.guideline.agreements[*at]));
        let agreements: Vec<usize> = agreements.iter().copied().filter(linked).collect();
        let mut world: Vec<u8> = masks.iter().map(|m| m.trailing_zeros().min(63) as u8).collect();
        loop {
            if self.possible(&world, &rules, &agreements) && !visit(&world) {
                return;
            }
            // The next combination of open cells.
            let mut moved = false;
            for v in &vars {
                let mask = masks[*v as usize];
                let current = world[*v as usize];
                let higher = mask & !((2u64 << current).wrapping_sub(1));
                if higher != 0 {
                    world[*v as usize] = higher.trailing_zeros() as u8;
                    moved = true;
                    break;
                }
                world[*v as usize] = mask.trailing_zeros() as u8;
            }
            if !moved {
                return;
            }
        }
    }

    fn possible(&self, world: &World, rules: &[usize], agreements: &[usize]) -> bool {
        let rules = rules.iter().all(|r| !self.holds(&self.guideline.rules[*r].when, world));
        rules
            && agreements.iter().all(|at| {
                let agreement = &self.guideline.agreements[*at];
                let Some(var) = self.guideline.space.var(agreement.reported) else { return true };
                if !self.holds(&agreement.when, world) {
                    return true;
                }
                let reported = world[var as usize] as usize;
                let value = self.value(agreement.conclusion, world);
                agreement.agrees.get(reported).is_some_and(|mask| mask >> value & 1 == 1)
            })
    }

    fn holds(&self, logic: &Logic, world: &World) -> bool {
        match logic {
            Logic::And(all) => all.iter().all(|l| self.holds(l, world)),
            Logic::Or(all) => all.iter().any(|l| self.holds(l, world)),
            Logic::Not(inner) => !self.holds(inner, world),
            Logic::Is(cells) => self.is(cells, world),
        }
    }

    fn is(&self, cells: &Cells, world: &World) -> bool {
        if cells.any {
            return true;
        }
        match cells.subject {
            Subject::Fact(fact) => {
                self.guideline.space.var(fact).is_some_and(|var| cells.mask >> world[var as usize] & 1 == 1)
            }
            Subject::Conclusion(conclusion) => match self.guideline.conclusion(conclusion) {
                Some(c) if c.policy == HitPolicy::Collect => {
                    cells.mask & self.contributed(conclusion, world) != 0
                }
                _ => cells.mask >> self.value(conclusion, world) & 1 == 1,
            },
        }
    }

    /// The value of a decided conclusion in one world; the number of values stands for "not applicable".
    pub fn value(&self, idx: ConclusionIdx, world: &World) -> u32 {
        let not_applicable = self.guideline.vocabulary.conclusion(idx).values.len() as u32;
        let Some(conclusion) = self.guideline.conclusion(idx) else { return not_applicable };
        for table in &conclusion.tables {
            let table = &self.guideline.tables[*table];
            if !self.holds(&table.domain, world) {
                continue;
            }
            for row in &table.rows {
                if row.cells.iter().all(|c| self.is(c, world)) {
                    return match row.output {
                        Output::Value(value) => value as u32,
                        Output::NotApplicable => not_applicable,
                    };
                }
            }
            // Only impossible worlds fall through a verified table.
            return 63;
        }
        not_applicable
    }

    /// The values that a collected conclusion contributes in one world.
    pub fn contributed(&self, idx: ConclusionIdx, world: &World) -> u64 {
        let Some(conclusion) = self.guideline.conclusion(idx) else { return 0 };
        let mut mask = 0;
        for table in &conclusion.tables {
            let table = &self.guideline.tables[*table];
            if !self.holds(&table.domain, world) {
                continue;
            }
            for row in &table.rows {
                if let Output::Value(value) = row.output
                    && row.cells.iter().all(|c| self.is(c, world))
                {
                    mask |= 1 << value;
                }
            }
        }
        mask
    }
}

impl Worlds for Plain<'_> {
    fn any(&mut self, masks: &[u64], agreements: &[usize]) -> bool {
        let mut found = false;
        self.each(None, masks, agreements, &mut |_| {
            found = true;
            false
        });
        found
    }

    fn outcomes(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> u64 {
        let idx = self.guideline.conclusions[conclusion].idx;
        let mut set = 0;
        self.each(Some(self.conclusion_vars(idx)), masks, agreements, &mut |world| {
            set |= 1 << self.value(idx, world);
            true
        });
        set
    }

    fn items(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> (u64, u64) {
        let idx = self.guideline.conclusions[conclusion].idx;
        let (mut some, mut every, mut worlds) = (0, u64::MAX, 0);
        self.each(Some(self.conclusion_vars(idx)), masks, agreements, &mut |world| {
            let here = self.contributed(idx, world);
            some |= here;
            every &= here;
            worlds += 1;
            true
        });
        (some, if worlds == 0 { 0 } else { every })
    }

    fn certain(
        &mut self,
        logic: &Logic,
        _node: nw_diagram::NodeId,
        masks: &[u64],
        agreements: &[usize],
    ) -> bool {
        let (mut worlds, mut all) = (0, true);
        self.each(Some(self.logic_vars(logic)), masks, agreements, &mut |world| {
            worlds += 1;
            all &= self.holds(logic, world);
            all
        });
        worlds > 0 && all
    }
}

/// The rows of one table that hold when everything it reads is given: a mask of one cell for each fact, of one value
/// for each conclusion (of all contributed values for a collected one). None outside the domain.
pub fn rows_given(guideline: &CompiledGuideline, table: usize, given: &dyn Fn(Subject) -> u64) -> Vec<usize> {
    fn holds(logic: &Logic, given: &dyn Fn(Subject) -> u64) -> bool {
        match logic {
            Logic::And(all) => all.iter().all(|l| holds(l, given)),
            Logic::Or(all) => all.iter().any(|l| holds(l, given)),
            Logic::Not(inner) => !holds(inner, given),
            Logic::Is(cells) => is(cells, given),
        }
    }
    fn is(cells: &Cells, given: &dyn Fn(Subject) -> u64) -> bool {
        cells.any || cells.mask & given(cells.subject) != 0
    }
    let table = &guideline.tables[table];
    if !holds(&table.domain, given) {
        return Vec::new();
    }
    let rows = table.rows.iter().enumerate();
    rows.filter(|(_, row)| row.cells.iter().all(|c| is(c, given))).map(|(at, _)| at).collect()
}
