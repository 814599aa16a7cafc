//! Which conventions apply to a patient, in the order in which they come to.

use super::clash::Chosen;
use super::{Practice, holds};
use crate::frame::Vars;
use crate::worlds::Ticket;

/// The record under the conventions picked so far.
struct Now {
    picked: Vars,
    masks: Vec<u64>,
    ticket: Option<Ticket>,
    /// What the last convention narrowed, as it was before.
    before: Vec<(u16, u64)>,
}

impl Now {
    fn put(&mut self, var: u16, mask: u64) {
        let known = &mut self.masks[usize::from(var)];
        if *known != mask {
            self.before.push((var, std::mem::replace(known, mask)));
            self.ticket = None;
        }
    }

    /// Leaves out the convention that was used last.
    fn take_back(&mut self, convention: u16) {
        self.picked.remove(convention);
        while let Some((var, mask)) = self.before.pop() {
            self.masks[usize::from(var)] = mask;
            self.ticket = None;
        }
    }
}

impl Practice<'_, '_> {
    /// The conventions of a selection that apply, in the order in which they were found to.
    pub(super) fn chosen(&mut self, group: Option<usize>) -> Chosen {
        let mut chosen: Vec<usize> = Vec::new();
        let mut gave_way: Vec<(usize, Vec<usize>)> = Vec::new();
        let customs = self.customs;
        let count = customs.touches.len();
        // Those not taken yet, and those of them of which it is not known that their condition fails.
        let (mut left, mut next) = (Vars::of([], count), Vars::of([], count));
        for convention in group.map(|group| customs.groups[group].as_slice()).unwrap_or_default() {
            // What is only about the record holds from the start or never.
            if self.on[*convention]
                && (customs.certain[*convention].is_some() || self.holds_outright(*convention))
            {
                left.insert(*convention as u16);
                next.insert(*convention as u16);
            }
        }
        // A convention's condition may hold only thanks to another one (M0 by convention, then the stage's own).
        let mut now = Now {
            picked: Vars::of([], count),
            masks: self.ground.knowledge.masks.clone(),
            ticket: None,
            before: Vec::new(),
        };
        while let Some(convention) = next.first() {
            next.remove(convention);
            let at = usize::from(convention);
            if customs.certain[at].is_some() && !self.holds_now(at, &mut now) {
                continue;
            }
            left.remove(convention);
            // An assumption that leaves no world beside those before it gives way; the others may still say something.
            if let Err(concerned) = self.pick(at, &chosen, &mut now) {
                let concerned: Vec<usize> = concerned.iter().map(usize::from).collect();
                let against = self.contradicted(at, &concerned);
                if !against.is_empty() {
                    gave_way.push((at, against));
                }
                continue;
            }
            chosen.push(at);
            // Only what this assumption reaches can hold now and did not before; the first of them comes next.
            next.add_common(&self.looking_at(at), &left);
        }
        let all = self.selected(&chosen);
        Chosen { list: chosen, gave_way, all }
    }

    /// Whether the condition of a convention holds under those picked so far.
    ///
    /// It depends only on those that bear on it, so it is remembered for all selections that share these.
    fn holds_now(&mut self, convention: usize, now: &mut Now) -> bool {
        let bearing = self.on_condition(convention).common(&now.picked);
        if !self.product {
            let selection = self.narrow(bearing);
            return self.holds(convention, selection);
        }
        if let Some(known) = self.conditions[convention].get(&bearing) {
            return *known;
        }
        let agreements = &self.ground.agreements;
        now.ticket = Some(self.worlds.turn_back(now.ticket, &now.masks, agreements));
        let when = &self.guideline.conventions[convention].when;
        let found = holds(self.guideline, when, self.ground, (&now.masks, agreements), self.worlds);
        self.conditions[convention].insert(bearing, found);
        found
    }

    /// Uses one more convention; when that leaves no world, those that share what it is about, itself among them.
    fn pick(&mut self, convention: usize, chosen: &[usize], now: &mut Now) -> Result<(), Vars> {
        let customs = self.customs;
        let touches = &customs.touches[convention];
        let narrows = customs.narrows[convention].as_ref().filter(|_| self.product);
        now.before.clear();
        if let Some(narrows) = narrows {
            for (var, mask) in narrows {
                let at = usize::from(*var);
                let first = !customs.on[at].iter().any(|(i, _)| now.picked.has(*i as u16));
                let known =
                    if first && self.replaced[at] { self.guideline.space.full(*var) } else { now.masks[at] };
                now.put(*var, known & mask);
            }
        }
        now.picked.insert(convention as u16);
        let nothing = touches.iter().any(|var| now.masks[usize::from(var)] == 0);
        let tied = self.tied.has(convention as u16);
        if narrows.is_some() && !tied && !nothing {
            return Ok(());
        }
        let mut concerned = self.on_touched(convention).common(&now.picked);
        if customs.narrows[convention].is_none() {
            // Derived values may contradict each other where no table looks.
            concerned.insert(convention as u16);
            let others = chosen.iter().filter(|i| customs.narrows[**i].is_none());
            others.for_each(|i| concerned.insert(*i as u16));
        }
        let possible = match narrows {
            Some(_) if nothing => false,
            Some(_) => self.possible_now(touches, &concerned, now),
            None => self.possible(concerned.clone()),
        };
        if !possible {
            now.take_back(convention as u16);
            return Err(concerned);
        }
        if narrows.is_none() && self.product {
            let whole = self.narrow(now.picked.clone());
            now.masks.copy_from_slice(&self.narrowed[whole].masks);
            now.ticket = None;
        }
        Ok(())
    }

    /// Whether a world is left for what is tied to these variables, under the conventions picked so far.
    fn possible_now(&mut self, touches: &Vars, concerned: &Vars, now: &mut Now) -> bool {
        if let Some(known) = self.allowed.get(concerned) {
            return *known;
        }
        let ground = self.ground;
        let found = ground.knowledge.contradictions.is_empty() && {
            now.ticket = Some(self.worlds.turn_back(now.ticket, &now.masks, &ground.agreements));
            self.worlds.any_tied_to(touches)
        };
        self.allowed.insert(concerned.clone(), found);
        found
    }

    fn holds_outright(&mut self, convention: usize) -> bool {
        if let Some(known) = self.outright[convention] {
            return known;
        }
        let record = self.narrow(Vars::default());
        let holds = self.holds(convention, record);
        self.outright[convention] = Some(holds);
        holds
    }
}
