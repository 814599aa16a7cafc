//! Which ties hold a row's facts together: a rule that the row keeps whatever else is true ties nothing.
//!
//! A tie (an integrity rule, or a report that must agree) is kept by every world that the row allows, or by some, or by
//! none. Those that some world breaks tie together the facts that they still look at. When the row allows a world at
//! all, its worlds are a product over facts that are not tied together, in any number of steps; so a conclusion depends
//! on its own facts, on the ties that reach them, and on what those ties look at, and on nothing else of the row.
//! A row that allows no world is told apart by everything that could ever be tied to a conclusion.

use nw_diagram::{Diagrams as _, FALSE, NodeId};
use nw_engine::{Knowledge, Recorded};
use nw_guideline::CompiledGuideline;

use super::reads::Facts;

/// What a row makes of a tie.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    /// Every world keeps it.
    Kept,
    /// Some world breaks it: the facts that it still looks at and that are open.
    Live(Vec<u16>),
    /// No world keeps it.
    Broken,
}

/// A tie with everything it could ever look at.
#[derive(Clone, Debug)]
pub(crate) struct Tie {
    pub root: NodeId,
    /// A report that must agree: the variable of the reported fact.
    pub reported: Option<u16>,
    pub facts: Facts,
}

/// What the masks of a row make of a tie.
pub(crate) fn status(guideline: &CompiledGuideline, tie: &Tie, masks: &[u64]) -> Status {
    if let Some(var) = tie.reported
        && masks[usize::from(var)] == guideline.space.full(var)
    {
        // Nothing was reported.
        return Status::Kept;
    }
    let store = &guideline.store;
    let (mut open, mut seen, mut stack) = (Vec::new(), rustc_hash::FxHashSet::default(), vec![tie.root]);
    let (mut breaks, mut keeps) = (false, false);
    while let Some(node) = stack.pop() {
        if node.is_terminal() {
            breaks |= node == FALSE;
            keeps |= node != FALSE;
            continue;
        }
        if !seen.insert(node) {
            continue;
        }
        let var = store.var(node);
        let mask = masks[usize::from(var)];
        if mask.count_ones() > 1 {
            open.push(guideline.space.domain(var).fact.0);
        }
        let children = store.children(node).iter().enumerate();
        stack.extend(children.filter(|(cell, _)| mask >> cell & 1 == 1).map(|(_, child)| *child));
    }
    open.sort_unstable();
    open.dedup();
    match (breaks, keeps) {
        (false, _) => Status::Kept,
        (true, false) => Status::Broken,
        (true, true) => Status::Live(open),
    }
}

/// The masks of a row, widened where a convention may put something else in the place of what is taken as given.
pub(crate) fn widened(guideline: &CompiledGuideline, knowledge: &Knowledge, touched: &Facts) -> Vec<u64> {
    let mut masks = knowledge.masks.clone();
    for (var, mask) in masks.iter_mut().enumerate() {
        let fact = guideline.space.domain(var as u16).fact;
        let replaced = match knowledge.recorded[usize::from(fact.0)] {
            Recorded::Presumed => true,
            Recorded::NotDone => guideline.vocabulary.fact(fact).not_done_is_state,
            _ => false,
        };
        if replaced && touched.has(fact) {
            *mask = guideline.space.full(var as u16);
        }
    }
    masks
}

/// The live ties that reach some facts, in any number of steps, and everything that they look at.
pub(crate) fn reached(own: &Facts, ties: &[Tie], live: &[(usize, &Vec<u16>)]) -> (Vec<usize>, Facts) {
    let mut all = own.clone();
    // Facts that are tied by being open; what a tie looks at and is known carries no further.
    let mut open = own.clone();
    let mut taken = vec![false; live.len()];
    loop {
        let mut grew = false;
        for ((tie, vars), taken) in live.iter().zip(&mut taken) {
            if !*taken && vars.iter().any(|f| open.has(nw_facts::FactIdx(*f))) {
                *taken = true;
                grew = true;
                vars.iter().for_each(|f| open.insert(nw_facts::FactIdx(*f)));
                all.add(&ties[*tie].facts);
            }
        }
        if !grew {
            break;
        }
    }
    let list = live.iter().zip(&taken).filter(|(_, taken)| **taken).map(|((tie, _), _)| *tie).collect();
    (list, all)
}
