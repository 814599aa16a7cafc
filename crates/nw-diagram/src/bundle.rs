//! Many diagrams walked as one: bits that are set on the way down instead of outcomes at the end.
//!
//! A bundle answers up to 32 questions of yes or no, each of which owns one bit. An edge carries the bits that every
//! world through it sets, so a question ends where it is decided and not where the last one is; questions over unrelated
//! facts stay beside each other instead of multiplying. Bits that all branches of a node set stand on the edge above it:
//! with that, equal functions are equal nodes.
//!
//! What a walk finds is exact: the bits that some allowed world sets, and those that every allowed world sets. Worlds
//! that lead nowhere in one of the diagrams are left out for all of them; so diagrams belong together only when what
//! makes a world impossible for one is possible at all, and does not bind the others more than their own does.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::joint::Marks;
use crate::store::{Diagrams, NONE, NodeId};
use crate::walk::Masks;

/// Everything is decided.
const END: u32 = 0;
/// No world comes here.
const NEVER: u32 = 1;
const FIRST: u32 = 2;

/// How many bits a bundle has.
pub const BITS: u32 = 32;

/// How many bundles a diagram is tried with: those that share most variables with it. More make few bundles less, and
/// bundling takes that many times as long.
const TRIED: usize = 2;

/// Above this many nodes a bundle takes nothing more.
const LARGEST: usize = 4096;

/// A way down: bits to set, and where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Edge {
    bits: u32,
    node: u32,
}

const NOWHERE: Edge = Edge { bits: 0, node: NEVER };

#[derive(Clone, Copy, Debug)]
struct Node {
    first: u32,
    var: u16,
    cells: u8,
}

/// Where a diagram's outcomes are found in a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The diagram, by its position among those that were bundled.
    pub root: u32,
    /// The bit of its first outcome.
    pub shift: u8,
}

/// One bundle.
#[derive(Clone, Debug)]
pub struct Bundle {
    root: Edge,
    /// The diagrams in it.
    pub places: Vec<Place>,
}

/// A diagram that is to be bundled.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Its root.
    pub root: NodeId,
    /// How many bits it takes.
    pub bits: u32,
    /// The bit of outcome 0 is bit 0, and so on; otherwise outcome 1 is bit 0, and outcome 0 sets nothing.
    pub all_outcomes: bool,
}

impl Asked {
    fn bit(self, outcome: u16) -> u32 {
        let outcome = u32::from(outcome);
        if self.all_outcomes { 1 << outcome } else { outcome }
    }
}

/// The bundles of many diagrams, for reading.
#[derive(Clone, Debug, Default)]
pub struct Bundles {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    /// Each with the diagrams that it answers.
    pub all: Vec<Bundle>,
}

/// What one knowledge makes of the nodes of bundles: bits set in some world, and in every world.
#[derive(Debug, Default)]
pub struct Found {
    marks: Marks<(u32, u32)>,
}

impl Bundles {
    /// Bundles the diagrams, in their order, wherever that makes them no larger than they are apart.
    ///
    /// # Panics
    /// When a diagram takes no bit or more than [`BITS`].
    pub fn new(diagrams: &impl Diagrams, asked: &[Asked]) -> Bundles {
        assert!(asked.iter().all(|a| (1..=BITS).contains(&a.bits)), "a diagram takes 1 to 32 bits");
        let mut build = Build::default();
        let mut made: Vec<Made> = Vec::new();
        for (at, asked) in asked.iter().enumerate() {
            let (reads, size) = Reads::of(diagrams, asked.root);
            let free = |m: &&(usize, &Made)| m.1.used + asked.bits <= BITS && m.1.size + size <= LARGEST;
            let mut near: Vec<(u32, usize)> = made
                .iter()
                .enumerate()
                .filter(|m| free(&m))
                .map(|(i, m)| (m.reads.common(&reads), i))
                .filter(|(common, _)| *common > 0)
                .collect();
            near.sort_unstable_by_key(|(common, i)| (Reverse(*common), *i));
            let mut best: Option<(usize, usize, Edge)> = None;
            for (_, i) in near.into_iter().take(TRIED) {
                // There are at least as many pairs as nodes: soon it is clear that it grows too large.
                let most = made[i].size + size + size / 4;
                let Some(edge) = build.both(diagrams, &made[i], *asked, most) else { continue };
                let whole = build.size(edge);
                let grown = whole.saturating_sub(made[i].size);
                if grown <= size
                    && best.is_none_or(|(to, least, _)| grown < least.saturating_sub(made[to].size))
                {
                    best = Some((i, whole, edge));
                }
            }
            if best.is_none() {
                made.push(Made::default());
            }
            let apart = made.len() - 1;
            let (to, size, edge) = match best {
                Some(best) => best,
                None => {
                    let edge = build.both(diagrams, &made[apart], *asked, usize::MAX).unwrap_or(NOWHERE);
                    (apart, build.size(edge), edge)
                }
            };
            let to = &mut made[to];
            to.places.push(Place { root: at as u32, shift: to.used as u8 });
            (to.root, to.size, to.used) = (edge, size, to.used + asked.bits);
            to.reads.add(&reads);
        }
        build.gathered(made)
    }

    /// How many nodes there are.
    pub fn size(&self) -> usize {
        self.nodes.len()
    }

    fn below(&self, node: u32) -> (u16, &[Edge]) {
        let node = self.nodes[(node - FIRST) as usize];
        let first = node.first as usize;
        (node.var, &self.edges[first..first + usize::from(node.cells)])
    }
}

impl Found {
    /// Forgets everything: other masks, or other bundles, follow.
    pub fn forget(&mut self) {
        self.marks.forget();
    }

    /// The bits that some allowed world sets, and those that every allowed world sets; some world must be allowed.
    pub fn read(&mut self, bundles: &Bundles, bundle: &Bundle, masks: &Masks) -> (u32, u32) {
        let Edge { bits, node } = bundle.root;
        let (some, every) = self.walk(bundles, node, masks);
        (some | bits, every | bits)
    }

    /// Where no world comes, every bit is set and none is.
    fn walk(&mut self, bundles: &Bundles, mut node: u32, masks: &Masks) -> (u32, u32) {
        let mut set = 0;
        let (var, edges) = loop {
            if node < FIRST {
                return if node == END { (set, set) } else { (0, u32::MAX) };
            }
            let (var, edges) = bundles.below(node);
            let mask = masks[usize::from(var)];
            if mask & mask.wrapping_sub(1) != 0 {
                break (var, edges);
            }
            if mask == 0 {
                return (0, u32::MAX);
            }
            let edge = edges[mask.trailing_zeros() as usize];
            set |= edge.bits;
            node = edge.node;
        };
        let slot = node as usize;
        let (some, every) = self.marks.get(slot).unwrap_or_else(|| {
            let mut mask = masks[usize::from(var)];
            let (mut some, mut every) = (0, u32::MAX);
            let mut last = NOWHERE;
            while mask != 0 {
                let edge = edges[mask.trailing_zeros() as usize];
                mask &= mask - 1;
                if edge == last || edge.node == NEVER {
                    continue;
                }
                last = edge;
                let below = self.walk(bundles, edge.node, masks);
                if below.1 & !below.0 == 0 {
                    some |= below.0 | edge.bits;
                    every &= below.1 | edge.bits;
                }
            }
            self.marks.set(slot, (some, every));
            (some, every)
        });
        if every & !some != 0 { (some, every) } else { (some | set, every | set) }
    }
}

/// A bundle that is being made.
struct Made {
    root: Edge,
    size: usize,
    used: u32,
    reads: Reads,
    places: Vec<Place>,
}

impl Default for Made {
    fn default() -> Made {
        let root = Edge { bits: 0, node: END };
        Made { root, size: 0, used: 0, reads: Reads::default(), places: Vec::new() }
    }
}

/// The variables that a diagram reads, a bit for each.
#[derive(Default)]
struct Reads(Vec<u64>);

impl Reads {
    /// And how many nodes the diagram has.
    fn of(diagrams: &impl Diagrams, root: NodeId) -> (Reads, usize) {
        let (mut reads, mut seen) = (Reads::default(), FxHashSet::default());
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            if node.is_terminal() || !seen.insert(node) {
                continue;
            }
            let var = usize::from(diagrams.var(node));
            reads.0.resize(reads.0.len().max(var / 64 + 1), 0);
            reads.0[var / 64] |= 1 << (var % 64);
            stack.extend_from_slice(diagrams.children(node));
        }
        (reads, seen.len())
    }

    fn common(&self, other: &Reads) -> u32 {
        self.0.iter().zip(&other.0).map(|(a, b)| (a & b).count_ones()).sum()
    }

    fn add(&mut self, other: &Reads) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }
}

/// Nodes while bundles are made; what is given up stays behind.
#[derive(Default)]
struct Build {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    unique: FxHashMap<(u16, Box<[Edge]>), u32>,
}

/// Pairs of a bundle's node and a diagram's, with what both are together.
type Pairs = FxHashMap<(u32, NodeId), Edge>;

impl Build {
    fn below(&self, node: u32) -> (u16, &[Edge]) {
        let node = self.nodes[(node - FIRST) as usize];
        let first = node.first as usize;
        (node.var, &self.edges[first..first + usize::from(node.cells)])
    }

    /// The bundle with one more diagram; `None` when that takes more than `most` pairs of nodes.
    fn both(&mut self, diagrams: &impl Diagrams, to: &Made, asked: Asked, most: usize) -> Option<Edge> {
        let mut pairs = Pairs::default();
        let found = self.pair(diagrams, (to.root.node, asked.root), (asked, to.used), most, &mut pairs)?;
        Some(Edge { bits: found.bits | to.root.bits, node: found.node })
    }

    fn pair(
        &mut self,
        diagrams: &impl Diagrams,
        (node, root): (u32, NodeId),
        (asked, shift): (Asked, u32),
        most: usize,
        pairs: &mut Pairs,
    ) -> Option<Edge> {
        if node == NEVER || root == NONE {
            return Some(NOWHERE);
        }
        if let Some(outcome) = root.outcome() {
            return Some(Edge { bits: asked.bit(outcome) << shift, node });
        }
        if let Some(found) = pairs.get(&(node, root)) {
            return Some(*found);
        }
        if pairs.len() >= most {
            return None;
        }
        let ours = if node == END { u16::MAX } else { self.below(node).0 };
        let theirs = diagrams.var(root);
        let cells = if theirs <= ours { diagrams.children(root).len() } else { self.below(node).1.len() };
        let mut edges = Vec::with_capacity(cells);
        for cell in 0..cells {
            let down = if ours <= theirs { self.below(node).1[cell] } else { Edge { bits: 0, node } };
            let next = if theirs <= ours { diagrams.children(root)[cell] } else { root };
            let found = self.pair(diagrams, (down.node, next), (asked, shift), most, pairs)?;
            let nowhere = found.node == NEVER;
            edges.push(if nowhere { NOWHERE } else { Edge { bits: found.bits | down.bits, ..found } });
        }
        let found = self.node(ours.min(theirs), edges);
        pairs.insert((node, root), found);
        Some(found)
    }

    /// The node with these edges, without what they all set.
    fn node(&mut self, var: u16, mut edges: Vec<Edge>) -> Edge {
        let led = |e: &&Edge| e.node != NEVER;
        let bits = edges.iter().filter(led).fold(u32::MAX, |all, e| all & e.bits);
        if !edges.iter().any(|e| e.node != NEVER) {
            return NOWHERE;
        }
        edges.iter_mut().for_each(|e| e.bits &= !bits);
        if edges.iter().all(|e| *e == edges[0]) {
            return Edge { bits, node: edges[0].node };
        }
        let key = (var, edges.into_boxed_slice());
        if let Some(node) = self.unique.get(&key) {
            return Edge { bits, node: *node };
        }
        let node = FIRST + self.nodes.len() as u32;
        self.nodes.push(Node { first: self.edges.len() as u32, var, cells: key.1.len() as u8 });
        self.edges.extend_from_slice(&key.1);
        self.unique.insert(key, node);
        Edge { bits, node }
    }

    fn size(&self, root: Edge) -> usize {
        let mut seen = FxHashSet::default();
        let mut stack = vec![root.node];
        while let Some(node) = stack.pop() {
            if node >= FIRST && seen.insert(node) {
                stack.extend(self.below(node).1.iter().map(|e| e.node));
            }
        }
        seen.len()
    }

    /// Only what the bundles need, each node before those below it.
    fn gathered(&self, made: Vec<Made>) -> Bundles {
        let mut renamed: FxHashMap<u32, u32> = FxHashMap::from_iter([(END, END), (NEVER, NEVER)]);
        let mut kept = Vec::new();
        for bundle in &made {
            let mut stack = vec![bundle.root.node];
            while let Some(node) = stack.pop() {
                if renamed.contains_key(&node) {
                    continue;
                }
                renamed.insert(node, FIRST + kept.len() as u32);
                kept.push(node);
                stack.extend(self.below(node).1.iter().rev().map(|e| e.node));
            }
        }
        let renamed = |edge: Edge| Edge { bits: edge.bits, node: renamed[&edge.node] };
        let mut bundles = Bundles::default();
        for node in kept {
            let (var, below) = self.below(node);
            let first = bundles.edges.len() as u32;
            bundles.nodes.push(Node { first, var, cells: below.len() as u8 });
            bundles.edges.extend(below.iter().map(|e| renamed(*e)));
        }
        bundles.all = made.into_iter().map(|m| Bundle { root: renamed(m.root), places: m.places }).collect();
        bundles
    }
}
