//! Questions about possible worlds, answered by walking diagrams.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use nw_diagram::{FALSE, Found, Memory, NodeId, Outcomes, Overlay, TRUE, support};
use nw_guideline::{CompiledGuideline, HitPolicy};
use rustc_hash::FxHashMap;

use crate::basis::Bases;
use crate::frame::{Frame, Vars};

/// What an engine must know about worlds; [`crate::plain::Plain`] and [`Fast`] both do.
pub trait Worlds {
    /// Whether the knowledge allows any world, with these agreements kept.
    fn any(&mut self, masks: &[u64], agreements: &[usize]) -> bool;
    /// The outcomes of a conclusion (by position), bit after the last value for "not applicable".
    fn outcomes(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> u64;
    /// For a collected conclusion: (holds in some world, holds in every world) as masks over values.
    fn items(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> (u64, u64);
    /// Whether a truth diagram holds in every world the knowledge allows.
    fn certain(
        &mut self,
        logic: &nw_guideline::Logic,
        node: NodeId,
        masks: &[u64],
        agreements: &[usize],
    ) -> bool;
}

/// Where all these agreements are kept: restricted to the masks first, since most of an agreement falls away there.
pub(crate) fn evidence(
    guideline: &CompiledGuideline,
    overlay: &mut Overlay<'_>,
    masks: &[u64],
    agreements: &[usize],
) -> NodeId {
    let mut all = TRUE;
    for at in agreements {
        let kept = overlay.under(guideline.agreements[*at].kept, TRUE, masks);
        all = overlay.under(kept, all, masks);
        all = overlay.kept_only(all);
    }
    all
}

/// Outcomes of a truth diagram.
const NO_AND_YES: Outcomes = 0b11;

/// How many different pieces of knowledge are remembered at once: the record, and the record with conventions.
const REMEMBERED: usize = 8;

/// One piece of knowledge, and everything found out under it.
struct Known<'g> {
    masks: Vec<u64>,
    agreements: Vec<usize>,
    /// The condition with the reports in it, when there are any.
    frame: Option<Rc<RefCell<Frame<'g>>>>,
    /// Where every rule and every agreement is kept.
    condition: NodeId,
    /// Open variables that the condition still binds, once `binding` says that they were looked for.
    bound: Vars,
    binding: bool,
    memory: Memory,
    /// What was prepared for the like of it, and what is remembered of that.
    basis: Option<usize>,
    prepared: Memory,
    /// The same of all conclusions together.
    found: Found,
    /// The rows that may decide, by conclusion.
    rows: Vec<Option<Rc<[u16]>>>,
    used: u64,
    /// When it was begun.
    begun: u64,
}

/// Where knowledge is remembered, for whoever comes back to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    at: usize,
    begun: u64,
}

impl Known<'_> {
    fn outcomes(
        &mut self,
        store: &nw_diagram::Store,
        node: NodeId,
        condition: NodeId,
        all: Outcomes,
    ) -> Outcomes {
        let (memory, masks) = (&mut self.memory, &self.masks);
        match &self.frame {
            _ if condition == TRUE => memory.outcomes(store, node, masks, all),
            None => memory.outcomes_where(store, node, condition, masks, all),
            Some(frame) => memory.outcomes_where(&frame.borrow().overlay, node, condition, masks, all),
        }
    }
}

/// The fast engine's worlds.
pub struct Fast<'g> {
    guideline: &'g CompiledGuideline,
    /// Variables of each rule.
    rule_vars: Vec<Vars>,
    /// Variables that each conclusion reads.
    support: Vec<Rc<Vars>>,
    /// The same for its rows, which may ask more; found out when first needed.
    row_support: Vec<Option<Rc<Vars>>>,
    /// The variables of other diagrams that were asked about.
    reads: FxHashMap<NodeId, Rc<Vars>>,
    /// Every outcome a conclusion can have.
    all: Vec<Outcomes>,
    known: Vec<Known<'g>>,
    /// What is known of knowledge that is asked about in passing.
    passing: Memory,
    bases: Arc<Bases>,
    /// Whether what is asked next is about another patient.
    another: bool,
    /// What is asked next narrows this.
    frame: Option<Rc<RefCell<Frame<'g>>>>,
    /// What was found about all conclusions last, kept for its room.
    sets: Vec<(u64, u64)>,
    now: usize,
    clock: u64,
}

impl<'g> Fast<'g> {
    /// Ready to answer about any patient.
    pub fn new(guideline: &'g CompiledGuideline) -> Self {
        Fast::with(guideline, Arc::new(Bases::none()))
    }

    /// The same, with what is prepared for all engines of this guideline.
    pub(crate) fn with(guideline: &'g CompiledGuideline, bases: Arc<Bases>) -> Self {
        let count = guideline.space.len();
        let all = |c: &nw_guideline::Conclusion| {
            if c.policy == HitPolicy::Collect {
                NO_AND_YES
            } else {
                (2 << c.not_applicable(&guideline.vocabulary)) - 1
            }
        };
        Fast {
            guideline,
            rule_vars: guideline
                .rules
                .iter()
                .map(|r| Vars::of(support(&guideline.store, r.kept), count))
                .collect(),
            support: guideline
                .conclusions
                .iter()
                .map(|c| Rc::new(Vars::of(c.support.iter().copied(), count)))
                .collect(),
            row_support: vec![None; guideline.conclusions.len()],
            reads: FxHashMap::default(),
            all: guideline.conclusions.iter().map(all).collect(),
            known: Vec::new(),
            passing: Memory::default(),
            bases,
            another: true,
            frame: None,
            sets: Vec::new(),
            now: 0,
            clock: 0,
        }
    }

    /// Forgets the patient: what is asked next is about another one.
    pub(crate) fn forget(&mut self) {
        self.another = true;
        self.known.iter_mut().for_each(|k| k.used = 0);
        self.frame = None;
    }

    /// Works the rules and reports into one condition for all knowledge that narrows this: many pieces of knowledge about
    /// one patient are going to be asked about.
    pub(crate) fn narrowing(&mut self, masks: &[u64], agreements: &[usize]) -> Rc<RefCell<Frame<'g>>> {
        let known = self.known.iter().filter(|k| k.used > 0).filter_map(|k| k.frame.as_ref());
        let mut wider = known.filter(|frame| frame.borrow().holds_for(masks, agreements));
        let frame = match wider.next() {
            Some(frame) => Rc::clone(frame),
            None => Rc::new(RefCell::new(Frame::new(self.guideline, masks, agreements))),
        };
        // What was asked about within another frame is asked about anew.
        let other = |k: &Known<'g>| !k.frame.as_ref().is_some_and(|of| Rc::ptr_eq(of, &frame));
        self.known.iter_mut().filter(|k| other(k)).for_each(|k| k.used = 0);
        self.frame = Some(Rc::clone(&frame));
        frame
    }

    /// Whether knowledge that is only tried allows a world: what contradicts what is looked for by trying dozens of pieces of
    /// knowledge, each once. Reports are worked into one condition, and rules are walked beside it; working both into one
    /// takes longer than a single answer is worth.
    pub(crate) fn any_in_passing(&mut self, masks: &[u64], agreements: &[usize]) -> bool {
        let guideline = self.guideline;
        let at_hand = self.frame.as_ref().is_some_and(|frame| frame.borrow().holds_for(masks, agreements));
        if agreements.is_empty() || at_hand {
            return self.any(masks, agreements);
        }
        self.passing.forget();
        if !self.passing.possible(&guideline.store, guideline.valid, masks) {
            return false;
        }
        let mut overlay = Overlay::new(&guideline.store);
        let reported = evidence(guideline, &mut overlay, masks, agreements);
        self.passing.outcomes_where(&overlay, guideline.valid, reported, masks, NO_AND_YES) & 0b10 != 0
    }

    /// The variables that a diagram of the guideline asks about.
    pub(crate) fn reads(&mut self, node: NodeId) -> Rc<Vars> {
        let guideline = self.guideline;
        let of = || Rc::new(Vars::of(support(&guideline.store, node), guideline.space.len()));
        Rc::clone(self.reads.entry(node).or_insert_with(of))
    }

    /// What must hold beside a diagram that reads these variables; some world must be known to exist at all.
    fn condition_now(&mut self, reads: &Vars) -> NodeId {
        if let Some(frame) = &self.known[self.now].frame {
            return frame.borrow_mut().condition(reads);
        }
        self.bind();
        let known = &self.known[self.now];
        if reads.meets(&known.bound) { known.condition } else { TRUE }
    }

    /// Turns to knowledge that may have been asked about before.
    fn turn_to(&mut self, masks: &[u64], agreements: &[usize]) {
        let same = |k: &Known<'_>| k.used > 0 && k.masks == masks && k.agreements == agreements;
        if self.known.get(self.now).is_some_and(same) {
            return;
        }
        match self.known.iter().position(same) {
            Some(found) => {
                self.clock += 1;
                self.known[found].used = self.clock;
                self.now = found;
            }
            None => self.begin(masks, agreements),
        }
    }

    /// The same, with what an earlier turn to the same knowledge gave.
    pub(crate) fn turn_back(
        &mut self,
        ticket: Option<Ticket>,
        masks: &[u64],
        agreements: &[usize],
    ) -> Ticket {
        match ticket {
            Some(Ticket { at, begun }) if self.known[at].begun == begun && self.known[at].used > 0 => {
                if self.now != at {
                    self.clock += 1;
                    self.known[at].used = self.clock;
                    self.now = at;
                }
            }
            _ => self.turn_to(masks, agreements),
        }
        Ticket { at: self.now, begun: self.known[self.now].begun }
    }

    /// Turns to knowledge that is taken as new.
    pub(crate) fn begin(&mut self, masks: &[u64], agreements: &[usize]) {
        let oldest = (0..self.known.len()).min_by_key(|i| self.known[*i].used);
        self.now = match oldest {
            Some(oldest) if self.known.len() >= REMEMBERED || self.known[oldest].used == 0 => oldest,
            _ => {
                self.known.push(Known {
                    masks: Vec::new(),
                    agreements: Vec::new(),
                    frame: None,
                    condition: TRUE,
                    bound: Vars::of([], self.guideline.space.len()),
                    binding: false,
                    memory: Memory::default(),
                    basis: None,
                    prepared: Memory::default(),
                    found: Found::default(),
                    rows: Vec::new(),
                    used: 0,
                    begun: 0,
                });
                self.known.len() - 1
            }
        };
        self.clock += 1;
        let guideline = self.guideline;
        let known = &mut self.known[self.now];
        (known.used, known.begun) = (self.clock, self.clock);
        known.masks.clear();
        known.masks.extend_from_slice(masks);
        known.agreements.clear();
        known.agreements.extend_from_slice(agreements);
        known.rows.clear();
        known.memory.forget();
        known.basis = None;
        if agreements.is_empty() {
            known.basis = self.bases.of(guideline, masks, std::mem::take(&mut self.another));
            known.prepared.forget();
            known.found.forget();
        }
        known.binding = false;
        let shared = self.frame.as_ref().filter(|frame| frame.borrow().holds_for(masks, agreements));
        known.frame = match shared {
            Some(frame) => Some(Rc::clone(frame)),
            None if agreements.is_empty() => None,
            None => Some(Rc::new(RefCell::new(Frame::new(guideline, masks, agreements)))),
        };
        known.condition = guideline.valid;
    }

    /// Finds the open variables of every rule that the knowledge could still break.
    ///
    /// Worlds are a product of what those variables may be together and of every other variable on its own. So a
    /// conclusion that reads none of them loses no outcome to the rules, once some world is known to exist at all.
    fn bind(&mut self) {
        let store = &self.guideline.store;
        let known = &mut self.known[self.now];
        if known.binding {
            return;
        }
        known.binding = true;
        let mut open = std::mem::take(&mut known.bound);
        open.set_open(&known.masks);
        let mut bound = open.clone();
        bound.clear();
        for (rule, vars) in self.guideline.rules.iter().zip(&self.rule_vars) {
            if vars.meets(&open) && known.memory.outcomes(store, rule.kept, &known.masks, NO_AND_YES) & 1 != 0
            {
                bound.add_common(vars, &open);
            }
        }
        known.bound = bound;
    }

    fn value_now(&mut self, conclusion: usize) -> Outcomes {
        let Known { masks, basis, prepared, .. } = &mut self.known[self.now];
        if let Some(basis) = basis.and_then(|cell| self.bases.at(cell)) {
            let root = basis.roots(conclusion)[0];
            return prepared.outcomes(&basis.store, root, masks, self.all[conclusion]);
        }
        let root = self.guideline.conclusions[conclusion].roots.value;
        let most = self.most_now(root, self.all[conclusion]);
        if most.is_power_of_two() {
            return most;
        }
        let condition = self.condition_now(&Rc::clone(&self.support[conclusion]));
        self.known[self.now].outcomes(&self.guideline.store, root, condition, self.all[conclusion])
    }

    /// The outcomes of a diagram without what must hold beside it. Since some world is known to exist, one that is alone
    /// is the outcome; nobody then has to know what must hold.
    fn most_now(&mut self, node: NodeId, all: Outcomes) -> Outcomes {
        let Known { masks, memory, .. } = &mut self.known[self.now];
        memory.outcomes(&self.guideline.store, node, masks, all)
    }

    fn items_now(&mut self, conclusion: usize) -> (u64, u64) {
        let Known { masks, basis, prepared, .. } = &mut self.known[self.now];
        if let Some(basis) = basis.and_then(|cell| self.bases.at(cell)) {
            let (mut some, mut every) = (0, 0);
            for (i, root) in basis.roots(conclusion).iter().enumerate().filter(|(_, root)| **root != FALSE) {
                let found = prepared.outcomes(&basis.store, *root, masks, NO_AND_YES);
                some |= (found >> 1 & 1) << i;
                every |= u64::from(found == 0b10) << i;
            }
            return (some, every);
        }
        let mut whole = None;
        let (mut some, mut every) = (0, 0);
        for (i, node) in self.guideline.conclusions[conclusion].roots.items.iter().enumerate() {
            if *node == FALSE {
                continue;
            }
            let mut found = self.most_now(*node, NO_AND_YES);
            if !found.is_power_of_two() {
                let whole = match whole {
                    Some(whole) => whole,
                    None => *whole.insert(self.condition_now(&Rc::clone(&self.support[conclusion]))),
                };
                let condition = if whole == TRUE || self.known[self.now].frame.is_none() {
                    whole
                } else {
                    let reads = self.reads(*node);
                    self.condition_now(&reads)
                };
                found = self.known[self.now].outcomes(&self.guideline.store, *node, condition, NO_AND_YES);
            }
            some |= (found >> 1 & 1) << i;
            every |= u64::from(found == 0b10) << i;
        }
        (some, every)
    }

    /// The exact sets of every conclusion under new knowledge; `false` when it allows no world.
    pub(crate) fn each_set(&mut self, masks: &[u64], mut found: impl FnMut(u64, u64)) -> bool {
        self.begin(masks, &[]);
        if !self.any_now() {
            return false;
        }
        self.all_sets_now();
        self.sets.iter().for_each(|(some, every)| found(*some, *every));
        true
    }

    /// Works out the exact sets of all conclusions under the knowledge turned to last.
    fn all_sets_now(&mut self) {
        let mut sets = std::mem::take(&mut self.sets);
        let Known { masks, basis, prepared, found, .. } = &mut self.known[self.now];
        let basis = basis.and_then(|cell| self.bases.for_all(self.guideline, cell));
        if !basis.is_some_and(|basis| basis.sets((found, prepared), masks, &mut sets)) {
            sets.clear();
            sets.extend((0..self.guideline.conclusions.len()).map(|at| self.set_now(at)));
        }
        self.sets = sets;
    }

    /// The exact sets of the conclusions that are wanted: position, then one set and nothing, or (some, every).
    pub(crate) fn each_wanted(
        &mut self,
        (masks, agreements): (&[u64], &[usize]),
        wanted: impl Fn(usize) -> bool,
        mut found: impl FnMut(usize, u64, u64),
    ) {
        self.turn_to(masks, agreements);
        let all = 0..self.guideline.conclusions.len();
        if self.known[self.now].basis.is_some() && all.clone().all(&wanted) && self.any_now() {
            self.all_sets_now();
            self.sets.iter().enumerate().for_each(|(at, (some, every))| found(at, *some, *every));
            return;
        }
        for at in all.filter(|at| wanted(*at)) {
            let (some, every) = self.set_now(at);
            found(at, some, every);
        }
    }

    /// The exact set of a conclusion under the knowledge turned to last: one set and nothing, or (some, every).
    pub(crate) fn set_now(&mut self, conclusion: usize) -> (u64, u64) {
        match self.guideline.conclusions[conclusion].policy {
            HitPolicy::Collect => self.items_now(conclusion),
            _ => (self.value_now(conclusion), 0),
        }
    }

    fn any_now(&mut self) -> bool {
        let known = &mut self.known[self.now];
        if let Some(basis) = known.basis.and_then(|cell| self.bases.at(cell)) {
            let Known { masks, prepared, .. } = known;
            return basis.conditions.iter().all(|at| prepared.possible(&basis.store, *at, masks));
        }
        match &known.frame {
            None => known.memory.possible(&self.guideline.store, known.condition, &known.masks),
            Some(frame) => frame.borrow().possible(&mut known.memory, &known.masks),
        }
    }

    /// Whether the knowledge turned to last leaves a world for what is tied to these variables.
    pub(crate) fn any_tied_to(&mut self, vars: &Vars) -> bool {
        let Known { frame, memory, masks, .. } = &mut self.known[self.now];
        match frame {
            Some(frame) => frame.borrow().possible_for(memory, masks, vars),
            None => self.any_now(),
        }
    }

    /// Calls `found` for every row that may decide a conclusion, once or more; the knowledge must be new and possible.
    pub(crate) fn each_row_now(&mut self, conclusion: usize, found: impl FnMut(u16)) {
        let guideline = self.guideline;
        let root = guideline.conclusions[conclusion].roots.row;
        let of = || Rc::new(Vars::of(support(&guideline.store, root), guideline.space.len()));
        let reads = Rc::clone(self.row_support[conclusion].get_or_insert_with(of));
        let condition = self.condition_now(&reads);
        let Known { masks, frame, memory, .. } = &mut self.known[self.now];
        match frame {
            None => memory.each_where(&guideline.store, root, condition, masks, found),
            Some(frame) => memory.each_where(&frame.borrow().overlay, root, condition, masks, found),
        }
    }

    /// The rows that may decide a conclusion, by position; the last position plus one is "outside every table". Of a
    /// collected conclusion, the rows that hold in every world.
    pub(crate) fn rows(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> Rc<[u16]> {
        self.turn_to(masks, agreements);
        if let Some(Some(known)) = self.known[self.now].rows.get(conclusion) {
            return Rc::clone(known);
        }
        let mut rows = Vec::new();
        let its = &self.guideline.conclusions[conclusion];
        if its.policy == HitPolicy::Collect {
            for (row, node) in its.roots.row_holds.iter().enumerate() {
                if self.outcomes_now(*node) == 0b10 {
                    rows.push(row as u16);
                }
            }
        } else {
            self.each_row_now(conclusion, |row| rows.push(row));
        }
        rows.sort_unstable();
        rows.dedup();
        let rows: Rc<[u16]> = rows.into();
        let known = &mut self.known[self.now];
        known.rows.resize(self.guideline.conclusions.len(), None);
        known.rows[conclusion] = Some(Rc::clone(&rows));
        rows
    }

    /// Whether a truth diagram holds in (some, every) world.
    pub(crate) fn truth(&mut self, node: NodeId, masks: &[u64], agreements: &[usize]) -> (bool, bool) {
        self.turn_to(masks, agreements);
        let found = self.outcomes_now(node);
        (found & 0b10 != 0, found == 0b10)
    }

    /// The outcomes of any truth diagram of the guideline.
    fn outcomes_now(&mut self, node: NodeId) -> Outcomes {
        let most = self.most_now(node, NO_AND_YES);
        if most.is_power_of_two() {
            return most;
        }
        let reads = self.reads(node);
        let condition = self.condition_now(&reads);
        self.known[self.now].outcomes(&self.guideline.store, node, condition, NO_AND_YES)
    }
}

/// Where every rule and these agreements are kept, over allowed cells.
pub(crate) fn condition<'g>(
    guideline: &'g CompiledGuideline,
    masks: &[u64],
    agreements: &[usize],
) -> (Overlay<'g>, NodeId) {
    let mut overlay = Overlay::new(&guideline.store);
    let evidence = evidence(guideline, &mut overlay, masks, agreements);
    let kept = overlay.under(guideline.valid, evidence, masks);
    let kept = overlay.kept_only(kept);
    (overlay, kept)
}

impl Worlds for Fast<'_> {
    fn any(&mut self, masks: &[u64], agreements: &[usize]) -> bool {
        self.turn_to(masks, agreements);
        self.any_now()
    }

    fn outcomes(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> u64 {
        self.turn_to(masks, agreements);
        self.value_now(conclusion)
    }

    fn items(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> (u64, u64) {
        self.turn_to(masks, agreements);
        self.items_now(conclusion)
    }

    fn certain(
        &mut self,
        _logic: &nw_guideline::Logic,
        node: NodeId,
        masks: &[u64],
        agreements: &[usize],
    ) -> bool {
        self.truth(node, masks, agreements).1
    }
}
