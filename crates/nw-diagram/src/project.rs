//! What is left of diagrams for somebody who sees only some of their variables.
//!
//! A table of patients has columns for a few dozen facts out of hundreds. The others are known equally well of every row,
//! so they can be settled once: a root becomes, for each of its outcomes, a truth diagram over what is seen, true where
//! **some** choice of the hidden cells gives that outcome and keeps every condition. What a row then may come to is
//! exactly what the hidden variables and the row's own masks may come to together, because both are products.

use rustc_hash::FxHashMap;

use crate::store::{Diagrams, FALSE, NONE, NodeId, Store, TRUE};
use crate::walk::{Mask, bits, down};

/// How rows see a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// Not at all: of every row it may be in these cells.
    Hidden(Mask),
    /// In its cells. When `absent`, there is one more cell, "nothing was said", which stands for all others.
    Shown {
        /// The cells that a row can have.
        cells: u8,
        /// Whether rows can say nothing, and not only "any of these".
        absent: bool,
    },
}

impl View {
    /// How many cells rows see.
    pub fn cells(&self) -> u8 {
        match self {
            View::Hidden(_) => 0,
            View::Shown { cells, absent } => cells + u8::from(*absent),
        }
    }
}

/// A condition on worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kept {
    /// Where it holds.
    pub node: NodeId,
    /// It counts only for rows that say something of this variable, which is shown with `absent`.
    pub said: Option<u16>,
}

/// Makes truth diagrams over what is seen; they share one store.
#[derive(Debug)]
pub struct Projection {
    views: Vec<View>,
    store: Store,
    unions: FxHashMap<(NodeId, NodeId), NodeId>,
    /// What became of a root, the outcome wanted of it, and conditions.
    done: FxHashMap<(NodeId, NodeId, Box<[Kept]>), NodeId>,
    /// How many steps may still be taken.
    effort: usize,
}

impl Projection {
    /// Of diagrams whose variables are seen like this, in order.
    pub fn new(views: Vec<View>) -> Projection {
        let cells = views.iter().map(|v| v.cells().max(1)).collect();
        Projection {
            views,
            store: Store::new(cells, usize::MAX),
            unions: FxHashMap::default(),
            done: FxHashMap::default(),
            effort: 0,
        }
    }

    /// The diagrams made so far.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The number of cells of each variable as rows see it.
    pub fn cells(&self) -> Vec<u8> {
        self.views.iter().map(View::cells).collect()
    }

    /// True where some choice of what is hidden leads from `root` to the `wanted` outcome and keeps the conditions.
    ///
    /// `None` when that takes more than `effort` steps.
    /// What was found out on the way is remembered, so that all calls between two of [`Projection::forget`] must be
    /// about the same diagrams.
    pub fn some(
        &mut self,
        from: &Store,
        root: NodeId,
        wanted: NodeId,
        conditions: &[Kept],
        effort: usize,
    ) -> Option<NodeId> {
        self.effort = effort;
        self.go(from, root, wanted, conditions)
    }

    /// Forgets the way to the diagrams made so far, not the diagrams: others follow.
    pub fn forget(&mut self) {
        self.done.clear();
    }

    fn go(&mut self, from: &Store, root: NodeId, wanted: NodeId, conditions: &[Kept]) -> Option<NodeId> {
        if root.is_terminal() && root != wanted {
            return Some(FALSE);
        }
        let fails = |c: &Kept| c.said.is_none() && (c.node == FALSE || c.node == NONE);
        if conditions.iter().any(fails) {
            return Some(FALSE);
        }
        let mut left: Vec<Kept> = conditions.iter().copied().filter(|c| c.node != TRUE).collect();
        if left.is_empty() && root == wanted {
            return Some(TRUE);
        }
        left.sort_unstable();
        left.dedup();
        // Once the outcome is reached only the conditions are left, whatever the outcome was.
        let (root, wanted) = if root == wanted { (TRUE, TRUE) } else { (root, wanted) };
        let key = (root, wanted, left.into_boxed_slice());
        if let Some(found) = self.done.get(&key) {
            return Some(*found);
        }
        self.effort = self.effort.checked_sub(1)?;
        let left = &key.2;
        let top = |c: &Kept| from.level(c.node).min(c.said.unwrap_or(u16::MAX));
        let var = left.iter().map(top).fold(from.level(root), u16::min);
        let result = match self.views[usize::from(var)].clone() {
            View::Hidden(mask) => self.any(from, var, mask, root, wanted, left)?,
            View::Shown { cells, absent } => {
                let mut children = Vec::with_capacity(usize::from(cells) + 1);
                for cell in 0..cells {
                    let next = below(from, var, cell, left, false);
                    children.push(self.go(from, down(from, root, var, cell), wanted, &next)?);
                }
                if absent {
                    // Whoever says nothing agrees with everything.
                    let free: Vec<Kept> = left.iter().copied().filter(|c| c.said != Some(var)).collect();
                    let all = if cells == 64 { Mask::MAX } else { (1 << cells) - 1 };
                    children.push(self.any(from, var, all, root, wanted, &free)?);
                }
                self.store.node(var, &children)
            }
        };
        self.done.insert(key, result);
        Some(result)
    }

    /// The sum over some cells of a variable.
    fn any(
        &mut self,
        from: &Store,
        var: u16,
        mask: Mask,
        root: NodeId,
        wanted: NodeId,
        conditions: &[Kept],
    ) -> Option<NodeId> {
        let mut sum = FALSE;
        let mut last: Option<(NodeId, Vec<Kept>)> = None;
        for cell in bits(mask) {
            let next = (down(from, root, var, cell), below(from, var, cell, conditions, true));
            if last.as_ref() == Some(&next) {
                continue;
            }
            let more = self.go(from, next.0, wanted, &next.1)?;
            sum = self.or(sum, more);
            if sum == TRUE {
                break;
            }
            last = Some(next);
        }
        Some(sum)
    }

    fn or(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if a == TRUE || b == TRUE {
            return TRUE;
        }
        if a == FALSE || a == b {
            return b;
        }
        if b == FALSE {
            return a;
        }
        let key = (a.min(b), a.max(b));
        if let Some(found) = self.unions.get(&key) {
            return *found;
        }
        let var = self.store.level(a).min(self.store.level(b));
        let cells = self.views[usize::from(var)].cells();
        let mut children = Vec::with_capacity(usize::from(cells));
        for cell in 0..cells {
            let (x, y) = (down(&self.store, a, var, cell), down(&self.store, b, var, cell));
            children.push(self.or(x, y));
        }
        let result = self.store.node(var, &children);
        self.unions.insert(key, result);
        result
    }
}

fn below(from: &Store, var: u16, cell: u8, conditions: &[Kept], hidden: bool) -> Vec<Kept> {
    let step = |c: &Kept| {
        let said = if c.said == Some(var) && !hidden { None } else { c.said };
        Kept { node: down(from, c.node, var, cell), said }
    };
    conditions.iter().map(step).collect()
}
