//! Two guidelines compared by what they conclude: the patients for whom the outcome differs, as regions.
//!
//! Both are brought to one set of cells (every threshold of either is a cut), and the difference of two diagrams is a
//! diagram again. It is empty exactly when no possible patient gets another outcome.

use std::collections::HashMap;

use nw_diagram::{Diagrams, FALSE, NONE, NodeId, Scratch, Store, TRUE, path_to, reach, support};
use nw_facts::{FactDef, Interval, Text};
use nw_guideline::{Cell, CompiledGuideline, HitPolicy};

/// Nodes a comparison may use before it is given up as too large.
const NODE_BUDGET: usize = 6_000_000;

/// One cell of a fact, in words of both guidelines.
#[derive(Clone, Debug, PartialEq)]
pub enum SharedCell {
    /// Numbers that neither tells apart.
    Numbers(Interval),
    /// A named value: id and label.
    Named(String, Text),
    /// The state "not done".
    NotDone,
}

impl SharedCell {
    /// A cell of one guideline.
    pub fn of(def: &FactDef, cell: &Cell) -> SharedCell {
        match cell {
            Cell::Numbers(range) => SharedCell::Numbers(*range),
            Cell::Choice(choice) => {
                SharedCell::Named(def.choices[*choice].id.clone(), def.choices[*choice].label.clone())
            }
            Cell::NotDone => SharedCell::NotDone,
        }
    }
}

/// A fact with the cells that either guideline cuts it into.
#[derive(Clone, Debug)]
pub struct SharedFact {
    /// The fact, as the first guideline that knows it declares it.
    pub def: FactDef,
    /// Its cells.
    pub cells: Vec<SharedCell>,
    /// Cells of the first and the second guideline by shared cell; `None` where it has no such value.
    pub(crate) sides: [Vec<Option<u8>>; 2],
}

/// A region of patients: for each fact that matters (by position) the cells it is in. Other facts may be anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Fact and cells, in the order of the first guideline.
    pub limits: Vec<(usize, u64)>,
}

/// Patients who get one outcome by the first guideline and another by the second.
#[derive(Clone, Debug)]
pub struct Shift {
    /// The conclusion.
    pub conclusion: String,
    /// Its label.
    pub label: Text,
    /// Outcome in the first guideline: id and label; `not-applicable` has no label.
    pub from: (String, Text),
    /// Outcome in the second.
    pub to: (String, Text),
    /// Where.
    pub regions: Vec<Region>,
    /// True when there are more regions than were asked for.
    pub more: bool,
}

/// What differs between two guidelines.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// The facts of regions.
    pub facts: Vec<SharedFact>,
    /// Shifts by conclusion, in the order of the first guideline.
    pub shifts: Vec<Shift>,
    /// Patients who exist in the first only, and in the second only.
    pub worlds: [Vec<Region>; 2],
    /// Conclusions that only the first has, and only the second.
    pub conclusions: [Vec<String>; 2],
    /// Facts that are of another kind in the second.
    pub redeclared: Vec<String>,
    /// The comparison was given up: the diagrams grew too large.
    pub too_large: bool,
}

impl Difference {
    /// Whether the two guidelines give every patient the same outcomes.
    pub fn is_empty(&self) -> bool {
        self.shifts.is_empty()
            && self.worlds.iter().all(Vec::is_empty)
            && self.conclusions.iter().all(Vec::is_empty)
            && self.redeclared.is_empty()
            && !self.too_large
    }
}

/// Compares two guidelines; `wanted` picks conclusions by id, `most` limits the regions shown for one shift.
pub fn difference(
    a: &CompiledGuideline,
    b: &CompiledGuideline,
    wanted: &dyn Fn(&str) -> bool,
    most: usize,
) -> Difference {
    compare(a, b, wanted, most, false).0
}

/// The diagrams behind a difference, over the shared facts.
pub(crate) struct Diagrammed {
    pub store: Store,
    /// For each side the shared fact of every variable.
    pub vars: [Vec<u16>; 2],
    /// Patients whom both guidelines allow.
    pub exists: NodeId,
    /// For each shift the patients whom it concerns.
    pub shifts: Vec<NodeId>,
    /// For each side where each report agrees; empty when nobody asked for reports.
    pub agreements: [Vec<NodeId>; 2],
}

/// What differs, with the diagrams that say so.
pub(crate) fn compare(
    a: &CompiledGuideline,
    b: &CompiledGuideline,
    wanted: &dyn Fn(&str) -> bool,
    most: usize,
    with_reports: bool,
) -> (Difference, Diagrammed) {
    let mut found = Difference::default();
    let mut roots: Vec<NodeId> = Vec::new();
    let (facts, vars) = shared_facts(a, b, &mut found.redeclared);
    let cells: Vec<u8> = facts.iter().map(|f| f.cells.len() as u8).collect();
    let mut store = Store::new(cells, NODE_BUDGET);
    let mut both = [
        Translation { guideline: a, side: 0, vars: &vars[0], facts: &facts, memo: HashMap::new() },
        Translation { guideline: b, side: 1, vars: &vars[1], facts: &facts, memo: HashMap::new() },
    ];
    let valid = [both[0].node(&mut store, a.valid), both[1].node(&mut store, b.valid)];
    for (side, region) in found.worlds.iter_mut().enumerate() {
        let here = store.select(valid[side], 1 << 1);
        let there = store.select(valid[1 - side], 1 << 1);
        let not_there = store.not(there);
        // A value that only one guideline knows is no world of the other.
        let only = store.and(here, not_there);
        *region = cover(&mut store, only, FALSE, most).0;
    }
    let known: Vec<NodeId> = valid.iter().map(|v| store.select(*v, 1 << 1)).collect();
    let exists = store.and(known[0], known[1]);
    let nobody = store.not(exists);
    for conclusion in &a.conclusions {
        let def = a.vocabulary.conclusion(conclusion.idx);
        let twin = b.vocabulary.find_conclusion(&def.id).and_then(|idx| b.conclusion(idx));
        let Some(twin) = twin.filter(|_| wanted(&def.id)) else {
            if wanted(&def.id) {
                found.conclusions[0].push(def.id.clone());
            }
            continue;
        };
        let other = b.vocabulary.conclusion(twin.idx);
        let shift = |from: (String, Text), to: (String, Text), regions, more| Shift {
            conclusion: def.id.clone(),
            label: def.label.clone(),
            from,
            to,
            regions,
            more,
        };
        let collected = conclusion.policy == HitPolicy::Collect;
        if collected != (twin.policy == HitPolicy::Collect) {
            found.redeclared.push(def.id.clone());
            continue;
        }
        if collected {
            let mut ids: Vec<&str> = def.values.iter().map(|v| v.id.as_str()).collect();
            ids.extend(other.values.iter().map(|v| v.id.as_str()).filter(|id| def.value(id).is_none()));
            for id in ids {
                let item = |at: Option<usize>, items: &[NodeId]| at.map_or(FALSE, |at| items[at]);
                let in_a = both[0].node(&mut store, item(def.value(id), &conclusion.roots.items));
                let in_b = both[1].node(&mut store, item(other.value(id), &twin.roots.items));
                let label = def.values.iter().chain(&other.values).find(|v| v.id == id);
                let label = label.map(|v| v.label.clone()).unwrap_or_default();
                let absent = (String::new(), Text::default());
                let present = (id.to_string(), label);
                for (from, to, lost) in [(in_a, in_b, true), (in_b, in_a, false)] {
                    let (yes, no) = (store.select(from, 1 << 1), store.select(to, 1));
                    let region = store.and(yes, no);
                    let (regions, more) = cover(&mut store, region, nobody, most);
                    if !regions.is_empty() {
                        roots.push(region);
                        let pair = if lost {
                            (present.clone(), absent.clone())
                        } else {
                            (absent.clone(), present.clone())
                        };
                        found.shifts.push(shift(pair.0, pair.1, regions, more));
                    }
                }
            }
            continue;
        }
        let in_a = both[0].node(&mut store, conclusion.roots.value);
        let in_b = both[1].node(&mut store, twin.roots.value);
        if in_a == in_b && same_values(def, other) {
            continue;
        }
        for (from, from_name) in outcomes(def) {
            for (to, to_name) in outcomes(other) {
                if from_name.0 == to_name.0 {
                    continue;
                }
                let (x, y) = (store.select(in_a, 1 << from), store.select(in_b, 1 << to));
                let region = store.and(x, y);
                let (regions, more) = cover(&mut store, region, nobody, most);
                if !regions.is_empty() {
                    roots.push(region);
                    found.shifts.push(shift(from_name.clone(), to_name, regions, more));
                }
            }
        }
    }
    for conclusion in &b.conclusions {
        let id = &b.vocabulary.conclusion(conclusion.idx).id;
        let known = a.vocabulary.find_conclusion(id).is_some_and(|idx| a.conclusion(idx).is_some());
        if !known && wanted(id) {
            found.conclusions[1].push(id.clone());
        }
    }
    let mut agreements = [Vec::new(), Vec::new()];
    if with_reports {
        for (side, of) in agreements.iter_mut().enumerate() {
            for agreement in &both[side].guideline.agreements {
                let kept = both[side].node(&mut store, agreement.kept);
                of.push(store.select(kept, 1 << 1));
            }
        }
    }
    found.too_large = store.overflowed();
    found.facts = facts;
    (found, Diagrammed { store, vars, exists, shifts: roots, agreements })
}

/// Values by position with id and label, "not applicable" last.
fn outcomes(def: &nw_facts::ConclusionDef) -> Vec<(usize, (String, Text))> {
    let values = def.values.iter().map(|v| (v.id.clone(), v.label.clone()));
    let outside = ("not-applicable".to_string(), Text::default());
    values.chain(std::iter::once(outside)).enumerate().collect()
}

fn same_values(a: &nw_facts::ConclusionDef, b: &nw_facts::ConclusionDef) -> bool {
    a.values.len() == b.values.len() && a.values.iter().zip(&b.values).all(|(x, y)| x.id == y.id)
}

/// The facts of both guidelines with their common cells, and for each side the shared fact of every variable.
fn shared_facts(
    a: &CompiledGuideline,
    b: &CompiledGuideline,
    redeclared: &mut Vec<String>,
) -> (Vec<SharedFact>, [Vec<u16>; 2]) {
    let mut facts: Vec<SharedFact> = Vec::new();
    let mut vars = [Vec::new(), Vec::new()];
    for domain in a.space.domains() {
        let def = a.vocabulary.fact(domain.fact).clone();
        let own = named_cells(a, domain);
        let twin = b.vocabulary.find_fact(&def.id).and_then(|f| b.space.var(f));
        let other = twin.map(|var| named_cells(b, b.space.domain(var)));
        let kinds = b.vocabulary.find_fact(&def.id).map(|f| b.vocabulary.fact(f).is_numeric());
        if kinds.is_some_and(|numeric| numeric != def.is_numeric()) {
            redeclared.push(def.id.clone());
        }
        let other = other.filter(|_| kinds == Some(def.is_numeric()));
        vars[0].push(facts.len() as u16);
        facts.push(merged(def, &own, other.as_deref()));
    }
    for domain in b.space.domains() {
        let def = b.vocabulary.fact(domain.fact).clone();
        let twin = facts.iter().position(|f| f.def.id == def.id && f.def.is_numeric() == def.is_numeric());
        vars[1].push(match twin {
            Some(at) => at as u16,
            None => {
                let own = named_cells(b, domain);
                let mut fact = merged(def, &own, None);
                fact.sides.swap(0, 1);
                facts.push(fact);
                facts.len() as u16 - 1
            }
        });
    }
    (facts, vars)
}

fn named_cells(guideline: &CompiledGuideline, domain: &nw_guideline::Domain) -> Vec<SharedCell> {
    let def = guideline.vocabulary.fact(domain.fact);
    domain.cells.iter().map(|cell| SharedCell::of(def, cell)).collect()
}

/// The common refinement. A fact that the second guideline does not read may be anything there.
fn merged(def: FactDef, own: &[SharedCell], other: Option<&[SharedCell]>) -> SharedFact {
    let mut fact = SharedFact { def, cells: Vec::new(), sides: [Vec::new(), Vec::new()] };
    let mut add = |cell: SharedCell, x: Option<u8>, y: Option<u8>| {
        fact.cells.push(cell);
        fact.sides[0].push(x);
        fact.sides[1].push(y);
    };
    for (i, cell) in own.iter().enumerate() {
        let i = Some(i as u8);
        match (cell, other) {
            (_, None) => add(cell.clone(), i, None),
            (SharedCell::Numbers(range), Some(other)) => {
                for (j, twin) in other.iter().enumerate() {
                    if let SharedCell::Numbers(twin) = twin {
                        let common = range.intersect(twin);
                        if !common.is_empty() {
                            add(SharedCell::Numbers(common), i, Some(j as u8));
                        }
                    }
                }
            }
            (cell, Some(other)) => {
                let same = |twin: &SharedCell| match (cell, twin) {
                    (SharedCell::Named(a, _), SharedCell::Named(b, _)) => a == b,
                    (SharedCell::NotDone, SharedCell::NotDone) => true,
                    _ => false,
                };
                add(cell.clone(), i, other.iter().position(same).map(|j| j as u8));
            }
        }
    }
    for (j, twin) in other.unwrap_or_default().iter().enumerate() {
        let known = own.iter().any(|cell| match (cell, twin) {
            (SharedCell::Named(a, _), SharedCell::Named(b, _)) => a == b,
            (a, b) => a == b || matches!((a, b), (SharedCell::Numbers(_), SharedCell::Numbers(_))),
        });
        if !known {
            add(twin.clone(), None, Some(j as u8));
        }
    }
    fact
}

/// One guideline's diagrams over the shared cells.
struct Translation<'a> {
    guideline: &'a CompiledGuideline,
    side: usize,
    vars: &'a [u16],
    facts: &'a [SharedFact],
    memo: HashMap<NodeId, NodeId>,
}

impl Translation<'_> {
    fn node(&mut self, store: &mut Store, node: NodeId) -> NodeId {
        if node.is_terminal() {
            return node;
        }
        if let Some(found) = self.memo.get(&node) {
            return *found;
        }
        let var = self.vars[self.guideline.store.var(node) as usize];
        let own: Vec<NodeId> = self.guideline.store.children(node).to_vec();
        let own: Vec<NodeId> = own.into_iter().map(|child| self.node(store, child)).collect();
        let facts = self.facts;
        let side = &facts[var as usize].sides[self.side];
        let children: Vec<NodeId> =
            side.iter().map(|cell| cell.map_or(NONE, |cell| own[cell as usize])).collect();
        let below = |child: &NodeId| child.is_terminal() || store.var(*child) > var;
        let result = if children.iter().all(below) {
            store.node(var, &children)
        } else {
            // The other guideline orders its facts differently: the node is put together case by case.
            let mut result = NONE;
            let mut done: Vec<NodeId> = Vec::new();
            for child in &children {
                if !done.contains(child) {
                    done.push(*child);
                    let mask = children.iter().enumerate().filter(|(_, c)| *c == child);
                    let mask = mask.fold(0u64, |m, (cell, _)| m | 1 << cell);
                    let here = store.literal(var, mask);
                    result = store.choose(here, *child, result);
                }
            }
            result
        };
        self.memo.insert(node, result);
        result
    }
}

/// A truth diagram as few large regions: each is grown from one path as far as it goes, and taken away.
///
/// Where `nobody` holds there is no patient, so a region may run over it: rules need not be repeated in every region.
fn cover(store: &mut Store, root: NodeId, nobody: NodeId, most: usize) -> (Vec<Region>, bool) {
    let somebody = store.not(nobody);
    let mut root = store.and(root, somebody);
    let free = store.or(root, nobody);
    let full: Vec<u64> = (0..store.vars() as u16)
        .map(|var| if store.cells(var) == 64 { u64::MAX } else { (1 << store.cells(var)) - 1 })
        .collect();
    let mut regions = Vec::new();
    let mut scratch = Scratch::default();
    while root != FALSE && !store.overflowed() {
        if regions.len() == most {
            return (regions, true);
        }
        let Some(path) = path_to(store, root, &full, &|t| t == TRUE) else { break };
        let mut masks = full.clone();
        for (var, cell) in &path {
            masks[*var as usize] = 1 << cell;
        }
        let mut everywhere = |masks: &[u64]| {
            let mut all = true;
            reach(store, free, masks, &mut scratch, |t| all &= t == 1);
            all
        };
        for var in support(store, root).into_iter().rev() {
            let var = usize::from(var);
            let narrow = masks[var];
            masks[var] = full[var];
            if everywhere(&masks) {
                continue;
            }
            masks[var] = narrow;
            for cell in 0..64 {
                let more = masks[var] | 1 << cell;
                if more & full[var] == more && more != masks[var] {
                    let before = std::mem::replace(&mut masks[var], more);
                    if !everywhere(&masks) {
                        masks[var] = before;
                    }
                }
            }
        }
        let limits: Vec<(usize, u64)> =
            masks.iter().copied().enumerate().filter(|(var, mask)| *mask != full[*var]).collect();
        let mut cube = TRUE;
        for (var, mask) in &limits {
            let here = store.literal(*var as u16, *mask);
            cube = store.and(cube, here);
        }
        regions.push(Region { limits });
        let outside = store.not(cube);
        root = store.and(root, outside);
    }
    (regions, false)
}
