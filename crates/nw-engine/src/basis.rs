//! Diagrams prepared for all patients who agree in one known fact, with the rules worked in.
//!
//! Beside a diagram that reads what rules tie together, the rules must be walked too, pair by pair. Once the fact that most
//! conclusions read is known - for tumours, where it began - what is left of rules and conclusions is so small that both
//! become one diagram: then one walk tells the exact set, and impossible worlds simply lead nowhere. That preparation
//! costs as much as a hundred patients do without it, so it is made for what patients keep coming with, and shared by
//! all engines of one guideline.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use nw_diagram::{Asked, BITS, Bundles, Done, FALSE, Found, Memory, NodeId, Store, TRUE, support};
use nw_guideline::{CompiledGuideline, HitPolicy};

use crate::frame::{Frame, Vars};

/// After how many patients a preparation is worth while.
const OFTEN: u32 = 24;

/// After how many patients it is worth while to walk several conclusions at once: that takes a quarter of a second to
/// prepare, and spares a patient less than a millisecond.
const MORE_OFTEN: u32 = 800;

/// Above this many nodes the rules stay beside the diagrams: a walk would touch too much memory.
const MOST_NODES: usize = 400_000;

/// What is prepared for one cell of the chosen variable.
pub(crate) struct Basis {
    pub(crate) store: Store,
    /// The roots of all conclusions, one after another.
    roots: Vec<NodeId>,
    /// Where those of each conclusion begin.
    first: Vec<u32>,
    /// Each must hold somewhere, or there is no world at all.
    pub(crate) conditions: Vec<NodeId>,
    /// All conclusions at once.
    together: OnceLock<Together>,
}

/// The conclusions of a preparation, walked several at a time: most of them ask about the same few facts.
struct Together {
    bundles: Bundles,
    /// For each place of the bundles, one after another, where its bits belong.
    parts: Vec<Part>,
    /// Conclusions with more values than a bundle has bits.
    apart: Vec<usize>,
    /// What is decided already, for each conclusion: possible values, and those of collected ones that certainly hold.
    decided: Vec<(u64, u64)>,
}

#[derive(Clone, Copy)]
struct Part {
    conclusion: u32,
    /// The first bit in the bundle, the bits from there on, and the first value.
    from: u8,
    bits: u32,
    value: u8,
    collected: bool,
}

impl Basis {
    /// `None` when it grows too large.
    fn new(guideline: &CompiledGuideline, pivot: u16, cell: usize) -> Option<Basis> {
        let count = guideline.space.len();
        let mut masks: Vec<u64> = (0..count as u16).map(|var| guideline.space.full(var)).collect();
        masks[usize::from(pivot)] = 1 << cell;
        let mut frame = Frame::new(guideline, &masks, &[]);
        let (mut plain, mut ruled) = (Done::default(), Done::default());
        let (mut roots, mut first) = (Vec::new(), Vec::new());
        for conclusion in &guideline.conclusions {
            first.push(roots.len() as u32);
            for root in asked(conclusion) {
                if *root == FALSE {
                    roots.push(FALSE);
                    continue;
                }
                let alone = frame.overlay.under_also(*root, TRUE, &masks, &mut plain);
                let reads = Vars::of(support(&frame.overlay, alone), count);
                let condition = frame.condition(&reads);
                roots.push(frame.overlay.under_also(alone, condition, &masks, &mut ruled));
                if frame.grown() > 4 * MOST_NODES {
                    return None;
                }
            }
        }
        first.push(roots.len() as u32);
        let mut conditions = frame.conditions();
        let store = frame.overlay.compacted(roots.iter_mut().chain(&mut conditions));
        if nw_diagram::Diagrams::size(&store) > MOST_NODES {
            return None;
        }
        Some(Basis { store, roots, first, conditions, together: OnceLock::new() })
    }

    /// The exact sets of all conclusions: possible values, and values that certainly hold of collected ones. `false` when
    /// conclusions are only asked one by one here. Some world must be possible.
    pub(crate) fn sets(
        &self,
        (found, memory): (&mut Found, &mut Memory),
        masks: &[u64],
        sets: &mut Vec<(u64, u64)>,
    ) -> bool {
        let Some(together) = self.together.get() else { return false };
        sets.clone_from(&together.decided);
        let mut parts = together.parts.iter();
        for bundle in &together.bundles.all {
            let (some, every) = found.read(&together.bundles, bundle, masks);
            for part in parts.by_ref().take(bundle.places.len()) {
                let set = &mut sets[part.conclusion as usize];
                set.0 |= u64::from(some >> part.from & part.bits) << part.value;
                if part.collected {
                    set.1 |= u64::from(every >> part.from & part.bits) << part.value;
                }
            }
        }
        for at in &together.apart {
            sets[*at].0 = memory.outcomes(&self.store, self.roots(*at)[0], masks, u64::MAX);
        }
        true
    }

    /// Makes one walk of several conclusions, for [`Basis::sets`].
    fn join(&self, guideline: &CompiledGuideline) {
        self.together.get_or_init(|| Together::new(guideline, self));
    }

    /// The root of a conclusion, or one for each value that may be collected.
    pub(crate) fn roots(&self, conclusion: usize) -> &[NodeId] {
        &self.roots[self.first[conclusion] as usize..self.first[conclusion + 1] as usize]
    }
}

impl Together {
    fn new(guideline: &CompiledGuideline, basis: &Basis) -> Together {
        let (mut asked, mut parts, mut apart) = (Vec::new(), Vec::new(), Vec::new());
        let mut decided = Vec::new();
        for (at, conclusion) in guideline.conclusions.iter().enumerate() {
            let collected = conclusion.policy == HitPolicy::Collect;
            let width =
                if collected { 1 } else { conclusion.not_applicable(&guideline.vocabulary) as u32 + 1 };
            let mut known = (0, 0);
            for (value, root) in basis.roots(at).iter().enumerate() {
                match root.outcome() {
                    Some(outcome) if collected => {
                        known.0 |= u64::from(outcome) << value;
                        known.1 = known.0;
                    }
                    Some(outcome) => known.0 |= 1 << outcome,
                    None if width > BITS => apart.push(at),
                    None => {
                        let bits = (1u64 << width) - 1;
                        let value = if collected { value as u8 } else { 0 };
                        let conclusion = at as u32;
                        asked.push(Asked { root: *root, bits: width, all_outcomes: !collected });
                        parts.push(Part { conclusion, from: 0, bits: bits as u32, value, collected });
                    }
                }
            }
            decided.push(known);
        }
        let bundles = Bundles::new(&basis.store, &asked);
        let places = bundles.all.iter().flat_map(|bundle| &bundle.places);
        let parts = places.map(|place| Part { from: place.shift, ..parts[place.root as usize] }).collect();
        Together { bundles, parts, apart, decided }
    }
}

/// What is asked of a conclusion.
fn asked(conclusion: &nw_guideline::Conclusion) -> &[NodeId] {
    if conclusion.policy == HitPolicy::Collect {
        &conclusion.roots.items
    } else {
        std::slice::from_ref(&conclusion.roots.value)
    }
}

/// What the engines of several threads share: what is prepared for patients who keep coming.
#[derive(Clone)]
pub struct Preparations(pub(crate) Arc<Bases>);

impl Preparations {
    /// For engines that answer once, or about few conclusions: nothing is prepared.
    pub fn none() -> Preparations {
        Preparations(Arc::new(Bases::none()))
    }

    /// For engines that answer now about one patient and now about another.
    pub fn new(guideline: &CompiledGuideline) -> Preparations {
        Preparations(Arc::new(Bases::new(guideline, OFTEN, MORE_OFTEN)))
    }

    /// For engines whose askers must not wait for a preparation: what is worth while is noted, and [`Preparations::make`]
    /// makes it on a thread of its own. Until then the engines answer without it.
    pub fn aside(guideline: &CompiledGuideline) -> Preparations {
        Preparations(Arc::new(Bases { aside: true, ..Bases::new(guideline, OFTEN, u32::MAX) }))
    }

    /// Whether something was noted and not made yet.
    pub fn wanted(&self) -> bool {
        self.0.wanted.load(Ordering::Relaxed) != 0
    }

    /// Makes one of those that were noted; `false` when there is none. The guideline must be that of the engines.
    pub fn make(&self, guideline: &CompiledGuideline) -> bool {
        let wanted = self.0.wanted.load(Ordering::Relaxed);
        let cell = wanted.trailing_zeros() as usize;
        let (Some(pivot), Some((_, basis))) = (self.0.pivot, self.0.of_cell.get(cell)) else { return false };
        if let Some(basis) = basis.get_or_init(|| Basis::new(guideline, pivot, cell)) {
            basis.join(guideline);
        }
        self.0.wanted.fetch_and(!(1 << cell), Ordering::Relaxed);
        true
    }

    /// For engines that are going to be asked about thousands: everything is prepared at its first use.
    pub fn at_once(guideline: &CompiledGuideline) -> Preparations {
        Preparations(Arc::new(Bases::new(guideline, 1, 1)))
    }
}

/// The variable that most conclusions read.
pub fn most_read(guideline: &CompiledGuideline) -> Option<u16> {
    let mut readers = vec![0u32; guideline.space.len()];
    for conclusion in &guideline.conclusions {
        conclusion.support.iter().for_each(|var| readers[usize::from(*var)] += 1);
    }
    // Of equals the first, so that it does not depend on anything but the guideline.
    let most = readers.iter().enumerate().max_by_key(|(at, count)| (**count, std::cmp::Reverse(*at)));
    most.map(|(at, _)| at as u16)
}

/// The preparations of one guideline, made when they are worth while.
pub(crate) struct Bases {
    /// The variable that most conclusions read.
    pivot: Option<u16>,
    of_cell: Vec<(AtomicU32, OnceLock<Option<Basis>>)>,
    /// After how many patients they are made.
    often: u32,
    /// After how many several conclusions are walked at once.
    more_often: u32,
    /// They are made by [`Preparations::make`] alone; these cells wait for it.
    aside: bool,
    wanted: AtomicU64,
}

impl Bases {
    pub(crate) fn none() -> Bases {
        Bases {
            pivot: None,
            of_cell: Vec::new(),
            often: u32::MAX,
            more_often: u32::MAX,
            aside: false,
            wanted: AtomicU64::new(0),
        }
    }

    pub(crate) fn new(guideline: &CompiledGuideline, often: u32, more_often: u32) -> Bases {
        // Without rules, diagrams are walked alone anyhow.
        let pivot = most_read(guideline).filter(|_| !guideline.rules.is_empty());
        let cells = pivot.map_or(0, |var| guideline.space.domain(var).cells.len());
        let of_cell = (0..cells).map(|_| (AtomicU32::new(0), OnceLock::new())).collect();
        Bases { pivot, of_cell, often, more_often, aside: false, wanted: AtomicU64::new(0) }
    }

    /// The preparation for a cell of the variable that most conclusions read.
    pub(crate) fn at(&self, cell: usize) -> Option<&Basis> {
        self.of_cell.get(cell)?.1.get()?.as_ref()
    }

    /// The same for whoever asks about all conclusions.
    pub(crate) fn for_all(&self, guideline: &CompiledGuideline, cell: usize) -> Option<&Basis> {
        let (asked, basis) = self.of_cell.get(cell)?;
        let basis = basis.get()?.as_ref()?;
        if !self.aside && asked.load(Ordering::Relaxed) >= self.more_often {
            basis.join(guideline);
        }
        Some(basis)
    }

    /// The cell whose preparation is about this knowledge, if there is one by now; `new` when this is about a patient not
    /// seen before.
    pub(crate) fn of(&self, guideline: &CompiledGuideline, masks: &[u64], new: bool) -> Option<usize> {
        let pivot = self.pivot?;
        let mask = masks[usize::from(pivot)];
        if !mask.is_power_of_two() {
            return None;
        }
        let cell = mask.trailing_zeros() as usize;
        let (asked, basis) = self.of_cell.get(cell)?;
        if new {
            asked.fetch_add(1, Ordering::Relaxed);
        }
        let times = asked.load(Ordering::Relaxed);
        if let Some(basis) = basis.get() {
            return basis.is_some().then_some(cell);
        }
        if !new || times < self.often {
            return None;
        }
        if self.aside {
            self.wanted.fetch_or(1 << cell, Ordering::Relaxed);
            return None;
        }
        basis.get_or_init(|| Basis::new(guideline, pivot, cell)).is_some().then_some(cell)
    }
}
