//! Whether two guidelines give every patient the same answers for the same reasons: decided exactly, on the diagrams.

use std::collections::HashSet;

use nw_diagram::{Diagrams, NodeId};
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
/// together when their cells share a value. Facts stand in vocabulary order in both.
pub fn compare(one: &CompiledGuideline, other: &CompiledGuideline) -> Sameness {
    if one.conclusions.len() != other.conclusions.len() {
        return Sameness::Different;
    }
    let mut values = Walk { one, other, seen: HashSet::new() };
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
        let mut rows = Walk { one, other, seen: HashSet::new() };
        if !rows.same(a.roots.row, b.roots.row, &|x, y| id(one, &a.rows, x) == id(other, &b.rows, y)) {
            return Sameness::OtherReason;
        }
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

struct Walk<'g> {
    one: &'g CompiledGuideline,
    other: &'g CompiledGuideline,
    /// Pairs found the same so far; the first difference ends the walk.
    seen: HashSet<(NodeId, NodeId)>,
}

impl Walk<'_> {
    fn same(&mut self, a: NodeId, b: NodeId, equal: &dyn Fn(u16, u16) -> bool) -> bool {
        if let (Some(a), Some(b)) = (a.outcome(), b.outcome()) {
            return equal(a, b);
        }
        if !self.seen.insert((a, b)) {
            return true;
        }
        let (one, other) = (self.one, self.other);
        let (left, right) = (fact_of(one, a), fact_of(other, b));
        if left == right {
            let (Some(fact), var_a, var_b) = (left, one.store.var(a), other.store.var(b)) else {
                return false;
            };
            let whole = one.vocabulary.fact(fact).is_whole();
            let (cells_a, cells_b) = (&one.space.domain(var_a).cells, &other.space.domain(var_b).cells);
            for (i, cell_a) in cells_a.iter().enumerate() {
                for (j, cell_b) in cells_b.iter().enumerate() {
                    if share(cell_a, cell_b, whole)
                        && !self.same(one.store.children(a)[i], other.store.children(b)[j], equal)
                    {
                        return false;
                    }
                }
            }
            return true;
        }
        // The fact that comes first in the order is asked on one side only.
        let left_first = right.is_none() || left.is_some_and(|l| right.is_some_and(|r| l.0 < r.0));
        if left_first {
            one.store.children(a).iter().all(|child| self.same(*child, b, equal))
        } else {
            other.store.children(b).iter().all(|child| self.same(a, *child, equal))
        }
    }
}

fn fact_of(guideline: &CompiledGuideline, node: NodeId) -> Option<FactIdx> {
    (!node.is_terminal()).then(|| guideline.space.domain(guideline.store.var(node)).fact)
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
