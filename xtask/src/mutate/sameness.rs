//! Whether two guidelines give every patient the same answers for the same reasons: decided exactly, on the diagrams.

use std::collections::HashSet;

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
        values.seen.clear();
        if !values.same(a.roots.row, b.roots.row, &|x, y| id(one, &a.rows, x) == id(other, &b.rows, y)) {
            return Sameness::OtherReason;
        }
        values.seen.clear();
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
    /// Pairs found the same so far; the first difference ends the walk.
    seen: HashSet<(NodeId, NodeId)>,
}

impl<'g> Walk<'g> {
    fn new(one: &'g CompiledGuideline, other: &'g CompiledGuideline) -> Walk<'g> {
        Walk { one: Side::new(one), other: Side::new(other), seen: HashSet::new() }
    }

    fn same(&mut self, a: NodeId, b: NodeId, equal: &dyn Fn(u16, u16) -> bool) -> bool {
        let (a, b) = (self.one.possible(a), self.other.possible(b));
        let Walk { one, other, seen } = self;
        same(one, other, (a, b), seen, equal)
    }
}

fn same(
    one: &Side<'_>,
    other: &Side<'_>,
    (a, b): (NodeId, NodeId),
    seen: &mut HashSet<(NodeId, NodeId)>,
    equal: &dyn Fn(u16, u16) -> bool,
) -> bool {
    if a == NONE || b == NONE {
        return a == b;
    }
    if let (Some(a), Some(b)) = (a.outcome(), b.outcome()) {
        return equal(a, b);
    }
    if !seen.insert((a, b)) {
        return true;
    }
    let (left, right) = (one.fact_of(a), other.fact_of(b));
    if left == right {
        let (Some(fact), var_a, var_b) = (left, one.diagrams.var(a), other.diagrams.var(b)) else {
            return false;
        };
        let whole = one.guideline.vocabulary.fact(fact).is_whole();
        let (cells_a, cells_b) =
            (&one.guideline.space.domain(var_a).cells, &other.guideline.space.domain(var_b).cells);
        for (i, cell_a) in cells_a.iter().enumerate() {
            for (j, cell_b) in cells_b.iter().enumerate() {
                let pair = (one.diagrams.children(a)[i], other.diagrams.children(b)[j]);
                if share(cell_a, cell_b, whole) && !same(one, other, pair, seen, equal) {
                    return false;
                }
            }
        }
        return true;
    }
    // The fact that comes first in the order is asked on one side only.
    let place = |fact: FactIdx| one.guideline.space.var(fact);
    let left_first = right.is_none() || left.is_some_and(|l| right.is_some_and(|r| place(l) < place(r)));
    if left_first {
        one.diagrams.children(a).iter().all(|child| same(one, other, (*child, b), seen, equal))
    } else {
        other.diagrams.children(b).iter().all(|child| same(one, other, (a, *child), seen, equal))
    }
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
