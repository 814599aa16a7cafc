//! What practice says beside the exact set: conventions that apply, and those that a value needs.

mod choose;
mod clash;
mod proof;
mod reach;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use nw_diagram::NodeId;
use nw_facts::{ConclusionIdx, FactIdx, FactSet};
use nw_guideline::{Assumption, CompiledGuideline, Effect, Epistemic, HitPolicy, Subject};
use rustc_hash::FxBuildHasher;

use crate::conclude::{ConventionClash, Conventional, Drawn, Options, Outcome, outcome_of};
use crate::frame::{Frame, Vars};
use crate::ground::{Ground, active};
use crate::knowledge::{Blank, Recorded};
use crate::worlds::{Fast, Ticket, Worlds};
use clash::Chosen;
use proof::Targets;
use reach::{looks_at, narrows, touches};

/// Which conventions a conclusion may use.
pub(crate) struct Customs {
    /// The different selections of assuming conventions, each in the guideline's order.
    groups: Vec<Vec<usize>>,
    /// For each conclusion its selection; `None` when no assumption applies to it.
    group: Vec<Option<usize>>,
    /// For each conclusion the conventions that state its value outright.
    answers: Vec<Vec<usize>>,
    /// For each convention the variables whose masks it may change.
    touches: Vec<Vars>,
    /// For each convention the variables of which its condition must be certain; `None` when it is only about what
    /// was recorded.
    certain: Vec<Option<Vars>>,
    /// For each convention that assumes something, what that leaves of which variable; `None` when derived facts carry
    /// it further.
    narrows: Vec<Option<Vec<(u16, u64)>>>,
    /// For each variable the conventions that narrow it by themselves, and to what.
    on: Vec<Vec<(usize, u64)>>,
    /// For each variable the conventions that touch it.
    touching: Vec<Vars>,
    /// For each conclusion the variables it reads.
    support: Vec<Vars>,
    /// For each convention those that touch a variable that it touches, too.
    beside: Vec<Vars>,
    /// For each convention those that touch a variable that its condition looks at.
    before: Vec<Vars>,
    /// For each conclusion the conventions that touch a variable that it reads.
    bearing: Vec<Vars>,
}

impl Customs {
    pub(crate) fn new(guideline: &CompiledGuideline) -> Customs {
        let count = guideline.conclusions.len();
        let mut assumed: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut answers: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (i, convention) in guideline.conventions.iter().enumerate() {
            match convention.effect {
                Effect::Assume(_) => {
                    for at in convention.applies_to.iter().filter_map(|c| guideline.conclusion_at(*c)) {
                        if assumed[at].last() != Some(&i) {
                            assumed[at].push(i);
                        }
                    }
                }
                Effect::Answer(target, _) => {
                    if let Some(at) = guideline.conclusion_at(target) {
                        answers[at].push(i);
                    }
                }
            }
        }
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut known: HashMap<Vec<usize>, usize, FxBuildHasher> = HashMap::default();
        let group = assumed.into_iter().map(|list| {
            (!list.is_empty()).then(|| {
                *known.entry(list).or_insert_with_key(|list| {
                    groups.push(list.clone());
                    groups.len() - 1
                })
            })
        });
        let group = group.collect();
        let vars = |c: &nw_guideline::Conclusion| Vars::of(c.support.iter().copied(), guideline.space.len());
        let narrows: Vec<_> = guideline.conventions.iter().map(|c| narrows(guideline, &c.effect)).collect();
        let mut on = vec![Vec::new(); guideline.space.len()];
        for (i, list) in narrows.iter().enumerate() {
            list.iter().flatten().for_each(|(var, mask)| on[usize::from(*var)].push((i, *mask)));
        }
        let touches: Vec<Vars> =
            guideline.conventions.iter().map(|c| touches(guideline, &c.effect)).collect();
        let mut touching = vec![Vars::of([], guideline.conventions.len()); guideline.space.len()];
        for (i, touches) in touches.iter().enumerate() {
            touches.iter().for_each(|var| touching[usize::from(var)].insert(i as u16));
        }
        let certain: Vec<Option<Vars>> =
            guideline.conventions.iter().map(|c| looks_at(guideline, &c.when)).collect();
        let support: Vec<Vars> = guideline.conclusions.iter().map(vars).collect();
        let meeting = |vars: &Vars| all_touching(&touching, touches.len(), vars);
        Customs {
            beside: touches.iter().map(meeting).collect(),
            before: certain.iter().map(|vars| vars.as_ref().map(meeting).unwrap_or_default()).collect(),
            bearing: support.iter().map(meeting).collect(),
            groups,
            group,
            answers,
            touches,
            certain,
            narrows,
            on,
            touching,
            support,
        }
    }
}

impl Customs {
    /// The conventions that touch one of these variables.
    fn touching(&self, vars: &Vars) -> Vars {
        all_touching(&self.touching, self.touches.len(), vars)
    }

    /// Whether no convention assumes what others reported.
    fn product(&self, guideline: &CompiledGuideline) -> bool {
        let reported = guideline.agreements.iter().filter_map(|a| guideline.space.var(a.reported));
        let reported = Vars::of(reported, guideline.space.len());
        !self.touches.iter().any(|touches| touches.meets(&reported))
    }
}

/// The conventions, of so many, that touch one of these variables.
fn all_touching(touching: &[Vars], count: usize, vars: &Vars) -> Vars {
    let mut all = Vars::of([], count);
    vars.iter().for_each(|var| all.add(&touching[usize::from(var)]));
    all
}

/// Knowledge narrowed by some conventions.
struct Narrowed {
    masks: Rc<[u64]>,
    agreements: Vec<usize>,
    /// Whether no variable was left without a cell.
    sound: bool,
    /// Whether it allows a world, once asked.
    possible: Option<bool>,
    /// Where the worlds remember it.
    ticket: Option<Ticket>,
    /// Whether each convention's condition holds, once asked.
    holds: HashMap<usize, bool, FxBuildHasher>,
}

/// Conventions at work on one patient.
struct Practice<'a, 'w> {
    guideline: &'a CompiledGuideline,
    blank: &'a Blank<'a>,
    customs: &'a Customs,
    facts: &'a FactSet,
    ground: &'a Ground,
    worlds: &'a mut Fast<'w>,
    /// Which conventions are switched on.
    on: Vec<bool>,
    /// For each convention what the record makes of it.
    adds: Vec<Adds>,
    /// For each variable whether an assumption takes the place of what the record says of it.
    replaced: Vec<bool>,
    /// The rules and reports as one condition, for whatever the conventions make of the record.
    frame: Rc<RefCell<Frame<'w>>>,
    /// Whether worlds stay a product of those groups whatever is assumed: nobody assumes what others reported.
    product: bool,
    /// Knowledge narrowed by some conventions, worked out once for each selection.
    narrowed: Vec<Narrowed>,
    selections: HashMap<Vars, usize, FxBuildHasher>,
    /// For each convention whether it holds, where its condition is only about what was recorded.
    outright: Vec<Option<bool>>,
    /// For each convention whether its condition holds under those that bear on it and were picked, once asked.
    conditions: Vec<HashMap<Vars, bool, FxBuildHasher>>,
    /// Whether conventions that share what they are about leave a world, once asked.
    allowed: HashMap<Vars, bool, FxBuildHasher>,
    /// For each convention those that bear on its condition, and those that touch what it touches; once asked.
    on_condition: Vec<Option<Rc<Vars>>>,
    on_touched: Vec<Option<Rc<Vars>>>,
    /// For each convention those of which it bears on the condition; empty until asked.
    looking: Vec<Rc<Vars>>,
    /// For each group of tied variables the conventions that touch one of them.
    on_group: Vec<Vars>,
    /// The conventions that touch something of which rules or reports leave less than the record does.
    tied: Vars,
}

impl<'a, 'w> Practice<'a, 'w> {
    fn new(
        (blank, customs): (&'a Blank<'a>, &'a Customs),
        facts: &'a FactSet,
        ground: &'a Ground,
        options: &Options,
        worlds: &'a mut Fast<'w>,
    ) -> Self {
        let guideline = blank.guideline();
        let space = &guideline.space;
        let on: Vec<bool> =
            guideline.conventions.iter().map(|c| !options.without_conventions.contains(&c.id)).collect();
        let adds: Vec<Adds> =
            guideline.conventions.iter().map(|c| adds(guideline, ground, &c.effect)).collect();
        // Whatever takes the place of something in the record is open here: all that is asked only narrows this.
        let mut widest = ground.knowledge.masks.clone();
        let replacing =
            (0..adds.len()).filter(|at| on[*at] && matches!(adds[*at], Adds::Replaces | Adds::Mixed));
        for var in replacing.flat_map(|at| customs.touches[at].iter()) {
            widest[usize::from(var)] = space.full(var);
        }
        let frame = worlds.narrowing(&widest, &ground.agreements);
        let on_group: Vec<Vars> = frame.borrow().groups().map(|vars| customs.touching(vars)).collect();
        let mut tied = Vars::of([], customs.touches.len());
        on_group.iter().for_each(|conventions| tied.add(conventions));
        Practice {
            guideline,
            blank,
            customs,
            facts,
            ground,
            on,
            adds,
            replaced: (0..space.len() as u16)
                .map(|var| replaces(guideline, ground, space.domain(var).fact))
                .collect(),
            frame,
            product: customs.product(guideline),
            worlds,
            narrowed: Vec::new(),
            selections: HashMap::default(),
            outright: vec![None; guideline.conventions.len()],
            conditions: vec![HashMap::default(); guideline.conventions.len()],
            allowed: HashMap::default(),
            on_condition: vec![None; guideline.conventions.len()],
            on_touched: vec![None; guideline.conventions.len()],
            looking: Vec::new(),
            on_group,
            tied,
        }
    }
}

pub(crate) fn conventions(
    (blank, customs): (&Blank<'_>, &Customs),
    facts: &FactSet,
    ground: &Ground,
    options: &Options,
    drawn: &mut [Drawn],
    worlds: &mut Fast<'_>,
) -> Vec<ConventionClash> {
    let mut clashes: Vec<ConventionClash> = Vec::new();
    if options.no_conventions || !drawn.iter().any(|d| d.outcome.is_open()) {
        return clashes;
    }
    let mut practice = Practice::new((blank, customs), facts, ground, options, worlds);
    // What applies to a conclusion does not depend on it beyond the selection, so it is found once for each; and what
    // is found under one selection is used up before the next one.
    let mut open: Vec<&mut Drawn> = drawn.iter_mut().filter(|d| d.outcome.is_open()).collect();
    open.sort_by_key(|d| customs.group[d.at]);
    let mut chosen: Option<(Option<usize>, Chosen)> = None;
    for drawn in open {
        let group = customs.group[drawn.at];
        if chosen.as_ref().is_none_or(|(known, _)| *known != group) {
            chosen = Some((group, practice.chosen(group)));
        }
        let Some((_, chosen)) = &chosen else { continue };
        if chosen.list.is_empty() && chosen.gave_way.is_empty() && customs.answers[drawn.at].is_empty() {
            continue;
        }
        let bearing = practice.bearing(drawn.at);
        drawn.convention = practice.conventional(drawn.at, &drawn.outcome, (chosen, &bearing));
        practice.note_clashes(drawn, (chosen, &bearing), &mut clashes);
    }
    clashes.iter_mut().for_each(|clash| clash.conclusions.sort_unstable());
    clashes.sort_by(|a, b| (a.convention, &a.against).cmp(&(b.convention, &b.against)));
    clashes
}

/// What is known of a selection of conventions, found once for all that is asked under it.
#[derive(Clone, Copy, Debug)]
struct Selected {
    /// Its place among what was narrowed.
    at: usize,
    /// The place of those of them that derived facts carry further.
    carried: usize,
    /// Whether worlds under them are the record's, cut down by each of them on its own; see [`Practice::product_of`].
    product: bool,
}

/// For each collected value that is decided by convention, those of its conclusion's conventions that this value needs.
pub(crate) fn conventions_of(
    beginning: (&Blank<'_>, &Customs),
    facts: &FactSet,
    ground: &Ground,
    options: &Options,
    items: &[(usize, usize)],
    drawn: &[Drawn],
    worlds: &mut Fast<'_>,
) -> Vec<Vec<usize>> {
    let mut practice = Practice::new(beginning, facts, ground, options, worlds);
    let of = |(at, item): &(usize, usize)| {
        let drawn = drawn.iter().find(|d| d.at == *at)?;
        let all = drawn.convention.as_ref()?.conventions.clone();
        // Every other value is taken as open, so that only this one has to stay as it is.
        let alone = Outcome::Collected { certain: 1 << item, open: !(1 << item) };
        let selected = practice.selected(&all);
        if !selected.product {
            return Some(all);
        }
        let bearing = practice.bearing(*at);
        let relevant = among(&all, &bearing);
        Some(practice.needed((*at, &drawn.outcome), (&alone, false), (&all, selected), relevant))
    };
    items.iter().map(of).map(Option::unwrap_or_default).collect()
}

/// How an assumption stands to the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Adds {
    /// It narrows what is known.
    Narrows,
    /// It is about a fact that was set aside, and says nothing of it.
    Aside,
    /// It takes the place of a presumed value, or of the state "not done".
    Replaces,
    /// It takes the place of one fact, and is about another that was set aside.
    Mixed,
}

fn adds(guideline: &CompiledGuideline, ground: &Ground, effect: &Effect) -> Adds {
    let Effect::Assume(assumptions) = effect else { return Adds::Aside };
    let aside = assumptions.iter().any(|a| ground.aside.contains(&a.fact));
    let takes_place = assumptions.iter().any(|a| replaces(guideline, ground, a.fact));
    match (aside, takes_place) {
        (false, false) => Adds::Narrows,
        (false, true) => Adds::Replaces,
        (true, false) => Adds::Aside,
        (true, true) => Adds::Mixed,
    }
}

/// Whether an assumption about a fact takes the place of what the record says: a presumed value, or "not done".
fn replaces(guideline: &CompiledGuideline, ground: &Ground, fact: FactIdx) -> bool {
    match ground.knowledge.recorded[fact.0 as usize] {
        Recorded::Presumed => true,
        Recorded::NotDone => guideline.vocabulary.fact(fact).not_done_is_state,
        _ => false,
    }
}

impl<'w> Practice<'_, 'w> {
    /// What practice says of one open conclusion, with those of the chosen conventions that this needs; `bearing`
    /// are those that bear on it.
    fn conventional(
        &mut self,
        at: usize,
        before: &Outcome,
        (chosen, bearing): (&Chosen, &Vars),
    ) -> Option<Conventional> {
        let conclusion = &self.guideline.conclusions[at];
        let states = !self.customs.answers[at].is_empty();
        if chosen.list.is_empty() && (!states || conclusion.policy == HitPolicy::Collect) {
            return None;
        }
        // What is assumed of groups that the conclusion does not read changes nothing here. Conditions of conventions
        // that state its value may look anywhere.
        let mut list = if states { chosen.list.clone() } else { among(&chosen.list, bearing) };
        if list.is_empty() && !states {
            return None;
        }
        if !states && chosen.all.product {
            // All conclusions of a selection are asked under the same knowledge, which is then known to them all.
            let (outcome, _) = self.answer(at, chosen.all.at)?;
            let needed = self.needed((at, before), (&outcome, true), (&chosen.list, chosen.all), list);
            return (!needed.is_empty()).then_some(Conventional { outcome, conventions: needed });
        }
        let selection = self.narrow(self.set(&list));
        let (outcome, answered) = self.answer(at, selection)?;
        // Name only the conventions that the value needs.
        let mut i = 0;
        while i < list.len() {
            let mut fewer = list.clone();
            fewer.remove(i);
            let selection = self.narrow(self.set(&fewer));
            if self.answer(at, selection).is_some_and(|a| a == (outcome.clone(), answered)) {
                list = fewer;
            } else {
                i += 1;
            }
        }
        list.extend(answered);
        // Collected items that stay as they were need no convention.
        (!list.is_empty()).then_some(Conventional { outcome, conventions: list })
    }

    /// The conventions that an outcome needs, where the conventions narrow each variable on its own; of a collected
    /// conclusion the whole outcome, or only what is decided in it.
    ///
    /// Worlds under fewer conventions include those under more, as long as none takes the place of something in the
    /// record: what is open under all of them is open under fewer, and only what was decided can be lost.
    fn needed(
        &mut self,
        (at, drawn): (usize, &Outcome),
        (outcome, whole): (&Outcome, bool),
        (chosen, all): (&[usize], Selected),
        relevant: Vec<usize>,
    ) -> Vec<usize> {
        let customs = self.customs;
        let frame = Rc::clone(&self.frame);
        let mut targets = self.targets((at, drawn), outcome, chosen);
        if targets.none() && !chosen.iter().any(|i| self.adds[*i] == Adds::Replaces) {
            return Vec::new();
        }
        let mut masks = self.narrowed[all.at].masks.to_vec();
        // Proved once, so that it is known which facts the proofs look at.
        targets.prove(&mut frame.borrow_mut(), self.worlds, &masks);
        let mut keeps = vec![false; customs.narrows.len()];
        chosen.iter().for_each(|i| keeps[*i] = true);
        let mut under = Rc::clone(&self.narrowed[all.carried].masks);
        let (mut vars, mut before): (Vec<u16>, Vec<u64>) = (Vec::new(), Vec::new());
        for dropped in &relevant {
            keeps[*dropped] = false;
            vars.clear();
            before.clear();
            let (mut next, mut grows) = (None, true);
            let mut change = |var: u16, mask: u64| {
                let kept = std::mem::replace(&mut masks[usize::from(var)], mask);
                if kept != mask {
                    grows &= kept & !mask == 0;
                    vars.push(var);
                    before.push(kept);
                }
            };
            match &customs.narrows[*dropped] {
                Some(narrows) => {
                    narrows.iter().for_each(|(var, _)| change(*var, self.mask_of(*var, &keeps, &under)));
                }
                None => {
                    let left: Vec<usize> = chosen.iter().copied().filter(|i| keeps[*i]).collect();
                    let carried = self.carried(&left);
                    let wider = Rc::clone(&self.narrowed[carried].masks);
                    (0..wider.len() as u16).for_each(|var| change(var, self.mask_of(var, &keeps, &wider)));
                    next = Some(wider);
                }
            }
            let holds = if grows {
                targets.hold_without(&vars, &mut frame.borrow_mut(), self.worlds, &masks)
            } else {
                // What the record says comes back: everything is looked at anew.
                let left: Vec<usize> = chosen.iter().copied().filter(|i| keeps[*i]).collect();
                let selection = self.narrow(self.set(&left));
                let same =
                    self.answer(at, selection).is_some_and(|(found, _)| same_outcome(&found, outcome, whole));
                if same {
                    targets = self.targets((at, drawn), outcome, &left);
                    targets.prove(&mut frame.borrow_mut(), self.worlds, &masks);
                }
                same
            };
            if holds {
                under = next.unwrap_or(under);
            } else {
                keeps[*dropped] = true;
                vars.iter().zip(&before).for_each(|(var, mask)| masks[usize::from(*var)] = *mask);
            }
        }
        relevant.into_iter().filter(|i| keeps[*i]).collect()
    }

    /// What must stay forced when conventions are dropped: what they decided and the record does not.
    fn targets(&self, (at, drawn): (usize, &Outcome), outcome: &Outcome, chosen: &[usize]) -> Targets {
        let guideline = self.guideline;
        let conclusion = &guideline.conclusions[at];
        let base = &self.ground.knowledge.masks;
        let mut wanted: Vec<(NodeId, u16)> = Vec::new();
        match outcome {
            Outcome::Collected { certain, open } => {
                // The record's own answers stand under what narrows it, not under what takes its place.
                let replaced = chosen.iter().any(|i| self.adds[*i] == Adds::Replaces);
                let decided = match drawn {
                    Outcome::Collected { open: before, .. } if !replaced => before & !open,
                    _ => !open,
                };
                for (item, node) in conclusion.roots.items.iter().enumerate() {
                    if decided >> item & 1 == 1 {
                        wanted.push((*node, (certain >> item & 1) as u16));
                    }
                }
            }
            Outcome::Concluded(value) => wanted.push((conclusion.roots.value, *value as u16)),
            Outcome::NotApplicable => {
                wanted.push((conclusion.roots.value, conclusion.not_applicable(&guideline.vocabulary)));
            }
            Outcome::Undetermined(_) | Outcome::Conflict(_) => {}
        }
        Targets::new(base.len(), wanted)
    }

    /// What a variable may be under the plain conventions that are kept, and under what carries derived facts further.
    fn mask_of(&self, var: u16, keeps: &[bool], under: &[u64]) -> u64 {
        let at = usize::from(var);
        let mut kept =
            self.customs.on[at].iter().filter(|(i, _)| keeps[*i]).map(|(_, mask)| *mask).peekable();
        let start = if self.replaced[at] && kept.peek().is_some() {
            self.guideline.space.full(var)
        } else {
            under[at]
        };
        kept.fold(start, |mask, more| mask & more)
    }

    /// Those of the conventions that derived facts carry further, as a selection. The others are about other facts, and
    /// each narrows only its own.
    fn carried(&mut self, chosen: &[usize]) -> usize {
        let carried: Vec<usize> =
            chosen.iter().copied().filter(|i| self.customs.narrows[*i].is_none()).collect();
        self.narrow(self.set(&carried))
    }

    fn selected(&mut self, chosen: &[usize]) -> Selected {
        let (at, carried) = (self.narrow(self.set(chosen)), self.carried(chosen));
        Selected { at, carried, product: self.product_of(chosen, at) }
    }

    /// Whether worlds under these conventions are the record's, cut down by each of them on its own: so that fewer of
    /// them never allow less, and nothing reported comes into it.
    fn product_of(&mut self, chosen: &[usize], at: usize) -> bool {
        let (customs, ground) = (self.customs, self.ground);
        let plain = |i: &usize| {
            self.adds[*i] == Adds::Narrows || self.adds[*i] == Adds::Replaces && customs.narrows[*i].is_some()
        };
        self.product
            && ground.knowledge.contradictions.is_empty()
            && chosen.iter().all(plain)
            && self.allows(at)
    }

    /// What a conclusion comes to under a selection of conventions, and the convention that states it outright.
    fn answer(&mut self, at: usize, selection: usize) -> Option<(Outcome, Option<usize>)> {
        let guideline = self.guideline;
        let conclusion = &guideline.conclusions[at];
        if !self.allows(selection) {
            return None;
        }
        let customs = self.customs;
        for i in customs.answers[at].iter().copied() {
            if let Effect::Answer(_, value) = guideline.conventions[i].effect
                && self.on[i]
                && self.holds(i, selection)
            {
                return Some((Outcome::Concluded(value), Some(i)));
            }
        }
        let Narrowed { masks, agreements, ticket, .. } = &mut self.narrowed[selection];
        let now = self.worlds.turn_back(*ticket, masks, agreements);
        *ticket = Some(now);
        let (some, every) = self.worlds.set_now(at);
        if conclusion.policy == HitPolicy::Collect {
            return Some((Outcome::Collected { certain: every, open: some & !every }, None));
        }
        let values = guideline.vocabulary.conclusion(conclusion.idx).values.len();
        match outcome_of(some, values) {
            Outcome::Undetermined(_) => None,
            outcome => Some((outcome, None)),
        }
    }

    fn set(&self, conventions: &[usize]) -> Vars {
        Vars::of(conventions.iter().map(|i| *i as u16), self.customs.touches.len())
    }

    fn possible(&mut self, conventions: Vars) -> bool {
        let selection = self.narrow(conventions);
        self.allows(selection)
    }

    /// Whether knowledge narrowed by some conventions allows a world.
    fn allows(&mut self, selection: usize) -> bool {
        let Narrowed { masks, agreements, sound, possible, ticket, .. } = &mut self.narrowed[selection];
        *possible.get_or_insert_with(|| {
            *sound && {
                *ticket = Some(self.worlds.turn_back(*ticket, masks, agreements));
                self.worlds.any(masks, agreements)
            }
        })
    }

    /// The place of knowledge narrowed by some conventions.
    fn narrow(&mut self, conventions: Vars) -> usize {
        if let Some(at) = self.selections.get(&conventions) {
            return *at;
        }
        let list: Vec<usize> = conventions.iter().map(usize::from).collect();
        let narrowed = self.work_out(&list);
        self.narrowed.push(narrowed);
        self.selections.insert(conventions, self.narrowed.len() - 1);
        self.narrowed.len() - 1
    }

    fn work_out(&mut self, chosen: &[usize]) -> Narrowed {
        let (guideline, ground) = (self.guideline, self.ground);
        let base = &ground.knowledge;
        if chosen.is_empty() {
            let (masks, agreements) = (base.masks.as_slice().into(), ground.agreements.clone());
            let (sound, possible) = (true, Some(true));
            return Narrowed { masks, agreements, sound, possible, ticket: None, holds: HashMap::default() };
        }
        let plain: Vec<usize> = chosen.iter().copied().filter(|i| self.narrows_plainly(*i)).collect();
        let partly = |i: &usize| self.customs.narrows[*i].is_some() && !self.narrows_plainly(*i);
        let (masks, sound) = if plain.is_empty() || chosen.iter().any(partly) {
            self.assume(chosen)
        } else {
            let carried = self.carried(chosen);
            let mut masks = self.narrowed[carried].masks.to_vec();
            let mut sound = base.contradictions.is_empty() && self.narrowed[carried].sound;
            // Each of the others narrows its own variable, whatever derived facts make of the rest.
            let narrows = || plain.iter().filter_map(|i| self.customs.narrows[*i].as_ref()).flatten();
            for (var, _) in narrows().filter(|(var, _)| self.replaced[usize::from(*var)]) {
                masks[usize::from(*var)] = guideline.space.full(*var);
            }
            for (var, mask) in narrows() {
                masks[usize::from(*var)] &= mask;
                sound &= masks[usize::from(*var)] != 0;
            }
            // What contradicts the record, or another assumption, leaves no patient.
            for (var, _) in narrows().filter(|_| !sound) {
                if masks[usize::from(*var)] == 0 {
                    masks[usize::from(*var)] = guideline.space.full(*var);
                }
            }
            (masks, sound)
        };
        let agreements = active(guideline, &masks);
        let masks = masks.into();
        Narrowed { masks, agreements, sound, possible: None, ticket: None, holds: HashMap::default() }
    }

    /// Whether all that a convention assumes is about facts that nothing is derived from, and none of it is set aside.
    fn narrows_plainly(&self, convention: usize) -> bool {
        matches!(self.adds[convention], Adds::Narrows | Adds::Replaces)
            && self.customs.narrows[convention].is_some()
    }

    /// What all these conventions leave, derived facts worked out anew; and whether that is anything.
    fn assume(&self, chosen: &[usize]) -> (Vec<u64>, bool) {
        let ground = self.ground;
        let base = &ground.knowledge;
        let assumed: Vec<Assumption> = chosen
            .iter()
            .filter_map(|i| match &self.guideline.conventions[*i].effect {
                Effect::Assume(assumptions) => Some(assumptions.clone()),
                Effect::Answer(..) => None,
            })
            .flatten()
            .collect();
        let narrows = !chosen.iter().any(|i| matches!(self.adds[*i], Adds::Replaces | Adds::Mixed));
        let knowledge = if narrows && base.contradictions.is_empty() {
            self.blank.know_more(base, self.facts, &ground.aside, &assumed)
        } else {
            self.blank.know(self.facts, &ground.aside, &assumed)
        };
        (knowledge.masks, knowledge.contradictions.is_empty())
    }

    /// Whether the condition of a convention holds under a selection of those chosen so far.
    fn holds(&mut self, convention: usize, selection: usize) -> bool {
        let (guideline, ground) = (self.guideline, self.ground);
        let narrowed = &mut self.narrowed[selection];
        if let Some(known) = narrowed.holds.get(&convention) {
            return *known;
        }
        let now = self.worlds.turn_back(narrowed.ticket, &narrowed.masks, &narrowed.agreements);
        narrowed.ticket = Some(now);
        let when = &guideline.conventions[convention].when;
        let found = holds(guideline, when, ground, (&narrowed.masks, &narrowed.agreements), self.worlds);
        narrowed.holds.insert(convention, found);
        found
    }
}

/// Those of a list that are in a set, in the list's order.
fn among(list: &[usize], set: &Vars) -> Vec<usize> {
    list.iter().copied().filter(|i| set.has(*i as u16)).collect()
}

/// Whether an outcome is the wanted one; of a collected conclusion the whole, or at least all that is decided in it.
fn same_outcome(found: &Outcome, wanted: &Outcome, whole: bool) -> bool {
    match (found, wanted) {
        (Outcome::Collected { certain, open }, Outcome::Collected { certain: wanted, open: left })
            if !whole =>
        {
            certain & !left == wanted & !left && open & !left == 0
        }
        _ => found == wanted,
    }
}

/// Whether a condition on what is known holds: what is missing is judged on the record, what is certain on the
/// worlds left by the conventions chosen so far.
fn holds(
    guideline: &CompiledGuideline,
    when: &Epistemic,
    ground: &Ground,
    narrowed: (&[u64], &[usize]),
    worlds: &mut impl Worlds,
) -> bool {
    match when {
        Epistemic::And(all) => all.iter().all(|e| holds(guideline, e, ground, narrowed, worlds)),
        Epistemic::Or(all) => all.iter().any(|e| holds(guideline, e, ground, narrowed, worlds)),
        Epistemic::Not(inner) => !holds(guideline, inner, ground, narrowed, worlds),
        Epistemic::Missing(Subject::Fact(fact)) => {
            ground.knowledge.missing(*fact) && !ground.aside.contains(fact)
        }
        Epistemic::Known(Subject::Fact(fact)) => !ground.knowledge.missing(*fact),
        Epistemic::Missing(Subject::Conclusion(c)) => !known(guideline, *c, narrowed, worlds),
        Epistemic::Known(Subject::Conclusion(c)) => known(guideline, *c, narrowed, worlds),
        Epistemic::NotDone(fact) => ground.knowledge.recorded[fact.0 as usize] == Recorded::NotDone,
        Epistemic::Certain(logic, node) => worlds.certain(logic, *node, narrowed.0, narrowed.1),
    }
}

fn known(
    guideline: &CompiledGuideline,
    idx: ConclusionIdx,
    narrowed: (&[u64], &[usize]),
    worlds: &mut impl Worlds,
) -> bool {
    guideline
        .conclusion_at(idx)
        .is_some_and(|at| worlds.outcomes(at, narrowed.0, narrowed.1).count_ones() == 1)
}
