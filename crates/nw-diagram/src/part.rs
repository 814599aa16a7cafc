//! A small copy of a diagram under partial knowledge, for questions that compare worlds with each other.
//!
//! Only allowed cells are copied, only variables that still matter are left, and worlds in which a condition fails
//! lead nowhere. Nodes are numbered densely, so pairs of nodes can be marked in a bit set.

use rustc_hash::FxHashMap;

use crate::store::{Diagrams, FALSE, NONE, NodeId, TRUE};
use crate::walk::{Masks, bits, down};

/// A node of a part: an inner node or an outcome.
type Id = u32;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Node {
    /// Where the condition fails.
    Nowhere,
    Outcome(u16),
    /// A variable with a child for each allowed cell.
    Inner(u16, Box<[Id]>),
}

/// A diagram restricted to what is known.
#[derive(Debug)]
pub struct Part<'m> {
    masks: &'m Masks,
    /// Children stand before their parents.
    nodes: Vec<Node>,
    /// For each node its different children: far fewer than its cells.
    distinct: Vec<Box<[Id]>>,
    root: Id,
}

const NOWHERE: Id = 0;

/// How many pairs of nodes may be looked at for each node that may be kept.
const EFFORT: usize = 8;

struct Build<'a, D> {
    diagrams: &'a D,
    masks: &'a Masks,
    most: usize,
    found: FxHashMap<Node, Id>,
    nodes: Vec<Node>,
    done: FxHashMap<(NodeId, NodeId), Id>,
}

impl<D: Diagrams> Build<'_, D> {
    fn go(&mut self, root: NodeId, condition: NodeId) -> Option<Id> {
        if root == NONE || condition == FALSE || condition == NONE {
            return Some(NOWHERE);
        }
        if condition == TRUE
            && let Some(outcome) = root.outcome()
        {
            return self.node(Node::Outcome(outcome));
        }
        let key = (root, condition);
        if let Some(found) = self.done.get(&key) {
            return Some(*found);
        }
        if self.done.len() >= self.most.saturating_mul(EFFORT) {
            return None;
        }
        let var = self.diagrams.level(root).min(self.diagrams.level(condition));
        let mask = self.masks[usize::from(var)];
        let mut children = Vec::with_capacity(mask.count_ones() as usize);
        for cell in bits(mask) {
            let below = down(self.diagrams, root, var, cell);
            let still = down(self.diagrams, condition, var, cell);
            children.push(self.go(below, still)?);
        }
        // When all allowed cells agree the variable no longer matters, whatever the forbidden cells would say.
        let id = match children.first() {
            None => NOWHERE,
            Some(first) if children.iter().all(|c| c == first) => *first,
            Some(_) => self.node(Node::Inner(var, children.into()))?,
        };
        self.done.insert(key, id);
        Some(id)
    }

    fn node(&mut self, node: Node) -> Option<Id> {
        if let Some(found) = self.found.get(&node) {
            return Some(*found);
        }
        if self.nodes.len() >= self.most {
            return None;
        }
        let id = self.nodes.len() as Id;
        self.nodes.push(node.clone());
        self.found.insert(node, id);
        Some(id)
    }
}

/// Two worlds that give different outcomes, as the variables in which they differ.
pub type Difference = Vec<u16>;

impl<'m> Part<'m> {
    /// The part of a diagram where the condition holds; `None` when it has more than `most` nodes.
    pub fn new(
        diagrams: &impl Diagrams,
        root: NodeId,
        condition: NodeId,
        masks: &'m Masks,
        most: usize,
    ) -> Option<Part<'m>> {
        let mut build = Build {
            diagrams,
            masks,
            most,
            found: FxHashMap::from_iter([(Node::Nowhere, NOWHERE)]),
            nodes: vec![Node::Nowhere],
            done: FxHashMap::default(),
        };
        let root = build.go(root, condition)?;
        let distinct = |node: &Node| match node {
            Node::Inner(_, children) => {
                let mut distinct = children.to_vec();
                distinct.sort_unstable();
                distinct.dedup();
                distinct.into()
            }
            _ => Box::default(),
        };
        let distinct = build.nodes.iter().map(distinct).collect();
        Some(Part { masks, nodes: build.nodes, distinct, root })
    }

    /// The variables that still matter, ascending.
    pub fn support(&self) -> Vec<u16> {
        let mut vars: Vec<u16> = self
            .nodes
            .iter()
            .filter_map(|n| match n {
                Node::Inner(var, _) => Some(*var),
                _ => None,
            })
            .collect();
        vars.sort_unstable();
        vars.dedup();
        vars
    }

    fn level(&self, id: Id) -> u16 {
        match &self.nodes[id as usize] {
            Node::Inner(var, _) => *var,
            _ => u16::MAX,
        }
    }

    /// The child for the nth allowed cell of a variable.
    fn below(&self, id: Id, var: u16, nth: usize) -> Id {
        match &self.nodes[id as usize] {
            Node::Inner(its, children) if *its == var => children[nth],
            _ => id,
        }
    }

    fn marks(&self) -> Marks {
        Marks { width: self.nodes.len(), bits: vec![0; (self.nodes.len() * self.nodes.len()).div_ceil(64)] }
    }

    /// Variables that every settling set must contain: two possible worlds differ in nothing else and in outcome.
    pub fn essential(&self) -> Vec<u16> {
        let mut found = Vec::new();
        let mut same = self.marks();
        // Parents stand after their children, and every node of a part is reachable.
        for (node, below) in self.nodes.iter().zip(&self.distinct).rev() {
            let Node::Inner(var, _) = node else { continue };
            if found.contains(var) {
                continue;
            }
            let mut pairs =
                below.iter().enumerate().flat_map(|(i, a)| below[i + 1..].iter().map(move |b| (*a, *b)));
            if pairs.any(|(a, b)| self.differ(a, b, &mut same)) {
                found.push(*var);
            }
        }
        found.sort_unstable();
        found
    }

    /// Whether some completion gives two different outcomes below the two nodes; `same` marks pairs without one.
    fn differ(&self, a: Id, b: Id, same: &mut Marks) -> bool {
        if a == b || a == NOWHERE || b == NOWHERE || same.has(a, b) {
            return false;
        }
        let var = self.level(a).min(self.level(b));
        if var == u16::MAX {
            return true;
        }
        if self.beside(a, b, var).any(|(a, b)| self.differ(a, b, same)) {
            return true;
        }
        same.set(a, b);
        false
    }

    /// The pairs of children of two nodes under the same cell of a variable.
    fn beside(&self, a: Id, b: Id, var: u16) -> impl Iterator<Item = (Id, Id)> {
        let (of_a, of_b) = (self.level(a) == var, self.level(b) == var);
        // When only one of the two looks at the variable, its different children are all there is.
        let (each, count) = match (of_a, of_b) {
            (true, true) => (true, self.masks[usize::from(var)].count_ones() as usize),
            (true, false) => (false, self.distinct[a as usize].len()),
            _ => (false, self.distinct[b as usize].len()),
        };
        let mut last = (Id::MAX, Id::MAX);
        (0..count).filter_map(move |nth| {
            let pair = match (each, of_a) {
                (true, _) => (self.below(a, var, nth), self.below(b, var, nth)),
                (false, true) => (self.distinct[a as usize][nth], b),
                (false, false) => (a, self.distinct[b as usize][nth]),
            };
            let new = pair != last;
            last = pair;
            new.then_some(pair)
        })
    }

    /// Two possible worlds that agree on everything asked and differ in outcome; `None` when there are none, so that
    /// knowing the asked variables settles the outcome.
    pub fn unsettled(&self, asked: &dyn Fn(u16) -> bool) -> Option<Difference> {
        let mut difference = Vec::new();
        let mut same = self.marks();
        self.apart(self.root, self.root, asked, &mut same, &mut difference).then_some(difference)
    }

    fn apart(
        &self,
        a: Id,
        b: Id,
        asked: &dyn Fn(u16) -> bool,
        same: &mut Marks,
        difference: &mut Difference,
    ) -> bool {
        if a == NOWHERE || b == NOWHERE || same.has(a, b) {
            return false;
        }
        let var = self.level(a).min(self.level(b));
        if var == u16::MAX {
            return a != b;
        }
        if self.beside(a, b, var).any(|(a, b)| self.apart(a, b, asked, same, difference)) {
            return true;
        }
        // The two worlds may only part where nobody asks, and parting is of use only where both look.
        if !asked(var) && self.level(a) == self.level(b) {
            let (of_a, of_b) = (&self.distinct[a as usize], &self.distinct[b as usize]);
            for (x, y) in of_a.iter().flat_map(|x| of_b.iter().map(move |y| (*x, *y))) {
                if self.apart(x, y, asked, same, difference) {
                    difference.push(var);
                    return true;
                }
            }
        }
        same.set(a, b);
        false
    }

    /// A way to an outcome: (variable, cell), ascending. Variables that it does not name may take any allowed cell.
    pub fn path_to(&self, outcome: u16) -> Option<Vec<(u16, u8)>> {
        let wanted = self.nodes.iter().position(|n| *n == Node::Outcome(outcome))?;
        let mut leads = vec![false; self.nodes.len()];
        leads[wanted] = true;
        for (at, node) in self.nodes.iter().enumerate() {
            if let Node::Inner(_, children) = node {
                leads[at] = children.iter().any(|c| leads[*c as usize]);
            }
        }
        let mut path = Vec::new();
        let mut at = self.root as usize;
        while let Node::Inner(var, children) = &self.nodes[at] {
            let (cell, child) = bits(self.masks[usize::from(*var)])
                .zip(children)
                .find(|(_, child)| leads[**child as usize])?;
            path.push((*var, cell));
            at = *child as usize;
        }
        (at == wanted).then_some(path)
    }
}

/// Pairs of nodes, each in either order.
struct Marks {
    width: usize,
    bits: Vec<u64>,
}

impl Marks {
    fn at(&self, a: Id, b: Id) -> usize {
        a.min(b) as usize * self.width + a.max(b) as usize
    }

    fn has(&self, a: Id, b: Id) -> bool {
        let at = self.at(a, b);
        self.bits[at / 64] >> (at % 64) & 1 == 1
    }

    fn set(&mut self, a: Id, b: Id) {
        let at = self.at(a, b);
        self.bits[at / 64] |= 1 << (at % 64);
    }
}
