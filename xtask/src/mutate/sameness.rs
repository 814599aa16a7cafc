//! Whether two guidelines give every patient the same answers for the same reasons: decided exactly, on the diagrams.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use nw_diagram::{Diagrams, NONE, NodeId, Overlay};
use nw_facts::FactIdx;
use nw_guideline::{Cell, CompiledGuideline};

/// How two guidelines compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sameness {
    /// Same values and same rows for every patient.
    Same,
    /// Same values, but another row is named as the reason for some patient.
    OtherReason,
    /// Some patient gets another value.
    Different,
}

/// Compares two guidelines over one vocabulary.
///
/// Both diagrams are walked at once. The two may cut a fact at different thresholds, so a pair of branches belongs
/// together when their cells share a value. Should a slip change the order of facts, the walk may see a difference too
/// many, never one too few.
pub fn compare(one: &CompiledGuideline, other: &CompiledGuideline) -> Sameness {
    if one.conclusions.len() != other.conclusions.len() {
        return Sameness::Different;
    }
    let mut values = Walk::new(one, other);
    for (a, b) in one.conclusions.iter().zip(&other.conclusions) {
        let items =
            a.roots.items.iter().zip(&b.roots.items).all(|(a, b)| values.same(*a, *b, &|a, b| a == b));
        if a.idx != b.idx
            || a.roots.items.len() != b.roots.items.len()
            || !items
            || !values.same(a.roots.value, b.roots.value, &|a, b| a == b)
        {
            return Sameness::Different;
        }
    }
    for (a, b) in one.conclusions.iter().zip(&other.conclusions) {
        // Row numbers shift when a row is gone; their ids stay.
        let id = |guideline: &CompiledGuideline, rows: &[(usize, usize)], row: u16| {
            rows.get(row as usize)
                .map(|(t, r)| guideline.row_id(*t, *r))
                .ok_or(usize::from(row) == rows.len())
        };
        // Numbers mean other rows in every conclusion, so pairs found the same are not kept from one to the next.
        values.forget();
        if !values.same(a.roots.row, b.roots.row, &|x, y| id(one, &a.rows, x) == id(other, &b.rows, y)) {
            return Sameness::OtherReason;
        }
        values.forget();
        if a.roots.row_holds.len() != b.roots.row_holds.len()
            || !a
                .roots
                .row_holds
                .iter()
                .zip(&b.roots.row_holds)
                .all(|(a, b)| values.same(*a, *b, &|a, b| a == b))
        {
            return Sameness::OtherReason;
        }
    }
    Sameness::Same
}

/// A guideline with its diagrams where integrity rules are kept: patients who cannot exist get no answer.
struct Side<'g> {
    guideline: &'g CompiledGuideline,
    diagrams: Overlay<'g>,
    full: Vec<u64>,
}

impl<'g> Side<'g> {
    fn new(guideline: &'g CompiledGuideline) -> Side<'g> {
        let full = (0..guideline.space.len() as u16).map(|v| guideline.space.full(v)).collect();
        Side { guideline, diagrams: Overlay::new(&guideline.store), full }
    }

    fn possible(&mut self, root: NodeId) -> NodeId {
        self.diagrams.under(root, self.guideline.valid, &self.full)
    }

    fn fact_of(&self, node: NodeId) -> Option<FactIdx> {
        (!node.is_terminal()).then(|| self.guideline.space.domain(self.diagrams.var(node)).fact)
    }
}

struct Walk<'g> {
    one: Side<'g>,
    other: Side<'g>,
    /// Pairs found the same so far, as the text has them.
    written: Pairs,
    /// Pairs found the same so far, where integrity rules are kept; the first difference ends the walk.
    seen: Pairs,
}

/// Positions of cells in two guidelines.
type Shared = Rc<[(usize, usize)]>;

/// Pairs of nodes that are the same, and the pairs of cells of two variables that share a value.
#[derive(Default)]
struct Pairs {
    same: HashSet<(NodeId, NodeId)>,
    cells: HashMap<(u16, u16), Shared>,
}

impl<'g> Walk<'g> {
    fn new(one: &'g CompiledGuideline, other: &'g CompiledGuideline) -> Walk<'g> {
        Walk {
            one: Side::new(one),
            other: Side::new(other),
            written: Pairs::default(),
            seen: Pairs::default(),
        }
    }

    /// Numbers of outcomes are going to mean something else: what was found the same is so no longer.
    fn forget(&mut self) {
        self.written.same.clear();
        self.seen.same.clear();
    }

    fn same(&mut self, a: NodeId, b: NodeId, equal: &dyn Fn(u16, u16) -> bool) -> bool {
        let Walk { one, other, written, seen } = self;
        // A slip leaves most diagrams as they were, and only for the others the rules need to be worked in.
        if same(one, other, (a, b), written, equal) {
            return true;
        }
        written.same.clear();
        let (a, b) = (one.possible(a), other.possible(b));
        same(one, other, (a, b), seen, equal)
    }
}

fn same(
    one: &Side<'_>,
    other: &Side<'_>,
    (a, b): (NodeId, NodeId),
    pairs: &mut Pairs,
    equal: &dyn Fn(u16, u16) -> bool,
) -> bool {
    if a == NONE || b == NONE {
        return a == b;
    }
    if let (Some(a), Some(b)) = (a.outcome(), b.outcome()) {
        return equal(a, b);
    }
    if !pairs.same.insert((a, b)) {
        return true;
    }
    let (left, right) = (one.fact_of(a), other.fact_of(b));
    if left == right {
        let (Some(fact), var_a, var_b) = (left, one.diagrams.var(a), other.diagrams.var(b)) else {
            return false;
        };
        let of = || shared(one, other, fact, (var_a, var_b));
        let cells = Rc::clone(pairs.cells.entry((var_a, var_b)).or_insert_with(of));
        return cells.iter().all(|(i, j)| {
            let pair = (one.diagrams.children(a)[*i], other.diagrams.children(b)[*j]);
            same(one, other, pair, pairs, equal)
        });
    }
    // The fact that comes first in the order is asked on one side only.
    let place = |fact: FactIdx| one.guideline.space.var(fact);
    let left_first = right.is_none() || left.is_some_and(|l| right.is_some_and(|r| place(l) < place(r)));
    if left_first {
        one.diagrams.children(a).iter().all(|child| same(one, other, (*child, b), pairs, equal))
    } else {
        other.diagrams.children(b).iter().all(|child| same(one, other, (a, *child), pairs, equal))
    }
}

/// The pairs of cells of one fact that share a value.
fn shared(one: &Side<'_>, other: &Side<'_>, fact: FactIdx, vars: (u16, u16)) -> Shared {
    let whole = one.guideline.vocabulary.fact(fact).is_whole();
    let (ours, theirs) =
        (&one.guideline.space.domain(vars.0).cells, &other.guideline.space.domain(vars.1).cells);
    let all = (0..ours.len()).flat_map(|i| (0..theirs.len()).map(move |j| (i, j)));
    all.filter(|(i, j)| share(&ours[*i], &theirs[*j], whole)).collect()
}

fn share(a: &Cell, b: &Cell, whole: bool) -> bool {
    match (a, b) {
        (Cell::Numbers(a), Cell::Numbers(b)) => {
            let both = a.intersect(b);
            !if whole { both.whole() } else { both }.is_empty()
        }
        (a, b) => a == b,
    }
}
