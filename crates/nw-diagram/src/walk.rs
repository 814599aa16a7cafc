//! Reading diagrams under partial knowledge: which outcomes are reachable, which facts matter, what would change it.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::store::{Diagrams, FALSE, NONE, NodeId, TRUE};

/// The cells a variable may still be in.
pub type Mask = u64;

/// One mask for each variable.
pub type Masks = [Mask];

/// Visit marks that are reused between walks, so that a walk allocates nothing.
#[derive(Debug, Default)]
pub struct Scratch {
    seen: Vec<u32>,
    epoch: u32,
    stack: Vec<NodeId>,
}

impl Scratch {
    fn begin(&mut self, size: usize) {
        if self.seen.len() < size {
            self.seen.resize(size, 0);
        }
        self.epoch = self.epoch.checked_add(1).unwrap_or_else(|| {
            self.seen.fill(0);
            1
        });
        self.stack.clear();
    }
}

/// Calls `found` once or more for every reachable outcome; impossible worlds are left out.
///
/// Exact: see the theorem on the crate's first page.
pub fn reach(
    diagrams: &impl Diagrams,
    root: NodeId,
    masks: &Masks,
    scratch: &mut Scratch,
    mut found: impl FnMut(u16),
) {
    // Most walks run down one path: follow it without marks until the first fact that is still open.
    let mut node = root;
    while !node.is_terminal() {
        let mask = masks[diagrams.var(node) as usize];
        if mask & mask.wrapping_sub(1) != 0 {
            break;
        }
        if mask == 0 {
            return;
        }
        node = diagrams.children(node)[mask.trailing_zeros() as usize];
    }
    if let Some(outcome) = node.outcome() {
        if node != NONE {
            found(outcome);
        }
        return;
    }
    scratch.begin(diagrams.size());
    scratch.stack.push(node);
    while let Some(node) = scratch.stack.pop() {
        if let Some(outcome) = node.outcome() {
            if node != NONE {
                found(outcome);
            }
            continue;
        }
        let slot = diagrams.slot(node);
        if scratch.seen[slot] == scratch.epoch {
            continue;
        }
        scratch.seen[slot] = scratch.epoch;
        let children = diagrams.children(node);
        let mut mask = masks[diagrams.var(node) as usize];
        let mut last = NodeId(u32::MAX);
        while mask != 0 {
            let child = children[mask.trailing_zeros() as usize];
            mask &= mask - 1;
            if child != last {
                scratch.stack.push(child);
                last = child;
            }
        }
    }
}

/// The only reachable outcome, if there is exactly one.
pub fn single(diagrams: &impl Diagrams, root: NodeId, masks: &Masks, scratch: &mut Scratch) -> Option<u16> {
    let mut one = None;
    let mut many = false;
    reach(diagrams, root, masks, scratch, |outcome| {
        many |= one.is_some_and(|o| o != outcome);
        one = Some(outcome);
    });
    one.filter(|_| !many)
}

/// The variables on which a diagram depends, ascending.
pub fn support(diagrams: &impl Diagrams, root: NodeId) -> Vec<u16> {
    let mut seen = FxHashSet::default();
    let mut vars = Vec::new();
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        if node.is_terminal() || !seen.insert(node) {
            continue;
        }
        vars.push(diagrams.var(node));
        stack.extend_from_slice(diagrams.children(node));
    }
    vars.sort_unstable();
    vars.dedup();
    vars
}

/// A shortest assignment of cells that leads to a wanted terminal: (variable, cell), ascending.
///
/// Variables that the path does not meet may take any allowed cell.
pub fn path_to(
    diagrams: &impl Diagrams,
    root: NodeId,
    masks: &Masks,
    wanted: &dyn Fn(NodeId) -> bool,
) -> Option<Vec<(u16, u8)>> {
    fn go(
        diagrams: &impl Diagrams,
        node: NodeId,
        masks: &Masks,
        wanted: &dyn Fn(NodeId) -> bool,
        dead: &mut FxHashSet<NodeId>,
        path: &mut Vec<(u16, u8)>,
    ) -> bool {
        if node.is_terminal() {
            return wanted(node);
        }
        if dead.contains(&node) {
            return false;
        }
        let var = diagrams.var(node);
        let mut mask = masks[var as usize];
        while mask != 0 {
            let cell = mask.trailing_zeros() as u8;
            mask &= mask - 1;
            path.push((var, cell));
            if go(diagrams, diagrams.children(node)[cell as usize], masks, wanted, dead, path) {
                return true;
            }
            path.pop();
        }
        dead.insert(node);
        false
    }
    let mut path = Vec::new();
    go(diagrams, root, masks, wanted, &mut FxHashSet::default(), &mut path).then_some(path)
}

/// A way to an outcome in worlds where the condition holds: (variable, cell), ascending.
///
/// Variables that it does not name may take any allowed cell.
pub fn path_where(
    diagrams: &impl Diagrams,
    root: NodeId,
    condition: NodeId,
    masks: &Masks,
    wanted: u16,
) -> Option<Vec<(u16, u8)>> {
    fn go(
        diagrams: &impl Diagrams,
        (root, condition): (NodeId, NodeId),
        masks: &Masks,
        wanted: NodeId,
        dead: &mut FxHashSet<(NodeId, NodeId)>,
        path: &mut Vec<(u16, u8)>,
    ) -> bool {
        if condition == FALSE || condition == NONE || root.is_terminal() && root != wanted {
            return false;
        }
        if root == wanted && condition == TRUE {
            return true;
        }
        if dead.contains(&(root, condition)) {
            return false;
        }
        let var = diagrams.level(root).min(diagrams.level(condition));
        for cell in bits(masks[var as usize]) {
            path.push((var, cell));
            let next = (down(diagrams, root, var, cell), down(diagrams, condition, var, cell));
            if go(diagrams, next, masks, wanted, dead, path) {
                return true;
            }
            path.pop();
        }
        dead.insert((root, condition));
        false
    }
    let mut path = Vec::new();
    let wanted = NodeId::terminal(wanted);
    go(diagrams, (root, condition), masks, wanted, &mut FxHashSet::default(), &mut path).then_some(path)
}

/// One way to another outcome: the outcome, how many known variables change, and the cells they change to.
pub type Change = (u16, u32, Vec<(u16, u8)>);

/// For every reachable outcome the fewest known variables that must change to make it possible, with one such change.
///
/// `free` masks are what is known now; leaving a mask costs one. Impossible worlds are not counted as outcomes.
/// Only changes of at most `most` variables are looked for.
pub fn change_costs(
    diagrams: &impl Diagrams,
    root: NodeId,
    free: &Masks,
    full: &Masks,
    most: u32,
) -> Vec<Change> {
    type Best = FxHashMap<u16, (u32, Vec<(u16, u8)>)>;
    fn go(
        diagrams: &impl Diagrams,
        node: NodeId,
        free: &Masks,
        full: &Masks,
        most: u32,
        memo: &mut FxHashMap<NodeId, Best>,
    ) -> Best {
        if let Some(outcome) = node.outcome() {
            return if node == NONE {
                Best::default()
            } else {
                Best::from_iter([(outcome, (0, Vec::new()))])
            };
        }
        if let Some(known) = memo.get(&node) {
            return known.clone();
        }
        let var = diagrams.var(node);
        let mut best = Best::default();
        // Allowed cells first, so that a tie never counts as a change.
        for step in [0u32, 1] {
            let mask = if step == 0 { free[var as usize] } else { full[var as usize] & !free[var as usize] };
            for cell in bits(mask) {
                for (outcome, (cost, path)) in
                    go(diagrams, diagrams.children(node)[cell as usize], free, full, most, memo)
                {
                    let cost = cost + step;
                    if cost <= most && best.get(&outcome).is_none_or(|(c, _)| cost < *c) {
                        let mut path = path;
                        if step == 1 {
                            path.push((var, cell));
                        }
                        best.insert(outcome, (cost, path));
                    }
                }
            }
        }
        memo.insert(node, best.clone());
        best
    }
    let mut costs: Vec<_> = go(diagrams, root, free, full, most, &mut FxHashMap::default())
        .into_iter()
        .map(|(outcome, (cost, mut path))| {
            path.sort_unstable();
            (outcome, cost, path)
        })
        .collect();
    costs.sort_unstable_by_key(|(outcome, cost, _)| (*cost, *outcome));
    costs
}

/// Two worlds that differ only in one variable and break a promised order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What both worlds share: (variable, cell).
    pub shared: Vec<(u16, u8)>,
    /// The lower cell of the varied variable.
    pub low: u8,
    /// The higher cell.
    pub high: u8,
}

/// Looks for two worlds that differ only in `var`, with `breaks(outcome at lower cell, outcome at higher cell)`.
pub fn rising_witness(
    diagrams: &impl Diagrams,
    root: NodeId,
    masks: &Masks,
    var: u16,
    breaks: &dyn Fn(u16, u16) -> bool,
) -> Option<Pair> {
    let cells: Vec<u8> = bits(masks[var as usize]).collect();
    for (i, &low) in cells.iter().enumerate() {
        for &high in &cells[i + 1..] {
            let mut shared = Vec::new();
            let mut dead = FxHashSet::default();
            if breaking_path(diagrams, (root, root), masks, (var, low, high), breaks, &mut dead, &mut shared)
            {
                return Some(Pair { shared, low, high });
            }
        }
    }
    None
}

fn breaking_path(
    diagrams: &impl Diagrams,
    (a, b): (NodeId, NodeId),
    masks: &Masks,
    (var, low, high): (u16, u8, u8),
    breaks: &dyn Fn(u16, u16) -> bool,
    dead: &mut FxHashSet<(NodeId, NodeId)>,
    shared: &mut Vec<(u16, u8)>,
) -> bool {
    if a == NONE || b == NONE {
        return false;
    }
    if let (Some(x), Some(y)) = (a.outcome(), b.outcome()) {
        return breaks(x, y);
    }
    if dead.contains(&(a, b)) {
        return false;
    }
    let top = diagrams.level(a).min(diagrams.level(b));
    if top == var {
        let next = (down(diagrams, a, top, low), down(diagrams, b, top, high));
        if breaking_path(diagrams, next, masks, (var, low, high), breaks, dead, shared) {
            return true;
        }
    } else {
        for cell in bits(masks[top as usize]) {
            shared.push((top, cell));
            let next = (down(diagrams, a, top, cell), down(diagrams, b, top, cell));
            if breaking_path(diagrams, next, masks, (var, low, high), breaks, dead, shared) {
                return true;
            }
            shared.pop();
        }
    }
    dead.insert((a, b));
    false
}

pub(crate) fn down(diagrams: &impl Diagrams, node: NodeId, var: u16, cell: u8) -> NodeId {
    if diagrams.level(node) == var { diagrams.children(node)[cell as usize] } else { node }
}

pub(crate) fn bits(mut mask: Mask) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        (mask != 0).then(|| {
            let cell = mask.trailing_zeros() as u8;
            mask &= mask - 1;
            cell
        })
    })
}
