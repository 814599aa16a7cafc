//! The node store: hash-consed nodes, terminals by number, and the few operations that build diagrams.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHasher};

/// A node or a terminal. Numbers below `2^16` are terminals, and the terminal's number is its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

impl Default for NodeId {
    fn default() -> Self {
        NONE
    }
}

const FIRST_NODE: u32 = 1 << 16;

/// The terminal for "does not hold"; also outcome 0.
pub const FALSE: NodeId = NodeId(0);
/// The terminal for "holds"; also outcome 1.
pub const TRUE: NodeId = NodeId(1);
/// The terminal of worlds that cannot be. Never an outcome.
pub const NONE: NodeId = NodeId(FIRST_NODE - 1);

impl NodeId {
    /// The terminal with an outcome number below 65,535.
    pub fn terminal(outcome: u16) -> NodeId {
        NodeId(u32::from(outcome))
    }

    /// The outcome, when this is a terminal (also for [`NONE`], as 65,535).
    pub fn outcome(self) -> Option<u16> {
        u16::try_from(self.0).ok()
    }

    /// Whether this is a terminal.
    pub fn is_terminal(self) -> bool {
        self.0 < FIRST_NODE
    }

    fn index(self) -> usize {
        (self.0 - FIRST_NODE) as usize
    }
}

/// Anything nodes can be read from.
pub trait Diagrams {
    /// The variable of an inner node.
    fn var(&self, node: NodeId) -> u16;
    /// The children of an inner node, one for each cell of its variable.
    fn children(&self, node: NodeId) -> &[NodeId];
    /// How many node numbers are in use, for scratch space.
    fn size(&self) -> usize;

    /// The variable of a node, or the number past all variables for a terminal.
    fn level(&self, node: NodeId) -> u16 {
        if node.is_terminal() { u16::MAX } else { self.var(node) }
    }

    /// The node's own index for scratch space.
    fn slot(&self, node: NodeId) -> usize {
        node.index()
    }
}

/// A binary operation on truth diagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Both hold.
    And,
    /// At least one holds.
    Or,
}

/// Eight bytes, so that a step of a walk reads one place for the node and one for the child.
#[derive(Clone, Copy, Debug)]
struct Node {
    first: u32,
    var: u16,
    cells: u8,
}

impl Node {
    fn range(self) -> std::ops::Range<usize> {
        let first = self.first as usize;
        first..first + usize::from(self.cells)
    }
}

/// All diagrams of one guideline, sharing nodes.
#[derive(Clone, Debug, Default)]
pub struct Store {
    cells: Vec<u8>,
    nodes: Vec<Node>,
    children: Vec<NodeId>,
    unique: HashTable<NodeId>,
    binary: FxHashMap<(Op, NodeId, NodeId), NodeId>,
    ternary: FxHashMap<(NodeId, NodeId, NodeId), NodeId>,
    selected: FxHashMap<(NodeId, u64), NodeId>,
    limit: usize,
    overflow: bool,
}

impl Diagrams for Store {
    #[inline]
    fn var(&self, node: NodeId) -> u16 {
        self.nodes[node.index()].var
    }

    #[inline]
    fn children(&self, node: NodeId) -> &[NodeId] {
        &self.children[self.nodes[node.index()].range()]
    }

    fn size(&self) -> usize {
        self.nodes.len()
    }
}

impl Store {
    /// A store over variables with these numbers of cells (1 to 64), in diagram order.
    ///
    /// # Panics
    /// When a variable has no cell or more than 64.
    pub fn new(cells: Vec<u8>, limit: usize) -> Store {
        assert!(cells.iter().all(|&c| (1..=64).contains(&c)), "a variable has 1 to 64 cells");
        Store { cells, limit, ..Store::default() }
    }

    /// Number of variables.
    pub fn vars(&self) -> usize {
        self.cells.len()
    }

    /// Cells of a variable.
    pub fn cells(&self, var: u16) -> u8 {
        self.cells[var as usize]
    }

    /// True when the node limit stopped an operation; every diagram built since may be wrong and must not be used.
    pub fn overflowed(&self) -> bool {
        self.overflow
    }

    /// A store of only what the roots need, parents before children; the roots are renumbered.
    ///
    /// Building leaves several times as many nodes behind as answers need; walks over the rest touch less memory.
    /// The new store is for reading only.
    pub fn compacted<'a>(&self, roots: impl Iterator<Item = &'a mut NodeId>) -> Store {
        Store { overflow: self.overflow, ..Store::gathered(self, &self.cells, roots) }
    }

    /// The same of any diagrams, over variables with these numbers of cells.
    fn gathered<'a>(
        from: &impl Diagrams,
        cells: &[u8],
        roots: impl Iterator<Item = &'a mut NodeId>,
    ) -> Store {
        const UNSEEN: u32 = u32::MAX;
        let mut renamed = vec![UNSEEN; from.size()];
        let mut kept: Vec<NodeId> = Vec::new();
        let roots: Vec<&mut NodeId> = roots.collect();
        let mut stack: Vec<NodeId> = Vec::new();
        for root in &roots {
            stack.push(**root);
            while let Some(node) = stack.pop() {
                if node.is_terminal() || renamed[node.index()] != UNSEEN {
                    continue;
                }
                renamed[node.index()] = FIRST_NODE + kept.len() as u32;
                kept.push(node);
                stack.extend(from.children(node).iter().rev());
            }
        }
        let rename = |node: NodeId| if node.is_terminal() { node } else { NodeId(renamed[node.index()]) };
        let mut nodes = Vec::with_capacity(kept.len());
        let mut children = Vec::new();
        for node in &kept {
            let (first, below) = (children.len() as u32, from.children(*node));
            nodes.push(Node { first, var: from.var(*node), cells: below.len() as u8 });
            children.extend(below.iter().map(|c| rename(*c)));
        }
        for root in roots {
            *root = rename(*root);
        }
        Store { cells: cells.to_vec(), nodes, children, ..Store::default() }
    }

    /// The store as bytes, little end first.
    pub fn export(&self) -> Vec<u8> {
        let mut out =
            Vec::with_capacity(8 + self.cells.len() + 2 * self.nodes.len() + 4 * self.children.len());
        out.extend((self.cells.len() as u32).to_le_bytes());
        out.extend((self.nodes.len() as u32).to_le_bytes());
        out.extend(&self.cells);
        out.extend(self.nodes.iter().flat_map(|n| n.var.to_le_bytes()));
        out.extend(self.children.iter().flat_map(|c| c.0.to_le_bytes()));
        out
    }

    /// A store from exported bytes, for reading only; `None` when they do not describe one.
    pub fn import(bytes: &[u8]) -> Option<Store> {
        let number = |four: &[u8]| Some(u32::from_le_bytes(four.try_into().ok()?));
        let (head, rest) = bytes.split_at_checked(8)?;
        let (vars, nodes) = (number(&head[..4])? as usize, number(&head[4..])? as usize);
        let (cells, rest) = rest.split_at_checked(vars)?;
        let (levels, rest) = rest.split_at_checked(nodes.checked_mul(2)?)?;
        let mut first = 0u32;
        let mut list = Vec::with_capacity(nodes);
        for var in levels.chunks_exact(2) {
            let var = u16::from_le_bytes([var[0], var[1]]);
            let its = *cells.get(usize::from(var))?;
            list.push(Node { first, var, cells: its });
            first = first.checked_add(u32::from(its))?;
        }
        if rest.len() != 4 * first as usize {
            return None;
        }
        let children: Vec<NodeId> =
            rest.chunks_exact(4).map(|c| NodeId(u32::from_le_bytes([c[0], c[1], c[2], c[3]]))).collect();
        // Walks end because every step leads to a later variable.
        let below = |var: u16, child: NodeId| {
            child.is_terminal() || list.get(child.index()).is_some_and(|node: &Node| node.var > var)
        };
        let ordered = list.iter().all(|n| children[n.range()].iter().all(|child| below(n.var, *child)));
        ordered.then(|| Store { cells: cells.to_vec(), nodes: list, children, ..Store::default() })
    }

    /// The first number that is no node.
    pub fn end(&self) -> NodeId {
        NodeId(FIRST_NODE + self.nodes.len() as u32)
    }

    /// The node with these children, one per cell; reduced and shared.
    pub fn node(&mut self, var: u16, children: &[NodeId]) -> NodeId {
        debug_assert_eq!(children.len(), self.cells[var as usize] as usize, "one child per cell");
        let first = children[0];
        if children.iter().all(|c| *c == first) {
            return first;
        }
        let hash = hash_node(var, children);
        let same = |id: &NodeId| same_node(&self.nodes, &self.children, id.index(), var, children);
        if let Some(found) = self.unique.find(hash, same) {
            return *found;
        }
        if self.nodes.len() >= self.limit {
            self.overflow = true;
            return FALSE;
        }
        let id = NodeId(FIRST_NODE + self.nodes.len() as u32);
        let first = self.children.len() as u32;
        self.nodes.push(Node { first, var, cells: children.len() as u8 });
        self.children.extend_from_slice(children);
        let (nodes, all) = (&self.nodes, &self.children);
        self.unique.insert_unique(hash, id, |id| rehash(nodes, all, id.index()));
        id
    }

    /// Holds when the variable is in one of the cells of the mask.
    pub fn literal(&mut self, var: u16, mask: u64) -> NodeId {
        let mut children = [FALSE; 64];
        let cells = self.cells(var) as usize;
        for (cell, child) in children.iter_mut().enumerate().take(cells) {
            *child = if mask >> cell & 1 == 1 { TRUE } else { FALSE };
        }
        self.node(var, &children[..cells])
    }

    /// Combines two truth diagrams.
    pub fn apply(&mut self, op: Op, a: NodeId, b: NodeId) -> NodeId {
        let (short, neutral) = match op {
            Op::And => (FALSE, TRUE),
            Op::Or => (TRUE, FALSE),
        };
        if self.overflow || a == short || b == short {
            return short;
        }
        if a == neutral || a == b {
            return b;
        }
        if b == neutral {
            return a;
        }
        let key = if a < b { (op, a, b) } else { (op, b, a) };
        if let Some(found) = self.binary.get(&key) {
            return *found;
        }
        let var = self.level(a).min(self.level(b));
        let mut children = [NONE; 64];
        let cells = self.cells(var);
        for cell in 0..cells {
            let (x, y) = (self.down(a, var, cell), self.down(b, var, cell));
            children[cell as usize] = self.apply(op, x, y);
        }
        let result = self.node(var, &children[..cells as usize]);
        self.binary.insert(key, result);
        result
    }

    /// Both hold.
    pub fn and(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.apply(Op::And, a, b)
    }

    /// At least one holds.
    pub fn or(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.apply(Op::Or, a, b)
    }

    /// Holds when `a` does not.
    pub fn not(&mut self, a: NodeId) -> NodeId {
        self.choose(a, FALSE, TRUE)
    }

    /// `then` where the condition holds, `otherwise` elsewhere; both may have any terminals.
    pub fn choose(&mut self, condition: NodeId, then: NodeId, otherwise: NodeId) -> NodeId {
        if condition == TRUE || then == otherwise {
            return then;
        }
        if condition == FALSE || self.overflow {
            return otherwise;
        }
        if then == TRUE && otherwise == FALSE {
            return condition;
        }
        let key = (condition, then, otherwise);
        if let Some(found) = self.ternary.get(&key) {
            return *found;
        }
        let var = self.level(condition).min(self.level(then)).min(self.level(otherwise));
        let mut children = [NONE; 64];
        let cells = self.cells(var);
        for cell in 0..cells {
            let c = self.down(condition, var, cell);
            let t = self.down(then, var, cell);
            let e = self.down(otherwise, var, cell);
            children[cell as usize] = self.choose(c, t, e);
        }
        let result = self.node(var, &children[..cells as usize]);
        self.ternary.insert(key, result);
        result
    }

    /// Holds where the outcome of `root` is one of the mask's (outcomes from 64 up never are).
    pub fn select(&mut self, root: NodeId, mask: u64) -> NodeId {
        if let Some(outcome) = root.outcome() {
            return if outcome < 64 && mask >> outcome & 1 == 1 { TRUE } else { FALSE };
        }
        if let Some(found) = self.selected.get(&(root, mask)) {
            return *found;
        }
        let var = self.var(root);
        let mut children = [NONE; 64];
        let cells = self.cells(var) as usize;
        for (cell, below) in children.iter_mut().enumerate().take(cells) {
            let child = self.children(root)[cell];
            *below = self.select(child, mask);
        }
        let result = self.node(var, &children[..cells]);
        self.selected.insert((root, mask), result);
        result
    }

    #[inline]
    fn down(&self, node: NodeId, var: u16, cell: u8) -> NodeId {
        if self.level(node) == var { self.children(node)[cell as usize] } else { node }
    }
}

fn hash_node(var: u16, children: &[NodeId]) -> u64 {
    let mut hasher = FxHasher::default();
    var.hash(&mut hasher);
    for child in children {
        child.0.hash(&mut hasher);
    }
    hasher.finish()
}

fn same_node(nodes: &[Node], all: &[NodeId], at: usize, var: u16, children: &[NodeId]) -> bool {
    nodes[at].var == var && all[nodes[at].range()] == *children
}

fn rehash(nodes: &[Node], all: &[NodeId], at: usize) -> u64 {
    hash_node(nodes[at].var, &all[nodes[at].range()])
}

/// What [`Overlay::under_also`] found out under the same masks.
#[derive(Debug, Default)]
pub struct Done(FxHashMap<(NodeId, NodeId), NodeId>);

/// A store with a few nodes of its own on top: what one patient's extra evidence needs, without touching the guideline.
pub struct Overlay<'a> {
    base: &'a Store,
    nodes: Vec<Node>,
    children: Vec<NodeId>,
    unique: HashTable<NodeId>,
}

impl Diagrams for Overlay<'_> {
    fn var(&self, node: NodeId) -> u16 {
        match node.index().checked_sub(self.base.size()) {
            Some(own) => self.nodes[own].var,
            None => self.base.var(node),
        }
    }

    fn children(&self, node: NodeId) -> &[NodeId] {
        match node.index().checked_sub(self.base.size()) {
            Some(own) => &self.children[self.nodes[own].range()],
            None => self.base.children(node),
        }
    }

    fn size(&self) -> usize {
        self.base.size() + self.nodes.len()
    }
}

impl<'a> Overlay<'a> {
    /// An overlay without nodes of its own.
    pub fn new(base: &'a Store) -> Overlay<'a> {
        Overlay { base, nodes: Vec::new(), children: Vec::new(), unique: HashTable::new() }
    }

    /// How many nodes it has of its own.
    pub fn own(&self) -> usize {
        self.nodes.len()
    }

    fn node(&mut self, var: u16, children: &[NodeId]) -> NodeId {
        let hash = hash_node(var, children);
        let before = self.base.size();
        let same = |id: &NodeId| same_node(&self.nodes, &self.children, id.index() - before, var, children);
        if let Some(found) = self.unique.find(hash, same) {
            return *found;
        }
        let id = NodeId(FIRST_NODE + self.size() as u32);
        let first = self.children.len() as u32;
        self.nodes.push(Node { first, var, cells: children.len() as u8 });
        self.children.extend_from_slice(children);
        let (nodes, all) = (&self.nodes, &self.children);
        self.unique.insert_unique(hash, id, |id| rehash(nodes, all, id.index() - before));
        id
    }

    /// A store of its own with only what the roots need; they are renumbered. See [`Store::compacted`].
    pub fn compacted<'r>(&self, roots: impl Iterator<Item = &'r mut NodeId>) -> Store {
        Store::gathered(self, &self.base.cells, roots)
    }

    /// [`Overlay::under`] for many roots under the same masks: `done` carries what was found out from one to the next.
    pub fn under_also(&mut self, root: NodeId, condition: NodeId, masks: &[u64], done: &mut Done) -> NodeId {
        self.under_inner(root, condition, masks, &mut done.0)
    }

    /// `root` where the condition holds and [`NONE`] elsewhere, over allowed cells only.
    ///
    /// Cells outside the masks lead to [`NONE`]; the result means the same as the full conjunction for any masks that
    /// are a subset of these. The condition fails at `FALSE` and at [`NONE`].
    pub fn under(&mut self, root: NodeId, condition: NodeId, masks: &[u64]) -> NodeId {
        let mut done = FxHashMap::default();
        self.under_inner(root, condition, masks, &mut done)
    }

    /// A truth diagram with `FALSE` turned into [`NONE`], so that it can stand as a condition that was once a root.
    pub fn kept_only(&mut self, root: NodeId) -> NodeId {
        let mut done = FxHashMap::default();
        self.kept_inner(root, &mut done)
    }

    fn kept_inner(&mut self, node: NodeId, done: &mut FxHashMap<NodeId, NodeId>) -> NodeId {
        if node.is_terminal() {
            return if node == FALSE { NONE } else { node };
        }
        if let Some(found) = done.get(&node) {
            return *found;
        }
        let var = self.var(node);
        let children: Vec<NodeId> = self.children(node).to_vec();
        let children: Vec<NodeId> = children.into_iter().map(|c| self.kept_inner(c, done)).collect();
        let result =
            if children.iter().all(|c| *c == children[0]) { children[0] } else { self.node(var, &children) };
        done.insert(node, result);
        result
    }

    fn under_inner(
        &mut self,
        root: NodeId,
        condition: NodeId,
        masks: &[u64],
        done: &mut FxHashMap<(NodeId, NodeId), NodeId>,
    ) -> NodeId {
        if root == NONE || condition == FALSE || condition == NONE {
            return NONE;
        }
        let var = self.level(condition).min(self.level(root));
        if var == u16::MAX {
            return root;
        }
        let key = (root, condition);
        if let Some(found) = done.get(&key) {
            return *found;
        }
        let mask = masks[var as usize];
        let cells = self.base.cells(var);
        let mut children = [NONE; 64];
        let mut same: Option<NodeId> = None;
        let mut differ = false;
        for cell in (0..cells).filter(|c| mask >> c & 1 == 1) {
            let step = |node: NodeId| {
                if self.level(node) == var { self.children(node)[cell as usize] } else { node }
            };
            let (below, open) = (step(root), step(condition));
            let child = self.under_inner(below, open, masks, done);
            children[cell as usize] = child;
            differ |= same.is_some_and(|s| s != child);
            same = Some(child);
        }
        // When all allowed cells agree the variable no longer matters, whatever the forbidden cells would say.
        let result = if differ { self.node(var, &children[..cells as usize]) } else { same.unwrap_or(NONE) };
        done.insert(key, result);
        result
    }
}
