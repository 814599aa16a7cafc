//! The quick road: exact sets of blocks of rows, from bitmaps. What it cannot say is left to the engine, row by row.

use nw_engine::{Alike, BLOCK, Block, Columns, Engine, Outcome};
use nw_facts::FactIdx;
use nw_guideline::Effect;
use rustc_hash::FxHashMap;

use super::classes::NOTHING;
use super::evaluate::{Rows, Worker};
use super::plan::{Part, Plan};
use super::verdict::verdict;

/// A bitmap of the rows of a block.
pub(crate) type Lane = nw_engine::Rows;

/// No row.
pub(crate) const NOBODY: Lane = [0; BLOCK / 64];

/// What rows see of a variable, and where that stands.
#[derive(Debug)]
enum Source {
    /// In the columns that speak of it: usually one.
    Columns(Vec<usize>),
    /// In what a group of derivations makes of it.
    Target(usize, usize),
}

/// A table and what it can tell, laid out for whole blocks.
#[derive(Debug)]
pub(crate) struct Road<'g> {
    columns: Columns<'g>,
    vars: Vec<(u16, Source)>,
    /// Of each drawn conclusion whether practice may say something beside an open set, and whether that is wanted.
    practised: Vec<bool>,
}

impl<'g> Road<'g> {
    /// `None` when the guideline is too tangled for it.
    pub(crate) fn new(plan: &Plan<'g>, engine: &Engine<'g>, conventions: bool) -> Option<Road<'g>> {
        let guideline = plan.guideline;
        let mut vars: Vec<(u16, Source)> = Vec::new();
        for (group, (derived, _)) in plan.derived.iter().enumerate() {
            for (target, fact) in derived.targets.iter().enumerate() {
                if let Some(var) = guideline.space.var(*fact) {
                    vars.push((var, Source::Target(group, target)));
                }
            }
        }
        for (column, facts) in plan.speaks.iter().enumerate() {
            for var in facts.iter().filter_map(|f| guideline.space.var(*f)) {
                match vars.iter_mut().find(|(v, _)| *v == var) {
                    Some((_, Source::Columns(list))) => list.push(column),
                    Some(_) => {}
                    None => vars.push((var, Source::Columns(vec![column]))),
                }
            }
        }
        vars.sort_unstable_by_key(|(var, _)| *var);
        let seen: Vec<u16> = vars.iter().map(|(var, _)| *var).collect();
        let wanted: Vec<usize> =
            plan.drawn.iter().map(|idx| guideline.conclusion_at(*idx)).collect::<Option<_>>()?;
        let columns = Columns::new(engine.blank(), &seen, &wanted, plan.wanted.reasons())?;
        let practised = plan.drawn.iter().map(|idx| {
            conventions
                && plan.wanted.conventions()
                && guideline.conventions.iter().any(|c| match c.effect {
                    Effect::Assume(_) => c.applies_to.contains(idx),
                    Effect::Answer(target, _) => target == *idx,
                })
        });
        Some(Road { practised: practised.collect(), columns, vars })
    }
}

/// One thread's means on this road.
#[derive(Default)]
pub(crate) struct Traveller {
    block: Block,
    planes: Vec<Lane>,
    masks: Vec<u64>,
    alike: Vec<Alike>,
    /// For each variable and column what each class leaves of it; nothing when the class contradicts itself.
    of_class: FxHashMap<(usize, usize), Vec<Option<u64>>>,
    /// For each conclusion the number of the verdict of each signature, and whether something is open in it.
    known: Vec<FxHashMap<Vec<u64>, (u32, bool)>>,
}

/// What became of a block of rows.
pub(crate) struct Drawn {
    /// For each conclusion the verdicts, by number, and their rows.
    pub verdicts: Vec<Vec<(u32, Lane)>>,
    /// For each conclusion the rows that the engine must be asked about.
    pub left: Vec<Lane>,
}

impl Worker<'_, '_> {
    /// Draws what can be drawn of some rows: at most a block.
    pub(crate) fn drive(&mut self, road: &Road<'_>, rows: &Rows<'_>, unclear: &[bool]) -> Drawn {
        let mut own = std::mem::take(&mut self.traveller);
        let mut sure = NOBODY;
        (0..rows.count).filter(|row| !unclear[*row]).for_each(|row| sure[row / 64] |= 1 << (row % 64));
        let mut all = NOBODY;
        (0..rows.count).for_each(|row| all[row / 64] |= 1 << (row % 64));
        own.planes.resize(road.columns.planes(), NOBODY);
        own.known.resize_with(self.plan.drawn.len(), FxHashMap::default);
        for (place, (var, from)) in road.vars.iter().enumerate() {
            self.masks(road, (place, *var, from), rows, &mut own, &mut sure);
            road.columns.put(*var, &own.masks, &mut own.planes);
        }
        road.columns.run(&own.planes, &mut own.block);
        let mut drawn = Drawn { verdicts: Vec::new(), left: Vec::new() };
        for place in 0..self.plan.drawn.len() {
            let mut exact = road.columns.exact(place, &own.block);
            exact.iter_mut().zip(&sure).for_each(|(exact, sure)| *exact &= sure);
            let mut left = all;
            left.iter_mut().zip(&exact).for_each(|(left, exact)| *left &= !exact);
            road.columns.alike(place, &own.block, &exact, &mut own.alike);
            let mut verdicts: Vec<(u32, Lane)> = Vec::new();
            for alike in &own.alike {
                let known = own.known[place].get(&alike.bits).copied();
                let Some((number, open)) =
                    known.or_else(|| self.name(road, place, alike, &mut own.known[place]))
                else {
                    continue;
                };
                if open && road.practised[place] {
                    left.iter_mut().zip(&alike.rows).for_each(|(left, open)| *left |= open);
                    continue;
                }
                match verdicts.iter_mut().find(|(known, _)| *known == number) {
                    Some((_, lane)) => lane.iter_mut().zip(&alike.rows).for_each(|(all, more)| *all |= more),
                    None => verdicts.push((number, alike.rows)),
                }
            }
            drawn.verdicts.push(verdicts);
            drawn.left.push(left);
        }
        self.traveller = own;
        drawn
    }

    fn name(
        &self,
        road: &Road<'_>,
        place: usize,
        alike: &Alike,
        known: &mut FxHashMap<Vec<u64>, (u32, bool)>,
    ) -> Option<(u32, bool)> {
        let drawn = road.columns.drawn(place, &alike.bits)?;
        let open = match &drawn.outcome {
            Outcome::Collected { open, .. } => *open != 0,
            outcome => matches!(outcome, Outcome::Undetermined(_)),
        };
        let words = verdict(self.plan.guideline, &drawn, self.plan.wanted);
        let found = (self.shared.verdicts.number(place, words), open);
        known.insert(alike.bits.clone(), found);
        Some(found)
    }

    /// What the rows leave of a variable; a row that contradicts itself is no longer sure.
    fn masks(
        &self,
        road: &Road<'_>,
        (place, var, from): (usize, u16, &Source),
        rows: &Rows<'_>,
        own: &mut Traveller,
        sure: &mut Lane,
    ) {
        own.masks.clear();
        match from {
            Source::Target(group, target) => {
                let of_state = self.masks_of_state(*group, *target);
                let classes = rows.part(Part::Target(*group, *target));
                let seen: Vec<u64> = of_state.iter().map(|mask| road.columns.seen(var, *mask)).collect();
                own.masks.extend(classes.iter().map(|class| seen[*class as usize]));
            }
            Source::Columns(columns) => {
                let fact = self.plan.guideline.space.domain(var).fact;
                for (nth, column) in columns.iter().enumerate() {
                    let classes = rows.exact(*column);
                    let of_class = own.of_class.entry((place, *column)).or_default();
                    for class in classes {
                        let at = *class as usize;
                        if at >= of_class.len() {
                            of_class.resize(at + 1, None);
                        }
                        if of_class[at].is_none() {
                            let mask = self.mask_of_class(*column, *class, fact, var);
                            of_class[at] = Some(mask.map_or(0, |mask| road.columns.seen(var, mask)));
                        }
                    }
                    for (row, class) in classes.iter().enumerate() {
                        let mask = of_class[*class as usize].unwrap_or(0);
                        if nth == 0 {
                            own.masks.push(mask);
                        } else if *class != NOTHING {
                            // Two columns that both speak may contradict each other within one cell.
                            let before = columns[..nth].iter().any(|c| rows.exact(*c)[row] != NOTHING);
                            own.masks[row] = if before { 0 } else { mask };
                        }
                    }
                }
            }
        }
        for (row, mask) in own.masks.iter().enumerate().filter(|(_, mask)| **mask == 0) {
            debug_assert_eq!(*mask, 0, "a row that contradicts itself");
            sure[row / 64] &= !(1 << (row % 64));
        }
    }

    /// The cells that a class of a column leaves of a fact.
    fn mask_of_class(&self, column: usize, class: u32, fact: FactIdx, var: u16) -> Option<u64> {
        let facts = self.facts(std::iter::once((column, class)));
        let knowledge = self.engine.blank().know(&facts, &[], &[]);
        let clash = knowledge.contradictions.iter().any(|c| c.facts.contains(&fact));
        (!clash).then(|| knowledge.masks[usize::from(var)])
    }
}
