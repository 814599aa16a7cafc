//! Rows of one kind hold their facts together in the same way: the same ties are live, and a world exists or none does.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::evaluate::{Refined, Rows, Worker};
use super::live::{Status, reached, status, widened};
use super::plan::{Group, Part};
use super::reads::Facts;

/// Statuses, sets of ties and components by number; shared by all threads.
#[derive(Default)]
pub(crate) struct Seen {
    statuses: FxHashMap<Status, u32>,
    list: Vec<Status>,
    /// For each tie what its parts make of it.
    of_key: FxHashMap<(usize, Box<[u32]>), u32>,
    /// Sets of live ties with their statuses.
    sets: FxHashMap<Vec<(usize, u32)>, u32>,
    /// Whether ties that hang together allow a world, by what they look at.
    worlds: FxHashMap<(u32, Box<[u32]>), bool>,
}

/// Answers that are remembered; then memory begins anew.
const REMEMBERED: usize = 1 << 17;

impl Seen {
    fn number(&mut self, status: Status) -> u32 {
        let next = self.list.len() as u32;
        let list = &mut self.list;
        *self.statuses.entry(status).or_insert_with_key(|status| {
            list.push(status.clone());
            next
        })
    }

    /// The number of a set of live ties; sets that differ in any status have different numbers.
    fn set(&mut self, ties: Vec<(usize, u32)>) -> u32 {
        let next = self.sets.len() as u32 + 1;
        *self.sets.entry(ties).or_insert(next)
    }
}

/// One kind of rows.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    /// Live ties with the number of their status and the open facts that they tie.
    live: Vec<(usize, u32, Vec<u16>)>,
    /// Whether the row allows a world.
    possible: bool,
}

/// The kinds of the rows of a unit.
pub(crate) struct Kinds {
    pub of_row: Vec<u32>,
    pub list: Vec<Kind>,
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker<'_, '_> {
    /// Finds the kinds of rows in a unit.
    pub(crate) fn kinds(&mut self, rows: &Rows<'_>) -> Kinds {
        let plan = self.plan;
        let mut ids = Refined::all(rows.count);
        let mut varying: Vec<usize> = Vec::new();
        let mut of_tie: Vec<Vec<u32>> = Vec::new();
        let mut always: Vec<(usize, u32)> = Vec::new();
        for tie in 0..plan.ties.len() {
            let column = self.statuses(tie, rows);
            let first = column.first().copied().unwrap_or(0);
            if column.iter().all(|s| *s == first) {
                always.push((tie, first));
            } else {
                ids = ids.by(&column);
                varying.push(tie);
                of_tie.push(column);
            }
        }
        let mut list: Vec<Kind> = Vec::with_capacity(ids.first.len());
        {
            let seen = lock(&self.shared.seen);
            for row in &ids.first {
                let own = varying.iter().zip(&of_tie).map(|(tie, column)| (*tie, column[*row as usize]));
                let mut kind = Kind { live: Vec::new(), possible: true };
                for (tie, number) in always.iter().copied().chain(own) {
                    match &seen.list[number as usize] {
                        Status::Kept => {}
                        Status::Broken => kind.possible = false,
                        Status::Live(open) => kind.live.push((tie, number, open.clone())),
                    }
                }
                kind.live.sort_unstable();
                list.push(kind);
            }
        }
        // What derivations or two columns find to contradict itself allows no world either.
        let mut flags = vec![u32::from(plan.twice); rows.count];
        for group in 0..plan.derived.len() {
            let clash = rows.part(Part::Clash(group));
            flags.iter_mut().zip(clash).for_each(|(flag, clash)| *flag |= u32::from(*clash != 0));
        }
        self.impossible(rows, &ids, &list, &mut flags);
        let split = ids.by(&flags);
        let kinds = split.first.iter().map(|row| {
            let mut kind = list[ids.of_row[*row as usize] as usize].clone();
            kind.possible &= flags[*row as usize] == 0;
            kind
        });
        let list = kinds.collect();
        Kinds { of_row: split.of_row, list }
    }

    /// For each row the number of what it makes of a tie.
    fn statuses(&mut self, tie: usize, rows: &Rows<'_>) -> Vec<u32> {
        let plan = self.plan;
        let (_, parts, _) = &plan.ties[tie];
        let ids = parts.iter().fold(Refined::all(rows.count), |ids, part| ids.by(rows.part(*part)));
        let of_id: Vec<u32> = ids.first.iter().map(|row| self.status(tie, rows, *row as usize)).collect();
        ids.of_row.iter().map(|id| of_id[*id as usize]).collect()
    }

    fn status(&mut self, at: usize, rows: &Rows<'_>, row: usize) -> u32 {
        let plan = self.plan;
        let (tie, parts, columns) = &plan.ties[at];
        let key: Box<[u32]> = parts.iter().map(|part| rows.part(*part)[row]).collect();
        let key = (at, key);
        if let Some(known) = lock(&self.shared.seen).of_key.get(&key) {
            return *known;
        }
        let facts = self.facts(columns.iter().map(|c| (*c, rows.exact(*c)[row])));
        let knowledge = self.engine.blank().know(&facts, &[], &[]);
        let masks = widened(plan.guideline, &knowledge, &plan.touched);
        let found = status(plan.guideline, tie, &masks);
        let mut seen = lock(&self.shared.seen);
        let number = seen.number(found);
        if seen.of_key.len() >= REMEMBERED {
            seen.of_key.clear();
        }
        seen.of_key.insert(key, number);
        number
    }

    /// Marks rows whose live ties, together, leave no world; a live tie alone leaves one.
    fn impossible(&mut self, rows: &Rows<'_>, ids: &Refined, list: &[Kind], flags: &mut [u32]) {
        let plan = self.plan;
        let mut sets: FxHashMap<Vec<(usize, u32)>, Vec<bool>> = FxHashMap::default();
        for (at, kind) in list.iter().enumerate().filter(|(_, kind)| kind.possible) {
            for component in components(&kind.live) {
                if component.len() > 1 {
                    sets.entry(component).or_insert_with(|| vec![false; list.len()])[at] = true;
                }
            }
        }
        let mut sets: Vec<_> = sets.into_iter().collect();
        sets.sort();
        for (component, concerns) in sets {
            let mut parts: Vec<Part> =
                component.iter().flat_map(|(tie, _)| plan.ties[*tie].1.clone()).collect();
            parts.sort_unstable();
            parts.dedup();
            let number = lock(&self.shared.seen).set(component);
            let concerned: Vec<u32> = ids.of_row.iter().map(|id| u32::from(concerns[*id as usize])).collect();
            let mut inner = Refined::all(rows.count).by(&concerned);
            for part in &parts {
                let classes = rows.part(*part).iter().zip(&concerned);
                // Rows that are not concerned stay together.
                inner = inner.by(&classes
                    .map(|(class, concerned)| if *concerned == 1 { *class } else { 0 })
                    .collect::<Vec<_>>());
            }
            let columns = plan.needed(&parts);
            let none: Vec<bool> = inner
                .first
                .iter()
                .map(|row| {
                    let row = *row as usize;
                    concerned[row] == 1 && !self.world(number, &parts, &columns, rows, row)
                })
                .collect();
            flags.iter_mut().zip(&inner.of_row).for_each(|(flag, id)| *flag |= u32::from(none[*id as usize]));
        }
    }

    fn world(&mut self, set: u32, parts: &[Part], columns: &[usize], rows: &Rows<'_>, row: usize) -> bool {
        let key: Box<[u32]> = parts.iter().map(|part| rows.part(*part)[row]).collect();
        let key = (set, key);
        if let Some(known) = lock(&self.shared.seen).worlds.get(&key) {
            return *known;
        }
        let facts = self.facts(columns.iter().map(|c| (*c, rows.exact(*c)[row])));
        let found = self.engine.allows(&facts);
        let mut seen = lock(&self.shared.seen);
        if seen.worlds.len() >= REMEMBERED {
            seen.worlds.clear();
        }
        seen.worlds.insert(key, found);
        found
    }

    /// For each kind, the number of the ties that reach a group's facts, and which of the group's parts matter.
    pub(crate) fn closures(&self, group: &Group, kinds: &Kinds) -> Vec<(u32, Vec<bool>)> {
        let plan = self.plan;
        let mut known: FxHashMap<Ties, (u32, Vec<bool>)> = FxHashMap::default();
        let of = |kind: &Kind| {
            if !kind.possible {
                return (0, vec![true; group.parts.len()]);
            }
            let live: Vec<(usize, &Vec<u16>)> = kind.live.iter().map(|(tie, _, open)| (*tie, open)).collect();
            let (taken, facts): (Vec<usize>, Facts) = reached(&group.own, &plan.all_ties, &live);
            let set: Vec<(usize, u32)> = kind
                .live
                .iter()
                .filter(|(tie, _, _)| taken.contains(tie))
                .map(|(tie, number, _)| (*tie, *number))
                .collect();
            known
                .entry(set)
                .or_insert_with_key(|set| {
                    let number = lock(&self.shared.seen).set(set.clone());
                    (number, group.parts.iter().map(|part| plan.matters(*part, &facts)).collect())
                })
                .clone()
        };
        kinds.list.iter().map(of).collect()
    }
}

/// Ties, each with its number.
type Ties = Vec<(usize, u32)>;

/// Live ties that share open facts, in any number of steps.
fn components(live: &[(usize, u32, Vec<u16>)]) -> Vec<Vec<(usize, u32)>> {
    let mut all: Vec<(Vec<u16>, Ties)> = Vec::new();
    for (tie, number, open) in live {
        let mut next = (open.clone(), vec![(*tie, *number)]);
        all.retain_mut(|(facts, ties)| {
            let meets = facts.iter().any(|f| next.0.contains(f));
            if meets {
                next.0.append(facts);
                next.1.append(ties);
            }
            !meets
        });
        all.push(next);
    }
    all.into_iter()
        .map(|(_, mut ties)| {
            ties.sort_unstable();
            ties
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn ties_that_share_a_fact_hang_together() {
        let live = [(0, 5, vec![1, 2]), (1, 6, vec![7]), (2, 5, vec![3]), (3, 9, vec![2, 3])];
        let mut found = components(&live);
        found.sort();
        assert_eq!(found, [vec![(0, 5), (2, 5), (3, 9)], vec![(1, 6)]]);
    }
}
