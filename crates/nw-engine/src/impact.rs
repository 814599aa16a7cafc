//! Who changes when one guideline takes the place of another: a patient must, may or cannot.
//!
//! The question is about the *same* completion of the record in both guidelines, not about two sets that are laid side
//! by side: two guidelines that are both undetermined between G1 and G2 change nobody when they agree in every world.
//! So the difference of the two is one diagram over the facts of both, and it is walked with what the record says, in
//! the worlds that both guidelines allow.
//!
//! | The walk meets | Fate |
//! |---|---|
//! | only worlds that differ | [`Fate::Must`] |
//! | worlds that differ and worlds that do not | [`Fate::May`] |
//! | only worlds that do not | [`Fate::Cannot`] |
//!
//! Facts that contradict each other under either guideline are set aside under both; a conclusion that rests on them and
//! may change is in [`Fate::Conflict`]. A record that each guideline can complete, but never in one way for both, is
//! [`Fate::Apart`].

use std::sync::Arc;

use nw_diagram::{FALSE, Memory, NodeId, Overlay, Part, Store, TRUE, support};
use nw_facts::{ConclusionIdx, FactIdx, FactSet, Interval, Text};
use nw_guideline::CompiledGuideline;
use rustc_hash::FxHashMap;

use crate::conclude::{Options, Outcome, outcomes};
use crate::difference::{Difference, SharedCell, compare};
use crate::ground::{Ground, active, ground, told};
use crate::knowledge::{Blank, Knowledge};
use crate::question::{MOST_NODES, smallest};
use crate::worlds::{Fast, Worlds as _};

/// Outcomes of a truth diagram.
const NO: u64 = 0b01;
const YES: u64 = 0b10;

/// Answers that a judge remembers; then memory begins anew.
const REMEMBERED: usize = 1 << 15;

/// What becomes of one conclusion about one patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// No completion of the record gives another outcome.
    Cannot,
    /// Some do and some do not.
    May,
    /// Every completion gives another outcome.
    Must,
    /// It may change, and rests on facts that contradict each other.
    Conflict,
    /// No completion is possible under both guidelines.
    Apart,
}

/// How far a shift concerns a patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The shift, by position in [`Difference::shifts`].
    pub shift: usize,
    /// Every completion makes this shift; otherwise only some.
    pub certain: bool,
    /// Regions of the shift in which some completion lies, and whether every one does.
    pub regions: Vec<(usize, bool)>,
}

/// What becomes of one conclusion, with what a reader asks next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Must, may, cannot.
    pub fate: Fate,
    /// The exact outcome under either guideline alone; nothing is worked out for those who cannot change.
    pub outcomes: Option<[Outcome; 2]>,
    /// The shifts that are made or may be.
    pub shifts: Vec<Share>,
    /// Of those who may change: a smallest set of facts that decides it, by position in [`Difference::facts`].
    pub settle: Vec<usize>,
}

/// A conclusion that changes for somebody.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Its id.
    pub id: String,
    /// Its name.
    pub label: Text,
    /// The conclusion in either guideline.
    pub conclusion: [ConclusionIdx; 2],
    /// Its shifts, by position in [`Difference::shifts`].
    pub shifts: Vec<usize>,
    differs: NodeId,
    /// Facts that it rests on in either guideline.
    rests: [Vec<FactIdx>; 2],
}

/// Two guidelines made ready to judge patients.
pub struct Impact<'g> {
    /// The two.
    pub guidelines: [&'g CompiledGuideline; 2],
    /// What differs at all.
    pub difference: Difference,
    /// Conclusions that change for somebody.
    pub changed: Vec<Changed>,
    /// Conclusions that both have and that change for nobody.
    pub unchanged: usize,
    store: Store,
    exists: NodeId,
    shifts: Vec<NodeId>,
    agreements: [Vec<NodeId>; 2],
    /// For each shared fact its variable and its place in either guideline.
    sides: Vec<[Option<(u16, FactIdx)>; 2]>,
    /// Shared facts that a walk can look at.
    looked: Vec<usize>,
    /// Variables of either guideline that its own outcomes can look at.
    own: [Vec<usize>; 2],
}

impl<'g> Impact<'g> {
    /// Compares two guidelines; `wanted` picks conclusions by id, `most` limits the regions of one shift.
    pub fn new(
        a: &'g CompiledGuideline,
        b: &'g CompiledGuideline,
        wanted: &dyn Fn(&str) -> bool,
        most: usize,
    ) -> Impact<'g> {
        let (difference, made) = compare(a, b, wanted, most, true);
        let (mut store, mut exists, mut shifts) = (made.store, made.exists, made.shifts);
        let mut agreements = made.agreements;
        let mut changed: Vec<Changed> = Vec::new();
        for (at, shift) in difference.shifts.iter().enumerate() {
            match changed.last_mut().filter(|c| c.id == shift.conclusion) {
                Some(changed) => {
                    changed.shifts.push(at);
                    changed.differs = store.or(changed.differs, shifts[at]);
                }
                None => {
                    let of = |g: &CompiledGuideline| g.vocabulary.find_conclusion(&shift.conclusion);
                    let (Some(x), Some(y)) = (of(a), of(b)) else { continue };
                    changed.push(Changed {
                        id: shift.conclusion.clone(),
                        label: shift.label.clone(),
                        conclusion: [x, y],
                        shifts: vec![at],
                        differs: shifts[at],
                        rests: [rests(a, x), rests(b, y)],
                    });
                }
            }
        }
        let ids = a.conclusions.iter().map(|c| a.vocabulary.conclusion(c.idx).id.as_str());
        let both = ids.filter(|id| {
            let twin = b.vocabulary.find_conclusion(id).is_some_and(|idx| b.conclusion(idx).is_some());
            wanted(id) && twin && !difference.redeclared.iter().any(|r| r == id)
        });
        let unchanged = both.filter(|id| !changed.iter().any(|c| c.id == *id)).count();
        let roots = std::iter::once(&mut exists)
            .chain(&mut shifts)
            .chain(changed.iter_mut().map(|c| &mut c.differs))
            .chain(agreements.iter_mut().flatten());
        let store = store.compacted(roots);
        let sides = (0..difference.facts.len())
            .map(|fact| {
                let side = |side: usize, of: &CompiledGuideline| {
                    let var = made.vars[side].iter().position(|shared| usize::from(*shared) == fact)?;
                    Some((var as u16, of.space.domain(var as u16).fact))
                };
                [side(0, a), side(1, b)]
            })
            .collect();
        let walked = std::iter::once(exists).chain(changed.iter().map(|c| c.differs));
        let walked = walked.chain(agreements.iter().flatten().copied());
        let mut looked: Vec<usize> = walked.flat_map(|root| support(&store, root)).map(usize::from).collect();
        looked.sort_unstable();
        looked.dedup();
        let own = [0, 1].map(|side| own(if side == 0 { a } else { b }, &changed, side));
        Impact {
            guidelines: [a, b],
            difference,
            changed,
            unchanged,
            store,
            exists,
            shifts,
            agreements,
            sides,
            looked,
            own,
        }
    }

    /// The cells that the record leaves of every shared fact; `None` when it leaves none of some fact.
    fn shared(&self, knowledge: [&Knowledge; 2]) -> Option<Vec<u64>> {
        let mut masks = Vec::with_capacity(self.sides.len());
        for (fact, sides) in self.difference.facts.iter().zip(&self.sides) {
            let ranges = [0, 1].map(|side| {
                let (_, idx) = sides[side].filter(|_| fact.def.is_numeric())?;
                knowledge[side].ranges(idx)
            });
            let mut mask = 0u64;
            for (at, cell) in fact.cells.iter().enumerate() {
                let allowed = |side: usize| match (sides[side], fact.sides[side][at]) {
                    (None, _) => true,
                    (Some((var, _)), Some(cell)) => knowledge[side].masks[usize::from(var)] >> cell & 1 == 1,
                    // The other guideline has no such value.
                    (Some(_), None) => false,
                };
                if !(allowed(0) && allowed(1)) {
                    continue;
                }
                // A cell of both is smaller than a cell of either: what is recorded must meet this very part.
                let meets = match cell {
                    SharedCell::Numbers(range) => meets(*range, ranges),
                    _ => true,
                };
                mask |= u64::from(meets) << at;
            }
            if mask == 0 {
                return None;
            }
            masks.push(mask);
        }
        Some(masks)
    }
}

/// Whether a number of this range is among those recorded, for both.
fn meets(range: Interval, recorded: [Option<&[Interval]>; 2]) -> bool {
    let [first, second] = recorded;
    let whole = [Interval::default()];
    first.unwrap_or(&whole).iter().any(|a| {
        let left = range.intersect(a);
        !left.is_empty() && second.unwrap_or(&whole).iter().any(|b| !left.intersect(b).is_empty())
    })
}

fn rests(guideline: &CompiledGuideline, conclusion: ConclusionIdx) -> Vec<FactIdx> {
    let support = guideline.conclusion(conclusion).into_iter().flat_map(|c| &c.support);
    support.map(|var| guideline.space.domain(*var).fact).collect()
}

/// The variables that the outcomes of these conclusions can look at, with rules and reports.
fn own(guideline: &CompiledGuideline, changed: &[Changed], side: usize) -> Vec<usize> {
    let conclusions = changed.iter().filter_map(|c| guideline.conclusion(c.conclusion[side]));
    let mut vars: Vec<usize> = conclusions.flat_map(|c| &c.support).map(|v| usize::from(*v)).collect();
    let ties = guideline.rules.iter().map(|r| r.kept).chain(guideline.agreements.iter().map(|a| a.kept));
    vars.extend(ties.flat_map(|kept| support(&guideline.store, kept)).map(usize::from));
    vars.sort_unstable();
    vars.dedup();
    vars
}

/// All that a judgement depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    masks: Vec<u64>,
    agreements: [Vec<usize>; 2],
    aside: [Vec<FactIdx>; 2],
}

/// One thread's means to judge patients.
pub struct Judge<'i, 'g> {
    impact: &'i Impact<'g>,
    blanks: [Blank<'g>; 2],
    worlds: [Fast<'g>; 2],
    memory: Memory,
    /// Under parts of the masks.
    inner: Memory,
    known: FxHashMap<Key, Arc<[Verdict]>>,
    options: [Options; 2],
}

impl<'i, 'g> Judge<'i, 'g> {
    /// Ready for any patient.
    pub fn new(impact: &'i Impact<'g>) -> Judge<'i, 'g> {
        let only = |side: usize| Options {
            only: Some(impact.changed.iter().map(|c| c.conclusion[side]).collect()),
            ..Options::default()
        };
        Judge {
            impact,
            blanks: impact.guidelines.map(Blank::new),
            worlds: impact.guidelines.map(Fast::new),
            memory: Memory::default(),
            inner: Memory::default(),
            known: FxHashMap::default(),
            options: [only(0), only(1)],
        }
    }

    /// What becomes of each changed conclusion, given the same record as either guideline reads it.
    pub fn judge(&mut self, facts: [&FactSet; 2]) -> Arc<[Verdict]> {
        let impact = self.impact;
        let grounds = [0, 1].map(|side| {
            self.worlds[side].forget();
            let worlds = &mut self.worlds[side];
            ground(&self.blanks[side], facts[side], &mut told(|masks, kept| worlds.any(masks, kept)))
        });
        // What contradicts itself under one guideline is set aside under both.
        let joint = [0, 1].map(|side| self.widened(side, facts[side], &grounds));
        let shared = impact.shared([&joint[0].knowledge, &joint[1].knowledge]);
        let mut masks: Vec<u64> = match &shared {
            Some(shared) => impact.looked.iter().map(|at| shared[*at]).collect(),
            None => vec![0],
        };
        for side in [0, 1] {
            masks.extend(impact.own[side].iter().map(|var| grounds[side].knowledge.masks[*var]));
        }
        let key = Key {
            masks,
            agreements: [joint[0].agreements.clone(), joint[1].agreements.clone()],
            aside: [joint[0].aside.clone(), joint[1].aside.clone()],
        };
        if let Some(known) = self.known.get(&key) {
            return Arc::clone(known);
        }
        let found: Arc<[Verdict]> = self.walk(&grounds, &joint, shared.as_deref()).into();
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(key, Arc::clone(&found));
        found
    }

    fn widened(&self, side: usize, facts: &FactSet, grounds: &[Ground; 2]) -> Ground {
        let [here, there] = [side, 1 - side].map(|s| self.impact.guidelines[s]);
        let mut aside = grounds[side].aside.clone();
        for fact in &grounds[1 - side].aside {
            let twin = here.vocabulary.find_fact(&there.vocabulary.fact(*fact).id);
            aside.extend(twin.filter(|f| !grounds[side].aside.contains(f)));
        }
        aside.sort_unstable();
        aside.dedup();
        let knowledge = if aside.len() == grounds[side].aside.len() {
            grounds[side].knowledge.clone()
        } else {
            self.blanks[side].know(facts, &aside, &[])
        };
        let agreements = active(here, &knowledge.masks);
        Ground { knowledge, agreements, contradictions: Vec::new(), aside }
    }

    fn walk(&mut self, grounds: &[Ground; 2], joint: &[Ground; 2], shared: Option<&[u64]>) -> Vec<Verdict> {
        let impact = self.impact;
        let apart = |_: &Changed| Verdict {
            fate: Fate::Apart,
            outcomes: None,
            shifts: Vec::new(),
            settle: Vec::new(),
        };
        let Some(masks) = shared else { return impact.changed.iter().map(apart).collect() };
        let mut overlay = Overlay::new(&impact.store);
        let condition = self.condition(&mut overlay, joint, masks);
        self.memory.forget();
        if !self.memory.possible(&overlay, condition, masks) {
            return impact.changed.iter().map(apart).collect();
        }
        let mut drawn: Option<[Vec<Outcome>; 2]> = None;
        let mut all = Vec::with_capacity(impact.changed.len());
        for (at, changed) in impact.changed.iter().enumerate() {
            let met = self.memory.outcomes_where(&overlay, changed.differs, condition, masks, NO | YES);
            let rests = |side: usize| joint[side].aside.iter().any(|f| changed.rests[side].contains(f));
            let fate = match met {
                YES => Fate::Must,
                NO => Fate::Cannot,
                _ if rests(0) || rests(1) => Fate::Conflict,
                _ => Fate::May,
            };
            if fate == Fate::Cannot {
                all.push(Verdict { fate, outcomes: None, shifts: Vec::new(), settle: Vec::new() });
                continue;
            }
            let drawn = drawn.get_or_insert_with(|| [0, 1].map(|side| self.outcomes(side, &grounds[side])));
            let outcomes = [drawn[0][at].clone(), drawn[1][at].clone()];
            let shifts = self.shares(changed, &overlay, condition, masks);
            let settle = if fate == Fate::May {
                settling(&overlay, changed.differs, condition, masks)
            } else {
                Vec::new()
            };
            all.push(Verdict { fate, outcomes: Some(outcomes), shifts, settle });
        }
        all
    }

    /// Where both guidelines allow a patient of whom others reported this.
    fn condition(&self, overlay: &mut Overlay<'_>, joint: &[Ground; 2], masks: &[u64]) -> NodeId {
        let mut reports = TRUE;
        for (side, ground) in joint.iter().enumerate() {
            for at in &ground.agreements {
                let kept = overlay.under(self.impact.agreements[side][*at], TRUE, masks);
                reports = overlay.under(kept, reports, masks);
                reports = overlay.kept_only(reports);
            }
        }
        if reports == TRUE {
            return self.impact.exists;
        }
        let kept = overlay.under(self.impact.exists, reports, masks);
        overlay.kept_only(kept)
    }

    /// The outcomes of the changed conclusions by one guideline alone, in the order of [`Impact::changed`].
    fn outcomes(&mut self, side: usize, ground: &Ground) -> Vec<Outcome> {
        let guideline = self.impact.guidelines[side];
        let drawn = outcomes(guideline, ground, &self.options[side], &mut self.worlds[side]);
        let of = |changed: &Changed| {
            let found = drawn.iter().find(|d| d.conclusion == changed.conclusion[side]);
            found.map_or(Outcome::NotApplicable, |d| d.outcome.clone())
        };
        self.impact.changed.iter().map(of).collect()
    }

    fn shares(
        &mut self,
        changed: &Changed,
        overlay: &Overlay<'_>,
        condition: NodeId,
        masks: &[u64],
    ) -> Vec<Share> {
        let mut all = Vec::new();
        for shift in &changed.shifts {
            let root = self.impact.shifts[*shift];
            let met = self.memory.outcomes_where(overlay, root, condition, masks, NO | YES);
            if met & YES == 0 {
                continue;
            }
            let mut regions = Vec::new();
            for (number, region) in self.impact.difference.shifts[*shift].regions.iter().enumerate() {
                let mut inside = masks.to_vec();
                region.limits.iter().for_each(|(fact, mask)| inside[*fact] &= mask);
                if inside.contains(&0) {
                    continue;
                }
                self.inner.forget();
                let here = self.inner.outcomes_where(overlay, root, condition, &inside, NO | YES);
                if here & YES == 0 {
                    continue;
                }
                let leaves = |(fact, mask): &(usize, u64)| {
                    let mut outside = masks.to_vec();
                    outside[*fact] &= !mask;
                    self.inner.forget();
                    outside[*fact] != 0 && self.inner.possible(overlay, condition, &outside)
                };
                regions.push((number, !region.limits.iter().any(leaves)));
            }
            all.push(Share { shift: *shift, certain: met == YES, regions });
        }
        all
    }
}

/// A smallest set of facts that decides whether a patient changes.
fn settling(overlay: &Overlay<'_>, differs: NodeId, condition: NodeId, masks: &[u64]) -> Vec<usize> {
    debug_assert!(differs != FALSE, "who cannot change is not asked");
    let vars = match Part::new(overlay, differs, condition, masks, MOST_NODES) {
        Some(part) => smallest(&part).into_iter().next().unwrap_or_default(),
        // With so much open, all that the difference looks at is asked.
        None => {
            let open = |var: &u16| masks[usize::from(*var)].count_ones() > 1;
            support(overlay, differs).into_iter().filter(open).collect()
        }
    };
    vars.into_iter().map(usize::from).collect()
}
