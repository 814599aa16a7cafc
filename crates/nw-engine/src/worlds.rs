//! Questions about possible worlds, answered by walking diagrams.

use std::rc::Rc;

use nw_diagram::{FALSE, Memory, NodeId, Outcomes, Overlay, TRUE, support};
use nw_guideline::{CompiledGuideline, HitPolicy};

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

/// A set of variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Vars(Vec<u64>);

impl Vars {
    pub(crate) fn of(vars: impl IntoIterator<Item = u16>, count: usize) -> Vars {
        let mut set = Vars(vec![0; count.div_ceil(64)]);
        vars.into_iter().for_each(|v| set.0[usize::from(v) / 64] |= 1 << (v % 64));
        set
    }

    pub(crate) fn meets(&self, other: &Vars) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    pub(crate) fn add(&mut self, other: &Vars) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    fn add_common(&mut self, a: &Vars, b: &Vars) {
        self.0.iter_mut().zip(a.0.iter().zip(&b.0)).for_each(|(to, (a, b))| *to |= a & b);
    }

    fn clear(&mut self) {
        self.0.fill(0);
    }

    /// The variables that have more than one cell left.
    fn set_open(&mut self, masks: &[u64]) {
        for (word, masks) in self.0.iter_mut().zip(masks.chunks(64)) {
            *word = masks
                .iter()
                .enumerate()
                .fold(0, |all, (i, mask)| all | u64::from(mask & mask.wrapping_sub(1) != 0) << i);
        }
    }
}

/// One piece of knowledge, and everything found out under it.
struct Known<'g> {
    masks: Vec<u64>,
    agreements: Vec<usize>,
    /// The guideline's nodes with those of the reports, when there are any.
    overlay: Option<Overlay<'g>>,
    /// Where every rule and every agreement is kept.
    condition: NodeId,
    /// Open variables that the condition still binds, once `binding` says that they were looked for.
    bound: Vars,
    binding: bool,
    memory: Memory,
    /// The rows that may decide, by conclusion.
    rows: Vec<Option<Rc<[u16]>>>,
    used: u64,
}

impl Known<'_> {
    fn outcomes(&mut self, store: &nw_diagram::Store, node: NodeId, bound: bool, all: Outcomes) -> Outcomes {
        let (memory, masks, condition) = (&mut self.memory, &self.masks, self.condition);
        match (&self.overlay, bound) {
            (_, false) => memory.outcomes(store, node, masks, all),
            (None, true) => memory.outcomes_where(store, node, condition, masks, all),
            (Some(overlay), true) => memory.outcomes_where(overlay, node, condition, masks, all),
        }
    }
}

/// The fast engine's worlds.
pub struct Fast<'g> {
    guideline: &'g CompiledGuideline,
    /// Variables of each rule.
    rule_vars: Vec<Vars>,
    /// Variables that each conclusion reads.
    support: Vec<Vars>,
    /// The same for its rows, which may ask more; found out when first needed.
    row_support: Vec<Option<Vars>>,
    /// Every outcome a conclusion can have.
    all: Vec<Outcomes>,
    known: Vec<Known<'g>>,
    now: usize,
    clock: u64,
}

impl<'g> Fast<'g> {
    /// Ready to answer about any patient.
    pub fn new(guideline: &'g CompiledGuideline) -> Self {
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
                .map(|c| Vars::of(c.support.iter().copied(), count))
                .collect(),
            row_support: vec![None; guideline.conclusions.len()],
            all: guideline.conclusions.iter().map(all).collect(),
            known: Vec::new(),
            now: 0,
            clock: 0,
        }
    }

    /// Forgets the patient: what is asked next is about another one.
    pub(crate) fn forget(&mut self) {
        self.known.iter_mut().for_each(|k| k.used = 0);
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

    /// Turns to knowledge that is taken as new.
    pub(crate) fn begin(&mut self, masks: &[u64], agreements: &[usize]) {
        let oldest = (0..self.known.len()).min_by_key(|i| self.known[*i].used);
        self.now = match oldest {
            Some(oldest) if self.known.len() >= REMEMBERED || self.known[oldest].used == 0 => oldest,
            _ => {
                self.known.push(Known {
                    masks: Vec::new(),
                    agreements: Vec::new(),
                    overlay: None,
                    condition: TRUE,
                    bound: Vars::of([], self.guideline.space.len()),
                    binding: false,
                    memory: Memory::default(),
                    rows: Vec::new(),
                    used: 0,
                });
                self.known.len() - 1
            }
        };
        self.clock += 1;
        let guideline = self.guideline;
        let known = &mut self.known[self.now];
        known.used = self.clock;
        known.masks.clear();
        known.masks.extend_from_slice(masks);
        known.agreements.clear();
        known.agreements.extend_from_slice(agreements);
        known.rows.clear();
        known.memory.forget();
        known.binding = false;
        if agreements.is_empty() {
            known.overlay = None;
            known.condition = guideline.valid;
        } else {
            let (overlay, condition) = condition(guideline, masks, agreements);
            known.condition = condition;
            known.overlay = Some(overlay);
        }
    }

    /// Finds the open variables of every rule that the knowledge could still break.
    ///
    /// Worlds are a product of what those variables may be together and of every other variable on its own. So a
    /// conclusion that reads none of them loses no outcome to the rules, once some world is known to exist at all.
    ///
    /// What others reported is worked into the condition already: it names the variables that it is about.
    fn bind(&mut self) {
        let store = &self.guideline.store;
        let known = &mut self.known[self.now];
        if known.binding {
            return;
        }
        known.binding = true;
        if let Some(overlay) = &known.overlay {
            known.bound = Vars::of(support(overlay, known.condition), self.guideline.space.len());
            return;
        }
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

    /// Groups of open variables that breakable rules, or reports, still tie together.
    pub(crate) fn tied(&mut self, masks: &[u64], agreements: &[usize]) -> Vec<Vars> {
        self.turn_to(masks, agreements);
        let store = &self.guideline.store;
        let known = &mut self.known[self.now];
        let mut open = Vars::of([], self.guideline.space.len());
        open.set_open(&known.masks);
        let mut groups: Vec<Vars> = Vec::new();
        let mut tie = |mut vars: Vars| {
            groups.retain(|group| {
                let apart = !group.meets(&vars);
                if !apart {
                    vars.add(group);
                }
                apart
            });
            groups.push(vars);
        };
        for (rule, vars) in self.guideline.rules.iter().zip(&self.rule_vars) {
            if vars.meets(&open) && known.memory.outcomes(store, rule.kept, &known.masks, NO_AND_YES) & 1 != 0
            {
                let mut its = Vars::of([], self.guideline.space.len());
                its.add_common(vars, &open);
                tie(its);
            }
        }
        if let Some(overlay) = &known.overlay {
            tie(Vars::of(support(overlay, known.condition), self.guideline.space.len()));
        }
        groups
    }

    fn value_now(&mut self, conclusion: usize) -> Outcomes {
        self.bind();
        let known = &mut self.known[self.now];
        let bound = self.support[conclusion].meets(&known.bound);
        let root = self.guideline.conclusions[conclusion].roots.value;
        known.outcomes(&self.guideline.store, root, bound, self.all[conclusion])
    }

    fn items_now(&mut self, conclusion: usize) -> (u64, u64) {
        self.bind();
        let known = &mut self.known[self.now];
        let bound = self.support[conclusion].meets(&known.bound);
        let (mut some, mut every) = (0, 0);
        for (i, node) in self.guideline.conclusions[conclusion].roots.items.iter().enumerate() {
            if *node == FALSE {
                continue;
            }
            let found = known.outcomes(&self.guideline.store, *node, bound, NO_AND_YES);
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
        for (at, conclusion) in self.guideline.conclusions.iter().enumerate() {
            if conclusion.policy == HitPolicy::Collect {
                let (some, every) = self.items_now(at);
                found(some, every);
            } else {
                found(self.value_now(at), 0);
            }
        }
        true
    }

    fn any_now(&mut self) -> bool {
        let known = &mut self.known[self.now];
        match &known.overlay {
            None => known.memory.possible(&self.guideline.store, known.condition, &known.masks),
            Some(overlay) => known.memory.possible(overlay, known.condition, &known.masks),
        }
    }

    /// Calls `found` for every row that may decide a conclusion, once or more; the knowledge must be new and possible.
    pub(crate) fn each_row_now(&mut self, conclusion: usize, found: impl FnMut(u16)) {
        self.bind();
        let guideline = self.guideline;
        let root = guideline.conclusions[conclusion].roots.row;
        let support = self.row_support[conclusion]
            .get_or_insert_with(|| Vars::of(support(&guideline.store, root), guideline.space.len()));
        let Known { masks, overlay, condition, memory, bound, .. } = &mut self.known[self.now];
        let condition = if support.meets(bound) { *condition } else { TRUE };
        match overlay {
            None => memory.each_where(&guideline.store, root, condition, masks, found),
            Some(overlay) => memory.each_where(overlay, root, condition, masks, found),
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
                let known = &mut self.known[self.now];
                if known.outcomes(&self.guideline.store, *node, true, NO_AND_YES) == 0b10 {
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
        let found = self.known[self.now].outcomes(&self.guideline.store, node, true, NO_AND_YES);
        (found & 0b10 != 0, found == 0b10)
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
