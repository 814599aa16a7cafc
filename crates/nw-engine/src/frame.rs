//! What rules and reports still demand of one patient, group by group.
//!
//! Worlds are a product: of what each group of tied variables may be together, and of every other variable on its own. So a
//! diagram loses an outcome only to groups of which it reads something; the others need not be walked beside it.

use nw_diagram::{Memory, NodeId, Overlay, TRUE, support};
use nw_guideline::CompiledGuideline;
use rustc_hash::FxHashMap;

use crate::worlds::evidence;

/// A set of variables, or of other things that have a number. The empty set may be shorter than others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Vars(Vec<u64>);

impl Vars {
    pub(crate) fn of(vars: impl IntoIterator<Item = u16>, count: usize) -> Vars {
        let mut set = Vars(vec![0; count.div_ceil(64)]);
        vars.into_iter().for_each(|v| set.0[usize::from(v) / 64] |= 1 << (v % 64));
        set
    }

    pub(crate) fn meets(&self, other: &Vars) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    pub(crate) fn has(&self, var: u16) -> bool {
        self.0.get(usize::from(var) / 64).is_some_and(|word| word >> (var % 64) & 1 == 1)
    }

    pub(crate) fn insert(&mut self, var: u16) {
        self.0[usize::from(var) / 64] |= 1 << (var % 64);
    }

    pub(crate) fn remove(&mut self, var: u16) {
        self.0[usize::from(var) / 64] &= !(1 << (var % 64));
    }

    /// The least of them.
    pub(crate) fn first(&self) -> Option<u16> {
        let (at, word) = self.0.iter().enumerate().find(|(_, word)| **word != 0)?;
        Some((64 * at) as u16 + word.trailing_zeros() as u16)
    }

    /// What is in both.
    pub(crate) fn common(&self, other: &Vars) -> Vars {
        Vars(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u16> {
        let bits = |(at, word): (usize, &u64)| {
            let rest = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
            let words = std::iter::successors(Some(*word).filter(|word| *word != 0), rest);
            words.map(move |word| (64 * at) as u16 + word.trailing_zeros() as u16)
        };
        self.0.iter().enumerate().flat_map(bits)
    }

    pub(crate) fn add(&mut self, other: &Vars) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    pub(crate) fn add_common(&mut self, a: &Vars, b: &Vars) {
        self.0.iter_mut().zip(a.0.iter().zip(&b.0)).for_each(|(to, (a, b))| *to |= a & b);
    }

    pub(crate) fn clear(&mut self) {
        self.0.fill(0);
    }

    /// The variables that have more than one cell left.
    pub(crate) fn set_open(&mut self, masks: &[u64]) {
        for (word, masks) in self.0.iter_mut().zip(masks.chunks(64)) {
            *word = masks
                .iter()
                .enumerate()
                .fold(0, |all, (i, mask)| all | u64::from(mask & mask.wrapping_sub(1) != 0) << i);
        }
    }
}

/// Open variables that rules or reports tie together, and where these are kept.
struct Group {
    vars: Vars,
    condition: NodeId,
}

/// How many groups are told apart; further ones are taken as one.
const MOST_GROUPS: usize = 64;

/// Rules and reports worked into conditions, for one piece of knowledge and all that only narrows it.
pub(crate) struct Frame<'g> {
    masks: Vec<u64>,
    agreements: Vec<usize>,
    /// The guideline's nodes with those of the conditions.
    pub(crate) overlay: Overlay<'g>,
    groups: Vec<Group>,
    /// Every variable of a group.
    tied: Vars,
    /// Conditions of several groups together, by the bits of the groups.
    together: FxHashMap<u64, NodeId>,
}

impl<'g> Frame<'g> {
    pub(crate) fn new(guideline: &'g CompiledGuideline, masks: &[u64], agreements: &[usize]) -> Frame<'g> {
        let count = guideline.space.len();
        let mut overlay = Overlay::new(&guideline.store);
        let mut groups: Vec<Group> = Vec::new();
        let mut memory = Memory::default();
        for rule in &guideline.rules {
            if memory.outcomes(&guideline.store, rule.kept, masks, 0b11) == 0b10 {
                continue;
            }
            let kept = overlay.under(rule.kept, TRUE, masks);
            let condition = overlay.kept_only(kept);
            let vars = Vars::of(support(&overlay, condition), count);
            join(&mut overlay, &mut groups, masks, Group { vars, condition });
        }
        if !agreements.is_empty() {
            let condition = evidence(guideline, &mut overlay, masks, agreements);
            let vars = Vars::of(support(&overlay, condition), count);
            join(&mut overlay, &mut groups, masks, Group { vars, condition });
        }
        while groups.len() > MOST_GROUPS {
            let Some(last) = groups.pop() else { break };
            let Some(other) = groups.last_mut() else { break };
            other.condition = overlay.under(other.condition, last.condition, masks);
            other.vars.add(&last.vars);
        }
        let mut tied = Vars::of([], count);
        groups.iter().for_each(|group| tied.add(&group.vars));
        let (masks, agreements) = (masks.to_vec(), agreements.to_vec());
        Frame { masks, agreements, overlay, groups, tied, together: FxHashMap::default() }
    }

    /// How many nodes were made for it and what was built on it.
    pub(crate) fn grown(&self) -> usize {
        self.overlay.own()
    }

    /// What must hold, group by group.
    pub(crate) fn conditions(&self) -> Vec<NodeId> {
        self.groups.iter().map(|group| group.condition).collect()
    }

    /// Whether it speaks of this knowledge, too.
    pub(crate) fn holds_for(&self, masks: &[u64], agreements: &[usize]) -> bool {
        self.agreements == agreements && masks.iter().zip(&self.masks).all(|(mask, wider)| mask & !wider == 0)
    }

    /// Whether some world keeps everything. The memory must be about these masks.
    pub(crate) fn possible(&self, memory: &mut Memory, masks: &[u64]) -> bool {
        self.groups.iter().all(|group| memory.possible(&self.overlay, group.condition, masks))
    }

    /// Whether some world keeps what is tied to these variables. The memory must be about these masks.
    pub(crate) fn possible_for(&self, memory: &mut Memory, masks: &[u64], vars: &Vars) -> bool {
        let mut met = self.groups.iter().filter(|group| group.vars.meets(vars));
        met.all(|group| memory.possible(&self.overlay, group.condition, masks))
    }

    /// The variables of each group.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &Vars> {
        self.groups.iter().map(|group| &group.vars)
    }

    /// What must hold beside a diagram that reads these variables.
    pub(crate) fn condition(&mut self, reads: &Vars) -> NodeId {
        if !self.tied.meets(reads) {
            return TRUE;
        }
        let met = |(at, group): (usize, &Group)| u64::from(group.vars.meets(reads)) << at;
        let bits = self.groups.iter().enumerate().map(met).fold(0, |all, bit| all | bit);
        if bits.is_power_of_two() {
            return self.groups[bits.trailing_zeros() as usize].condition;
        }
        if let Some(found) = self.together.get(&bits) {
            return *found;
        }
        let mut all = TRUE;
        for (_, group) in self.groups.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1) {
            all = self.overlay.under(group.condition, all, &self.masks);
        }
        self.together.insert(bits, all);
        all
    }
}

/// Puts a group in its place: with all others that share a variable with it.
fn join(overlay: &mut Overlay<'_>, groups: &mut Vec<Group>, masks: &[u64], mut new: Group) {
    // What is never kept is met by every diagram that reads something of it, and by [`Frame::possible`].
    let mut at = 0;
    while at < groups.len() {
        if groups[at].vars.meets(&new.vars) {
            let other = groups.swap_remove(at);
            new.condition = overlay.under(new.condition, other.condition, masks);
            new.vars.add(&other.vars);
        } else {
            at += 1;
        }
    }
    groups.push(new);
}
