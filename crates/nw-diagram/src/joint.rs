//! Walks that remember: the outcomes of many diagrams under one knowledge, alone or only where a condition holds.
//!
//! A diagram and a condition are walked side by side, so nobody has to build their product. The outcomes of a node
//! without the condition bound those with it from above; a walk ends as soon as it has found all of them, which is
//! nearly always at once.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::store::{Diagrams, FALSE, NONE, NodeId, TRUE};
use crate::walk::{Masks, Scratch, bits, down, reach};

/// A set of outcomes: bit *i* is outcome *i*, and the last bit is every outcome from 63 up.
pub type Outcomes = u64;

const YES: Outcomes = 0b10;
const YES_AND_NO: Outcomes = 0b11;

#[derive(Clone, Copy, Debug, Default)]
struct Mark<T> {
    epoch: u32,
    slot: u32,
    found: T,
}

/// What was found for the nodes that a walk met, by slot: a table as large as what is met, not as the diagrams are. One
/// patient meets a few thousand of a hundred thousand nodes, and an engine remembers several patients' worth.
///
/// A slot stands at its own number modulo the length or in one of the next places that were taken before it. Marks of
/// another epoch are forgotten ones; those of epoch 0 were never made.
#[derive(Debug)]
pub(crate) struct Marks<T> {
    all: Vec<Mark<T>>,
    epoch: u32,
    made: usize,
}

/// How many marks there is room for at first; a power of two, as are all lengths.
const FEWEST: usize = 1 << 10;

impl<T> Default for Marks<T> {
    fn default() -> Marks<T> {
        Marks { all: Vec::new(), epoch: 1, made: 0 }
    }
}

impl<T: Copy + Default> Marks<T> {
    /// Where a slot is marked (`Ok`), or where its mark would go (`Err`). There must be room for one more.
    fn find(&self, slot: u32) -> Result<usize, usize> {
        let within = self.all.len() - 1;
        let mut at = slot as usize & within;
        loop {
            let mark = &self.all[at];
            if mark.epoch != self.epoch {
                return Err(at);
            }
            if mark.slot == slot {
                return Ok(at);
            }
            at = (at + 1) & within;
        }
    }

    pub(crate) fn get(&self, slot: usize) -> Option<T> {
        if self.all.is_empty() {
            return None;
        }
        self.find(slot as u32).ok().map(|at| self.all[at].found)
    }

    pub(crate) fn set(&mut self, slot: usize, found: T) {
        if 2 * self.made >= self.all.len() {
            self.resize((2 * self.all.len()).max(FEWEST));
        }
        let mark = Mark { epoch: self.epoch, slot: slot as u32, found };
        match self.find(mark.slot) {
            Ok(at) => self.all[at] = mark,
            Err(at) => {
                self.all[at] = mark;
                self.made += 1;
            }
        }
    }

    fn resize(&mut self, length: usize) {
        let old = std::mem::replace(&mut self.all, vec![Mark::default(); length]);
        for mark in old.into_iter().filter(|mark| mark.epoch == self.epoch) {
            if let Err(at) = self.find(mark.slot) {
                self.all[at] = mark;
            }
        }
    }

    pub(crate) fn forget(&mut self) {
        // A patient of whom nothing is known meets nearly every node: room for that is given back after others.
        if self.all.len() > 8 * self.made.max(FEWEST) {
            let half = self.all.len() / 2;
            self.all = vec![Mark::default(); half];
            self.epoch = 0;
        }
        self.made = 0;
        self.epoch = self.epoch.checked_add(1).unwrap_or_else(|| {
            self.all.fill(Mark::default());
            1
        });
    }
}

/// What one knowledge makes of the nodes met so far; shared by all walks under the same masks.
#[derive(Debug, Default)]
pub struct Memory {
    marks: Marks<Outcomes>,
    pairs: FxHashMap<(NodeId, NodeId), Outcomes>,
    scratch: Scratch,
    seen: FxHashSet<(NodeId, NodeId)>,
    stack: Vec<(NodeId, NodeId)>,
}

/// Whether two truth diagrams hold together in some world, remembering pairs that never do.
///
/// Most pairs that meet do so on the first path that is tried, so asking costs far less than building both as one.
#[derive(Debug, Default)]
pub struct Meeting {
    apart: FxHashSet<(NodeId, NodeId)>,
}

impl Meeting {
    /// Whether some world keeps both. The diagrams must be reduced and have no other terminals than true and false.
    pub fn meet(&mut self, diagrams: &impl Diagrams, a: NodeId, b: NodeId) -> bool {
        if a == FALSE || b == FALSE || a == NONE || b == NONE {
            return false;
        }
        // A reduced diagram that is not false holds somewhere.
        if a == TRUE || b == TRUE || a == b {
            return true;
        }
        let key = (a.min(b), a.max(b));
        if self.apart.contains(&key) {
            return false;
        }
        let var = diagrams.level(a).min(diagrams.level(b));
        let cells =
            if diagrams.level(a) == var { diagrams.children(a).len() } else { diagrams.children(b).len() };
        let mut last = (NONE, NONE);
        for cell in 0..cells as u8 {
            let pair = (down(diagrams, a, var, cell), down(diagrams, b, var, cell));
            if pair != last && self.meet(diagrams, pair.0, pair.1) {
                return true;
            }
            last = pair;
        }
        self.apart.insert(key);
        false
    }
}

impl Memory {
    /// Forgets everything: other masks, or other diagrams, follow.
    pub fn forget(&mut self) {
        self.marks.forget();
        if self.pairs.capacity() > 8 * self.pairs.len().max(FEWEST) {
            self.pairs = FxHashMap::default();
        } else if !self.pairs.is_empty() {
            self.pairs.clear();
        }
    }

    /// The outcomes that some allowed world gives; `all` are those that the diagram can give at all.
    ///
    /// Exact: see the theorem on the crate's first page. A walk that has met `all` ends early, and what it noted is
    /// exact, too: a node below the root can give no other outcome than the root.
    pub fn outcomes(
        &mut self,
        diagrams: &impl Diagrams,
        root: NodeId,
        masks: &Masks,
        all: Outcomes,
    ) -> Outcomes {
        // Most walks run down one path: follow it without marks until the first fact that is still open.
        let mut node = root;
        loop {
            if let Some(outcome) = node.outcome() {
                return bit(outcome, node);
            }
            let mask = masks[diagrams.var(node) as usize];
            if mask & mask.wrapping_sub(1) != 0 {
                break;
            }
            if mask == 0 {
                return 0;
            }
            node = diagrams.children(node)[mask.trailing_zeros() as usize];
        }
        let slot = diagrams.slot(node);
        if let Some(set) = self.marks.get(slot) {
            return set;
        }
        let mut mask = masks[diagrams.var(node) as usize];
        let mut set = 0;
        let mut last = NodeId(u32::MAX);
        while mask != 0 && set != all {
            let child = diagrams.children(node)[mask.trailing_zeros() as usize];
            mask &= mask - 1;
            if child != last {
                set |= self.outcomes(diagrams, child, masks, all);
                last = child;
            }
        }
        self.marks.set(slot, set);
        set
    }

    /// Whether a condition holds in some allowed world.
    pub fn possible(&mut self, diagrams: &impl Diagrams, condition: NodeId, masks: &Masks) -> bool {
        self.outcomes(diagrams, condition, masks, YES_AND_NO) & YES != 0
    }

    /// The outcomes that some allowed world gives in which the condition holds.
    ///
    /// The diagram must have an outcome in every world: which worlds are possible is for the condition to say.
    pub fn outcomes_where(
        &mut self,
        diagrams: &impl Diagrams,
        root: NodeId,
        condition: NodeId,
        masks: &Masks,
        all: Outcomes,
    ) -> Outcomes {
        let (mut root, mut condition) = (root, condition);
        let (mut var, mut mask);
        let most = loop {
            if condition == FALSE || condition == NONE {
                return 0;
            }
            let most = self.outcomes(diagrams, root, masks, all);
            if condition == TRUE {
                return most;
            }
            if most & most.wrapping_sub(1) == 0 {
                return if most != 0 && self.possible(diagrams, condition, masks) { most } else { 0 };
            }
            var = diagrams.level(root).min(diagrams.level(condition));
            mask = masks[var as usize];
            if mask & mask.wrapping_sub(1) != 0 {
                break most;
            }
            if mask == 0 {
                return 0;
            }
            let cell = mask.trailing_zeros() as u8;
            (root, condition) = (down(diagrams, root, var, cell), down(diagrams, condition, var, cell));
        };
        if let Some(found) = self.pairs.get(&(root, condition)) {
            return *found;
        }
        let mut set = 0;
        let mut last = (NodeId(u32::MAX), NodeId(u32::MAX));
        for cell in bits(mask) {
            let pair = (down(diagrams, root, var, cell), down(diagrams, condition, var, cell));
            if pair != last {
                set |= self.outcomes_where(diagrams, pair.0, pair.1, masks, all);
                last = pair;
            }
            if set == most {
                break;
            }
        }
        self.pairs.insert((root, condition), set);
        set
    }

    /// Calls `found` once or more for every outcome of any number that an allowed world gives in which the condition
    /// holds.
    pub fn each_where(
        &mut self,
        diagrams: &impl Diagrams,
        root: NodeId,
        condition: NodeId,
        masks: &Masks,
        mut found: impl FnMut(u16),
    ) {
        if condition == TRUE {
            return reach(diagrams, root, masks, &mut self.scratch, found);
        }
        let (mut seen, mut stack) = (std::mem::take(&mut self.seen), std::mem::take(&mut self.stack));
        seen.clear();
        stack.push((root, condition));
        while let Some((node, condition)) = stack.pop() {
            if condition == FALSE || condition == NONE {
                continue;
            }
            if let Some(outcome) = node.outcome() {
                if node != NONE && self.possible(diagrams, condition, masks) {
                    found(outcome);
                }
                continue;
            }
            let var = diagrams.level(node).min(diagrams.level(condition));
            let mask = masks[var as usize];
            if mask.count_ones() > 1 && !seen.insert((node, condition)) {
                continue;
            }
            for cell in bits(mask) {
                let pair = (down(diagrams, node, var, cell), down(diagrams, condition, var, cell));
                if stack.last() != Some(&pair) {
                    stack.push(pair);
                }
            }
        }
        (self.seen, self.stack) = (seen, stack);
    }
}

fn bit(outcome: u16, node: NodeId) -> Outcomes {
    if node == NONE { 0 } else { 1 << outcome.min(63) }
}

/// Looks again and again, under growing knowledge gaps, for an outcome other than the one that is forced.
///
/// Keeps what it proved: that below a node nothing else can be reached stays true until a variable below it is freed.
#[derive(Debug)]
pub struct Forced {
    wanted: NodeId,
    /// Pairs below which only the wanted outcome was found, and when; a condition alone stands beside its own node.
    proved: FxHashMap<(NodeId, NodeId), u32>,
    /// For each level, when a variable at that level or below was last freed.
    freed: Vec<u32>,
    now: u32,
    /// Variables met by any proof: freeing another one changes nothing.
    met: Vec<bool>,
}

/// When each of the upper levels was freed before the last time.
#[derive(Debug)]
pub struct Freed(Vec<u32>);

impl Forced {
    /// For diagrams over this many variables that are to give one outcome.
    pub fn new(vars: usize, wanted: u16) -> Forced {
        Forced {
            wanted: NodeId::terminal(wanted),
            proved: FxHashMap::default(),
            freed: vec![0; vars],
            now: 1,
            met: vec![false; vars],
        }
    }

    /// Tells that the masks of these variables are larger from now on; `None` when no proof looked at any of them, so that
    /// everything that was proved stands.
    pub fn free(&mut self, vars: &[u16]) -> Option<Freed> {
        let deepest = vars.iter().copied().filter(|var| self.met[usize::from(*var)]).max()?;
        let above = ..=usize::from(deepest);
        let before = Freed(self.freed[above].to_vec());
        self.now += 1;
        self.freed[above].fill(self.now);
        Some(before)
    }

    /// Tells that the masks are again what they were before.
    ///
    /// What was proved meanwhile stays true: what holds under a larger mask holds under a smaller one.
    pub fn take_back(&mut self, before: &Freed) {
        self.freed[..before.0.len()].copy_from_slice(&before.0);
    }

    /// Whether the outcome of one diagram stays forced when the masks of these variables grew; `masks` already hold the
    /// larger ones. After `false` the caller takes the masks back.
    pub fn holds_without(
        &mut self,
        vars: &[u16],
        diagrams: &impl Diagrams,
        root: NodeId,
        condition: NodeId,
        masks: &Masks,
    ) -> bool {
        let Some(before) = self.free(vars) else { return true };
        let holds = self.holds(diagrams, root, condition, masks);
        if !holds {
            self.take_back(&before);
        }
        holds
    }

    /// Whether every allowed world in which the condition holds gives the wanted outcome.
    pub fn holds(
        &mut self,
        diagrams: &impl Diagrams,
        root: NodeId,
        condition: NodeId,
        masks: &Masks,
    ) -> bool {
        if root == self.wanted || condition == FALSE || condition == NONE || root == NONE {
            return true;
        }
        if root.is_terminal() && condition == TRUE {
            return false;
        }
        let var = diagrams.level(root).min(diagrams.level(condition));
        let level = usize::from(var);
        let key = (root, condition);
        if self.proved.get(&key).is_some_and(|when| *when >= self.freed[level]) {
            return true;
        }
        self.met[level] = true;
        let mask = masks[level];
        if mask.is_power_of_two() {
            // One path leads on; what it leads to is what is worth keeping.
            let cell = mask.trailing_zeros() as u8;
            let (root, condition) = (down(diagrams, root, var, cell), down(diagrams, condition, var, cell));
            return self.holds(diagrams, root, condition, masks);
        }
        let mut last = (NodeId(u32::MAX), NodeId(u32::MAX));
        for cell in bits(mask) {
            let pair = (down(diagrams, root, var, cell), down(diagrams, condition, var, cell));
            if pair != last && !self.holds(diagrams, pair.0, pair.1, masks) {
                return false;
            }
            last = pair;
        }
        self.proved.insert(key, self.now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_until_they_are_forgotten_and_their_room_is_given_back() {
        let mut marks = Marks { all: Vec::new(), epoch: 1, made: 0 };
        assert_eq!(marks.get(7), None);
        // Slots that share their first place, and many of them.
        let slot = |n: usize| n * FEWEST + n % 3;
        let many = 20 * FEWEST;
        for n in 0..many {
            marks.set(slot(n), n as u64);
            marks.set(slot(n), n as u64 + 1);
        }
        assert!((0..many).all(|n| marks.get(slot(n)) == Some(n as u64 + 1)));
        assert_eq!(marks.get(slot(many)), None);
        let largest = marks.all.len();
        assert!(largest < 8 * many, "{largest} places for {many} marks");
        for _ in 0..20 {
            marks.forget();
            assert!((0..many).all(|n| marks.get(slot(n)).is_none()));
            marks.set(3, 1);
            assert_eq!(marks.get(3), Some(1));
        }
        assert!(marks.all.len() <= 8 * FEWEST, "{} places for one mark", marks.all.len());
        marks.epoch = u32::MAX;
        marks.set(4, 2);
        assert_eq!(marks.get(4), Some(2));
        marks.forget();
        assert_eq!(marks.get(4), None, "epochs begin again");
    }
}
