//! Truth diagrams for many rows at once: one bit for each row, no branch for any of them.
//!
//! A row's knowledge is a product of masks, as everywhere in this crate. Turned on its side it is one bitmap for each
//! (variable, cell): the rows of which the variable **may be** in that cell. A diagram is then computed from its
//! terminals upward, once for a whole block of rows:
//!
//! > *may(node) = ⋁ over different children of (some cell that leads there may be) ∧ may(child)*
//!
//! In an ordered diagram each variable occurs at most once on a path, so this is the theorem of the first page, said of
//! all rows of the block together: bit *r* of *may(root)* is set exactly when some completion of row *r* makes the root
//! true. How much is missing changes nothing: there is no branch, and a mask of many cells costs what one of one cell
//! costs. Upward rather than downward, because roots share what lies below them: a node is computed once for all of
//! them, written once, and forgotten when the last of its parents has read it.

use rustc_hash::FxHashMap;

use crate::store::{Diagrams, FALSE, NONE, NodeId, TRUE};
use crate::walk::Mask;

/// One bit for each row of a block: `WORDS` × 64 rows.
pub type Lane<const WORDS: usize> = [u64; WORDS];

/// Cells of one variable that lead to the same child, as the sum of their bitmaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Edge {
    var: u16,
    mask: u64,
}

/// What a node adds up: an edge, and the register of the child below it.
#[derive(Clone, Copy, Debug)]
struct Term {
    edge: u32,
    /// [`ALWAYS`] for the terminal "true".
    below: u32,
}

/// The register that needs none: the child is true.
const ALWAYS: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Step {
    terms: (u32, u32),
    register: u32,
}

/// Where the answer of a root stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Never,
    Always,
    Register(u32),
}

/// Truth diagrams, laid out to be computed for blocks of rows.
#[derive(Clone, Debug)]
pub struct Sliced {
    /// For each variable where its bitmaps begin among the planes.
    first: Vec<u32>,
    planes: usize,
    edges: Vec<Edge>,
    terms: Vec<Term>,
    steps: Vec<Step>,
    roots: Vec<Place>,
    registers: usize,
}

/// The memory of one computation, reused from block to block.
#[derive(Clone, Debug, Default)]
pub struct Registers<const WORDS: usize> {
    edges: Vec<Lane<WORDS>>,
    nodes: Vec<Lane<WORDS>>,
}

impl Sliced {
    /// Lays out diagrams over variables with these numbers of cells.
    ///
    /// The roots have no other terminals than true, false and [`NONE`], which is taken as false. Variables above
    /// `cells.len()` must not occur.
    pub fn new(diagrams: &impl Diagrams, cells: &[u8], roots: &[NodeId]) -> Sliced {
        let mut first = Vec::with_capacity(cells.len());
        let mut planes = 0;
        for count in cells {
            first.push(planes as u32);
            planes += usize::from(*count);
        }
        let mut plan = Sliced {
            first,
            planes,
            edges: Vec::new(),
            terms: Vec::new(),
            steps: Vec::new(),
            roots: Vec::new(),
            registers: 0,
        };
        let order = below_first(diagrams, roots);
        let position: FxHashMap<NodeId, u32> =
            order.iter().enumerate().map(|(at, node)| (*node, at as u32)).collect();
        let never = |node: NodeId| node == FALSE || node == NONE;
        // A root's register is read at the end, a node's by the last of its parents.
        let mut last: Vec<u32> = (0..order.len() as u32).collect();
        for (at, node) in order.iter().enumerate() {
            for child in diagrams.children(*node).iter().filter(|c| !c.is_terminal()) {
                last[position[child] as usize] = at as u32;
            }
        }
        for root in roots.iter().filter(|r| !r.is_terminal()) {
            last[position[root] as usize] = u32::MAX;
        }
        let mut ends: Vec<Vec<u32>> = vec![Vec::new(); order.len()];
        for (at, last) in last.iter().enumerate() {
            if let Some(list) = ends.get_mut(*last as usize) {
                list.push(at as u32);
            }
        }
        let mut register_of = vec![0u32; order.len()];
        let mut free: Vec<u32> = Vec::new();
        let mut edges: FxHashMap<Edge, u32> = FxHashMap::default();
        for (at, node) in order.iter().enumerate() {
            let (var, begin) = (diagrams.var(*node), plan.terms.len() as u32);
            let mut by_child: Vec<(NodeId, u64)> = Vec::new();
            for (cell, child) in diagrams.children(*node).iter().enumerate().filter(|(_, c)| !never(**c)) {
                match by_child.iter_mut().find(|(known, _)| known == child) {
                    Some((_, mask)) => *mask |= 1 << cell,
                    None => by_child.push((*child, 1 << cell)),
                }
            }
            for (child, mask) in by_child {
                let edge = *edges.entry(Edge { var, mask }).or_insert_with_key(|edge| {
                    plan.edges.push(*edge);
                    plan.edges.len() as u32 - 1
                });
                let below = if child == TRUE { ALWAYS } else { register_of[position[&child] as usize] };
                plan.terms.push(Term { edge, below });
            }
            // Written at once, so that it may take the place of a child that nobody else reads.
            free.extend(
                ends[at].iter().filter(|child| **child != at as u32).map(|c| register_of[*c as usize]),
            );
            let register = free.pop().unwrap_or_else(|| {
                plan.registers += 1;
                plan.registers as u32 - 1
            });
            register_of[at] = register;
            plan.steps.push(Step { terms: (begin, plan.terms.len() as u32), register });
        }
        let place = |root: &NodeId| match *root {
            root if never(root) => Place::Never,
            root if root.is_terminal() => Place::Always,
            root => Place::Register(register_of[position[&root] as usize]),
        };
        plan.roots = roots.iter().map(place).collect();
        plan
    }

    /// How many bitmaps a block of rows has: one for each cell of each variable, in order.
    pub fn planes(&self) -> usize {
        self.planes
    }

    /// Where the bitmaps of a variable begin.
    pub fn plane(&self, var: u16) -> usize {
        self.first[usize::from(var)] as usize
    }

    /// Whether a diagram looks at a variable.
    pub fn reads(&self, var: u16) -> bool {
        self.edges.iter().any(|edge| edge.var == var)
    }

    /// How many diagrams are computed.
    pub fn roots(&self) -> usize {
        self.roots.len()
    }

    /// Nodes and edges that a block costs.
    pub fn size(&self) -> (usize, usize) {
        (self.steps.len(), self.terms.len())
    }

    /// Computes every root for a block of rows; ask for them with [`Sliced::root`].
    ///
    /// # Panics
    /// When there are fewer bitmaps than [`Sliced::planes`].
    pub fn run<const WORDS: usize>(&self, planes: &[Lane<WORDS>], memory: &mut Registers<WORDS>) {
        let Registers { edges, nodes } = memory;
        edges.resize(self.edges.len(), [0; WORDS]);
        nodes.resize(self.registers, [0; WORDS]);
        for (edge, sum) in self.edges.iter().zip(edges.iter_mut()) {
            let first = self.plane(edge.var);
            let mut left = edge.mask;
            *sum = planes[first + left.trailing_zeros() as usize];
            left &= left - 1;
            while left != 0 {
                add(sum, &planes[first + left.trailing_zeros() as usize]);
                left &= left - 1;
            }
        }
        for step in &self.steps {
            let mut sum = [0; WORDS];
            for term in &self.terms[step.terms.0 as usize..step.terms.1 as usize] {
                let edge = &edges[term.edge as usize];
                if term.below == ALWAYS {
                    add(&mut sum, edge);
                } else {
                    add_both(&mut sum, edge, &nodes[term.below as usize]);
                }
            }
            nodes[step.register as usize] = sum;
        }
    }

    /// Whether a root may be true, for each row of the block computed last.
    pub fn root<const WORDS: usize>(&self, root: usize, memory: &Registers<WORDS>) -> Lane<WORDS> {
        match self.roots[root] {
            Place::Never => [0; WORDS],
            Place::Always => [u64::MAX; WORDS],
            Place::Register(register) => memory.nodes[register as usize],
        }
    }
}

/// Turns the masks of rows, in order, into one bitmap for each cell; rows beyond the last have no cell.
pub fn turned<const WORDS: usize>(masks: &[Mask], planes: &mut [Lane<WORDS>]) {
    planes.fill([0; WORDS]);
    for (word, masks) in masks.chunks(64).take(WORDS).enumerate() {
        if let [first, rest @ ..] = masks
            && rest.iter().all(|m| m == first)
        {
            let all = if masks.len() == 64 { u64::MAX } else { (1 << masks.len()) - 1 };
            for (cell, plane) in planes.iter_mut().enumerate().filter(|(cell, _)| first >> cell & 1 == 1) {
                debug_assert!(cell < 64, "a mask has 64 cells");
                plane[word] = all;
            }
            continue;
        }
        for (byte, planes) in planes.chunks_mut(8).enumerate() {
            let mut found = [0u64; 8];
            for (eight, masks) in masks.chunks(8).enumerate() {
                let of = |sum, (row, mask): (usize, &u64)| sum | (mask >> (8 * byte) & 0xff) << (8 * row);
                let turned = turned_eight(masks.iter().enumerate().fold(0, of));
                for (cell, found) in found.iter_mut().enumerate() {
                    *found |= (turned >> (8 * cell) & 0xff) << (8 * eight);
                }
            }
            for (plane, found) in planes.iter_mut().zip(found) {
                plane[word] = found;
            }
        }
    }
}

/// Eight rows of eight bits become eight columns.
fn turned_eight(mut x: u64) -> u64 {
    let mut t = (x ^ x >> 7) & 0x00aa_00aa_00aa_00aa;
    x ^= t ^ t << 7;
    t = (x ^ x >> 14) & 0x0000_cccc_0000_cccc;
    x ^= t ^ t << 14;
    t = (x ^ x >> 28) & 0x0000_0000_f0f0_f0f0;
    x ^ t ^ t << 28
}

#[inline(always)]
fn add<const WORDS: usize>(sum: &mut Lane<WORDS>, more: &Lane<WORDS>) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum |= more;
    }
}

#[inline(always)]
fn add_both<const WORDS: usize>(sum: &mut Lane<WORDS>, edge: &Lane<WORDS>, below: &Lane<WORDS>) {
    for ((sum, edge), below) in sum.iter_mut().zip(edge).zip(below) {
        *sum |= edge & below;
    }
}

/// Every inner node below the roots, children before their parents, near those that read them.
fn below_first(diagrams: &impl Diagrams, roots: &[NodeId]) -> Vec<NodeId> {
    let mut order = Vec::new();
    let mut seen: FxHashMap<NodeId, bool> = FxHashMap::default();
    let mut stack: Vec<NodeId> = Vec::new();
    for root in roots {
        stack.push(*root);
        while let Some(node) = stack.last().copied() {
            if node.is_terminal() {
                stack.pop();
                continue;
            }
            match seen.get(&node) {
                Some(true) => {
                    stack.pop();
                }
                Some(false) => {
                    stack.pop();
                    seen.insert(node, true);
                    order.push(node);
                }
                None => {
                    seen.insert(node, false);
                    stack.extend(diagrams.children(node).iter().rev().filter(|c| !seen.contains_key(c)));
                }
            }
        }
    }
    order
}
